"""Step 2 of the built-in body: clothes cut along clean lines, with hems; shoes, hair, eyes, bones of fingers and face.

``python dress.py raw.npz ../builtin.npz``; prints the joint offsets for ``choreo/motion/skeleton.py``.
"""

from __future__ import annotations

import sys

import face
import numpy as np
from feet import SHIN, shoe, trouser_leg
from fingers import with_fingers
from hair import STYLES, hair, under
from mesh import compact, components, cut, ease, grid, hem, inflate, like, relax, wear
from shape import posed

from choreo.motion.skeleton import NAMES, PARENTS

TOPS, BOTTOMS = ("tee", "tank", "long"), ("trousers", "shorts", "skirt")
PARTS = ("skin", "eyes", "shoes", *TOPS, *BOTTOMS, *(f"hair-{style}" for style in STYLES))
"""Numbers of the parts in the file."""
BUILDS = ("athletic", "curvy")
UNDER = 0.02
"""Metres of skin that go on under cloth."""
ANKLE = 0.075
"""Height of the skin's end, in the shoes."""
STEP, CHANGE = 2.0 / 65535, 0.0005
"""Metres of a step of vertices, from a metre over the floor, and of the builds' differences, in the file."""


class Wardrobe:
    """Clothes for a body, cut from its own surface."""

    def __init__(self, body, joints):
        self.body = body
        self.at = at = {name: joints[k] for k, name in enumerate(NAMES)}
        arm = at["left_elbow"][0] - at["left_shoulder"][0]
        self.sleeve = {
            "tee": at["left_shoulder"][0] + 0.52 * arm,
            "tank": at["left_shoulder"][0] + 0.012,
            "long": at["left_wrist"][0] - 0.028,
        }
        self.scoop = {"tee": 0.0, "long": -0.012}
        self.hem = at["pelvis"][1] - 0.035
        self.knee = at["left_knee"][1]

    def top_edges(self, kind, v, more=0.0):
        """Metres within sleeves, neckline and hem; `more` lets them out."""
        at, sleeve = self.at, self.sleeve[kind]
        across = np.abs(v[:, 0])
        if kind == "tank":  # a neckline that is round, and lower in front
            low = 0.07 + 0.075 * ease(v[:, 2], 0.0, 0.1)
            collar = 0.085 * (np.hypot(across / 0.085, (v[:, 1] - at["neck"][1] - 0.02) / low) - 1) + more
            collar = np.minimum(collar, at["neck"][1] + 0.06 - v[:, 1])
        else:
            collar = at["neck"][1] + 0.012 - self.scoop[kind] + more - 0.55 * (v[:, 2] - at["neck"][2]) - v[:, 1]
            collar = np.where(across < 0.13, collar, 1.0)
        arm = np.where(v[:, 1] > at["spine3"][1], sleeve + more - across, 1.0)
        inside = np.minimum(arm, collar)
        return np.minimum(inside, np.where(across < 0.25, v[:, 1] - self.hem + more, 1.0))

    def top(self, kind):
        """Smoothing moves an edge unevenly, so cloth is cut too large, smoothed, let out, and only then to its edge."""
        v, sleeve, low = self.body["v"], self.sleeve[kind], self.hem
        legs = (np.abs(v[:, 0]) > 0.25) & (v[:, 1] < self.at["spine1"][1])
        part = relax(wear(cut(self.body, np.where(legs, -1.0, self.top_edges(kind, v, 0.03))), "shirt"), 3)
        x, y = np.abs(part["v"][:, 0]), part["v"][:, 1]
        wide = {"tee": 0.012, "tank": 0.003, "long": 0.006}[kind]
        flare = 0.0045 + 0.012 * ease(-y, -low - 0.16, -low) + wide * ease(x, sleeve - 0.11, sleeve)
        part = inflate(part, flare)
        part = hem(cut(part, self.top_edges(kind, part["v"])), 0.004)
        return part

    def bottom(self, kind):
        """What is worn on hips and legs; its waist lies under the top."""
        if kind == "skirt":
            return self.skirt()
        v = self.body["v"]
        end = SHIN if kind == "trousers" else self.knee + 0.05
        field = np.where(np.abs(v[:, 0]) < 0.4, np.minimum(self.hem + 0.05 - v[:, 1], v[:, 1] - end + 0.135), -1.0)
        part = wear(cut(self.body, field), "trousers")
        part = relax(part, 8, keep=(part["v"][:, 1] > self.hem + 0.045))
        y = part["v"][:, 1]
        tight = 0.003 * ease(y, self.hem - 0.05, self.hem + 0.05)
        loose = 0.012 * ease(-y, -0.5, -0.06) if kind == "trousers" else 0.022 * ease(-y, -0.86, -end)
        part = inflate(part, 0.004 + loose - tight)
        part = cut(part, part["v"][:, 1] - end)
        if kind == "trousers":
            for side in ("left", "right"):
                part = trouser_leg(part, self.body, self.at[f"{side}_ankle"])
        return hem(part, 0.004)

    def skirt(self, rows=15, columns=54):
        """A flared tube around hips and thighs, over the top, in folds; each side goes with the thigh that is there."""
        from scipy.spatial import ConvexHull

        v = self.body["v"]
        top, end = self.hem + 0.1, self.knee + 0.045
        near = v[(np.abs(v[:, 0]) < 0.3) & (v[:, 1] < top + 0.03) & (v[:, 1] > 0.72)]
        turn = np.arange(columns) * 2 * np.pi / columns
        way = np.stack([np.sin(turn), np.cos(turn)], axis=1)
        heights = np.linspace(top, end, rows)
        reach = np.zeros((rows, columns))
        for row, height in enumerate(heights):
            ring = near[np.abs(near[:, 1] - max(height, 0.76)) < 0.018][:, [0, 2]] - [0, 0.005]
            planes = ConvexHull(ring).equations
            slope = way @ planes[:, :2].T
            reach[row] = np.where(slope > 1e-3, -planes[:, 2] / np.maximum(slope, 1e-3), np.inf).min(axis=1)
        reach = np.maximum.accumulate(reach, axis=0)
        for _ in range(2):
            reach[1:-1] = (reach[:-2] + 2 * reach[1:-1] + reach[2:]) / 4
            reach[0] = reach[1]
        down = np.clip((self.hem - heights) / (self.hem - end), 0, 1)[:, None]
        fold = np.sin(8 * turn) + 0.4 * np.sin(13 * turn + 1)
        reach = (
            reach + 0.012 + 0.008 * ease(top - heights, 0.0, 0.1)[:, None] + 0.075 * down**1.15 + 0.014 * fold * down
        )
        points = np.stack(
            [reach * way[:, 0], np.repeat(heights[:, None], columns, axis=1), reach * way[:, 1] + 0.005], axis=-1
        )
        part = wear(like(self.body, points.reshape(-1, 3), grid(rows, columns), 24, 0.03), "trousers")
        share = np.repeat(0.97 * ease(down, 0.0, 0.4), columns, axis=1).ravel()
        left = ease(np.tile(way[:, 0], rows), -0.24, 0.24)
        w = part["w"] * 0
        w[:, 0], w[:, 1], w[:, 2] = 1 - share, share * left, share * (1 - left)
        high = ease(points[..., 1].ravel(), self.hem, self.hem + 0.08)[:, None]
        part["w"] = high * part["w"] + (1 - high) * w
        part["s"] = (1 - 0.16 * np.clip(-fold, 0, 1.4) * down).ravel()
        part["b"] = part["b"] * (1 - 0.5 * np.repeat(down, columns, axis=1).ravel())[:, None, None]
        return hem(part, 0.004, 0.06)

    def covers(self, kind, points):
        """Whether cloth covers skin for good."""
        x, y = np.abs(points[:, 0]), points[:, 1]
        if kind in TOPS:
            return self.top_edges(kind, points, -UNDER) > 0
        end = {"trousers": 0.0, "shorts": self.knee + 0.05 + 2 * UNDER, "skirt": self.knee + 0.13}[kind]
        return (x < 0.4) & (y < self.hem + 0.05 - UNDER) & (y > end)


