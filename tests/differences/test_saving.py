"""Files: where tinyreg does not do what PyTorch does."""

import collections
import io
import pickle

import numpy as np
import pytest
from safetensors.numpy import load as from_safetensors

import tinyreg


def saved(t, obj):
    file = io.BytesIO()
    t.save(obj, file)
    return file.getvalue()


def back(t, obj):
    """What comes out of the file of obj."""
    return t.load(io.BytesIO(saved(t, obj)))


def test_the_format_of_files():
    content = saved(tinyreg, tinyreg.nn.Linear(2, 1).state_dict())
    assert {name: array.shape for name, array in from_safetensors(content).items()} == {"weight": (1, 2), "bias": (1,)}


def test_the_format_of_files_in_pytorch(torch):
    assert saved(torch, torch.nn.Linear(2, 1).state_dict())[:2] == b"PK"  # a ZIP archive that holds a pickle


class Program:
    def __reduce__(self):
        return eval, ("6 * 7",)


def test_pickles():
    with pytest.raises(RuntimeError, match="got a pickle"):
        tinyreg.load(io.BytesIO(pickle.dumps(Program())), weights_only=False)


def test_pickles_in_pytorch(torch):
    assert torch.load(io.BytesIO(saved(torch, Program())), weights_only=False) == 42  # it has run


def test_whole_models():
    with pytest.raises(TypeError, match=r"got Linear at the top; save model.state_dict\(\)"):
        saved(tinyreg, tinyreg.nn.Linear(2, 1))


def test_whole_models_in_pytorch(torch):
    model = torch.load(io.BytesIO(saved(torch, torch.nn.Linear(2, 1))), weights_only=False)
    assert isinstance(model, torch.nn.Linear)


REFUSED = [{"a": {1, 2}}, {"a": np.ones(2)}, {(0, 1): 5}]


def test_what_can_be_saved():
    for obj, message in zip(REFUSED, ("got set at a", "got ndarray at a", r"got \(0, 1\) in the object"), strict=True):
        with pytest.raises(TypeError, match=message):
            saved(tinyreg, obj)


def test_what_can_be_saved_in_pytorch(torch):
    for obj in REFUSED:
        assert torch.load(io.BytesIO(saved(torch, obj)), weights_only=False).keys() == obj.keys()


def test_kinds_of_containers():
    found = back(tinyreg, {"state": collections.OrderedDict(a=1), "shape": tinyreg.ones(2, 3).shape})
    assert type(found["state"]) is dict and type(found["shape"]) is tuple


def test_kinds_of_containers_in_pytorch(torch):
    found = back(torch, {"state": collections.OrderedDict(a=1), "shape": torch.ones(2, 3).shape})
    assert type(found["state"]) is collections.OrderedDict and type(found["shape"]) is torch.Size


def saved_weight(t):
    """A transposed weight from its file: whether it requires grad, and its strides."""
    w = back(t, t.nn.Parameter(t.ones(2, 3).t()))
    return type(w) is t.nn.Parameter, w.requires_grad, tuple(w.stride())


def test_what_a_file_says_of_a_tensor():
    assert saved_weight(tinyreg) == (False, False, (2, 1))


def test_what_a_file_says_of_a_tensor_in_pytorch(torch):
    assert saved_weight(torch) == (True, True, (1, 3))


def one_under_two_names(t):
    x = t.ones(2)
    found = back(t, {"a": x, "b": x})
    found["a"][0] = 5
    return found["b"].tolist()


def test_one_tensor_under_two_names():
    assert one_under_two_names(tinyreg) == [1, 1]


def test_one_tensor_under_two_names_in_pytorch(torch):
    assert one_under_two_names(torch) == [5, 1]


def damaged(t):
    """A tensor of ones from a file in which one bit has turned."""
    content = bytearray(saved(t, {"a": t.ones(100)}))
    content[content.find(np.ones(100, "float32").tobytes()) + 2] ^= 1
    return t.load(io.BytesIO(bytes(content)))["a"]


def test_bits_that_turned():
    with pytest.raises(RuntimeError, match="must hold what was written, got content of checksum"):
        damaged(tinyreg)


def test_bits_that_turned_in_pytorch(torch):
    assert damaged(torch)[0] != 1


def on_another_device(t):
    return t.load(io.BytesIO(saved(t, {"a": t.ones(2)})), map_location="meta")["a"].device.type


def test_map_location():
    with pytest.raises(RuntimeError, match="got 'meta'"):
        on_another_device(tinyreg)


def test_map_location_in_pytorch(torch):
    assert on_another_device(torch) == "meta"


def after_a_failed_save(t, path):
    t.save({"a": t.ones(2)}, path)
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        t.save({"a": t.zeros(2), "schedule": lambda epoch: 1}, path)
    return t.load(path)["a"].tolist()


def test_saves_that_fail(tmp_path):
    assert after_a_failed_save(tinyreg, tmp_path / "w") == [1, 1]


def test_saves_that_fail_in_pytorch(torch, tmp_path):
    with pytest.raises(RuntimeError):
        after_a_failed_save(torch, tmp_path / "w")
