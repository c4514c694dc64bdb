"""Bars that the music cuts short, and dancing in three with clips in four."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from dance_support import song, sway_clip
from hypothesis import given
from hypothesis import strategies as st

from choreo.datasets.cut import cut_take
from choreo.music import phrases
from choreo.planfile import plan_table
from choreo.planfile.counts import step_bars
from choreo.planning import plan
from choreo.planning.bars import Bar, _join, bars_of
from choreo.planning.metres import ENOUGH, columns_of, fits_metre
from choreo.planning.tempo import FASTEST, SLOWEST
from choreo.retrieval import retrieve
from choreo.synthesis import broken_guarantees, guarantees, perform
from choreo.synthesis.realise import realise
from choreo.types import BeatTrack, ChoreographyPlan, Clip, MusicAnalysis, PlanStep, Take
from choreo.video.captions import captions
from choreo.video.timeline import timeline_of


def with_a_short_bar(seconds: float = 40.0, bars: int = 6, beats: int = 3) -> MusicAnalysis:
    """A song in four at 120 beats/min whose bar number `bars` has fewer beats."""
    music = song(seconds)
    count = len(music.beats)
    positions = np.arange(count) % 4 + 1
    cut = 4 * bars + beats
    positions[cut:] = np.arange(count - cut) % 4 + 1
    return replace(music, track=BeatTrack(music.beats, positions, 4, 1.0, "test"))


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [sway_clip(f"{n}{k}", size=0.2 + 0.05 * k, counts=n) for n in (4, 8) for k in range(4)]


def danced(music: MusicAnalysis, clips: list[Clip]) -> ChoreographyPlan:
    parts = phrases(music)
    return plan(music, parts, clips, retrieve(music, parts, clips))


def test_bars_and_steps_know_which_beat_of_the_song_they_begin_on(clips: list[Clip]) -> None:
    music = song(40.0, first=0.5)
    inside = [bar for bar in bars_of(music, phrases(music), 0.0, 40.0, spare=2) if bar.inside]
    assert len(inside) > 15
    assert all(bar.beats[0] == pytest.approx(music.beats[bar.first_beat]) for bar in inside)
    for step in danced(music, clips).steps[1:-1]:
        assert step.beats[0] == pytest.approx(music.beats[step.first_beat])


def test_a_bar_of_three_beats_is_danced_in_three_counts(clips: list[Clip]) -> None:
    sheet = danced(with_a_short_bar(), clips)
    assert sum(step.counts % 4 == 3 for step in sheet.steps) == 1
    short = next(step for step in sheet.steps if step.counts % 4)
    assert short.beats[-1] == pytest.approx(13.5)
    assert all(step.warp == pytest.approx(1.0, abs=1e-6) for step in sheet.steps)
    np.testing.assert_allclose(np.diff([t for step in sheet.steps for t in step.beats[:-1]]), 0.5)
    by_id = {clip.clip_id: clip for clip in clips}
    assert not broken_guarantees(guarantees(perform(sheet, by_id), sheet, by_id), sheet)


def test_a_short_bar_is_in_its_part_of_the_song_and_counts_begin_anew_behind_it(clips: list[Clip]) -> None:
    sheet = danced(with_a_short_bar(), clips)
    number = next(k for k, step in enumerate(sheet.steps) if step.counts % 4)
    assert sheet.steps[number].section == sheet.steps[number + 1].section == "A"
    said = captions(timeline_of(sheet), 40.0, counts=True)
    following = next(line for line in said.split("\n\n") if "00:00:13,500 -->" in line)
    assert following.splitlines()[2].startswith("1  ")


def test_bars_are_numbered_through_a_short_one(clips: list[Clip]) -> None:
    sheet = danced(with_a_short_bar(), clips)
    bars = step_bars(sheet)
    assert bars[0][0] == 0
    assert all(a[1] == b[0] for a, b in itertools.pairwise(bars))
    begins = {first: step.beats[0] for (first, _), step in zip(bars, sheet.steps, strict=True)}
    late = [(bar, time) for bar, time in begins.items() if bar > 6]
    assert late
    assert all(time == pytest.approx(2.0 * bar - 0.5) for bar, time in late)
    shown = [line.split()[0] for line in plan_table(sheet).splitlines()[3:] if line[:4].strip().isdigit()]
    assert shown == [str(first) for first, _ in bars]


@given(st.integers(2, 6), st.integers(1, 30), st.floats(0.3, 0.8))
def test_gaps_are_filled_near_the_music_s_own_pace(metre: int, beats: int, pace: float) -> None:
    def bar(start: float) -> Bar:
        return Bar(tuple((start + pace * np.arange(metre + 1)).tolist()), 0, 0, 0, True)

    filled = _join([bar(0.0)], bar((metre + beats) * pace), metre)
    times = [t for each in filled for t in each.beats[:-1]] + [filled[-1].beats[-1]]
    assert times[-1] == pytest.approx((metre + beats) * pace)
    for before, after in itertools.pairwise(filled):
        assert before.beats[-1] == pytest.approx(after.beats[0])
    for each in filled[1:] if beats > 1 else []:
        assert SLOWEST - 1e-6 <= pace / np.diff(each.beats).max() <= FASTEST + 1e-6
        assert len(each.beats) == metre + 1 or (each.short and len(each.beats) <= metre)


def test_no_clip_goes_on_over_a_short_bar_when_another_can_stop_there(clips: list[Clip]) -> None:
    music = with_a_short_bar(bars=5)
    bars = bars_of(music, phrases(music), 0.0, 40.0, spare=2)
    (short,) = [number for number, bar in enumerate(bars) if bar.short]
    ends = [last for _, last in step_bars(danced(music, clips))]
    assert short + 1 in ends


def test_a_step_cut_short_is_the_beginning_of_its_clip_and_comes_to_rest() -> None:
    clip = sway_clip("whole", counts=4)
    times = np.arange(0, 1.5 + 1e-9, 1 / 60)

    def step(counts: int) -> PlanStep:
        beats = tuple(0.5 * k for k in range(counts + 1))
        return PlanStep(clip.clip_id, "", "test", "", False, 0, beats, "", 1.0, {})

    whole, cut = (realise(clip, step(counts), times, 60.0, 0) for counts in (4, 3))
    np.testing.assert_allclose(cut.rotations[:60], whole.rotations[:60], atol=1e-6)
    speed = np.abs(np.diff(cut.rotations, axis=0)).max(axis=(1, 2))
    assert speed[-1] < 0.1 * speed[60]


def test_what_is_danced_in_four_is_cut_for_three_as_well() -> None:
    motion = sway_clip("long", counts=32).motion
    take = Take("t", motion, "t.bvh", "CC0-1.0", beats=np.arange(0, 16.1, 0.5))
    sixes = [clip for clip in cut_take(take, "mine") if clip.counts == 6]
    assert len(sixes) == 9
    assert all(clip.metre == 4 and clip.motion.duration == pytest.approx(3.0) for clip in sixes)
    firsts = [clip.frames[0] for clip in sixes]
    assert set(np.diff(firsts)) == {90}
    assert sixes[0].frames[1] - 1 == sixes[2].frames[0]  # one goes on as the next but one


def recorded(name: str, counts: int, metre: int) -> Clip:
    return replace(sway_clip(name, counts=counts, metre=metre), source_hash="take")


def test_recordings_in_four_help_out_where_three_has_few_moves() -> None:
    few = [sway_clip("waltz", counts=6, metre=3)]
    fours = [recorded("six", 6, 4), recorded("eight", 8, 4), sway_clip("authored-six", counts=6, metre=4)]
    assert fits_metre(columns_of([*few, *fours]), 3).tolist() == [True, True, False, False]
    many = [sway_clip(f"waltz-{k}", counts=6, metre=3) for k in range(ENOUGH)]
    assert not fits_metre(columns_of([*many, *fours]), 3)[-3:].any()
    assert fits_metre(columns_of(fours), 2).tolist() == [True, True, True]


def test_a_waltz_is_danced_in_whole_bars_of_recordings_in_four() -> None:
    music = song(30.0, metre=3)
    clips = [recorded(f"six-{k}", 6, 4) for k in range(4)] + [recorded(f"eight-{k}", 8, 4) for k in range(4)]
    sheet = danced(music, clips)
    assert sheet.metre == 3
    assert {step.counts for step in sheet.steps} == {6}
    assert all("metre" in step.costs for step in sheet.steps[:-1])


def test_no_bar_is_danced_of_which_a_few_milliseconds_are_left() -> None:
    music = song(20.0, first=0.005)
    first, *_ = bars_of(music, phrases(music), 0.0, 20.0, spare=2)
    assert first.inside
    assert first.beats[0] == 0.0
    assert first.beats[1] == pytest.approx(music.beats[1])
    late = bars_of(song(20.0, first=0.2), phrases(song(20.0, first=0.2)), 0.0, 20.0, spare=2)
    assert not late[0].inside
