from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from render_support import capsule_body, dancing
from test_video_encode import heard, song
from video_support import HEIGHT, WIDTH, Painter, boxes, film_of, pixels, scene_of, tracks

from choreo import plugins
from choreo.errors import InputError
from choreo.pipeline import resolve_outputs
from choreo.video import build_scene, probe, write_video
from choreo.video.encode import join_parts
from choreo.video.film import Film
from choreo.video.formats import FORMATS, video_format
from choreo.video.look import Look
from choreo.video.segments import write_film
from choreo.video.soundtrack import can_copy
from choreo_raster import RasterRenderer


@pytest.fixture(autouse=True)
def _painter(monkeypatch: pytest.MonkeyPatch) -> None:
    load = plugins.load
    monkeypatch.setattr(
        plugins, "load", lambda kind, name: Painter() if (kind, name) == ("renderers", "painter") else load(kind, name)
    )


@pytest.mark.parametrize(
    ("kind", "video", "stored", "audio"),
    [("mp4", "h264", "yuv420p", "aac"), ("webm", "vp9", "yuv420p", "opus"), ("mov", "prores", "yuva444p", "pcm_s16le")],
)
def test_what_is_in_each_format(tmp_path: Path, kind: str, video: str, stored: str, audio: str) -> None:
    film = film_of(20, kind)
    write_film(film, tmp_path / f"v.{kind}", audio=song(tmp_path / "s.wav", 9.0))
    facts = probe(tmp_path / f"v.{kind}")
    assert facts["video"]["codec"] == video
    assert facts["video"]["pix_fmt"].startswith(stored)
    assert facts["video"]["frames"] == len(film.scene)
    assert facts["video"]["colour"] == (1, 1, 1, 1)
    assert facts["audio"]["codec"] == audio
    assert abs(facts["audio"]["duration"] - facts["video"]["duration"]) < 0.1
    assert facts["video"]["duration"] == pytest.approx(len(film.scene) / 10, abs=0.01)


def test_a_transparent_webm_says_that_it_has_alpha_and_keeps_it_through_parts(tmp_path: Path) -> None:
    kind, path = video_format("webm", transparent=True), tmp_path / "a.webm"
    opacities = ((0, 255), (64, 255), (128, 0), (255, 128))
    parts = []
    for number, pair in enumerate(opacities):
        parts.append(tmp_path / f"{number}.webm")
        pictures = []
        for opacity in (pair, pair):
            picture = np.full((32, 64, 4), 160, np.uint8)
            picture[:, :32, 3], picture[:, 32:, 3] = opacity
            pictures.append(picture)
        write_video(parts[-1], pictures, fps=10, width=64, height=32, n_frames=2, kind=kind)
    join_parts(path, path, parts, None, 10.0, kind)
    assert b"\x53\xc0\x81\x01" in path.read_bytes()  # AlphaMode of the track, by which browsers go
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    with av.open(str(path)) as container:
        frames = [frame for packet in container.demux(video=0) for frame in decoder.decode(packet)]
    assert [frame.format.name for frame in frames] == ["yuva420p"] * 8
    for frame, pair in zip(frames[::2], opacities, strict=True):
        alpha = frame.to_ndarray(format="rgba")[..., 3].astype(int)
        np.testing.assert_allclose((alpha[16, 8], alpha[16, 56]), pair, atol=3)


