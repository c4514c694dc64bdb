"""Scores of what is heard in a song against ground truth, and their tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from choreo.types import BeatTrack, MusicAnalysis

WINDOW = 0.07
WRONG = 0.75
"""F below which the beats, or the downbeats, of a piece count as wrong."""
Row = dict[str, float]


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
    """Pairwise F of section labels, F of boundaries within 3 and 0.5 s, and seconds a section."""
    from mir_eval import segment, util

    rows = [row for row in json.loads(path.read_text()) if row[1] < analysis.duration - 2]
    end = min(rows[-1][2], analysis.duration)
    truth = np.array([[start, min(stop, end)] for _, start, stop in rows])
    found = np.array([[part.start, part.end] for part in analysis.sections])
    borders = {
        f"{kind}borders within {window:g} s": float(segment.detection(truth, found, window=window, trim=bool(kind))[2])
        for kind in ("", "inner ")
        for window in (3.0, 0.5)
    }
    truth, names = util.adjust_intervals(truth, [row[0] for row in rows], t_min=0.0, t_max=end)
    found, labels = util.adjust_intervals(found, [part.label for part in analysis.sections], t_min=0.0, t_max=end)
    pairwise = segment.pairwise(truth, names, found, labels)[2]
    return {"pairwise F": float(pairwise), **borders, "s a section": analysis.duration / len(analysis.sections)}


def auc(wrong: Sequence[bool], doubt: Sequence[float]) -> float:
    """Chance that a wrong piece is doubted more than a right one; NaN where all are of one kind."""
    from scipy.stats import rankdata

    flags = np.asarray(wrong, bool)
    bad, good = int(flags.sum()), int((~flags).sum())
    if not bad or not good:
        return float("nan")
    return float((rankdata(doubt)[flags].sum() - bad * (bad + 1) / 2) / (bad * good))


def score_doubt(rows: Sequence[Mapping[str, float]]) -> Row:
    """How well certainty tells what is wrong: `rows` with the scores, and the certainties of beats and downbeat."""
    found: Row = {"n": float(len(rows))}
    for part, score in (("beats", "beat F"), ("downbeat", "downbeat F")):
        wrong = [row[score] < WRONG for row in rows]
        sure = [row[f"sure of {part}"] for row in rows]
        warned = [value < 0.5 for value in sure]
        found |= {
            f"{part} wrong": float(np.mean(wrong)),
            f"{part} AUC": auc(wrong, [1 - value for value in sure]),
            f"{part} warned": float(np.mean(warned)),
            f"{part} warned of wrong": float(
                np.mean([w for w, bad in zip(warned, wrong, strict=True) if bad] or [False])
            ),
            f"{part} mean certainty": float(np.mean(sure)),
            f"{part} right": 1 - float(np.mean(wrong)),
        }
    return found


def table(title: str, rows: Mapping[str, Sequence[Row]], *, overall: bool = True) -> str:
    """Means per set and over all, as Markdown."""
    everything = [row for part in rows.values() for row in part]
    columns = list(dict.fromkeys(name for row in everything for name in row))
    lines = [f"| {title} | n | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    whole = [("**all**", everything)] if overall and len(rows) > 1 else []
    for name, part in [*rows.items(), *whole]:
        cells = []
        for column in columns:
            values = [row[column] for row in part if column in row]
            cells.append(f"{np.mean(values):.3f}" if values else "")
        lines.append(f"| {name} | {len(part)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def plain(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table of cells as they are; numbers with three decimals."""
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in rows:
        lines.append("| " + " | ".join(f"{x:.3f}" if isinstance(x, float) else str(x) for x in row) + " |")
    return "\n".join(lines) + "\n"
