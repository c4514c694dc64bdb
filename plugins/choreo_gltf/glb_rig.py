"""A dance on the rig of another program as binary glTF: its names and axes, the body skinned to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.rigs import moving_joints, rest_world, rig_points, skin_joints
from choreo.types import Body, Bytes, Doubles, RigMotion
from choreo_gltf.body_mesh import add_mesh
from choreo_gltf.build import Builder


def write_rig(rigged: RigMotion, path: Path, body: Body) -> None:
    """Write a motion on a rig in metres, y up, with the body that its joints were fitted to."""
    builder = Builder()
    lib, document = builder.lib, builder.document
    for joint, name in enumerate(rigged.names):
        document.nodes.append(
            lib.Node(
                name=name,
                translation=rigged.rest_translations[joint].tolist(),
                rotation=rot.xyzw(rigged.rest_rotations[joint]).tolist(),
                children=[int(k) for k in np.flatnonzero(rigged.parents == joint)],
            )
        )
    joints = len(rigged.names)
    document.nodes.append(lib.Node(name=body.name, mesh=0, skin=0))
    document.scenes[0].nodes = [0, joints]
    indices, weights = merged_weights(skin_joints(rigged, body.skeleton)[body.joint_indices], body.weights)
    add_mesh(builder, body, rig_points(rigged, body.vertices), indices, weights)
    skin = lib.Skin(name="skeleton", joints=list(range(joints)), skeleton=0)
    skin.inverseBindMatrices = builder.add(inverse_bind(rigged))
    document.skins.append(skin)
    animation, clock = builder.animate(np.arange(len(rigged)) / rigged.fps, "dance")
    moving = moving_joints(rigged)
    for joint in range(joints):
        if joint in moving:
            builder.channel(animation, clock, joint, "translation", rigged.translations[:, joint])
        builder.channel(animation, clock, joint, "rotation", rot.xyzw(rigged.rotations[:, joint]))
    builder.save(path)


def inverse_bind(rigged: RigMotion) -> Doubles:
    """Matrices ``(J, 16) float32``, column-major, that bring points of the T-pose into the joints' frames."""
    places, turns = rest_world(rigged)
    back = rot.to_matrix(rot.conjugate(turns))
    matrices = np.tile(np.eye(4), (len(places), 1, 1))
    matrices[:, :3, :3] = back
    matrices[:, :3, 3] = -np.einsum("jab,jb->ja", back, places)
    return np.asarray(matrices.transpose(0, 2, 1).reshape(len(places), 16), np.float32)


def merged_weights(indices: np.ndarray, weights: np.ndarray) -> tuple[Bytes, np.ndarray]:
    """Joints and weights ``(V, 4)`` of vertices, each joint once: where a rig has one bone for two, their sum.

    Weights sum to 1; where one is 0, its joint is number 0.
    """
    weights = weights.astype(np.float64).copy()
    for first in range(4):
        for second in range(first + 1, 4):
            same = indices[:, first] == indices[:, second]
            weights[same, first] += weights[same, second]
            weights[same, second] = 0
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return np.where(weights > 0, indices, 0).astype(np.uint8), weights


__all__ = ["inverse_bind", "merged_weights", "write_rig"]
