"""Small differences between the dancers of a group: nobody is quite on the others' time or reaches quite as far.

The first dancer is as the plan says. What the others have of their own follows from the plan's seed and holds all
along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.skeleton import NAMES
from choreo.types import Motion

EARLY = 0.04
"""Seconds by which a dancer is early or late at most. Movement heard within 50 ms of its music is felt as on it."""
REACH = (0.88, 1.06)
"""How far a dancer's arms leave their mean pose, as a share of the plan's."""
ARMS = tuple(NAMES.index(f"{side}_{part}") for side in ("left", "right") for part in ("shoulder", "elbow"))


def differing(cast: Sequence[Motion], much: float, seed: int) -> list[Motion]:
    """The dancers with their differences.

    Parameters
    ----------
    much
        0 for none, 1 for all.
    """
    if not much:
        return list(cast)
    chance = np.random.default_rng([seed, 29])
    out = [cast[0]]
    for motion in cast[1:]:
        early, reach = chance.uniform(-EARLY, EARLY), chance.uniform(*REACH)
        out.append(_reaching(_shifted(motion, int(much * early * motion.fps)), 1 + much * (reach - 1)))
    return out


def _shifted(motion: Motion, frames: int) -> Motion:
    """The motion so many whole frames later, so that feet stand as they did; the ends are held."""
    if not frames:
        return motion
    order = np.clip(np.arange(len(motion)) - frames, 0, len(motion) - 1)
    return replace(
        motion,
        translation=motion.translation[order],
        rotations=motion.rotations[order],
        contacts=None if motion.contacts is None else motion.contacts[order],
        hands=None if motion.hands is None else motion.hands[order],
    )


def _reaching(motion: Motion, share: float) -> Motion:
    """The motion with the turns of shoulders and elbows away from their mean multiplied."""
    arms = list(ARMS)
    turns = motion.rotations[:, arms].astype(np.float64)
    mean = turns.mean(axis=0)
    mean /= np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-9)
    away = rot.to_axis_angle(rot.multiply(rot.conjugate(mean)[None], turns))
    rotations = motion.rotations.copy()
    rotations[:, arms] = rot.multiply(mean[None], rot.from_axis_angle(share * away)).astype(np.float32)
    return replace(motion, rotations=rot.continuous(rotations).astype(np.float32))
