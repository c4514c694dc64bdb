"""A `MusicAnalysis` as plain data for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from choreo.types import Doubles, Floats, MusicAnalysis

SCHEMA = "choreo-analysis/3"


def analysis_to_dict(analysis: MusicAnalysis) -> dict[str, Any]:
    """Plain lists and numbers, ready for ``json.dump``; times in seconds from the start of the file.

    Per-beat lists (`positions`, `metres`, `confidences`, `tempo_curve`, `energy`, `loudness_db`, `chroma`, `timbre`)
    run along `beats`; `onsets` (low, mid, high) has two rows a beat; `rhythm_signatures` has a row for each
    whole bar. Phrases and blocks of 32 counts are included so that a program needs nothing else.
    """
    from choreo.music.phrasing import phrases
    from choreo.music.rhythm import blocks, rhythm_signatures, tempo_curve

    track, sure = analysis.track, analysis.track.certainty
    return {
        "schema": SCHEMA,
        "song": {"path": analysis.path, "sha256": analysis.sha256, "duration": round(analysis.duration, 4)},
        "tempo": round(analysis.tempo, 3),
        "metre": analysis.metre,
        "time_signature": track.time_signature,
        "metres": track.bar_metres.tolist(),
        "tracker": track.method,
        "confidence": round(float(track.confidence), 4),
        "certainty": None if sure is None else {part: round(value, 4) for part, value in asdict(sure).items()},
        "rival_downbeat": None if track.rival is None else round(track.rival, 4),
        "style": analysis.style,
        "style_confidence": round(float(analysis.style_confidence), 4),
        "styles": {name: round(float(share), 4) for name, share in analysis.styles.items()},
        "style_reason": analysis.style_reason,
        "stretches": [
            {
                "start": round(part.start, 4),
                "end": round(part.end, 4),
                "styles": {name: round(float(share), 4) for name, share in part.styles.items()},
                "style_reason": part.style_reason,
            }
            for part in analysis.stretches
        ],
        "rests": [[round(start, 4), round(end, 4)] for start, end in track.rests],
        "moods": {name: round(float(share), 4) for name, share in analysis.moods.items()},
        "beats": [round(float(time), 4) for time in analysis.beats],
        "positions": [int(position) for position in track.positions],
        "confidences": _rounded(analysis.confidences, 3),
        "tempo_curve": _rounded(tempo_curve(analysis), 2),
        "downbeats": [round(float(time), 4) for time in analysis.downbeats],
        "energy": [round(float(value), 4) for value in analysis.energy],
        "loudness_db": [round(float(value), 2) for value in analysis.loudness],
        "onsets": _rounded(analysis.onsets, 3),
        "chroma": _rounded(analysis.chroma, 3),
        "timbre": _rounded(analysis.timbre, 2),
        "rhythm_signatures": ["".join(map(str, row)) for row in rhythm_signatures(analysis).tolist()],
        "sections": [
            {"start": round(part.start, 4), "end": round(part.end, 4), "label": part.label}
            for part in analysis.sections
        ],
        "phrases": [
            {
                "first_beat": phrase.first_beat,
                "counts": phrase.counts,
                "metre": phrase.metre,
                "start": round(float(phrase.beats[0]), 4),
                "end": round(float(phrase.beats[-1]), 4),
                "section": phrase.section,
                "energy": round(phrase.energy, 4),
                "repeats": phrase.repeats,
            }
            for phrase in phrases(analysis)
        ],
        "blocks": [
            {"start": round(start, 4), "end": round(end, 4), "section": label} for start, end, label in blocks(analysis)
        ],
        "warnings": list(analysis.warnings),
    }


def _rounded(values: Floats | Doubles, digits: int) -> Any:
    return np.round(np.asarray(values, np.float64), digits).tolist()
