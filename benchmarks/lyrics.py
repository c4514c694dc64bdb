"""Movements that are sung: how many are danced within their bar, with the lyrics and without.

    python benchmarks/lyrics.py [--data DIR] [--db PLACE] [--show]

The lines and what answers each are in ``lyrics.yaml``; one is sung every eight seconds, over five songs of
``DIR/songs``. What is counted is judged by names and measured motion with bounds of their own, not by the lexicon.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from words import answers

from choreo import Choosing, Listening, make_plan
from choreo.db import default_location, ensure_starter
from choreo.motion.quantities import QUANTITIES
from choreo.retrieval.clip_quantities import clip_quantities
from choreo.retrieval.lyrics import read_lyrics
from choreo.retrieval.lyrics_bridge import called
from choreo.types import ChoreographyPlan, Clip

SONGS = ("C_1", "C_5", "R_10", "T_2", "W_1")
FIRST, EVERY = 6.0, 8.0
"""Seconds at which the first line is sung, and from one to the next."""
AHEAD = 0.5
"""Beats before a bar from which a word belongs to it."""
LINES = Path(__file__).with_name("lyrics.yaml")


def sung_at(path: Path, number: int) -> float:
    """Seconds at which the movement of a line is sung; its middle where none is found."""
    line = read_lyrics(path).sung[number]
    return next((at for _, _, at in called(line)), line[len(line) // 2].start)


def danced(plan: ChoreographyPlan, at: float) -> str:
    """Id of the clip that is danced in the bar of a time."""
    early = [step.beats[0] - AHEAD * (step.beats[1] - step.beats[0]) for step in plan.steps]
    return plan.steps[max(0, int(np.searchsorted(early, at, side="right")) - 1)].clip_id


def main() -> None:
    """Plan every song twice and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", "../shared/data")))
    parser.add_argument("--db")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    clips = ensure_starter(default_location(given.db)).clips()
    by_id = {clip.clip_id: clip for clip in clips}
    ranks = ranked(clips)
    lines: list[Mapping[str, Any]] = yaml.safe_load(LINES.read_text(encoding="utf-8"))
    print("| song | movements sung | danced in their bar | without lyrics |\n|---|---|---|---|")
    totals = np.zeros(3, int)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.lrc"
        stamps = [divmod(FIRST + EVERY * k, 60) for k in range(len(lines))]
        text = "".join(f"[{int(m):02d}:{s:05.2f}]{e['line']}\n" for (m, s), e in zip(stamps, lines, strict=True))
        path.write_text(text, encoding="utf-8")
        listening = Listening(duration=FIRST + EVERY * len(lines))
        for song in SONGS:
            counts = [0, 0, 0]
            for column, weight in ((1, Choosing.lyrics_weight), (2, 0.0)):
                choosing = Choosing(db=given.db, lyrics=path, lyrics_weight=weight)
                _, plan, _ = make_plan(given.data / "songs" / f"{song}.mp3", listening=listening, choosing=choosing)
                for number, each in enumerate(lines):
                    if "any" not in each:
                        continue
                    key = danced(plan, sung_at(path, number))
                    good = any(answers(by_id[key], one, ranks[key]) for one in each["any"])
                    counts[column] += good
                    counts[0] += column == 1
                    if given.show and weight:
                        print(f"  {'' if good else 'NOT '}{each['line']}: {by_id[key].name}")
            print(f"| {song} | {counts[0]} | {counts[1] / counts[0]:.2f} | {counts[2] / counts[0]:.2f} |")
            totals += counts
    print(f"| all | {totals[0]} | {totals[1] / totals[0]:.2f} | {totals[2] / totals[0]:.2f} |")


def ranked(clips: list[Clip]) -> dict[str, dict[str, float]]:
    """Share of the clips that each quantity of a clip is above, by clip id and quantity."""
    values = clip_quantities(clips)
    shares = (values[:, None] > values[None]).mean(axis=1)
    return {clip.clip_id: dict(zip(QUANTITIES, row, strict=True)) for clip, row in zip(clips, shares, strict=True)}


if __name__ == "__main__":
    main()
