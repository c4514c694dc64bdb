"""Parts of moves as moves of their own, and that every style has short ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from choreo.errors import MotionError
from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.moves import Move, compile_move, load_moves
from choreo.moves.excerpt import excerpt
from choreo.moves.foot_steps import ankle_of, foot_steps, stance_pose
from choreo.moves.frame import BodyMeasures, floor_path, turned
from choreo.moves.variations import family
from choreo.types import Doubles

MOVES = load_moves()
WHOLE = [move for move in MOVES.values() if not move.base and move.role == "move" and move.counts == 8]
FEW = {("waltz", 4), *((style, 3) for style in ("contemporary", "country", "jazz", "latin", "pop", "rock", "swing"))}
"""Styles in a metre that is not their own, of which there are few moves at all."""


def feet_at(move: Move, count: float) -> dict[str, Doubles]:
    """Where the ankles stand at a count, as seen from the dancer's frame there."""
    path, measures, out = floor_path(move, np.array([0.0, count])), BodyMeasures.of(CANONICAL), {}
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        held = stance_pose(move, path, 0.0, side, measures)
        for step in foot_steps(move, path, side, held, measures):
            if step.at <= count:
                held = step.new
        out[side] = path.to_dancer(ankle_of(held, sign, measures), count)
    return out


@pytest.mark.parametrize("move", WHOLE[::12], ids=lambda move: move.name)
def test_parts_of_a_move_lead_where_the_move_leads(move: Move) -> None:
    first, second = excerpt(move, 0, 4), excerpt(move, 4, 8)
    assert (first.counts, second.counts) == (4, 4)
    there = np.array(first.travel) + turned(np.array(second.travel), np.radians(first.turn))
    assert there == pytest.approx(np.array(move.travel), abs=2e-3)
    assert first.turn + second.turn == pytest.approx(move.turn, abs=1e-2)


@pytest.mark.parametrize("move", WHOLE[5::12], ids=lambda move: move.name)
def test_a_part_begins_and_ends_with_the_feet_where_the_move_has_them(move: Move) -> None:
    part = excerpt(move, 4, 8)
    for side in SIDES:
        late = [key["at"] for key in move.feet if key["foot"] in (side, "both") and 4 < key["at"] <= 4.2]
        if not late:
            assert feet_at(part, 0.0)[side] == pytest.approx(feet_at(move, 4.0)[side], abs=2e-3)
        assert feet_at(part, 4.0)[side] == pytest.approx(feet_at(move, 8.0)[side], abs=2e-3)


def test_what_is_held_where_a_part_begins_is_its_first_pose() -> None:
    raw: dict[str, Any] = {
        "name": "fold", "styles": ["pop"], "metre": 4, "counts": 8, "cyclic": False, "energy": 0.4,
        "tempo": {"range": [80, 120], "ideal": 100},
        "torso": [{"at": 0, "lean": 0}, {"at": 8, "lean": 40, "ease": "linear"}],
        "arms": {"left": [{"at": 2, "to": "up", "hand": "fist"}, {"at": 6, "to": "hip"}]},
        "accents": [{"at": 4}, {"at": 6}],
    }  # fmt: skip
    part = excerpt(family(raw)[0], 4, 8)
    assert part.torso == ({"at": 0.0, "lean": 20.0}, {"at": 4, "lean": 40, "ease": "linear"})
    assert part.left_arm == ({"at": 0.0, "to": "up", "hand": "fist"}, {"at": 2, "to": "hip"})
    assert part.accents == ((2.0, 1.0),)
    assert len(compile_move(part, 120)) == 121


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"part": [0, 3]}, "part: found 0 to 3, expected whole bars of 4 within its 8 counts"),
        ({"part": [4, 12]}, "found 4 to 12"),
        ({"part": [4, 4]}, "found 4 to 4"),
        ({"part": [0]}, "part"),
        ({"part": [0, 4], "feet": []}, "feet"),
    ],
)
def test_parts_that_are_none_are_told(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    raw: dict[str, Any] = {
        "name": "fold", "styles": ["pop"], "metre": 4, "counts": 8, "energy": 0.4,
        "tempo": {"range": [80, 120], "ideal": 100}, "variations": [{"name": "half", **change}],
    }  # fmt: skip
    with pytest.raises(MotionError, match=told):
        family(raw, "fold.yaml")


def test_every_style_has_six_moves_of_one_bar() -> None:
    danced = {(style, move.metre) for move in MOVES.values() if move.role == "move" for style in move.styles} - FEW
    short = Counter(
        (style, move.metre)
        for move in MOVES.values()
        if move.role == "move" and move.counts == move.metre
        for style in move.styles
    )
    assert {each: short[each] for each in danced if short[each] < 6} == {}
    assert {("waltz", 3), ("ballroom", 3), ("hiphop", 4), ("electronic", 4)} <= danced


def test_no_two_parts_are_the_same_bars() -> None:
    parts = Counter(repr((move.base, move.feet, move.left_arm, move.torso)) for move in MOVES.values() if move.base)
    assert max(parts.values()) == 1
