"""The translator: from a number of one convention to that of another, by way of the house's."""

import math

from ..ops.number import check_number, check_strength
from .convention import DECAY, ELASTIC_NET, L1, L2, Convention
from .known import known
from .table import ConventionTable

TELL = "choose the strength anew, on validation data"
APART = {  # why no number translates between two families, and what can be done
    frozenset({L2, DECAY}): (
        "the gradient of L2 goes through the momentum, and Adam divides it by the size of the gradients, where its strength cancels, "
        "while decay acts on the weights alone",
        f"{TELL}; only for SGD without momentum both are one step: say it in both names, 'pytorch.SGD(momentum=0).weight_decay' and "
        "'keras.SGD(momentum=0).weight_decay'",
    ),
    frozenset({L1, L2}): ("L1 pulls at every weight with the same force, L2 in proportion to it", TELL),
    frozenset({L1, DECAY}): ("L1 pulls at every weight with the same force, decay takes a share of it", TELL),
    frozenset({L1, ELASTIC_NET}): ("the elastic net is L1 and L2 at once", "its L1 part is l1_ratio times its strength: convert that"),
    frozenset({L2, ELASTIC_NET}): ("the elastic net is L1 and L2 at once", "its L2 part is 1 - l1_ratio times its strength: convert that"),
    frozenset({DECAY, ELASTIC_NET}): ("the elastic net is in the loss, and L1 in part; decay acts on the weights alone", TELL),
}
HOUSE = {  # {family: the name of the house's own number}
    L2: "tinyreg.l2_penalty.strength",
    L1: "tinyreg.l1_penalty.strength",
    ELASTIC_NET: "tinyreg.elastic_net_penalty.strength",
    DECAY: "tinyreg.decay_.weight_decay",
}
MEANING = {"n": "the number of examples in the loss", "lr": "the learning rate of the step"}


def _refuse_a_pair(source: Convention, target: Convention) -> None:
    if source.family is not target.family and not (source.plain_sgd and target.plain_sgd):
        why, way = APART[frozenset({source.family, target.family})]
        raise ValueError(
            f"convert: source and target must be two writings of one penalty, got {source.name} ({source.family.name}) and "
            f"{target.name} ({target.family.name}): {why}; {way}"
        )
    if source.losses and target.losses and not set(source.losses) & set(target.losses):
        raise ValueError(
            f"convert: source and target must stand beside the same loss, got {source.name} ({' or '.join(source.losses)}) and "
            f"{target.name} ({' or '.join(target.losses)}); how much a strength does depends on the loss beside it: {TELL}"
        )


def _refuse_a_value(value: float, source: Convention) -> None:
    check_number("convert", value=value)
    if source.power > 0:
        check_strength("convert", value=value)
    elif not value > 0:
        raise ValueError(
            f"convert: {source.name} must be a positive number, got value={value}; it is an inverse strength: infinity is no penalty"
        )


def _power(name: str, number: float | None, power: int, source: Convention, target: Convention) -> float:
    """number ** power, refused where it is needed and not there."""
    if number is not None:
        check_number("convert", **{name: number})
        if not 0 < number < math.inf:
            raise ValueError(f"convert: {name} must be a positive finite number, got {name}={number}; it is {MEANING[name]}")
    if not power:
        return 1.0
    if number is None:
        raise ValueError(
            f"convert: {name} must be given between {source.name} ({source.relation}) and {target.name} ({target.relation}), "
            f"got {name}=None; it is {MEANING[name]}"
        )
    return float(number) if power > 0 else 1 / float(number)


