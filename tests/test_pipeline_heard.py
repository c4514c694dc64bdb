"""The line that tells what was heard of a song and how it is danced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from dance_support import song

from choreo.music.beat_files import STATED
from choreo.pipeline.result import Result, heard_line, style_line
from choreo.types import ChoreographyPlan, MusicAnalysis

SURE = {"style": "disco", "style_confidence": 0.71, "styles": {"disco": 0.71, "house": 0.22, "pop": 0.04, "funk": 0.03}}


def heard(**facts: Any) -> MusicAnalysis:
    return replace(song(bpm=118), **facts)


def danced(style: str | None) -> ChoreographyPlan:
    return ChoreographyPlan({}, 4, 118.0, 0.0, 8.0, 0, (), {"style": style})


def test_a_line_tells_the_three_likeliest_styles_and_what_was_heard_of_them() -> None:
    assert style_line(heard(**SURE)) == "disco .71, house .22, pop .04"
    reason = "four on the floor, at 118"
    assert style_line(heard(**SURE, style_reason=reason)) == f"{reason}: disco .71, house .22, pop .04"
    assert style_line(heard(styles={"disco": 1.0})) == "disco 1.00"


def test_unsure_it_tells_what_is_likeliest_all_the_same() -> None:
    assert style_line(heard(style="unknown", styles={"disco": 0.3, "house": 0.25})) == "disco .30, house .25"
    assert style_line(heard(style="unknown", styles={})) == "no style that is known"
    assert style_line(heard(style="disco", style_confidence=0.6, styles={})) == "disco (sure: 0.60)"


def test_tempo_and_metre_come_first_and_the_style_danced_last_when_it_is_another() -> None:
    music = heard(**SURE)
    first = "118 bpm in 4, disco .71, house .22, pop .04"
    assert heard_line(music) == heard_line(music, danced(None)) == heard_line(music, danced("any")) == first
    assert heard_line(music, danced("disco")) == first
    assert heard_line(music, danced("house")) == f"{first}, danced as house"
    assert Result(plan=danced("house"), analysis=music).heard == f"{first}, danced as house"
    assert heard_line(None, danced("house")) == "danced as house"


@pytest.mark.parametrize("method", sorted(STATED))
def test_beats_that_were_stated_are_said_to_be(method: str) -> None:
    music = song(bpm=118)
    assert heard_line(replace(music, track=replace(music.track, method=method))).startswith("118 bpm in 4 as stated, ")
