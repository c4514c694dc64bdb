"""Pictures that move lead from their last frame into their first: pose, place, camera and lights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from test_looping import joints, swaying

from choreo import plugins
from choreo.synthesis.looping import loop_ends
from choreo.types import Motion, Section, Timeline
from choreo.video.bodies import load_body
from choreo.video.lights import stage_lights
from choreo.video.loops import LONGEST, LONGEST_PART, loop_of, loop_scene, strongest_parts


def timeline_of(seconds: float, energies: Sequence[float] = ()) -> Timeline:
    """Bars of two seconds, each a step, each four of them a section: A B C A B C."""
    bars = int(seconds // 2)
    steps = tuple(Section(2.0 * k, 2.0 * k + 2, f"step {k}") for k in range(bars))
    parts = tuple(Section(8.0 * k, min(8.0 * k + 8, 2.0 * bars), "ABC"[k % 3]) for k in range(-(-bars // 4)))
    beats = np.asarray(np.arange(4 * bars) * 0.5, np.float64)
    positions = np.arange(len(beats)) % 4 + 1
    return Timeline("t", 4, 120.0, beats, positions, steps, parts, tuple(energies) or (0.5,) * bars)


def wandering(seconds: float) -> Motion:
    """A dance whose poses do not come back by themselves, and that leaves its place."""
    return swaying(seconds, period=3.7, drift=0.15)


@pytest.mark.parametrize("camera", ["follow", "fixed", "director"])
@pytest.mark.parametrize("fps", [12.5, 20.0])
def test_the_last_frame_leads_into_the_first(camera: str, fps: float) -> None:
    loop = loop_of([wandering(30.0)], timeline_of(30.0))
    scene = loop_scene(loop, load_body(), fps=fps, width=96, height=54, camera=camera, lights=True)
    motion = scene.performers[0][1]
    at = joints(motion)
    steps = np.linalg.norm(np.diff(at, axis=0), axis=-1).mean(axis=1)
    assert np.linalg.norm(at[-1] - at[0], axis=-1).mean() <= 1.5 * np.median(steps)
    for track in (scene.camera.eye, scene.camera.target):
        moves = np.linalg.norm(np.diff(track, axis=0), axis=-1)
        assert np.linalg.norm(track[-1] - track[0]) <= 1.5 * moves.max() + 1e-6
    assert scene.lights is not None
    light = np.concatenate([scene.lights.rims.reshape(len(scene), -1), scene.lights.glow], axis=1)
    assert np.abs(light[-1] - light[0]).max() <= 1.5 * np.abs(np.diff(light, axis=0)).max()
    frames = [frame.astype(np.int16) for frame in plugins.load("renderers", "raster").frames(scene)]
    changes = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    beside = (changes[0] + changes[-1]) / 2
    assert np.abs(frames[-1] - frames[0]).mean() <= 1.5 * max(np.median(changes), beside)


def test_loops_are_whole_bars_of_bounded_length_and_keep_the_song_s_pace() -> None:
    line = timeline_of(60.0)
    loop = loop_of([wandering(60.0)], line)
    assert {round(loop.begin % 2, 3), round(loop.end % 2, 3)} <= {0.0, 2.0}
    assert 0.7 * LONGEST <= loop.end - loop.begin <= LONGEST
    scene = loop_scene(loop, load_body(), fps=12.5, width=64, height=36)
    assert len(scene) / scene.fps == pytest.approx(loop.end - loop.begin)
    assert scene.fps == pytest.approx(12.5, rel=0.01)
    assert "on whole bars" in loop.told("a.gif")
    assert scene.timeline is not None
    now = next(step.label for step in scene.timeline.steps if step.start <= 1e-6 < step.end)
    assert now == f"step {round(loop.begin / 2)}"


def test_a_part_that_is_named_is_looped_as_long_as_it_may_be() -> None:
    loop = loop_of([wandering(60.0)], timeline_of(60.0), (10.0, 54.0))
    assert loop.begin >= 10 - 1e-6
    assert loop.end <= 54 + 1e-6
    assert LONGEST < loop.end - loop.begin <= LONGEST_PART
    assert loop_of([wandering(60.0)], None, (10.0, 14.0)).end <= 14


def test_the_strongest_part_of_the_song_is_taken_before_others() -> None:
    motion = swaying(96.0, period=4.0)
    line = timeline_of(96.0, [0.9 if k // 4 == 4 else 0.3 for k in range(48)])
    assert strongest_parts(line) == [(32.0, 40.0)]
    begin, end = (frame / motion.fps for frame in loop_ends([motion], None, longest=8.0, liked=strongest_parts(line)))
    assert begin >= 32 - 1
    assert end <= 40 + 1
    assert strongest_parts(None) == []


def test_sections_keep_the_colours_that_they_have_in_the_video() -> None:
    line = timeline_of(48.0, [0.2] * 8 + [0.9] * 4 + [0.2] * 12)
    loop = loop_of([swaying(48.0, period=4.0)], line, (16.0, 24.0))
    scene = loop_scene(loop, load_body(), fps=10, width=64, height=36, lights=True)
    whole = stage_lights(line, np.arange(0, 48, 0.1))
    assert whole is not None
    assert scene.lights is not None
    at = round((loop.begin + 0.5 * (loop.end - loop.begin)) * 10)
    middle = scene.lights.rims[len(scene) // 2]
    colour, want = middle / middle.sum(), whole.rims[at] / whole.rims[at].sum()
    np.testing.assert_allclose(colour, want, atol=0.01)


def test_what_is_too_short_goes_forwards_and_back() -> None:
    motion = swaying(0.6)
    loop = loop_of([motion])
    assert loop.back
    assert len(loop.motions[0]) == 2 * len(motion) - 1
    assert np.array_equal(loop.motions[0].translation[-1], motion.translation[0])
    assert "forwards and back" in loop.told("a.gif")


def test_all_dancers_are_in_the_loop() -> None:
    loop = loop_of([swaying(20.0), wandering(20.0)], timeline_of(20.0))
    assert len({len(motion) for motion in loop.motions}) == 1
    for motion in loop.motions:
        assert np.abs(joints(motion)[-1] - joints(motion)[0]).max() < 1e-5
