"""Dances by choreo beside random and greedy ones and beside recorded ones.

    python benchmarks/choreography.py [--data DIR] [--songs N] [--figures FILE] [--scale] [--write]

Reads ``choreonet/`` and ``songs/`` of the folder of real data (``--data`` or CHOREO_SHARED). ``--songs`` takes only so
many of each; ``--figures`` keeps what is measured and takes from there what is in it; ``--scale`` also fills a database
of 100,000 clips (2.5 GB) to measure speed. ``--write`` puts the tables into ``docs/benchmarks/choreography.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from dances import PLANNERS, planned, runs, summary
from floor import DANCES_HEAD, floor_of_dances
from likeness import likeness

from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB, ensure_starter, fetch_motions
from choreo.music import analyze_cached
from choreo.options import Choosing, Listening
from choreo.pipeline.result import ProgressScope
from choreo.pipeline.song_to_plan import edit_plan, make_plans
from choreo.planning import Edit
from choreo.synthesis.stitch import perform
from choreo.types import Clip, MusicAnalysis

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "choreography.md"
HEAD = """\
# How well the dances are made

<!-- Made by `python benchmarks/choreography.py --write`; change that script, not this page. -->
"""
SHOWN = (
    ("beat_f1_70ms", "beat F1, 70 ms", ">= 0.60", 2),
    ("beat_z", "z, by blocks", "> 3", 1),
    ("beat_shift_z", "z, whole", "", 1),
    ("beat_lag", "median lag, ms", "within 15", 0),
    ("slide", "slide p95, cm/s", "<= 1.5", 2),
    ("foot_skate_lodge", "foot skate (Lodge), %", "<= 2.8", 1),
    ("seam_acceleration", "seams / inside", "<= 1.1", 2),
    ("energy_correlation", "energy corr.", ">= 0.6", 2),
    ("motif", "same motif, %", ">= 90", 0),
    ("again", "again within 8 bars, %", "0", 1),
    ("pfc", "PFC", "of clips", 3),
    ("pfc_clips", "PFC of its clips", "", 3),
    ("copy", "longest copy, s", "", 1),
)


def speeds(db_path: str, song: Path, scale: bool) -> list[list[str]]:
    """Seconds of planning and stitching from a finished analysis."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        databases = [("starter moves", db_path, ("starter",)), ("starter and ChoreoNet", db_path, ())]
        if scale:
            databases.append(("100,000 clips", filled(Path(folder), db_path), ()))
        for name, where, datasets in databases:
            cells = [name]
            for start, duration in ((20.0, 34.0), (0.0, 180.0)):
                best = []
                for _ in range(3):
                    spent: dict[str, float] = {}
                    _, sheets, clips = make_plans(
                        song,
                        progress=ProgressScope(spent),
                        listening=Listening(start=start, duration=duration),
                        choosing=Choosing(db=where, datasets=datasets),
                    )
                    begun = time.perf_counter()
                    perform(sheets[0], clips)
                    spent["stitching"] = time.perf_counter() - begun
                    best.append(sum(value for stage, value in spent.items() if stage != "listening"))
                cells.append(f"{min(best):.2f}")
            again = []
            for _ in range(3):
                spent = {}
                edit_plan(sheets[0], Edit(replace=((8, 12),)), db=where, progress=ProgressScope(spent))
                again.append(spent["opening the motion database"] + spent["choreographing"])
            rows.append([*cells, f"{min(again):.2f}"])
    return rows


def filled(folder: Path, db_path: str, count: int = 100_000) -> str:
    """A database of many short clips, made of the real ones with other energies, heights and styles."""
    from choreo.motion.resample import sample

    source = [c for c in MotionDB.open(db_path).clips() if c.dataset == "choreonet" and c.counts == 4][:200]
    fetch_motions(source)
    rng = np.random.default_rng(0)

    def clips() -> Iterator[Clip]:
        for k in range(count):
            clip = source[k % len(source)]
            frames = max(8, int(clip.motion.duration * 15))
            motion = sample(
                clip.motion, np.linspace(0, clip.motion.duration, frames), fps=(frames - 1) / clip.motion.duration
            )
            raised = (motion.translation + np.array([0, 0.01 * rng.normal(), 0])).astype(np.float32)
            yield replace(
                clip, clip_id=f"many-{k:06d}", name=f"many-{k}", dataset="many",
                motion=replace(motion, translation=raised),
                energy=float(np.clip(clip.energy + 0.1 * rng.normal(), 0, 1)),
                source_hash=f"take{k // 20}", frames=(240 * (k % 20), 240 * (k % 20) + 241),
                styles=(("pop", "hiphop", "tango", "latin")[k % 4],),
            )  # fmt: skip

    ensure_starter(folder).add(clips())
    return str(folder)


