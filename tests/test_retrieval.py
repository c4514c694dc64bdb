"""The stage that asks an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from dance_support import song, sway_clip

from choreo import plugins
from choreo.errors import DatabaseError, PluginError
from choreo.music import phrases
from choreo.retrieval import retrieve
from choreo.types import Clip
from choreo_zeroshot import ZeroShotEmbedder


def test_terms_sum_to_the_distance() -> None:
    music = song()
    found = retrieve(music, phrases(music), [sway_clip("a"), sway_clip("b", size=0.9)])
    np.testing.assert_allclose(sum(found.terms.values()), found.distances, atol=1e-5)
    assert found.clip_ids == ("test-a", "test-b")


def test_no_clips_says_where_to_look() -> None:
    with pytest.raises(DatabaseError, match="db list"):
        retrieve(song(), phrases(song()), [])


class Odd(ZeroShotEmbedder):
    name = "odd"

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def embed_motion(self, clips: Sequence[Clip]) -> Any:
        if self.what == "raises":
            raise ZeroDivisionError("no clip liked")
        rows = super().embed_motion(clips)
        return rows[:-1] if self.what == "short" else rows * np.nan if self.what == "nan" else rows

    def compare(self, music: Any, motion: Any) -> Any:
        terms = super().compare(music, motion)
        return {name: term.T for name, term in terms.items()} if self.what == "turned" else terms


@pytest.mark.parametrize("what", ["raises", "short", "nan", "turned"])
def test_an_embedder_that_breaks_its_promise_is_named(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "candidates", lambda kind: {"odd": None})
    monkeypatch.setattr(plugins, "load", lambda kind, name: Odd(what))
    with pytest.raises(PluginError, match="'odd'"):
        retrieve(song(), phrases(song()), [sway_clip("a"), sway_clip("b")], embedder="odd")
