"""A plan as a table that a dancer can read."""

from __future__ import annotations

from choreo.clock import clock
from choreo.foreign.shown import shown
from choreo.planfile.counts import first_counts, metre_words, step_bars
from choreo.planfile.directed import directed_lines
from choreo.planfile.film import film_lines
from choreo.planfile.group import Group, group_of
from choreo.planfile.manners import manner_words
from choreo.planfile.spoken import spoken
from choreo.planfile.style_changes import style_begun, style_words
from choreo.planfile.troupe import Troupe
from choreo.retrieval.told import BUT, for_and_against
from choreo.types import ChoreographyPlan, PlanStep


def troupe_line(plan: ChoreographyPlan) -> str:
    """How many dance, in which formation and unison; empty for one dancer."""
    troupe = Troupe.of(plan.options)
    if troupe.dancers == 1:
        return ""
    group = group_of(plan.options)
    if group is not None:
        told = [f"bars {first}-{last - 1} {what}" for (first, last), what in _told(group)]
        return f"{troupe.dancers} dancers: {'; '.join(told)}"
    troupe = troupe.settled
    each = f"canon, {troupe.canon_bars} bar{'s' * (troupe.canon_bars > 1)} from one to the next"
    if troupe.held:
        return "a couple in closed hold"
    return f"{troupe.dancers} dancers, {troupe.formation}, {each if troupe.canon_bars else troupe.unison}"


def part_line(plan: ChoreographyPlan) -> str:
    """Which part of its whole dance a slice is; empty for a whole."""
    around = plan.around
    if around is None:
        return ""
    whole = f"{clock(around.start)} to {clock(around.end)}"
    return f"{clock(plan.start)} to {clock(plan.end)} of a dance from {whole}, whose bars are counted"


def _told(group: Group) -> list[tuple[tuple[int, int], str]]:
    """The bars and the words of each part."""
    return [(part.bars, f"{part.formation}, {part.role}") for part in group.parts]


def _why(step: PlanStep) -> str:
    """First reason for a step and first against it: lines stay short, the page has all.

    The two largest costs where a plan is older than reasons.
    """
    if not step.reasons:
        worst = sorted(step.costs.items(), key=lambda item: (-item[1], item[0]))[:2]
        return ", ".join(f"{key} {cost:.2f}" for key, cost in worst)
    good, against = for_and_against(step.reasons)
    return "; ".join([*good[:1], *(BUT + why for why in against[:1])])


def plan_table(plan: ChoreographyPlan) -> str:
    """The dance as a table in eights: bar, time, counts, part of the song, move, how it is danced, what decided.

    Counts are numbered as dancers count: 1 to 8 over two bars of four, 1 to 6 over two bars of three.
    """
    song = shown(str(plan.song.get("name", "")))
    head = f"{song}  {plan.tempo:.0f} beats/min, {metre_words(plan)} to the bar, seed {plan.seed}"
    danced = f"danced as {style_words(plan)}" if plan.options.get("styles") else ""
    kept = [shown(line) for line in directed_lines(plan.options)]
    lines = [head, *filter(None, [danced, troupe_line(plan), *film_lines(plan), *kept, part_line(plan)]), ""]
    names = [shown(spoken(step.name, mirrored=step.mirror)) for step in plan.steps]
    manners = [shown(manner_words(step)) for step in plan.steps]
    wide, far = max(26, *map(len, names)), max(map(len, manners))
    how = f"  {'danced':<{far}}" if far else ""
    lines += [f"{'bar':>4} {'time':>8}  {'counts':<6}  {'part':<4}  {'move':<{wide}}  {'tempo':>5}{how}  why"]
    before = ""
    listed = zip(plan.steps, names, manners, first_counts(plan), step_bars(plan), strict=True)
    for step, name, manner, first, (bar, _) in listed:
        why = shown("; ".join([*(f"sung here: '{words}'" for words in step.calls), _why(step)]))
        tempo = 60 * step.counts / (step.beats[-1] - step.beats[0])
        counts = f"{first + 1}-{(first + step.counts - 1) % (2 * (step.metre or plan.metre)) + 1}"
        if step is not plan.steps[0] and step.section != before:
            lines.append("")
        if style := style_begun(plan, step):
            lines.append(f"{'':>4} {'':>8}  -- {style} --")
        part = shown(step.section)
        how = f"  {manner:<{far}}" if far else ""
        row = f"{bar:>4} {clock(step.beats[0]):>8}  {counts:<6}  {part:<4}  {name:<{wide}}  {tempo:>5.0f}{how}  {why}"
        lines.append(row.rstrip())
        before = step.section
    if plan.guarantees:
        values = plan.guarantees
        summary = [
            f"feet slide {100 * values['contact_slide_p95']:.1f} cm/s" if "contact_slide_p95" in values else "",
            f"seams {values['seam_acceleration']:.2f} of what is inside clips" if "seam_acceleration" in values else "",
            f"warp {values['slowest_warp']:.2f} to {values['fastest_warp']:.2f}" if "slowest_warp" in values else "",
            f"moves {beyond:.2f} beyond their tempos" if (beyond := values.get("tempo_beyond", 1.0)) > 1.005 else "",
        ]
        lines += ["", "kept: " + ", ".join(each for each in summary if each)]
    return "\n".join(lines)
