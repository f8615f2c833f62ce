"""A file of JSON lines that a killed program loses nothing of."""

import json

import pytest

from tinyreg.json_lines import JsonLines, first_difference


def book(path):
    return JsonLines(path, key=lambda line: line["n"])


@pytest.fixture
def path(tmp_path):
    mine = book(tmp_path / "a.jsonl")
    mine.begin({"epochs": 5})
    for n in range(2):
        mine.add({"n": n, "error": 0.5})
    return mine.path


def read(path, **options):
    again = book(path)
    again.read(**options)
    return again


def test_every_line_is_on_disk_when_it_was_added(tmp_path):
    mine = book(tmp_path / "a.jsonl")
    mine.begin({"epochs": 5})
    for n in range(3):
        mine.add({"n": n})
        lines = [json.loads(line) for line in mine.path.read_text().splitlines()]
        assert lines == [{"epochs": 5}, *({"n": m} for m in range(n + 1))] and list(mine.lines) == list(range(n + 1))


def test_what_was_written_is_read(path):
    again = read(path)
    assert (again.header, again.whole) == ({"epochs": 5}, True)
    assert again.lines == {0: {"n": 0, "error": 0.5}, 1: {"n": 1, "error": 0.5}}


def test_a_line_that_is_torn_anywhere_is_dropped_and_repaired(path):
    whole = path.read_bytes()
    start = whole.rindex(b"{")
    for end in range(start + 1, len(whole)):
        path.write_bytes(whole[:end])
        again = read(path)
        kept = [0, 1] if end == len(whole) - 1 else [0]  # only the end of the line is missing, or some of it
        assert list(again.lines) == kept and not again.whole
        assert path.read_bytes() == whole[:end], "reading leaves the file as it is"
        again.repair()
        assert path.read_bytes() == (whole if end == len(whole) - 1 else whole[:start]) and again.whole


def test_lines_that_do_not_fit_are_dropped(path):
    again = read(path, fits=lambda header, line: header["epochs"] == 5 and line["n"] == 1)
    assert list(again.lines) == [1] and not again.whole


@pytest.mark.parametrize("first", [b"", b"3\n", b"[1]\n", b'{"epochs": 5', b"\xff\xfe\n"])
def test_a_first_line_that_is_none(path, first):
    path.write_bytes(first + b'{"n": 1}\n')
    assert read(path).header == ({"n": 1} if not first else None)
    path.write_bytes(first)
    again = read(path)
    assert again.header is None and again.lines == {}


def test_a_whole_file_is_not_written_again_and_what_a_kill_left_is_removed(path):
    before = path.stat()
    for name in ("a.jsonl.abcd1234.part", "b.jsonl.abcd1234.part"):
        (path.parent / name).write_text("")
    again = read(path)
    again.repair()
    assert path.stat() == before
    assert sorted(each.name for each in path.parent.iterdir()) == ["a.jsonl", "b.jsonl.abcd1234.part"], "only its own"


def test_a_line_that_finds_no_room_is_taken_back(path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before, mine = path.read_bytes(), read(path)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 9, hard))
        with pytest.raises(OSError, match="File too large"):
            mine.add({"n": 2, "error": 0.25})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before and list(mine.lines) == [0, 1]
    mine.add({"n": 2})
    assert list(read(path).lines) == [0, 1, 2]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        book(tmp_path / "none" / "a.jsonl").begin({})


def test_first_difference():
    assert first_difference({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 2}}) is None
    assert first_difference({"a": 1}, {"a": 1, "b_c": 2}) == ("b c", None, 2)
    assert first_difference({"a": {"b": 1}}, {"a": {"b": 3}}) == ("b", 1, 3)
    assert first_difference({"a": [1, 2]}, {"a": [2, 1]}) == ("a", "1 2", "2 1")
