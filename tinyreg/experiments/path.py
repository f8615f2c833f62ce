"""`tinyreg path`: the whole coefficient path of a linear model on one of two classical tables, as numbers and as pictures."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data.regression import Diabetes, Prostate
from ..regularization.paths.coordinate_descent import elastic_net_path
from ..regularization.paths.group_path import group_lasso_path
from ..regularization.paths.least_angle import lars_path
from ..regularization.paths.ridge import ridge
from ..serialization import write_atomically
from .bad_option import BadOption
from .versions import versions

SCALINGS = {"norm": "the squares of each column sum to 1", "variance": "each column has variance 1"}
L1_RATIO = 0.5  # of the elastic net, unless another is given


@dataclass(frozen=True)
class Table:
    """A table of the package, and what its pictures need to know about it.

    Attributes:
        title: for the pictures and the terminal.
        load: the data in a scaling.
        target: what is predicted, with its unit.
        groups: of the columns, by name, for the group lasso.
        pair: the two columns whose contours are drawn.
    """

    title: str
    load: Callable[[str], Any]
    target: str
    groups: tuple[str, ...]
    pair: tuple[str, str]


TABLES = {
    "prostate": Table(
        "prostate cancer, 67 men",
        lambda scaling: Prostate(corrected=False, scaling=scaling),  # as Zou & Hastie had it; what was corrected is a test row
        "log of PSA in ng/ml",
        ("lcavol", "lweight lbph", "age", "svi lcp", "gleason pgg45"),
        ("lcavol", "svi"),
    ),
    "diabetes": Table(
        "diabetes, 442 patients",
        lambda scaling: Diabetes(scaling=scaling),
        "progression after a year",
        ("age sex", "bmi bp", "s1 s2 s3 s4 s5 s6"),
        ("bmi", "bp"),
    ),
}


@dataclass(frozen=True)
class Method:
    """A penalty whose path can be traced.

    Attributes:
        title: for the pictures and the terminal.
        objective: what is minimized, s being the strength.
        trace: the path: trace(X, y, groups, l1_ratio) -> (strengths, coefs, more), where more is put into the outcome.
        x: the x axis on which the path is drawn.
    """

    title: str
    objective: str
    trace: Callable[[Any, Any, list[int], float], tuple[Any, Any, dict[str, Any]]]
    x: str


def _homotopy(method):
    def trace(X, y, groups, l1_ratio):
        strengths, coefs, info = lars_path(X, y, method=method)
        return strengths, coefs, {"events": [(event, int(knot)) for event, knot in zip(info["order"], info["knot"])], "exact": True}

    return trace


def _grid(path):
    def trace(X, y, groups, l1_ratio):
        strengths, coefs, _ = path(X, y, groups, l1_ratio)
        changed = (coefs[:, 1:] != 0).astype(int) - (coefs[:, :-1] != 0)
        found = [(int(sign) * (int(j) + 1), int(i) + 1) for i, j in np.argwhere(changed.T) if (sign := changed[j, i])]
        return strengths, coefs, {"events": found, "exact": False}

    return trace


def _ridge(X, y, groups, l1_ratio):
    squares = np.linalg.svd(X, compute_uv=False) ** 2
    low, high = np.floor(np.log10(squares[-1] / 100)), np.ceil(np.log10(squares[0] * 100))
    strengths = 10.0 ** (np.arange(round(20 * (high - low)), -1, -1) / 20 + low)  # 20 a decade
    coefs, df = ridge(X, y, strengths)
    return strengths, coefs, {"df": df.tolist(), "events": []}


METHODS = {
    "lasso": Method("lasso", "|y − Xb|²/(2n) + s|b|₁", _homotopy("lasso"), "l1_norm"),
    "ridge": Method("ridge", "|y − Xb|² + s|b|₂²", _ridge, "strength"),
    "elastic_net": Method(
        "elastic net",
        "|y − Xb|²/(2n) + s({l1_ratio:g}|b|₁ + {half_of_the_rest:g}|b|₂²)",
        _grid(lambda X, y, groups, l1_ratio: elastic_net_path(X, y, l1_ratio)),
        "strength",
    ),
    "lar": Method("least angle regression", "|x'(y − Xb)|/n = s, the largest, for all that have entered", _homotopy("lar"), "l1_norm"),
    "group_lasso": Method(
        "group lasso",
        "|y − Xb|²/(2n) + s Σ √m |b_g|₂, m columns in group g",
        _grid(lambda X, y, groups, l1_ratio: group_lasso_path(X, y, groups)),
        "strength",
    ),
}


@dataclass(frozen=True)
class PathSettings:
    """What is traced; the defaults are what the papers took.

    Args:
        data: of TABLES.
        method: of METHODS.
        l1_ratio: of the elastic net, in (0, 1]; None is 0.5, and the only value for the other methods.
        scaling: of the columns, "norm" or "variance".

    Raises:
        BadOption: a value that cannot be, or that has no meaning here.

    Example:
        >>> PathSettings("diabetes").method
        'lasso'
    """

    data: str
    method: str = "lasso"
    l1_ratio: float | None = None
    scaling: str = "norm"

    def __post_init__(self) -> None:
        if self.data not in TABLES:
            raise BadOption(f"path: --data must be one of {', '.join(TABLES)}, got {self.data}; both come with the package")
        if self.method not in METHODS:
            raise BadOption(
                f"path: --method must be one of {', '.join(METHODS)}, got {self.method}; tinyreg path --help says what they are"
            )
        if self.scaling not in SCALINGS:
            meaning = "; ".join(f"{name}: {text}" for name, text in SCALINGS.items())
            raise BadOption(f"path: --scaling must be one of {', '.join(SCALINGS)}, got {self.scaling}; {meaning}")
        if self.l1_ratio is not None and self.method != "elastic_net":
            raise BadOption(f"path: --l1-ratio must stand with --method elastic_net, got {self.l1_ratio:g} for {self.method}; leave it out")
        if self.l1_ratio is not None and not 0 < self.l1_ratio <= 1:
            raise BadOption(f"path: --l1-ratio must lie in (0, 1], got {self.l1_ratio:g}; 1 is the lasso, and --method ridge is 0")

    def load(self):
        """The data, scaled."""
        return TABLES[self.data].load(self.scaling)


def trace(settings: PathSettings) -> dict[str, Any]:
    """Trace the path.

    Args:
        settings: what to trace.

    Returns:
        The outcome, as path.json holds it: settings, versions, objective, names, groups, strengths (falling), coefs (a list
        for each strength), rss and l1_norm at each; df (of ridge); events: {"variable", "event", "strength", "non_zero",
        "l1_norm"}, where non_zero counts after the event; exact: whether the strengths are those at which they happen, or
        the first of a grid that lie behind.

    Example:
        >>> outcome = trace(PathSettings("diabetes"))
        >>> [f"{event['variable']} {event['event']}" for event in outcome["events"]][-3:]
        ['age enters', 's3 leaves', 's3 enters']
    """
    table, method, data = TABLES[settings.data], METHODS[settings.method], settings.load()
    X, y, names = data.data.numpy(), data.targets.numpy(), list(data.feature_names)
    groups = [next(i for i, members in enumerate(table.groups) if name in members.split()) for name in names]
    l1_ratio = L1_RATIO if settings.l1_ratio is None else settings.l1_ratio
    strengths, coefs, more = method.trace(X, y, groups, l1_ratio)
    norms = np.abs(coefs).sum(axis=0)
    events, count = [], 0
    for signed, place in more.pop("events"):
        count += 1 if signed > 0 else -1
        events.append(
            {
                "variable": names[abs(signed) - 1],
                "event": "enters" if signed > 0 else "leaves",
                "strength": float(strengths[place]),
                "non_zero": count,
                "l1_norm": float(norms[place]),
            }
        )
    return {
        "settings": asdict(settings) | ({"l1_ratio": l1_ratio} if settings.method == "elastic_net" else {}),
        "versions": versions(),
        "objective": method.objective.format(l1_ratio=l1_ratio, half_of_the_rest=(1 - l1_ratio) / 2),
        "examples": len(y),
        "names": names,
        "groups": groups if settings.method == "group_lasso" else None,
        "strengths": strengths.tolist(),
        "coefs": coefs.T.tolist(),
        "rss": ((y[:, None] - X @ coefs) ** 2).sum(axis=0).tolist(),
        "l1_norm": norms.tolist(),
        "events": events,
        **more,
    }


def heading(outcome):
    """What was traced, in a line."""
    s = outcome["settings"]
    title = METHODS[s["method"]].title
    return f"{title[0].upper()}{title[1:]} path: {TABLES[s['data']].title}"


def draw(outcome):
    """The pictures of an outcome as {file name: PNG bytes}."""
    from .figures import png

    return {
        name: png(picture, outcome) for name, picture in (("path.png", draw_path), ("filter_factors.png", _filters), ("balls.png", _balls))
    }


def draw_path(outcome):
    """The figure of the coefficients of an outcome."""
    from ..plots import coefficient_path

    method = METHODS[outcome["settings"]["method"]]
    figure = coefficient_path(
        outcome["strengths"],
        np.array(outcome["coefs"]).T,
        outcome["names"],
        x=method.x,
        knots=[event["strength"] for event in outcome["events"]] or None,
        df=outcome.get("df"),
        groups=outcome["groups"],
        title=heading(outcome),
    )
    axes = figure.axes[0]
    if method.x == "strength":
        axes.set_xlabel(f"strength s of {outcome['objective']}")
    unit = "column of length 1" if outcome["settings"]["scaling"] == "norm" else "standard deviation"
    axes.set_ylabel(f"coefficient [{TABLES[outcome['settings']['data']].target},\nper {unit}]")
    return figure


def _filters(outcome):
    from ..plots import filter_factors

    settings = _settings(outcome)
    return filter_factors(settings.load().data, title=f"What is left of least squares: {TABLES[settings.data].title}")


def _balls(outcome):
    from ..plots import balls

    settings = _settings(outcome)
    table, data = TABLES[settings.data], settings.load()
    pair = [data.feature_names.index(name) for name in table.pair]
    return balls(data.data.numpy()[:, pair], data.targets, names=table.pair, title=f"Where zeros come from: {table.title}")


def _settings(outcome):
    keep = outcome["settings"]
    return PathSettings(**keep | ({} if keep["method"] == "elastic_net" else {"l1_ratio": None}))


def write(settings: PathSettings, out: Any = "runs/path") -> tuple[dict[str, Any], list[Path]]:
    """Trace the path and write path.json and its pictures; files of these names are replaced.

    Args:
        settings: what to trace.
        out: the folder; made where it is missing.

    Returns:
        The outcome, see trace, and the paths of what was written.

    Raises:
        BadOption: out is a file.

    Example:
        >>> import tempfile
        >>> outcome, paths = write(PathSettings("prostate"), tempfile.mkdtemp())
        >>> [path.name for path in paths]
        ['path.json', 'path.png', 'filter_factors.png', 'balls.png']
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise BadOption(f"path: --out must name a folder, got the file {folder}; choose another name")
    outcome = trace(settings)
    files = {"path.json": json.dumps(outcome, indent=1, ensure_ascii=False)} | draw(outcome)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)
    return outcome, [folder / name for name in files]
