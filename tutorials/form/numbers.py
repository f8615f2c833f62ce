"""Numbers in prose that are results: each stands, in the same digits, in the outputs or the code of the chapter's notebook."""

import math
import re

from .prose import said

WHERE = "in the outputs or the code of the notebook; print or assert it beside the prose, in these digits, or say it in words"
FREE = ("Sources", "Exercises")  # what others measured; what the reader will
PLACE = (
    r"(?:sections?|sec\.|chapters?|figures?|fig\.|tables?|equations?|eqs?\.|theorems?|propositions?|lemmas?|algorithms?|appendix|pages?|"
    r"Python|NumPy|PyTorch|CuPy|version)"
)
NO_RESULT = re.compile(
    r"^ *```.*?^ *```$"  # fences
    r"|(?P<formula>\$`[^`]+`\$)|`[^`]+`"  # code, but formulas
    r"|!?\[[^\]]*\]\([^)]*\)|https?://\S+"  # links
    r"|arXiv[: ]\S+|doi[: ]\S+|\b10\.\d{4,}/\S+"
    rf"|\b{PLACE}\s+\(?\d+(?:\.\d+)*\)?(?:(?:,| and| to)\s+\(?\d+(?:\.\d+)+\)?)*"
    r"|\d+\.\d+\.\d+(?:\.\d+)*"  # a section
    r"|^(?:\s*>)?\s*\d+\.\s",  # an item of a list
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
NUMBER = re.compile(
    r"(?<![\w.])(?P<mantissa>\d+(?:\.\d+)?)\s*(?:\\cdot|\\times|·|×)\s*10\^\{?(?P<power>[-−]?\d+)\}?"
    r"|(?<![\w.])10\^(?P<ten>\{?[-−]\d+\}?)"
    r"|(?<![\w.])(?:(?P<plain>\d+(?:\.\d+)?[eE][-+−]?\d+|\d+\.\d+)|(?P<whole>\d+)\s?\\?[,;]?\\?%)"
)
SHOWN = re.compile(r"(?<![A-Za-z_.\d])(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
PERCENT = re.compile(r"(?<![\w.])(\d+)(?:\.0+)?\s?\\?%")
FORMAT = re.compile(r":[<>^]?[+, ]?\d*\.\d+[defg%]")  # {x:6.2f}


def problems(source, notebook):
    """Numbers of a chapter's prose that its notebook shows nowhere.

    A result is a number with a decimal point, with a power of ten, or before a %. Code, links, displays, places in a book and
    the sections of FREE hold none. Equal values are equal digits: 0.30 is 0.3, and $3 \\cdot 10^{-10}$ is 3e-10. A whole number
    before a % is too easily found elsewhere: it stands before a % there, too, or as a fraction, 20 % as 0.2.

    Args:
        source: the Source of the chapter.
        notebook: the notebook made from it, as nbformat reads it.
    """
    there, section, found = shown(notebook), "", []
    for cell in source.cells:
        if cell.kind == "markdown":
            heading = re.search(r"^## (.+)$", cell.text, re.MULTILINE)
            section = heading[1].strip() if heading else section
            for place, words, value in results(cell.text) if section not in FREE else ():
                if value not in there:
                    found.append(said(source, cell.line + place, f"the number {words!r} must stand {WHERE}"))
    return found


def results(text):
    """[(line from 0, the words, the value)] of the results in a piece of Markdown; of a whole percentage the value is "20 %"."""
    blank = NO_RESULT.sub(lambda hidden: hidden["formula"] or re.sub(r"[^\n]", " ", hidden[0]), text)
    return [(blank.count("\n", 0, match.start()), match[0], _value(match)) for match in NUMBER.finditer(blank)]


def _value(match):
    if match["whole"]:
        return f"{match['whole']} %"
    power = match["ten"] or match["power"]
    return float((f"{match['mantissa'] or 1}e{power.strip('{}')}" if power else match["plain"]).replace("−", "-"))


def shown(notebook):
    """The values of all numbers in the code and in the texts of the outputs, as results has them."""
    texts = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            texts.append(FORMAT.sub(" ", "".join(cell["source"])))
            for output in cell["outputs"]:
                texts += ["".join(output.get("text", "")), "".join(output.get("data", {}).get("text/plain", "")), output.get("evalue", "")]
    numbers = {float(number.replace("_", "")) for text in texts for number in SHOWN.findall(text)}
    fractions = {f"{round(100 * number)} %" for number in numbers if math.isclose(100 * number, round(100 * number))}
    return numbers | fractions | {f"{number} %" for text in texts for number in PERCENT.findall(text)}
