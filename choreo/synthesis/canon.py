"""The plan of a dancer in a canon: idle motion, the steps some beats late, the ending together with all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from choreo.errors import InputError
from choreo.moves.library import move_clip, starter_idles
from choreo.planfile.troupe import Troupe
from choreo.synthesis.realise import realise
from choreo.synthesis.seeds import step_seeds
from choreo.types import ChoreographyPlan, Clip, Doubles, PlanStep

FITTED = "canon"
"""Dataset of clips made here: their beats are their step's beats already, and `realise` does not compile them anew."""


def check_canon(plan: ChoreographyPlan, troupe: Troupe) -> None:
    """Make sure that the last dancer of a canon has a bar to dance before all end together.

    Raises
    ------
    InputError
        When the canon is longer than the dance.
    """
    late = troupe.canon_bars * (troupe.dancers - 1)
    bars = sum(step.counts for step in plan.steps[: _finale(plan)]) // plan.metre
    if late and late + 1 > bars:
        raise InputError(
            f"{troupe.unison}: the last of {troupe.dancers} dancers would begin {late} bars late, and all end together "
            f"{bars} bars after the first begins. Use fewer dancers, fewer bars, or more of the song."
        )


def delayed(
    plan: ChoreographyPlan, clips: Mapping[str, Clip], late: int, *, fps: float
) -> tuple[ChoreographyPlan, dict[str, Clip]]:
    """The plan of a dancer who begins `late` beats after the first.

    Until then the dancer dances an idle move. Every step then lies on beats of the song that are exactly `late` further
    on; the last steps, from a bar or more before the end (`_finale`), are danced with all others, and the delayed step
    that would run into them is cut.

    Returns
    -------
    plan, clips
        For `choreo.synthesis.perform`.
    """
    beats = np.array([*(t for step in plan.steps for t in step.beats[:-1]), plan.steps[-1].beats[-1]])
    first = np.cumsum([0, *(step.counts for step in plan.steps)])
    together = _finale(plan)
    finale = int(first[together])
    idle = idle_move(plan)
    # A delayed step may reach beyond the song's last beat before it is cut; beats go on there at the last one's length.
    tail = beats[-1] + np.arange(1, late + idle.counts + 1) * (beats[-1] - beats[-2])
    beats = np.concatenate([beats, tail])
    found: dict[str, Clip] = dict(clips)
    steps: list[PlanStep] = []

    def add(step: PlanStep, clip: Clip, at: int, counts: int, seed: int) -> None:
        """Add the first `counts` beats of a step moved to beat `at`, as a clip made for these beats."""
        whole = replace(step, beats=tuple(beats[at : at + step.counts + 1].tolist()))
        fitted = _fitted(clip, whole, counts, fps, seed, f"{FITTED}/{len(steps)}")
        found[fitted.clip_id] = fitted
        steps.append(replace(whole, clip_id=fitted.clip_id, mirror=False, beats=whole.beats[: counts + 1]))

    at = 0
    while at < late:
        waiting = replace(
            plan.steps[0], name=idle.name, mirror=False, first_beat=-1, beats=tuple(beats[at : at + idle.counts + 1])
        )
        counts = min(idle.counts, late - at)
        add(waiting, idle, at, counts, plan.seed)
        at += counts
    seeds = step_seeds(plan)
    for number, step in enumerate(plan.steps[:together]):
        at = int(first[number]) + late
        if at + step.counts <= finale:
            steps.append(replace(step, beats=tuple(beats[at : at + step.counts + 1].tolist())))
        elif at < finale:
            add(step, clips[step.clip_id], at, finale - at, seeds[number])
    for number in range(together, len(plan.steps)):
        step = plan.steps[number]
        add(step, clips[step.clip_id], int(first[number]), step.counts, seeds[number])
    return replace(plan, steps=tuple(steps)), found


def _finale(plan: ChoreographyPlan) -> int:
    """Number of the step from which all dance together: the last that begins a bar or more before the end."""
    bar = plan.metre * float(np.median([t for step in plan.steps for t in np.diff(step.beats)]))
    begins = [step.beats[0] <= plan.end - bar for step in plan.steps]
    return max((number for number, early in enumerate(begins) if early), default=0)


def idle_move(plan: ChoreographyPlan) -> Clip:
    """A calm way to wait in the plan's metre, at about its tempo."""
    moves = starter_idles()
    fitting = [move for move in moves if move.metre == plan.metre] or moves
    calm = min(fitting, key=lambda move: (abs(np.log(move.tempo / max(plan.tempo, 1.0))), move.name))
    return move_clip(calm)


def _fitted(clip: Clip, step: PlanStep, counts: int, fps: float, seed: int, name: str) -> Clip:
    """The first `counts` beats of a step as a clip that lies on the step's beats."""
    beats: Doubles = np.asarray(step.beats[: counts + 1], np.float64)
    frames = int(np.ceil((beats[-1] - beats[0]) * fps)) + 1
    motion = realise(clip, step, beats[0] + np.arange(frames) / fps, fps, seed)
    rhythm = np.zeros(2 * counts, np.float32)
    same = {each: getattr(clip, each) for each in ("name", "source", "licence", "metre", "styles", "energy")}
    return Clip(clip_id=name, dataset=FITTED, motion=motion, beats=beats - beats[0], rhythm=rhythm, **same)
