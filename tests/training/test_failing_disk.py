"""A checkpoint that cannot be written: a sentence, and the last one stays whole."""

import errno
import os
import tempfile

import pytest

import tinyreg as torch
from tests.training.small import files, steps, train
from tinyreg import nn
from tinyreg.training import Checkpoint, fit

FAILING = {  # the calls of a writing, each of which may fail
    "mkstemp": (tempfile, "mkstemp"),
    "write": (os, "fdopen"),
    "fsync": (os, "fsync"),
    "chmod": (os, "chmod"),
    "rename": (os, "replace"),
}


@pytest.mark.parametrize("call", FAILING)
@pytest.mark.parametrize(
    ("number", "error", "advice"),
    [
        (errno.ENOSPC, OSError, "make room on the disk"),
        (errno.EDQUOT, OSError, "make room within your quota"),
        (errno.EROFS, OSError, "choose a folder in which you may write"),
        (errno.EACCES, PermissionError, "choose a folder in which you may write"),
        (errno.EIO, OSError, "look at the disk"),
    ],
)
def test_whatever_fails_the_last_file_is_whole(call, number, error, advice, tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    whole = train(tmp_path / "other.ckpt", epochs=3)
    module, name = FAILING[call]
    original = getattr(module, name)
    count = 0

    def fails(*arguments, **options):
        nonlocal count
        count += 1
        if count > 4:  # at the beginning and after three steps it works
            if call == "write":
                return Full(original(*arguments, **options), number)
            raise OSError(number, os.strerror(number))
        return original(*arguments, **options)

    monkeypatch.setattr(module, name, fails)
    with pytest.raises(error) as caught:
        train(Checkpoint(path, every_steps=1), epochs=3)
    monkeypatch.undo()
    message = str(caught.value)
    assert message.startswith(f"fit: the checkpoint must be written, got {os.strerror(number)} for {path} after step ")
    assert f"; {advice}, and train again with resume=True. The last good checkpoint is {path} (step 3)" in message
    assert caught.value.errno == number
    assert steps(path) == 3 and files(tmp_path) == ["other.ckpt", "run.ckpt"], "half a file is not left behind"
    assert train(path, epochs=3) == whole


class Full:
    """A file on a disk that has room for 100 bytes more."""

    def __init__(self, file, number):
        self.file, self.number = file, number

    def write(self, data):
        self.file.write(data[:100])
        raise OSError(self.number, os.strerror(self.number))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()


def test_a_limit_of_the_operating_system(tmp_path):
    """A real one: no file may grow beyond 1000 bytes."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "run.ckpt"
    train(path, epochs=1)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match=r"got File too large for .*run.ckpt after step 6; raise the limit on the size of files"):
            train(path, epochs=3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before and files(tmp_path) == ["run.ckpt"]


def test_a_full_device():
    """A real one: /dev/full has room for nothing."""
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    with pytest.raises(OSError, match="No space left on device"), open("/dev/full", "wb", buffering=0) as file:
        torch.save({"w": torch.ones(3)}, file)


def test_a_folder_that_is_not_there_is_known_before_the_first_step(tmp_path):
    seen = []
    with pytest.raises(
        FileNotFoundError, match=r"got No such file or directory for .*run.ckpt after step 0; make its folder first"
    ) as caught:
        train(tmp_path / "runs" / "run.ckpt", callbacks=[lambda *_: seen.append(1)])
    assert "None has been written yet" in str(caught.value) and not seen


def test_a_folder_that_may_only_be_read(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    train(folder / "run.ckpt", epochs=1)
    folder.chmod(0o500)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere; the same with a refusal of the system: test_whatever_fails_...")
        with pytest.raises(PermissionError, match="got Permission denied for .*; choose a folder in which you may write"):
            train(folder / "run.ckpt", epochs=2)
        assert steps(folder / "run.ckpt") == 3
    finally:
        folder.chmod(0o700)


def test_what_cannot_be_saved_is_named_before_the_first_step(tmp_path):
    class Strange(torch.optim.SGD):
        def state_dict(self):
            return super().state_dict() | {"thing": object()}

    model = nn.Linear(1, 1)
    with pytest.raises(TypeError, match="got object at run.optimizer.thing"):
        fit(
            model,
            [(torch.ones(1, 1), torch.ones(1, 1))],
            loss=nn.MSELoss(),
            optimizer=Strange(model.parameters()),
            epochs=1,
            checkpoint=tmp_path / "a",
        )
    assert not files(tmp_path)
