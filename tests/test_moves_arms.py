from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.moves import compile_move
from choreo.moves.girdle import pose_collars
from choreo.moves.notation import parse
from choreo.moves.planted import PALM
from choreo.moves.springs import follow, trail
from choreo.moves.swivel import steady_poles
from choreo.moves.tracks import STRUCK, curve, firmness, sample
from choreo.moves.wrists import MOST, lag
from choreo.types import Doubles, Motion

counts = np.linspace(0.0, 6.0, 6001)
AT, VALUES = np.array([0.0, 2.0, 4.0]), np.array([[0.0], [1.0], [0.0]])


def danced(bpm: float = 120, **changes: object) -> Motion:
    base = {"name": "test", "styles": ["pop"], "metre": 4, "counts": 8, "tempo": {"range": [60, 160], "ideal": 120}}
    return compile_move(parse({**base, "energy": 0.5, "cyclic": False, **changes}), bpm)


def place(motion: Motion, joint: str) -> Doubles:
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return np.asarray(positions[:, CANONICAL.index(joint)], np.float64)


def arrival(ease: str) -> Doubles:
    return curve(AT, VALUES, ["smooth", ease, "smooth"], counts)[:, 0]


@pytest.mark.parametrize("ease", ["hit", "lock"])
def test_struck_arrivals_are_late_overshoot_come_back_and_hold(ease: str) -> None:
    took, over, back, held = STRUCK[ease]
    value = arrival(ease)
    assert np.abs(value[counts <= 2 - took]).max() < 1e-12  # nothing before, then all at once
    assert value[2000] == pytest.approx(1.0)
    assert value.max() == pytest.approx(1 + over, abs=0.02)
    assert 2 < counts[value.argmax()] < 2 + back / 2
    hold = (counts >= 2 + back) & (counts <= 2 + held)
    np.testing.assert_allclose(value[hold], 1.0, atol=1e-6)
    assert value[4000] == pytest.approx(0.0)
    # Place, speed and acceleration run on through the count itself.
    speed = np.diff(value) / 0.001
    assert np.abs(np.diff(speed)).max() / 0.001 <= 40
    assert abs(np.diff(speed)[1998] - np.diff(speed)[2001]) / 0.001 <= 1.5


def test_a_lock_overshoots_less_and_holds_longer_than_a_hit() -> None:
    assert arrival("lock").max() < arrival("hit").max()
    after = (counts > 2.3) & (counts < 2.4)
    assert np.ptp(arrival("lock")[after]) < 1e-9 < np.ptp(arrival("hit")[after])


def test_a_soft_arrival_is_late_and_gentle() -> None:
    value = arrival("soft")
    assert 0.9 < value[2000] < 0.96
    held = curve(AT[:2], VALUES[:2], ["smooth", "soft"], np.array([2.3, 2.6, 9.0]))[:, 0]
    assert held[0] < held[1] <= held[2] == 1.0
    assert value.max() <= 1.0


def test_firmness_is_of_quick_arrivals_only() -> None:
    keys: list[dict[str, Any]] = [{"at": 0, "x": 0}, {"at": 2, "x": 1, "ease": "lock"}, {"at": 4, "x": 0}]
    firm, arrived, still = firmness(keys, "x", counts, 6.0, cyclic=False)
    assert firm[1600] == firm[2000] == arrived[2000] == still[2200] == 1
    assert firm[1000] == still[1000] == firm[3500] == still[3500] == 0
    assert still[1600] < 1e-9
    calm = firmness([k | {"ease": "soft"} for k in keys], "x", counts, 6.0, cyclic=False)
    assert not np.any(calm)
    assert not np.any(firmness(keys, "y", counts, 6.0, cyclic=False))


def test_a_spring_does_not_blur_a_hit() -> None:
    keys: list[dict[str, Any]] = [{"at": 0, "x": 0}, {"at": 2, "x": 1, "ease": "hit"}]
    counts = np.linspace(0, 6, 181)
    raw = sample(keys, "x", counts, 6.0, False)
    firm, _, _ = firmness(keys, "x", counts, 6.0, cyclic=False)
    near = np.abs(counts - 2) < 0.2
    blurred, clear = follow(raw, 60, 3, 0.6, cyclic=False), follow(raw, 60, 3, 0.6, cyclic=False, firm=firm)
    assert np.abs(blurred - raw)[near].max() > 0.1
    np.testing.assert_allclose(clear[near], raw[near], atol=1e-9)


