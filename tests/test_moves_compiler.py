from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo import plugins
from choreo.errors import MotionError
from choreo.motion.contacts import contact_slide, foot_points
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.moves import compile_move, load_moves, move_clip
from choreo.moves.notation import parse
from choreo.moves.springs import breath, follow, soften
from choreo.moves.tracks import count_clock, curve, sample
from choreo.protocols import Dataset
from choreo.types import Motion

MOVES = load_moves()
LEFT_ANKLE, RIGHT_ANKLE = CANONICAL.index("left_ankle"), CANONICAL.index("right_ankle")


def raw(**changes: object) -> dict[str, object]:
    base = {
        "name": "test",
        "styles": ["pop"],
        "metre": 4,
        "counts": 4,
        "tempo": {"range": [60, 160], "ideal": 120},
        "energy": 0.4,
    }
    return {**base, **changes}


def places(motion: Motion) -> np.ndarray:
    return forward(motion.skeleton, motion.translation, motion.rotations)[0]


@pytest.mark.parametrize("name", sorted(MOVES))
def test_every_move_at_its_slowest_ideal_and_fastest(name: str) -> None:
    move = MOVES[name]
    for bpm in (move.tempo_range[0], move.tempo, move.tempo_range[1]):
        motion = compile_move(move, bpm)
        assert len(motion) == round(move.counts * 60 / bpm * 60) + 1
        positions, world = forward(motion.skeleton, motion.translation, motion.rotations)
        assert motion.contacts is not None
        assert motion.contacts[:, :2].any()
        assert motion.contacts[:, 2:].any()
        points = foot_points(positions, world)
        # The feet: they stand where they stand, on the floor, and do not go through it.
        slide = contact_slide(motion)
        assert np.percentile(slide, 95) <= 0.015
        assert slide.max() <= 0.04
        assert points[..., 1].min() >= -0.005
        assert points[motion.contacts][:, 1].max() <= 0.01
        # The body: knees bend and never lock, quaternions do not jump.
        for side in ("left", "right"):
            hip, ankle = (positions[:, CANONICAL.index(f"{side}_{part}")] for part in ("hip", "ankle"))
            bones = sum(np.linalg.norm(CANONICAL.offsets[CANONICAL.index(f"{side}_{p}")]) for p in ("knee", "ankle"))
            assert np.linalg.norm(hip - ankle, axis=-1).max() <= 0.9875 * bones
        dots = np.abs(np.sum(motion.rotations[1:] * motion.rotations[:-1], axis=-1))
        assert 2 * np.arccos(np.clip(dots, 0, 1)).max() * motion.fps <= 45


@pytest.mark.parametrize("name", sorted(n for n, m in MOVES.items() if m.cyclic))
def test_cyclic_moves_join_themselves(name: str) -> None:
    move = MOVES[name]
    motion = compile_move(move)
    local = np.abs(np.sum(motion.rotations[0, 1:] * motion.rotations[-1, 1:], axis=-1))
    assert local.min() > 0.9999
    if move.turn == 0 and move.travel == (0.0, 0.0):
        positions = places(motion)
        assert np.abs(positions[0] - positions[-1]).max() <= 0.005
        before, after = positions[-1] - positions[-2], positions[1] - positions[0]
        assert np.abs(after - before).max() * motion.fps <= 1.2


def test_moves_are_danced_with_the_whole_body() -> None:
    # A puppet fails this: pelvis, chest, head and both hands of every dancing move travel; in a bar of it, less far.
    for move in MOVES.values():
        if move.role != "move":
            continue
        motion = compile_move(move)
        positions = places(motion) - motion.translation[:, None] * (1, 0, 1)
        ranges = np.ptp(positions, axis=0)
        assert np.ptp(motion.translation[:, 0]) + np.ptp(motion.translation[:, 1]) >= 0.05 * min(1, move.counts / 6), (
            move.name
        )
        for joint in ("left_wrist", "right_wrist"):
            assert np.linalg.norm(ranges[CANONICAL.index(joint)]) >= 0.12, (move.name, joint)
        for joint in ("head", "spine2"):
            turned = np.abs(motion.rotations[:, CANONICAL.index(joint), 0]).min()
            assert 2 * np.arccos(turned) >= np.radians(2), (move.name, joint)


def test_energy_shows_in_speed() -> None:
    notated, danced = [], []
    for move in MOVES.values():
        if move.role in ("move", "idle"):
            motion = compile_move(move)
            notated.append(move.energy)
            danced.append(np.linalg.norm(np.diff(places(motion), axis=0), axis=-1).mean() * motion.fps)
    assert np.corrcoef(notated, danced)[0, 1] >= 0.6


