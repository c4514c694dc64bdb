"""Spectra and features of them: band-wise onset strength, loudness, chroma, MFCCs.

numpy and ``scipy.fft`` only: librosa costs seconds in a cold process. Imported late, by `analyze`
and by beat trackers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import scipy.fft

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


_SPECTRA: WeakKeyDictionary[Audio, Spectrum] = WeakKeyDictionary()


def spectrum(audio: Audio) -> Spectrum:
    """Spectrum of a sound, computed once for as long as `audio` lives: the tracker and the analysis both use it."""
    if audio not in _SPECTRA:
        _SPECTRA[audio] = _measure(audio)
    return _SPECTRA[audio]


def _measure(audio: Audio) -> Spectrum:
    # Only mel bands and the total power of a frame are kept of a block; its spectrum is dropped with the block.
    rate = audio.sample_rate
    hop, size = round(rate * HOP_SECONDS), _even(rate * WINDOW_SECONDS)
    fps = rate / hop
    bank = mel_bank(rate, size, N_MELS)
    mels, powers = [], []
    for block in _power_blocks(audio.samples, size, hop):
        mels.append(block @ bank.T)
        powers.append(block.sum(axis=1))
    mel, power = np.concatenate(mels), np.concatenate(powers)
    loudness = (10 * np.log10(np.maximum(2 * power / size**2 / 0.375, 10 ** (FLOOR_DB / 10)))).astype(np.float32)
    decibels = 10 * np.log10(np.maximum(mel, 1e-8))
    mfcc = scipy.fft.dct(decibels, axis=1, norm="ortho")[:, 1 : N_TIMBRE + 1].astype(np.float32)
    onsets = superflux(np.log10(1 + 20 * np.sqrt(mel)), mel_centres(rate, N_MELS))
    tone_hop = round(rate * TONE_HOP_SECONDS)
    chroma = _chroma(audio, tone_hop, TONE_WINDOW_SECONDS, TONE_CENTRE, TONE_OCTAVES)
    bass = _chroma(audio, tone_hop, BASS_WINDOW_SECONDS, BASS_CENTRE, BASS_OCTAVES)
    return Spectrum(fps, onsets, loudness, mfcc, rate / tone_hop, chroma, bass, mel)


def _even(samples: float) -> int:
    return 2 * round(samples / 2)


def _power_blocks(samples: Floats, size: int, hop: int, block: int = 2048) -> Iterator[Floats]:
    """Yield power spectra ``(<= block, size // 2 + 1)`` of centred Hann frames, some thousand frames at a time.

    The frames overlap, so all at once would take many times the sound's own memory; a window view costs none, and the
    product with the window copies one block only.
    """
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    for first in range(0, len(frames), block):
        bins = scipy.fft.rfft(frames[first : first + block] * window, axis=1)
        yield (bins.real**2 + bins.imag**2).astype(np.float32)


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


def _chroma(audio: Audio, hop: int, window: float, centre: float, octaves: float) -> Floats:
    """Chroma ``(U, 12) float32``, C first, A = 440 Hz; each frame of unit length, or zero when it is silent.

    `window` in seconds; frequencies are weighted by a Gaussian of `octaves` about `centre` Hz.
    """
    rate, size = audio.sample_rate, _even(audio.sample_rate * window)
    bins = np.arange(1, size // 2 + 1) * rate / size
    pitch = 12 * np.log2(bins / 440) + 9
    apart = np.abs((pitch[:, None] - np.arange(12) + 6) % 12 - 6)
    weight = np.exp(-0.5 * (apart / 0.5) ** 2) * np.exp(-0.5 * (np.log2(bins / centre) / octaves) ** 2)[:, None]
    last = int(np.flatnonzero(weight.max(axis=1) > 1e-4)[-1]) + 1
    weight = weight[:last].astype(np.float32)
    blocks = _power_blocks(audio.samples, size, hop, 256)
    parts = [np.log1p(10 * np.sqrt(power[:, 1 : last + 1])) @ weight for power in blocks]
    chroma = np.concatenate(parts)
    norm = np.linalg.norm(chroma, axis=1, keepdims=True)
    return np.where(norm > 1e-3, chroma / np.maximum(norm, 1e-9), 0).astype(np.float32)
