"""What a convention is, as data: whose number it is, what the number does, and how it becomes the number of the house."""

from typing import NamedTuple


class Family(NamedTuple):
    """Conventions that say the same thing in different numbers.

    Attributes:
        name: as the table and the refusals call it.
        letter: of the house's own strength.
        rule: what the house's strength does.
    """

    name: str
    letter: str
    rule: str


L2 = Family("L2 in the loss", "s", "mean loss + s/2 |w|^2")
L1 = Family("L1 in the loss", "s", "mean loss + s |w|_1")
ELASTIC_NET = Family("elastic net in the loss", "s", "mean loss + s (r |w|_1 + (1 - r)/2 |w|^2), with the same r in both")
DECAY = Family("decoupled decay", "d", "w <- (1 - lr d) w, beside a step on the loss alone")
FAMILIES = (L2, L1, ELASTIC_NET, DECAY)

SQUARED, LOG, HINGE, SQUARED_HINGE = "squared error", "log loss", "hinge loss", "squared hinge loss"


class Convention(NamedTuple):
    """A number that a library or a paper writes for a strength: house = factor * value^power * n^n * lr^lr.

    Attributes:
        name: what a person types.
        family: the conventions it can be converted to.
        rule: the objective, or the step, as its source writes it; g is the gradient of the loss.
        symbol: of the number, in the rule.
        source: where the rule stands.
        factor: of the value, in the house's number.
        power: of the value: 1, or -1 where it is an inverse strength.
        n: power of the number of examples: -1 beside a sum, 0 beside a mean.
        lr: power of the learning rate: -1 where the source does not multiply the decay by it, else 0.
        losses: those it can stand beside; () is any.
        plain_sgd: whether the name says SGD without momentum, where L2 in the loss and decoupled decay are one.

    Example:
        >>> ridge = Convention("Ridge.alpha", L2, "|y - Xw|^2 + alpha |w|^2", "alpha", "", factor=2, n=-1)
        >>> ridge.relation, ridge.needs
        ('s = 2 alpha / n', 'n')
    """

    name: str
    family: Family
    rule: str
    symbol: str
    source: str
    factor: int = 1
    power: int = 1
    n: int = 0
    lr: int = 0
    losses: tuple[str, ...] = ()
    plain_sgd: bool = False

    @property
    def relation(self) -> str:
        """How the house's number follows from this one, as a formula."""
        powers = ((self.symbol, self.power), ("n", self.n), ("lr", self.lr))
        above = [str(self.factor)] * (self.factor != 1) + [letter for letter, power in powers if power > 0]
        below = [letter for letter, power in powers if power < 0]
        under = f"({' '.join(below)})" if len(below) > 1 else "".join(below)
        return f"{self.family.letter} = {' '.join(above) or 1}" + (f" / {under}" if below else "")

    @property
    def needs(self) -> str:
        """What must be known besides the value to reach the house's number: "", "n" or "lr"."""
        return ", ".join(letter for letter, power in (("n", self.n), ("lr", self.lr)) if power)
