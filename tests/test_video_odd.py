"""Sizes, names, songs, motions and disks that are not what one hopes for."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from render_support import capsule_body, dancing, standing
from test_video_encode import heard, song
from video_support import Painter, film_of, pixels, tracks

from choreo import plugins
from choreo.engines import open_engine
from choreo.errors import InputError, OutputError, PluginError, ShapeError
from choreo.pipeline import render_motion
from choreo.types import Bytes, Motion, Scene
from choreo.video import build_scene, probe, write_video
from choreo.video.film import Film
from choreo.video.formats import FORMATS, video_format
from choreo.video.look import Look
from choreo.video.segments import write_film
from choreo_bvh import BvhExporter
from choreo_raster import RasterRenderer
from choreo_raster.workers import MOST_WORKERS, worker_count

TINY = Look(body="stick", width=32, height=18, fps=10)


@pytest.fixture(autouse=True)
def _painter(monkeypatch: pytest.MonkeyPatch) -> None:
    load = plugins.load
    monkeypatch.setattr(
        plugins, "load", lambda kind, name: Painter() if (kind, name) == ("renderers", "painter") else load(kind, name)
    )


@pytest.fixture
def bvh(tmp_path: Path) -> Path:
    BvhExporter().export(dancing(30), tmp_path / "walk.bvh")
    return tmp_path / "walk.bvh"


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov", "png"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (33, 17), (2, 301)])
def test_odd_sizes_in_every_format(tmp_path: Path, kind: str, width: int, height: int) -> None:
    film = film_of(3, kind, "raster", width=width, height=height)
    write_film(film, tmp_path / "v")
    if kind == "png":
        from PIL import Image

        with Image.open(tmp_path / "v" / "frame-00002.png") as still:
            assert still.size == (width, height)
        return
    facts = probe(tmp_path / "v")["video"]
    assert (facts["width"], facts["height"]) == (width + width % 2, height + height % 2)
    assert facts["frames"] == 3


def test_one_pixel_of_every_renderer() -> None:
    scene = build_scene(dancing(5), capsule_body(), fps=30.0, width=1, height=1)
    for name in ("raster", "stick"):
        frames = list(plugins.load("renderers", name).frames(scene))
        assert {frame.shape for frame in frames} == {(1, 1, 3)}


def test_huge_frames_are_drawn_by_few_threads() -> None:
    assert worker_count(7680 * 4320) <= 2
    assert 1 <= worker_count(1280 * 720) <= MOST_WORKERS
    assert worker_count(10**9) == 1


@pytest.mark.slow
def test_8k(tmp_path: Path) -> None:
    scene = build_scene(standing(2), capsule_body(), fps=30.0, width=7680, height=4320)
    write_film(Film(scene, "raster", video_format("mp4")), tmp_path / "v.mp4")
    facts = probe(tmp_path / "v.mp4")["video"]
    assert (facts["width"], facts["height"], facts["frames"]) == (7680, 4320, len(scene))


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_size_that_the_codec_does_not_know(tmp_path: Path, kind: str) -> None:
    frame = np.zeros((2, 70_000, 3), np.uint8)
    with pytest.raises(OutputError, match=r"v\.\w+.*could not be written"):
        write_video(tmp_path / f"v.{kind}", [frame], fps=30, width=70_000, height=2, n_frames=1, kind=FORMATS[kind])
    assert list(tmp_path.iterdir()) == []


def test_a_motion_of_one_frame(tmp_path: Path) -> None:
    scene = build_scene(dancing(1), capsule_body(), fps=10.0, width=32, height=18)
    write_film(Film(scene, "raster", video_format("mp4")), tmp_path / "v.mp4", audio=song(tmp_path / "s.wav", 2.0))
    facts = tracks(tmp_path / "v.mp4")
    assert facts["vide"]["samples"] == 1
    assert facts["soun"]["seconds"] == pytest.approx(0.1, abs=0.002)


def test_a_motion_file_of_one_frame(tmp_path: Path) -> None:
    BvhExporter().export(dancing(1), tmp_path / "still.bvh")
    with pytest.raises(InputError, match=r"still\.bvh"):
        render_motion(tmp_path / "still.bvh", output=tmp_path / "out.mp4", look=TINY)


def test_nan_in_a_motion_file(bvh: Path, tmp_path: Path) -> None:
    head, frames = bvh.read_text().split("Frame Time:")
    lines = frames.splitlines()
    lines[5] = "nan " + lines[5].split(" ", 1)[1]
    bvh.write_text(head + "Frame Time:" + "\n".join(lines) + "\n")
    with pytest.raises(InputError, match=r"walk\.bvh"):
        render_motion(bvh, output=tmp_path / "out.mp4", look=TINY)
    assert not (tmp_path / "out.mp4").exists()


def test_nan_in_a_motion() -> None:
    motion = dancing(5)
    broken = motion.rotations.copy()
    broken[2, 3, 1] = np.nan
    with pytest.raises(ShapeError, match="NaN"):
        Motion(motion.skeleton, motion.fps, motion.translation, broken)


@pytest.mark.parametrize("seconds", [0.3, 20.0])
def test_a_song_shorter_or_longer_than_the_motion(bvh: Path, tmp_path: Path, seconds: float) -> None:
    made = render_motion(bvh, output=tmp_path / "out.mp4", song=song(tmp_path / "s.wav", seconds), look=TINY)
    facts = tracks(made.files["mp4"])
    assert abs(facts["vide"]["seconds"] - facts["soun"]["seconds"]) < 1 / 10
    samples = heard(made.files["mp4"])
    assert (np.abs(samples[-4800:]).max() > 0.05) == (seconds > 1)


@pytest.mark.parametrize("formats", [("mp4", "webm"), ("png",)])
def test_several_formats_of_one_motion(bvh: Path, tmp_path: Path, formats: tuple[str, ...]) -> None:
    made = render_motion(bvh, output=tmp_path / "out", formats=formats, look=TINY)
    assert set(made.files) == set(formats)
    assert all(place.exists() for place in made.files.values())
    assert not [place for place in tmp_path.rglob("*") if place.name.startswith(".")]


@pytest.mark.parametrize("name", ["écrire 舞蹈 ☂", "舞" * 80, "a" * 230, "100% [x] *?"])
def test_names_in_any_script_and_length(bvh: Path, tmp_path: Path, name: str) -> None:
    film = film_of(3)
    write_film(film, tmp_path / f"{name}.mp4")
    assert len(pixels(tmp_path / f"{name}.mp4")) == 3
    assert sorted(place.name for place in tmp_path.iterdir()) == sorted([f"{name}.mp4", "walk.bvh"])


def test_a_name_of_300_letters(bvh: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"[Nn]ame too long"):
        render_motion(bvh, output=tmp_path / f"{'n' * 300}.mp4", look=TINY)
    assert [place.name for place in tmp_path.iterdir()] == ["walk.bvh"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 300 kB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


class Noise(Painter):
    """Pictures that take room."""

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        for frame in range(first, last):
            size = (scene.height, scene.width, 4 if alpha else 3)
            yield np.random.default_rng(frame).integers(0, 255, size, np.uint8)


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov", "png"])
def test_a_full_disk(small_disk: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(plugins, "load", lambda sort, name: Noise())
    film = film_of(240, kind)
    target = small_disk / f"v.{kind}"
    with pytest.raises(OutputError, match=rf"v\.{kind}: the video could not be written \(No space left"):
        write_film(film, target)
    assert not target.exists()


def test_a_full_disk_keeps_what_is_finished(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(Noise):
        def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
            quiet = Painter().part(scene, first, last)
            for frame, picture in zip(range(first, last), quiet, strict=True):
                yield picture if frame < 100 else next(super().part(scene, frame, frame + 1))

        frames = lambda self, scene: self.part(scene, 0, len(scene))  # noqa: E731

    monkeypatch.setattr(plugins, "load", lambda sort, name: Late())
    with pytest.raises(OutputError, match=r"No space left.*1 of 3 parts are finished and kept"):
        write_film(film_of(240, width=200, height=120), small_disk / "v.mp4")
    parts = [place for folder in small_disk.iterdir() for place in folder.iterdir()]
    assert [place.name for place in parts] == ["0000000.mp4"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="file"):
        write_film(film_of(3), tmp_path / "file" / "v.mp4")


def test_a_context_that_dies_says_so(bvh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(self: object, scene: Scene) -> Iterator[Bytes]:
        yield next(RasterRenderer().part(scene, 0, 1))
        raise RuntimeError("GL context lost")

    from choreo_stick import StickRenderer

    monkeypatch.setattr(StickRenderer, "frames", dies)
    look = Look(renderer="stick", width=32, height=18, fps=10)
    with pytest.raises(
        PluginError, match=r"'stick' failed at frame 1 of .*GL context lost.*'raster' needs no graphics"
    ):
        render_motion(bvh, output=tmp_path / "out.mp4", look=look)
    assert [place.name for place in tmp_path.iterdir()] == ["walk.bvh"]


def test_a_worker_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo.video import workers as crew

    monkeypatch.setattr(crew, "draw_part", _die)
    film = film_of(240, renderer="stick")
    with (
        open_engine("local", jobs=2) as workers,
        pytest.raises(PluginError, match=r"a process that was drawing died \(EXIT\(11\)\). Try --jobs 1"),
    ):
        write_film(film, tmp_path / "v.mp4", workers=workers)
    assert list(tmp_path.iterdir()) == []


def _die(*given: object) -> None:
    """What a driver that crashes does to its process."""
    os._exit(11)
