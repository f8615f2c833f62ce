"""What is on disk while a search runs: a line of settings, then one a finished (candidate, fold), each written when it ends.

A killed search that is begun again with the same settings goes on where it was. Other settings would mix the scores of two
searches, so they are refused, with the first that differs: see header.py.
"""

import json
from typing import Any

from ..json_lines import JsonLines, first_difference
from ..serialization import advice


class Journal:
    """The finished tasks of one search, in memory and on disk.

    Args:
        who: whom errors name.
        path: of the file. One that is there is continued; else it is made.
        header: all that decides the scores, as JSON holds it.
        candidates, folds: how many there are.

    Raises:
        ValueError: the file that is there is another search's, or none's; it stays as it is.
        RuntimeError: it cannot be read, or not written.
    """

    def __init__(self, who: str, path: Any, header: dict[str, Any], candidates: int, folds: int) -> None:
        self.who, self.file = who, JsonLines(path, key=lambda line: (line["candidate"], line["fold"]))
        header = json.loads(json.dumps(header))
        try:
            exists = self.file.path.exists() and (not self.file.path.is_file() or self.file.path.stat().st_size > 0)
            if exists:
                self.file.read(lambda _, line: _fits(line, candidates, folds))
        except OSError as error:
            raise RuntimeError(
                f"{who}: journal must be a file that can be read, got {error.strerror} for {path}; {advice(error)}, or name another"
            ) from None
        if exists:
            self._must_be_the_same(header)
        try:
            if exists:
                self.file.repair()
            else:
                self.file.begin(header)
        except OSError as error:
            raise self._not_written(error) from None

    def _must_be_the_same(self, header):
        if self.file.header is None or "kind" not in self.file.header:
            raise ValueError(
                f"{self.who}: journal must begin with the settings of a search, got none in {self.file.path}; name another file"
            )
        difference = first_difference(self.file.header, header)
        if difference:
            name, then, now = difference
            raise ValueError(
                f"{self.who}: journal must hold this search, got {name} {now} where {self.file.path} has {then}; "
                "search as it was begun, or name another file"
            )

    @property
    def lines(self) -> dict[tuple[int, int], dict[str, Any]]:
        """{(candidate, fold): what is known of it}."""
        return self.file.lines

    def add(self, line: dict[str, Any]) -> None:
        """Append a finished task; it is on the disk when this returns.

        Args:
            line: a dict with its candidate, fold, score and seconds.

        Raises:
            RuntimeError: it cannot be written; the file is as it was.
        """
        try:
            self.file.add(line)
        except OSError as error:
            raise self._not_written(error) from None

    def _not_written(self, error):
        return RuntimeError(
            f"{self.who}: journal must be a file that can be written, got {error.strerror or error} for {self.file.path}; {advice(error)}, "
            "then the same search goes on: what is finished is kept"
        )


def _fits(line, candidates, folds):
    numbers, also = (line.get("candidate"), line.get("fold")), line.get("also", {})
    return (
        all(isinstance(number, int) and 0 <= number < end for number, end in zip(numbers, (candidates, folds)))
        and isinstance(line.get("seconds"), int | float)
        and isinstance(also, dict)
        and all(value is None or isinstance(value, int | float) for value in (line.get("score", "missing"), *also.values()))
    )
