"""The option --backend of the commands that only switch to it."""

from ..experiments.bad_option import BadOption


def add_backend(command):
    """Add the option to a command."""
    command.add_argument("--backend", metavar="numpy|cupy", help="numpy is the CPU, cupy an NVIDIA GPU (default: the current one)")


def switch(options):
    """Let new arrays be born where the option says."""
    from ..backend import use_backend

    if options.backend is not None:
        try:
            use_backend(options.backend)
        except (ValueError, RuntimeError) as refused:
            raise BadOption(f"{options.command}: --backend {options.backend} cannot be used; {refused}") from None
