"""What a viewer sees and hears: sides, colours, titles once, channels, when a picture is shown; also after --start."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from dance_support import step_clip
from render_support import capsule_body, standing, turned
from sound_support import write_pcm
from test_dance_as_planned import plan_of
from test_video_encode import heard
from test_web import heard as heard_bytes
from test_web import write_tone
from video_support import Painter, pixels

from choreo import plugins
from choreo.motion.skeleton import CANONICAL
from choreo.pipeline.dance_to_files import write_shows
from choreo.pipeline.outputs import resolve_outputs
from choreo.types import Body, Bytes, Dance, Doubles, Motion, Scene
from choreo.video import build_scene, write_video
from choreo.video.captions import captions
from choreo.video.cuts import placed_shots, whole_dance
from choreo.video.film import Film
from choreo.video.formats import FORMATS, video_format
from choreo.video.lights import stage_lights
from choreo.video.look import Look
from choreo.video.segments import write_film
from choreo.video.shots import plan_shots
from choreo.video.timeline import timeline_of
from choreo.video.titles import title_cards

SIZE = 96


def pointing() -> Motion:
    """Facing the audience with arms down, and in the second frame with the left one straight out to the side."""
    rotations = turned({"right_shoulder": np.full(2, 1.2), "left_shoulder": np.array([-1.2, 0.0])}, 2, 2)
    return Motion(CANONICAL, 30.0, standing(2).translation, rotations)


def changed_columns(a: Bytes, b: Bytes) -> Doubles:
    """How much each column of two pictures differs."""
    return np.asarray(np.abs(a.astype(float) - b.astype(float)).sum(axis=(0, 2)))


@pytest.mark.parametrize("renderer", ["raster", "stick"])
def test_the_dancer_s_left_arm_is_at_the_picture_s_right(renderer: str) -> None:
    """As a dancer who faces you has it."""
    scene = build_scene(pointing(), capsule_body(), fps=30, width=SIZE, height=SIZE, camera="fixed", floor="plain")
    moved = changed_columns(*plugins.load("renderers", renderer).frames(scene))
    assert moved[SIZE // 2 + 8 :].sum() > 5 * moved[: SIZE // 2 - 8].sum()
    assert moved[SIZE // 2 + 8 :].sum() > 1000


def half_red() -> Body:
    """The capsule figure with its left half red and its right half blue."""
    body = capsule_body()
    left = body.vertices[:, 0] > 0
    colours = np.where(left[:, None], [230, 20, 20], [20, 20, 230]).astype(np.uint8)
    return Body(
        body.name, body.skeleton, body.vertices, body.normals, body.faces, body.joint_indices, body.weights, colours
    )


def test_red_is_red_on_the_side_that_is_red() -> None:
    rotations = turned({}, 2, 1)
    motion = Motion(CANONICAL, 30.0, standing(1).translation, rotations)
    scene = build_scene(motion, half_red(), fps=30, width=SIZE, height=SIZE, camera="fixed", floor="plain")
    picture = next(iter(plugins.load("renderers", "raster").frames(scene))).astype(int)
    red = (picture[..., 0] > picture[..., 2] + 60).sum(axis=0)
    blue = (picture[..., 2] > picture[..., 0] + 60).sum(axis=0)
    assert red[SIZE // 2 :].sum() > 20
    assert blue[: SIZE // 2].sum() > 20
    assert red[: SIZE // 2 - 6].sum() + blue[SIZE // 2 + 6 :].sum() < 5


def test_the_camera_that_follows_stands_to_the_dancer_s_left() -> None:
    scene = build_scene(standing(60), capsule_body(4, 4), fps=30, width=SIZE, height=SIZE, camera="follow")
    away = scene.camera.eye - scene.camera.target
    assert (away[:, 0] > 0.3).all()
    assert (away[:, 2] > 3.0).all()
    assert (away[:, 1] > 0.1).all(), "and looks down a little"


def test_the_director_films_from_the_side_that_a_shot_says() -> None:
    clips = [step_clip("a", turn=0.0), step_clip("b", turn=0.0)]
    timeline = timeline_of(plan_of([clips[0], clips[1]] * 3, [False] * 6))
    motion = standing(24 * 30)
    scene = build_scene(
        motion, capsule_body(4, 4), fps=30, width=SIZE, height=SIZE, camera="director", timeline=timeline
    )
    shots = list(placed_shots(timeline, len(motion), 30.0, whole_dance([motion])))
    away = scene.camera.eye - scene.camera.target
    assert len(shots) > 2
    for shot, span in shots:
        for frame, side in ((span.start, shot.side[0]), (span.stop - 1, shot.side[1])):
            assert np.arctan2(away[frame, 0], away[frame, 2]) == pytest.approx(side, abs=0.03)


class Grey(Painter):
    """Frames of one grey."""

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        for _ in range(first, last):
            yield np.full((scene.height, scene.width, 3), 120, np.uint8)


@pytest.mark.parametrize("jobs", [1, 2])
def test_titles_are_seen_once_in_a_film_of_several_parts(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film of 24 seconds is made in three parts of ten; each may be drawn by itself."""
    load = plugins.load
    monkeypatch.setattr(plugins, "load", lambda kind, name: Grey() if kind == "renderers" else load(kind, name))
    scene = build_scene(standing(24 * 10, fps=10.0), capsule_body(4, 4), fps=10, width=96, height=64)
    film = Film(scene, "grey", video_format("mp4"), cards=title_cards(24.0, "A title", "Credits\nof all"))
    if jobs == 1:
        write_film(film, tmp_path / "v.mp4")
        shown = np.asarray(pixels(tmp_path / "v.mp4"))
    else:  # as other processes draw them
        spans = [(first, min(first + film.step, len(scene))) for first in range(0, len(scene), film.step)]
        assert len(spans) == 3
        shown = np.concatenate([np.stack(list(film.draw(*span))) for span in spans])
    assert len(shown) == 240
    words = np.abs(np.asarray(shown, float) - 120).max(axis=(1, 2, 3)) > 40
    time = np.arange(240) / 10
    assert words[(time > 1) & (time < 3)].all(), "the title"
    assert not words[(time > 4.2) & (time < 18.8)].any(), "nothing between"
    assert words[(time > 20) & (time < 23)].all(), "the credits"


