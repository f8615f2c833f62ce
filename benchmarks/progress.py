"""How far a measurement is: a bar on a terminal, a line a workload where the output is piped.

The bar is drawn between turns only: a thread that draws it meanwhile would disturb what is timed.
"""

from contextlib import contextmanager

from tinyreg.experiments.terminal import console


@contextmanager
def progress(steps):
    """A function that is told what is done next.

    Args:
        steps: how often it will be told.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    err = console(stderr=True)
    columns = (BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn(compact=True), TextColumn("{task.description}"))
    with Progress(*columns, console=err, disable=not err.is_terminal, auto_refresh=False) as bar:
        task = bar.add_task("starting", total=steps)
        last = ""

        def told(text):
            nonlocal last
            bar.update(task, description=text)
            bar.refresh()
            bar.advance(task)
            title = text.rpartition(": ")[0]
            if not err.is_terminal and title != last:
                last = title
                err.print(title, soft_wrap=True)

        yield told
        bar.update(task, completed=steps, description="done")
        bar.refresh()
