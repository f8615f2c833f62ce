"""From a source to its notebook: the cells as Jupyter writes them, their outputs, and pictures of a size that can be committed."""

import base64
import configparser
import hashlib
import io
import os
import re
import time
from urllib.parse import quote

from .links import headings
from .source import FOLDER

NOTEBOOKS, THUMBNAILS = FOLDER / "notebooks", FOLDER / "thumbnails"
LIMIT_S = 60  # of a chapter's run
LIMIT_BYTES = 500_000  # of a notebook
THUMBNAIL_PX, COLOURS = 360, 128  # width of a thumbnail; in a picture
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
VERSION = re.search(r'^__version__ = "(.+)"$', (FOLDER.parent / "tinyreg/__init__.py").read_text(encoding="utf-8"), re.MULTILINE)[1]


def url():
    """Where the repository is, as setup.cfg says it; "" while it does not."""
    setup = configparser.ConfigParser()
    setup.read(FOLDER.parent / "setup.cfg", encoding="utf-8")
    return setup["metadata"].get("url", "").rstrip("/")


def path_of(source):
    """Where the notebook of a source is written."""
    return NOTEBOOKS / f"{source.path.stem}.ipynb"


def thumbnail_of(source):
    """Where the small picture of a chapter is written."""
    return THUMBNAILS / f"{source.path.stem}.png"


def digest(source, repository):
    """What a notebook was made from, as a SHA-256: its inputs alone, so that another build of them is not needed."""
    inputs = [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in converted(source, repository).cells]
    return hashlib.sha256(repr(inputs).encode()).hexdigest()


def converted(source, repository):
    """The notebook of a source, not yet run.

    Args:
        source: a Source.
        repository: its address, from which Colab installs the library at the tag of this version; "" leaves that cell out.

    Returns:
        An nbformat notebook. Fences of mathematics are `$$`, which Jupyter wants, and links lead to where they led from the
        folder above.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = [_colab(repository)] if repository else []
    anchors = headings("\n\n".join(cell.text for cell in source.cells if cell.kind == "markdown"))
    for cell in source.cells:
        if cell.kind == "code":
            cells.append(new_code_cell(cell.text, metadata={"tags": list(cell.tags)} if cell.tags else {}))
        else:
            cells.append(new_markdown_cell(for_jupyter(cell.text, anchors)))
    for i, cell in enumerate(cells):
        cell.id = f"cell-{i:03d}"
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})


def for_jupyter(text, anchors):
    """Markdown for GitHub as Markdown for Jupyter, one folder further down.

    Args:
        text: of a cell.
        anchors: {GitHub's anchor: the words of the heading}; Jupyter's anchor is the words.

    Example:
        >>> text = "[L2](04_l2.md), $`a`$, [the room](../tinyreg/regularization/l2.py), [below](#why-not)"
        >>> print(for_jupyter(text, {"why-not": "Why not?"}))
        [L2](04_l2.ipynb), $a$, [the room](../../tinyreg/regularization/l2.py), [below](#Why-not%3F)
    """
    text = re.sub(r"\]\(#([^)]+)\)", lambda link: f"](#{quote(anchors.get(link[1], link[1]).replace(' ', '-'))})", text)
    text = re.sub(r"^( *)```math\n(.*?)\n *```$", r"\1$$\n\2\n\1$$", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$`([^`]+)`\$", r"$\1$", text)
    text = re.sub(r"\]\((\d\d_\w+)\.md(#[^)]*)?\)", r"](\1.ipynb\2)", text)
    return re.sub(r"\]\((?!https?:|#|\d\d_\w+\.ipynb)([^)]+)\)", r"](../\1)", text)


def _colab(repository):
    from nbformat.v4 import new_code_cell

    return new_code_cell(
        "import sys\n\n"
        'if "google.colab" in sys.modules:  # the library at the version of this notebook\n'
        f'    %pip install --quiet "tinyreg @ git+{repository}@v{VERSION}"'
    )


def build(source, repository, after=lambda: None):
    """Run a source and write its notebook and its thumbnail.

    Args:
        source: a Source.
        repository: as in converted.
        after: called when a code cell has run.

    Returns:
        The notebook, whose metadata say what it was made from and how long it ran.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised; nothing is written.
        ValueError: it took too long, or is too large; nothing is written.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = converted(source, repository)
    began = time.perf_counter()
    client = NotebookClient(
        notebook, timeout=10 * LIMIT_S, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}},
        extra_arguments=["--log-level=40"],  # errors: what the kernel says of its own sockets is for nobody here
    )  # fmt: skip
    client.on_cell_executed = lambda cell, **_: after()
    client.execute(env=_environment())
    seconds = time.perf_counter() - began
    _tidy(notebook)
    notebook.metadata["tinyreg"] = {"inputs": digest(source, repository), "seconds": round(seconds), "version": VERSION}
    text = nbformat.writes(notebook) + "\n"
    if seconds > LIMIT_S or len(text.encode()) > LIMIT_BYTES:
        raise ValueError(
            f"{source.path.name}: a chapter must take at most {LIMIT_S} s and {LIMIT_BYTES // 1000} kB, got {seconds:.0f} s and "
            f"{len(text.encode()) // 1000} kB; make its experiments smaller, or commit their results as JSON"
        )
    for folder in (NOTEBOOKS, THUMBNAILS):
        folder.mkdir(exist_ok=True)
    thumbnail_of(source).write_bytes(_thumbnail(notebook, source))
    path_of(source).write_text(text, encoding="utf-8")
    return notebook


