"""A type checker agrees with a script that is right, and finds what is wrong in one that is not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("script.py")

WRONG = """
import tinyreg as torch
from tinyreg import nn

nn.Linear("a", 2)
torch.zeros(2).no_such_method()
torch.no_such_function(1)
torch.ones(2) + "a"
torch.ones(2).sum(dim="a")
torch.ones(2).max(dim=0).item()
torch.ones(2).size().no_such_method()
torch.zeros(2, requires_grad="yes", dtype=3)
torch.relu(torch.zeros(2), 1, 2)
nn.Dropout(p="a")
nn.Conv2d(1, 2)
nn.Sequential(nn.ReLU(), 3)
nn.functional.cross_entropy(torch.zeros(2, 3), [0, 1])
torch.optim.SGD([torch.ones(1)], learning_rate=0.1)
torch.optim.Adam("weights")
torch.optim.lr_scheduler.StepLR(0.1, step_size=2)
torch.utils.data.DataLoader(3)
torch.utils.data.DataLoader([1], batch_size="all")
torch.regularization.l2_penalty(torch.ones(1), strength="strong")
torch.convert("strong", "keras.regularizers.L2", "pytorch.SGD.weight_decay")
torch.convert.table().no_such_method()
torch.regularization.EarlyStopping()
torch.training.fit(nn.Linear(1, 1), [], loss=3, optimizer=None, epochs=1)
torch.random.default_generator().no_such_method()
torch.transforms.RandomHorizontalFlip(p="a")
""".strip().splitlines()


def test_the_script_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.typing.script", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "epoch 2 loss" in done.stdout, done.stderr


def test_a_checker_sees_what_is_right_and_what_is_wrong(tmp_path: Path) -> None:
    """As a user's own mypy does: no settings of this project, as strict as it can be."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    wrong = tmp_path / "wrong.py"
    wrong.write_text("\n".join(WRONG), encoding="utf-8")
    options = ["--strict", "--config-file=", "--follow-imports=silent", f"--cache-dir={tmp_path / 'cache'}"]
    command = [sys.executable, "-m", "mypy", *options, str(SCRIPT), str(wrong)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line for line in errors if "wrong.py" not in line] == [], done.stdout + done.stderr
    found = {int(number) for line in errors for number in re.findall(r"wrong\.py:(\d+)", line)}
    unseen = [line for number, line in enumerate(WRONG, 1) if number > WRONG.index("") + 1 and number not in found]
    assert unseen == [], done.stdout + done.stderr
