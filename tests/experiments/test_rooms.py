"""The catalogue as a table: the lobby is its one source, and nothing in it is an empty promise."""

import re
from pathlib import Path

import tinyreg
from tinyreg import regularization
from tinyreg.cli import main
from tinyreg.experiments.rooms import markdown, rooms

ROOT = Path(__file__).parents[2]


def test_every_room_is_a_row_with_its_file():
    house = {path.stem for path in (ROOT / "tinyreg" / "regularization").glob("[!_]*") if path.suffix == ".py" or path.is_dir()}
    assert [room.name for room in rooms()] and {room.name for room in rooms()} == house
    assert all((ROOT / room.path).exists() for room in rooms())
    assert all(room.acts_on and room.doors for room in rooms())


def test_every_door_leads_somewhere():
    for room in rooms():
        for door in room.doors:
            name = re.sub(r"\(.*", "", door)
            place = tinyreg
            for word in (name if "." in name else f"regularization.{name}").split("."):
                assert hasattr(place, word), f"{room.name}: there is no {door}"
                place = getattr(place, word)


def test_every_name_of_the_lobby_is_in_a_row():
    named = {door.split(".")[-1] for room in rooms() for door in room.doors}
    assert set(regularization.__all__) - named == set()


def test_the_readme_has_the_table():
    assert markdown() in (ROOT / "README.md").read_text(encoding="utf-8"), "tinyreg rooms --markdown prints it"


def test_titles():
    titles = {room.name: room.title for room in rooms()}
    assert titles["l2"] == "L2" and titles["monte_carlo_dropout"] == "Monte Carlo dropout" and titles["rms_norm"] == "RMS norm"


def test_the_command(capsys):
    assert main(["rooms"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(rooms())
    assert any(line.startswith("dropout ") and "nn.functional.dropout" in line for line in lines)
    assert main(["rooms", "--markdown"]) == 0
    assert capsys.readouterr().out == markdown() + "\n"
