"""Spectra and features of them: band-wise onset strength, loudness, chroma, MFCCs.

numpy and ``scipy.fft`` only: librosa costs seconds in a cold process. A song that was heard before needs neither,
so ``scipy.fft`` is imported when sound is transformed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from choreo.types import Audio, Doubles, Floats

HOP_SECONDS = 0.01
WINDOW_SECONDS = 0.0465
TONE_HOP_SECONDS = 0.1
TONE_WINDOW_SECONDS = 0.186
BASS_WINDOW_SECONDS = 0.372
"""Longer than that of the chroma: semitones of the bass lie closer together in Hz."""
TONE_CENTRE, BASS_CENTRE = 400.0, 120.0
"""Hz about which tones count for chroma and for bass chroma."""
TONE_OCTAVES, BASS_OCTAVES = 1.0, 0.6
"""Standard deviations of these weights."""
N_MELS = 60
N_TIMBRE = 13
BAND_EDGES = (200.0, 2000.0)
"""Hz between low, mid and high band."""
ONSET_LAG = 2
"""Frames back that the onset strength compares with."""
FLOOR_DB = -100.0
"""Loudness of silence."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Features of one pass over the sound.

    ``onsets : (T, 3) float32`` onset strength (SuperFlux) in low, mid and high bands, ``fps`` frames a second;
    ``loudness : (T,) float32`` dB of full scale; ``mfcc : (T, 13) float32``;
    ``chroma, bass : (U, 12) float32`` at ``tone_fps``, around 400 and 120 Hz; ``mel : (T, 60) float32``
    power in mel bands. Frame `i` is centred on ``i / fps`` seconds.
    """

    fps: float
    onsets: Floats
    loudness: Floats
    mfcc: Floats
    tone_fps: float
    chroma: Floats
    bass: Floats
    mel: Floats

    def between(self, start: float, end: float) -> Spectrum:
        """The features of a part, from `start` to `end` seconds; views, no copies."""
        each = slice(max(round(start * self.fps), 0), max(round(end * self.fps), 0))
        tone = slice(max(round(start * self.tone_fps), 0), max(round(end * self.tone_fps), 0))
        return Spectrum(
            self.fps, self.onsets[each], self.loudness[each], self.mfcc[each],
            self.tone_fps, self.chroma[tone], self.bass[tone], self.mel[each],
        )  # fmt: skip


_SPECTRA: WeakKeyDictionary[Audio, Spectrum] = WeakKeyDictionary()


def spectrum(audio: Audio) -> Spectrum:
    """Spectrum of a sound, computed once for as long as `audio` lives: the tracker and the analysis both use it."""
    if audio not in _SPECTRA:
        _SPECTRA[audio] = _measure(audio)
    return _SPECTRA[audio]


def _measure(audio: Audio) -> Spectrum:
    # One pass over the sound, which may be hours long. Only mel bands and the total power of a frame are kept of a
    # block; its spectrum is dropped with the block.
    rate = audio.sample_rate
    hop, tone_hop = round(rate * HOP_SECONDS), round(rate * TONE_HOP_SECONDS)
    bands = _Bands(rate, hop, _even(rate * WINDOW_SECONDS), audio.count // hop + 1)
    chroma = _Chroma(rate, tone_hop, TONE_WINDOW_SECONDS, TONE_CENTRE, TONE_OCTAVES)
    bass = _Chroma(rate, tone_hop, BASS_WINDOW_SECONDS, BASS_CENTRE, BASS_OCTAVES)
    for samples in audio.blocks():
        for each in (bands, chroma, bass):
            each.feed(samples)
    mel, loudness, mfcc, onsets = bands.finish()
    return Spectrum(rate / hop, onsets, loudness, mfcc, rate / tone_hop, chroma.finish(), bass.finish(), mel)


def _even(samples: float) -> int:
    return 2 * round(samples / 2)


class _PowerBlocks:
    """Power spectra ``(<= block, size // 2 + 1)`` of centred Hann frames, some thousand at a time, as sound comes in.

    The frames overlap, so all at once would take many times the sound's own memory; a window view costs none, and the
    product with the window copies one block only. Blocks have the same frames however the sound is cut.
    """

    def __init__(self, size: int, hop: int, block: int = 2048) -> None:
        self.size, self.hop, self.block = size, hop, block
        self._window = np.hanning(size + 1)[:-1].astype(np.float32)
        self._waiting = np.zeros(size // 2, np.float32)

    def feed(self, samples: Floats) -> Iterator[Floats]:
        """Yield the blocks that are whole with these samples."""
        self._waiting = np.concatenate([self._waiting, samples])
        reach = (self.block - 1) * self.hop + self.size
        while len(self._waiting) >= reach:
            yield self._power(self._waiting[:reach])
            self._waiting = self._waiting[self.block * self.hop :]

    def finish(self) -> Iterator[Floats]:
        """Yield what is left."""
        yield from self.feed(np.zeros(self.size // 2, np.float32))
        if len(self._waiting) >= self.size:
            yield self._power(self._waiting)

    def _power(self, samples: Floats) -> Floats:
        import scipy.fft

        frames = np.lib.stride_tricks.sliding_window_view(samples, self.size)[:: self.hop]
        bins = scipy.fft.rfft(frames * self._window, axis=1)
        return (bins.real**2 + bins.imag**2).astype(np.float32)


class _Bands:
    """Mel bands of each frame, and what is measured on them."""

    def __init__(self, rate: int, hop: int, size: int, frames: int) -> None:
        self._blocks, self._size = _PowerBlocks(size, hop), size
        self._bank, self._centres = mel_bank(rate, size, N_MELS), mel_centres(rate, N_MELS)
        self._before = np.zeros((0, N_MELS), np.float32)
        self._done = 0
        # filled in place: of three hours these are 340 MB, and parts that are joined in the end would be as much again
        self._arrays = tuple(np.empty((frames, *form), np.float32) for form in ((N_MELS,), (), (N_TIMBRE,), (3,)))

    def feed(self, samples: Floats) -> None:
        """Measure the frames that are whole with these samples."""
        for block in self._blocks.feed(samples):
            self._measure(block)

    def finish(self) -> tuple[Floats, ...]:
        """Mel power, loudness, MFCCs and onset strengths of all frames."""
        for block in self._blocks.finish():
            self._measure(block)
        return tuple(array[: self._done] for array in self._arrays)

    def _measure(self, block: Floats) -> None:
        import scipy.fft

        mel, power = block @ self._bank.T, block.sum(axis=1)
        level = 10 * np.log10(np.maximum(2 * power / self._size**2 / 0.375, 10 ** (FLOOR_DB / 10)))
        decibels = 10 * np.log10(np.maximum(mel, 1e-8))
        mfcc = scipy.fft.dct(decibels, axis=1, norm="ortho")[:, 1 : N_TIMBRE + 1]
        joined = np.concatenate([self._before, np.log10(1 + 20 * np.sqrt(mel))])  # the onset strength looks back
        onsets = superflux(joined, self._centres)[len(self._before) :]
        self._before = joined[-ONSET_LAG:]
        first, self._done = self._done, self._done + len(block)
        for array, values in zip(self._arrays, (mel, level, mfcc, onsets), strict=True):
            array[first : self._done] = values


def _mel(hertz: Doubles | float) -> Doubles:
    """Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above."""
    low = np.asarray(hertz, np.float64) * 3 / 200
    high = 15 + 27 * np.log(np.maximum(hertz, 1e-9) / 1000) / np.log(6.4)
    return np.where(low < 15, low, high)


def mel_centres(rate: int, count: int) -> Doubles:
    """``(count + 2,)`` Hz: lower edge, centres and upper edge of Slaney's mel bands from 30 Hz on."""
    steps = np.linspace(float(_mel(30.0)), float(_mel(min(rate / 2, 11000.0))), count + 2)
    return np.where(steps < 15, steps * 200 / 3, 1000 * np.exp((steps - 15) * np.log(6.4) / 27))


@lru_cache(maxsize=4)
def mel_bank(rate: int, size: int, count: int) -> Floats:
    """Mel filter bank ``(count, size // 2 + 1)``: triangles of unit area in Hz."""
    bins = np.arange(size // 2 + 1) * rate / size
    edges = mel_centres(rate, count)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return (np.maximum(0, np.minimum(rise, fall)) * 2 / (edges[2:] - edges[:-2])[:, None]).astype(np.float32)


def superflux(log_mel: Floats, edges: Doubles) -> Floats:
    """Onset strength in three bands, ``(T, 3)``, by SuperFlux.

    Rise of each mel band against the loudest of three neighbouring bands a little earlier, so that vibrato does not
    count as onsets (Boeck and Widmer, "Maximum filter vibrato suppression for onset detection", 2013).
    """
    wide = np.pad(log_mel, ((0, 0), (1, 1)), mode="edge")
    loudest = np.maximum(np.maximum(wide[:, :-2], wide[:, 1:-1]), wide[:, 2:])
    rise = np.zeros_like(log_mel)
    rise[ONSET_LAG:] = np.maximum(0, log_mel[ONSET_LAG:] - loudest[:-ONSET_LAG])
    band = np.searchsorted(BAND_EDGES, edges[1:-1])
    return np.stack([rise[:, band == b].mean(axis=1) for b in range(3)], axis=1).astype(np.float32)


class _Chroma:
    """Chroma ``(U, 12) float32``, C first, A = 440 Hz; each frame of unit length, or zero when it is silent.

    `window` in seconds; frequencies are weighted by a Gaussian of `octaves` about `centre` Hz.
    """

    def __init__(self, rate: int, hop: int, window: float, centre: float, octaves: float) -> None:
        size = _even(rate * window)
        bins = np.arange(1, size // 2 + 1) * rate / size
        pitch = 12 * np.log2(bins / 440) + 9
        apart = np.abs((pitch[:, None] - np.arange(12) + 6) % 12 - 6)
        weight = np.exp(-0.5 * (apart / 0.5) ** 2) * np.exp(-0.5 * (np.log2(bins / centre) / octaves) ** 2)[:, None]
        self._last = int(np.flatnonzero(weight.max(axis=1) > 1e-4)[-1]) + 1
        self._weight = weight[: self._last].astype(np.float32)
        self._blocks, self._parts = _PowerBlocks(size, hop, 256), list[Floats]()

    def feed(self, samples: Floats) -> None:
        """Measure the frames that are whole with these samples."""
        self._parts += map(self._weighted, self._blocks.feed(samples))

    def finish(self) -> Floats:
        """Chroma of all frames."""
        self._parts += map(self._weighted, self._blocks.finish())
        chroma = np.concatenate(self._parts)
        norm = np.linalg.norm(chroma, axis=1, keepdims=True)
        return np.where(norm > 1e-3, chroma / np.maximum(norm, 1e-9), 0).astype(np.float32)

    def _weighted(self, power: Floats) -> Floats:
        return np.asarray(np.log1p(10 * np.sqrt(power[:, 1 : self._last + 1])) @ self._weight)
