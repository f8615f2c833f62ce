"""Downloads: from several mirrors, resumed where they broke off, checked before they get their name.

The bytes of a file are collected beside its place, under its name and ".part"; what is there stays there when the
connection breaks, and the next attempt asks for the rest alone (HTTP Range). When all have arrived, pooch compares the
checksum, and only then the file is renamed: under its own name it is whole or it does not exist.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ATTEMPTS = 5  # at one mirror, as long as each brings some bytes
PAUSE = 1.0  # seconds before an attempt goes on
TIMEOUT = 30  # seconds without a byte
CHUNK = 2**16
SHOWN = 2**21  # bytes: who waits for less needs no progress bar


def fetch(who: str, urls: Sequence[str], path: str | os.PathLike[str], checksum: str) -> Path:
    """Download a file from the first of its mirrors that has it, unless it is there.

    Args:
        who: whom errors name.
        urls: where the file can be had, the best first.
        path: where it shall be; its folder is made.
        checksum: "sha256:..." or "md5:...", what the file must have.

    Returns:
        The path.

    Raises:
        RuntimeError: pooch is not installed; or no mirror has the file; each is named with what happened there.
        OSError: the folder cannot be written, or the disk is full.

    Example:
        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile() as file:
        ...     fetch("doctest", ["https://example.org/file"], file.name, "md5:d41d8cd98f00b204e9800998ecf8427e") == Path(file.name)
        True
    """
    path = Path(path)
    if path.exists():
        return path
    by_hand = f"put {path.name} into {path.parent} yourself, from {urls[0]}"
    try:
        import pooch
        import requests
    except ImportError as error:
        raise RuntimeError(f"{who}: pooch must be installed to download, got {error}; pip install 'tinyreg[data]', or {by_hand}") from None
    failures = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for url in urls:
            while True:
                resume = Resume(path)
                begun = resume.part.exists()
                try:
                    pooch.retrieve(url, checksum, path.name, path.parent, downloader=resume)
                    return path
                except requests.RequestException as error:
                    failures.append(f"{_reason(error)} ({url})")
                except ValueError as error:  # pooch's, and the file is gone; if its beginning was from elsewhere, begin anew
                    if begun:
                        continue
                    failures.append(f"a wrong checksum, {_checksums(error)} ({url})")
                break
    except OSError as error:
        raise type(error)(
            f"{who}: {path.parent} must be a folder to write {path.name} to, got {error}; make room, or choose another root"
        ) from None
    way = f"what has arrived is kept in {resume.part}" if resume.part.exists() else f"or {by_hand}"
    raise RuntimeError(f"{who}: a mirror must give {path.name} whole, got {', '.join(failures)}; check the network and try again, {way}")


class Resume:
    """A downloader for pooch.retrieve that goes on where the last one broke off.

    Args:
        path: where the file will be; path and ".part" is where it grows.

    Example:
        >>> Resume("data/file.gz").part.name
        'file.gz.part'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.part = self.path.with_name(f"{self.path.name}.part")

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        """Download to a temporary file, as pooch asks.

        Args:
            url: where from.
            output_file: the path of the temporary file.
            pooch, check_only: of no use here.
        """
        import requests

        for attempt in range(1, ATTEMPTS + 1):
            size = self._size()
            try:
                self._receive(url)
                break
            except requests.RequestException:
                if attempt == ATTEMPTS or self._size() <= size:
                    raise
                time.sleep(PAUSE)
        try:
            os.replace(self.part, output_file)
        except FileNotFoundError:  # another process was downloading, too, and was faster
            shutil.copyfile(self.path, output_file)

    def _size(self):
        return self.part.stat().st_size if self.part.exists() else 0

    def _receive(self, url):
        """Ask for what is missing, and write it to its place in the part."""
        import requests

        start = self._size()
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            if response.status_code == 416:  # nothing is missing, or the part is too long: the checksum will tell
                return
            response.raise_for_status()
            given = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            start = int(given[1]) if response.status_code == 206 and given else 0
            end = start + int(response.headers.get("Content-Length", 0))
            # not opened to append: where two processes download, they write the same bytes to the same places
            with open(self.part, "r+b" if self.part.exists() else "wb") as file, _bar(self.path.name, start, end) as advance:
                file.seek(start)
                for chunk in response.iter_content(CHUNK):
                    file.write(chunk)
                    advance(len(chunk))
                if file.tell() < end:
                    raise requests.exceptions.ChunkedEncodingError(
                        f"Resume: {url} must send {end} bytes, got {file.tell()}; ask again for the rest"
                    )
                file.truncate()


@contextmanager
def _bar(title: str, start: int, end: int) -> Iterator[Callable[[int], None]]:
    """A progress bar in bytes where somebody looks at it."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    except ImportError:  # the download works without
        yield lambda count: None
        return
    console = Console(stderr=True)
    shown = end - start >= SHOWN and (console.is_terminal or console.is_jupyter)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not shown) as progress:
        task = progress.add_task(title, total=end, completed=start)
        yield lambda count: progress.update(task, advance=count)


def _reason(error):
    """What happened at a mirror, in a few words."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"no answer within {TIMEOUT} seconds"
    broken = isinstance(error, requests.exceptions.ChunkedEncodingError)
    return "a connection that broke off" if broken else f"no connection, {type(error).__name__}"


def _checksums(error):
    """The two checksums in pooch's message."""
    expected, *found = re.findall(r"\b[0-9a-f]{32,}\b", str(error))
    return f"{found[0]} for {expected}" if found else str(error)
