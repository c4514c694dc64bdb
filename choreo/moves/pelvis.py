"""The root trajectory: the pelvis over the weight, down on the groove, never higher than the legs reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.motion.rotations import Array, rotate
from choreo.moves.foot_paths import Flight, Steps
from choreo.moves.frame import BodyMeasures, FloorPath, turned
from choreo.moves.groove import Groove, groove_of, grooves_of
from choreo.moves.notation import Move
from choreo.moves.pops import BACK, KNEES, TUCK, pulse
from choreo.moves.springs import follow, soften
from choreo.moves.tracks import sample

BEND = -0.02  # metres below full height that a dancer stands at ease
EASE, DROPS = 0.05, 0.08  # seconds by which what is written of the pelvis, and of its height, is smoothed: it is heavy
WIDE = np.array([0.9, 0.0])  # share that it goes less for each metre that the feet are apart, beside and ahead
REACH = 0.985  # share of the leg that may be used: knees never lock
FALL = 13.0  # metres a second squared at which a pelvis rises and falls in a jump: gravity, and legs that straighten
SEAT = 0.13  # metres of the root above the floor that nobody comes below
FOLDED = 0.27  # share of the leg that hip and ankle are apart at least
MOST = np.radians((30.0, 17.0))  # radians that it pitches, and is tilted, by itself at most
HINGE = 0.4  # share of the chest's lean that is from the hips
HIPS = 8.0  # degrees that the hip of the free leg drops
LINE = 0.35  # share of the turn to the line of the feet
SIT = (0.55, 0.18)  # metres back for each metre down, and the most of it: who sits down sits back
FOLD = (42.0, 14.0)  # degrees that the pelvis pitches forward for each metre down, and the most
SPRING = (1.5, 0.5)  # natural frequency, Hz, and damping of the weight as it travels: past the foot, and back
DRIVEN = (0.11, 0.14)  # metres that the pelvis goes ahead of the feet for each m/s that they travel, and the most
OVER = np.array([0.32, 0.43])  # share of the way from the middle of the feet to the one that carries, beside and ahead
BESIDE = np.array([0.3, 1.0])  # share of that beside and ahead: feet are apart beside
PITCHED = (9.0, 11.0)  # degrees that it pitches into each m/s, and the most
FREE_LEG = 10.0  # degrees that the pelvis pitches back for a knee that is lifted by 30 cm
# What follows is of a move danced with full drive.
DEEPER = 0.45  # share that the groove goes further, up and down
SWIVEL = 9.0  # degrees that the hip of the standing leg goes back
TOWARD = 0.3  # further share of the turn to the line of the feet; less of large turns
AS_WRITTEN = np.radians(8.0)  # of a yaw that is written, from which on it is danced as it is
WITH = 0.5  # share of the shoulders' twist that the hips make too


@dataclass(frozen=True, eq=False)
class Turns:
    """Angles of a part by frame, ``(T,)`` radians: `yaw` to the left, `pitch` forward, `side` to the left."""

    yaw: Array
    pitch: Array
    side: Array


@dataclass(frozen=True, eq=False)
class PelvisPath:
    """The root trajectory, and what spine, head and arms need to know of it.

    Attributes
    ----------
    translation
        ``(T, 3)`` metres, of the root.
    turns
        Of the pelvis, in the dancer's frame.
    bounce
        ``(T,)`` the groove: about -0.4 when up, 0.6 when 4 cm down.
    sway
        ``(T,)`` where the weight is, -1 on the right foot to 1 on the left.
    carried
        ``(T,)`` radians of the yaw that take the chest along; the chest turns against the rest of it.
    origin, heading
        ``(T, 3)`` metres and ``(T,)`` radians: the dancer's frame itself.
    groove
        What chest and head do by themselves.
    pop
        ``(T,)`` 0..1 how much the body is contracted by a pop (`choreo.moves.pops`).
    """

    translation: Array
    turns: Turns
    bounce: Array
    sway: Array
    carried: Array
    origin: Array
    heading: Array
    groove: Groove
    pop: Array


def euler(turns: Turns) -> Array:
    """Quaternions ``(T, 4)`` wxyz: yaw, then pitch, then side bend, each about the turned axes."""
    cy, sy = np.cos(turns.yaw / 2), np.sin(turns.yaw / 2)
    cx, sx = np.cos(turns.pitch / 2), np.sin(turns.pitch / 2)
    cz, sz = np.cos(turns.side / 2), -np.sin(turns.side / 2)
    a, b, c, d = cy * cx, cy * sx, sy * cx, -sy * sx
    return np.stack([a * cz - d * sz, b * cz + c * sz, c * cz - b * sz, a * sz + d * cz], axis=-1)


def _keys(move: Move, name: str, counts: Array, fps: float, *, degrees: bool = False) -> Array:
    """Curve ``(T,)`` of a channel of the pelvis, softened: metres, or radians of what is notated in degrees."""
    if not any(name in row for row in move.pelvis):
        return np.zeros(len(counts))
    values = sample(move.pelvis, name, counts, float(move.counts), move.cyclic)
    return soften(np.radians(values) if degrees else values, fps, DROPS if name == "y" else EASE, cyclic=move.cyclic)


def move_groove(move: Move, counts: Array) -> Groove:
    """The groove of a move, or of the moves that it is merged of, at ``counts (T,)``."""
    if move.grooves:
        return grooves_of([(first, spec, move.drive, move.loose) for first, spec in move.grooves], counts)
    return groove_of(move.groove, counts, move.drive, move.loose)


def plan_pelvis(
    move: Move, path: FloorPath, counts: Array, steps: Steps, measures: BodyMeasures, fps: float, beat: float
) -> PelvisPath:
    """Place the pelvis frame by frame; `beat` is the mean length of a count in seconds."""
    length, cyclic = float(move.counts), move.cyclic

    def key(name: str) -> Array:
        return _keys(move, name, counts, fps)

    ground = np.stack([np.interp(counts, path.counts, path.ground[:, i]) for i in range(2)], axis=-1)
    yaw = np.interp(counts, path.counts, path.yaw)
    groove = move_groove(move, counts)
    ankles = {"left": steps.left.ankle(measures), "right": steps.right.ankle(measures)}
    local = {side: turned(a[:, [0, 2]] - ground, -yaw) for side, a in ankles.items()}
    sway = 2 * steps.share - 1
    apart = local["left"] - local["right"]
    # Beside, the wider the stance the less of the way the weight goes: it stays between the feet.
    share = OVER / (1 + np.abs(apart) * WIDE)
    centre = local["right"] + apart * (0.5 + share * sway[:, None])
    centre = soften(centre, fps, 0.1 * beat, cyclic=cyclic)
    if move.loose > 0.5:
        centre = follow(centre, fps, *SPRING, cyclic=cyclic, lead=1.0)
    # The pelvis moves against the trunk, so that the centre of mass stays over the feet.
    lean = np.radians(sample(move.torso, "lean", counts, length, cyclic))
    bend = np.radians(sample(move.torso, "side", counts, length, cyclic))
    counter = soften(np.stack([-0.1 * np.sin(bend), 0.02 - 0.2 * np.sin(lean)], -1), fps, 0.05, cyclic=cyclic)
    more = DEEPER * move.drive * groove.depth
    drop = groove.crouch + groove.depth * groove.down + more * (groove.down - 0.5) - key("y")
    pop = pulse(move.pops, counts, beat)
    drop = drop + BEND - _jumps(steps.flights, counts, fps, beat, cyclic) - KNEES * pop
    sat = SIT[1] * np.tanh(np.maximum(drop - BEND, 0.0) * SIT[0] / SIT[1])
    speed = _travelling(centre, ground, yaw, fps, cyclic)
    driven = DRIVEN[1] * np.tanh(speed * DRIVEN[0] / DRIVEN[1]) * (0.4 + 0.6 * move.drive) * BESIDE
    own = np.stack([groove.side, groove.fore - sat + BACK * pop], axis=-1) + driven
    centre = centre + counter + own + np.stack([key("x"), key("z")], axis=-1)

    bounce = (groove.depth + more) / 0.04 * (groove.down - 0.4)
    turns, carried = _turns(move, counts, steps, local, yaw, groove, drop, speed[:, 1], fps, beat)
    world = ground + turned(centre, yaw)
    turns = Turns(turns.yaw, turns.pitch + np.radians(TUCK) * pop, turns.side)
    whole = Turns(turns.yaw + yaw, turns.pitch, turns.side)
    height = _within_reach(measures.stand - drop, world, whole, ankles, measures, fps, cyclic)
    origin = np.stack([ground[:, 0], np.zeros_like(yaw), ground[:, 1]], axis=-1)
    return PelvisPath(
        np.stack([world[:, 0], height, world[:, 1]], axis=-1), turns, bounce, sway, carried, origin, yaw, groove, pop
    )


def _travelling(centre: Array, ground: Array, yaw: Array, fps: float, cyclic: bool) -> Array:
    """Velocity ``(T, 2)`` m/s of the weight over the floor, smoothed, in the dancer's frame: felt ahead of time."""
    world = ground + turned(centre, yaw)
    speed = turned(np.gradient(world, 1 / fps, axis=0), -yaw)
    return soften(speed, fps, 0.09, cyclic=cyclic)


