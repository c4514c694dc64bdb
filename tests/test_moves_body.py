from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_support import dance

from choreo import plugins
from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.moves import compile_move, limits, load_moves
from choreo.moves.check import check_move
from choreo.moves.feet import FootPose, FootStep
from choreo.moves.groove import KINDS, Groove, groove_of, grooves_of, mix
from choreo.moves.haste import FASTEST, unhurried
from choreo.moves.notation import Move, parse
from choreo.moves.pops import RELEASE, STAY, STRIKE, pulse
from choreo.moves.quality import joint_speeds, measure
from choreo.types import Motion

MOVES = load_moves()
COUNTS = np.linspace(0.0, 12.0, 12 * 24 + 1)


def written(**changes: object) -> Move:
    base: dict[str, object] = {
        "name": "test", "styles": ["pop"], "metre": 4, "counts": 4, "energy": 0.5,
        "tempo": {"range": [60, 160], "ideal": 120},
    }  # fmt: skip
    return parse({**base, **changes})


def joint(motion: Motion, name: str) -> np.ndarray:
    return forward(motion.skeleton, motion.translation, motion.rotations)[0][:, NAMES.index(name)]


def turn_of(motion: Motion, name: str) -> np.ndarray:
    """Degrees (yaw, pitch forward, side to the left) of a joint against its parent, roughly: of its rotation vector."""
    vector = np.degrees(rot.to_axis_angle(motion.rotations[:, NAMES.index(name)].astype(float)))
    return vector[:, [1, 0, 2]] * [1, 1, -1]


def at(curve: np.ndarray, count: float) -> float:
    return float(np.interp(count, COUNTS, curve))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_groove_repeats_and_is_smooth(kind: str) -> None:
    groove = groove_of({"kind": kind}, COUNTS)
    for each in fields(Groove):
        curve = getattr(groove, each.name)
        assert curve.shape == COUNTS.shape
        # Twice a groove's own count, and twelve for the waltz, is a whole number of its cycles.
        again = getattr(groove_of({"kind": kind}, COUNTS + (12 if kind == "rise-fall" else 4)), each.name)
        np.testing.assert_allclose(again, curve, atol=1e-9)
        size = max(float(np.ptp(curve)), 1e-9)
        assert np.abs(np.diff(curve)).max() <= 0.35 * size  # at 24 frames a count
    assert groove.down.min() >= -1e-9
    assert groove.down.max() <= 1 + 1e-9


def test_grooves_are_down_and_up_where_their_names_say() -> None:
    down, up, walk = (groove_of({"kind": kind}, COUNTS).down for kind in ("down", "up", "walk"))
    assert (at(down, 2), at(down, 2.5)) == (1, 0)
    assert (at(up, 2), at(up, 2.5)) == (0, 1)
    assert np.ptp(walk) == 0
    pulse_of_swing = groove_of({"kind": "pulse"}, COUNTS).down
    assert at(pulse_of_swing, 3) > at(pulse_of_swing, 3 + 2 / 3) > 0.5
    assert at(pulse_of_swing, 3.4) < 0.3
    waltz = groove_of({"kind": "rise-fall"}, COUNTS)
    assert (at(waltz.down, 3), at(waltz.down, 5.2)) == pytest.approx((1, 0), abs=0.01)
    assert at(waltz.bend, 1.5) == pytest.approx(-at(waltz.bend, 4.5))  # sways to the one side and to the other
    rock = groove_of({"kind": "rock"}, COUNTS).fore
    assert at(rock, 0) > 0.03
    assert at(rock, 1) < -0.03
    jack = groove_of({"kind": "jack"}, COUNTS)
    assert at(jack.pop, 1) > 0 > at(jack.fore, 1)  # chest out on the count, hips half a count later
    assert at(jack.pop, 1.5) < 0 < at(jack.fore, 1.5)


def test_written_parameters_mean_what_they_say() -> None:
    groove = groove_of({"depth": 0.05, "every": 2, "phase": 1, "hips": 0.5, "crouch": 0.1, "nod": 0}, COUNTS)
    assert (at(groove.down, 1), at(groove.down, 2), at(groove.down, 3)) == pytest.approx((1, 0, 1))
    assert set(groove.depth) == {0.05}
    assert set(groove.hips) == {0.5}
    assert set(groove.crouch) == {0.1}
    assert not groove.nod.any()


def test_energy_and_looseness_scale_what_joins_in_but_not_the_knees() -> None:
    strong, calm, robot = (groove_of({}, COUNTS, drive, loose) for drive, loose in ((1.0, 1.0), (0.0, 1.0), (0.0, 0.1)))
    assert np.ptp(strong.pitch) > 2 * np.ptp(calm.pitch) > 10 * np.ptp(robot.pitch)
    np.testing.assert_array_equal(strong.down, robot.down)