def test_what_trails_is_behind_by_its_spring() -> None:
    turning = np.full((300, 1), 3.0)
    behind = trail(turning, 60, 2.5, 0.4, cyclic=True)
    np.testing.assert_allclose(behind, -3.0 * 2 * 0.4 / (2 * np.pi * 2.5), atol=1e-9)


def test_hands_lag_then_flick_through() -> None:
    # A forearm turns about z and stops: the hand is behind, then ahead, then at rest.
    time = np.arange(181) / 60
    angle = np.clip((time - 1.0) / 0.4, 0, 1) * 1.5
    turn = np.stack([0 * angle, 0 * angle, angle], axis=-1)[:, None].repeat(2, axis=1)
    forearm, still = rot.from_axis_angle(turn), np.zeros((181, 2, 3))
    behind = lag(forearm, still, np.ones((181, 2)), 60, cyclic=False)
    assert behind[75, :, 2].max() < -0.1
    assert behind[84:100, :, 2].max() > 0.05
    assert np.abs(behind[-10:]).max() < 0.02
    assert np.all(np.abs(behind) <= MOST)
    assert not np.any(lag(forearm, still, np.zeros((181, 2)), 60, cyclic=False))


def collar(hand: list[float]) -> tuple[float, float]:
    """Lift and forward turn in degrees of the left collar bone, the hand held there."""
    hands, pole = np.tile(np.array(hand), (61, 2, 1)), np.tile([0.4, -0.6, -0.4], (61, 2, 1))
    none = np.zeros(61)
    turns = pose_collars(hands, pole, (0.53, 0.47), none, none, np.ones((61, 2)), 60, cyclic=False)
    end = rot.rotate(turns[30, 0], np.array([1.0, 0.0, 0.0]))
    mirrored = rot.rotate(turns[30, 1], np.array([-1.0, 0.0, 0.0]))
    np.testing.assert_allclose(mirrored, end * (-1, 1, 1), atol=1e-9)
    return float(np.degrees(np.arcsin(end[1]))), float(np.degrees(np.arctan2(end[2], end[0])))


def test_the_girdle_goes_with_the_arm() -> None:
    hanging, level, high = collar([0.1, -0.95, 0.05]), collar([0.95, 0.0, 0.1]), collar([0.1, 0.95, 0.1])
    assert hanging[0] < 5 < level[0] < high[0] < 40
    # A third of what an arm is lifted above the shoulder is the girdle's.
    assert (high[0] - level[0]) / 90 == pytest.approx(1 / 6, abs=0.08)
    assert collar([0.0, 0.0, 0.95])[1] > 12 > 0 > collar([0.2, -0.6, -0.6])[1]
    assert collar([-0.5, 0.0, 0.7])[1] > collar([0.3, 0.0, 0.7])[1]


def test_locked_arms_are_dead_still() -> None:
    keys = [{"at": 0, "to": "ready"}, {"at": 2, "to": "side", "ease": "lock"}, {"at": 6, "to": "ready"}]
    motion = danced(bpm=60, groove={"depth": 0}, arms={"both": keys})
    elbow = motion.rotations[:, CANONICAL.index("left_elbow")]
    quiet = [np.abs(np.diff(elbow[a:b], axis=0)).max() * 60 for a, b in ((140, 143), (330, 333))]
    assert quiet[0] < 0.05 < quiet[1]


def test_loose_wrists_trail_and_a_robots_do_not() -> None:
    swing = [{"at": n, "to": "side-low" if n % 2 else "front-high"} for n in range(9)]
    wrist = CANONICAL.index("left_wrist")
    turned = []
    for loose in (1.0, 0.0):
        turns = danced(arms={"both": swing, "loose": loose}).rotations[:, wrist].astype(float)
        dots = np.abs(np.sum(turns[1:] * turns[:-1], axis=-1))
        turned.append(np.degrees(2 * np.arccos(np.clip(dots, 0, 1))).mean() * 60)
    assert turned[0] > 60
    assert turned[1] < 2


