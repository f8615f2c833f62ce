"""The command `tinyreg gradcheck`."""

from .backend_option import add_backend, switch

DESCRIPTION = """\
Compare the backward of every differentiable door with central differences in float64.

Prints, for each door, the largest max|numeric - analytic| / max(1, max|analytic|) over its cases and inputs: right
gradients lie near 1e-9, wrong ones near 1. A door passes if gradcheck does, with PyTorch's tolerances.
"""
EXAMPLES = """\
examples:
  tinyreg gradcheck
  tinyreg gradcheck batch_norm conv2d
  tinyreg gradcheck | sort -g -k2          the largest error last
"""


def add(commands):
    """Add the command and its options."""
    check = commands.add_parser("gradcheck", help="every gradient against finite differences", description=DESCRIPTION, epilog=EXAMPLES)
    check.add_argument("doors", nargs="*", metavar="door", help="relu, conv2d, nn.functional.batch_norm, ... (default: all)")
    add_backend(check)


def run(options):
    """Check; returns the exit code."""
    from ..experiments.doors import run
    from ..experiments.terminal import show_checks

    switch(options)
    checks = run(options.doors)
    return 1 if show_checks(checks) else 0
