"""How the steps of a plan are danced: the second pass, which makes one dance of the moves that the search chose.

The search says which moves; this says how large and low each is danced (`choreo.planning.development`), what is changed
about a move that comes back, and where on the stage it goes (`choreo.planning.floor_pattern`). Recordings are danced as
they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from choreo.moves.ends import end_of
from choreo.moves.farther import ends_further, reached, with_places
from choreo.moves.library import starter_move
from choreo.moves.modify import SIZES as MOVE_SIZES
from choreo.moves.modify import can_double, can_reverse, lowest_level, modified, room_of
from choreo.moves.notation import Move
from choreo.moves.resize import HIGHEST
from choreo.planning.costs import drawn
from choreo.planning.development import Moment, moments_of
from choreo.planning.floor_pattern import TURNS, Footing, floor_pattern, section_place
from choreo.planning.graph import is_authored
from choreo.types import Clip, Doubles, Modifiers, PlanStep

SIZES = (0.86, 1.24)
"""Sizes of the smallest and the largest dance."""
LEVELS = 0.13
"""Metres by which the largest dance goes lower."""
LOW_FROM = 0.45
"""Scale from which the dance goes lower."""
UPRIGHT = frozenset({"waltz", "tango", "ballroom", "ballet", "rumba", "cha-cha", "robot"})
"""Styles that are danced upright: they go no lower."""
UPRIGHT_LEVEL = 0.02
HELD = 8
"""Counts beyond which nothing is held still: it would be forgotten rather than held."""
CHANGES = ("arms-half", "arms-double", "retrograde", "held left arm", "held right arm", "held arms")
"""What may be changed about a move that comes back in another section than the chorus."""


@dataclass(frozen=True, eq=False)
class StageStep:
    """A step as staging sees it.

    Attributes
    ----------
    move
        As it is notated; None for recordings.
    displacement
        ``(3,)`` metres to the left and ahead, and radians turned, as the step is danced unmodified.
    """

    step: PlanStep
    clip: Clip
    move: Move | None
    displacement: Doubles


def stage(
    steps: Sequence[PlanStep],
    clips: Sequence[Clip],
    displacements: Sequence[Doubles],
    *,
    seed: int,
    song: str = "",
    kept: Mapping[int, Modifiers] | None = None,
    faces: Mapping[int, float] | None = None,
) -> list[PlanStep]:
    """Choose how each step is danced.

    Parameters
    ----------
    clips
        One for each step.
    displacements
        ``(3,)`` for each step, of recordings: metres to the left and ahead, and radians turned, mirrored where it is.
    kept
        Modifiers that steps keep, by number of the step.
    faces
        Radians to the left of the audience to which wishes say that steps face, by number of the step.

    Returns
    -------
    The steps with `PlanStep.modifiers`, each no more than its move can do.
    """
    kept = kept or {}
    staged = [_seen(step, clip, way) for step, clip, way in zip(steps, clips, displacements, strict=True)]
    moments = moments_of(steps)
    bodies = [kept.get(k, Modifiers()) for k in range(len(steps))]
    changed = _changes(staged, moments, seed, song)
    for k, (each, moment) in enumerate(zip(staged, moments, strict=True)):
        if k not in kept and each.move is not None:
            bodies[k] = _danced(each, each.move, moment, changed[k], k)
    pattern = floor_pattern(_footings(staged, moments, bodies, kept, seed, song, faces or {}))
    out = []
    for k, (each, how, (turn, left, ahead)) in enumerate(zip(staged, bodies, pattern, strict=True)):
        if k not in kept and each.move is not None:
            sign = -1.0 if each.step.mirror else 1.0
            asked = replace(how, turn=float(np.degrees(turn)) * sign, aside=left * sign, ahead=ahead)
            how = achieved(each.move, asked)
        out.append(replace(each.step, modifiers=how))
    return out


def authored(clip: Clip) -> Move | None:
    """The move of a clip as it is notated; None for recordings and moves that are not choreo's own."""
    return starter_move(clip.move) if is_authored(clip) else None


def _seen(step: PlanStep, clip: Clip, displacement: Doubles) -> StageStep:
    move = authored(clip)
    if move is not None:
        displacement = _end(move, Modifiers()) * (np.array([-1.0, 1.0, -1.0]) if step.mirror else 1.0)
    return StageStep(step, clip, move, displacement)


