from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, mirror
from choreo.motion.skeleton import NAMES
from choreo.moves import Move, compile_move, load_moves, mirrored_move, modified
from choreo.moves.ends import end_of
from choreo.moves.farther import PLANTED, ends_further, room_of, with_places
from choreo.moves.modify import can_double, can_reverse, lowest_level
from choreo.moves.notation import parse
from choreo.moves.quality import measure
from choreo.types import Doubles, Modifiers, Motion

MOVES = load_moves()
NAMED = sorted(MOVES)


def walks(**more: object) -> Move:
    """Eight steps in place, left and right in turns, lifted high enough to be real steps."""
    steps = [
        {"at": k + 1, "foot": ("left", "right")[k % 2], "to": [(0.12, -0.12)[k % 2], 0.0], "height": 0.1}
        for k in range(8)
    ]
    arms = {"left": [{"at": 1, "to": "up"}, {"at": 5, "to": "side"}], "right": [{"at": 1, "to": "low"}]}
    head = {"name": "walks", "styles": ["pop"], "metre": 4, "counts": 8, "tempo": {"range": [80, 130], "ideal": 110}}
    return parse({**head, "energy": 0.5, "cyclic": False, "feet": steps, "arms": arms, **more})


def ankles(motion: Motion) -> Doubles:
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return np.asarray(positions[:, [NAMES.index("left_ankle"), NAMES.index("right_ankle")]], np.float64)


def heading(motion: Motion, frame: int) -> float:
    return float(np.degrees(rot.heading(motion.rotations[frame, 0])))


@pytest.mark.parametrize("name", NAMED[::3])
def test_a_mirrored_move_is_danced_as_the_mirror_image(name: str) -> None:
    move = replace(MOVES[name], loose=0.0)
    made, wanted = compile_move(mirrored_move(move)), mirror(compile_move(move))
    # Breath and other unevenness have a side of their own; feet have none.
    np.testing.assert_allclose(ankles(made), ankles(wanted), atol=1e-3)
    assert made.contacts is not None
    assert wanted.contacts is not None
    assert np.mean(made.contacts != wanted.contacts) < 0.01


@pytest.mark.parametrize("name", NAMED[::3])
def test_twice_mirrored_is_the_move(name: str) -> None:
    move = MOVES[name]
    twice = mirrored_move(mirrored_move(move))
    np.testing.assert_allclose(compile_move(twice).translation, compile_move(move).translation, atol=1e-6)


def test_unmodified_is_the_move() -> None:
    assert modified(MOVES["two-step"], Modifiers()) is MOVES["two-step"]


@pytest.mark.parametrize("name", NAMED)
def test_steps_written_as_places_are_the_same_steps(name: str) -> None:
    same = compile_move(with_places(MOVES[name]))
    np.testing.assert_allclose(same.translation, compile_move(MOVES[name]).translation, atol=1e-3)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.sampled_from(NAMED),
    st.builds(
        Modifiers,
        turn=st.sampled_from([0.0, 45.0, -90.0, 180.0]),
        aside=st.floats(-1, 1),
        ahead=st.floats(-1, 1),
        level=st.floats(-0.05, 0.2),
        size=st.floats(0.8, 1.25),
        arms=st.sampled_from([0.5, 1.0, 2.0]),
        held=st.sampled_from(["", "arms", "left arm", "right arm", "head", "torso"]),
        retrograde=st.booleans(),
    ),
)
def test_whatever_is_asked_can_be_danced(name: str, asked: Modifiers) -> None:
    move = MOVES[name]
    made = modified(move, asked)
    quality = measure(compile_move(made))
    assert made.counts == move.counts
    assert quality.slide <= 0.02
    assert quality.sunk <= 0.012


@pytest.mark.parametrize("turn", [60.0, -90.0, 180.0])
def test_it_turns_as_far_as_asked_and_the_feet_come_home(turn: float) -> None:
    move = walks()
    made = modified(move, Modifiers(turn=turn, ahead=0.4))
    motion, plain = compile_move(made), compile_move(move)
    gained = (heading(motion, -1) - heading(plain, -1) - turn + 180) % 360 - 180
    assert abs(gained) < 1
    assert made.turn == turn
    assert made.travel == pytest.approx((0.0, 0.4))
    home = [np.array([0.12, 0.0]), np.array([-0.12, 0.0])]
    back = np.radians(turn)
    matrix = np.array([[np.cos(back), np.sin(back)], [-np.sin(back), np.cos(back)]])
    for foot, place in enumerate(home):
        np.testing.assert_allclose(ankles(motion)[-1, foot, [0, 2]], matrix @ place + [0.0, 0.4], atol=5e-3)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.sampled_from(NAMED), st.sampled_from([-180.0, -90.0, 120.0, 180.0]))
def test_nobody_turns_far_over_a_foot_that_stands(name: str, turn: float) -> None:
    move = MOVES[name]
    motion, plain = compile_move(modified(move, Modifiers(turn=turn))), compile_move(move)
    assert turned_over(motion) <= max(PLANTED, turned_over(plain)) + 30  # the pelvis turns against the heading, too


def turned_over(motion: Motion) -> float:
    """Degrees that the pelvis turns at most while a ball of a foot is on the floor."""
    assert motion.contacts is not None
    yaw = np.degrees(np.unwrap(rot.heading(motion.rotations[:, 0])))
    most = 0.0
    for column in (1, 3):
        down = motion.contacts[:, column]
        edges = np.flatnonzero(np.diff(np.concatenate([[False], down, [False]]).astype(int)))
        most = max([most, *(float(np.ptp(yaw[a:b])) for a, b in zip(edges[::2], edges[1::2], strict=True))])
    return most


