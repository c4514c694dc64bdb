"""Sounds as they come from old records, phones and small files, made of good ones."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from choreo.music import load_audio
from choreo.types import Audio

BANDS = {"11 kHz": 11_000.0, "8 kHz": 8000.0, "4 kHz": 4000.0}
"""Low-passes; the sound that is analysed has 11,025 Hz, so the first is nearly all of it."""
CODEC = "mp3 at 32 kb/s"


def low_passed(audio: Audio, hertz: float) -> Audio:
    """The sound without what lies above `hertz`: as from a file of twice that sample rate."""
    from scipy.signal import butter, sosfiltfilt

    if hertz >= audio.sample_rate / 2 - 50:
        return Audio(audio.samples.copy(), audio.sample_rate)
    sos = butter(16, hertz, fs=audio.sample_rate, output="sos")
    return Audio(sosfiltfilt(sos, audio.samples).astype(np.float32), audio.sample_rate)


def coded(audio: Audio, folder: str, name: str = "libmp3lame", rate: int = 32_000) -> Audio:
    """The sound through a codec at a low bit rate, and back."""
    import av

    stream, path = BytesIO(), f"{folder}/coded.mp3"
    with av.open(stream, "w", format="mp3") as out:
        track = out.add_stream(name, rate=audio.sample_rate, layout="mono")
        track.bit_rate = rate
        frame = av.AudioFrame.from_ndarray(audio.samples[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = audio.sample_rate
        for packet in [*track.encode(frame), *track.encode(None)]:
            out.mux(packet)
    with open(path, "wb") as file:
        file.write(stream.getvalue())
    return load_audio(path)