def stereo(path: Path) -> Path:
    """A low tone left, a high one right."""
    time = np.arange(2 * 44_100) / 44_100
    return write_pcm(path, 12_000 * np.sin(2 * np.pi * np.array([300, 1200]) * time[:, None]), 44_100)


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov"])
@pytest.mark.parametrize("start", [0.0, 0.4])
def test_left_is_heard_left(kind: str, start: float, tmp_path: Path) -> None:
    import av

    form = FORMATS[kind]
    pictures = (np.zeros((32, 32, 4 if form.alpha else 3), np.uint8) for _ in range(30))
    path = tmp_path / f"v.{kind}"
    write_video(
        path, pictures, fps=30, width=32, height=32, n_frames=30, audio=stereo(tmp_path / "s.wav"),
        audio_start=start, kind=form,
    )  # fmt: skip
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
        blocks = [out.to_ndarray() for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    sound = np.concatenate(blocks, axis=1)[:, 8_000:32_000]
    strongest = np.abs(np.fft.rfft(sound * np.hanning(sound.shape[1]), axis=1)).argmax(axis=1) * 48_000 / 24_000
    np.testing.assert_allclose(strongest, [300, 1200], atol=4)


def test_pictures_are_shown_at_their_times(tmp_path: Path) -> None:
    import av

    for fps in (24.0, 25.0, 29.97, 30.0, 60.0):
        frames = (np.full((32, 32, 3), 8 * k, np.uint8) for k in range(20))
        write_video(tmp_path / "v.mp4", frames, fps=fps, width=32, height=32, n_frames=20)
        with av.open(str(tmp_path / "v.mp4")) as container:
            shown = [(float(f.pts * f.time_base), f.to_ndarray(format="rgb24").mean()) for f in container.decode()]
        times, greys = np.array(shown).T
        np.testing.assert_allclose(times, np.arange(20) / fps, rtol=2e-5, atol=1e-9)
        np.testing.assert_allclose(greys, 8 * np.arange(20), atol=4)


def test_a_song_is_not_copied_when_the_dance_begins_inside_it(tmp_path: Path) -> None:
    """Silence, then a tone from the third second on; a film from 2.5 s has it at 0.5 s, in whatever codec it came."""
    for name, codec in (("s.m4a", "aac"), ("s.mp3", "libmp3lame")):
        song = write_tone(tmp_path / name, 6.0, codec, silent_until=3.0)
        pictures = (np.zeros((32, 32, 3), np.uint8) for _ in range(60))
        write_video(tmp_path / "v.mp4", pictures, fps=30, width=32, height=32, n_frames=60, audio=song, audio_start=2.5)
        first = np.flatnonzero(np.abs(heard(tmp_path / "v.mp4")) > 0.05)[0] / 48_000
        assert first == pytest.approx(0.5, abs=0.02)


def test_captions_lights_and_shots_count_from_where_the_dance_begins() -> None:
    clips = [step_clip("walk"), step_clip("turn")]
    plan = plan_of(clips, [False, True], first=30.0, start=31.0)
    timeline = timeline_of(plan)
    assert [(round(s.start, 6), round(s.end, 6), s.label) for s in timeline.steps] == [
        (-1.0, 3.0, "walk"), (3.0, 7.0, "turn (mirrored)"),
    ]  # fmt: skip
    lines = captions(timeline, 7.0, counts=True).split("\n\n")
    assert lines[0].splitlines()[1:3] == ["00:00:00,000 --> 00:00:00,500", "3  walk"]
    following = next(line for line in lines if line.endswith(("1  turn (mirrored)", "1  turn (mirrored)\n")))
    assert following.splitlines()[1].startswith("00:00:03,000 -->")
    lights = stage_lights(timeline, np.arange(0, 7, 1 / 30))
    assert lights is not None
    glow = lights.rims.sum(axis=(1, 2))
    on_beat, between = glow[[15, 30, 45]], glow[[14, 29, 44]]
    assert (on_beat > between).all(), "lights pulse on the beat"
    assert plan_shots(timeline, 7.0)[0].start == 0.0


@pytest.mark.parametrize("seconds", [2.0, 5.8], ids=["a part of the song", "nearly all of it"])
def test_a_page_has_the_song_from_where_the_dance_begins(seconds: float, tmp_path: Path) -> None:
    """The tone that begins at the song's third second is heard half a second into a dance that begins at 2.5 s."""
    song = write_tone(tmp_path / "s.mp3", 6.0, silent_until=3.0)
    outputs = resolve_outputs(song, tmp_path / "out", ("web",), Look(body="stick"))
    dance = Dance("one", (standing(round(30 * seconds) + 1),), None)
    page = write_shows(outputs, [dance], song, 2.5)["web"].read_text(encoding="utf-8")
    told = json.loads(re.findall(r'id="facts">(.*?)</script>', page, re.S)[0])
    kind, letters = re.findall(r"data:(audio/\w+);base64,([A-Za-z0-9+/=]+)", page)[0]
    assert kind == ("audio/mp4" if seconds < 4 else "audio/mpeg")
    first = np.flatnonzero(np.abs(heard_bytes(base64.b64decode(letters))) > 0.05)[0] / 48_000
    assert first - told["start"] == pytest.approx(0.5, abs=0.04)