def test_a_move_whose_feet_stay_put_turns_and_travels_no_further() -> None:
    still = walks(feet=[])
    assert (room_of(still).turn, room_of(still).way) == (0.0, 0.0)
    made = modified(still, Modifiers(turn=90, aside=0.5))
    assert (made.turn, made.travel) == (0.0, (0.0, 0.0))


def test_steps_take_it_no_farther_than_they_reach() -> None:
    made = modified(walks(), Modifiers(aside=5.0))
    # Eight steps, of which the seventh brings the first foot home: of these a foot takes up two at a time.
    assert 0.5 < made.travel[0] <= 0.25 * 7 / 2 + 1e-6
    assert made.travel[1] == 0


@pytest.mark.parametrize("name", NAMED[::7])
def test_where_a_turned_move_ends_is_known_before_it_is_made(name: str) -> None:
    move = MOVES[name]
    turns = np.radians([-min(room_of(move).turn, 90.0), 0.0, min(room_of(move).turn, 90.0)])
    for turn, wanted in zip(turns, ends_further(move, turns), strict=True):
        made = modified(move, Modifiers(turn=float(np.degrees(turn))))
        if made.turn == pytest.approx(move.turn + np.degrees(turn), abs=0.1):
            np.testing.assert_allclose(end_of(made), wanted, atol=0.1)


def test_a_lower_move_is_lower_and_the_feet_stand_wider() -> None:
    move = walks()
    low, plain = compile_move(modified(move, Modifiers(level=0.1))), compile_move(move)
    assert 0.05 < np.median(plain.translation[:, 1] - low.translation[:, 1]) < 0.105
    apart = ankles(low)[-1, 0, 0] - ankles(low)[-1, 1, 0]
    assert apart == pytest.approx(0.24 + 2 * 0.03, abs=0.002)


def test_floor_work_goes_no_lower() -> None:
    kneeling = walks(pelvis=[{"at": 2, "y": -0.5}])
    assert lowest_level(kneeling) == 0
    assert modified(kneeling, Modifiers(level=0.1)).pelvis == kneeling.pelvis


def test_size_grows_reaches_trunk_and_steps() -> None:
    move = walks(torso=[{"at": 2, "lean": 10}], travel=[0.0, 1.0])
    made = modified(move, Modifiers(size=1.1))
    assert made.torso[0]["lean"] == pytest.approx(11)
    assert made.travel == pytest.approx((0.0, 1.1))
    energies = [measure(compile_move(modified(m, Modifiers(size=1.2)))).energy / measure(compile_move(m)).energy
                for m in list(MOVES.values())[::6]]  # fmt: skip
    assert np.median(energies) > 1.05


def test_arms_at_half_and_double_time() -> None:
    move = walks()
    slow, quick = modified(move, Modifiers(arms=0.5)), modified(move, Modifiers(arms=2.0))
    assert [key["at"] for key in slow.left_arm] == [2]
    assert [(key["at"], key["to"]) for key in quick.left_arm] == [(0.5, "up"), (2.5, "side"), (4.5, "low")]
    assert [(key["at"], key["to"]) for key in quick.right_arm] == [(0.5, "low"), (4.5, "up"), (6.5, "side")]
    busy = walks(arms={"both": [{"at": 0.5 * k, "to": "up"} for k in range(8)]})
    assert not can_double(busy)
    assert modified(busy, Modifiers(arms=2.0)).left_arm == busy.left_arm


def test_a_held_part_is_still() -> None:
    move = walks(accents=[{"at": 5, "strength": 1.0}], head=[{"at": 2, "yaw": 40}])
    held = modified(move, Modifiers(held="left arm"))
    assert [(key["at"], key["to"]) for key in held.left_arm] == [(1.0, "side")]
    assert held.right_arm == move.right_arm
    assert modified(move, Modifiers(held="head")).head == ()


def test_retrograde_begins_where_the_move_ends_and_lands_on_half_counts() -> None:
    ahead = [
        {"at": k + 1, "foot": ("left", "right")[k % 2], "to": [(0.12, -0.12)[k % 2], 0.1 * (k + 1)]} for k in range(6)
    ]
    move = walks(energy=0.2, feet=ahead, torso=[{"at": 2, "lean": 10}, {"at": 7, "lean": -5}])
    assert can_reverse(move)
    back = modified(move, Modifiers(retrograde=True))
    assert [(key["at"], key["lean"]) for key in back.torso] == [(1, -5), (6, 10)]
    assert all(key["at"] % 0.5 == 0 for key in back.feet)
    there, again = ankles(compile_move(move)), ankles(compile_move(back))
    np.testing.assert_allclose(again[0], there[-1], atol=0.01)
    np.testing.assert_allclose(again[-1], there[0], atol=0.01)


def test_what_cannot_be_danced_backwards_is_danced_as_written() -> None:
    jumps = walks(feet=[{"at": 2, "foot": "both", "how": "jump", "by": [0.0, 0.2]}])
    assert not can_reverse(jumps)
    assert modified(jumps, Modifiers(retrograde=True)).feet == jumps.feet


def test_places_of_hands_on_the_floor_are_mirrored_and_stay_where_they_are() -> None:
    planted = walks(arms={"left": [{"at": 2, "floor": [0.3, 0.4]}]}, pelvis=[{"at": 2, "y": -0.4}])
    assert mirrored_move(planted).right_arm[0]["floor"] == [-0.3, 0.4]
    assert modified(planted, Modifiers(turn=90)).turn == 0