@pytest.mark.parametrize("name", ["mp4", "gif"])
def test_what_cannot_be_transparent(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--background transparent"):
        resolve_outputs(Path("x.wav"), tmp_path / "x", (name,), Look(background="transparent"))


def test_prores_says_that_it_has_alpha_and_keeps_it(tmp_path: Path) -> None:
    scene = scene_of(6)
    frames = [np.zeros((HEIGHT, WIDTH, 4), np.uint8) for _ in range(3)]
    for frame in frames:
        frame[:, : WIDTH // 2] = (200, 40, 30, 255)
        frame[:, WIDTH // 2 :, 3] = 90
    write_video(tmp_path / "v.mov", frames, fps=scene.fps, width=WIDTH, height=HEIGHT, n_frames=3, kind=FORMATS["mov"])
    assert tracks(tmp_path / "v.mov")["vide"]["codec"] == "ap4h"
    back = pixels(tmp_path / "v.mov", "rgba")[1]
    assert np.abs(back[:, 4:20, 3].astype(int) - 255).max() <= 2
    assert np.abs(back[:, 28:, 3].astype(int) - 90).max() <= 3
    np.testing.assert_allclose(back[8:24, 4:16, :3].reshape(-1, 3).mean(axis=0), (200, 40, 30), atol=5)


def test_joined_prores_says_so_too(tmp_path: Path) -> None:
    write_film(film_of(20, "mov"), tmp_path / "v.mov")
    assert tracks(tmp_path / "v.mov")["vide"]["codec"] == "ap4h"


def test_stills_are_the_frames_to_the_bit(tmp_path: Path) -> None:
    from PIL import Image

    film = film_of(40, "png")
    (tmp_path / "v.frames").mkdir()
    (tmp_path / "v.frames" / "frame-99999.png").write_text("of an earlier film")
    (tmp_path / "v.frames" / "notes.txt").write_text("mine")
    write_film(film, tmp_path / "v.frames")
    names = sorted(place.name for place in (tmp_path / "v.frames").iterdir())
    assert names == [f"frame-{k:05d}.png" for k in range(len(film.scene))] + ["notes.txt"]
    for number in (0, len(film.scene) - 1):
        with Image.open(tmp_path / "v.frames" / names[number]) as still:
            assert still.mode == "RGBA"
            wanted = next(Painter().part(film.scene, number, number + 1, alpha=True))
            np.testing.assert_array_equal(np.asarray(still), wanted)
    assert [place.name for place in tmp_path.iterdir()] == ["v.frames"]


def test_a_cut_out_dancer_over_the_stage_is_the_dancer() -> None:
    """Where the body covers all of a pixel, cut-out and full picture agree; far from it nothing is drawn."""
    scene = build_scene(dancing(4), capsule_body(), fps=30.0, width=160, height=120)
    full = next(iter(RasterRenderer().part(scene, 2, 3))).astype(int)
    cut = next(iter(RasterRenderer().part(scene, 2, 3, alpha=True))).astype(int)
    assert cut.shape == (120, 160, 4)
    body = (cut[..., 3] == 255) & (cut[..., :3].max(axis=-1) > 30)
    assert body.sum() > 200
    assert np.abs(cut[..., :3] - full)[body].max() <= 2
    assert np.all(cut[:5] == 0)
    shadow = (cut[..., 3] > 20) & (cut[..., 3] < 250) & (cut[..., :3].max(axis=-1) == 0)
    assert shadow.sum() > 50
    assert np.median(np.nonzero(shadow)[0]) > np.median(np.nonzero(body)[0]), "the shadow lies below the body"


@pytest.mark.parametrize("renderer", ["raster", "stick"])
def test_parts_are_what_the_whole_is(renderer: str) -> None:
    plugin = plugins.load("renderers", renderer)
    scene = build_scene([dancing(9), dancing(9)], capsule_body(), fps=30.0, width=64, height=48)
    whole = [frame.copy() for frame in plugin.frames(scene)]
    part = [frame.copy() for frame in plugin.part(scene, 5, 8)]
    np.testing.assert_array_equal(part, whole[5:8])


@pytest.mark.parametrize("renderer", ["stick", "pyrender"])
@pytest.mark.parametrize("kind", ["mov", "png"])
def test_others_say_that_they_cannot(tmp_path: Path, renderer: str, kind: str) -> None:
    with pytest.raises(InputError, match=f"{renderer}.*without background.*raster"):
        write_film(Film(scene_of(6), renderer, video_format(kind)), tmp_path / "v")
    assert not list(tmp_path.iterdir())


def test_unknown_formats() -> None:
    with pytest.raises(InputError, match=r"avi.*mp4"):
        video_format("avi")


def encoded(path: Path, source: Path, codec: str, rate: int = 48_000) -> Path:
    import av

    with av.open(str(path), "w") as out, av.open(str(source)) as given:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        resampler = av.AudioResampler(format=stream.format.name, layout="stereo", rate=rate)
        for frame in given.decode(audio=0):
            for block in resampler.resample(frame):
                out.mux(stream.encode(block))
        out.mux(stream.encode(None))
    return path


def packets(path: Path) -> list[bytes]:
    import av

    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize(("kind", "codec", "ending"), [("mp4", "aac", "m4a"), ("webm", "libopus", "ogg")])
def test_sound_is_copied_where_nothing_is_cut(tmp_path: Path, kind: str, codec: str, ending: str) -> None:
    source = encoded(tmp_path / f"s.{ending}", song(tmp_path / "s.wav", 9.0, rate=48_000, onset=1.0), codec)
    film = film_of(20, kind)
    write_film(film, tmp_path / f"v.{kind}", audio=source)
    taken, given = packets(tmp_path / f"v.{kind}"), packets(source)
    assert 20 < len(taken) < len(given)
    assert taken == given[: len(taken)]
    facts = probe(tmp_path / f"v.{kind}")
    assert abs(facts["audio"]["duration"] - facts["video"]["duration"]) < 0.05
    first = int(np.flatnonzero(np.abs(heard(tmp_path / f"v.{kind}")) > 0.05)[0]) / 48_000
    assert first == pytest.approx(1.0, abs=0.015)


def test_sound_is_encoded_where_something_is_cut_or_missing(tmp_path: Path) -> None:
    source = encoded(tmp_path / "s.m4a", song(tmp_path / "s.wav", 3.0, rate=48_000), "aac")
    mp4, webm = FORMATS["mp4"], FORMATS["webm"]
    assert can_copy(source, 0.0, 2.9, 30.0, mp4)
    assert not can_copy(source, 0.5, 2.0, 30.0, mp4), "begins later"
    assert not can_copy(source, 0.0, 3.2, 30.0, mp4), "too short: silence follows"
    assert not can_copy(source, 0.0, 2.9, 30.0, webm), "a codec that WebM does not take"
    assert not can_copy(source, 0.0, 2.9, 100.0, mp4), "packets longer than a frame"
    assert not can_copy(tmp_path / "nothing.m4a", 0.0, 2.9, 30.0, mp4)


def test_a_song_that_begins_later_than_the_dance(tmp_path: Path) -> None:
    film = film_of(20)
    write_film(film, tmp_path / "v.mp4", audio=song(tmp_path / "s.wav", 9.0), audio_start=-0.75)
    loud = np.abs(heard(tmp_path / "v.mp4")) > 0.05
    assert int(np.flatnonzero(loud)[0]) / 48_000 == pytest.approx(0.75, abs=0.015)


@pytest.mark.parametrize("count", [1798, pytest.param(17_982, marks=pytest.mark.slow)])
def test_ten_minutes_end_together(tmp_path: Path, count: int) -> None:
    """60 and 600 s at 29.97 frames a second, by a reader of the container that is not FFmpeg's."""
    fps = 29.97
    dark, light = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 200, np.uint8)
    frames = (light if frame % 90 == 0 else dark for frame in range(count))
    path = tmp_path / "v.mp4"
    write_video(
        path, frames, fps=fps, width=2, height=2, n_frames=count, audio=song(tmp_path / "s.wav", count / 29, 8000, 1)
    )
    facts = tracks(path)
    assert facts["vide"]["samples"] == count
    assert facts["vide"]["seconds"] == pytest.approx(count * 1001 / 30_000, abs=0.002)
    assert abs(facts["vide"]["seconds"] - facts["soun"]["seconds"]) < 1 / fps
    kinds = [kind for kind, _ in boxes(path.read_bytes())]
    assert kinds.index(b"moov") < kinds.index(b"mdat")


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_ffprobe_counts_the_same_frames(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    frames = (np.zeros((2, 2, 3), np.uint8) for _ in range(1798))
    write_video(path, frames, fps=29.97, width=2, height=2, n_frames=1798)
    asked = ["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v"]
    asked += ["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", str(path)]
    assert int(subprocess.run(asked, capture_output=True, check=True, text=True).stdout) == 1798