def _turns(
    move: Move,
    counts: Array,
    steps: Steps,
    ankles: dict[str, Array],
    yaw: Array,
    groove: Groove,
    drop: Array,
    ahead: Array,
    fps: float,
    beat: float,
) -> tuple[Turns, Array]:
    """Turn the pelvis with the feet, the weight and the shoulders; `ankles` ``(T, 2)`` and the result in the frame.

    `drop` ``(T,)`` metres that it is low, `ahead` ``(T,)`` m/s that it travels forward.

    Returns
    -------
    The turns, and how much of the yaw takes the chest along, ``(T,)`` radians.
    """
    length, cyclic = float(move.counts), move.cyclic

    def key(name: str) -> Array:
        return _keys(move, name, counts, fps, degrees=True)

    lean, twist = (np.radians(sample(move.torso, name, counts, length, cyclic)) for name in ("lean", "twist"))
    sway = 2 * steps.share - 1
    calm = min(move.loose, 1.0)
    spread = ankles["left"] - ankles["right"]
    line = np.arctan2(spread[:, 1], np.maximum(spread[:, 0], 0.22))
    toes = 0.5 * (steps.left.yaw + steps.right.yaw) - yaw
    swivel = np.radians(SWIVEL) * np.sqrt(groove.hips) * sway - 0.5 * TOWARD * np.tanh(2 * line)
    wanted = np.stack([0.3 * toes - LINE * line + move.drive * swivel, calm * WITH * twist], axis=-1)
    wanted /= 1 + (key("yaw")[:, None] / AS_WRITTEN) ** 2
    stepped, carried = soften(wanted, fps, 0.2 * beat, cyclic=cyclic).T
    lifted = np.clip((steps.left.lift + steps.right.lift) / 0.3, 0.0, 1.5)
    pitch = FOLD[1] * np.tanh(np.maximum(drop - BEND, 0.0) * FOLD[0] / FOLD[1])
    pitch = pitch + calm * (PITCHED[1] * np.tanh(ahead * PITCHED[0] / PITCHED[1]) - FREE_LEG * lifted) + groove.pitch
    pitch = soften(pitch, fps, 0.05, cyclic=cyclic)
    # Hips answer the weight: late where the groove says so, as they settle over a knee that straightens.
    late = float(np.mean(groove.late)) * beat
    hips = follow(sway, fps, 2.2, 0.45, cyclic=cyclic, lead=0.9) if late == 0.0 else _behind(sway, late, fps, cyclic)
    side = np.radians(groove.roll) - np.radians(HIPS) * calm * groove.hips * hips
    turns = Turns(
        yaw=stepped + carried + key("yaw") + np.radians(groove.yaw),
        pitch=_at_most(np.radians(2.0 + pitch) + HINGE * lean, MOST[0]) + key("pitch"),
        side=_at_most(side + key("tilt"), MOST[1]),
    )
    return turns, carried


