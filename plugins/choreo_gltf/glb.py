"""Exporter plugin ``glb``: the skinned dancer with skeleton and animation in one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.motion.rotations import xyzw
from choreo.types import Body, Motion, RigMotion
from choreo_gltf.body_mesh import add_mesh
from choreo_gltf.build import Builder


class GlbExporter:
    """Mesh, skin and animation as binary glTF 2.0, for Blender, three.js, Unity, Unreal and Godot."""

    name = "glb"
    description = "Skinned dancer with animation as binary glTF (Blender, three.js, game engines)"
    suffix = ".glb"
    units = ("m",)
    ups = ("y",)

    def export_rig(self, rigged: RigMotion, path: Path, *, body: Body | None = None) -> None:
        """Write a motion on a rig with `body`, which its joints were fitted to; the built-in dancer when None."""
        from choreo.video.bodies import load_body
        from choreo_gltf.glb_rig import write_rig

        body = body or load_body()
        write_rig(rigged, path, body)

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion on `body`, the built-in dancer when None."""
        from choreo.motion.kinematics import rest_positions
        from choreo.video.bodies import fit_motion, load_body

        body = body or load_body()
        motion = fit_motion(motion, body)
        builder = Builder()
        lib, document = builder.lib, builder.document
        skeleton = body.skeleton
        for joint, name in enumerate(skeleton.names):
            children = [int(k) for k in np.flatnonzero(skeleton.parents == joint)]
            document.nodes.append(
                lib.Node(name=name, translation=skeleton.offsets[joint].astype(float).tolist(), children=children)
            )
        joints = len(skeleton)
        document.nodes.append(lib.Node(name=body.name, mesh=0, skin=0))
        document.scenes[0].nodes = [0, joints]
        weights = body.weights / body.weights.sum(axis=1, keepdims=True)
        indices = np.where(weights > 0, body.joint_indices, 0).astype(np.uint8)
        add_mesh(builder, body, body.vertices, indices, weights)
        inverse = np.tile(np.eye(4, dtype=np.float32), (joints, 1, 1))
        inverse[:, 3, :3] = -rest_positions(skeleton)  # column-major
        skin = lib.Skin(name="skeleton", joints=list(range(joints)), skeleton=0)
        skin.inverseBindMatrices = builder.add(inverse.reshape(joints, 16))
        document.skins.append(skin)
        animation, clock = builder.animate(np.arange(len(motion)) / motion.fps, "dance")
        builder.channel(animation, clock, 0, "translation", motion.translation)
        for joint in range(joints):
            builder.channel(animation, clock, joint, "rotation", xyzw(motion.rotations[:, joint]))
        builder.save(path)
