"""Clicks at known times, a dancer whose left hand turns round on each of them, and readers of when either happens."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from sound_support import write_pcm

from choreo.db import MotionDB
from choreo.motion import rotations as rot
from choreo.motion.skeleton import CANONICAL
from choreo.types import Bytes, Clip, Doubles, Motion

DATASET = "metronome"
SWING = 0.55
"""Radians by which the arm goes up and down from the horizontal."""


def metronome_clip(bpm: float = 100.0, counts: int = 8) -> Clip:
    """The left arm is highest on even beats and lowest on odd ones; the right one is a quarter of a swing behind."""
    beats = np.arange(counts + 1) * 60 / bpm
    frames = round(float(beats[-1]) * 60) + 1
    phase = np.pi * np.arange(frames) / 60 * bpm / 60
    rotations = np.zeros((frames, 24, 4), np.float32)
    rotations[..., 0] = 1
    zero = np.zeros(frames)
    arms = {"left_shoulder": SWING * np.cos(phase), "right_shoulder": -SWING * np.sin(phase)}
    for name, angle in arms.items():
        rotations[:, CANONICAL.index(name)] = rot.from_axis_angle(np.stack([zero, zero, angle], axis=-1))
    translation = np.tile(CANONICAL.offsets[0], (frames, 1)).astype(np.float32)
    motion = Motion(CANONICAL, 60.0, translation, rotations, np.ones((frames, 4), bool))
    return Clip(
        clip_id="metronome-1", name="metronome", dataset=DATASET, source="", licence="CC0-1.0", motion=motion,
        beats=beats, metre=4, styles=("pop",), energy=0.5, rhythm=np.tile(np.array([1, 0.1], np.float32), counts),
        mirrorable=False,
    )  # fmt: skip


def metronome_database(folder: Path, starter: str) -> str:
    """A copy of the database `starter` that has that clip, too."""
    shutil.copytree(starter, folder)
    MotionDB.open(folder).add([metronome_clip()])
    return str(folder)


def click_times(seconds: float, first: float, bpm: float) -> Doubles:
    """Seconds of the clicks of `write_metronome`."""
    return np.arange(first, seconds - 0.1, 60 / bpm)


def write_metronome(path: Path, *, seconds: float, first: float, bpm: float, rate: int) -> Path:
    """Clicks with a sharp onset, louder on the first of four, as a wave file of any rate; the right channel is soft."""
    samples = np.zeros(round(rate * seconds))
    time = np.arange(round(0.03 * rate)) / rate
    tick = np.exp(-time / 0.006) * np.sin(2 * np.pi * 1500 * time)
    for number, at in enumerate(click_times(seconds, first, bpm)):
        begin = round(float(at) * rate)
        samples[begin : begin + len(tick)] += tick * (0.9 if number % 4 == 0 else 0.6)
    return write_pcm(path, np.stack([samples, 0.3 * samples], axis=1) * 30_000, rate)


def turning_points(times: Doubles, height: Doubles, near: Doubles, reach: float = 0.16) -> Doubles:
    """When a curve ``(T,)`` turns round near some times: the tip of a parabola through `reach` seconds around."""
    found = []
    for at in near:
        window = np.abs(times - at) < reach
        bent, slope, _ = np.polyfit(times[window] - at, height[window], 2)
        found.append(at - slope / (2 * bent))
    return np.array(found)


def decoded(path: Path) -> tuple[Doubles, list[Bytes], Doubles, Doubles]:
    """Times of a video's pictures and they themselves; times of its sound's samples, and their mean over channels."""
    import av

    times, pictures, clocks, sounds = [], [], [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            times.append(float(frame.pts * frame.time_base))
            pictures.append(frame.to_ndarray(format="rgb24"))
    with av.open(str(path)) as container:
        for block in container.decode(audio=0):
            sound = block.to_ndarray()
            clocks.append(float(block.pts * block.time_base) + np.arange(sound.shape[-1]) / block.sample_rate)
            sounds.append(sound.mean(axis=0) if len(sound) > 1 else sound[0])
    return np.array(times), pictures, np.concatenate(clocks), np.concatenate(sounds)


def heard_clicks(clock: Doubles, sound: Doubles, near: Doubles, reach: float = 0.08) -> Doubles:
    """When each click begins: where the sound first has a fifth of its strength near there."""
    found = []
    for at in near:
        window = np.abs(clock - at) < reach
        loud = np.abs(sound[window])
        found.append(clock[window][np.argmax(loud > 0.2 * loud.max())])
    return np.array(found)


def hand_height(picture: Bytes, right_half: bool = True) -> float:
    """Height of what stands out of a green background near one edge of the picture, in pixels from the bottom."""
    wide = picture.shape[1]
    part = picture[:, round(0.72 * wide) :] if right_half else picture[:, : round(0.28 * wide)]
    other = np.abs(part.astype(float) - picture[1, 1].astype(float)).sum(axis=2)
    weight = np.clip(other - 60, 0, None).sum(axis=1)
    return float((weight * np.arange(len(weight))[::-1]).sum() / max(weight.sum(), 1e-9))
