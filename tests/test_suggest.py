"""What an error says about a name that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from choreo.errors import InputError, MotionError
from choreo.motion.families import read_map
from choreo.plugins import FEW, NEAREST, nearest, suggest

MANY = [f"move-{number}" for number in range(200)]


def test_few_names_are_all_listed() -> None:
    assert suggest("jzz", ["jazz", "house"]) == " Did you mean 'jazz'? Known: house, jazz."
    assert suggest("x", []) == " Known: none."


def test_of_many_names_the_nearest_five_are_listed() -> None:
    told = suggest("moonwlak", [*MANY, "moonwalk", "moonwalk-turn", "sidewalk"])
    assert told.startswith(" Did you mean 'moonwalk'? Nearest of 203: moonwalk, ")
    assert told.count(",") == NEAREST - 1
    assert "moonwalk-turn" in told
    assert "sidewalk" in told


def test_a_name_unlike_all_gets_no_guess() -> None:
    assert "Did you mean" not in suggest("qqqq", MANY)


def test_the_beginning_of_a_name_is_near() -> None:
    assert nearest("run", ["ruin", "pun", "running-man-with-a-turn"], 2) == ["ruin", "running-man-with-a-turn"]


def test_case_does_not_matter_and_long_names_are_cut() -> None:
    assert nearest("MOONWALK", [*MANY, "moonwalk"])[0] == "moonwalk"
    assert len(suggest("x" * 1_000_000, MANY)) < 200


def test_names_that_a_terminal_would_obey_are_shown_as_text() -> None:
    assert "\x1b" not in suggest("a", ["\x1b[2Ja"])


def test_equal_likeness_keeps_an_order() -> None:
    assert nearest("move", reversed(MANY)) == nearest("move", MANY)
    assert len(MANY) > FEW


def test_a_map_of_joints_names_near_ones(tmp_path: Path) -> None:
    path = tmp_path / "joints.toml"
    path.write_text('[joints]\npelvs = "Hips"\n', encoding="utf-8")
    with pytest.raises(MotionError, match=r"'pelvs' is no canonical joint. Did you mean 'pelvis'\?"):
        read_map(path)
    with pytest.raises(InputError):
        read_map(path)
