"""A plan as one HTML file to dance from: eights in rows, steps as blocks, what each cost. No network, no library."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from choreo.clock import clock
from choreo.pages import page
from choreo.planfile.counts import metre_words, step_bars
from choreo.planfile.film import film_lines
from choreo.planfile.page_parts import cards, guarantees, meanings
from choreo.planfile.page_pictures import overview, stage_pictures
from choreo.planfile.page_rows import page_rows
from choreo.planfile.spoken import spoken
from choreo.planfile.style_changes import style_words
from choreo.types import ChoreographyPlan

HUES = 8
"""Colours of sections in the style sheet."""


def write_page(plan: ChoreographyPlan, path: str | Path) -> None:
    """Write the page; the same plan gives the same bytes."""
    colours = section_colours(plan)
    text = page(
        "choreo.planfile",
        "page.html",
        title=str(plan.song.get("name", "")) or "a dance",
        about=_about(plan),
        film=film_lines(plan),
        stages=stage_pictures(plan),
        warnings=plan.warnings,
        guarantees=guarantees(plan),
        overview=overview(plan, colours),
        rows=page_rows(plan, colours),
        cards=cards(plan),
        moves=_moves(plan),
        terms=meanings(plan),
    )
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def section_colours(plan: ChoreographyPlan) -> dict[str, str]:
    """Style sheet class of each part of the song, in order of appearance; what is no part is grey."""
    labels = [label for label in dict.fromkeys(step.section for step in plan.steps) if label]
    return {"": "none"} | {label: f"c{k % HUES}" for k, label in enumerate(labels)}


def _about(plan: ChoreographyPlan) -> str:
    bars = step_bars(plan)
    facts = [
        f"{plan.tempo:.1f} beats a minute",
        f"{metre_words(plan)} in a bar",
        f"{bars[-1][1] - bars[0][0]} bars",
        f"{clock(plan.start)} to {clock(plan.end)}",
        f"style {style_words(plan)}" if "style" in plan.options else "",
        f"seed {plan.seed}",
    ]
    return ", ".join(filter(None, facts))


@dataclass(frozen=True)
class MoveRow:
    """A clip that has to be learnt: how often it is danced, where first, and whose it is."""

    name: str
    times: int
    mirrored: int
    first_bar: int
    counts: int
    dataset: str
    licence: str


def _moves(plan: ChoreographyPlan) -> list[MoveRow]:
    first: dict[str, int] = {}
    times, mirrored = Counter[str](), Counter[str]()
    for step, (bar, _) in zip(plan.steps, step_bars(plan), strict=True):
        first.setdefault(step.clip_id, bar)
        times[step.clip_id] += 1
        mirrored[step.clip_id] += step.mirror
    known = {step.clip_id: step for step in reversed(plan.steps)}
    return [
        MoveRow(spoken(step.name), times[clip_id], mirrored[clip_id], bar, step.counts, step.dataset, step.licence)
        for clip_id, bar in first.items()
        for step in [known[clip_id]]
    ]