def _at_most(angle: Array, most: float) -> Array:
    """An angle ``(T,)`` that grows ever less towards `most`."""
    return np.asarray(most * np.tanh(angle / most))


def _behind(curve: Array, seconds: float, fps: float, cyclic: bool) -> Array:
    """A curve ``(T,)`` some seconds late."""
    frames = np.arange(len(curve)) - seconds * fps
    if cyclic:
        return np.interp(frames % (len(curve) - 1), np.arange(len(curve)), curve)
    return np.interp(frames, np.arange(len(curve)), curve)


def _jumps(flights: list[Flight], counts: Array, fps: float, beat: float, cyclic: bool) -> Array:
    """Metres ``(T,)`` by which jumps move the pelvis: a crouch before take-off, a parabola, a crouch that absorbs.

    The pelvis rises no higher than gravity gives it the time for; what feet are higher than that is knees drawn up.
    """
    out = np.zeros_like(counts)
    for flight in {(f.start, f.end): f for f in flights}.values():
        v = np.clip((counts - flight.start) / (flight.end - flight.start), 0.0, 1.0)
        height = min(0.9 * flight.height, FALL / 8 * ((flight.end - flight.start) * beat) ** 2)
        out += height * 4 * v * (1 - v)
        for time, depth in ((flight.start - 0.15, 0.5), (flight.end + 0.18, 0.7)):
            out -= depth * height * np.exp(-0.5 * ((counts - time) / 0.16) ** 2)
    return soften(out, fps, 0.035, cyclic=cyclic) if flights else out


