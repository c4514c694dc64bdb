"""Moves laid end to end on the beats of a song and compiled across their borders.

Each move is notated in its dancer's own frame and needs no common stance: the next one's frame is put where the feet
really stand. Feet are laid first, all of them, since where a foot stands follows from all steps before; the body is
then posed one move at a time, with some counts of its neighbours on either side, so that a part of a dance can be
danced alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.moves.compiler import FPS, pose
from choreo.moves.feet import FootPose, FootStep
from choreo.moves.foot_paths import draw_feet
from choreo.moves.foot_steps import STANCE, ankle_of, foot_steps, stance_pose, stance_share
from choreo.moves.frame import BodyMeasures, FloorPath, floor_path, turned
from choreo.moves.merge import Stretch, merged_move
from choreo.moves.notation import Key, Move
from choreo.moves.tracks import curve
from choreo.types import Doubles, Motion

CONTEXT = 8.0
"""Counts of each neighbour that a move is posed with: springs have swung in after so many."""
OFF, TURNED = 0.10, np.radians(25.0)
"""Metres and radians by which a foot may stand elsewhere than in a move's stance when it does not step soon."""
SOON = 1.75
"""Counts within which a first step takes care of it."""
QUICK = 0.35
"""Counts between the last landing of a foot in a move and its first in the next; the earlier step is left out."""
SLOTS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""Counts at which a foot that stands elsewhere may land."""
UNDER_WAY, LONGEST = 0.6, 1.2
"""Counts after a border within which a first step that begins there is begun before it; counts that it may take."""
BLEND = 2.0
"""Counts over which the dancer's frame goes over into that of the next move."""


@dataclass(frozen=True, eq=False)
class Laid:
    """One move of a score with its place on the floor.

    Attributes
    ----------
    stretch
        The move, and which counts of the score it fills.
    path
        Of the dancer's frame, by counts of the move, on the stage.
    starts, steps
        By side: the pose of the foot when the move begins, and its steps, in counts of the score.
    share
        Weight on the left foot when it begins.
    """

    stretch: Stretch
    path: FloorPath
    starts: dict[str, FootPose]
    steps: dict[str, list[FootStep]]
    share: float

    def feet_at_end(self) -> dict[str, FootPose]:
        """Poses of the feet when the move ends."""
        return {side: self.steps[side][-1].new if self.steps[side] else self.starts[side] for side in SIDES}

    def share_at(self, count: float) -> float:
        """Weight on the left foot at a count of the score: on the foot that landed last."""
        landed = [(s.at, side) for side in SIDES for s in self.steps[side] if s.at <= count and s.how != "tap"]
        if not landed:
            return self.share
        return 1.0 if max(landed)[1] == "left" else 0.0


def lay(
    moves: Sequence[tuple[Move, float]], ground: Doubles, facing: float, measures: BodyMeasures
) -> list[Laid]:  # fmt: skip
    """Lay moves end to end, from ``ground (2,)`` metres and `facing` radians on; each with the counts that it has.

    Raises
    ------
    MotionError
        When the steps of a move cannot be danced.
    """
    out: list[Laid] = []
    first = 0.0
    for move, counts in moves:
        feet = tuple(key for key in move.feet if key["at"] <= counts)
        own = replace(move, feet=feet, cyclic=False)
        before = out[-1] if out else None
        laid = _laid(own, Stretch(own, first, counts), before, ground, facing, measures)
        out.append(laid)
        first += counts
        ground, facing = laid.path.at(counts)
    return out


