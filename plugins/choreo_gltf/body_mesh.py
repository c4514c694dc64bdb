"""The mesh of a body, skinned, in a glTF file: with its textures, or with colours of its vertices."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.types import Body, Bytes, Doubles, Floats
from choreo.video.colours import linear_uint16
from choreo_gltf.build import ARRAY, ELEMENTS, Builder
from choreo_gltf.paint import add_materials


def add_mesh(builder: Builder, body: Body, points: Floats | Doubles, joints: Bytes, weights: Floats) -> None:
    """Add mesh and materials of a body.

    There is a primitive for each material that has faces; a body without surface has one, with colours of its vertices.

    Parameters
    ----------
    points
        ``(V, 3)`` of the vertices, in the pose that the file's skin is bound in.
    joints, weights
        ``(V, 4)``: numbers of the file's joints, and their weights, which sum to 1.
    """
    lib, document, surface = builder.lib, builder.document, body.surface
    normals = body.normals / np.maximum(np.linalg.norm(body.normals, axis=1, keepdims=True), 1e-9)
    attributes = lib.Attributes(
        POSITION=builder.add(points.astype(np.float32), target=ARRAY, bounds=True),
        NORMAL=builder.add(normals.astype(np.float32), target=ARRAY),
    )
    parts: dict[int, np.ndarray] = {0: body.faces}
    if surface is None:
        alpha = np.full((len(body.colours), 1), 65535, np.uint16)
        colours = np.concatenate([linear_uint16(body.colours), alpha], axis=1)
        attributes.COLOR_0 = builder.add(colours, target=ARRAY, normalised=True)
    else:
        attributes.TEXCOORD_0 = builder.add(surface.uv.astype(np.float32), target=ARRAY)
        parts = {int(k): body.faces[surface.material_of == k] for k in np.unique(surface.material_of)}
    attributes.JOINTS_0 = builder.add(joints, target=ARRAY)
    attributes.WEIGHTS_0 = builder.add(weights.astype(np.float32), target=ARRAY)
    primitives: list[Any] = [
        lib.Primitive(
            attributes=attributes,
            indices=builder.add(faces.astype(np.uint32).reshape(-1), target=ELEMENTS),
            material=material,
        )
        for material, faces in parts.items()
    ]
    document.meshes.append(lib.Mesh(name=body.name, primitives=primitives))
    if surface is None:
        look = lib.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=0.8)
        document.materials.append(lib.Material(name="dancer", pbrMetallicRoughness=look))
    else:
        add_materials(builder, surface)
