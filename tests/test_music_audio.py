from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from choreo.errors import AudioError
from choreo.music import load_audio
from choreo.music.audio import SAMPLE_RATE, decode


def write_wav(path: Path, samples: np.ndarray, rate: int = 44100) -> Path:
    """16 bit; ``(N,)`` mono or ``(N, C)``."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(channels)
        stream.setsampwidth(2)
        stream.setframerate(rate)
        stream.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


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
        "folder.wav": "directory",
        "noise.mp3": "no",
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


def load_whole(path: Path, data: bytes) -> np.ndarray:
    path.write_bytes(data)
    return decode(path)[0].samples
