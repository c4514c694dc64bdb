"""At which octave of the tempo a song is danced, and in which style."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dance_support import sway_clip

from choreo.planning.styles import ENOUGH, FEW, NEAREST, choose_style, guest_style, style_misfits
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
    suits = style_misfits(None, guest="locking")
    assert suits["locking"] == 0
    assert max(suits["groove"], suits["pop"]) < suits["popping"] < suits["rock"] < 1
    assert "tango" not in suits


def test_another_guest_for_each_song_but_none_that_wants_music_of_its_own() -> None:
    styles = ("locking", "salsa", "waltz", "few")
    clips = [sway_clip(f"{name}{k}", styles=(name,)) for name in styles for k in range(1 if name == "few" else FEW)]
    guests = {guest_style(clips, 4, 120.0, seed, song) for seed in range(4) for song in ("a", "b", "c")}
    assert guests == {"locking", "salsa"}
    assert guest_style([], 4, 120.0, 0, "a") is None


def test_looking_further_comes_to_an_end() -> None:
    for guess in NEAREST:
        seen = {guess}
        while guess in NEAREST:
            guess = NEAREST[guess]
            assert guess not in seen
            seen.add(guess)
