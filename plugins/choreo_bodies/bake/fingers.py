"""Bones for the fingers of the built-in body, two for each, found from its own surface.

The left hand is measured; the right one is its mirror image.
"""

from __future__ import annotations

import numpy as np
from mesh import ease, unit

from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES

WEB = 0.0205
"""Metres beyond the middle knuckle where the fingers part."""
INSIDE = (0.0, 0.021, 0.021, 0.021, 0.024)
"""Metres from there back to each knuckle."""
OUTER = (0.56, 0.44, 0.44, 0.44, 0.44)
"""Share of a finger, from knuckle to tip, at which its outer joints bend."""
PALM = np.array([0.0, -1.0, 0.0])


def parts(chosen, faces):
    """Connected parts of the chosen vertices, as masks, largest first."""
    own = faces[chosen[faces].all(axis=1)]
    label = np.arange(len(chosen))
    while True:
        before = label.copy()
        for a, b in ((0, 1), (1, 2), (2, 0)):
            low = np.minimum(label[own[:, a]], label[own[:, b]])
            np.minimum.at(label, own[:, a], low)
            np.minimum.at(label, own[:, b], low)
        label = label[label]
        if (label == before).all():
            break
    found = [chosen & (label == k) for k in np.unique(label[chosen])]
    return sorted((mask for mask in found if mask.sum() > 20), key=lambda mask: -mask.sum())


def slice_at(v, start, along, far, width=0.004):
    """Middle of the surface that lies `far` along a line."""
    t = (v - start) @ along
    near = v[np.abs(t - far) < width]
    return (near.min(axis=0) + near.max(axis=0)) / 2


def lines(v, weight, faces):
    """Knuckle, outer joint and tip ``(5, 3, 3)`` of the left hand's fingers, thumb first."""
    rest = rest_positions(CANONICAL)
    hand = rest[NAMES.index("left_hand")]
    beyond = (weight[:, NAMES.index("left_hand")] > 0.5) & (v[:, 0] > hand[0] + WEB)
    fingers = sorted(parts(beyond, faces), key=lambda mask: -v[mask, 2].mean())
    assert len(fingers) == 4
    found = []
    for number, mask in enumerate(fingers, 1):
        if number == 4:  # the little finger parts earlier
            mask = (weight[:, NAMES.index("left_hand")] > 0.5) & (v[:, 0] > hand[0] + 0.004) & (v[:, 2] < -0.0275)
        own = v[mask]
        base = own[own[:, 0] < own[:, 0].min() + 0.006]
        base = (base.min(axis=0) + base.max(axis=0)) / 2
        tip = own[own[:, 0] > own[:, 0].max() - 0.005].mean(axis=0)
        along = unit(tip - base)
        knuckle = base - along * (INSIDE[number] if number < 4 else 0.012) * np.array([1.0, 0.35, 1.0])
        length = np.linalg.norm(tip - knuckle)
        outer = slice_at(own, knuckle, unit(tip - knuckle), OUTER[number] * length)
        found.append([knuckle, outer, tip])
    wrist = rest[NAMES.index("left_wrist")]
    thumb = v[(weight[:, NAMES.index("left_wrist")] > 0.5) & (v[:, 2] > 0.06) & (v[:, 0] > wrist[0])]
    tip = thumb[thumb[:, 2] > thumb[:, 2].max() - 0.006].mean(axis=0)
    base = np.array([wrist[0] + 0.03, wrist[1] - 0.012, wrist[2] + 0.026])
    length = np.linalg.norm(tip - base)
    outer = slice_at(thumb, base, unit(tip - base), OUTER[0] * length, 0.006)
    return np.array([[base, outer, tip], *found])


def shares(v, line, reach):
    """How much of each vertex the two bones of a finger carry, ``(V, 2)``, and how far it is from the finger."""
    knuckle, outer, tip = line
    first, second = unit(outer - knuckle), unit(tip - outer)
    t, u = (v - knuckle) @ first, (v - outer) @ second
    length = np.linalg.norm(outer - knuckle)
    on = np.clip(t / length, 0, 1)[:, None] * (outer - knuckle) + knuckle
    on2 = np.clip(u / np.linalg.norm(tip - outer), 0, 1)[:, None] * (tip - outer) + outer
    far = np.minimum(np.linalg.norm(v - on, axis=1), np.linalg.norm(v - on2, axis=1))
    bent = ease(u, -0.006, 0.006) * (t > 0)
    whole = ease(t, -reach, reach)
    return np.stack([whole * (1 - bent), whole * bent], axis=-1), far


def axes_of(line):
    """About what the joints of each finger bend, ``(5, 2, 3)``, and by how much they are bent at rest ``(5, 2)``."""
    axes, rest = np.zeros((5, 2, 3)), np.zeros((5, 2))
    for number in range(1, 5):
        first, second = unit(line[number, 1] - line[number, 0]), unit(line[number, 2] - line[number, 1])
        level = unit(first * [1, 0, 1])
        axes[number] = unit(np.cross(level, PALM))
        rest[number] = [np.arcsin(-first[1]), np.arcsin(-second[1]) - np.arcsin(-first[1])]
    thumb = unit(line[0, 2] - line[0, 1])
    axes[0, 0] = unit(np.array([0.85, 0.5, 0.0]))
    axes[0, 1] = unit(np.cross(thumb, unit(np.array([0.5, -0.7, -0.5]))))
    return axes, rest


def with_fingers(v, faces, dense):
    """Move weights of the hands to the bones of fingers, columns 24 to 43 of ``dense (V, 44 or more)``.

    Returns the weights, and joints ``(2, 5, 2, 3)``, axes ``(2, 5, 2, 3)`` and rest ``(5, 2)`` of the fingers.
    """
    line = lines(v, dense, faces)
    axes, rest = axes_of(line)
    dense, joints = dense.copy(), []
    for side, sign in enumerate((1.0, -1.0)):
        flip = np.array([sign, 1.0, 1.0])
        carried, far = zip(*(shares(v * flip, each, 0.007) for each in line), strict=True)
        far = np.array(far)
        farther = far[1:] - far[1:].min(axis=0)
        soft = np.where(farther < 0.004, np.exp(-farther / 0.0015), 0)
        soft /= soft.sum(axis=0)
        name = ("left", "right")[side]
        wrist, hand = NAMES.index(f"{name}_wrist"), NAMES.index(f"{name}_hand")
        free = dense[:, wrist] + dense[:, hand]
        own = np.zeros((len(v), 10))
        thumb = carried[0] * (ease(-far[0], -0.026, -0.019) * ease(far[1], 0.008, 0.014))[:, None]
        own[:, :2] = thumb
        rest_share = 1 - thumb.sum(axis=1)
        for number in range(4):
            own[:, 2 + 2 * number : 4 + 2 * number] = carried[number + 1] * (soft[number] * rest_share)[:, None]
        taken = np.minimum(own.sum(axis=1), 1)
        dense[:, 24 + 10 * side : 34 + 10 * side] = own * free[:, None]
        dense[:, [wrist, hand]] *= (1 - taken)[:, None]
        joints.append(line[:, :2] * flip)
    return dense, np.array(joints), np.array([axes, axes * [1, -1, -1]]), rest
