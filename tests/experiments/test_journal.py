"""What is on disk while a comparison runs."""

import json

import pytest

from tinyreg.experiments.journal import NAME, Journal, begun_with, choose_folder, first_difference, key_of
from tinyreg.experiments.settings import BadOption

HEADER = {"settings": {"epochs": 100, "methods": ["none", "l2"]}, "versions": {"numpy": "2.0"}}


def run(seed, method="l2"):
    measured = {"validation_accuracy": 0.5, "test_accuracy": 0.5, "seconds": 0.25}
    return {"phase": "final", "method": method, "strength": {"strength": 0.1}, "seed": seed} | measured


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
    "line", ["{", "[1, 2]", "3", '{"phase": "final"}', json.dumps(run(7, "a method of another comparison")), "\xff\xfe"]
)
def test_a_damaged_line_is_dropped_and_the_lines_behind_it_are_not(tmp_path, line):
    journal = Journal(tmp_path, HEADER)
    journal.add(run(0))
    with open(tmp_path / NAME, "ab") as file:
        file.write(line.encode("latin-1") + b"\n")
    journal.add(run(1))
    assert list(Journal(tmp_path, HEADER, resume=True).runs.values()) == [run(0), run(1)]
    assert len((tmp_path / NAME).read_text().splitlines()) == 3, "and the file is whole again"


def test_a_whole_file_is_not_written_again(tmp_path, monkeypatch):
    Journal(tmp_path, HEADER).add(run(0))
    before = (tmp_path / NAME).stat()
    Journal(tmp_path, HEADER, resume=True)
    assert (tmp_path / NAME).stat() == before


def test_what_a_killed_process_had_begun_to_write_is_removed(tmp_path):
    Journal(tmp_path, HEADER)
    for name in ("gaps.png.abcd1234.part", "mine.part"):
        (tmp_path / name).write_text("")
    Journal(tmp_path, HEADER, resume=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.part", NAME]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\n", b"3\n", b"{}\n", b'{"settings": 3}\n', b'{"settings": {"seeds": 5'])
def test_a_first_line_that_is_damaged(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    for act in (lambda: begun_with(tmp_path), lambda: Journal(tmp_path, HEADER, resume=True)):
        with pytest.raises(BadOption, match="must find settings in the first line, got none in .*; begin anew with another --out"):
            act()


def test_settings_of_another_version(tmp_path):
    (tmp_path / NAME).write_text(json.dumps({"settings": {"seeds": 5, "colour": "red"}}) + "\n")
    with pytest.raises(BadOption, match="must find this version's settings, got colour in .*; begin anew"):
        begun_with(tmp_path)


def test_a_journal_that_cannot_be_read(tmp_path):
    (tmp_path / NAME).mkdir()
    with pytest.raises(BadOption, match="must find a file to read, got Is a directory for .*; name another folder"):
        begun_with(tmp_path)


class TestFullDisk:
    """A real one: a limit on the size of files."""

    @pytest.fixture
    def limit(self):
        resource = pytest.importorskip("resource")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def test_a_line_that_finds_no_room_is_taken_back(self, tmp_path, limit):
        journal = Journal(tmp_path, HEADER)
        journal.add(run(0))
        before = (tmp_path / NAME).read_bytes()
        limit(len(before) + 40)
        with pytest.raises(RuntimeError) as caught:
            journal.add(run(1))
        assert f"compare: results must be written, got File too large for {tmp_path / NAME}; raise the limit" in str(caught.value)
        assert f"then tinyreg compare --out {tmp_path} --resume goes on: every finished run is kept" in str(caught.value)
        assert (tmp_path / NAME).read_bytes() == before and len(journal.runs) == 1
        limit(1 << 20)
        journal.add(run(1))
        assert len(Journal(tmp_path, HEADER, resume=True).runs) == 2

    def test_a_damaged_file_stays_as_it_is(self, tmp_path, limit):
        Journal(tmp_path, HEADER).add(run(0))
        with open(tmp_path / NAME, "a") as file:
            file.write("{")
        before = (tmp_path / NAME).read_bytes()
        limit(50)
        with pytest.raises(RuntimeError, match="got File too large"):
            Journal(tmp_path, HEADER, resume=True)
        limit(1 << 20)
        assert (tmp_path / NAME).read_bytes() == before and len(Journal(tmp_path, HEADER, resume=True).runs) == 1

    def test_no_room_for_the_first_line(self, tmp_path, limit):
        limit(10)
        with pytest.raises(BadOption, match="--out must be a folder that can be written, got File too large for .*; raise the limit"):
            Journal(tmp_path / "a", HEADER)
        assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            {"settings": {"epochs": 50, "methods": ["none", "l2"]}, "versions": {"numpy": "2.0"}},
            "got epochs 50 where .* has 100; give it as it was, or begin anew",
        ),
        (HEADER | {"settings": {"epochs": 100, "methods": ["none", "l1"]}}, "got methods none l1 where .* has none l2"),
        (
            {"settings": {"epochs": 100, "methods": ["none", "l2"]}, "versions": {"numpy": "2.1"}},
            "got numpy 2.1 where .* has 2.0; go back to that",
        ),
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
    (tmp_path / "compare-3").mkdir()  # nothing was begun there
    assert choose_folder(resume=True, root=tmp_path) == tmp_path / "compare-2"
    assert choose_folder(root=tmp_path) == tmp_path / "compare-4"


def test_nothing_to_resume(tmp_path):
    with pytest.raises(BadOption, match="got no .*compare"):
        choose_folder(resume=True, root=tmp_path)
    with pytest.raises(BadOption, match="got .*empty without"):
        choose_folder(tmp_path / "empty", resume=True)


def test_an_empty_name_is_no_folder():
    with pytest.raises(BadOption, match="got an empty name; leave it out"):
        choose_folder("")


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadOption, match="got the file .*file"):
        choose_folder(tmp_path / "file")
    with pytest.raises(BadOption, match="got Not a directory for .*below; make its folder first, or name another"):
        Journal(tmp_path / "file" / "below", HEADER)
