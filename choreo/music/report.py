"""A `MusicAnalysis` as plain data for JSON."""

from __future__ import annotations

from typing import Any

from choreo.types import MusicAnalysis

SCHEMA = "choreo-analysis/1"


def analysis_to_dict(analysis: MusicAnalysis) -> dict[str, Any]:
    """Plain lists and numbers, ready for ``json.dump``; times in seconds from the start of the file.

    Per-beat lists (`positions`, `energy`, `loudness_db`) run along `beats`. Phrases are included so
    that a program needs nothing else to follow the song.
    """
    from choreo.music.phrasing import phrases

    track = analysis.track
    return {
        "schema": SCHEMA,
        "song": {"path": analysis.path, "sha256": analysis.sha256, "duration": round(analysis.duration, 4)},
        "tempo": round(analysis.tempo, 3),
        "metre": analysis.metre,
        "tracker": track.method,
        "confidence": round(float(track.confidence), 4),
        "style": analysis.style,
        "style_confidence": round(float(analysis.style_confidence), 4),
        "beats": [round(float(time), 4) for time in analysis.beats],
        "positions": [int(position) for position in track.positions],
        "downbeats": [round(float(time), 4) for time in analysis.downbeats],
        "energy": [round(float(value), 4) for value in analysis.energy],
        "loudness_db": [round(float(value), 2) for value in analysis.loudness],
        "sections": [
            {"start": round(part.start, 4), "end": round(part.end, 4), "label": part.label}
            for part in analysis.sections
        ],
        "phrases": [
            {
                "first_beat": phrase.first_beat,
                "counts": phrase.counts,
                "start": round(float(phrase.beats[0]), 4),
                "end": round(float(phrase.beats[-1]), 4),
                "section": phrase.section,
                "energy": round(phrase.energy, 4),
                "repeats": phrase.repeats,
            }
            for phrase in phrases(analysis)
        ],
        "warnings": list(analysis.warnings),
    }