def test_same_input_same_bytes_and_seeds_differ_little() -> None:
    move = MOVES["step-touch"]
    first, again, other = compile_move(move), compile_move(move), compile_move(move, seed=5)
    assert first.rotations.tobytes() == again.rotations.tobytes()
    assert first.translation.tobytes() == again.translation.tobytes()
    assert other.rotations.tobytes() != first.rotations.tobytes()
    assert np.abs(places(other) - places(first)).max() < 0.06


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.4, 0.75), min_size=4, max_size=4), st.floats(0, 100))
def test_uneven_beats_are_followed(gaps: list[float], start: float) -> None:
    beats = start + np.concatenate([[0.0], np.cumsum(gaps)])
    taps = [{"at": 1, "foot": "right", "how": "tap", "to": [0.1, 0.1]}, {"at": 2.5, "foot": "right", "to": [-0.12, 0]}]
    motion = compile_move(parse(raw(counts=4, feet=taps)), beats=beats)
    assert len(motion) == round((beats[-1] - beats[0]) * 60) + 1
    # The right foot taps on count 1: its ball comes down on that very beat, within a frame.
    assert motion.contacts is not None
    frame = round((beats[1] - beats[0]) * 60)
    assert not motion.contacts[frame - 3, 3]
    assert motion.contacts[frame + 1, 3]
    assert np.percentile(contact_slide(motion), 95) <= 0.015


def test_beats_must_fit() -> None:
    move = parse(raw(counts=8))
    with pytest.raises(MotionError, match="expected 9 rising"):
        compile_move(move, beats=[0, 1, 2])
    with pytest.raises(MotionError, match="expected 9 rising"):
        compile_move(move, beats=[0, 1, 2, 3, 4, 5, 6, 7, 7])
    with pytest.raises(MotionError, match="bpm"):
        compile_move(move, bpm=0)


def test_a_foot_lands_where_and_when_the_notation_says() -> None:
    move = parse(
        raw(
            feet=[
                {"at": 2, "foot": "left", "to": [0.4, 0.1], "out": 0},
                {"at": 3.5, "foot": "left", "to": [0.12, 0.0]},
            ]
        )
    )
    motion = compile_move(move, 120)
    ankles = places(motion)[:, LEFT_ANKLE]
    standing = ankles[75:80]  # 2.5 counts and on, settled
    np.testing.assert_allclose(standing[:, [0, 2]], [[0.4, 0.1]] * 5, atol=2e-3)
    assert motion.contacts is not None
    assert not motion.contacts[55, 1]
    assert motion.contacts[61, 1]
    # The weight goes over it.
    assert motion.translation[75, 0] > motion.translation[0, 0] + 0.05


def test_the_body_joins_in_with_the_energy() -> None:
    def danced(**changes: object) -> Motion:
        weight = [{"at": 1, "foot": "left"}, {"at": 3, "foot": "right", "weight": 0.5}]
        twist = [{"at": 0, "twist": 0}, {"at": 2, "twist": 30}]
        return compile_move(parse(raw(feet=weight, torso=twist, **changes)), 120)

    def hips(motion: Motion) -> float:
        w, y = motion.rotations[60, 0, 0], motion.rotations[60, 0, 2]
        return float(np.degrees(2 * np.arctan2(y, w)))

    calm, strong = danced(energy=0.2), danced(energy=0.8)
    robot = danced(energy=0.8, arms={"loose": 0})
    written = danced(energy=0.8, pelvis=[{"at": 0, "yaw": -25}])
    for motion in (calm, robot):
        assert motion.contacts is not None
        assert motion.contacts.all()
    assert abs(hips(robot)) < 1
    assert hips(strong) > hips(calm) + 2
    assert strong.contacts is not None
    assert strong.contacts[60].tolist() == [True, True, False, True]  # the free heel is up, its ball stands
    assert strong.contacts[0].all()
    assert strong.contacts[-1].all()
    assert hips(strong) > 10
    assert hips(written) == pytest.approx(-25, abs=5)
    chest = CANONICAL.index("spine3")
    turned = [forward(m.skeleton, m.translation, m.rotations)[1][60, chest] for m in (calm, strong)]
    assert abs(turned[1][2]) > abs(turned[0][2])


def test_a_sliding_foot_stays_flat() -> None:
    motion = compile_move(MOVES["moonwalk"])
    assert motion.contacts is not None
    slid = round(0.3 * 60 / MOVES["moonwalk"].tempo * 60)
    _, world = forward(motion.skeleton, motion.translation, motion.rotations)
    up = 2 * np.arcsin(np.abs(world[slid, LEFT_ANKLE, 1]))
    assert np.degrees(up) < 3


