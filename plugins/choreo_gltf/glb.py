"""Exporter plugin ``glb``: the skinned dancer with skeleton and animation in one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.types import Body, Motion
from choreo_gltf.build import ARRAY, ELEMENTS, Builder, xyzw
from choreo_gltf.paint import add_materials


def linear_uint16(colours: np.ndarray) -> np.ndarray:
    """``uint8`` sRGB as linear ``uint16``, which is how glTF has vertex colours."""
    value = colours.astype(np.float64) / 255
    straight = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.round(straight * 65535), np.uint16)


class GlbExporter:
    """Mesh, skin and animation as binary glTF 2.0, for Blender, three.js, Unity, Unreal and Godot."""

    name = "glb"
    description = "Skinned dancer with animation as binary glTF (Blender, three.js, game engines)"
    suffix = ".glb"

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
        document.meshes.append(lib.Mesh(name=body.name, primitives=self._primitives(builder, body)))
        if body.surface is None:
            look = lib.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=0.8)
            document.materials.append(lib.Material(name="dancer", pbrMetallicRoughness=look))
        else:
            add_materials(builder, body.surface)
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

    def _primitives(self, builder: Builder, body: Body) -> list[object]:
        """One for each material that has faces; a body without surface has one, with colours of its vertices."""
        lib, surface = builder.lib, body.surface
        weights = body.weights / body.weights.sum(axis=1, keepdims=True)
        indices = np.where(weights > 0, body.joint_indices, 0).astype(np.uint8)
        normals = body.normals / np.maximum(np.linalg.norm(body.normals, axis=1, keepdims=True), 1e-9)
        attributes = lib.Attributes(
            POSITION=builder.add(body.vertices.astype(np.float32), target=ARRAY, bounds=True),
            NORMAL=builder.add(normals.astype(np.float32), target=ARRAY),
        )
        if surface is None:
            alpha = np.full((len(body.colours), 1), 65535, np.uint16)
            colours = np.concatenate([linear_uint16(body.colours), alpha], axis=1)
            attributes.COLOR_0 = builder.add(colours, target=ARRAY, normalised=True)
        else:
            attributes.TEXCOORD_0 = builder.add(surface.uv.astype(np.float32), target=ARRAY)
        attributes.JOINTS_0 = builder.add(indices, target=ARRAY)
        attributes.WEIGHTS_0 = builder.add(weights.astype(np.float32), target=ARRAY)
        parts: dict[int, np.ndarray] = {0: body.faces}
        if surface is not None:
            parts = {int(k): body.faces[surface.material_of == k] for k in np.unique(surface.material_of)}
        return [
            lib.Primitive(
                attributes=attributes,
                indices=builder.add(faces.astype(np.uint32).reshape(-1), target=ELEMENTS),
                material=material,
            )
            for material, faces in parts.items()
        ]