def _laid(
    move: Move, stretch: Stretch, before: Laid | None, ground: Doubles, facing: float, measures: BodyMeasures
) -> Laid:
    whole = floor_path(move, np.array([0.0, stretch.counts]))
    if before is None:
        path = _moved(whole, ground, facing)
        starts = {side: replace(stance_pose(move, path, 0.0, side, measures), since=-1.0) for side in SIDES}
        return Laid(stretch, path, starts, _steps(move, path, starts, stretch, measures), stance_share(move))
    for side in SIDES:
        begins = min((k["at"] for k in move.feet if k["foot"] in (side, "both")), default=np.inf) + stretch.first
        while before.steps[side] and begins - before.steps[side][-1].at < QUICK:
            before.steps[side].pop()
    starts = before.feet_at_end()
    path = _moved(whole, ground, facing)
    # The frame goes where the foot that carries the weight stands.
    left = {"left": 1.0, "right": 0.0}.get(move.stance.get("weight", "both"), 0.5)
    off = np.zeros(2)
    for side, weight in zip(SIDES, (left, 1 - left), strict=True):
        sign = 1.0 if side == "left" else -1.0
        wanted = stance_pose(move, path, 0.0, side, measures)
        off += weight * (ankle_of(starts[side], sign, measures) - ankle_of(wanted, sign, measures))
    path = FloorPath(path.counts, path.ground + off, path.yaw)
    if move.hold != 0.0:
        move = _with_corrections(_stepping_early(move), path, starts, stretch, measures)
    steps = _steps(move, path, starts, stretch, measures)
    return Laid(stretch, path, starts, steps, before.share_at(stretch.first))


def _stepping_early(move: Move) -> Move:
    """The move with a first step that is under way when the move begins, as far as it has the time."""
    if not move.feet or move.feet[0]["foot"] == "both" or move.feet[0].get("how") in ("jump", "swivel", "slide"):
        return move
    first = move.feet[0]
    duration = float(first.get("duration", 0.75))
    if not 0 < first["at"] - duration < UNDER_WAY:
        return move
    return replace(move, feet=({**first, "duration": min(first["at"] + 0.15, LONGEST)}, *move.feet[1:]))


def _moved(path: FloorPath, ground: Doubles, facing: float) -> FloorPath:
    return FloorPath(path.counts, ground + turned(path.ground, facing), path.yaw + facing)


def _steps(
    move: Move, path: FloorPath, starts: dict[str, FootPose], stretch: Stretch, measures: BodyMeasures
) -> dict[str, list[FootStep]]:
    return {side: foot_steps(move, path, side, starts[side], measures, stretch.first) for side in SIDES}


def _with_corrections(
    move: Move, path: FloorPath, starts: dict[str, FootPose], stretch: Stretch, measures: BodyMeasures
) -> Move:
    """The move with a step put in for each foot that stands elsewhere than in its stance and does not move soon."""
    added: list[Key] = []
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        other = SIDES[1 - SIDES.index(side)]
        wanted, held = stance_pose(move, path, 0.0, side, measures), starts[side]
        own = [key for key in move.feet if key["foot"] in (side, "both")]
        first = min((float(key["at"]) for key in own), default=np.inf)
        gap = float(np.linalg.norm(ankle_of(held, sign, measures) - ankle_of(wanted, sign, measures)))
        hangs = held.lift > 0 or abs(held.pitch) > 0.05
        far = gap > OFF or abs(_wrapped(held.yaw - wanted.yaw)) > TURNED
        if not ((far and first > SOON) or (hangs and first > 1.0)):
            continue
        begins = min((float(k["at"]) - float(k.get("duration", 0.75)) for k in own), default=np.inf)
        busy = [
            (float(k["at"]) - float(k.get("duration", 0.75)), float(k["at"]))
            for k in (*move.feet, *added)
            if k["foot"] == other
        ]
        at = next(
            (s for s in SLOTS if s < begins - 0.1 and all(s < a + 0.1 or s - 0.45 > b - 0.05 for a, b in busy)),
            SLOTS[0] if first > SLOTS[0] + 0.2 else None,
        )
        if at is None or at >= stretch.counts:
            continue
        to = list(move.stance.get(side, STANCE[side]))
        added.append({"at": at, "foot": side, "to": to, "duration": 0.45, "weight": 0.5})
    if not added:
        return move
    return replace(move, feet=tuple(sorted((*move.feet, *added), key=lambda key: float(key["at"]))))


