"""Encodings that music and motion share (tempo, lengths), and the scaling of feature blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from choreo.errors import InputError
from choreo.types import Doubles, Floats

VERSION = 1
"""Version of the features; a model records the one that it was trained on."""
TEMPO = 110.0
"""Reference of tempo features, beats a minute: they are in octaves above it."""
LENGTHS = ("counts", "seconds")
"""Blocks that encode the length of a phrase or clip."""
CURVES = ("tempo", "counts", "seconds")
"""Blocks that are radial basis encodings of one number: their columns are scaled together."""

Vectors = Mapping[str, Floats]
Key = TypeVar("Key")
Value = TypeVar("Value")


def memoised(known: WeakKeyDictionary[Key, Value], key: Key, make: Callable[[Key], Value]) -> Value:
    """Return ``make(key)``, computed once for as long as `key` lives."""
    if key not in known:
        known[key] = make(key)
    return known[key]


def rbf_encoding(values: Doubles, centres: Doubles, width: float) -> Floats:
    """Radial basis encoding ``(N, K)`` of values ``(N,)``: Gaussians of `width` about the centres ``(K,)``.

    A linear method that gets a tempo or length as one number can only learn that more is nearer or farther. With a
    smooth one-hot code of it, inner products of both sides are large where the values agree, which is what matching
    needs.
    """
    return np.exp(-0.5 * ((values[:, None] - centres) / width) ** 2).astype(np.float32)


def encode_octave(octaves: Doubles) -> Floats:
    """Circular radial basis encoding of a tempo within its octave, ``(N, 30)``; half and double tempo are the same.

    The width is 2 % of tempo. Trackers often report half or double tempo, and people dance at either.
    """
    centres = np.arange(30) / 30
    apart = np.abs(octaves[:, None] % 1 - centres)
    return np.exp(-0.5 * (np.minimum(apart, 1 - apart) / 0.03) ** 2).astype(np.float32)


def encode_counts(counts: NDArray[np.int64]) -> Floats:
    """Radial basis encoding of numbers of counts, 1 to 32, ``(N, 11)``, on a logarithmic scale."""
    return rbf_encoding(np.log2(np.maximum(counts, 1)), np.linspace(0, 5, 11), 0.25)


def encode_seconds(seconds: Doubles) -> Floats:
    """Radial basis encoding of seconds, 1 to 22, ``(N, 16)``, on a logarithmic scale."""
    return rbf_encoding(np.log2(np.maximum(seconds, 0.1)), np.linspace(0, 4.5, 16), 0.2)


class Scaler:
    """Standardise feature blocks and join them into one matrix in which every block has the same variance.

    Blocks of `CURVES` are scaled as a whole, others by column; constant columns become 0. Each block is divided by the
    root of its width and of the number of blocks, so that the variances of a row sum to 1 when nothing is constant.
    """

    def __init__(self, mean: Floats, scale: Floats) -> None:
        self.mean, self.scale = mean, scale

    @classmethod
    def fit(cls, blocks: Vectors) -> Scaler:
        """Learn means and scales.

        Raises
        ------
        InputError
            When there are no rows, or one holds NaN or infinity.
        """
        if any(not len(block) for block in blocks.values()):
            raise InputError("there is nothing to learn from: no pair of music and dance.")
        means, scales = [], []
        for name, block in blocks.items():
            if not np.isfinite(block).all():
                raise InputError(f"features {name!r} hold NaN or infinity: a song or clip cannot be described.")
            spread = np.full(block.shape[1], block.std()) if name in CURVES else block.std(axis=0)
            means.append(block.mean(axis=0))
            scales.append(np.where(spread > 1e-6, spread, np.inf) * np.sqrt(block.shape[1] * len(blocks)))
        return cls(np.concatenate(means).astype(np.float32), np.concatenate(scales).astype(np.float32))

    def __call__(self, blocks: Vectors) -> Floats:
        """``(N, D) float32``."""
        joined = np.concatenate(list(blocks.values()), axis=1)
        return np.asarray((joined - self.mean) / self.scale, np.float32)
