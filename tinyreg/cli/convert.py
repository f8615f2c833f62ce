"""The command `tinyreg convert`."""

import sys

DESCRIPTION = """\
Translate the strength of a penalty or a weight decay between libraries and papers, which write different numbers for the
same training. Prints the number; on the standard error, what both numbers mean. Without arguments, the table of all conventions.

There are four families: L2 in the loss, L1 in the loss, the elastic net in the loss, and decoupled decay (AdamW's). Within
a family a strength can be translated. Between them it cannot, and the refusal says why.
"""
EXAMPLES = """\
examples:
  tinyreg convert                                                              the table
  tinyreg convert --markdown                                                   the table for a page on GitHub
  tinyreg convert 0.01 keras.regularizers.L2 pytorch.SGD.weight_decay          Keras has no half: 0.02
  tinyreg convert 0.01 keras pytorch                                           the same: a library alone is its L2 in the loss
  tinyreg convert 10 sklearn.Ridge.alpha pytorch.SGD.weight_decay --n 1000     a sum of squares to a mean: 0.02
  tinyreg convert 1e-4 chainer.AdamW.weight_decay_rate pytorch.AdamW.weight_decay --lr 0.001
  tinyreg convert 1 "sum of losses + lambda |w|^2" sklearn.Ridge.alpha         a paper's; quotes keep the words together
  tinyreg convert 0.01 pytorch.SGD.weight_decay pytorch.AdamW.weight_decay     refused: they are not the same penalty
"""


def add(commands):
    """Add the command and its options."""
    convert = commands.add_parser(
        "convert", help="a strength in the numbers of other libraries and papers", description=DESCRIPTION, epilog=EXAMPLES
    )
    add = convert.add_argument
    add("value", nargs="?", type=float, help="the strength, a number; inf for a C without a penalty")
    add("source", nargs="?", help="the convention it is written in, as the table has it; capitals do not matter")
    add("target", nargs="?", help="the convention to write it in")
    add("--lr", type=float, metavar="RATE", help="the learning rate, where only one of the two multiplies the decay by it")
    add("--n", type=float, metavar="N", help="the number of examples in the loss, where only one of the two stands beside their mean")
    add("--markdown", action="store_true", help="print the table as Markdown")


def run(options):
    """Translate, or print the table; returns the exit code."""
    from ..conventions import convert
    from ..conventions.known import known
    from ..experiments.bad_option import BadOption

    given = [options.value, options.source, options.target]
    if given == [None] * 3:
        _show(convert.table(), options.markdown)
        return 0
    if None in given:
        words = " ".join(str(word) for word in given if word is not None)
        raise BadOption(
            f"convert: a value, its convention and the one to write it in must be given, got {words}; "
            "write tinyreg convert 0.01 keras pytorch"
        )
    try:
        print(f"{convert(*given, lr=options.lr, n=options.n):.12g}")
        rows = known("source", options.source), known("target", options.target)
    except ValueError as refused:
        raise BadOption(str(refused)) from None
    for row in rows:
        print(f"{row.name}: {row.rule}; {row.relation} in {row.family.rule}", file=sys.stderr)
    return 0


def _show(table, markdown):
    """The table as text or Markdown; on a terminal drawn to its width, every name whole."""
    if markdown or not sys.stdout.isatty():
        print(table.markdown() if markdown else table)
        return
    from rich.table import Table
    from rich.text import Text

    from ..conventions.table import HEADINGS, MEAN
    from ..experiments.terminal import console

    out = console()
    out.print(Text(f"{MEAN}\n"))
    for heading, rows in table.sections():
        out.print(Text(f"{heading}\n", style="bold"))
        drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
        needed = sum(max(len(row[i]) for row in rows) + 2 for i in range(4))
        if needed + 20 <= out.width:
            for i, name in enumerate(HEADINGS):
                drawn.add_column(name, no_wrap=i < 4, overflow="fold")
            for row in rows:
                drawn.add_row(*map(Text, row))
        else:  # below each other
            for name in (HEADINGS[0], f"{HEADINGS[1]}, {HEADINGS[2]}, {HEADINGS[4]}"):
                drawn.add_column(name, overflow="fold", no_wrap=False)
            drawn.columns[0].min_width = min(max(len(row[0]) for row in rows), out.width // 2)
            for name, rule, relation, _, source in rows:
                drawn.add_row(Text(name), Text.assemble(rule, "\n", relation, "\n", (source, "dim")))
        out.print(drawn)
        out.print()
