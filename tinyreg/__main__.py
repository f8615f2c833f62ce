"""`python -m tinyreg` is the command `tinyreg`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
