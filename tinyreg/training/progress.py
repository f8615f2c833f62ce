"""A progress bar where somebody looks at it: rich's, on a terminal or in a notebook; silence elsewhere."""

from typing import Any


class Progress:
    """A bar of `total` steps, `done` of them before it begins, with a text that changes; use it in a `with` block."""

    def __init__(self, total, title, enabled=True, done=0):
        self.bar: Any = None
        if not enabled:
            return
        try:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar
        except ImportError:  # NumPy alone is enough to train
            return
        console = Console()
        if console.is_terminal or console.is_jupyter:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[text]}"),
            )
            self.bar = Bar(*columns, console=console)
            self.task = self.bar.add_task(title, total=total, completed=done, text="")

    def __enter__(self):
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *exception):
        if self.bar is not None:
            self.bar.stop()

    def advance(self, text=None):
        """One step further; the text, if given, replaces the one beside the bar."""
        if self.bar is not None:
            self.bar.update(self.task, advance=1, **({} if text is None else {"text": text}))
