"""musicnn in numpy: a front end of tall and of long filters, three layers over time, pooling, two dense layers.

After Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging" (ISMIR 2019 late
breaking). Patches are three seconds of a logarithmic mel spectrum.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.types import Doubles, Floats

FRAMES, MELS = 187, 96
EPSILON = 1e-3
"""Of batch normalisation."""


class Net:
    """The net with the weights of a checkpoint."""

    def __init__(self, arrays: Mapping[str, Floats]) -> None:
        self._arrays = {name.removeprefix("model/"): array for name, array in arrays.items()}

    def _affine(self, number: int) -> tuple[Floats, Floats]:
        """Scale and shift of a batch normalisation."""
        name = "batch_normalization" + (f"_{number}" if number else "")
        mean, variance, gamma, beta = (
            self._arrays[f"{name}/{part}"] for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        return scale, beta - mean * scale

    def _normed(self, x: Floats, number: int) -> Floats:
        """Batch normalisation over the last axis."""
        scale, shift = self._affine(number)
        return np.asarray(x * scale + shift, np.float32)

    def _strongest(self, highest: Floats, lowest: Floats, number: int) -> Floats:
        """The largest of what batch normalisation makes of values between `lowest` and `highest`, both rectified."""
        scale, shift = self._affine(number)
        return np.asarray(
            np.where(scale > 0, np.maximum(highest, 0), np.maximum(lowest, 0)) * scale + shift, np.float32
        )

    def _weights(self, kind: str, number: int) -> tuple[Floats, Floats]:
        name = kind + (f"_{number}" if number else "")
        return self._arrays[f"{name}/kernel"], self._arrays[f"{name}/bias"]

    def _tall(self, x: Floats, number: int) -> Floats:
        """Filters over seven frames and many bands, the strongest of all bands: ``(T, 96) -> (T, C)``."""
        kernel, bias = self._weights("conv2d", number)
        frames, bands, _, channels = kernel.shape
        padded = np.pad(x, ((frames // 2, frames // 2), (0, 0)))
        flat = kernel.reshape(frames * bands, channels)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (frames, bands))  # T, places, frames, bands
        highest = np.full((len(x), channels), -np.inf, np.float32)
        lowest = -highest
        for place in range(windows.shape[1]):
            found = np.ascontiguousarray(windows[:, place]).reshape(len(x), -1) @ flat
            np.maximum(highest, found, out=highest)
            np.minimum(lowest, found, out=lowest)
        return self._strongest(highest + bias, lowest + bias, number + 1)

    def _long(self, x: Floats, number: int) -> Floats:
        """Filters over many frames of each band, the strongest of all bands: ``(T, 96) -> (T, C)``."""
        kernel, bias = self._weights("conv2d", number)
        frames = len(kernel)
        before = (frames - 1) // 2
        padded = np.pad(x, ((before, frames - 1 - before), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, frames, axis=0)  # T, bands, frames
        found = np.ascontiguousarray(windows).reshape(-1, frames) @ kernel.reshape(frames, -1) + bias
        found = found.reshape(len(x), x.shape[1], -1)
        return self._strongest(found.max(axis=1), found.min(axis=1), number + 1)

    def _layer(self, x: Floats, number: int) -> Floats:
        """Filters over seven frames of all channels: ``(T, C) -> (T, 64)``."""
        kernel, bias = self._weights("conv2d", number)
        frames = len(kernel)
        padded = np.pad(x, ((frames // 2, frames // 2), (0, 0)))
        windows = np.concatenate([padded[k : k + len(x)] for k in range(frames)], axis=1)
        return self._normed(np.maximum(windows @ kernel.reshape(windows.shape[1], -1) + bias, 0), number + 1)

    def _dense(self, x: Floats, number: int) -> Floats:
        kernel, bias = self._weights("dense", number)
        return np.asarray(x @ kernel + bias, np.float32)

    def tags(self, patch: Floats) -> Doubles:
        """Probability of each tag in a patch ``(187, 96)`` of the logarithmic mel spectrum."""
        x = self._normed(patch[..., None], 0)[..., 0]
        front = np.concatenate(
            [self._tall(x, 0), self._tall(x, 1), self._long(x, 2), self._long(x, 3), self._long(x, 4)], axis=1
        )
        one = self._layer(front, 5)
        two = self._layer(one, 6) + one
        three = self._layer(two, 7) + two
        joined = np.concatenate([front, one, two, three], axis=1)
        pooled = np.stack([joined.max(axis=0), joined.mean(axis=0)], axis=1).ravel()
        hidden = self._normed(np.maximum(self._dense(self._normed(pooled, 9), 0), 0), 10)
        logits = self._dense(hidden, 1).astype(np.float64)
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
