"""A clip of dance as numbers that do not depend on where on the stage it is danced, nor on which way it faces.

Speeds are kept: a vector says how fast the body moves in metres a second, and in counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of
from choreo.motion.features import smooth
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.retrieval.scales import TEMPO, Vectors, count_bumps, remembered, round_octave, second_bumps
from choreo.types import Bools, Clip, Doubles, Floats, Motion

PARTS = ("head", "spine3", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_knee", "right_knee",
         "left_ankle", "right_ankle")  # fmt: skip
PAIRS = (("left_wrist", "right_wrist"), ("left_ankle", "right_ankle"), ("left_wrist", "head"),
         ("right_wrist", "head"), ("left_knee", "right_knee"))  # fmt: skip
PLACES = 8
HALF_COUNTS = 32
"""Half counts that a sequence keeps of a clip; shorter ones are masked, longer ones are drawn together."""
STEPS = 4 * len(PARTS) + 6
"""Numbers a half count."""
_BODIES: WeakKeyDictionary[Clip, Floats] = WeakKeyDictionary()
_COURSES: WeakKeyDictionary[Clip, Floats] = WeakKeyDictionary()


def _frame(motion: Motion) -> tuple[Doubles, Doubles, Doubles]:
    """Joints ``(T, J, 3)`` about the root's place on the floor and heading; the heading; speed over the floor."""
    places, _ = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    heading = np.unwrap(np.asarray(rot.heading(motion.rotations[:, 0]), np.float64))
    back = rot.yaw(-heading)
    own = rot.rotate(back[:, None], places - motion.translation[:, None] * [1, 0, 1])
    moved = np.gradient(motion.translation.astype(np.float64), 1 / motion.fps, axis=0) * [1, 0, 1]
    return np.asarray(own), heading, np.asarray(rot.rotate(back, moved))[:, [0, 2]]


def _rate(values: Doubles, fps: float) -> Floats:
    """Change a second."""
    return np.asarray(np.gradient(values, 1 / fps, axis=0), np.float32)


def _body(clip: Clip) -> Floats:
    """What the body does, whatever the clip's length."""
    motion = clip.motion
    own, heading, ground = _frame(motion)
    parts = own[:, [NAMES.index(name) for name in PARTS]]
    radius = max(1, round(0.03 * motion.fps))
    speed = np.linalg.norm(smooth(_rate(parts, motion.fps), radius), axis=-1)
    change = np.abs(np.gradient(speed, 1 / motion.fps, axis=0))
    gaps = np.stack([np.linalg.norm(own[:, NAMES.index(a)] - own[:, NAMES.index(b)], axis=-1) for a, b in PAIRS], 1)
    feet = _feet(motion)
    landings = (feet[1:] & ~feet[:-1]).sum()
    path = np.linalg.norm(ground, axis=1)
    away = np.linalg.norm(motion.translation[-1, [0, 2]] - motion.translation[0, [0, 2]])
    count, half = len(clip.rhythm), len(parts) // 2
    curve = np.interp(np.linspace(0, count, PLACES, endpoint=False), np.arange(count), clip.rhythm)
    values = [
        np.log2(clip.tempo / TEMPO), float(clip.metre == 3), clip.energy,
        *curve, float(clip.rhythm[0::2].mean()), float(clip.rhythm[1::2].mean()),
        *np.log(speed.mean(axis=0) + 0.02), *np.log(speed.std(axis=0) + 0.02), *np.log(change.mean(axis=0) + 0.2),
        *parts.mean(axis=0).ravel(), *parts.std(axis=0).ravel(),
        *(parts[half:].mean(axis=0) - parts[:half].mean(axis=0)).ravel(),
        *gaps.mean(axis=0), *gaps.std(axis=0),
        float(motion.translation[:, 1].mean()), float(motion.translation[:, 1].std()),
        float(np.ptp(heading)), float(heading[-1] - heading[0]),
        np.log(np.abs(np.gradient(heading, 1 / motion.fps)).mean() + 0.02),
        np.log(path.mean() + 0.02), float(path.std()), np.log(away + 0.05), *ground.mean(axis=0), *ground.std(axis=0),
        *feet.mean(axis=0), float((~feet).all(axis=1).mean()),
        landings / clip.counts, landings / max(motion.duration, 1e-6),
    ]  # fmt: skip
    return np.nan_to_num(np.array(values, np.float32))


def _feet(motion: Motion) -> Bools:
    """Whether left and right foot are down, ``(T, 2)``."""
    contacts = contacts_of(motion)
    return np.asarray(contacts[:, [0, 2]] | contacts[:, [1, 3]])


def motion_vectors(clips: Sequence[Clip]) -> Vectors:
    """Describe clips.

    Returns
    -------
    Blocks ``(C, width) float32``: `tempo` within the octave, `body`, `counts`, `seconds`.
    """
    return {
        "tempo": round_octave(np.log2(np.array([clip.tempo for clip in clips]) / TEMPO)),
        "body": np.stack([remembered(_BODIES, clip, _body) for clip in clips]),
        "counts": count_bumps(np.array([clip.counts for clip in clips])),
        "seconds": second_bumps(np.array([clip.motion.duration for clip in clips])),
    }


def _course(clip: Clip) -> Floats:
    """By half counts ``(H, S)``: places of `PARTS`, how fast each moves, turning, speed over the floor, feet down."""
    motion = clip.motion
    own, heading, ground = _frame(motion)
    parts = own[:, [NAMES.index(name) for name in PARTS]]
    speed = np.linalg.norm(_rate(parts, motion.fps), axis=-1)
    turning = np.gradient(heading, 1 / motion.fps)[:, None]
    height = motion.translation[:, 1:2]
    frames = np.concatenate([parts.reshape(len(parts), -1), speed, turning, ground, height, _feet(motion)], axis=1)
    steps = min(2 * clip.counts, HALF_COUNTS)
    edges = np.interp(np.linspace(0, clip.counts, steps + 1), np.arange(clip.counts + 1), clip.beats) * motion.fps
    firsts = np.minimum(edges[:-1].astype(np.int64), len(frames) - 1)
    lasts = np.maximum(edges[1:].astype(np.int64), firsts + 1)
    means = [frames[first:last].mean(axis=0) for first, last in zip(firsts, lasts, strict=True)]
    return np.nan_to_num(np.array(means, np.float32))


def motion_sequences(clips: Sequence[Clip]) -> tuple[Floats, Bools]:
    """Describe clips by half counts: ``(C, HALF_COUNTS, S) float32`` and a mask of those that are there."""
    rows = np.zeros((len(clips), HALF_COUNTS, STEPS), np.float32)
    mask = np.zeros((len(clips), HALF_COUNTS), bool)
    for row, there, clip in zip(rows, mask, clips, strict=True):
        course = remembered(_COURSES, clip, _course)
        row[: len(course)] = course
        there[: len(course)] = True
    return rows, mask
