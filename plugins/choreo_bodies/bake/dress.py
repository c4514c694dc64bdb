"""Step 2 of the built-in body: T-pose on the canonical joints, clothes cut along clean lines, shoes, hair.

``python dress.py raw.npz ../builtin.npz``; prints the joint offsets for ``choreo/motion/skeleton.py``.
"""

from __future__ import annotations

import sys

import numpy as np
from feet import SHIN, shoe, trouser_leg
from mesh import MATERIALS, components, cut, ease, inflate, normals, relax, unit, wear

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


def t_pose(vertices, joints, weights):
    """Turn limbs onto the axes, feet as they were; soles on the floor and the pelvis over the origin."""
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
    return vertices - shift, posed[0] - shift


def symmetric(joints):
    flipped = joints[MIRROR] * [-1, 1, 1]
    out = (joints + flipped) / 2
    return out


def paint_face(part, joints, eyes):
    """Brows over the eyes and lips under the nose, on the vertices that lie there."""
    v, m = part["v"], part["m"].copy()
    for eye in eyes:
        side = np.sign(eye[0])
        across, up = side * (v[:, 0] - eye[0]), v[:, 1] - eye[1]
        front = v[:, 2] > eye[2] - 0.005
        arch = 0.0205 - 6.0 * (across - 0.004) ** 2
        m[front & (np.abs(up - arch) < 0.0048) & (np.abs(across - 0.002) < 0.024)] = MATERIALS.index("brow")
    mid = np.mean(eyes, axis=0)
    lip_y, lip_z = mid[1] - 0.0765, v[np.abs(v[:, 0]) < 0.004][:, 2].max() - 0.03
    lips = (np.abs(v[:, 0]) / 0.025) ** 2 + ((v[:, 1] - lip_y) / 0.0085) ** 2 < 1
    m[lips & (v[:, 2] > lip_z)] = MATERIALS.index("lip")
    return {**part, "m": m}


