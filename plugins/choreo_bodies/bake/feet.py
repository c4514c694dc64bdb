"""Shoes around the feet, and what the trousers do above them."""

from __future__ import annotations

import numpy as np
from mesh import ease, grid, grown, hem, like, loops, taken, wear

from choreo.motion.skeleton import NAMES

SEGMENTS = 36
SHIN, CUFF = 0.19, 0.042
"""Heights where the trousers leave the leg and where they end."""


def shoe(body, joints):
    """Both shoes: rings around each foot's convex hull, an upper and a wider sole."""
    parts = []
    for side in ("left", "right"):
        ankle, ball = (joints[NAMES.index(f"{side}_{name}")] for name in ("ankle", "foot"))
        near = (body["v"][:, 1] < 0.115) & (body["v"][:, 0] * ankle[0] > 0)
        foot = taken(body, near)
        toe, heel = foot["v"][:, 2].max(), foot["v"][:, 2].min()
        middle = np.array([(ankle[0] + ball[0]) / 2, 0.0, (heel + toe) / 2])
        top = np.array([ankle[0], 0.11, ankle[2] - 0.004])
        upper = _rings(foot, middle, top, np.linspace(0.02, 0.104, 15), 0.008)
        sole = _rings(foot, middle, top, np.array([0.0, 0.0, 0.003, 0.014, 0.023, 0.024]), 0.012)
        sole["v"][:SEGMENTS] = middle + (sole["v"][:SEGMENTS] - middle) * [0.02, 0, 0.02]
        sole["v"][-SEGMENTS:] -= (sole["v"][-SEGMENTS:] - middle) * [0.12, 0, 0.06]
        parts += [hem(wear(upper, "shoe"), 0.005, 0.01), wear(sole, "sole")]
    return parts


def _rings(foot, middle, top, heights, margin):
    """A tube of rings at `heights` around the convex hull of a foot; weights from the nearest vertices."""
    from scipy.spatial import ConvexHull

    planes = ConvexHull(foot["v"]).equations
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
    part = like({**foot, "b": np.zeros_like(foot["b"])}, np.concatenate(rows), grid(len(heights), SEGMENTS)[:, ::-1], 8)
    return {**part, "s": np.ones(len(part["v"]))}


def trouser_leg(part, body, ankle):
    """Hang a tube from the opening at the shin: down over the heel, its front edge on the instep."""
    from scipy.spatial import ConvexHull

    v = part["v"]
    (loop,) = (
        ring
        for ring in loops(part["f"])
        if np.ptp(v[ring, 1]) < 0.02 and v[ring, 0].mean() * ankle[0] > 0 and v[ring, 1].mean() < SHIN + 0.02
    )
    foot = body["v"][(body["v"][:, 1] < 0.115) & (body["v"][:, 0] * ankle[0] > 0)]
    planes = ConvexHull(foot).equations
    away = v[loop] - [ankle[0], 0, ankle[2]]
    angle, reach = np.arctan2(away[:, 0], away[:, 2]), np.hypot(away[:, 0], away[:, 2])
    direction = np.stack([np.sin(angle), np.zeros(len(loop)), np.cos(angle)], axis=1)
    slope = direction @ planes[:, :3].T
    behind = ease(-np.cos(angle), -0.55, 0.15)[:, None]
    rows = []
    for down in np.linspace(0, 1, 11)[1:]:
        height = SHIN + (CUFF - SHIN) * down
        centre = np.array([ankle[0], np.clip(height, 0.004, 0.1), ankle[2]])
        room = -(planes[:, :3] @ centre + planes[:, 3])
        shoe_reach = np.where(slope > 1e-3, room / np.maximum(slope, 1e-3), np.inf).min(axis=1)[:, None] + 0.016
        own = reach[:, None] + 0.014 * down
        cover = behind * ease(down, 0.1, 0.75)
        far = own + np.maximum(shoe_reach - own, 0) * cover
        rows.append([ankle[0], height, ankle[2]] + direction * far)
    count, start = len(loop), len(v)
    index = np.concatenate([loop, start + np.arange(10 * count)]).reshape(11, count)
    a, b = index[:-1], index[1:]
    c, d = np.roll(a, -1, 1), np.roll(b, -1, 1)
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([c, b, d], -1).reshape(-1, 3)])
    tube = {key: np.tile(values, (10, *[1] * (values.ndim - 1))) for key, values in taken(part, loop).items()}
    tube["v"] = np.concatenate(rows)
    tube["b"] = tube["b"] * np.repeat(1 - np.linspace(0, 1, 11)[1:], count)[:, None, None]
    out = grown(part, tube, faces)
    normal = np.cross(out["v"][faces[0, 1]] - out["v"][faces[0, 0]], out["v"][faces[0, 2]] - out["v"][faces[0, 0]])
    return out if normal @ direction[0] > 0 else {**out, "f": np.concatenate([part["f"], faces[:, ::-1]])}
