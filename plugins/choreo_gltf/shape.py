"""A character's bones and meshes in the T-pose, in metres and on the floor; without colours."""

from __future__ import annotations

import numpy as np

from choreo.motion.families import JointMap
from choreo.types import Body, Doubles, Ints
from choreo_gltf.mesh import Part
from choreo_gltf.reader import Tree
from choreo_gltf.stance import Stance, stance_of

HEIGHTS = (0.3, 4.5)
"""Metres that a character may be high; others are in other units."""
HEIGHT = 1.7
UNITS = (0.01, 0.0254)
"""Metres of a centimetre and an inch, which files without scale are in."""
FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")
ANKLE = 0.09
"""Height of the ankles of a character without a mesh, in lengths of its legs."""


def shape_of(name: str, tree: Tree, joints: JointMap, parts: list[Part]) -> tuple[Body, float]:
    """A body of the parts of a character, and the metres of one unit of its file.

    Raises
    ------
    ValueError
        When its mesh has no height.
    """
    stance = stance_of(tree, joints)
    points, normals, faces, bones, weights = _together(parts)
    posed, turned = stance.posed(points, bones, weights)
    normals = np.einsum("vab,vb->va", turned, normals)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    normals[np.linalg.norm(normals, axis=1) < 0.5] = (0.0, 1.0, 0.0)
    scale, lift = _standing(stance, posed, bones)
    body = Body(
        name=name,
        skeleton=stance.skeleton(scale, lift),
        vertices=(posed * scale + lift).astype(np.float32),
        normals=normals.astype(np.float32),
        faces=faces.astype(np.int32),
        joint_indices=bones.astype(np.uint8),
        weights=weights.astype(np.float32),
        colours=np.full((len(posed), 3), 200, np.uint8),
        fingers=stance.fingers,
    )
    return body, scale


def _together(parts: list[Part]) -> tuple[Doubles, Doubles, Ints, Ints, Doubles]:
    """Points, normals, faces, joints and weights of all parts, one after the other."""
    if not parts:
        none, few = np.zeros((0, 3)), np.zeros((0, 4))
        return none, none, none.astype(np.int64), few.astype(np.int64), few
    firsts = np.cumsum([0, *(len(part.points) for part in parts)])
    return (
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.faces + first for part, first in zip(parts, firsts, strict=False)]),
        np.concatenate([part.joints for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


def _standing(stance: Stance, posed: Doubles, bones: Ints) -> tuple[float, Doubles]:
    """Metres of one unit of the file, and the move ``(3,)`` that puts the soles onto the floor and the hips over 0."""
    places = stance.places
    hips, ankle = (places[1] + places[2]) / 2, stance.names.index("left_ankle")
    leg = float(hips[1] - places[ankle, 1])
    feet = np.isin(bones[:, 0], [stance.names.index(name) for name in FEET])
    lowest = posed[feet, 1] if feet.any() else posed[:, 1]
    sole = float(lowest.min()) if len(posed) else float(places[ankle, 1]) - ANKLE * leg
    high = float(posed[:, 1].max()) - sole if len(posed) else 2 * leg
    if not high > 0:
        raise ValueError("its mesh has no height")
    scale = 1.0
    if not HEIGHTS[0] <= high <= HEIGHTS[1]:
        scale = next((unit for unit in UNITS if 0.8 <= high * unit <= 2.5), HEIGHT / high)
    return scale, -scale * np.array([hips[0], sole, hips[2]])


__all__ = ["shape_of"]
