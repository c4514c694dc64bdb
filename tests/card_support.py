"""Flat cards with textures, for tests that draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from render_support import capsule_body

from choreo.motion.skeleton import CANONICAL
from choreo.types import Body, Bytes, CameraPath, Doubles, Material, Motion, Scene, Surface
from choreo.video.bodies import standing

WHITE = np.full((1, 1, 4), 255, np.uint8)
FOV = 0.6
SIZE = 160, 120
LEVEL = 1.5
"""Height of the camera and of what it looks at."""


def one_colour(*rgba: int) -> Bytes:
    """A texture of one texel."""
    return np.array(rgba, np.uint8).reshape(1, 1, 4)


def checks(count: int, size: int) -> Bytes:
    """A chessboard of ``count * count`` squares, white in the upper left corner, ``(size, size, 4)``."""
    at = np.arange(size) * count // size
    light = np.where((at[:, None] + at) % 2 == 0, 255, 0)
    return np.stack([light, light, light, np.full_like(light, 255)], axis=-1).astype(np.uint8)


def card(
    texture: Bytes, material: Material | None = None, *, turn: float = 0.0, near: float = 0.0, side: float = 1.0,
    repeat: float = 1.0, up: float = LEVEL, lean: float = 0.0,
) -> Body:  # fmt: skip
    """A square card that faces +Z, its middle `up` metres over the floor and `near` metres in front of the origin.

    It is turned to its right and leant back by radians.
    """
    x = np.array([1.0, 0, 0]) * np.cos(turn) - np.array([0, 0, 1.0]) * np.sin(turn)
    flat = np.array([np.sin(turn), 0, np.cos(turn)])
    y = np.array([0, np.cos(lean), 0]) - np.sin(lean) * flat
    corners = np.array([(-1, 1), (1, 1), (1, -1), (-1, -1)]) * side / 2
    vertices = corners @ np.stack([x, y]) + [0, up, near]
    uv = (np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * repeat).astype(np.float32)
    faces = np.array([(0, 2, 1), (0, 3, 2)], np.int32)
    material = replace(material or Material("card", shading="unlit"), texture=0)
    surface = Surface(uv, np.zeros(2, np.int32), (material,), (texture,))
    indices, weights = np.zeros((4, 4), np.uint8), np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1))
    normals = np.tile(np.cross(x, y), (4, 1)).astype(np.float32)
    return Body(
        "card", CANONICAL, vertices.astype(np.float32), normals, faces, indices, weights,
        np.full((4, 3), 255, np.uint8), surface=surface,
    )  # fmt: skip


def joined(first: Body, second: Body) -> Body:
    """Two cards as one body, the second one's faces behind the first one's."""
    a, b = first.surface, second.surface
    assert a is not None
    assert b is not None
    shifted = tuple(replace(each, texture=each.texture + len(a.textures)) for each in b.materials)
    surface = Surface(
        np.concatenate([a.uv, b.uv]), np.concatenate([a.material_of, b.material_of + len(a.materials)]),
        a.materials + shifted, a.textures + b.textures,
    )  # fmt: skip
    return Body(
        first.name, first.skeleton, np.concatenate([first.vertices, second.vertices]),
        np.concatenate([first.normals, second.normals]),
        np.concatenate([first.faces, second.faces + np.int32(len(first.vertices))]),
        np.concatenate([first.joint_indices, second.joint_indices]), np.concatenate([first.weights, second.weights]),
        np.concatenate([first.colours, second.colours]), surface=surface,
    )  # fmt: skip


def dressed(body: Body, material: Material, texture: Bytes = WHITE) -> Body:
    """A body all of one material."""
    surface = Surface(
        np.zeros((len(body.vertices), 2), np.float32), np.zeros(len(body.faces), np.int32),
        (replace(material, texture=0),), (texture,),
    )  # fmt: skip
    return replace(body, surface=surface)


def white_capsules() -> Body:
    """The body of capsules, white."""
    body = capsule_body()
    return replace(body, colours=np.full_like(body.colours, 255))


def still(body: Body) -> Motion:
    """One frame in which a body is where its rest pose is."""
    motion = standing()
    root = np.asarray(body.skeleton.offsets[:1], np.float32)
    return Motion(motion.skeleton, motion.fps, root, motion.rotations[:1])


def scene_of(*bodies: Body, away: float = 3.0, behind: bool = False, size: tuple[int, int] = SIZE) -> Scene:
    """Bodies in their rest pose, seen level from `away` metres in front of them, or from `behind`."""
    eye = np.array([[0, LEVEL, -away if behind else away]], np.float32)
    camera = CameraPath(eye, np.array([[0, LEVEL, 0]], np.float32), FOV)
    return Scene(tuple((body, still(body)) for body in bodies), camera, 30.0, *size)


def cast_rays(body: Body, scene: Scene, fine: int = 8) -> tuple[Doubles, Doubles]:
    """What a card looks like by casting `fine` times `fine` rays a pixel at its plane.

    Returns
    -------
    ``(h, w)`` linear light of the texture's red channel without interpolation, and the share of rays that hit.
    """
    surface = body.surface
    assert surface is not None
    eye, width, height = scene.camera.eye[0].astype(float), scene.width, scene.height
    focal = 0.5 * height / np.tan(FOV / 2)
    x = ((np.arange(width * fine) + 0.5) / fine - width / 2) / focal
    y = (height / 2 - (np.arange(height * fine) + 0.5) / fine) / focal
    rays = np.stack(np.broadcast_arrays(x[None], y[:, None], -1.0), axis=-1)
    corner, right, below, _ = body.vertices[[0, 1, 3, 2]].astype(float)
    right, below = right - corner, below - corner
    normal = np.cross(right, below)
    hit = eye + rays * (((corner - eye) @ normal) / (rays @ normal))[..., None] - corner
    u, v = hit @ right / (right @ right), hit @ below / (below @ below)
    inside = (u >= 0) & (u < 1) & (v >= 0) & (v < 1)
    texture = surface.textures[0]
    rows, columns = texture.shape[:2]
    texel = texture[(v % 1 * rows).astype(int) % rows, (u % 1 * columns).astype(int) % columns, 0]
    light = np.where(inside, (texel / 255.0) ** 2, 0)
    blocks = (height, fine, width, fine)
    return light.reshape(blocks).mean(axis=(1, 3)), inside.reshape(blocks).mean(axis=(1, 3))
