"""python -m benchmarks.growth: the same as `python -m benchmarks growth`."""

import sys

from .command import main

sys.exit(main())
