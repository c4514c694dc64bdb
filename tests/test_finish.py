"""What is done to drawn pictures, blur of what moves, and flashes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from render_support import capsule_body, dancing, standing
from test_director import timeline

from choreo.types import Bytes, Scene
from choreo.video import build_scene
from choreo.video.film import Film
from choreo.video.finish import CHROMA, finished, finished_frame
from choreo.video.flashes import MOST, most_flashes
from choreo.video.formats import video_format
from choreo.video.planes import planes_of, split
from choreo_raster import RasterRenderer
from choreo_raster.blur import pose_between


def grey(value: int, size: tuple[int, int] = (90, 160)) -> Bytes:
    return np.full((*size, 3), value, np.uint8)


def test_corners_are_darker_and_tones_keep_their_order() -> None:
    levels = [finished_frame(grey(value), "film") for value in range(0, 256, 15)]
    middles = [int(frame[45, 80, 0]) for frame in levels]
    assert middles == sorted(middles)
    assert middles[-1] >= 245
    for finish, least, most in (("clean", 0.85, 0.97), ("film", 0.7, 0.9)):
        frame = finished_frame(grey(128), finish).astype(float)
        assert least < frame[0, 0, 0] / frame[45, 80, 0] < most
        np.testing.assert_array_equal(frame, frame[::-1, ::-1])


def test_bright_light_spreads_in_film_only() -> None:
    picture = grey(20, (360, 640))
    picture[160:200, 300:340] = 255
    around = {finish: finished_frame(picture, finish)[180, 350].mean() for finish in ("clean", "film")}
    assert around["film"] > around["clean"] + 8
    far = finished_frame(picture, "film")[60, 120].mean() - finished_frame(grey(20, (360, 640)), "film")[60, 120].mean()
    assert abs(far) <= 1


@pytest.mark.parametrize("finish", ["clean", "film"])
def test_planes_are_finished_as_pictures_are(finish: str) -> None:
    ramp = np.repeat(np.tile(np.linspace(20, 235, 160).astype(np.uint8), (96, 1))[..., None], 3, axis=2)
    luma = split(finished_frame(planes_of(ramp), finish))[0].astype(int)
    want = split(planes_of(finished_frame(ramp, finish)))[0].astype(int)
    assert np.abs(luma - want)[:, :140].max() <= 6  # a picture's white is clipped sooner


def test_colours_of_film_are_stronger_and_of_no_other_hue() -> None:
    planes = np.full((96 * 3 // 2, 160), 120, np.uint8)
    for blue, red in ((90, 150), (128, 128), (200, 60), (16, 240)):
        split(planes)[1][0], split(planes)[1][1] = blue, red
        want = [min(max(128 + CHROMA * (value - 128), 16), 240) for value in (blue, red)]
        found = split(finished_frame(planes, "film"))[1]
        assert [int(each.min()) for each in found] == [int(each.max()) for each in found] == [round(v) for v in want]
        assert (split(finished_frame(planes, "clean"))[1] == split(planes)[1]).all()


def test_pictures_with_alpha_and_unfinished_ones_are_left() -> None:
    cut = np.full((8, 8, 4), 90, np.uint8)
    assert next(finished(iter_of(cut), "film")) is cut
    plain = grey(90)
    assert next(finished(iter_of(plain), "none")) is plain


def iter_of(frame: Bytes) -> Iterator[Bytes]:
    yield frame


def scene(shutter: float, motion: str = "dancing") -> Scene:
    moves = dancing(12, reach=0.8) if motion == "dancing" else standing(4)
    return build_scene(moves, capsule_body(6, 6), fps=30, width=160, height=120, shutter=shutter, floor="plain")


def test_who_stands_is_as_sharp_with_the_shutter_open() -> None:
    sharp, blurred = (next(RasterRenderer().part(scene(s, "standing"), 1, 2)).astype(int) for s in (0.0, 0.5))
    assert (np.abs(sharp - blurred).max(axis=2) > 3).sum() <= 3  # samples that lie on an edge may fall to either side


def test_who_moves_is_blurred_and_parts_are_those_of_the_whole() -> None:
    sharp, blurred = (list(RasterRenderer().part(scene(s), 4, 8)) for s in (0.0, 0.9))
    edges = [
        np.mean([np.square(np.diff(frame.astype(float), axis=1)).mean() for frame in each]) for each in (sharp, blurred)
    ]
    assert edges[1] < edges[0]
    # A blurred hand covers what a sharp one covers, and where it comes from and goes to.
    moved = [np.abs(frame.astype(int) - other).max(axis=2) > 8 for frame, other in zip(sharp, blurred, strict=True)]
    assert all(10 < each.sum() < 2000 for each in moved)
    again = list(RasterRenderer().part(scene(0.9), 6, 7))
    assert again[0].tobytes() == blurred[2].tobytes()


def test_poses_between_frames_lie_between() -> None:
    duals = np.zeros((2, 1, 8), np.float32)
    duals[0, 0, 0] = 1
    duals[1, 0, :4] = [-np.cos(0.1), 0, -np.sin(0.1), 0]  # the same turn with either sign
    half = pose_between(duals, 0, 0.5, 2)[0]
    np.testing.assert_allclose(half[:4], [np.cos(0.05), 0, np.sin(0.05), 0], atol=1e-3)
    np.testing.assert_array_equal(pose_between(duals, 0, -0.5, 2), duals[0])


def test_a_film_s_key_knows_its_finish() -> None:
    film = Film(scene(0.0), "raster", video_format("mp4"))
    assert film.key() != replace(film, finish="film").key()
    assert film.key() != replace(film, scene=scene(0.5)).key()
    (plain, *_), (done, *_) = (list(each.draw(0, 1)) for each in (film, replace(film, finish="clean")))
    assert plain.shape == done.shape
    assert plain.tobytes() != done.tobytes()


def blinking(times: int, low: int = 0, high: int = 200, part: float = 1.0) -> list[Bytes]:
    """A second at 30 frames, in which a part of the picture goes up and down so many times."""
    frames = []
    for k in range(31):
        frame = grey(low, (96, 96))
        if int(2 * times * k / 30 + 1e-9) % 2:
            frame[:, : round(96 * part)] = high
        frames.append(frame)
    return frames


@pytest.mark.parametrize("times", [1, 3, 4, 7])
def test_flashes_are_counted(times: int) -> None:
    assert most_flashes(blinking(times), 30.0) == times


def test_what_is_faint_small_bright_or_slow_is_no_flash() -> None:
    assert most_flashes(blinking(7, 100, 110), 30.0) == 0
    assert most_flashes(blinking(7, part=0.05), 30.0) == 0
    assert most_flashes(blinking(7, 235, 255), 30.0) == 0  # .83 of the largest luminance is not dark
    assert most_flashes(blinking(7), 6.0) <= 2
    assert most_flashes([planes_of(frame) for frame in blinking(5)], 30.0) == 5


@pytest.mark.parametrize("place", ["stage", "studio", "club"])
def test_a_lit_dance_is_below_the_safe_limit(place: str) -> None:
    line = replace(timeline(bars=8, step=1.2, section=4.8), energies=(1.0,) * 8)  # 200 beats a minute, full energy
    shown = build_scene(
        dancing(288), capsule_body(6, 6), fps=30, width=96, height=54, timeline=line, camera="director", lights=True,
        place=place,
    )  # fmt: skip
    assert most_flashes(RasterRenderer().frames(shown), 30.0) <= MOST
