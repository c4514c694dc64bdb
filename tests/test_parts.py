"""Short dances, and parts of songs: cut from a dance, heard in the song, shown as they are in the whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks
from dance_support import song, sway_clip

from choreo import plugins
from choreo.errors import AudioError, InputError
from choreo.music import phrases
from choreo.options import Choosing, Listening
from choreo.pipeline import edit_plan, hearing, make_plan, render_motion, render_plan
from choreo.pipeline.dance_to_files import frames_shown, look_scene, write_motions
from choreo.pipeline.outputs import resolve_outputs
from choreo.pipeline.plan_to_dance import Performance, perform_plan
from choreo.planfile import sliced_plan, step_bars, write_plan
from choreo.planning import Edit, plan
from choreo.retrieval import retrieve
from choreo.types import ChoreographyPlan, Clip, MusicAnalysis
from choreo.video.bodies import load_body
from choreo.video.captions import captions
from choreo.video.look import Look
from choreo.video.scene import part_of_scene
from choreo.video.timeline import moved_timeline
from choreo_bvh import read_bvh
from choreo_gltf.reader import open_gltf, values


def pool(metre: int, bpm: float) -> list[Clip]:
    moves = [
        sway_clip(f"m{bars}{k}", size=0.2 + 0.05 * k, counts=bars * metre, metre=metre, bpm=bpm)
        for bars in (1, 2)
        for k in range(5)
    ]
    roles = [("entrance", 2), ("entrance", 1), ("ending", 2), ("ending", 1), ("idle", 2), ("idle", 1)]
    others = [
        sway_clip(f"{role}{bars}", counts=bars * metre, metre=metre, bpm=bpm, role=role, energy=0.1)
        for role, bars in roles
    ]
    return [*moves, *others]


def danced(
    music: MusicAnalysis, clips: list[Clip], start: float = 0.0, end: float | None = None
) -> ChoreographyPlan:  # fmt: skip
    parts = phrases(music)
    return plan(music, parts, clips, retrieve(music, parts, clips), start=start, end=end)


def roles(made: ChoreographyPlan, clips: list[Clip]) -> list[str]:
    role = {clip.clip_id: clip.role for clip in clips}
    return [role[step.clip_id] for step in made.steps]


@pytest.mark.parametrize("metre", [3, 4])
@pytest.mark.parametrize("bpm", [75, 120, 170])
@pytest.mark.parametrize("seconds", [4, 6, 9, 12, 20, 30])
def test_a_short_song_is_mostly_danced(seconds: float, bpm: float, metre: int) -> None:
    clips = pool(metre, bpm)
    made = danced(song(seconds, bpm=bpm, metre=metre, first=0.4, form="A"), clips)
    shown = [min(step.beats[-1], made.end) - max(step.beats[0], 0) for step in made.steps]
    moving = sum(time for time, role in zip(shown, roles(made, clips), strict=True) if role == "move")
    assert moving > 0.6 * seconds
    bars = step_bars(made)[-1][1]
    assert bars >= 8 or roles(made, clips)[0] == "move"


@pytest.mark.parametrize("end", [14.0, 20.0])
def test_a_short_dance_is_not_one_move_and_its_mirror(end: float) -> None:
    clips = pool(4, 120)
    made = danced(song(60), clips, 8.0, end)
    names = [step.name for step in made.steps]
    assert all(a != b for a, b in pairwise(names))


def test_a_whole_song_enters_and_ends() -> None:
    clips = pool(4, 120)
    for seconds in (24, 60):
        of = roles(danced(song(seconds), clips), clips)
        assert (of[0], of[-1]) == ("entrance", "ending")
        assert set(of[1:-1]) == {"move"}


@pytest.mark.parametrize(("start", "end"), [(20.0, 32.0), (21.3, 25.3), (0.0, 12.0), (8.0, 38.0), (30.01, 36.0)])
def test_a_part_is_moved_from_its_beginning_to_its_end(start: float, end: float) -> None:
    clips, music = pool(4, 120), song(60, form="AB")
    made = danced(music, clips, start, end)
    assert set(roles(made, clips)) == {"move"}
    assert made.steps[0].beats[0] <= start + 0.05 < made.steps[0].beats[-1]
    assert made.steps[-1].beats[0] < end <= made.steps[-1].beats[-1] + 0.05
    assert {beat for step in made.steps for beat in step.beats} <= set(music.beats.round(3))


def test_a_part_that_goes_on_to_the_end_ends_with_the_song() -> None:
    clips = pool(4, 120)
    of = roles(danced(song(60), clips, 40.0), clips)
    assert (of[0], of[-1]) == ("move", "ending")


def test_a_part_has_the_sections_and_the_energy_of_the_song() -> None:
    clips, music = pool(4, 120), song(64, form="ABAC")
    music = replace(music, energy=np.linspace(0.2, 0.9, len(music.beats)).astype(np.float32))
    made = danced(music, clips, 12.0, 52.0)
    for step in made.steps:
        assert step.section == "ABAC"[int(step.beats[0] // 16)]
        assert step.energy == pytest.approx(0.2 + 0.7 * (step.beats[0] + step.beats[-1]) / 128, abs=0.03)


def test_what_returns_in_a_part_is_danced_as_it_first_was_in_it() -> None:
    clips, music = pool(4, 120), song(96, form="ABABAB")
    made = danced(music, clips, 32.0, 96.0)
    first = {step.beats[0]: step.clip_id for step in made.steps if step.beats[0] < 48}
    again = {step.beats[0] - 32: step.clip_id for step in made.steps if 64 <= step.beats[0] < 80}
    assert sum(first[at] == again.get(at) for at in first) >= len(first) - 1


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=40, bpm=110)


@pytest.fixture(scope="module")
def whole(clicks: Path, database: str) -> tuple[MusicAnalysis, ChoreographyPlan, Performance]:
    analysis, made, clips = make_plan(clicks, choosing=Choosing(db=database))
    return analysis, made, perform_plan(made, clips)


def test_a_part_is_heard_in_the_song(
    clicks: Path, database: str, whole: tuple[MusicAnalysis, ChoreographyPlan, Performance]
) -> None:
    part = Listening(start=12.5, duration=14)
    analysis, made, _ = make_plan(clicks, listening=part, choosing=Choosing(db=database))
    assert np.array_equal(analysis.beats, whole[0].beats)
    assert (made.start, made.end) == (12.5, 26.5)
    changed, _ = edit_plan(made, Edit(mirror=(1,)), db=database)
    assert [step.beats for step in changed.steps] == [step.beats for step in made.steps]
    anew, _ = edit_plan(made, Edit(replace=((9, 11),)), db=database)
    assert anew.steps[0].clip_id == made.steps[0].clip_id
    assert (anew.start, anew.steps[-1].beats) == (made.start, made.steps[-1].beats)


@pytest.mark.parametrize(
    ("part", "words"),
    [(Listening(start=50), "past the end"), (Listening(start=39.5), "lasts 0.50 s"), (Listening(duration=0.2), "0.20")],
)
def test_parts_that_are_none(clicks: Path, part: Listening, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        hearing.hear(clicks, part)


def of_part(
    whole: tuple[MusicAnalysis, ChoreographyPlan, Performance], start: float, end: float
) -> Performance:  # fmt: skip
    _, made, performance = whole
    return replace(performance, plan=sliced_plan(made, start, end), part=(start - made.start, end - made.start))


def test_a_shown_part_is_moved_filmed_and_lit_as_in_the_whole(
    whole: tuple[MusicAnalysis, ChoreographyPlan, Performance],
) -> None:
    performance = whole[2]
    look = Look(width=64, height=36, fps=12, camera="director")
    part = of_part(whole, 10.0, 13.0)
    scene = look_scene(list(performance.whole), load_body(), look, performance.timeline)
    first, last = frames_shown(part, 12.0)
    assert (first, last) == (120, 157)
    raster = plugins.load("renderers", "raster")
    shown = list(raster.frames(part_of_scene(scene, first, last)))
    assert all(np.array_equal(a, b) for a, b in zip(shown, raster.part(scene, first, last), strict=True))
    motion = part.motions[0]
    assert np.array_equal(motion.rotations, performance.whole[0].rotations[600:781])
    timeline = part.timeline
    assert timeline is not None
    counted = captions(timeline, 40.0, counts=True).split("\n\n")
    moved = captions(moved_timeline(timeline, -10.0), 3.0, counts=True).split("\n\n")
    assert [cue.splitlines()[-1] for cue in counted if "00:00:11" in cue.split(" --> ")[0]] == [
        cue.splitlines()[-1] for cue in moved if "00:00:01" in cue.split(" --> ")[0]
    ]


def test_a_part_of_a_plan_is_rendered(
    whole: tuple[MusicAnalysis, ChoreographyPlan, Performance], database: str, tmp_path: Path
) -> None:
    path = tmp_path / "clicks.plan.json"
    write_plan(whole[1], path)
    result = render_plan(path, start=12.0, duration=4.0, formats=("bvh",), output=tmp_path, db=database)
    assert len(read_bvh(result.files["bvh"])) == 241
    assert np.array_equal(result.motions[0].rotations, whole[2].whole[0].rotations[720:961])
    with pytest.raises(InputError, match="--start 41 lies outside"):
        render_plan(path, start=41.0, formats=("bvh",), output=tmp_path, db=database)
    small = Look(body="stick", width=32, height=32, fps=10)
    stills = render_motion(
        result.files["bvh"], start=1.0, duration=0.4, formats=("png",), output=tmp_path / "stills", look=small
    )
    assert len(list(stills.files["png"].iterdir())) == 5


@pytest.mark.parametrize("fps", [None, 12, 23.976, 30, 120])
def test_motion_files_have_the_rate_that_is_asked_for(
    fps: float | None, whole: tuple[MusicAnalysis, ChoreographyPlan, Performance], tmp_path: Path
) -> None:
    performance = of_part(whole, 10.0, 12.0)
    outputs = resolve_outputs(Path("x.wav"), tmp_path / "x", ("bvh", "glb"), Look(fps=fps))
    files, _ = write_motions(outputs, performance, {})
    rate = fps or 60
    back, ours = read_bvh(files["bvh"]), performance.motions[0]
    assert len(back) == int(2 * rate + 1e-6) + 1
    assert back.fps == pytest.approx(rate, abs=1e-4)
    document = open_gltf(files["glb"])
    times = values(document, document.animations[0].samplers[0].input).ravel()
    np.testing.assert_allclose(times, np.arange(len(back)) / rate, atol=1e-6)
    # Every second frame of 120 and every frame of slower rates that 60 holds is one of the dance's own.
    theirs, own = max(round(rate / 60), 1), max(round(60 / rate), 1)
    if rate == 60 * theirs / own:
        shown, danced = back.translation[::theirs], ours.translation[::own]
        np.testing.assert_allclose(shown, danced, atol=1e-3)
        turned = np.abs(np.sum(back.rotations[::theirs] * ours.rotations[::own], axis=-1))
        assert turned.min() > 1 - 1e-5
