from __future__ import annotations

import sys
import threading
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from plain_pyrender import draw_plainly
from render_support import capsule_body, dancing, standing

from choreo import plugins
from choreo.errors import MissingExtraError, PluginError
from choreo.motion.kinematics import forward
from choreo.motion.rotations import from_axis_angle
from choreo.motion.skeleton import NAMES
from choreo.types import Bytes, CameraPath, Motion, Scene
from choreo.video import build_scene, project
from choreo.video.bodies import load_body
from choreo_pyrender import PyrenderRenderer, context
from choreo_raster.painter import RasterScene

WIDTH, HEIGHT = 320, 180


def draw(scene: Scene) -> list[Bytes]:
    return [frame.copy() for frame in PyrenderRenderer().frames(scene)]


@pytest.fixture
def still() -> Scene:
    return build_scene(standing(), capsule_body(), fps=30, width=WIDTH, height=HEIGHT)


def empty_stage(scene: Scene) -> Scene:
    away = standing(len(scene), x=60.0, z=-60.0)
    return Scene(((scene.performers[0][0], away),), scene.camera, scene.fps, scene.width, scene.height)


@pytest.mark.slow
def test_body_and_shadow_are_where_raster_has_them(still: Scene, gl: dict[str, Any]) -> None:
    from choreo_raster import look

    picture, empty = draw(still)[0], draw(empty_stage(still))[0]
    assert picture.shape == (HEIGHT, WIDTH, 3)
    motion = still.performers[0][1]
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    x, y, _ = project(positions[0, [NAMES.index("spine2")]], still.camera, 0, WIDTH, HEIGHT)[0]
    r, _, b = (int(value) for value in picture[int(y), int(x)])
    assert r > b + 60
    top = np.array([motion.translation[0, 0], 1.3, motion.translation[0, 2]])
    ground = top - look.KEY_DIRECTION * (top[1] / look.KEY_DIRECTION[1])
    x, y, _ = project(ground[None], still.camera, 0, WIDTH, HEIGHT)[0]
    assert picture[int(y), int(x)].mean() < 0.85 * empty[int(y), int(x)].mean()


@pytest.mark.slow
def test_every_frame_shows_its_own_pose(gl: dict[str, Any]) -> None:
    scene = build_scene(dancing(4), capsule_body(), fps=30, width=WIDTH, height=HEIGHT)
    frames = draw(scene)
    assert len(frames) == 4
    body, motion = scene.performers[0]
    end = Motion(motion.skeleton, 30.0, motion.translation[3:], motion.rotations[3:])
    camera = CameraPath(scene.camera.eye[3:], scene.camera.target[3:], scene.camera.fov_y)
    last = Scene(((body, end),), camera, 30.0, WIDTH, HEIGHT)
    np.testing.assert_allclose(draw(last)[0].astype(int), frames[3].astype(int), atol=2)
    assert (frames[0] != frames[3]).any()


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"choreo-dance\[pyrender\]"):
        next(PyrenderRenderer().frames(build_scene(standing(), capsule_body(4, 4), fps=30, width=8, height=8)))


def test_no_opengl_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        class OffscreenRenderer:
            def __init__(self, width: int, height: int) -> None:
                raise ImportError("Unable to load EGL library")

    monkeypatch.setattr(context, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "pyrender", Broken)
    if find_spec("OpenGL") is None:
        pytest.skip("PyOpenGL is not installed")
    with pytest.raises(PluginError, match=r"libegl1.*raster"):
        next(PyrenderRenderer().frames(build_scene(standing(), capsule_body(4, 4), fps=30, width=8, height=8)))


def test_the_user_s_platform_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYOPENGL_PLATFORM", "osmesa")
    assert context.choose_platform() == "osmesa"


def test_osmesa_where_there_is_no_egl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYOPENGL_PLATFORM", raising=False)
    monkeypatch.setattr(context, "find_library", lambda name: "libOSMesa.so.8" if name == "OSMesa" else None)
    assert context.choose_platform() == "osmesa"
    monkeypatch.delenv("PYOPENGL_PLATFORM", raising=False)


def test_importing_the_plugin_imports_no_opengl() -> None:
    import subprocess

    code = "import sys, choreo_pyrender; assert not {'pyrender', 'OpenGL', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_is_the_plugin_that_the_name_says() -> None:
    assert isinstance(plugins.load("renderers", "pyrender"), PyrenderRenderer)


def noise(picture: Bytes, reference: Bytes) -> float:
    """Peak signal-to-noise ratio, decibels."""
    return float(10 * np.log10(255**2 / max(np.square(picture.astype(float) - reference).mean(), 1e-9)))


def duet() -> Scene:
    """Two built-in dancers in different poses, arms and legs bent and twisted."""
    body = load_body(look="street")
    random = np.random.default_rng(3)
    motions = []
    for aside in (-0.6, 0.7):
        rotations = from_axis_angle(random.normal(0, 0.45, (5, len(body.skeleton), 3)))
        root = body.skeleton.offsets[:1] + np.array([aside, 0.1, 0], np.float32)
        motions.append(Motion(body.skeleton, 30.0, np.repeat(root, 5, axis=0), rotations.astype(np.float32)))
    return build_scene(tuple(motions), body, fps=30, width=WIDTH, height=HEIGHT)


def test_pictures_are_those_of_the_library(gl: dict[str, Any]) -> None:
    scene, raster = duet(), RasterScene(duet())
    with context.offscreen(WIDTH, HEIGHT) as renderer:
        plain = draw_plainly(renderer, scene, raster, 3)
    picture = draw(scene)[3]
    assert noise(picture, plain) > 55
    assert noise(picture, draw(scene)[2]) < 40


