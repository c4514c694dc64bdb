"""Words for what a motion does, measured on it: turns, travels, jumps, goes low, is slow or fast, calm or strong."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Clip, Motion

TURN, TRAVEL, LOW, HIGH = np.radians(150), 0.7, 0.75, 0.25
"""Radians of turning, metres from start to end, share of the standing height of the hips, and metres over the shoulders
that the words ``turn``, ``travel``, ``low`` and ``arms-high`` ask for."""
CALM, STRONG = 0.35, 0.65
SLOW, FAST = 88.0, 122.0


def motion_tags(motion: Motion) -> tuple[str, ...]:
    """Words for a canonical motion, sorted: ``turn, travel, spot, jump, low, arms-high, kick``."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    at = {name: positions[:, k] for k, name in enumerate(NAMES)}
    heading = np.unwrap(np.asarray(rot.heading(motion.rotations[:, 0]), np.float64))
    away = np.linalg.norm(motion.translation[:, [0, 2]] - motion.translation[0, [0, 2]], axis=1)
    found = set()
    if np.ptp(heading) > TURN:
        found.add("turn")
    found.add("travel" if away.max() > TRAVEL else "spot")
    if motion.contacts is not None and (~motion.contacts.any(axis=1)).mean() * (len(motion) / motion.fps) > 0.08:
        found.add("jump")
    if motion.translation[:, 1].min() < LOW * CANONICAL.offsets[0, 1]:
        found.add("low")
    for side in SIDES:
        if (at[f"{side}_wrist"][:, 1] - at[f"{side}_shoulder"][:, 1]).max() > HIGH:
            found.add("arms-high")
        if at[f"{side}_ankle"][:, 1].max() > 0.4:
            found.add("kick")
    return tuple(sorted(found))


def clip_words(clip: Clip) -> tuple[str, ...]:
    """All words that a clip answers to: its name's, styles', labels', dataset's, and what it does."""
    text = " ".join([clip.name, clip.dataset, clip.role, *clip.styles, *clip.labels])
    words = {word for word in text.lower().replace("-", " ").replace(":", " ").replace(".", " ").split() if word}
    words |= {*clip.styles, *motion_tags(clip.motion)}
    words |= {"calm"} if clip.energy < CALM else {"strong", "energetic"} if clip.energy > STRONG else {"medium"}
    words |= {"slow"} if clip.tempo < SLOW else {"fast"} if clip.tempo > FAST else set()
    words |= {"waltz", "three"} if clip.metre == 3 else {"four"}
    return tuple(sorted(words))