def test_grooves_mix_and_go_over_smoothly() -> None:
    a, b = groove_of({"kind": "down"}, COUNTS), groove_of({"kind": "skate"}, COUNTS)
    half = np.full(len(COUNTS), 0.5)
    np.testing.assert_allclose(mix([a, b], [half, half]).pitch, (a.pitch + b.pitch) / 2)
    joined = grooves_of([(0.0, {"kind": "down"}, 1.0, 1.0), (6.0, {"kind": "skate"}, 1.0, 1.0)], COUNTS)
    late = groove_of({"kind": "skate"}, COUNTS - 6, 1.0, 1.0)
    before, after = COUNTS <= 5.5, COUNTS >= 6.5
    np.testing.assert_allclose(joined.pitch[before], a.pitch[before])
    np.testing.assert_allclose(joined.pitch[after], late.pitch[after])
    assert at(joined.depth, 6) == pytest.approx((at(a.depth, 6) + at(b.depth, 6)) / 2)


def test_a_pop_strikes_on_its_count_and_lets_go_in_seconds_not_counts() -> None:
    for beat in (0.4, 0.8):
        seconds = COUNTS * beat
        pop = pulse([(4.0, 0.7)], COUNTS, beat)
        assert at(pop, 4) == pytest.approx(0.7)
        quiet = (seconds < 4 * beat - STRIKE) | (seconds > 4 * beat + STAY + RELEASE)
        assert not pop[quiet].any()
        assert (pop[np.abs(seconds - 4 * beat - 0.5 * STAY) < 0.5 * STAY] > 0.65).all()
    assert not pulse([], COUNTS, 0.5).any()


def test_pops_contract_knees_hips_chest_and_neck() -> None:
    low = {"depth": 0.02, "crouch": 0.06}
    plain = compile_move(written(groove=low), 100)
    popped = compile_move(written(groove=low, pops=[{"at": 2, "strength": 1}]), 100)
    frame = 72
    assert joint(popped, "pelvis")[frame, 1] > joint(plain, "pelvis")[frame, 1] + 0.01  # knees jerk straight
    for name, axis in (("pelvis", 1), ("spine3", 1), ("neck", 1)):
        moved = np.abs(turn_of(popped, name) - turn_of(plain, name))[:, axis]
        assert moved[frame] > 2
        assert moved[: frame - 8].max() < 0.5 * moved[frame]


def leg(at_count: float, place: float, since: float = 0.0, before: float = 0.0, lift: float = 0.0) -> FootStep:
    old = FootPose(np.array([0.1, before]), 0.0, since=since)
    return FootStep(
        {}, "flat", at_count - 0.2, at_count, old, FootPose(np.array([0.1, place]), 0.0, lift=lift, since=at_count)
    )


@settings(max_examples=60, deadline=None)
@given(st.floats(0.3, 1.0), st.lists(st.tuples(st.floats(0.4, 2.0), st.floats(-0.5, 0.5)), min_size=1, max_size=5))
def test_quick_steps_begin_earlier_and_never_later(beat: float, ways: list[tuple[float, float]]) -> None:
    steps, now, place = [], 0.0, 0.0
    for gap, way in ways:
        steps.append(leg(now + gap, place + way, now, place))
        now, place = now + gap, place + way
    made = unhurried({"left": steps, "right": []}, beat)["left"]
    for step, new in zip(steps, made, strict=True):
        assert new.begin <= step.begin
        assert new.at == step.at
    for first, second in pairwise(made):
        assert second.begin >= min(first.at, second.at - 0.2)
    first = made[0]
    room = first.begin > 0.13 and first.begin < steps[0].begin
    if room:  # it had the time: its fastest moment is at the limit
        assert 2.5 * abs(ways[0][1]) / ((first.at - first.begin) * beat) == pytest.approx(FASTEST, rel=1e-6)


def test_a_kick_without_time_is_lower_but_a_foot_lands_where_it_is_written() -> None:
    high = leg(0.3, 0.4, lift=0.6)
    made = unhurried({"left": [high, leg(0.7, 0.0, 0.3, 0.4)], "right": []}, 0.3)["left"]
    assert 0.29 < made[0].new.lift < 0.6
    assert made[1].old.lift == made[0].new.lift
    assert made[1].new.ball.tolist() == [0.1, 0.0]


def test_a_raised_leg_carries_its_knee() -> None:
    # A kick to the front, from low to level: the knee stays on the upper side of the leg and never flips.
    kick = [{"at": 2, "foot": "right", "how": "kick", "to": [-0.12, 0.75], "height": 0.75, "duration": 1.2},
            {"at": 3.8, "foot": "right", "to": [-0.12, 0], "duration": 1.2}]  # fmt: skip
    motion = compile_move(written(feet=kick), 90)
    hip, knee, ankle = (joint(motion, f"right_{part}") for part in ("hip", "knee", "ankle"))
    frame = 80
    line = (ankle - hip)[frame]
    assert line[2] > 2 * abs(line[1])  # the leg is nearly level
    bend = (knee - hip)[frame] - line * float((knee - hip)[frame] @ line) / float(line @ line)
    assert bend[1] > 0.6 * np.linalg.norm(bend)
    assert joint_speeds(np.stack([knee] * 24, axis=1), 60.0)[0]["knee"] < 5


