"""What to look for where an operation made a NaN or an Inf: a sentence each for those that students meet, one for the rest."""

_LOGARITHM = "log_softmax, logsigmoid or cross_entropy instead of the log of a probability, or clamp(min=1e-12) before it"
_DIVISOR = "a sum, a norm or a standard deviation; add a small number to the divisor"

_FORWARD = {  # (name, what it made)
    **dict.fromkeys(
        [("Log", "Inf"), ("Log2", "Inf"), ("Log10", "Inf"), ("Logit", "Inf")], f"look for a logarithm of 0: write {_LOGARITHM}"
    ),
    **dict.fromkeys(
        [("Log", "NaN"), ("Log2", "NaN"), ("Log10", "NaN"), ("Log1p", "NaN")], "look for a logarithm of a negative number: clamp it first"
    ),
    **dict.fromkeys([("Sqrt", "NaN"), ("Rsqrt", "NaN")], "look for the root of a negative number: clamp(min=0) first"),
    **dict.fromkeys([("Div", "NaN")], f"look for 0/0: {_DIVISOR}"),
    **dict.fromkeys([("Div", "Inf"), ("Reciprocal", "Inf"), ("Rsqrt", "Inf")], f"look for a division by 0: {_DIVISOR}"),
    **dict.fromkeys(
        [("Exp", "Inf"), ("Exp2", "Inf"), ("Expm1", "Inf"), ("Sinh", "Inf"), ("Cosh", "Inf")],
        "exp(x) is beyond float32 from x = 88.7 on: subtract the maximum first, as softmax and logsumexp do",
    ),
    **dict.fromkeys([("Acos", "NaN"), ("Asin", "NaN")], "look for an argument outside of [-1, 1]: clamp it first"),
    ("Pow", "NaN"): "look for a negative base under an exponent that is no integer: abs() or clamp(min=0) first",
    ("Pow", "Inf"): "look for 0 under a negative exponent, or for powers beyond the largest number of the dtype",
    ("Mean", "NaN"): "look for a mean of no elements: an empty selection, an empty batch",
    **dict.fromkeys([("Std", "NaN"), ("Var", "NaN")], "look for the deviation of a single element, which is 0/0: correction=0 gives 0"),
    **dict.fromkeys([("Softmax", "NaN"), ("LogSoftmax", "NaN")], "look for a row in which every score is -inf, masked as a whole"),
    **dict.fromkeys(
        [("CrossEntropyFunction", "NaN"), ("NllLossFunction", "NaN")], "look for a batch whose labels all are ignore_index, or weigh 0"
    ),
}
_ROOT = "the derivative of a root at 0 is infinite: add a small number under it, (x + 1e-12).sqrt(), or use torch.norm, which has 0 there"
_BACKWARD = {
    "Sqrt": _ROOT,
    "Pow": "the derivative of x**p at 0 is infinite for p < 1: add a small number to x",
    **dict.fromkeys(["Log", "Log2", "Log10", "Logit"], f"the derivative of a logarithm at 0 is infinite: write {_LOGARITHM}"),
    **dict.fromkeys(["Div", "Reciprocal", "Rsqrt"], f"look for a divisor near 0: {_DIVISOR}"),
    **dict.fromkeys(["Acos", "Asin"], "the derivative at -1 and 1 is infinite: clamp to a little less"),
}
_ANY = {
    "NaN": "look for 0/0, inf - inf, 0 * inf, or arguments for which the operation is not defined",
    "Inf": "look for a division by 0, a derivative without bound, or a result beyond the largest number of its dtype",
}
LARGE = 100  # an operation that divides by nothing makes an Inf of numbers that are large


def advice(name: str, kind: str, backward: bool = False, largest: float = 0.0) -> str:
    """What to look for.

    Args:
        name: of the operation.
        kind: "NaN" or "Inf", which it made.
        backward: whether its backward made it.
        largest: of the inputs, by absolute value.

    Example:
        >>> advice("Mean", "NaN")
        'look for a mean of no elements: an empty selection, an empty batch'
        >>> advice("LinearFunction", "Inf", largest=3e30)
        'its inputs reach 3e+30: a training that diverges (lower the learning rate, clip the gradient), or data that were not scaled'
    """
    found = _BACKWARD.get(name) if backward else _FORWARD.get((name, kind))
    if found is not None:
        return found
    if kind == "Inf" and largest > LARGE:
        return (
            f"its inputs reach {largest:.3g}: a training that diverges (lower the learning rate, clip the gradient), "
            "or data that were not scaled"
        )
    return _ANY[kind]
