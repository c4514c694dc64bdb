"""What songs and moves are called where people read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_support import write_clicks
from hypothesis import given
from hypothesis import strategies as st

from choreo.music.song_names import LONGEST, SongNames, one_line, readable_name, song_names
from choreo.planfile.spoken import spoken


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("01 - katy_perry_-_roar (official video).mp3", "Katy Perry - Roar"),
        ("01 - katy_perry-roar (official video).mp3", "Katy Perry-roar"),
        ("Katy Perry - Roar [Official Music Video] [CevxZvSJLk8].webm", "Katy Perry - Roar"),
        ("07. Roar.flac", "Roar"),
        ("12 - Roar.m4a", "Roar"),
        ("7 rings.mp3", "7 Rings"),
        ("99 Luftballons.mp3", "99 Luftballons"),
        ("1999.mp3", "1999"),
        ("24K Magic (Remix).mp3", "24K Magic (Remix)"),
        ("Roar (feat. Video).mp3", "Roar (feat. Video)"),
        ("Jay-Z_Song.mp3", "Jay-Z Song"),
        ("Anti-Hero.mp3", "Anti-Hero"),
        ("été.mp3", "été"),
        ("Vol.2.mp3", "Vol.2"),
        ("[HD].mp3", "[HD]"),
        ("01.mp3", "01"),
        ("C_1.mp3", "C 1"),
        ("夜に駆ける.mp3", "夜に駆ける"),
    ],
)
def test_file_names_become_readable(name: str, said: str) -> None:
    assert readable_name(name) == said


@given(st.text(max_size=300))
def test_any_name_is_one_bounded_line_without_what_steers(name: str) -> None:
    for said in (readable_name(name), one_line(name)):
        assert len(said) <= LONGEST
        assert said == " ".join(said.split())
        assert not set(said) & {"\x1b", "\u202e", "\u2066", "\x00", "\n", "\ufeff"}
    assert readable_name(name)


def test_tags_come_before_the_name_of_the_file(tmp_path: Path) -> None:
    assert SongNames("Roar", "Katy Perry").line == "Roar, Katy Perry"
    assert SongNames("Roar").line == "Roar"
    assert song_names(write_clicks(tmp_path / "02_my_song.wav"), "02_my_song.wav") == SongNames("My Song")
    assert song_names(None, "x.mp3") == SongNames("x")


@pytest.mark.parametrize(
    ("title", "artist", "said"),
    [("Roar", "Katy Perry", "Roar, Katy Perry"), ("Sugar (29).mp3", "", "Sugar (29)"), ("Night , ", "A", "Night, A")],
)
def test_what_tags_say_is_said_plainly(
    title: str, artist: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("choreo.music.song_names._tags", lambda _: {"title": title, "artist": artist})
    assert song_names(tmp_path / "x.mp3", "x.mp3").line == said


def test_moves_are_called_as_people_say() -> None:
    assert spoken("scooby-doo") == "scooby doo"
    assert spoken("running-man", mirrored=True) == "running man (mirrored)"
    assert spoken("twist") == "twist"
    assert spoken("gBR_sBM_cAll_d04-1") == "gBR_sBM_cAll_d04-1"
    assert spoken("60_03 - salsa") == "60_03 - salsa"
