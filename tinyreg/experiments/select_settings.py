"""What a person may set when a strength is chosen by cross-validation, and what is refused."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from .bad_option import BadOption
from .methods import METHODS
from .settings import BATCH, Settings
from .strength_grid import strength_range, with_strength
from .tasks import TASKS

SEARCHES = ("grid", "random")


class TrainingSettings(Settings):
    """The settings of a comparison, of which a selection takes data, network and training."""

    command: ClassVar[str] = "select"


@dataclass(frozen=True)
class SelectSettings:
    """The settings of a selection. Two selections with equal settings give equal digits, whatever the number of jobs.

    Attributes:
        method: the name of a row of METHODS with a strength.
        data, label_noise, model, backend, root: as in a comparison.
        train_size: images that are cut into folds; None takes the task's.
        epochs: passes over the training folds; None takes the task's.
        folds: at least 2; each is held out once.
        points: strengths that are tried, at least 2.
        low, high: the smallest and the largest; None takes those of the method's sweep.
        search: "grid" spaces them evenly, "random" draws them, from low to high, on the strength's scale.
        seed: decides images, wrong labels, folds, the chance of each fold, and what a random search draws.

    Raises:
        BadOption: a value outside its range, or an unknown name; the sentence names both.
    """

    method: str = "l2"
    data: str = "digits"
    train_size: Any = None
    label_noise: float = 0.2
    epochs: Any = None
    model: str = "mlp"
    backend: str = "numpy"
    root: str | None = None
    folds: int = 5
    points: int = 9
    low: float | None = None
    high: float | None = None
    search: str = "grid"
    seed: int = 0

    def __post_init__(self):
        if self.method not in METHODS:
            raise BadOption(f"select: --method must name a known method, got {self.method!r}; known are {', '.join(with_strength())}")
        self._must("search", self.search in SEARCHES, f"be one of {', '.join(SEARCHES)}")
        self._must("seed", self.seed >= 0, "be at least 0")
        self._must("points", 2 <= self.points <= 1000, "lie in 2 to 1000: a choice needs two strengths")
        found = strength_range(self.row, self.low, self.high)
        if self.model in ("mlp", "lenet") and self.model not in self.row.models:
            other = self.row.models[0]
            raise BadOption(f"select: --method {self.method} must act on the network, got --model {self.model}; on --model {other} it does")
        training = self.training  # refuses what it has in common with a comparison
        for name, value in (("train_size", training.train_size), ("epochs", training.epochs), ("low", found.low), ("high", found.high)):
            object.__setattr__(self, name, value)
        self._must("folds", 2 <= self.folds, "be at least 2: one is held out, and the network is trained on the others")
        self._must("folds", self.folds <= self.train_size, f"be at most --train-size {self.train_size}: each holds an image out")
        smallest = self.train_size - -(-self.train_size // self.folds)
        if smallest < BATCH:
            raise BadOption(
                f"select: --train-size must leave {BATCH} images (one batch) to train on when one of --folds {self.folds} is held out, "
                f"got {self.train_size}, which leaves {smallest}; take more images or more folds"
            )

    def _must(self, name, holds, what):
        if not holds:
            raise BadOption(f"select: --{name.replace('_', '-')} must {what}, got {getattr(self, name)}")

    @property
    def row(self):
        """The row of METHODS."""
        return METHODS[self.method]

    @property
    def task(self):
        """The row of TASKS."""
        return TASKS[self.data]

    @property
    def strength(self):
        """The StrengthRange that is searched."""
        return strength_range(self.row, self.low, self.high)

    @property
    def training(self):
        """How a network is trained: the settings of a comparison of this method."""
        shared = {name: getattr(self, name) for name in ("data", "train_size", "label_noise", "epochs", "model", "backend", "root")}
        return TrainingSettings(methods=(self.method,), **shared)

    def as_dict(self):
        """The settings that decide the digits, as JSON holds them."""
        return {name: value for name, value in asdict(self).items() if name != "root"}

    @classmethod
    def names(cls):
        """The names of the settings.

        Example:
            >>> SelectSettings.names()[:2]
            ['method', 'data']
        """
        return [field.name for field in fields(cls)]
