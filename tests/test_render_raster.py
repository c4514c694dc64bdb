from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from render_support import SOLE, capsule_body, dancing, standing

from choreo import plugins
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Body, Bools, Bytes, CameraPath, Doubles, Motion, Scene
from choreo.video import build_scene, project
from choreo_raster import RasterRenderer, look
from choreo_raster.workers import Pictures, draw_in_order

WIDTH, HEIGHT = 640, 360


@cache
def body() -> Body:
    return capsule_body()


def scene_of(motions: Motion | Sequence[Motion], width: int = WIDTH, height: int = HEIGHT, fps: float = 30.0) -> Scene:
    return build_scene(motions, body(), fps=fps, width=width, height=height)


def empty_stage(scene: Scene) -> Scene:
    """The same stage and camera with the dancer far away, out of sight."""
    away = standing(len(scene), x=500.0, z=500.0)
    return Scene(((body(), away),), scene.camera, scene.fps, scene.width, scene.height)


@cache
def still() -> tuple[Scene, Bytes, Bytes]:
    """A standing dancer, and the same picture of an empty stage."""
    scene = scene_of(standing())
    return scene, next(RasterRenderer().frames(scene)), next(RasterRenderer().frames(empty_stage(scene)))


def changed(limit: int = 6) -> Bools:
    _, with_body, without = still()
    return np.asarray(np.abs(with_body.astype(int) - without.astype(int)).max(axis=-1) > limit)


def test_it_is_the_plugin_that_the_name_says() -> None:
    renderer = plugins.load("renderers", "raster")
    assert isinstance(renderer, RasterRenderer)


def test_frames_have_the_promised_form() -> None:
    frames = list(RasterRenderer().frames(scene_of(standing(5))))
    assert len(frames) == 5
    assert {(f.shape, f.dtype.name) for f in frames} == {((HEIGHT, WIDTH, 3), "uint8")}


def test_frames_do_not_depend_on_the_number_of_threads() -> None:
    scene = scene_of(dancing(12))
    one = [frame.copy() for frame in draw_in_order(scene, 1)]
    three = [frame.copy() for frame in draw_in_order(scene, 3)]
    assert len(one) == 12
    for first, second in zip(one, three, strict=True):
        np.testing.assert_array_equal(first, second)
    assert (one[0] != one[6]).any()


def test_the_body_is_where_its_joints_are() -> None:
    scene, picture, _ = still()
    motion = scene.performers[0][1]
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    for name, red in (("spine2", True), ("left_knee", False), ("right_knee", False)):
        x, y, _ = project(positions[0, [NAMES.index(name)]], scene.camera, 0, WIDTH, HEIGHT)[0]
        r, _, b = (int(v) for v in picture[int(y), int(x)])
        assert (r > b + 40) if red else (b > r + 20), name


def test_the_silhouette_is_the_projected_body() -> None:
    scene, _, _ = still()
    motion = scene.performers[0][1]
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    x, y, _ = project(positions[0], scene.camera, 0, WIDTH, HEIGHT).T
    covered = changed()
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    away = np.linalg.norm(scene.camera.eye[0] - scene.camera.target[0])
    per_metre = 0.5 * HEIGHT / np.tan(scene.camera.fov_y / 2) / away
    skull = (0.13 + 0.1) * per_metre
    assert rows[0] == pytest.approx(y[NAMES.index("head")] - skull, abs=2.5)
    assert columns[-1] >= x.max()


def test_edges_are_smooth() -> None:
    _, picture, without = still()
    row = int(0.45 * HEIGHT)
    part = np.abs(picture[row].astype(int) - without[row].astype(int)).max(axis=-1)
    peak = part.max()
    assert ((part > 0.15 * peak) & (part < 0.85 * peak)).any()


def test_soles_touch_the_floor_to_a_pixel() -> None:
    """The lowest bright pixel of a foot is where the capsule's outline on the floor projects to."""
    width, height = 1280, 720
    scene = scene_of(standing(), width, height)
    picture = next(RasterRenderer().frames(scene)).astype(int)
    motion = scene.performers[0][1]
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    foot = positions[0, NAMES.index("left_foot")].astype(np.float64)
    x, y, depth = project(foot[None], scene.camera, 0, width, height)[0]
    radius = SOLE * 0.5 * height / np.tan(scene.camera.fov_y / 2) / depth
    blue = picture[:, int(x), 2] - picture[:, int(x), 0] > 60
    lowest = np.flatnonzero(blue)[np.flatnonzero(blue) < y + 3 * radius].max() + 1
    assert lowest == pytest.approx(y + radius, abs=1.6)
    touching = np.array([[foot[0], 0.0, foot[2]]])
    assert abs(project(touching, scene.camera, 0, width, height)[0, 1] - (y + radius)) < 1.6


def shadow_point(scene: Scene, height: float) -> Doubles:
    """Pixel where the key light throws a point `height` metres above the root onto the floor."""
    root = scene.performers[0][1].translation[0].astype(np.float64)
    top = np.array([root[0], height, root[2]])
    ground = top - look.KEY_DIRECTION * (top[1] / look.KEY_DIRECTION[1])
    return project(ground[None], scene.camera, 0, scene.width, scene.height)[0, :2]


