"""Step 2 of the built-in body: T-pose on the canonical joints, clothes cut along clean lines, shoes, hair.

``python dress.py raw.npz ../builtin.npz``; prints the joint offsets for ``choreo/motion/skeleton.py``.
"""

from __future__ import annotations

import sys

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, skin_matrices
from choreo.motion.skeleton import MIRROR, NAMES, PARENTS
from choreo.types import Skeleton

MATERIALS = ("skin", "brow", "lip", "eye", "iris", "hair", "shirt", "trousers", "shoe", "sole")
STRAIGHT = {
    "shoulder": ("elbow", (1.0, 0.0, 0.0)),
    "elbow": ("wrist", (1.0, 0.0, 0.0)),
    "wrist": ("hand", (1.0, 0.0, 0.0)),
    "hip": ("knee", (0.0, -1.0, 0.0)),
    "knee": ("ankle", (0.0, -1.0, 0.0)),
}


def unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


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


def cut(part, field):
    """Keep where `field` >= 0 and split triangles along its zero line."""
    v, w, m, f = part["v"], part["w"], part["m"], part["f"]
    field = np.where(np.abs(field) < 1e-6, 1e-6, field)
    new_v, new_w, new_m, made, faces = list(v), list(w), list(m), {}, []

    def edge(a, b):
        key = (min(a, b), max(a, b))
        if key not in made:
            t = field[a] / (field[a] - field[b])
            made[key] = len(new_v)
            new_v.append(v[a] + t * (v[b] - v[a]))
            new_w.append(w[a] + t * (w[b] - w[a]))
            new_m.append(m[a])
        return made[key]

    for tri in f:
        inside = [field[k] > 0 for k in tri]
        count = sum(inside)
        if count == 3:
            faces.append(tuple(tri))
        elif count == 1:
            k = inside.index(True)
            a, b, c = tri[k], tri[(k + 1) % 3], tri[(k + 2) % 3]
            faces.append((a, edge(a, b), edge(c, a)))
        elif count == 2:
            k = inside.index(False)
            a, b, c = tri[k], tri[(k + 1) % 3], tri[(k + 2) % 3]
            p, q = edge(a, b), edge(c, a)
            faces += [(p, b, c), (p, c, q)]
    faces = np.array(faces, np.int64).reshape(-1, 3)
    used = np.unique(faces)
    back = np.full(len(new_v), -1)
    back[used] = np.arange(len(used))
    take = lambda rows: np.array(rows)[used]  # noqa: E731
    return {"v": take(new_v), "w": take(new_w), "m": take(new_m), "f": back[faces]}


def normals(v, f):
    n = np.zeros_like(v)
    area = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
    for k in range(3):
        np.add.at(n, f[:, k], area)
    return unit(n)


def relax(part, rounds, keep=None):
    """Laplacian smoothing; `keep` holds vertices still."""
    v, f = part["v"].copy(), part["f"]
    pairs = np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    count = np.bincount(pairs[:, 0], minlength=len(v))[:, None]
    for _ in range(rounds):
        total = np.zeros_like(v)
        np.add.at(total, pairs[:, 0], v[pairs[:, 1]])
        new = v + 0.5 * (total / np.maximum(count, 1) - v)
        v = new if keep is None else np.where(keep[:, None], v, new)
    return {**part, "v": v}


def inflate(part, metres):
    size = metres if np.ndim(metres) == 0 else metres[:, None]
    return {**part, "v": part["v"] + normals(part["v"], part["f"]) * size}


def wear(part, material):
    return {**part, "m": np.full(len(part["v"]), MATERIALS.index(material))}


def ease(x, low, high):
    s = np.clip((x - low) / (high - low), 0, 1)
    return s * s * (3 - 2 * s)


def components(count, faces):
    label = np.arange(count)
    while True:
        before = label.copy()
        for a, b in ((0, 1), (1, 2), (2, 0)):
            low = np.minimum(label[faces[:, a]], label[faces[:, b]])
            np.minimum.at(label, faces[:, a], low)
            np.minimum.at(label, faces[:, b], low)
        label = label[label]
        if (label == before).all():
            return label


