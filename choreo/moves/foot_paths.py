"""From steps to foot paths: exact contacts, heel-to-toe roll, swing arcs, and where the weight is.

A foot is described by where its ball is on the floor, its yaw and its pitch. Heel up (positive pitch) turns about the
ball joint, toes up about the heel, so whatever touches the floor stays where it is: contacts cannot slide.

A step is ``peel`` (the heel rises over the standing ball), swing, landing at the pitch of touch-down, and settling to
the pitch that is held. Each step writes its own frames and all that follow; the next step overwrites its part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from choreo.motion.contacts import HEEL_BACK
from choreo.motion.easing import smootherstep, smoothstep
from choreo.motion.skeleton import SIDES
from choreo.moves.feet import FootPose, FootStep
from choreo.moves.foot_steps import WAYS, check_home, foot_steps, stance_pose, stance_share
from choreo.moves.frame import BodyMeasures, FloorPath, turned
from choreo.moves.haste import unhurried
from choreo.moves.notation import Move
from choreo.moves.springs import soften
from choreo.types import Bools, Doubles

PEEL = 0.24  # share of a step's time in which the ball is still in contact while the heel rises
SETTLE = 0.2  # counts in which a landed foot comes down flat
STRAIGHT = 0.8  # share of the bend of its toes that a foot gives up in the air
TOES = 0.07  # metres from ball to toe tip
# What follows is of a move danced with full drive.
FREE = 24.0  # degrees that the heel of a foot without weight comes up
HIGHER = 0.8  # share that steps are lifted higher


@dataclass(frozen=True)
class Flight:
    """A jump: counts of take-off and landing, and metres of height."""

    start: float
    end: float
    height: float


@dataclass(eq=False)
class FootPath:
    """One foot by frame, in the clip's frame.

    Attributes
    ----------
    ball
        ``(T, 2)`` metres: the ball of the foot, on the floor or above this point of it.
    yaw, pitch, toe
        ``(T,)`` radians: of the foot about +Y, heel up, and of the toes against the foot.
    lift
        ``(T,)`` metres above the floor.
    heel_down, ball_down
        ``(T,)`` contacts.
    free
        ``(T,)`` radians that the heel comes up further when the foot stands without weight.
    knee
        ``(T, 3)`` direction in the clip's frame in which the knee is written to point; 0 where that is left to the leg.
    side
        1 for the left foot, -1 for the right.
    drive
        As in `Move`.
    """

    ball: Doubles
    yaw: Doubles
    pitch: Doubles
    lift: Doubles
    toe: Doubles
    heel_down: Bools
    ball_down: Bools
    free: Doubles
    knee: Doubles
    side: float
    drive: float

    def ankle(self, measures: BodyMeasures) -> Doubles:
        """Ankle positions ``(T, 3)``."""
        # In the plane of the foot: the ankle is turned by the pitch about the pivot, the ball joint or the heel.
        x, z = -self.side * measures.ball[0], -measures.ball[2]
        up = self.pitch > 0
        pivot_y = np.where(up, measures.ankle + measures.ball[1], 0.0)
        pivot_z = np.where(up, 0.0, z - HEEL_BACK)
        sine, cosine = np.sin(self.pitch), np.cos(self.pitch)
        dy, dz = measures.ankle - pivot_y, z - pivot_z
        high = pivot_y + dy * cosine - dz * sine
        ahead = pivot_z + dy * sine + dz * cosine
        flat = self.ball + turned(np.stack([np.full_like(ahead, x), ahead], axis=-1), self.yaw)
        return np.stack([flat[:, 0], high + self.lift, flat[:, 1]], axis=-1)


@dataclass(eq=False)
class Steps:
    """Both feet, the weight on the left foot ``share (T,)`` 0..1, and the jumps."""

    left: FootPath
    right: FootPath
    share: Doubles
    flights: list[Flight] = field(default_factory=list)


def plan_feet(move: Move, path: FloorPath, counts: Doubles, measures: BodyMeasures, fps: float, beat: float) -> Steps:
    """Plan both feet from their steps; `beat` is the mean length of a count in seconds.

    Raises
    ------
    MotionError
        When steps of one foot overlap, or a cyclic move does not end on its stance.
    """
    starts = {side: stance_pose(move, path, 0.0, side, measures) for side in SIDES}
    steps = {side: foot_steps(move, path, side, starts[side], measures) for side in SIDES}
    for side in SIDES:
        held = steps[side][-1].new if steps[side] else starts[side]
        if move.cyclic:
            check_home(move, path, side, held, measures)
        landed = held.since - move.counts if move.cyclic and steps[side] else -SETTLE
        starts[side] = replace(starts[side], since=landed)
    return draw_feet(move, starts, steps, counts, fps, beat)


def draw_feet(
    move: Move,
    starts: Mapping[str, FootPose],
    steps: Mapping[str, list[FootStep]],
    counts: Doubles,
    fps: float,
    beat: float,
    share: float | None = None,
) -> Steps:
    """Both feet frame by frame, from where they stand at first and their steps.

    Parameters
    ----------
    share
        Weight on the left foot before the first step, 0 to 1; that of the move's stance when None.
    """
    flights: list[Flight] = []
    weight: list[tuple[float, float]] = []
    steps = unhurried(steps, beat)
    feet = {side: _walk(move, steps[side], starts[side], side, counts, flights, weight) for side in SIDES}
    if share is None:
        share = stance_share(move)
    carried = soften(_share(move, weight, counts, share), fps, 0.3 * beat, cyclic=move.cyclic)
    _free_heel(feet["left"], carried)
    _free_heel(feet["right"], 1 - carried)
    return Steps(feet["left"], feet["right"], carried, flights)


def _free_heel(foot: FootPath, share: Doubles) -> None:
    """Let the heel of a foot in contact come up while the other one carries the weight, the knee softly bent.

    Afterwards, since it needs the weight, and that only both feet's steps together give. The toe turns back by as much.
    """
    rise = foot.free * smootherstep((0.45 - share) / 0.4)
    foot.pitch += rise
    foot.toe -= rise
    foot.heel_down &= foot.pitch < 0.02


def _may_rise(held: FootPose, drive: float) -> float:
    """Radians that the heel of a foot may come up further."""
    flat = held.lift == 0.0 and held.pitch >= 0
    return max(np.radians(FREE) * drive - held.pitch, 0.0) if flat else 0.0


def _walk(
    move: Move,
    steps: list[FootStep],
    start: FootPose,
    side: str,
    counts: Doubles,
    flights: list[Flight],
    weight: list[tuple[float, float]],
) -> FootPath:
    """Plan one foot; adds the jumps to `flights`, and to `weight` counts with the left foot's share from there on."""
    drive = 0.0 if any(step.how == "slide" for step in steps) else move.drive  # what slides, slides flat
    frames = len(counts)
    grounded = start.lift == 0.0
    foot = FootPath(
        ball=np.repeat(start.ball[None], frames, 0),
        yaw=np.full(frames, start.yaw),
        pitch=np.full(frames, start.pitch),
        lift=np.full(frames, start.lift),
        toe=np.full(frames, -max(start.pitch, 0.0) * (1.0 if grounded else 1 - STRAIGHT)),
        heel_down=np.full(frames, grounded and start.pitch < 0.02),
        ball_down=np.full(frames, grounded and start.pitch > -0.02),
        free=_may_rise(start, drive) * smootherstep((counts - start.since) / SETTLE),
        knee=np.repeat(start.knee[None], frames, 0),
        side=1.0 if side == "left" else -1.0,
        drive=drive,
    )
    for step in steps:
        begin, at, how, key = step.begin, step.at, step.how, step.key
        _step(foot, counts, step)
        # The weight leaves a foot a little before it lifts, and comes onto it with its landing.
        amount = float(key.get("weight", WAYS[how].weight))
        away = 0.0 if side == "left" else 1.0
        still = bool(np.linalg.norm(step.new.ball - step.old.ball) < 1e-3) and "height" not in key
        if how == "jump":
            flights.append(Flight(begin + PEEL * (at - begin), at, float(key.get("height", WAYS[how].clearance))))
            weight.append((at, 0.5 if amount >= 1 else 1 - away if amount > 0 else away))
        else:
            if not (still and how in ("flat", "swivel", "ball", "toe", "heel")) and how != "slide":
                weight.append((begin - 0.12, away))
            if amount > 0 and not (still and how == "swivel" and "weight" not in key):
                weight.append((at - 0.05, away + (1 - 2 * away) * amount))
    return foot


