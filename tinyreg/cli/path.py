"""The command `tinyreg path`."""

DESCRIPTION = """\
Trace the whole path of a linear model: every coefficient at every strength of its penalty, exactly.

Prints where variables enter and leave, or, for ridge, the effective degrees of freedom. Writes into its folder path.png (the
coefficients), filter_factors.png (what ridge, early stopping and principal components leave of each direction of the data),
balls.png (why L1 gives zeros: balls and contours of two of the columns) and path.json (all numbers, settings, versions).
"""
EXAMPLES = """\
examples:
  tinyreg path --data diabetes                          the lasso of Efron et al. 2004: twelve steps, s3 leaves and returns
  tinyreg path --data diabetes --method lar             the same without leaving: ten steps
  tinyreg path --data prostate --method ridge           nothing is ever 0
  tinyreg path --data prostate --method elastic_net --l1-ratio 0.2
  tinyreg path --data diabetes --method group_lasso     the six serum values come and go together
  tinyreg path --data prostate --scaling variance       the same path in other units: strengths and coefficients differ
  tinyreg path --data prostate --table                  table 1 of Zou & Hastie 2005, ours beside the printed digits

methods:
"""


def add(commands):
    """Add the command and its options."""
    from ..experiments.path import METHODS, SCALINGS, TABLES

    path = commands.add_parser("path", help="every coefficient at every strength, exactly", description=DESCRIPTION, epilog=EXAMPLES)
    width = max(map(len, METHODS))
    for name, method in METHODS.items():
        objective = method.objective.replace("{l1_ratio:g}", "r ").replace("{half_of_the_rest:g}", "(1 − r)/2 ")
        path.epilog += f"  {name:<{width}}  {objective}\n"
    add = path.add_argument
    add("--data", metavar="|".join(TABLES), required=True, help="a table that comes with the package")
    add("--method", metavar="NAME", help="a penalty, below (default: lasso)")
    add("--l1-ratio", type=float, metavar="R", help="of the elastic net, in (0, 1]; near 0 it is ridge, 1 is the lasso (default: 0.5)")
    add(
        "--scaling",
        metavar="|".join(SCALINGS),
        default="norm",
        help="of the columns: length 1, as in the papers, or variance 1 (default: norm)",
    )
    add(
        "--out", metavar="FOLDER", default="runs/path", help="folder to write; older files of these names are replaced (default: runs/path)"
    )
    add("--table", action="store_true", help="print table 1 of Zou & Hastie 2005 instead, and write nothing")


def run(options):
    """Trace and draw; returns the exit code."""
    from ..experiments.path import PathSettings, write
    from ..experiments.path_table import show

    if options.table:
        return _table(options)
    settings = PathSettings(options.data, options.method or "lasso", options.l1_ratio, options.scaling)
    show(*write(settings, options.out))
    return 0


def _table(options):
    from ..experiments.bad_option import BadOption
    from ..experiments.path import PathSettings
    from ..experiments.path_table import show_table_1

    settings = PathSettings(options.data, scaling=options.scaling)
    if settings.data != "prostate":
        raise BadOption(f"path: --table must stand with --data prostate, got {settings.data}; it is a table of these data")
    for name, value in (("--method", options.method), ("--l1-ratio", options.l1_ratio)):
        if value is not None:
            raise BadOption(f"path: --table must stand without {name}, got {value}; the table has five methods, with their strengths")
    show_table_1(settings.scaling)
    return 0
