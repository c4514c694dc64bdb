"""Exporter plugin ``vmd-camera``: the director's shots as a camera motion for MikuMikuDance.

MMD's camera turns about a point: it stands ``-distance`` units from it, after being turned about X, then Y (a shot that
leans uses Z, ours do not). The file has the angles as radians, the field of view, which is that of the height, as whole
degrees, and a key every frame: where two neighbours differ much, the picture is cut. Axes are as in `format`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.types import Body, CameraPath, Dance, Motion, Show
from choreo_vmd.format import FPS, UNIT, head

CAMERA = np.dtype(
    [
        ("frame", "<u4"),
        ("distance", "<f4"),
        ("target", "<f4", 3),
        ("turn", "<f4", 3),
        ("curve", "u1", 24),
        ("view", "<u4"),
        ("flat", "u1"),
    ]
)
"""A key of 61 bytes: `view` in degrees, `flat` 0 for perspective, `curve` x1, x2, y1, y2 of x, y, z, turn, distance and
view."""
STRAIGHT = np.tile([20, 107, 20, 107], 6).astype(np.uint8)
MODEL = "カメラ・照明"
"""The name of the model by which MMD tells a camera's file."""
WIDTH, HEIGHT = 1920, 1080
"""The picture that shots are framed for."""


def camera_keys(path: CameraPath) -> np.ndarray:
    """Keys ``(T,)`` of `CAMERA`, one a frame, of a camera at 30 frames a second."""
    eye, target = (np.asarray(each, np.float64) for each in (path.eye, path.target))
    way = eye - target
    away = np.linalg.norm(way, axis=1)
    keys = np.zeros(len(eye), CAMERA)
    keys["frame"] = np.arange(len(eye))
    keys["distance"] = -away / UNIT
    keys["target"] = target / UNIT * [1, 1, -1]
    keys["turn"][:, 0] = -np.arcsin(np.clip(way[:, 1] / np.maximum(away, 1e-9), -1, 1))
    keys["turn"][:, 1] = np.unwrap(np.arctan2(way[:, 0], way[:, 2]))
    keys["curve"] = STRAIGHT
    keys["view"] = int(np.ceil(np.degrees(path.fov_y)))
    return keys


class VmdCameraExporter:
    """The camera of `choreo.video.director` for a picture of 16 to 9, to be loaded beside the dance."""

    name = "vmd-camera"
    description = "Camera of MikuMikuDance (.camera.vmd): the director's shots, cut on beats"
    suffix = ".camera.vmd"
    sounds = False

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Film a motion, of which nothing is known, in one shot; `body` is not used."""
        _write(Dance("dance", (motion,)), path)

    def export_show(self, show: Show, path: Path) -> None:
        """Film the first dance of a show."""
        _write(show.dances[0], path)


def _write(dance: Dance, path: Path) -> None:
    from choreo.video.director import director_camera
    from choreo.video.scene import frame_count, poses_at

    times = np.arange(frame_count(dance.motions, FPS)) / FPS
    posed = [poses_at(motion, times, FPS) for motion in dance.motions]
    filmed = director_camera(posed, width=WIDTH, height=HEIGHT, fps=FPS, timeline=dance.timeline)
    with path.open("wb") as file:
        file.write(head(MODEL))
        file.write(np.zeros(2, "<u4").tobytes())  # bones, faces
        file.write(np.array(len(times), "<u4").tobytes())
        file.write(camera_keys(filmed).tobytes())
        file.write(np.zeros(2, "<u4").tobytes())  # lights, shadows
