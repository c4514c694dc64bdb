"""How the nodes of an FBX file stand at rest: as their skin is bound, where that is known."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles
from choreo_fbx.scene import Contents

ALIKE = 0.2
"""Share by which a pose's lengths of bones may differ from the nodes' own for it to be one of this skeleton."""


def bound(contents: Contents) -> dict[int, Doubles]:
    """World matrices ``(4, 4)`` of nodes when they were bound: by the skins, else by the poses of the file."""
    found: dict[int, Doubles] = {}
    for number, mesh in enumerate(contents.told["meshes"]):
        for k, node in enumerate(mesh["bones"]):
            found.setdefault(node, contents.arrays[f"mesh{number}_bone{k}_bind"])
    if found:
        return found
    shown = {node for mesh in contents.told["meshes"] for node in mesh["nodes"]}
    posed = zip(contents.arrays["posed"].tolist(), contents.arrays["poses"], strict=True)
    poses = {node: matrix for node, matrix in posed if node not in shown}
    return poses if _fits(contents, poses) else {}


def _fits(contents: Contents, poses: dict[int, Doubles]) -> bool:
    """Whether bones are as long in the poses as in the nodes; some programs write poses in other units."""
    parents, places = contents.arrays["parents"], contents.arrays["places"]
    pairs = [(node, int(parents[node])) for node in poses if int(parents[node]) in poses]
    if not pairs:
        return False
    there = np.array([np.linalg.norm(poses[node][:3, 3] - poses[above][:3, 3]) for node, above in pairs])
    own = np.linalg.norm(places[[node for node, _ in pairs]], axis=1)
    return bool(np.median(np.abs(there - own) / np.maximum(own, 1e-6)) < ALIKE)


def rest_locals(contents: Contents) -> tuple[Doubles, Doubles, Doubles]:
    """Translations ``(N, 3)``, rotations ``(N, 4)`` xyzw and scales ``(N, 3)`` of all nodes at rest."""
    arrays = contents.arrays
    places, turns, sizes = (arrays[name].copy() for name in ("places", "turns", "sizes"))
    there = bound(contents)
    world = np.tile(np.eye(4), (len(places), 1, 1))
    for node, parent in enumerate(arrays["parents"].tolist()):
        above = world[parent] if parent >= 0 else np.eye(4)
        local = composed(places[node], turns[node], sizes[node])
        if node in there and abs(np.linalg.det(above[:3, :3])) > 1e-12 and np.isfinite(there[node]).all():
            local = np.linalg.solve(above, there[node])
            places[node], turns[node], sizes[node] = decomposed(local)
        world[node] = above @ local
    return places, turns, sizes


def composed(place: Doubles, turn: Doubles, size: Doubles) -> Doubles:
    """``(4, 4)`` of a translation, a rotation xyzw and a scale."""
    out = np.eye(4)
    out[:3, :3] = rot.to_matrix(turn[[3, 0, 1, 2]]) * size
    out[:3, 3] = place
    return out


def decomposed(matrix: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Translation, rotation xyzw and scale of ``(4, 4)``."""
    sizes = np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-9)
    if np.linalg.det(matrix[:3, :3]) < 0:
        sizes = -sizes
    turn = rot.from_matrix(matrix[:3, :3] / sizes)
    return matrix[:3, 3], turn[[1, 2, 3, 0]], sizes