def test_a_planted_hand_stays_on_the_floor_of_the_world() -> None:
    keys = [{"at": 0, "to": "relaxed"}, {"at": 3, "floor": [0.3, 0.4]}, {"at": 6, "floor": [0.3, 0.4]}]
    low = {"y": -0.7, "z": -0.1, "pitch": 45}
    motion = danced(
        travel=[0.0, 0.2],
        turn=20,
        path=[{"at": 3, "to": [0.0, 0.0], "turn": 0}, {"at": 6, "to": [0.0, 0.2], "turn": 20}],
        pelvis=[{"at": 0, "y": 0, "z": 0, "pitch": 0}, low | {"at": 2.5}, low | {"at": 6.5}],
        torso=[{"at": 0, "lean": 0}, {"at": 2.5, "lean": 85}, {"at": 6.5, "lean": 85}],
        feet=[{"at": 5, "foot": "left", "by": [0.0, 0.1]}, {"at": 7.5, "foot": "right", "by": [0.0, 0.1]}],
        arms={"left": keys},
    )
    wrist, hand = place(motion, "left_wrist"), place(motion, "left_hand")
    down = slice(91, 181)
    np.testing.assert_allclose(wrist[down], np.tile([0.3, PALM, 0.4], (90, 1)), atol=4e-3)
    assert np.ptp(motion.translation[down, 2]) > 0.1  # the dancer goes on meanwhile
    assert np.abs(hand[down, 1] - PALM).max() < 0.02  # palm down, fingers forward
    assert hand[down, 2].min() > 0.43
    speed = np.linalg.norm(np.diff(wrist, axis=0), axis=-1) * motion.fps
    assert speed.max() < 4


def test_elbows_do_not_flip() -> None:
    # A hand goes round once while the pole jumps from one side to the other: the elbow turns over in time.
    turn = np.linspace(0, 2 * np.pi, 181)
    hand = np.stack([np.cos(turn), 0.3 * np.sin(turn), np.sin(turn)], axis=-1)[:, None].repeat(2, axis=1)
    pole = np.where(np.arange(181)[:, None, None] < 90, [0.0, 1.0, 0.2], [0.0, -1.0, 0.2]).repeat(2, axis=1)
    steady = steady_poles(hand, pole, 60, cyclic=False)
    along = hand / np.linalg.norm(hand, axis=-1, keepdims=True)
    np.testing.assert_allclose(np.linalg.norm(steady, axis=-1), 1.0, atol=1e-6)
    np.testing.assert_allclose(np.sum(steady * along, axis=-1), 0.0, atol=1e-6)
    assert np.sum(steady[40] * pole[40], axis=-1).min() > 0.9
    assert np.sum(steady[140] * pole[140], axis=-1).min() > 0.9
    step = np.degrees(np.arccos(np.clip(np.sum(steady[1:] * steady[:-1], axis=-1), -1, 1)))
    assert step.max() * 60 < 1200


def test_poles_that_turn_slowly_stay() -> None:
    hand = np.tile([0.2, -0.7, 0.3], (121, 2, 1))
    angle = np.linspace(0, 2 * np.pi, 121)[:, None]
    pole = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], axis=-1).repeat(2, axis=1)
    steady = steady_poles(hand, pole, 60, cyclic=True)
    along = hand / np.linalg.norm(hand, axis=-1, keepdims=True)
    wanted = pole - np.sum(pole * along, axis=-1, keepdims=True) * along
    wanted /= np.linalg.norm(wanted, axis=-1, keepdims=True)
    assert np.sum(steady * wanted, axis=-1).min() > 0.995
    np.testing.assert_allclose(steady[0], steady[-1], atol=1e-6)


@pytest.mark.parametrize("bpm", [60, 110, 160])
def test_arms_are_no_faster_than_people_s(bpm: float) -> None:
    # From one end of the reach to the other, through the body, on every count.
    keys = [{"at": n, "to": [0.2, 0.9, -0.1] if n % 2 else [-0.65, -0.4, 0.6], "ease": "hit"} for n in range(9)]
    motion = danced(bpm, arms={"both": keys})
    for joint, most in (("elbow", 10.0), ("wrist", 13.0)):
        for side in ("left", "right"):
            speed = np.linalg.norm(np.diff(place(motion, f"{side}_{joint}"), axis=0), axis=-1) * motion.fps
            assert speed.max() < most
