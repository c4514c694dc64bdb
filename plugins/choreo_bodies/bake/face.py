"""The face: eyes, brows and lips, and bones that turn eyes, close lids, lift corners of the mouth and brows.

MakeHuman's face units say how far each vertex goes; a bone that turns gives that by the vertex's weight. The pivots are
chosen so that vertices go the way they should: lids turn about the eyes, the others about points well inside the head.
"""

from __future__ import annotations

import numpy as np
from mesh import MATERIALS, ease, grid, like, taken, unit, wear

FIRST = 44
"""Number of the first bone of the face, behind those of the fingers."""
BONES = 7
"""Left and right eye, left and right upper lid, left and right corner of the mouth, brows."""
RINGS = (0.0, 9.5, 9.6, 22.0, 22.1, 25.5, 25.6, 44.0, 70.0, 100.0)
"""Degrees from the middle of the pupil."""
PARTS = ("pupil", "pupil", "iris", "iris", "brow", "brow", "eye", "eye", "eye", "eye")
ROUND = 18
PIVOT = 0.08
"""Metres from the corners of the mouth, and from the brows, back to where they turn."""
SHUT, LID = 1.35, 0.5
"""How much further the upper lid goes than in the face unit, in which the lower one comes half the way up; and radians
by which its edge turns."""


def centres_of(eyes):
    """``(2, 3)`` middles, left one first, and the radius, of balls through the vertices of the eyes."""
    found = []
    for v in eyes:
        x = np.linalg.lstsq(np.c_[2 * v, np.ones(len(v))], (v**2).sum(axis=1), rcond=None)[0]
        found.append([*x[:3], np.sqrt(x[3] + x[:3] @ x[:3])])
    left, right = sorted(found, key=lambda each: -each[0])
    middle = (np.array(left) + np.array(right) * [-1, 1, 1, 1]) / 2
    return np.array([middle[:3], middle[:3] * [-1, 1, 1]]), middle[3] - 0.0004


def eyeball(skin, centre, radius, bone):
    """A ball with pupil, iris and a bright spot of light, whose rims are clean."""
    tilt = np.radians(RINGS)[:, None]
    turn = np.arange(ROUND) * 2 * np.pi / ROUND
    ways = np.stack([np.sin(tilt) * np.sin(turn), np.sin(tilt) * np.cos(turn), np.cos(tilt) * np.ones(ROUND)], -1)
    v = (centre + radius * ways).reshape(-1, 3)
    near = skin["v"][:, 2] > centre[2] - 0.01
    near &= np.linalg.norm(skin["v"] - centre, axis=1) < radius + 0.004
    skin = taken(skin, near)
    part = _carried(like(skin, v, grid(len(RINGS), ROUND)[:, ::-1], len(skin["v"]), 1.0), bone)
    part["m"] = np.repeat([MATERIALS.index(name) for name in PARTS], ROUND)
    spot_at = unit(np.array([0.16, 0.2, 1.0]))
    side = unit(np.cross([0.0, 1.0, 0.0], spot_at))
    ring = np.arange(8) * 2 * np.pi / 8
    rim = np.sin(ring)[:, None] * side + np.cos(ring)[:, None] * np.cross(spot_at, side)
    points = centre + (radius + 0.0004) * unit(np.concatenate([[spot_at], spot_at + 0.062 * rim]))
    faces = np.stack([np.zeros(8, int), 1 + np.arange(8), 1 + (np.arange(8) + 1) % 8], axis=1)[:, ::-1]
    spot = _carried(wear(like(skin, points, faces, len(skin["v"]), 1.0), "eye"), bone)
    return [part, spot]


def _carried(part, bone):
    """A part that one bone alone carries."""
    w, b = np.zeros_like(part["w"]), np.zeros_like(part["b"])
    w[:, bone] = 1
    b[:] = part["b"].mean(axis=0)
    return {**part, "w": w, "b": b, "s": np.ones(len(w))}


def brow(skin, centre, side):
    """A brow: a thin sheet along an arch on the skin, pointed at its outer end."""
    columns, rows = 15, 4
    t = np.linspace(0, 1, columns)
    across = side * (-0.0205 + 0.0455 * t) + centre[0]
    arch = centre[1] + 0.0172 + 0.0085 * np.sin(np.pi * (0.1 + 0.72 * t)) - 0.004 * t**3
    half = 0.0046 * np.minimum(1, 0.55 + 2.2 * t) * (1 - 0.8 * ease(t, 0.5, 1.0))
    x = np.tile(across, (rows, 1))
    y = arch + np.linspace(1, -1, rows)[:, None] * half
    front = skin["v"][(skin["v"][:, 2] > centre[2] - 0.02) & (np.abs(skin["v"][:, 1] - centre[1] - 0.02) < 0.04)]
    z = np.empty_like(x)
    for row, k in np.ndindex(x.shape):
        far = np.hypot(front[:, 0] - x[row, k], front[:, 1] - y[row, k])
        near = np.argsort(far)[:5]
        share = 1 / (far[near] + 0.002)
        z[row, k] = (share * front[near, 2]).sum() / share.sum()
    for _ in range(4):
        z[:, 1:-1] = (z[:, :-2] + 2 * z[:, 1:-1] + z[:, 2:]) / 4
    z += np.array([0.0009, 0.0026, 0.0026, 0.0009])[:, None] + 0.0014
    v = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    faces = grid(rows, columns, closed=False)
    return wear(like(skin, v, faces if side > 0 else faces[:, ::-1]), "brow")