def _environment():
    """Of the kernel: this tree, installed or not; figures in the notebook whatever a shell has set; one thread.

    The networks of the chapters are small: a second thread of the BLAS waits more than it computes.
    """
    here = os.pathsep.join([str(FOLDER.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return one | {key: value for key, value in os.environ.items() if key != "MPLBACKEND"} | {"PYTHONPATH": here}


def _tidy(notebook):
    """Leave in the outputs what a reader needs: no widgets, no times of day, small pictures."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = _joined([output for output in cell.outputs if not _of_a_bar(output)])
            for output in cell.outputs:
                data = output.get("data", {})
                if "image/png" in data:
                    output.data = {"image/png": base64.b64encode(_smaller(base64.b64decode(data["image/png"]))).decode()}
                    output.metadata = {}


def _joined(outputs):
    """What was printed in one piece, however it arrived: another build makes the same notebook."""
    found = []
    for output in outputs:
        last = found[-1] if found else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            found.append(output)
    for output in found:
        if output.output_type == "stream":
            output.text = output.text.strip("\n") + "\n"
    return [output for output in found if output.get("text") != "\n"]


def _of_a_bar(output):
    """Whether an output is what rich leaves behind of a progress bar: a widget, an empty page, a word to a widget that is gone."""
    data = output.get("data", {})
    text = data.get("text/plain", "").strip()
    silent = not text or text.startswith("No such comm")
    return WIDGET in data or (silent and "image/png" not in data and output.output_type in ("display_data", "execute_result"))


def _smaller(png):
    """The same picture with 128 colours, which is all that lines and letters need: a third of the bytes."""
    from PIL import Image

    return _bytes(Image.open(io.BytesIO(png)).convert("RGB"))


def _thumbnail(notebook, source):
    from PIL import Image

    for cell in notebook.cells:
        if "thumbnail" in cell.metadata.get("tags", ()):
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGB")
                    size = THUMBNAIL_PX, round(picture.height * THUMBNAIL_PX / picture.width)
                    return _bytes(picture.resize(size, Image.Resampling.LANCZOS))
    raise ValueError(f"{source.path.name}: a cell tagged thumbnail must draw a figure, got none; tag the figure of the table of contents")


def _bytes(picture):
    buffer = io.BytesIO()
    picture.quantize(COLOURS, dither=0).save(buffer, "PNG", optimize=True)  # 0: no dither
    return buffer.getvalue()


def is_current(source, repository):
    """Whether the notebook and the thumbnail of a source are there, made from these inputs."""
    import nbformat

    path = path_of(source)
    if not (path.exists() and thumbnail_of(source).exists()):
        return False
    found = nbformat.read(path, as_version=4)
    return found.metadata.get("tinyreg", {}).get("inputs") == digest(source, repository)


def strays(sources):
    """Notebooks and thumbnails without a source."""
    kept = {path for source in sources for path in (path_of(source), thumbnail_of(source))}
    return sorted(path for folder in (NOTEBOOKS, THUMBNAILS) if folder.exists() for path in folder.iterdir() if path not in kept)


