"""Small moving figures of clips for pages: joints seen from the front, a byte a number."""

from __future__ import annotations

import base64

import numpy as np

from choreo.motion.kinematics import forward
from choreo.motion.resample import sample
from choreo.motion.skeleton import CANONICAL
from choreo.types import Bytes, Clip

FPS = 12.0
LONGEST = 8.0
"""Seconds of a clip that are shown."""
LEFT, LOW, SPAN = -1.4, -0.25, 2.8
"""Metres that byte 0 means across and upwards, and metres that 255 means more: a jump with the arms up is within."""
ANGLE = 0.35
"""Radians by which the camera stands to the side, so that what goes straight ahead is seen."""


def figure_of(clip: Clip) -> dict[str, object]:
    """What a page draws of a clip.

    Returns
    -------
    ``pose``: ``(T, J, 2) uint8`` in base64, across (to the picture's right) and upwards; ``way``: ``(T,) uint8``, how
    far the hips have gone across, in twentieths of a metre, modulo 256: the floor passes below the dancer; ``fps``.
    """
    pose, way = drawn(clip)
    return {"pose": _text(pose), "way": _text(way), "fps": FPS}


def drawn(clip: Clip) -> tuple[Bytes, Bytes]:
    """Joints ``(T, J, 2) uint8`` and way ``(T,) uint8`` of `figure_of`."""
    motion = clip.motion
    times = np.arange(max(2, int(min(motion.duration, LONGEST) * FPS))) / FPS
    shown = sample(motion, times)
    joints, _ = forward(shown.skeleton, shown.translation.astype(np.float64), shown.rotations.astype(np.float64))
    joints = joints[:, : len(CANONICAL)]
    # the dancer faces +Z, so the left is +X: to the right of a camera that looks at the face
    across = joints[..., 0] * np.cos(ANGLE) + joints[..., 2] * np.sin(ANGLE)
    ground = across[:, 0]
    pose = np.stack([across - ground[:, None] - LEFT, joints[..., 1] - LOW], axis=-1) * (255 / SPAN)
    return np.clip(np.round(pose), 0, 255).astype(np.uint8), (np.round(20 * ground).astype(np.int64) % 256).astype(
        np.uint8
    )


def skeleton_facts() -> dict[str, object]:
    """What all figures share: the joint above each, which are left and right (1 and -1), and the scale."""
    sides = [(name.startswith("left")) - name.startswith("right") for name in CANONICAL.names]
    return {
        "parents": CANONICAL.parents.tolist(),
        "sides": sides,
        "head": CANONICAL.index("head"),
        "metre": 255 / SPAN,
        "floor": -LOW * 255 / SPAN,
    }


def _text(values: Bytes) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")


__all__ = ["drawn", "figure_of", "skeleton_facts"]