def dress(raw):
    """All parts by name, their joints, and what of fingers and face is not in them."""
    vertices, joints, more = posed(raw)
    faces = raw["faces"]
    label = components(len(vertices), faces)
    sizes = {int(k): int((label == k).sum()) for k in np.unique(label)}
    eyes, radius = face.centres_of([vertices[label == k] for k, count in sizes.items() if count < 100])
    weights = np.zeros((len(vertices), face.FIRST + face.BONES))
    weights[:, :24] = raw["weights"]
    mask = label == max(sizes, key=sizes.get)
    body = compact({
        "v": vertices, "w": weights, "m": np.zeros(len(vertices), int), "s": np.ones(len(vertices)),
        "b": np.stack([more[name] for name in BUILDS], axis=1), "f": faces[mask[faces].all(axis=1)],
    })  # fmt: skip
    more = {name: each[np.unique(faces[mask[faces].all(axis=1)])] for name, each in more.items()}
    bare = body
    body["w"], *fingers = with_fingers(body["v"], body["f"], body["w"])
    skin, *turns = face.bones(body, more, eyes, radius)
    wardrobe = Wardrobe(bare, joints)
    parts = {kind: wardrobe.top(kind) for kind in TOPS} | {kind: wardrobe.bottom(kind) for kind in BOTTOMS}
    parts["shoes"] = joined(shoe(bare, joints))
    parts["eyes"] = joined(
        [piece for k in (0, 1) for piece in face.eyeball(skin, eyes[k], radius, face.FIRST + k)]
        + [face.brow(skin, eyes[k], (1, -1)[k]) for k in (0, 1)]
    )
    for style in STYLES:
        parts[f"hair-{style}"] = joined(hair(bare, eyes, style))
    skin = face.paint(skin, eyes)
    middle = skin["v"][skin["f"]].mean(axis=1)
    skin["f"] = skin["f"][middle[:, 1] > ANKLE]
    seen = skin["v"][skin["f"]].mean(axis=1)
    hidden = np.array([wardrobe.covers(kind, seen) for kind in (*TOPS, *BOTTOMS)])
    never = hidden[:3].all(axis=0) | hidden[3:].all(axis=0) | under(seen, eyes)
    skin["f"], hidden = skin["f"][~never], hidden[:, ~never]
    parts["skin"] = compact(skin)
    return parts, hidden, joints, fingers, turns


