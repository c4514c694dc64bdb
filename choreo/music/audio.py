"""Decode the sound of any file that FFmpeg knows, through PyAV: mono, 22050 Hz, float32."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError
from choreo.foreign.files import size_of
from choreo.foreign.limits import SOUND_CHANNELS, SOUND_HOURS, SOUND_IN_MEMORY, SOUND_RATES
from choreo.music.container import open_media
from choreo.names import path_text
from choreo.types import Audio, Floats

SAMPLE_RATE = 22050
SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif", ".wma", ".mp4", ".mkv", ".webm")
"""File name endings that count as songs in a folder; a file of any other can still be given by its path."""
BLOCK = 1 << 20
"""Samples that are decoded before they are handed on."""
BATCH = 1 << 15
"""Samples of each channel that are resampled at once: a call for every packet costs as much as its sound."""
SOUND_BYTES = 1 << 36
"""Of a file: days of uncompressed sound, hours of video."""
MOST_FAULTS = 100_000
_LOG = logging.getLogger("choreo.music")


def load_audio(
    path: str | Path, *, start: float = 0.0, duration: float | None = None, max_hours: float = SOUND_HOURS
) -> Audio:
    """Decode a file's sound; faults that do not keep it from being used go to the log ``choreo.music``.

    Parameters
    ----------
    path
        A sound file, or a video file with sound.
    start, duration
        Keep only this range, in seconds. ``samples[0]`` is then the sound at `start`.
    max_hours
        Most sound that is decoded, whatever the range.

    Returns
    -------
    Audio
        ``samples : (N,) float32`` mono at 22050 Hz. Silence is not an error here. Of more than 20 minutes nothing is
        kept: such sound is decoded again by `Audio.blocks`, and is in memory only when `samples` is asked for.

    Raises
    ------
    AudioError
        When the file is missing, empty, a directory, unreadable, not sound, too long, or the range is outside.
    """
    audio, warnings = decode(path, max_hours)
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
    if isinstance(audio, LongAudio):
        end = audio.count if last is None else min(last, audio.count)
        audio = LongAudio(audio.path, audio.sha256, audio.peak, audio.first + first, end - first)
        return (
            audio if audio.duration > SOUND_IN_MEMORY else Audio(audio.samples, SAMPLE_RATE, audio.path, audio.sha256)
        )
    return Audio(audio.samples[first:last], audio.sample_rate, audio.path, audio.sha256)


class LongAudio(Audio):
    """Sound of a long file, or `length` samples of it from `first` on: decoded again whenever it is read."""

    def __init__(self, path: str, sha256: str, peak: float, first: int, length: int) -> None:
        for name, value in {"path": path, "sha256": sha256, "sample_rate": SAMPLE_RATE}.items():
            object.__setattr__(self, name, value)
        self.__dict__.update(peak=peak, first=first, length=length)

    peak: float
    first: int
    length: int

    @property
    def count(self) -> int:
        """Number of samples."""
        return self.length

    @property
    def samples(self) -> Floats:
        """All samples at once: 320 MB an hour."""
        return np.concatenate([np.zeros(0, np.float32), *self.blocks()])

    def blocks(self, size: int = 1 << 20) -> Iterator[Floats]:
        """Decode the file, and yield its samples in order, at most `size` at a time."""
        skip, left = self.first, self.length
        for piece in _Decoding(Path(self.path)).blocks():
            if skip >= len(piece):
                skip -= len(piece)
                continue
            samples = _mended(piece[skip : skip + left], self.peak)
            skip, left = 0, left - len(samples)
            for first in range(0, len(samples), size):
                yield samples[first : first + size]
            if left <= 0:
                return


def _mended(samples: Floats, peak: float) -> Floats:
    """Samples without NaN and infinity, scaled down when the song's `peak` is above 1."""
    finite = np.isfinite(samples)
    samples = samples if finite.all() else np.where(finite, samples, np.float32(0))
    return samples / np.float32(peak) if peak > 1 else samples


def decode(path: str | Path, max_hours: float = SOUND_HOURS) -> tuple[Audio, tuple[str, ...]]:
    """Decode the whole file; the second value has a warning for each fault that was repaired.

    Of sound of more than `SOUND_IN_MEMORY` seconds only the length and the peak are found here, see `LongAudio`.

    Raises
    ------
    AudioError
        As `load_audio`.
    """
    digest = checksum(Path(path))
    decoding = _Decoding(Path(path), max_hours)
    pieces: list[Floats] = []
    count, bad, peak = 0, 0, 0.0
    for piece in decoding.blocks():
        count += len(piece)
        finite = np.isfinite(piece)
        bad += len(piece) - int(np.count_nonzero(finite))
        sound = piece if finite.all() else piece[finite]
        peak = max(peak, float(sound.max(initial=0)), -float(sound.min(initial=0)))
        if count <= SOUND_IN_MEMORY * SAMPLE_RATE:
            pieces.append(piece)
        else:
            pieces.clear()
    if count == 0:
        raise AudioError(f"{path}: no sound could be decoded; the file is broken. Convert or download it again.")
    warnings = decoding.warnings(count / SAMPLE_RATE)
    if bad:
        warnings.append(f"{bad} samples are not numbers (NaN or infinity); they were silenced")
    if not pieces:
        return LongAudio(path_text(path), digest, peak, 0, count), tuple(warnings)
    return Audio(_mended(np.concatenate(pieces), peak), SAMPLE_RATE, path_text(path), digest), tuple(warnings)


