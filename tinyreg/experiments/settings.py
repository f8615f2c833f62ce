"""What a person may set in a comparison, what is fixed, and what is refused."""

from dataclasses import asdict, dataclass

from .methods import METHODS

DIGITS_TRAINING_PART = 3823  # images in the official training part of Digits; the test part has 1797
BATCH = 50  # images a training step
MODELS = ("mlp", "lenet")


class BadOption(ValueError):
    """An option that cannot be followed; the command line prints the sentence and exits with code 2."""


@dataclass(frozen=True)
class Settings:
    """The settings of a comparison. Two comparisons with equal settings give equal digits, whatever the number of jobs.

    Attributes:
        methods: names of rows of `methods.METHODS`; "none" is always among them, since the others are compared with it.
        train_size: images in the training part.
        label_noise: share of the training labels that are wrong, in [0, 1).
        seeds: runs reported for each method, seeds 0, 1, ...
        epochs: passes over the training part.
        model: "mlp" or "lenet".
        backend: "numpy" or "cupy".
        validation_size: clean images that choose strengths and stop early.
        selection_seeds: runs that choose the strengths; none of them is reported.

    Raises:
        BadOption: a value outside its range, or an unknown name; the sentence names both.
    """

    methods: tuple = tuple(name for name, method in METHODS.items() if method.by_default)
    train_size: int = 300
    label_noise: float = 0.2
    seeds: int = 5
    epochs: int = 120
    model: str = "mlp"
    backend: str = "numpy"
    validation_size: int = 500
    selection_seeds: tuple = (1000, 1001, 1002)

    def __post_init__(self):
        object.__setattr__(self, "methods", _methods(self.methods))
        object.__setattr__(self, "selection_seeds", tuple(self.selection_seeds))
        largest = DIGITS_TRAINING_PART - self.validation_size
        self._must("train_size", BATCH <= self.train_size <= largest, f"lie in {BATCH} (one batch) to {largest}")
        self._must("label_noise", 0 <= self.label_noise < 1, "lie in [0, 1): it is the share of wrong labels")
        self._must("seeds", 2 <= self.seeds <= 1000, "lie in 2 to 1000: an interval needs two runs")
        self._must("epochs", 1 <= self.epochs <= 100_000, "lie in 1 to 100000")
        self._must("model", self.model in MODELS, f"be one of {', '.join(MODELS)}")
        self._must("backend", self.backend in ("numpy", "cupy"), "be numpy (the CPU) or cupy (an NVIDIA GPU)")

    def _must(self, name, holds, what):
        if not holds:
            raise BadOption(f"compare: --{name.replace('_', '-')} must {what}, got {getattr(self, name)}")

    @property
    def reported_seeds(self):
        """The seeds whose test accuracies are reported."""
        return tuple(range(self.seeds))

    def as_dict(self):
        """The settings as JSON holds them."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def _methods(names):
    """The methods in the order of the table, "none" among them."""
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise BadOption(f"compare: --methods must name known methods, got {unknown[0]!r}; known are {', '.join(METHODS)}")
    if not set(names) - {"none"}:
        got = " ".join(names) or "nothing"
        raise BadOption(f"compare: --methods must name a method besides none, got {got}; known are {', '.join(METHODS)}")
    return tuple(name for name in METHODS if name == "none" or name in names)
