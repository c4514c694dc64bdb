"""Accuracy of beats, downbeats, metre and sections, beside librosa in the same run.

    python benchmarks/music.py [--data DIR] [--every N] [--write]

Reads ``beats/`` and ``choreonet/music/`` of the folder of real data (``--data`` or CHOREO_SHARED); needs
mir_eval, and librosa for the comparison. ``--write`` puts the tables into ``docs/benchmarks/music.md``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.music import analyze, load_audio
from choreo.types import Audio, BeatTrack, MusicAnalysis

WINDOW = 0.07
TRACKERS = ("tcn", "librosa")
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "music.md"
Row = dict[str, float]

HEAD = """\
# How well choreo hears music

<!-- Made by `python benchmarks/music.py --write`; change that script, not this page. -->

Beats count as found within 70 ms, the first five seconds left out (mir_eval). CMLt: continuously right at the metrical
level of the truth; AMLt: at that, half, double or the off-beat. Metre: 2 and 4 beats in a bar count as one. The
librosa rows are its `beat_track` with bars by low-band energy (`--tracker librosa`), in the same run. Nothing of choreo
was trained or tuned on any of these pieces: the net and the settings behind it come from music that the project
composes and renders itself (`plugins/choreo_beats/train`).

The pieces are the folder of real data's: `mma` accompaniments in many styles and metres, `freedoom` and `msx` game
music, `lmms` electronic music, `classical` scores with slight rubato, `fof` real metal at 135 to 190 beats a minute.
"""


def arguments() -> argparse.Namespace:
    """Read the command line."""
    here = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", here)))
    parser.add_argument("--every", type=int, default=1, help="use each Nth piece only")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    return parser.parse_args()


def score_track(truth: np.ndarray, track: BeatTrack) -> Row:
    """Scores of a tracker on one piece; `truth` has rows of time and position in the bar."""
    from mir_eval import beat

    real, estimated = beat.trim_beats(truth[:, 0]), beat.trim_beats(track.beats)
    downs = beat.trim_beats(truth[truth[:, 1] == 1, 0]), beat.trim_beats(track.beats[track.positions == 1])
    continuity = beat.continuity(real, estimated) if len(estimated) > 1 else (0.0, 0.0, 0.0, 0.0)
    level = np.median(np.diff(real)) / np.median(np.diff(estimated)) if len(estimated) > 1 else 0.0
    metre, metre_found = ({2: 4}.get(m, m) for m in (int(truth[:, 1].max()), track.metre))
    return {
        "beat F": float(beat.f_measure(real, estimated, WINDOW)),
        "CMLt": continuity[1],
        "AMLt": continuity[3],
        "downbeat F": float(beat.f_measure(*downs, WINDOW)),
        "metre": float(metre == metre_found),
        "tempo": float(abs(level - 1) < 0.04),
        "double": float(abs(level - 2) < 0.08),
        "half": float(abs(level - 0.5) < 0.02),
    }


def score_form(path: Path, analysis: MusicAnalysis) -> Row:
    """Pairwise F of section labels, and F of boundaries within 3 s."""
    from mir_eval import segment, util

    rows = [row for row in json.loads(path.read_text()) if row[1] < analysis.duration - 2]
    end = min(rows[-1][2], analysis.duration)
    truth = np.array([[start, min(stop, end)] for _, start, stop in rows])
    found = np.array([[part.start, part.end] for part in analysis.sections])
    borders = segment.detection(truth, found, window=3.0)[2]
    inner = segment.detection(truth, found, window=3.0, trim=True)[2]
    truth, names = util.adjust_intervals(truth, [row[0] for row in rows], t_min=0.0, t_max=end)
    found, labels = util.adjust_intervals(found, [part.label for part in analysis.sections], t_min=0.0, t_max=end)
    pairwise = segment.pairwise(truth, names, found, labels)[2]
    return {"pairwise F": float(pairwise), "borders F": float(borders), "inner borders F": float(inner)}


def score_ballroom(path: Path, track: BeatTrack) -> Row:
    """Whether metre and, of a waltz, tempo are right; the first letter of a song's name is its dance."""
    waltz = path.stem.startswith("W")
    tempo = 60 / float(np.median(np.diff(track.beats)))
    row = {"metre": float((track.metre == 3) == waltz)}
    return {**row, "80-100 beats/min": float(80 <= tempo <= 100)} if waltz else row


def timed(tracker: Any, audio: Audio) -> tuple[BeatTrack, float]:
    """Track one piece; seconds per minute of sound."""
    begun = time.perf_counter()
    track = tracker.track(Audio(audio.samples, audio.sample_rate))
    return track, 60 * (time.perf_counter() - begun) / audio.duration


def table(title: str, rows: dict[str, list[Row]]) -> str:
    """Means per set and over all, as Markdown."""
    everything = [row for part in rows.values() for row in part]
    columns = list(dict.fromkeys(name for row in everything for name in row))
    lines = [f"| {title} | n | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    whole = [("**all**", everything)] if len(rows) > 1 else []
    for name, part in [*rows.items(), *whole]:
        cells = []
        for column in columns:
            values = [row[column] for row in part if column in row]
            cells.append(f"{np.mean(values):.3f}" if values else "")
        lines.append(f"| {name} | {len(part)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run over the pieces and print the tables."""
    warnings.simplefilter("ignore")
    options = arguments()
    folder = options.data / "beats"
    with (folder / "manifest.csv").open() as stream:
        pieces = list(csv.DictReader(stream))[:: options.every]
    trackers = {name: plugins.load("beats", name) for name in TRACKERS}
    results: dict[str, dict[str, list[Row]]] = {name: defaultdict(list) for name in trackers}
    form: dict[str, list[Row]] = defaultdict(list)
    ballroom: dict[str, dict[str, list[Row]]] = {name: defaultdict(list) for name in trackers}
    for piece in pieces:
        audio = load_audio(folder / "audio" / f"{piece['id']}.ogg")
        truth = np.loadtxt(folder / "beats" / f"{piece['id']}.beats", ndmin=2)
        for name, tracker in trackers.items():
            track, seconds = timed(tracker, audio)
            results[name][piece["set"]].append({**score_track(truth, track), "s/min": seconds})
        sections = folder / "beats" / f"{piece['id']}.sections.json"
        if sections.exists():
            form[piece["set"]].append(score_form(sections, analyze(audio)))
    for path in sorted((options.data / "choreonet" / "music").glob("*.ogg"))[:: options.every]:
        audio = load_audio(path)
        for name, tracker in trackers.items():
            kind = "waltzes" if path.stem.startswith("W") else "other dances"
            ballroom[name][kind].append(score_ballroom(path, timed(tracker, audio)[0]))
    parts = [HEAD, "## Beats and bars\n"]
    parts += [table(name, results[name]) for name in trackers]
    parts += ["## Ballroom songs\n"]
    parts += [table(name, ballroom[name]) for name in trackers]
    if form:
        parts += [
            "## Form\n",
            "Sections of the `mma` pieces, found on the beats that were heard.\n",
            table("form", form),
        ]
    text = "\n".join(parts)
    print(text)
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
