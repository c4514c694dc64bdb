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
from typing import NamedTuple

import numpy as np

from choreo.music.energy import beat_edges, half_beat_changes, half_beat_means, mean_between
from choreo.music.spectrum import FLOOR_DB, Spectrum
from choreo.types import Doubles, Floats
from choreo_beats.net import dilated, elu

LAGS = (1, 2, 3, 4, 5, 6, 8, 12, 16, 32)
"""Beats back to which a beat is compared: what repeats after so many beats tells the metre, and the form."""
REACHES = (2, 4, 8, 16)
"""Beats on both sides of which the sums are compared: chords change every few, parts of the form after many."""
PHASES = (0.0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
"""Of a beat, at which accents are measured; thirds tell compound time."""
BANDS = 6
"""Groups of mel bands whose level is measured: drums, voices and cymbals lie in different ones."""
SILENCE = 40.0
"""Decibels under the loud frames from which a frame is silence."""
DILATIONS = (1, 2, 3, 4, 6, 8, 16)
"""Of the net's blocks, in beats."""
GROUPS = {
    "net": 2, "accents": 20, "bands": 12, "chroma": 16, "bass": 16, "timbre": 13, "rhythm": 10, "form": 8, "tempo": 2
}  # fmt: skip
"""Kinds of inputs and their numbers of columns, in the order of the columns; training leaves out kinds by these."""
COLUMNS = sum(GROUPS.values())


@dataclass(frozen=True, eq=False)
class BeatRows:
    """Measurements of each beat.

    ``down, beat : (B,)`` probabilities of the beat net; ``onsets : (B, 18)`` low, mid and high at each of `PHASES`;
    ``loudness : (B,)`` dB; ``bands : (B, 6)`` dB; ``chroma, bass : (B, 2, 12)`` of both halves of the beat;
    ``timbre : (B, 13)``; ``interval : (B,)`` seconds.
    """

    down: Doubles
    beat: Doubles
    onsets: Floats
    loudness: Floats
    bands: Floats
    chroma: Floats
    bass: Floats
    timbre: Floats
    interval: Doubles


class BarActivations(NamedTuple):
    """Outputs of the net: ``downbeats : (B,)`` and ``metres : (5,)`` probabilities, and that time is compound."""

    downbeats: Doubles
    metres: Doubles
    compound: float


def measure(sound: Spectrum, times: Doubles, beat: Doubles, down: Doubles) -> BeatRows:
    """Measure the beats at `times` ``(B,)`` seconds; `beat`, `down` are the beat net's probabilities at them."""
    edges = beat_edges(times)
    chroma, bass = (half_beat_means(x, edges, sound.tone_fps) for x in (sound.chroma, sound.bass))
    mel = mean_between(sound.mel, edges, sound.fps)
    groups = np.stack([part.mean(axis=1) for part in np.array_split(mel, BANDS, axis=1)], axis=1)
    bands = (10 * np.log10(np.maximum(groups, 1e-8))).astype(np.float32)
    power = mean_between(10 ** (sound.loudness[:, None] / 10), edges, sound.fps)[:, 0]
    loudness = (10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))).astype(np.float32)
    timbre = mean_between(sound.mfcc, edges, sound.fps).astype(np.float32)
    if _sparse(sound):  # what lies between clicks has no harmony and no colour: all of it is rounding
        chroma, bass, timbre, bands = (np.zeros_like(x) for x in (chroma, bass, timbre, bands))
    return BeatRows(down, beat, _accents(sound, edges), loudness, bands, chroma, bass, timbre, np.diff(edges))


def _sparse(sound: Spectrum) -> bool:
    """Whether most of the sound is silence, as between the clicks of a metronome."""
    quiet = sound.loudness < float(np.percentile(sound.loudness, 99)) - SILENCE
    return bool(quiet.mean() > 0.5)


