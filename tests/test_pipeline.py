"""The whole line: a song in, a dance and its files out; and each stage's promise to the next."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from cli_support import write_clicks

import choreo
from choreo.errors import AudioError, ChoreoError, InputError, OutputError, PlanError, PluginError
from choreo.motion.contacts import contact_slide
from choreo.options import Choosing, Listening
from choreo.pipeline import generate, make_plan, render_motion, render_plan
from choreo.synthesis import perform
from choreo.video.look import Look
from choreo.video.media_facts import probe
from choreo_bvh import read_bvh

SMALL = Look(body="stick", width=160, height=90, fps=10)


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=9, bpm=110)


@pytest.fixture(scope="module")
def made(clicks: Path, database: str, tmp_path_factory: pytest.TempPathFactory) -> choreo.Result:
    return generate(clicks, output=tmp_path_factory.mktemp("out"), look=SMALL, choosing=Choosing(db=database))


def test_everything_that_was_promised_is_there(made: choreo.Result) -> None:
    assert sorted(made.files) == ["bvh", "credits", "mp4", "plan"]
    assert sorted(path.name for path in made.files["mp4"].parent.iterdir()) == [
        "clicks.bvh", "clicks.credits.txt", "clicks.mp4", "clicks.plan.json",
    ]  # fmt: skip
    assert made.seconds.keys() >= {"listening", "choreographing", "stitching the dance", "rendering"}


def test_picture_and_sound_last_as_long_as_the_song(made: choreo.Result) -> None:
    facts = probe(made.files["mp4"])
    assert (facts["video"]["codec"], facts["audio"]["codec"]) == ("h264", "aac")
    assert (facts["video"]["width"], facts["video"]["height"]) == (160, 90)
    assert facts["video"]["duration"] == pytest.approx(9, abs=0.1)  # one frame
    assert facts["audio"]["duration"] == pytest.approx(facts["video"]["duration"], abs=0.1)


def test_the_credits_name_the_source_and_licence(made: choreo.Result) -> None:
    text = made.files["credits"].read_text()
    assert "starter" in text
    assert "CC0-1.0" in text


def test_the_bvh_is_the_dance(made: choreo.Result) -> None:
    assert made.motion is not None
    back = read_bvh(made.files["bvh"])
    assert back.fps == SMALL.fps
    np.testing.assert_allclose(back.translation, made.motion.translation[::6], atol=1e-3)


def test_the_plan_danced_again_is_the_same_dance(made: choreo.Result, database: str, tmp_path: Path) -> None:
    again = render_plan(made.files["plan"], output=tmp_path, formats=("bvh", "plan"), look=SMALL, db=database)
    assert again.motion is not None
    assert made.motion is not None
    assert np.array_equal(again.motion.rotations, made.motion.rotations)
    assert np.array_equal(again.motion.translation, made.motion.translation)
    assert again.files["bvh"].read_bytes() == made.files["bvh"].read_bytes()
    assert again.files["plan"].read_bytes() == made.files["plan"].read_bytes()


def test_the_same_song_and_seed_give_the_same_bytes(
    made: choreo.Result, clicks: Path, database: str, tmp_path: Path
) -> None:
    other = generate(clicks, output=tmp_path, look=SMALL, choosing=Choosing(db=database))
    for name in ("bvh", "plan", "mp4", "credits"):
        assert other.files[name].read_bytes() == made.files[name].read_bytes(), name


def test_another_seed_gives_another_dance(tmp_path: Path, database: str) -> None:
    song = write_clicks(tmp_path / "long.wav", seconds=30, bpm=110)
    plans = {
        tuple(s.clip_id for s in make_plan(song, choosing=Choosing(seed=seed, db=database))[1].steps)
        for seed in range(4)
    }
    assert len(plans) > 1


def test_a_plan_of_a_missing_clip(made: choreo.Result, database: str, tmp_path: Path) -> None:
    sheet = json.loads(made.files["plan"].read_text())
    sheet["steps"][1]["clip_id"] = "0" * 16
    path = tmp_path / "gone.plan.json"
    path.write_text(json.dumps(sheet))
    with pytest.raises(PlanError, match="not in the motion database"):
        render_plan(path, output=tmp_path / "out", db=database)
    assert not list((tmp_path / "out").iterdir())


def test_a_plan_whose_song_moved(made: choreo.Result, clicks: Path, database: str, tmp_path: Path) -> None:
    sheet = json.loads(made.files["plan"].read_text())
    sheet["song"]["path"] = "elsewhere.wav"
    path = tmp_path / "moved.plan.json"
    path.write_text(json.dumps(sheet))
    with pytest.raises(PlanError, match="--song"):
        render_plan(path, output=tmp_path / "out", look=SMALL, db=database)
    result = render_plan(path, song=clicks, output=tmp_path / "out", look=SMALL, db=database)
    assert result.files["mp4"].stat().st_size > 1000


def test_a_bvh_is_rendered_with_sound(made: choreo.Result, clicks: Path, tmp_path: Path) -> None:
    result = render_motion(made.files["bvh"], song=clicks, output=tmp_path, look=SMALL)
    with av.open(str(result.files["mp4"])) as file:
        assert len(file.streams.audio) == 1
    silent = render_motion(made.files["bvh"], output=tmp_path / "silent", look=replace(SMALL, fps=5))
    with av.open(str(silent.files["mp4"])) as file:
        assert len(file.streams.audio) == 0


def test_a_silent_song_is_refused(tmp_path: Path, database: str) -> None:
    song = write_clicks(tmp_path / "silence.wav", seconds=0.2)
    from wave import open as open_wave

    with open_wave(str(song), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes(bytes(2 * 22_050 * 5))
    with pytest.raises(AudioError, match="silent"):
        generate(song, output=tmp_path / "out", look=SMALL, choosing=Choosing(db=database))
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("look", "formats", "error"),
    [
        (replace(SMALL, renderer="none"), ("mp4",), PluginError),
        (replace(SMALL, body="smplx"), ("mp4",), InputError),
        (SMALL, ("mp5",), InputError),
    ],
)
def test_wishes_that_cannot_be_are_refused_before_listening(
    look: Look, formats: tuple[str, ...], error: type[ChoreoError], clicks: Path, tmp_path: Path
) -> None:
    with pytest.raises(error):
        generate(
            clicks, output=tmp_path / "out", look=look, formats=formats, choosing=Choosing(db=str(tmp_path / "db"))
        )
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "db").exists()


def test_a_folder_that_cannot_be_made(clicks: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="--output"):
        generate(clicks, output=tmp_path / "file" / "below", look=SMALL, choosing=Choosing(db=str(tmp_path / "db")))


def test_progress_names_every_stage_and_ends_at_one(clicks: Path, database: str, tmp_path: Path) -> None:
    seen: list[tuple[str, float]] = []
    generate(
        clicks,
        output=tmp_path,
        formats=("plan",),
        progress=lambda name, done: seen.append((name, done)),
        choosing=Choosing(db=database),
    )
    names = list(dict.fromkeys(name for name, _ in seen))
    assert names[0] == "listening"
    assert all((name, 1.0) in seen for name in names)


@pytest.mark.parametrize(("name", "metre"), [("C_1", 4), ("T_2", 4), ("W_1", 3)])
def test_real_songs_are_danced_on_the_beat_with_feet_on_the_floor(
    name: str, metre: int, shared: Path, database: str
) -> None:
    _analysis, sheet, clips = make_plan(
        shared / "songs" / f"{name}.mp3", listening=Listening(duration=30), choosing=Choosing(db=database)
    )
    assert sheet.metre == metre
    motion = perform(sheet, clips)
    assert motion.duration == pytest.approx(30, abs=0.02)
    slide = contact_slide(motion)
    assert len(slide) > 500
    assert float(np.quantile(slide, 0.95)) < 0.02  # m/s; the field's plants slide tenths
    beats = np.array([*(t for step in sheet.steps for t in step.beats[:-1]), sheet.steps[-1].beats[-1]])
    assert motion.contacts is not None
    standing = np.any(motion.contacts.reshape(len(motion), 2, 2), axis=2)
    landings = sheet.start + (np.flatnonzero(standing[1:] & ~standing[:-1]) + 1) / motion.fps
    part = np.interp(landings, beats, np.arange(len(beats))) % 1
    on_beat = np.minimum(part, 1 - part) < 1 / 8
    assert len(landings) > 20
    chance = 0.25  # of landing that near to a beat; three standard errors above it is no accident
    assert on_beat.mean() > chance + 3 * np.sqrt(chance * (1 - chance) / len(on_beat))