def test_the_shadow_darkens_the_floor_where_the_light_says() -> None:
    scene, picture, without = still()
    x, y = (int(v) for v in shadow_point(scene, 1.3))
    assert picture[y - 1 : y + 2, x - 1 : x + 2].mean() < 0.8 * without[y - 1 : y + 2, x - 1 : x + 2].mean()


def test_the_shadow_is_soft_far_from_the_feet() -> None:
    """Along a row across the shadow of the chest, darkness comes over several pixels, not at once."""
    scene, picture, without = still()
    _, y = (int(v) for v in shadow_point(scene, 1.4))
    ratio = picture[y].astype(float).sum(axis=-1) / np.maximum(without[y].astype(float).sum(axis=-1), 1)
    steps = np.abs(np.diff(np.minimum(ratio[: int(shadow_point(scene, 1.4)[0])], 1)))
    assert 0.01 < steps.max() < 0.12


def test_floor_under_a_foot_is_darker_than_beside_it() -> None:
    scene = scene_of(standing(), 1280, 720)
    picture = next(RasterRenderer().frames(scene)).astype(float)
    empty = next(RasterRenderer().frames(empty_stage(scene))).astype(float)
    motion = scene.performers[0][1]
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    ankle = positions[0, NAMES.index("left_ankle")]
    beside = np.array([[ankle[0] + 0.06, 0.0, ankle[2]]])
    x, y = (int(v) for v in project(beside, scene.camera, 0, 1280, 720)[0, :2])
    assert picture[y, x].sum() < 0.93 * empty[y, x].sum()


def test_nothing_but_the_dancer_s_surroundings_change() -> None:
    mask = changed()
    columns = np.flatnonzero(mask.any(axis=0))
    assert columns[0] > 0.15 * WIDTH
    assert columns[-1] < 0.85 * WIDTH


def test_the_floor_slides_with_the_camera() -> None:
    """Two cameras one floor tile apart see the same empty floor."""
    scene = scene_of(standing())
    shift = np.array([1.0, 0, 0], np.float32)
    moved = CameraPath(scene.camera.eye + shift, scene.camera.target + shift, scene.camera.fov_y)
    first = next(RasterRenderer().frames(empty_stage(scene)))
    second = next(RasterRenderer().frames(Scene(empty_stage(scene).performers, moved, 30.0, scene.width, scene.height)))
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 3


def test_two_dancers_are_two_bodies_and_the_nearer_one_covers() -> None:
    scene = scene_of([standing(x=-0.8), standing(x=0.8)])
    alone = next(RasterRenderer().frames(empty_stage(scene)))
    both = next(RasterRenderer().frames(scene))
    for _, motion in scene.performers:
        positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
        x, y, _ = project(positions[0, [NAMES.index("spine2")]], scene.camera, 0, WIDTH, HEIGHT)[0]
        assert both[int(y), int(x), 0] > alone[int(y), int(x), 0] + 60
    behind = scene_of([standing(), standing(z=-2.0)])
    front_only = Scene(behind.performers[:1], behind.camera, 30.0, WIDTH, HEIGHT)
    chest, _ = forward(
        behind.performers[0][0].skeleton, *(getattr(standing(), n) for n in ("translation", "rotations"))
    )
    x, y, _ = project(chest[0, [NAMES.index("spine2")]], behind.camera, 0, WIDTH, HEIGHT)[0]
    pair = next(RasterRenderer().frames(behind))[int(y), int(x)].astype(int)
    assert np.abs(pair - next(RasterRenderer().frames(front_only))[int(y), int(x)]).max() < 12


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 7), (333, 187), (90, 160)])
def test_odd_sizes(width: int, height: int) -> None:
    frames = list(RasterRenderer().frames(scene_of(dancing(3), width, height)))
    assert [frame.shape for frame in frames] == [(height, width, 3)] * 3


def test_a_dancer_behind_the_camera_is_not_drawn() -> None:
    scene = scene_of(standing())
    past = Scene(((body(), standing(x=1.0, z=9.0)),), scene.camera, 30.0, WIDTH, HEIGHT)
    difference = next(RasterRenderer().frames(past)).astype(int) - next(RasterRenderer().frames(empty_stage(scene)))
    assert np.abs(difference).max() <= 8


def test_a_frame_that_the_caller_keeps_is_not_overwritten() -> None:
    frames, copies = [], []
    for frame in RasterRenderer().frames(scene_of(dancing(10))):
        frames.append(frame)
        copies.append(frame.copy())
    assert len(frames) == 10
    for frame, copy in zip(frames, copies, strict=True):
        np.testing.assert_array_equal(frame, copy)


def test_memory_of_frames_is_used_again() -> None:
    pictures = Pictures(64, 36)
    first = pictures.free()
    assert pictures.free() is not first
    address = first.ctypes.data
    view = first[3:]
    del first
    assert pictures.free().ctypes.data != address
    del view
    assert pictures.free().ctypes.data == address


def test_closing_stops_the_threads() -> None:
    frames = RasterRenderer().frames(scene_of(dancing(60), 64, 36))
    assert isinstance(frames, Generator)
    next(frames)
    frames.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("raster")]


def test_kernels_work_without_a_writable_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    from choreo_raster.jit import kernel

    real = numba.njit

    def refuse(**options: Any) -> Any:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", refuse)
    assert kernel(lambda x: x + 1)(2) == 3
