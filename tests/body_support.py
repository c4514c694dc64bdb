"""Model files in the layout of the SMPL family, made from choreo's own bodies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from choreo.motion.kinematics import rest_positions
from choreo.types import Body

FINGERS = 15


def regressor(vertices: np.ndarray, joints: np.ndarray, near: int = 60) -> np.ndarray:
    """Sparse rows that sum to 1 and give the joints from vertices around them, ``(J, V)``."""
    out = np.zeros((len(joints), len(vertices)))
    for row, joint in zip(out, joints, strict=True):
        chosen = np.argsort(np.linalg.norm(vertices - joint, axis=1), kind="stable")[:near]
        system = np.concatenate([vertices[chosen] - joint, np.ones((near, 1))], axis=1).T
        row[chosen] = np.linalg.lstsq(system, [0.0, 0.0, 0.0, 1.0], rcond=None)[0]
    return out


def smpl_arrays(body: Body, family: str = "SMPL") -> dict[str, Any]:
    """The arrays of a model file; two shape directions: taller, wider."""
    rest = rest_positions(body.skeleton).astype(np.float64)
    parents = [int(p) for p in body.skeleton.parents]
    weights = np.zeros((len(body.vertices), 24))
    np.add.at(weights, (np.arange(len(weights))[:, None], body.joint_indices), body.weights)
    names = list(body.skeleton.names)
    if family != "SMPL":
        left, right = weights[:, 22].copy(), weights[:, 23].copy()
        joints, parents, weights = [*rest[:22]], parents[:22], weights[:, :22]
        if family == "SMPL-X":  # jaw, eyes
            head = names.index("head")
            joints += [rest[head] + d for d in ([0, 0.02, 0.05], [0.03, 0.06, 0.08], [-0.03, 0.06, 0.08])]
            parents += [head] * 3
            weights = np.concatenate([weights, np.zeros((len(weights), 3))], axis=1)
            weights[:, -3] = weights[:, head] / 4
            weights[:, head] *= 0.75
        for wrist, hand, skin in (("left_wrist", 22, left), ("right_wrist", 23, right)):
            first, side = len(joints), np.sign(rest[hand, 0])
            for finger in range(5):
                for bone in range(3):
                    joints.append(rest[hand] + [side * 0.02 * bone, 0.0, 0.03 - 0.015 * finger])
                    parents.append(names.index(wrist) if bone == 0 else first + 3 * finger + bone - 1)
            share = np.zeros((len(weights), FINGERS))
            share[:, ::3] = skin[:, None] / 5
            weights = np.concatenate([weights, share], axis=1)
        rest = np.stack(joints)
    vertices = body.vertices.astype(np.float64)
    shapes = np.zeros((len(vertices), 3, 10))
    shapes[:, 1, 0] = 0.03 * vertices[:, 1]
    shapes[:, 0, 1] = 0.03 * vertices[:, 0]
    tree = np.stack([np.where(np.array(parents) < 0, 2**32 - 1, parents), np.arange(len(parents))])
    return {
        "v_template": vertices - [0.0, 1.1, 0.0],
        "f": body.faces.astype(np.uint32),
        "weights": weights,
        "J_regressor": regressor(vertices, rest),
        "kintree_table": tree.astype(np.uint32),
        "shapedirs": shapes,
        "posedirs": np.zeros((len(vertices), 3, 9 * (len(parents) - 1)), np.float32),
    }


def write_npz(path: Path, arrays: dict[str, Any]) -> Path:
    np.savez_compressed(path, **arrays)
    return path
