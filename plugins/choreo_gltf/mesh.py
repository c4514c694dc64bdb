"""Meshes of a character as triangles in its rest pose: every skin and every rigid part, and what moves them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from choreo.foreign.limits import BODY_FACES, BODY_VERTICES
from choreo.motion import rotations as rot
from choreo.types import Doubles, Ints
from choreo_gltf.numbers import values
from choreo_gltf.reader import Tree, rest_world, world_matrices
from choreo_gltf.stance import Stance

TRIANGLES, STRIP, FAN = 4, 5, 6
INFLUENCES = 4


@dataclass(frozen=True, eq=False)
class Part:
    """Triangles with one material, in the file's rest pose.

    ``points``, ``normals : (V, 3)``; ``faces : (F, 3)``; ``joints : (V, 4)`` of the stance with ``weights : (V, 4)``;
    ``uv : (V, 2)`` and ``colours : (V, 4)`` linear, None where there are none; ``material`` of the file, -1 for none.
    """

    points: Doubles
    normals: Doubles
    faces: Ints
    joints: Ints
    weights: Doubles
    uv: Doubles | None
    colours: Doubles | None
    material: int


def parts_of(tree: Tree, stance: Stance, uv_set: dict[int, int]) -> list[Part]:
    """All triangles that belong to the humanoid, of the file's scene.

    Parameters
    ----------
    uv_set
        Which set of texture coordinates each material uses, 0 for those that are not in it.

    Raises
    ------
    ValueError
        When a mesh cannot be read, or there are more than `BODY_VERTICES` or `BODY_FACES`.
    """
    document = tree.document
    read = lru_cache(maxsize=None)(lambda number: values(document, number))
    nodes, moves = world_matrices(tree), _into_rest(tree)
    shown, hidden = _shown(document), _first_person(document)
    out: list[Part] = []
    vertices = faces = 0
    for k, number in enumerate(tree.order):
        node = document.nodes[number]
        if node.mesh is None or number not in shown or number in hidden or node.mesh in hidden.get("meshes", ()):
            continue
        if node.skin is None:
            if not stance.inside[k]:
                continue
            bones, skinned = np.array([k]), (moves[k] @ nodes[k])[None]
        else:
            skin = document.skins[node.skin]
            bones = np.array([tree.order.index(joint) for joint in skin.joints])
            if not stance.inside[bones].any():
                continue
            skinned = moves[bones] @ nodes[bones] @ _inverse_binds(skin, read)
        for primitive in document.meshes[node.mesh].primitives:
            weights = node.weights if getattr(node, "weights", None) else document.meshes[node.mesh].weights
            part = _part(primitive, read, weights or [], bones, skinned, stance, uv_set, node.skin is not None)
            if part is None:
                continue
            vertices, faces = vertices + len(part.points), faces + len(part.faces)
            if vertices > BODY_VERTICES or faces > BODY_FACES:
                raise ValueError(
                    f"more than {BODY_VERTICES:,} vertices or {BODY_FACES:,} triangles; reduce the mesh, as with "
                    "Blender's Decimate"
                )
            out.append(part)
    return out


def _part(
    primitive: Any,
    read: Any,
    shares: list[float],
    bones: Ints,
    skinned: Doubles,
    stance: Stance,
    uv_set: dict[int, int],
    has_skin: bool,
) -> Part | None:
    """One primitive; None when it has no triangles."""
    attributes = primitive.attributes
    points = read(attributes.POSITION)
    faces = _faces(primitive, read, len(points))
    if not len(faces):
        return None
    used, faces = np.unique(faces, return_inverse=True)
    faces = faces.reshape(-1, 3)
    points = points[used].copy()
    normals = read(attributes.NORMAL)[used].copy() if attributes.NORMAL is not None else None
    for share, target in zip(shares, primitive.targets or [], strict=False):
        moved = target if isinstance(target, dict) else vars(target)
        if share and moved.get("POSITION") is not None:
            points += share * read(moved["POSITION"])[used]
        if share and normals is not None and moved.get("NORMAL") is not None:
            normals += share * read(moved["NORMAL"])[used]
    slots, weights = np.zeros((len(used), 1), np.int64), np.ones((len(used), 1))
    if has_skin:
        slots, weights = _influences(attributes, read, used, len(bones))
    blended = np.zeros((len(used), 3, 4))
    for column in range(slots.shape[1]):
        blended += weights[:, column, None, None] * skinned[slots[:, column], :3]
    points = np.einsum("vab,vb->va", blended[..., :3], points) + blended[..., 3]
    if not np.isfinite(points).all():
        raise ValueError("a mesh has vertices without a place")
    if float(np.median(np.linalg.det(blended[..., :3]))) < 0:
        faces = faces[:, ::-1]
    if normals is None:
        normals = smooth_normals(points, faces)
    else:
        normals = np.einsum("vab,vb->va", _cofactors(blended[..., :3]), normals)
    joints, weights = _reduced(stance.carriers[bones][slots], weights, len(stance.names))
    material = -1 if primitive.material is None else int(primitive.material)
    uv = getattr(attributes, f"TEXCOORD_{uv_set.get(material, 0)}", None)
    colours = None if attributes.COLOR_0 is None else read(attributes.COLOR_0)[used]
    if colours is not None and colours.shape[1] == 3:
        colours = np.concatenate([colours, np.ones((len(colours), 1))], axis=1)
    return Part(
        points, normals, faces, joints, weights, None if uv is None else read(uv)[used].copy(), colours, material
    )


def _faces(primitive: Any, read: Any, count: int) -> Ints:
    """Triangles ``(F, 3)`` of a primitive; none of one that has points or lines."""
    mode = TRIANGLES if primitive.mode is None else primitive.mode
    if mode not in (TRIANGLES, STRIP, FAN):
        return np.zeros((0, 3), np.int64)
    row = np.arange(count) if primitive.indices is None else read(primitive.indices)[:, 0].astype(np.int64)
    if row.size and not 0 <= int(row.min()) <= int(row.max()) < count:
        raise ValueError("a mesh has faces with vertices that are not there")
    if mode == TRIANGLES:
        faces = row[: len(row) // 3 * 3].reshape(-1, 3)
    elif mode == FAN:
        faces = np.stack([np.full(max(len(row) - 2, 0), row[0]), row[1:-1], row[2:]], axis=1)
    else:
        faces = np.stack([row[:-2], row[1:-1], row[2:]], axis=1)
        faces[1::2] = faces[1::2, ::-1]
    a, b, c = faces.T
    return np.asarray(faces[(a != b) & (b != c) & (c != a)])


def _influences(attributes: Any, read: Any, used: Ints, count: int) -> tuple[Ints, Doubles]:
    """Places in the skin ``(V, I)`` and weights that sum to 1, of all sets of four."""
    joints, weights, number = [], [], 0
    while getattr(attributes, f"JOINTS_{number}", None) is not None:
        joints.append(read(getattr(attributes, f"JOINTS_{number}"))[used].astype(np.int64))
        weights.append(np.maximum(read(getattr(attributes, f"WEIGHTS_{number}"))[used], 0))
        number += 1
    if not joints:
        return np.zeros((len(used), 1), np.int64), np.ones((len(used), 1))
    slots, shares = np.concatenate(joints, axis=1), np.concatenate(weights, axis=1)
    slots = np.where(shares > 0, slots, 0)
    if not 0 <= int(slots.min()) <= int(slots.max()) < count or not np.isfinite(shares).all():
        raise ValueError("a mesh hangs on joints that its skin does not have")
    shares[shares.sum(axis=1) <= 0, 0] = 1
    return slots, shares / shares.sum(axis=1, keepdims=True)


def _reduced(joints: Ints, weights: Doubles, count: int) -> tuple[Ints, Doubles]:
    """The four joints of each vertex ``(V, 4)`` that weigh most, weights summing to 1, those of one joint together."""
    together = np.zeros((len(joints), count))
    for column in range(joints.shape[1]):
        together[np.arange(len(joints)), joints[:, column]] += weights[:, column]
    best = np.argsort(-together, axis=1, kind="stable")[:, :INFLUENCES]
    shares = np.take_along_axis(together, best, axis=1)
    return np.where(shares > 0, best, 0), shares / shares.sum(axis=1, keepdims=True)


def _into_rest(tree: Tree) -> Doubles:
    """Rigid moves ``(N, 4, 4)`` of the nodes from where they lie in the file to where they are at rest."""
    offsets, turns = tree.places.copy(), tree.posed.copy()
    for k, parent in enumerate(tree.parents):
        if parent >= 0:
            offsets[k] = offsets[parent] + rot.rotate(turns[parent], offsets[k])
            turns[k] = rot.multiply(turns[parent], turns[k])
    positions, rest = rest_world(tree)
    out = np.tile(np.eye(4), (len(tree.order), 1, 1))
    out[:, :3, :3] = rot.to_matrix(rot.multiply(rest, rot.conjugate(turns)))
    out[:, :3, 3] = positions - np.einsum("nab,nb->na", out[:, :3, :3], offsets)
    return out


def _inverse_binds(skin: Any, read: Any) -> Doubles:
    """Matrices ``(J, 4, 4)`` from the mesh to each joint of a skin."""
    if skin.inverseBindMatrices is None:
        return np.tile(np.eye(4), (len(skin.joints), 1, 1))
    rows = read(skin.inverseBindMatrices)
    if len(rows) < len(skin.joints) or rows.shape[1] != 16:
        raise ValueError("a skin has fewer matrices than joints")
    return np.asarray(rows[: len(skin.joints)].reshape(-1, 4, 4).transpose(0, 2, 1))


def _shown(document: Any) -> set[int]:
    """Nodes of the scene that programs open; all when the file names none."""
    scenes = document.scenes or []
    if not scenes:
        return set(range(len(document.nodes)))
    first = document.scene if document.scene is not None and 0 <= document.scene < len(scenes) else 0
    found, left = set(), list(scenes[first].nodes or [])
    while left:
        number = left.pop()
        if number not in found:
            found.add(number)
            left += document.nodes[number].children or []
    return found


def _first_person(document: Any) -> dict[Any, Any]:
    """Nodes, and under ``meshes`` meshes, that a VRM file shows to the eyes inside only."""
    extensions = document.extensions or {}
    ours = extensions.get("VRMC_vrm", {}).get("firstPerson", {}).get("meshAnnotations", [])
    older = extensions.get("VRM", {}).get("firstPerson", {}).get("meshAnnotations", [])
    hidden: dict[Any, Any] = {each["node"]: True for each in ours if each.get("type") == "firstPersonOnly"}
    hidden["meshes"] = {each["mesh"] for each in older if each.get("firstPersonFlag") == "FirstPersonOnly"}
    return hidden


def _cofactors(m: Doubles) -> Doubles:
    """Matrices ``(V, 3, 3)`` that turn normals as `m` turns surfaces."""
    a, b, c = m[:, 0], m[:, 1], m[:, 2]
    sign = np.where(np.linalg.det(m) < 0, -1.0, 1.0)[:, None, None]
    return np.asarray(sign * np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1))


def smooth_normals(points: Doubles, faces: Ints) -> Doubles:
    """Normals ``(V, 3)`` of vertices: the mean of their faces', each as large as its face."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    out = np.zeros_like(points)
    for k in range(3):
        np.add.at(out, faces[:, k], across)
    return out


__all__ = ["Part", "parts_of", "smooth_normals"]
