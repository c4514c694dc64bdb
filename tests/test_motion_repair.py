from __future__ import annotations

import numpy as np
import pytest
from dance_support import swaying_motion
from motion_support import dance, gap_mm

from choreo.motion import rotations as rot
from choreo.motion.dance_beats import dance_beats, dance_tempo, snapped_beats
from choreo.motion.repair import impossible, mended, runs, spikes
from choreo.motion.resample import sample
from choreo.motion.skeleton import NAMES
from choreo.types import Motion


def broken(motion: Motion, first: int, last: int, kind: str) -> Motion:
    translation, rotations = motion.translation.copy(), motion.rotations.copy()
    if kind == "drop-out":
        translation[first:last] = 0
    elif kind == "jump":
        translation[first:last, 0] += 3
    else:
        flip = rot.from_axis_angle(np.array([0.0, 0, np.pi])).astype(np.float32)
        rotations[first:last, NAMES.index("left_shoulder")] = rot.multiply(
            flip, rotations[first:last, NAMES.index("left_shoulder")]
        )
    return Motion(motion.skeleton, motion.fps, translation, rotations)


@pytest.mark.parametrize("kind", ["drop-out", "jump", "flip"])
@pytest.mark.parametrize("length", [1, 3, 10])
def test_short_faults_are_bridged(kind: str, length: int) -> None:
    motion = dance(6.0)
    fixed, left, count = mended(broken(motion, 100, 100 + length, kind))
    assert not left.any()
    assert length <= count <= length + 3
    assert gap_mm(motion, fixed) < 80


def test_long_faults_are_told() -> None:
    motion = dance(6.0)
    _, left, _ = mended(broken(motion, 100, 200, "drop-out"))
    found = runs(left)
    assert len(found) >= 1
    assert left[100] or left[199]


def test_missing_frames_leave_a_tear() -> None:
    motion = dance(8.0)
    moved = motion.translation.copy()
    moved[240:, 0] += 2
    _, left, _ = mended(Motion(motion.skeleton, motion.fps, moved, motion.rotations))
    assert [first for first, _ in runs(left)] == [239]
    assert left.sum() == 2


def test_a_dance_without_faults_has_none() -> None:
    motion = dance(6.0)
    assert not impossible(motion).any()
    same, _, count = mended(motion)
    assert same is motion
    assert count == 0


def test_spikes_of_a_point() -> None:
    points = np.cumsum(np.random.default_rng(0).normal(0, 0.002, (200, 3)), axis=0)
    points[50] += 2
    points[120:123] += 5
    assert np.flatnonzero(spikes(points, 60.0)).tolist() == [50, 120, 121, 122]


@pytest.mark.parametrize("bpm", [90, 105, 120, 140])
def test_the_pulse_of_a_dance(bpm: float) -> None:
    motion = dance(12.0, bpm=bpm)
    found = dance_tempo(motion)
    assert min(abs(found / bpm - ratio) for ratio in (0.5, 1, 2)) < 0.04
    beats = dance_beats(motion, bpm)
    assert np.diff(beats) == pytest.approx(60 / bpm, abs=1.5 / 60)
    assert (beats[-1] - beats[0]) / (len(beats) - 1) == pytest.approx(60 / bpm, abs=0.005)
    assert beats[0] >= 0
    assert beats[-1] <= motion.duration + 1e-9


def test_a_pulse_that_wavers_is_followed() -> None:
    """A dance whose tempo rises by a tenth: a steady grid would be half a beat off at its end."""
    steady = dance(20.0, bpm=110)
    times = np.linspace(0, 1, 1081) ** 1.1 * 20
    hastened = sample(steady, times, fps=60.0)
    found = dance_beats(hastened, 110 * 20 / hastened.duration)
    true = np.interp(dance_beats(steady, 110), times, np.arange(len(times)) / 60)
    away = np.abs(found[:, None] - true).min(axis=1)
    assert np.median(away) < 0.04
    assert np.quantile(away, 0.9) < 0.1


def test_inner_beats_move_to_where_the_dance_arrives() -> None:
    motion = dance(8.0, bpm=120)
    arrivals = dance_beats(motion, 120)
    late = arrivals[2:9] + 0.06
    moved = snapped_beats(motion, late)
    assert moved[0] == late[0]
    assert moved[-1] == late[-1]
    gaps = np.abs(moved[1:-1] - arrivals[3:8])
    assert np.median(gaps) < 0.025
    assert np.abs(moved - late).max() <= 0.2 * 0.5 + 1 / 60


def test_beats_are_where_the_whole_body_stops_however_that_wavers() -> None:
    """Arms swing from rest to rest, now a little longer, now a little shorter than half a second."""
    rests = 0.25 + np.arange(0, 12, 0.5)
    moved = rests + 0.02 * np.resize([1, -1, -1, 1, 0], len(rests))
    times = np.interp(np.arange(720) / 60, np.concatenate([[0], moved, [12]]), np.concatenate([[0], rests, [12]]))
    found = dance_beats(sample(swaying_motion(12.0, 1.0, 0.5), times, fps=60.0), 120)
    away = np.abs(found[:, None] - moved).min(axis=1)
    assert np.quantile(away, 0.9) < 0.01
