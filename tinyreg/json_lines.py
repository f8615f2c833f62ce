"""A file of JSON lines that a killed program loses nothing of: a first line of settings, then one a finished piece of work.

A line is on the disk when it was added. A kill in the middle of one leaves a torn last line; when the file is read again,
lines that are not whole are dropped, and their work is done again. On a full disk the line that found no room is taken
back: the file is as it was. Who keeps such a file says in its own words what went wrong; here an OSError stays one.
"""

import json
import os
from pathlib import Path
from typing import Any

from .serialization import remove_left_over, write_atomically


class JsonLines:
    """The lines of one file, in memory and on disk.

    Args:
        path: of the file.
        key: key(line) is what makes a line this one and no other.

    Attributes:
        header: the first line, a dict; None before begin() or read(), and where the file has none.
        lines: {key: line} of the others, dicts, in their order.
        whole: whether the file held these lines and nothing else when it was read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     book = JsonLines(f"{folder}/runs.jsonl", key=lambda line: line["seed"])
        ...     book.begin({"epochs": 5})
        ...     book.add({"seed": 0, "error": 0.25})
        ...     again = JsonLines(book.path, book.key)
        ...     again.read()
        ...     again.header, again.lines
        ({'epochs': 5}, {0: {'seed': 0, 'error': 0.25}})
    """

    def __init__(self, path, key):
        self.path, self.key = Path(path), key
        self.lines, self.whole = {}, True
        self.header: Any = None

    def begin(self, header):
        """Write a new file that holds the first line.

        Args:
            header: a dict that JSON can hold.

        Raises:
            OSError: it cannot be written; what was there before is as it was.
        """
        write_atomically(self.path, json.dumps(header) + "\n")
        self.header, self.lines, self.whole = header, {}, True

    def read(self, fits=lambda header, line: True):
        """Take in what the file holds; it stays as it is.

        Args:
            fits: fits(header, line) says of a dict whether it is a line of this file; others are damaged, and dropped.

        Raises:
            OSError: it cannot be read.
        """
        data = self.path.read_bytes()
        first, *others = [_parsed(line) for line in data.removesuffix(b"\n").split(b"\n")]
        self.header = first if isinstance(first, dict) else None
        kept = [line for line in others if self.header is not None and isinstance(line, dict) and fits(self.header, line)]
        self.lines = {self.key(line): line for line in kept}
        self.whole = data.endswith(b"\n") and len(kept) == len(others)

    def repair(self):
        """Make the file whole again: drop from the disk what read() did not keep, and what a kill left beside the file.

        Raises:
            OSError: it cannot be written; the file is as it was.
        """
        remove_left_over(self.path.parent, self.path.name)
        if not self.whole:
            write_atomically(self.path, "".join(json.dumps(line) + "\n" for line in (self.header, *self.lines.values())))
            self.whole = True

    def add(self, line):
        """Append a line; it is on the disk when this returns.

        Args:
            line: a dict that JSON can hold.

        Raises:
            OSError: it cannot be written; the file is as it was.
        """
        rest = (json.dumps(line) + "\n").encode()
        with open(self.path, "ab", buffering=0) as file:
            end = os.fstat(file.fileno()).st_size
            try:
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
        self.lines[self.key(line)] = line


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError:  # torn by a kill, or damaged
        return None


def first_difference(old, new, name=""):
    """The first entry in which two headers differ, as (name, old, new), or None.

    Example:
        >>> first_difference({"settings": {"epochs": 100}}, {"settings": {"epochs": 50}})
        ('epochs', 100, 50)
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in list(old) + [key for key in new if key not in old]:
            difference = first_difference(old.get(key), new.get(key), key)
            if difference:
                return difference
        return None
    return None if old == new else (name.replace("_", " "), _words(old), _words(new))


def _words(value):
    return " ".join(map(str, value)) if isinstance(value, list) else value