def _accents(sound: Spectrum, edges: Doubles) -> Floats:
    """Onset strength in three bands at `PHASES` of each beat, ``(B, 18)``, the strong ones of each band about 1.

    At the beat itself the strongest of an eighth of a beat on both sides, elsewhere of a twenty-fourth.
    """
    spacing = np.diff(edges)
    times = edges[:-1, None] + spacing[:, None] * np.array(PHASES)
    reach = np.maximum(spacing[:, None] * np.where(np.array(PHASES) == 0, 1 / 8, 1 / 24), 1 / sound.fps)
    count = len(sound.onsets)
    first = np.clip(np.round((times - reach) * sound.fps).astype(np.int64), 0, count - 1).ravel()
    last = np.clip(np.round((times + reach) * sound.fps).astype(np.int64), 0, count - 1).ravel()
    frames = np.minimum(first[:, None] + np.arange(int((last - first).max()) + 1), last[:, None])
    strength = sound.onsets[frames].max(axis=1)
    top = np.percentile(strength, 95, axis=0)
    scaled = strength / np.maximum(top, 0.02 * max(float(top.max()), 1e-6))
    return np.asarray(scaled.reshape(len(spacing), 3 * len(PHASES)), np.float32)


def _logit(probability: Doubles) -> Doubles:
    clipped = np.clip(probability, 0.002, 0.998)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _standardise(values: Floats | Doubles) -> Doubles:
    """Each column with mean 0 and standard deviation 1 over the song."""
    return np.asarray((values - values.mean(axis=0)) / (values.std(axis=0) + 1e-2))


def _lagged_cosines(values: Floats | Doubles) -> Doubles:
    """Self-similarity: cosine with the beat so many of `LAGS` earlier, ``(B, 10)``; 0 where there is none."""
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


def _novelties(values: Floats | Doubles) -> Doubles:
    """Novelty at each of `REACHES`, ``(B, 4)``."""
    return np.hstack([_novelty(values, reach) for reach in REACHES])


def _steps(values: Floats | Doubles) -> Doubles:
    """Mean over 4, 8 and 16 beats from here on minus that over as many before, ``(B, 3)``."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    beat = np.arange(len(values))
    found = []
    for reach in REACHES[1:]:
        last, first = np.minimum(beat + reach, len(values)), np.maximum(beat - reach, 0)
        after = (total[last] - total[beat]) / (last - beat)
        found.append(np.where(beat > 0, after - (total[beat] - total[first]) / np.maximum(beat - first, 1), 0.0))
    return np.stack(found, axis=1)


def inputs(rows: BeatRows) -> Floats:
    """``(B, 99)``: the net's inputs for each beat, columns as in `GROUPS`."""
    tempo = np.log2(0.5 / float(np.median(rows.interval)))
    rise, climb = (np.diff(x, axis=0, prepend=x[:1]) for x in (rows.loudness, rows.bands))
    harmony = [
        np.hstack([_lagged_cosines(x.mean(axis=1)), _novelties(x.mean(axis=1)), half_beat_changes(x)])
        for x in (rows.chroma, rows.bass)
    ]
    onsets = np.minimum(rows.onsets, 2)
    parts = [
        np.stack([_logit(rows.down), _logit(rows.beat)], axis=1) / 3,
        _standardise(np.hstack([onsets, rows.loudness[:, None], rise[:, None]])),
        _standardise(np.hstack([rows.bands, climb])),
        *harmony,
        np.hstack([_lagged_cosines(rows.timbre), _novelties(rows.timbre)[:, 1:]]),
        _lagged_cosines(onsets),
        np.hstack([_steps(rows.loudness) / 6, 2 * _steps(onsets.mean(axis=1)), _novelties(rows.bands)[:, 2:]]),
        np.tile([tempo, tempo**2], (len(rows.down), 1)),
    ]
    return np.clip(np.hstack(parts), -5, 5).astype(np.float32)


@cache
def weights() -> Mapping[str, Floats]:
    """The shipped weights by name."""
    from safetensors.numpy import load_file

    with as_file(files("choreo_beats").joinpath("bars.safetensors")) as path:
        return {name: np.asarray(value, np.float32) for name, value in load_file(path).items()}


def predict(rows: BeatRows, w: Mapping[str, Floats] | None = None) -> BarActivations:
    """Run the net."""
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
    compound = (pooled @ w["compound.weight"].T + w["compound.bias"]).astype(np.float64)
    return BarActivations(_sigmoid(down), np.asarray(metres / metres.sum()), float(_sigmoid(compound)[0]))


def _sigmoid(x: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))
