"""Moves joined in the notation: feet that stand, poses that go on, frames that fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from choreo.motion.contacts import contact_slide
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.moves import Move, load_moves
from choreo.moves.holds import can_hold, held_at_end
from choreo.moves.merge import CLEAR, Stretch, merged_channel, merged_move
from choreo.moves.notation import parse
from choreo.moves.score import count_times
from choreo.moves.uneven import uneven
from choreo.synthesis.authored import LEAD, Run, run_of
from choreo.types import Doubles, Modifiers, Motion, PlanStep

MOVES = {name: move for name, move in load_moves().items() if move.metre == 4 and move.role == "move"}
LEFT, RIGHT = (CANONICAL.index(f"{side}_ankle") for side in ("left", "right"))


def plain(name: str, **changes: Any) -> Move:
    head = {"name": name, "styles": ["pop"], "metre": 4, "counts": 8, "tempo": {"range": [60, 180], "ideal": 120}}
    return parse({**head, "energy": 0.4, "cyclic": False, **changes})


def step(move: Move, first: int, *, mirror: bool = False, counts: int | None = None, **modifiers: Any) -> PlanStep:
    beats = tuple(0.5 * (first + k) for k in range((counts or move.counts) + 1))
    return PlanStep(
        "", move.name, "starter", "CC0-1.0", mirror, first, beats, "A", 1.0, {}, move.name, 0.5, Modifiers(**modifiers)
    )


def run(*moves: Move, mirror: bool = False, **given: Any) -> Run:
    steps, first = [], 0
    for move in moves:
        steps.append(step(move, first, mirror=mirror))
        first += move.counts
    return run_of(steps, moves, [7 * k for k in range(len(moves))], **given)


def times(made: Run, number: int) -> Doubles:
    stretch = made.score[number].stretch
    return np.arange(round(stretch.first * 30), round(stretch.end * 30) + 1) / 60


def danced(made: Run, number: int) -> Motion:
    return made.dance(number, times(made, number), 60.0)


def joints(motion: Motion) -> Doubles:
    return np.asarray(forward(motion.skeleton, motion.translation, motion.rotations)[0], np.float64)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(MOVES)), st.sampled_from(sorted(MOVES)))
def test_any_two_moves_go_over_into_each_other(first: str, second: str) -> None:
    # Of one manner: a robot's arms do not follow through, nor do its steps lift as high.
    assume(MOVES[first].loose == MOVES[second].loose and abs(MOVES[first].drive - MOVES[second].drive) < 0.5)
    made = run(MOVES[first], MOVES[second])
    before, after = danced(made, 0), danced(made, 1)
    a, b = joints(before), joints(after)
    # Both know of each other: what one ends with, the other begins with, nearly, and as fast.
    assert np.linalg.norm(a[-1] - b[0], axis=-1).max() < 0.12
    # But for knees and elbows of limbs that are nearly straight: a hair's breadth at the end moves them by much.
    ends = [k for k, name in enumerate(CANONICAL.names) if not name.endswith(("knee", "elbow"))]
    assert np.linalg.norm((a[-1] - a[-2]) - (b[1] - b[0]), axis=-1)[ends].max() * 60 < 3.0
    for motion in (before, after):
        slide = contact_slide(motion)
        assert np.percentile(slide, 95) < 0.015 if len(slide) else True
    # Feet are the score's own: they are the same to a hair.
    assert np.abs(a[-1, [LEFT, RIGHT]] - b[0, [LEFT, RIGHT]]).max() < 0.05


def test_a_move_begins_where_the_foot_with_the_weight_stands() -> None:
    away = plain(
        "away",
        feet=[{"at": 2, "foot": "left", "to": [0.5, 0.3]}, {"at": 4, "foot": "right", "to": [0.2, 0.1]}],
    )
    follows = plain(
        "follows",
        stance={"left": [0.3, 0.0], "right": [-0.1, -0.2], "weight": "right"},
        feet=[{"at": 1, "foot": "left", "to": [0.6, 0.0]}],
    )
    made = run(away, follows)
    standing = joints(danced(made, 1))[:, RIGHT]
    np.testing.assert_allclose(standing[:, [0, 2]], np.tile(standing[0, [0, 2]], (len(standing), 1)), atol=0.03)
    landed = joints(danced(made, 1))[60, LEFT]
    wanted = standing[0, [0, 2]] + np.array([0.6, 0.0]) - np.array([-0.1, -0.2])
    np.testing.assert_allclose(landed[[0, 2]], wanted, atol=0.13)


def test_a_foot_that_stands_elsewhere_steps_before_it_is_missed() -> None:
    away = plain("away", feet=[{"at": 2, "foot": "left", "to": [0.6, 0.35]}])
    still = plain("still", stance={"weight": "right"}, pelvis=[{"at": 4, "x": 0.0}])
    made = run(away, still)
    assert [each.key["at"] for each in made.score[1].steps["left"]] == [0.5]
    assert made.score[1].steps["right"] == []
    near = run(plain("near", feet=[{"at": 2, "foot": "left", "to": [0.17, 0.02]}]), still)
    assert near.score[1].steps["left"] == []


def test_the_frame_goes_on_where_a_path_ends() -> None:
    turn = plain("turn", travel=[0.0, 1.0], turn=90.0, path=[{"at": 4, "to": [0.0, 1.0], "turn": 90}], feet=[
        {"at": 1, "foot": "left", "to": [0.12, 0.0]}, {"at": 2, "foot": "right", "to": [-0.12, 0.0]},
        {"at": 3, "foot": "left", "to": [0.12, 0.0]}, {"at": 4, "foot": "right", "to": [-0.12, 0.0]},
        {"at": 5, "foot": "left", "to": [0.12, 0.0]},
    ])  # fmt: skip
    made = run(turn, turn, facing=0.3)
    ground, yaw = made.score[1].path.at(0.0)
    assert yaw == pytest.approx(0.3 + np.pi / 2)
    np.testing.assert_allclose(ground, [np.sin(0.3), np.cos(0.3)], atol=0.1)


@pytest.mark.parametrize("names", [("grapevine", "jazz-square"), ("salsa-basic", "running-man")])
def test_a_mirrored_run_is_the_mirror_image(names: tuple[str, str]) -> None:
    moves = [MOVES[name] for name in names]
    plainly, mirrored = (joints(danced(run(*moves, mirror=m), 1)) for m in (False, True))
    np.testing.assert_allclose(mirrored[:, RIGHT] * [-1, 1, 1], plainly[:, LEFT], atol=0.03)
    np.testing.assert_allclose(mirrored[:, 0] * [-1, 1, 1], plainly[:, 0], atol=0.04)


def test_what_is_danced_later_changes_nothing_before() -> None:
    names = ["grapevine", "jazz-square", "salsa-basic", "running-man", "twist"]
    moves = [MOVES[name] for name in names if name in MOVES]
    other = [*moves[:-1], MOVES["grapevine"]]
    one, two = danced(run(*moves), 0), danced(run(*other), 0)
    assert one.rotations.tobytes() == two.rotations.tobytes()
    assert one.translation.tobytes() == two.translation.tobytes()


def test_keys_near_a_border_give_way_and_values_are_released() -> None:
    first, second = plain("first"), plain("second")
    stretches = [Stretch(first, 0.0, 8.0), Stretch(second, 8.0, 8.0)]
    late, early = [{"at": 2.0, "lean": 10.0}, {"at": 7.9, "lean": 30.0}], [{"at": 0.0, "lean": -5.0, "ease": "hit"}]
    rows = merged_channel(stretches, [late, early], ("lean",), 0.0)
    assert next(row["at"] for row in rows if row["lean"] == -5.0) == 8.0
    assert all(row["at"] <= 8.0 - CLEAR for row in rows if row["lean"] != -5.0)
    # A move that says nothing of a channel lets go of what the one before held.
    rows = merged_channel(stretches, [late, []], ("lean",), 0.0)
    assert rows[-1]["lean"] == 0.0
    assert 8.0 < rows[-2]["at"] <= 9.0


def test_a_merged_move_has_the_manner_of_the_main_one() -> None:
    first, second = plain("first", energy=0.2), plain("second", energy=0.9, groove={"kind": "rock"})
    merged = merged_move([Stretch(first, 0.0, 8.0), Stretch(second, 8.0, 8.0)], 1)
    assert (merged.energy, merged.begin, merged.cyclic) == (0.9, 8.0, False)
    assert [kind.get("kind") for _, kind in merged.grooves] == [None, "rock"]


def test_counts_fall_on_uneven_beats() -> None:
    beats = np.array([1.0, 1.4, 2.0, 2.5, 3.3])
    np.testing.assert_allclose(count_times(beats, beats), np.arange(5), atol=1e-9)
    ahead = count_times(beats, np.array([0.6, 3.3 + 0.8]))
    np.testing.assert_allclose(ahead, [-1.0, 5.0], atol=0.05)
    assert np.all(np.diff(count_times(beats, np.linspace(0.5, 4.5, 300))) > 0)


def test_unevenness_is_small_and_leaves_feet_that_slide() -> None:
    move = MOVES["running-man"]
    one, two = uneven(move, 3), uneven(move, 4)
    assert uneven(move, 3).feet == one.feet
    assert one.left_arm != two.left_arm
    for before, after in zip(move.feet, one.feet, strict=True):
        if before.get("how") in ("slide", "swivel", "jump"):
            assert before == after
        elif "to" in before:
            assert np.abs(np.subtract(before["to"], after["to"])).max() <= 0.046


def test_feet_land_a_little_before_their_counts() -> None:
    """Limbs come to rest behind the count that they are written on: so all is danced early by as much."""
    move = plain(
        "landing", feet=[{"at": 2, "foot": "left", "to": [0.4, 0.1]}, {"at": 4, "foot": "right", "to": [0.0, 0.2]}]
    )
    motion = danced(run(move), 0)
    assert motion.contacts is not None
    for count, ball in ((2, 1), (4, 3)):
        near = slice(round(60 * (count * 0.5 - 0.2)), round(60 * (count * 0.5 + 0.2)))
        landed = (near.start + int(np.flatnonzero(motion.contacts[near, ball])[0])) / 60
        assert landed == pytest.approx(count * 0.5 - LEAD, abs=1.2 / 60)


def test_a_pose_is_held_before_the_end_of_some_moves() -> None:
    move = plain("ends", torso=[{"at": 2, "lean": 20}, {"at": 7, "lean": -20}], accents=[{"at": 2}, {"at": 7}])
    held = held_at_end(move)
    assert can_hold(move)
    assert [key["at"] for key in held.torso] == [2]
    assert held.accents == ((2.0, 1.0),)
    assert not can_hold(plain("turns", turn=180.0, path=[{"at": 8, "to": [0.0, 0.0], "turn": 180}]))
    assert not can_hold(plain("short", counts=4))


def test_time_is_slow_on_accents_and_fast_where_moves_meet() -> None:
    accented = plain("accented", accents=[{"at": 4, "strength": 1.0}])
    slowing = run(accented, accented).slowing
    assert slowing[4] > slowing[3] > 0 > slowing[8]
