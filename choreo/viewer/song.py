"""The song for browsers: the file as it is, or the danced part of it as AAC."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

from choreo.errors import AudioError
from choreo.music.container import open_media
from choreo.video.soundtrack import AAC, AUDIO_RATE, decode_stereo

BIT_RATE = 160_000
MOST_COPIED = 12 * 2**20
WHOLE = 0.8
"""Share of a song from which on it is copied although some of it is not danced to."""
PLAYED = {("mp3", "mp3float"): "audio/mpeg", ("mp3", "mp3"): "audio/mpeg", ("mov", "aac"): "audio/mp4"}
"""What all browsers play: container and codec as PyAV names them, and the name on the web."""


def sound_of(path: Path, start: float, duration: float) -> tuple[str, bytes, float]:
    """Give the sound to `duration` seconds of dance that begin at the song's second `start`.

    Returns
    -------
    kind, bytes, start
        Media type, file, and the second of this file at the dance's first frame.

    Raises
    ------
    AudioError
        When the file cannot be read or has no sound.
    """
    kind, length = played_as(path)
    if kind and duration >= WHOLE * length and path.stat().st_size <= MOST_COPIED:
        return kind, path.read_bytes(), start
    return "audio/mp4", _encoded(path, start, duration), 0.0


def played_as(path: Path) -> tuple[str, float]:
    """Media type when browsers play the file as it is (empty otherwise), and seconds."""
    import av

    try:
        with open_media(path) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: has no sound. Give a song, or a video with sound.")
            others = [stream for stream in container.streams if stream.type != "audio"]
            context = container.streams.audio[0].codec_context
            codec = "" if context is None else context.name
            kind = PLAYED.get((container.format.name.split(",")[0], codec), "")
            length = (container.duration or 0) / av.time_base
            film = [stream for stream in others if not (kind == "audio/mpeg" and stream.type == "video")]
            return ("" if film else kind), length
    except (av.FFmpegError, OSError) as error:
        raise AudioError(f"{path}: cannot be decoded ({error}). Convert it to wav, mp3, m4a, flac or ogg.") from error


def _encoded(path: Path, start: float, duration: float) -> bytes:
    """Encode a stretch as AAC in MP4, silence after the song's end."""
    import av

    out = BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream: Any = container.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
        stream.options = AAC
        stream.bit_rate = BIT_RATE
        samples = 0
        for block in decode_stereo(path, start, duration):
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, samples, Fraction(1, AUDIO_RATE)
            samples += block.shape[1]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
