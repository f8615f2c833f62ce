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

from ..json_lines import JsonLines, first_difference
from ..serialization import advice, remove_left_over
from .bad_option import BadOption
from .settings import Settings

NAME = "runs.jsonl"


def choose_folder(out=None, resume=False, root="runs", command="compare", what="comparison", name=NAME):
    """The folder of a comparison, or of what another command does (what), whose journal has another name.

    A folder that is named (out) and already holds a comparison is refused unless it is to be resumed. Without a name,
    a new comparison goes to runs/compare, runs/compare-2, ..., and a resumed one to the last of these.

    Raises:
        BadOption: a named folder that is taken, or that cannot be one; nothing to resume.
    """
    if out is not None:
        if not os.fspath(out):
            raise BadOption(f"{command}: --out must name a folder, got an empty name; leave it out for the next one under runs")
        folder = Path(out)
        if folder.exists() and not folder.is_dir():
            raise BadOption(f"{command}: --out must name a folder, got the file {folder}; choose another name")
        taken = (folder / name).exists()
        if taken and not resume:
            raise BadOption(f"{command}: --out must name a new folder, got {folder} with a {what} in it; --resume continues that one")
        if resume and not taken:
            raise BadOption(f"{command}: --resume must find a {what}, got {folder} without {name}; leave --resume out to start one there")
        return folder
    number, last = 1, None
    while (folder := Path(root) / (command if number == 1 else f"{command}-{number}")).exists():
        last, number = folder if (folder / name).exists() else last, number + 1
    if not resume:
        return folder
    if last is None:
        raise BadOption(f"{command}: --resume must find a {what}, got no {Path(root) / command / name}; name its folder with --out")
    return last


def begun_with(folder):
    """The settings with which the comparison in a folder was begun, and the folder of its data: a dict.

    Raises:
        BadOption: its journal cannot be read, has no whole first line, or another version's settings.
    """
    path = Path(folder) / NAME
    header = _read(path).header
    unknown = sorted(set(header["settings"]) - {field.name for field in fields(Settings)})
    if unknown:
        raise BadOption(f"compare: --resume must find this version's settings, got {unknown[0]} in {path}; begin anew with another --out")
    return header["settings"] | {"root": header.get("root")}


NEEDED = {"phase", "method", "strength", "seed", "validation_accuracy", "seconds"}  # what every line of a run has


def _read(path):
    """The file of a comparison, with its settings and its finished runs taken in."""
    file = JsonLines(path, key_of)
    try:
        file.read(_is_a_run)
    except OSError as error:
        raise BadOption(f"compare: --resume must find a file to read, got {error.strerror} for {path}; name another folder") from None
    if file.header is None or not isinstance(file.header.get("settings"), dict):
        raise BadOption(f"compare: --resume must find settings in the first line, got none in {path}; begin anew with another --out")
    return file


def _is_a_run(header, line):
    return NEEDED <= set(line) and isinstance(header.get("settings"), dict) and line["method"] in header["settings"].get("methods", ())


def not_written(error, path, folder, command="compare"):
    """The error for a file of a comparison that could not be written.

    Args:
        error: the OSError.
        path: of the file.
        folder: of the comparison.
        command: whose folder it is.
    """
    return RuntimeError(
        f"{command}: results must be written, got {error.strerror or error} for {path}; {advice(error)}, then "
        f"tinyreg {command} --out {quoted(folder)} --resume goes on: every finished run is kept"
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
        if resume:
            self._continue(header)
            return
        self._file = JsonLines(self.path, key_of)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file.begin(header)
        except OSError as error:
            raise BadOption(
                f"compare: --out must be a folder that can be written, got {error.strerror} for {folder}; {advice(error)}, or name another"
            ) from None

    @property
    def runs(self):
        """{what makes a run this one: the run}."""
        return self._file.lines

    def _continue(self, header):
        self._file = _read(self.path)
        old = self._file.header
        difference = first_difference(*({**each, "root": None} for each in (old, header)))  # data may be moved
        if difference:
            name, then, now = difference
            way = "give it as it was" if name.replace(" ", "_") in old["settings"] else "go back to that"
            raise BadOption(
                f"compare: --resume must continue the same comparison, got {name} {now} where {self.path.parent} has {then}; "
                f"{way}, or begin anew with another --out"
            )
        remove_left_over(self.path.parent)
        try:
            self._file.repair()
        except OSError as error:
            raise not_written(error, self.path, self.path.parent) from None

    def add(self, run):
        """Append a finished run; it is on disk when this returns.

        Raises:
            RuntimeError: it cannot be written; the file is as it was.
        """
        try:
            self._file.add(run)
        except OSError as error:
            raise not_written(error, self.path, self.path.parent) from None


def key_of(run):
    """What makes a run this one: phase, method, strengths and seed."""
    return run["phase"], run["method"], json.dumps(run["strength"], sort_keys=True), run["seed"]