def lengths(db_path: str, song: Path) -> list[list[str]]:
    """Seconds for songs of several lengths: one song's analysis, repeated."""
    analysis = analyze_cached(song)
    clips = [clip for clip in MotionDB.open(db_path).clips() if clip.dataset == "starter"]
    by_id = {clip.clip_id: clip for clip in clips}
    rows = []
    for minutes in (3, 12, 60):
        long = repeated(analysis, 60.0 * minutes)
        begun = time.perf_counter()
        choreography = planned(long, clips, "choreo")
        middle = time.perf_counter()
        perform(choreography, by_id)
        ended = time.perf_counter()
        rows.append(
            [f"{minutes}", f"{middle - begun:.2f}", f"{ended - middle:.2f}", f"{(ended - begun) / minutes:.2f}"]
        )
    return rows


def repeated(analysis: MusicAnalysis, seconds: float) -> MusicAnalysis:
    """An analysis repeated until it lasts at least `seconds`."""
    times = int(np.ceil(seconds / analysis.duration))
    shift = np.arange(times) * analysis.duration
    bars = len(analysis.beats) // analysis.metre * analysis.metre
    beats = np.concatenate([analysis.beats[:bars] + s for s in shift])
    keep = np.append(True, np.diff(beats) > 0.05)
    track = replace(
        analysis.track,
        beats=beats[keep],
        positions=np.tile(analysis.track.positions[:bars], times)[keep],
        confidences=None,
    )
    per_beat = {
        n: np.concatenate([getattr(analysis, n)[:bars]] * times)[keep]
        for n in ("energy", "loudness", "chroma", "timbre")
    }
    onsets = np.concatenate([analysis.onsets[: 2 * bars]] * times)[np.repeat(keep, 2)]
    sections = tuple(replace(s, start=s.start + t, end=s.end + t) for t in shift for s in analysis.sections)
    return replace(
        analysis, duration=times * analysis.duration, track=track, onsets=onsets, sections=sections, **per_beat
    )


