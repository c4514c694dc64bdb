"""At which octave of the tempo a song is danced, and in which style."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dance_support import sway_clip

from choreo.planning.costs import chance
from choreo.planning.styles import ENOUGH, FEW, NEAREST, choose_style, guest_styles, style_misfits
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


def test_the_musics_guess_is_followed_when_there_are_moves_for_it() -> None:
    many = [sway_clip(f"l{k}", styles=("latin",)) for k in range(ENOUGH)]
    few = [sway_clip("t", styles=("tango",)), sway_clip("p", styles=("pop",))]
    assert choose_style([*many, *few], None, "latin") == "latin"
    assert choose_style([*many, *few], None, "tango") == "latin"
    assert choose_style([*many, *few], "tango", "latin") == "tango"


def test_unsure_of_the_style_it_dances_what_suits_any_song_whatever_fits_the_tempo() -> None:
    clips = [sway_clip(f"l{k}", styles=("latin",)) for k in range(ENOUGH)]
    assert choose_style(clips, None, "unknown") is None
    assert choose_style([sway_clip("p", styles=("pop",))], None, "house") is None
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
