"""Cues for lights, VJs and games: ``python stage_cues.py song.mp3 cues.csv``.

One row a bar of the dance: when it begins, the section and the move that is danced, how strong the music is, and
whether something new begins there.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

from choreo import make_plan
from choreo.errors import ChoreoError

COLUMNS = ("seconds", "bar", "section", "move", "energy", "new")


def main(song: str, table: str) -> int:
    """Write the table and return how many cues it has."""
    analysis, plan, _ = make_plan(song)
    rows: list[tuple[object, ...]] = []
    section = ""
    for step in plan.steps:
        for first in range(0, step.counts, plan.metre):
            time = step.beats[first]
            beat = int(np.searchsorted(analysis.beats, time))
            strength = float(analysis.energy[beat : beat + plan.metre].mean()) if beat < len(analysis.energy) else 0.0
            new = "section" if step.section != section else "move" if first == 0 else ""
            rows.append((f"{time:.3f}", len(rows), step.section, step.move or step.name, f"{strength:.2f}", new))
            section = step.section
    with Path(table).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return len(rows)


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]), "cues")
    except ChoreoError as error:
        sys.exit(error.message)
