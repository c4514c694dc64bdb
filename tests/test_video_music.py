"""Music for a video: songs under it, embedders that learn from pictures, the page and the file with other sound."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from dance_support import two_kinds
from docs_support import write_song
from pose_support import write_film
from test_picture_side import FPS, made, with_square
from test_planning_pages import Reader

from choreo import plugins
from choreo.cli.app import run
from choreo.errors import InputError
from choreo.retrieval import models, retrieve
from choreo.retrieval.bench import benchmark
from choreo.retrieval.pairs import PICTURES, Pairs
from choreo.retrieval.picture_side import picture_clip, picture_clips
from choreo.retrieval.video_search import seen_video
from choreo.types import Floats
from choreo.video.laid_sound import LaidSong, write_with_song
from choreo.video.soundtrack import AUDIO_RATE

SECONDS, BEAT = 12.0, 0.5
FIRST = 0.3
"""Second of the film on which its square first stands."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose square stands for a moment twice a second, and two songs, one at that tempo."""
    folder = tmp_path_factory.mktemp("music")
    (folder / "songs").mkdir()
    write_song(folder / "songs" / "right.wav", seconds=20.0, bpm=122)
    write_song(folder / "songs" / "wrong.wav", seconds=20.0, bpm=92)
    times = np.arange(round(SECONDS * FPS)) / FPS
    grey = [with_square(5, 6 * np.cos(np.pi * (t - FIRST) / BEAT)) for t in times.tolist()]
    write_film(folder / "film.mp4", [np.repeat(each[..., None], 3, 2).clip(0, 255).astype(np.uint8) for each in grey],
               times.tolist())  # fmt: skip
    return folder


@pytest.fixture
def no_nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_MODELS", str(tmp_path / "models"))


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def sound_of(path: Path) -> Floats:
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(blocks, axis=1).mean(axis=0), np.float32)


