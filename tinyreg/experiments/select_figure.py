"""The picture of a selection: its validation curve, with the words of the experiment."""

from .strength_grid import say


def select_figure(results, settings):
    """The validation curve of a selection.

    Args:
        results: a SearchResults: a row without a strength, and one for each that was tried.
        settings: a SelectSettings.

    Returns:
        A matplotlib Figure.
    """
    from ..plots import validation_curve

    strength = settings.strength
    fixed = [f"{say(other)} {value:g}" for other, value in strength.fixed.items()]
    arrow = "stronger to the right" if strength.larger_is_stronger else "stronger to the left"
    network = settings.model.upper() if settings.model == "mlp" else "LeNet"
    noise = f", {100 * settings.label_noise:g} % of the training labels wrong" if settings.label_noise else ""
    return validation_curve(
        results[1:],
        strength.name,
        larger_is_simpler=strength.larger_is_stronger,
        train="train_accuracy",
        none=results[0],
        percent=True,
        x_scale=strength.scale,
        x_label=f"{', '.join([say(strength.name), *fixed])} ({arrow})",
        y_label="accuracy",
        title=f"{settings.row.title}: how strong?\n{settings.train_size} images of {settings.task.title}, {network}{noise}",
    )
