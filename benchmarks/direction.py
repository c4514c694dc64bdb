"""Lists of wishes on whole songs: granted, explained, or neither.

    python benchmarks/direction.py SONG... [--db PLACE] [--show]

The lists are in ``wishes.yaml``. Whether a wish was granted is judged by the plan alone: the step at the bar, what the
clips danced in a range measure, the steps of parts that are to be the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from choreo.errors import ChoreoError, InputError, PlanningError
from choreo.options import Choosing
from choreo.pipeline import make_plan
from choreo.planfile.counts import step_bars
from choreo.planning import Wishes
from choreo.planning.bars import Bar
from choreo.planning.wish_meaning import Meaning, meaning
from choreo.planning.wish_ranges import BarRange, ranges_of
from choreo.planning.wish_text import read_wish
from choreo.types import ChoreographyPlan, Clip, MusicAnalysis, PlanStep

LISTS = Path(__file__).with_name("wishes.yaml")
HALF = 0.5
"""Share of a range's bars from which what was rather wished for is granted."""


def bars_of_plan(plan: ChoreographyPlan) -> list[Bar]:
    """The bars of a plan, as its steps have them."""
    out = []
    for step in plan.steps:
        metre = step.metre or plan.metre
        for first in range(0, step.counts, metre):
            out.append(Bar(tuple(step.beats[first : first + metre + 1]), 0, 0, step.first_beat + first, True))
    return out


def danced(plan: ChoreographyPlan) -> list[tuple[BarRange, PlanStep]]:
    """Steps with their bars."""
    return list(zip(step_bars(plan), plan.steps, strict=True))


def granted(
    text: str, plan: ChoreographyPlan, analysis: MusicAnalysis, clips: Sequence[Clip]
) -> bool:  # fmt: skip
    """Whether a plan does what a wish says."""
    wish = read_wish(text)
    what, spans = meaning(wish.what, clips), ranges_of(wish.where, bars_of_plan(plan), analysis)
    if wish.where.name == "end":
        return plan.steps[-1].clip_id in what.moves
    if what.same:
        parts = [{(a - f, b - f, s.clip_id) for (a, b), s in danced(plan) if f <= a and b <= e} for f, e in spans]
        lengths = [last - first for first, last in spans]
        return all(
            {step for step in parts[0] if step[1] <= length} <= part
            for part, length in zip(parts[1:], lengths[1:], strict=True)
        )
    return all(_in_span(what, span, plan, {clip.clip_id: clip for clip in clips}) for span in spans)


def _in_span(what: Meaning, span: BarRange, plan: ChoreographyPlan, clips: Mapping[str, Clip]) -> bool:
    first, last = span
    inside = [(max(a, first), min(b, last), step) for (a, b), step in danced(plan) if a < last and first < b]
    bars = np.array([b - a for a, b, _ in inside], float)
    if what.still:
        return all(clips[step.clip_id].role in ("idle", "pose") for _, _, step in inside)
    if what.energy is not None:
        whole = [step for (a, b), step in danced(plan) if first <= a and b <= last]
        return all(abs(step.energy - what.energy) < 0.3 for step in whole)
    if what.style:
        good = [what.style in clips[step.clip_id].styles for _, _, step in inside]
        return bool(np.average(good, weights=bars) >= HALF)
    if what.by_name or last - first == 1:
        return any(a == first and step.clip_id in what.moves for (a, _), step in danced(plan))
    return bool(np.average([step.clip_id in what.moves for _, _, step in inside], weights=bars) >= HALF)


def judged(one: Mapping[str, Any], song: Path, choosing: Choosing, clips: Sequence[Clip]) -> tuple[str, str]:
    """``granted``, ``explained`` or ``wrong``, and why."""
    wishes = Wishes(asked=tuple(one["asked"]), bans=tuple(one.get("bans", ())))
    wanted = one.get("clash") or [one["refused"]] if "clash" in one or "refused" in one else []
    try:
        analysis, plan, _ = make_plan(song, choosing=choosing, wishes=wishes)
    except (PlanningError, InputError) as error:
        if wanted:
            missing = [part for part in wanted if part not in error.message]
            return ("explained", error.message) if not missing else ("wrong", f"{missing} not in: {error.message}")
        named = [text for text in one["asked"] if text.partition("=")[0].split(" ")[0] in error.message]
        return ("explained" if named else "wrong"), error.message
    except ChoreoError as error:
        return "wrong", error.message
    if wanted:
        return "wrong", "a plan was made"
    lacking = [text for text in one["asked"] if not granted(text, plan, analysis, clips)]
    told = [text for text in lacking if any(f"{text.partition('=')[2]}'" in said for said in analysis.warnings)]
    if not lacking:
        return "granted", ""
    return ("explained" if told == lacking else "wrong"), f"not granted: {lacking}; {analysis.warnings}"


def main() -> None:
    """Judge every list on every song, and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--db")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    from choreo.db import default_location, ensure_starter

    clips = ensure_starter(default_location(given.db)).clips()
    lists = yaml.safe_load(LISTS.read_text(encoding="utf-8"))
    counts = dict.fromkeys(("granted", "explained", "wrong"), 0)
    for song in given.songs:
        for one in lists:
            found, why = judged(one, song, Choosing(db=given.db), clips)
            counts[found] += 1
            if given.show or found == "wrong":
                print(f"{song.stem}, {one['name']}: {found} {why}".rstrip(), flush=True)
    print(f"{len(lists)} lists on {len(given.songs)} songs: {counts}")


if __name__ == "__main__":
    main()
