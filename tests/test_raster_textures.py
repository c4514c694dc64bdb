"""Smaller sizes of textures, and what alpha says about faces."""

from __future__ import annotations

import numpy as np
import pytest
from card_support import card, checks

from choreo.types import Bytes
from choreo_raster.surfaces import as_drawn, ready, texel_shares
from choreo_raster.textures import all_sizes, pack, texel_light


def random_texture(rows: int, columns: int) -> Bytes:
    return np.random.default_rng(rows * 100 + columns).integers(0, 256, (rows, columns, 4)).astype(np.uint8)


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (7, 5), (1, 9), (13, 1), (2, 3), (6, 7)])
def test_each_smaller_size_has_the_light_of_the_larger_one(rows: int, columns: int) -> None:
    texture = random_texture(rows, columns)
    texture[..., 3] = 255
    for larger, smaller in zip(all_sizes(texture, 64), all_sizes(texture, 64)[1:], strict=False):
        light = [(each[..., :3] / 255.0) ** 2 for each in (larger, smaller)]
        # By hand for one axis after the other: an odd side's texels weigh the same in total.
        assert smaller.shape[:2] == (max(larger.shape[0] // 2, 1), max(larger.shape[1] // 2, 1))
        assert light[0].mean(axis=(0, 1)) == pytest.approx(light[1].mean(axis=(0, 1)), abs=0.01)
    assert all_sizes(texture, 64)[-1].shape == (1, 1, 4)


def test_what_cannot_be_seen_lends_no_colour() -> None:
    texture = np.zeros((2, 2, 4), np.uint8)
    texture[0, 0] = 200, 100, 50, 255
    texture[1, 1] = 0, 255, 255, 0
    one = all_sizes(texture, 64)[1][0, 0]
    assert one.tolist() == [200, 100, 50, 64]


def test_textures_larger_than_needed_are_dropped() -> None:
    assert [each.shape[0] for each in all_sizes(random_texture(64, 32), 16)] == [16, 8, 4, 2, 1]


def test_light_between_texels_is_mixed_linearly() -> None:
    texture = np.zeros((1, 2, 4), np.uint8)
    texture[0, 1] = 255
    texels, sizes = pack([texture], 64)
    for u, share in ((0.25, 0.0), (0.5, 0.5), (0.75, 1.0), (0.375, 0.25), (1.0, 0.5), (-0.25, 1.0), (7.75, 1.0)):
        found = texel_light(texels, sizes, 0, 0, np.float32(u), np.float32(0.3))
        assert found == pytest.approx([share] * 4, abs=1e-5)


def test_sizes_say_where_each_texture_begins() -> None:
    textures = [random_texture(4, 2), random_texture(3, 3)]
    texels, sizes = pack(textures, 64)
    for number, texture in enumerate(textures):
        start, columns, rows, last = sizes[number, 0]
        assert np.array_equal(texels[start : start + rows * columns].reshape(rows, columns, 4), texture)
        assert sizes[number, last, 1:3].tolist() == [1, 1]


def test_shares_of_texels_are_counted_in_boxes() -> None:
    alpha = np.zeros((16, 16), np.float32)
    alpha[:, 8:] = 1
    left, right, both = (
        np.array([(a, 0.3), (b, 0.3), (b, 0.6)], np.float32) for a, b in ((0.1, 0.3), (0.7, 0.9), (0.25, 0.75))
    )
    over = right + np.array([3, 0], np.float32)
    assert texel_shares(alpha, 0.5, np.stack([left, right, both, over])) == pytest.approx([0, 1, 0.5, 1])
    assert texel_shares(alpha, 0.5, right[None] + np.array([0.2, 0], np.float32)) == pytest.approx(
        [0.5]
    )  # over the edge: of all


def test_colours_of_files_are_linear_and_become_the_renderers() -> None:
    assert np.sqrt(as_drawn((0.0, 1.0, 0.5, 0.001))) * 255 == pytest.approx([0, 255, 187.5, 3.29], abs=0.1)


def test_a_surface_is_made_ready_once() -> None:
    body = card(checks(2, 4))
    assert ready(body, 720) is ready(body, 720)
    assert ready(body, 720) is not ready(card(checks(2, 4)), 720)
