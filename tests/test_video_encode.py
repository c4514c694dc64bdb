from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks
from sound_support import write_pcm

from choreo.errors import AudioError, InputError, OutputError, ShapeError
from choreo.types import Bytes, Floats
from choreo.video import probe, write_video
from choreo.video.encode import frame_rate
from choreo.video.planes import even
from choreo.video.soundtrack import AUDIO_RATE, decode_stereo


def song(path: Path, seconds: float = 3.0, rate: int = 44_100, channels: int = 2, onset: float = 0.0) -> Path:
    """A tone that starts at `onset`; silence before."""
    time = np.arange(round(seconds * rate)) / rate
    tone = np.where(time >= onset, 0.5 * np.sin(2 * np.pi * 440 * time), 0)
    return write_pcm(path, np.repeat(tone[:, None] * 32767, channels, axis=1), rate)


def pictures(
    count: int, width: int = 64, height: int = 48, shade: tuple[int, int, int] | None = None
) -> Iterator[Bytes]:
    for index in range(count):
        frame = np.full((height, width, 3), 40, np.uint8)
        frame[:, : (index * 3) % width] = 200
        if shade is not None:
            frame[:] = shade
        yield frame


def write(path: Path, count: int = 30, width: int = 64, height: int = 48, fps: float = 30.0, **options: Any) -> None:
    frames = options.pop("frames", None) or pictures(count, width, height)
    write_video(path, frames, fps=fps, width=width, height=height, n_frames=count, **options)


def decoded(path: Path) -> list[Bytes]:
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def heard(path: Path) -> Floats:
    import av

    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
        blocks = [b.to_ndarray()[0] for frame in container.decode(audio=0) for b in resampler.resample(frame)]
    return np.concatenate(blocks)


@pytest.mark.parametrize("fps", [30.0, 24.0, 29.97, 60.0])
def test_sound_and_picture_end_together(tmp_path: Path, fps: float) -> None:
    count = 100
    write(tmp_path / "v.mp4", count, fps=fps, audio=song(tmp_path / "s.wav", 9.0), audio_start=1.25)
    facts = probe(tmp_path / "v.mp4")
    assert facts["video"]["codec"] == "h264"
    assert facts["video"]["profile"] == "High"
    assert facts["video"]["pix_fmt"] == "yuv420p"
    assert facts["video"]["frames"] == count
    assert facts["video"]["fps"] == pytest.approx(fps, abs=0.001)
    assert facts["video"]["colour"] == (1, 1, 1, 1)
    assert facts["audio"]["codec"] == "aac"
    assert facts["audio"]["channels"] == 2
    assert abs(facts["audio"]["duration"] - facts["video"]["duration"]) < 1 / fps
    assert facts["video"]["duration"] == pytest.approx(count / fps, abs=1 / fps)


def test_the_offset_is_honoured_to_the_sample(tmp_path: Path) -> None:
    path = song(tmp_path / "s.wav", 4.0, rate=48_000, onset=2.0)
    blocks = np.concatenate(list(decode_stereo(path, 1.5, 1.0)), axis=1)
    assert blocks.shape == (2, 48_000)
    first = int(np.flatnonzero(np.abs(blocks[0]) > 1e-3)[0])
    assert abs(first - 24_000) <= 2


def test_the_offset_survives_the_file(tmp_path: Path) -> None:
    write(tmp_path / "v.mp4", 60, audio=song(tmp_path / "s.wav", 4.0, onset=2.0), audio_start=1.5)
    loud = np.abs(heard(tmp_path / "v.mp4")) > 0.05
    assert int(np.flatnonzero(loud)[0]) / 48_000 == pytest.approx(0.5, abs=0.01)


