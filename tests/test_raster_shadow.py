"""The rasteriser's shadow map: drawn from a coarser mesh, on a part of the floor, and the same as on all of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from render_support import capsule_body, dancing, standing
from scipy.spatial import cKDTree

from choreo import plugins
from choreo.motion.resample import sample
from choreo.motion.skeleton import CANONICAL
from choreo.moves import compile_move, load_moves
from choreo.types import Body, Floats, Motion
from choreo.video import build_scene
from choreo.video.bodies import fit_motion
from choreo_raster import RasterRenderer, painter, shadow
from choreo_raster.coarse import coarser_faces
from choreo_raster.painter import CELL, COARSE, Canvas, RasterScene

CELLS = 70


@pytest.mark.parametrize("radius", [0, 1, 5, 40])
def test_blur_sums_boxes(radius: int) -> None:
    texture = np.random.default_rng(radius).integers(0, 99, (23, 31)).astype(np.int32)
    padded = np.pad(texture, radius)
    boxes = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1, 2 * radius + 1))
    shadow.blur(texture, radius, np.empty_like(texture))
    np.testing.assert_array_equal(texture, boxes.sum(axis=(2, 3)))


def shade(low: Floats, under: Floats) -> Floats:
    """Shadow and contact of a map, as the painter makes them."""
    sharp, soft, lift, near, sums = np.empty((5, *low.shape), np.int32)
    shadow.start_maps(low, under, np.float32(shadow.METRE), np.float32(shadow.FULL), sharp, soft, lift, near)
    for texture, radii in ((sharp, shadow.SHARP), (soft, shadow.SOFT), (lift, shadow.SOFT), (near, shadow.NEAR)):
        for radius in radii:
            shadow.blur(texture, radius, sums)
    made = np.empty((*low.shape, 2), np.float32)
    shadow.mix_shade(sharp, soft, lift, near, shadow.SCALES, made)
    return made


@pytest.mark.parametrize("begin", [(0, 0), (25, 30), (3, 50)])
def test_the_map_of_a_part_is_that_part_of_the_whole_map(begin: tuple[int, int]) -> None:
    """Bit for bit, and nothing else is shaded; also at the border, and with heights that no body has."""
    random = np.random.default_rng(sum(begin))
    (y, x), size = begin, 14
    low, under = np.full((2, CELLS, CELLS), 99, np.float32)
    for heights, top in ((low, 12.0), (under, 0.3)):
        drawn = random.random((size, size)) < 0.4
        heights[y : y + size, x : x + size][drawn] = random.uniform(-0.1, top, drawn.sum())
    part = tuple(slice(max(at - shadow.MARGIN, 0), at + size + shadow.MARGIN) for at in begin)
    whole = shade(low, under)
    np.testing.assert_array_equal(whole[part], shade(low[part].copy(), under[part].copy()))
    assert (whole[part] > 0).any(axis=(0, 1)).all()
    assert whole.max() <= 1.0001
    whole[part] = 0
    assert not whole.any()


def test_a_full_map_is_fully_shaded() -> None:
    made = shade(np.full((40, 40), 0.5, np.float32), np.zeros((40, 40), np.float32))
    np.testing.assert_allclose(made[12:-12, 12:-12], 1, atol=1e-4)


def frames_of(motion: Motion | list[Motion]) -> Iterator[Floats]:
    scene = build_scene(motion, capsule_body(), fps=30.0, width=320, height=180)
    return (frame.astype(np.float32) for frame in RasterRenderer().frames(scene))


@pytest.mark.parametrize("several", [False, True])
def test_pictures_are_those_of_a_map_of_the_whole_floor(several: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    motion = [standing(40, x=-1.0), dancing(40, reach=2.5)] if several else dancing(40, reach=2.5)
    part = [frame.copy() for frame in frames_of(motion)]
    monkeypatch.setattr(painter, "map_box", lambda *arguments: (0, 0, arguments[-1], arguments[-1]))
    off = np.array([np.abs(one - other).max(axis=-1) for one, other in zip(part, frames_of(motion), strict=True)])
    assert (off > 1).sum() <= 8  # of 2.3 million pixels: the maps' corners round differently


def test_a_dancer_out_of_reach_needs_the_smallest_map() -> None:
    slopes, corner = np.array([0.5, 0.6], np.float32), np.zeros(2, np.float32)
    for points in (np.full((3, 3), 500, np.float32), np.full((3, 3), -500, np.float32), np.zeros((0, 3), np.float32)):
        left, top, columns, rows = shadow.map_box(points, slopes, 0.3, corner, 0.0125, 200)
        assert (columns, rows) >= (2, 2)
        assert 0 <= left <= 200 - columns
        assert 0 <= top <= 200 - rows
        assert columns * rows < 200


def posed(body: Body, motion: Motion) -> Iterator[Floats]:
    canvas = Canvas(RasterScene(build_scene(motion, body, fps=motion.fps, width=64, height=36)))
    for frame in range(0, len(motion), 20):
        canvas.skin(frame)
        yield canvas.world


def test_the_coarse_mesh_is_near_the_fine_one_however_it_is_posed() -> None:
    body = plugins.load("bodies", "builtin").load()
    faces = coarser_faces(body, COARSE)
    assert len(faces) < 0.5 * len(body.faces)
    grid = np.array([(i, j, 5 - i - j) for i in range(6) for j in range(6 - i)]) / 5
    for name in ("harlem-shake", "tango-walk"):
        move = load_moves()[name]
        motion = compile_move(move, move.tempo)
        motion = fit_motion(sample(motion, np.arange(60) / 30 % motion.duration, fps=30.0), body)
        for world in posed(body, motion):
            surface = cKDTree((grid @ world[faces]).reshape(-1, 3))
            away = surface.query(world[np.unique(body.faces)])[0]
            assert np.percentile(away, 99) < CELL / 2
            assert away.max() < COARSE


def test_the_coarse_mesh_faces_the_same_way_and_keeps_bones_and_colours_apart() -> None:
    body = capsule_body(24, 24)
    faces = coarser_faces(body, COARSE)
    a, b, c = body.vertices[faces].transpose(1, 0, 2)
    outward = np.einsum("ij,ij->i", np.cross(b - a, c - a), body.normals[faces].sum(axis=1))
    assert (outward > 0).mean() > 0.99
    assert (body.colours[faces[:, 0]] == body.colours[faces[:, 1]]).all()
    assert (body.joint_indices[faces[:, 0], 0] == body.joint_indices[faces[:, 2], 0]).all()
    assert faces.dtype == np.int32
    assert ((faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2])).all()


def test_thin_parts_keep_their_thickness() -> None:
    """A tube thinner than a cube of the grid is still a tube, not a line."""
    turn = np.arange(8) * np.pi / 4
    ring = np.stack([np.cos(turn), np.sin(turn), np.zeros(8)], axis=1)
    lengths = np.linspace(0.003, 0.4, 30)
    vertices = np.concatenate([0.006 * ring + [0.01, 0.01, z] for z in lengths]).astype(np.float32)
    first = (np.arange(29)[:, None] * 8 + np.arange(8)).ravel()
    beside = (np.arange(29)[:, None] * 8 + (np.arange(8) + 1) % 8).ravel()
    faces = np.concatenate(
        [np.stack(corners, axis=1) for corners in ((first, beside, first + 8), (beside, beside + 8, first + 8))]
    )
    count = len(vertices)
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1))
    body = Body(
        "tube", CANONICAL, vertices, np.tile(ring, (30, 1)).astype(np.float32), faces.astype(np.int32),
        np.zeros((count, 4), np.uint8), weights, np.zeros((count, 3), np.uint8),
    )  # fmt: skip
    used = vertices[np.unique(coarser_faces(body, COARSE))]
    assert (np.ptp(used, axis=0) > [0.006, 0.006, 0.36]).all()
    assert len(used) < count / 2