def _within_reach(
    height: Array,
    world: Array,
    turns: Turns,
    ankles: dict[str, Array],
    measures: BodyMeasures,
    fps: float,
    cyclic: bool,
) -> Array:
    """Lower the pelvis smoothly where a leg would be straighter than `REACH`, raise it where one folds too far."""
    rotation = euler(turns)
    caps, floors = [], [np.full(len(height), SEAT)]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hip = rotate(rotation, np.broadcast_to(measures.hip * (sign, 1.0, 1.0), (len(height), 3)))
        gap = np.sum((world + hip[:, [0, 2]] - ankles[side][:, [0, 2]]) ** 2, axis=-1)
        base = ankles[side][:, 1] - hip[:, 1]
        caps.append(base + np.sqrt(np.maximum((REACH * measures.leg) ** 2 - gap, 0.09)))
        floors.append(base + np.sqrt(np.maximum((FOLDED * measures.leg) ** 2 - gap, 0.0)))
    raised = -_kept_below(-height, -np.max(floors, axis=0), fps, cyclic)
    return _kept_below(raised, np.min(caps, axis=0), fps, cyclic)


def _kept_below(height: Array, cap: Array, fps: float, cyclic: bool) -> Array:
    """A curve ``(T,)`` that keeps below another one, smoothly."""
    # The minimum of a window, smoothed over less than the window, is smooth and still below the cap. The height is then
    # a smooth minimum of both: a hyperbola in place of a corner.
    reach = max(int(0.12 * fps), 1)
    inner = cap[:-1] if cyclic else cap
    padded = np.pad(inner, reach, mode="wrap" if cyclic else "edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=-1)
    lowest = np.append(lowest, lowest[0]) if cyclic else lowest
    lowest = soften(lowest, fps, 0.045, cyclic=cyclic)
    soft = 0.5 * (height + lowest - np.hypot(height - lowest, 0.012))
    return np.asarray(np.minimum(soft, cap))
