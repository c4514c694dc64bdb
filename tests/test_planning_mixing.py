"""Mixing of recordings: many are drawn on, a section keeps its style, and who has no label gets the nearest style."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from dance_support import song
from planner_clips import ALONE, clip, names, planned

from choreo.planning import Wishes
from choreo.planning.costs import Weights, staying
from choreo.planning.mixing import FRIEND, MOST, NONE, Mix, Recordings, mixed_on, mixing_costs
from choreo.planning.style_tables import NEUTRAL
from choreo.planning.styles import guests_costs
from choreo.planning.unlabelled import doubtful, nearest_style, placed_clips
from choreo.types import ChoreographyPlan, Clip

MIXED = replace(ALONE, dwell=Weights().dwell, mixed=Weights().mixed)
SONG = song(96.0, form="AABB", bpm=120.0)


def recording(name: str, bars: int = 40, **facts: Any) -> list[Clip]:
    """Clips of one bar that go on in each other: a take in which one could dance all the song."""
    return [
        clip(f"{name}-{k}", counts=4, source_hash=name, frames=(120 * k, 120 * k + 121), **facts) for k in range(bars)
    ]


def stretches(plan: ChoreographyPlan) -> list[tuple[str, int]]:
    """Takes in the order in which they are danced, each with its bars."""
    takes = [name.rsplit("-", 1)[0] for name in names(plan)]
    return [(take, len(list(many))) for take, many in groupby(takes)]


@pytest.fixture(scope="module")
def six_takes() -> list[Clip]:
    return [each for name in "abcdef" for each in recording(name)]


def test_a_dance_draws_on_many_takes(six_takes: list[Clip]) -> None:
    found = stretches(planned(six_takes, weights=MIXED, music=SONG))
    assert len({take for take, _ in found}) >= 4  # 48 bars, of which each may have 8 and what was forgotten since
    assert max(bars for _, bars in found) <= 8


def test_without_the_cost_of_dwelling_one_take_is_danced_on(six_takes: list[Clip]) -> None:
    found = stretches(planned(six_takes, weights=replace(MIXED, dwell=0, copy=0), music=SONG))
    assert len({take for take, _ in found}) == 1


@pytest.mark.parametrize("bars", [2, 16])
def test_who_wishes_dwells_for_longer_or_shorter(six_takes: list[Clip], bars: int) -> None:
    made = planned(six_takes, weights=MIXED, music=SONG, wishes=Wishes(dwell=bars))
    assert max(long for _, long in stretches(made)) == pytest.approx(bars, abs=bars / 4)
    assert made.options["dwell"] == bars


def test_the_usual_dwelling_is_no_option_of_a_plan(six_takes: list[Clip]) -> None:
    assert "dwell" not in planned(six_takes[:40], weights=MIXED).options
    assert staying(Weights(), Wishes.dwell) == Weights()


def test_a_section_keeps_its_style() -> None:
    """Each bar alone would be best in another style, for calm and wild bars are of different ones."""
    clips = [each for name in ("tango", "ballet") for each in recording(name, styles=(name,), mirrorable=False)]
    wild = [replace(each, energy=0.9 if k % 2 else 0.1) for k, each in enumerate(clips)]
    weights = replace(MIXED, style=0.0, jitter=1.8, transition=0.0)
    for weight, at_most in ((weights, 0), (replace(weights, mixed=0.0), 99)):
        made = planned(wild, weights=weight, music=SONG)
        changes = sum(
            a.name.split("-")[0] != b.name.split("-")[0] and a.section == b.section
            for a, b in zip(made.steps, made.steps[1:], strict=False)
        )
        assert changes <= at_most
        assert changes > 0 or not at_most


def a_mix() -> tuple[Recordings, Weights]:
    """Nodes of two takes in two styles, one of no style, and an authored one of the second style."""
    strange = np.array([[0.0, 1.0], [1.0, 0.0]])
    style, section = np.array([0, 1, NONE, 1]), np.array([0, 0, 0, 0, 1, 1])
    return Recordings(np.array([0, 1, 1, NONE]), 2, style, strange, section), Weights(
        dwell=2.0, stay=4, mixed=3.0, memory=4
    )


def test_costs_of_mixing_are_these() -> None:
    recordings, weights = a_mix()
    ones = np.ones(4, np.int64)
    mix = Mix(np.zeros(2))
    for bar in range(2):
        mix = mixed_on(recordings, mix, bar, 0, 2, weights)
    assert mix.load == pytest.approx([2 * 2**-0.25 + 2, 0])
    costs = mixing_costs(recordings, mix, 2, ones, -1, weights)
    over = 2 * 2**-0.25 + 2 + 1 - 4
    np.testing.assert_allclose(costs["dwell"], [2 * over / 4, 0, 0, 0])
    np.testing.assert_allclose(costs["mixed"], [0, 3, 0, 3])
    assert not mixing_costs(recordings, mix, 4, ones, -1, weights)["mixed"].any()  # another section
    assert not mixing_costs(recordings, mix, 2, ones, 0, weights)["dwell"].any()  # the form asks for it
    tired = mixing_costs(recordings, Mix(np.array([1e3, 0.0])), 2, ones, -1, weights)
    assert tired["dwell"][0] == 2 * MOST


def test_authored_moves_mix_as_they_like_and_what_has_no_style_goes_with_all() -> None:
    recordings, weights = a_mix()
    ones = np.ones(4, np.int64)
    authored = mixed_on(recordings, Mix(np.zeros(2)), 0, 3, 1, weights)
    np.testing.assert_allclose(mixing_costs(recordings, authored, 1, ones, -1, weights)["mixed"], [3, 0, 0, 0])
    still = mixed_on(recordings, authored, 1, 2, 1, weights)
    assert (still.style, still.recorded) == (1, False)
    assert 0 < FRIEND < 1


def posed(name: str, style: str, arm: float, count: int = 3, **facts: Any) -> list[Clip]:
    """Clips of a take that hold the left arm at an angle, which is all that sets their style apart."""
    return [clip(f"{name}{k}", arm=(arm + 0.01 * k, arm), styles=(style,), source_hash=name, **facts)
            for k in range(count)]  # fmt: skip


@pytest.mark.parametrize(("arm", "nearest"), [(0.05, "tango"), (1.15, "hiphop")])
@pytest.mark.parametrize("label", ["any", "ballroom", "unknown"])
def test_an_unlabelled_take_gets_the_nearest_style(arm: float, nearest: str, label: str) -> None:
    told = [*posed("t", "tango", 0.0), *posed("h", "hiphop", 1.2)]
    lost = posed("l", label, arm)
    wanted = "tango" if label == "ballroom" else nearest  # of the dances of a ballroom there is one
    placed = placed_clips([*told, *lost])
    assert Counter(each.styles for each in placed[6:]) == {(wanted,): 3}
    assert placed[:6] == told
    assert all(old.motion is new.motion for old, new in zip([*told, *lost], placed, strict=True))
    assert doubtful([*told, *lost], placed).tolist() == [False] * 6 + [True] * 3
    assert [each.styles for each in lost] == [(label,)] * 3


def test_a_take_between_two_styles_is_neutral_and_so_is_one_among_unlabelled_ones() -> None:
    told = [*posed("t", "tango", 0.0, 1), *posed("h", "hiphop", 1.2, 1)]
    lost = posed("l", "any", 0.6, 1)
    assert placed_clips([*told, *lost])[2].styles == (NEUTRAL,)
    assert placed_clips(posed("l", "ballroom", 0.0))[0].styles == (NEUTRAL,)
    assert nearest_style({}) == NEUTRAL


def test_a_label_that_is_asked_for_stays() -> None:
    clips = [*posed("t", "tango", 0.0), *posed("l", "ballroom", 0.0)]
    assert placed_clips(clips, "ballroom") == clips
    assert placed_clips(clips[:3]) == clips[:3]


def test_recordings_keep_to_the_first_guest_of_a_section() -> None:
    clips = [clip(name, styles=(name,), source_hash=take) for name, take in (("tango", "a"), ("house", "b"),
             ("tango", ""), ("house", ""))]  # fmt: skip
    np.testing.assert_allclose(guests_costs(clips, [("tango", "house")]), [[0, 0.5, 0, 0]])


def test_a_recording_meets_the_authored_move_whose_arms_are_as_its_own() -> None:
    one: dict[str, Any] = {"source_hash": "take", "frames": (0, 241)}
    first = clip("first", arm=(0.0, 1.0), **one)
    near, far = (
        clip(name, arm=(arm, 0.0), dataset="starter", move=name) for name, arm in (("near", 1.0), ("far", 0.0))
    )
    for pair in ((near, far), (far, near)):
        made = planned([first, *pair], weights=ALONE, wishes=Wishes(pins=((0, "first"),)))
        assert names(made)[1] == "near"
