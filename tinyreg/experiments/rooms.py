"""The rooms of the catalogue as a table: read from the lobby, shown by `tinyreg rooms`, and printed for the README.

The lobby's docstring, tinyreg/regularization/__init__.py, is where the table is written. Everything else is made from it.
"""

import re
from pathlib import Path
from typing import NamedTuple

from .. import nn, optim, regularization, text_table, transforms

HOUSE = Path(regularization.__file__).parent
PLACES = (
    ("nn", nn),
    ("nn.functional", nn.functional),
    ("nn.utils", nn.utils),
    ("optim", optim),
    ("transforms", transforms),
)
CAPITALS = {"l1": "L1", "l2": "L2", "rms": "RMS", "gaussian": "Gaussian", "monte": "Monte", "carlo": "Carlo"}


class Room(NamedTuple):
    """A row of the lobby.

    Attributes:
        name: of its file.
        acts_on: what it acts on, and when.
        doors: the names under which it is used, with PyTorch's place for them; those without are in tinyreg.regularization.
    """

    name: str
    acts_on: str
    doors: list[str]

    @property
    def title(self):
        """The name as a sentence writes it.

        Example:
            >>> Room("rms_norm", "", []).title, Room("group_lasso", "", []).title
            ('RMS norm', 'group lasso')
        """
        return " ".join(CAPITALS.get(word, word) for word in self.name.split("_"))

    @property
    def path(self):
        """Its file or folder, from the root of the project."""
        file = HOUSE / f"{self.name}.py"
        return f"tinyreg/regularization/{self.name}.py" if file.exists() else f"tinyreg/regularization/{self.name}"


def rooms():
    """The rows of the lobby, in its order.

    Example:
        >>> rooms()[0]
        Room(name='l2', acts_on='weights, in the loss', doors=['l2_penalty'])
    """
    lines = regularization.__doc__.split("\n\n")[2].splitlines()
    starts = [match.start() for match in re.finditer(r"-+", lines[1])]
    columns = [slice(*pair) for pair in zip(starts, [*starts[1:], None])]
    rows: list[list[str]] = []
    for line in lines[2:]:
        cells = [line[column].strip() for column in columns]
        if cells[0]:
            rows.append(cells)
        else:  # a row goes on
            rows[-1][-1] += f" {cells[-1]}"
    return [_room(*cells) for cells in rows]


def _room(name, acts_on, doors):
    plain = re.sub(r"\s*\([\w.]*\)", "", doors)  # "weight_norm (nn.utils)"
    return Room(name, acts_on, [_door(door) for door in re.split(r"[,;]\s*", plain)])


def _door(name):
    place = next((place for place, module in PLACES if name in dir(module)), None)
    return f"{place}.{name}" if place else name


def markdown():
    """The table of the README."""
    rows = [(f"[{room.title}]({room.path})", room.acts_on, " ".join(f"`{door}`" for door in room.doors)) for room in rooms()]
    return text_table.markdown(("room", "acts on, when", "doors"), rows)
