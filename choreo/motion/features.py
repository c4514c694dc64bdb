"""Readable features of a motion: speed, energy, beats, rhythm."""

from __future__ import annotations

import numpy as np

from choreo.motion.contacts import contacts_of
from choreo.motion.kinematics import forward
from choreo.types import Doubles, Floats, Motion, Skeleton

END_EFFECTORS = ("left_wrist", "right_wrist", "left_ankle", "right_ankle", "head", "pelvis")
FULL_ENERGY = 1.6
"""Mean speed in m/s of the end effectors at which a dance counts as energy 1.

Real ballroom and stage dance has means of about 0.5 to 1 m/s; fast solo dance reaches 1.5.
"""


def smooth(values: Floats, radius: int) -> Floats:
    """Triangular moving average along time; the edges are padded with their values."""
    if radius < 1:
        return values
    kernel = np.bartlett(2 * radius + 3)[1:-1]
    padded = np.pad(values, [(radius, radius)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    flat = padded.reshape(len(padded), -1)
    out = np.stack([np.convolve(column, kernel / kernel.sum(), mode="valid") for column in flat.T], axis=-1)
    return out.reshape(values.shape).astype(np.float32)


def velocities(motion: Motion) -> Floats:
    """World velocities of the end effectors ``(T, 6, 3)`` in m/s."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return end_velocities(motion.skeleton, positions, motion.fps)


def end_velocities(skeleton: Skeleton, positions: Floats, fps: float) -> Floats:
    """World velocities of the end effectors ``(T, 6, 3)`` in m/s, from joint positions ``(T, J, 3)`` metres."""
    ends = positions[:, [skeleton.index(name) for name in END_EFFECTORS]]
    if len(ends) < 2:
        return np.zeros_like(ends)
    return np.asarray(np.gradient(ends, 1 / fps, axis=0), np.float32)


def speed(motion: Motion) -> Floats:
    """Mean speed of wrists, ankles, head and pelvis, ``(T,)`` in m/s."""
    return np.asarray(np.linalg.norm(velocities(motion), axis=-1).mean(axis=-1))


def energy_level(motion: Motion) -> float:
    """How strong the motion is on the whole: 0 standing still, 1 at `FULL_ENERGY` and beyond."""
    return float(np.clip(speed(motion).mean() / FULL_ENERGY, 0, 1))


def motion_beats(motion: Motion) -> Doubles:
    """Times in seconds of the local minima of the smoothed speed, the field's "kinematic beats" (AIST++)."""
    curve = smooth(speed(motion), max(1, round(0.05 * motion.fps)))
    inner = (curve[1:-1] < curve[:-2]) & (curve[1:-1] <= curve[2:])
    return (np.flatnonzero(inner) + 1) / motion.fps


def accent_curve(motion: Motion) -> Floats:
    """Accent strength ``(T,)``: how hard movement stops or starts, plus foot strikes.

    The change of the end effectors' speed (a steady circle has no accent), scaled so that its 95th
    percentile is 1.
    """
    radius = max(1, round(0.03 * motion.fps))
    moving = np.linalg.norm(smooth(velocities(motion), radius), axis=-1)
    if len(moving) < 3:
        return np.zeros(len(moving), np.float32)
    change = np.abs(np.gradient(moving, 1 / motion.fps, axis=0)).mean(axis=-1)
    contacts = contacts_of(motion)
    strikes = np.zeros(len(moving), np.float32)
    strikes[1:] = (contacts[1:] & ~contacts[:-1]).any(axis=1)
    raw = change + np.float32(np.mean(change)) * smooth(strikes, radius) * (radius + 1)
    peak = float(np.quantile(raw, 0.95))
    return np.asarray(np.clip(raw / peak, 0, 1) if peak > 1e-6 else np.zeros_like(raw), np.float32)


def rhythm(motion: Motion, beats: Doubles) -> Floats:
    """Accents per half-beat ``(2 * counts,)``, 0..1, from the largest accent within an eighth of a beat.

    `beats` ``(counts + 1,)`` are seconds from the first frame.
    """
    curve = accent_curve(motion)
    if len(curve) < 3 or curve.max() <= 0:
        return np.zeros(2 * (len(beats) - 1), np.float32)
    counts = np.arange(0, len(beats) - 1, 0.5)
    spread = np.linspace(-0.125, 0.125, 9)
    times = np.interp(counts[:, None] + spread, np.arange(len(beats)), beats)
    return np.asarray(np.interp(times, np.arange(len(curve)) / motion.fps, curve).max(axis=1), np.float32)
