"""Arms by two-bone IK: hand targets from named shapes, follow-through, clearance of the trunk, wrists that trail."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.motion.kinematics import forward
from choreo.motion.parts import dot, length
from choreo.motion.rotations import Array, conjugate, multiply, rotate, yaw
from choreo.motion.skeleton import SIDES, both
from choreo.moves.frame import BodyMeasures
from choreo.moves.limbs import SHOULDER_TWIST, pose_limbs
from choreo.moves.notation import Key, Move
from choreo.moves.pelvis import PelvisPath, Turns, euler
from choreo.moves.springs import breath, follow, soften
from choreo.moves.tracks import sample
from choreo.plugins import suggest
from choreo.types import Skeleton

# Arm lengths from the shoulder: out to the hand's own side, up, forward.
SHAPES: Mapping[str, tuple[float, float, float]] = {
    "down": (0.14, -0.94, 0.08),
    "relaxed": (0.20, -0.86, 0.20),
    "ready": (0.14, -0.55, 0.52),
    "low": (0.38, -0.76, 0.26),
    "hip": (0.10, -0.76, 0.14),
    "waist": (-0.05, -0.55, 0.48),
    "belly": (-0.22, -0.55, 0.42),
    "chest": (-0.18, -0.20, 0.48),
    "heart": (-0.30, -0.22, 0.36),
    "clap": (-0.30, -0.15, 0.62),
    "clap-high": (-0.32, 0.62, 0.45),
    "fist": (0.10, -0.25, 0.50),
    "front": (-0.05, -0.02, 0.92),
    "front-low": (0.05, -0.50, 0.75),
    "front-high": (0.05, 0.55, 0.72),
    "side": (0.92, -0.02, 0.20),
    "side-low": (0.74, -0.52, 0.24),
    "side-high": (0.70, 0.60, 0.20),
    "up": (0.10, 0.93, 0.15),
    "up-bent": (0.32, 0.62, 0.22),
    "head": (0.05, 0.42, 0.22),
    "behind-head": (0.20, 0.42, -0.12),
    "across": (-0.62, -0.30, 0.50),
    "across-low": (-0.55, -0.68, 0.36),
    "across-high": (-0.50, 0.45, 0.58),
    "back": (0.30, -0.78, -0.38),
    "shoulder": (0.12, 0.10, 0.30),
    "frame": (0.52, -0.10, 0.56),
    "point-up": (0.58, 0.72, 0.22),
    "point-down": (-0.52, -0.72, 0.38),
}
FIRST = "relaxed"  # shape of a hand without keys
HIGH_ELBOW = np.array([1.0, -0.35, -0.05])  # pole of the elbow of a high hand
BODY = np.array([0.19, 0.15])  # half width and depth, metres, of what a wrist stays out of
NEAREST = 0.5  # arm lengths from the shoulder that a moving hand keeps
LONGEST, SHORTEST = 0.97, 0.30  # share of the arm that a hand may be from its shoulder
SIGNS = np.array([1.0, -1.0])  # left and right


def shape_of(move: Move, key: Key, where: str) -> tuple[float, float, float]:
    """Hand target of a key.

    Raises
    ------
    MotionError
        When the shape's name is unknown.
    """
    target = key["to"]
    if isinstance(target, str):
        if target not in SHAPES:
            raise move.error(f"{where}.to", f"found {target!r}, expected a shape.{suggest(target, list(SHAPES))}")
        return SHAPES[target]
    return float(target[0]), float(target[1]), float(target[2])


def plan_hand(move: Move, side: str, counts: Array) -> tuple[Array, Array | None, Array, Array]:
    """What the keys say of a hand: its target and the elbow's direction ``(T, 3)`` as out, up, forward, roll and flex.

    The elbow's direction is None where it is not notated; roll and flex of the wrist are ``(T,)`` radians.
    """
    rows = move.left_arm if side == "left" else move.right_arm
    keys = [k | {"to": shape_of(move, k, f"arms.{side}")} if "to" in k else k for k in rows]
    if not any("to" in k for k in keys):
        keys = [*keys, {"at": 0.0, "to": SHAPES[FIRST]}]
    end, cyclic = float(move.counts), move.cyclic
    hand = sample(keys, "to", counts, end, cyclic)
    own = [k for k in keys if "elbow" in k]
    elbow = sample(own, "elbow", counts, end, cyclic) if own else None
    roll, flex = (np.radians(sample(keys, name, counts, end, cyclic)) for name in ("roll", "flex"))
    return hand, elbow, roll, flex


def plan_hands(move: Move, counts: Array, fps: float, bounce: Array, seed: int) -> tuple[Array, Array, Array, Array]:
    """Targets of both hands and directions of the elbows ``(T, 2, 3)``, rolls and flexes of the wrists ``(T, 2)``."""
    plans = [plan_hand(move, side, counts) for side in SIDES]
    cyclic = move.cyclic
    hand = np.stack([plan[0] for plan in plans], axis=1)
    hand = follow(hand, fps, 3.2 + 1.6 * move.energy, 0.62, cyclic=cyclic)
    alive = [breath(len(counts), 3, fps, seed * 2 + number + 1) for number in range(len(SIDES))]
    hand = hand + 0.012 * np.stack(alive, axis=1)
    # Soft elbows: the hand follows the groove a little after the body.
    ride = follow(bounce, fps, 2.4, 0.5, cyclic=cyclic, lead=0.2)
    hand = hand + move.loose * ride[:, None, None] * np.array([0.025, -0.05, 0.02])
    hand = _around(hand)
    elbow = _elbow(hand)
    for k, plan in enumerate(plans):
        if plan[1] is not None:
            elbow[:, k] = plan[1]
    return hand, elbow, np.stack([plan[2] for plan in plans], axis=1), np.stack([plan[3] for plan in plans], axis=1)


def _around(hand: Array) -> Array:
    """Hands ``(T, 2, 3)`` that come close to their shoulder led around it in front.

    Near the shoulder a small way of the hand turns the arm by a large angle: it would whip. What is lacking in distance
    is added forwards, so that a path through the shoulder becomes an arc.
    """
    lack = np.maximum(NEAREST**2 - dot(hand, hand), 0.0)
    ahead = np.sqrt(np.maximum(hand[..., 2:], 0.0) ** 2 + lack) + np.minimum(hand[..., 2:], 0.0)
    return np.concatenate([hand[..., :2], ahead], axis=-1)


def _elbow(hand: Array) -> Array:
    """Poles ``(T, 2, 3)`` of elbows as they are where none is notated.

    Back (hand hanging), down (held out) or out (held high).
    """
    low = np.clip(-hand[..., 1] / np.maximum(length(hand)[..., 0], 1e-6), 0.0, 1.0)
    down = np.stack([0.2 + 0.25 * (1 - low), -0.9 * (1 - low), -0.1 - 0.9 * low], axis=-1)
    high = smootherstep((hand[..., 1:2] + 0.2) / 0.9)
    return np.asarray(down + (HIGH_ELBOW - down) * high)


def pose_arms(
    move: Move,
    counts: Array,
    pelvis: PelvisPath,
    measures: BodyMeasures,
    skeleton: Skeleton,
    translation: Array,
    rotations: Array,
    fps: float,
    seed: int,
) -> None:
    """Pose collars, arms and hands of ``rotations (T, J, 4)`` in place."""
    hand, elbow, roll, flex = plan_hands(move, counts, fps, pelvis.bounce, seed)
    collars, shoulders = (both(skeleton, part) for part in ("collar", "shoulder"))
    rotations[:, collars] = multiply(_collars(hand), rotations[:, collars])
    positions, turned = forward(skeleton, translation, rotations, [skeleton.index("spine3"), *collars, *shoulders])
    heading = yaw(pelvis.heading)[:, None]
    middle, chest = positions[:, :1], turned[:, :1]
    above, shoulder = turned[:, 1:3], positions[:, 3:]
    mirror = np.array([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])
    # A hand lags behind sudden moves of its shoulder in the world, but not behind those of the dancer's frame.
    moving = rotate(conjugate(heading), shoulder - pelvis.origin[:, None])
    drag = rotate(heading, moving - soften(moving, fps, 0.1, cyclic=move.cyclic))
    wanted: Array = rotate(chest, hand * mirror * measures.arm) - 0.5 * move.loose * drag
    local = rotate(conjugate(chest), shoulder + wanted - middle)
    local = _outside(local, mirror)
    wanted = rotate(chest, local) + middle - shoulder
    far = length(wanted)
    wanted = wanted * np.clip(far, SHORTEST * measures.arm, LONGEST * measures.arm) / np.maximum(far, 1e-6)
    pole = rotate(chest, elbow * mirror)
    target = shoulder + wanted
    chain = ("shoulder", "elbow", "wrist")
    pose_limbs(skeleton, rotations, chain, shoulder, above, target, pole, (0.0, 0.0, 1.0), SHOULDER_TWIST)
    _pose_wrists(move, skeleton, rotations, target - translation[:, None], roll, flex, fps)


def _collars(hand: Array) -> Array:
    """Turns of the collar bones ``(T, 2, 4)`` that help a reach: up for a high hand, forward for one across."""
    up = 0.42 * np.clip(hand[..., 1] + 0.15, 0.0, 1.0) ** 1.3
    ahead = 0.22 * np.clip(hand[..., 2] - 0.3, 0.0, 1.0) + 0.22 * np.clip(-hand[..., 0] - 0.1, 0.0, 1.0)
    return euler(Turns(-SIGNS * ahead, np.zeros_like(up), -SIGNS * up))


def _outside(local: Array, mirror: Array) -> Array:
    """Push wrists ``(T, 2, 3)`` of the chest's frame out of an ellipse around the trunk, forward or to their side."""
    flat = local[..., [0, 2]]
    inside = length(flat / BODY)[..., 0]
    below = np.clip((0.12 - local[..., 1]) / 0.1, 0.0, 1.0)  # none above the shoulders
    lack = np.clip(1.0 - inside, 0.0, 1.0) * below
    out = local.copy()
    across = np.clip(1 - local[..., 0] * mirror[:, 0] / BODY[0], 0.0, 1.0)
    out[..., 2] += lack * BODY[1] * 1.3 * across
    out[..., 0] += lack * BODY[0] * 1.3 * mirror[:, 0] * (1 - across)
    return out


def _pose_wrists(
    move: Move, skeleton: Skeleton, rotations: Array, hand: Array, roll: Array, flex: Array, fps: float
) -> None:
    """Pose the wrists: roll shared by forearm and wrist, a hand that trails the wrist's path, fingers half closed."""
    speed = np.gradient(hand, 1 / fps, axis=0)
    trail = soften(-0.16 * speed[..., 1], fps, 0.05, cyclic=move.cyclic)
    bend = np.clip(flex - 0.14 + move.loose * trail, -1.0, 1.0)
    zero = np.zeros_like(roll)
    elbows, wrists, fingers = (both(skeleton, part) for part in ("elbow", "wrist", "hand"))
    half = euler(Turns(zero, -0.5 * roll, zero))
    rotations[:, elbows] = multiply(rotations[:, elbows], half)
    rotations[:, wrists] = multiply(half, euler(Turns(zero, zero, -SIGNS * bend)))
    rotations[:, fingers] = euler(Turns(zero, zero, zero + SIGNS * 0.25))