def paint(skin, eyes):
    """Lips, with a dark line between them, on the vertices that lie there."""
    v, m, s = skin["v"], skin["m"].copy(), skin["s"].copy()
    middle = eyes.mean(axis=0)
    line = middle[1] - 0.0748
    front = v[:, 2] > v[np.abs(v[:, 0]) < 0.004][:, 2].max() - 0.034
    x, y = np.abs(v[:, 0]), v[:, 1] - line - 6.0 * v[:, 0] ** 2
    full = np.sqrt(np.clip(1 - (x / 0.026) ** 2, 0, 1))
    lips = front & (x < 0.026) & (y < 0.0078 * full) & (y > -0.0098 * full)
    m[lips] = MATERIALS.index("lip")
    return {**skin, "m": m, "s": s}


def bones(skin, more, eyes, radius):
    """Weights of the face on the skin; pivots ``(7, 3)``, axes ``(7, 3)``, reaches ``(7,)`` in radians, and how the
    builds move the pivots, ``(2, 7, 3)``."""
    v, w = skin["v"], skin["w"]
    pivots, axes, reach = np.zeros((BONES, 3)), np.zeros((BONES, 3)), np.zeros(BONES)
    pivots[:2] = pivots[2:4] = eyes
    axes[:4] = [1, 0, 0]
    own = np.zeros((len(v), BONES))
    for k, centre in enumerate(eyes):
        sign = 1 if k == 0 else -1
        p = v - centre
        q = p + more["blink"]
        angle = np.arctan2(p[:, 1], p[:, 2]) - np.arctan2(q[:, 1], q[:, 2])
        near = (np.linalg.norm(p, axis=1) < 0.032) & (p[:, 2] > 0.004) & (v[:, 0] * sign > 0) & (p[:, 1] > -0.003)
        angle = np.where(near, np.clip(SHUT * angle, 0, LID), 0)
        reach[2 + k] = LID
        own[:, 2 + k] = np.clip(angle / reach[2 + k], 0, 1)
        smile = more["smile"] * (v[:, [0]] * sign > -0.001)
        far = np.linalg.norm(smile, axis=1)
        corner = np.argsort(-far)[:12]
        at, way = v[corner].mean(axis=0), unit(smile[corner].mean(axis=0))
        _lifted(own, 4 + k, v, smile, at, way, pivots, axes, reach)
    lift = more["brows"]
    top = np.argsort(-lift[:, 1])[:60]
    at = v[top].mean(axis=0) * [0, 1, 1]
    _lifted(own, 6, v, lift, at, np.array([0.0, 1.0, 0.0]), pivots, axes, reach)
    reach[2:4], reach[4:6] = reach[2:4].mean(), reach[4:6].mean()
    pivots[5], axes[5] = pivots[4] * [-1, 1, 1], axes[4] * [1, -1, -1]
    moves = np.einsum("vk,vbc->bkc", own, skin["b"]) / np.maximum(own.sum(axis=0), 1e-9)[:, None]
    for k, centre in enumerate(eyes):
        around = np.linalg.norm(v - centre, axis=1) < radius + 0.004
        moves[:, [k, 2 + k]] = skin["b"][around].mean(axis=0)[:, None]
    total = own.sum(axis=1)
    own /= np.maximum(total, 1)[:, None]
    w = w * (1 - own.sum(axis=1))[:, None]
    w[:, FIRST : FIRST + BONES] = own
    return {**skin, "w": w}, pivots, axes, reach, moves


def _lifted(own, bone, v, wanted, at, way, pivots, axes, reach):
    """Let a bone carry vertices some way that is `way` near the point `at`."""
    back = np.array([0.0, 0.0, -1.0])
    back = unit(back - (back @ way) * way)
    pivots[bone] = at + PIVOT * back
    axes[bone] = unit(np.cross(at - pivots[bone], way))
    moved = np.cross(axes[bone], v - pivots[bone])
    along = np.einsum("vc,vc->v", moved, wanted) / np.maximum(np.einsum("vc,vc->v", moved, moved), 1e-6)
    along = np.clip(along, 0, None)
    reach[bone] = np.sort(along)[-12]
    own[:, bone] = np.clip(along / reach[bone], 0, 1)


__all__ = ["BONES", "FIRST", "bones", "brow", "centres_of", "eyeball", "paint"]