def test_the_library_s_picture_has_lights_floor_and_backdrop(gl: dict[str, Any]) -> None:
    scene = build_scene(dancing(6, reach=0.4), capsule_body(), fps=30, width=WIDTH, height=HEIGHT)
    with context.offscreen(WIDTH, HEIGHT) as renderer:
        plain = draw_plainly(renderer, scene, RasterScene(scene), 3)
    assert noise(draw(scene)[3], plain) > 55
    assert np.ptp(plain) > 100


@pytest.mark.parametrize("size", [(33, 21), (64, 36), (1, 2)])
def test_pictures_of_any_size_are_contiguous_and_upright(size: tuple[int, int], gl: dict[str, Any]) -> None:
    scene = replace(build_scene(standing(), capsule_body(), fps=30, width=64, height=36), width=size[0], height=size[1])
    (picture,) = draw(scene)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.flags.c_contiguous
    with context.offscreen(*size) as renderer:
        plain = draw_plainly(renderer, scene, RasterScene(scene), 0)
    assert noise(picture, plain) > 45


def test_any_part_is_that_of_the_whole_bit_for_bit(gl: dict[str, Any]) -> None:
    scene = build_scene(dancing(7), capsule_body(), fps=30, width=64, height=36)
    whole, again = draw(scene), draw(scene)
    assert len(whole) == 7
    assert len({frame.tobytes() for frame in whole}) == 7
    for first, last in ((0, 7), (3, 5), (6, 7), (2, 2)):
        part = list(PyrenderRenderer().part(scene, first, last))
        assert [frame.tobytes() for frame in part] == [frame.tobytes() for frame in again[first:last]]
    assert [frame.tobytes() for frame in whole] == [frame.tobytes() for frame in again]


def test_two_at_once_do_not_disturb_each_other(gl: dict[str, Any]) -> None:
    scene = build_scene(dancing(8), capsule_body(), fps=30, width=64, height=36)
    alone = draw(scene)
    short, long = PyrenderRenderer().part(scene, 2, 5), PyrenderRenderer().frames(scene)
    together = [next(long) for _ in range(2)] + [next(short)]
    short.close()  # type: ignore[attr-defined]
    together += list(long)
    assert [frame.tobytes() for frame in together[:2] + together[3:]] == [frame.tobytes() for frame in alone]
    assert together[2].tobytes() == alone[2].tobytes()


def test_a_closed_iterator_leaves_no_thread(gl: dict[str, Any]) -> None:
    scene = build_scene(dancing(8), capsule_body(6, 6), fps=30, width=64, height=36)
    frames = PyrenderRenderer().frames(scene)
    next(frames)
    assert any(thread.name.startswith("pyrender") for thread in threading.enumerate())
    frames.close()  # type: ignore[attr-defined]
    assert not any(thread.name.startswith("pyrender") for thread in threading.enumerate())


def test_drivers_without_fences_draw_the_same(gl: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from OpenGL import GL

    scene = build_scene(dancing(6), capsule_body(6, 6), fps=30, width=64, height=36)
    fenced = draw(scene)
    monkeypatch.setattr(GL, "glFenceSync", None)
    assert [frame.tobytes() for frame in draw(scene)] == [frame.tobytes() for frame in fenced]


def test_a_driver_that_hangs_is_an_error(gl: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from OpenGL import GL

    monkeypatch.setattr(GL, "glClientWaitSync", lambda *_: GL.GL_TIMEOUT_EXPIRED)
    with pytest.raises(PluginError, match=r"frame 0 of 2 .*did not finish.*'raster' needs no"):
        draw(build_scene(dancing(2), capsule_body(6, 6), fps=30, width=64, height=36))


def planes_of(picture: Bytes) -> tuple[np.ndarray, np.ndarray]:
    """Luma ``(H, W)`` and blue and red differences ``(2, H / 2, W / 2)`` as ITU-R BT.709 defines them, not rounded."""
    height, width = picture.shape[:2]
    rgb = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(float) / 255
    luma = rgb @ [0.2126, 0.7152, 0.0722]
    over = np.stack([(rgb[..., 2] - luma) / 1.8556, (rgb[..., 0] - luma) / 1.5748])
    blocks = over.reshape(2, len(rgb) // 2, 2, rgb.shape[1] // 2, 2).mean(axis=(2, 4))
    return 16 + 219 * luma, 128 + 224 * blocks


@pytest.mark.parametrize("size", [(64, 36), (66, 38), (61, 35), (4, 2), (1, 1)])
def test_planes_are_the_pictures_of_video(size: tuple[int, int], gl: dict[str, Any]) -> None:
    scene = build_scene(dancing(5, reach=0.4), capsule_body(6, 6), fps=30, width=64, height=36)
    scene = replace(scene, width=size[0], height=size[1])
    pictures, planes = draw(scene)[1:4], list(PyrenderRenderer().planes(scene, 1, 4))
    assert len(planes) == len(pictures)
    height, width = size[1] + size[1] % 2, size[0] + size[0] % 2
    for picture, plane in zip(pictures, planes, strict=True):
        assert plane.shape == (height * 3 // 2, width)
        assert plane.dtype == np.uint8
        assert plane.flags.c_contiguous
        luma, over = planes_of(picture)
        np.testing.assert_allclose(plane[:height], luma, atol=0.51)
        np.testing.assert_allclose(plane[height:].reshape(over.shape), over, atol=0.51)
