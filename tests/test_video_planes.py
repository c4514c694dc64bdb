"""Frames as planes: the same pictures, written the way video is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from render_support import capsule_body, dancing, standing
from video_support import pixels

from choreo import plugins
from choreo.engines import open_engine
from choreo.errors import ShapeError
from choreo.types import Bytes, Scene
from choreo.video import build_scene, write_video
from choreo.video.film import Film
from choreo.video.formats import video_format
from choreo.video.planes import Converter, even, planes_of, split
from choreo.video.segments import write_film
from choreo.video.titles import TitleCard, title_cards
from choreo_raster import RasterRenderer
from choreo_raster.workers import draw_in_order

CARDS = (
    TitleCard("A title", 0.0, 1.2, 0.1, middle=0.8),
    TitleCard("Credits\nof all", 1.5, 3.0, 0.08, dim=0.3),
)


class PicturesOnly:
    """The rasteriser without planes."""

    name, description, alpha = "pictures", "pictures only", True

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        yield from RasterRenderer().frames(scene)

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        yield from RasterRenderer().part(scene, first, last, alpha=alpha)


@pytest.fixture(autouse=True)
def _pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    load = plugins.load
    monkeypatch.setattr(plugins, "load", lambda kind, name: PicturesOnly() if name == "pictures" else load(kind, name))


def scene_of(count: int, width: int, height: int, fps: float = 10.0) -> Scene:
    return build_scene(dancing(round(3 * count), fps=3 * fps), capsule_body(6, 6), fps=fps, width=width, height=height)


def apart(one: Bytes, other: Bytes) -> tuple[int, float, float]:
    """Largest difference of luma, mean and largest but a thousandth of colour."""
    (luma, colour), (other_luma, other_colour) = split(one.astype(np.int64)), split(other.astype(np.int64))
    colours = np.abs(colour - other_colour)
    return int(np.abs(luma - other_luma).max()), float(colours.mean()), float(np.quantile(colours, 0.99))


@pytest.mark.parametrize(("colour", "luma", "blue", "red"), [
    ((0, 0, 0), 16, 128, 128), ((255, 255, 255), 235, 128, 128), ((255, 0, 0), 63, 102, 240),
    ((0, 255, 0), 173, 42, 26), ((0, 0, 255), 32, 240, 118), ((128, 128, 128), 126, 128, 128),
])  # fmt: skip
def test_kernels_write_the_numbers_of_bt709(colour: tuple[int, int, int], luma: int, blue: int, red: int) -> None:
    """Black, white, the colours and a grey, as ITU-R BT.709 has them for eight bits."""
    from choreo_raster.pixels import write_chroma, write_luma

    rows = np.zeros((2, 3, 8), np.float32)
    rows[:] = (np.array(colour, np.float32) / 255)[:, None] ** 2
    planes = np.zeros((3, 8), np.uint8)
    for row in range(2):
        write_luma(rows[row], np.full(8, 0.5, np.float32), planes[row])
    write_chroma(rows, planes[2, :4], planes[2, 4:])
    np.testing.assert_array_equal(planes[:2], luma)
    assert abs(int(planes[2, 0]) - blue) <= 1
    assert abs(int(planes[2, 7]) - red) <= 1
    assert len({*planes[2, :4]}) == len({*planes[2, 4:]}) == 1


def test_too_bright_and_too_dark_light_stays_in_range() -> None:
    from choreo_raster.pixels import write_luma

    row = np.zeros((3, 4), np.float32)
    row[:, 0], row[:, 1] = 9, -3
    luma = np.zeros(4, np.uint8)
    write_luma(row, np.zeros(4, np.float32), luma)
    assert luma.tolist() == [235, 16, 16, 16]


@pytest.mark.parametrize(("width", "height"), [(320, 180), (319, 181), (318, 181), (2, 2), (1, 1), (33, 2), (17, 90)])
def test_planes_are_the_pictures(width: int, height: int) -> None:
    scene = scene_of(4, width, height)
    pictures = list(RasterRenderer().part(scene, 1, 4))
    planes = list(RasterRenderer().planes(scene, 1, 4))
    assert [frame.shape for frame in planes] == 3 * [(even(pictures[0]).shape[0] * 3 // 2, width + width % 2)]
    for plane, picture in zip(planes, pictures, strict=True):
        luma, mean, most = apart(plane, planes_of(picture))
        assert luma <= 1
        if width * height > 4000:  # FFmpeg mixes also the rows around two into their colour; tiny pictures are all edge
            assert mean < 0.5
            assert most <= 2
        assert np.abs(split(plane)[1] - colour_of(picture)).max() < 2


def colour_of(picture: Bytes) -> np.ndarray:
    """Differences of bt709, the means of 2x2 pixels, before they are rounded."""
    red, green, blue = np.moveaxis(even(picture) / 255, 2, 0)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    each = np.stack([128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748])
    return np.asarray(each.reshape(2, len(luma) // 2, 2, -1, 2).mean(axis=(2, 4)))


def test_planes_do_not_depend_on_the_number_of_threads() -> None:
    scene = scene_of(10, 162, 90)
    one = np.stack([frame.copy() for frame in draw_in_order(scene, 1, form="planes")])
    three = np.stack([frame.copy() for frame in draw_in_order(scene, 3, form="planes")])
    np.testing.assert_array_equal(one, three)


@pytest.mark.parametrize(("width", "height"), [(320, 180), (181, 221)])
def test_words_over_planes_are_those_over_pictures(width: int, height: int) -> None:
    film = Film(scene_of(30, width, height), "raster", video_format("mp4"), cards=CARDS)
    planes = [frame.copy() for frame in film.draw(0, 30)]
    pictures = [planes_of(frame) for frame in replace(film, renderer="pictures").draw(0, 30)]
    bare = [frame.copy() for frame in replace(film, cards=()).draw(0, 30)]
    for plane, picture in zip(planes, pictures, strict=True):
        luma, mean, most = apart(plane, picture)
        assert luma <= 2, "two rounded mixtures of what is one apart"
        assert mean < 0.6
        assert most <= 3, "edges, where FFmpeg mixes four rows into two rows' colour"
    changed = [int(np.abs(plane.astype(int) - without).max()) for plane, without in zip(planes, bare, strict=True)]
    assert changed[14] == 0, "between the words"
    assert min(changed[6], changed[22]) > 100
    assert np.mean(planes[22]) < 0.9 * np.mean(bare[22]), "the credits dim the picture"


@pytest.mark.parametrize("kind", ["mp4", "webm"])
@pytest.mark.parametrize(("width", "height"), [(96, 64), (97, 61)])
def test_videos_of_planes_look_like_those_of_pictures(kind: str, width: int, height: int, tmp_path: Path) -> None:
    film = Film(scene_of(12, width, height), "raster", video_format(kind), cards=title_cards(1.2, "Title"))
    write_film(film, tmp_path / f"planes.{kind}")
    write_film(replace(film, renderer="pictures"), tmp_path / f"pictures.{kind}")
    one, two = (np.stack(pixels(tmp_path / f"{name}.{kind}")).astype(int) for name in ("planes", "pictures"))
    assert one.shape == two.shape == (12, height + height % 2, width + width % 2, 3)
    assert np.abs(one - two).mean() < 3, "so small ones are coarsely encoded"
    assert np.abs(one.mean(axis=(0, 1, 2)) - two.mean(axis=(0, 1, 2))).max() < 0.5


def test_a_background_and_alpha_are_drawn_as_pictures() -> None:
    film = Film(scene_of(2, 64, 36), "raster", video_format("mp4"))
    assert next(film.draw(0, 1)).shape == (54, 64)
    assert next(replace(film, behind=np.zeros((36, 64, 3), np.uint8)).draw(0, 1)).shape == (36, 64, 3)
    assert next(replace(film, kind=video_format("mov")).draw(0, 1)).shape == (36, 64, 4)
    assert next(replace(film, kind=video_format("webm", transparent=True)).draw(0, 1)).shape == (36, 64, 4)
    assert next(replace(film, renderer="pictures").draw(0, 1)).shape == (36, 64, 3)


def test_a_film_in_two_processes_is_the_same_file(tmp_path: Path) -> None:
    film = Film(scene_of(110, 64, 36), "raster", video_format("mp4"))
    write_film(film, tmp_path / "one.mp4")
    with open_engine("local", jobs=2) as workers:
        write_film(film, tmp_path / "two.mp4", workers=workers)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize("height", [88, 90])
def test_the_encoder_reads_planes_where_they_are_or_copies_them(height: int) -> None:
    planes = np.arange(height * 3 // 2 * 64, dtype=np.int64).reshape(-1, 64).astype(np.uint8)
    frame = Converter("yuv420p").frame(planes)
    assert (frame.width, frame.height) == (64, height)
    np.testing.assert_array_equal(frame.to_ndarray(), planes)


def test_memory_that_the_encoder_still_reads_is_not_drawn_into(tmp_path: Path) -> None:
    """Frames come from one renderer's memory and, for comparison, from memory of their own."""
    scene = replace(scene_of(40, 64, 48), fps=10.0)
    common = {"fps": 10, "width": 64, "height": 48, "n_frames": 40}
    write_video(tmp_path / "a.mp4", RasterRenderer().planes(scene, 0, 40), **common)  # type: ignore[arg-type]
    kept = [frame.copy() for frame in RasterRenderer().planes(scene, 0, 40)]
    write_video(tmp_path / "b.mp4", kept, **common)  # type: ignore[arg-type]
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("shape", [(50, 64), (54, 62), (36, 64)])
def test_planes_of_another_size_are_an_error(shape: tuple[int, int], tmp_path: Path) -> None:
    frames = [np.zeros(shape, np.uint8)]
    with pytest.raises(ShapeError, match="frame 0"):
        write_video(tmp_path / "v.mp4", frames, fps=10, width=64, height=36, n_frames=1)


def test_formats_with_alpha_take_no_planes(tmp_path: Path) -> None:
    frames = [np.zeros((54, 64), np.uint8)]
    with pytest.raises(ShapeError, match="frame 0"):
        write_video(tmp_path / "v.mov", frames, fps=10, width=64, height=36, n_frames=1, kind=video_format("mov"))


def test_a_standing_dancer_is_bright_where_the_picture_is() -> None:
    scene = build_scene(standing(), capsule_body(), fps=10, width=320, height=180)
    luma, (blue, red) = split(next(RasterRenderer().planes(scene, 0, 1)))
    picture = next(RasterRenderer().frames(scene)).astype(int)
    chest = np.unravel_index((picture[..., 0] - picture[..., 2]).argmax(), (180, 320))
    assert red[chest[0] // 2, chest[1] // 2] > 140 > 128 > blue[chest[0] // 2, chest[1] // 2]
    assert luma.max() - luma.min() > 60
