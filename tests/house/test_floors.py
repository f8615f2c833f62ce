"""Imports go down the floors, never up, never around: proved from the syntax trees."""

import ast
import configparser
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tinyreg").rglob("*.py"))

DOOR = 7.5  # doors re-export the floors below; the experiments and the command line walk through them like a user
FLOORS = {  # the longest matching beginning of the path counts
    "tinyreg/__init__.py": DOOR,
    "tinyreg/nn/": DOOR,
    "tinyreg/utils/": DOOR,
    "tinyreg/datasets.py": DOOR,
    "tinyreg/transforms/": DOOR,
    "tinyreg/types.py": 0,
    "tinyreg/backend.py": 0,
    "tinyreg/random.py": 0,
    "tinyreg/device.py": 0,
    "tinyreg/backends/": 0,
    "tinyreg/threads.py": 0,
    "tinyreg/thread_pool.py": 0,
    "tinyreg/freed_memory.py": 0,
    "tinyreg/autograd/": 1,
    "tinyreg/ops/": 2,
    "tinyreg/module.py": 3,
    "tinyreg/printing.py": 3,
    "tinyreg/text_table.py": 3,
    "tinyreg/conventions/": 3,
    "tinyreg/dotted_name.py": 3,
    "tinyreg/forward_hooks.py": 3,
    "tinyreg/modes.py": 3,
    "tinyreg/mode_report.py": 3,
    "tinyreg/dropping.py": 3,
    "tinyreg/parameter.py": 3,
    "tinyreg/unit_weights.py": 3,
    "tinyreg/touches.py": 3,
    "tinyreg/computed_parameter.py": 3,
    "tinyreg/parameter_vector.py": 3,
    "tinyreg/running_statistics.py": 3,
    "tinyreg/optimizer.py": 3,
    "tinyreg/step_hooks.py": 3,
    "tinyreg/profiler.py": 3,
    "tinyreg/init.py": 3,
    "tinyreg/serialization.py": 3,
    "tinyreg/json_lines.py": 3,
    "tinyreg/regularization/": 4,
    "tinyreg/layers/": 5,
    "tinyreg/optim/": 6,
    "tinyreg/data/": 6,
    "tinyreg/models/": 6,
    "tinyreg/training/": 7,
    "tinyreg/selection/": 7,
    "tinyreg/experiments/": 8,
    "tinyreg/plots/": 8,
    "tinyreg/cli/": 9,
    "tinyreg/__main__.py": 9,
}
LOBBY = "tinyreg/regularization/__init__.py"
COMPOSITES = {  # a room that may import rooms, and why
    "elastic_net": {"l1", "l2"},  # it is their sum
    "sharpness_aware": {"gradient_clipping"},  # the length of the whole gradient is the one that is clipped
    "channel_dropout": {"dropout"},  # it is dropout, of a mask with one element a channel
    "drop_connect": {"dropout"},  # with one mask a call it is dropout of the weights
    "mixup": {"augmentation"},  # MixUp is a transform of batches
    "cutmix": {"augmentation", "mixup"},  # what it cuts from images, it mixes in targets
    "cutout": {"augmentation"},  # Cutout and RandomErasing are transforms of images
}
# The parts of NumPy that compute nothing on the elements of an array; everything else is asked of the array's own library.
NOT_COMPUTING = {
    *("ndarray", "generic", "dtype", "number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating", "complexfloating"),
    *("bool", "bool_", "int8", "int16", "int32", "int64", "intp", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
    *("issubdtype", "result_type", "promote_types", "can_cast", "finfo", "iinfo", "broadcast_shapes"),
    *("newaxis", "pi", "e", "inf", "nan", "errstate", "exceptions"),
}
ON_THE_HOST = {  # {beginning of a path: why}: files on the array floors whose arrays are on the host, whatever comes in
    "tinyreg/regularization/paths/": "linear models of a few thousand columns, in float64: sequential work that a GPU would slow down",
}
HOST_NUMPY = {  # {path: (names, why)}: files on the array floors that use more of NumPy, on numbers that are not on a device
    "tinyreg/ops/broadcasting.py": ({"asarray"}, "lists of Python numbers become an array on the host first"),
}


def floor(path):
    starts = [start for start in FLOORS if path.startswith(start)]
    assert starts, f"{path}: no floor; give it one in FLOORS"
    return FLOORS[max(starts, key=len)]


def target(dotted):
    """The file of a dotted name of the package, or None where it is a name inside one."""
    for path in (f"{dotted.replace('.', '/')}.py", f"{dotted.replace('.', '/')}/__init__.py"):
        if (ROOT / path).exists():
            return path
    return None


def imports(path):
    """Every import of a file: (line, dotted name, whether it runs when the file is loaded). Names in a string count, too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    deferred = set()
    for node in ast.walk(tree):
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if later or (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            deferred.update(map(id, ast.walk(node)))
    package = path.removesuffix(".py").split("/")[:-1]
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1] if node.level else [])
            base = ".".join(filter(None, [base, node.module]))
            names = [name if target(name) else base for name in (f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names = [text.value for text in node.args[:1] if isinstance(text, ast.Constant)]
            names = [f"{'.'.join(package)}{name}" if name.startswith(".") else name for name in names]
        found += [(node.lineno, name, id(node) not in deferred) for name in names]
    return found


@pytest.mark.parametrize("path", FILES)
def test_imports_go_down(path):
    here = floor(path)
    wrong = []
    for line, name, _ in imports(path):
        if name.split(".")[0] == "tinyreg":
            file = target(name)
            if not file:
                wrong.append(f"{path}:{line} imports {name}, which is no file of the package")
            elif floor(file) > here:
                wrong.append(f"{path}:{line} (floor {here}) imports {name} (floor {floor(file)})")
    assert not wrong, "\n".join(wrong)


def test_imports_do_not_run_in_a_circle():
    graph = {path: {target(name) for _, name, at_load in imports(path) if at_load and target(name)} - {path} for path in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def room(path):
    """The room that a file is or belongs to: a large room is a package of its name."""
    return path.removeprefix("tinyreg/regularization/").split("/")[0].removesuffix(".py")


def test_rooms_do_not_import_rooms():
    rooms = [path for path in FILES if path.startswith("tinyreg/regularization/") and path != LOBBY]
    wrong = [
        f"{path}:{line} imports {name}"
        for path in rooms
        for line, name, _ in imports(path)
        if target(name) in (*rooms, LOBBY) and room(target(name)) not in {room(path), *COMPOSITES.get(room(path), ())}
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_switch_imports_cupy_and_nobody_torch():
    found = {(path, name.split(".")[0]) for path in FILES for _, name, _ in imports(path)}
    assert {path for path, root in found if root in ("cupy", "cupyx")} == {"tinyreg/backend.py"}
    assert not [path for path, root in found if root in ("torch", "torchvision")]


ARRAY_FLOORS = ("tinyreg/ops/", "tinyreg/regularization/", "tinyreg/layers/", "tinyreg/optim/")


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith(ARRAY_FLOORS) and not path.startswith(tuple(ON_THE_HOST))])
def test_array_floors_compute_with_the_library_of_their_arrays(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    aliases, used = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases.update(alias.asname or alias.name for alias in node.names if alias.name.split(".")[0] == "numpy")
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] == "numpy":
            used += [(node.lineno, alias.name) for alias in node.names]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            used.append((node.lineno, node.attr))
    allowed = NOT_COMPUTING | HOST_NUMPY.get(path, (set(), ""))[0]
    wrong = [f"{path}:{line}: numpy.{name}; write xp = get_array_module(x) and xp.{name}" for line, name in used if name not in allowed]
    assert not wrong, "\n".join(wrong)


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    required = config["options"]["install_requires"] + config["options.extras_require"]["data"]
    declared = {line.split(">")[0] for line in required.split()}
    roots = {name.split(".")[0] for path in FILES for _, name, _ in imports(path)}
    assert roots - set(sys.stdlib_module_names) - {"tinyreg"} == declared | {"cupy"}


def test_numpy_alone_is_enough():
    """`import tinyreg` and every door that a training script walks through, with the rest of the world refused."""
    program = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {*sys.stdlib_module_names, "numpy", "tinyreg"}:
            raise ModuleNotFoundError(f"refused: {name}")

sys.meta_path.insert(0, Refuse())
import tinyreg as torch
torch.nn.functional, torch.nn.init, torch.nn.utils, torch.optim.lr_scheduler, torch.utils.data, torch.autograd
torch.datasets, torch.transforms
assert torch.convert(0.01, "keras.regularizers.L2", "pytorch.SGD.weight_decay") == 0.02 and str(torch.convert.table())
diabetes = torch.datasets.Diabetes(scaling="norm")
torch.regularization.lasso_path(diabetes.data, diabetes.targets)
torch.selection.GridSearch(lambda train, test, s: s, {"s": [1.0]}, cv=2).fit([[1.0], [2.0]])
layer = torch.nn.Linear(2, 1)
layer(torch.ones(3, 2)).sum().backward()
assert str(torch.regularization.ledger(layer))
print("enough")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "enough\n", done.stderr
