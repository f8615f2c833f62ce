"""A progress bar where somebody looks at it: rich's, on a terminal or in a notebook; silence elsewhere."""

from typing import Any

BAR = 20  # columns of a bar, so that there is room for the numbers beside it


def shortened(text, width):
    """A text that fits into so many columns; '' where next to nothing would be left of it.

    Example:
        >>> shortened("loss 0.5000  val_loss 0.7000", 16), shortened("loss 0.5000", 5)
        ('loss 0.5000  va…', '')
    """
    if len(text) <= width:
        return text
    return f"{text[: width - 1]}…" if width >= 10 else ""


class Progress:
    """A bar of `total` steps, `done` of them before it begins, with a text that changes; use it in a `with` block."""

    def __init__(self, total, title, enabled=True, done=0):
        self.bar: Any = None
        self.done = done
        if not enabled:
            return
        try:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar
        except ImportError:  # NumPy alone is enough to train
            return
        console = Console()
        if console.is_terminal or console.is_jupyter:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(BAR),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[text]}"),
            )
            self.bar = Bar(*columns, console=console)
            self.taken = len(title) + BAR + 2 * len(str(total)) + len("/ 0:00:00") + 4  # columns, with a space between each two
            self.task = self.bar.add_task(title, total=total, completed=done, text="")

    def __enter__(self):
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *exception):
        if self.bar is not None:
            self.bar.stop()

    def advance(self, text=None):
        """One step further; the text, if given, replaces the one beside the bar."""
        if self.bar is not None:
            shown = {} if text is None else {"text": shortened(text, self.bar.console.width - self.taken)}
            self.done += 1
            self.bar.update(self.task, completed=self.done, **shown)

    def within(self, share):
        """So far in the present step: a share of it, so that the bar moves where a step takes long."""
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done + share)
