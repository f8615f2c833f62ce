"""The machine, as the results name it."""

from benchmarks.machine import commit, cores, describe, memory, processor

CPUINFO = """\
processor	: 0
model name	: AMD EPYC
cpu family	: 26
model		: 2
flags		: fpu avx2 avx512f

processor	: 1
model name	: AMD EPYC
"""


def test_a_processor_has_its_name_and_what_it_computes_with(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(CPUINFO)
    assert processor(path) == "AMD EPYC (family 26, model 2, AVX-512)"
    path.write_text(CPUINFO.replace("avx512f", ""))
    assert processor(path) == "AMD EPYC (family 26, model 2, AVX2)"
    path.write_text("BogoMIPS : 50\n")
    assert processor(path)


def test_where_nothing_is_said_the_platform_is_asked(tmp_path):
    assert processor(tmp_path / "missing")


def test_everything_is_there():
    found = describe()
    assert found["cores"] == cores() >= 1 and (memory() is None or found["memory in GiB"] > 0.1) and found["python"].startswith("3.")


def test_without_git_there_is_no_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit() is None