def checksum(path: Path) -> str:
    """SHA-256 of a file's content.

    Raises
    ------
    AudioError
        When the file is missing, empty, a directory or unreadable.
    """
    if size_of(path, SOUND_BYTES, AudioError) == 0:
        raise AudioError(f"{path}: the file is empty (0 bytes); name a sound file.")
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"{path}: cannot be read: {error.strerror}.") from error


@dataclass
class _Decoding:
    """One reading of a file's sound: what was promised, and what was wrong."""

    path: Path
    max_hours: float = math.inf
    promised: float = 0.0
    faults: list[str] = field(default_factory=list)

    def blocks(self) -> Iterator[Floats]:
        """Yield mono blocks as they are decoded, of about a million samples; the limits are held before that.

        Raises
        ------
        AudioError
            When the file is no sound, its sample rate is none that sound has, or there is more of it than is allowed.
        """
        import av

        most, total = self.max_hours * 3600 * SAMPLE_RATE, 0
        waiting: list[Floats] = []
        held = 0
        try:
            with open_media(self.path) as container:
                if not container.streams.audio:
                    raise AudioError(f"{self.path}: holds no sound; name a sound file, or a video file that has sound.")
                stream = container.streams.audio[0]
                self.promised = container.duration / av.time_base if container.duration else 0.0
                for block in self._decoded(container, stream):
                    total, held = total + len(block), held + len(block)
                    if total > most:
                        raise AudioError(
                            f"{self.path}: has more than {self.max_hours:g} hours of sound. Cut it, or allow more "
                            "with --max-hours."
                        )
                    waiting.append(block)
                    if held >= BLOCK:
                        yield np.concatenate(waiting)
                        waiting, held = [], 0
        except av.FFmpegError as error:
            raise AudioError(
                f"{self.path}: is not sound that can be decoded ({error.strerror}). Want wav, mp3, flac, ogg, m4a or "
                "the like."
            ) from error
        if waiting:
            yield np.concatenate(waiting)

    def warnings(self, got: float) -> list[str]:
        """What was wrong, when `got` seconds came out of the file."""
        faults = self.faults
        found = [f"{len(faults)} broken places in the file were skipped ({faults[0]})"] if faults else []
        if self.promised - got > max(1.0, 0.02 * self.promised):
            found.append(f"the file is cut: {self.promised:.1f} s announced, {got:.1f} s found and used")
        return found

    def _decoded(self, container: Any, stream: Any) -> Iterator[Floats]:
        """Yield mono blocks; each form of the sound, which damage may change, is resampled by itself."""
        batch: _Batch | None = None
        form = None
        for frame in self._frames(container, stream):
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if batch is None or now != form:
                yield from batch.finish() if batch else ()
                require_sound(self.path, frame)
                batch, form = _Batch(frame.layout), now
            yield from batch.feed(frame)
        yield from batch.finish() if batch else ()

    def _frames(self, container: Any, stream: Any) -> Iterator[Any]:
        """Yield decoded frames; broken packets are skipped and their errors appended to `faults`."""
        import av

        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError as error:
                self._fault(error)
                return
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                self._fault(error)
                continue
            yield from frames

    def _fault(self, error: Exception) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(str(getattr(error, "strerror", error)))


class _Batch:
    """Sound of one form, resampled and mixed down many packets at a time; the samples are those of one by one."""

    def __init__(self, layout: Any) -> None:
        import av

        self._waiting, self._resampler = av.AudioFifo(), av.AudioResampler("flt", layout, SAMPLE_RATE)

    def feed(self, frame: Any) -> Iterator[Floats]:
        """Yield mono blocks that are whole with this frame."""
        frame.pts = None  # a gap in the times, which damage leaves, is not filled
        self._waiting.write(frame)
        if self._waiting.samples >= BATCH:
            yield from self._mono(self._waiting.read())

    def finish(self) -> Iterator[Floats]:
        """Yield what is left."""
        if self._waiting.samples:
            yield from self._mono(self._waiting.read())
        yield from self._mono(None)

    def _mono(self, frame: Any) -> Iterator[Floats]:
        return (_mono(out) for out in self._resampler.resample(frame))


def require_sound(path: Path, frame: Any) -> None:
    """Refuse decoded sound with a rate or channels that no sound has: resampling it multiplies it.

    Raises
    ------
    AudioError
    """
    low, high = SOUND_RATES
    if not low <= frame.sample_rate <= high:
        raise AudioError(f"{path}: {frame.sample_rate:,} samples a second, expected {low:,} to {high:,}.")
    if not 1 <= frame.layout.nb_channels <= SOUND_CHANNELS:
        raise AudioError(f"{path}: {frame.layout.nb_channels} channels, expected 1 to {SOUND_CHANNELS}.")


def _mono(frame: Any) -> Floats:
    """Mean of the channels; FFmpeg's own mix to mono would raise the level by 3 dB.

    Interleaved: PyAV reads past the end of its planes when there are eight.
    """
    channels = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    if channels.shape[1] == 2:  # the same sum as `mean` makes, which is slow over so few
        return np.asarray((channels[:, 0] + channels[:, 1]) / 2, np.float32)
    return np.asarray(channels.mean(axis=1), np.float32)
