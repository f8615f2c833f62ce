"""Running a source in this process, cell by cell, as a notebook would: an error names the line of the Markdown file."""

import ast
import contextlib
import io
import sys
import types


class Missed(AssertionError):
    """A cell that is tagged raises-exception did not raise."""


def run(source, after=None):
    """Run the code cells of a source in one namespace.

    A cell is compiled under the file's name with its own line numbers, so that tracebacks and inspect.getsource find it.
    The value of its last line is shown as a notebook shows it: its picture is made, or its text.

    Args:
        source: a Source.
        after: called with each cell when it has run; figures are closed behind it, as a notebook does.

    Returns:
        What was printed and shown, a text for each code cell.

    Raises:
        Missed: a cell tagged raises-exception ran through.
        Exception: what a cell raised; printed text up to there is lost.
    """
    from matplotlib import pyplot, rc_context

    module = types.ModuleType("__main__")  # classes of a cell say that they are the program's own
    printed, before = [], sys.modules["__main__"]
    sys.modules["__main__"] = module
    show, pyplot.show = pyplot.show, lambda: None  # a screen that is not there would warn
    try:
        with rc_context():
            for cell in source.cells:
                if cell.kind == "code":
                    printed.append(_run(cell, source, module.__dict__))
                    if after is not None:
                        after(cell)
                    pyplot.close("all")
    finally:
        sys.modules["__main__"], pyplot.show = before, show
        pyplot.close("all")
    return printed


def _run(cell, source, namespace):
    tree = ast.parse(cell.text, str(source.path))
    ast.increment_lineno(tree, cell.line - 1)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    raises = "raises-exception" in cell.tags
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(compile(tree, str(source.path), "exec"), namespace)
            if last is not None:
                _show(eval(compile(ast.Expression(last.value), str(source.path), "eval"), namespace))
        except Exception as error:
            if not raises:
                raise
            print(f"{type(error).__name__}: {error}")
        else:
            if raises:
                raise Missed(f"{source.path.name}:{cell.line}: a cell tagged raises-exception must raise, got none; take the tag away")
    return out.getvalue()


def _show(value):
    picture = getattr(value, "_repr_png_", None)
    if picture is not None:
        picture()
    elif value is not None:
        print(repr(value))
