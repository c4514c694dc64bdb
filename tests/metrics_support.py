"""Dances with known answers, as positions ``(T, 24, 3)``, for tests of the metrics."""

from __future__ import annotations

import numpy as np

from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL
from choreo.types import Doubles


def standing(frames: int) -> Doubles:
    """The rest pose, standing still on the floor."""
    return np.repeat(rest_positions(CANONICAL)[None].astype(np.float64), frames, 0)


def on_beat(seconds: float, fps: float, *, period: float = 0.5, late: float = 0.0) -> Doubles:
    """All joints glide; their speed is 1 m/s on average and 0 at every multiple of `period`, `late` seconds later."""
    time = np.arange(round(seconds * fps) + 1) / fps - late
    way = time - period / (2 * np.pi) * np.sin(2 * np.pi * time / period)
    return np.asarray(standing(len(time)) + way[:, None, None] * np.array([1.0, 0.0, 0.0]))


def wandering(seconds: float, fps: float, seed: int, *, strength: float = 0.12) -> Doubles:
    """A smooth random dance: every joint about its place at rest, the root about the floor, turning."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * fps) + 1) / fps
    waves = rng.normal(size=(6, 24, 3)) / 6
    pace, phase = rng.uniform(0.3, 1.8, 6), rng.uniform(0, 2 * np.pi, (6, 24, 3))
    swing = sum(w * np.sin(2 * np.pi * p * time[:, None, None] + a) for w, p, a in zip(waves, pace, phase, strict=True))
    places = standing(len(time)) + 3 * strength * swing
    turn = 0.8 * np.sin(2 * np.pi * 0.11 * time + seed)
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([cos * x + sin * z, np.abs(y), cos * z - sin * x], -1)
