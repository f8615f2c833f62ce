"""The command `tinyreg rooms`."""

DESCRIPTION = """\
List the rooms: every regularizer, what it acts on and when, and the names under which it is used.

Names without a place are in tinyreg.regularization; each room's file holds its derivation.
"""


def add(commands):
    """Add the command and its options."""
    rooms = commands.add_parser("rooms", help="every regularizer: what it acts on, its names, its file", description=DESCRIPTION)
    rooms.add_argument("--markdown", action="store_true", help="as the README has it")


def run(options):
    """List them; returns the exit code."""
    from ..experiments.rooms import markdown, rooms
    from ..experiments.terminal import show_rooms

    if options.markdown:
        print(markdown())
    else:
        show_rooms(rooms())
    return 0
