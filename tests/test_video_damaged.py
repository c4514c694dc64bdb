"""Media files whose streams are not what they begin as: read as far as they go, without leaving the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzzing.seeds import RATE, write_sound

from choreo.video import soundtrack
from choreo.video.media_facts import probe


class Packet:
    def __init__(self, *frames: Any) -> None:
        self.frames = frames

    def decode(self) -> tuple[Any, ...]:
        return self.frames


class Container:
    """Packets of sound in memory, as a damaged file may give them."""

    def __init__(self, *packets: Packet) -> None:
        self.packets = packets

    def demux(self, audio: int) -> tuple[Packet, ...]:
        return self.packets


def frame(channels: int, layout: str, level: float, rate: int = RATE) -> Any:
    import av

    block = np.full((channels, 1024), level, np.float32)
    made = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
    made.sample_rate = rate
    return made


def test_sound_whose_channels_change_on_the_way() -> None:
    """A frame of other channels than the first goes through PyAV's resampler as it is; read as stereo, it crashes."""
    packets = [Packet(frame(2, "stereo", 0.5)), Packet(frame(6, "5.1", 0.25)), Packet(frame(1, "mono", 0.5))]
    blocks = list(soundtrack._stereo(Container(*packets, Packet()), RATE))
    assert all(block.shape[0] == 2 for block in blocks)
    whole = np.concatenate(blocks, axis=1)
    assert whole.shape == (2, 3 * 1024)
    assert whole[:, :1000] == pytest.approx(0.5)
    assert np.ptp(whole[:, 1100:2000]) == pytest.approx(0)


def test_a_stream_of_no_known_codec_is_as_none(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "film.mp4", "aac", "libx264")
    whole = probe(path)
    assert whole["video"]["frames"] == 10
    data = path.read_bytes()
    path.write_bytes(data.replace(b"avc1", b"none"))
    assert probe(path) == {**whole, "video": None}
