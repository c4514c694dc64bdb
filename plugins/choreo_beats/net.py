"""The beat net in numpy: no torch at run time. Weights and how they were made: ``MODEL_CARD.md``.

A temporal convolution net (Davies and Boeck, EUSIPCO 2019; Boeck and Davies, ISMIR 2020): convolutions over log-mel
frames and their half-wave rectified difference, then residual blocks of two dilated convolutions each, and heads for
beats, downbeats, tempo, metre and style. ``train/net.py`` has the same net in torch; names of weights are those there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from choreo.types import Doubles, Floats

LAYERS = 10
METRES = (2, 3, 4, 5, 7)
TEMPO_BINS, TEMPO_LOW, TEMPO_HIGH = 48, 45.0, 230.0
LABELS = (
    "ballad", "cinematic", "classical", "folk", "hiphop", "house", "latin", "march",
    "metal", "polka", "pop", "reggae", "rock", "swing", "tango", "waltz",
)  # fmt: skip
CHUNK = 4000
"""Frames that the convolutions over bands take at once."""
SPAN = 1 << 16
"""Frames that a residual block takes at once: a sound of 22 minutes."""
STRETCH = 2000
"""Frames that the heads for the whole sound were trained on."""


@dataclass(frozen=True, eq=False)
class Activations:
    """Outputs of the net.

    ``beats, downbeats : (U,)`` probabilities at 50 frames a second. ``tempos : (W, 48)`` over logarithmic bins, of
    stretches of `STRETCH` frames, half overlapping. For the whole sound: ``metre : (5,)`` over `METRES`;
    ``style : (16,)`` over `LABELS`.
    """

    beats: Doubles
    downbeats: Doubles
    tempos: Doubles
    metre: Doubles
    style: Doubles


@cache
def weights() -> Mapping[str, Floats]:
    """The shipped weights by name."""
    from safetensors.numpy import load_file

    with as_file(files("choreo_beats").joinpath("beats.safetensors")) as path:
        return {name: np.asarray(value, np.float32) for name, value in load_file(path).items()}


def elu(x: Floats) -> Floats:
    """Exponential linear unit."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _pool(x: Floats) -> Floats:
    """Max pooling over three bands: ``(T, bands, C) -> (T, bands // 3, C)``."""
    bands = x.shape[1] // 3
    return np.asarray(x[:, : 3 * bands].reshape(len(x), bands, 3, -1).max(axis=2))


def _conv2d(x: Floats, kernel: Floats, bias: Floats) -> Floats:
    """Convolve ``(T, bands, C)`` with ``(O, C, time, bands)``; time is padded to keep its length, bands are not.

    One matrix product over all windows at once, the windows being views of the padded input.
    """
    out, channels, taps, wide = kernel.shape
    padded = np.pad(x, ((taps // 2, taps // 2), (0, 0), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (taps, wide), axis=(0, 1))  # T, B, C, taps, wide
    flat = windows.reshape(*windows.shape[:2], channels * taps * wide)
    return np.asarray(flat @ kernel.reshape(out, -1).T + bias, np.float32)


def dilated(x: Floats, kernel: Floats, bias: Floats, dilation: int) -> Floats:
    """Convolve ``(T, C)`` with ``(O, C, taps)`` at `dilation`, length kept: a matrix product of shifted copies."""
    taps = kernel.shape[2]
    reach = taps // 2 * dilation
    padded = np.pad(x, ((reach, reach), (0, 0)))
    stacked = np.concatenate([padded[k * dilation : k * dilation + len(x)] for k in range(taps)], axis=1)
    return np.asarray(stacked @ kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]) + bias, np.float32)


def _front(x: Floats, w: Mapping[str, Floats]) -> Floats:
    """Convolutions over bands, ``(T, 60) -> (T, C)``.

    Their windows take some hundred numbers a frame, so a long song goes through in chunks. A chunk is read with a
    margin on both sides, more than the two frames that the three convolutions reach together, and cut back to its
    own frames: the result is that of the whole song at once.
    """
    margin, parts = 4, []
    for first in range(0, len(x), CHUNK):
        low, high = max(0, first - margin), min(len(x), first + CHUNK + margin)
        now, before = x[low:high], x[max(low - 1, 0) : high - 1]
        if low == 0:
            before = np.concatenate([np.zeros((1, x.shape[1]), np.float32), before])
        both = (np.stack([now, np.maximum(now - before, 0)], axis=-1) - w["mean"].T) * w["scale"].T
        z = _pool(elu(_conv2d(both, w["conv1.weight"], w["conv1.bias"])))
        z = _pool(elu(_conv2d(z, w["conv2.weight"], w["conv2.bias"])))
        z = elu(_conv2d(z, w["conv3.weight"], w["conv3.bias"]))[:, 0]
        parts.append(z[first - low : first - low + CHUNK])
    return np.concatenate(parts)


def _pools(z: Floats) -> Floats:
    """Mean and standard deviation over stretches as long as those of the training, half overlapping, ``(W, 2 C)``."""
    starts = range(0, max(1, len(z) - STRETCH // 2), STRETCH // 2)
    rows = []
    for start in starts:
        part = z[start : start + STRETCH]
        spread = part.std(axis=0, ddof=1) if len(part) > 1 else np.zeros_like(part[0])
        rows.append(np.concatenate([part.mean(axis=0), spread]))
    return np.stack(rows)


def _probabilities(logits: Floats) -> Doubles:
    """Probabilities of each stretch ``(W, K)`` from its logits."""
    e = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def mean_probabilities(stretches: Doubles) -> Doubles:
    """Geometric mean of the stretches' probabilities ``(W, K)``, ``(K,)``."""
    e = np.exp(np.log(np.maximum(stretches, 1e-30)).mean(axis=0))
    return np.asarray(e / e.sum())


def _layer(z: Floats, w: Mapping[str, Floats], k: int) -> Floats:
    """Residual block `k`, in spans with margins as wide as it reaches: the sound may be hours long."""
    name, out = f"blocks.{k}.", np.empty_like(z)
    margin = 2 ** (k + 1) * (w[name + "far.weight"].shape[2] // 2)
    for first in range(0, len(z), SPAN):
        low, high = max(0, first - margin), min(len(z), first + SPAN + margin)
        part = z[low:high]
        near = dilated(part, w[name + "near.weight"], w[name + "near.bias"], 2**k)
        far = dilated(part, w[name + "far.weight"], w[name + "far.bias"], 2 ** (k + 1))
        mixed = elu(np.concatenate([near, far], axis=1)) @ w[name + "mix.weight"][..., 0].T + w[name + "mix.bias"]
        out[first : first + SPAN] = (part + mixed)[first - low : first - low + SPAN]
    return out


def predict(features: Floats, w: Mapping[str, Floats] | None = None) -> Activations:
    """Run the net on ``(U, 60)`` features of `choreo_beats.features.inputs`."""
    w = weights() if w is None else w
    z = _front(features, w)
    for k in range(LAYERS):
        z = _layer(z, w, k)
    z = elu(z)
    logits = z @ w["beats.weight"][..., 0].T + w["beats.bias"]
    probable = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -30, 30)))
    pools = _pools(z)
    tempos, metres, styles = (
        _probabilities(pools @ w[f"{name}.weight"].T + w[f"{name}.bias"]) for name in ("tempo", "metre", "style")
    )
    return Activations(probable[:, 0], probable[:, 1], tempos, mean_probabilities(metres), mean_probabilities(styles))
