"""The plugin class: three-second patches of a sound through the net, and the mean of what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from choreo.types import Audio

if TYPE_CHECKING:
    from choreo.types import Floats

RATE, SIZE, HOP = 16_000, 512, 256
"""Sample rate, window and hop that the net was taught on."""
PATCHES = 16
"""Patches of three seconds, spread over the song: more say little more and take longer."""
TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock", "jazz",
    "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow", "electronica",
    "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy",
    "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
)  # fmt: skip
"""Tags of the Million Song Dataset in the order of the net's outputs."""


class MusicnnTagger:
    """Genres and moods from a net that Pons and Serra taught on the Million Song Dataset."""

    name = "musicnn"
    description = "50 genres and moods by musicnn (ISC), weights by 'choreo models get musicnn'"
    licence = "ISC"

    def ready(self) -> None:
        """Check that the weights are there.

        Raises
        ------
        ModelError
            When they are not, or are not those that were published.
        """
        from choreo.models import model_files

        model_files("musicnn")

    def tags(self, audio: Audio) -> Mapping[str, float]:
        """Probability of each of `TAGS` in the song, the mean over patches.

        Raises
        ------
        ModelError
            When the weights are not there, or are not those that were published.
        """
        import numpy as np

        from choreo.models import model_files
        from choreo_musicnn.checkpoint import read_checkpoint
        from choreo_musicnn.net import FRAMES, Net

        files = model_files("musicnn")
        net = Net(read_checkpoint(files["index"], files["data"]))
        mel = log_mel(audio)
        last = len(mel) - FRAMES
        if last < 0:
            mel, last = np.pad(mel, ((0, -last), (0, 0))), 0
        starts = np.unique(np.linspace(0, last, min(PATCHES, last // FRAMES + 1)).astype(int))
        mean = np.mean([net.tags(mel[start : start + FRAMES]) for start in starts], axis=0)
        return dict(zip(TAGS, mean.tolist(), strict=True))


def log_mel(audio: Audio) -> Floats:
    """``(T, 96)``: ``log10(1 + 10000 x)`` of the mel power of 16 kHz sound, as librosa 0.7 makes it."""
    from math import gcd

    import numpy as np
    from scipy.fft import rfft
    from scipy.signal import resample_poly

    from choreo_musicnn.net import MELS

    common = gcd(RATE, audio.sample_rate)
    sound = resample_poly(audio.samples, RATE // common, audio.sample_rate // common).astype(np.float32)
    sound = np.pad(sound, SIZE // 2, mode="reflect" if len(sound) > SIZE else "constant")
    frames = np.lib.stride_tricks.sliding_window_view(sound, SIZE)[::HOP]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE) / SIZE)).astype(np.float32)
    bank = _bank(MELS)
    parts = []
    for first in range(0, len(frames), 4096):
        bins = rfft(frames[first : first + 4096] * window, axis=1)
        parts.append(((bins.real**2 + bins.imag**2) @ bank.T).astype(np.float32))
    return np.asarray(np.log10(10_000 * np.concatenate(parts) + 1), np.float32)


def _bank(count: int) -> Floats:
    """Slaney's mel filters from 0 to 8 kHz, of unit area, ``(count, 257)``."""
    import numpy as np

    def hertz(mel: Floats) -> Floats:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    top = 15 + 27 * np.log(RATE / 2 / 1000) / np.log(6.4)
    edges = hertz(np.linspace(0, top, count + 2))
    bins = np.arange(SIZE // 2 + 1) * RATE / SIZE
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(rise, fall)) * 2 / (edges[2:] - edges[:-2])[:, None], np.float32)
