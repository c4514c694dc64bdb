"""Each term of the planner: of two clips that differ in one property, the better one is danced."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from dance_support import song
from planner_clips import ALONE, BPM, clip, names, orders, planned
from planning_support import random_problem

from choreo.music import phrases
from choreo.planfile import step_bars
from choreo.planning import Weights, Wishes, plan
from choreo.planning.bars import Bar
from choreo.planning.choreograph import prepare
from choreo.planning.problem import extend, history_costs, initial_hypothesis
from choreo.retrieval import retrieve
from choreo.types import BeatTrack, Candidates, Clip

RHYTHM = np.tile(np.array([1.0, 0.2], np.float32), 8)
TAKE: dict[str, Any] = {"source_hash": "take"}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"styles": ("pop",)}, {"styles": ("tango",)}),
        ({"styles": ("pop",)}, {"styles": ("groove",)}),
        ({"tempo_range": (100.0, 140.0)}, {"tempo_range": (60.0, 90.0)}),
        ({"tempo_range": (100.0, 140.0)}, {"tempo_range": (150.0, 200.0)}),
        ({"tempo_range": (60.0, 110.0)}, {"tempo_range": (60.0, 90.0)}),
        ({"role": "move"}, {"role": "idle"}),
        ({"role": "move"}, {"role": "entrance"}),
        ({"role": "move"}, {"role": "ending"}),
        ({"role": "move"}, {"role": "pose"}),
    ],
    ids=lambda side: ", ".join(f"{name} {value}" for name, value in side.items()),
)
def test_style_tempo_and_role(good: dict[str, Any], bad: dict[str, Any]) -> None:
    for pair in orders(clip("good", **good), clip("bad", **bad)):
        made = planned(pair, style="pop")
        assert set(names(made)[1:-1]) == {"good"}, names(made)  # entrances and endings have their places at the ends


def test_what_goes_with_every_style_is_nearer_than_another_style() -> None:
    far = clip("far", tempo_range=(200.0, 240.0))  # the only one of the style, and out of reach
    for pair in orders(clip("good", styles=("groove",)), clip("bad", styles=("tango",))):
        assert set(names(planned([far, *pair], style="pop"))) == {"good"}


@pytest.mark.parametrize(
    ("term", "good", "bad"),
    [
        ("tempo", {"tempo_range": (100.0, 140.0)}, {"tempo_range": (60.0, 90.0)}),
        ("rhythm", {"rhythm": RHYTHM}, {"rhythm": RHYTHM[::-1].copy()}),
        ("articulation", {"rhythm": RHYTHM}, {"rhythm": 0.4 * RHYTHM}),
    ],
)
def test_music_is_matched(term: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    for pair in orders(clip("good", **good), clip("bad", **bad)):
        assert set(names(planned(pair, terms=[term], weights=replace(ALONE, warp=0)))) == {"good"}


def test_an_embedders_style_and_length_are_for_searches_and_count_nothing_in_a_plan() -> None:
    music = replace(song(32.0, bpm=BPM, form="ABCD"), styles={"tango": 1.0})
    clips = [clip("a", styles=("tango",)), clip("b"), clip("c", counts=4)]
    found = retrieve(music, phrases(music), clips)
    assert min(np.ptp(found.terms[name]) for name in ("style", "length")) > 0
    without = {name: term for name, term in found.terms.items() if name not in ("style", "length")}
    bare = Candidates(found.clip_ids, np.array(sum(without.values()), np.float32), without)
    first, second = (plan(music, phrases(music), clips, each, style="pop") for each in (found, bare))
    assert first.steps == second.steps
    assert not any("length" in step.costs for step in first.steps)


@pytest.mark.parametrize(("energy", "wanted"), [(0.05, "calm"), (0.95, "wild")])
def test_energy_is_matched(energy: float, wanted: str) -> None:
    music = song(32.0, bpm=BPM, energy=energy)
    for pair in orders(clip("calm", energy=0.2), clip("wild", energy=0.8)):
        assert set(names(planned(pair, terms=["energy"], music=music, weights=replace(ALONE, outside=0)))) == {wanted}


def test_another_metre_is_danced_only_for_want_of_ones_own() -> None:
    own, other = clip("good", counts=12), clip("bad", counts=12, metre=3, **TAKE)
    for pair in orders(own, other):
        assert set(names(planned(pair, terms=["metre"]))) == {"good"}


def test_an_entrance_begins_and_an_ending_ends() -> None:
    clips = [clip("move"), clip("enter", role="entrance"), clip("end", role="ending")]
    for order in orders(*clips):
        made = names(planned(order, end=32.0))
        assert (made[0], made[-1]) == ("enter", "end")
        assert set(made[1:-1]) == {"move"}


def test_where_no_phrase_is_the_dancer_stands() -> None:
    music = song(32.0, bpm=BPM, first=8.0, form="ABCD")
    for pair in orders(clip("move"), clip("stand", role="idle")):
        made = planned(pair, music=music)
        before = {step.name for step in made.steps if step.beats[-1] <= 8.0}
        after = {step.name for step in made.steps if 8.0 <= step.beats[0] < 30.0}
        assert (before, after) == ({"stand"}, {"move"})


def test_a_break_of_the_music_may_be_stood_through() -> None:
    music = song(32.0, bpm=BPM, energy=0.02, form="ABCD")
    for pair in orders(clip("move"), clip("stand", role="idle")):
        assert set(names(planned(pair, music=music))) == {"stand"}


def test_moves_do_not_go_across_a_border_of_phrases() -> None:
    for pair in orders(clip("good", counts=8), clip("bad", counts=12)):
        assert set(names(planned(pair))) == {"good"}


def test_long_moves_fill_sections_and_do_not_go_on_into_the_next() -> None:
    music = song(32.0, bpm=BPM, form="ABAB")  # sections of two phrases
    parts, pair = phrases(music), [clip("two", counts=16), clip("three", counts=24)]
    state = prepare(music, parts, pair, retrieve(music, parts, pair), weights=ALONE)
    begins = [bar for bar, each in enumerate(state.problem.bars) if each.inside and each.number == 0]
    whole = [(bar, k) for bar in begins for k, bars in enumerate((4, 6)) if bar + bars <= 16]
    assert [state.terms["straddle"][bar, k] for bar, k in whole] == [0] * len(whole)
    assert [bar for bar in begins if bar + 4 <= 16 and not state.terms["section"][bar, 0]] == begins[:-1:2]
    assert state.terms["section"][begins[0], 1] == ALONE.section


def test_a_move_does_not_go_on_across_a_bar_cut_short() -> None:
    """The music cuts its seventh bar to two beats: what begins there or before and goes on after it pays."""
    music = song(40.0, bpm=BPM)
    count = np.arange(len(music.beats))
    positions = np.where(count < 26, count % 4, (count - 26) % 4) + 1
    music = replace(music, track=BeatTrack(music.beats, positions, 4, 1.0, "test"))
    parts, pair = phrases(music), [clip("short", counts=4), clip("long", counts=8)]
    state = prepare(music, parts, pair, retrieve(music, parts, pair), weights=ALONE)
    (short,) = [number for number, bar in enumerate(state.problem.bars) if bar.short]
    paid = [(bar, which) for bar, which in np.argwhere(state.terms["cut"] > 0).tolist()]
    assert paid == [(short, 1)]
    assert state.terms["cut"][short, 1] == ALONE.cut
    made = planned(pair, music=music, weights=replace(ALONE, straddle=0))
    assert short + 1 in {first for first, _ in step_bars(made)}
    assert not (state.terms["cut"] < 0).any()


def after(first: Clip, *others: Clip, **options: Any) -> str:
    """What is danced right after a clip that is pinned to the first bar."""
    first = replace(first, styles=("tango",))  # it comes once, where it is pinned
    made = planned([first, *others], wishes=Wishes(pins=((0, first.name),)), style="pop", **options)
    return names(made)[1]


def follows(first: Clip, good: Clip, bad: Clip, **options: Any) -> None:
    """Assert that the good one is danced after the first in whatever order they are given."""
    for pair in orders(good, bad):
        assert after(first, *pair, **options) == good.name


def test_what_begins_as_the_last_one_ended_follows() -> None:
    follows(clip("first", arm=(0, 1.0)), clip("good", arm=(1.0, 0.5)), clip("bad", arm=(0.0, 0.5)))


def test_what_begins_as_fast_as_the_last_one_ended_follows() -> None:
    good, bad = clip("good", arm=(0.5, 0), speed=(2.0, 0)), clip("bad", arm=(0.5, 0), speed=(-2.0, 0))
    follows(clip("first", arm=(0, 0.5), speed=(0, 2.0)), good, bad)
    follows(clip("first", arm=(0, 0.5), speed=(0, -2.0)), bad, good)


def test_feet_that_stand_go_on_standing() -> None:
    follows(clip("first"), clip("good"), clip("bad", standing=False))


def test_what_goes_on_in_the_recording_follows() -> None:
    first = clip("first", arm=(0, 1.0), frames=(240, 481), **TAKE)
    good = clip("good", arm=(0.3, 1.0), frames=(480, 721), **TAKE)
    follows(first, good, clip("bad", arm=(0.3, 1.0), frames=(480, 721), source_hash="other"))
    follows(first, good, clip("bad", arm=(0.3, 1.0), frames=(0, 241), **TAKE))


def test_going_on_in_a_recording_is_no_repetition() -> None:
    one: dict[str, Any] = {"labels": ("base:walk",)}
    first = clip("first", arm=(0, 1.0), frames=(0, 241), **TAKE, **one)
    good = clip("good", arm=(0.0, 1.0), frames=(240, 481), **TAKE, **one)
    follows(first, good, clip("bad", arm=(0.8, 1.0)), weights=replace(ALONE, twice=3.0, run=99))


def test_the_same_move_is_not_danced_twice_in_a_row() -> None:
    made = names(planned([clip("a"), clip("b")], weights=replace(ALONE, twice=1.2)))
    assert all(before != now for before, now in pairwise(made))


def test_the_other_side_is_cheaper_than_the_same_again() -> None:
    made = planned([clip("a", mirrorable=True)], weights=replace(ALONE, twice=1.2))
    assert all(before.mirror != now.mirror for before, now in pairwise(made.steps))


def test_moves_come_back_as_late_as_there_are_others() -> None:
    made = names(planned([clip(name) for name in "abcdef"], weights=replace(ALONE, again=3.0, twice=9.0)))
    assert all(len(set(made[k : k + 5])) == 5 for k in range(len(made) - 4)), made


def test_coming_back_costs_half_as_much_after_each_memory() -> None:
    weights = replace(ALONE, again=4.0, memory=10)
    problem = replace(random_problem(0, 40, 4, weights), bars=[Bar((0.0, 1.0), 0, 0, 0, True)] * 42)
    danced = extend(problem, extend(problem, initial_hypothesis(problem), 0, 0, 0.0), 5, 2, 0.0)
    again = history_costs(problem, danced, 10)["again"]
    assert again.tolist() == [2.0, 2.0, 0.0, 0.0]  # families are of two nodes; the last one is let off
    assert history_costs(problem, danced, 20)["again"][0] == 1.0


def test_a_third_time_in_a_row_is_one_too_many() -> None:
    dear = clip("dear", styles=("groove",))
    weights = replace(ALONE, again=3.0, style=2.0, memory=2)
    for pair in orders(clip("dance"), dear):
        made = names(planned(pair, weights=weights, style="pop"))
        assert "dear" in made
        assert not any(a == b == c == "dance" for a, b, c in zip(made, made[1:], made[2:], strict=False))


def test_a_section_that_returns_is_danced_as_before_phrase_by_phrase() -> None:
    music = song(48.0, bpm=BPM, form="ABA")  # sections of 16 seconds, four phrases each
    wished = Wishes(pins=((0, "a"), (2, "b"), (4, "c"), (6, "d")))
    for order in orders(*(clip(name) for name in "abcde")):
        made = planned(order, music=music, wishes=wished, weights=replace(ALONE, motif=2.0))
        at = {bar: step.name for (bar, _), step in zip(step_bars(made), made.steps, strict=True)}
        assert [at[bar] for bar in (16, 18, 20, 22)] == ["a", "b", "c", "d"]


def test_one_recording_is_not_danced_on_for_long() -> None:
    chain = [clip(f"r{k}", arm=(0.1 * (k % 2), 0.3), frames=(240 * k, 240 * k + 241), **TAKE) for k in range(12)]
    made = planned([*chain, clip("rest", arm=(0.3, 0.3))], weights=replace(ALONE, copy=1.0))
    longest = run = 0
    for before, now in pairwise(["", *names(made)]):
        goes_on = before.startswith("r") and now == f"r{int(before[1:] or 0) + 1}" if before[1:].isdigit() else False
        run = run + 2 if goes_on else 2
        longest = max(longest, run)
    assert 2 < longest <= ALONE.run


def test_the_dancer_stays_on_the_stage() -> None:
    still, away = clip("good", travel=(0, 0.2, 0)), clip("bad", travel=(0, 3.0, 0))
    for pair in orders(still, away):
        assert set(names(planned(pair))) == {"good"}


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ((2.5, 0.0, 0.0), (-2.0, 0.0, 0.0)),
        ((0.0, 2.5, 0.0), (0.0, -2.0, 0.0)),
        ((2.5, 0.0, np.pi / 2), (0.0, -2.0, 0.0)),
        ((0.0, 2.5, np.pi / 2), (2.0, 0.0, 0.0)),
        ((0.0, 2.5, -np.pi / 2), (-2.0, 0.0, 0.0)),
    ],
)
def test_the_dancer_comes_back_from_the_edge(out: tuple[float, float, float], back: tuple[float, float, float]) -> None:
    follows(clip("first", travel=out), clip("good", travel=back), clip("bad", travel=(-back[0], -back[1], 0.0)))


def test_the_dancer_ends_facing_the_audience() -> None:
    for pair in orders(clip("good", travel=(0, 0, 0.0)), clip("bad", travel=(0, 0, np.pi))):
        assert set(names(planned(pair))) == {"good"}
    for side in (1.0, -1.0):
        first, turn = clip("first", travel=(0, 0, side * 2.4)), side * 1.6
        follows(first, clip("good", travel=(0, 0, -turn)), clip("bad", travel=(0, 0, turn * 0.3)))


def test_seeds_choose_among_equals() -> None:
    clips = [clip(name) for name in "abcdefgh"]
    weights = Weights()
    made = [names(planned(clips, weights=weights, seed=seed)) for seed in (1, 1, 2, 3)]
    assert made[0] == made[1]
    assert len({tuple(each) for each in made}) > 1


def test_what_is_required_is_danced_where_it_suits_best() -> None:
    music = song(32.0, bpm=BPM, form="AB")
    loud = np.where(music.beats < 16, 0.1, 0.9).astype(np.float32)
    music = replace(music, energy=loud)
    clips = [clip("calm", energy=0.2), clip("usual", energy=0.5), clip("wild", energy=0.9, styles=("tango",))]
    for order in orders(*clips):
        made = planned(
            order, music=music, terms=["energy"], wishes=Wishes(required=("wild",)), style="pop",
            weights=replace(ALONE, outside=0),
        )  # fmt: skip
        begun = [step.beats[0] for step in made.steps if step.name == "wild"]
        assert len(begun) == 1
        assert begun[0] >= 16


def test_steps_that_are_kept_keep_their_side() -> None:
    from choreo.planning.wishes import Held

    clips = [clip(name, mirrorable=True, arm=(0.4, 0.4)) for name in "abcd"]
    for side in (False, True):
        held = {0: Held("test-a", side), 2: Held("test-b", not side)}
        made = planned(clips, wishes=Wishes(held=held, range=(4, 16)))
        assert [(step.name, step.mirror) for step in made.steps[:2]] == [("a", side), ("b", not side)]
    inside = planned(clips, wishes=Wishes(held={4: Held("test-c", True)}))
    at = {bar: step for (bar, _), step in zip(step_bars(inside), inside.steps, strict=True)}
    assert (at[4].name, at[4].mirror) == ("c", True)


def test_more_variety_is_dearer_repetition() -> None:
    from choreo.planning.costs import varied_weights

    few, usual, many = (varied_weights(Weights(), variety) for variety in (0.0, 0.5, 1.0))
    assert usual == Weights()
    for name in ("again", "twice", "copy", "memory", "jitter"):
        assert getattr(few, name) < getattr(usual, name) < getattr(many, name)
    assert few.motif > usual.motif > many.motif
