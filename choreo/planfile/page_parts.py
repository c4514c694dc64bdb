"""Parts of a plan's page: cards of costs, the dance at a glance, guarantees, where dancers stand."""

from __future__ import annotations

import html
from collections.abc import Mapping

from choreo.clock import clock
from choreo.planfile.counts import step_bars
from choreo.planfile.troupe import Troupe
from choreo.types import ChoreographyPlan, PlanStep

DECIDES = {
    "again": "the same dance again within a few bars",
    "articulation": "how marked the dance is, against the music",
    "copy": "a recording danced on for long",
    "energy": "energy of the dance, against the music's",
    "harmony": "harmony of the music it was danced to",
    "idle": "standing about where there is music to dance to",
    "metre": "beats in a bar",
    "motif": "music that returns is danced as before; that is a reward",
    "outside": "a full move where no phrase is, or in a break",
    "rhythm": "accents of the dance, against the music's",
    "role": "an entrance, ending or pose out of its place",
    "stage": "leaving the middle of the stage, or turning away",
    "straddle": "crossing the border of a phrase",
    "cut": "going on after a bar that the music cuts short",
    "style": "another style than the one chosen",
    "taste": "what the seed says",
    "tempo": "pace of the dance, against the music's",
    "transition": "misfit of poses and speeds at the seam before it",
    "twice": "the same dance twice in a row",
    "warp": "slowed or quickened more than looks natural",
}
GUARANTEES = {
    "contact_slide_p95": ("standing feet slide", 100, "cm/s at most, 19 of 20 frames"),
    "penetration": ("feet under the floor", 100, "cm at most"),
    "largest_drift": ("away from the middle", 1, "m at most"),
    "seam_acceleration": ("seams", 1, "times the jerk inside clips"),
    "worst_seam": ("worst seam", 1, "times the jerk inside clips"),
    "worst_seam_bar": ("worst seam at bar", 1, ""),
    "slowest_warp": ("slowest clip", 1, "times its own pace"),
    "fastest_warp": ("fastest clip", 1, "times its own pace"),
    "dancers_spacing": ("dancers' spacing", 1, "m at least"),
    "dancers_air": ("air between dancers", 1, "m at least"),
}
"""Words, factor and unit."""
WIDTH, BAND, HEIGHT, FLOOR = 1000.0, 18.0, 92.0, 74.0
"""Of the dance at a glance: pixels; bars stand on `FLOOR` and reach up to the band of sections."""


def cards(plan: ChoreographyPlan) -> list[str]:
    """One card a step, with all its costs on the one scale of the plan; larger rewards are cut at its end."""
    most = max([1e-9, *(cost for step in plan.steps for cost in step.costs.values())])
    return [_card(step, most) for step in plan.steps]


def _card(step: PlanStep, most: float) -> str:
    told = f"authored as {step.move}, made for these beats" if step.move else f"danced at {step.warp:.2f} of its pace"
    facts = (told, f"{clock(step.beats[0])} to {clock(step.beats[-1])}", f"{step.dataset}, {step.licence}")
    lines = "".join(f"<span>{html.escape(words)}</span>" for words in (*facts, step.clip_id))
    bars = "".join(_bar(name, cost, most) for name, cost in _largest_first(step.costs))
    total = f"<tr class=total><td>together<td><td>{sum(step.costs.values()):.2f}"
    return f'<div class="card"><p><b>{html.escape(step.name)}</b>{lines}</p><table>{bars}{total}</table></div>'


