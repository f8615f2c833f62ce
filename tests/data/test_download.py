import errno
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.data.idx_files import idx_bytes, write_parts
from tests.data.servers import mirror
from tinyreg.data import MNIST, download
from tinyreg.data.download import fetch

pytest.importorskip("pooch", reason="pooch is not installed")
ROOT = Path(__file__).parents[2]
CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def at_once_and_directly(monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0)
    monkeypatch.setattr(download, "CHUNK", 10_000)  # what arrives in whole chunks is kept
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new" / "folder" / "file.gz"


def beside(target):
    return sorted(path.name for path in target.parent.iterdir())


def test_a_file_arrives_under_its_name_and_nothing_beside_it(target):
    with mirror({"file.gz": CONTENT}) as server:
        assert fetch("Data", [server.url("file.gz")], target, SHA256) == target
        assert target.read_bytes() == CONTENT and beside(target) == ["file.gz"]
        fetch("Data", [server.url("file.gz")], str(target), SHA256)
    assert server.asked == [("file.gz", None)]  # what is there is not asked for


def test_md5(target):
    with mirror({"file.gz": CONTENT}) as server:
        fetch("Data", [server.url("file.gz")], target, "md5:" + hashlib.md5(CONTENT).hexdigest())
    assert target.read_bytes() == CONTENT


