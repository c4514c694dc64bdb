"""Bodies with textures, for tests that draw or write them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion.skeleton import CANONICAL
from choreo.types import Body, Bytes, Material, Surface


def plain_texture(*colour: int) -> Bytes:
    """A texture of one colour, RGBA."""
    return np.tile(np.array(colour, np.uint8), (4, 4, 1))


def quarters(side: int = 64) -> Bytes:
    """Red and green above, blue and white below, opaque."""
    texture = np.full((side, side, 4), 255, np.uint8)
    half = side // 2
    texture[:half, :half, :3] = 230, 30, 30
    texture[:half, half:, :3] = 30, 200, 30
    texture[half:, :half, :3] = 30, 30, 230
    return texture


def checker(side: int = 64, squares: int = 16, alpha: int = 255) -> Bytes:
    """Dark and light squares; of the dark ones the alpha is given."""
    at = np.arange(side) * squares // side
    light = ((at[:, None] + at) % 2).astype(bool)
    texture = np.full((side, side, 4), 255, np.uint8)
    texture[~light] = 40, 40, 60, alpha
    return texture


def painted(body: Body, *materials: Material, textures: tuple[Bytes, ...] = (), of: np.ndarray | None = None) -> Body:
    """The body with these materials, a texture laid on from the front: u over 2 m from its right, v down from 2 m.

    ``of : (F,)`` are the numbers of the faces' materials, the first one by default.
    """
    uv = np.stack([0.5 + body.vertices[:, 0] / 2, 1 - body.vertices[:, 1] / 2], axis=1).astype(np.float32)
    numbers = np.zeros(len(body.faces), np.int32) if of is None else of.astype(np.int32)
    return replace(body, surface=Surface(uv, numbers, materials, textures))


def sheet(*materials: Material, textures: tuple[Bytes, ...] = (), turned: bool = False) -> Body:
    """Sheets of a metre by a metre, one a material, the next half a metre further back; they face +Z or, turned, -Z.

    The first one's middle is at (0, 1, 0); u goes to the right and v down over its width and height.
    """
    corners = np.array([[-0.5, 1.5, 0], [0.5, 1.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]])
    vertices = np.concatenate([corners - [0, 0, k / 2] for k in range(len(materials))]).astype(np.float32)
    faces = np.concatenate([np.array([[0, 3, 2], [0, 2, 1]]) + 4 * k for k in range(len(materials))]).astype(np.int32)
    count = len(vertices)
    joints, weights = np.zeros((count, 4), np.uint8), np.zeros((count, 4), np.float32)
    weights[:, 0] = 1
    normals = np.tile([0, 0, -1 if turned else 1], (count, 1)).astype(np.float32)
    uv = np.tile([[0, 0], [1, 0], [1, 1], [0, 1]], (len(materials), 1)).astype(np.float32)
    surface = Surface(uv, np.repeat(np.arange(len(materials)), 2).astype(np.int32), materials, textures)
    faces = faces[:, ::-1].copy() if turned else faces
    grey = np.full((count, 3), 128, np.uint8)
    return Body("sheets", CANONICAL, vertices, normals, faces, joints, weights, grey, surface=surface)


def motley(body: Body) -> Body:
    """A body in every sort of material: toon head, lit trunk, masked arms, unlit thighs, see-through shins."""
    middle = body.vertices[body.faces].mean(axis=1)
    of = np.select([np.abs(middle[:, 0]) > 0.22, middle[:, 1] > 1.45, middle[:, 1] > 0.95, middle[:, 1] > 0.5],
                   [2, 0, 1, 3], 4)  # fmt: skip
    materials = (
        Material("head", texture=0, shading="toon", shade=(0.3, 0.2, 0.3)),
        Material("trunk", texture=1, colour=(1.0, 0.6, 0.3, 1.0)),
        Material("arms", texture=2, alpha="mask", double_sided=True),
        Material("thighs", texture=0, shading="unlit"),
        Material("shins", texture=1, colour=(0.5, 0.8, 1.0, 0.5), alpha="blend", emission=(0.0, 0.1, 0.2)),
    )
    return painted(body, *materials, textures=(quarters(), checker(256, 64), checker(256, 64, 0)), of=of)
