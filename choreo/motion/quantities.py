"""What a motion is like in numbers that people have words for: how fast, low, wide or sharp it is, what moves most."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of
from choreo.motion.features import smooth
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Clip, Doubles, Floats

QUANTITIES = (
    "speed", "sharp", "low", "wide", "turning", "travel", "arms", "arms_high", "feet", "stride", "air", "kick",
    "symmetry", "bounce", "hips", "head", "still", "torso", "hands_near", "energy", "tempo",
)  # fmt: skip
"""Names of the numbers of `quantities_of`, in their order."""
STANDING = 0.15
"""Metres a second below which a body counts as still."""
AXIS = np.array([0.0, 1.0, 0.2])
"""Of a part, what is seen to lean or turn: up, and a little forward."""
PARTS = ("head", "left_wrist", "right_wrist", "left_ankle", "right_ankle", "left_knee", "right_knee", "spine3")


def quantities_of(clip: Clip) -> Floats:
    """Numbers for what a clip is like, ``(len(QUANTITIES),) float32``.

    ``speed``: of head, chest, hands, knees and feet, m/s; ``sharp``: changes of that speed as a share of it, 1/s;
    ``low``: how far the hips sink below where they stand, m; ``wide``: from hand to hand and foot to foot, m;
    ``turning``: degrees, by the root of the counts; ``travel``: way over the floor, m/s; ``arms``: speed of hands as a
    share of that of all; ``arms_high``: share
    of the time that a hand is over the head's base; ``feet``: landings a second; ``stride``: metres between landings;
    ``air``: share of the time without contact; ``kick``: highest ankle, m; ``symmetry``: how alike hands are, mirrored,
    -m; ``bounce``: up and down of the hips, m; ``hips``, ``head``, ``torso``: how much they turn against what carries
    them, degrees; ``still``: share of the time that nothing moves; ``hands_near``: nearness of the hands to each other,
    -m at the nearest; ``energy``: 0..1; ``tempo``: beats a minute.
    """
    motion = clip.motion
    joints, turned = forward(
        motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64)
    )
    heading = np.unwrap(np.asarray(rot.heading(motion.rotations[:, 0]), np.float64))
    own = rot.rotate(rot.yaw(-heading)[:, None], joints - motion.translation[:, None] * [1, 0, 1])
    at = {name: own[:, k] for k, name in enumerate(NAMES)}
    fps, span = motion.fps, max(motion.duration, 1e-6)
    radius = max(1, round(0.03 * fps))
    moving = np.stack([joints[:, NAMES.index(name)] for name in PARTS], axis=1)
    speed = np.linalg.norm(smooth(np.gradient(moving, 1 / fps, axis=0).astype(np.float32), radius), axis=-1)
    body = speed.mean(axis=1)
    ground = np.linalg.norm(np.gradient(motion.translation[:, [0, 2]].astype(np.float64), 1 / fps, axis=0), axis=1)
    feet = contacts_of(motion)
    down = np.stack([feet[:, 0] | feet[:, 1], feet[:, 2] | feet[:, 3]], axis=1)
    landings = float((down[1:] & ~down[:-1]).sum())
    hips = joints[:, 0, 1]
    wrists = [at[f"{side}_wrist"] for side in SIDES]
    apart = np.linalg.norm(wrists[0] - wrists[1], axis=1)
    mirrored = np.linalg.norm(wrists[0] * [-1, 1, 1] - wrists[1], axis=1)
    stance = np.linalg.norm(at["left_ankle"] - at["right_ankle"], axis=1)
    high = np.maximum(*(wrist[:, 1] for wrist in wrists)) > at["neck"][:, 1]
    part = {name: np.asarray(turned[:, NAMES.index(name)], np.float64) for name in ("pelvis", "spine3", "head")}
    values = {
        "speed": body.mean(),
        "sharp": np.abs(np.gradient(speed, 1 / fps, axis=0)).mean() / (speed.mean() + 0.1),
        "low": CANONICAL.offsets[0, 1] - np.percentile(hips, 5),
        "wide": np.percentile(apart, 90) + np.percentile(stance, 90),
        "turning": np.degrees(np.ptp(heading)) / clip.counts**0.5,
        "travel": ground.mean() * float(np.linalg.norm(np.ptp(motion.translation[:, [0, 2]], axis=0)) > 0.25),
        "arms": speed[:, 1:3].mean() / (body.mean() + 0.05),
        "arms_high": high.mean(),
        "feet": landings / span,
        "stride": ground.mean() * span / max(landings, 1),
        "air": (~down).all(axis=1).mean(),
        "kick": np.max([at[f"{side}_ankle"][:, 1] for side in SIDES]),
        "symmetry": -mirrored.mean(),
        "bounce": float(np.std(hips - np.asarray(smooth(hips[:, None].astype(np.float32), round(fps / 2)))[:, 0])),
        "hips": _swing(part["pelvis"], part["spine3"]),
        "head": _swing(part["head"], part["spine3"]),
        "still": (speed < STANDING).all(axis=1).mean(),
        "torso": _swing(part["spine3"], rot.yaw(heading)),
        "hands_near": -np.percentile(apart, 3),
        "energy": clip.energy,
        "tempo": clip.tempo,
    }
    return np.nan_to_num(np.array([values[name] for name in QUANTITIES], np.float32))


def _swing(part: Doubles, against: Doubles) -> float:
    """Degrees by which a part leans about its mean, as seen by what carries it; both ``(T, 4)``."""
    way = rot.rotate(rot.multiply(rot.conjugate(against), part), np.broadcast_to(AXIS, (len(part), 3)))
    mean = way.mean(axis=0)
    away = np.arccos(np.clip(way @ mean / (np.linalg.norm(mean) * np.linalg.norm(AXIS) + 1e-9), -1, 1))
    return float(np.degrees(away).mean())


__all__ = ["QUANTITIES", "quantities_of"]
