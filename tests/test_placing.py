"""Words of a film never lie over a body: measured on what is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dance_support import swaying_motion
from render_support import capsule_body, dancing, standing

from choreo import plugins
from choreo.types import Body, CameraPath, Motion, Scene
from choreo.video import build_scene
from choreo.video.bodies import load_body
from choreo.video.free_space import free_places, room_of, taken
from choreo.video.placing import EDGE, READABLE, placed_cards, times_of, unplaced
from choreo.video.scene import some_frames
from choreo.video.titles import TitleCard, layer, title_cards

CREDITS = (
    "Song: Roar, Katy Perry (rights remain with its owners)\nMovement:\nstarter - licence: CC0-1.0\nBody:\nx - CC0"
)


def scene_of(
    width: int, height: int, motions: list[Motion] | None = None, body: Body | None = None, near: float = 1.0
) -> Scene:
    """Dancers at 10 frames a second; `near` moves the camera closer, to the upper body."""
    scene = build_scene(motions or swaying_motion(12.0, 1.0, 0.5), body or load_body(), fps=10, width=width,
                        height=height)  # fmt: skip
    if near == 1.0:
        return scene
    eye, target = scene.camera.eye, scene.camera.target + np.array([0, 0.35, 0], np.float32)
    return replace(scene, camera=CameraPath(target + np.float32(near) * (eye - scene.camera.target), target,
                                            scene.camera.fov_y))  # fmt: skip


def shared_pixels(card: TitleCard, scene: Scene) -> int:
    """Pixels that letters and bodies have in common while a card is shown."""
    first, last = int(np.ceil(card.start * scene.fps)), min(int(card.end * scene.fps) + 1, len(scene))
    shown = some_frames(scene, np.arange(first, last))
    shown = replace(shown, floor="plain")
    words = layer(card, scene.width, scene.height)
    ink = words[..., 0] * words[..., 1] > 0.05
    assert ink.any()
    frames = plugins.load("renderers", "raster").part(shown, 0, len(shown), alpha=True)
    # The shadow on the floor is black that can be seen through.
    return sum(int((ink & (frame[..., 3] > 128) & (frame[..., :3].max(axis=-1) > 8)).sum()) for frame in frames)


@pytest.mark.parametrize("near", [1.0, 0.5], ids=["whole", "close"])
@pytest.mark.parametrize(("width", "height"), [(480, 270), (270, 480), (320, 320)])
def test_titles_and_credits_are_never_over_the_body(width: int, height: int, near: float) -> None:
    scene = scene_of(width, height, near=near)
    placed, left_out = placed_cards(title_cards(12.0, "Roar\nKaty Perry", CREDITS), scene)
    assert placed
    assert not left_out or near < 1
    for card in placed:
        assert shared_pixels(card, scene) == 0
        ink = np.argwhere(layer(card, width, height)[..., 0] > 0.3) / [height, width]
        assert ink.min() > EDGE / 4
        assert ink.max() < 1 - EDGE / 4


def test_nor_over_any_of_a_group_with_arms_that_reach_out() -> None:
    group = [dancing(121, 10.0, reach=1.5), *(standing(121, 10.0, x=x, z=-0.5) for x in (-1.2, 1.2))]
    scene = scene_of(320, 180, group, capsule_body())
    placed, _ = placed_cards(title_cards(12.0, "A song of some words\nand its singer", CREDITS), scene)
    assert len(placed) == 2
    assert [shared_pixels(card, scene) for card in placed] == [0, 0]


def test_what_is_taken_holds_every_vertex_that_is_drawn() -> None:
    scene = scene_of(160, 160, [dancing(30, 10.0)], capsule_body())
    boxes = room_of(scene, 0, 30)
    frames = plugins.load("renderers", "raster").part(replace(scene, floor="plain"), 0, 30, alpha=True)
    for number, frame in enumerate(frames):
        body = (frame[..., 3] > 128) & (frame[..., :3].max(axis=-1) > 8)
        grid = taken(boxes.within(number, number + 1), 160, 160)
        rows, columns = np.nonzero(body)
        assert body.any()
        assert grid[rows * len(grid) // 160, columns * len(grid) // 160].all()
        for axis in (0, 1):  # no more room is taken than that
            taken_at, body_at = (np.flatnonzero(each.any(axis=axis)) / each.shape[1 - axis] for each in (grid, body))
            assert np.abs(taken_at[[0, -1]] - body_at[[0, -1]]).max() < 0.06


def covered(scene: Scene, until: int) -> Scene:
    """A scene whose camera is at the dancer's chest up to a frame, so that nothing is free."""
    eye = scene.camera.eye.copy()
    eye[:until] = scene.camera.target[:until] + 0.25 * (eye[:until] - scene.camera.target[:until]) * 0.3
    return replace(scene, camera=CameraPath(eye, scene.camera.target, scene.camera.fov_y))


