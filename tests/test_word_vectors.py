"""Words that the lexicon does not have, by vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starter_support import StarterClips

from choreo import models, testing
from choreo.errors import InputError
from choreo.retrieval.search import by_words
from choreo.retrieval.word_vectors import taken_as
from choreo.types import Floats
from choreo_words import GloveEncoder

CLIPS = StarterClips(lambda number, name: number % 4 == 0)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CHOREO_MODELS", str(tmp_path / "none"))


@pytest.mark.usefixtures("glove_vectors")
def test_an_unknown_word_is_taken_as_what_it_is_most_like() -> None:
    taken = taken_as("desolate")
    assert taken is not None
    assert [concept.name for concept in taken.concepts] == ["sad"]
    assert taken.word in ("sad", "gloomy", "mournful")
    assert taken.similarity > 0.9
    assert taken_as("teapot") is None  # known, but like nothing
    assert taken_as("zqxjv") is None


@pytest.mark.usefixtures("glove_vectors")
def test_search_says_as_what_a_word_was_taken() -> None:
    hits, plain = by_words("desolate", CLIPS), by_words("sad", CLIPS)
    assert [hit.clip_id for hit in hits] == [hit.clip_id for hit in plain]
    assert hits[0].reasons[0].startswith("'desolate' taken as '")
    assert "alike), sad:" in hits[0].reasons[0]
    assert [hit.clip_id for hit in by_words("not desolate", CLIPS)] == [
        hit.clip_id for hit in by_words("not sad", CLIPS)
    ]


@pytest.mark.usefixtures("glove_vectors")
def test_words_of_names_and_of_the_lexicon_are_never_taken_as_others() -> None:
    assert not any("taken as" in reason for hit in by_words("gloomy pony", CLIPS) for reason in hit.reasons)


def test_without_vectors_unknown_words_are_refused_with_those_spelled_alike() -> None:
    assert taken_as("desolate") is None
    with pytest.raises(InputError, match="Known words that are near"):
        by_words("desolate", CLIPS)
    with pytest.raises(models.ModelError, match="choreo models get glove"):
        GloveEncoder().ready()


@pytest.mark.usefixtures("glove_vectors")
def test_vectors_that_do_not_fit_their_words_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    files = models.model_files("glove")
    np.save(files["vectors"].with_suffix(".npy"), np.zeros((2, 8), np.float32))
    wrong = {**files, "vectors": files["vectors"].with_suffix(".npy")}
    monkeypatch.setattr(models, "model_files", lambda name: wrong)
    with pytest.raises(InputError, match="no table of one vector a word"):
        GloveEncoder().vectors(["sad"])


class Encoder:
    name, description, licence, alike = "x", "x", "CC0-1.0", 0.5

    def __init__(self, change: Callable[[Floats], Any] = lambda vectors: vectors, **parts: Any) -> None:
        self.change = change
        self.__dict__.update(parts)

    def vectors(self, words: Sequence[str]) -> Any:
        rows = [[float(word in ("happy", "jump")), float(word in ("sad", "slow"))] for word in words]
        return self.change(np.array(rows, np.float32).reshape(len(words), 2))


def test_a_sound_encoder_passes() -> None:
    testing.check_words(Encoder())


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (Encoder(licence=""), "licence"),
        (Encoder(alike=1.5), "alike"),
        (Encoder(lambda v: v[:-1]), "one vector for each word"),
        (Encoder(lambda v: v * 2), "length 1"),
        (Encoder(lambda v: v * 0), "knows none"),
        (
            Encoder(lambda v: v + np.logical_not(v.any(axis=1, keepdims=True)) * np.array([1, 0], np.float32)),
            "none must have zeros",
        ),
        (Encoder(lambda v: v if len(v) > 1 else v[:, ::-1]), "any company"),
        (Encoder(lambda v: v.astype(np.float64)), "float32"),
    ],
)
def test_broken_encoders_are_found(encoder: Encoder, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        testing.check_words(encoder)
