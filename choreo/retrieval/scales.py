"""Numbers on the scales that music and motion share, and the scaling of blocks of them for learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from choreo.errors import InputError
from choreo.types import Doubles, Floats

VERSION = 1
"""Of what the two sides measure; a model says which it was trained on."""
TEMPO = 110.0
"""Beats a minute that tempos are told from, in octaves."""
LENGTHS = ("counts", "seconds")
"""Blocks that say how long a phrase or clip lasts."""
CURVES = ("tempo", "counts", "seconds")
"""Blocks whose columns are one curve: they are scaled together."""

Vectors = Mapping[str, Floats]
Key = TypeVar("Key")
Value = TypeVar("Value")


def remembered(known: WeakKeyDictionary[Key, Value], key: Key, make: Callable[[Key], Value]) -> Value:
    """What `make` says of `key`, made once for as long as `key` lives."""
    if key not in known:
        known[key] = make(key)
    return known[key]


def _bumps(values: Doubles, centres: Doubles, width: float) -> Floats:
    return np.exp(-0.5 * ((values[:, None] - centres) / width) ** 2).astype(np.float32)


def round_octave(octaves: Doubles) -> Floats:
    """Where in its octave a tempo lies, ``(N, 30)``: half and double are the same. A bump is 2 % wide."""
    centres = np.arange(30) / 30
    apart = np.abs(octaves[:, None] % 1 - centres)
    return np.exp(-0.5 * (np.minimum(apart, 1 - apart) / 0.03) ** 2).astype(np.float32)


def count_bumps(counts: NDArray[np.int64]) -> Floats:
    """How many counts, 1 to 32, ``(N, 11)``."""
    return _bumps(np.log2(np.maximum(counts, 1)), np.linspace(0, 5, 11), 0.25)


def second_bumps(seconds: Doubles) -> Floats:
    """How many seconds, 1 to 22, ``(N, 16)``."""
    return _bumps(np.log2(np.maximum(seconds, 0.1)), np.linspace(0, 4.5, 16), 0.2)


class Scaler:
    """Blocks to one matrix in which every block weighs the same.

    A block that is one curve is scaled as a whole, others by column; columns that never change become 0. Blocks are
    divided by the root of their width and the result has variance 1 in all when nothing is constant.
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
