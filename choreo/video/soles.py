"""Soles of a body: what of its mesh touches the floor, and where its feet go so that it stands as the dance does."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.blocks import blocks
from choreo.motion.contacts import foot_points
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import SIDES
from choreo.types import Body, Bools, Doubles, Floats, Skeleton

MINE = 0.5
"""Weight of a joint from which on a vertex is taken to move with it alone."""
TILTS = np.radians([0, 20, 45, 70])
AROUND = 8


def _downwards() -> Doubles:
    """Directions ``(K, 3)`` in which the lowest point of a foot is sought, however it is tilted."""
    turns = 2 * np.pi * np.arange(AROUND) / AROUND
    ways = [(np.sin(t) * np.cos(a), -np.cos(t), np.sin(t) * np.sin(a)) for t in TILTS for a in turns]
    return np.array(ways[AROUND - 1 :])


def mesh_soles(body: Body, side: str) -> tuple[Doubles, Doubles]:
    """Points of a foot's mesh that can be its lowest, from the ankle and from the foot's joint, ``(K, 3)`` metres each.

    A body without a mesh there has the two points below the joints.
    """
    rest, ways = rest_positions(body.skeleton).astype(np.float64), _downwards()
    heaviest = body.joint_indices[np.arange(len(body.weights)), body.weights.argmax(axis=1)]
    sure = body.weights.max(axis=1) >= MINE
    out = []
    for name in (f"{side}_ankle", f"{side}_foot"):
        joint = body.skeleton.index(name)
        points = body.vertices[sure & (heaviest == joint)].astype(np.float64) - rest[joint]
        out.append(points[np.unique((points @ ways.T).argmax(axis=0))] if len(points) else points)
    if not len(out[0]) and not len(out[1]):
        out = [np.array([[0.0, -rest[body.skeleton.index(f"{side}_{part}"), 1], 0.0]]) for part in ("ankle", "foot")]
    return out[0], out[1]


def standing_headings(turns: Floats, stands: Bools) -> Doubles:
    """Where feet point ``(T,)``, radians of yaw: one direction for as long as a foot stands, gone over between.

    What is added along it does not make a foot slide that turns on the spot.
    """
    across = rot.rotate(turns.astype(np.float64), np.array([1.0, 0.0, 0.0]))
    angles = np.unwrap(np.arctan2(-across[:, 2], across[:, 0]))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], stands.astype(np.int64), [0]])))
    spans = edges.reshape(-1, 2)
    if not len(spans):
        return np.asarray(angles)
    held = np.repeat([float(angles[first:last].mean()) for first, last in spans], 2)
    return np.asarray(np.interp(np.arange(len(angles)), (spans - (0, 1)).ravel(), held))


def ankle_targets(
    body: Body, own: Skeleton, source: Skeleton, scale: float, positions: Floats, world: Floats, contacts: Bools
) -> dict[str, Floats]:
    """Where the ankles of a body go, ``(T, 3)`` metres by side.

    Each foot is where the source's is, in the body's size, and as much further out as its hips are wider. The ball
    stays where it is while the foot rolls over it, and the lowest point of the mesh is as high as the source's sole.

    Parameters
    ----------
    own, source
        Canonical joints with the bones of the body and of the motion.
    scale
        Length of the body's legs over the source's.
    positions, world
        ``(T, 24, 3)`` and ``(T, 24, 4)`` of the source.
    contacts
        ``(T, 4)``: which of its soles stand.
    """
    rest, source_rest = rest_positions(own).astype(np.float64), rest_positions(source).astype(np.float64)
    soles = foot_points(positions, world)[..., 1].astype(np.float64) * scale
    out = {}
    for number, side in enumerate(SIDES):
        hip, ankle, foot = (own.index(f"{side}_{part}") for part in ("hip", "ankle", "foot"))
        bone = rest[foot] - rest[ankle]
        longer = bone - scale * (source_rest[foot] - source_rest[ankle])
        thicker = np.array([0.0, scale * source_rest[foot, 1] - rest[foot, 1], 0.0])
        wider = rest[hip, 0] - scale * source_rest[hip, 0]
        heels, toes = mesh_soles(body, side)
        target = positions[:, ankle].astype(np.float64) * scale
        level = rot.yaw(standing_headings(world[:, ankle], contacts[:, 2 * number] | contacts[:, 2 * number + 1]))
        for block in blocks(len(target)):
            turn, toe_turn = world[block, ankle].astype(np.float64), world[block, foot].astype(np.float64)
            target[block] += rot.rotate(level[block], longer + thicker + (wider, 0.0, 0.0))
            target[block] -= rot.rotate(turn, longer) + rot.rotate(toe_turn, thicker)
            lowest = np.full(len(turn), np.inf)
            if len(heels):
                lowest = rot.rotate(turn[:, None], heels)[..., 1].min(axis=1)
            if len(toes):
                joint = rot.rotate(turn, bone)[:, 1:2]
                lowest = np.minimum(lowest, (joint + rot.rotate(toe_turn[:, None], toes)[..., 1]).min(axis=1))
            target[block, 1] = soles[block, 2 * number : 2 * number + 2].min(axis=1) - lowest
        out[side] = target.astype(np.float32)
    return out


__all__ = ["ankle_targets", "mesh_soles"]
