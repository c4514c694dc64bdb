"""How well beats, downbeats, metre and form are heard, against librosa in the same run.

    python benchmarks/music.py [--data DIR] [--every N]

Reads ``beats/`` of the folder of real data (``--data`` or CHOREO_SHARED); needs mir_eval, and librosa
for the comparison.
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
from choreo.errors import MissingExtraError
from choreo.music import analyze, load_audio
from choreo.types import Audio, BeatTrack, MusicAnalysis

WINDOW = 0.07


def arguments() -> argparse.Namespace:
    """Read the command line."""
    here = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", here)))
    parser.add_argument("--every", type=int, default=1, help="use each Nth piece only")
    return parser.parse_args()


def hits(truth: np.ndarray, found: np.ndarray) -> float:
    """F-measure within 70 ms, the first five seconds left out as mir_eval does."""
    import mir_eval

    return float(mir_eval.beat.f_measure(*map(mir_eval.beat.trim_beats, (truth, found)), WINDOW))


def score_track(truth: np.ndarray, track: BeatTrack) -> dict[str, float]:
    """Scores of a tracker on one piece; `truth` has rows of time and position in the bar."""
    level = 0.0
    if len(track.beats) > 1 and len(truth) > 1:
        level = np.median(np.diff(truth[:, 0])) / np.median(np.diff(track.beats))
    return {
        "beat F": hits(truth[:, 0], track.beats),
        "downbeat F": hits(truth[truth[:, 1] == 1, 0], track.beats[track.positions == 1]),
        "metre": float(track.metre == truth[:, 1].max()),
        "tempo": float(abs(level - 1) < 0.04),
        "double": float(abs(level - 2) < 0.08),
        "half": float(abs(level - 0.5) < 0.02),
    }


def score_form(path: Path, analysis: MusicAnalysis) -> dict[str, float]:
    """Pairwise F of section labels; neighbours of one label count as one section."""
    import mir_eval

    rows = [row for row in json.loads(path.read_text()) if row[1] < analysis.duration - 2]
    end = min(rows[-1][2], analysis.duration)
    truth = np.array([[start, min(stop, end)] for _, start, stop in rows])
    found = np.array([[part.start, part.end] for part in analysis.sections])
    adjust = mir_eval.util.adjust_intervals
    truth, names = adjust(truth, [row[0] for row in rows], t_min=0.0, t_max=end)
    found, labels = adjust(found, [part.label for part in analysis.sections], t_min=0.0, t_max=end)
    return {"form pairwise F": float(mir_eval.segment.pairwise(truth, names, found, labels)[2])}


def run(tracker: Any, audio: Audio, truth: np.ndarray) -> dict[str, float]:
    """Track one piece and time it."""
    begun = time.perf_counter()
    track = tracker.track(audio)
    seconds = time.perf_counter() - begun
    return {**score_track(truth, track), "s/min": 60 * seconds / audio.duration}


def table(title: str, rows: dict[str, list[dict[str, float]]]) -> None:
    """Print means per set and over all."""
    everything = [row for part in rows.values() for row in part]
    columns = list(everything[0])
    print(f"\n{title:<12}{'n':>4}" + "".join(f"{name:>17}" for name in columns))
    for name, part in [*rows.items(), ("all", everything)]:
        means = (float(np.mean([row[column] for row in part])) for column in columns)
        print(f"{name:<12}{len(part):>4}" + "".join(f"{mean:>17.3f}" for mean in means))


def main() -> None:
    """Run over the pieces and print the tables."""
    warnings.simplefilter("ignore")
    options = arguments()
    folder = options.data / "beats"
    with (folder / "manifest.csv").open() as stream:
        pieces = list(csv.DictReader(stream))[:: options.every]
    names = ["flux", "librosa"]
    results: dict[str, dict[str, list[dict[str, float]]]] = {name: defaultdict(list) for name in names}
    form: dict[str, list[dict[str, float]]] = defaultdict(list)
    for piece in pieces:
        audio = load_audio(folder / "audio" / f"{piece['id']}.ogg")
        truth = np.loadtxt(folder / "beats" / f"{piece['id']}.beats", ndmin=2)
        for name in names:
            try:
                results[name][piece["set"]].append(run(plugins.load("beats", name), audio, truth))
            except MissingExtraError as error:
                print(error.message)
                names.remove(name)
        sections = folder / "beats" / f"{piece['id']}.sections.json"
        if sections.exists():
            form[piece["set"]].append(score_form(sections, analyze(audio)))
    for name in names:
        table(name, results[name])
    if form:
        table("form", form)


if __name__ == "__main__":
    main()