def joined(pieces):
    """Several pieces as one."""
    start, out = 0, {key: [] for key in pieces[0]}
    for piece in pieces:
        for key, rows in piece.items():
            out[key].append(rows + start if key == "f" else rows)
        start += len(piece["v"])
    return {key: np.concatenate(rows) for key, rows in out.items()}


def main(source, target):
    """Bake the file."""
    parts, hidden, joints, (places, axes, rest), (pivots, face_axes, reach, moves) = dress(dict(np.load(source)))
    whole = joined([parts[name] for name in PARTS])
    w = whole["w"]
    order = np.argsort(-w, axis=1, kind="stable")[:, :4]
    top = np.take_along_axis(w, order, axis=1)
    top /= top.sum(axis=1, keepdims=True)
    order = np.where(top > 0, order, 0)
    v = whole["v"].copy()
    v[:, 1] = np.maximum(v[:, 1], 0)
    cover = np.zeros(len(whole["f"]), np.uint8)
    cover[: hidden.shape[1]] = (hidden * (1 << np.arange(6))[:, None]).sum(axis=0)
    np.savez_compressed(
        target,
        vertices=np.round((v - [0, 1, 0]) / STEP).astype(np.int16),
        changes=np.clip(np.round(whole["b"] / CHANGE), -127, 127).astype(np.int8),
        faces=whole["f"].astype(np.uint16),
        part=np.repeat(np.arange(len(PARTS)), [len(parts[name]["f"]) for name in PARTS]).astype(np.uint8),
        hidden=cover,
        joint_indices=order.astype(np.uint8),
        weights=np.round(top * 255).astype(np.uint8),
        materials=whole["m"].astype(np.uint8),
        shades=np.round(np.clip(whole["s"], 0, 1) * 255).astype(np.uint8),
        finger_joints=np.round(places, 5).astype(np.float32),
        finger_axes=np.round(axes, 5).astype(np.float32),
        finger_rest=np.round(rest, 4).astype(np.float32),
        face_joints=np.round(pivots, 5).astype(np.float32),
        face_moves=np.round(moves, 5).astype(np.float32),
        face_axes=np.round(face_axes, 5).astype(np.float32),
        face_reach=np.round(reach, 4).astype(np.float32),
    )
    offsets = np.array([joints[k] - (joints[PARENTS[k]] if k else 0) for k in range(24)])
    for name in PARTS:
        sys.stdout.write(f"{name}: {len(parts[name]['v'])} vertices, {len(parts[name]['f'])} faces\n")
    for name, row in zip(NAMES, offsets, strict=True):
        if not name.startswith("right_"):
            sys.stdout.write(f'    "{name}": ({row[0]:.4f}, {row[1]:.4f}, {row[2]:.4f}),\n')


if __name__ == "__main__":
    main(*sys.argv[1:3])
