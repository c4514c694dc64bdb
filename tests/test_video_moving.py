"""A camera that moves: the background tells how, and the dance is lifted as if it stood still."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from choreo.types import Bytes, Doubles
from choreo_video.background import FOCAL, Background, Moves, shape_of
from choreo_video.lifting_camera import up_of_camera
from choreo_video.lifting_path import Path, path_of

WIDTH, HEIGHT, PITCH, UP = 240, 180, 0.2, 1.4
COUNT, FPS = 25, 25.0
Scene = Callable[[Doubles, Doubles], Doubles]


def room(across: Doubles, along: Doubles) -> Doubles:
    """Grey of a floor at metres across and along."""
    return np.asarray(120 + 40 * np.sin(5 * across + 1) * np.cos(4 * along) + 30 * np.sin(2.3 * along + across))


def seen_by(turn: Doubles, place: Doubles) -> Bytes:
    """What a camera sees that is turned and moved from its first frame; beyond the floor there is a far wall."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    focal = FOCAL * HEIGHT
    ways = np.stack(
        [(columns - (WIDTH - 1) / 2) / focal, ((HEIGHT - 1) / 2 - rows) / focal, -np.ones(rows.shape)], axis=-1
    )
    ways = ways @ turn.T
    up = up_of_camera(PITCH)
    down = -(ways @ up)
    far = (UP + place @ up) / np.maximum(down, 1e-3)
    points = place + far[..., None] * ways
    ahead = points @ np.array([0.0, np.sin(PITCH), -np.cos(PITCH)])
    grey = np.where(far < 12, room(points[..., 0], ahead), 120.0)
    return np.repeat(np.clip(grey, 0, 255)[..., None], 3, axis=-1).astype(np.uint8)


def turned(yaw: float) -> Doubles:
    up = up_of_camera(PITCH)
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(yaw * up).as_matrix())


def filmed(yaws: Doubles, places: Doubles) -> Background:
    moves = Moves()
    for yaw, place in zip(yaws, places, strict=True):
        moves.see(seen_by(turned(float(yaw)), place), [])
    return moves.background()


TIMES = np.arange(COUNT) / FPS
WALKED = np.stack([0.8 * TIMES, 0 * TIMES, -0.3 * TIMES], axis=1)
TURNED = 0.25 * np.sin(2.5 * TIMES)


def way(background: Background | None) -> Path:
    return path_of(background, TIMES, PITCH, UP)


def test_a_camera_that_walks_and_turns_is_found() -> None:
    path = way(filmed(TURNED, WALKED))
    assert path.moves
    found = (path.places - path.places[0]) @ path.turns[0]
    assert np.abs(found - WALKED).max() < 0.1
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_matrix(path.turns[0].T @ path.turns).as_rotvec() @ up_of_camera(PITCH)
    assert np.abs(turns - TURNED).max() < 0.02


def test_a_camera_that_stands_is_known_to() -> None:
    path = way(filmed(0 * TIMES, 0 * WALKED))
    assert (path.seen, path.moves) == (True, False)
    assert not path.places.any()


def test_a_plain_background_tells_nothing() -> None:
    moves = Moves()
    for _ in range(COUNT):
        moves.see(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), [])
    path = way(moves.background())
    assert (path.seen, path.moves) == (False, False)
    assert not way(None).seen


def test_what_people_do_is_not_the_background() -> None:
    still = seen_by(np.eye(3), np.zeros(3))
    moves = Moves()
    for k in range(COUNT):
        picture = still.copy()
        picture[40:150, 90 + 2 * k : 120 + 2 * k] = 20 + 160 * (np.arange(30)[None, :, None] // 5 % 2)
        box = np.array([[90.0 + 2 * k, 40], [120 + 2 * k, 150]])
        moves.see(picture, [box])
    path = way(moves.background())
    assert (path.seen, path.moves) == (True, False)


def test_the_eight_numbers_are_those_of_a_turn() -> None:
    # A turn about the vertical moves a ray (x, y) by (1 + x2, x y).
    x, y = np.array([0.1, -0.3]), np.array([0.2, 0.1])
    flow = shape_of(x, y) @ np.array([1.0, 0, 0, 0, 0, 0, 1, 0])
    assert flow == pytest.approx(np.stack([1 + x * x, x * y], axis=1))


def test_small_and_odd_pictures_are_no_fault() -> None:
    moves = Moves()
    for size in ((16, 16), (16, 16), (1080, 18), (17, 300)):
        moves.see(np.zeros((*size, 3), np.uint8), [np.array([[-50.0, 1e5], [3.0, 8.0]])])
    assert np.isfinite(moves.background().moves).all()
