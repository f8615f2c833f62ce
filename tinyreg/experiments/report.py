"""The report: one HTML file with everything in it, large enough for a projector; it loads nothing from anywhere."""

import base64
import math
from html import escape

from .methods import ADAM_LEARNING_RATE, METHODS
from .networks import HIDDEN, SMALL
from .settings import BATCH
from .summary import say_strength
from .table import HEADINGS, LEFT, VERDICT, cells, notes
from .tasks import TASKS

FIGURES = (
    ("examples.png", "The first training images of seed 0, as the network gets them"),
    ("gaps.png", "Train and test accuracy, and the paired difference to training without a regularizer"),
    ("strengths.png", "Validation error over strength: each dot is a selection seed, the ring is the strength that was chosen"),
    ("curves.png", "Learning curves: mean and 95 % interval over the seeds; a run that stopped early is held at its last value"),
    ("weights.png", "The weights of the linear and conv layers at the end, all seeds together; larger ones count in the last bins"),
)
STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; padding: 2rem 3vw 4rem; max-width: 1500px; background: #fff; color: #222;
       font: 1.25rem/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 2.6rem; line-height: 1.15; margin: 0 0 .3rem; }
h2 { font-size: 1.8rem; margin: 3rem 0 .8rem; border-bottom: 3px solid #0072b2; padding-bottom: .2rem; }
p, li { max-width: 62rem; }
.lead { font-size: 1.45rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .42rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #222; vertical-align: bottom; }
.text { text-align: left; }
.wrap { white-space: normal; text-align: left; }
.better { color: #005a8c; font-weight: 700; } .worse { color: #b34700; font-weight: 700; }
.better::before { content: "\\25B2\\A0"; } .worse::before { content: "\\25BC\\A0"; } .nd::before { content: "\\25CB\\A0"; }
figure { margin: 2rem 0; } img { width: 100%; height: auto; } figcaption { color: #444; }
.small { font-size: 1.05rem; } .chosen { background: #e3f0f8; font-weight: 700; }
@media print { body { font-size: 10pt; max-width: none; } figure, tr { break-inside: avoid; } }
"""


def html(outcome, pictures):
    """The report as text.

    Args:
        outcome: as results.json holds it.
        pictures: {file name: PNG bytes}; they are embedded.
    """
    settings = outcome["settings"]
    noise = f", {100 * settings['label_noise']:g} % of them with a wrong label" if settings["label_noise"] else ""
    figures = "".join(_figure(pictures[name], caption) for name, caption in FIGURES if name in pictures)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tinyreg compare: what each regularizer does</title>
<style>{STYLE}</style>
</head>
<body>
<h1>What does each regularizer do?</h1>
<p class="lead">The same network, trained on {settings["train_size"]} {TASKS[settings["data"]].images}{noise}, with and without each of
{len(outcome["methods"]) - 1} regularizers.</p>
{_table(outcome)}
{"".join(f"<p class='small'>{escape(note)}</p>" for note in notes(outcome))}
{figures}
<h2>What each method changes</h2>
{_changes(outcome)}
<h2>How it was measured</h2>
{_protocol(outcome)}
<h2>How the strengths were chosen</h2>
{_selection(outcome)}
<h2>Settings and versions</h2>
{_settings(outcome)}
</body>
</html>
"""


def _table(outcome):
    head = "".join(f"<th{' class=text' if i in LEFT else ''}>{escape(heading)}</th>" for i, heading in enumerate(HEADINGS))
    body = ""
    for row in outcome["methods"]:
        columns = []
        for i, cell in enumerate(cells(row)):
            marks = ["text"] * (i in LEFT)
            if i == VERDICT and cell:
                marks.append({"better": "better", "worse": "worse"}.get(cell, "nd"))
            columns.append(f'<td class="{" ".join(marks)}">{escape(cell)}</td>' if marks else f"<td>{escape(cell)}</td>")
        body += f"<tr>{''.join(columns)}</tr>\n"
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>'


def _figure(data, caption):
    source = base64.b64encode(data).decode()
    caption = escape(caption)
    return f'<figure><img alt="{caption}" src="data:image/png;base64,{source}"><figcaption>{caption}</figcaption></figure>\n'


def _changes(outcome):
    rows = "".join(f"<li><b>{escape(row['title'])}</b>: {escape(METHODS[row['method']].change)}.</li>\n" for row in outcome["methods"])
    return f"<ul>\n{rows}</ul>"


def _protocol(outcome):
    settings, seeds = outcome["settings"], outcome["seeds"]
    task = TASKS[settings["data"]]
    pixels = "x".join(map(str, task.shape[1:]))
    network = f"an MLP, {math.prod(task.shape)}-{HIDDEN}-10 with ReLU"
    if settings["model"] == "lenet":
        network = f"a LeNet with a stem for {pixels} images" if min(task.shape[1:]) < SMALL else "LeNet-5 with ReLU and max pooling"
    sentences = (
        f"Data: {escape(task.source)}, {pixels} pixels. A seed draws {settings['train_size']} training images "
        f"and {settings['validation_size']} validation images from the official training part, and changes "
        f"{round(settings['label_noise'] * settings['train_size'])} training labels to another class. "
        "Validation and test labels are clean.",
        f"Network: {network}, weights initialised after He et al. (2015). Cross-entropy, {settings['epochs']} epochs, "
        f"batches of {BATCH}, plain SGD with learning rate "
        f"{task.rates[settings['model']]:g} (AdamW: its own, {ADAM_LEARNING_RATE:g}).",
        "The task was made to overfit: network, learning rates, epochs, share of wrong labels and the candidates below were fixed after "
        "pilot runs, whose test accuracies were seen, so that a network without a regularizer learns its labels by heart. "
        "The sizes of the differences belong to this task.",
        f"Each strength was chosen by the mean validation accuracy of {len(seeds['selection'])} seeds "
        f"({_list(seeds['selection'])}), none of which is reported. The test part was not looked at.",
        f"Reported are {len(seeds['reported'])} other seeds ({_list(seeds['reported'])}). The official test part "
        "was used once a run, when its training was over.",
        "A seed decides the images, the wrong labels, the initial weights, the order of the batches and the dropout masks, whatever the "
        "method. So two methods are compared seed by seed: the interval is that of the paired differences (Student's t).",
        "A verdict is “better” or “worse” if the paired t test, adjusted by Holm's rule for all methods, has p under 0.05. An interval "
        "that leaves out 0 may belong to a method that is “not distinguishable”: of methods without effect, one interval in twenty does "
        "so by luck.",
        "The intervals hold the chance of the seeds. They do not hold the chance of the test images, which all runs share.",
        "Train accuracy is measured on the labels that were trained on, wrong ones included, in evaluation mode.",
        "Early stopping watches the validation images while it trains; the other methods see them only when their strength is chosen.",
        "‖w‖ and the share of exact zeros are those of the linear and conv weights, biases left out.",
    )
    return "<ol>\n" + "".join(f"<li>{sentence}</li>\n" for sentence in sentences) + "</ol>"


def _selection(outcome):
    body = ""
    for row in outcome["methods"]:
        for entry in outcome["selection"].get(row["method"], ()):
            chosen = ' class="chosen"' if entry["strength"] == row["strength"] else ""
            accuracy = f"{100 * entry['validation_accuracy']:.1f}{' (diverged)' if 'diverged' in entry else ''}"
            body += (
                f'<tr{chosen}><td class="text">{escape(row["title"])}</td><td class="text">{escape(say_strength(entry["strength"]))}</td>'
                f"<td>{accuracy}</td></tr>\n"
            )
    if not body:
        return "<p>No method in this comparison has a strength.</p>"
    head = '<tr><th class="text">method</th><th class="text">strength</th><th>validation accuracy [%]</th></tr>'
    return f'<div class="scroll small"><table>{head}\n{body}</table></div>'


def _settings(outcome):
    times = outcome["time"]
    rows = {
        **{name.replace("_", " "): value for name, value in outcome["settings"].items()},
        **outcome["versions"],
        "begun": times["begun"],
        "seconds": f"{times['wall_seconds']:.1f} on {times['jobs']} processes; {times['training_seconds']:.1f} of training",
    }
    cells_of = ((escape(name), escape(_list(value))) for name, value in rows.items())
    body = "".join(f'<tr><td class="text">{name}</td><td class="wrap">{value}</td></tr>\n' for name, value in cells_of)
    return f'<div class="scroll small"><table>{body}</table></div>'


def _list(value):
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
