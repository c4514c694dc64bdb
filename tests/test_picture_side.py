"""What the pictures of a video say by themselves: flow, cuts, light, a pulse; and stretches of it as clips."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from dance_support import sway_clip
from scipy.ndimage import gaussian_filter

from choreo.errors import InputError
from choreo.retrieval.picture_side import CHANNELS, Looks, is_pictures, picture_clip, picture_clips, picture_vectors
from choreo.types import Bytes, Doubles, Floats
from choreo_video.flow import optical_flow
from choreo_video.looks import looks_at
from choreo_video.pictures import Picture

WIDTH, HEIGHT, FPS = 96, 54, 30.0


@cache
def cloth(seed: int) -> Floats:
    """A wide picture of soft spots, grey 128 on the mean."""
    spots = gaussian_filter(np.random.default_rng(seed).normal(size=(HEIGHT, 3 * WIDTH)), 2.0)
    return np.asarray(128 + 45 * spots / spots.std(), np.float32)


def window(seed: int, right: float, down: float = 0.0) -> Floats:
    """A part of the cloth whose spots lie `right` and `down` of where they are at 0, in pixels."""
    from scipy.ndimage import map_coordinates

    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    at = [rows - down, columns + WIDTH - right]
    return np.asarray(map_coordinates(cloth(seed), at, order=1, mode="nearest"), np.float32)


def picture(time: float, grey: Floats, colour: tuple[float, float, float] = (1, 1, 1)) -> Picture:
    pixels: Bytes = np.clip(grey[..., None] * np.array(colour), 0, 255).astype(np.uint8)
    return Picture(time, pixels, (WIDTH, HEIGHT))


def with_square(seed: int, right: float) -> Floats:
    """The cloth at rest, with a square of another cloth before it that is moved."""
    out = window(seed, 0.0).copy()
    out[15:39, 30:66] = window(seed + 1, right)[15:39, 30:66]
    return out


def values(looks: Looks, name: str) -> Floats:
    return np.asarray(looks.values[:, CHANNELS.index(name)])


@pytest.mark.parametrize(("right", "down"), [(0.3, -0.2), (1.5, 0.5), (-4.0, 2.0)])
def test_flow_is_how_far_things_move(right: float, down: float) -> None:
    flow = optical_flow(window(1, 0.0), window(1, right, down))[8:-8, 10:-10]
    np.testing.assert_allclose(np.median(flow, axis=(0, 1)), (right, down), atol=0.1 * abs(right))


def test_nothing_moves_on_a_wall_of_one_colour() -> None:
    wall = np.full((HEIGHT, WIDTH), 90, np.float32)
    assert np.abs(optical_flow(wall, wall + 20)).max() < 0.05


def test_a_camera_that_pans_is_no_movement_in_the_picture() -> None:
    panned = looks_at(picture(n / FPS, window(2, 0.8 * n)) for n in range(10))
    moved = looks_at(picture(n / FPS, with_square(2, 0.8 * n)) for n in range(10))
    speed = 0.8 * FPS / WIDTH
    np.testing.assert_allclose(values(panned, "camera"), speed, rtol=0.1)
    assert values(panned, "moving").max() < 0.25 * speed
    assert values(moved, "camera").max() < 0.05 * speed
    # a sixth of the picture moves
    np.testing.assert_allclose(values(moved, "moving"), speed * 24 * 36 / (WIDTH * HEIGHT), rtol=0.35)
    assert values(moved, "across").min() > 0.7
    np.testing.assert_allclose(values(moved, "height"), 27 / HEIGHT, atol=0.05)


def test_cuts_and_light_are_where_they_are() -> None:
    def film() -> Iterator[Picture]:
        for n in range(60):
            dim, colour = (0.5 if n < 20 else 1.0), ((1.0, 0.2, 0.1) if n >= 40 else (1.0, 1.0, 1.0))
            yield picture(n / FPS, dim * window(3 if n < 40 else 4, 0.2 * n), colour)

    looks = looks_at(film())
    np.testing.assert_allclose(looks.cuts, [40 / FPS])
    light = values(looks, "brightness")
    np.testing.assert_allclose(light[:20], 0.25, atol=0.02)
    np.testing.assert_allclose(light[20:40], 0.5, atol=0.03)
    assert values(looks, "warmth")[:40].max() < 0.01 < 0.3 < values(looks, "warmth")[40:].min()
    assert values(looks, "moving")[40] == 0  # what lies on both sides of a cut is not compared


def stepping(seconds: float, beat: float) -> Looks:
    """A square that goes to and fro, and stands for a moment on each beat."""
    times = np.arange(round(seconds * FPS)) / FPS
    return looks_at(picture(t, with_square(5, 6 * np.cos(np.pi * t / beat))) for t in times.tolist())


@cache
def steps() -> Looks:
    return stepping(10.0, 0.5)


def test_a_pulse_of_pictures_is_found() -> None:
    beats = steps().beats()
    np.testing.assert_allclose(np.median(np.diff(beats)), 0.5, atol=0.04)
    clips = picture_clips(steps(), beats, "film")
    assert [clip.counts for clip in clips] == [8] * len(clips)
    assert len(clips) == (len(beats) - 1) // 8
    np.testing.assert_allclose(clips[1].frames[0] / 1000, beats[8], atol=0.001)


def test_still_pictures_have_no_pulse() -> None:
    still = looks_at(picture(n / FPS, window(6, 0.0)) for n in range(90))
    with pytest.raises(InputError, match="move in no pulse"):
        picture_clips(still, still.beats(), "film")


def made(cuts: Doubles, moving: float = 0.05) -> Looks:
    times = np.arange(300) / FPS
    rows = np.full((300, len(CHANNELS)), 0.5, np.float32)
    rows[:, CHANNELS.index("moving")] = moving
    rows[:, -1] = 0
    rows[np.round(cuts * FPS).astype(int), -1] = 1
    return Looks(times, rows)


def test_half_beats_have_means_and_cuts_belong_to_the_nearest() -> None:
    looks = made(np.array([0.96, 2.0, 2.3]))
    looks.values[30:45, CHANNELS.index("brightness")] = 0.9
    clip = picture_clip(looks, np.linspace(1.0, 5.0, 9), name="a", source="film")
    assert clip.looks.shape == (16, len(CHANNELS))
    np.testing.assert_allclose(clip.looks[:3, CHANNELS.index("brightness")], [0.9, 0.9, 0.5], atol=1e-6)
    assert np.flatnonzero(clip.looks[:, -1]).tolist() == [0, 4, 5]
    assert clip.tempo == pytest.approx(120)


def test_more_movement_is_more_energy() -> None:
    beats = np.linspace(1.0, 5.0, 9)
    none = np.zeros(0)
    calm, wild = (picture_clip(made(none, speed), beats, name="a", source="film").energy for speed in (0.02, 0.2))
    assert 0 < calm < wild < 1


def test_only_pictures_are_described_as_pictures() -> None:
    clip = picture_clip(made(np.array([2.0])), np.linspace(1.0, 5.0, 9), name="a", source="film")
    blocks = picture_vectors([clip, clip])
    assert {block.shape[0] for block in blocks.values()} == {2}
    assert all(np.isfinite(block).all() for block in blocks.values())
    assert is_pictures([clip])
    assert not is_pictures([clip, sway_clip("sway")])
    with pytest.raises(InputError, match="pictures of videos"):
        picture_vectors([clip, sway_clip("sway")])
