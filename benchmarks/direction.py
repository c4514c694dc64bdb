"""What a director asks of choreo, measured: wishes, parts of dances and, with --all, groups, mixes and pictures.

    python benchmarks/direction.py [SONG...] [--db PLACE] [--show] [--write] [--all]

The lists of wishes are in ``wishes.yaml``. Whether a wish was granted is judged by the plan: the step at the bar, what
the clips danced in a range measure, the steps of parts that are to be the same. What is to be held is judged by the
motion: all joints have to be slower than 2 cm/s. A part of a dance is compared with the whole dance, steps and poses.
``--write`` makes ``docs/benchmarks/direction.md``; ``--all`` also runs ``groups.py``, ``changes.py``, ``shots.py`` and
``pictures.py``, whose tables stand in the pages of what they measure and are shown here as they are there.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from choreo.clock import clock
from choreo.errors import ChoreoError, InputError, PlanningError
from choreo.motion.kinematics import forward
from choreo.options import Choosing, Listening
from choreo.pipeline import make_plan
from choreo.pipeline.plan_to_dance import perform_plan
from choreo.planfile.counts import step_bars
from choreo.planning import Wishes
from choreo.planning.bars import Bar
from choreo.planning.facing import unmet_facings
from choreo.planning.wish_meaning import Meaning, meaning
from choreo.planning.wish_ranges import BarRange, ranges_of, spans_of, time_of
from choreo.planning.wish_text import read_wish
from choreo.synthesis import perform
from choreo.types import ChoreographyPlan, Clip, MusicAnalysis, PlanStep

HERE = Path(__file__).parent
LISTS = HERE / "wishes.yaml"
PAGE = HERE.parent / "docs" / "benchmarks" / "direction.md"
SONGS = ("C_1", "R_10", "T_2")
SLICES = ((0.0, 20.0), (47.3, 12.0), (90.0, 30.0))
"""First second and seconds of parts of a dance."""
STILL = 0.02
"""Metres a second of joints that are held."""
HEAD = """\
# What a director asks

