"""Dances that end where they begin, to be played over and over.

Of all pairs of a beginning and an end on bars that leave most of the dance, the one is taken whose poses, speeds and
places are nearest. What is left between them goes into the last second: the dance is joined to its own beginning as
clips are joined to each other, but in reversed time, so that the beginning stays as it is and the end leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.repair import sliced
from choreo.synthesis.blend import blend_positions, blend_rotations
from choreo.synthesis.stitch import join
from choreo.types import Bools, Doubles, Floats, Motion

SHORTEST = 1.0
"""Seconds of the shortest loop."""
KEPT = 0.75
"""Least share of the dance that is in the loop."""
CUT = 0.5
"""Metres of distance between the poses that are as bad as cutting all of the dance away."""
LIKED = 0.12
"""Metres of distance between the poses that a loop may have more for lying all in a liked span."""
HASTE = 0.05
"""Metres of distance between the poses that count as much as beginning at the mean speed instead of in a held pose."""
SPEED_SECONDS = 0.15
"""Time by which a difference of speeds counts as one of places."""
GRID_SECONDS = 0.1
"""Distance of the beginnings and ends that are tried where no bars are known."""
MOST = 1200
"""How many of them are tried at most."""
THERE = 0.02
"""Metres by which a joint may be off at the end of a dance that needs no step to go on from its beginning."""
NEAR = 0.3
"""Metres over the floor that one step makes good; what is farther is made good on the way, over the whole loop."""


def loop_ends(
    motions: Sequence[Motion],
    bars: Doubles | None = None,
    *,
    longest: float | None = None,
    liked: Sequence[tuple[float, float]] = (),
) -> tuple[int, int]:
    """First and last frame of the best loop; the last is where it begins anew.

    Parameters
    ----------
    motions
        Of all dancers, of one length.
    bars
        ``(B,)`` seconds of the motions at which bars begin; where they are not known, any place will do.
    longest
        Seconds of the longest loop; without it `KEPT` of the dance is the least.
    liked
        Spans of the motions in seconds, such as those of choruses, that are taken before others.

    Raises
    ------
    MotionError
        When the dance is shorter than `SHORTEST`.
    """
    frames, fps = len(motions[0]), motions[0].fps
    shortest = SHORTEST * fps
    if frames - 1 < shortest:
        raise MotionError(
            f"a loop of a motion of {motions[0].duration:.2f} s: found less than {SHORTEST:g} s, which has no room for "
            "going back to where it began. Name a longer part, or leave --loop out."
        )
    most = frames - 1 if longest is None else min(max(longest * fps, shortest), frames - 1)
    least = max(shortest, KEPT * most)
    known = _borders(bars, frames, fps, least, most)
    states = np.concatenate([_states(motion, known) for motion in motions], axis=1)
    joints = states.shape[1] // (2 * len(motions))
    moving = np.linalg.norm(states.reshape(len(states), len(motions), 2, joints, 3)[:, :, 1], axis=-1).mean(axis=(1, 2))
    paces = moving / max(float(moving.mean()), 1e-6)
    best, ends = np.inf, (0, frames - 1)
    for number, (first, state) in enumerate(zip(known, states, strict=True)):
        later, after = np.searchsorted(known, [first + least - 1e-6, first + most + 0.5]).tolist()
        if later >= after:
            continue
        away = np.linalg.norm(states[later:after] - state, axis=-1).mean(axis=1)
        spans = known[later:after] - known[number]
        inside = _inside(float(first) / fps, known[later:after] / fps, liked)
        cost = away - CUT * spans / most - LIKED * inside + (0 if longest is None else HASTE * paces[number])
        found = int(np.argmin(cost))
        if cost[found] < best:
            best, ends = float(cost[found]), (int(first), int(known[later + found]))
    return ends


def _inside(first: float, lasts: Doubles, liked: Sequence[tuple[float, float]]) -> Doubles:
    """Share of what lies between seconds that is in liked spans, ``(N,)``."""
    shared = np.zeros(len(lasts))
    for begin, end in liked:
        shared += np.maximum(np.minimum(lasts, end) - max(first, begin), 0)
    return np.asarray(shared / (lasts - first))


def _borders(bars: Doubles | None, frames: int, fps: float, least: float, most: float) -> np.ndarray:
    """Frames at which a loop may begin and end; the dance's own ends where the bars leave too little."""
    ends = np.array([0, frames - 1])
    if bars is None:
        step = max(1, round(GRID_SECONDS * fps), frames // MOST)
        return np.unique(np.concatenate([np.arange(0, frames, step), ends]))
    inside = np.unique(np.round(np.asarray(bars) * fps).astype(int))
    inside = inside[(inside >= 0) & (inside < frames)]
    spans = np.subtract.outer(inside, inside)
    enough = ((spans >= least - 1e-6) & (spans <= most + 0.5)).any()
    return inside if enough else np.unique(np.concatenate([inside, ends]))


def _states(motion: Motion, frames: np.ndarray) -> Doubles:
    """Places of all joints in some frames, and their speeds over `SPEED_SECONDS`: ``(N, 2 * J, 3)`` metres."""
    pairs = np.stack([frames, np.minimum(frames + 1, len(motion) - 1)], axis=1)
    pairs[pairs[:, 0] == pairs[:, 1]] -= [1, 0]  # of the last frame the speed is that up to it
    positions, _ = forward(motion.skeleton, motion.translation[pairs], motion.rotations[pairs])
    speed = (positions[:, 1] - positions[:, 0]) * motion.fps * SPEED_SECONDS
    here, _ = forward(motion.skeleton, motion.translation[frames], motion.rotations[frames])
    return np.concatenate([here, speed], axis=1).astype(np.float64)


def looped(motion: Motion, first: int, last: int) -> Motion:
    """The frames from `first` to `last`, whose end is led back to the beginning: the last frame is the first again.

    Place, pose and speed go on without a jump when it begins anew. Feet that stand are brought over by a step.
    """
    part = _brought_back(sliced(motion, first, last + 1))
    ahead = _reversed(sliced(part, 0, 2))
    backwards = _reversed(part)
    # A step brings the feet over, unless the dance is there already. The legs are then solved for feet on the floor;
    # where the beginning has them otherwise, that is made good here.
    joined = backwards if _gap(part) < THERE else join(ahead, backwards, there=True)
    back = _reversed(
        replace(
            joined,
            translation=blend_positions(ahead.translation, joined.translation, joined.fps),
            rotations=blend_rotations(ahead.rotations, joined.rotations, joined.fps),
        )
    )
    translation, rotations = back.translation.copy(), rot.continuous(back.rotations).astype(np.float32)
    signs = np.sign(np.sum(rotations[-1] * part.rotations[0], axis=-1, keepdims=True))
    translation[-1], rotations[-1] = part.translation[0], part.rotations[0] * np.where(signs == 0, 1, signs)
    contacts, hands = back.contacts, back.hands
    if contacts is not None and part.contacts is not None:
        contacts = contacts.copy()
        contacts[-1] = part.contacts[0]
    if hands is not None and part.hands is not None:
        hands = hands.copy()
        hands[-1] = part.hands[0]
    return replace(back, translation=translation, rotations=rotations, contacts=contacts, hands=hands)


def _gap(motion: Motion) -> float:
    """Most metres by which a joint is somewhere else at the end than at the beginning."""
    ends, _ = forward(motion.skeleton, motion.translation[[0, -1]], motion.rotations[[0, -1]])
    return float(np.linalg.norm(ends[1] - ends[0], axis=-1).max())


def _brought_back(motion: Motion) -> Motion:
    """A motion that ends no farther than `NEAR` from where it began; it is drawn back evenly on its way."""
    drift = (motion.translation[-1] - motion.translation[0]) * np.array([1, 0, 1], np.float32)
    distance = float(np.linalg.norm(drift))
    if distance <= NEAR:
        return motion
    share = np.linspace(0, 1, len(motion), dtype=np.float32)[:, None]
    excess = drift * np.float32(1 - NEAR / distance)
    return replace(motion, translation=motion.translation - share * excess)


def _reversed(motion: Motion) -> Motion:
    """The motion backwards."""

    def back(values: Floats | Bools | None) -> np.ndarray | None:
        return None if values is None else np.ascontiguousarray(values[::-1])

    turned = back(motion.rotations)
    placed = back(motion.translation)
    assert turned is not None
    assert placed is not None
    return replace(
        motion, translation=placed, rotations=turned, contacts=back(motion.contacts), hands=back(motion.hands)
    )


__all__ = ["loop_ends", "looped"]
