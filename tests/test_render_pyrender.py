from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from render_support import capsule_body, dancing, standing

from choreo import plugins
from choreo.errors import MissingExtraError, PluginError
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Bytes, CameraPath, Motion, Scene
from choreo.video import build_scene, project
from choreo_pyrender import PyrenderRenderer, context

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
def test_the_buffer_in_place_shows_every_pose(gl: dict[str, Any]) -> None:
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


def test_the_quick_way_draws_what_the_library_draws(gl: dict[str, Any]) -> None:
    from choreo_pyrender.theatre import Theatre

    scene = build_scene(dancing(6, reach=0.4), capsule_body(), fps=30, width=WIDTH, height=HEIGHT)
    pictures = []
    for quick in (True, False):
        with context.offscreen(WIDTH, HEIGHT, quick=quick) as renderer:
            pictures.append(Theatre(scene).draw(renderer, 3).astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() <= 2
    assert np.ptp(pictures[0]) > 100
