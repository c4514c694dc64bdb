"""Which beats begin bars: a hidden Markov model over (metre, position in the bar)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.music.spectrum import Spectrum
from choreo.types import Doubles, Ints

METRE_WEIGHTS = (1.0, 0.8, 0.3)
PHASE_WEIGHTS = (0.1, 1.5, 0.0)
"""Of low onsets, change of harmony and mid onsets. Low notes tell three from four in a bar; where the
bar begins the chords tell better, since kicks fall on 1 and 3 alike, or on all four."""
LEAST_SPREAD = 0.03
RARITY = {2: -2.0, 3: -1.5, 4: 0.0, 5: -5.0, 6: -5.0, 7: -5.0}
SLIP = 3e-3


def bars(beats: Doubles, sound: Spectrum, metres: Sequence[int]) -> tuple[Ints, int]:
    """Positions in the bar, ``(B,)`` from 1, and the metre, one of `metres` for the whole song."""
    features = evidence(beats, sound)
    _, metre = decode(mixed(features, METRE_WEIGHTS), metres)
    return decode(mixed(features, PHASE_WEIGHTS), (metre,))


def evidence(beats: Doubles, sound: Spectrum) -> Doubles:
    """What makes a beat sound like a downbeat, ``(B, 3)``: low onset, change of harmony, mid onset."""
    frames = np.clip(np.round(beats * sound.fps).astype(np.int64), 0, len(sound.flux) - 1)
    window = np.clip(frames[:, None] + np.arange(-4, 8), 0, len(sound.flux) - 1)
    strength = sound.onsets[window].max(axis=1).astype(np.float64)
    return np.stack([strength[:, 0], _harmony_change(beats, sound), strength[:, 1]], axis=1)


def mixed(features: Doubles, weights: Sequence[float]) -> Doubles:
    """One number in -1..1 per beat, ``(B,)``, positive where a bar seems to begin."""
    return np.tanh(_standard(features) @ np.asarray(weights) / 1.5)


def _standard(values: Doubles) -> Doubles:
    return np.asarray((values - values.mean(axis=0)) / (values.std(axis=0) + LEAST_SPREAD))


def _harmony_change(beats: Doubles, sound: Spectrum) -> Doubles:
    """One minus the cosine between the chroma before and after each beat."""
    reach = min(0.45, float(np.median(np.diff(beats))))
    total = np.concatenate([np.zeros((1, 12)), np.cumsum(sound.chroma, axis=0, dtype=np.float64)])
    rows = len(sound.chroma)

    def mean(start: Doubles, stop: Doubles) -> Doubles:
        first = np.clip(np.round(start * sound.tone_fps).astype(np.int64), 0, rows)
        last = np.clip(np.round(stop * sound.tone_fps).astype(np.int64), first, rows)
        vector = total[last] - total[first]
        return np.asarray(vector / (np.linalg.norm(vector, axis=1, keepdims=True) + 1e-9))

    return 1 - (mean(beats - reach, beats) * mean(beats + 0.05, beats + 0.05 + reach)).sum(axis=1)


def decode(odds: Doubles, metres: Sequence[int]) -> tuple[Ints, int]:
    """Positions in the bar, ``(B,)`` from 1, and the metre, one for the song.

    Each metre is decoded by itself with Viterbi and the best wins: a dance needs one count. A slip
    (a bar cut short or prolonged) costs ``log(SLIP)``.
    """
    solved = []
    for metre in metres:
        score, path = _one_metre(odds, metre)
        solved.append((score + RARITY[metre], -metre, path))
    _, metre, path = max(solved, key=lambda item: item[:2])
    return path + 1, -metre


def _one_metre(odds: Doubles, metre: int) -> tuple[float, Ints]:
    place = np.arange(metre)
    share = np.where(place == 0, 0.5, -0.5 / (metre - 1))
    emission = odds[:, None] * share
    slip, keep = np.log(SLIP / metre), np.log(1 - SLIP)
    score = emission[0] - np.log(metre)
    back = np.zeros((len(odds), metre), np.int64)
    source = (place - 1) % metre
    for beat in range(1, len(odds)):
        steady = score[source] + keep
        best = int(score.argmax())
        jumped = score[best] + slip
        back[beat] = np.where(steady >= jumped, source, best)
        score = np.maximum(steady, jumped) + emission[beat]
    path = [int(score.argmax())]
    for beat in range(len(odds) - 1, 0, -1):
        path.append(int(back[beat, path[-1]]))
    return float(score.max()), np.array(path[::-1], np.int64)
