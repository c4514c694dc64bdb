"""Song form from the likeness of bars, on forms whose answer is known."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.music.energy import BeatFeatures
from choreo.music.section_lengths import lengthened, paired
from choreo.music.sections import letters, merge_segments, sections
from choreo.music.segments import Segment
from choreo.music.similarity import LEVEL, bar_similarity, sounding
from choreo.types import Section

Form = list[tuple[str, int]]


def similarity(form: Form, *, loop: int = 0, noise: float = 0.15, seed: int = 0) -> np.ndarray:
    """Likeness of the bars of a form: every label has bars of its own (or a loop of `loop` bars), played unevenly."""
    rng = np.random.default_rng(seed)
    kinds: dict[tuple[str, int], np.ndarray] = {}
    rows = []
    for label, bars in form:
        for bar in range(bars):
            kind = kinds.setdefault((label, bar % loop if loop else bar), rng.normal(size=40))
            rows.append(kind + noise * rng.normal(size=40))
    table = np.array(rows)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    return table @ table.T


def found(form: Form, **changes: Any) -> list[tuple[str, int]]:
    alike = similarity(form, **changes)
    parts = sections([alike], np.arange(len(alike), dtype=float), 0.0, float(len(alike)))
    assert parts[0].start == 0
    assert parts[-1].end == len(alike)
    assert all(a.end == b.start for a, b in pairwise(parts))
    return [(part.label, round(part.end - part.start)) for part in parts]


@pytest.mark.parametrize("unit", [8, 12, 16])
@pytest.mark.parametrize("plan", ["AABA", "ABAB", "ABAC", "ABCABC"])
def test_forms_without_an_inner_pattern(plan: str, unit: int) -> None:
    wanted = [(label, unit) for label in plan]
    if plan in ("ABAB", "ABCABC"):  # what only ever comes together is one section
        wanted = [("A", unit * plan.rindex("A"))] * 2
    assert found([(label, unit) for label in plan]) == wanted


def test_an_introduction_is_told_apart_by_what_comes_back() -> None:
    assert found([("i", 4), ("A", 8), ("A", 8), ("B", 8), ("A", 8)]) == [
        ("A", 4), ("B", 8), ("B", 8), ("C", 8), ("B", 8),
    ]  # fmt: skip


@pytest.mark.parametrize("intro", [1, 2, 3, 4])
@pytest.mark.parametrize("cut", [3, 5, 8])
def test_where_a_song_begins_and_fades_out_moves_no_border(intro: int, cut: int) -> None:
    whole = similarity([("i", intro), ("A", 8), ("B", 8), ("A", 8), ("C", 8), ("A", 8)])
    bars = intro + 32 + cut
    parts = sections([whole[:bars, :bars]], np.arange(bars, dtype=float), 0.0, float(bars))
    borders = {part.start for part in parts}
    assert {intro + 8.0, intro + 16.0, intro + 24.0, intro + 32.0} <= borders


def test_loops_of_four_bars_do_not_make_sections_of_four_bars() -> None:
    parts = found([("A", 16), ("B", 16), ("A", 16)], loop=4)
    assert all(bars >= 8 for _, bars in parts)
    labels = np.repeat([label for label, _ in parts], [bars for _, bars in parts])
    assert (labels[:16] == labels[32:]).all()
    assert (labels[:16] != labels[16:32]).all()


def test_music_that_never_repeats_is_one_section() -> None:
    assert {label for label, _ in found([("A", 40)])} == {"A"}


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(0, 1000), st.floats(0, 1))
def test_any_music_is_covered_without_gaps(bars: int, seed: int, noise: float) -> None:
    form = [("ABCD"[k % 3], 5) for k in range(bars // 5)] + [("Z", bars % 5)]
    parts = found(form, noise=noise, seed=seed)
    assert sum(length for _, length in parts) == bars
    assert all(length >= 2 for _, length in parts) or len(parts) == 1


def test_joining() -> None:
    parts = [Segment(0, 4, 0), Segment(4, 8, 0), Segment(8, 16, 8), Segment(16, 24, 0), Segment(24, 26, 24)]
    assert [(p.start, p.end, p.root) for p in merge_segments(parts)] == [(0, 8, 0), (8, 16, 8), (16, 26, 0)]


@pytest.mark.parametrize("cut_off", [False, True])
@pytest.mark.parametrize("bars", [(2, 6), (3, 5), (6, 2), (5, 3)])
def test_what_only_comes_together_is_one_wherever_it_comes(bars: tuple[int, int], cut_off: bool) -> None:
    lengths = [4, *bars, *bars, 16, *bars[: 1 if cut_off else 2]]
    edges = np.cumsum([0, *lengths]).tolist()
    second = 4 + bars[0]
    roots = [0, 4, second, 4, second, 20, 4, second][: len(lengths)]
    made = merge_segments([Segment(a, b, root) for (a, b), root in zip(pairwise(edges), roots, strict=True)])
    wanted = [(0, 0), (4, 4), (12, 4), (20, 20), (36, 4)]
    if cut_off and bars[0] < 3:  # nothing of so few bars stays
        wanted = wanted[:-1]
    assert [(part.start, part.root) for part in made] == wanted


def test_labels_are_letters_in_order_of_appearance() -> None:
    assert letters([7, 7, 3, 9, 3]) == ["A", "A", "B", "C", "B"]
    assert letters(list(range(28)))[-2:] == ["AA", "AB"]


def test_short_music_has_one_section() -> None:
    assert sections([np.ones((3, 3))], np.arange(3.0), 0.0, 9.0) == (Section(0.0, 9.0, "A"),)


def apart(*lengths: int, likeness: dict[tuple[int, int], float] | None = None) -> tuple[list[Segment], np.ndarray]:
    """Segments of so many bars each; their bars are unlike all others, but for the likeness given by segment."""
    edges = np.cumsum([0, *lengths])
    which = np.repeat(np.arange(len(lengths)), lengths)
    alike = np.where(which[:, None] == which, 1.0, -1.0)
    for (one, other), value in (likeness or {}).items():
        alike[np.ix_(which == one, which == other)] = alike[np.ix_(which == other, which == one)] = value
    return [Segment(int(a), int(b), int(a)) for a, b in pairwise(edges)], alike


def bars_of(segments: list[Segment]) -> list[int]:
    return [segment.bars for segment in segments]


@pytest.mark.parametrize(("like", "wanted"), [(0, [21, 16]), (2, [16, 21])])
def test_a_few_bars_go_to_the_neighbour_that_they_are_more_like(like: int, wanted: list[int]) -> None:
    made = lengthened(*apart(16, 5, 16, likeness={(1, like): 0.5, (1, 2 - like): 0.3}))
    assert bars_of(made) == wanted
    assert [segment.root for segment in made] == [0, 21]  # they are called as the longer one is


def test_four_bars_unlike_all_around_them_stay_and_fewer_do_not() -> None:
    assert bars_of(lengthened(*apart(16, 4, 16))) == [16, 4, 16]
    assert bars_of(lengthened(*apart(16, 3, 16))) == [19, 16]


def test_introductions_and_codas_may_be_short() -> None:
    assert bars_of(lengthened(*apart(2, 16, 16, 2, likeness={(0, 1): 0.9, (2, 3): 0.9}))) == [2, 16, 16, 2]
    assert bars_of(lengthened(*apart(1, 16, 16, 1))) == [17, 17]


def test_fours_that_are_eight_bars_together_go_together() -> None:
    alike = {(0, 1): 0.3, (1, 2): 0.2, (2, 3): 0.3}
    assert bars_of(lengthened(*apart(16, 4, 4, 16, likeness=alike))) == [16, 8, 16]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=12), st.integers(0, 1000))
def test_joining_loses_no_bar_and_leaves_none_too_short(lengths: list[int], seed: int) -> None:
    segments, alike = apart(*lengths)
    alike = np.where(alike == 1, 1, np.random.default_rng(seed).uniform(-1, 1, alike.shape))
    made = lengthened(segments, alike)
    assert [made[0].start, made[-1].end] == [0, sum(lengths)]
    assert all(a.end == b.start for a, b in pairwise(made))
    assert all(segment.bars >= 4 for segment in made[1:-1])
    assert len(made) == 1 or min(made[0].bars, made[-1].bars) >= 2


@pytest.mark.parametrize(
    ("plan", "bars", "wanted"),
    [
        ("AABBAA", [8] * 6, [16, 16, 16]),
        ("IAABB", [4, 8, 8, 8, 8], [4, 16, 16]),
        ("AABBC", [8, 8, 8, 8, 4], [16, 16, 4]),
        ("AABBA", [8] * 5, [16, 16, 8]),  # cut off
        ("AACAA", [8, 8, 16, 8, 8], [16, 16, 16]),
        ("AABA", [8, 8, 8, 4], [8, 8, 8, 4]),  # the B is alone, and the A cut off, no coda
        ("AABA", [8] * 4, [8] * 4),  # the B is alone: eights are how long sections are
        ("ABAB", [8] * 4, [8] * 4),
        ("AABB", [16] * 4, [16] * 4),  # long enough to be whole
    ],
)
def test_halves_are_joined_where_all_come_in_pairs(plan: str, bars: list[int], wanted: list[int]) -> None:
    edges = np.cumsum([0, *bars]).tolist()
    roots = [edges[plan.index(label)] for label in plan]
    segments = [Segment(a, b, root) for (a, b), root in zip(pairwise(edges), roots, strict=True)]
    made = paired(segments)
    assert bars_of(made) == wanted
    assert [segment.root for segment in made] == [roots[edges.index(segment.start)] for segment in made]


def chords(bars: int, quiet: slice, *, softer: float = 12.0, sparser: float = 0.3, seed: int = 0) -> BeatFeatures:
    """A loop of four chords, one a bar of four beats; of the quiet bars only level and density are lower."""
    rng = np.random.default_rng(seed)
    root = np.repeat(np.array([0, 9, 5, 7])[np.arange(bars) % 4], 4)
    chroma = np.zeros((4 * bars, 12))
    for step in (0, 4, 7):
        chroma[np.arange(4 * bars), (root + step) % 12] = 1
    soft = np.zeros(bars, bool)
    soft[quiet] = True
    soft = np.repeat(soft, 4)
    density = np.where(np.repeat(soft, 2), sparser, 1)[:, None]
    onsets = density * np.tile([[1.0, 1.0, 1.0], [0.5, 0.5, 0.5]], (4 * bars, 1))
    floats = [
        each.astype(np.float32)
        for each in (
            np.where(soft, -12.0 - softer, -12.0) + rng.normal(0, 0.5, 4 * bars), onsets, np.where(soft, 0.2, 0.8),
            chroma + rng.normal(0, 0.03, chroma.shape), rng.normal(0, 0.1, (4 * bars, 13)),
        )
    ]  # fmt: skip
    return BeatFeatures(*floats)


def form(features: BeatFeatures) -> list[tuple[float, str]]:
    starts = np.arange(0, len(features.loudness), 4)
    made = sections([bar_similarity(features, starts, 4)], np.arange(float(len(starts))), 0.0, float(len(starts)))
    return [(part.end - part.start, part.label) for part in made]


@pytest.mark.parametrize("seed", range(4))
def test_a_quiet_part_over_the_same_chords_is_another_section(seed: int) -> None:
    wanted = [(16, "A"), (16, "B"), (16, "A")]
    assert form(chords(48, slice(16, 32), seed=seed)) == wanted
    assert form(chords(48, slice(16, 32), softer=0.0, sparser=1.0, seed=seed)) != wanted


def test_bars_are_nearer_the_nearer_their_level_is() -> None:
    starts = np.arange(0, 64, 4)
    likeness = [
        float(bar_similarity(chords(16, slice(8, 16), softer=softer, sparser=1.0), starts, 4)[0, 8])
        for softer in (0.0, 3.0, 6.0, 20.0)
    ]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] - likeness[-1] == pytest.approx(2 * LEVEL, abs=0.1)  # from the same to far apart


def test_silence_at_the_end_is_no_section() -> None:
    starts = np.arange(0, 80, 4)
    assert sounding(chords(20, slice(16, 20), softer=60.0), starts).tolist() == starts[:16].tolist()
    assert sounding(chords(20, slice(16, 20), softer=30.0), starts).tolist() == starts.tolist()  # soft is not silent
    assert sounding(chords(20, slice(8, 12), softer=60.0), starts).tolist() == starts.tolist()  # nor is a break
    assert sounding(chords(20, slice(0, 0)), starts[:0]).tolist() == []
