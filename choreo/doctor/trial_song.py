"""A short song that needs no file: a bass drum on every beat, a chord over it, louder on the first of four."""

from __future__ import annotations

from pathlib import Path

import numpy as np

RATE = 44_100
SECONDS = 8.0
BPM = 120.0
ENCODERS = {"mp3": "libmp3lame", "m4a": "aac", "flac": "flac", "ogg": "vorbis", "opus": "libopus"}
"""FFmpeg's encoder for each ending, for songs as people have them."""


def song_samples() -> np.ndarray:
    """``(S,) int16`` at `RATE`."""
    time = np.arange(int(RATE * SECONDS)) / RATE
    chord = np.array([220.0, 277.2, 329.6])
    sound = 0.05 * np.sin(2 * np.pi * chord[:, None] * time).sum(axis=0)
    for number, begin in enumerate(np.arange(0, SECONDS - 0.2, 60 / BPM)):
        since = time[int(begin * RATE) : int((begin + 0.2) * RATE)] - begin
        beat = np.exp(-since / 0.04) * np.sin(2 * np.pi * 70 * since)
        sound[int(begin * RATE) : int(begin * RATE) + len(beat)] += beat * (0.8 if number % 4 == 0 else 0.5)
    return np.asarray(np.clip(sound, -1, 1) * 32_767, np.int16)


def write_song(path: Path) -> None:
    """Write it as WAV, without PyAV."""
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(song_samples().astype("<i2").tobytes())


def encode_song(path: Path) -> None:
    """Write it in the form that the name's ending says, one of `ENCODERS`."""
    import av

    ending = path.suffix[1:]
    rate = 48_000 if ending == "opus" else RATE
    with av.open(str(path), "w") as container:
        # Vorbis: FFmpeg's own coder, which it calls experimental and which wants two channels.
        layout, options = ("stereo", {"strict": "experimental"}) if ending == "ogg" else ("mono", {})
        stream = container.add_stream(ENCODERS[ending], rate=rate, layout=layout, options=options)
        frame = av.AudioFrame.from_ndarray(song_samples()[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


__all__ = ["BPM", "ENCODERS", "RATE", "SECONDS", "encode_song", "song_samples", "write_song"]
