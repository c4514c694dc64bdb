"""What a user says of beats and bars holds together: downbeat, octave, offset, metre, tempo and a file of beats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo import plugins
from choreo.errors import InputError
from choreo.music import analyze
from choreo.music.audio import decode
from choreo.music.bars_of import counted, with_one
from choreo.music.octave import at_octave
from choreo.options import Listening
from choreo.pipeline.song_to_plan import _danceable
from choreo.planning.clip_pool import ClipPool
from choreo.types import Audio, BeatTrack, Certainty, Doubles, MusicAnalysis

RATE = 8000
SECONDS = 16.0
PERIOD = 0.5


class Ear:
    """A tracker that hears a beat every half second from 0.2 on, in four from the third, the odd ones weakly.

    It finds bars that begin on the second of the beats that it is given.
    """

    name = "ear"
    description = "for tests"

    def __init__(self) -> None:
        self.asked: list[Doubles] = []

    def track(self, audio: Audio, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
        beats = np.arange(0.2, audio.duration, 60 / (bpm or 120))
        positions = (np.arange(len(beats)) - 2) % (metre or 4) + 1
        sure = np.where(np.arange(len(beats)) % 2 == 0, 0.3, 0.9)
        return BeatTrack(beats, positions, metre or 4, 0.6, self.name, (), sure, Certainty(downbeat=0.4), 1.2)

    def bars(
        self,
        audio: Audio,
        beats: Doubles,
        *,
        metre: int | None = None,
        downbeat: float | None = None,
        confidences: Doubles | None = None,
    ) -> BeatTrack:
        self.asked.append(beats)
        bar = metre or 3
        positions = (np.arange(len(beats)) - 1) % bar + 1
        sure = np.full(len(beats), 0.7)
        return BeatTrack(beats, positions, bar, 0.7, self.name, (), sure, Certainty(downbeat=0.6, beats=0.1), 2.0)


class Deaf(Ear):
    """The same without bars."""

    bars = None  # type: ignore[assignment]


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    one = Ear()
    monkeypatch.setattr(plugins, "load", lambda kind, name: one)
    return one


def sound(seconds: float = SECONDS) -> Audio:
    samples = 0.1 * np.random.default_rng(0).normal(size=round(seconds * RATE))
    return Audio(samples.astype(np.float32), RATE)


SOUND = sound()


def steady(metre: int, count: int, first: int = 1, method: str = "x") -> BeatTrack:
    positions = (np.arange(count) + first - 1) % metre + 1
    beats = np.arange(count, dtype=float) * 0.5
    return BeatTrack(beats, positions, metre, 0.8, method)


# The one


@pytest.mark.parametrize("beat", range(9))
def test_the_beat_nearest_to_the_downbeat_is_the_one(ear: Ear, beat: int) -> None:
    plain = analyze(SOUND)
    told = analyze(SOUND, Listening(downbeat=0.2 + PERIOD * beat + 0.2))
    assert told.beats.tolist() == plain.beats.tolist()
    np.testing.assert_array_equal(told.track.positions, (np.arange(len(plain.beats)) - beat) % 4 + 1)
    assert ear.asked == []


def test_a_stated_downbeat_is_certain(ear: Ear) -> None:
    assert any("try --downbeat 1.20" in words for words in analyze(SOUND).warnings)
    told = analyze(SOUND, Listening(downbeat=1.7))
    assert told.warnings == ()
    assert told.track.certainty == Certainty(downbeat=1.0)
    assert told.track.rival is None


def test_a_downbeat_where_no_beats_are_is_counted_on() -> None:
    track = replace(steady(4, 16), beats=4.0 + steady(4, 16).beats)
    for missing in range(9):
        before = with_one(track, 4.0 - 0.5 * missing + 0.1)
        assert before.positions[0] == missing % 4 + 1
        after = with_one(track, 11.5 + 0.5 * missing - 0.1)
        assert after.positions[-1] == (-missing) % 4 + 1
    gap = replace(track, beats=np.concatenate([track.beats[:8], track.beats[8:] + 3.5]))
    assert with_one(gap, 8.5).positions[7] == 3  # at 7.5, two beats before the one
    assert with_one(gap, 10.5).positions[8] == 3  # at 11.5, two beats after it


def test_a_downbeat_outside_of_the_song_is_refused(ear: Ear) -> None:
    for time in (-0.1, 16.0, 500.0):
        with pytest.raises(InputError, match=r"outside of the song, which lasts 0:16\.0"):
            analyze(SOUND, Listening(downbeat=time))
    assert analyze(SOUND, Listening(downbeat=2.8, start=4.0)).track.positions[0] == 4  # 4.2 is three beats after 2.7
    assert analyze(SOUND, Listening(downbeat=-300.0, bpm=120)).downbeats[0] == pytest.approx(0)


def test_a_bar_cut_short_is_not_where_the_one_is_stated() -> None:
    track = replace(steady(4, 12), positions=np.array([1, 2, 3, 4, 1, 2, 1, 2, 3, 4, 1, 2]))
    assert with_one(track, 1.6).positions.tolist() == [2, 3, 4] + [1, 2, 3, 4] * 2 + [1]


def test_bars_that_change_are_moved_together() -> None:
    positions = np.array([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 1, 2, 3])
    metres = np.repeat([4, 3], [8, 9])
    track = BeatTrack(np.arange(17.0), positions, 4, 1.0, "x", metres=metres)
    moved = with_one(track, 2.0)
    assert moved.positions.tolist() == [3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 1]
    assert moved.bar_metres.tolist() == [4] * 10 + [3] * 7
    back = with_one(track, 13.0)
    assert back.positions.tolist() == [2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1]


# Octaves


def test_half_the_pace_takes_the_surer_half() -> None:
    sure = np.tile([0.2, 0.8], 8)
    track = at_octave(replace(steady(4, 16), confidences=sure), "half")
    assert track.beats.tolist() == np.arange(0.5, 8, 1.0).tolist()
    assert track.confidences is not None
    assert track.confidences.tolist() == [0.8] * 8
    assert track.metre == 4


def test_half_the_pace_takes_the_downbeats_when_all_are_as_sure() -> None:
    for first in range(1, 5):
        track = steady(4, 16, first)
        for each in (track, replace(track, confidences=np.full(16, 0.8)), replace(track, method="file")):
            half = at_octave(each, "half")
            assert half.beats[0] == (0.0 if first % 2 else 0.5)
            assert (np.diff(half.positions) % 4 == 1).all()
            ones = track.beats[track.positions == 1]
            assert np.isin(half.beats[half.positions == 1], ones).all()


def test_half_the_pace_by_onsets_where_the_tracker_is_silent() -> None:
    onsets = np.tile(np.array([0.1, 0.9], np.float32), 8)
    assert at_octave(steady(4, 16), "half", onsets).beats[0] == 0.5
    assert at_octave(replace(steady(4, 16), method="file"), "half", onsets).beats[0] == 0.0


@pytest.mark.parametrize("one", [0.1, 0.4, 1.6, -0.9, 9.1])
@pytest.mark.parametrize("method", ["x", "file"])
def test_half_the_pace_keeps_a_stated_one(one: float, method: str) -> None:
    for first in (1, 2):
        half = at_octave(steady(4, 16, first, method), "half", one=one)
        assert half.beats[0] == (round(2 * one) % 2) / 2


def test_half_the_pace_in_three() -> None:
    track = at_octave(steady(3, 12, method="file"), "half")
    assert track.beats.tolist() == [0, 1, 2, 3, 4, 5]
    assert track.positions.tolist() == [1, 2, 3, 1, 2, 3]


def test_double_the_pace() -> None:
    track = at_octave(steady(3, 6), "double")
    assert track.beats.tolist() == np.arange(0, 2.51, 0.25).tolist()
    assert track.positions.tolist() == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2]


def test_three_eighths_are_not_doubled() -> None:
    with pytest.raises(InputError, match="the beats of 6/8 have three parts"):
        at_octave(replace(steady(2, 12), subdivision=3), "double")


@settings(deadline=None, derandomize=True)
@given(st.integers(2, 7), st.integers(2, 60), st.integers(1, 7), st.sampled_from(["x", "file"]))
def test_half_of_double_is_what_was(metre: int, count: int, first: int, method: str) -> None:
    track = steady(metre, count, (first - 1) % metre + 1, method)
    double = at_octave(track, "double")
    assert np.isin(track.beats, double.beats).all()
    back = at_octave(replace(double, confidences=np.where(np.isin(double.beats, track.beats), 0.9, 0.2)), "half")
    if method == "x" or metre % 2 == 0:
        assert back.beats.tolist() == track.beats.tolist()


def test_bars_are_counted_from_where_most_begin() -> None:
    assert counted(np.array([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0], bool), 4).tolist()[:4] == [3, 4, 1, 2]
    assert counted(np.zeros(3, bool), 4).tolist() == [1, 2, 3]


# Together


def test_bars_are_decided_anew_at_another_octave(ear: Ear) -> None:
    half = analyze(SOUND, Listening(octave="half"))
    np.testing.assert_allclose(half.beats, np.arange(0.7, SECONDS, 1.0))
    assert [beats.tolist() for beats in ear.asked] == [half.beats.tolist()]
    assert half.metre == 3
    assert half.track.positions[:4].tolist() == [3, 1, 2, 3]
    assert half.track.rival == 2.0
    assert half.track.certainty == Certainty(downbeat=0.6)  # of beats and pace: what was heard, and what was said
    double = analyze(SOUND, Listening(octave="double", start=1.0, downbeat=3.3))
    np.testing.assert_allclose(ear.asked[-1], np.arange(0.2, 14.71, 0.25))
    np.testing.assert_allclose(double.downbeats[:4], [1.7, 2.45, 3.2, 3.95])


def test_a_file_without_bars_gets_those_that_are_heard(ear: Ear, tmp_path: Path) -> None:
    told = np.arange(2.0, 13, 0.75)
    path = tmp_path / "t.txt"
    path.write_text("".join(f"{time}\n" for time in told))
    heard = analyze(SOUND, Listening(beats=path, start=1.0, offset=0.25))
    assert heard.beats.tolist() == (told + 0.25).tolist()
    np.testing.assert_allclose(ear.asked[0], told - 0.75)
    assert heard.track.positions[:4].tolist() == [3, 1, 2, 3]
    assert heard.track.method == "file"
    assert heard.track.certainty == Certainty(downbeat=0.6)
    four = analyze(SOUND, Listening(beats=path, metre=4, downbeat=2.9))
    assert four.track.positions[:5].tolist() == [4, 1, 2, 3, 4]
    half = analyze(SOUND, Listening(beats=path, octave="half"))
    assert half.beats.tolist() == told[::2].tolist()
    assert len(ear.asked[-1]) == len(half.beats)


def test_stated_bars_are_not_heard_anew(ear: Ear, tmp_path: Path) -> None:
    told = np.arange(2.0, 13, 0.75)
    path = tmp_path / "t.txt"
    path.write_text("".join(f"{time} {(k + 3) % 5 + 1}\n" for k, time in enumerate(told)))
    plain = analyze(SOUND, Listening(beats=path))
    assert plain.track.positions[:3].tolist() == [4, 5, 1]
    half = analyze(SOUND, Listening(beats=path, octave="half"))
    assert half.beats.tolist() == told[::2].tolist()
    assert half.track.positions[:3].tolist() == [5, 1, 2]
    moved = analyze(SOUND, Listening(beats=path, downbeat=2.0))
    assert moved.track.positions[:6].tolist() == [1, 2, 3, 4, 5, 1]
    assert ear.asked == []


def test_a_tracker_without_bars_keeps_downbeats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(plugins, "load", lambda kind, name: Deaf())
    double = analyze(SOUND, Listening(octave="double"))
    assert np.isin(analyze(SOUND).downbeats, double.downbeats).all()
    path = tmp_path / "t.txt"
    path.write_text("1\n2\n3\n4\n5\n6\n")
    told = analyze(SOUND, Listening(beats=path, metre=3))
    assert told.track.positions.tolist() == [1, 2, 3, 1, 2, 3]
    assert any("which beat is the one is unsure" in words for words in told.warnings)


def test_an_offset_moves_a_grid_and_leaves_no_gap(ear: Ear) -> None:
    for offset in (-1.3, 0.0, 1.3):
        told = analyze(SOUND, Listening(bpm=100, downbeat=0.5, offset=offset))
        assert np.diff(told.beats) == pytest.approx(0.6)
        assert told.beats[0] < 0.6
        assert told.beats[-1] >= SECONDS - 0.6 - 1e-9
        assert (told.downbeats - 0.5 - offset + 1e-10) % 2.4 == pytest.approx(0, abs=1e-9)


def test_six_eighths_are_two_beats(ear: Ear, tmp_path: Path) -> None:
    told = analyze(SOUND, Listening(bpm=60, downbeat=1.0, metre=6))
    assert told.track.time_signature == "6/8"
    assert told.downbeats[:3].tolist() == [1.0, 3.0, 5.0]
    silence = analyze(Audio(np.zeros(4 * RATE, np.float32), RATE), Listening(metre=12, tracker="tcn"))
    assert silence.track.metre == 12


OFFSETS = st.integers(-40, 40).map(lambda step: step / 16)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    octave=st.sampled_from(["auto", "half", "double"]),
    offset=OFFSETS,
    downbeat=st.none() | st.floats(0.5, 15.5),
    metre=st.none() | st.sampled_from([2, 3, 4, 5, 7]),
    part=st.sampled_from([(0.0, None), (2.25, None), (4.0, 8.0)]),
    deaf=st.booleans(),
)
def test_all_of_them_together(
    octave: str, offset: float, downbeat: float | None, metre: int | None, part: tuple[float, float | None], deaf: bool
) -> None:
    start, duration = part
    end = SECONDS if duration is None else start + duration
    said = Listening(octave=octave, metre=metre, start=start, duration=duration)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "load", lambda kind, name: Deaf() if deaf else Ear())
        plain = analyze(SOUND, said).track
        told = analyze(SOUND, replace(said, offset=offset, downbeat=downbeat)).track
    moved = plain.beats + offset
    inside = (moved >= start - 1e-6) & (moved < end)
    if octave != "half" or downbeat is None:  # a downbeat may choose the other half
        np.testing.assert_allclose(told.beats, moved[inside], atol=2e-6)
    assert (np.diff(told.beats) > 0).all()
    assert (np.diff(told.positions) % told.metre == 1 % told.metre).all()
    assert told.metre == (metre or plain.metre)
    if downbeat is None:
        assert told.positions.tolist() == plain.positions[inside].tolist()
    elif told.beats[0] - 0.01 <= downbeat <= told.beats[-1] + 0.01:
        near = np.abs(told.beats - downbeat)
        assert near.min() < (0.26 if octave != "half" else 0.51)
        assert near[told.positions == 1].min() == near.min()


@pytest.mark.parametrize("bpm", [200, 48])
def test_another_pace_for_the_dance_keeps_the_ones(monkeypatch: pytest.MonkeyPatch, bpm: float) -> None:
    class Paced(Ear):
        def track(self, audio: Audio, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
            return super().track(audio, bpm=told, metre=metre)

    told = bpm
    monkeypatch.setattr(plugins, "load", lambda kind, name: Paced())
    plain = analyze(SOUND)

    class Pool:
        def dances(self, metre: int) -> bool:
            return metre == 4

        def octave(self, analysis: MusicAnalysis, metre: int) -> str:
            return "half" if analysis.tempo > 150 else "double"

    listening, notes = _danceable(Listening(), plain, cast(ClipPool, Pool()))
    danced = analyze(SOUND, listening)
    assert len(notes) == 1
    assert danced.metre == 4
    fewer, more = sorted([plain.downbeats, danced.downbeats], key=len)
    assert len(more) > len(fewer) > 1
    assert np.abs(fewer[:, None] - more).min(axis=1).max() < 1e-6
    waltz = replace(plain, track=replace(plain.track, subdivision=3))
    assert _danceable(Listening(), waltz, cast(ClipPool, Pool()))[0].octave == ("half" if bpm == 200 else "auto")


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["fd_d_tense", "mma_merengue", "mma_swing", "mma_calypso"])
def test_a_tempo_like_the_heard_one_changes_nothing(shared: Path, piece: str) -> None:
    audio, _ = decode(shared / "beats" / "audio" / f"{piece}.ogg", 1)
    part = Listening(start=10, duration=40)
    plain = analyze(audio, part)
    for share in (1.0, 0.99, 1.01):
        told = analyze(audio, replace(part, bpm=plain.tempo * share))
        assert apart(told.beats, plain.beats) < 0.08
        assert apart(told.downbeats, plain.downbeats) < 0.15
        assert told.metre == plain.metre
    half = analyze(audio, replace(part, bpm=plain.tempo / 2))
    assert apart(half.beats, plain.beats, both=False) < 0.08


def apart(told: Doubles, plain: Doubles, both: bool = True) -> float:
    """Share of times that have no partner within 70 ms; only of the first when not `both`."""
    away = np.abs(told[:, None] - plain) > 0.07
    missed = away.all(axis=1)
    return float(np.concatenate([missed, away.all(axis=0)] if both else [missed]).mean())
