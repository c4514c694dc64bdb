from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from choreo.errors import AudioError, InputError, PluginError
from choreo.music import analysis_to_dict, analyze, phrases
from choreo.music.analysis import steady_grid
from choreo.music.energy import energy
from choreo.options import Listening
from choreo.types import Audio, BeatTrack, MusicAnalysis, Section

RATE = 22050
CHORDS = {"A": (0, 4, 7), "B": (5, 9, 0), "C": (7, 11, 2), "D": (9, 0, 4)}


def song(
    form: str, *, bpm: float = 120.0, metre: int = 4, bars: int = 8, loud: dict[str, float] | None = None
) -> Audio:
    """Sections of `bars` bars: a chord pattern of its own each, a drum on every beat, a bass on downbeats."""
    period = 60 / bpm
    count = len(form) * bars * metre
    samples = np.zeros(round((count + 1) * period * RATE))
    clock = np.arange(round(period * RATE)) / RATE
    for beat in range(count):
        section = form[beat // (bars * metre)]
        volume = (loud or {}).get(section, 1.0)
        shift = {"A": 0, "B": 3, "C": 6, "D": 8}[section] * ((beat // metre) % 2)
        at = round(beat * period * RATE)
        sound = np.zeros(len(clock))
        for note in CHORDS[section]:
            sound += 0.05 * np.sin(2 * np.pi * 261.6 * 2 ** ((note + shift) % 12 / 12) * clock)
        sound += 0.2 * np.exp(-60 * clock) * np.sin(2 * np.pi * 1500 * clock)
        if beat % metre == 0:
            sound += 0.4 * np.exp(-20 * clock) * np.sin(2 * np.pi * 80 * clock)
        samples[at : at + len(clock)] += volume * sound
    return Audio(samples.astype(np.float32), RATE, "song.wav", "0" * 64)


@pytest.fixture(scope="module")
def four() -> MusicAnalysis:
    return analyze(song("ABAC"))


def test_arrays_belong_together(four: MusicAnalysis) -> None:
    count = len(four.beats)
    assert count == pytest.approx(128, abs=2)
    assert four.tempo == pytest.approx(120, rel=0.005)
    assert four.metre == 4
    assert four.energy.shape == four.loudness.shape == (count,)
    assert four.onsets.shape == (2 * count, 3)
    assert four.chroma.shape == (count, 12)
    assert four.timbre.shape[0] == count
    for values in (four.energy, four.loudness, four.onsets, four.chroma, four.timbre):
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    assert four.energy.min() >= 0
    assert four.energy.max() <= 1
    assert np.percentile(four.onsets[:, 0], 95) == pytest.approx(1, abs=1e-5)
    assert (four.path, four.sha256, four.warnings) == ("song.wav", "0" * 64, ())


def test_onsets_fall_on_beats(four: MusicAnalysis) -> None:
    assert four.onsets[0::2, 2].mean() > 5 * four.onsets[1::2, 2].mean()


def test_form(four: MusicAnalysis) -> None:
    assert "".join(part.label for part in four.sections) == "ABAC"
    borders = [part.start for part in four.sections]
    assert borders == pytest.approx([0, 16, 32, 48], abs=0.1)
    assert four.sections[-1].end == pytest.approx(four.duration)


def test_phrases(four: MusicAnalysis) -> None:
    parts = phrases(four)
    assert [part.index for part in parts] == list(range(len(parts)))
    assert {part.counts for part in parts[:-1]} == {8}
    for part in parts:
        assert four.track.positions[part.first_beat] == 1
        assert part.beats[0] == four.beats[part.first_beat]
        assert part.rhythm.shape == (2 * part.counts,)
        assert 0 <= part.rhythm.min() <= part.rhythm.max() <= 1
        assert 0 <= part.energy <= 1
        assert parts[part.repeats].repeats == part.repeats <= part.index
        assert parts[part.repeats].section == part.section
        assert parts[part.repeats].counts == part.counts
    for before, after in pairwise(parts):
        assert after.first_beat == before.first_beat + before.counts
        assert before.beats[-1] == after.beats[0]
    firsts = {part.section: part.repeats for part in parts}
    assert len(set(firsts.values())) == 3
    assert parts[8].repeats == parts[0].repeats


def test_loud_parts_have_more_energy() -> None:
    heard = analyze(song("AB", loud={"A": 0.15}))
    half = len(heard.beats) // 2
    assert heard.energy[:half].mean() < heard.energy[half:].mean() - 0.3


def test_even_song_is_strong_and_even() -> None:
    values = energy(np.full(64, -20, np.float32), np.ones((128, 3), np.float32))
    assert values == pytest.approx(np.ones(64))


def test_three_in_a_bar() -> None:
    heard = analyze(song("AA", metre=3, bpm=100), Listening(metre=3))
    assert heard.metre == 3
    assert heard.style == "waltz"
    assert {part.counts for part in phrases(heard)[:-1]} == {6}


def test_offset_moves_the_beats(four: MusicAnalysis) -> None:
    late = analyze(song("ABAC"), Listening(offset=0.05))
    first = late.beats[0]
    assert np.abs(four.beats + 0.05 - first).min() < 1e-9
    assert late.tempo == pytest.approx(four.tempo)
    early = analyze(song("ABAC"), Listening(offset=-0.3))
    assert early.beats.min() >= 0


def test_tempo_of_the_user() -> None:
    assert analyze(song("AB"), Listening(bpm=60)).tempo == pytest.approx(60, rel=0.02)
    silent = Audio(np.zeros(10 * RATE, np.float32), RATE)
    grid = analyze(silent, Listening(bpm=90, metre=3))
    assert grid.tempo == pytest.approx(90)
    assert grid.metre == 3
    assert "steady grid of 90" in grid.warnings[0]


def test_range_keeps_the_clock_of_the_file(four: MusicAnalysis) -> None:
    part = analyze(song("ABAC"), Listening(start=16.2, duration=20.0))
    assert part.duration == four.duration
    assert part.beats.min() >= 16.2
    assert part.beats.max() < 36.2
    assert all(np.abs(four.beats - time).min() < 0.02 for time in part.beats)
    assert part.sections[0].start == pytest.approx(16.2)
    assert part.sections[-1].end == pytest.approx(36.2)
    assert phrases(part)[0].beats[0] >= 16.2


def test_silence_gets_a_grid_and_says_so() -> None:
    heard = analyze(Audio(np.zeros(8 * RATE, np.float32), RATE))
    assert heard.warnings == ("beats: none found; using a steady grid of 120",)
    assert heard.beats == pytest.approx(np.arange(16) * 0.5)
    assert not heard.energy.any()
    assert heard.loudness.max() < -60
    assert len(phrases(heard)) == 2


@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.0, 3.7])
def test_short_sounds(seconds: float) -> None:
    noise = 0.1 * np.random.default_rng(0).normal(size=round(seconds * RATE))
    heard = analyze(Audio(noise.astype(np.float32), RATE))
    assert len(heard.beats) >= 2
    assert len(heard.energy) == len(heard.beats)
    phrases(heard)
    json.dumps(analysis_to_dict(heard))


def test_too_short() -> None:
    with pytest.raises(AudioError, match=r"0\.50 s"):
        analyze(Audio(np.zeros(RATE // 2, np.float32), RATE, "a.wav"))
    with pytest.raises(AudioError, match="past the end"):
        analyze(Audio(np.zeros(5 * RATE, np.float32), RATE, "a.wav"), Listening(start=6))
    with pytest.raises(AudioError, match="range"):
        analyze(Audio(np.zeros(5 * RATE, np.float32), RATE, "a.wav"), Listening(start=4.5))


def test_wrong_wishes() -> None:
    sound = Audio(np.zeros(5 * RATE, np.float32), RATE, "a.wav")
    for bad in ({"bpm": 10}, {"bpm": float("nan")}, {"metre": 1}, {"offset": float("nan")}, {"offset": 99}):
        with pytest.raises(InputError):
            analyze(sound, Listening(**bad))
    with pytest.raises(PluginError, match="tcn"):
        analyze(sound, Listening(tracker="fluxx"))


def test_a_tracker_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo import plugins

    class Broken:
        def track(self, audio: Audio, **wishes: object) -> BeatTrack:
            raise RuntimeError("boom")

    monkeypatch.setattr(plugins, "load", lambda kind, name: Broken())
    with pytest.raises(PluginError, match="boom"):
        analyze(Audio(np.zeros(5 * RATE, np.float32), RATE), Listening(tracker="tcn"))


@given(st.floats(1, 30), st.floats(30, 300), st.integers(2, 7), st.floats(-10, 10))
def test_steady_grid(end: float, bpm: float, metre: int, offset: float) -> None:
    track = steady_grid(end, bpm, metre, offset)
    assert len(track.beats) >= 2
    assert np.diff(track.beats) == pytest.approx(60 / bpm)
    assert (np.diff(track.positions) % metre == 1 % metre).all()
    assert track.beats[0] >= 0


def _bare(positions: list[int], metre: int, beats: np.ndarray | None = None) -> MusicAnalysis:
    count = len(positions)
    times = np.arange(count, dtype=float) * 0.5 if beats is None else beats
    track = BeatTrack(times, np.array(positions), metre, 1.0, "test")
    flat = np.ones(count, np.float32)
    return MusicAnalysis(
        "x", "", count * 0.5, track, flat, flat, np.ones((2 * count, 3), np.float32),
        np.ones((count, 12), np.float32), np.ones((count, 13), np.float32), (Section(0, count * 0.5, "A"),),
    )  # fmt: skip


def test_pickup_and_leftover_belong_to_no_phrase() -> None:
    parts = phrases(_bare([3, 4, *[1, 2, 3, 4] * 5, 1, 2], 4))
    assert [(part.first_beat, part.counts) for part in parts] == [(2, 8), (10, 8), (18, 4)]
    assert [part.repeats for part in parts] == [0, 0, 2]


def test_last_bar_gets_its_end() -> None:
    parts = phrases(_bare([1, 2, 3] * 2, 3))
    assert parts[-1].beats[-1] == pytest.approx(3.0)


def test_a_bar_cut_short_splits_phrases() -> None:
    parts = phrases(_bare([1, 2, 3, 4, 1, 2, *[1, 2, 3, 4] * 2], 4))
    assert [(part.first_beat, part.counts) for part in parts] == [(0, 4), (6, 8)]


def test_under_a_bar_has_no_phrase() -> None:
    assert phrases(_bare([1, 2], 4)) == ()


def test_dict_is_json_and_complete(four: MusicAnalysis) -> None:
    styles = {"house": 0.6, "disco": 0.2}
    told = replace(four, warnings=("careful",), styles=styles, style_reason="at 120", moods={"happy": 0.5})
    data = json.loads(json.dumps(analysis_to_dict(told)))
    assert data["schema"] == "choreo-analysis/3"
    assert len(data["beats"]) == len(data["positions"]) == len(data["energy"]) == len(four.beats)
    assert [part["label"] for part in data["sections"]] == ["A", "B", "A", "C"]
    assert data["warnings"] == ["careful"]
    assert data["phrases"][0]["counts"] == 8
    assert list(data["styles"].items()) == list(styles.items())
    assert (data["style_reason"], data["moods"]) == ("at 120", {"happy": 0.5})


def test_same_song_same_bytes(four: MusicAnalysis) -> None:
    again = analyze(song("ABAC"))
    for name in ("beats", "energy", "loudness", "onsets", "chroma", "timbre"):
        assert getattr(again, name).tobytes() == getattr(four, name).tobytes()
    assert again.sections == four.sections


def test_importing_is_light_and_names_are_functions() -> None:
    code = (
        "import sys, choreo.music; heavy = {'numpy', 'scipy', 'av', 'numba', 'librosa'} & set(sys.modules);"
        "assert not heavy, heavy; from choreo.music import analysis_to_dict, phrases, analyze, load_audio;"
        "assert callable(phrases) and callable(analyze);"
        "assert not {'librosa', 'numba', 'torch', 'scipy.signal', 'scipy.stats'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


@pytest.mark.parametrize(("name", "metre"), [("W_1", 3), ("R_4", 4)])
def test_ballroom(shared: Path, name: str, metre: int) -> None:
    heard = analyze(shared / "choreonet" / "music" / f"{name}.ogg")
    assert heard.metre == metre
    assert 60 < heard.tempo < 200
    assert len(phrases(heard)) > 10
    if metre == 3:
        assert heard.tempo == pytest.approx(87, abs=3)
        assert heard.style == "waltz"