def _step(foot: FootPath, counts: Doubles, step: FootStep) -> None:
    """Write one step into the arrays: peel off, swing, land, settle."""
    old, new, begin, at, how, key = step.old, step.new, step.begin, step.at, step.how, step.key
    # What keeps the ball on the floor is rolled instead of swung: slides, swivels, and steps in place.
    first = int(np.searchsorted(counts, begin))
    landed = int(np.searchsorted(counts, at))
    moved = float(np.linalg.norm(new.ball - old.ball))
    rolling = how in ("slide", "swivel") or (moved < 1e-3 and old.lift == new.lift == 0.0 and "height" not in key)
    ahead = float(turned(new.ball - old.ball, -new.yaw)[1])
    touch = new.pitch
    if how in ("flat", "jump") and not rolling:
        # Long steps ahead land on the heel; short ones, to the side or back, and jumps on the ball.
        touch = np.radians(-13.0 if ahead > 0.2 and how == "flat" else 15.0 if moved > 0.05 or how == "jump" else 8.0)
    if at > counts[-1] - SETTLE:
        touch = new.pitch  # no time to settle: land with the pitch that is held
    u = np.clip((counts[first:landed] - begin) / (at - begin), 0.0, 1.0)
    rows = slice(first, landed)
    rest = slice(landed, None)
    settle = smootherstep((counts[rest] - at) / SETTLE)
    rise = _may_rise(new, foot.drive)
    foot.free[rest] = rise if rolling else rise * settle
    if rolling:
        foot.free[rows] += (rise - foot.free[rows]) * smootherstep(u)
        _roll(foot, rows, u, old, new, np.radians(WAYS[how].leaving) if how in ("slide", "swivel") else 0.0, moved)
    else:
        _swing(foot, rows, u, step, touch, moved)
    foot.ball[rest], foot.yaw[rest], foot.lift[rest] = new.ball, new.yaw, new.lift
    foot.knee[rows] = old.knee + (new.knee - old.knee) * smootherstep(u)[:, None]
    foot.knee[rest] = new.knee
    foot.pitch[rest] = new.pitch + (touch - new.pitch) * (1 - settle)
    grounded = new.lift == 0.0
    foot.toe[rest] = -np.maximum(foot.pitch[rest], 0.0) * (1.0 if grounded else 1 - STRAIGHT)
    # Within 0.02 rad of flat both heel and ball are in contact.
    foot.heel_down[rest] = grounded & (foot.pitch[rest] < 0.02)
    foot.ball_down[rest] = grounded & (foot.pitch[rest] > -0.02)


