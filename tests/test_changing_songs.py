"""Songs that change: another style, metre and tempo, no music at all, the same again for long; facings by range."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from dance_support import song, sway_clip
from hypothesis import given
from hypothesis import strategies as st
from planner_clips import clip, planned
from planning_support import random_problem

from choreo.errors import InputError, PlanError, ShapeError
from choreo.music import phrases, stretches
from choreo.music.bars import in_rest
from choreo.music.beats_of import moved
from choreo.music.spectrum import Spectrum
from choreo.music.stretches import hear_stretches, styles_of_all
from choreo.music.tempo_changes import tempo_changes
from choreo.planfile import plan_table, read_plan, write_plan
from choreo.planfile.style_changes import style_words
from choreo.planning import Weights, Wishes, plan
from choreo.planning.facing import faces_of, headings, unmet_facings
from choreo.planning.floor_pattern import TURNS, Footing, floor_pattern
from choreo.planning.problem import extend, history_costs, initial_hypothesis
from choreo.planning.wish_meaning import meaning
from choreo.retrieval import retrieve
from choreo.synthesis.checks import broken_guarantees, strained
from choreo.types import BeatTrack, ChoreographyPlan, Clip, MusicAnalysis, Section, Stretch
from choreo_beats import bars as bar_states
from choreo_beats import rests as rest_windows


def at_tempos(*parts: tuple[int, float]) -> np.ndarray:
    """Beats of some counts at some tempos in a row."""
    gaps = np.concatenate([np.full(count, 60 / bpm) for count, bpm in parts])
    return np.concatenate([[0.0], np.cumsum(gaps)])


# The tempo


@given(st.floats(60, 180), st.floats(1.06, 1.9), st.integers(30, 80), st.booleans())
def test_a_join_is_found_at_its_beat(bpm: float, ratio: float, count: int, faster: bool) -> None:
    beats = at_tempos((count, bpm), (60, bpm * ratio if faster else bpm / ratio))
    assert np.flatnonzero(tempo_changes(beats)).tolist() == [count]


@given(st.floats(60, 180), st.floats(-0.02, 0.02), st.integers(0, 10))
def test_a_song_that_drifts_or_wavers_has_no_join(bpm: float, drift: float, seed: int) -> None:
    gaps = 60 / bpm * (1 + drift * np.linspace(0, 1, 200)) * np.random.default_rng(seed).normal(1, 0.004, 200)
    assert not tempo_changes(np.concatenate([[0.0], np.cumsum(gaps)])).any()


# The metre


def test_bars_of_another_metre_begin_where_the_tempo_is_another() -> None:
    join, total = 38, 38 + 60  # in the middle of a bar of four
    down = np.full(total, 0.05)
    down[:join:4] = down[join::3] = 0.95
    down[join - 8 : join] = 0.4  # the net hears the next song before it begins
    odds = bar_states._odds(down)
    joins = np.zeros(total, bool)
    joins[join] = True
    found = bar_states._changing(odds, 3, joins)
    assert found is not None
    places, metres = found
    assert metres.tolist() == [4] * join + [3] * 60
    assert places[join] == 0


def test_without_a_join_bars_are_as_they_were() -> None:
    down = np.random.default_rng(1).random(96)
    odds = bar_states._odds(down)
    none = bar_states._solve(odds, (4, 3))
    joined = bar_states._solve(odds, (4, 3), joins=np.zeros(96, bool))
    assert none[0] == joined[0]
    assert none[1].tolist() == joined[1].tolist()


# What is no music


def windows(monkeypatch: pytest.MonkeyPatch, music: list[tuple[float, float]], seconds: float) -> Spectrum:
    """A spectrum that is music within some seconds, as windows are told so."""
    count = round(100 * seconds)
    flat = np.zeros((count, 1), np.float32)
    tone = np.zeros((round(10 * seconds), 12), np.float32)
    loud = np.full(count, -20.0, np.float32)

    def told(sound: Spectrum, active: np.ndarray, frames: np.ndarray, begin: float) -> float:
        end = begin + rest_windows.WINDOW
        return sum(max(0.0, min(end, b) - max(begin, a)) for a, b in music) / rest_windows.WINDOW

    monkeypatch.setattr(rest_windows, "_music", told)
    return Spectrum(100.0, flat, loud, flat, 10.0, tone, tone, flat)


def test_speech_before_a_song_is_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = windows(monkeypatch, [(30.0, 120.0)], 120.0)
    ((start, end),) = rest_windows.rests(sound, np.zeros(12000), np.zeros(0, np.int64))
    assert start == 0.0
    assert abs(end - 30.0) <= 2.0


def test_a_break_is_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = windows(monkeypatch, [(0.0, 50.0), (54.0, 120.0)], 120.0)
    assert rest_windows.rests(sound, np.zeros(12000), np.zeros(0, np.int64)) == ()


def test_what_is_hardly_music_at_all_has_no_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = windows(monkeypatch, [(0.0, 14.0)], 120.0)
    assert rest_windows.rests(sound, np.zeros(12000), np.zeros(0, np.int64)) == ()


def test_a_long_silence_is_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = windows(monkeypatch, [(0.0, 120.0)], 120.0)
    sound.loudness[6000:7200] = -90.0
    assert rest_windows.rests(sound, np.zeros(12000), np.zeros(0, np.int64)) == ((60.0, 72.0),)


def resting(seconds: float, *rests: tuple[float, float]) -> MusicAnalysis:
    music = song(seconds, form="ABAB")
    return replace(music, track=replace(music.track, rests=rests))


def test_rests_move_with_their_beats_and_must_rise() -> None:
    track = resting(32.0, (0.0, 9.0)).track
    assert moved(track, 1.5).rests == ((1.5, 10.5),)
    with pytest.raises(ShapeError, match="rests"):
        replace(track, rests=((3.0, 2.0),))


@given(st.floats(0, 40), st.floats(9, 20))
def test_no_phrase_lies_in_a_rest(start: float, long: float) -> None:
    music = resting(64.0, (start, start + long))
    parts = phrases(music)
    assert [part.index for part in parts] == list(range(len(parts)))
    for part in parts:
        for bar in range(0, part.counts, part.metre):
            assert not in_rest(music.track, part.beats[bar], part.beats[bar + part.metre])


def idles() -> list[Clip]:
    return [
        replace(sway_clip(name, counts=4, size=0.1, energy=0.1), role="idle", tempo_range=(60.0, 200.0))
        for name in ("stand", "breathe", "wait")
    ]


@pytest.mark.parametrize("rest", [(0.0, 16.0), (24.0, 40.0)])
def test_nobody_dances_where_no_music_plays(rest: tuple[float, float]) -> None:
    clips = [*(sway_clip(f"move{k}", counts=8, size=0.5 + k / 20) for k in range(8)), *idles()]
    enters = replace(sway_clip("enter", counts=4), role="entrance")
    music = resting(64.0, rest)
    made = danced(music, [*clips, enters])
    roles = {each.clip_id: each.role for each in [*clips, enters]}
    within = [step for step in made.steps if rest[0] <= (step.beats[0] + step.beats[-1]) / 2 < rest[1]]
    others = [step for step in made.steps if step not in within]
    assert within
    assert {roles[step.clip_id] for step in within} == {"idle"}
    assert {step.energy for step in within if step.beats[-1] <= rest[1] + 1e-6} == {0.0}
    assert "idle" not in {roles[step.clip_id] for step in others}


def danced(music: MusicAnalysis, clips: list[Clip], wishes: Wishes | None = None) -> ChoreographyPlan:
    parts = phrases(music)
    return plan(music, parts, clips, retrieve(music, parts, clips), wishes=wishes)


# Styles by stretch


def heard(monkeypatch: pytest.MonkeyPatch, of: dict[int, str], unsure: float = 0.0) -> None:
    """An ear that knows styles by the tempo alone."""

    def told(track: BeatTrack, sound: Spectrum, octave: str = "auto") -> tuple[dict[str, float], str]:
        bpm = 60 / float(np.median(np.diff(track.beats)))
        name = of[min(of, key=lambda each: abs(each - bpm))]
        return {name: 1 - unsure, "pop": unsure}, f"at {bpm:.0f}"

    monkeypatch.setattr(stretches, "hear_styles", told)


def silent(seconds: float) -> Spectrum:
    flat, tone = np.zeros((round(100 * seconds), 1), np.float32), np.zeros((round(10 * seconds), 12), np.float32)
    return Spectrum(100.0, flat, flat[:, 0], flat, 10.0, tone, tone, flat)


def track_of(beats: np.ndarray, metre: int = 4) -> BeatTrack:
    return BeatTrack(beats, np.arange(len(beats)) % metre + 1, metre, 1.0, "test")


def test_stretches_change_where_the_tempo_does_and_cover_the_song(monkeypatch: pytest.MonkeyPatch) -> None:
    heard(monkeypatch, {120: "house", 90: "hiphop"})
    beats = at_tempos((120, 120.0), (90, 90.0), (120, 120.0))
    end = float(beats[-1]) + 1
    sections = [Section(0.0, 50.0, "A"), Section(50.0, end, "B")]
    found = hear_stretches(track_of(beats), silent(end), sections)
    assert [next(iter(each.styles)) for each in found] == ["house", "hiphop", "house"]
    assert found[0].start == 0.0
    assert found[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(found))
    assert abs(found[0].end - beats[120]) < 1e-6
    assert abs(found[1].end - beats[210]) < 1e-6


def test_a_song_of_one_style_has_no_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    heard(monkeypatch, {120: "house"})
    beats = at_tempos((300, 120.0))
    sections = [Section(20.0 * k, 20.0 * (k + 1), "AB"[k % 2]) for k in range(8)]
    assert hear_stretches(track_of(beats), silent(160.0), sections) == ()


def test_what_is_hardly_said_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    heard(monkeypatch, {120: "house", 115: "disco"}, unsure=0.45)
    beats = at_tempos((200, 120.0), (12, 115.0), (200, 120.0))
    end = float(beats[-1])
    sections = [Section(0.0, 100.0, "A"), Section(100.0, 106.0, "B"), Section(106.0, end, "A")]
    assert hear_stretches(track_of(beats), silent(end), sections) == ()


def test_styles_of_all_go_by_how_long_they_last() -> None:
    found = styles_of_all([Stretch(0.0, 30.0, {"house": 1.0}), Stretch(30.0, 120.0, {"waltz": 0.8, "house": 0.2})])
    assert list(found) == ["waltz", "house"]
    assert found["waltz"] == pytest.approx(0.6)


def two_styles() -> list[Clip]:
    return [
        sway_clip(f"{style}{k}", counts=8, size=0.4 + k / 30, styles=(style,))
        for style in ("house", "tango")
        for k in range(7)
    ]


def changing() -> MusicAnalysis:
    parts = (Stretch(0.0, 32.0, {"house": 0.9}), Stretch(32.0, 64.0, {"tango": 0.9}))
    return replace(song(64.0, form="AABB"), styles={"house": 0.5, "tango": 0.5}, style="house", stretches=parts)


def test_every_stretch_is_danced_in_its_style(tmp_path: Path) -> None:
    clips = two_styles()
    made = danced(changing(), clips)
    of = {each.clip_id: each.styles[0] for each in clips}
    for step in made.steps:
        middle = (step.beats[0] + step.beats[-1]) / 2
        assert of[step.clip_id] == ("house" if middle < 32 else "tango")
    assert made.options["styles"] == [[0.0, "house"], [32.0, "tango"]]
    assert style_words(made) == "house to 0:32, then tango"
    write_plan(made, tmp_path / "a.json")
    again = read_plan(tmp_path / "a.json")
    assert style_words(again) == style_words(made)
    table = plan_table(again)
    assert "danced as house to 0:32, then tango" in table
    assert table.count("-- tango --") == 1


def test_a_song_of_one_style_says_it_once() -> None:
    made = danced(replace(song(64.0), styles={"tango": 0.9}), two_styles())
    assert made.options["style"] == "tango"
    assert "styles" not in made.options
    assert style_words(made) == "tango"


@pytest.mark.parametrize(
    "styles", [[[40.0, "a"], [3.0, "b"]], [[0.0, "a"], [9e9, "b"]], [[0.0, "a"], [0.0, "b"]], [["x", "a"]]]
)
def test_changes_of_style_that_cannot_be_are_refused(tmp_path: Path, styles: list[object]) -> None:
    path = tmp_path / "a.json"
    write_plan(danced(changing(), two_styles()), path)
    data = json.loads(path.read_text())
    data["options"]["styles"] = styles
    path.write_text(json.dumps(data))
    with pytest.raises(PlanError, match="damaged"):
        read_plan(path)


# The same for long


def test_what_was_danced_often_is_dearer_but_where_the_form_asks_for_it() -> None:
    problem = random_problem(3, 12, 6, Weights(usual=2, most=3, often=1.0))
    hypothesis = initial_hypothesis(problem)
    seen = []
    for bar in range(0, 6):
        seen.append(float(history_costs(problem, hypothesis, bar)["often"][0]))
        hypothesis = extend(problem, hypothesis, bar, 0, 0.0)
    assert seen == [0.0, 0.0, 1.0, 2.0, 3.0, 3.0]
    asked = history_costs(problem, hypothesis, 6)["often"]  # the second phrase repeats the first
    assert asked[0] == asked[1] == 0.0
    assert asked[2] == 0.0


def test_new_moves_keep_coming_in_a_long_song() -> None:
    clips = [
        sway_clip(f"{style}{k}", counts=8, size=0.4 + k / 40, styles=(style,))
        for style, count in (("house", 8), ("disco", 8))
        for k in range(count)
    ]
    music = replace(song(1200.0, form="ABCDEFGHIJ"), styles={"house": 0.9}, style="house")
    parts = phrases(music)
    candidates = retrieve(music, parts, clips)
    used = []
    for often in (0.0, Weights().often):
        made = plan(music, parts, clips, candidates, weights=Weights(often=often))
        used.append(len({step.name for step in made.steps}))
    assert used[1] > used[0]


# Facing


@pytest.mark.parametrize(
    ("words", "degrees"),
    [("facing left", 90.0), ("facing:away", 180.0), ("face the audience", 0.0), ("facing right", -90.0)],
)
def test_facings_are_read(words: str, degrees: float) -> None:
    assert meaning(words, [clip("a")]).facing == degrees


def test_a_facing_that_is_none_is_told() -> None:
    with pytest.raises(InputError, match="found 'north', expected one of front"):
        meaning("facing north", [clip("a")])


@pytest.mark.parametrize("degrees", [0.0, 90.0, -90.0, 180.0])
def test_the_floor_pattern_faces_where_a_wish_says(degrees: float) -> None:
    wanted = np.radians(degrees)
    free = Footing(np.zeros(3), turn=np.pi, way=0.5, counts=8, scale=0.5)
    steps = [replace(free, faces=wanted if 4 <= k < 8 else None, fronts=k == 4) for k in range(10)]
    facing = np.cumsum([0.0, *(turn for turn, _, _ in floor_pattern(steps))])
    away = np.angle(np.exp(1j * (facing - wanted)))
    assert np.abs(away[4:9]).max() <= TURNS[1] - TURNS[0] + 1e-6


def test_most_of_a_step_must_lie_in_the_bars_of_a_facing() -> None:
    wishes = Wishes(facings=((2, 5, 90.0),))
    found = faces_of([(0, 0), (2, 0), (4, 0), (6, 0)], np.array([2]), wishes)
    assert found == {1: pytest.approx(np.pi / 2)}


def test_a_facing_that_no_step_can_turn_to_is_explained() -> None:
    wishes = Wishes(facings=((2, 6, 180.0),))
    clips = [clip(f"move{k}") for k in range(4)]
    made = planned(clips, wishes=wishes)
    assert np.abs(headings(made.steps, [{c.clip_id: c for c in clips}[s.clip_id] for s in made.steps])).max() < 0.1
    (said,) = unmet_facings(made, wishes, clips)
    assert said.startswith("wish '2-6=facing away': 0 of 4 bars are danced so")
    assert unmet_facings(made, Wishes(facings=((2, 6, 0.0),)), clips) == []


# Tempo


def test_a_move_far_from_its_tempos_is_told_and_farther_breaks_a_guarantee() -> None:
    clips = [clip(f"move{k}") for k in range(4)]
    made = planned(clips)
    kept = {"contact_slide_p95": 0.0, "worst_seam": 1.0, "tempo_beyond": 1.0, "tempo_beyond_bar": 0.0}
    assert broken_guarantees(kept, made) == strained(kept, made) == []
    near = {**kept, "tempo_beyond": 1.1, "tempo_beyond_bar": 2.0}
    assert broken_guarantees(near, made) == []
    (told,) = strained(near, made)
    assert told.startswith("bar 2: ")
    assert "1.10 times beyond the tempos that it is made for" in told
    far = {**near, "tempo_beyond": 1.3}
    assert strained(far, made) == []
    (broken,) = broken_guarantees(far, made)
    assert "1.30 times beyond" in broken
