"""What a dancer's face does: blinks, eyes that seek camera and hands, a smile that goes with the music's energy.

Each frame follows from its own pose, its second of the dance and the timeline alone, so that a film that is drawn in
parts shows the same face. Blinks come every two to six seconds and last 0.15 (spontaneous blinks of people who look
about: Stern, Walrath and Goldstein, 1984); their times are drawn by the dancer's number and know nothing of beats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.motion.blocks import blocks
from choreo.motion.easing import smoothstep
from choreo.motion.kinematics import forward
from choreo.motion.rotations import conjugate, from_axis_angle, multiply, rotate
from choreo.motion.skeleton import both
from choreo.types import Doubles, FaceRig, Floats, Motion, Timeline
from choreo.video.lights import FADE

GAPS = (2.0, 6.0)
"""Least and most seconds from the beginning of a blink to that of the next one."""
CLOSING, CLOSED, OPENING = 0.05, 0.025, 0.075
"""Seconds that a lid takes to fall, stays down, and takes to rise."""
GAZE = np.radians(25.0)
"""How far eyes turn from where the head looks."""
GIVES_UP = np.radians((55.0, 85.0))
"""What is so far from where the head looks is sought less and less, and then not at all."""
RAISED, STRETCHED = (0.15, 0.75), (0.65, 0.95)
"""A hand is looked at when it is so high above its shoulder and so far from it, in lengths of the arm."""
GLANCES, DART = (0.5, 1.8), np.radians(1.4)
"""Seconds between small turns of the eyes that nothing causes, and how large they are."""
AUDIENCE = np.array([0.0, 1.5, 5.0])
"""Metres: where the camera is, when there is none."""
EYES = np.array([0.0, 0.07, 0.1])
"""Metres from the joint of the head to the middle of the eyes."""
REST_SMILE = 0.15
"""Smile without energy."""
EFFORT, EFFORT_OVER = 2.4, 2.0
"""Metres a second of the wrists, over so many seconds, that count as full energy where the music is not known."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face by frames.

    ``gaze : (T, 2) float32`` radians that the eyes turn to the dancer's left and up; ``lids``, ``smile`` and ``brows``,
    each ``(T,) float32`` from 0, at rest, to 1, shut, wide and up.
    """

    gaze: Floats
    lids: Floats
    smile: Floats
    brows: Floats


def face_of(
    motion: Motion,
    times: Doubles,
    *,
    eye: Floats | Doubles | None = None,
    timeline: Timeline | None = None,
    dancer: int = 0,
) -> Face:
    """Let a face live.

    Parameters
    ----------
    motion
        On the canonical joints or more, one frame for each of `times`.
    times : (T,)
        Seconds of the dance that the frames show.
    eye : (T, 3)
        Where the camera is, metres; None for one where the audience sits.
    timeline
        Its energies say how wide the smile is; without them, how fast the wrists are does.
    dancer
        Number of the dancer: each blinks at other times.
    """
    gaze, gesture = np.zeros((len(times), 2)), np.zeros(len(times))
    wrists = np.zeros((len(times), 2, 3))
    camera = np.broadcast_to(AUDIENCE, (len(times), 3)) if eye is None else eye
    for block in blocks(len(times)):
        at, world = forward(motion.skeleton, motion.translation[block], motion.rotations[block])
        gaze[block], gesture[block] = _sought(motion, at, world, camera[block])
        wrists[block] = at[:, both(motion.skeleton, "wrist")]
    energy = _energy(timeline, times) if timeline is not None and timeline.energies else _effort(wrists, motion.fps)
    gaze = _within(gaze + _glances(times, dancer))
    smile = REST_SMILE + (1 - REST_SMILE) * energy
    down = np.clip(-gaze[:, 1] / GAZE, 0, 1)
    narrow = 0.45 * down + 0.1 * smile * (1 - down)
    blink = blinks(times, dancer)
    return Face(
        gaze.astype(np.float32),
        (blink + (1 - blink) * narrow).astype(np.float32),
        smile.astype(np.float32),
        np.clip(0.25 * energy + 0.6 * gesture, 0, 1).astype(np.float32),
    )


def blinks(times: Doubles, dancer: int = 0) -> Doubles:
    """How far the lids are down because of blinks, ``(T,)`` from 0 to 1.

    Examples
    --------
    >>> shut = blinks(np.arange(0, 60, 0.01))
    >>> bool(10 <= np.count_nonzero(np.diff((shut > 0.5).astype(int)) == 1) <= 30)
    True
    """
    since = times - _before(times, GAPS, dancer, 0)[0]
    fall = smoothstep(np.clip(since / CLOSING, 0, 1))
    rise = smoothstep(np.clip((since - CLOSING - CLOSED) / OPENING, 0, 1))
    return np.asarray(fall * (1 - rise))


def _before(times: Doubles, gaps: tuple[float, float], dancer: int, stream: int) -> tuple[Doubles, np.ndarray]:
    """The last of a row of random moments before each time, and its number; -1 and long ago before the first."""
    count = int(np.ceil(max(float(np.max(times, initial=0)), 0) / gaps[0])) + 2
    moments = np.cumsum(np.random.default_rng([stream, dancer]).uniform(*gaps, count))
    number = np.searchsorted(moments, times, side="right") - 1
    return np.where(number < 0, -1e3, moments[np.maximum(number, 0)]), number


def _glances(times: Doubles, dancer: int) -> Doubles:
    """Small turns that eyes hold for a while, ``(T, 2)``; they go over in 40 ms."""
    start, number = _before(times, GLANCES, dancer, 1)
    most = int(number.max(initial=0)) + 3
    turns = np.random.default_rng([2, dancer]).uniform(-DART, DART, (most, 2)) * (1, 0.5)
    gone = smoothstep(np.clip((times - start) / 0.04, 0, 1))[:, None]
    return np.asarray(turns[number + 1] * (1 - gone) + turns[number + 2] * gone)


def _sought(motion: Motion, at: Floats, world: Floats, camera: Floats | Doubles) -> tuple[Doubles, Doubles]:
    """Where eyes turn without glances ``(T, 2)``, and how large the gesture is that they follow ``(T,)``, 0 to 1."""
    skeleton = motion.skeleton
    head = skeleton.index("head")
    eyes = at[:, head] + rotate(world[:, head], EYES)
    back = conjugate(world[:, head])
    seen = _unit(rotate(back, camera - eyes))
    gesture = np.zeros(len(at))
    toward = np.zeros((len(at), 3))
    for shoulder, elbow, wrist in zip(
        both(skeleton, "shoulder"), both(skeleton, "elbow"), both(skeleton, "wrist"), strict=True
    ):
        arm = float(np.linalg.norm(skeleton.offsets[[elbow, wrist]], axis=1).sum())
        away = (at[:, wrist] - at[:, shoulder]) / max(arm, 1e-6)
        large = _ease(away[:, 1], RAISED) * _ease(np.linalg.norm(away, axis=1), STRETCHED)
        gesture = np.maximum(gesture, large)
        toward += large[:, None] * _unit(rotate(back, at[:, wrist] - eyes))
    wish = _angles(_unit((1 - gesture)[:, None] * seen + toward))
    return wish, gesture


def _angles(way: Doubles) -> Doubles:
    """Turns to the left and up, ``(T, 2)`` radians, for unit directions in the head; given up where too far."""
    far = np.arccos(np.clip(way[:, 2], -1, 1))
    turned = np.stack([np.arctan2(way[:, 0], way[:, 2]), np.arcsin(np.clip(way[:, 1], -1, 1))], axis=1)
    return np.asarray(_within(turned) * (1 - _ease(far, (GIVES_UP[0], GIVES_UP[1])))[:, None])


def _within(gaze: Doubles) -> Doubles:
    """Turns that are no larger than `GAZE` in all."""
    far = np.linalg.norm(gaze, axis=1, keepdims=True)
    return np.asarray(gaze * np.minimum(1, GAZE / np.maximum(far, 1e-9)))


def _energy(timeline: Timeline, times: Doubles) -> Doubles:
    """Energy of the music, ``(T,)`` 0 to 1: of each step, faded from the one before like the lights."""
    starts = np.array([step.start for step in timeline.steps])
    values = np.array(timeline.energies)
    now = np.clip(np.searchsorted(starts, times + 1e-6, side="right") - 1, 0, None)
    part = np.where(now == 0, 1.0, smoothstep(np.clip((times - starts[now]) / FADE, 0, 1)))
    return np.asarray(np.clip(values[np.maximum(now - 1, 0)] * (1 - part) + values[now] * part, 0, 1))


def _effort(wrists: Doubles, fps: float) -> Doubles:
    """How fast wrists ``(T, 2, 3)`` are around each frame, ``(T,)`` 0 to 1."""
    if len(wrists) < 2:
        return np.zeros(len(wrists))
    speed = np.linalg.norm(np.diff(wrists, axis=0), axis=2).mean(axis=1) * fps
    total = np.concatenate([[0.0], np.cumsum(speed)])
    half = max(1, round(EFFORT_OVER * fps / 2))
    frame = np.arange(len(wrists))
    low, high = np.maximum(frame - half, 0), np.minimum(frame + half, len(speed))
    return np.asarray(np.clip((total[high] - total[low]) / (high - low) / EFFORT, 0, 1))


def face_turns(face: Face, rig: FaceRig) -> Floats:
    """Rotations ``(T, 7, 4)`` wxyz of the joints of a face."""
    share = np.stack([face.lids, face.lids, face.smile, face.smile, face.brows], axis=1)
    turns = from_axis_angle(share[..., None] * (rig.axes[2:] * rig.reach[2:, None]))
    none = np.zeros(len(face.lids), np.float32)
    across = from_axis_angle(np.stack([none, face.gaze[:, 0], none], axis=1))
    upward = from_axis_angle(np.stack([-face.gaze[:, 1], none, none], axis=1))
    eyes = multiply(across, upward)
    return np.asarray(np.concatenate([np.stack([eyes, eyes], axis=1), turns], axis=1), np.float32)


def _ease(value: Doubles | Floats, span: tuple[float, float]) -> Doubles:
    return np.asarray(smoothstep(np.clip((value - span[0]) / (span[1] - span[0]), 0, 1)))


def _unit(vectors: Doubles | Floats) -> Doubles:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


__all__ = ["Face", "blinks", "face_of", "face_turns"]
