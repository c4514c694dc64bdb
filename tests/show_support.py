"""A plan by hand, whose times are known, and a show of it."""

from __future__ import annotations

from choreo.types import Body, ChoreographyPlan, Dance, Motion, PlanStep, Show
from choreo.video.timeline import timeline_of

START, BEAT = 10.0, 0.5


def step(name: str, first: int, counts: int, section: str, mirror: bool = False) -> PlanStep:
    beats = tuple(START - 0.5 + BEAT * k for k in range(first, first + counts + 1))
    return PlanStep(name, name, "test", "CC0-1.0", mirror, first, beats, section, 1.0, {})


def plan(name: str = "song.mp3") -> ChoreographyPlan:
    """Three clips of 4, 8 and 4 counts at 120 beats a minute; the first begins half a second before the dance."""
    steps = (step("walk", 0, 4, "A"), step("turn", 4, 8, "A", mirror=True), step("bow", 12, 4, "B"))
    return ChoreographyPlan({"name": name}, 4, 120.0, START, START + 7.5, 0, steps)


def show(*motions: Motion, body: Body, song: str = "", title: str = "song.mp3", start: float = 0.0) -> Show:
    """Each motion a dance of its own."""
    timeline = timeline_of(plan(title))
    return Show(tuple(Dance(f"take {k}", (motion,), timeline) for k, motion in enumerate(motions)), body, song, start)