def test_a_short_song_is_followed_by_silence(tmp_path: Path) -> None:
    write(tmp_path / "v.mp4", 60, audio=song(tmp_path / "s.wav", 0.5))
    samples = heard(tmp_path / "v.mp4")
    assert abs(len(samples) / 48_000 - 2.0) < 1 / 30
    assert np.abs(samples[:20_000]).max() > 0.3
    assert np.abs(samples[30_000:]).max() < 0.01


def test_mono_at_an_odd_rate(tmp_path: Path) -> None:
    blocks = list(decode_stereo(song(tmp_path / "s.wav", 1.0, rate=22_050, channels=1), 0.0, 2.0))
    assert sum(block.shape[1] for block in blocks) == 2 * AUDIO_RATE


def test_without_a_song_there_is_no_sound(tmp_path: Path) -> None:
    write(tmp_path / "v.mp4", 5)
    facts = probe(tmp_path / "v.mp4")
    assert facts["audio"] is None
    assert facts["video"]["frames"] == 5


@pytest.mark.parametrize(("width", "height"), [(1, 1), (63, 48), (64, 47), (2, 2), (15, 333)])
def test_odd_sizes_get_even_sides(tmp_path: Path, width: int, height: int) -> None:
    write(tmp_path / "v.mp4", 4, width, height)
    facts = probe(tmp_path / "v.mp4")["video"]
    assert (facts["width"], facts["height"]) == (width + width % 2, height + height % 2)
    assert facts["frames"] == 4


def test_padding_repeats_the_edge() -> None:
    frame = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    wide = even(frame)
    assert wide.shape == (4, 4, 3)
    np.testing.assert_array_equal(wide[:3, :3], frame)
    np.testing.assert_array_equal(wide[3, 3], frame[2, 2])
    assert even(wide) is wide


def test_colours_come_back(tmp_path: Path) -> None:
    for colour in [(220, 40, 30), (30, 60, 200), (128, 128, 128), (250, 240, 60)]:
        write(tmp_path / "v.mp4", 3, frames=pictures(3, shade=colour))
        middle = decoded(tmp_path / "v.mp4")[1][20:28, 20:28].reshape(-1, 3).mean(axis=0)
        np.testing.assert_allclose(middle, colour, atol=6)


