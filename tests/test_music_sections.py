"""Song form from the likeness of bars, on forms whose answer is known."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.music.sections import Segment, letters, merge_segments, sections
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


def test_labels_are_letters_in_order_of_appearance() -> None:
    assert letters([7, 7, 3, 9, 3]) == ["A", "A", "B", "C", "B"]
    assert letters(list(range(28)))[-2:] == ["AA", "AB"]


def test_short_music_has_one_section() -> None:
    assert sections([np.ones((3, 3))], np.arange(3.0), 0.0, 9.0) == (Section(0.0, 9.0, "A"),)
