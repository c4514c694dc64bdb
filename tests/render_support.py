"""A body of capsules and a little dance, for tests that draw."""

from __future__ import annotations

import numpy as np

from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Body, Motion, Skeleton

SOLE = 0.04
"""Radius of the feet's capsules: the joint of a standing foot is this high."""


def rest_positions(skeleton: Skeleton = CANONICAL) -> np.ndarray:
    positions = np.array(skeleton.offsets, np.float64)
    for joint in range(1, len(skeleton)):
        positions[joint] += positions[skeleton.parents[joint]]
    return positions


def capsule_body(ring: int = 12, rows: int = 12) -> Body:
    """One capsule per bone and one for the head; red above the waist, blue below."""
    joints = rest_positions()
    vertices, normals, owners = list[np.ndarray](), list[np.ndarray](), list[int]()
    faces, colours = list[tuple[int, int, int]](), list[tuple[int, int, int]]()
    head = NAMES.index("head")
    bones = [(int(CANONICAL.parents[j]), joints[CANONICAL.parents[j]], joints[j], NAMES[j]) for j in range(1, 24)]
    bones.append((head, joints[head] + [0, 0.02, 0], joints[head] + [0, 0.13, 0], "skull"))
    for owner, start, end, name in bones:
        radius = 0.1 if "spine" in name or name == "skull" else SOLE if "foot" in name else 0.05
        axis = (end - start) / np.linalg.norm(end - start)
        side = np.cross(axis, [1.0, 0, 0] if abs(axis[0]) < 0.9 else [0, 0, 1.0])
        side /= np.linalg.norm(side)
        other = np.cross(axis, side)
        first = len(vertices)
        for tilt in np.linspace(0, np.pi, rows):
            for turn in np.arange(ring) * 2 * np.pi / ring:
                out = -np.cos(tilt) * axis + np.sin(tilt) * (np.cos(turn) * side + np.sin(turn) * other)
                vertices.append((start if tilt < np.pi / 2 else end) + radius * out)
                normals.append(out)
                owners.append(owner)
                legs = any(part in name for part in ("hip", "knee", "ankle", "foot"))
                colours.append((40, 60, 220) if legs else (220, 50, 40))
        for i in range(rows - 1):
            for k in range(ring):
                a, b = first + i * ring + k, first + i * ring + (k + 1) % ring
                faces += [(a, b, b + ring), (a, b + ring, a + ring)]
    indices, weights = np.zeros((len(vertices), 4), np.uint8), np.zeros((len(vertices), 4), np.float32)
    indices[:, 0], weights[:, 0] = owners, 1
    return Body(
        "capsules",
        CANONICAL,
        np.array(vertices, np.float32),
        np.array(normals, np.float32),
        np.array(faces, np.int32),
        indices,
        weights,
        np.array(colours, np.uint8),
    )


def turned(name_angles: dict[str, np.ndarray], axis: int, count: int) -> np.ndarray:
    """Local rotations ``(T, 24, 4)`` about one axis for some joints, the rest unturned."""
    rotations = np.zeros((count, 24, 4), np.float32)
    rotations[..., 0] = 1
    for name, angle in name_angles.items():
        rotations[:, NAMES.index(name), 0] = np.cos(np.asarray(angle) / 2)
        rotations[:, NAMES.index(name), 1 + axis] = np.sin(np.asarray(angle) / 2)
    return rotations


def standing(count: int = 1, fps: float = 30.0, x: float = 0.0, z: float = 0.0) -> Motion:
    """Arms down, soles on the floor."""
    rotations = turned({"left_shoulder": np.full(count, -1.2), "right_shoulder": np.full(count, 1.2)}, 2, count)
    lift = SOLE - rest_positions()[NAMES.index("left_foot"), 1]
    root = CANONICAL.offsets[0] + np.array([x, lift, z])
    return Motion(CANONICAL, fps, np.tile(root, (count, 1)).astype(np.float32), rotations)


def dancing(count: int = 90, fps: float = 30.0, reach: float = 1.5) -> Motion:
    """Arms swing up and down while the dancer runs to and fro and jumps."""
    time = np.arange(count) / fps
    swing = 1.4 * np.sin(2 * np.pi * time)
    rotations = turned({"left_shoulder": swing, "right_shoulder": swing, "pelvis": 0.4 * np.sin(5 * time)}, 2, count)
    root = np.tile(CANONICAL.offsets[0], (count, 1)).astype(np.float64)
    root[:, 0] += reach * np.sin(1.7 * time)
    root[:, 1] += 0.3 * np.maximum(np.sin(6 * time), 0)
    root[:, 2] += reach * np.sin(2.3 * time)
    return Motion(CANONICAL, fps, root.astype(np.float32), rotations)
