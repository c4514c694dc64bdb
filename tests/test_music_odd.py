"""Odd input to the whole analysis: a usable answer that says what is odd, or an error that names file and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_music_audio import tone, write_float_wav, write_wav
from test_music_beats import RATE, band

from choreo.cli.app import run
from choreo.music import analyze
from choreo.types import Audio

Capture = pytest.CaptureFixture[str]


def heard(capsys: Capture, path: Path) -> dict[str, Any]:
    """The JSON of ``choreo analyze``."""
    capsys.readouterr()
    assert run(["analyze", str(path), "--json", "--no-cache"]) == 0
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return facts


def rubato() -> np.ndarray:
    """Chords that swell in and out at no pace whatever."""
    rng = np.random.default_rng(5)
    time = np.arange(40 * RATE) / RATE
    out = np.zeros(len(time))
    at = 0.0
    while at < 36:
        swell = np.exp(-(((time - at - 1.5) / 0.9) ** 2))
        for hertz in 220 * 2 ** (rng.choice([0, 3, 5, 7, 10, 12], 3) / 12):
            out += 0.1 * swell * np.sin(2 * np.pi * hertz * time)
        at += rng.uniform(1.2, 3.1)
    return out


SOUNDS = {
    "silence": lambda: np.zeros(20 * RATE),
    "white noise": lambda: 0.2 * np.random.default_rng(0).normal(size=30 * RATE),
    "a pure tone": lambda: tone(20.0, RATE),
    "one second": lambda: tone(1.0, RATE),
    "rubato": rubato,
}


@pytest.mark.parametrize("kind", SOUNDS)
def test_sound_without_a_beat_is_usable_and_says_so(kind: str, tmp_path: Path, capsys: Capture) -> None:
    facts = heard(capsys, write_wav(tmp_path / "odd.wav", SOUNDS[kind](), RATE))
    assert len(facts["beats"]) >= 2
    if kind != "rubato":  # swells may pass for a slow pulse
        assert facts["warnings"][-1] == "beats: none found; using a steady grid of 120"
        doubted = [warning for warning in facts["warnings"] if "does not sound like music" in warning]
        assert len(facts["warnings"]) == 1 + len(doubted)
        assert doubted or kind not in ("white noise", "a pure tone")
        assert facts["style"] == "unknown"
        assert run(["analyze", str(tmp_path / "odd.wav"), "--no-cache"]) == 0
        assert "none found; using a steady grid" in capsys.readouterr().err


def test_samples_that_are_no_numbers(tmp_path: Path, capsys: Capture) -> None:
    samples = band(120, 4)[0].samples.copy()
    samples[5000:6000] = np.nan
    facts = heard(capsys, write_float_wav(tmp_path / "nan.wav", samples))
    assert facts["tempo"] == pytest.approx(120, rel=0.01)
    assert any("not numbers" in warning for warning in facts["warnings"])


def test_a_change_of_tempo() -> None:
    slow, fast = band(90, 4, 30.0)[0].samples, band(140, 4, 30.0)[0].samples
    analysis = analyze(Audio(np.concatenate([slow, fast]), RATE))
    pace = 60 / np.diff(analysis.beats)
    middle = analysis.beats[:-1]
    assert np.median(pace[(middle > 3) & (middle < 27)]) == pytest.approx(90, rel=0.02)
    assert np.median(pace[(middle > 33) & (middle < 57)]) == pytest.approx(140, rel=0.02)


def test_a_change_of_metre() -> None:
    """One metre is counted for the whole song; the beats must hold all the same."""
    fours, threes = band(110, 4, 40.0)[0].samples, band(110, 3, 15.0)[0].samples
    analysis = analyze(Audio(np.concatenate([fours, threes]), RATE))
    assert analysis.metre in (2, 4)
    assert np.median(60 / np.diff(analysis.beats)) == pytest.approx(110, rel=0.01)
    assert analysis.beats[-1] > 53


@pytest.mark.slow
def test_twenty_minutes(tmp_path: Path, capsys: Capture) -> None:
    part = band(118, 4, 60.0)[0].samples
    facts = heard(capsys, write_wav(tmp_path / "long.wav", np.tile(part, 20), RATE))
    assert facts["song"]["duration"] == pytest.approx(1200, abs=0.5)
    assert len(facts["beats"]) == pytest.approx(1200 * 118 / 60, rel=0.02)
    assert facts["beats"][-1] > 1195


def refused(capsys: Capture, path: Path) -> str:
    """What ``choreo analyze`` says of a file that it cannot use."""
    capsys.readouterr()
    assert run(["analyze", str(path), "--no-cache"]) not in (0, 70)
    said = capsys.readouterr().err
    assert path.name in said
    return said


def test_files_that_are_no_songs(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "words.wav").write_text("not sound, words\n" * 99)
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "folder.mp3").mkdir()
    assert "not sound" in refused(capsys, tmp_path / "words.wav")
    assert "empty" in refused(capsys, tmp_path / "empty.mp3")
    assert "it is a folder" in refused(capsys, tmp_path / "folder.mp3")
    assert "0.50 s" in refused(capsys, write_wav(tmp_path / "short.wav", tone(0.5)))


def test_a_cut_mp3(shared: Path, tmp_path: Path, capsys: Capture) -> None:
    whole = (shared / "songs" / "W_1.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 3])
    facts = heard(capsys, tmp_path / "cut.mp3")
    assert len(facts["beats"]) > 50
    assert any("cut" in warning for warning in facts["warnings"])
