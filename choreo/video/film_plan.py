"""Shots and lights of a whole plan as blocks of bars, the user's own and the director's, without a dance to look at."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from choreo.planfile.slices import bar_starts, whole_plan
from choreo.types import ChoreographyPlan, Doubles
from choreo.video.lights import cues
from choreo.video.shots import plan_shots
from choreo.video.timeline import section_at, timeline_of


@dataclass(frozen=True)
class FilmBlock:
    """A shot or a light: the bar in which it begins, how many bars it has, its name, and whether it is the user's."""

    bar: int
    bars: int
    name: str
    own: bool


def film_blocks(plan: ChoreographyPlan) -> tuple[tuple[FilmBlock, ...], tuple[FilmBlock, ...]]:
    """Shots and lights of the whole dance, each without gaps from its first bar to its last.

    The director's shots are those that are planned: when they are filmed, cuts move by a beat or two to where limbs
    arrive, and shots inside sections may go near, as `choreo.video.cuts` sees by the motion. Own ones stay as they are.

    Examples
    --------
    >>> from choreo import make_plan
    >>> from choreo.planfile import with_shot
    >>> from choreo.video import film_blocks
    >>> _, plan, _ = make_plan("song.wav")
    >>> shots, lights = film_blocks(with_shot(plan, (1, 3), "near"))
    >>> [(shot.bar, shot.bars, shot.own) for shot in shots][:2], shots[1].name
    ([(0, 1, False), (1, 2, True)], 'near')
    """
    whole = whole_plan(plan)
    line, starts = timeline_of(whole), np.array(bar_starts(whole)) - whole.start
    end = whole.end - whole.start
    shots = [(shot.start, shot.own or shot.type.name, bool(shot.own)) for shot in plan_shots(line, end)]
    # A cue a step: those of one light are one block.
    lit = [(cue, section_at(line.lights, cue.start + 1e-3)) for cue in cues(line)]
    lights = [
        (next(run)[0].start, name, own is not None)
        for (name, own), run in groupby(lit, key=lambda row: (row[0].name, row[1]))
    ]
    return _blocks(shots, starts), _blocks(lights, starts)


def _blocks(begun: list[tuple[float, str, bool]], starts: Doubles) -> tuple[FilmBlock, ...]:
    """Blocks from what begins when, and when bars begin; of those in one bar the last."""
    at = [int(np.abs(starts[:-1] - start).argmin()) for start, _, _ in begun]
    at[0] = 0
    rows = {bar: (name, own) for bar, (_, name, own) in zip(at, begun, strict=True)}
    return tuple(FilmBlock(bar, last - bar, *rows[bar]) for bar, last in pairwise([*rows, len(starts) - 1]))


__all__ = ["FilmBlock", "film_blocks"]