def test_a_knee_points_where_it_is_written() -> None:
    def kneeling(out: float) -> Motion:
        step = {"at": 1, "foot": "right", "how": "ball", "to": [-0.12, -0.35], "pitch": 55, "knee": [out, -0.5, 0.8]}
        home = {"at": 3.5, "foot": "right", "to": [-0.12, 0]}
        low = [{"at": 0, "y": 0}, {"at": 2, "y": -0.4}, {"at": 3, "y": -0.3}]
        return compile_move(written(feet=[step, home], pelvis=low), 100)

    inward, outward = (joint(kneeling(out), "right_knee")[72] for out in (-0.8, 0.8))
    assert outward[0] < inward[0] - 0.1  # the right side is -x
    assert min(inward[1], outward[1]) > 0.05


@pytest.mark.parametrize("low", [-0.4, -0.6, -0.8])
def test_nobody_sinks_into_the_floor(low: float) -> None:
    keys = [{"at": 0, "y": 0}, {"at": 2, "y": low, "ease": "swing"}, {"at": 2.6, "y": low}]
    motion = compile_move(written(pelvis=keys, stance={"left": [0.2, 0.15], "right": [-0.2, 0.15], "out": 25}), 80)
    assert joint(motion, "pelvis")[:, 1].min() >= 0.12
    for side in ("left", "right"):
        assert joint(motion, f"{side}_knee")[:, 1].min() > 0.05
    assert contact_slide(motion).max() < 0.03
    assert max(measure(motion).buried.values()) == 0


def test_a_jump_is_no_higher_than_it_has_time_for() -> None:
    jump = [{"at": 2, "foot": "both", "how": "jump", "height": 0.4, "duration": 0.6}]
    slow, fast = (joint(compile_move(written(feet=jump), bpm), "pelvis")[:, 1] for bpm in (60, 160))
    assert np.ptp(slow) > np.ptp(fast) + 0.1
    # Free fall at the fast tempo: 0.6 counts less the share in which the foot peels off.
    flown = 0.6 * (1 - 0.24) * 60 / 160
    assert fast.max() - fast[0] < 13 * flown**2 / 8 + 0.08


def test_snapping_and_buried_joints_are_found() -> None:
    good = dance(4.0)
    quality = measure(good)
    assert all(quality.speeds[part] <= limits.SPEEDS[part] for part in limits.SPEEDS)
    snapping = good.rotations.copy()
    swing = rot.from_axis_angle(np.array([1.5, 0, 0])).astype(np.float32)
    hip = NAMES.index("left_hip")
    snapping[100:, hip] = rot.multiply(swing, snapping[100:, hip])
    snapped = measure(Motion(good.skeleton, 60.0, good.translation, snapping, good.contacts))
    assert snapped.speeds["knee"] > limits.SPEEDS["knee"]
    assert snapped.turns["knee"] > limits.TURNS["knee"]
    sunk = good.translation - np.array([0, 0.9, 0], np.float32)
    assert measure(Motion(good.skeleton, 60.0, sunk, good.rotations, good.contacts)).buried["pelvis"] > 0.05


def test_snaps_are_faults() -> None:
    kicks = [
        {"at": 1, "foot": "right", "how": "kick", "to": [-0.1, 0.7], "height": 0.8, "duration": 0.3},
        {"at": 1.4, "foot": "right", "to": [-0.12, -0.5], "duration": 0.3},
        {"at": 3, "foot": "right", "to": [-0.12, 0]},
    ]
    wild = replace(written(feet=kicks), tempo=280.0, tempo_range=(280.0, 300.0))
    assert any("snaps" in fault or "thrown" in fault for fault in check_move(wild).faults)


@pytest.mark.parametrize("name", ["three-step-turn", "swing-out-solo", "charleston", "headbang", "skeeter-rabbit"])
def test_own_files_read_back_whole(name: str, tmp_path: Path) -> None:
    move = MOVES[name]
    motion = compile_move(move, move.tempo_range[1])
    # Longer than a reader asks for at least.
    times = np.arange(4 * (len(motion) - 1)) % (len(motion) - 1) if move.cyclic else np.arange(len(motion))
    whole = Motion(motion.skeleton, motion.fps, motion.translation[times], motion.rotations[times])
    file = tmp_path / "own.bvh"
    plugins.load("exporters", "bvh").export(whole, file)
    takes = list(plugins.load("datasets", "bvh").takes(file))
    assert len(takes) == 1
    assert len(takes[0].motion) == len(whole)
    assert takes[0].flags == ()
