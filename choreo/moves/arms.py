"""Arms by two-bone IK: hand targets from named shapes, follow-through, clearance of the trunk, wrists that trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.motion.kinematics import forward
from choreo.motion.parts import dot, length
from choreo.motion.rotations import Array, conjugate, multiply, rotate, yaw
from choreo.motion.skeleton import SIDES, both
from choreo.moves.frame import BodyMeasures
from choreo.moves.girdle import pose_collars
from choreo.moves.limbs import SHOULDER_TWIST, pose_limbs
from choreo.moves.notation import Key, Move
from choreo.moves.pelvis import PelvisPath
from choreo.moves.planted import flat_hands, plan_planted
from choreo.moves.pops import pulled_in
from choreo.moves.springs import breath, follow, later, soften
from choreo.moves.swivel import steady_poles
from choreo.moves.tracks import firmness, sample
from choreo.moves.wrists import lag, pose_wrists
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
SOONER = 0.05  # seconds by which a hand that is slowed sets out earlier
HURRY = (6.0, 10.0)  # arm lengths a second from which on a hand is slowed
NEAREST = 0.48  # arm lengths from the shoulder that a moving hand keeps
ROUND = 0.08  # how gradually it is led around
LONGEST, SHORTEST = 0.98, 0.30  # share of the arm that a hand may be from its shoulder
FOLD, OPEN = 0.42, 0.08  # share of its reach that a fast hand comes in by, and then goes out by
SLOW, FAST, AFTER = 0.5, 2.2, 0.06  # arm lengths a second that are slow and fast; seconds after a swing
RIDE = np.array([0.02, 0.07, 0.03])  # arm lengths that a hand goes with 4 cm of groove: it stays up
STRAIGHT = 0.9  # arm lengths from which on reaches are squeezed below `LONGEST`
WHIPS = (15.0, 26.0)  # radians a second of an elbow from which on it is smoothed more
BENT, LONG = 0.72, 0.8  # arm lengths above which reaches grow, by this share of what is above
SWING = 0.24  # arm lengths that a hanging hand swings forward
DRAG = 0.8  # share of a sudden move of its shoulder that a hand does not follow
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


@dataclass(frozen=True, eq=False)
class HandPlan:
    """What the keys say of hands, by frame; the second axis is left, right.

    ``hand``, ``elbow`` ``(T, 2, 3)`` target and direction of the elbow as out, up, forward; ``written (T, 2)`` how much
    the latter counts; ``roll``, ``flex`` ``(T, 2)`` radians of the wrist; ``firm``, ``arrived``, ``still`` ``(T, 2)``
    as of `choreo.moves.tracks.firmness`; ``floor (T, 2, 3)`` metres, ``planted (T, 2)``, ``fingers (T, 2, 3)`` as of
    `choreo.moves.planted.plan_planted`.
    """

    hand: Array
    elbow: Array
    written: Array
    roll: Array
    flex: Array
    firm: Array
    arrived: Array
    still: Array
    floor: Array
    planted: Array
    fingers: Array


def plan_hands(move: Move, counts: Array, origin: Array, heading: Array) -> HandPlan:
    """Sample the keys of both arms; ``origin (T, 3)`` and ``heading (T,)`` are the dancer's frame.

    Raises
    ------
    MotionError
        When a shape's name is unknown.
    """
    end, cyclic = float(move.counts), move.cyclic
    plans = []
    for number, side in enumerate(SIDES):
        rows = move.left_arm if side == "left" else move.right_arm
        keys = [k | {"to": shape_of(move, k, f"arms.{side}")} if "to" in k else k for k in rows]
        if not any("to" in k for k in keys):
            keys = [*keys, {"at": 0.0, "to": SHAPES[FIRST]}]
        hand = sample(keys, "to", counts, end, cyclic)
        aimed = any("elbow" in k for k in keys)
        elbow = sample(keys, "elbow", counts, end, cyclic) if aimed else np.zeros_like(hand)
        # In a score, some moves say where elbows point and some do not.
        written = sample(keys, "guided", counts, end, cyclic, default=float(aimed))
        roll, flex = (np.radians(sample(keys, name, counts, end, cyclic)) for name in ("roll", "flex"))
        firm, arrived, still = firmness(keys, "to", counts, end, cyclic)
        planted = plan_planted(move, keys, number, counts, origin, heading)
        plans.append((hand, elbow, written, roll, flex, firm, arrived, still, *planted))
    return HandPlan(*(np.stack(each, axis=1) for each in zip(*plans, strict=True)))


def _alive(move: Move, plan: HandPlan, pelvis: PelvisPath, fps: float, seed: int) -> Array:
    """Hands ``(T, 2, 3)`` as they are danced: with follow-through, folded in a swing, riding the groove, breathing."""
    cyclic, loose = move.cyclic, move.loose
    spring = 3.2 + 1.6 * move.energy
    written = _long(plan.hand)
    hand = np.stack(
        [follow(written[:, k], fps, spring, 0.62, cyclic=cyclic, firm=plan.firm[:, k]) for k in range(2)], axis=1
    )
    calm = loose * (1 - plan.still)[..., None]
    opening = _opening(hand, plan.arrived, fps, cyclic)[..., None]
    far = length(hand)
    hand = hand * (
        1 + np.minimum(calm, 1.0) * opening * np.where(opening < 0, smootherstep((far - NEAREST) / 0.3), 1.0)
    )
    ride = follow(pelvis.bounce, fps, 2.4, 0.5, cyclic=cyclic, lead=0.2)
    hand = hand + calm * ride[:, None, None] * RIDE
    hand = hand + calm * _swing(move, hand, pelvis, fps)
    alive = [breath(len(plan.hand), 3, fps, seed * 2 + number + 1) for number in range(len(SIDES))]
    hand = _around(hand + 0.012 * np.stack(alive, axis=1) * (1 - plan.still)[..., None])
    return pulled_in(soften(_unhurried(hand, fps, cyclic), fps, 0.02, cyclic=cyclic), pelvis.pop)


def _unhurried(hand: Array, fps: float, cyclic: bool) -> Array:
    """Hands ``(T, 2, 3)`` that are nowhere faster than people's: smoothed where they would be."""
    speed = length(np.gradient(hand, 1 / fps, axis=0)) / np.clip(length(hand) / 0.7, 0.7, 1.0)
    fast = soften(smootherstep((speed - HURRY[0]) / (HURRY[1] - HURRY[0])), fps, 0.06, cyclic=cyclic)
    # What is smoothed arrives later: so it sets out earlier, too.
    calmer = _around(later(soften(hand, fps, 0.075, cyclic=cyclic), SOONER, fps, cyclic=cyclic))
    return np.asarray(hand + (calmer - hand) * np.clip(2 * fast, 0.0, 1.0))


