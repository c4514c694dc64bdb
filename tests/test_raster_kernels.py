"""The rasteriser's kernels against plain formulas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from choreo.types import Doubles, Floats
from choreo_raster.blur import PLACES, SAMPLES, fill_moments, sort_faces, spread_moments
from choreo_raster.triangles import fill_triangles

COLUMNS, ROWS = 40, 30
EDGE = 2e-3
"""How far from an edge, in samples, a sample counts as clearly inside or outside."""
X, Y = np.meshgrid(np.arange(COLUMNS) + 0.5, np.arange(ROWS) + 0.5)


def drawn(corners: Doubles, faces: Sequence[tuple[int, int, int]], side: int) -> tuple[Floats, Floats]:
    """1/depth and colours that the kernel draws of ``corners : (V, 3)``, coloured by their own x, y and 1/depth."""
    inverse, samples = np.zeros((ROWS, COLUMNS), np.float32), np.zeros((ROWS, COLUMNS, 3), np.float32)
    screen, zero = np.asarray(corners, np.float32), np.float32(0)
    fill_triangles(screen, np.array(faces, np.int32), screen, np.float32(side), zero, zero, inverse, samples)
    return inverse, samples


def inside(corners: Doubles) -> tuple[Doubles, float]:
    """How deep each sample's centre lies in a triangle, in samples, negative outside; and its area, signed."""
    flat = np.asarray(corners, np.float32)[:, :2].astype(np.float64)
    (ax, ay), (bx, by), (cx, cy) = flat
    area = ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    along = np.roll(flat, -1, axis=0) - flat
    length = np.maximum(np.linalg.norm(along, axis=1), 1e-12)
    cross = along[:, 0, None, None] * (Y - flat[:, 1, None, None]) - along[:, 1, None, None] * (
        X - flat[:, 0, None, None]
    )
    return np.asarray((np.sign(area) * cross / length[:, None, None]).min(axis=0)), float(area)


def random_corners(seed: int) -> Doubles:
    """Large, small, thin and level triangles, on the picture, across its border and beside it; 1/depth 0.1 to 1."""
    random = np.random.default_rng(seed)
    middle = random.uniform([-5, -5], [COLUMNS + 5, ROWS + 5])
    flat = middle + random.normal(size=(3, 2)) * random.choice([0.3, 2.0, 12.0], size=(3, 1))
    if seed % 5 == 0:
        flat[1, 1] = flat[0, 1]
    if seed % 7 == 0:
        flat = np.round(flat * 2) / 2
    return np.column_stack([flat, random.uniform(0.1, 1.0, 3)])


def test_a_triangle_covers_the_samples_inside_it_and_no_others() -> None:
    hits = 0
    for seed in range(400):
        corners = random_corners(seed)
        depth, area = inside(corners)
        hit = drawn(corners, [(0, 1, 2)], -1 if area > 0 else 1)[0] > 0
        if abs(area) > 1e-4:
            assert hit[depth > EDGE].all(), seed
        assert not hit[depth < -EDGE].any(), seed
        assert not drawn(corners, [(0, 1, 2)], 1 if area > 0 else -1)[0].any(), "seen from behind"
        hits += hit.sum()
    assert hits > 5000


def test_depth_and_colour_are_linear_over_a_triangle() -> None:
    for seed in range(200):
        corners = random_corners(seed)
        depth, area = inside(corners)
        if abs(area) < 2:
            continue
        inverse, samples = drawn(corners, [(0, 1, 2)], -1 if area > 0 else 1)
        hit = depth > EDGE
        plane = np.linalg.solve(np.column_stack([corners[:, :2], np.ones(3)]), corners[:, 2])
        expected = plane[0] * X + plane[1] * Y + plane[2]
        np.testing.assert_allclose(inverse[hit], expected[hit], atol=1e-4)
        np.testing.assert_allclose(samples[hit], np.stack([X, Y, expected], axis=-1)[hit], atol=3e-3)


