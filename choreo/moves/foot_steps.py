"""Steps of a foot: where it stands, where each key of the notation takes it, in the clip's frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from choreo.motion.skeleton import SIDES
from choreo.moves.feet import FootPose, FootStep
from choreo.moves.frame import BodyMeasures, FloorPath, turned
from choreo.moves.notation import Key, Move
from choreo.types import Doubles

LEAST_GAP = 0.1  # counts between two landings of one foot
STANCE = {"left": (0.12, 0.0), "right": (-0.12, 0.0)}
OUT = 9.0  # degrees that a foot is turned out


class Way(NamedTuple):
    """How a foot steps.

    ``pitch`` degrees that are held; ``leaving`` degrees of pitch while it leaves the floor; ``clearance`` metres;
    ``weight`` share of the body's weight that it carries.
    """

    pitch: float
    leaving: float
    clearance: float
    weight: float


WAYS = {
    "flat": Way(0.0, 28.0, 0.05, 1.0),
    "ball": Way(20.0, 28.0, 0.045, 1.0),
    "toe": Way(48.0, 30.0, 0.05, 0.0),
    "heel": Way(-24.0, 22.0, 0.07, 0.0),
    "tap": Way(24.0, 24.0, 0.04, 0.0),
    "kick": Way(22.0, 32.0, 0.0, 0.0),
    "slide": Way(0.0, 10.0, 0.0, 1.0),
    "swivel": Way(0.0, 8.0, 0.0, 0.5),
    "jump": Way(0.0, 36.0, 0.09, 1.0),
}


def _ball_of(ankle: Doubles, yaw: float, side: float, measures: BodyMeasures) -> Doubles:
    """Where the ball ``(2,)`` is of a foot with this ankle, seen from above."""
    return np.asarray(ankle + turned(np.array([side * measures.ball[0], measures.ball[2]]), yaw))


def ankle_of(held: FootPose, side: float, measures: BodyMeasures) -> Doubles:
    """Where the ankle ``(2,)`` of a held foot is, seen from above: what the notation's positions mean."""
    return np.asarray(held.ball - turned(np.array([side * measures.ball[0], measures.ball[2]]), held.yaw))


def stance_pose(move: Move, path: FloorPath, count: float, side: str, measures: BodyMeasures) -> FootPose:
    """Pose of a foot in the move's stance, where the dancer's frame is at `count`."""
    sign = 1.0 if side == "left" else -1.0
    yaw = path.at(count)[1] + sign * np.radians(move.stance.get("out", OUT))
    ankle = path.to_clip(np.array(move.stance.get(side, STANCE[side]), dtype=float), count)
    return FootPose(_ball_of(ankle, yaw, sign, measures), yaw, since=count)


def stance_share(move: Move) -> float:
    """Weight on the left foot in the move's stance, 0 to 1."""
    return {"left": 0.85, "right": 0.15}.get(move.stance.get("weight", "both"), 0.5)


def _single(move: Move) -> list[Key]:
    """Steps with those of both feet written as two."""
    out = []
    for key in move.feet:
        for side in SIDES if key["foot"] == "both" else (key["foot"],):
            new = key | {"foot": side}
            if key["foot"] == "both" and side == "right" and "to" in key:
                new["to"] = [-key["to"][0], key["to"][1]]
            out.append(new)
    return out


def foot_steps(
    move: Move, path: FloorPath, side: str, start: FootPose, measures: BodyMeasures, offset: float = 0.0
) -> list[FootStep]:
    """Steps of one foot, which stands at `start` before, in the clip's frame.

    Parameters
    ----------
    path
        Of the move's own counts.
    offset
        Counts that are danced before the move begins; those of the steps are counted with them.

    Raises
    ------
    MotionError
        When steps overlap.
    """
    out: list[FootStep] = []
    held = start
    for key in _single(move):
        if key["foot"] != side:
            continue
        at, how = float(key["at"]) + offset, key.get("how", "flat")
        gap = at - held.since
        if gap < LEAST_GAP and not (offset and not out):
            raise move.error("feet", f"{side} foot lands at {held.since:g} and {at:g}, expected 0.1 counts between")
        # A step takes its time before `at`, the count on which it lands; less where the foot has landed just before.
        begin = at - min(float(key.get("duration", 0.75 if how != "jump" else 0.6)), max(gap, LEAST_GAP))
        sign = 1.0 if side == "left" else -1.0
        target = _target(move, key, how, held, sign, path, measures, offset)
        out.append(FootStep(key, how, begin, at, held, target))
        held = target
    return out


def _target(
    move: Move,
    key: Key,
    how: str,
    held: FootPose,
    sign: float,
    path: FloorPath,
    measures: BodyMeasures,
    offset: float = 0.0,
) -> FootPose:
    """Pose of a foot when it has made the step `key` from where it is `held`."""
    at = float(key["at"])
    turn = path.at(at)[1]
    default_out = np.degrees(held.yaw - turn) * sign if how == "swivel" else move.stance.get("out", OUT)
    yaw = turn + sign * np.radians(float(key.get("out", default_out)))
    if "to" in key:
        ankle = path.to_clip(np.array(key["to"], dtype=float), at)
    else:
        ankle = ankle_of(held, sign, measures) + turned(np.array(key.get("by", (0.0, 0.0)), dtype=float), turn)
    ball = _ball_of(ankle, yaw, sign, measures)
    if "to" not in key and "by" not in key:
        ball = held.ball  # in place means that the ball does not move, whatever the heel does
    pitch = np.radians(float(key.get("pitch", WAYS[how].pitch)))
    lift = float(key.get("height", 0.25)) if how == "kick" else 0.0
    return FootPose(ball, yaw, pitch, lift, at + offset, _knee(key, sign, turn))


def _knee(key: Key, sign: float, turn: float) -> Doubles:
    """Direction ``(3,)`` in the clip's frame of a written knee; 0 when none is."""
    if "knee" not in key:
        return np.zeros(3)
    out, up, forward = np.array(key["knee"], dtype=float) / np.linalg.norm(key["knee"])
    x, z = turned(np.array([sign * out, forward]), turn)
    return np.array([x, up, z])


def check_home(move: Move, path: FloorPath, side: str, held: FootPose, measures: BodyMeasures) -> None:
    """Make sure that a foot of a cyclic move ends on its stance.

    Raises
    ------
    MotionError
        When it does not.
    """
    sign = 1.0 if side == "left" else -1.0
    home = stance_pose(move, path, float(move.counts), side, measures)
    error = float(np.linalg.norm(home.ball - held.ball)) + abs(home.yaw - held.yaw) + abs(held.pitch) + held.lift
    if error > 1e-3:
        ankle = np.round(path.to_dancer(ankle_of(held, sign, measures), float(move.counts)), 3).tolist()
        want = list(move.stance.get(side, STANCE[side]))
        raise move.error(
            "feet", f"{side} foot ends at {ankle}, expected it flat on its stance {want}, so that the move repeats"
        )


__all__ = ["OUT", "STANCE", "WAYS", "Way", "ankle_of", "check_home", "foot_steps", "stance_pose", "stance_share"]
