"""How well a motion is danced, in numbers that are measured on real dance too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide, contacts_of, foot_points
from choreo.motion.features import smooth, speed, velocities
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles, Floats, Motion

FPS = 60.0
SMOOTH_SECONDS = 0.034
"""Derivatives are of rotations smoothed over this time, motion capture's and ours alike."""
QUIET = ("left_foot", "right_foot", "left_hand", "right_hand")
"""Joints that motion capture does not show: left out of derivatives and ranges."""
MEASURED = tuple(name for name in NAMES if name not in QUIET)
QUICK = ("knee", "ankle", "elbow", "wrist", "head", "pelvis")
"""Joints, of both sides, whose places are held against the fastest of real dance: what snaps over shows there."""
CLEAR = {"knee": 0.05, "wrist": 0.02, "head": 0.08, "pelvis": 0.08}
"""Metres that joints are above the floor where the body lies on it."""
NEAR_SECONDS = 0.05
"""An accent is met when something arrives within this time of it."""
STOP, BEFORE_SECONDS, LEAST_SPEED = 0.5, 0.4, 0.25
"""Share of the speed before to which a stop slows down, seconds that count as before, and the least such speed, m/s."""


@dataclass(frozen=True, eq=False)
class Quality:
    """Numbers of one motion.

    ``slide`` 95th percentile of standing feet, m/s; ``sunk`` deepest sole, metres; ``buried`` by joints of `CLEAR` how
    much lower than that they come, metres; ``speeds`` and ``turns`` by joints of `QUICK` the fastest, m/s, and the
    sharpest change of it, m/s^2; ``acceleration`` rad/s^2 and
    ``jerk`` rad/s^3, the largest of any joint; ``energy`` mean speed of hands, feet, head and pelvis, m/s;
    ``ranges : (20,)`` how far each of `MEASURED` joints turns, radians; ``angles : (24,)`` the largest turn from rest;
    ``beats`` times of motion beats; ``balance`` share of the movement that is the left side's.
    """

    slide: float
    sunk: float
    buried: Mapping[str, float]
    speeds: Mapping[str, float]
    turns: Mapping[str, float]
    acceleration: float
    jerk: float
    energy: float
    ranges: Floats
    angles: Floats
    beats: Doubles
    balance: float


def angular_velocities(motion: Motion) -> Doubles:
    """Local angular velocity ``(T - 1, J, 3)`` in rad/s, smoothed."""
    steps = rot.multiply(rot.conjugate(motion.rotations[:-1]), motion.rotations[1:]).astype(np.float64)
    turning = rot.to_axis_angle(steps) * motion.fps
    radius = max(1, round(SMOOTH_SECONDS * motion.fps))
    return np.asarray(smooth(turning.astype(np.float32), radius), np.float64)


def _of(part: str) -> list[int]:
    """Joints of a part, those of both sides."""
    return [k for k, name in enumerate(NAMES) if name.removeprefix("left_").removeprefix("right_") == part]


def joint_speeds(positions: Floats, fps: float) -> tuple[dict[str, float], dict[str, float]]:
    """Fastest movement of each part of `QUICK`, m/s, and its sharpest change, m/s^2, of ``positions (T, J, 3)``."""
    moved = smooth(np.diff(positions, axis=0) * fps, max(1, round(SMOOTH_SECONDS * fps)))
    fast = np.linalg.norm(moved, axis=-1)
    sharp = np.linalg.norm(np.diff(moved, axis=0), axis=-1) * fps
    largest = [{part: float(each[:, _of(part)].max(initial=0.0)) for part in QUICK} for each in (fast, sharp)]
    return largest[0], largest[1]


def joint_ranges(motion: Motion) -> Floats:
    """How far each of `MEASURED` joints turns, radians: twice the 95th percentile of the turn from its mean pose."""
    out = []
    for name in MEASURED:
        turns = motion.rotations[:, NAMES.index(name)].astype(np.float64)
        away = np.abs(turns @ rot.mean(turns))
        out.append(2 * np.percentile(2 * np.arccos(np.clip(away, 0, 1)), 95))
    return np.array(out, np.float32)


def measure(motion: Motion) -> Quality:
    """Measure a canonical motion at `FPS` frames a second."""
    contacts = contacts_of(motion)
    known = Motion(motion.skeleton, motion.fps, motion.translation, motion.rotations, contacts)
    positions, world = forward(motion.skeleton, motion.translation, motion.rotations)
    slides = contact_slide(known)
    speeds, turns = joint_speeds(positions, motion.fps)
    joints = [NAMES.index(name) for name in MEASURED]
    turning = angular_velocities(motion)[:, joints]
    faster = np.diff(turning, axis=0) * motion.fps
    jerk = np.diff(faster, axis=0) * motion.fps
    moving = np.linalg.norm(np.diff(positions - positions[:, :1], axis=0), axis=-1)
    left = moving[:, [NAMES.index(f"left_{part}") for part in ("wrist", "ankle")]].sum()
    right = moving[:, [NAMES.index(f"right_{part}") for part in ("wrist", "ankle")]].sum()
    return Quality(
        slide=float(np.percentile(slides, 95)) if len(slides) else 0.0,
        sunk=float(max(0.0, -foot_points(positions, world)[..., 1].min())),
        buried={part: float(max(0.0, low - positions[:, _of(part), 1].min())) for part, low in CLEAR.items()},
        speeds=speeds,
        turns=turns,
        acceleration=float(np.linalg.norm(faster, axis=-1).max()) if len(faster) else 0.0,
        jerk=float(np.linalg.norm(jerk, axis=-1).max()) if len(jerk) else 0.0,
        energy=float(speed(motion).mean()),
        ranges=joint_ranges(motion),
        angles=np.asarray(2 * np.arccos(np.clip(np.abs(motion.rotations[..., 0]), 0, 1)).max(axis=0), np.float32),
        beats=dance_events(known),
        balance=float(left / max(left + right, 1e-9)),
    )


def dance_events(motion: Motion) -> Doubles:
    """Times at which something arrives: a foot comes down, or a hand, a foot, the head or the hips stop or turn back.

    A stop is a local minimum of speed at no more than `STOP` of the fastest within `BEFORE_SECONDS` before, when that
    was a movement worth the name.
    """
    assert motion.contacts is not None
    landed = motion.contacts[1:] & ~motion.contacts[:-1]
    found = [(np.flatnonzero(landed.any(axis=1)) + 1) / motion.fps]
    moving = np.linalg.norm(smooth(velocities(motion), max(1, round(0.03 * motion.fps))), axis=-1)
    back = max(1, round(BEFORE_SECONDS * motion.fps))
    for curve in moving.T:
        low = np.flatnonzero((curve[1:-1] < curve[:-2]) & (curve[1:-1] <= curve[2:])) + 1
        peaks = np.array([curve[max(0, at - back) : at + 1].max() for at in low])
        stops = (peaks > LEAST_SPEED) & (curve[low] < STOP * peaks)
        found.append(low[stops] / motion.fps)
    return np.unique(np.concatenate(found))


def accents_met(events: Doubles, accents: Doubles, length: float) -> float:
    """Share of `accents` (seconds) with an event within 50 ms; the motion of `length` seconds may repeat."""
    if not len(accents):
        return 1.0
    around = np.concatenate([events - length, events, events + length, [-1e9]])
    gaps = np.abs(around[:, None] - accents[None]).min(axis=0)
    return float(np.mean(gaps <= NEAR_SECONDS))
