"""How far a search is: what `progress` may be."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from ..training.progress import Progress as Bar

WAIT = 2.0  # seconds; a search that is over by then shows nothing


class Telling:
    """Tell how far a search is; use it in a `with` block.

    Args:
        who: whom errors name.
        progress: None is silent; True shows a bar on a terminal or in a notebook once the search takes longer than two
            seconds; or a function progress(done, planned, row), which is called before the first task (row is None) and
            after each, row a dict of its candidate (a number), params, fold, score (None where there is none), seconds.

    Raises:
        TypeError: it is none of these.
    """

    def __init__(self, who: str, progress: bool | Callable[[int, int, Any], Any] | None) -> None:
        if not (progress is None or isinstance(progress, bool) or callable(progress)):
            raise TypeError(f"{who}: progress must be True, None or a function, got {progress!r:.60}; it takes (done, planned, row)")
        self.who, self.begun = who, time.monotonic()
        self.bar: Any = None
        self.tell: Any = self._show if progress is True else progress or (lambda *_: None)

    def __call__(self, done: int, planned: int, row: dict[str, Any] | None) -> None:
        self.tell(done, planned, row)

    def _show(self, done, planned, row):
        if row is None or (self.bar is None and time.monotonic() - self.begun < WAIT):
            return
        if self.bar is None:
            self.bar = Bar(planned, self.who, done=done - 1)
            self.bar.__enter__()
        said = ", ".join(f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in row["params"].items())
        score = "diverged" if row["score"] is None else f"{row['score']:.4g}"
        self.bar.advance(f"{said}  {score}" if said else score)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.__exit__(kind, value, trace)