def test_the_index_is_at_the_front(tmp_path: Path) -> None:
    write(tmp_path / "v.mp4", 20)
    data = (tmp_path / "v.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(("width", "height"), [(64, 48), (480, 270), (640, 360)])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, width: int, height: int) -> None:
    path = song(tmp_path / "s.wav")
    random = np.random.default_rng(1)
    seen = set()
    for _ in range(6):
        litter = [random.integers(0, 255, int(size), np.uint8) for size in random.integers(1_000, 2_000_000, 30)]
        del litter  # the encoder must not depend on what the memory held before
        write(tmp_path / "v.mp4", 20, width, height, audio=path)
        seen.add((tmp_path / "v.mp4").read_bytes())
    assert len(seen) == 1


SOUND = """
import sys
from hashlib import sha256
from pathlib import Path
from choreo.video.encode import write_video
import numpy as np
write_video(sys.argv[2], iter(np.zeros((270, 16, 16, 3), np.uint8)), fps=30, width=16, height=16, n_frames=270,
            audio=Path(sys.argv[1]))
print(sha256(Path(sys.argv[2]).read_bytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_sound_s_bytes_do_not_depend_on_what_memory_held(tmp_path: Path) -> None:
    """The C library fills new memory with another number in each process; FFmpeg's default AAC coder then gives other
    bytes now and then."""
    path = write_clicks(tmp_path / "clicks.wav", seconds=9, bpm=110)
    seen = set()
    for fill in ("0", "37", "99", "254"):
        command = [sys.executable, "-c", SOUND, str(path), str(tmp_path / "v.mp4")]
        done = subprocess.run(command, env={**os.environ, "MALLOC_PERTURB_": fill}, capture_output=True, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_nothing_half_is_left(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "v.mp4"
    target.write_bytes(b"what was there before")
    closed = []

    def broken() -> Iterator[Bytes]:
        try:
            yield from pictures(7)
            raise error
        finally:
            closed.append(True)

    with pytest.raises(error):
        write(target, 30, frames=broken(), audio=song(tmp_path / "s.wav"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.wav", "v.mp4"]
    assert target.read_bytes() == b"what was there before"
    assert closed == [True]


def test_frames_are_closed_when_they_were_not_used_up(tmp_path: Path) -> None:
    closed = []

    def endless() -> Iterator[Bytes]:
        try:
            while True:
                yield np.zeros((48, 64, 3), np.uint8)
        finally:
            closed.append(True)

    with pytest.raises(ShapeError, match="want 3"):
        write(tmp_path / "v.mp4", 3, frames=endless())
    assert closed == [True]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [0, 29])
def test_too_few_frames_are_an_error(tmp_path: Path, count: int) -> None:
    with pytest.raises(ShapeError, match=f"got {count} frames, want 30"):
        write(tmp_path / "v.mp4", 30, frames=pictures(count))
    assert not list(tmp_path.iterdir())


def test_a_frame_of_another_size_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="48, 64"):
        write(tmp_path / "v.mp4", 3, frames=pictures(3, 32, 48))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        write(tmp_path / "nowhere" / "v.mp4", 3)


def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo.video import encode

    def full(self: object, pixels: Bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(encode._Writer, "picture", full)
    with pytest.raises(OutputError, match="No space left"):
        write(tmp_path / "v.mp4", 3)
    assert not list(tmp_path.iterdir())


def test_a_really_full_disk(tmp_path: Path) -> None:
    """/dev/full cannot be replaced into, so the muxer itself is pointed at it."""
    from choreo.video import encode, formats

    if not os.path.exists("/dev/full"):
        pytest.skip("/dev/full is not there")
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    spec = formats.VideoSpec(formats.FORMATS["mp4"], 30.0, 64, 48, 200)
    with pytest.raises(OutputError, match="No space left"):
        encode.encode_frames(tmp_path / "v.mp4", Path("/dev/full"), iter([noise] * 200), None, spec, None)


@pytest.mark.parametrize("content", [b"", b"this is not a song at all" * 40])
def test_a_bad_song_is_an_error_before_the_first_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.mp3"
    path.write_bytes(content)
    drawn = []

    def frames() -> Iterator[Bytes]:
        drawn.append(True)
        yield from pictures(3)

    with pytest.raises(AudioError, match=r"bad\.mp3"):
        write(tmp_path / "v.mp4", 3, frames=frames(), audio=path)
    assert not drawn
    assert [p.name for p in tmp_path.iterdir()] == ["bad.mp3"]


def test_a_missing_song_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="nosong"):
        write(tmp_path / "v.mp4", 3, audio=tmp_path / "nosong.wav")


def test_a_video_without_sound_is_no_song(tmp_path: Path) -> None:
    write(tmp_path / "mute.mp4", 3)
    with pytest.raises(AudioError, match="no sound"):
        write(tmp_path / "v.mp4", 3, audio=tmp_path / "mute.mp4")


def test_progress_rises_to_one(tmp_path: Path) -> None:
    seen: list[float] = []
    write(tmp_path / "v.mp4", 40, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_names_in_any_script(tmp_path: Path) -> None:
    path = tmp_path / "écrire 舞蹈 ☂.mp4"
    write(path, 3)
    assert probe(path)["video"]["frames"] == 3


def test_rates() -> None:
    assert frame_rate(30) == 30
    assert frame_rate(29.97) == Fraction(30_000, 1001)
    assert frame_rate(23.976) == Fraction(24_000, 1001)
    assert frame_rate(12.5) == Fraction(25, 2)


def test_probing_something_else(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_text("no video")
    with pytest.raises(InputError, match="media file"):
        probe(tmp_path / "x.mp4")
