"""The choreography sheet: a plan as JSON, and as a table that a dancer can read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from choreo.errors import InputError, PlanError
from choreo.troupe import Troupe
from choreo.types import ChoreographyPlan, PlanStep

SCHEMA = 1
MAX_BYTES = 64 * 2**20
DIGITS = 6
"""Plans are made in whole microseconds, so that a plan read from its file is the plan that was written."""


def _plain(value: Any) -> Any:
    """JSON-ready copy: floats rounded, tuples as lists, mappings sorted by the writer."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) or hasattr(value, "item"):
        return round(float(value), DIGITS)
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value]


def plan_to_dict(plan: ChoreographyPlan) -> dict[str, Any]:
    """Plan as JSON-ready values, schema version first."""
    fields = {name: _plain(getattr(plan, name)) for name in plan.__dataclass_fields__ if name != "steps"}
    steps = [{name: _plain(getattr(step, name)) for name in step.__dataclass_fields__} for step in plan.steps]
    return {"schema": SCHEMA, **fields, "steps": steps}


def write_plan(plan: ChoreographyPlan, path: str | Path) -> None:
    """Write the sheet; the same plan gives the same bytes."""
    text = json.dumps(plan_to_dict(plan), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


def _step(data: dict[str, Any]) -> PlanStep:
    return PlanStep(
        clip_id=str(data["clip_id"]),
        name=str(data["name"]),
        dataset=str(data["dataset"]),
        licence=str(data["licence"]),
        mirror=bool(data["mirror"]),
        first_beat=int(data["first_beat"]),
        beats=tuple(float(t) for t in data["beats"]),
        section=str(data["section"]),
        warp=float(data["warp"]),
        costs={str(key): float(cost) for key, cost in data["costs"].items()},
        move=str(data["move"]),
        energy=float(data.get("energy", 0.5)),
    )


def _check(plan: ChoreographyPlan) -> None:
    if not plan.steps:
        raise ValueError("a plan needs at least one step")
    numbers = [plan.start, plan.end, plan.tempo, *plan.guarantees.values()]
    numbers += [value for step in plan.steps for value in (step.warp, step.energy, *step.beats, *step.costs.values())]
    if not all(math.isfinite(value) for value in numbers):
        raise ValueError("its numbers must be finite")
    Troupe.of(plan.options)
    if not plan.start < plan.end or not plan.metre > 0:
        raise ValueError("start must come before end, and the metre be positive")
    for n, step in enumerate(plan.steps):
        if len(step.beats) < 2 or any(b <= a for a, b in zip(step.beats, step.beats[1:], strict=False)):
            raise ValueError(f"step {n}: beats must be at least two rising times")
        if n and abs(step.beats[0] - plan.steps[n - 1].beats[-1]) > 1e-3:
            raise ValueError(f"step {n}: must begin where step {n - 1} ends")
    if plan.steps[0].beats[0] > plan.start + 1e-3 or plan.steps[-1].beats[-1] < plan.end - 0.2:
        raise ValueError("the steps do not cover the time from start to end")


def read_plan(path: str | Path) -> ChoreographyPlan:
    """Read a sheet.

    Raises
    ------
    PlanError
        When the file is missing, is no plan, is of a newer choreo, or its steps do not fit together.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PlanError(f"{path}: too large for a plan ({path.stat().st_size} bytes).")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{path}: not a plan: {str(error)[:120]}. Make one with `choreo plan SONG`.") from error
    if not isinstance(data, dict) or not isinstance(data.get("schema"), int):
        raise PlanError(f"{path}: not a plan: no schema version. Make one with `choreo plan SONG`.")
    if data["schema"] != SCHEMA:
        raise PlanError(f"{path}: plan schema {data['schema']}, this choreo reads {SCHEMA}. Update choreo.")
    try:
        plan = ChoreographyPlan(
            song=dict(data["song"]),
            metre=int(data["metre"]),
            tempo=float(data["tempo"]),
            start=float(data["start"]),
            end=float(data["end"]),
            seed=int(data["seed"]),
            steps=tuple(_step(step) for step in data["steps"]),
            options=dict(data["options"]),
            versions=dict(data["versions"]),
            guarantees={str(key): float(value) for key, value in data["guarantees"].items()},
            warnings=tuple(str(w) for w in data["warnings"]),
        )
        _check(plan)
    except InputError as error:
        raise PlanError(f"{path}: a damaged plan: {error.message}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)[:160]
        raise PlanError(f"{path}: a damaged plan: {what}.") from error
    return plan


def clock(seconds: float) -> str:
    """``1:05.3``, to the tenth of a second."""
    tenths = round(10 * abs(seconds))
    return f"{'-' if seconds < 0 and tenths else ''}{tenths // 600}:{tenths % 600 / 10:04.1f}"


def step_bars(plan: ChoreographyPlan) -> list[tuple[int, int]]:
    """The bars of each step."""
    out, bar = [], 0
    for step in plan.steps:
        span = step.bars(plan.metre)
        out.append((bar, bar + span))
        bar += span
    return out


def first_counts(plan: ChoreographyPlan) -> list[int]:
    """Where in its eight each step begins, 0 to ``2 * metre - 1``.

    A part of the song, a step of a whole eight and what follows a bar cut short begin anew.
    """
    eight, at, before, out = 2 * plan.metre, 0, "", []
    for step in plan.steps:
        if step.counts >= eight or step.section != before:
            at = 0
        out.append(at % eight)
        at, before = 0 if step.counts % plan.metre else at + step.counts, step.section
    return out


def troupe_line(plan: ChoreographyPlan) -> str:
    """Who dances, in words; nothing for one dancer."""
    troupe = Troupe.of(plan.options)
    if troupe.dancers == 1:
        return ""
    each = f"canon, {troupe.canon_bars} bar{'s' * (troupe.canon_bars > 1)} from one to the next"
    return f"{troupe.dancers} dancers, {troupe.formation}, {each if troupe.canon_bars else troupe.unison}"


def plan_table(plan: ChoreographyPlan) -> str:
    """The dance as a table in eights: bar, time, counts, part of the song, move, what decided.

    Counts are numbered as dancers count: 1 to 8 over two bars of four, 1 to 6 over two bars of three.
    """
    song = plan.song.get("name", "")
    head = f"{song}  {plan.tempo:.0f} beats/min, {plan.metre} to the bar, seed {plan.seed}"
    lines = [head, *filter(None, [troupe_line(plan)]), ""]
    names = [f"{step.name} (mirrored)" if step.mirror else step.name for step in plan.steps]
    wide = max(26, *map(len, names))
    lines += [f"{'bar':>4} {'time':>8}  {'counts':<6}  {'part':<4}  {'move':<{wide}}  {'tempo':>5}  largest costs"]
    eight, before = 2 * plan.metre, ""
    for step, name, first, (bar, _) in zip(plan.steps, names, first_counts(plan), step_bars(plan), strict=True):
        worst = sorted(step.costs.items(), key=lambda item: (-item[1], item[0]))[:2]
        why = ", ".join(f"{key} {cost:.2f}" for key, cost in worst)
        tempo = 60 * step.counts / (step.beats[-1] - step.beats[0])
        counts = f"{first + 1}-{(first + step.counts - 1) % eight + 1}"
        if bar and step.section != before:
            lines.append("")
        row = (
            f"{bar:>4} {clock(step.beats[0]):>8}  {counts:<6}  {step.section:<4}  {name:<{wide}}  {tempo:>5.0f}  {why}"
        )
        lines.append(row.rstrip())
        before = step.section
    if plan.guarantees:
        kept = plan.guarantees
        told = [
            f"feet slide {100 * kept['contact_slide_p95']:.1f} cm/s" if "contact_slide_p95" in kept else "",
            f"seams {kept['seam_acceleration']:.2f} of what is inside clips" if "seam_acceleration" in kept else "",
            f"warp {kept['slowest_warp']:.2f} to {kept['fastest_warp']:.2f}" if "slowest_warp" in kept else "",
        ]
        lines += ["", "kept: " + ", ".join(each for each in told if each)]
    return "\n".join(lines)
