"""Pictures of a plan's page: the dance at a glance, and where several dancers stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from choreo.clock import clock
from choreo.planfile.counts import step_bars, step_metres
from choreo.planfile.group import group_of
from choreo.planfile.spoken import spoken
from choreo.planfile.table import troupe_line
from choreo.planfile.troupe import Troupe
from choreo.types import ChoreographyPlan, Doubles

WIDTH, BAND, HEIGHT, FLOOR = 1000.0, 18.0, 92.0, 74.0
"""Of the dance at a glance: pixels; bars stand on `FLOOR` and reach up to the band of sections."""


@dataclass(frozen=True)
class CostBar:
    """A step in pixels: from `x` on `width`, its bar `tall`; `label` names a part of the song that begins here."""

    x: str
    width: str
    inner_x: str
    inner_width: str
    top: str
    tall: str
    colour: str
    words: str
    label_x: str
    label: str | None


@dataclass(frozen=True)
class Label:
    """A text under the picture."""

    x: str
    words: str


@dataclass(frozen=True)
class Overview:
    """The dance at a glance; `ticks` is an SVG path."""

    width: str
    height: str
    band: float
    reach: float
    bars: list[CostBar]
    ticks: str
    labels: list[Label]
    label_y: float


def overview(plan: ChoreographyPlan, colours: Mapping[str, str]) -> Overview:
    """The dance at a glance, in true time: parts, beats, and a bar a step, its height the cost a bar.

    Rewards are left out: the bars are to show where it is hard to dance well.
    """
    begin, end = plan.steps[0].beats[0], plan.steps[-1].beats[-1]
    scale = WIDTH / (end - begin)
    metres = step_metres(plan)
    each = [
        sum(max(cost, 0) for cost in step.costs.values()) * metre / step.counts
        for step, metre in zip(plan.steps, metres, strict=True)
    ]
    most = max([*each, 1e-9])
    bars, downbeats = [], []
    for number, (step, (bar, _)) in enumerate(zip(plan.steps, step_bars(plan), strict=True)):
        x, width = scale * (step.beats[0] - begin), scale * (step.beats[-1] - step.beats[0])
        tall = (FLOOR - BAND - 6) * each[number] / most
        new = not number or plan.steps[number - 1].section != step.section
        bars.append(
            CostBar(
                x=f"{x:.1f}",
                width=f"{width:.1f}",
                inner_x=f"{x + 0.5:.1f}",
                inner_width=f"{max(width - 1, 0.5):.1f}",
                top=f"{FLOOR - tall:.1f}",
                tall=f"{tall:.1f}",
                colour=colours[step.section],
                words=f"bar {bar}, {clock(step.beats[0])}: {spoken(step.name)}, {each[number]:.2f} a bar",
                label_x=f"{x + 4:.1f}",
                label=step.section if new else None,
            )
        )
        downbeats += [t for k, t in enumerate(step.beats[:-1]) if k % metres[number] == 0]
    ticks = "".join(f"M{scale * (t - begin):.1f} {FLOOR}v4" for t in downbeats)
    every = next(s for s in (5, 10, 15, 30, 60, 120, 300, 600, 3600) if (end - begin) / s <= 14 or s == 3600)
    times = [t for t in range(0, int(end) + 1, every) if begin <= t <= end - 25 / scale]
    labels = [Label(f"{scale * (t - begin):.1f}", clock(t, tenths=False)) for t in times]
    return Overview(
        width=f"{WIDTH:g}",
        height=f"{HEIGHT:g}",
        band=BAND,
        reach=FLOOR - BAND,
        bars=bars,
        ticks=ticks,
        labels=labels,
        label_y=HEIGHT - 1,
    )


@dataclass(frozen=True)
class Dancer:
    """Where one stands, in metres; the number is written at `text_y`."""

    x: str
    y: str
    text_y: str
    other: bool


@dataclass(frozen=True)
class Stage:
    """The stage seen from above, in metres; `floor` is an SVG path."""

    box: str
    pixels: str
    dancers: list[Dancer]
    floor: str
    audience_y: str
    caption: str


def stage_pictures(plan: ChoreographyPlan) -> list[Stage]:
    """Where several dancers stand, seen from above, the audience below: a picture a part.

    None of one dancer, nor of a couple in closed hold.
    """
    words = troupe_line(plan)
    if not words or Troupe.of(plan.options).held:
        return []
    from choreo.planfile.formations import stage_positions

    group = group_of(plan.options)
    troupe = Troupe.of(plan.options).settled
    if group is None:
        at = stage_positions(troupe.formation, troupe.dancers)
        mirrored = [bool(troupe.mirrored and x > 1e-6) for x in at[:, 0].tolist()]
        return [_stage(at, mirrored, words + ("; red ones dance mirrored" if troupe.mirrored else ""))]
    from choreo.planfile.formations import front_place
    from choreo.planfile.places import taken_places

    found = []
    for part, at in zip(group.parts, taken_places(group.parts, troupe.dancers), strict=True):
        first, last = part.bars
        led = part.role in ("solo", "backing")
        red = [led and number == front_place(at) for number in range(len(at))]
        where = " ".join(filter(None, (f"bars {first}-{last - 1}", part.section)))
        caption = f"{where}: {part.formation}, {part.role}"
        found.append(_stage(at, red, caption + ("; the red one leads" if led else "")))
    return found


def _stage(at: Doubles, red: list[bool], caption: str) -> Stage:
    """One picture of places ``(N, 2)``, in units of the distance of neighbours."""
    wide, deep = abs(at).max(axis=0) + 0.6
    dancers = [
        Dancer(f"{x:.2f}", f"{z:.2f}", f"{z + 0.12:.2f}", other) for (x, z), other in zip(at.tolist(), red, strict=True)
    ]
    return Stage(
        box=f"{-wide:.2f} {-deep:.2f} {2 * wide:.2f} {2 * deep + 0.5:.2f}",
        pixels=f"{min(max(70 * wide, 140), 360):.0f}",
        dancers=dancers,
        floor=f"M{-wide:.2f} {deep:.2f}H{wide:.2f}",
        audience_y=f"{deep + 0.4:.2f}",
        caption=caption,
    )
