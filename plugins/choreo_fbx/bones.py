"""The skeleton's objects: a bone for each joint, standing at rest.

A bone's orientation at rest is its rotation, not a PreRotation as Maya's joints have it: all programs read that alike,
while assimp applies a PreRotation twice where the bone is animated.
"""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles
from choreo_fbx.document import Document, put
from choreo_fbx.figure import Figure
from choreo_fbx.records import Record

PLACED = 232
"""Version of a Model record."""
ORDER = "ZYX"
"""Of intrinsic rotations, which is FBX's XYZ: about the parent's x, then y, then z."""


def euler(turns: np.ndarray) -> Doubles:
    """Degrees around x, y, z of quaternions ``(..., 4)``."""
    return np.rad2deg(rot.to_euler(rot.normalize(np.asarray(turns, np.float64)), ORDER))[..., ::-1]


def add_model(document: Document, name: str, kind: str) -> tuple[Record, Record, np.int64]:
    """Add a node of the scene; returns it, its properties and its id."""
    model, number = document.object("Model", name, "Model", kind)
    model.add("Version", PLACED)
    properties = model.add("Properties70")
    put(properties, "InheritType", "enum", 1)  # parents' scales go along with their rotations
    return model, properties, number


def add_bones(document: Document, figure: Figure) -> list[np.int64]:
    """Add a bone for each joint; returns their ids."""
    numbers: list[np.int64] = []
    for joint, name in enumerate(figure.names):
        attribute, its_number = document.object("NodeAttribute", name, "NodeAttribute", "LimbNode")
        attribute.add("TypeFlags", "Skeleton")
        model, properties, number = add_model(document, name, "LimbNode")
        put(properties, "Lcl Translation", "Lcl Translation", *figure.places[joint].tolist())
        put(properties, "Lcl Rotation", "Lcl Rotation", *euler(figure.turns[joint]).tolist())
        put(properties, "Lcl Scaling", "Lcl Scaling", 1.0, 1.0, 1.0)
        model.add("Shading", True)
        model.add("Culling", "CullingOff")
        document.connect(its_number, number)
        parent = int(figure.parents[joint])
        document.connect(number, numbers[parent] if parent >= 0 else 0)
        numbers.append(number)
    return numbers


def rest_matrices(figure: Figure) -> Doubles:
    """World matrices of the joints at rest ``(J, 4, 4)``, as FBX has them: the translation in the last row."""
    places, turns = figure.rest()
    matrices = np.tile(np.eye(4), (len(places), 1, 1))
    matrices[:, :3, :3] = np.swapaxes(rot.to_matrix(turns), 1, 2)
    matrices[:, 3, :3] = places
    return matrices


def add_bind_pose(document: Document, numbers: list[np.int64], matrices: Doubles) -> None:
    """Add the pose in which the skin is bound: which nodes are where, ``(N, 4, 4)``."""
    pose, _ = document.object("Pose", "bind", "Pose", "BindPose")
    pose.add("Type", "BindPose")
    pose.add("Version", 100)
    pose.add("NbPoseNodes", len(numbers))
    for number, matrix in zip(numbers, matrices, strict=True):
        node = pose.add("PoseNode")
        node.add("Node", number)
        node.add("Matrix", matrix)
