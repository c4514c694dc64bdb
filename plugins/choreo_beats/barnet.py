"""The bar net: downbeats and metre from beat-synchronous harmony, bass, timbre, accents and the beat net's downbeats.

The beat net sees 60 coarse bands. Where chords and bass change, which marks bars where no drum does, shows only from
beat to beat (Krebs, Boeck, Dorfer, Widmer, "Downbeat tracking using beat-synchronous features and recurrent networks",
ISMIR 2016). This is a small convolution net over the beats of a song. Pitch classes enter only through cosines between
beats and all else relative to the song, so nothing depends on the key or the level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from choreo.music.energy import beat_edges, beat_features, mean_between
from choreo.music.spectrum import Spectrum
from choreo.types import Doubles, Floats
from choreo_beats.net import dilated, elu

LAGS = (1, 2, 3, 4, 5, 6, 8, 12)
"""Beats back to which a beat is compared: what repeats after so many beats tells the metre."""
DILATIONS = (1, 2, 3, 4, 6, 8)
"""Of the net's blocks, in beats."""
GROUPS = {"net": 2, "accents": 8, "chroma": 10, "bass": 10, "timbre": 9, "rhythm": 8, "tempo": 2}
"""Kinds of inputs and their numbers of columns, in the order of the columns; training leaves out kinds by these."""
COLUMNS = sum(GROUPS.values())


@dataclass(frozen=True, eq=False)
class BeatRows:
    """Measurements of each beat.

    ``down, beat : (B,)`` probabilities of the beat net; ``onsets : (B, 6)`` low, mid and high at the beat, then halfway
    to the next; ``loudness : (B,)`` dB; ``chroma, bass : (B, 12)``; ``timbre : (B, 13)``; ``interval : (B,)`` seconds.
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
    """Measure the beats at `times` ``(B,)`` seconds; `beat`, `down` are the beat net's probabilities at them."""
    features = beat_features(sound, times)
    edges = beat_edges(times)
    bass = mean_between(sound.bass, edges, sound.tone_fps).astype(np.float32)
    onsets = features.onsets.reshape(len(times), 6)
    return BeatRows(down, beat, onsets, features.loudness, features.chroma, bass, features.timbre, np.diff(edges))


def _logit(probability: Doubles) -> Doubles:
    clipped = np.clip(probability, 0.002, 0.998)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _standardise(values: Floats | Doubles) -> Doubles:
    """Each column with mean 0 and standard deviation 1 over the song."""
    return np.asarray((values - values.mean(axis=0)) / (values.std(axis=0) + 1e-2))


def _lagged_cosines(values: Floats | Doubles) -> Doubles:
    """Self-similarity: cosine with the beat so many of `LAGS` earlier, ``(B, 8)``; 0 where there is none."""
    centred = values - values.mean(axis=0)
    unit = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 0.05)
    out = np.zeros((len(values), len(LAGS)))
    for k, lag in enumerate(LAGS):
        if lag < len(values):
            out[lag:, k] = (unit[lag:] * unit[:-lag]).sum(axis=1)
    return out


def _novelty(values: Floats | Doubles, reach: int) -> Doubles:
    """Novelty: minus the cosine of the sum over `reach` beats from here on and that over as many before, ``(B, 1)``."""
    centred = values - values.mean(axis=0)
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(centred, axis=0)])
    beat = np.arange(len(values))
    after = total[np.minimum(beat + reach, len(values))] - total[beat]
    before = total[beat] - total[np.maximum(beat - reach, 0)]
    dots = (after * before).sum(axis=1)
    return np.asarray(-dots / (np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1) + 0.05))[:, None]


def inputs(rows: BeatRows) -> Floats:
    """``(B, 49)``: the net's inputs for each beat, columns as in `GROUPS`."""
    tempo = np.log2(0.5 / float(np.median(rows.interval)))
    harmony = [np.hstack([_lagged_cosines(x), _novelty(x, 2), _novelty(x, 4)]) for x in (rows.chroma, rows.bass)]
    rise = np.diff(rows.loudness, prepend=rows.loudness[:1])
    parts = [
        np.stack([_logit(rows.down), _logit(rows.beat)], axis=1) / 3,
        _standardise(np.hstack([np.minimum(rows.onsets, 2), rows.loudness[:, None], rise[:, None]])),
        *harmony,
        np.hstack([_lagged_cosines(rows.timbre), _novelty(rows.timbre, 2)]),
        _lagged_cosines(rows.onsets),
        np.tile([tempo, tempo**2], (len(rows.down), 1)),
    ]
    return np.hstack(parts).astype(np.float32)


@cache
def weights() -> Mapping[str, Floats]:
    """The shipped weights by name."""
    from safetensors.numpy import load_file

    with as_file(files("choreo_beats").joinpath("bars.safetensors")) as path:
        return {name: np.asarray(value, np.float32) for name, value in load_file(path).items()}


def predict(rows: BeatRows, w: Mapping[str, Floats] | None = None) -> tuple[Doubles, Doubles]:
    """Run the net: probability that each beat begins a bar ``(B,)``, and of each metre of `METRES` ``(5,)``."""
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
    metres = np.exp(logits - logits.max())
    return 1 / (1 + np.exp(-np.clip(down, -30, 30))), np.asarray(metres / metres.sum())