def test_steps_that_cannot_be_danced() -> None:
    stray = parse(raw(feet=[{"at": 2, "foot": "left", "to": [0.4, 0.1]}]), "stray.yaml")
    with pytest.raises(MotionError, match=r"stray\.yaml: feet: left foot ends at \[0\.4, 0\.1\]"):
        compile_move(stray)
    double = parse(raw(feet=[{"at": 2, "foot": "left"}, {"at": 2.05, "foot": "left"}]), "double.yaml")
    with pytest.raises(MotionError, match="between"):
        compile_move(double)
    shape = parse(raw(arms={"left": [{"at": 0, "to": "hipp"}]}), "shape.yaml")
    with pytest.raises(MotionError, match="Did you mean 'hip'"):
        compile_move(shape)
    path = parse(raw(travel=[0, 1], path=[{"at": 4, "to": [0, 2]}]), "path.yaml")
    with pytest.raises(MotionError, match="expected travel"):
        compile_move(path)


def test_a_jump_leaves_the_floor() -> None:
    motion = compile_move(MOVES["star-jump"])
    assert motion.contacts is not None
    air = ~motion.contacts.any(axis=1)
    assert 0.05 < air.mean() < 0.5
    assert places(motion)[air][:, [LEFT_ANKLE, RIGHT_ANKLE], 1].min(axis=1).max() > 0.12


def test_travel_and_turn_arrive() -> None:
    walk, turn = compile_move(MOVES["walk-in"]), compile_move(MOVES["waltz-turn"])
    np.testing.assert_allclose(walk.translation[-1, 2] - walk.translation[0, 2], 2.2, atol=0.08)
    w, y = turn.rotations[-1, 0, 0], turn.rotations[-1, 0, 2]
    assert abs(abs(2 * np.arctan2(y, w)) - np.pi) < 0.2


def test_clip_and_plugin() -> None:
    dataset = plugins.load("datasets", "starter")
    assert isinstance(dataset, Dataset)
    clips = list(dataset.clips(None))
    known = load_moves()
    assert [clip.move for clip in clips] == list(known)
    assert len(clips) == len(known) == len(MOVES)
    assert len({clip.clip_id for clip in clips}) == len(clips)
    for clip in clips:
        move = known[clip.move]
        assert clip.dataset == "starter"
        assert clip.licence
        assert clip.counts == move.counts
        assert clip.tempo == pytest.approx(move.tempo)
        assert clip.beats[0] == 0
        assert abs(clip.beats[-1] - clip.motion.duration) <= 0.5 / 60 + 1e-9
        assert 0 <= clip.rhythm.min() <= clip.rhythm.max() <= 1
        assert clip.rhythm.max() > 0
    assert move_clip(MOVES["bow"], 60).tempo == pytest.approx(60)


def test_spring_follows_overshoots_and_closes() -> None:
    steps = np.where(np.arange(121) % 120 < 60, 0.0, 1.0)[:, None]
    out = follow(steps, 60, 3.0, 0.5, cyclic=True)
    assert out.max() > 1.05
    assert out[0] == pytest.approx(out[-1])
    still = follow(np.full((50, 2), 3.0), 60, 3.0, 0.5, cyclic=False)
    np.testing.assert_allclose(still, 3.0, atol=1e-9)
    ramp = soften(np.linspace(0, 1, 200), 60, 0.05, cyclic=False)
    np.testing.assert_allclose(ramp[60:140], np.linspace(0, 1, 200)[60:140], atol=1e-6)


def test_breath_closes_and_is_small() -> None:
    wave = breath(241, 4, 60, 3)
    np.testing.assert_allclose(wave[0], wave[-1], atol=1e-9)
    assert 0.3 < np.abs(wave).max() <= 1.11


def test_keys_arrive() -> None:
    at, values = np.array([0.0, 2.0, 4.0]), np.array([[0.0], [1.0], [-1.0]])
    for ease in ("smooth", "swing", "sharp", "linear"):
        out = curve(at, values, [ease] * 3, np.array([0.0, 2.0, 4.0, 9.0]))[:, 0]
        np.testing.assert_allclose(out, [0, 1, -1, -1], atol=1e-12)
    held = curve(at, values, ["sharp"] * 3, np.array([1.0, 3.0]))[:, 0]
    np.testing.assert_allclose(held, [0, 1])
    fine = np.linspace(0, 4, 400)
    smooth = sample([{"at": 0, "x": 1.0}, {"at": 2, "x": -1.0}], "x", fine, 4.0, True)
    assert smooth[0] == pytest.approx(smooth[-1])
    assert np.abs(smooth).max() <= 1 + 1e-9


def test_count_clock_hits_the_beats() -> None:
    beats = np.array([0.0, 0.5, 1.1, 1.5, 2.2])
    counts = count_clock(beats, 60)
    assert counts[0] == 0
    assert counts[-1] == 4
    assert np.all(np.diff(counts) > 0)
    np.testing.assert_allclose(np.interp(beats, np.linspace(0, 2.2, len(counts)), counts), range(5), atol=0.01)
