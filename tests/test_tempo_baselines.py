"""What tempo and lengths alone find, and songs whose tempo misleads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dance_support import song, two_kinds

from choreo.music.phrasing import stretch
from choreo.retrieval.baselines import BASELINES, benchmark_baselines, in_any_order
from choreo.retrieval.bench import AMBIGUOUS, DIRECTIONS, MISLED, judge
from choreo.retrieval.pairs import PairedSong, Pairs
from choreo.retrieval.report import dance_table, song_table, table
from choreo.retrieval.tempo_overlap import ambiguous_songs, misled_songs, octave_range


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return two_kinds()


def at_tempo(pairs: Pairs, number: int, bpm: float) -> Pairs:
    """The pairs with one song at another tempo; its dance stays."""
    songs = list(pairs.songs)
    analysis = song(24.0, bpm=bpm)
    count = len(songs[number].clips)
    songs[number] = PairedSong("trap", analysis, tuple(stretch(analysis, 4 * k, 4) for k in range(count)),
                               songs[number].clips)  # fmt: skip
    return replace(pairs, songs=tuple(songs))


def test_the_range_of_a_dance_goes_round_the_octave() -> None:
    start, width = octave_range(np.array([0.95, 0.05, 1.1]))
    assert start == pytest.approx(0.95)
    assert width == pytest.approx(0.15)


def test_a_song_in_the_range_of_both_dances_is_ambiguous_and_one_nearest_to_the_other_misleads(pairs: Pairs) -> None:
    train = pairs.subset(range(8))  # 75 to 76.5 and 135.25 to 136.75: no octave brings them together
    test = pairs.subset(range(8, 12))
    assert not ambiguous_songs(train, test).any()
    assert not misled_songs(train, test).any()
    trapped = at_tempo(pairs, 8, 136.0)
    assert misled_songs(train, trapped.subset(range(8, 12))).tolist() == [True, False, False, False]
    assert not ambiguous_songs(train, trapped.subset(range(8, 12))).any()
    wide = at_tempo(pairs, 0, 140.0).subset(range(8))  # a slow dance at 140: the range of slow now covers the fast one
    assert ambiguous_songs(wide, test).tolist() == [False, True, False, True]


def test_the_baselines_know_what_they_are_told_and_no_more(pairs: Pairs) -> None:
    found = {result.name: result for result in benchmark_baselines(pairs, folds=3, seeds=(0,))}
    assert list(found) == list(BASELINES)
    for direction in DIRECTIONS:
        assert found["tempo lookup"].mean(direction, "MAP style") == 1
        assert found["dance told"].mean(direction, "MAP style") == 1
        assert np.isnan(found["lengths"].mean(direction, MISLED))
    assert [r.name for r in benchmark_baselines(pairs, lengths=False, folds=3, seeds=(0,))] == [
        "tempo lookup",
        "dance told",
    ]


def test_lengths_find_the_clip_that_lasts_as_long(pairs: Pairs) -> None:
    one = pairs.songs[1]
    longer = replace(one, phrases=tuple(stretch(one.analysis, 4 * k, 4) for k in range(6)))
    test = replace(pairs, songs=(longer, *pairs.songs[:2]))
    apart = BASELINES["lengths"](pairs, test)
    seconds = np.array([clip.motion.duration for clip in pairs.clips])
    lasts = float(longer.phrases[0].beats[-1] - longer.phrases[0].beats[0])
    assert int(apart[0].argmin()) == int(np.abs(np.log2(seconds / lasts)).argmin())


def test_the_lookup_fails_where_tempo_misleads_and_the_measure_says_so(pairs: Pairs) -> None:
    trapped = at_tempo(pairs, 8, 136.0)
    train, test = trapped.subset(range(8)), trapped.subset(range(8, 12))
    result = judge(in_any_order(BASELINES["tempo lookup"](train, test), 0), train, test)
    music = result.metrics[DIRECTIONS[0]]
    assert music[MISLED] < music["MAP style"] < 1
    assert np.isnan(music[AMBIGUOUS])
    assert result.songs["trap"]["MAP style"] == music[MISLED]
    assert result.songs["song-9"] == {"R@5": 1.0, "MAP style": 1.0, "stretches": 6.0}


def test_tables_have_a_row_for_every_baseline_song_and_dance(pairs: Pairs) -> None:
    found = benchmark_baselines(pairs, folds=3, seeds=(0,))
    shown = table(found)
    for name in BASELINES:
        assert shown.count(f"| *{name}* |") == 2
    assert "nan" not in shown
    songs = song_table(pairs, found[:1]).splitlines()
    assert len(songs) == 2 + len(pairs.songs)
    assert songs[2].startswith("| song-0 | slow | 75 | 6 | 1.00 |")
    assert dance_table(pairs, found[:1]).splitlines()[2].startswith("| fast | 6 | 36 | 1.00 |")