def _long(hand: Array) -> Array:
    """Hands ``(T, 2, 3)`` farther out where they are written far: an arm that reaches or hangs is nearly straight."""
    far = length(hand)
    more = LONG * np.maximum(far - BENT, 0.0)
    room = np.maximum(LONGEST - far, 0.0)
    return np.asarray(hand * (far + room * np.tanh(more / np.maximum(room, 1e-6))) / np.maximum(far, 1e-6))


def _opening(hand: Array, arrived: Array, fps: float, cyclic: bool) -> Array:
    """Share ``(T, 2)`` by which arms reach farther than written: the elbow leads and the hand follows.

    An arm folds as a swing of ``hand (T, 2, 3)`` begins, so that it is quickly brought round, and opens as it ends.
    """
    speed = length(soften(np.gradient(hand, 1 / fps, axis=0), fps, 0.03, cyclic=cyclic))[..., 0]
    quick = np.tanh(np.maximum(speed - SLOW, 0.0) / FAST)
    return OPEN * later(quick, -AFTER, fps, cyclic=cyclic) - FOLD * quick * (1 - arrived)


def _swing(move: Move, hand: Array, pelvis: PelvisPath, fps: float) -> Array:
    """How far hanging arms swing against the steps, ``(T, 2, 3)`` arm lengths: forward on the side of the free leg."""
    sway = follow(pelvis.sway, fps, 1.5, 0.45, cyclic=move.cyclic, lead=0.5)
    hangs = smootherstep((-hand[..., 1] / np.maximum(length(hand)[..., 0], 1e-6) - 0.78) / 0.16)
    ahead = -SIGNS * sway[:, None] * SWING * (0.4 + 0.6 * move.drive) * hangs
    # Forward the elbow bends and the hand comes in; back the arm is long.
    up = 0.75 * np.maximum(ahead, 0.0)
    return np.stack([-0.35 * np.maximum(ahead, 0.0), up, ahead], axis=-1)


def _around(hand: Array) -> Array:
    """Hands ``(T, 2, 3)`` that come close to their shoulder led around it in front.

    Near the shoulder a small way of the hand turns the arm by a large angle: it would whip. What is lacking in distance
    is added forwards, so that a path through the shoulder becomes an arc.
    """
    lack = NEAREST**2 - dot(hand, hand)
    lack = 0.5 * (lack + np.hypot(lack, ROUND))
    ahead = np.sqrt(np.maximum(hand[..., 2:], 0.0) ** 2 + lack) + np.minimum(hand[..., 2:], 0.0)
    return np.concatenate([hand[..., :2], ahead], axis=-1)


