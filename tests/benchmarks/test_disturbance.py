"""What others took of the processors, from made-up accounts."""

import pytest

from benchmarks.disturbance import Watch, busy_seconds, taken

STAT = """\
cpu  1000 100 200 9000 50 5 6 7 300 0
cpu0 600 50 100 4000 20 2 3 4 200 0
cpu1 300 50 100 4500 25 3 3 3 100 0
cpu10 100 0 0 500 5 0 0 0 0 0
intr 12345
btime 1700000000
"""


@pytest.mark.parametrize(("processors", "seconds"), [({0}, 7.59), ({1}, 4.59), ({0, 1}, 12.18), ({10}, 1.0), (set(), 0.0)])
def test_time_is_that_of_the_processors_that_we_may_use(processors, seconds):
    assert busy_seconds(STAT, processors) == pytest.approx(seconds), "user, nice, system, irq, softirq, steal; no guest twice, no waiting"


def test_ticks_are_the_systems():
    assert busy_seconds(STAT, {10}, ticks=1000) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("after", "share"),
    [
        ((2.0, 14.0, 4.0), 0.0),  # both processors were ours
        ((2.0, 11.0, 1.0), 0.0),  # one was ours, one idle
        ((2.0, 14.0, 2.0), 0.5),  # one was another's
        ((2.0, 10.99, 1.0), 0.0),  # a tick is not counted yet
        ((2.0, 20.0, 0.0), 1.0),
        ((2.0, None, 1.0), None),  # nobody counts
    ],
)
def test_the_share_is_what_was_neither_idle_nor_ours(after, share):
    assert taken((0.0, 10.0, 0.0), after, 2) == (share if share is None else pytest.approx(share))


def test_a_watch_reads_the_file(tmp_path, monkeypatch):
    stat = tmp_path / "stat"
    stat.write_text(STAT)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1}, raising=False)
    watch = Watch(stat)
    assert watch.share() == 0.0
    stat.write_text(STAT.replace("cpu1 300", "cpu1 9300").replace("cpu10 100", "cpu10 999"))
    assert watch.share() == 1.0


def test_where_nobody_counts_nothing_is_said(tmp_path):
    assert Watch(tmp_path / "missing").share() is None
