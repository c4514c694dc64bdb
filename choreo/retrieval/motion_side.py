"""Features of clips, invariant to stage position and heading: one vector a clip, and one a half count.

Speeds are in metres a second, and landings also per count, because music sets the tempo at which a clip is danced.
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
from choreo.retrieval.scales import TEMPO, Vectors, encode_counts, encode_octave, encode_seconds, memoised
from choreo.types import Bools, Clip, Doubles, Floats, Motion

PARTS = ("head", "spine3", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_knee", "right_knee",
         "left_ankle", "right_ankle")  # fmt: skip
PAIRS = (("left_wrist", "right_wrist"), ("left_ankle", "right_ankle"), ("left_wrist", "head"),
         ("right_wrist", "head"), ("left_knee", "right_knee"))  # fmt: skip
ACCENTS = 8
"""Points over the clip at which its accents are sampled, whatever its length."""
HALF_COUNTS = 32
"""Length of a sequence in half counts; shorter clips are padded and masked, longer ones are resampled."""
STEPS = 4 * len(PARTS) + 6
"""Numbers for each half count."""
_MOVEMENTS: WeakKeyDictionary[Clip, Floats] = WeakKeyDictionary()
_SEQUENCES: WeakKeyDictionary[Clip, Floats] = WeakKeyDictionary()


def _frame(motion: Motion) -> tuple[Doubles, Doubles, Doubles]:
    """Pose in the frame of the root: joints ``(T, J, 3)`` in metres, heading ``(T,)`` in radians, ground velocity.

    The frame has its origin on the floor below the root and turns with the heading; the velocity is
    ``(T, 2)``, sideways and forward, m/s.
    """
    joints, _ = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    heading = np.unwrap(np.asarray(rot.heading(motion.rotations[:, 0]), np.float64))
    back = rot.yaw(-heading)
    own = rot.rotate(back[:, None], joints - motion.translation[:, None] * [1, 0, 1])
    velocity = np.gradient(motion.translation.astype(np.float64), 1 / motion.fps, axis=0) * [1, 0, 1]
    return np.asarray(own), heading, np.asarray(rot.rotate(back, velocity))[:, [0, 2]]


def _rate(values: Doubles, fps: float) -> Floats:
    """Derivative by time, a second."""
    return np.asarray(np.gradient(values, 1 / fps, axis=0), np.float32)


def _movement(clip: Clip) -> Floats:
    """Vector of the movement itself, without the length of the clip.

    The small numbers added before a logarithm keep a joint at rest finite, and not far below slow movement.
    """
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
    curve = np.interp(np.linspace(0, count, ACCENTS, endpoint=False), np.arange(count), clip.rhythm)
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
    """Ground contact of the left and right foot, ``(T, 2) bool``."""
    contacts = contacts_of(motion)
    return np.asarray(contacts[:, [0, 2]] | contacts[:, [1, 3]])


def motion_vectors(clips: Sequence[Clip]) -> Vectors:
    """Describe clips.

    Returns
    -------
    Blocks ``(C, width) float32``: `tempo` within the octave, `body`, `counts`, `seconds`.
    """
    return {
        "tempo": encode_octave(np.log2(np.array([clip.tempo for clip in clips]) / TEMPO)),
        "body": np.stack([memoised(_MOVEMENTS, clip, _movement) for clip in clips]),
        "counts": encode_counts(np.array([clip.counts for clip in clips])),
        "seconds": encode_seconds(np.array([clip.motion.duration for clip in clips])),
    }


def _sequence(clip: Clip) -> Floats:
    """Means over half counts ``(H, S)``: positions, speeds of `PARTS`, turning, ground velocity, height, contacts."""
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
    """Describe clips by half counts: ``(C, HALF_COUNTS, S) float32``, and a mask of those that are not padding."""
    rows = np.zeros((len(clips), HALF_COUNTS, STEPS), np.float32)
    mask = np.zeros((len(clips), HALF_COUNTS), bool)
    for row, valid, clip in zip(rows, mask, clips, strict=True):
        sequence = memoised(_SEQUENCES, clip, _sequence)
        row[: len(sequence)] = sequence
        valid[: len(sequence)] = True
    return rows, mask