def _largest_first(costs: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(costs.items(), key=lambda item: (-item[1], item[0]))


def _bar(name: str, cost: float, most: float) -> str:
    kind = " class=reward" * (cost < 0)
    box = f'<i{kind} style="width:{100 * min(abs(cost) / most, 1):.1f}%"></i>'
    return f"<tr><td>{html.escape(name)}<td>{box}<td>{cost:.2f}"


def guarantee_rows(plan: ChoreographyPlan) -> str:
    """What the finished motion was measured to keep."""
    if not plan.guarantees:
        return '<p class="faint">Nothing is measured yet: that is done when the dance is made (choreo render).</p>'
    lines = []
    for key, value in sorted(plan.guarantees.items()):
        words, factor, unit = GUARANTEES.get(key, (key, 1, ""))
        number = f"{factor * value:.0f}" if key.endswith("_bar") else f"{factor * value:.2f}"
        lines.append(f"<div><dt>{html.escape(words)}<dd><b>{number}</b> {unit}</div>")
    return f"<dl class=kept>{''.join(lines)}</dl>"


def overview(plan: ChoreographyPlan, colours: Mapping[str, str]) -> str:
    """The dance at a glance, in true time: parts, beats, and a bar a step, its height the cost a bar.

    Rewards are left out: the bars are to show where it is hard to dance well.
    """
    begin, end = plan.steps[0].beats[0], plan.steps[-1].beats[-1]
    scale = WIDTH / (end - begin)
    each = [sum(max(cost, 0) for cost in step.costs.values()) * plan.metre / step.counts for step in plan.steps]
    most = max([*each, 1e-9])
    out, downs = [], []
    for number, (step, (bar, _)) in enumerate(zip(plan.steps, step_bars(plan), strict=True)):
        x, wide = scale * (step.beats[0] - begin), scale * (step.beats[-1] - step.beats[0])
        tall = (FLOOR - BAND - 6) * each[number] / most
        kind = colours[step.section]
        new = not number or plan.steps[number - 1].section != step.section
        said = html.escape(f"bar {bar}, {clock(step.beats[0])}: {step.name}, {each[number]:.2f} a bar")
        out.append(
            f'<rect class="part {kind}" x="{x:.1f}" y="0" width="{wide:.1f}" height="{BAND}"/>'
            f'<a href="#step-{number}"><title>{said}</title>'
            f'<rect class="hit" x="{x:.1f}" y="{BAND}" width="{wide:.1f}" height="{FLOOR - BAND}"/>'
            f'<rect class="tall {kind}" x="{x + 0.5:.1f}" y="{FLOOR - tall:.1f}" width="{max(wide - 1, 0.5):.1f}" '
            f'height="{tall:.1f}"/></a>'
            + (f'<text class="label" x="{x + 4:.1f}" y="13">{html.escape(step.section)}</text>' if new else "")
        )
        downs += [t for k, t in enumerate(step.beats[:-1]) if k % plan.metre == 0]
    ticks = "".join(f"M{scale * (t - begin):.1f} {FLOOR}v4" for t in downs)
    every = next(s for s in (5, 10, 15, 30, 60, 120, 300, 600, 3600) if (end - begin) / s <= 14 or s == 3600)
    times = [t for t in range(0, int(end) + 1, every) if begin <= t <= end - 25 / scale]
    labels = "".join(
        f'<text x="{scale * (t - begin):.1f}" y="{HEIGHT - 1}">{clock(t, tenths=False)}</text>' for t in times
    )
    return (
        f'<svg class="overview" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="The dance at a glance">'
        f'{"".join(out)}<path d="{ticks}"/>{labels}</svg>'
    )


def stage_picture(plan: ChoreographyPlan, words: str) -> str:
    """Where several dancers stand, seen from above, the audience below; nothing for one."""
    troupe = Troupe.of(plan.options)
    if not words:
        return ""
    from choreo.planfile.formations import stage_positions

    at = stage_positions(troupe.formation, troupe.dancers)
    wide, deep = abs(at).max(axis=0) + 0.6
    told = html.escape(words) + ("; red ones dance mirrored" if troupe.mirrored else "")
    dots = "".join(
        f'<circle{" class=other" * (troupe.mirrored and x > 1e-6)} cx="{x:.2f}" cy="{z:.2f}" r=".3"/>'
        f'<text x="{x:.2f}" y="{z + 0.12:.2f}">{k + 1}</text>'
        for k, (x, z) in enumerate(at.tolist())
    )
    box = f"{-wide:.2f} {-deep:.2f} {2 * wide:.2f} {2 * deep + 0.5:.2f}"
    floor = f'<path d="M{-wide:.2f} {deep:.2f}H{wide:.2f}"/>'
    floor += f'<text class="side" x="0" y="{deep + 0.4:.2f}">audience</text>'
    size = f'style="width:{min(max(70 * wide, 140), 360):.0f}px"'
    return (
        f'<figure class="troupe"><svg viewBox="{box}" {size} role="img" aria-label="Where they stand, from above">'
        f"{dots}{floor}</svg><figcaption>{told}</figcaption></figure>"
    )