def _poles(hand: Array, plan: HandPlan) -> Array:
    """Directions ``(T, 2, 3)`` of the elbows: as written, else back (hand hanging), down (held out) or out (high)."""
    low = np.clip(-hand[..., 1] / np.maximum(length(hand)[..., 0], 1e-6), 0.0, 1.0)
    down = np.stack([0.2 + 0.25 * (1 - low), -0.9 * (1 - low), -0.1 - 0.9 * low], axis=-1)
    high = smootherstep((hand[..., 1:2] + 0.2) / 0.9)
    own = down + (HIGH_ELBOW - down) * high
    return np.asarray(own + (plan.elbow - own) * plan.written[..., None])


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
    plan = plan_hands(move, counts, pelvis.origin, pelvis.heading)
    hand = _alive(move, plan, pelvis, fps, seed)
    pole = _poles(hand, plan)
    calm = np.minimum(move.loose, 1.0) * (1 - plan.still)
    collars, shoulders = (both(skeleton, part) for part in ("collar", "shoulder"))
    upper = float(np.linalg.norm(skeleton.offsets[skeleton.index("left_elbow")])) / measures.arm
    ride = follow(pelvis.bounce, fps, 2.6, 0.4, cyclic=move.cyclic, lead=0.0)
    girdle = pose_collars(
        hand, pole, (upper, 1 - upper), move.drive * ride, move.drive * pelvis.sway, calm, fps, cyclic=move.cyclic
    )
    rotations[:, collars] = multiply(girdle, rotations[:, collars])
    positions, turned = forward(skeleton, translation, rotations, [skeleton.index("spine3"), *collars, *shoulders])
    heading = yaw(pelvis.heading)[:, None]
    middle, chest = positions[:, :1], turned[:, :1]
    above, shoulder = turned[:, 1:3], positions[:, 3:]
    mirror = np.array([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])
    # A hand lags behind sudden moves of its shoulder in the world, but not behind those of the dancer's frame.
    moving = rotate(conjugate(heading), shoulder - pelvis.origin[:, None])
    drag = rotate(heading, moving - soften(moving, fps, 0.1, cyclic=move.cyclic))
    wanted: Array = rotate(chest, hand * mirror * measures.arm) - DRAG * calm[..., None] * drag
    local = rotate(conjugate(chest), shoulder + wanted - middle)
    local = _outside(local, mirror)
    wanted = rotate(chest, local) + middle - shoulder
    planted = plan.planted[..., None]
    wanted = wanted + (plan.floor - shoulder - wanted) * planted
    pole = _poles(rotate(conjugate(chest), wanted) * mirror / measures.arm, plan)
    wanted = wanted * _reached(length(wanted) / measures.arm, plan, fps, move.cyclic)
    target = shoulder + wanted
    chain = ("shoulder", "elbow", "wrist")
    steady = steady_poles(rotate(conjugate(chest), wanted), pole * mirror, fps, cyclic=move.cyclic)
    aim = rotate(chest, steady)
    forearm = pose_limbs(skeleton, rotations, chain, shoulder, above, target, aim, (0.0, 0.0, 1.0), SHOULDER_TWIST)
    own = rotate(conjugate(heading), target - pelvis.origin[:, None])
    behind = lag(multiply(conjugate(heading), forearm), own, calm * (1 - plan.planted), fps, cyclic=move.cyclic)
    flat = multiply(conjugate(forearm), flat_hands(plan.fingers))
    pose_wrists(skeleton, rotations, plan.roll, plan.flex, behind, flat, plan.planted)


def _reached(far: Array, plan: HandPlan, fps: float, cyclic: bool) -> Array:
    """What hands ``(T, 2, 1)`` arm lengths away are to be multiplied by, so that elbows neither lock nor whip.

    Near full length a small way of the hand opens the elbow by a large angle, so it is the elbow that is smoothed, and
    the more the faster it would turn.
    """
    cap = STRAIGHT + (LONGEST - STRAIGHT) * np.tanh((far - STRAIGHT) / (LONGEST - STRAIGHT))
    near = np.clip(np.where(far > STRAIGHT, cap, far), SHORTEST, LONGEST)
    bend = 2 * np.arccos(near)
    smooth = soften(bend, fps, 0.02, cyclic=cyclic)
    slow = later(soften(bend, fps, 0.05, cyclic=cyclic), 0.5 * SOONER, fps, cyclic=cyclic)
    rate = np.abs(np.gradient(bend, 1 / fps, axis=0))
    fast = soften(smootherstep((rate - WHIPS[0]) / (WHIPS[1] - WHIPS[0])), fps, 0.06, cyclic=cyclic)
    bend = smooth + (slow - smooth) * np.clip(2 * fast, 0.0, 1.0)
    free = np.cos(bend / 2)
    planted = plan.planted[..., None]
    return np.asarray((free + (np.minimum(far, 1.0) - free) * planted) / np.maximum(far, 1e-6))


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
