"""What a person may set in a comparison, what is fixed, and what is refused."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from .bad_option import BadOption
from .methods import METHODS
from .tasks import TASKS

BATCH = 50  # images a training step
MODELS = ("mlp", "lenet")


@dataclass(frozen=True)
class Settings:
    """The settings of a comparison. Two comparisons with equal settings give equal digits, whatever the number of jobs.

    Attributes:
        methods: names of rows of `methods.METHODS`, or "all" for every row that acts on the network; "none" is always among
            them, since the others are compared with it.
        data: the name of a row of `tasks.TASKS`.
        train_size: images in the training part; None takes the task's.
        label_noise: share of the training labels that are wrong, in [0, 1).
        seeds: runs reported for each method, seeds 0, 1, ...
        epochs: passes over the training part; None takes the task's.
        model: "mlp" or "lenet".
        backend: "numpy" or "cupy".
        root: the folder of the data set's files, where it does not come with the package; no digit depends on it.
        validation_size: clean images that choose strengths and stop early; None takes the task's.
        grid: choose among each method's `sweep`, a wide grid along which the curve of validation errors is drawn.
        selection_seeds: runs that choose the strengths; none of them is reported.

    Raises:
        BadOption: a value outside its range, or an unknown name; the sentence names both.
    """

    methods: tuple[str, ...] = tuple(name for name, method in METHODS.items() if method.by_default)
    data: str = "digits"
    train_size: Any = None
    label_noise: float = 0.2
    seeds: int = 5
    epochs: Any = None
    model: str = "mlp"
    backend: str = "numpy"
    root: str | None = None
    validation_size: Any = None
    grid: bool = False
    selection_seeds: tuple[int, ...] = (1000, 1001, 1002)
    command: ClassVar[str] = "compare"  # who refuses

    def __post_init__(self):
        self._must("model", self.model in MODELS, f"be one of {', '.join(MODELS)}")
        object.__setattr__(self, "methods", _methods(self.methods, self.model))
        object.__setattr__(self, "selection_seeds", tuple(self.selection_seeds))
        self._must("data", self.data in TASKS, f"be one of {', '.join(TASKS)}")
        for name in ("train_size", "validation_size", "epochs"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, getattr(self.task, name))
        self._must("train_size", self.train_size >= BATCH, f"be at least {BATCH}, one batch")
        self._must("label_noise", 0 <= self.label_noise < 1, "lie in [0, 1): it is the share of wrong labels")
        self._must("seeds", 2 <= self.seeds <= 1000, "lie in 2 to 1000: an interval needs two runs")
        self._must("epochs", 1 <= self.epochs <= 100_000, "lie in 1 to 100000")
        self._must("validation_size", self.validation_size >= 1, "be at least 1")
        self._must("backend", self.backend in ("numpy", "cupy"), "be numpy (the CPU) or cupy (an NVIDIA GPU)")

    def _must(self, name, holds, what):
        if not holds:
            raise BadOption(f"{self.command}: --{name.replace('_', '-')} must {what}, got {getattr(self, name)}")

    @property
    def task(self):
        """The row of `tasks.TASKS`."""
        return TASKS[self.data]

    def candidates(self):
        """{name of a method: the strengths to choose from}."""
        rows = (METHODS[name] for name in self.methods)
        return {row.name: row.sweep if self.grid and row.sweep else row.candidates for row in rows}

    def fit_into(self, images):
        """Refuse more images than the official training part holds."""
        largest = images - self.validation_size
        if largest < BATCH:
            needed = f"{BATCH} training images and {self.validation_size} for validation"
            raise BadOption(f"{self.command}: --data {self.data} must hold {needed}, got {images} in all")
        self._must("train_size", self.train_size <= largest, f"lie in {BATCH} (one batch) to {largest}")

    @property
    def reported_seeds(self):
        """The seeds whose test accuracies are reported."""
        return tuple(range(self.seeds))

    def as_dict(self):
        """The settings that decide the digits, as JSON holds them."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items() if name != "root"}


def _methods(names, model):
    """The methods in the order of the table, "none" among them."""
    known = {name for name, method in METHODS.items() if model in method.models}
    names = known if "all" in names else names
    for name in names:
        if name not in METHODS:
            raise BadOption(f"compare: --methods must name known methods, got {name!r}; known are all, {', '.join(METHODS)}")
        if name not in known:
            other = METHODS[name].models[0]
            raise BadOption(f"compare: --methods {name} must act on the network, got --model {model}; on --model {other} it does")
    if not set(names) - {"none"}:
        got = " ".join(names) or "nothing"
        raise BadOption(f"compare: --methods must name a method besides none, got {got}; known are all, {', '.join(METHODS)}")
    return tuple(name for name in METHODS if name == "none" or name in names)
