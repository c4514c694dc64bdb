"""The skeleton renderer: everything is where the camera sees it, and says what is true."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_support import capsule_body, dancing, standing
from show_support import plan

from choreo import plugins
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Motion, Scene, Timeline
from choreo.video import build_scene, project
from choreo.video.scene import some_frames
from choreo.video.timeline import timeline_of
from choreo_bodies.stick import LEFT, RIGHT
from choreo_stick import StickRenderer
from choreo_stick.figure import PATH, STANDS
from choreo_stick.kernels import strokes
from choreo_stick.strip import DOWN, NOW, SEAM, Strip

WIDTH, HEIGHT = 480, 270
BODY = capsule_body(4, 4)


def scene_of(motion: Motion, width: int = WIDTH, height: int = HEIGHT, timeline: Timeline | None = None) -> Scene:
    return build_scene(motion, BODY, fps=motion.fps, width=width, height=height, timeline=timeline)


def draw(scene: Scene) -> list[np.ndarray]:
    return list(StickRenderer().frames(scene))


def like(picture: np.ndarray, colour: Sequence[float], within: float = 30) -> np.ndarray:
    return np.asarray(np.linalg.norm(picture.astype(float) - np.array(colour, float), axis=-1) < within)


def with_contacts(motion: Motion, stands: Sequence[int]) -> Motion:
    return replace(motion, contacts=np.tile(np.array(stands, bool), (len(motion), 1)))


@pytest.mark.parametrize(("side", "colour"), [("left", LEFT), ("right", RIGHT)])
def test_forearms_are_where_the_camera_sees_them(side: str, colour: tuple[int, int, int]) -> None:
    scene = scene_of(dancing(20))
    motion = scene.performers[0][1]
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    for frame, picture in enumerate(draw(scene)):
        elbow, wrist = positions[frame, [NAMES.index(f"{side}_elbow"), NAMES.index(f"{side}_wrist")]]
        x, y, _ = project((0.5 * (elbow + wrist))[None], scene.camera, frame, WIDTH, HEIGHT)[0]
        assert like(picture[int(y), int(x)], colour, 60), frame


def test_feet_that_stand_are_marked_and_no_others() -> None:
    motion = standing(2)
    none = draw(scene_of(with_contacts(motion, [0, 0, 0, 0])))[0]
    left = draw(scene_of(with_contacts(motion, [1, 1, 0, 0])))[0]
    assert not like(none, STANDS).any()
    columns = np.flatnonzero(like(left, STANDS).any(axis=0))
    scene = scene_of(motion)
    middle = project(motion.translation[:1] * np.array([1, 0, 1], np.float32), scene.camera, 0, WIDTH, HEIGHT)[0, 0]
    assert len(columns) > 3
    assert columns.min() > middle  # the dancer's left is on the right of the picture


def test_contacts_that_nobody_knows_are_found() -> None:
    assert like(draw(scene_of(standing(30)))[15], STANDS).any()


def test_the_path_lies_behind_a_dancer_who_travels_only() -> None:
    assert like(draw(scene_of(dancing(60)))[59], PATH, 80).sum() > 60
    assert like(draw(scene_of(standing(60)))[59], PATH, 80).sum() < 15
    apart = some_frames(scene_of(dancing(90)), np.array([0, 40, 80]))
    assert like(draw(apart)[2], PATH, 80).sum() < 15


def test_the_floor_flashes_on_beats() -> None:
    timeline = timeline_of(plan())
    motion = standing(60, fps=20)
    pictures = draw(scene_of(motion, timeline=timeline))
    floor = [float(picture[HEIGHT // 2 : HEIGHT - 30].mean()) for picture in pictures]
    beat, between = floor[10], floor[19]  # 0.5 s is a beat, 0.95 s nearly the next one
    assert beat > between + 1


def test_the_strip_shows_seams_where_they_are_and_now() -> None:
    timeline = timeline_of(plan())
    strip = Strip(timeline, 800, 400)
    picture = np.zeros((400, 800, 3), np.uint8)
    strip.onto(picture, 2.0)
    below = picture[-2]
    assert like(below[round(NOW * 800)], DOWN, 1)
    seams = np.flatnonzero(like(below, SEAM, 1))
    for seam in (1.5, 5.5):
        assert np.abs(seams - (NOW * 800 + (seam - 2.0) * strip.rate)).min() <= 2
    expected = {round(NOW * 800 + (seam - 2.0) * strip.rate) for seam in (-0.5, 1.5, 5.5)}
    assert all(min(abs(x - e) for e in expected) <= 2 for x in seams)


def test_the_strip_leaves_the_feet_to_be_seen() -> None:
    timeline = timeline_of(plan())
    low = with_contacts(standing(3), [1, 1, 1, 1])
    picture = draw(scene_of(low, timeline=timeline))[0]
    assert like(picture[: HEIGHT - Strip(timeline, WIDTH, HEIGHT).tall], STANDS).sum() > 20


def test_several_dancers_are_all_drawn() -> None:
    pair = build_scene([standing(x=-1.0), standing(x=1.0)], BODY, fps=30, width=WIDTH, height=HEIGHT)
    columns = np.flatnonzero(like(draw(pair)[0], LEFT, 60).any(axis=0))
    assert np.diff(columns).max() > 40


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (31, 300)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    pictures = draw(scene_of(standing(2), *size, timeline=timeline_of(plan())))
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.shape == (size[1], size[0], 3)


def test_what_is_behind_the_camera_is_not_drawn() -> None:
    scene = scene_of(standing())
    away = np.array([[0, 1.0, 9.0]], np.float32)
    back = replace(scene, camera=replace(scene.camera, eye=away - np.array([0, 0, 3], np.float32), target=away))
    assert not like(draw(back)[0], LEFT, 60).any()


def test_a_stroke_covers_what_it_covers() -> None:
    picture = np.zeros((9, 20, 3), np.uint8)
    strokes(picture, np.array([[5, 4, 1.5, 15, 4, 1.5, 200, 100, 50, 1, 0]], np.float32))
    assert picture[2:6, 10, 0].tolist() == [100, 200, 200, 100]  # the outer rows' middles lie on the border
    assert picture[3, 10].tolist() == [200, 100, 50]
    assert picture[:, :3].max() == 0
    assert picture[7:].max() == 0


numbers = st.floats(-60, 60, width=32)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[numbers] * 4, st.floats(0.5, 9, width=32), st.floats(0, 1, width=32)), max_size=4))
def test_strokes_stay_between_what_was_and_their_colour(lines: list[tuple[float, ...]]) -> None:
    picture = np.full((17, 23, 3), 40, np.uint8)
    rows = [[x0, y0, r, x1, y1, r, 200, 200, 200, opacity, 0] for x0, y0, x1, y1, r, opacity in lines]
    strokes(picture, np.array(rows, np.float32).reshape(-1, 11))
    assert picture.min() >= 40
    assert picture.max() <= 200
    if all(line[5] == 0 for line in lines):
        assert (picture == 40).all()


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    code = "import sys, choreo_stick; assert not {'numba', 'PIL', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert isinstance(plugins.load("renderers", "stick"), StickRenderer)
