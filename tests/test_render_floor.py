"""In every renderer what stands on y = 0 touches the floor where y = 0 projects to, within a pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from render_support import capsule_body, standing

from choreo import plugins
from choreo.motion.contacts import foot_points
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.types import Body, CameraPath, Scene
from choreo.video import build_scene, project
from choreo_stick.figure import Figure

BOX = np.array([0.2, 1.6, 0.1])
"""Half the width, the height and half the depth of a block that stands on the floor, metres."""


def block() -> Body:
    """A green block in the dancer's place, all of it on the pelvis."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (0, 1) for z in (-1, 1)], np.float32) * BOX
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    vertices = np.concatenate([corners[list(quad)] for quad in quads]).astype(np.float32)
    normals = np.repeat(
        np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], np.float32), 4, axis=0
    )
    faces = np.concatenate([[[4 * k, 4 * k + 1, 4 * k + 2], [4 * k, 4 * k + 2, 4 * k + 3]] for k in range(6)])
    weights = np.zeros((24, 4), np.float32)
    weights[:, 0] = 1
    colours = np.full((24, 3), (40, 220, 60), np.uint8)
    return Body(
        "block", CANONICAL, vertices, normals, faces.astype(np.int32), np.zeros((24, 4), np.uint8), weights, colours
    )


def scene_of(camera: int, width: int, height: int) -> Scene:
    """The block seen from the front, near and from above, or far and low."""
    motion = standing()
    motion = replace(motion, translation=CANONICAL.offsets[:1].copy())
    scene = build_scene(motion, block(), fps=30, width=width, height=height)
    eye = np.array([[(0.0, 2.4, 3.4), (0.3, 0.6, 5.5)][camera]], np.float32)
    return replace(scene, camera=CameraPath(eye, np.array([[0, 0.6, 0]], np.float32), scene.camera.fov_y))


def lowest_green(picture: np.ndarray, column: int) -> float:
    """Where the block ends in a column, in parts of a pixel; its reflection is fainter than half of it."""
    part = picture[:, column].astype(float)
    green = np.clip(part[:, 1] - (part[:, 0] + part[:, 2]) / 2, 0, None)
    full = np.median(green[green > 0.5 * green.max()])
    last = int(np.flatnonzero(green > 0.5 * full).max())
    return float(last + 0.5 + min(green[last] / full, 1.0) / 2 + min(green[last + 1] / full, 0.5))


@pytest.mark.parametrize("camera", [0, 1])
@pytest.mark.parametrize(
    ("name", "size", "needs"),
    [
        ("raster", (1280, 720), None),
        ("raster", (640, 360), None),
        ("pyrender", (640, 360), "gl"),
        ("blender", (320, 180), "blender"),
    ],
)
def test_a_block_stands_on_the_floor(
    name: str, size: tuple[int, int], needs: str | None, camera: int, request: pytest.FixtureRequest
) -> None:
    if needs:
        request.getfixturevalue(needs)
    scene = scene_of(camera, *size)
    frames = plugins.load("renderers", name).frames(scene)
    picture = next(frames).copy()
    frames.close()
    for across in (-0.1, 0.0, 0.12):
        x, y, _ = project(np.array([[across, 0.0, BOX[2]]]), scene.camera, 0, *size)[0]
        assert lowest_green(picture, int(x)) == pytest.approx(y, abs=1.0), across


@pytest.mark.parametrize("point", range(4))
@pytest.mark.parametrize("size", [(1280, 720), (640, 360)])
def test_the_stick_figure_s_footprints_lie_on_the_floor(
    size: tuple[int, int], point: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Figure, "body", lambda self, frame: np.empty((0, 13), np.float32))  # the foot covers its mark
    motion = replace(standing(), contacts=np.arange(4)[None] == point)
    scene = build_scene(motion, capsule_body(), fps=30, width=size[0], height=size[1])
    picture = next(plugins.load("renderers", "stick").frames(scene)).astype(int)
    marked = picture[..., 1] - picture[..., [0, 2]].max(axis=-1) > 40
    sole = foot_points(*forward(motion.skeleton, motion.translation, motion.rotations))[0, point] * [1, 0, 1]
    x, y, _ = project(sole[None], scene.camera, 0, *size)[0]
    rows, columns = (np.flatnonzero(marked.any(axis=axis)) for axis in (1, 0))
    assert (rows[0] + rows[-1] + 1) / 2 == pytest.approx(y, abs=1.0)
    assert (columns[0] + columns[-1] + 1) / 2 == pytest.approx(x, abs=1.0)
