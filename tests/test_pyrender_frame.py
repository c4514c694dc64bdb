"""What the pyrender renderer hands to the graphics card, known without one."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest
from render_support import capsule_body, dancing

from choreo.types import Scene
from choreo.video import build_scene, project
from choreo_pyrender.frame import FRAME, LAMP_CONE, Frames
from choreo_pyrender.meshes import FLOOR_RADIUS, GAMMA, floor, paint, rigged
from choreo_raster import look
from choreo_raster.painter import RasterScene

SIZES = {"mat4": 64, "vec4": 16}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return build_scene(dancing(20), capsule_body(4, 4), fps=30, width=320, height=180)


def clipped(block: np.ndarray, name: str, points: np.ndarray) -> np.ndarray:
    """Clip space, divided by its last column; matrices stand column by column."""
    at = np.c_[points, np.ones(len(points))] @ block[name].astype(np.float64)
    return np.asarray(at[:, :3] / at[:, 3:])


def test_the_block_has_the_fields_of_the_shaders_where_they_look_for_them() -> None:
    text = files("choreo_pyrender").joinpath("frame.glsl").read_text("utf-8")
    lines = re.findall(r"^ {4}(mat4|vec4) (\w+)(?:\[(\d)\])?;", text, re.MULTILINE)
    assert [name for _, name, _ in lines] == list(FRAME.names or ())
    offset = 0
    for kind, name, count in lines:
        assert FRAME.fields is not None
        assert FRAME.fields[name][1] == offset, name
        offset += SIZES[kind] * int(count or 1)
    assert FRAME.itemsize == offset


@pytest.mark.parametrize("frame", [0, 7, 19])
def test_the_camera_puts_points_where_the_scene_s_does(scene: Scene, frame: int) -> None:
    block, _ = Frames(RasterScene(scene)).at(frame)
    points = np.random.default_rng(frame).normal([0, 1, 0], 0.5, (40, 3)).astype(np.float32)
    want = project(points, scene.camera, frame, 320, 180)[:, :2]
    at = clipped(block, "to_camera", points)
    assert np.all(np.abs(at[:, 2]) < 1)
    np.testing.assert_allclose((at[:, 0] + 1) * 160, want[:, 0], atol=0.01)
    np.testing.assert_allclose((1 - at[:, 1]) * 90, want[:, 1], atol=0.01)


def test_the_lamp_looks_along_the_key_light_at_the_dancer(scene: Scene) -> None:
    raster = RasterScene(scene)
    block, backdrop = Frames(raster).at(4)
    middle = raster.targets[4] * [1, 0, 1] + [0, 0.5, 0]
    onto = clipped(
        block, "to_lamp", middle + np.array([[0, 0, 0], [0.2, 0, 0], look.KEY_DIRECTION, -look.KEY_DIRECTION])
    )
    np.testing.assert_allclose(onto[0, :2], 0, atol=1e-5)
    assert onto[2, 2] < onto[0, 2] < onto[3, 2]
    np.testing.assert_allclose(onto[2:, :2], 0, atol=1e-5)
    assert np.abs(onto[1, :2]).max() > 0.02
    cone = block["cone"]
    assert np.cos(LAMP_CONE) * cone[0] + cone[1] == pytest.approx(0, abs=1e-4)
    assert np.cos(LAMP_CONE / 3) * cone[0] + cone[1] == pytest.approx(1, abs=1e-4)
    assert np.all((backdrop > 0) & (backdrop < 0.5))


def test_the_floor_faces_up_and_fades(scene: Scene) -> None:
    lines, faces = floor("lines")
    plain, fewer = floor("plain")
    assert len(plain) < len(lines)
    np.testing.assert_array_equal(lines[: len(plain)], plain)
    np.testing.assert_array_equal(faces[: len(fewer)], fewer)
    assert faces.max() == len(lines) - 1
    a, b, c = (lines["world"][faces[:, k]].astype(np.float64) for k in range(3))
    up = np.cross(b - a, c - a)[:, 1]
    assert up.min() > -1e-9
    assert (up > 0).mean() > 0.9
    far = np.linalg.norm(lines["world"], axis=1)
    assert lines["colour"][far.argmax(), 3] < 0.02 < 0.98 < lines["colour"][far.argmin(), 3]
    assert far.max() == pytest.approx(FLOOR_RADIUS, abs=0.01)
    strips = lines["world"][len(plain) :]
    assert np.all(strips[:, 1] > 0)
    assert np.abs(strips - np.rint(strips))[:, [0, 2]].min(axis=1).max() < look.LINE + 1e-6


def test_paint_comes_out_of_the_shaders_as_the_look_has_it() -> None:
    light = np.array([[0.0, 0.25, 1.0], [0.04, 2.0, -1.0]])
    shown = paint(light, 0.5)[:, :3] ** (1 / GAMMA)
    np.testing.assert_allclose(shown, [[0, 0.5, 1], [0.2, 1, 0]], atol=1e-6)
    assert np.all(paint(light, 0.5)[:, 3] == 0.5)


def test_two_dancers_are_one_mesh_with_joints_of_their_own() -> None:
    body = capsule_body(4, 4)
    scene = build_scene((dancing(2), dancing(2)), body, fps=30, width=64, height=36)
    vertices, count = rigged(RasterScene(scene)), len(body.vertices)
    assert len(vertices) == 2 * count
    np.testing.assert_array_equal(vertices["joints"][:count], body.joint_indices)
    np.testing.assert_array_equal(vertices["joints"][count:], body.joint_indices.astype(int) + len(body.skeleton))
    np.testing.assert_array_equal(vertices["rest"][count:], body.vertices)
