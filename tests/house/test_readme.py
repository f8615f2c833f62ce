"""What the README, the packaging and the workflow say agrees, with each other and with the code."""

import configparser
import re
import shlex
import subprocess
import sys
from pathlib import Path

import tinyreg

ROOT = Path(__file__).parents[2]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_ci_runs_the_two_commands_of_the_readme():
    run = text(".ci/run")
    commands = [re.search(rf'^{name}="(.*)"$', run, re.MULTILINE)[1] for name in ("main_job", "test_suite")]
    assert re.findall(r"^pip install .*&&.*$", text("README.md"), re.MULTILINE) == commands
    assert [shlex.split(command)[-2:] for command in commands] == [["tinyreg", "compare"], ["&&", "pytest"]]


def test_python_blocks_of_the_readme_run(tmp_path):
    for block in re.findall(r"^```python\n(.*?)^```$", text("README.md"), re.MULTILINE | re.DOTALL):
        program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{block}"
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{block}\n{done.stderr}"


def test_links_of_the_readme_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"", text("README.md"))
    local = [a or b for a, b in targets if not (a or b).startswith(("http:", "https:"))]
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_the_version_stands_once():
    assert SETUP["metadata"]["version"] == "attr: tinyreg.__version__"
    version = re.escape(tinyreg.__version__)
    assert re.search(rf'^__version__ = "{version}"$', text("tinyreg/__init__.py"), re.MULTILINE), "setuptools reads it without importing"
    assert re.search(rf"^## {version}\b", text("CHANGELOG.md"), re.MULTILINE)


def test_every_key_of_setup_cfg_is_dynamic():
    """setuptools ignores, without a word, a value of setup.cfg that pyproject.toml does not call dynamic."""
    names = {"long_description": "readme", "author": "authors", "python_requires": "requires-python", "install_requires": "dependencies"}
    keys = {names.get(key, key) for section in ("metadata", "options") for key in SETUP[section]}
    keys -= {"name", "long_description_content_type", "license_files", "packages"}
    dynamic = re.search(r"dynamic = \[(.*?)\]", text("pyproject.toml"), re.DOTALL)[1]
    assert set(re.findall(r'"([\w-]+)"', dynamic)) == keys | {"optional-dependencies", "scripts"}


def test_the_workflow_runs_every_python_that_is_promised():
    promised = re.findall(r"Python :: (3\.\d+)", SETUP["metadata"]["classifiers"])
    assert re.findall(r'"(3\.\d+)"', text(".github/workflows/ci.yml")) == promised
    assert SETUP["options"]["python_requires"] == f">={promised[0]}"
