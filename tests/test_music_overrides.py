"""A file of beats is followed, and what follows from beats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks
from dance_support import song

from choreo.errors import InputError
from choreo.music import analyze, bar_rhythms, blocks, phrases, rhythm_signatures, tempo_curve
from choreo.options import Listening
from choreo.types import Section


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_is_followed(tmp_path: Path) -> None:
    clicks = write_clicks(tmp_path / "clicks.wav", seconds=10, bpm=120)
    told = np.arange(0.35, 9.5, 0.75)
    path = write(tmp_path / "t.beats", "".join(f"{t:.4f} {k % 3 + 1}\n" for k, t in enumerate(told)))
    heard = analyze(clicks, Listening(beats=path))
    np.testing.assert_allclose(heard.beats, told, atol=1e-4)
    assert heard.metre == 3
    assert heard.track.method == "file"
    part = analyze(clicks, Listening(beats=path, start=2.0, duration=5.0))
    np.testing.assert_allclose(part.beats, told[(told >= 2) & (told < 7)], atol=1e-4)
    with pytest.raises(InputError, match="under two of its beats"):
        analyze(clicks, Listening(beats=write(tmp_path / "late.beats", "50\n51\n52\n")))


def test_tempo_curve() -> None:
    music = song(60, bpm=120)
    np.testing.assert_allclose(tempo_curve(music), 120, rtol=1e-6)
    beats = music.beats.copy()
    beats[40] += 0.2  # one beat out of place
    slipped = replace(music, track=replace(music.track, beats=beats))
    np.testing.assert_allclose(tempo_curve(slipped), 120, rtol=1e-6)


def test_rhythm_signatures_are_bits_of_half_beats() -> None:
    music = song(16, bpm=120)
    assert bar_rhythms(music).shape == (8, 8)
    assert rhythm_signatures(music).tolist() == [[1, 0] * 4] * 8
    waltz = song(18, bpm=120, metre=3)
    assert rhythm_signatures(waltz).shape == (12, 6)


def test_blocks_begin_anew_with_sections() -> None:
    music = song(64, bpm=120, form="AB")
    assert [(round(a), round(b), s) for a, b, s in blocks(music)] == [
        (0, 16, "A"), (16, 32, "A"), (32, 48, "B"), (48, 64, "B"),
    ]  # fmt: skip
    twice = replace(music, sections=(Section(0, 20, "A"), Section(20, 40, "A"), Section(40, 64, "B")))
    assert [round(a) for a, _, _ in blocks(twice)] == [0, 16, 20, 36, 40, 56]
    ends = {round(b, 3) for _, b, _ in blocks(music)}
    assert ends <= {round(float(p.beats[-1]), 3) for p in phrases(music)}
