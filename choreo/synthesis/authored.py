"""Runs of authored moves in a plan: neighbouring steps that are compiled onto the song's beats as one score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from choreo.motion.repair import sliced
from choreo.motion.skeleton import CANONICAL
from choreo.moves.frame import BodyMeasures
from choreo.moves.holds import can_hold, held_at_end, standing
from choreo.moves.library import starter_move
from choreo.moves.modify import mirrored_move, modified
from choreo.moves.notation import Move
from choreo.moves.score import Laid, compile_laid, count_times, lay, window
from choreo.moves.uneven import uneven
from choreo.synthesis.warp import slowed_on_beats
from choreo.types import Clip, Doubles, Modifiers, Motion, PlanStep

LEAD = 0.03
"""Seconds by which authored moves are danced early: limbs come to rest that much after the count that they are
written on (median lag of motion beats behind the music's, `benchmarks/life.py`)."""
ACCENTED, PLAIN, THROUGH = 0.9, 0.62, -0.05
"""How much an authored move slows down on a count with an accent and on one without, as a share of its pace: dancers
arrive on the beat and stay for a moment. Where one move goes over into the next they go through it."""


HELD = 0.9
"""Share of moves that come to a pose before their end and hold it."""


def authored_move(step: PlanStep, clips: Mapping[str, Clip]) -> Move | None:
    """The authored move of a step as it is notated; None when the step is danced by a recording."""
    clip = clips.get(step.clip_id)
    return starter_move(clip.move) if clip is not None and clip.dataset == "starter" else None


@dataclass(frozen=True, eq=False)
class Run:
    """Neighbouring steps of authored moves on the stage.

    Attributes
    ----------
    first
        Number of the first step in the plan.
    beats
        ``(N + 1,)`` seconds of all counts.
    score
        One move a step.
    seeds
        One a step.
    ground, facing
        ``(2,)`` metres and radians at which it begins.
    """

    first: int
    beats: Doubles
    score: Sequence[Laid]
    seeds: Sequence[int]
    ground: Doubles
    facing: float

    @cached_property
    def slowing(self) -> Doubles:
        """Share by which time runs slower on each count, ``(N + 1,)``."""
        out = np.full(len(self.beats), PLAIN)
        for number, laid in enumerate(self.score):
            first, counts = round(laid.stretch.first), round(laid.stretch.counts)
            for at, strength in laid.stretch.move.accents:
                if at == round(at) and at <= counts:
                    out[first + round(at)] = PLAIN + (ACCENTED - PLAIN) * strength
            if number:
                out[first] = THROUGH
        return out

    def dance(self, number: int, times: Doubles, fps: float) -> Motion:
        """Dance step `number` of the plan at ``times (T,)``, seconds of the song that follow each other at `fps`."""
        own = number - self.first
        stretch = self.score[own].stretch
        low, high = window(self.score, own)
        before = after = 0
        if low < stretch.first:
            before = max(0, int((times[0] - self._time(low)) * fps))
        if high > stretch.end:
            after = max(0, int((self._time(high) - times[-1]) * fps))
        early = times[0] - np.arange(before, 0, -1) / fps
        late = times[-1] + np.arange(1, after + 1) / fps
        each = self._counts(np.concatenate([early, times, late]))
        beat = float(np.diff(self.beats[int(stretch.first) : int(stretch.end) + 1]).mean())
        motion = compile_laid(self.score, own, each, fps=fps, beat=beat, seed=self.seeds[own])
        return sliced(motion, before, before + len(times))

    def _counts(self, times: Doubles) -> Doubles:
        """Counts ``(T,)`` that are danced at `times`."""
        return count_times(self.beats, slowed_on_beats(times + LEAD, self.beats, self.slowing))

    def _time(self, count: float) -> float:
        return float(np.interp(count, np.arange(len(self.beats)), self.beats)) - LEAD


@lru_cache(maxsize=1024)
def _as_danced(move: Move, modifiers: Modifiers, seed: int, energy: float, waits: bool) -> Move:
    """A move with its modifiers and its unevenness, held at its end; `waits` where the next step begins held."""
    changed = uneven(modified(move, modifiers), seed, energy)
    holds = can_hold(changed) and (waits or np.random.default_rng((seed, 1)).random() < HELD)
    return held_at_end(changed) if holds else changed


def run_of(
    steps: Sequence[PlanStep],
    moves: Sequence[Move],
    seeds: Sequence[int],
    *,
    first: int = 0,
    ground: Doubles | None = None,
    facing: float = 0.0,
) -> Run:
    """Lay the moves of neighbouring steps on the stage, as each of them is danced: modified, mirrored, cut short.

    Raises
    ------
    MotionError
        When a move cannot be danced so.
    """
    danced = []
    for number, (step, move, seed) in enumerate(zip(steps, moves, seeds, strict=True)):
        if step.held:
            danced.append((standing(move), float(step.counts)))
            continue
        waits = any(each.held for each in steps[number + 1 : number + 2])
        changed = _as_danced(move, step.modifiers, seed, step.energy, waits)
        danced.append((mirrored_move(changed) if step.mirror else changed, float(min(step.counts, move.counts))))
    beats = np.array([*(t for step in steps for t in step.beats[:-1]), steps[-1].beats[-1]], np.float64)
    place = np.zeros(2) if ground is None else np.asarray(ground, np.float64)
    return Run(first, beats, lay(danced, place, facing, BodyMeasures.of(CANONICAL)), seeds, place, facing)


__all__ = ["Run", "authored_move", "run_of"]