def strokes(sound: Floats) -> Floats:
    """Seconds at which the drum of `write_song` is hit."""
    level = np.abs(sound)
    size = AUDIO_RATE // 200
    frames = level[: len(level) // size * size].reshape(-1, size).max(axis=1)
    rise = np.maximum(np.diff(frames, prepend=0), 0)
    at = np.flatnonzero((rise > 0.4 * rise.max()) & (np.arange(len(rise)) > 0))
    return np.asarray(at[np.append(True, np.diff(at) > 20)] * size / AUDIO_RATE)


@pytest.mark.slow
@pytest.mark.usefixtures("no_nets")
def test_a_video_without_a_dancer_is_answered_by_its_pictures(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, page, target = here / "film.mp4", tmp_path / "found.html", tmp_path / "best.mp4"
    asked = ["search", str(film), "--for", "music", "--library", str(here / "songs"), "--jobs", "1", "--json"]
    assert run([*asked, "--html", str(page), "--write", str(target)]) == 0
    printed = capsys.readouterr()
    assert "the pictures alone answer" in printed.err
    found = json.loads(printed.out)
    video, (best, other) = found["video"], found["songs"]
    assert (video["view"], best["name"], other["name"]) == ("pictures", "right.wav", "wrong.wav")
    assert video["tempo"] == pytest.approx(120, abs=2)
    assert best["rate"] == pytest.approx(video["tempo"] / best["tempo"], rel=1e-6)
    assert other["rate"] == 1  # a third slower would be heard
    # pictures as they were, and strokes of the song where its square stands
    assert packets(target) == packets(film)
    off = (strokes(sound_of(target)) - video["start"]) / (60 / video["tempo"])
    off = off[off > -0.1]
    assert len(off) > 8
    assert np.abs(off - np.round(off)).max() < 0.12
    text = page.read_text(encoding="utf-8")
    reader = Reader(text)
    words = " ".join(reader.words)
    assert all(why.removeprefix("but ") in words for why in best["reasons"])
    policy = next(str(attrs["content"]) for tag, attrs in reader.found if tag == "meta" and "http-equiv" in attrs)
    assert "default-src 'none'" in policy
    kept = [str(attrs["src"]) for tag, attrs in reader.found if tag in ("video", "audio")]
    assert [each.partition(";")[0] for each in kept] == ["data:video/mp4", "data:audio/mp4", "data:audio/mp4"]
    assert not re.search(r"https?://", text)


@pytest.mark.slow
@pytest.mark.usefixtures("no_nets")
def test_what_cannot_be_done_is_said(here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film, songs = str(here / "film.mp4"), ["--for", "music", "--library", str(here / "songs")]
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes((here / "film.mp4").read_bytes()[:300])
    for asked, said in (
        ([film, *songs, "--pick", "2"], "add --write"),
        ([film, *songs, "--write", str(tmp_path / "a.mp4"), "--pick", "9"], "only 2 songs"),
        ([film, *songs, "--write", str(tmp_path / "a.avi")], ".mkv"),
        ([film, *songs, "--write", str(tmp_path / "a.webm")], "Name an .mkv file"),
        ([film, *songs, "--write", film], "film.mp4"),
        ([str(here / "songs" / "right.wav"), *songs, "--write", "a.mp4"], "music of a video"),
        ([film, *songs, "--embedder", "vmnet"], "not trained"),
        ([film, *songs, "--embedder", str(tmp_path)], "no embedder is called"),
        ([str(damaged), *songs], "damaged.mp4"),
    ):
        assert run(["search", *asked]) in (2, 3), asked  # input, output
        assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("a.*"))


def test_a_song_lies_where_it_was_laid(here: Path) -> None:
    song = here / "songs" / "right.wav"
    laid = LaidSong(song, 4.1, 1.3, 1.05)
    assert laid.at(1.3) == pytest.approx(4.1)
    assert laid.at(2.35) == pytest.approx(5.1)
    assert LaidSong(song, 0.1, 1.0, 1.5).rate == 1
    sound = np.concatenate(list(LaidSong(song, 0.1, 1.0, 1.05).sound(0.0, 6.0)), axis=1)
    assert sound.shape == (2, 6 * AUDIO_RATE)
    assert np.abs(sound[:, : round(0.85 * AUDIO_RATE)]).max() < 0.01
    beat = 1.05 * 60 / 122
    off = (strokes(sound.mean(axis=0)) - 1.0) / beat
    off = off[off > -0.1]
    assert len(off) > 5
    assert np.abs(off - np.round(off)).max() * beat < 0.03


def seen_pairs() -> Pairs:
    """`two_kinds` with videos in place of dances: slow songs with calm pictures, fast ones with wild pictures."""
    pairs = two_kinds()
    rng = np.random.default_rng(1)
    clips = []
    for number, clip in enumerate(pairs.clips):
        looks = made(rng.uniform(0.5, 5, 2), 0.2 if clip.tempo > 100 else 0.02)
        looks.values[:, 6:11] += rng.normal(0, 0.02, (len(looks.times), 5)).astype(np.float32)
        clips.append(picture_clip(looks, clip.beats + 1, name=f"film-{number}", source=f"film-{number}"))
    # both kinds have one tempo, so that it says nothing
    even = tuple(
        replace(clip, beats=clips[0].beats, styles=of.styles) for clip, of in zip(clips, pairs.clips, strict=True)
    )
    return replace(pairs, clips=even)


@pytest.mark.slow
@pytest.mark.usefixtures("no_nets")
def test_vmnet_learns_which_pictures_go_with_which_music(here: Path) -> None:
    pytest.importorskip("torch")
    pairs = seen_pairs()
    assert pairs.view == PICTURES
    few = {"steps": 40, "hidden": 32, "dims": 16}
    held_out = benchmark(pairs, lambda: models.untrained("vmnet", few), folds=3, seeds=(0,))
    for direction, chance in ((d, held_out.mean(d, "chance MAP style")) for d in held_out.metrics):
        assert held_out.mean(direction, "MAP style") > (1 + chance) / 2
    learnt, now = models.train("vmnet", pairs, folds=0, settings=few)
    assert now
    folder = models.model_folder("vmnet", PICTURES)
    for name in ("vmnet-pictures", str(folder), str(folder / "model.safetensors")):
        loaded = models.load_embedder(name)
        np.testing.assert_allclose(loaded.embed_motion(pairs.clips), learnt.embed_motion(pairs.clips), atol=1e-5)
    assert "pictures of videos" in (folder / "README.md").read_text()
    assert seen_video(here / "film.mp4", embedder="vmnet-pictures").view == PICTURES
    song = pairs.songs[0]
    with pytest.raises(InputError, match="asked for dances"):
        retrieve(song.analysis, song.phrases, two_kinds().clips, embedder="vmnet-pictures")


def test_methods_that_read_movement_refuse_pictures() -> None:
    pytest.importorskip("torch")
    pairs = seen_pairs()
    assert models.able(["cca", "contrastive", "text-bridge", "vmnet"], pairs) == ["cca", "vmnet"]
    with pytest.raises(InputError, match="Take vmnet"):
        models.untrained("contrastive").fit(pairs)


@pytest.mark.slow
def test_music_videos_are_pairs_of_sound_and_pictures(here: Path, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    for number, name in enumerate(("right", "wrong", "right")):
        laid = LaidSong(here / "songs" / f"{name}.wav", 0.0, 0.0)
        write_with_song(here / "film.mp4", folder / f"{number}.mp4", laid, ".mp4")
    reader: Any = plugins.load("datasets", "video")
    pairs: Pairs = reader.pairs(folder)
    assert pairs.view == PICTURES
    assert [song.name for song in pairs.songs] == ["0.mp4", "1.mp4", "2.mp4"]
    assert len(pairs.clips) == len(pairs) == len(pairs.tags)
    for song in pairs.songs:
        for number, part in zip(song.clips, song.phrases, strict=True):
            clip = pairs.clips[number]
            assert clip.counts == part.counts
            assert clip.frames[0] / 1000 == pytest.approx(part.beats[0], abs=1e-3)
            assert part.beats[-1] < SECONDS + 0.3
    # the same sound is one song, whichever video it is of
    tag = {song.name: {pairs.tags[number] for number in song.clips} for song in pairs.songs}
    assert tag["0.mp4"] == tag["2.mp4"] != tag["1.mp4"]
    (folder / "3.mp4").write_bytes((here / "film.mp4").read_bytes())  # without sound
    assert len(reader.pairs(folder).songs) == 3


def test_clips_of_pictures_say_when_they_are() -> None:
    looks = made(np.array([2.0]))
    clips = picture_clips(looks, np.linspace(0.4, 8.9, 18), "film")
    assert [clip.frames[0] for clip in clips] == [400, 4400]
