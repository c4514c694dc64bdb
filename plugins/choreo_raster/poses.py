"""How a scene's bodies and its camera stand, frame by frame, computed a few seconds at a time.

All frames of an hour at once would be 90 MB a dancer, and every part of a film would begin with computing them.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np

from choreo.motion.kinematics import forward, rest_positions, skin_duals
from choreo.types import CameraPath, Floats, Scene
from choreo.video.camera import view_bases

FRAMES = 240
"""Frames that are computed together."""


class ByFrame:
    """Values of frames, by number; threads may ask for them, one after another or each for its own.

    Parameters
    ----------
    compute
        Gives the values of the frames ``first .. last - 1``, ``(last - first, ...)``.
    count
        How many frames there are.
    """

    def __init__(self, compute: Callable[[int, int], Floats], count: int, size: int = FRAMES) -> None:
        self._compute, self._count, self._size = compute, count, size
        self._known: dict[int, Floats] = {}
        self._lock = Lock()

    def __getitem__(self, frame: int) -> Floats:
        """The frame's values; the two blocks that were computed last are kept."""
        number, at = divmod(frame, self._size)
        with self._lock:
            if number not in self._known:
                if len(self._known) > 1:
                    del self._known[next(iter(self._known))]
                first = number * self._size
                self._known[number] = self._compute(first, min(first + self._size, self._count))
            return self._known[number][at]


def duals_by_frame(scene: Scene) -> ByFrame:
    """Dual quaternions ``(J, 8) float32`` of all dancers' joints from the rest pose, see `skin_duals`."""
    rests = [rest_positions(body.skeleton) for body, _ in scene.performers]

    def compute(first: int, last: int) -> Floats:
        each = [
            skin_duals(rest, *forward(body.skeleton, motion.translation[first:last], motion.rotations[first:last]))
            for rest, (body, motion) in zip(rests, scene.performers, strict=True)
        ]
        return np.ascontiguousarray(np.concatenate(each, axis=1), dtype=np.float32)

    return ByFrame(compute, len(scene))


def bases_by_frame(camera: CameraPath) -> ByFrame:
    """Right, up, back and the eye ``(4, 3) float32`` of the camera, see `view_bases`."""

    def compute(first: int, last: int) -> Floats:
        return view_bases(CameraPath(camera.eye[first:last], camera.target[first:last], camera.fov_y))

    return ByFrame(compute, len(camera.eye))
