"""The raw mesh as a T on the canonical joints: the body itself, its other builds and what its face can do."""

from __future__ import annotations

import numpy as np
from mesh import unit

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, skin_matrices
from choreo.motion.skeleton import MIRROR, NAMES, PARENTS
from choreo.types import Skeleton

STRAIGHT = {
    "shoulder": ("elbow", (1.0, 0.0, 0.0)),
    "elbow": ("wrist", (1.0, 0.0, 0.0)),
    "wrist": ("hand", (1.0, 0.0, 0.0)),
    "hip": ("knee", (0.0, -1.0, 0.0)),
    "knee": ("ankle", (0.0, -1.0, 0.0)),
}
LIMBS = {**STRAIGHT, "spine1": ("spine2", 0), "spine2": ("spine3", 0), "spine3": ("neck", 0), "neck": ("head", 0)}
"""Joints whose part of the body is made longer or shorter for another build, and where each ends."""


def t_pose(vertices, joints, weights):
    """Turn limbs onto the axes, feet as they were; soles on the floor and the pelvis over the origin.

    Also what turns and shifts vertices, ``(V, 3, 3)``: differences between shapes go through it.
    """
    j = {name: k for k, name in enumerate(NAMES)}
    world = np.tile([1.0, 0, 0, 0], (24, 1))
    for k in range(24):
        name, parent = NAMES[k], int(PARENTS[k])
        side, _, part = name.partition("_")
        if part in STRAIGHT:
            child, axis = STRAIGHT[part]
            target = np.array(axis) * ([1, 1, 1] if side == "left" else [-1, 1, 1])
            world[k] = rot.between(joints[j[f"{side}_{child}"]] - joints[k], target)
        elif part in ("ankle",):
            world[k] = [1, 0, 0, 0]
        elif parent >= 0:
            world[k] = world[parent]
    offsets = np.array([joints[k] - (joints[PARENTS[k]] if k else 0) for k in range(24)], np.float32)
    local = np.array([rot.multiply(rot.conjugate(world[PARENTS[k]]), world[k]) if k else world[k] for k in range(24)])
    skeleton = Skeleton(NAMES, PARENTS, offsets)
    posed, turned = forward(skeleton, joints[0][None].astype(np.float32), local[None].astype(np.float32))
    matrices = skin_matrices(joints, posed, turned)[0]
    blend = np.einsum("vj,jab->vab", weights, matrices)
    vertices = np.einsum("vab,vb->va", blend[:, :, :3], vertices) + blend[:, :, 3]
    shift = np.array([posed[0, 0, 0], vertices[:, 1].min(), posed[0, 0, 2]])
    return vertices - shift, posed[0] - shift, blend[:, :, :3]


def symmetric(joints):
    """The mean of both sides."""
    return (joints + joints[MIRROR] * [-1, 1, 1]) / 2


def fitted(vertices, own, joints, weights):
    """Another build's vertices on the joints of the first: each part moved to its joint and as long as its bone."""
    out = np.zeros_like(vertices)
    for k, name in enumerate(NAMES):
        side, _, part = name.rpartition("_")
        moved = vertices - own[k]
        if part in LIMBS:
            end = NAMES.index(f"{side}_{LIMBS[part][0]}".lstrip("_"))
            bone, wanted = own[end] - own[k], joints[end] - joints[k]
            along = unit(bone)
            moved = moved + (np.linalg.norm(wanted) / np.linalg.norm(bone) - 1) * (moved @ along)[:, None] * along
        out += weights[:, [k]] * (moved + joints[k])
    return out


def posed(raw):
    """All vertices, dense weights and differences of faces and builds by name; and the joints."""
    weights = raw["weights"]
    vertices, joints, turns = t_pose(raw["vertices"], raw["joints"], weights)
    joints = symmetric(joints)
    more = {}
    for key in raw:
        kind, _, name = key.partition("_")
        if kind == "face":
            more[name] = np.einsum("vab,vb->va", turns, raw[key])
        elif kind == "build":
            other, own, _ = t_pose(raw[key], raw[f"joints_{name}"], weights)
            more[name] = fitted(other, symmetric(own), joints, weights) - vertices
    return vertices, joints, more