def _roll(foot: FootPath, rows: slice, u: Doubles, old: FootPose, new: FootPose, bump: float, moved: float) -> None:
    """Write a step of a foot that stays on the floor; in contact only where it does not move."""
    ease = smootherstep(u)
    foot.ball[rows] = old.ball + (new.ball - old.ball) * ease[:, None]
    foot.yaw[rows] = old.yaw + (new.yaw - old.yaw) * ease
    foot.pitch[rows] = old.pitch + (new.pitch - old.pitch) * ease + bump * 16 * (u * (1 - u)) ** 2
    foot.lift[rows] = 0.0
    foot.toe[rows] = -np.maximum(foot.pitch[rows], 0.0)
    still = moved < 1e-3
    turning = abs(new.yaw - old.yaw) > 1e-3
    foot.heel_down[rows] = still & (not turning) & (foot.pitch[rows] < 0.02)
    foot.ball_down[rows] = still & (foot.pitch[rows] > -0.02)


def _swing(foot: FootPath, rows: slice, u: Doubles, step: FootStep, touch: float, moved: float) -> None:
    """Write a step through the air."""
    old, new, how, key = step.old, step.new, step.how, step.key
    peel = PEEL if old.lift == 0.0 else 0.0
    v = np.clip((u - peel) / (1 - peel), 0.0, 1.0)
    ease = smootherstep(v) + step.hasty * (smoothstep(v) - smootherstep(v))
    leave = np.radians(WAYS[how].leaving) * min(1.0, 0.55 + 0.3 * foot.drive + moved)
    leave = max(leave, old.pitch) if peel else old.pitch
    up = smootherstep(np.clip(u / max(peel, 1e-9), 0.0, 1.0)) if peel else np.ones_like(u)
    foot.pitch[rows] = np.where(u < peel, old.pitch + (leave - old.pitch) * up, leave + (touch - leave) * ease)
    foot.free[rows] *= 1 - up
    foot.ball[rows] = old.ball + (new.ball - old.ball) * ease[:, None]
    foot.yaw[rows] = old.yaw + (new.yaw - old.yaw) * ease
    clearance = 0.0 if how == "kick" else float(key.get("height", WAYS[how].clearance + 0.05 * min(moved, 1.0)))
    clearance = min(clearance * (1 + HIGHER * foot.drive), step.most)
    bump = 16 * (v * (1 - v)) ** 2
    # Toes are straight in the air; lift by what they would dip below the floor.
    toes = np.clip(bump * 2, 0.0, 1.0)
    toes[((v < 0.5) & (old.lift > 0)) | ((v > 0.5) & (new.lift > 0))] = 1.0
    foot.toe[rows] = -np.maximum(foot.pitch[rows], 0.0) * (1 - toes * STRAIGHT)
    dip = TOES * np.sin(np.maximum(foot.pitch[rows] + foot.toe[rows], 0.0))
    foot.lift[rows] = old.lift + (new.lift - old.lift) * ease + clearance * bump + dip
    grounded = (u < peel) & (old.lift == 0.0)
    foot.heel_down[rows] = grounded & (foot.pitch[rows] < 0.02)
    foot.ball_down[rows] = grounded & (foot.pitch[rows] > -0.02)


def _share(move: Move, events: list[tuple[float, float]], counts: Doubles, rest: float) -> Doubles:
    """Weight on the left foot ``(T,)`` 0..1, piecewise constant and `rest` at first; smoothed by the caller."""
    ordered = sorted(events, key=lambda event: event[0])
    times = [float("-inf"), *(time for time, _ in ordered)]
    values = [rest, *(value for _, value in ordered)]
    if move.cyclic:
        times.append(max(times[-1], move.counts - 0.35))
        values.append(rest)
    where = np.searchsorted(np.array(times), counts, side="right") - 1
    return np.array(values)[np.maximum(where, 0)]
