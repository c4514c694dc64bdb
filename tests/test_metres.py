"""Songs whose bars do not all have the same number of beats."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dance_support import song, sway_clip
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from choreo.music import bar_rhythms, blocks, phrases, rhythm_signatures
from choreo.music.bars import stated_metres, time_words, whole_bars
from choreo.music.beat_files import track_from_file
from choreo.pipeline.result import heard_line
from choreo.planfile import plan_table, read_plan, write_plan
from choreo.planfile.counts import step_bars
from choreo.planfile.rows import rows_of
from choreo.planning import plan
from choreo.planning.bars import Bar, bars_of
from choreo.planning.changes import STRANGE, bar_misfits
from choreo.retrieval import retrieve
from choreo.synthesis import broken_guarantees, guarantees, perform
from choreo.types import BeatTrack, ChoreographyPlan, Clip, MusicAnalysis
from choreo.video.captions import captions
from choreo.video.timeline import timeline_of

BARS = st.lists(st.integers(2, 12), min_size=1, max_size=24)


def in_bars(bars: list[int], pickup: int = 0, subdivision: int = 2) -> MusicAnalysis:
    """A song of 120 beats a minute whose bars have these numbers of beats, after some beats before the first one."""
    positions = np.concatenate([np.arange(bars[0] - pickup, bars[0]) + 1, *(np.arange(n) + 1 for n in bars)])
    metres = np.concatenate([np.full(pickup, bars[0]), np.repeat(bars, bars)])
    music = song(0.5 * (len(positions) + 1) + 1)
    count = len(positions)
    main = int(np.bincount(metres).argmax())
    track = BeatTrack(music.beats[:count], positions, main, 1.0, "test", subdivision=subdivision, metres=metres)
    cut = {name: getattr(music, name)[:count] for name in ("energy", "loudness", "chroma", "timbre")}
    return replace(music, track=track, onsets=music.onsets[: 2 * count], duration=0.5 * count, **cut)


@given(BARS, st.integers(0, 1))
def test_phrases_cover_all_whole_bars_in_order_and_mix_no_metres(bars: list[int], pickup: int) -> None:
    music = in_bars(bars, pickup)
    starts, metres = whole_bars(music.track)
    assert metres.tolist() == bars
    assert starts.tolist() == (pickup + np.cumsum([0, *bars[:-1]])).tolist()
    parts = phrases(music)
    danced = [phrase.metre for phrase in parts for _ in range(phrase.counts // phrase.metre)]
    assert danced == bars
    assert all(phrase.counts in (phrase.metre, 2 * phrase.metre) for phrase in parts)
    assert [a.first_beat + a.counts for a in parts[:-1]] == [b.first_beat for b in parts[1:]]
    for phrase in parts:
        assert len(phrase.rhythm) == 2 * phrase.counts
        first = parts[phrase.repeats]
        assert (first.metre, first.counts) == (phrase.metre, phrase.counts)


@given(BARS)
def test_rhythms_are_those_of_each_bar_and_blocks_join(bars: list[int]) -> None:
    music = in_bars(bars)
    rows = bar_rhythms(music)
    assert rows.shape == (len(bars), 2 * max(bars))
    assert rhythm_signatures(music).shape == rows.shape
    assert not any(row[2 * n :].any() for row, n in zip(rows, bars, strict=True))
    found = blocks(music)
    assert [a[1] for a in found[:-1]] == [b[0] for b in found[1:]]


def test_a_block_begins_where_the_metre_changes_but_not_at_a_lone_bar() -> None:
    found = blocks(in_bars([4] * 6 + [2] + [4] * 2 + [3] * 8 + [4] * 4))
    borders = {0.0, 17.0, 29.0}
    assert borders <= {round(start, 3) for start, _, _ in found}
    assert 12.0 not in {round(start, 3) for start, _, _ in found}


@given(st.lists(st.sampled_from([2, 3, 4, 5, 7]), min_size=2, max_size=12), st.integers(0, 1))
def test_a_file_s_positions_state_the_bars(bars: list[int], pickup: int) -> None:
    track = in_bars([*bars, bars[-1]], pickup).track
    assert stated_metres(track.positions).tolist() == track.bar_metres.tolist()


def test_a_beat_file_may_change_metre(tmp_path: Path) -> None:
    positions = [4, *[1, 2, 3, 4] * 4, *[1, 2, 3] * 4, 1, 2]
    path = tmp_path / "a.beats"
    path.write_text("".join(f"{0.5 * k}\t{p}\n" for k, p in enumerate(positions)))
    track = track_from_file(path, 99)
    assert track.metre == 4
    assert track.bar_metres.tolist() == [4] * 17 + [3] * 14
    assert track_from_file(path, 99, 3).metres is None
    path.write_text("".join(f"{0.5 * k}\t{k % 4 + 1}\n" for k in range(30)))
    assert track_from_file(path, 99).metres is None


@pytest.mark.parametrize("metre", range(2, 13))
def test_one_metre_throughout_needs_no_list_of_them(metre: int) -> None:
    music = in_bars([metre] * 6)
    plain = replace(music, track=replace(music.track, metres=None))
    assert [(p.first_beat, p.counts, p.repeats) for p in phrases(plain)] == [
        (p.first_beat, p.counts, p.repeats) for p in phrases(music)
    ]


CLIPS = [
    *(sway_clip(f"four-{n}-{k}", counts=n, size=0.2 + 0.05 * k) for n in (4, 8) for k in range(4)),
    *(sway_clip(f"three-{n}-{k}", counts=n, metre=3, size=0.2 + 0.05 * k) for n in (3, 6) for k in range(4)),
]


def danced(music: MusicAnalysis, clips: list[Clip]) -> ChoreographyPlan:
    parts = phrases(music)
    return plan(music, parts, clips, retrieve(music, parts, clips))


def test_threes_within_fours_are_danced_in_three() -> None:
    music = in_bars([4] * 8 + [3] * 8 + [4] * 8)
    sheet = danced(music, CLIPS)
    metre = {clip.clip_id: clip.metre for clip in CLIPS}
    for step in sheet.steps:
        inside = music.track.bar_metres[step.first_beat : step.first_beat + step.counts]
        assert set(inside.tolist()) == {metre[step.clip_id]}, step
        assert step.metre == (3 if metre[step.clip_id] == 3 else 0)
        assert step.beats[0] in music.downbeats
    assert step_bars(sheet)[-1][1] >= 24
    even = [clip for clip in CLIPS if clip.counts != 3]  # three counts of swaying end in the middle of a swing
    sheet = danced(music, even)
    by_id = {clip.clip_id: clip for clip in even}
    assert not broken_guarantees(guarantees(perform(sheet, by_id), sheet, by_id), sheet)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(2, 12), st.integers(1, 9)), min_size=1, max_size=5))
def test_every_sequence_of_metres_is_danced(stretches: list[tuple[int, int]]) -> None:
    music = in_bars([4] * 40 + [metre for metre, bars in stretches for _ in range(bars)])
    assume(music.metre in (2, 3, 4))  # others are counted in fours before a dance is planned
    for clips in (CLIPS, [clip for clip in CLIPS if clip.counts > 4]):
        sheet = danced(music, clips)
        assert all(a.beats[-1] == b.beats[0] for a, b in itertools.pairwise(sheet.steps))
        assert sheet.steps[-1].beats[-1] >= music.duration - 0.2
        counts = {clip.clip_id: clip.counts for clip in clips}
        assert all(step.counts <= counts[step.clip_id] for step in sheet.steps)
        bars = step_bars(sheet)
        assert all(last > first for first, last in bars)


def test_time_is_told_with_its_changes() -> None:
    changing = in_bars([4] * 8 + [2] + [3] * 8 + [4] * 8)
    assert time_words(changing.track) == "4/4 (3/4 from 0:17 to 0:29)"
    assert time_words(in_bars([2] * 6, subdivision=3).track) == "6/8"
    assert heard_line(in_bars([4] * 6, subdivision=3)).startswith("120 bpm in 12/8,")
    assert heard_line(in_bars([4] * 6)).startswith("120 bpm in 4,")


def test_a_sheet_and_captions_count_threes_to_six() -> None:
    sheet = danced(in_bars([4] * 8 + [3] * 8 + [4] * 8), CLIPS)
    assert "4 (3 from 0:16 to 0:28) to the bar" in plan_table(sheet)
    timeline = timeline_of(sheet)
    inside = (timeline.beats > 15.9) & (timeline.beats < 27.9)
    assert timeline.positions[inside].tolist() == [1, 2, 3] * 8
    assert rows_of(sheet)[-1].beats[-1] == sheet.steps[-1].beats[-1]
    in_three = [row for row in rows_of(sheet) if 15.9 < row.beats[0] < 27.9]
    assert {len(row.beats) - 1 for row in in_three} <= {3, 6}
    said = [
        line for line in captions(timeline, 44.0, counts=True).split("\n\n") if 16 <= int(line.split(":")[2][:2]) < 28
    ]
    assert {int(line.splitlines()[2].split()[0]) for line in said} == set(range(1, 7))


@pytest.mark.parametrize(("metre", "subdivision"), [(2, 3), (4, 3), (3, 3)])
def test_compound_time_is_danced_by_its_beats(metre: int, subdivision: int) -> None:
    sheet = danced(in_bars([metre] * 16, subdivision=subdivision), CLIPS)
    assert sheet.metre == metre
    assert all(step.counts % metre == 0 for step in sheet.steps)


@pytest.mark.parametrize("metre", [5, 7, 10])
def test_a_stretch_of_an_odd_metre_is_cut_into_fours(metre: int) -> None:
    music = in_bars([4] * 24 + [metre] * 6)
    bars = bars_of(music, parts := phrases(music), 0.0, music.duration, spare=2, danced=[4] * len(phrases(music)))
    odd = [bar for bar in bars if bar.inside and parts[bar.phrase].metre == metre]
    assert sum(len(bar.beats) - 1 for bar in odd) == 6 * metre
    assert all(2 <= len(bar.beats) - 1 <= 4 and bar.short == (len(bar.beats) < 5) for bar in odd)
    assert max(len(bar.beats) for bar in odd) == 5
    danced(music, CLIPS)


def test_a_plan_keeps_the_metre_of_its_steps(tmp_path: Path) -> None:
    sheet = danced(in_bars([4] * 8 + [3] * 8), CLIPS)
    write_plan(sheet, tmp_path / "a.json")
    assert [step.metre for step in read_plan(tmp_path / "a.json").steps] == [step.metre for step in sheet.steps]
    assert {step.metre for step in sheet.steps} == {0, 3}


def test_no_clip_is_danced_over_bars_longer_than_its_own() -> None:
    beats = [4, 2, 3, 3, 4]
    edges = np.cumsum([0, *beats])
    bars = [
        Bar(tuple(np.arange(a, a + n + 1.0).tolist()), 0, 0, int(a), True, n == 2)
        for a, n in zip(edges, beats, strict=False)
    ]
    cost = bar_misfits(bars, np.array([3, 4]), np.array([2, 2]))
    assert np.isinf(cost[:, 0]).tolist() == [True, False, False, True, True]
    assert cost[2, 0] == 0
    assert cost[2, 1] == 2 * STRANGE
    assert np.isfinite(cost[:4, 1]).all()
