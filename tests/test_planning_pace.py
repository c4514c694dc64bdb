"""At which octave of the tempo a song is danced, and in which style."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dance_support import song, sway_clip
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.planning.costs import chance
from choreo.planning.styles import (
    ENOUGH,
    FEW,
    LEADS,
    LIKELY,
    NEAREST,
    SOME,
    choose_style,
    dance_styles,
    guest_styles,
    heard_styles,
    style_misfits,
)
from choreo.planning.tempo import dance_octave
from choreo.types import Clip


def clips(low: float, high: float, metre: int = 4) -> list[Clip]:
    counts = 2 * metre
    return [replace(sway_clip(n, metre=metre, counts=counts), tempo_range=(low, high)) for n in "abc"]


@pytest.mark.parametrize(
    ("tempo", "octave"),
    [(100, "auto"), (125, "auto"), (140, "auto"), (190, "half"), (210, "half"), (50, "double"), (85, "auto")],
)
def test_the_pace_that_the_moves_can_be_danced_at(tempo: float, octave: str) -> None:
    assert dance_octave(tempo, 4, clips(80, 130)) == octave


def test_three_in_a_bar_is_never_halved() -> None:
    assert dance_octave(180, 3, clips(80, 120, metre=3)) == "auto"
    assert dance_octave(45, 3, clips(80, 120, metre=3)) == "double"


def test_without_moves_in_the_metre_nothing_changes() -> None:
    assert dance_octave(200, 5, clips(80, 130)) == "auto"
    assert dance_octave(0.0, 4, clips(80, 130)) == "auto"


def moves_of(*styles: str, count: int = ENOUGH) -> list[Clip]:
    return [sway_clip(f"{name}{k}", styles=(name,)) for name in styles for k in range(count)]


def test_the_likeliest_style_is_danced_when_it_is_likelier_than_not_and_has_moves() -> None:
    there = [*moves_of("latin", "disco", "folk"), *moves_of("tango", "pop", count=2)]
    assert choose_style(there, None, {"disco": LEADS, "folk": 0.3}) == "disco"
    assert choose_style(there, None, {"disco": LEADS - 0.01, "folk": 0.3}) is None
    assert choose_style(there, None, {"tango": 0.8}) == "latin"  # the nearest that has moves
    assert choose_style(there, "tango", {"latin": 1.0}) == "tango"  # the user's word


def test_styles_that_are_danced_alike_are_likely_together() -> None:
    there = moves_of("latin", "folk")
    heard = {"march": 0.3, "polka": 0.25, "cumbia": 0.2, "robot": 0.25}
    assert dance_styles(there, heard) == {"folk": pytest.approx(0.55), "latin": pytest.approx(0.2)}
    assert choose_style(there, None, heard) == "folk"


def test_a_vague_style_counts_for_the_likeliest_that_says_what_to_dance_and_is_half_as_likely() -> None:
    there = moves_of("latin", "salsa", "disco", "tango")
    found = dance_styles(there, {"latin": 0.5, "salsa": 0.25, "tango": 0.15, "disco": 0.1})
    assert found == {"salsa": pytest.approx(0.75), "tango": pytest.approx(0.15), "disco": pytest.approx(0.1)}
    assert choose_style(there, None, {"latin": 0.3, "salsa": 0.25}) == "salsa"
    assert choose_style(there, None, {"latin": 0.6, "salsa": 0.2}) == "latin"
    assert choose_style(there, None, {"latin": 0.6, "tango": 0.4}) == "latin"  # tango is no kind of latin
    assert choose_style(moves_of("latin"), None, {"latin": 0.5, "salsa": 0.5}) == "latin"  # salsa has no moves


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 1), st.floats(0.01, 1), st.sampled_from([("latin", "salsa"), ("electronic", "house")]))
def test_a_vague_style_leads_only_when_it_is_twice_as_likely(
    vague: float, exact: float, names: tuple[str, str]
) -> None:
    found = dance_styles(moves_of(*names), dict(zip(names, (vague, exact), strict=True)))
    assert next(iter(found)) == names[exact >= vague / 2]
    assert sum(found.values()) == pytest.approx(vague + exact)


def test_what_was_heard_is_the_distribution_or_the_name_of_an_analysis_without_one() -> None:
    music = song()
    assert heard_styles(replace(music, style="unknown", styles={"disco": 0.4})) == {"disco": 0.4}
    assert heard_styles(replace(music, style="disco", styles={})) == {"disco": 1.0}
    assert heard_styles(replace(music, style="unknown", styles={})) == {}


def test_unsure_of_the_style_it_dances_what_suits_any_song_whatever_fits_the_tempo() -> None:
    assert choose_style(moves_of("latin"), None, {}) is None
    assert choose_style([sway_clip("p", styles=("pop",))], None, {"house": 0.9}) is None
    suits = style_misfits(None)
    assert suits["groove"] == 0 < suits["pop"] < suits["hiphop"] < suits["rock"] < 1
    assert "tango" not in suits


def test_guests_lead_before_their_neighbours_and_what_suits_any_song() -> None:
    suits = style_misfits(None, guests=("locking", "tango"))
    assert suits["locking"] == suits["tango"] == 0 < suits["popping"] == suits["rumba"] <= suits["groove"]
    assert suits["groove"] < suits["rock"] <= 1
    assert "krump" not in suits


def test_sections_and_songs_have_guests_of_their_own_but_none_that_wants_its_own_music() -> None:
    styles = ("locking", "salsa", "vogue", "waltz", "few")
    clips = [sway_clip(f"{name}{k}", styles=(name,)) for name in styles for k in range(1 if name == "few" else FEW)]
    found = [guest_styles(clips, ["A", "B", "A"], 4, 120.0, 0, song) for song in "abcdefgh"]
    assert {tuple(each) for each in found} == {("A", "B")}
    assert {name for each in found for part in "AB" for name in each[part]} == {"locking", "salsa", "vogue"}
    assert all(len(set(each[part])) == 2 for each in found for part in "AB")
    assert any(each["A"] != each["B"] for each in found)
    assert guest_styles([], ["A"], 4, 120.0, 0, "a") == {"A": ()}


def test_guests_are_drawn_from_the_likely_styles_as_likely_as_these_are() -> None:
    there = moves_of("disco", "house", "tango", "vogue", "waltz")
    heard = {"disco": 0.4, "house": 0.2, "waltz": 0.2, "tango": 0.1, "vogue": LIKELY - 0.01}
    songs = [str(number) for number in range(300)]

    def drawn(name: str, seed: int = 0) -> tuple[str, ...]:
        return guest_styles(there, ["A"], 4, 120.0, seed, name, heard)["A"]

    found = [drawn(name) for name in songs]
    assert {name for each in found for name in each} == {
        "disco",
        "house",
        "tango",
    }  # likely, and of no music of its own
    assert all(len(set(each)) == 2 for each in found)
    assert found == [drawn(name) for name in songs]
    assert found != [drawn(name, seed=1) for name in songs]
    leads = [[each[0] for each in found].count(name) / len(found) for name in ("disco", "house", "tango")]
    np.testing.assert_allclose(leads, [4 / 7, 2 / 7, 1 / 7], atol=0.1)  # three standard deviations of 300 draws


def test_one_likely_style_is_the_only_guest() -> None:
    there = moves_of("disco", "house")
    assert guest_styles(there, ["A", "B"], 4, 120.0, 0, "a", {"disco": SOME}) == {"A": ("disco",), "B": ("disco",)}
    for heard in ({"disco": SOME - 0.01}, {"waltz": 0.4}):  # next to nothing is known, or nothing of use
        assert set(guest_styles(there, ["A"], 4, 120.0, 0, "a", heard)["A"]) == {"disco", "house"}


def test_a_move_of_few_tempos_is_drawn_as_often_over_many_songs_as_one_of_many() -> None:
    clips = [replace(sway_clip(str(low)), tempo_range=(low, high)) for low, high in ((60.0, 180.0), (140.0, 200.0))]
    luck = np.random.default_rng(0).random((4000, 2), np.float32)
    wins = np.array([chance(clips, each).argmin() for each in luck]).mean()
    tempos = 110 * 2 ** np.random.default_rng(1).normal(0, 0.35, 4000)
    there = ((tempos > 140) & (tempos < 200)).mean()
    # Both are there in a share of the songs; the rare one then wins as much more often as it is rarer.
    assert wins / (1 - wins) == pytest.approx(0.75 / there, rel=0.15)


def test_looking_further_comes_to_an_end() -> None:
    for guess in NEAREST:
        seen = {guess}
        while guess in NEAREST:
            guess = NEAREST[guess]
            assert guess not in seen
            seen.add(guess)
