"""Lyrics: when words are sung, which movements they call for, and that these are danced there."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from dance_support import song
from starter_support import StarterClips

from choreo.errors import InputError
from choreo.music import phrases
from choreo.planning import plan
from choreo.planning.bars import Bar
from choreo.planning.calls import bars_called, call_costs, calls_answered
from choreo.retrieval import dances_for, retrieve
from choreo.retrieval.lyrics import SungWord, read_lyrics
from choreo.retrieval.lyrics_bridge import called
from choreo.types import Call

CLIPS = StarterClips(lambda number, name: number % 5 == 0 or "clap" in name or "sway" in name)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))


def written(folder: Path, text: str, name: str = "song.lrc", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def sung(line: str) -> list[SungWord]:
    return [SungWord(text, k, k + 1) for k, text in enumerate(line.split())]


def calls_in(line: str) -> list[str]:
    return [name for name, _, _ in called(sung(line))]


def test_words_of_a_line_follow_each_other_until_the_next(tmp_path: Path) -> None:
    first, second = read_lyrics(written(tmp_path, "[00:10.00]clap your hands\n[00:11.00]jump\n")).sung
    assert [word.text for word in first] == ["clap", "your", "hands"]
    assert first[0].start == 10
    assert first[-1].end == pytest.approx(11)
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(first))
    assert second[0].end == pytest.approx(11.5)  # half a second a word, where no next line ends it


def test_times_of_words_are_kept(tmp_path: Path) -> None:
    text = "[00:10.00][01:10.00]<00:10.50>turn <00:11.25>around <00:12.00>\n"
    first, again = read_lyrics(written(tmp_path, text)).sung
    assert [(word.text, word.start) for word in first] == [("turn", 10.5), ("around", 11.25)]
    assert [(word.text, word.start) for word in again] == [("turn", 70.5), ("around", 71.25)]


def test_an_offset_is_sooner_when_positive(tmp_path: Path) -> None:
    lyrics = read_lyrics(written(tmp_path, "[ar:Nobody]\n[offset:+500]\n[00:10.00]jump\n"))
    assert lyrics.sung[0][0].start == lyrics.lines[0][0] == 9.5
    assert len(lyrics.sung) == 1


def test_lyrics_of_windows_are_read(tmp_path: Path) -> None:
    assert read_lyrics(written(tmp_path, "[00:01.00]hände hoch\r\n", encoding="utf-16")).sung[0][0].text == "hände"


def test_plain_words_have_no_times(tmp_path: Path) -> None:
    assert read_lyrics(written(tmp_path, "turn around\n")).sung == ()


@pytest.mark.parametrize(
    ("line", "concepts"),
    [
        ("Turn around, and clap your hands!", ["turn", "clap"]),
        ("spin me round", ["turn"]),
        ("put your hands up in the air", ["arms high"]),
        ("jump jump jump", ["jump", "jump", "jump"]),
        ("everybody FREEZE", ["still"]),
        ("hände hoch", ["arms high"]),
        ("salta salta", ["jump", "jump"]),
        ("拍手しよう", ["clap"]),
        ("don't stop, get down low", ["low"]),
        ("never ever jump", []),
        ("don\u2019t you stop", []),
        ("turn off the lights and turn me on", []),
        ("I still love you, fall in love in spring", []),
        ("what's the point, my turn, walk away", []),
    ],
)
def test_what_is_called_for(line: str, concepts: list[str]) -> None:
    assert calls_in(line) == concepts


def bars(count: int) -> list[Bar]:
    return [Bar(tuple(2.0 * k + 0.5 * np.arange(5)), 0, k, 4 * k, True) for k in range(count)]


def test_what_is_sung_just_ahead_of_a_bar_belongs_to_it() -> None:
    calls = [Call(at, "jump", np.zeros(1, np.float32), np.ones(1, bool)) for at in (0.0, 1.7, 1.8, 3.9, 9.0)]
    assert bars_called(bars(2), calls).tolist() == [0, 0, 1, 1, -1]


def test_clips_pay_in_the_bars_that_they_cover() -> None:
    calls = [Call(4.1, "jump", np.array([8.0, 0.5], np.float32), np.array([False, True]))]
    costs = call_costs(bars(4), calls, np.array([2, 1]))
    np.testing.assert_allclose(costs[:, 0], [0, 8, 8, 0])
    np.testing.assert_allclose(costs[:, 1], [0, 0, 0.5, 0])
    assert calls_answered(bars(4), calls, 1, 2, 3) == ("jump",)
    assert calls_answered(bars(4), calls, 0, 2, 3) == calls_answered(bars(4), calls, 1, 0, 2) == ()


def test_what_is_sung_is_danced_there_unless_it_weighs_nothing(tmp_path: Path) -> None:
    music = song(bpm=120, form="AABB", energy=0.6)
    parts = phrases(music)
    times = {words: float(parts[k].beats[0]) + 0.05 for words, k in {"clap your hands": 2, "turn around": 4}.items()}
    lines = "".join(f"[00:{at:05.2f}]{words}\n" for words, at in times.items())
    path = written(tmp_path, lines)
    for weight, wanted in ((1.0, set(times)), (0.0, set())):
        found = retrieve(music, parts, CLIPS, lyrics=path, lyrics_weight=weight)
        steps = plan(music, parts, CLIPS, found).steps
        assert {words for step in steps for words in step.calls} == wanted
        for step in steps:
            assert all(step.beats[0] - 0.25 <= times[words] < step.beats[-1] for words in step.calls)
    assert "lyrics" not in retrieve(music, parts, CLIPS, lyrics=path, lyrics_weight=0.0).terms


def test_search_says_what_is_sung(tmp_path: Path) -> None:
    music = song(bpm=120, form="AB")
    parts = phrases(music)
    path = written(tmp_path, f"[00:{float(parts[1].beats[0]) - 0.1:05.2f}]clap your hands\n")  # a little ahead
    hits = dances_for(music, parts, CLIPS, lyrics=path)
    assert "clap" in hits[1][0].name
    assert hits[1][0].reasons[0] == "sung here: 'clap your hands'"
    assert not hits[0][0].reasons or "sung" not in hits[0][0].reasons[0]


def test_lyrics_without_times_are_refused_by_the_default(tmp_path: Path) -> None:
    music = song()
    with pytest.raises(InputError, match=r"song\.txt: no line has a time, expected lines like \[00:12\.50\]"):
        retrieve(music, phrases(music), CLIPS[:3], lyrics=written(tmp_path, "turn around", "song.txt"))


def test_what_no_clip_is_costs_nothing(tmp_path: Path) -> None:
    music = song()
    idle = [clip for clip in CLIPS if clip.name == "groove-sway"]
    found = retrieve(music, phrases(music), idle, lyrics=written(tmp_path, "[00:01.00]clap your hands"))
    assert found.calls == ()
    np.testing.assert_array_equal(found.distances, retrieve(music, phrases(music), idle).distances)
