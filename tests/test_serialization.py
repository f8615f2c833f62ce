import io
import os

import numpy as np
import pytest

import tinyreg as torch
from tinyreg import serialization


def test_flat_dict_keeps_names_order_dtypes_and_values(tmp_path):
    state = {"b.weight": torch.arange(6).float().reshape(2, 3).t(), "a": torch.tensor(3), "c": torch.zeros(0, 2, dtype=torch.float64)}
    torch.save(state, tmp_path / "best_model.pth")
    loaded = torch.load(tmp_path / "best_model.pth")
    assert list(loaded) == list(state)
    for name in state:
        assert loaded[name].dtype == state[name].dtype
        np.testing.assert_array_equal(loaded[name].numpy(), state[name].numpy())
    loaded["a"].add_(1)  # loaded memory is writable


def test_safetensors_reads_the_file_under_the_same_names(tmp_path):
    from safetensors.numpy import load_file

    torch.save({"w": torch.ones(2, 3).t()}, tmp_path / "m.pth")
    np.testing.assert_array_equal(load_file(tmp_path / "m.pth")["w"], np.ones((3, 2)))


def test_a_file_of_safetensors_is_read(tmp_path):
    from safetensors.numpy import save_file

    save_file({"w": np.arange(3.0)}, tmp_path / "m.safetensors")
    assert torch.load(tmp_path / "m.safetensors")["w"].tolist() == [0, 1, 2]


def test_nesting_comes_back():
    model = torch.nn.Linear(2, 1)
    checkpoint = {
        "epoch": 3,
        "model": model.state_dict(),
        "optimizer": {
            "state": {0: {"step": 5, "buffer": torch.ones(2)}},
            "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "name": None}],
        },
        "note": "best",
        "0": torch.zeros(1),
        0: torch.ones(1),
        "done": True,
        "loss": np.float32(0.5),
    }
    file = io.BytesIO()
    torch.save(checkpoint, file)
    file.seek(0)
    loaded = torch.load(file)
    assert loaded["epoch"] == 3 and loaded["note"] == "best" and loaded["done"] is True and loaded["loss"] == 0.5
    assert loaded["optimizer"]["param_groups"] == checkpoint["optimizer"]["param_groups"]
    assert loaded["optimizer"]["state"][0]["buffer"].tolist() == [1, 1]
    assert loaded["0"].tolist() == [0] and loaded[0].tolist() == [1]
    np.testing.assert_array_equal(loaded["model"]["weight"].numpy(), model.weight.detach().numpy())


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ({"model": {"net": object()}}, "got object at model.net"),
        ([1, np.ones(2)], "got ndarray at 1"),
        (torch.nn.Linear(1, 1), "got Linear at the top"),
        ({(1, 2): 3}, r"got \(1, 2\) in the object"),
    ],
)
def test_other_objects_are_refused_by_place(obj, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        torch.save(obj, tmp_path / "x")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("magic", [b"PK\x03\x04rest", b"\x80\x02}q\x00."])
def test_a_pickle_is_refused_as_a_pickle(magic, tmp_path):
    (tmp_path / "m.pt").write_bytes(magic)
    with pytest.raises(RuntimeError, match="m.pt must be a safetensors file, got a pickle"):
        torch.load(tmp_path / "m.pt")


def test_a_header_may_begin_as_a_pickle_does(tmp_path):
    """A safetensors file opens with the length of its header, whose low byte may be 0x80: what a pickle opens with."""
    from safetensors.numpy import save

    name, data = next((name, data) for name in ("w" * n for n in range(1, 256)) if (data := save({name: np.ones(2)}))[0] == 0x80)
    (tmp_path / "m.safetensors").write_bytes(data)
    assert {key: x.tolist() for key, x in torch.load(tmp_path / "m.safetensors").items()} == {name: [1, 1]}


def test_a_cut_file_is_named_with_its_size(tmp_path):
    path = tmp_path / "m.pth"
    torch.save({"w": torch.ones(8)}, path)
    data = path.read_bytes()
    for size in (0, 4, 40, len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(RuntimeError, match=f"m.pth must be a safetensors file, got {size} bytes"):
            torch.load(path)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.pth"
    torch.save({"w": torch.ones(2)}, path)

    def full(descriptor):
        raise OSError("No space left on device")

    monkeypatch.setattr(serialization.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        torch.save({"w": torch.zeros(2)}, path)
    assert os.listdir(tmp_path) == ["m.pth"]
    assert torch.load(path)["w"].tolist() == [1, 1]


def test_map_location_must_be_the_backends_device(tmp_path):
    torch.save({"w": torch.ones(1)}, tmp_path / "m")
    assert torch.load(tmp_path / "m", map_location="cpu")["w"].tolist() == [1]
    with pytest.raises(RuntimeError, match="got 'cuda'"):
        torch.load(tmp_path / "m", map_location="cuda")


def test_files_are_written_whole(tmp_path):
    path = tmp_path / "a.json"
    serialization.write_atomically(path, "first")
    serialization.write_atomically(path, b"second")
    assert path.read_bytes() == b"second" and [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert path.stat().st_mode & 0o400


def test_a_failed_rename_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    serialization.write_atomically(path, "first")

    def broken(*_):
        raise OSError("no space")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="no space"):
        serialization.write_atomically(path, "second")
    assert path.read_text() == "first" and [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_no_bit_turns_unseen():
    """Each byte of a file, changed by one bit: refused, or of no account."""
    file = io.BytesIO()
    torch.save({"w": torch.arange(6).float().reshape(2, 3), "n": torch.tensor(3), "e": torch.zeros(0, 2), "k": [1, None, "a"]}, file)
    data = file.getvalue()

    def read(data):
        loaded = torch.load(io.BytesIO(data))
        return {key: (x.tolist(), x.dtype) if isinstance(x, torch.Tensor) else x for key, x in loaded.items()}

    whole, refused = read(data), 0
    for i in range(len(data)):
        damaged = bytearray(data)
        damaged[i] ^= 1 << i % 8
        try:
            assert read(bytes(damaged)) == whole, i
        except RuntimeError:
            refused += 1
    assert refused > 0.9 * len(data)


def test_a_turned_bit_is_named(tmp_path):
    path = tmp_path / "m.pth"
    torch.save({"w": torch.ones(8)}, path)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        RuntimeError, match=r"load: .*m.pth must hold what was written, got content of checksum \d+ where \d+ is noted; it is"
    ):
        torch.load(path)


def test_what_failed_first_is_told_also_where_the_rest_cannot_be_removed(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("second")

    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("first")))
    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(OSError, match="first"):
        serialization.write_atomically(tmp_path / "a", "text")