class Convert:
    """Translate a strength between libraries and papers, which write different numbers for the same training.

    "Weight decay 0.01" does not say how strong a penalty is. Keras's L2(0.01) is |w|^2 without the half, and pulls twice
    as hard as PyTorch's weight_decay=0.01. scikit-learn's Ridge stands beside a sum of squares, LogisticRegression's C is
    one over the strength, Chainer's AdamW takes its rate without multiplying it by the learning rate. Every one of these
    conventions is a row of `tinyreg.convert.table()`, with its objective or its step, how it becomes the number of this
    house, and where that stands. There are four families:

        L2 in the loss           s in  mean loss + s/2 |w|^2           as tinyreg's l2_penalty(params, s)
        L1 in the loss           s in  mean loss + s |w|_1             as l1_penalty(params, s)
        elastic net in the loss  s beside a given l1_ratio             as elastic_net_penalty(params, s, l1_ratio)
        decoupled decay          d in  w <- (1 - lr d) w               as AdamW(weight_decay=d) and decay_

    The mean loss is that over n examples; of a squared error it is MSELoss, the mean of (y - f)^2 without a half.

    Within a family a strength is converted; where the two differ by the number of examples or by the learning rate, n or
    lr must be given. Where the source's loss is a sum, or half of ours, its gradients are so, too: the same steps need
    the learning rate divided by that factor (n, or 1/2), and the minimum is the same whatever the steps. Between
    families there is no such number, and the refusal says why: L2 in the loss is not decoupled decay, except for SGD
    without momentum, which has names of its own, 'pytorch.SGD(momentum=0).weight_decay' and
    'keras.SGD(momentum=0).weight_decay'. Nor is there one between different losses, Ridge and LogisticRegression.

    What is penalized is not translated: an optimizer's weight_decay acts on every parameter it is given, biases included;
    l2_penalty(model, s) and scikit-learn leave the intercept alone (LinearSVC does not).

    Example:
        >>> import tinyreg
        >>> tinyreg.convert(0.01, "keras.regularizers.L2", "pytorch.SGD.weight_decay")
        0.02
        >>> tinyreg.convert(2.0, "sklearn.LogisticRegression.C", "tinyreg.l2_penalty.strength", n=500)
        0.001
        >>> tinyreg.convert(1e-4, "chainer.AdamW.weight_decay_rate", "pytorch.AdamW.weight_decay", lr=0.001)
        0.1
        >>> tinyreg.convert.table().rows[0].relation
        's = strength'
    """

    def __call__(self, value: float, source: str, target: str, *, lr: float | None = None, n: float | None = None) -> float:
        """Give the number that means in the target what value means in the source.

        Args:
            value: the strength in the source's convention: a finite number of at least 0, where 0 is no penalty; of an
                inverse strength (C, the variance of a prior) a positive one, where infinity is none.
            source, target: names of conventions, as the table has them; torch.optim., tf.keras. and the like are understood,
                capitals do not matter. A library's name alone, "keras" or "pytorch", is its L2 in the loss.
            lr: the learning rate, where only one of the two multiplies the decay by it; else of no influence. It is
                the base rate where a schedule's factor eta multiplies both; where a schedule lowers the rate and leaves the
                source's decay (tensorflow_addons; Chainer's alpha), the number holds for the steps of that rate alone.
            n: the number of examples, where only one of the two stands beside a mean; of the data set, and for
                scikit-learn's MLPs of a batch; else of no influence.

        Returns:
            The strength in the target's convention; infinity for the inverse strength of no penalty.

        Raises:
            ValueError: a name is unknown (those near it are listed); the two are of different families or stand beside
                different losses; lr or n is missing or not positive; value is out of range, or the result is.
            TypeError: value, lr or n is no number; a name is no text.

        Example:
            >>> from tinyreg import convert
            >>> convert(10.0, "sklearn.Ridge.alpha", "pytorch.SGD.weight_decay", n=1000), convert(0.01, "keras", "pytorch")
            (0.02, 0.02)
            >>> convert(0.0, "tinyreg.l2_penalty.strength", "sklearn.LogisticRegression.C", n=1000)
            inf
        """
        a, b = known("source", source), known("target", target)
        _refuse_a_pair(a, b)
        _refuse_a_value(value, a)
        scale = _power("n", n, a.n - b.n, a, b) * _power("lr", lr, a.lr - b.lr, a, b) * a.factor / b.factor
        number = float(value)
        if a is b:
            return number
        strength = number * scale if a.power > 0 else scale / number  # result ** b.power
        result = strength if b.power > 0 else 1 / strength if strength else math.inf
        if not 0 < scale < math.inf or (0 < number < math.inf and not 0 < result < math.inf):
            raise ValueError(f"convert: the result must be a number that float64 can hold, got {result} of value={value}; look at n and lr")
        return result

    def table(self) -> ConventionTable:
        """Return the conventions as a table: print it, let a notebook show it, read its rows, or ask for its markdown().

        Example:
            >>> from tinyreg import convert
            >>> print(str(convert.table()).splitlines()[2])
            L2 in the loss; the house's: mean loss + s/2 |w|^2
        """
        return ConventionTable()

    def __repr__(self) -> str:
        return (
            f"<tinyreg.convert: {len(self.table().rows)} conventions; tinyreg.convert.table() lists them, help(tinyreg.convert) explains>"
        )
