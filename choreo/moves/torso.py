"""Spine, shoulders and head: orientation of the chest in the world, shared out over the joints, with follow-through."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from choreo.motion.skeleton import SIDES
from choreo.moves.frame import BodyMeasures
from choreo.moves.notation import Move
from choreo.moves.pelvis import PelvisPath, Turns, euler
from choreo.moves.pops import CHEST, HOLLOW, NECK
from choreo.moves.springs import breath, follow, soften
from choreo.moves.tracks import sample
from choreo.types import Doubles, Skeleton

SPINE = (("spine1", 0.45), ("spine2", 0.36), ("spine3", 0.19))
HEAD = (("neck", 0.47), ("head", 0.53))
ALONG = 0.4  # share of the pelvis' own turning in which the chest goes along
BENT = 0.4  # radians that two bends of the spine are at most, to carry the chest beside or before the hips
HEAVY = 0.045  # seconds by which what the chest does is smoothed
UPRIGHT = 0.35  # share of the tilt of the pelvis in which the chest goes along
TWIST = 0.75  # share of the written twist that is between chest and pelvis; the pelvis goes along with the rest
LEAN = 3.0  # degrees that a dancer's chest is carried forward
GAZE = 1.4  # heads turn this much farther than one writes down
LOOK = 8.0  # degrees that the head of a move with full drive looks to where the weight goes
ANSWER = (9.0, 0.55)  # degrees that the head tilts with the weight; share of the chest's side bend that it answers
AGAIN = 0.7  # share of the chest's pitching that the head nods after it
WANDER = np.radians((4.0, 4.0, 4.5))  # radians that a head wanders by itself: yaw, nod, tilt
LIMITS = np.radians((65.0, 50.0, 40.0))  # head against chest: yaw, nod, tilt


def pose_torso(
    move: Move,
    counts: Doubles,
    pelvis: PelvisPath,
    measures: BodyMeasures,
    skeleton: Skeleton,
    rotations: Doubles,
    fps: float,
    seed: int,
) -> None:
    """Fill spine, collars (shrugs), neck and head of ``rotations (T, J, 4)`` in place."""
    length, cyclic = float(move.counts), move.cyclic

    def keys(kind: str, name: str) -> Doubles:
        rows = move.torso if kind == "torso" else move.head
        return sample(rows, name, counts, length, cyclic)

    groove = pelvis.groove
    alive = np.radians(breath(len(counts), 6, fps, seed))
    chest = np.stack(
        [
            np.radians(TWIST * keys("torso", "twist") + groove.twist)
            + pelvis.carried
            + ALONG * (pelvis.turns.yaw - pelvis.carried),
            np.radians(keys("torso", "lean") + LEAN + groove.lean) + 0.35 * pelvis.turns.pitch,
            np.radians(keys("torso", "side") + groove.bend) + UPRIGHT * pelvis.turns.side,
        ],
        axis=-1,
    )
    chest = soften(chest, fps, HEAVY, cyclic=cyclic)
    chest = follow(chest, fps, 2.6 + 2.0 * move.energy, 0.6, cyclic=cyclic) + alive[:, :3] * 0.6
    shift = np.stack([keys("torso", "slide") + groove.slide, keys("torso", "pop") + groove.pop], axis=-1)
    shift = follow(shift, fps, 4.0, 0.6, cyclic=cyclic)
    # A pop strikes: it is not followed loosely.
    chest[:, 1] += np.radians(CHEST) * pelvis.pop
    shift[:, 1] += HOLLOW * pelvis.pop
    shift = BENT * np.tanh(shift / measures.spine / BENT)
    spine = chest - np.stack([pelvis.turns.yaw, pelvis.turns.pitch, pelvis.turns.side], axis=-1)
    # Opposite bends low and high carry the chest sideways or forward without turning it.
    bends = {"spine1": 1.0, "spine2": 0.0, "spine3": -1.0}
    for name, share in SPINE:
        yaw, pitch, side = (spine * share).T
        turns = Turns(yaw, pitch + bends[name] * shift[:, 1], side + bends[name] * shift[:, 0])
        rotations[:, skeleton.index(name)] = euler(turns)
    _shrug(move, counts, pelvis.bounce, skeleton, rotations, fps)
    _head(move, keys, chest, pelvis, alive[:, 3:], skeleton, rotations, fps)


def _shrug(move: Move, counts: Doubles, bounce: Doubles, skeleton: Skeleton, rotations: Doubles, fps: float) -> None:
    """Shoulders rise on keys and ride on the groove, a little late."""
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        lift = sample(move.torso, f"shrug_{side}", counts, float(move.counts), move.cyclic)
        lift = follow(np.radians(lift - 2.0 * bounce), fps, 3.2, 0.5, cyclic=move.cyclic)
        zero = np.zeros_like(lift)
        rotations[:, skeleton.index(f"{side}_collar")] = euler(Turns(zero, zero, -sign * lift))


def _head(
    move: Move,
    keys: Callable[[str, str], Doubles],
    chest: Doubles,
    pelvis: PelvisPath,
    alive: Doubles,
    skeleton: Skeleton,
    rotations: Doubles,
    fps: float,
) -> None:
    """Pose neck and head: the gaze stays to the front, most of the chest's turning undone; nods follow the groove."""
    calm, groove = min(move.loose, 1.0), pelvis.groove
    wanted = np.stack([keys("head", "yaw"), keys("head", "nod"), keys("head", "tilt")], axis=-1)
    wanted[:, 0] += LOOK * move.drive * pelvis.sway
    wanted[:, 1] += groove.nod
    wanted[:, 2] += groove.tilt + ANSWER[0] * calm * (0.4 + 0.6 * move.drive) * pelvis.sway
    wanted = GAZE * np.radians(wanted) + chest * (0.3, 0.35, 0.35)
    swing = soften(chest[:, 1:], fps, 0.4, cyclic=move.cyclic) - chest[:, 1:]
    wanted[:, 1] += calm * AGAIN * -swing[:, 0]
    wanted[:, 2] += calm * ANSWER[1] * (chest[:, 2] + swing[:, 1])
    wanted = wanted + calm * WANDER * alive / np.radians(1.0)
    wanted = follow(wanted, fps, 2.2 + 1.2 * move.energy, 0.5, cyclic=move.cyclic, lead=0.45)
    wanted[:, 1] += np.radians(NECK) * pelvis.pop
    own = np.clip(wanted - chest, -LIMITS, LIMITS)
    for name, share in HEAD:
        rotations[:, skeleton.index(name)] = euler(Turns(*(own * share).T))
