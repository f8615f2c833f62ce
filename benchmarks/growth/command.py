"""The command: measure the clauses, print a table each and what was held, write JSON."""

import argparse
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tinyreg.serialization import write_atomically
from tinyreg.text_table import aligned, markdown

from .. import machine
from . import CLAUSES, __doc__, clause

PACKAGES = ("tinyreg", "numpy", "torch")


def add(parser):
    """Give a parser the options of this command.

    Args:
        parser: an argparse.ArgumentParser, of `python -m benchmarks growth` as a rule.
    """
    parser.add_argument("--quick", action="store_true", help="small sizes, few repeats: to see that everything runs")
    parser.add_argument("--only", nargs="+", choices=CLAUSES, default=CLAUSES, metavar="CLAUSE", help=f"of {', '.join(CLAUSES)}")
    parser.add_argument("--results", metavar="FILE", help="show what --out wrote before, as Markdown, and measure nothing")
    parser.add_argument("--out", metavar="FILE", help="write what was measured as JSON")


def run(options):
    """Measure and print.

    Args:
        options: what a parser of `add` returned.

    Returns:
        0. Whether the bars are held stands in the table: seconds on a machine that others use are no reason to fail.
    """
    if options.results:
        print(page(json.loads(Path(options.results).read_text(encoding="utf-8"))), end="")
        return 0
    found = {}
    for name in options.only:
        module = clause(name)
        found[name] = module.measure(options.quick)
        print(f"\n{module.TITLE}\n\n{aligned(*module.table(found[name]))}\n", flush=True)
        for check in module.checks(found[name]):
            print(check, flush=True)
    if options.out:
        write_atomically(options.out, json.dumps(collect(found, options.quick), indent=1) + "\n")
        print(f"\n{options.out} written")
    return 0


def page(kept):
    """A table of what was promised and what was measured, and on what.

    Args:
        kept: what the file of --out holds.
    """
    rows = [
        [check["what"], f"{check['value']:,.4g}", f"{check['bar']:,.4g}", "held" if check["held"] else "not held"]
        for checks in kept["checks"].values()
        for check in checks
    ]
    of = kept["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in kept["versions"].items() if version)
    what = f"{of['processor']}, {of['cores']} cores, Python {of['python']}, {versions}, {kept['date']}."
    return f"{markdown(['', 'measured', 'bar', ''], rows)}\n\n{what}\n"


def collect(found, quick):
    """What was measured, and on what, as JSON holds it.

    Args:
        found: {clause: what its `measure` returned}.
        quick: whether it was a quick run.
    """
    held = {
        name: [{"what": check.what, "value": check.value, "bar": check.bar, "held": check.held} for check in clause(name).checks(of)]
        for name, of in found.items()
    }
    return {
        **machine.record(),
        "versions": {package: installed(package) for package in PACKAGES},
        "quick": quick,
        "checks": held,
        "found": found,
    }


def installed(package):
    """The version of a package, None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main(arguments=None):
    """python -m benchmarks.growth."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks growth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add(parser)
    return run(parser.parse_args(arguments))