<!-- Made by `python benchmarks/direction.py --write --all`; change that script, not this page. -->
"""
SAID = {
    "Wishes": "A list is explained when it cannot be had, and the wishes that clash are named with what can be had; "
    "wrong is everything else.\n\n",
    "Parts of a dance": "`--start` and `--duration` beside the dance of the whole song: steps, and frames whose poses "
    "are the same to the bit.\n\n",
}
OTHERS = {
    "groups.py": ("Groups", "dancers.md"),
    "changes.py": ("Songs that change", "choreography.md"),
    "shots.py": ("Shots", "videos.md"),
    "pictures.py": ("Words, loops and sheets", "videos.md"),
}
"""Scripts that measure more, what it is called, and the page that has their table."""
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


def held(plan: ChoreographyPlan, clips: Mapping[str, Clip], spans: Sequence[tuple[float, float]]) -> bool:
    """Whether all joints stand still in spans of bars."""
    motion, bars = perform(plan, clips), bars_of_plan(plan)
    places = forward(motion.skeleton, motion.translation, motion.rotations)[0]
    speeds = np.linalg.norm(np.diff(places, axis=0), axis=-1).max(axis=1) * motion.fps
    for first, last in spans:
        begin, end = (round((time_of(bars, at) - plan.start) * motion.fps) for at in (first, last))
        if speeds[max(begin, 0) + 1 : end - 1].max(initial=0.0) >= STILL:
            return False
    return True


def granted(
    text: str, plan: ChoreographyPlan, analysis: MusicAnalysis, clips: Sequence[Clip], used: Mapping[str, Clip]
) -> bool:
    """Whether a plan does what a wish says."""
    wish = read_wish(text)
    what, bars = meaning(wish.what, clips), bars_of_plan(plan)
    if what.still:
        return held(plan, used, spans_of(wish.where, what.counts, bars, analysis))
    spans = ranges_of(wish.where, bars, analysis)
    if what.facing is not None:
        asked = Wishes(facings=tuple((first, last, what.facing) for first, last in spans))
        return not unmet_facings(plan, asked, clips)
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
        analysis, plan, used = make_plan(song, choosing=choosing, wishes=wishes)
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
    lacking = [text for text in one["asked"] if not granted(text, plan, analysis, clips, used)]
    told = [text for text in lacking if any(f"{text.partition('=')[2]}'" in said for said in analysis.warnings)]
    if not lacking:
        return "granted", ""
    return ("explained" if told == lacking else "wrong"), f"not granted: {lacking}; {analysis.warnings}"


def same_part(song: Path, choosing: Choosing, start: float, seconds: float) -> tuple[float, float]:
    """Shares of steps and of frames of a part that are those of the whole dance."""
    _, whole, clips = make_plan(song, choosing=choosing)
    _, part, own = make_plan(song, listening=Listening(start=start, duration=seconds), choosing=choosing)
    steps = sum(step in whole.steps for step in part.steps) / len(part.steps)
    dance = perform_plan(whole, clips, measured=False).motions[0]
    shown = perform_plan(part, own, measured=False).motions[0]
    first = round((part.start - whole.start) * dance.fps)
    there = dance.rotations[first : first + len(shown)]
    same = (there == shown.rotations[: len(there)]).all(axis=(1, 2))
    return steps, float(same.mean())


def wishes_table(songs: Sequence[Path], db: str | None, show: bool) -> str:
    """Judge every list on every song, and count."""
    from choreo.db import default_location, ensure_starter

    clips = ensure_starter(default_location(db)).clips()
    lists = yaml.safe_load(LISTS.read_text(encoding="utf-8"))
    counts = dict.fromkeys(("granted", "explained", "wrong"), 0)
    lines = [f"| wishes | {' | '.join(song.stem for song in songs)} |", "|---" * (len(songs) + 1) + "|"]
    for one in lists:
        verdicts = []
        for song in songs:
            found, why = judged(one, song, Choosing(db=db), clips)
            counts[found] += 1
            verdicts.append(found)
            if show or found == "wrong":
                print(f"{song.stem}, {one['name']}: {found} {why}".rstrip(), flush=True)
        asked = ", ".join(f"`{text}`" for text in (*one["asked"], *(f"ban {move}" for move in one.get("bans", ()))))
        lines.append(f"| {asked} | {' | '.join(verdicts)} |")
    told = ", ".join(f"{number} {name}" for name, number in counts.items())
    return "\n".join([f"{len(lists)} lists on {len(songs)} songs: {told}.", "", *lines])


def slices_table(songs: Sequence[Path], db: str | None) -> str:
    """Parts of dances beside the whole."""
    lines = ["| song | part | steps that are the same | frames that are the same |", "|---|---|---|---|"]
    for song in songs:
        for start, seconds in SLICES:
            steps, frames = same_part(song, Choosing(db=db), start, seconds)
            lines.append(f"| {song.stem} | {seconds:g} s from {clock(start)} | {steps:.3f} | {frames:.3f} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def tables_of(page: Path, script: str) -> str:
    """What a script put into a page: the tables after the line that names it."""
    lines = page.read_text(encoding="utf-8").split("\n")
    begin = next(k for k, line in enumerate(lines) if f"benchmarks/{script}" in line)
    near = min((k for k in range(len(lines)) if lines[k].startswith("|---")), key=lambda k: abs(k - begin))
    first = near - 1
    last = next(k for k in range(first, len(lines)) if not lines[k].startswith("|"))
    return "\n".join(lines[first:last])


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", nargs="*", type=Path)
    parser.add_argument("--db")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--all", action="store_true", help="run the other scripts first, with --write")
    given = parser.parse_args()
    folder = Path(os.environ.get("CHOREO_SHARED", HERE.parent.parent / "shared" / "data")) / "songs"
    songs = given.songs or [folder / f"{name}.mp3" for name in SONGS]
    if given.all:
        for script in OTHERS:
            named = [str(song) for song in songs] if script == "shots.py" else []
            subprocess.run([sys.executable, str(HERE / script), *named, "--write"], check=True)
    parts = {
        "Wishes": wishes_table(songs, given.db, given.show),
        "Parts of a dance": slices_table(songs, given.db),
        **{name: tables_of(PAGE.parents[1] / page, script) for script, (name, page) in OTHERS.items()},
    }
    said = {
        name: f"As in [{page[:-3]}](../{page}), by `benchmarks/{script}`.\n\n"
        for script, (name, page) in OTHERS.items()
    }
    text = "\n\n".join(f"## {name}\n\n{said.get(name, SAID.get(name, ''))}{made}" for name, made in parts.items())
    if given.write:
        PAGE.write_text(f"{HEAD}\n{text}\n", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
