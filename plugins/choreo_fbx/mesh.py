"""The body's objects: its mesh in the pose of rest, and its skin."""

from __future__ import annotations

import numpy as np

from choreo.motion.kinematics import rest_positions
from choreo.types import Body, Doubles, Ints
from choreo_fbx.bones import add_model
from choreo_fbx.document import Document, put
from choreo_fbx.figure import Figure
from choreo_fbx.palette import Palette
from choreo_fbx.records import Record, Value

GEOMETRY = 124
NEAR = 1e-5
"""Metres; a body whose joints are this near to the rig's is not moved onto them."""


def add_mesh(
    document: Document, body: Body, figure: Figure, palette: Palette | None
) -> tuple[np.int64, np.int64, Ints]:
    """Add the mesh as a node of the scene; a body without a surface gets its `palette`, or colours at its vertices.

    Returns
    -------
    node, geometry, joints
        Two ids, and the joint of the figure that each of the body's is, ``(B,)``.
    """
    joints = joints_on(body, figure)
    geometry, number = document.object("Geometry", body.name, "Geometry", "Mesh")
    geometry.add("GeometryVersion", GEOMETRY)
    geometry.add("Vertices", figure.from_metres(_bound(body, figure, joints)).astype(np.float64))
    corners = body.faces.astype(np.int32)
    ends = corners.copy()
    ends[:, 2] = -ends[:, 2] - 1  # the last corner of a face is the one below zero
    geometry.add("PolygonVertexIndex", ends)
    lengths = np.maximum(np.linalg.norm(body.normals, axis=1, keepdims=True), 1e-9)
    normals = figure.from_metres(body.normals / lengths) * figure.unit
    layer = [_layer(geometry, "LayerElementNormal", "ByVertice", "Direct", Normals=normals)]
    flat = np.ascontiguousarray(corners.reshape(-1))
    if body.surface is None and palette is not None:
        corner_of = np.repeat(palette.number_of[corners[:, 0]], 3).astype(np.int32)
        layer.append(_layer(geometry, "LayerElementUV", "ByPolygonVertex", "IndexToDirect", UV=palette.uv,
                            UVIndex=corner_of))  # fmt: skip
        layer.append(_layer(geometry, "LayerElementMaterial", "AllSame", "IndexToDirect", Materials=np.zeros(1, "i4")))
    elif body.surface is None:
        colours = np.concatenate([body.colours / 255, np.ones((len(body.colours), 1))], axis=1)
        layer.append(_layer(geometry, "LayerElementColor", "ByPolygonVertex", "IndexToDirect", Colors=colours,
                            ColorIndex=flat))  # fmt: skip
        layer.append(_layer(geometry, "LayerElementMaterial", "AllSame", "IndexToDirect", Materials=np.zeros(1, "i4")))
    else:
        uv = body.surface.uv.astype(np.float64)
        uv = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1)  # FBX counts from the lower left corner
        layer.append(_layer(geometry, "LayerElementUV", "ByPolygonVertex", "IndexToDirect", UV=uv, UVIndex=flat))
        layer.append(_layer(geometry, "LayerElementMaterial", "ByPolygon", "IndexToDirect",
                            Materials=body.surface.material_of.astype(np.int32)))  # fmt: skip
    layers = geometry.add("Layer", 0)
    layers.add("Version", 100)
    for kind in layer:
        element = layers.add("LayerElement")
        element.add("Type", kind)
        element.add("TypedIndex", 0)
    model, properties, node = add_model(document, body.name, "Mesh")
    for name, value in (("Translation", 0.0), ("Rotation", 0.0), ("Scaling", 1.0)):
        put(properties, f"Lcl {name}", f"Lcl {name}", value, value, value)
    model.add("Shading", True)
    twosided = body.surface is not None and any(each.double_sided for each in body.surface.materials)
    model.add("Culling", "CullingOff" if twosided else "CullingOnCCW")
    document.connect(node, 0)
    document.connect(number, node)
    return node, number, joints


def _layer(geometry: Record, kind: str, mapping: str, reference: str, **arrays: Value) -> str:
    """Add a layer of values of a mesh; returns its kind."""
    layer = geometry.add(kind, 0)
    layer.add("Version", 101)
    layer.add("Name", "UVMap" if kind == "LayerElementUV" else "")
    layer.add("MappingInformationType", mapping)
    layer.add("ReferenceInformationType", reference)
    for name, array in arrays.items():
        layer.add(name, array)
    return kind


def joints_on(body: Body, figure: Figure) -> Ints:
    """The joint of the figure that carries what each joint of the body does: itself, or the next above that it has."""
    found: list[int] = []
    for joint, parent in enumerate(body.skeleton.parents):
        above = found[int(parent)] if parent >= 0 else 0
        found.append(figure.joint_of.get(joint, above))
    return np.array(found, np.int64)


def _bound(body: Body, figure: Figure, joints: Ints) -> Doubles:
    """Vertices ``(V, 3)`` in metres, moved with the body's joints to where the figure's are at rest."""
    own = rest_positions(body.skeleton).astype(np.float64)
    there = figure.in_metres(figure.rest()[0])[joints]
    away = there - own
    for joint, parent in enumerate(body.skeleton.parents):
        if joint not in figure.joint_of:
            away[joint] = away[parent] if parent >= 0 else 0.0
    vertices = body.vertices.astype(np.float64)
    if np.abs(away).max() <= NEAR:
        return vertices
    weights = body.weights / body.weights.sum(axis=1, keepdims=True)
    return np.asarray(vertices + np.einsum("vk,vkc->vc", weights, away[body.joint_indices]))


def add_skin(
    document: Document, body: Body, geometry: np.int64, bones: list[np.int64], joints: Ints, matrices: Doubles
) -> None:
    """Bind the mesh to the bones.

    Parameters
    ----------
    joints
        See `add_mesh`.
    matrices
        Of the bones at rest, see `choreo_fbx.bones.rest_matrices`.
    """
    skin, number = document.object("Deformer", body.name, "Deformer", "Skin")
    skin.add("Version", 101)
    skin.add("Link_DeformAcuracy", 50.0)
    document.connect(number, geometry)
    owners = joints[body.joint_indices]
    weights = body.weights.astype(np.float64) / body.weights.sum(axis=1, keepdims=True)
    for joint in np.unique(owners[weights > 0]):
        shares = np.where(owners == joint, weights, 0).sum(axis=1)
        vertices = np.flatnonzero(shares > 0)
        cluster, its_number = document.object("Deformer", body.name, "SubDeformer", "Cluster")
        cluster.add("Version", 100)
        cluster.add("UserData", "", "")
        cluster.add("Indexes", vertices.astype(np.int32))
        cluster.add("Weights", shares[vertices])
        cluster.add("Transform", np.linalg.inv(matrices[joint]))
        cluster.add("TransformLink", matrices[joint])
        document.connect(its_number, number)
        document.connect(bones[joint], its_number)
