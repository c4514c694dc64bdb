"""Lyrics and vectors of words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dance_support import song

from choreo.errors import InputError
from choreo.music import phrases
from choreo.retrieval.lyrics import read_lyrics
from choreo.retrieval.words import music_words, word_matrix, word_vector


def test_lyrics_with_times_are_sung_when_they_say(tmp_path: Path) -> None:
    path = tmp_path / "song.lrc"
    path.write_text("[ar:Somebody]\n[00:01.00]Turn around\n[00:10.50][00:20.00]Jump, jump!\n\nno time here dance\n")
    lyrics = read_lyrics(path)
    assert lyrics.within(0, 5) == ("turn", "around")
    assert lyrics.within(10, 12) == ("jump", "jump")
    assert lyrics.within(20.0, 21.0) == ("jump", "jump")
    assert lyrics.within(12, 15) == ("jump", "jump")  # still sung: the last line that has begun


def test_plain_lyrics_are_sung_throughout(tmp_path: Path) -> None:
    path = tmp_path / "song.txt"
    path.write_text("Spin me round\nI'm in the mood\n", encoding="utf-8")
    assert read_lyrics(path).within(40, 50) == ("spin", "round", "mood")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe\x00ba", "UTF-8"),
        (b"turn \xe9", "UTF-8"),
        (b"[00:01]" * 60_000 + b"a b c", "over 100,000 words"),
        (b"", "no words"),
        (b"[00:01.00]\n123 ...\n", "no words"),
        (b"la " * 500_000, "at most"),
    ],
)
def test_bad_lyrics_say_why(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.lrc"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words):
        read_lyrics(path)
    with pytest.raises(InputError, match="no such file"):
        read_lyrics(tmp_path / "none.lrc")


def test_words_of_one_stem_are_near_and_others_are_not() -> None:
    turn, turning, jump = word_vector("turn"), word_vector("turning"), word_vector("jump")
    assert float(turn @ turn) == pytest.approx(1, abs=1e-5)
    assert float(turn @ turning) > 0.3
    assert abs(float(turn @ jump)) < 0.35
    assert word_matrix(["turn"], 3).shape == (3, 64)
    assert not word_matrix(["turn"], 3)[1:].any()


def test_words_for_music_are_words_that_clips_have() -> None:
    waltz, fast = song(bpm=80, metre=3), song(bpm=150, energy=0.9)
    assert {"waltz", "three", "slow"} <= set(music_words(waltz, phrases(waltz)[0]))
    assert {"four", "fast", "strong"} <= set(music_words(fast, phrases(fast)[0]))
    assert np.isfinite(word_matrix(music_words(waltz, phrases(waltz)[0]), 8)).all()
