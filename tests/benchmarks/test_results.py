"""What is written is what is read."""

import json

import pytest

from benchmarks import results as module


def test_a_round_trip_changes_nothing_but_digits(results, tmp_path):
    path = tmp_path / "cpu.json"
    module.save(results, path)
    again = module.load(path)
    assert again["rounds"]["W5"]["train"]["mygrad"] == [0.003, 0.0033, 0.0042]
    assert again | {"rounds": 0} == json.loads(json.dumps(results)) | {"rounds": 0}
    module.save(again, path)
    assert module.load(path) == again


def test_a_librarys_rounds_stand_in_one_line(results):
    assert '    "numpy": [0.0008, 0.00088, 0.00112],\n' in module.dumps(results)


def test_the_device_and_the_versions_are_in_it(results):
    machine = results["machine"]
    assert machine["processor"] and machine["cores"] >= 1 and machine["system"] and machine["python"] and machine["gpu"] is None
    assert results["libraries"]["pytorch"] == {"version": "1.2", "settings": {}, "pools": []}
    assert results["settings"]["threads"] == 2 and results["date"].endswith("UTC")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be JSON, got Expecting"),
        ("[1]", "must hold results in format 1, got None"),
        ('{"format": 9}', "must hold results in format 1, got 9"),
    ],
)
def test_another_file_is_refused(tmp_path, text, message):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(module.Unreadable, match=message):
        module.load(path)
