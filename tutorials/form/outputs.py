"""What a committed notebook holds: every figure, no noise, nothing of the machine that made it."""

import re

from .notebook import KERNEL, LIMIT_BYTES, LIMIT_S, WIDGET

FIGURES = 3  # at least, of a chapter
WIDE = 120  # columns of a printed line that a page shows
MACHINE = re.compile(r"(?:/(?:home|root|tmp|work|opt|usr|var|Users)/|[A-Z]:\\|site-packages|dist-packages|ipykernel_\d)[^\s'\"]*")
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
NOISE = re.compile(r"No such comm.*")  # of a bar whose widget was closed before its last message


def problems(notebook, size):
    """What is wrong with a notebook; [] where nothing is.

    Args:
        notebook: as nbformat reads it.
        size: of its file, in bytes.
    """
    made, cells = notebook["metadata"], notebook["cells"]
    code = [(f"cell {i}", cell) for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    found = [message for place, cell in code for message in _cell(place, cell)]
    figures = sum("image/png" in output.get("data", {}) for _, cell in code for output in cell["outputs"])
    if figures < FIGURES:
        found.append(f"a chapter must have at least {FIGURES} figures, got {figures}; draw what its cells find")
    if [cell.get("id") for cell in cells] != [f"cell-{i:03d}" for i in range(len(cells))]:
        found.append("cells must be called cell-000, cell-001 and so on, so that another build changes no name; build it again")
    if [cell["execution_count"] for _, cell in code] != list(range(1, len(code) + 1)):
        found.append("cells must have been run once, from the first to the last; build it again")
    if made.get("kernelspec") != KERNEL or "widgets" in made:
        found.append(f"the kernel must be {KERNEL['name']}, without the state of widgets, got {sorted(made)}; build it again")
    seconds = made.get("tinyreg", {}).get("seconds", LIMIT_S)
    if seconds >= LIMIT_S or size >= LIMIT_BYTES:
        limit = f"under {LIMIT_S} s and {LIMIT_BYTES // 1000} kB"
        found.append(f"a notebook must be {limit}, got {seconds} s and {size // 1000} kB; make its experiments or figures smaller")
    return found


def _cell(place, cell):
    errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
    if bool(errors) != ("raises-exception" in cell["metadata"].get("tags", ())):
        names = [error["ename"] for error in errors]
        yield f"{place}: a cell raises if and only if it is tagged raises-exception, got {names}; mend it, or tag it"
    if "plt.show(" in "".join(cell["source"]) and not any("image/png" in output.get("data", {}) for output in cell["outputs"]):
        yield f"{place}: a cell that calls plt.show() must have its figure, got none; draw before showing, and build it again"
    for output in cell["outputs"]:
        if output.get("name") == "stderr":
            yield f"{place}: nothing must be written to stderr, got {_text(output)[:80]!r}; mend what warns"
        if WIDGET in output.get("data", {}):
            yield f"{place}: a widget is nothing without its kernel; print its result, and build it again"
        text = _text(output)
        if not text.strip() and "image/png" not in output.get("data", {}):
            yield f"{place}: an output must show something, got nothing; leave out what a bar of rich leaves behind"
        for pattern, what in ((MACHINE, "a path of the machine that made it"), (ADDRESS, "an address in memory"), (NOISE, "noise")):
            if hit := pattern.search(text):
                yield f"{place}: an output must not hold {what}, got {hit[0]!r}; print what a reader needs"
        widest = max(text.split("\n"), key=len)
        if len(widest) > WIDE:
            yield f"{place}: a printed line must have at most {WIDE} columns, got {len(widest)}: {widest[:60]!r}; print it in parts"


def _text(output):
    """All that an output says, without the colours of a terminal and the tags of HTML."""
    data = output.get("data", {})
    html = re.sub("<[^>]+>", "", data.get("text/html", ""))
    parts = [output.get("text"), *output.get("traceback", ()), data.get("text/plain"), html, data.get("text/markdown")]
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(part for part in parts if part))