def _wrapped(angle: float) -> float:
    return float(np.arctan2(np.sin(angle), np.cos(angle)))


def count_times(beats: Doubles, times: Doubles) -> Doubles:
    """Counts ``(T,)`` at ``times`` for the ``beats`` of a score, 0 on its first; beyond them at the nearest tempo.

    A monotone cubic, as `choreo.moves.tracks.count_clock`, so that uneven beats do not jerk.
    """
    steps = np.diff(beats)
    early, late = (np.arange(1, 65) * step for step in (steps[0], steps[-1]))
    at = np.concatenate([beats[0] - early[::-1], beats, beats[-1] + late])
    number = np.arange(len(at), dtype=float)[:, None] - 64
    return curve(at, number, ["smooth"] * len(at), times)[:, 0]


def compile_laid(
    score: Sequence[Laid], number: int, counts: Doubles, *, fps: float = FPS, beat: float, seed: int = 0
) -> Motion:
    """Dance one move of a score, as it is within it.

    Parameters
    ----------
    number
        Of the move in the score.
    counts
        ``(T,)`` counts of the score, rising, that the frames fall on: of the move, and some before and after it
        (`CONTEXT`).
    beat
        Mean seconds of a count.
    seed
        Of the small unevenness.

    Returns
    -------
    Motion
        ``T`` frames on the stage.
    """
    low, high = float(counts[0]), float(counts[-1])
    near = [k for k in range(len(score)) if score[k].stretch.end > low - 1e-9 and score[k].stretch.first < high + 1e-9]
    near = sorted({number, *(k for k in near if abs(k - number) <= 2)})
    stretches = [score[k].stretch for k in near]
    move = merged_move(stretches, near.index(number))
    skeleton = CANONICAL
    measures = BodyMeasures.of(skeleton)
    path = _joined_path([score[k] for k in near], counts)
    starts: dict[str, FootPose] = {}
    steps: dict[str, list[FootStep]] = {}
    for side in SIDES:
        laid = [step for k in near for step in score[k].steps[side]]
        past = [step for step in laid if step.at <= low]
        starts[side] = past[-1].new if past else score[near[0]].starts[side]
        steps[side] = [step for step in laid if step.at > low and step.begin < high]
    drawn = draw_feet(move, starts, steps, counts, fps, beat, score[near[0]].share_at(low))
    return pose(move, path, drawn, counts, measures, skeleton, fps, beat, seed)


def _joined_path(laid: Sequence[Laid], counts: Doubles) -> FloorPath:
    """The dancer's frame by ``counts (T,)``, going over smoothly from one move's into the next one's."""
    ground, yaw = np.zeros((len(counts), 2)), np.zeros(len(counts))
    for number, each in enumerate(laid):
        own = counts - each.stretch.first
        here = np.stack([np.interp(own, each.path.counts, each.path.ground[:, i]) for i in range(2)], axis=-1)
        turn = np.interp(own, each.path.counts, each.path.yaw)
        share = smootherstep(own / BLEND + 0.5) if number else np.ones(len(counts))
        ground += (here - ground) * share[:, None]
        yaw += (turn - yaw) * share
    return FloorPath(counts, ground, yaw)


def window(score: Sequence[Laid], number: int) -> tuple[float, float]:
    """First and last count of the score with which a move is posed."""
    own = score[number].stretch
    low = max(own.first - CONTEXT, score[0].stretch.first, score[max(number - 2, 0)].stretch.first)
    last = score[min(number + 2, len(score) - 1)].stretch.end
    return low, min(own.end + CONTEXT, score[-1].stretch.end, last)


__all__ = ["Laid", "compile_laid", "count_times", "lay", "window"]
