"""The whole line against a metronome: a hand that turns round on every click, in the motion and in the mp4."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from metronome_support import (
    DATASET,
    click_times,
    decoded,
    hand_height,
    heard_clicks,
    metronome_database,
    turning_points,
    write_metronome,
)

from choreo import generate
from choreo.motion.kinematics import forward
from choreo.options import Choosing, Listening
from choreo.types import Doubles, Motion
from choreo.video.look import Look

SECONDS, FIRST, BPM, LONG = 14.0, 0.35, 100.0, 6.0
HALF_MOTION = 0.5 / 60
CASES = {
    "24 frames": (24.0, 48_000, 3.217),
    "25 frames": (25.0, 22_050, 5.5),
    "29.97 frames": (29.97, 44_100, 2.3),
    "30 frames, from the start": (30.0, 44_100, 0.0),
    "60 frames": (60.0, 32_000, 1.0),
}
"""Frames a second of the video, samples a second of the song, and where in the song the dance begins."""


@pytest.fixture(scope="module")
def metronomes(tmp_path_factory: pytest.TempPathFactory, database: str) -> str:
    return metronome_database(tmp_path_factory.mktemp("metronome") / "db", database)


def first_frame(start: float, fps: float) -> float:
    """Second of the song at the first frame of a part that begins at `start`: the nearest frame of the whole dance."""
    return round(start * fps) / fps


def clicks_inside(start: float) -> Doubles:
    """Clicks of the danced part, seconds from its first frame, away from its ends."""
    clicks = click_times(SECONDS, FIRST, BPM) - start
    return np.asarray(clicks[(clicks > 0.7) & (clicks < LONG - 0.7)])


def hand(motion: Motion, side: str) -> Doubles:
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return positions[:, motion.skeleton.index(f"{side}_wrist"), 1].astype(np.float64)


def beat_file(path: Path) -> Path:
    lines = [f"{time:.6f} {k % 4 + 1}" for k, time in enumerate(click_times(SECONDS, FIRST, BPM))]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("case", CASES)
def test_the_hand_turns_round_on_every_click(case: str, metronomes: str, tmp_path: Path) -> None:
    fps, rate, start = CASES[case]
    song = write_metronome(tmp_path / "clicks.wav", seconds=SECONDS, first=FIRST, bpm=BPM, rate=rate)
    made = generate(
        song,
        output=tmp_path / "out" / "dance.mp4",
        formats=("mp4",),
        listening=Listening(start=start, duration=LONG, beats=beat_file(tmp_path / "beats.txt")),
        choosing=Choosing(db=metronomes, datasets=(DATASET,)),
        look=Look(width=320, height=320, fps=fps, camera="fixed", background="green"),
    )
    clicks = clicks_inside(first_frame(start, 60))
    assert len(clicks) >= 7
    motion = made.motion
    assert motion is not None
    moved = turning_points(np.arange(len(motion)) / motion.fps, hand(motion, "left"), clicks) - clicks
    assert np.abs(moved).max() <= HALF_MOTION
    assert abs(np.median(moved)) < 0.001, "where no seam is, the hand turns round on the click itself"

    times, pictures, clock, sound = decoded(made.files["mp4"])
    assert len(pictures) == int(LONG * fps + 1e-6) + 1
    np.testing.assert_allclose(times, np.arange(len(times)) / fps, rtol=2e-5, atol=1e-9)
    clicks += first_frame(start, 60) - first_frame(start, fps)
    heard = heard_clicks(clock, sound, clicks)
    assert np.abs(heard - clicks).max() < 0.002
    seen = turning_points(times, np.array([hand_height(picture) for picture in pictures]), clicks)
    lag = seen - heard
    # At a seam the hand may turn half a frame of the motion late, which was asked above of the motion itself.
    assert np.abs(lag - moved).max() <= 0.25 / fps, "the picture shows the motion of its own moment"
    assert abs(np.median(lag)) <= 0.25 / fps
    # The other hand is a quarter of a swing behind: mirrored or exchanged hands are half a beat off.
    other = np.array([hand_height(picture, right_half=False) for picture in pictures])
    between = clicks[:-1] + 0.3
    assert np.abs(turning_points(times, other, between) - between).max() < 0.05


@pytest.mark.parametrize("start", [0.0, 4.1])
def test_beats_that_are_heard_are_danced_within_half_a_video_frame(
    start: float, metronomes: str, tmp_path: Path
) -> None:
    song = write_metronome(tmp_path / "clicks.wav", seconds=SECONDS, first=FIRST, bpm=BPM, rate=44_100)
    made = generate(
        song,
        output=tmp_path / "out",
        formats=("plan",),
        listening=Listening(start=start, duration=LONG),
        choosing=Choosing(db=metronomes, datasets=(DATASET,)),
    )
    clicks = clicks_inside(start)
    motion = made.motion
    assert motion is not None
    assert made.plan is not None
    lag = turning_points(np.arange(len(motion)) / motion.fps, hand(motion, "left"), clicks) - clicks
    assert np.abs(lag).max() <= 0.5 / 30
    assert made.plan.start == start
    assert motion.duration == pytest.approx(LONG)