def page_of(found: dict[str, Any]) -> str:
    """The page with all tables, as Markdown."""
    table = summary(found["runs"])
    lines = [
        HEAD,
        ABOUT,
        "## Measures",
        "",
        "| database, planner | " + " | ".join(label for _, label, _, _ in SHOWN) + " |",
    ]
    lines += ["|" + "---|" * (len(SHOWN) + 1), "| *wanted* | " + " | ".join(goal for *_, goal, _ in SHOWN) + " |"]
    for (database, planner), row in table.items():
        cells = [f"{np.median(row[key]):.{digits}f}" if row.get(key) else "-" for key, _, _, digits in SHOWN]
        lines.append(f"| {database}, {planner} | " + " | ".join(cells) + " |")
    refused = [
        (Path(song).name, database, values["refused"])
        for song, database, _, values in found["runs"]
        if "refused" in values
    ]
    lines += ["", NOTES]
    if refused:
        lines += ["Refused: " + "; ".join(f"{song} with {database} ({why})" for song, database, why in refused[:6]), ""]
    lines += ["## Every song", "", "choreo's planner; beat F1 / lag in ms / energy correlation.", ""]
    lines += ["| song | starter moves | ChoreoNet |", "|---|---|---|"]
    each: dict[str, dict[str, str]] = {}
    for song, database, planner, values in found["runs"]:
        if planner == "choreo" and "refused" not in values:
            shown = [values.get(k) for k in ("beat_f1_70ms", "beat_lag", "energy_correlation")]
            text = " / ".join("-" if v is None else f"{v:.{d}f}" for v, d in zip(shown, (2, 0, 2), strict=True))
            each.setdefault(Path(song).name, {})[database] = text
    lines += [f"| {song} | {row.get('starter', '-')} | {row.get('choreonet', '-')} |" for song, row in each.items()]
    lines += ["", "## Floor, slide and seams", "", FLOOR, "| " + " | ".join(DANCES_HEAD) + " |"]
    lines += ["|" + "---|" * len(DANCES_HEAD), *("| " + " | ".join(row) + " |" for row in found["floor"])]
    lines += ["", "## Likeness to real dance", "", LIKENESS, "| dances | windows | FID_k | FID_g | diversity, real |"]
    lines += ["|---|---|---|---|---|", *("| " + " | ".join(row) + " |" for row in found["likeness"])]
    lines += [
        "",
        UNLIKE,
        "## Speed",
        "",
        "Seconds from a finished analysis, planning and stitching, best of three; two cores.",
        "",
    ]
    lines += ["| database | 34 s of dance | 180 s | 4 bars danced anew |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in found["speeds"]]
    lines += ["", "| minutes of song | planning, s | stitching, s | a minute, s |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in found["lengths"]]
    return "\n".join(lines) + "\n"


ABOUT = """\
Every song of ChoreoNet and the full songs beside it; medians over songs. `starter` is the database that comes with
choreo, `choreonet` real ballroom dance; of that, the take that most of a song's own dance was cut from is left out.
`greedy` takes what is best at each step, all terms counted; `random` takes any clip of the style; both are stitched
like choreo's. `danced` is what the dancers danced to the song, its units put on the tracked beats. Songs are
danced, and measured, at the pace that `choreo generate` chooses for them: rumbas at half of what is tracked.
"""
NOTES = """\
- z, whole: all motion beats turned round against the music at once, 200 times. To a steady tempo no dance can exceed
  about 2.4 so; z by blocks turns every 8 beats by themselves and has no such bound. The goal is held to that.
- Foot skate after Lodge is not defined for dancers in heels, whose ankles never come as low as its 8 cm; the real takes
  show that. Slide is of the soles that stand.
- Where recordings are danced, time runs 10 % slower on the counts and quicker between (authored moves 30 %): real
  dancers do not rest on each count, as the last row shows.
- Quickening between the counts raises the acceleration inside clips, too, which the seams are compared with.
- ChoreoNet has two units of waltz: dances in three are made of recordings in four, cut into sixes.
- PFC grows with the square of the feet's speed and falls with the largest push in 5 s, so it is compared with that of
  the very clips that a dance is made of.
"""
FLOOR = """\
The first 40 s of the full songs, danced with recordings only, beside these as they are danced. Floating: of the frames
with a foot of the recording down, those with no sole of the dance under 4 cm. Slide: of soles that stand. Seams: 95th
percentile of the acceleration of hands, feet and head within 0.15 s of a seam over that elsewhere, and the joint that
accelerates most there, by its own 99th percentile.
"""
LIKENESS = """\
The real takes are parted by lot in two halves, each dance in both. Dances are made of one half, to ChoreoNet's
cha-chas, rumbas and tangos; features of windows of four seconds are compared with the other half. Means over three
partings and both directions (mean interval of 95 % by bootstrap). Wanted: no farther than the two real halves are from
each other, plus the error. Dances that do not keep their guarantees are left out, as choreo refuses them. The ear knows
these songs: what it names them by was learnt from them, too (`plugins/choreo_beats/MODEL_CARD.md`).
"""
UNLIKE = """\
Danced in the song's own dance (`--style`), as its dancers did, choreo's dances are as near to real dance that it has
not seen as other real dance is. Left to choose, they are farther. Not for what is chosen: the same takes in the same
shares, as their dancers danced them, are about as near as the real halves. But dancers stand and wait within a take,
which no dance of choreo's does, and choreo's move more than the parts of these takes that are danced, too.
"""


def main() -> None:
    """Measure and print, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("CHOREO_SHARED"))
    parser.add_argument("--songs", type=int)
    parser.add_argument("--figures", type=Path)
    parser.add_argument("--scale", action="store_true")
    parser.add_argument(
        "--parts", default="speeds,lengths,runs,floor,likeness", help="which tables to measure, of these"
    )
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.data is None:
        parser.error("name the folder of real data with --data or CHOREO_SHARED")
    found: dict[str, Any] = json.loads(given.figures.read_text()) if given.figures and given.figures.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        add_dataset(ensure_starter(folder), "choreonet", given.data / "choreonet")
        song = sorted((given.data / "songs").glob("*.mp3"))[0]
        makers: dict[str, Callable[[], Any]] = {
            "speeds": lambda: speeds(folder, song, given.scale),
            "lengths": lambda: lengths(folder, song),
            "runs": lambda: runs(given.data, folder, given.songs, list(PLANNERS), ("starter", "choreonet")),
            "floor": lambda: floor_of_dances(given.data),
            "likeness": lambda: likeness(given.data, folder, given.songs),
        }
        for name, measure in makers.items():
            if name in given.parts.split(",") and name not in found:
                found[name] = measure()
            if given.figures:
                given.figures.write_text(json.dumps(found))
    if missing := makers.keys() - found.keys():
        print(f"not measured yet: {', '.join(sorted(missing))}")
        return
    text = page_of(found)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