def dress(raw):
    vertices, weights, faces = raw["vertices"], raw["weights"], raw["faces"]
    label = components(len(vertices), faces)
    sizes = {int(k): int((label == k).sum()) for k in np.unique(label)}
    skin_label = max(sizes, key=sizes.get)
    eye_labels = [k for k, n in sizes.items() if n < 100]
    vertices, joints = t_pose(vertices, raw["joints"], weights)
    joints = symmetric(joints)

    def pick(labels):
        mask = np.isin(label, labels)
        back = np.cumsum(mask) - 1
        return {
            "v": vertices[mask], "w": weights[mask], "m": np.zeros(int(mask.sum()), int),
            "f": back[faces[mask[faces].all(axis=1)]],
        }  # fmt: skip

    body = pick([skin_label])
    eyes = [pick([k]) for k in eye_labels]
    centres = [eye["v"].mean(axis=0) for eye in eyes]
    at = {name: joints[k] for k, name in enumerate(NAMES)}
    x, y, z = body["v"].T
    head_w = body["w"][:, NAMES.index("head")] + body["w"][:, NAMES.index("neck")]
    sleeve = at["left_shoulder"][0] + 0.52 * (at["left_elbow"][0] - at["left_shoulder"][0])
    neck = at["neck"][1] + 0.012 - 0.55 * (z - at["neck"][2])
    hem = at["pelvis"][1] - 0.035
    arms_free = np.abs(x) < at["left_hand"][0] + 1

    def shirt_edges(v, more):
        """Metres within sleeves, neckline and hem; `more` lets them out."""
        collar = at["neck"][1] + 0.012 + more - 0.55 * (v[:, 2] - at["neck"][2]) - v[:, 1]
        across = np.abs(v[:, 0])
        inside = np.minimum(sleeve + more - across, np.where(across < 0.13, collar, 1.0))
        return np.minimum(inside, np.where(across < 0.25, v[:, 1] - hem + more, 1.0))

    # Smoothing moves an edge unevenly, so cloth is cut too large, smoothed, let out, and only then cut to its edge.
    low = (np.abs(x) > 0.25) & (y < at["spine1"][1])
    shirt = relax(wear(cut(body, np.where(low, -1.0, shirt_edges(body["v"], 0.03))), "shirt"), 3)
    sx, sy = np.abs(shirt["v"][:, 0]), shirt["v"][:, 1]
    flare = 0.004 + 0.012 * ease(-sy, -hem - 0.16, -hem) + 0.012 * ease(sx, sleeve - 0.11, sleeve)
    shirt = inflate(shirt, flare)
    shirt = cut(shirt, shirt_edges(shirt["v"], 0.0))

    trousers = wear(cut(body, np.where(np.abs(x) < 0.4, np.minimum(hem + 0.05 - y, y - 0.055), -1.0)), "trousers")
    trousers = relax(trousers, 8, keep=(trousers["v"][:, 1] > hem + 0.045))
    ty = trousers["v"][:, 1]
    trousers = inflate(trousers, 0.004 + 0.012 * ease(-ty, -0.5, -0.06) - 0.003 * ease(ty, hem - 0.05, hem + 0.05))
    trousers = cut(trousers, trousers["v"][:, 1] - SHIN)
    for side in ("left", "right"):
        trousers = trouser_leg(trousers, body, at[f"{side}_ankle"])

    def above_hairline(points):
        """Metres over a line from the forehead, over the ears, to the nape."""
        front, back = np.mean(centres, axis=0)[1] + 0.052, at["head"][1] - 0.012
        slope = np.clip((points[:, 2] - at["head"][2] + 0.06) / 0.15, 0, 1)
        return points[:, 1] - (back + (front - back) * slope**1.3)

    hair_field = np.where(head_w > 0.4, above_hairline(body["v"]), -1.0)
    hair = wear(relax(cut(body, hair_field), 10), "hair")
    hair = inflate(hair, 0.004 + 0.022 * ease(above_hairline(hair["v"]), 0.0, 0.07))

    face_field = np.where(np.abs(x) < 0.2, y - neck + 0.03, -1.0)
    face = paint_face(cut(body, face_field), joints, centres)
    arm = cut(body, np.where(arms_free, np.abs(x) - sleeve + 0.02, -1.0) + np.where(y < at["spine3"][1] - 0.25, -9, 0))

    parts = [face, arm, shirt, trousers, hair, *shoe(body, joints)]
    for eye, centre in zip(eyes, centres, strict=True):
        ahead = unit(eye["v"] - centre)[:, 2]
        parts.append({**eye, "m": np.where(ahead > 0.86, MATERIALS.index("iris"), MATERIALS.index("eye"))})
    return parts, joints


def main(source, target):
    parts, joints = dress(dict(np.load(source)))
    start, v, n, w, m, f = 0, [], [], [], [], []
    for part in parts:
        v.append(part["v"])
        n.append(normals(part["v"], part["f"]))
        w.append(part["w"])
        m.append(part["m"])
        f.append(part["f"] + start)
        start += len(part["v"])
    v, n, w, m, f = (np.concatenate(each) for each in (v, n, w, m, f))
    v[:, 1] = np.maximum(v[:, 1], 0)
    order = np.argsort(-w, axis=1, kind="stable")[:, :4]
    top = np.take_along_axis(w, order, axis=1)
    top /= top.sum(axis=1, keepdims=True)
    order = np.where(top > 0, order, 0)
    np.savez_compressed(
        target,
        vertices=np.round(v, 5).astype(np.float32),
        normals=np.round(n * 127).astype(np.int8),
        faces=f.astype(np.uint16),
        joint_indices=order.astype(np.uint8),
        weights=np.round(top * 255).astype(np.uint8),
        materials=m.astype(np.uint8),
    )
    offsets = np.array([joints[k] - (joints[PARENTS[k]] if k else 0) for k in range(24)])
    sys.stdout.write(f"{len(v)} vertices, {len(f)} faces\n")
    for name, row in zip(NAMES, offsets, strict=True):
        if not name.startswith("right_"):
            sys.stdout.write(f'    "{name}": ({row[0]:.4f}, {row[1]:.4f}, {row[2]:.4f}),\n')


if __name__ == "__main__":
    main(*sys.argv[1:3])
