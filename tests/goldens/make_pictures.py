"""Make ``picture-RENDERER.png``: one moment of a dance by every renderer.

    python tests/goldens/make_pictures.py [RENDERER ...]

Convention: 192x108 sRGB pixels, the built-in dancer in the look "street", in the pose of `pose` (half a turn to the
left, a knee up, an arm up, an elbow bent), seen by the camera that follows. Blender draws with 4 samples a pixel.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from choreo.types import Scene

HERE = Path(__file__).parent
WIDTH, HEIGHT = 192, 108
NAMES = ("raster", "stick", "pyrender", "blender")
TURNS = {
    "pelvis": (0, 35, 0), "left_shoulder": (0, 0, 55), "left_elbow": (0, -40, 0), "right_shoulder": (0, 0, 60),
    "right_elbow": (0, 100, 0), "left_hip": (-70, 0, 10), "left_knee": (95, 0, 0), "neck": (0, -20, 0),
}  # fmt: skip
"""Degrees about x, y and z."""


def pose(aside: float = 0.0) -> Scene:
    """The moment, the dancer so many metres to the left of where the camera expects."""
    from dataclasses import replace

    from choreo.motion.rotations import from_axis_angle
    from choreo.motion.skeleton import NAMES as JOINTS
    from choreo.types import Motion
    from choreo.video import build_scene
    from choreo.video.bodies import load_body

    body = load_body(look="street", fingers=False)
    rotations = np.zeros((1, len(JOINTS), 4), np.float32)
    rotations[..., 0] = 1
    for name, degrees in TURNS.items():
        rotations[0, JOINTS.index(name)] = from_axis_angle(np.radians(degrees))
    motion = Motion(body.skeleton, 30.0, body.skeleton.offsets[:1].copy(), rotations)
    scene = build_scene(motion, body, fps=30.0, width=WIDTH, height=HEIGHT)
    moved = replace(motion, translation=motion.translation + np.array([aside, 0, 0], np.float32))
    return replace(scene, performers=((body, moved),))


def drawn(renderer: str, aside: float = 0.0) -> np.ndarray:
    """The moment by a renderer."""
    from choreo import plugins

    frames = plugins.load("renderers", renderer).frames(pose(aside))
    picture: np.ndarray = next(frames).copy()
    frames.close()
    return picture


if __name__ == "__main__":
    from PIL import Image

    os.environ["CHOREO_BLENDER_SAMPLES"] = "4"
    for name in sys.argv[1:] or NAMES:
        Image.fromarray(drawn(name)).save(HERE / f"picture-{name}.png", optimize=True)