def _danced(each: StageStep, move: Move, moment: Moment, change: str, number: int) -> Modifiers:
    """How large, how low, and with what changed a step is danced."""
    size = SIZES[0] + (SIZES[1] - SIZES[0]) * moment.scale
    if moment.still or each.clip.role in ("idle", "pose"):
        return Modifiers(size=round(min(size, 0.9 if moment.still else 1.0 if each.clip.role == "idle" else size), 2))
    deep = LEVELS * max(moment.scale - LOW_FROM, 0.0) / (1 - LOW_FROM)
    # Low and less low in turns: what is always low is a manner of walking.
    deep *= (1.0, 0.45, 1.25, 0.25)[number % 4]
    if set(each.clip.styles) & UPRIGHT:
        deep = min(deep, UPRIGHT_LEVEL)
    how = Modifiers(size=round(size, 2), level=round(min(deep, lowest_level(move)), 2))
    if change == "arms-half":
        return replace(how, arms=0.5)
    if change == "arms-double":
        return replace(how, arms=2.0)
    if change == "retrograde":
        return replace(how, retrograde=True)
    return replace(how, held=change.removeprefix("held ")) if change else how


def _changes(staged: Sequence[StageStep], moments: Sequence[Moment], seed: int, song: str) -> list[str]:
    """What is changed about each step: nothing the first time, something else each time that its move comes back."""
    times: dict[str, int] = {}
    out: list[str] = []
    for each, moment in zip(staged, moments, strict=True):
        family, move = each.clip.family, each.move
        count = times.get(family, 0)
        times[family] = count + 1
        out.append("")
        if move is None or each.clip.role != "move" or count == 0 or moment.chorus:
            continue
        luck = drawn(seed, song, [f"{family}/{change}" for change in CHANGES])
        can = [change for change in np.array(CHANGES)[np.argsort(luck, kind="stable")].tolist() if _can(move, change)]
        if can:
            out[-1] = can[(count - 1) % len(can)]
    return out


def _can(move: Move, change: str) -> bool:
    if change == "arms-double":
        return can_double(move)
    if change == "retrograde":
        return can_reverse(move)
    moving = len(move.left_arm) > 2 and len(move.right_arm) > 2
    return moving and (change == "arms-half" or move.counts <= HELD)


def _footings(
    staged: Sequence[StageStep],
    moments: Sequence[Moment],
    bodies: Sequence[Modifiers],
    kept: Mapping[int, Modifiers],
    seed: int,
    song: str,
    faces: Mapping[int, float],
) -> list[Footing]:
    out = []
    section = 0
    for k, (each, moment, how) in enumerate(zip(staged, moments, bodies, strict=True)):
        section += moment.first
        turn = way = 0.0
        bent = None
        displacement, role = each.displacement, each.clip.role
        if each.move is not None and k not in kept and role == "move" and not moment.still:
            body = body_of(each.move, how)
            room = room_of(body)
            turn, way = np.radians(min(room.turn, 180.0)), min(room.way, 1.5)
            bent = ends_further(body, TURNS)
            if each.step.mirror:
                bent = bent[::-1] * np.array([-1.0, 1.0, -1.0])
        if each.move is not None and k in kept:
            displacement = _end(each.move, how) * (np.array([-1.0, 1.0, -1.0]) if each.step.mirror else 1.0)
        if role == "entrance":
            displacement = np.zeros(3)  # the stage's middle is where the entrance ends
        luck = float(drawn(seed, song, [f"place {section}"])[0])
        out.append(
            Footing(
                displacement=np.asarray(displacement, np.float64),
                turn=float(turn),
                way=float(way),
                counts=each.step.counts,
                scale=moment.scale,
                fronts=moment.first or role == "pose",
                ends=moment.last,
                place=section_place(luck, moment.scale),
                faces=faces.get(k),
                free=each.move is not None,
                bent=bent,
            )
        )
    return out


@lru_cache(maxsize=4096)
def _end(move: Move, how: Modifiers) -> Doubles:
    """``(3,)`` where a move ends as it is danced; of all steps that an edit leaves as they were it is asked again."""
    return end_of(modified(move, how))


@lru_cache(maxsize=512)
def body_of(move: Move, how: Modifiers) -> Move:
    """The move with all modifiers but those of the floor pattern."""
    return modified(move, replace(how, turn=0.0, aside=0.0, ahead=0.0))


def achieved(move: Move, asked: Modifiers) -> Modifiers:
    """What a move does of what it is asked, rounded as a plan has it."""
    level = min(max(asked.level, HIGHEST), lowest_level(move))
    asked = replace(
        asked,
        level=round(level, 2) + 0.0,
        size=min(max(asked.size, MOVE_SIZES[0]), MOVE_SIZES[1]),
        retrograde=asked.retrograde and can_reverse(move),
        arms=1.0 if asked.arms > 1 and not can_double(move) else asked.arms,
    )
    if not (asked.turn or asked.aside or asked.ahead):
        return asked
    body = with_places(body_of(move, asked))
    turn, aside, ahead = reached(body, asked.turn, asked.aside, asked.ahead)
    return replace(asked, turn=turn + 0.0, aside=aside + 0.0, ahead=ahead + 0.0)
