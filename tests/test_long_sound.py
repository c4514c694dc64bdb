"""Long sound is read as a stream, with the same result; what would not end, or has no rate of sound, is refused."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks
from sound_support import write_pcm

from choreo import analyze
from choreo.cli.app import run
from choreo.errors import AudioError
from choreo.music import audio, load_audio
from choreo.music.plot import peaks
from choreo.music.sections import sections
from choreo.music.similarity import LONGEST_FORM, form_stretches
from choreo.music.spectrum import spectrum
from choreo.options import Listening
from choreo.types import Audio, Floats, MusicAnalysis


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_clicks(tmp_path / "song.wav", seconds=75.0)


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound of more than five seconds counts as long, and comes in small blocks."""
    monkeypatch.setattr(audio, "SOUND_IN_MEMORY", 5.0)
    monkeypatch.setattr(audio, "BLOCK", 30_000)


def same(a: MusicAnalysis, b: MusicAnalysis) -> bool:
    names = ("beats", "energy", "loudness", "onsets", "chroma", "timbre", "confidences")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names) and a.sections == b.sections


def test_a_stream_gives_the_same_analysis(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choices = [Listening(cache=False), Listening(cache=False, start=11.0, duration=20.5)]
    whole = [analyze(song, choice) for choice in choices]
    monkeypatch.setattr(audio, "SOUND_IN_MEMORY", 5.0)
    monkeypatch.setattr(audio, "BLOCK", 30_000)
    monkeypatch.setattr(audio.LongAudio, "samples", property(lambda self: pytest.fail("all of it is in memory")))
    for before, choice in zip(whole, choices, strict=True):
        assert same(before, analyze(song, choice))


def test_a_stream_has_the_samples_of_the_whole(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_audio(song)
    monkeypatch.setattr(audio, "SOUND_IN_MEMORY", 5.0)
    long = load_audio(song)
    assert isinstance(long, audio.LongAudio)
    assert long.count == whole.count == sum(len(block) for block in long.blocks(1000))
    np.testing.assert_array_equal(long.samples, whole.samples)
    np.testing.assert_array_equal(peaks(long, 100), peaks(whole, 100))
    part = load_audio(song, start=10, duration=30)
    assert isinstance(part, audio.LongAudio)
    np.testing.assert_array_equal(part.samples, whole.samples[220_500:882_000])
    short = load_audio(song, start=10, duration=3)
    assert type(short) is Audio
    np.testing.assert_array_equal(short.samples, whole.samples[220_500:286_650])


@pytest.mark.usefixtures("streamed")
def test_loud_and_broken_samples_are_mended_in_a_stream(tmp_path: Path) -> None:
    import av

    samples = np.sin(np.arange(22050 * 20) / 9).astype(np.float32) * 4
    samples[300_000] = np.nan
    with av.open(str(tmp_path / "loud.mkv"), "w", format="matroska") as container:
        stream = container.add_stream("pcm_f32le", rate=22050, layout="mono")
        for first in range(0, len(samples), 20_000):
            frame = av.AudioFrame.from_ndarray(samples[None, first : first + 20_000], format="flt", layout="mono")
            frame.sample_rate, frame.pts = 22050, first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    long, warnings = audio.decode(tmp_path / "loud.mkv")
    assert isinstance(long, audio.LongAudio)
    assert "1 samples are not numbers" in warnings[0]
    assert float(np.abs(long.samples).max()) == pytest.approx(1.0, abs=1e-6)


def test_frames_of_a_spectrum_do_not_depend_on_how_the_sound_is_cut() -> None:
    class Cut(Audio):
        def blocks(self, size: int = 0) -> Iterator[Floats]:
            return super().blocks(size=7919)

    for count in (3, 2000, 22_050 * 30 + 17):
        samples = np.random.default_rng(count).normal(0, 0.1, count).astype(np.float32)
        one, other = spectrum(Audio(samples, 22_050)), spectrum(Cut(samples, 22_050))
        for name in ("mel", "onsets", "loudness", "mfcc", "chroma", "bass"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert len(one.mel) == count // 220 + 1


def test_sound_that_does_not_end_is_refused_at_the_limit(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = 0

    def endless(self: Any, container: Any, stream: Any) -> Iterator[Floats]:
        nonlocal given
        while True:
            given += 1
            yield np.zeros(22_050, np.float32)

    monkeypatch.setattr(audio._Decoding, "_decoded", endless)
    with pytest.raises(AudioError, match=r"more than 0.1 hours of sound.*--max-hours"):
        audio.decode(song, max_hours=0.1)
    assert given == 361


def test_the_limit_is_an_option(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", str(song), "--max-hours", "0.01"]) == 2
    assert "more than 0.01 hours" in capsys.readouterr().err
    assert run(["analyze", str(song), "--max-hours", "0.03", "--no-cache"]) == 0
    assert run(["analyze", str(song), "--max-hours", "13"]) == 2


@pytest.mark.parametrize("rate", [1, 100, 3_999, 768_001, 2_000_000_000])
def test_rates_that_no_sound_has(rate: int, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "odd.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(40_000))
    with pytest.raises(AudioError, match=r"odd\.wav"):
        load_audio(tmp_path / "odd.wav")


@pytest.mark.parametrize("rate", [4_000, 8_000, 384_000])
def test_rates_that_some_sound_has(rate: int, tmp_path: Path) -> None:
    path = write_pcm(tmp_path / "fine.wav", 1e4 * np.sin(np.arange(rate * 2) / rate * 900), rate)
    assert load_audio(path).duration == pytest.approx(2.0, abs=0.02)


def test_the_form_of_very_long_music_is_found_in_stretches() -> None:
    assert form_stretches(0) == [slice(0, 0)]
    assert form_stretches(LONGEST_FORM) == [slice(0, LONGEST_FORM)]
    parts = form_stretches(5 * LONGEST_FORM + 1)
    assert len(parts) == 6
    assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
    alike = np.ones((16, 16))
    found = sections([alike, alike], np.arange(32.0), 0.0, 32.0)
    first, second = ([part for part in found if (part.start >= 16) is late] for late in (False, True))
    assert second[0].start == 16
    assert not {part.label for part in first} & {part.label for part in second}


def test_the_net_in_spans_is_the_net(monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo_beats import net

    features = np.random.default_rng(1).random((6000, 60)).astype(np.float32)
    whole = net.predict(features)
    monkeypatch.setattr(net, "SPAN", 1700)
    spans = net.predict(features)
    np.testing.assert_allclose(spans.beats, whole.beats, atol=1e-5)
    np.testing.assert_allclose(spans.downbeats, whole.downbeats, atol=1e-5)
