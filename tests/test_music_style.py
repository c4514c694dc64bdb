"""The style guess: what it looks at, and that it says when it does not know."""

from __future__ import annotations

import numpy as np
import pytest

from choreo.music import style
from choreo.music.spectrum import spectrum
from choreo.testing import sample_audio
from choreo.types import Audio, BeatTrack


def track(metre: int = 4, count: int = 24, confidence: float = 0.8) -> BeatTrack:
    return BeatTrack(0.1 + 0.5 * np.arange(count, dtype=float), np.arange(count) % metre + 1, metre, confidence, "x")


@pytest.fixture(scope="module")
def clicks() -> Audio:
    return sample_audio(13.0)


def test_the_profile_sees_where_in_the_bar_onsets_fall(clicks: Audio) -> None:
    facts = style.profile(track(), spectrum(clicks))
    grid = facts[: style.BAR * len(style.PARTS) * 3].reshape(style.BAR, len(style.PARTS), 3)
    assert facts.shape == style._weights()["mean"].shape
    assert (grid[:, 0, 2] > 5 * grid[:, 1:, 2].max()).all()  # high clicks: on beats, nowhere between


def test_two_beats_in_a_bar_are_seen_as_four(clicks: Audio) -> None:
    facts = style.profile(track(2), spectrum(clicks))
    grid = facts[: style.BAR * len(style.PARTS) * 3].reshape(style.BAR, len(style.PARTS), 3)
    np.testing.assert_allclose(grid[:2], grid[2:])


def test_three_in_a_bar_is_a_waltz_when_the_beats_are_clear(clicks: Audio) -> None:
    assert style.guess_style(track(3), spectrum(clicks))[0] == "waltz"


@pytest.mark.parametrize("odd", [track(5), track(count=8), track(7)])
def test_unknown_is_an_answer(odd: BeatTrack, clicks: Audio) -> None:
    name, sure = style.guess_style(odd, spectrum(clicks))
    assert name == "unknown"
    assert 0 <= sure <= 1


def test_confidence_is_a_share_and_below_the_limit_nothing_is_said(
    clicks: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sure = style.guess_style(track(), spectrum(clicks))
    assert 0 < sure <= 1
    kinds = len(style.labels())
    limit = style.LEAST_CONFIDENCE
    for top, said in ((limit - 0.01, "unknown"), (limit + 0.01, style.labels()[1])):
        rest = np.full(kinds, (1 - top) / (kinds - 1))
        rest[1] = top
        monkeypatch.setattr(style, "_net", lambda x, rest=rest: rest)
        assert style.guess_style(track(), spectrum(clicks))[0] == said
