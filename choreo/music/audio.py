"""Decode the sound of any file that FFmpeg knows, through PyAV: mono, 22050 Hz, float32."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError
from choreo.inputs import file_size
from choreo.music.container import open_media
from choreo.names import path_text
from choreo.types import Audio, Floats

SAMPLE_RATE = 22050
SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif", ".wma", ".mp4", ".mkv", ".webm")
"""File name endings that count as songs in a folder; a file of any other can still be given by its path."""
_LOG = logging.getLogger("choreo.music")


def load_audio(path: str | Path, *, start: float = 0.0, duration: float | None = None) -> Audio:
    """Decode a file's sound; faults that do not keep it from being used go to the log ``choreo.music``.

    Parameters
    ----------
    path
        A sound file, or a video file with sound.
    start, duration
        Keep only this range, in seconds. ``samples[0]`` is then the sound at `start`.

    Returns
    -------
    Audio
        ``samples : (N,) float32`` mono at 22050 Hz. Silence is not an error here.

    Raises
    ------
    AudioError
        When the file is missing, empty, a directory, unreadable, not sound, or the range is outside.
    """
    audio, warnings = decode(path)
    for warning in warnings:
        _LOG.warning("%s: %s", path, warning)
    return crop(audio, start, duration)


def crop(audio: Audio, start: float, duration: float | None) -> Audio:
    """Keep `duration` seconds (all that is left when None) from `start` on.

    Raises
    ------
    AudioError
        When the range does not touch the sound.
    """
    if start == 0 and duration is None:
        return audio
    if not start >= 0 or (duration is not None and not duration > 0):
        raise AudioError(
            f"start {start:g} s and duration {duration} s: want a start from 0 on and a positive duration."
        )
    if start >= audio.duration:
        raise AudioError(f"{audio.path}: start {start:g} s lies past the end; the sound lasts {audio.duration:.2f} s.")
    first = round(start * audio.sample_rate)
    last = None if duration is None else first + round(min(duration, audio.duration) * audio.sample_rate)
    return Audio(audio.samples[first:last], audio.sample_rate, audio.path, audio.sha256)


def decode(path: str | Path) -> tuple[Audio, tuple[str, ...]]:
    """Decode the whole file; the second value has a warning for each fault that was repaired.

    Raises
    ------
    AudioError
        As `load_audio`.
    """
    digest = checksum(Path(path))
    samples, warnings = _decode_samples(Path(path))
    if len(samples) == 0:
        raise AudioError(f"{path}: no sound could be decoded; the file is broken. Convert or download it again.")
    bad = ~np.isfinite(samples)
    if bad.any():
        samples[bad] = 0
        warnings.append(f"{int(bad.sum())} samples are not numbers (NaN or infinity); they were silenced")
    peak = float(np.abs(samples).max())
    if peak > 1:
        samples /= np.float32(peak)
    return Audio(samples, SAMPLE_RATE, path_text(path), digest), tuple(warnings)


def checksum(path: Path) -> str:
    """SHA-256 of a file's content.

    Raises
    ------
    AudioError
        When the file is missing, empty, a directory or unreadable.
    """
    try:
        if not file_size(path):
            raise AudioError(f"{path}: the file is empty (0 bytes); name a sound file.")
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise AudioError(f"{path}: no such file.") from None
    except OSError as error:
        raise AudioError(f"{path}: cannot be read: {error.strerror}.") from error


def _decode_samples(path: Path) -> tuple[Floats, list[str]]:
    import av

    faults: list[str] = []
    try:
        with open_media(path) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: holds no sound; name a sound file, or a video file that has sound.")
            stream = container.streams.audio[0]
            promised = container.duration / av.time_base if container.duration else 0.0
            pieces = list(_blocks(container, stream, faults))
    except av.FFmpegError as error:
        raise AudioError(
            f"{path}: is not sound that can be decoded ({error.strerror}). Want wav, mp3, flac, ogg, m4a or the like."
        ) from error
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    got = len(samples) / SAMPLE_RATE
    warnings = [f"{len(faults)} broken places in the file were skipped ({faults[0]})"] if faults else []
    if promised - got > max(1.0, 0.02 * promised):
        warnings.append(f"the file is cut: {promised:.1f} s announced, {got:.1f} s found and used")
    return samples, warnings


def _blocks(container: Any, stream: Any, faults: list[str]) -> Iterator[Floats]:
    """Yield mono blocks; broken packets are skipped and their errors appended to `faults`."""
    import av

    resampler: Any = None
    form = None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except av.FFmpegError as error:
            faults.append(str(error.strerror))
            break
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            faults.append(str(error.strerror))
            continue
        for frame in frames:
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != form:
                if resampler is not None:
                    yield from (_mono(out) for out in resampler.resample(None))
                resampler, form = av.AudioResampler("flt", frame.layout, SAMPLE_RATE), now
            yield from (_mono(out) for out in resampler.resample(frame))
    if resampler is not None:
        yield from (_mono(out) for out in resampler.resample(None))


def _mono(frame: Any) -> Floats:
    """Mean of the channels; FFmpeg's own mix to mono would raise the level by 3 dB.

    Interleaved: PyAV reads past the end of its planes when there are eight.
    """
    return np.asarray(frame.to_ndarray().reshape(-1, frame.layout.nb_channels).mean(axis=1), np.float32)
