"""A mesh of an FBX file as triangles whose corners are vertices, and its skin as four weights a vertex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles, Ints

KEPT = 4
"""Weights of a vertex that are kept: the largest."""
LAYERS = ("normal", "uv", "colour")


@dataclass(frozen=True, eq=False)
class Triangles:
    """``vertices : (V, 3)``; ``source : (V,)`` the file's vertex that each is; ``faces : (F, 3)``.

    ``material_of : (F,)``; ``layers``: values ``(V, K)`` of those of `LAYERS` that the mesh has.
    """

    vertices: Doubles
    source: Ints
    faces: Ints
    material_of: Ints
    layers: Mapping[str, Doubles]


def triangles_of(arrays: Mapping[str, np.ndarray], number: int) -> Triangles | None:
    """The triangles of a mesh; None when it has none."""
    got = {name.removeprefix(f"mesh{number}_"): array for name, array in arrays.items()
           if name.startswith(f"mesh{number}_")}  # fmt: skip
    corners, face_of = _fans(got["faces"])
    if not len(corners):
        return None
    there = [name for name in LAYERS if name in got and len(got[name]) == len(got["vertex"])]
    columns = np.stack([got["vertex"], *(got[name] for name in there)], axis=1)
    rows, at = np.unique(columns, axis=0, return_inverse=True)
    layers = {name: got[f"{name}s"][rows[:, k]] for k, name in enumerate(there, 1)}
    materials = got["material"] if len(got["material"]) == len(got["faces"]) else np.zeros(len(got["faces"]), np.int64)
    faces = at.reshape(-1)[corners]
    return Triangles(got["vertices"][rows[:, 0]], rows[:, 0], faces, materials[face_of], layers)


def _fans(faces: Ints) -> tuple[Ints, Ints]:
    """Corners ``(F, 3)`` of the triangles of polygons, begin and count ``(P, 2)``, and the polygon of each ``(F,)``."""
    corners, owners = [np.zeros((0, 3), np.int64)], [np.zeros(0, np.int64)]
    for count in np.unique(faces[:, 1]):
        which = np.flatnonzero(faces[:, 1] == count)
        first = faces[which, 0]
        for k in range(1, int(count) - 1):
            corners.append(np.stack([first, first + k, first + k + 1], axis=1))
            owners.append(which)
    order = np.argsort(np.concatenate(owners), kind="stable")
    return np.concatenate(corners)[order], np.concatenate(owners)[order]


def weights_of(arrays: Mapping[str, np.ndarray], number: int, bones: int, count: int) -> tuple[Ints, Doubles]:
    """The bones ``(V, 4)``, and their weights summing to 1, of the file's `count` vertices."""
    names = [f"mesh{number}_bone{k}" for k in range(bones)]
    vertices = np.concatenate([arrays[f"{name}_vertices"] for name in names])
    weights = np.concatenate([arrays[f"{name}_weights"] for name in names])
    owner = np.repeat(np.arange(bones), [len(arrays[f"{name}_vertices"]) for name in names])
    order = np.lexsort((owner, -weights, vertices))
    vertices, weights, owner = vertices[order], weights[order], owner[order]
    rank = np.arange(len(vertices)) - np.searchsorted(vertices, vertices)
    keep = (rank < KEPT) & (weights > 0) & (vertices < count)
    out, shares = np.zeros((count, KEPT), np.int64), np.zeros((count, KEPT))
    out[vertices[keep], rank[keep]], shares[vertices[keep], rank[keep]] = owner[keep], weights[keep]
    shares[shares.sum(axis=1) <= 0, 0] = 1.0  # what hangs on nothing goes with the first bone
    return out, shares / shares.sum(axis=1, keepdims=True)