def test_a_title_waits_until_there_is_room() -> None:
    scene = covered(scene_of(160, 160), 25)
    (title,), left_out = placed_cards(title_cards(12.0, "Roar"), scene)
    assert not left_out
    assert title.start == 2.5
    assert title.end - title.start == 4.0
    assert shared_pixels(title, scene) == 0


def test_credits_come_earlier_when_the_end_leaves_no_room() -> None:
    scene = scene_of(160, 160)
    backwards = covered(replace(scene, camera=CameraPath(
        scene.camera.eye[::-1], scene.camera.target[::-1], scene.camera.fov_y)), 20)  # fmt: skip
    scene = replace(scene, camera=CameraPath(
        backwards.camera.eye[::-1], backwards.camera.target[::-1], scene.camera.fov_y))  # fmt: skip
    (credits,), _ = placed_cards(title_cards(12.0, words="Song: x"), scene)
    assert credits.end <= 10.1
    assert shared_pixels(credits, scene) == 0


def test_what_has_no_room_is_left_out_and_told() -> None:
    scene = covered(scene_of(160, 160), 121)
    placed, left_out = placed_cards(title_cards(12.0, "Roar"), scene)
    assert placed == ()
    (said,) = unplaced(left_out)
    assert "'Roar'" in said
    assert unplaced(()) == []


def test_cards_at_one_time_stand_beside_each_other_and_captions_stay_at_their_step() -> None:
    scene = scene_of(320, 180)
    captions = tuple(TitleCard(f"step {k}", 2 * k, 2 * k + 2, 0.05, middle=0.8, fade=0.15) for k in range(5))
    placed, _ = placed_cards((*title_cards(12.0, "Roar"), *captions), scene)
    title, *steps = placed
    ink = [layer(card, 320, 180)[..., 0] > 0.05 for card in placed]
    assert not (ink[0] & (ink[1] | ink[2])).any(), "the title lasts over two steps"
    assert [(card.start, card.end) for card in steps] == [(card.start, card.end) for card in captions]
    assert all(card.place is not None and card.place.size >= READABLE for card in (title, *steps))


def test_times_of_titles_go_later_and_of_credits_earlier() -> None:
    title, credits = title_cards(60.0, "a", "b")
    later, earlier = list(times_of(title, 60.0)), list(times_of(credits, 60.0))
    assert later[:2] == [(0.0, 4.0), (0.5, 4.5)]
    assert earlier[:2] == [(55.0, 60.0), (54.5, 59.5)]
    assert min(end - start for start, end in (*later, *earlier)) == 2.0
    assert all(0 <= start < end <= 60 for start, end in (*later, *earlier))


def test_free_places_are_those_without_a_taken_cell() -> None:
    grid = np.zeros((4, 5), bool)
    grid[1, 2] = True
    free = free_places(grid, 2, 2)
    want = [[not grid[y : y + 2, x : x + 2].any() for x in range(4)] for y in range(3)]
    assert free.tolist() == want
    assert free_places(grid, 5, 1).size == 0
    assert taken([(0.4, 0.25, 0.6, 0.5)], 5, 4).sum() > 0
    assert not taken([(-2.0, -2.0, -1.0, -1.0)], 5, 4).any()
