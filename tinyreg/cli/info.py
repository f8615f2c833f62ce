"""The command `tinyreg info`."""

from .backend_option import add_backend, switch


def add(commands):
    """Add the command and its options."""
    info = commands.add_parser("info", help="versions, backend, BLAS, devices", description="Print versions, backend, BLAS and devices.")
    add_backend(info)


def run(options):
    """Print them; returns the exit code."""
    from ..experiments.terminal import show_pairs
    from ..experiments.versions import info

    switch(options)
    show_pairs(info())
    return 0
