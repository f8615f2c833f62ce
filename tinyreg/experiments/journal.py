"""What is on disk while a comparison runs: one line a finished run, so that a stop loses nothing that was finished.

`runs.jsonl` begins with a line of settings and versions; every finished run is appended as one line and flushed. A kill
in the middle of a line leaves a torn last line, which is dropped when the comparison is resumed. All other files are
written whole under another name and then renamed: a reader sees the old file or the new one, never half.
"""

import json
import os
from pathlib import Path

from ..serialization import write_atomically
from .settings import BadOption

NAME = "runs.jsonl"


def choose_folder(out=None, resume=False, root="runs"):
    """The folder of a comparison.

    A folder that is named (out) and already holds a comparison is refused unless it is to be resumed. Without a name,
    a new comparison goes to runs/compare, runs/compare-2, ..., and a resumed one to the last of these.

    Raises:
        BadOption: a named folder that is taken, or that cannot be one; nothing to resume.
    """
    if out is not None:
        folder = Path(out)
        if folder.exists() and not folder.is_dir():
            raise BadOption(f"compare: --out must name a folder, got the file {folder}; choose another name")
        taken = (folder / NAME).exists()
        if taken and not resume:
            raise BadOption(f"compare: --out must name a new folder, got {folder} with a comparison in it; --resume continues that one")
        if resume and not taken:
            raise BadOption(f"compare: --resume must find a comparison, got {folder} without {NAME}; leave --resume out to start one there")
        return folder
    number, last = 1, None
    while (folder := Path(root) / ("compare" if number == 1 else f"compare-{number}")).exists():
        last, number = folder, number + 1
    if not resume:
        return folder
    if last is None or not (last / NAME).exists():
        raise BadOption(f"compare: --resume must find a comparison, got no {Path(root) / 'compare' / NAME}; name its folder with --out")
    return last


def begun_with(folder):
    """The settings with which the comparison in a folder was begun, and the folder of its data: a dict.

    Raises:
        BadOption: its journal has no first line.
    """
    header = _lines(Path(folder) / NAME)[0]
    return header["settings"] | {"root": header.get("root")}


def _lines(path):
    """The lines of a journal that are whole."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:  # torn by a kill: this run was not finished
            break
    if not lines:
        raise BadOption(f"compare: --resume must find settings in the first line, got none in {path}; start again elsewhere")
    return lines


class Journal:
    """The finished runs of one comparison, in memory and on disk.

    Args:
        folder: where runs.jsonl stands; made where missing.
        header: settings and versions, as JSON holds them: what two parts of one comparison must agree on.
        resume: continue the file that is there.

    Raises:
        BadOption: the file that is there was made with another header; the sentence names the first difference.
    """

    def __init__(self, folder, header, resume=False):
        self.path = Path(folder) / NAME
        self.runs = {}
        if resume:
            self._read(header)
        else:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self.path, json.dumps(header) + "\n")
            except OSError as error:
                raise BadOption(f"compare: --out must be a folder that can be written, got {folder} ({error.strerror})") from None

    def _read(self, header):
        lines = _lines(self.path)
        difference = first_difference(*({**each, "root": None} for each in (lines[0], header)))  # data may be moved
        if difference:
            name, old, new = difference
            raise BadOption(f"compare: --resume must continue the same comparison, got {name} {new} where {self.path.parent} has {old}")
        self.runs = {key_of(run): run for run in lines[1:]}
        write_atomically(self.path, "".join(json.dumps(line) + "\n" for line in lines))

    def add(self, run):
        """Append a finished run; it is on disk when this returns."""
        self.runs[key_of(run)] = run
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(run) + "\n")
            file.flush()
            os.fsync(file.fileno())


def key_of(run):
    """What makes a run this one: phase, method, strengths and seed."""
    return run["phase"], run["method"], json.dumps(run["strength"], sort_keys=True), run["seed"]


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
