"""How a Module prints: PyTorch's format.

    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
      (1): ReLU()
    )

The settings of a module stand in parentheses; with children below them, or with more than one line of settings, each line
has its own. A list of modules names equal neighbours once, with their number.
"""


def module_repr(module, children):
    """The text of a module.

    Args:
        module: its class and its extra_repr() are shown.
        children: pairs of a name and a text.

    Example:
        >>> import tinyreg
        >>> print(module_repr(tinyreg.nn.Flatten(), [("0", "ReLU()")]))
        Flatten(
          start_dim=1, end_dim=-1
          (0): ReLU()
        )
    """
    extra = module.extra_repr()
    lines = extra.split("\n") if extra else []
    shown = [f"({name}): {text}".replace("\n", "\n  ") for name, text in children]
    if len(lines) == 1 and not shown:
        return f"{type(module).__name__}({extra})"
    inside = "".join(f"\n  {line}" for line in [*lines, *shown])
    return f"{type(module).__name__}({inside}\n)" if inside else f"{type(module).__name__}()"


def grouped(texts):
    """Pairs of a name and a text for children named 0, 1, ...: equal neighbours as ("0-3", "4 x ...").

    Example:
        >>> grouped(["ReLU()", "ReLU()", "Tanh()"])
        [('0-1', '2 x ReLU()'), ('2', 'Tanh()')]
    """
    runs = []
    for place, text in enumerate(texts):
        if runs and runs[-1][2] == text:
            runs[-1][1] = place
        else:
            runs.append([place, place, text])
    return [(f"{first}-{last}", f"{last - first + 1} x {text}") if last > first else (str(first), text) for first, last, text in runs]
