"""A preview is drawn while its dance is still being stitched, with the pictures of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks

from choreo import plugins
from choreo.options import Choosing
from choreo.pipeline import make_plan
from choreo.pipeline import preview as previewing
from choreo.pipeline.dance_to_files import look_scene
from choreo.pipeline.unfolding import can_unfold, unfolding_scenes
from choreo.planfile.file import write_plan
from choreo.synthesis import perform
from choreo.synthesis.joining import GrowingDance, StepMotion
from choreo.synthesis.stitch import dance_frames, perform_steps
from choreo.types import Bytes, ChoreographyPlan, Clip, Scene
from choreo.video.bodies import load_body
from choreo.video.look import Look
from choreo.video.scene import frames_within
from choreo.video.timeline import timeline_of

SMALL = Look(width=96, height=54, fps=24.0)
Planned = tuple[ChoreographyPlan, dict[str, Clip]]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, database: str) -> Planned:
    song = write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=40, bpm=112)
    _, plan, clips = make_plan(song, choosing=Choosing(db=database, seed=3))
    return plan, clips


def recorded(planned: Planned, taken: list[int]) -> GrowingDance:
    """The dance, which writes down the steps that are stitched."""

    def steps() -> Iterator[StepMotion]:
        for step in perform_steps(*planned):
            taken.append(step.number)
            yield step

    return GrowingDance(steps(), dance_frames(planned[0]))


@pytest.mark.parametrize(
    "look",
    [
        SMALL,
        replace(SMALL, camera="director", fps=10.0),
        replace(SMALL, width=40, height=80, fps=7.0, lights="plain", floor="plain"),
    ],
)
def test_scenes_of_a_growing_dance_are_those_of_the_whole(planned: Planned, look: Look) -> None:
    plan, clips = planned
    body, timeline = load_body(), timeline_of(plan)
    whole = look_scene([perform(plan, clips)], body, look, timeline)
    dance = recorded(planned, [])
    scenes = list(unfolding_scenes(dance, body, look, timeline, len(whole)))
    assert [len(scene) for scene in scenes[:2]] == [round(5 * look.video_fps), round(10 * look.video_fps)]
    assert sum(len(scene) for scene in scenes) == len(whole)
    assert len(whole) == frames_within((dance.frames - 1) / dance.fps, look.video_fps)

    def arrays(scene: Scene) -> list[np.ndarray]:
        ((_, motion),) = scene.performers
        assert motion.contacts is not None
        found = [motion.translation, motion.rotations, motion.contacts, scene.camera.eye, scene.camera.target]
        lights = (
            [] if scene.lights is None else [scene.lights.key, scene.lights.rims, scene.lights.glow, scene.lights.level]
        )
        return [*found, *lights, scene.times]

    assert len(arrays(whole)) == (10 if look.lights == "stage" else 6)
    for all_at_once, *pieces in zip(arrays(whole), *map(arrays, scenes), strict=True):
        assert np.concatenate(pieces).tobytes() == all_at_once.tobytes()
    for scene in scenes:
        assert (scene.camera.fov_y, scene.fps, scene.width, scene.height, scene.floor) == (
            whole.camera.fov_y, whole.fps, whole.width, whole.height, whole.floor
        )  # fmt: skip


def test_pictures_of_a_growing_dance_are_those_of_the_whole(planned: Planned) -> None:
    plan, clips = planned
    body, timeline = load_body(), timeline_of(plan)
    whole = look_scene([perform(plan, clips)], body, SMALL, timeline)
    renderer = plugins.load("renderers", "raster")
    scenes = unfolding_scenes(recorded(planned, []), body, SMALL, timeline, len(whole))
    one, two = next(scenes), next(scenes)
    seam = len(one)
    apart = [*renderer.part(one, seam - 2, seam), *renderer.part(two, 0, 2)]
    together = list(renderer.part(whole, seam - 2, seam + 2))
    assert [frame.tobytes() for frame in apart] == [frame.tobytes() for frame in together]
    assert len({frame.tobytes() for frame in apart}) == 4


class Drawn:
    """A renderer that writes down what has been stitched when a frame is drawn."""

    name, description, alpha, unfolds = "drawn", "draws grey pictures", False, True

    def __init__(self, taken: list[int]) -> None:
        self.taken, self.known = taken, list[int]()

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        return self.part(scene, 0, len(scene))

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        for _ in range(first, last):
            self.known.append(len(self.taken))
            yield np.full((scene.height, scene.width, 3), 80, np.uint8)


def test_a_preview_draws_before_the_dance_is_stitched(
    planned: Planned, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, clips = planned
    taken: list[int] = []
    renderer, load = Drawn(taken), plugins.load
    monkeypatch.setattr(plugins, "load", lambda kind, name: renderer if kind == "renderers" else load(kind, name))
    monkeypatch.setattr(previewing, "unfold_plan", lambda plan, clips: recorded((plan, clips), taken))
    write_plan(plan, tmp_path / "a.json")
    begun: list[int] = []
    made = previewing.preview(
        tmp_path / "a.json", output=tmp_path / "a.mp4", look=SMALL, choosing=Choosing(db=database),
        begun=lambda path: begun.append(len(taken)),
    )  # fmt: skip
    assert renderer.known[0] < len(plan.steps) / 2
    assert begun[0] < len(plan.steps)
    assert taken == list(range(len(plan.steps)))
    assert len(renderer.known) == frames_within(plan.end - plan.start, 24.0)
    assert made.motion is not None
    assert made.motion.rotations.tobytes() == perform(plan, clips).rotations.tobytes()


def test_what_is_seen_whole_is_stitched_whole() -> None:
    body = load_body()
    assert can_unfold(SMALL, body, 1)
    assert not can_unfold(SMALL, body, 2)
    assert not can_unfold(replace(SMALL, camera="fixed"), body, 1)
    assert can_unfold(replace(SMALL, camera="director"), body, 1)
    assert not can_unfold(replace(SMALL, renderer="stick"), body, 1)
    longer = replace(body.skeleton, offsets=body.skeleton.offsets * np.float32(1.1))
    assert not can_unfold(SMALL, replace(body, skeleton=longer), 1)
