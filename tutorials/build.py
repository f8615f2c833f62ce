"""Make the notebooks of the chapters from their sources: run them, keep what they print and draw, list them in README.md.

A chapter whose source has not changed since its notebook was made is left as it is. With --check nothing is run or written:
what is committed is compared with what would be made.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tutorials.form import myths, page, style
from tutorials.form.lint import problems
from tutorials.form.notebook import build, is_current, path_of, strays, url
from tutorials.form.source import FOLDER, chapters, read, solutions


def main(arguments=None):
    """Build or check; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python tutorials/build.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="TINYREG_BACKEND=cupy python tutorials/build.py --force 07   runs chapter 07 on a GPU",
    )  # fmt: skip
    parser.add_argument("chapters", nargs="*", metavar="NN", help="chapters to build, by number; all that have changed without any")
    parser.add_argument("--check", action="store_true", help="compare only; exit status 1 where something is not as it would be built")
    parser.add_argument("--force", action="store_true", help="run chapters that have not changed, too")
    options = parser.parse_args(arguments)
    sources = [read(path) for path in chapters()]
    wrong = _unknown(options.chapters, sources)
    if options.check:
        wrong += _differences(sources)
    elif not wrong:
        wrong = _build(options, sources)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _unknown(numbers, sources):
    known = [source.path.name[:2] for source in sources]
    return [f"build.py: a chapter must be one of {', '.join(known)}, got {number}" for number in numbers if number not in known]


def _texts(sources, repository):
    """The files that are written and not run: {path: text}."""
    made = page.with_table(page.README.read_text(encoding="utf-8"), page.table(sources, repository))
    return {page.README: made, style.PATH: style.text(), myths.MYTHS: myths.page(myths.TESTS.read_text(encoding="utf-8"))}


def _differences(sources):
    repository = url()
    again = "run python tutorials/build.py and commit what it wrote"
    wrong = [
        f"{path.relative_to(FOLDER)}: must be what its sources make of it; {again}"
        for path, text in _texts(sources, repository).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    wrong += [
        f"{path_of(source).name}: must be made from {source.path.name} as it stands; {again}"
        for source in sources
        if not is_current(source, repository)
    ]
    wrong += [f"{path.relative_to(FOLDER)}: must have a source, got none; delete it" for path in strays(sources)]
    return wrong + _lint()


def _lint():
    return [line for path in [*chapters(), *solutions(), page.README] for line in problems(path.read_text(encoding="utf-8"), path)]


def _build(options, sources):
    from rich.progress import Progress

    repository = url()
    for path, text in _texts(sources, repository).items():
        path.write_text(text, encoding="utf-8")
    wrong = _lint()
    if wrong:
        return wrong
    sources = [read(source.path) for source in sources]  # the page of myths may be another now
    wanted = [source for source in sources if not options.chapters or source.path.name[:2] in options.chapters]
    wanted = [source for source in wanted if options.force or not is_current(source, repository)]
    if not wanted:
        print("every notebook is as its source")
        return []
    with Progress() as bar:
        for source in wanted:
            task = bar.add_task(source.title, total=sum(cell.kind == "code" for cell in source.cells))
            notebook = build(source, repository, lambda task=task: bar.advance(task))
            size = path_of(source).stat().st_size
            bar.console.print(f"{path_of(source).name}: {notebook.metadata['tinyreg']['seconds']} s, {size // 1000} kB")
    return []


if __name__ == "__main__":
    sys.exit(main())
