from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from sound_support import write_pcm

from choreo.errors import AudioError
from choreo.music import load_audio
from choreo.music.audio import SAMPLE_RATE, decode


def write_wav(path: Path, samples: np.ndarray, rate: int = 44100) -> Path:
    """16 bit; ``(N,)`` mono or ``(N, C)``."""
    return write_pcm(path, np.clip(samples, -1, 1) * 32767, rate)


def write_float_wav(path: Path, samples: np.ndarray, rate: int = SAMPLE_RATE) -> Path:
    data = samples.astype("<f4").tobytes()
    form = struct.pack("<IHHIIHH", 16, 3, 1, rate, 4 * rate, 4, 32)
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + form + b"data" + struct.pack("<I", len(data)) + data
    )
    return path


def tone(seconds: float, rate: int = 44100, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_resampled_mono_keeps_length_and_pitch(tmp_path: Path, rate: int) -> None:
    stereo = np.stack([tone(2.0, rate), tone(2.0, rate)], axis=1)
    audio = load_audio(write_wav(tmp_path / "a.wav", stereo, rate))
    assert audio.samples.dtype == np.float32
    assert audio.sample_rate == SAMPLE_RATE
    assert audio.duration == pytest.approx(2.0, abs=0.01)
    spectrum = np.abs(np.fft.rfft(audio.samples))
    assert np.argmax(spectrum) / audio.duration == pytest.approx(440, abs=1)
    assert np.abs(audio.samples).max() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("channel", [0, 1, 3])
def test_every_channel_is_heard_as_much(channel: int, tmp_path: Path) -> None:
    channels = 2 if channel < 2 else 4
    samples = np.zeros((44100, channels))
    samples[:, channel] = tone(1.0)
    heard = load_audio(write_wav(tmp_path / "a.wav", samples)).samples
    np.testing.assert_allclose(np.abs(heard[2000:-2000]).max(), 0.5 / channels, rtol=0.02)


def packet_by_packet(path: Path) -> np.ndarray:
    """Mono sound the plain way: each decoded frame resampled and mixed down by itself."""
    heard = []
    with av.open(str(path)) as container:
        resampler = None
        for frame in container.decode(audio=0):
            resampler = resampler or av.AudioResampler("flt", frame.layout, SAMPLE_RATE)
            heard += resampler.resample(frame)
        assert resampler is not None
        heard += resampler.resample(None)
    return np.concatenate([out.to_ndarray().reshape(-1, out.layout.nb_channels).mean(axis=1) for out in heard])


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 96000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_sound_in_batches_is_that_of_packet_by_packet(rate: int, channels: int, tmp_path: Path) -> None:
    samples = np.random.default_rng(rate).normal(0, 0.1, (5 * rate, channels))
    path = write_wav(tmp_path / "a.wav", samples, rate)
    np.testing.assert_array_equal(decode(path)[0].samples, packet_by_packet(path), strict=True)


def encode(
    path: Path, codec: str, form: str, layout: str, rate: int, seconds: float = 2.0, video: bool = False
) -> Path:
    """A 440 Hz tone in every channel, by way of FFmpeg."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = layout
        stream.bit_rate = 128_000
        stream.format = form
        picture = container.add_stream("mpeg4", rate=10) if video else None
        if picture is not None:
            picture.width = picture.height = 32
            for number in range(round(10 * seconds)):
                frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 9 * number, np.uint8), format="rgb24")
                container.mux(picture.encode(frame))
            container.mux(picture.encode())
        channels = av.AudioLayout(layout).nb_channels
        sound = np.repeat(tone(seconds, rate).astype(np.float32), channels)[None]
        resampler = av.AudioResampler(form, layout, rate)
        size = 960 if codec == "libopus" else 1024
        fifo = av.AudioFifo()
        frame = av.AudioFrame.from_ndarray(sound, format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        for out in resampler.resample(frame):
            fifo.write(out)
        while (part := fifo.read(size, partial=True)) is not None:
            container.mux(stream.encode(part))
        container.mux(stream.encode())
    return path


CONTAINERS = [
    ("a.flac", "flac", "s16", "stereo", 44100),
    ("a.flac", "flac", "s32", "5.1", 96000),
    ("a.mp3", "libmp3lame", "fltp", "stereo", 44100),
    ("a.mp3", "libmp3lame", "fltp", "mono", 8000),
    ("a.ogg", "libopus", "flt", "mono", 48000),
    ("a.opus", "libopus", "flt", "stereo", 48000),
    ("a.m4a", "aac", "fltp", "stereo", 44100),
    ("a.aac", "aac", "fltp", "stereo", 44100),
    ("a.m4a", "alac", "s16p", "stereo", 44100),
    ("a.aiff", "pcm_s16be", "s16", "stereo", 44100),
    ("a.wma", "wmav2", "fltp", "stereo", 44100),
    ("a.wv", "wavpack", "s16p", "stereo", 44100),
    ("a.mka", "libopus", "flt", "stereo", 48000),
]


@pytest.mark.parametrize(("name", "codec", "form", "layout", "rate"), CONTAINERS)
def test_every_common_kind_of_file(name: str, codec: str, form: str, layout: str, rate: int, tmp_path: Path) -> None:
    is_the_tone(encode(tmp_path / name, codec, form, layout, rate), seconds=2.0)


@pytest.mark.parametrize(
    ("codec", "form"),
    [
        ("pcm_u8", "u8"),
        ("pcm_s16le", "s16"),
        ("pcm_s24le", "s32"),
        ("pcm_s32le", "s32"),
        ("pcm_f32le", "flt"),
        ("pcm_f64le", "dbl"),
    ],
)
@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 96000, 192000])
def test_every_depth_and_rate_of_wav(codec: str, form: str, rate: int, tmp_path: Path) -> None:
    is_the_tone(encode(tmp_path / "a.wav", codec, form, "stereo", rate), seconds=2.0)


@pytest.mark.parametrize("layout", ["mono", "stereo", "2.1", "quad", "5.0", "5.1", "6.1", "7.1"])
def test_any_number_of_channels(layout: str, tmp_path: Path) -> None:
    is_the_tone(encode(tmp_path / "a.wav", "pcm_s16le", "s16", layout, 48000), seconds=2.0)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi"])
def test_the_sound_of_a_video(name: str, tmp_path: Path) -> None:
    codec = "libmp3lame" if name == "a.avi" else "aac"
    is_the_tone(encode(tmp_path / name, codec, "fltp", "stereo", 44100, video=True), seconds=2.0)


def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "mute.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    with pytest.raises(AudioError, match="holds no sound"):
        load_audio(tmp_path / "mute.mp4")


def is_the_tone(path: Path, seconds: float) -> None:
    audio, warnings = decode(path)
    assert warnings == ()
    assert audio.duration == pytest.approx(seconds, abs=0.08)
    spectrum = np.abs(np.fft.rfft(audio.samples))
    assert np.argmax(spectrum) / audio.duration == pytest.approx(440, abs=1)
    assert np.quantile(np.abs(audio.samples), 0.99) == pytest.approx(0.5, abs=0.05)


def test_checksum_is_of_the_file(tmp_path: Path) -> None:
    import hashlib

    path = write_wav(tmp_path / "a.wav", tone(1.0))
    assert load_audio(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_range(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", np.concatenate([np.zeros(44100), tone(2.0)]))
    part = load_audio(path, start=1.0, duration=0.5)
    assert part.duration == pytest.approx(0.5, abs=0.001)
    assert np.abs(part.samples[100:]).max() > 0.4
    assert load_audio(path, start=2.5, duration=9).duration == pytest.approx(0.5, abs=0.01)
    for start, duration in ((3.5, None), (-1.0, None), (0.0, 0.0), (float("nan"), None)):
        with pytest.raises(AudioError):
            load_audio(path, start=start, duration=duration)


def test_files_that_are_no_sound(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "text.wav").write_text("these are words, not sound\n" * 50)
    (tmp_path / "empty.wav").touch()
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "noise.mp3").write_bytes(np.random.default_rng(0).bytes(100_000))
    write_wav(tmp_path / "nothing.wav", np.zeros(0))
    Image.new("RGB", (16, 16)).save(tmp_path / "picture.png")
    expected = {
        "missing.wav": "no such file",
        "text.wav": "not sound",
        "empty.wav": "empty",
        "folder.wav": "folder",
        "noise.mp3": "no sound could be decoded",
        "nothing.wav": "no sound",
        "picture.png": "no sound",
    }
    for name, reason in expected.items():
        with pytest.raises(AudioError, match=reason) as caught:
            load_audio(tmp_path / name)
        assert name in caught.value.message


def test_values_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    samples = tone(1.0, SAMPLE_RATE).astype(np.float32)
    samples[100:200] = np.nan
    samples[300] = np.inf
    audio, warnings = decode(write_float_wav(tmp_path / "nan.wav", samples))
    assert np.isfinite(audio.samples).all()
    assert len(warnings) == 1
    assert "101 samples" in warnings[0]


def test_too_loud_is_scaled(tmp_path: Path) -> None:
    audio = load_audio(write_float_wav(tmp_path / "loud.wav", 8 * tone(1.0, SAMPLE_RATE)))
    assert np.abs(audio.samples).max() == pytest.approx(1.0, abs=1e-3)


def test_silence_loads(tmp_path: Path) -> None:
    assert not load_audio(write_wav(tmp_path / "silence.wav", np.zeros(44100))).samples.any()


def test_cut_mp3_gives_what_is_there(shared: Path, tmp_path: Path) -> None:
    whole = (shared / "songs" / "W_1.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    audio, warnings = decode(tmp_path / "cut.mp3")
    assert 90 < audio.duration < 120
    assert any("cut" in warning for warning in warnings)


def test_mp3_with_a_hole_goes_on(shared: Path, tmp_path: Path) -> None:
    data = bytearray((shared / "songs" / "T_2.mp3").read_bytes()[:600_000])
    clean = len(load_whole(tmp_path / "clean.mp3", bytes(data)))
    data[200_000:230_000] = np.random.default_rng(1).bytes(30_000)
    holed = len(load_whole(tmp_path / "holed.mp3", bytes(data)))
    assert 0.8 * clean < holed <= clean
    assert any("broken places" in warning for warning in decode(tmp_path / "holed.mp3")[1])


def test_whole_mp3s_have_no_warnings(shared: Path) -> None:
    paths = sorted((shared / "songs").glob("*.mp3"))[:3]
    assert len(paths) == 3
    for path in paths:
        assert decode(path)[1] == ()


def load_whole(path: Path, data: bytes) -> np.ndarray:
    path.write_bytes(data)
    return decode(path)[0].samples
