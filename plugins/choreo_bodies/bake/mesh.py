"""Pieces of surface as dicts: vertices `v`, dense weights `w`, material numbers `m`, shades `s`, faces `f`, more."""

from __future__ import annotations

import numpy as np

MATERIALS = ("skin", "brow", "lip", "eye", "iris", "hair", "shirt", "trousers", "shoe", "sole", "pupil")


def unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


def cut(part, field):
    """Keep where `field` >= 0 and split triangles along its zero line; all but `m` is mixed there."""
    f, kept = part["f"], {key: list(rows) for key, rows in part.items() if key != "f"}
    field = np.where(np.abs(field) < 1e-6, 1e-6, field)
    made, faces = {}, []

    def edge(a, b):
        key = (min(a, b), max(a, b))
        if key not in made:
            t = field[a] / (field[a] - field[b])
            made[key] = len(kept["v"])
            for name, rows in kept.items():
                rows.append(rows[a] if name == "m" else rows[a] + t * (rows[b] - rows[a]))
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
    return compact({**{name: np.array(rows) for name, rows in kept.items()}, "f": np.array(faces).reshape(-1, 3)})


def compact(part):
    """Without vertices that no face has."""
    used = np.unique(part["f"])
    back = np.full(len(part["v"]), -1)
    back[used] = np.arange(len(used))
    return {key: back[rows] if key == "f" else rows[used] for key, rows in part.items()}


def grown(part, rows, faces):
    """A part with vertices behind its own: `rows` by key, those that are missing nothing."""
    count = len(rows["v"])
    out = {"f": np.concatenate([part["f"], faces])}
    for key in part:
        if key != "f":
            own = part[key]
            out[key] = np.concatenate([own, rows.get(key, np.zeros((count, *own.shape[1:]), own.dtype))])
    return out


def taken(part, index):
    """Rows of some vertices by key."""
    return {key: rows[index].copy() for key, rows in part.items() if key != "f"}


def like(part, v, f, near=6, soft=0.004):
    """A part of other vertices and faces, that have what the nearest ones of `part` have."""
    from scipy.spatial import cKDTree

    distance, index = cKDTree(part["v"]).query(v, k=near)
    share = 1 / (distance + soft)
    share /= share.sum(axis=1, keepdims=True)
    out = {"v": v, "f": f}
    for key, rows in part.items():
        if key not in out:
            out[key] = rows[index[:, 0]] if key == "m" else np.einsum("nk,nk...->n...", share, rows[index])
    return out


def grid(rows, columns, closed=True):
    """Faces of a sheet of `rows` times `columns` vertices, outside where rows go down and columns to the left."""
    row, k = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    a, b = (row * columns + k).ravel(), (row * columns + (k + 1) % columns).ravel()
    return np.concatenate([np.stack([a, b + columns, b], -1), np.stack([a, a + columns, b + columns], -1)])


def hem(part, thick=0.004, deep=0.022):
    """Turn every opening's edge inwards: cloth has a thickness and an inside, which is in the shade."""
    for loop in loops(part["f"]):
        if len(loop) < 8:
            continue
        v, n = part["v"], normals(part["v"], part["f"])[loop]
        before, after = np.roll(v[loop], 1, axis=0), np.roll(v[loop], -1, axis=0)
        inwards = np.cross(n, unit(after - before))  # over the cloth, away from the opening
        for _ in range(6):
            n, inwards = (unit(np.roll(way, 1, 0) + 2 * way + np.roll(way, -1, 0)) for way in (n, inwards))
        edge, first, last = (taken(part, loop) for _ in range(3))  # an edge of its own: a crease
        first["v"] = v[loop] - thick * n
        last["v"] = v[loop] - thick * n + deep * inwards
        first["s"], last["s"] = 0.8 * first["s"], 0.45 * last["s"]
        count, start = len(loop), len(v)
        ring = start + np.arange(3 * count).reshape(3, count)
        a, b = ring[:-1], ring[1:]
        c, d = np.roll(a, -1, 1), np.roll(b, -1, 1)
        faces = np.concatenate([np.stack([c, a, b], -1).reshape(-1, 3), np.stack([c, b, d], -1).reshape(-1, 3)])
        rows = {key: np.concatenate([edge[key], first[key], last[key]]) for key in first}
        part = grown(part, rows, faces)
    return part


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
