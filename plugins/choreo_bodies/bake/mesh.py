"""Pieces of surface as dicts: vertices `v`, dense weights `w`, material numbers `m`, faces `f`."""

from __future__ import annotations

import numpy as np

MATERIALS = ("skin", "brow", "lip", "eye", "iris", "hair", "shirt", "trousers", "shoe", "sole")


def unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


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


def loops(faces):
    """Ordered vertices of every opening of a surface."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    known = {(int(a), int(b)) for a, b in edges}
    after = {a: b for a, b in known if (b, a) not in known}
    found = []
    while after:
        loop = [next(iter(sorted(after)))]
        while loop[-1] in after:
            loop.append(after.pop(loop[-1]))
        found.append(np.array(loop[:-1]))
    return found
