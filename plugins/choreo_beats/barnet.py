"""Downbeats and metre from what the beats of a song have in common: harmony, bass, accents, and the beat net's word.

The beat net sees 60 coarse bands; where chords and bass change, which tells bars where no drum does, is
seen from beat to beat only (Krebs, Boeck, Dorfer, Widmer, "Downbeat tracking using beat-synchronous features
and recurrent networks", ISMIR 2016). A small convolution net over the beats; nothing it sees depends on key or level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from choreo.music.energy import beat_features, extended, means
from choreo.music.spectrum import Spectrum
from choreo.types import Doubles, Floats
from choreo_beats.net import dilated, elu

LAGS = (1, 2, 3, 4, 5, 6, 8, 12)
DILATIONS = (1, 2, 3, 4, 6, 8)
GROUPS = {"net": 2, "accents": 8, "chroma": 10, "bass": 10, "timbre": 9, "rhythm": 8, "tempo": 2}
"""Inputs by kind and number of columns, in their order."""
COLUMNS = sum(GROUPS.values())


@dataclass(frozen=True, eq=False)
class BeatRows:
    """Measurements of each beat.

    ``down, beat : (B,)`` probabilities of the beat net, ``onsets : (B, 6)``, ``loudness : (B,)``,
    ``chroma, bass : (B, 12)``, ``timbre : (B, 13)``, ``interval : (B,)`` seconds.
    """

    down: Doubles
    beat: Doubles
    onsets: Floats
    loudness: Floats
    chroma: Floats
    bass: Floats
    timbre: Floats
    interval: Doubles


def measure(sound: Spectrum, times: Doubles, beat: Doubles, down: Doubles) -> BeatRows:
    """Measure the beats at `times` (B,) s; `beat`, `down` are the beat net's probabilities at them."""
    found = beat_features(sound, times)
    edges = extended(times)
    bass = means(sound.bass, edges, sound.tone_fps).astype(np.float32)
    onsets = found.onsets.reshape(len(times), 6)
    return BeatRows(down, beat, onsets, found.loudness, found.chroma, bass, found.timbre, np.diff(edges))


def _logit(chance: Doubles) -> Doubles:
    sure = np.clip(chance, 0.002, 0.998)
    return np.asarray(np.log(sure / (1 - sure)))


def _even(values: Floats | Doubles) -> Doubles:
    """Each column with mean 0 and spread 1 over the song."""
    return np.asarray((values - values.mean(axis=0)) / (values.std(axis=0) + 1e-2))


def _alike(values: Floats | Doubles) -> Doubles:
    """Cosine with the beat `LAGS` before, ``(B, 8)``; 0 where there is none."""
    centred = values - values.mean(axis=0)
    unit = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 0.05)
    out = np.zeros((len(values), len(LAGS)))
    for k, lag in enumerate(LAGS):
        if lag < len(values):
            out[lag:, k] = (unit[lag:] * unit[:-lag]).sum(axis=1)
    return out


def _change(values: Floats | Doubles, reach: int) -> Doubles:
    """How unlike the `reach` beats from here on are to those before, ``(B, 1)``."""
    centred = values - values.mean(axis=0)
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(centred, axis=0)])
    place = np.arange(len(values))
    after = total[np.minimum(place + reach, len(values))] - total[place]
    before = total[place] - total[np.maximum(place - reach, 0)]
    dots = (after * before).sum(axis=1)
    return np.asarray(-dots / (np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1) + 0.05))[:, None]


def inputs(rows: BeatRows) -> Floats:
    """``(B, 49)``: what the net sees of each beat."""
    tempo = np.log2(0.5 / float(np.median(rows.interval)))
    harmony = [np.hstack([_alike(x), _change(x, 2), _change(x, 4)]) for x in (rows.chroma, rows.bass)]
    rise = np.diff(rows.loudness, prepend=rows.loudness[:1])
    parts = [
        np.stack([_logit(rows.down), _logit(rows.beat)], axis=1) / 3,
        _even(np.hstack([np.minimum(rows.onsets, 2), rows.loudness[:, None], rise[:, None]])),
        *harmony,
        np.hstack([_alike(rows.timbre), _change(rows.timbre, 2)]),
        _alike(rows.onsets),
        np.tile([tempo, tempo**2], (len(rows.down), 1)),
    ]
    return np.hstack(parts).astype(np.float32)


@cache
def weights() -> Mapping[str, Floats]:
    """The shipped weights by name."""
    from safetensors.numpy import load_file

    with as_file(files("choreo_beats").joinpath("bars.safetensors")) as path:
        return {name: np.asarray(value, np.float32) for name, value in load_file(path).items()}


def hear(rows: BeatRows, w: Mapping[str, Floats] | None = None) -> tuple[Doubles, Doubles]:
    """Probability that each beat begins a bar ``(B,)``, and of each of `METRES` ``(5,)``."""
    w = weights() if w is None else w
    z = elu(inputs(rows) @ w["first.weight"].T + w["first.bias"])
    for k, dilation in enumerate(DILATIONS):
        name = f"blocks.{k}."
        inner = elu(dilated(z, w[name + "conv.weight"], w[name + "conv.bias"], dilation))
        z = z + inner @ w[name + "mix.weight"].T + w[name + "mix.bias"]
    z = elu(z)
    down = (z @ w["down.weight"].T + w["down.bias"])[:, 0].astype(np.float64)
    pooled = np.concatenate([z.mean(axis=0), z.std(axis=0)])
    logits = (pooled @ w["metre.weight"].T + w["metre.bias"]).astype(np.float64)
    chances = np.exp(logits - logits.max())
    return 1 / (1 + np.exp(-np.clip(down, -30, 30))), np.asarray(chances / chances.sum())