def shoe(body, joints):
    """Both shoes: rings around each foot's convex hull, an upper and a wider sole."""
    parts = []
    for side in ("left", "right"):
        ankle, ball = (joints[NAMES.index(f"{side}_{name}")] for name in ("ankle", "foot"))
        near = (body["v"][:, 1] < 0.115) & (body["v"][:, 0] * ankle[0] > 0)
        foot, weights = body["v"][near], body["w"][near]
        heel = foot[:, 2].min()
        middle = np.array([(ankle[0] + ball[0]) / 2, 0.0, (heel + foot[:, 2].max()) / 2])
        top = np.array([ankle[0], 0.11, ankle[2] - 0.004])
        upper = _rings(foot, weights, middle, top, np.linspace(0.02, 0.104, 15), 0.008)
        sole = _rings(foot, weights, middle, top, np.array([0.0, 0.0, 0.003, 0.014, 0.023, 0.024]), 0.012)
        sole["v"][:SEGMENTS] = middle + (sole["v"][:SEGMENTS] - middle) * [0.02, 0, 0.02]
        sole["v"][-SEGMENTS:] -= (sole["v"][-SEGMENTS:] - middle) * [0.12, 0, 0.06]
        parts += [wear(upper, "shoe"), wear(sole, "sole")]
    return parts


SEGMENTS = 36


def _rings(foot, weights, middle, top, heights, margin):
    """A tube of rings at `heights` around the convex hull of a foot; weights from the nearest vertices."""
    from scipy.spatial import ConvexHull, cKDTree

    planes = ConvexHull(foot).equations
    angle = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    direction = np.stack([np.sin(angle), np.zeros(SEGMENTS), np.cos(angle)], axis=1)
    slope = direction @ planes[:, :3].T
    rows = []
    for height in heights:
        share = np.clip(height / top[1], 0, 1)
        centre = middle + (top - middle) * share
        centre[1] = max(height, 0.004)
        room = -(planes[:, :3] @ centre + planes[:, 3])
        reach = np.where(slope > 1e-3, room / np.maximum(slope, 1e-3), np.inf).min(axis=1)
        ring = centre + direction * (np.maximum(reach, 0.02) + margin)[:, None]
        ring[:, 1] = height
        rows.append(ring)
    v = np.concatenate(rows)
    distance, index = cKDTree(foot).query(v, k=8)
    near = 1 / (distance + 0.004)
    w = np.einsum("nk,nkj->nj", near / near.sum(axis=1, keepdims=True), weights[index])
    row, k = np.meshgrid(np.arange(len(heights) - 1), np.arange(SEGMENTS), indexing="ij")
    a, b = (row * SEGMENTS + k).ravel(), (row * SEGMENTS + (k + 1) % SEGMENTS).ravel()
    f = np.concatenate([np.stack([a, b, b + SEGMENTS], -1), np.stack([a, b + SEGMENTS, a + SEGMENTS], -1)])
    return {"v": v, "w": w, "m": np.zeros(len(v), int), "f": f}


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
    neck = at["neck"][1] + 0.012 - (y - at["neck"][1]) * 0 - 0.55 * (z - at["neck"][2])
    hem = at["pelvis"][1] - 0.035
    arms_free = np.abs(x) < at["left_hand"][0] + 1

    collar = neck - y
    shirt_field = np.minimum(np.minimum(sleeve - np.abs(x), np.where(np.abs(x) < 0.13, collar, 1.0)), y - hem)
    shirt_field = np.where((np.abs(x) > 0.25) & (y < at["spine1"][1]), -1.0, shirt_field)
    shirt = relax(wear(cut(body, shirt_field), "shirt"), 3)
    sx, sy = np.abs(shirt["v"][:, 0]), shirt["v"][:, 1]
    flare = 0.004 + 0.012 * ease(-sy, -hem - 0.16, -hem) + 0.012 * ease(sx, sleeve - 0.11, sleeve)
    shirt = inflate(shirt, flare)

    trousers = wear(cut(body, np.where(np.abs(x) < 0.4, np.minimum(hem + 0.05 - y, y - 0.055), -1.0)), "trousers")
    trousers = relax(trousers, 8, keep=(trousers["v"][:, 1] > hem + 0.045))
    ty = trousers["v"][:, 1]
    trousers = inflate(trousers, 0.004 + 0.012 * ease(-ty, -0.5, -0.06) - 0.003 * ease(ty, hem - 0.05, hem + 0.05))

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
