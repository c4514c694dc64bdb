"""The user's word: beat files, tempo octaves, and what follows from beats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks
from dance_support import song
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.errors import InputError
from choreo.music import analyze, bar_rhythms, blocks, phrases, rhythm_signatures, tempo_curve
from choreo.music.octave import at_octave
from choreo.options import Listening
from choreo.types import BeatTrack, Section


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


def steady(metre: int, count: int, first: int = 1) -> BeatTrack:
    positions = (np.arange(count) + first - 1) % metre + 1
    beats = np.arange(count, dtype=float) * 0.5
    return BeatTrack(beats, positions, metre, 0.8, "x", confidences=np.linspace(0.1, 0.9, count))


def test_half_the_pace() -> None:
    track = at_octave(steady(4, 16), "half")
    assert track.beats.tolist() == np.arange(0, 8, 1.0).tolist()
    assert track.positions.tolist() == [1, 2, 3, 4, 1, 2, 3, 4]
    assert track.confidences is not None
    assert len(track.confidences) == 8


def test_double_the_pace() -> None:
    track = at_octave(steady(3, 6), "double")
    assert track.beats.tolist() == np.arange(0, 2.51, 0.25).tolist()
    assert track.positions.tolist() == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2]


@settings(deadline=None)
@given(st.sampled_from([2, 4, 6]), st.integers(2, 60), st.integers(1, 6))
def test_octaves_keep_downbeats(metre: int, count: int, first: int) -> None:
    track = steady(metre, count, (first - 1) % metre + 1)
    half, double = at_octave(track, "half"), at_octave(track, "double")
    assert np.isin(half.beats[half.positions == 1], track.beats[track.positions == 1]).all()
    assert np.isin(track.beats[track.positions == 1], double.beats[double.positions == 1]).all()
    assert (np.diff(half.positions) % metre == 1).all()
    assert (np.diff(double.positions) % metre == 1 % metre).all()
    assert at_octave(track, "auto") is track


def test_octaves_that_do_not_go() -> None:
    with pytest.raises(InputError, match="3 beats in a bar"):
        at_octave(steady(3, 9), "half")
    with pytest.raises(InputError, match="one of auto, half, double"):
        Listening(octave="third")


def test_octave_of_a_song(tmp_path: Path) -> None:
    clicks = write_clicks(tmp_path / "clicks.wav", seconds=12, bpm=120)
    plain, half = analyze(clicks, Listening(metre=4)), analyze(clicks, Listening(metre=4, octave="half"))
    assert half.tempo == pytest.approx(plain.tempo / 2, rel=0.01)
    assert half.energy.shape == half.beats.shape
    assert half.onsets.shape == (2 * len(half.beats), 3)


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
