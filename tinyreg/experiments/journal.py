"""What is on disk while a comparison runs: one line a finished run, so that a stop loses nothing that was finished.

`runs.jsonl` begins with a line of settings and versions; every finished run is appended as one line and flushed. A kill
in the middle of a line leaves a torn last line; when the comparison is resumed, lines that are not whole are dropped, and
their runs are made again. On a full disk the line that found no room is taken back. All other files are written whole
under another name and then renamed: a reader sees the old file or the new one, never half.
"""

import json
import os
import shlex
from dataclasses import fields
from pathlib import Path

from ..serialization import advice, remove_left_over, write_atomically
from .bad_option import BadOption
from .settings import Settings

NAME = "runs.jsonl"


def choose_folder(out=None, resume=False, root="runs"):
    """The folder of a comparison.

    A folder that is named (out) and already holds a comparison is refused unless it is to be resumed. Without a name,
    a new comparison goes to runs/compare, runs/compare-2, ..., and a resumed one to the last of these.

    Raises:
        BadOption: a named folder that is taken, or that cannot be one; nothing to resume.
    """
    if out is not None:
        if not os.fspath(out):
            raise BadOption("compare: --out must name a folder, got an empty name; leave it out for the next one under runs")
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
        last, number = folder if (folder / NAME).exists() else last, number + 1
    if not resume:
        return folder
    if last is None:
        raise BadOption(f"compare: --resume must find a comparison, got no {Path(root) / 'compare' / NAME}; name its folder with --out")
    return last


def begun_with(folder):
    """The settings with which the comparison in a folder was begun, and the folder of its data: a dict.

    Raises:
        BadOption: its journal cannot be read, has no whole first line, or another version's settings.
    """
    path = Path(folder) / NAME
    header, _, _ = _read(path)
    unknown = sorted(set(header["settings"]) - {field.name for field in fields(Settings)})
    if unknown:
        raise BadOption(f"compare: --resume must find this version's settings, got {unknown[0]} in {path}; begin anew with another --out")
    return header["settings"] | {"root": header.get("root")}


NEEDED = {"phase", "method", "strength", "seed", "validation_accuracy", "seconds"}  # what every line of a run has


def _read(path):
    """The first line of a journal, the finished runs, and whether all of its lines are whole."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadOption(f"compare: --resume must find a file to read, got {error.strerror} for {path}; name another folder") from None
    header, *lines = [_parsed(line) for line in data.removesuffix(b"\n").split(b"\n")]
    if not isinstance(header, dict) or not isinstance(header.get("settings"), dict):
        raise BadOption(f"compare: --resume must find settings in the first line, got none in {path}; begin anew with another --out")
    methods = header["settings"].get("methods", ())
    runs = [line for line in lines if isinstance(line, dict) and NEEDED <= set(line) and line["method"] in methods]
    return header, runs, data.endswith(b"\n") and len(runs) == len(lines)


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError:  # torn by a kill, or damaged
        return None


def not_written(error, path, folder):
    """The error for a file of a comparison that could not be written.

    Args:
        error: the OSError.
        path: of the file.
        folder: of the comparison.
    """
    return RuntimeError(
        f"compare: results must be written, got {error.strerror or error} for {path}; {advice(error)}, then "
        f"tinyreg compare --out {quoted(folder)} --resume goes on: every finished run is kept"
    )


def quoted(path):
    """A path as one writes it in a shell.

    Example:
        >>> quoted("runs/compare"), quoted("my runs")
        ('runs/compare', "'my runs'")
    """
    return shlex.quote(str(path))


class Journal:
    """The finished runs of one comparison, in memory and on disk.

    Args:
        folder: where runs.jsonl stands; made where missing.
        header: settings and versions, as JSON holds them: what two parts of one comparison must agree on.
        resume: continue the file that is there.

    Raises:
        BadOption: the file that is there was made with another header, the sentence names the first difference; or there
            can be none.
        RuntimeError: it cannot be written.
    """

    def __init__(self, folder, header, resume=False):
        self.path = Path(folder) / NAME
        self.runs = {}
        if resume:
            self._continue(header)
        else:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self.path, json.dumps(header) + "\n")
            except OSError as error:
                raise BadOption(
                    f"compare: --out must be a folder that can be written, got {error.strerror} for {folder}; "
                    f"{advice(error)}, or name another"
                ) from None

    def _continue(self, header):
        old, runs, whole = _read(self.path)
        difference = first_difference(*({**each, "root": None} for each in (old, header)))  # data may be moved
        if difference:
            name, then, now = difference
            way = "give it as it was" if name.replace(" ", "_") in old["settings"] else "go back to that"
            raise BadOption(
                f"compare: --resume must continue the same comparison, got {name} {now} where {self.path.parent} has {then}; "
                f"{way}, or begin anew with another --out"
            )
        remove_left_over(self.path.parent)
        self.runs = {key_of(run): run for run in runs}
        if not whole:
            try:
                write_atomically(self.path, "".join(json.dumps(line) + "\n" for line in (old, *runs)))
            except OSError as error:
                raise not_written(error, self.path, self.path.parent) from None

    def add(self, run):
        """Append a finished run; it is on disk when this returns.

        Raises:
            RuntimeError: it cannot be written; the file is as it was.
        """
        rest = (json.dumps(run) + "\n").encode()
        try:
            with open(self.path, "ab", buffering=0) as file:
                end = os.fstat(file.fileno()).st_size
                try:
                    while rest:
                        rest = rest[file.write(rest) :]
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(end)
                    raise
        except OSError as error:
            raise not_written(error, self.path, self.path.parent) from None
        self.runs[key_of(run)] = run


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
