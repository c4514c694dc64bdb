"""Reasons in words, for music and clips whose values are known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from test_music_beats import band

from choreo.moves import load_moves, move_clip
from choreo.music import analyze, phrases
from choreo.planning.bars import Bar
from choreo.planning.costs import Weights
from choreo.planning.step_reasons import course_reasons, in_order, step_reasons
from choreo.retrieval.attribution import ANY
from choreo.retrieval.fact_words import hits, listed, looks, on_counts
from choreo.retrieval.facts import QUALITIES, Fact, Match
from choreo.retrieval.reasons import reasons
from choreo.retrieval.search import dances_for
from choreo.types import Clip, Floats, MusicAnalysis, Phrase

CLIP = move_clip(load_moves()["two-step"])
BACKBEAT = np.tile([0.2, 0.1, 1.0, 0.1], 4).astype(np.float32)
ONES = np.tile([1.0, 0.1, 0.2, 0.1], 4).astype(np.float32)


@cache
def song() -> MusicAnalysis:
    return analyze(band(100, 4, 20.0)[0])


def pair(*, music: Floats = BACKBEAT, dance: Floats = BACKBEAT, **clip: object) -> tuple[Phrase, Clip]:
    """Eight beats at 100 a minute, energy .9, and eight counts, in which music and dance hit where it is said."""
    found = phrases(song())[1]
    beats = found.beats[0] + 0.6 * np.arange(9)
    part = replace(found, beats=beats, rhythm=music, energy=0.9, section="B", metre=4)
    changed = {"rhythm": dance, "tempo_range": (90.0, 110.0), "energy": 0.8, **clip}
    return part, replace(CLIP, **changed)  # type: ignore[arg-type]  # fields of Clip


def fact(name: str, **given: object) -> Fact:
    part, clip = pair(**given)  # type: ignore[arg-type]
    return QUALITIES[name](Match(song(), part, clip))


def test_values_of_both_sides_are_told() -> None:
    assert CLIP.counts == 8
    assert fact("tempo") == Fact("100 beats/min, danced at 90 to 110", True)
    assert fact("tempo", tempo_range=(110.0, 140.0)) == Fact("100 beats/min, danced at 110 to 140", False)
    assert fact("tempo", tempo_range=(40.0, 60.0)).words == "100 beats/min, danced at 40 to 60, at half the pace (50)"
    assert fact("tempo", tempo_range=(180.0, 210.0)).words.endswith("180 to 210, at double the pace (200)")
    assert fact("energy").words.startswith("both strong")
    assert fact("energy", energy=0.1).words.startswith("strong music, a calm dance")
    assert not fact("energy", energy=0.1).agrees
    assert fact("energy", energy=0.5).words.startswith("strong music, a medium dance")
    assert fact("rhythm").words == "both hit on 2 and 4"
    apart = fact("rhythm", dance=ONES)
    assert apart == Fact("the music hits on 2 and 4, the dance hits on 1 and 3", False)
    assert fact("metre", metre=3) == Fact("the music in 4, the dance in 3", False)
    assert fact("length").words.startswith("8 beats in 4.8 s, the dance 8 counts in ")
    assert fact("length").agrees
    assert fact("articulation").words == "both have some accents on the beats"


def test_a_recording_is_told_by_its_own_tempo() -> None:
    own = CLIP.tempo
    told = fact("tempo", tempo_range=(0.0, 0.0))
    assert told.words == f"100 beats/min, recorded at {own:.0f}"
    assert told.agrees == (abs(np.log2(100 / own)) <= 0.2)


def test_where_a_phrase_stands_in_its_song_is_told() -> None:
    part, clip = pair()
    quiet = replace(song(), energy=np.linspace(0, 0.5, len(song().beats), dtype=np.float32))
    assert "part B is strong for its song" in QUALITIES["energy"](Match(quiet, part, clip)).words
    loud = replace(song(), energy=np.ones_like(song().energy))
    assert "part B is calm for its song" in QUALITIES["energy"](Match(loud, part, clip)).words


def test_the_style_heard_and_those_of_the_clip() -> None:
    heard = replace(song(), style="tango", styles={"tango": 0.8, "waltz": 0.15})
    part, clip = pair(styles=("tango", "ballroom"))
    told = QUALITIES["style"](Match(heard, part, clip))
    assert told == Fact("heard as tango (80 % sure), a dance of tango and ballroom", True)
    other = QUALITIES["style"](Match(heard, part, replace(clip, styles=("waltz",))))
    assert other == Fact("heard as tango (80 % sure), a dance of waltz", False)
    unsure = replace(heard, styles={"tango": 0.4, "waltz": 0.3})
    assert QUALITIES["style"](Match(unsure, part, replace(clip, styles=("waltz",)))).agrees


def test_a_dance_of_the_style_heard_fits_it_though_the_likelihood_costs_a_little() -> None:
    part, clip = pair(styles=("tango", "ballroom"))
    heard = replace(song(), styles={"tango": 0.98, "waltz": 0.02})
    tango = reasons(heard, part, clip, {"style": 0.6, "metre": 0.0})
    assert tango == ("heard as tango (98 % sure), a dance of tango and ballroom", "both in 4")
    assert reasons(heard, part, replace(clip, styles=("house",)), {"style": 0.6})[0].startswith("but heard as tango")


def test_hits_are_the_strong_half_beats_of_the_bar() -> None:
    assert hits(BACKBEAT, 4, 0) == {2, 6}
    assert hits(BACKBEAT, 4, 2) == {0, 4}
    assert hits(np.full(12, 0.7, np.float32), 3, 0) == set()
    assert on_counts({2, 6}, 4) == "hit on 2 and 4"
    assert on_counts({1, 2, 6}, 4, "s") == "hits on 1&, 2 and 4"
    assert on_counts({0, 2, 4}, 3, "s") == "hits on every beat"
    assert on_counts({1, 3, 5}, 3) == "hit between the beats"
    assert on_counts(set(), 4, "s") == "is even over the bar"
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_what_fits_comes_first_and_what_does_not_after_a_but() -> None:
    part, clip = pair(dance=ONES)
    terms = {"tempo": 0.0, "energy": 0.1, "rhythm": 0.1, "metre": 1.0, "taste": 9.0}
    told = reasons(song(), part, clip, terms)
    assert told[0] == "100 beats/min, danced at 90 to 110"
    assert told[1].startswith("both strong")
    assert told[2:] == ("but the music hits on 2 and 4, the dance hits on 1 and 3", "but both in 4")
    assert told == reasons(song(), part, clip, dict(reversed(terms.items())))
    ranks = "but both strong (0.90, the dance 0.80), of different rank in song and database"
    assert reasons(song(), part, clip, {"energy": 0.8}) == (ranks,)
    assert reasons(song(), part, clip, {"tempo": 0.04})[0].startswith("but 100 beats/min")


def test_a_learned_distance_is_told_by_its_shares() -> None:
    part, clip = pair()
    shares = {ANY: 1.0, "tempo": -0.2, "rhythm": 0.1, "energy": -0.5, "sound": 0.3, "form": -0.001, "length": -0.1}
    told = reasons(song(), part, clip, shares)
    assert [words.startswith("but ") for words in told] == [False, False, False, True, True]
    assert told[0].startswith("both strong")
    assert told[1] == "100 beats/min, danced at 90 to 110"
    assert told[2].startswith("8 beats in 4.8 s")
    assert "dB" in told[3]
    assert told[4] == "but both hit on 2 and 4, and other accents apart"
    assert all("into the song" not in words for words in told)
    plain = reasons(song(), part, clip, {"text-bridge": 0.4})
    assert plain[0] == "100 beats/min, danced at 90 to 110"
    assert "both in 4" in plain


def test_what_a_dance_looks_like() -> None:
    from choreo.motion.quantities import QUANTITIES

    still = dict.fromkeys(QUANTITIES, 0.0)

    def seen(**changes: float) -> list[str]:
        return looks(CLIP, np.array([(still | changes)[name] for name in QUANTITIES], np.float32))

    assert seen() == []
    assert looks(CLIP, None) == []
    assert seen(wide=1.6) == []
    assert seen(wide=1.7) == ["wide"]
    assert seen(low=0.3, kick=0.5) == ["low", "kicking"]
    assert seen(turning=180 / CLIP.counts**0.5) == ["turning"]
    assert seen(turning=120 / CLIP.counts**0.5) == []
    assert seen(air=0.1, arms_high=0.6) == ["jumping", "reaching high"]


def test_hits_of_a_search_bring_their_reasons() -> None:
    clips = [move_clip(load_moves()[name]) for name in ("two-step", "waltz-box")]
    parts = phrases(song())
    for part, found in zip(parts, dances_for(song(), parts, clips), strict=True):
        words = {hit.name: hit.reasons for hit in found}
        low, high = clips[0].tempo_range
        assert any(f"{part.tempo:.0f} beats/min, danced at {low:.0f} to {high:.0f}" in why for why in words["two-step"])
        assert "both in 4" in words["two-step"]
        assert "but the music in 4, the dance in 3" in words["waltz-box"]


def test_words_beside_a_song_are_told_before_the_music() -> None:
    clips = [move_clip(load_moves()[name]) for name in ("two-step", "waltz-box", "grapevine", "star-jump")]
    for found in dances_for(song(), phrases(song()), clips, words="grapevine"):
        assert found[0].name == "grapevine"
        assert found[0].reasons[0] == "called grapevine"
        assert any("beats/min" in why for why in found[0].reasons[1:])


def bars(first: int, count: int, *, inside: bool = True) -> list[Bar]:
    beats = song().beats
    return [
        Bar(tuple(beats[first + 4 * k : first + 4 * k + 5].tolist()), 0, k, first + 4 * k, inside) for k in range(count)
    ]


def test_reasons_of_a_step_are_those_of_its_own_bars() -> None:
    part, clip = pair()
    first = part.first_beat
    costs = {"tempo": 0.0, "metre": 0.0, "rhythm": 0.4, "transition": 5.0}
    told = step_reasons(song(), clip, bars(first, 2), "B", costs)
    assert told[0].endswith("beats/min, danced at 90 to 110")
    assert "both in 4" in told
    assert not any("strong" in words for words in told)
    outside = step_reasons(song(), clip, bars(first, 2, inside=False), "", costs)
    assert any("strong" in words for words in outside), "values are compared where retrieval has no terms"
    faster = replace(
        song(),
        track=replace(
            song().track,
            beats=np.sort(
                np.concatenate(
                    [song().beats[: first + 1], song().beats[first] + 0.5 * np.arange(1, len(song().beats) - first)]
                )
            ),
        ),
    )
    assert step_reasons(faster, clip, bars(first, 2), "", {"tempo": 9.0})[0] == "but 120 beats/min, danced at 90 to 110"
    assert step_reasons(song(), clip, [replace(bars(first, 1)[0], first_beat=-4)], "", costs) == ()


def test_the_course_of_the_dance_is_told_with_its_bars() -> None:
    weights = Weights()
    told = course_reasons({"motif": -2.0, "again": 0.0}, weights, 16, 8, None, ())
    assert told == ("the music of bar 8 comes again, and so does its dance",)
    worse = {"again": 1.5, "twice": 3.0, "transition": 0.2 * weights.transition, "style": 2.0}
    told = course_reasons(worse, weights, 16, 10, "tango", ("rock", "pop"))
    assert told == (
        "but danced 6 bars before as well",
        "but the same dance twice in a row",
        "but poses and speeds at its beginning are 20 cm apart",
        "but tango is danced, and this is rock, pop",
    )
    assert course_reasons({"again": 0.5, "transition": 0.5}, weights, 16, 10, None, ()) == ()
    assert in_order(("but a", "b", "but c", "d")) == ("b", "d", "but a", "but c")


@pytest.mark.parametrize("name", sorted(QUALITIES))
def test_every_quality_is_told_of_any_phrase(name: str) -> None:
    waltz = move_clip(load_moves()["waltz-box"])
    for part in phrases(song()):
        for clip in (CLIP, waltz):
            words = QUALITIES[name](Match(song(), part, clip)).words
            assert words
            assert "nan" not in words
            assert words == words.strip()
