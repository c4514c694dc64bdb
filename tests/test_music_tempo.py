"""Tempi that change, the user's tempo, and one metrical level for a song."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from choreo.types import Audio
from choreo_beats import TcnTracker, beats, levels, tempo

RATE = 22050
FPS = 100.0


def drummed(times: np.ndarray, seconds: float, metre: int = 4) -> Audio:
    """Kick and snare at the times, hats at them and halfway."""
    rng = np.random.default_rng(1)
    clock = np.arange(round(0.25 * RATE)) / RATE
    kick = 0.9 * np.exp(-14 * clock) * np.sin(2 * np.pi * (50 * clock + 2 * (1 - np.exp(-30 * clock))))
    snare = 0.5 * np.exp(-25 * clock) * (rng.normal(size=len(clock)) + np.sin(2 * np.pi * 190 * clock))
    hat = 0.2 * np.exp(-90 * clock) * np.diff(rng.normal(size=len(clock) + 1))
    samples = np.zeros(round(seconds * RATE) + 2 * len(clock))
    half = (times[:-1] + times[1:]) / 2
    hits: list[tuple[float, Any]] = [(time, hat) for time in (*times, *half)]
    hits += [(time, snare if k % metre in (1, 3) else kick) for k, time in enumerate(times)]
    for time, sound in hits:
        at = round(time * RATE)
        samples[at : at + len(sound)] += sound[: len(samples) - at]
    return Audio((0.5 * samples[: round(seconds * RATE)]).astype(np.float32), RATE)


def beats_of(course: list[tuple[float, float]]) -> np.ndarray:
    """Beat times of stretches of (beats a minute, seconds)."""
    times, start = [], 0.3
    for bpm, seconds in course:
        times.append(np.arange(start, start + seconds, 60 / bpm))
        start = times[-1][-1] + 60 / bpm
    return np.concatenate(times)


def found_share(audio: Audio, times: np.ndarray, after: float = 0.0) -> float:
    """F-measure of the beats that are heard."""
    heard = TcnTracker().track(audio).beats
    heard, times = heard[heard >= after], times[times >= after]
    near = np.abs(heard[:, None] - times) < 0.05
    return 2 * float(near.any(axis=0).sum()) / (len(heard) + len(times))


@pytest.mark.parametrize(("first", "second"), [(90, 160), (150, 88), (84, 134)])
def test_a_large_jump_of_the_tempo_is_followed(first: float, second: float) -> None:
    times = beats_of([(first, 24), (second, 24)])
    assert found_share(drummed(times, 49), times) > 0.9


def test_one_pulse_in_a_half_time_break() -> None:
    """In the middle the drummer plays every bar over two: the beats go on as before."""
    times = beats_of([(130, 60)])
    slow = np.concatenate([times[:40], times[40:80:2], times[80:]])
    assert found_share(drummed(slow, 61), times) > 0.9


def pulses(gaps: list[int], peak: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Frames of beats, and an activation with a peak at each."""
    frames = np.concatenate([[0], np.cumsum(gaps)]).astype(np.int64)
    active = np.full(int(frames[-1]) + 1, 0.01)
    for shift, height in ((-1, 0.5), (0, 1.0), (1, 0.5)):
        active[np.clip(frames + shift, 0, len(active) - 1)] = np.maximum(
            active[np.clip(frames + shift, 0, len(active) - 1)], height * peak
        )
    return frames, active


def test_steady_beats_are_at_one_level() -> None:
    assert levels.common_level(*pulses([48, 50, 52] * 20)) is None


def test_a_slide_into_eighths_is_taken_back() -> None:
    frames, active = pulses([72] * 60)
    middles = (frames[30:-1] + frames[31:]) // 2
    counted = np.sort(np.concatenate([frames, middles]))
    wanted = levels.common_level(counted, active)
    assert wanted is not None
    assert wanted[:25] == pytest.approx(wanted[-25:], rel=0.05)


@pytest.mark.parametrize("other", [37, 40, 45, 110])
def test_another_tempo_is_no_other_level(other: int) -> None:
    assert levels.common_level(*pulses([66] * 40 + [other] * 60)) is None


def test_a_tempo_may_jump_anywhere_but_to_the_same_pulse() -> None:
    taus = tempo.intervals(FPS)
    change = beats.transitions(taus)
    np.testing.assert_allclose(np.exp(change).sum(axis=1), 1)
    row = change[list(taus).index(60)]
    slower, double = row[list(taus).index(105)], row[list(taus).index(120)]
    assert slower > double + 10
    assert row.argmax() == list(taus).index(60)


@pytest.fixture(scope="module")
def song() -> tuple[Audio, np.ndarray]:
    times = beats_of([(121, 26)])
    return drummed(times, 27), times


@pytest.mark.parametrize("bpm", [117, 120, 121, 125])
def test_the_tempo_that_is_heard_changes_nothing(song: tuple[Audio, np.ndarray], bpm: float) -> None:
    audio, _ = song
    plain, stated = TcnTracker().track(audio), TcnTracker().track(audio, bpm=bpm)
    assert plain.beats.tobytes() == stated.beats.tobytes()
    assert plain.positions.tobytes() == stated.positions.tobytes()


def test_double_the_tempo_keeps_every_beat(song: tuple[Audio, np.ndarray]) -> None:
    audio, _ = song
    plain, double = TcnTracker().track(audio).beats, TcnTracker().track(audio, bpm=242).beats
    assert len(double) == 2 * len(plain) - 1
    assert np.abs(plain[:, None] - double).min(axis=1).max() < 0.03


def test_half_of_beats_is_the_stronger_half() -> None:
    frames = np.arange(10, 800, 40)
    active = np.full(820, 0.05)
    active[frames] = 0.4
    active[frames[1::2]] = 0.9
    assert np.array_equal(beats.at_level(frames, active, 0, 2.0), frames[1::2])
    active[frames[::2]] = 0.95
    assert np.array_equal(beats.at_level(frames, active, 0, 2.0), frames[::2])


def test_half_the_tempo_never_takes_the_off_beat(song: tuple[Audio, np.ndarray]) -> None:
    audio, times = song
    half = TcnTracker().track(audio, bpm=60.5).beats
    assert np.abs(half[:, None] - times).min(axis=1).max() < 0.04
    assert np.median(np.diff(half)) == pytest.approx(60 / 60.5, rel=0.01)
