"""A guess at the dance style from tempo, metre and where the onsets fall; "unknown" when unsure."""

from __future__ import annotations

import numpy as np

from choreo.music.energy import BeatFeatures
from choreo.types import BeatTrack

LEAST_BEATS = 16
LEAST_CONFIDENCE = 0.45


def guess_style(track: BeatTrack, features: BeatFeatures) -> tuple[str, float]:
    """Name one of waltz, disco, house, hiphop or unknown, with a confidence of 0..1.

    Rules of thumb, meant as a hint to the planner: three in a bar is a waltz; a kick on every beat at
    115 to 135 a minute is disco (bright off-beats) or house; 80 to 108 a minute with low beats 1 and
    3 and bright beats 2 and 4 is hiphop.
    """
    if len(track.beats) < LEAST_BEATS:
        return "unknown", 0.0
    bpm = 60 / float(np.median(np.diff(track.beats)))
    onsets = np.minimum(features.onsets, 1.0)
    on_beat, off_beat = onsets[0::2], onsets[1::2]
    scores = {"waltz": 0.0, "disco": 0.0, "house": 0.0, "hiphop": 0.0}
    if track.metre == 3 and 78 <= bpm <= 210:
        scores["waltz"] = 0.6 + track.confidence
    if track.metre == 4:
        even = np.array([on_beat[track.positions == p, 0].mean() for p in (1, 2, 3, 4) if np.any(track.positions == p)])
        four_on_floor = float(even.min() / max(float(even.max()), 1e-6) * np.median(on_beat[:, 0]))
        bright_off = float(off_beat[:, 2].mean() / max(float(on_beat[:, 2].mean()), 1e-6))
        if 112 <= bpm <= 136 and float(off_beat[:, 0].mean()) < 0.5 * float(on_beat[:, 0].mean()):
            scores["disco" if bright_off > 0.9 else "house"] = four_on_floor
        if 80 <= bpm <= 108:
            scores["hiphop"] = _backbeat(track, on_beat)
    name = max(scores, key=lambda style: scores[style])
    score = float(np.clip(scores[name], 0, 1)) * (0.5 + 0.5 * track.confidence)
    return (name, score) if score >= LEAST_CONFIDENCE else ("unknown", score)


def _backbeat(track: BeatTrack, on_beat: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """Kick on 1 and 3, snare on 2 and 4: how much, about 0..1."""
    strong, weak = np.isin(track.positions, (1, 3)), np.isin(track.positions, (2, 4))
    if not strong.any() or not weak.any():
        return 0.0
    kick = float(on_beat[strong, 0].mean() - on_beat[weak, 0].mean())
    snare = float(on_beat[weak, 1:].mean() - on_beat[strong, 1:].mean())
    return 1.5 * min(kick, 2 * snare)
