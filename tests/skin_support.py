"""How full a skinned limb is: the volume around a joint and the least girth along a bone, posed against at rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from choreo.motion.kinematics import forward
from choreo.motion.rotations import from_axis_angle
from choreo.motion.skeleton import NAMES
from choreo.types import Body, Floats, Ints

Skin = Callable[[Body, Floats, Floats], Floats]
"""Body, joint positions ``(J, 3)`` and world orientations ``(J, 4)`` to vertices ``(V, 3)``."""


def turned(body: Body, **degrees: tuple[float, float, float]) -> tuple[Floats, Floats]:
    """Joint positions and world orientations of the rest pose with some joints turned, axis times degrees."""
    rotations = np.zeros((len(NAMES), 4), np.float32)
    rotations[:, 0] = 1
    for name, angles in degrees.items():
        rotations[NAMES.index(name)] = from_axis_angle(np.radians(angles))
    return forward(body.skeleton, body.skeleton.offsets[0], rotations)


def tube(body: Body, joint: str, reach: float) -> Ints:
    """Faces of the limb within `reach` metres of a joint at rest, as far as they hang together."""
    at = forward(body.skeleton, body.skeleton.offsets[0], np.array([[1, 0, 0, 0]] * len(NAMES), np.float32))[0]
    centres = body.vertices[body.faces].mean(axis=1)
    return np.asarray(body.faces[np.linalg.norm(centres - at[NAMES.index(joint)], axis=1) < reach])


def volume(vertices: Floats, faces: Ints) -> float:
    """Litres within a piece of surface whose openings are closed by fans around their middles."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    known = {(int(a), int(b)) for a, b in edges}
    after = {b: a for a, b in known if (b, a) not in known}
    points = vertices.astype(np.float64)
    total = np.einsum("fc,fc->", points[faces[:, 0]], np.cross(points[faces[:, 1]], points[faces[:, 2]]))
    while after:
        loop = [next(iter(after))]
        while loop[-1] in after:
            loop.append(after.pop(loop[-1]))
        ring = points[loop[:-1]]
        total += np.einsum(
            "fc,fc->", np.broadcast_to(ring.mean(axis=0), ring.shape), np.cross(ring, np.roll(ring, -1, 0))
        )
    return float(total / 6 * 1e3)


def kept_volume(
    body: Body, skin: Skin, joint: str, reach: float, pose: Mapping[str, tuple[float, float, float]]
) -> float:
    """Share of the volume around `joint` that is left in a pose."""
    faces = tube(body, joint, reach)
    return volume(skin(body, *turned(body, **pose)), faces) / volume(body.vertices, faces)


def kept_girth(body: Body, skin: Skin, bone: tuple[str, str], pose: Mapping[str, tuple[float, float, float]]) -> float:
    """Least share of its mean distance from a straight bone along x that any slice of a centimetre keeps."""
    rest, posed = turned(body)[0], skin(body, *turned(body, **pose))
    start, end = (rest[NAMES.index(name)] for name in bone)
    low, high = sorted((start[0], end[0]))
    near = np.linalg.norm(body.vertices[:, 1:] - start[1:], axis=1) < 0.08
    slices = np.floor((body.vertices[:, 0] - low) / 0.01).astype(int)
    kept = []
    for number in range(int((high - low + 0.02) / 0.01)):
        ring = near & (slices == number)
        if ring.sum() >= 8:
            before, after = (np.linalg.norm(v[ring, 1:] - start[1:], axis=1).mean() for v in (body.vertices, posed))
            kept.append(after / before)
    return float(min(kept))
