"""Letters of any script: which font draws which, and in which order they stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from choreo.video import lettering
from choreo.video.lettering import Lettering, clusters
from choreo.video.titles import TitleCard, layer, undrawn, wrapped

CACHES = (lettering.system_fonts, lettering.has, lettering.shapes_right_to_left)


@pytest.fixture
def fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """What is found out about fonts is forgotten before and after."""
    for each in CACHES:
        each.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    for each in CACHES:
        each.cache_clear()


def no_fonts(fonts: pytest.MonkeyPatch) -> None:
    fonts.setattr(lettering, "font_folders", list)


def of_two_fonts(fonts: pytest.MonkeyPatch) -> None:
    """Pillow's own has no Greek, the first other font small letters of it only, the second one has all of it."""
    fonts.setattr(lettering, "system_fonts", lambda: (("small",), ("all",)))

    def has(name: str, letter: str) -> bool:
        greek = "\u0370" <= letter[0] <= "\u03ff"
        return not greek if name == "" else name == "all" or (letter.islower() and greek)

    fonts.setattr(lettering, "has", has)


def test_one_unknown_letter_leaves_all_others(fonts: pytest.MonkeyPatch) -> None:
    no_fonts(fonts)
    assert (Lettering.of("Night (\u591c)\n\u591c").text, Lettering.of("Gr\u00f6\u00dfe").text) == ("Night", "Grosse")
    assert Lettering.of("Night \u591c").left_out == ("\u591c",)
    assert Lettering.of("\u591c") == Lettering("", (), ("\u591c",))
    (warning,) = undrawn([TitleCard("Night \u591c\u591c", 0, 1, 0.1), TitleCard("Day", 1, 2, 0.1)])
    assert warning == "--titles: no font of this machine has \u591c (cjk unified ideograph-591c); left out"
    assert undrawn([TitleCard("Day", 0, 1, 0.1)]) == []


def test_letters_come_from_several_fonts(fonts: pytest.MonkeyPatch) -> None:
    of_two_fonts(fonts)
    assert set(Lettering.of("Night").fonts) == {(each, "") for each in "Night"}
    found = Lettering.of("ab \u03b3\u0393 c")
    assert dict(found.fonts) == {"a": "", "b": "", "c": "", "\u03b3": "small", "\u0393": "all"}
    assert [(words, name) for words, name, _ in found.runs(found.text)] == [
        ("ab ", ""), ("\u03b3", "small"), ("\u0393 ", "all"), ("c", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("abc", ["abc"]),
        ("\u05d0\u05d1 \u05d2", ["\u05d0\u05d1 \u05d2"]),
        ("ab \u05d0\u05d1 12 cd", ["ab ", "\u05d0\u05d1", " 12 cd"]),
        ("\u05d0\u05d1 12 cd \u05d2", [" \u05d2", "cd", "\u05d0\u05d1 12 "]),
    ],
)
def test_runs_stand_in_the_order_in_which_they_are_read(
    text: str, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = Lettering(text, tuple((each, "x") for each in text))
    assert [words for words, _, _ in letters.runs(text)] == runs
    for words, _, way in letters.runs(text):
        assert way == ("rtl" if any("\u05d0" <= each <= "\u05ea" for each in words) else "ltr")


def test_without_shaping_nothing_is_written_backwards(fonts: pytest.MonkeyPatch) -> None:
    fonts.setattr(lettering, "shapes_right_to_left", lambda: False)
    assert Lettering.of("a \u05d0").left_out == ("\u05d0",)


def test_letters_keep_their_marks() -> None:
    assert clusters("e\u0301a") == ["\u00e9", "a"]
    assert clusters("x\u0302y") == ["x\u0302", "y"]
    family = "\U0001f469\u200d\U0001f467"
    assert clusters(f"{family}\U0001f44b\U0001f3fda") == [family, "\U0001f44b\U0001f3fd", "a"]
    assert clusters("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea") == ["\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea"]
    assert wrapped("x\u0302" * 4, lambda words: len(clusters(words)), 3) == ["x\u0302" * 3, "x\u0302"]


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=12))
def test_any_title_can_be_drawn(text: str) -> None:
    found = Lettering.of(text)
    assert not set(found.text) & {"\x1b", "\u202e", "\x00"}
    for line in found.text.split("\n"):
        assert "".join(sorted("".join(words for words, _, _ in found.runs(line)))) == "".join(
            sorted("".join(clusters(line)))
        )
        assert found.width(line, 16) >= 0


def test_a_font_that_has_a_letter_draws_it(fonts: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = ImageFont.load_default(16)
    assert lettering.has("", "a")
    assert not lettering.has("", "\u591c")
    assert bytes(own.getmask("\u591c")) == bytes(own.getmask("\uffff"))
    assert not lettering.has(str(tmp_path / "none.ttf"), "a")


def test_letters_become_smaller_before_a_word_is_broken() -> None:
    words = layer(TitleCard("Donaudampf", 0, 4, 0.2), 200, 400)
    inked = np.flatnonzero((words[..., 0] * words[..., 1] > 0.5).any(axis=1))
    assert 8 < np.ptp(inked) < 0.2 * 200  # one line
