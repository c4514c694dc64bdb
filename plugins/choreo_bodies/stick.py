"""A stick figure: a capsule for every bone, left and right in different colours."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL
from choreo.types import Body, Floats

RING, ROWS = 12, 10
LEFT, RIGHT, MIDDLE = (232, 96, 60), (64, 132, 224), (232, 232, 228)
RADII = {
    "hip": 0.05,
    "knee": 0.052,
    "ankle": 0.042,
    "foot": 0.035,
    "spine1": 0.075,
    "spine2": 0.08,
    "spine3": 0.085,
    "neck": 0.08,
    "head": 0.04,
    "collar": 0.05,
    "shoulder": 0.042,
    "elbow": 0.04,
    "wrist": 0.034,
    "hand": 0.03,
}
"""Radius in metres of the capsule that ends at a joint."""
TIPS = {
    "head": ("head", (0.0, 0.05, 0.01), (0.0, 0.12, 0.01), 0.095),
    "left_foot": ("left_foot", (0.0, 0.0, 0.0), (0.0, 0.0, 0.07), 0.033),
    "right_foot": ("right_foot", (0.0, 0.0, 0.0), (0.0, 0.0, 0.07), 0.033),
}
"""Extra capsules: carrying joint, both ends from it, radius."""


def capsule(start: Floats, end: Floats, radius: float) -> tuple[Floats, Floats, np.ndarray]:
    """Vertices, normals and outward faces of a capsule."""
    length = np.linalg.norm(end - start)
    axis = (end - start) / length if length > 1e-6 else np.array([0.0, 1, 0])
    side = np.cross(axis, [1.0, 0, 0] if abs(axis[0]) < 0.9 else [0, 0, 1.0])
    side /= np.linalg.norm(side)
    tilt, turn = np.meshgrid(np.linspace(0, np.pi, ROWS), np.arange(RING) * 2 * np.pi / RING, indexing="ij")
    around = np.cos(turn)[..., None] * side + np.sin(turn)[..., None] * np.cross(axis, side)
    out = (-np.cos(tilt)[..., None] * axis + np.sin(tilt)[..., None] * around).reshape(-1, 3)
    centre = np.where((tilt < np.pi / 2).reshape(-1, 1), start, end)
    row, k = np.meshgrid(np.arange(ROWS - 1), np.arange(RING), indexing="ij")
    a, b = (row * RING + k).ravel(), (row * RING + (k + 1) % RING).ravel()
    faces = np.concatenate([np.stack([a, b, b + RING], -1), np.stack([a, b + RING, a + RING], -1)])
    return centre + radius * out, out, faces


class StickBody:
    """Capsules on the canonical bones."""

    name = "stick"
    description = "capsule figure, left orange, right blue"

    def load(self, **options: Any) -> Body:
        """Build the figure; it has no options (an InputError otherwise)."""
        if options:
            raise InputError(f"the stick body has no options, got {sorted(options)[0]!r}.")
        rest = rest_positions(CANONICAL)
        pieces: list[tuple[int, str, Floats, Floats, float]] = []
        for joint in range(1, len(CANONICAL)):
            name, parent = CANONICAL.names[joint], int(CANONICAL.parents[joint])
            radius = RADII[name.removeprefix("left_").removeprefix("right_")]
            lift = np.array([0, max(0.0, radius - rest[joint, 1]), 0])
            pieces.append((parent, name, rest[parent], rest[joint] + lift, radius))
        for name, (carrier, start, end, radius) in TIPS.items():
            at = rest[CANONICAL.index(carrier)].copy()
            at[1] = max(at[1], radius)
            pieces.append((CANONICAL.index(carrier), name, at + start, at + end, radius))
        shapes = [capsule(start, end, radius) for _, _, start, end, radius in pieces]
        counts = np.array([len(shape[0]) for shape in shapes])
        starts = np.cumsum(counts) - counts
        colours = [LEFT if n.startswith("left") else RIGHT if n.startswith("right") else MIDDLE for _, n, *_ in pieces]
        indices = np.zeros((int(counts.sum()), 4), np.uint8)
        indices[:, 0] = np.repeat([owner for owner, *_ in pieces], counts)
        weights = np.zeros(indices.shape, np.float32)
        weights[:, 0] = 1
        return Body(
            name="stick",
            skeleton=CANONICAL,
            vertices=np.concatenate([shape[0] for shape in shapes]).astype(np.float32),
            normals=np.concatenate([shape[1] for shape in shapes]).astype(np.float32),
            faces=np.concatenate([s[2] + k for s, k in zip(shapes, starts, strict=True)]).astype(np.int32),
            joint_indices=indices,
            weights=weights,
            colours=np.repeat(np.array(colours, np.uint8), counts, axis=0),
            licence="Apache-2.0",
        )
