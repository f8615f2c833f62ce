"""What is on disk while a comparison runs."""

import json

import pytest

from tinyreg.experiments.journal import NAME, Journal, begun_with, choose_folder, first_difference, key_of
from tinyreg.experiments.settings import BadOption

HEADER = {"settings": {"epochs": 100, "methods": ["none", "l2"]}, "versions": {"numpy": "2.0"}}


def run(seed, method="l2"):
    return {"phase": "final", "method": method, "strength": {"strength": 0.1}, "seed": seed, "test_accuracy": 0.5}


def test_every_finished_run_is_on_disk_at_once(tmp_path):
    journal = Journal(tmp_path / "a", HEADER)
    for seed in range(3):
        journal.add(run(seed))
        lines = (tmp_path / "a" / NAME).read_text().splitlines()
        assert json.loads(lines[0]) == HEADER and json.loads(lines[-1]) == run(seed) and len(lines) == seed + 2


def test_resume_knows_what_is_finished(tmp_path):
    Journal(tmp_path, HEADER).add(run(0))
    again = Journal(tmp_path, HEADER, resume=True)
    assert list(again.runs) == [key_of(run(0))]
    again.add(run(1))
    assert len(Journal(tmp_path, HEADER, resume=True).runs) == 2


def test_a_torn_last_line_is_dropped(tmp_path):
    journal = Journal(tmp_path, HEADER)
    journal.add(run(0))
    with open(tmp_path / NAME, "a") as file:
        file.write(json.dumps(run(1))[:40])
    again = Journal(tmp_path, HEADER, resume=True)
    assert list(again.runs.values()) == [run(0)]
    again.add(run(2))
    assert list(Journal(tmp_path, HEADER, resume=True).runs.values()) == [run(0), run(2)]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"settings": {"epochs": 50, "methods": ["none", "l2"]}, "versions": {"numpy": "2.0"}}, "got epochs 50 where .* has 100"),
        (HEADER | {"settings": {"epochs": 100, "methods": ["none", "l1"]}}, "got methods none l1 where .* has none l2"),
        ({"settings": {"epochs": 100, "methods": ["none", "l2"]}, "versions": {"numpy": "2.1"}}, "got numpy 2.1 where .* has 2.0"),
    ],
)
def test_another_comparison_is_not_continued(tmp_path, other, words):
    Journal(tmp_path, HEADER)
    with pytest.raises(BadOption, match=words):
        Journal(tmp_path, other, resume=True)


def test_the_settings_can_be_read_back(tmp_path):
    Journal(tmp_path, HEADER)
    assert begun_with(tmp_path) == HEADER["settings"] | {"root": None}
    (tmp_path / NAME).write_text("")
    with pytest.raises(BadOption, match="got none in"):
        begun_with(tmp_path)


def test_first_difference():
    assert first_difference({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 2}}) is None
    assert first_difference({"a": 1}, {"a": 1, "b_c": 2}) == ("b c", None, 2)


def test_a_named_folder_is_used_and_not_overwritten(tmp_path):
    folder = tmp_path / "mine"
    assert choose_folder(folder) == folder
    folder.mkdir()
    assert choose_folder(folder) == folder  # empty: nothing is lost
    Journal(folder, HEADER)
    with pytest.raises(BadOption, match="mine with a comparison in it"):
        choose_folder(folder)
    assert choose_folder(folder, resume=True) == folder


def test_without_a_name_folders_are_numbered(tmp_path):
    assert choose_folder(root=tmp_path) == tmp_path / "compare"
    Journal(tmp_path / "compare", HEADER)
    assert choose_folder(root=tmp_path) == tmp_path / "compare-2"
    Journal(tmp_path / "compare-2", HEADER)
    assert choose_folder(root=tmp_path) == tmp_path / "compare-3"
    assert choose_folder(resume=True, root=tmp_path) == tmp_path / "compare-2"


def test_nothing_to_resume(tmp_path):
    with pytest.raises(BadOption, match="got no .*compare"):
        choose_folder(resume=True, root=tmp_path)
    with pytest.raises(BadOption, match="got .*empty without"):
        choose_folder(tmp_path / "empty", resume=True)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadOption, match="got the file .*file"):
        choose_folder(tmp_path / "file")
    with pytest.raises(BadOption, match="got .*below"):
        Journal(tmp_path / "file" / "below", HEADER)
