"""Vertices and triangles that stay as they are for a whole scene, as arrays for the graphics card."""

from __future__ import annotations

import numpy as np

from choreo.types import Floats
from choreo_raster import look
from choreo_raster.painter import RasterScene

GAMMA = 2.2
"""The shaders encode linear light with this exponent."""
FLOOR_RADIUS = 24.0

LIT = np.dtype([("world", "<f4", 3), ("normal", "<f4", 3), ("colour", "<f4", 4)])
"""A vertex of the floor: metres, unit normal, RGBA."""
RIGGED = np.dtype(
    [
        ("rest", "<f4", 3),
        ("rest_normal", "<f4", 3),
        ("weights", "<f4", 4),
        ("roundness", "<f4"),
        ("joints", "<i4", 4),
    ]
)
"""A vertex of a body in the rest pose, joints numbered through all dancers; the inputs of ``skin.vert``."""
POSED = np.dtype([("world", "<f4", 3), ("normal", "<f4", 3)])
"""What ``skin.vert`` makes of it."""
COLOUR = np.dtype([("colour", "<f4", 4)])


def paint(colours: np.ndarray, alpha: np.ndarray | float = 1.0) -> Floats:
    """Linear light of the look, ``(n, 3)``, as RGBA that comes through the shaders' gamma as the look has it."""
    encoded = np.sqrt(np.clip(colours, 0, 1)) ** GAMMA
    return np.concatenate([encoded, np.broadcast_to(alpha, (len(colours), 1))], axis=1).astype(np.float32)


def rigged(raster: RasterScene) -> np.ndarray:
    """All dancers' vertices, ``(V,)`` of `RIGGED`."""
    vertices = np.zeros(len(raster.rest), RIGGED)
    vertices["rest"], vertices["rest_normal"] = raster.rest, raster.rest_normals
    vertices["weights"], vertices["joints"], vertices["roundness"] = raster.weights, raster.joints, raster.round
    return vertices


def floor(kind: str, colours: Floats = look.FLOOR) -> tuple[np.ndarray, np.ndarray]:
    """A disc that vanishes towards its edge and, for the `kind` ``lines``, lines on whole metres a hair above it.

    The first two rows of `colours` are those of both, linear light.

    Returns
    -------
    ``(V,)`` of `LIT`, ``(F, 3) uint32``, the disc's triangles first.
    """
    radii = FLOOR_RADIUS * np.linspace(0, 1, 25) ** 2
    turn = np.linspace(0, 2 * np.pi, 65)[:-1]
    points = np.stack([np.outer(radii, np.cos(turn)), np.zeros((25, 64)), np.outer(radii, np.sin(turn))], axis=-1)
    index = np.arange(25 * 64).reshape(25, 64)
    a, b, c, d = index[:-1], np.roll(index[:-1], -1, 1), index[1:], np.roll(index[1:], -1, 1)
    faces = np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    parts = [_fading(points.reshape(-1, 3), colours[0])]
    if kind == "lines":
        strips = _strips()
        corner = len(parts[0]) + 4 * np.arange(len(strips) // 4)[:, None]
        faces = np.concatenate([faces, corner + np.array([0, 1, 2]), corner + np.array([0, 2, 3])])
        parts.append(_fading(strips, colours[1]))
    return np.concatenate(parts), faces.astype(np.uint32)


def _strips() -> np.ndarray:
    """Corners of the lines on whole metres, ``(4 n, 3)``, four to a metre."""
    reach = int(FLOOR_RADIUS * 0.6)
    lines = []
    for along, across, left in ((0, 2, 1), (2, 0, -1)):  # to the left, or they would face down
        ticks, lanes = np.arange(-reach, reach), np.arange(-reach, reach + 1)
        start, line = (axis.ravel() for axis in np.meshgrid(ticks, lanes, indexing="ij"))
        strip = np.zeros((len(start), 4, 3))
        strip[..., along] = start[:, None] + np.array([0, 1, 1, 0])
        strip[..., across] = line[:, None] + look.LINE * left * np.array([1, 1, -1, -1])
        lines.append(strip)
    return np.asarray(np.concatenate(lines).reshape(-1, 3) + np.array([0, 0.002, 0]))


def _fading(points: np.ndarray, colour: Floats) -> np.ndarray:
    vertices = np.zeros(len(points), LIT)
    vertices["world"], vertices["normal"] = points, [0.0, 1.0, 0.0]
    keep = 1 / (1 + (np.linalg.norm(points, axis=1, keepdims=True) / look.FADE) ** 4)
    vertices["colour"] = paint(np.tile(2.2 * colour, (len(points), 1)), keep)
    return vertices
