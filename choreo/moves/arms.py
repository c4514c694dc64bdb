"""Arms by two-bone IK: hand targets from named shapes, follow-through, clearance of the trunk, wrists that trail."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.motion.kinematics import forward
from choreo.motion.rotations import Array, conjugate, multiply, rotate, yaw
from choreo.motion.skeleton import SIDES
from choreo.moves.frame import BodyMeasures
from choreo.moves.limbs import SHOULDER_TWIST, pose_limb
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


def plan_hand(move: Move, side: str, counts: Array, fps: float, bounce: Array, seed: int) -> tuple[Array, ...]:
    """Hand target and elbow direction ``(T, 3)`` as out, up, forward; wrist roll and flex ``(T,)`` radians."""
    rows = move.left_arm if side == "left" else move.right_arm
    keys = [k | {"to": shape_of(move, k, f"arms.{side}")} if "to" in k else k for k in rows]
    if not any("to" in k for k in keys):
        keys = [*keys, {"at": 0.0, "to": SHAPES[FIRST]}]
    length, cyclic = float(move.counts), move.cyclic
    hand = sample(keys, "to", counts, length, cyclic)
    hand = follow(hand, fps, 3.2 + 1.6 * move.energy, 0.62, cyclic=cyclic)
    hand = hand + 0.012 * breath(len(counts), 3, fps, seed)
    # Soft elbows: the hand follows the groove a little after the body.
    ride = follow(bounce, fps, 2.4, 0.5, cyclic=cyclic, lead=0.2)
    hand = hand + move.loose * ride[:, None] * np.array([0.025, -0.05, 0.02])
    hand = _around(hand)
    elbow = _elbow(hand)
    own = [k for k in keys if "elbow" in k]
    if own:
        elbow = sample(own, "elbow", counts, length, cyclic)
    roll, flex = (np.radians(sample(keys, name, counts, length, cyclic)) for name in ("roll", "flex"))
    return hand, elbow, roll, flex


def _around(hand: Array) -> Array:
    """Hands ``(T, 3)`` that come close to their shoulder led around it in front.

    Near the shoulder a small way of the hand turns the arm by a large angle: it would whip. What is lacking in distance
    is added forwards, so that a path through the shoulder becomes an arc.
    """
    lack = np.maximum(NEAREST**2 - np.sum(hand**2, axis=-1), 0.0)
    ahead = np.sqrt(np.maximum(hand[:, 2], 0.0) ** 2 + lack) + np.minimum(hand[:, 2], 0.0)
    return np.concatenate([hand[:, :2], ahead[:, None]], axis=-1)


def _elbow(hand: Array) -> Array:
    """Pole ``(T, 3)`` of an elbow that is not notated: back (hand hanging), down (held out) or out (held high)."""
    low = np.clip(-hand[:, 1] / np.maximum(np.linalg.norm(hand, axis=-1), 1e-6), 0.0, 1.0)
    down = np.stack([0.2 + 0.25 * (1 - low), -0.9 * (1 - low), -0.1 - 0.9 * low], axis=-1)
    high = smootherstep((hand[:, 1:2] + 0.2) / 0.9)
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
    plans = {
        side: plan_hand(move, side, counts, fps, pelvis.bounce, seed * 2 + number + 1)
        for number, side in enumerate(SIDES)
    }
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        collar = skeleton.index(f"{side}_collar")
        rotations[:, collar] = multiply(_collar(plans[side][0], sign), rotations[:, collar])
    positions, turned = forward(skeleton, translation, rotations)
    heading = yaw(pelvis.heading)
    chest = turned[:, skeleton.index("spine3")]
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        hand, elbow, roll, flex = plans[side]
        shoulder = positions[:, skeleton.index(f"{side}_shoulder")]
        mirror = np.array([sign, 1.0, 1.0])
        # A hand lags behind sudden moves of its shoulder in the world, but not behind those of the dancer's frame.
        moving = rotate(conjugate(heading), shoulder - pelvis.origin)
        drag = rotate(heading, moving - soften(moving, fps, 0.1, cyclic=move.cyclic))
        wanted: Array = rotate(chest, hand * mirror * measures.arm) - 0.5 * move.loose * drag
        local = rotate(conjugate(chest), shoulder + wanted - positions[:, skeleton.index("spine3")])
        local = _outside(local, mirror)
        wanted = rotate(chest, local) + positions[:, skeleton.index("spine3")] - shoulder
        far = np.linalg.norm(wanted, axis=-1, keepdims=True)
        wanted = wanted * np.clip(far, SHORTEST * measures.arm, LONGEST * measures.arm) / np.maximum(far, 1e-6)
        pole = rotate(chest, elbow * mirror)
        chain = (f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
        above = turned[:, skeleton.index(f"{side}_collar")]
        pose_limb(skeleton, rotations, chain, shoulder, above, shoulder + wanted, pole, (0.0, 0.0, 1.0), SHOULDER_TWIST)
        _wrist(move, skeleton, rotations, side, sign, shoulder + wanted - translation, roll, flex, fps)


def _collar(hand: Array, sign: float) -> Array:
    """Turns of a collar bone ``(T, 4)`` that help a reach: up for a high hand, forward for one across."""
    up = 0.42 * np.clip(hand[:, 1] + 0.15, 0.0, 1.0) ** 1.3
    ahead = 0.22 * np.clip(hand[:, 2] - 0.3, 0.0, 1.0) + 0.22 * np.clip(-hand[:, 0] - 0.1, 0.0, 1.0)
    return euler(Turns(-sign * ahead, np.zeros_like(up), -sign * up))


def _outside(local: Array, mirror: Array) -> Array:
    """Push wrists ``(T, 3)`` of the chest's frame out of an ellipse around the trunk, forward or to their side."""
    flat = local[:, [0, 2]]
    inside = np.linalg.norm(flat / BODY, axis=-1)
    below = np.clip((0.12 - local[:, 1]) / 0.1, 0.0, 1.0)  # none above the shoulders
    lack = np.clip(1.0 - inside, 0.0, 1.0) * below
    out = local.copy()
    across = np.clip(1 - local[:, 0] * mirror[0] / BODY[0], 0.0, 1.0)
    out[:, 2] += lack * BODY[1] * 1.3 * across
    out[:, 0] += lack * BODY[0] * 1.3 * mirror[0] * (1 - across)
    return out


def _wrist(
    move: Move,
    skeleton: Skeleton,
    rotations: Array,
    side: str,
    sign: float,
    hand: Array,
    roll: Array,
    flex: Array,
    fps: float,
) -> None:
    """Pose the wrist: roll shared by forearm and wrist, a hand that trails the wrist's path, fingers half closed."""
    speed = np.gradient(hand, 1 / fps, axis=0)
    trail = soften(-0.16 * speed[:, 1], fps, 0.05, cyclic=move.cyclic)
    bend = np.clip(flex - 0.14 + move.loose * trail, -1.0, 1.0)
    zero = np.zeros_like(roll)
    elbow, wrist, fingers = (skeleton.index(f"{side}_{part}") for part in ("elbow", "wrist", "hand"))
    half = euler(Turns(zero, -0.5 * roll, zero))
    rotations[:, elbow] = multiply(rotations[:, elbow], half)
    rotations[:, wrist] = multiply(half, euler(Turns(zero, zero, -sign * bend)))
    rotations[:, fingers] = euler(Turns(zero, zero, np.full_like(zero, sign * 0.25)))
