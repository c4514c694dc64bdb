"""Styles that have too few moves for a song: what is danced instead, and what is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks
from dance_support import song, sway_clip

from choreo.db.columns import ClipColumns, columns_of_lists
from choreo.errors import InputError
from choreo.music import phrases
from choreo.options import Choosing
from choreo.pipeline import make_plan
from choreo.planning import plan
from choreo.planning.costs import style_costs
from choreo.planning.styles import (
    FEW,
    NEIGHBOURS,
    check_style,
    danceable_moves,
    neighbours_of,
    shortage,
    style_misfits,
    wished_misfits,
)
from choreo.retrieval import retrieve
from choreo.types import ChoreographyPlan, Clip


def moves(style: str, count: int, metre: int = 4) -> list[Clip]:
    return [sway_clip(f"{style}{k}", metre=metre, counts=2 * metre, styles=(style,)) for k in range(count)]


def rows(clips: list[Clip]) -> ClipColumns:
    return columns_of_lists({"styles": [clip.styles for clip in clips], "metre": [clip.metre for clip in clips]})


def danced(clips: list[Clip], style: str, seconds: float = 40.0) -> ChoreographyPlan:
    music = song(seconds)
    parts = phrases(music)
    return plan(music, parts, clips, retrieve(music, parts, clips), style=style)


def styles_of(made: ChoreographyPlan, clips: list[Clip]) -> set[str]:
    by_id = {clip.clip_id: clip.styles[0] for clip in clips}
    return {by_id[step.clip_id] for step in made.steps}


def test_a_style_of_few_moves_is_filled_from_its_neighbours() -> None:
    clips = [*moves("tango", 2), *moves("latin", 4), *moves("robot", 4)]
    made = danced(clips, "tango")
    assert styles_of(made, clips) == {"tango", "latin"}
    (told,) = shortage(made, clips, "tango", rows(clips))
    assert told == "tango: only 2 moves; filled from latin. 'choreo db add' brings moves of your own."


def test_a_style_of_enough_moves_needs_no_help() -> None:
    clips = [*moves("tango", FEW), *moves("latin", 4)]
    assert neighbours_of(clips, "tango", 4, 120.0) == ()
    assert shortage(danced(clips, "tango"), clips, "tango", rows(clips)) == []


def test_bars_for_which_a_style_is_wished_are_not_filled_with_what_suits_any_song() -> None:
    own, any_song, other = moves("tango", 1) + moves("groove", 1) + moves("pop", 1)
    asked = style_costs([own, any_song, other], style_misfits("tango", asked=True))
    wished = style_costs([own, any_song, other], wished_misfits("tango"))
    assert wished[1] > 2 * asked[1]
    assert (wished[[0, 2]] == asked[[0, 2]]).all()
    few = style_costs([any_song], wished_misfits("tango", ("latin",)))
    assert few == asked[1], "but where it has too few moves"
    assert style_costs([any_song], wished_misfits("groove")) == 0


def test_moves_that_the_tempo_leaves_are_counted() -> None:
    slow = [replace(clip, tempo_range=(60.0, 90.0)) for clip in moves("tango", 2)]
    clips = [*slow, *moves("tango", 3)[2:], *moves("latin", 4)]
    assert danceable_moves(clips, "tango", 4, 120.0) == (1, 3)
    (told,) = shortage(danced(clips, "tango"), clips, "tango", rows(clips))
    assert told.startswith("tango: 1 move of 3 in this tempo (120 beats a minute); filled from latin. --octave")


def test_variations_are_one_move() -> None:
    clips = [replace(clip, labels=("base:walk",)) for clip in moves("tango", 5)]
    assert danceable_moves(clips, "tango", 4, 120.0) == (1, 1)


def test_a_style_in_another_metre_or_of_no_move_explains_itself() -> None:
    clips = [*moves("waltz", 6, metre=3), *moves("folk", 3), *moves("robot", 3)]
    made = danced(clips, "waltz")
    assert styles_of(made, clips) == {"folk"}
    (told,) = shortage(made, clips, "waltz", rows(clips))
    assert told == (
        "waltz: its moves have 3 beats in a bar, and the song is heard in 4; filled from folk. "
        "If it goes in 3, --meter 3 says so."
    )
    (none,) = shortage(danced(clips, "salsa"), clips, "salsa", rows(clips))
    assert none.startswith("salsa: the motion database has no moves of it; filled from ")


def test_an_unknown_style_is_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"Did you mean 'hiphop'\? The motion database has disco, hiphop\."):
        check_style("hipop", ["disco", "hiphop"])
    check_style("salsa", ["disco"])


def test_neighbours_are_between_the_style_and_all_others() -> None:
    clips = [sway_clip(name, styles=(name,)) for name in ("tango", "latin", "groove", "robot")]
    helped = style_misfits("tango", asked=True, near=("latin",))
    np.testing.assert_allclose(style_costs(clips, helped), [0, 0.25, 0.4, 2])
    np.testing.assert_allclose(style_costs(clips, style_misfits("groove", asked=True)), [2, 2, 0, 2])
    assert all(style not in near and near for style, near in NEIGHBOURS.items())


def test_a_style_that_is_heard_is_mixed_with_its_neighbours_and_least_with_strangers() -> None:
    names = ("hiphop", "funk", "breaking", "robot", "waltz")
    costs = style_costs([sway_clip(name, styles=(name,)) for name in names], style_misfits("hiphop"))
    assert (np.diff(costs) > 0).all()
    assert (costs[0], costs[-1]) == (0, 1)
    several = [sway_clip("both", styles=("waltz", "hiphop"))]
    assert style_costs(several, style_misfits("hiphop"))[0] == 0


def test_it_is_told_once(tmp_path: Path, database: str) -> None:
    clicks = write_clicks(tmp_path / "clicks.wav", seconds=12, bpm=116)
    analysis, made, _ = make_plan(clicks, choosing=Choosing(style="foxtrot", db=database))
    assert (
        len([each for each in analysis.warnings if each.startswith("foxtrot: the motion database has no moves of it")])
        == 1
    )
    assert not made.warnings
    assert made.options["style"] == "foxtrot"
    with pytest.raises(InputError, match="The motion database has"):
        make_plan(clicks, choosing=Choosing(style="hipop", db=database))