def test_neighbours_leave_no_gap() -> None:
    """A sheet of uneven triangles over the whole picture, some with corners or edges right on samples."""
    random = np.random.default_rng(3)
    for unit in (3, 5):
        x, y = np.meshgrid(np.arange(-unit, COLUMNS + 2 * unit, unit), np.arange(-unit, ROWS + 2 * unit, unit))
        flat = np.stack([x, y], axis=-1) + random.uniform(-0.15, 0.15, (*x.shape, 2)) * unit
        flat[::2] = np.floor(flat[::2]) + 0.5
        wide = x.shape[1]
        corners = np.column_stack([flat.reshape(-1, 2), np.full(x.size, 0.5)])
        faces = list[tuple[int, int, int]]()
        for first in (row * wide + k for row in range(len(x) - 1) for k in range(wide - 1)):
            faces += [(first, first + 1, first + wide), (first + 1, first + wide + 1, first + wide)]
        assert (drawn(corners, faces, -1)[0] > 0).all()
        assert not drawn(corners, faces, 1)[0].any()


def test_the_nearer_triangle_wins_in_any_order_and_none_behind_the_camera_is_drawn() -> None:
    large = [(-50.0, -50.0), (100.0, -50.0), (20.0, 100.0)]
    corners = np.array([(*corner, z) for z in (0.5, 0.25, 0.0) for corner in large])
    faces = [(0, 1, 2), (3, 4, 5), (0, 1, 8)]
    for order in (faces, faces[::-1]):
        inverse, _ = drawn(corners, order, -1)
        np.testing.assert_allclose(inverse, 0.5, rtol=1e-5)


def moments_of(here: Floats, there: Floats, still: float, moving: float) -> tuple[Floats, Floats, float]:
    """Corners at each moment, the share of their ways that they go, and the longest way."""
    moments, share = np.zeros((len(here), 4, 3), np.float32), np.zeros(len(here), np.float32)
    one, samples = np.float32(1), np.array(SAMPLES, np.float32)
    longest = spread_moments(here, there, samples, one, np.float32(still), np.float32(moving), moments, share)
    return moments, share, float(longest)


@pytest.mark.parametrize("seed", range(6))
def test_who_does_not_move_is_the_same_at_all_moments(seed: int) -> None:
    corners = np.asarray(random_corners(seed), np.float32)
    faces = np.arange(len(corners) // 3 * 3, dtype=np.int32).reshape(-1, 3)
    moments, share, longest = moments_of(corners, corners, -1, 0)
    assert (share == 1).all()
    assert longest == 0
    found, plain = ((np.zeros((60, 80), np.float32), np.zeros((60, 80, 3), np.float32)) for _ in range(2))
    zero = np.float32(0)
    fill_moments(moments, PLACES, faces, corners, zero, zero, *found)
    fill_triangles(corners * np.array([2, 2, 1], np.float32), faces, corners, np.float32(1), zero, zero, *plain)
    assert ((found[0] > 0) != (plain[0] > 0)).mean() < 0.002  # samples on an edge may fall to either side
    both = (found[0] > 0) & (plain[0] > 0)
    np.testing.assert_allclose(found[1][both], plain[1][both], rtol=1e-3, atol=0.02)


def test_corners_go_their_ways_by_what_they_are_long() -> None:
    here = np.array([[5, 5, 1], [9, 5, 1], [5, 9, 1], [30, 20, 1]], np.float32)
    there = here + np.array([[0.5, 0, 0], [0, 2, 0], [8, 0, 0], [0, -8, 0]], np.float32)
    moments, share, longest = moments_of(here, there, 1, 3)
    np.testing.assert_allclose(share, [0, 0.5, 1, 1])
    assert longest == 8
    for k, (right, down, moment) in enumerate(SAMPLES):
        at = here + moment * share[:, None] * (there - here)
        np.testing.assert_allclose(moments[:, k, 0], at[:, 0] + 0.25 - 0.5 * right, rtol=1e-6)
        np.testing.assert_allclose(moments[:, k, 1], at[:, 1] + 0.25 - 0.5 * down, rtol=1e-6)


def test_faces_that_stand_come_first_and_none_is_lost() -> None:
    faces = np.array([[0, 1, 2], [1, 2, 3], [0, 2, 1], [3, 0, 1]], np.int32)
    sorted_faces = np.empty_like(faces)
    assert sort_faces(faces, np.array([0, 0, 0, 0.2], np.float32), sorted_faces) == 2
    assert {tuple(face) for face in sorted_faces[:2].tolist()} == {(0, 1, 2), (0, 2, 1)}
    assert {tuple(face) for face in sorted_faces[2:].tolist()} == {(1, 2, 3), (3, 0, 1)}
