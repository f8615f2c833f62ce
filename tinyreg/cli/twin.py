"""The command `tinyreg twin`."""

DESCRIPTION = """\
Train the same network twice in lockstep, from the same seed and the same draws, and name the first operation in which the
two runs differ: forward or backward, its step, its module, its line.

On a GPU (the default): NumPy against CuPy, everything drawn on the host. Rounding differs in the last digits; a wrong
kernel, a draw that depends on the device or a hidden change of dtype differs in the first ones.

    float64   200 steps to a relative 1e-8: rounding grows slowly there
    float32   the first step to 1e-5: training multiplies rounding, so that two right runs part after a few steps

Without a GPU, --against numpy compares float32 with float64 on the CPU. That says nothing of a GPU; it shows what float32
costs: in which operations of the first step digits are lost, and with --steps, how soon two right runs part. And
--against numpy --dtype float64 compares a run with itself: whatever differs then was decided by no seed.
"""
EXAMPLES = """\
examples:
  tinyreg twin                                             NumPy and CuPy, 200 steps of three networks in float64
  tinyreg twin --dtype float32                             the first step in float32
  tinyreg twin --model lenet --methods all --steps 20      every method of the comparison
  tinyreg twin --against numpy --dtype float32             no GPU: where float32 loses digits
  tinyreg twin --against numpy --dtype float32 --model mlp --steps 500 --tolerance 1e-4

Your own network: tinyreg.training.twin(start), where start() returns a model and a function that takes one step.
Exit code 1 says that two runs differ.
"""


def add(commands):
    """Add the command and its options."""
    from ..experiments.twins import NETWORKS

    twin = commands.add_parser(
        "twin", help="the same training on two backends: the first operation that differs", description=DESCRIPTION, epilog=EXAMPLES
    )
    add = twin.add_argument
    add("--model", metavar="|".join(NETWORKS), help="one network (default: all of them)")
    add("--methods", nargs="+", default=(), metavar="NAME", help="methods of `tinyreg compare` on mlp or lenet, or all")
    add("--against", metavar="cupy|numpy", default="cupy", help="the backend of the second run (default: cupy); the first is numpy")
    add(
        "--dtype",
        metavar="float64|float32",
        default="float64",
        help="of the second run (default: float64); of the first, too, but against numpy, where that is float64",
    )
    add("--steps", type=int, metavar="N", help="steps to take (default: 200 in float64, 1 in float32)")
    add("--tolerance", type=float, metavar="T", help="the largest relative difference (default: 1e-8 in float64, 1e-5 in float32)")
    add("--seed", type=int, metavar="S", default=0, help="of weights, batches and masks (default: 0)")


def run(options):
    """Compare; returns the exit code."""
    from ..experiments.terminal import show_twin
    from ..experiments.twins import run

    twins = run(
        options.model,
        options.methods,
        against=options.against,
        dtype=options.dtype,
        steps=options.steps,
        tolerance=options.tolerance,
        seed=options.seed,
    )
    agree = [show_twin(title, twin) for title, twin in twins]
    return 0 if all(agree) else 1