def test_a_connection_that_breaks_off_goes_on_where_it_stood(target):
    with mirror({"file.gz": CONTENT}, breaks=[100_000, 150_000]) as server:
        fetch("Data", [server.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and beside(target) == ["file.gz"]
    assert server.asked == [("file.gz", None), ("file.gz", "bytes=100000-"), ("file.gz", "bytes=250000-")]


def test_an_interrupted_download_leaves_no_file_under_its_name_and_the_next_call_asks_for_the_rest(target):
    with mirror({"file.gz": CONTENT}, breaks=[100_000, 0]) as server:
        with pytest.raises(RuntimeError, match="a connection that broke off .* what has arrived is kept in .*file.gz.part"):
            fetch("Data", [server.url("file.gz")], target, SHA256)
        assert beside(target) == ["file.gz.part"] and (target.parent / "file.gz.part").read_bytes() == CONTENT[:100_000]
        fetch("Data", [server.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and server.asked[-1] == ("file.gz", "bytes=100000-") and beside(target) == ["file.gz"]


def test_fewer_bytes_than_were_announced_are_noticed_before_the_checksum(target, monkeypatch):
    """Some versions of what lies below say nothing when a connection ends early."""
    import requests

    receive = requests.Response.iter_content

    def ends_early(self, size):
        monkeypatch.setattr(requests.Response, "iter_content", receive)
        yield next(receive(self, size))

    monkeypatch.setattr(requests.Response, "iter_content", ends_early)
    with mirror({"file.gz": CONTENT}) as server:
        fetch("Data", [server.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and server.asked == [("file.gz", None), ("file.gz", "bytes=10000-")]


def test_another_mirror_goes_on_with_what_the_first_gave(target):
    with mirror({"file.gz": CONTENT}, breaks=[100_000, 0]) as first, mirror({"file.gz": CONTENT}) as second:
        fetch("Data", [first.url("file.gz"), second.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and second.asked == [("file.gz", "bytes=100000-")]


def test_a_mirror_without_ranges_begins_anew(target):
    with mirror({"file.gz": CONTENT}, ranges=False, breaks=[100_000]) as server:
        fetch("Data", [server.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and server.asked[1] == ("file.gz", "bytes=100000-")


@pytest.mark.parametrize("part", [CONTENT, CONTENT[:1000], b"wrong" * 100, CONTENT + b"too long", b""])
@pytest.mark.parametrize("ranges", [True, False])
def test_whatever_part_was_there_the_whole_file_arrives(target, part, ranges):
    target.parent.mkdir(parents=True)
    (target.parent / "file.gz.part").write_bytes(part)
    with mirror({"file.gz": CONTENT}, ranges=ranges) as server:
        fetch("Data", [server.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and beside(target) == ["file.gz"]
    if part == CONTENT and ranges:
        assert server.asked == [("file.gz", "bytes=300000-")]  # nothing is sent twice
    if not ranges:
        assert len(server.asked) == 1  # what was there is written over and cut off


def test_a_wrong_checksum_is_refused_with_both_and_leaves_nothing(target):
    with mirror({"file.gz": b"another file"}) as server:
        with pytest.raises(RuntimeError) as refused:
            fetch("Data", [server.url("file.gz")], target, SHA256)
    text = str(refused.value)
    assert "Data: a mirror must give file.gz whole, got a wrong checksum" in text and server.url("file.gz") in text
    assert hashlib.sha256(b"another file").hexdigest() in text and SHA256[7:] in text and "yourself" in text
    assert beside(target) == []


def test_mirrors_are_asked_in_their_order_until_one_has_it(target):
    with mirror({}) as lost, mirror({"file.gz": b"wrong"}) as wrong, mirror({"file.gz": CONTENT}) as right:
        closed = "http://127.0.0.1:9/file.gz"
        fetch("Data", [closed, lost.url("file.gz"), wrong.url("file.gz"), right.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and len(lost.asked) == len(wrong.asked) == len(right.asked) == 1


def test_without_a_network_every_mirror_is_named(target):
    with mirror({}) as lost, mirror({}, status=503) as closed:
        urls = ["http://127.0.0.1:9/file.gz", lost.url("file.gz"), closed.url("file.gz")]
        with pytest.raises(RuntimeError) as refused:
            fetch("Data", urls, target, SHA256)
    text = str(refused.value)
    assert all(url in text for url in urls) and "no connection, ConnectionError" in text
    assert "HTTP status 404" in text and "HTTP status 503" in text and "check the network" in text
    assert f"put file.gz into {target.parent} yourself" in text


def test_a_silent_mirror_is_given_up(target, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.05)
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(RuntimeError, match="got no answer within 0.05 seconds"):
            fetch("Data", [f"http://127.0.0.1:{silent.getsockname()[1]}/file.gz"], target, SHA256)


def test_whoever_waits_at_a_terminal_sees_how_far_it_is(target, monkeypatch, capsys):
    monkeypatch.setattr(download, "SHOWN", 1000)
    with mirror({"file.gz": CONTENT}, breaks=[100_000]) as server:
        fetch("Data", [server.url("file.gz")], target, SHA256)
        assert "kB" not in capsys.readouterr().err  # nobody looks
        target.unlink()
        monkeypatch.setenv("FORCE_COLOR", "1")  # what makes rich take any stream for a terminal
        fetch("Data", [server.url("file.gz")], target, SHA256)
    shown = capsys.readouterr()
    assert "file.gz" in shown.err and "300.0/300.0 kB" in shown.err and shown.out == ""


def test_without_pooch_one_sentence_says_what_to_install(target, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(RuntimeError, match=r"Data: pooch must be installed .*, got .*pooch.*; pip install 'tinyreg\[data\]', or put"):
        fetch("Data", ["http://127.0.0.1:9/file.gz"], target, SHA256)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotADirectoryError, match="Data: .* must be a folder to write file.gz to, got .*; make room, or choose"):
        fetch("Data", ["http://127.0.0.1:9/file.gz"], tmp_path / "file" / "folder" / "file.gz", SHA256)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_leaves_no_file_under_its_name(target, monkeypatch, number):
    def full(path, mode):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(download, "open", full, raising=False)
    with mirror({"file.gz": CONTENT}) as server:
        with pytest.raises(OSError, match=f"Data: .* must be a folder to write file.gz to, got .*{os.strerror(number)}"):
            fetch("Data", [server.url("file.gz")], target, SHA256)
    assert beside(target) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_download_leaves_no_file_under_its_name_and_goes_on(target):
    """A real process, killed while the mirror holds back the second half."""
    with mirror({"file.gz": CONTENT}) as server:
        half = f"http://127.0.0.1:{server.server_port}/file.gz"
        program = (
            "import sys, time, requests\nfrom tinyreg.data import download\n"
            "def slow(self, size):\n    yield self.raw.read(100_000)\n    time.sleep(60)\n"
            "requests.Response.iter_content = slow\n"
            "download.CHUNK = 1\n"
            "download.fetch('Data', [sys.argv[1]], sys.argv[2], sys.argv[3])\n"
        )
        process = subprocess.Popen([sys.executable, "-c", program, half, str(target), SHA256], cwd=ROOT, stderr=subprocess.DEVNULL)
        part = target.with_name("file.gz.part")
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.wait()
        assert not target.exists() and 0 < part.stat().st_size <= 100_000
        held = part.stat().st_size
        fetch("Data", [half], target, SHA256)
    assert target.read_bytes() == CONTENT and server.asked[-1] == ("file.gz", f"bytes={held}-")


def test_a_faster_process_has_moved_the_part_away(target, monkeypatch):
    """Both wrote the same bytes to the same places; the slower one finds the whole file under its name."""
    with mirror({"file.gz": CONTENT}) as server:
        receive = download.Resume._receive

        def overtaken(self, url):
            receive(self, url)
            os.replace(self.part, self.path)

        monkeypatch.setattr(download.Resume, "_receive", overtaken)
        fetch("Data", [server.url("file.gz")], target, SHA256)
    assert target.read_bytes() == CONTENT and beside(target) == ["file.gz"]


def test_mnist_downloads_what_is_missing(tmp_path, monkeypatch):
    arrays = write_parts(tmp_path / "mirror")
    files = {path.name: path.read_bytes() for path in (tmp_path / "mirror").iterdir()}
    monkeypatch.setattr(MNIST, "checksums", {name: hashlib.sha256(files[f"{name}.gz"]).hexdigest() for name in arrays})
    with mirror(files) as server:
        monkeypatch.setattr(MNIST, "mirrors", (server.url(),))
        data = MNIST(tmp_path / "data", download=True)
        np.testing.assert_array_equal(data.data.numpy(), arrays["train-images-idx3-ubyte"])
        assert [name for name, _ in server.asked] == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
        MNIST(tmp_path / "data", download=True)
        assert len(server.asked) == 2
        MNIST(tmp_path / "data", train=False, download=True)
        assert len(server.asked) == 4
    folder = tmp_path / "data" / "MNIST" / "raw"
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    assert len(MNIST(tmp_path / "data")) == 12
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((12, 28, 28), "uint8")))  # unpacked goes first
    assert MNIST(tmp_path / "data").data.sum().item() == 0
    assert gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())  # and nothing was overwritten
