"""Meshes, skins and materials of an FBX file in a glTF document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from choreo.video.colours import linear_light
from choreo_fbx.pictures import pictures_of
from choreo_fbx.primitives import Triangles, triangles_of, weights_of
from choreo_fbx.scene import Contents
from choreo_gltf.build import ARRAY, ELEMENTS, Builder


def add_materials(builder: Builder, contents: Contents, path: Path) -> dict[int, int]:
    """Add the file's materials; returns their numbers by those of the file."""
    lib, document = builder.lib, builder.document
    pictures = pictures_of(contents, path)
    textures: dict[int, int] = {}
    for number, (raw, kind, _) in pictures.items():
        while len(builder.blob) % 4:
            builder.blob.append(0)
        document.bufferViews.append(lib.BufferView(buffer=0, byteOffset=len(builder.blob), byteLength=len(raw)))
        builder.blob += raw
        document.images.append(lib.Image(bufferView=len(document.bufferViews) - 1, mimeType=kind))
        document.textures.append(lib.Texture(source=len(document.images) - 1))
        textures[number] = len(document.textures) - 1
    for told in contents.told["materials"]:
        picture = int(told["texture"])
        has = picture in textures
        cut = has and told["clear"] and pictures[picture][2]
        alpha = float(np.clip(told["alpha"], 0, 1)) if not told["clear"] else 1.0
        colour = [1.0] * 3 if has else np.clip(told["colour"], 0, 1).tolist()
        shown = lib.PbrMetallicRoughness(
            baseColorFactor=[*colour, alpha],
            baseColorTexture=lib.TextureInfo(index=textures[picture]) if has else None,
            metallicFactor=0.0,
            roughnessFactor=0.8,
        )
        mode = "MASK" if cut else "BLEND" if alpha < 1 else "OPAQUE"
        material = lib.Material(name=told["name"], pbrMetallicRoughness=shown, alphaMode=mode, doubleSided=True)
        material.alphaCutoff = 0.5 if cut else None
        material.emissiveFactor = np.clip(told["emission"], 0, 1).tolist()
        document.materials.append(material)
    return {number: number for number in range(len(contents.told["materials"]))}


def add_meshes(builder: Builder, contents: Contents, materials: dict[int, int]) -> None:
    """Add the file's meshes, each to its nodes, skinned where it has a skin."""
    lib, document = builder.lib, builder.document
    for number, told in enumerate(contents.told["meshes"]):
        triangles = triangles_of(contents.arrays, number)
        if triangles is None or not told["nodes"]:
            continue
        attributes = _attributes(builder, triangles)
        if told["bones"]:
            count = len(contents.arrays[f"mesh{number}_vertices"])
            joints, weights = weights_of(contents.arrays, number, len(told["bones"]), count)
            attributes.JOINTS_0 = builder.add(joints[triangles.source].astype(np.uint16), target=ARRAY)
            attributes.WEIGHTS_0 = builder.add(weights[triangles.source].astype(np.float32), target=ARRAY)
            document.skins.append(_skin(builder, contents, number, told["bones"]))
        parts = []
        for which in np.unique(triangles.material_of):
            faces = triangles.faces[triangles.material_of == which].astype(np.uint32).reshape(-1)
            listed = told["materials"][int(which)] if int(which) < len(told["materials"]) else -1
            parts.append(
                lib.Primitive(
                    attributes=attributes, indices=builder.add(faces, target=ELEMENTS), material=materials.get(listed)
                )
            )
        document.meshes.append(lib.Mesh(name=told["name"] or contents.names[told["nodes"][0]], primitives=parts))
        for node in told["nodes"]:
            document.nodes[node].mesh = len(document.meshes) - 1
            document.nodes[node].skin = len(document.skins) - 1 if told["bones"] else None


def _attributes(builder: Builder, triangles: Triangles) -> Any:
    layers = triangles.layers
    found = builder.lib.Attributes(
        POSITION=builder.add(triangles.vertices.astype(np.float32), target=ARRAY, bounds=True)
    )
    if "normal" in layers:
        lengths = np.linalg.norm(layers["normal"], axis=1, keepdims=True)
        normals = np.where(lengths > 1e-9, layers["normal"] / np.maximum(lengths, 1e-9), [0.0, 0.0, 1.0])
        found.NORMAL = builder.add(normals.astype(np.float32), target=ARRAY)
    if "uv" in layers:
        uv = np.stack([layers["uv"][:, 0], 1 - layers["uv"][:, 1]], axis=1)  # glTF counts from the upper left corner
        found.TEXCOORD_0 = builder.add(uv.astype(np.float32), target=ARRAY)
    if "colour" in layers:
        straight = np.clip(layers["colour"], 0, 1)
        straight[:, :3] = linear_light(straight[:, :3])
        found.COLOR_0 = builder.add(straight.astype(np.float32), target=ARRAY)
    return found


def _skin(builder: Builder, contents: Contents, number: int, bones: list[int]) -> Any:
    inverse = np.stack([contents.arrays[f"mesh{number}_bone{k}_inverse"] for k in range(len(bones))])
    rows = np.swapaxes(inverse, 1, 2).reshape(-1, 16).astype(np.float32)
    return builder.lib.Skin(joints=[int(bone) for bone in bones], inverseBindMatrices=builder.add(rows))
