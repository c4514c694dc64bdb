"""Songs at other tempi, from which the tempo of music cannot be learnt as the answer."""

from __future__ import annotations

import numpy as np
import pytest
from dance_support import two_kinds

from choreo.errors import InputError
from choreo.retrieval import models
from choreo.retrieval.music_side import music_vectors
from choreo.retrieval.pairs import PairedSong, Pairs
from choreo.retrieval.scales import Vectors
from choreo.retrieval.tempo_copies import at_other_tempo, with_tempo_copies


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return two_kinds()


def described(song: PairedSong) -> Vectors:
    return music_vectors(song.analysis, song.phrases)


def test_a_copy_is_the_same_music_but_for_tempo_and_seconds(pairs: Pairs) -> None:
    song = pairs.songs[0]
    faster = at_other_tempo(song, 0.25)
    assert faster.analysis.tempo == pytest.approx(song.analysis.tempo * 2**0.25)
    assert faster.analysis.duration == pytest.approx(song.analysis.duration / 2**0.25)
    one, two = described(song), described(faster)
    np.testing.assert_allclose(two["song"][:, 0] - one["song"][:, 0], 0.25, atol=1e-5)
    np.testing.assert_allclose(two["song"][:, 1:], one["song"][:, 1:], atol=1e-4)
    np.testing.assert_allclose(two["stretch"][:, 0] - one["stretch"][:, 0], 0.25, atol=1e-5)
    np.testing.assert_allclose(two["stretch"][:, 1:], one["stretch"][:, 1:], atol=1e-4)
    np.testing.assert_array_equal(two["counts"], one["counts"])
    assert np.abs(two["seconds"] - one["seconds"]).max() > 0.5
    assert np.abs(two["tempo"] - one["tempo"]).max() > 0.9
    np.testing.assert_allclose(two["tempo"], described(at_other_tempo(song, -0.75))["tempo"], atol=1e-4)


def test_copies_keep_the_clips_that_they_are_danced_with(pairs: Pairs) -> None:
    more = with_tempo_copies(pairs, 2, 0.1)
    tempi = [more.songs[k].analysis.tempo / pairs.songs[0].analysis.tempo for k in (0, 12, 24)]
    assert tempi == pytest.approx([1, 2**-0.1, 2**0.1])
    assert more.clips is pairs.clips
    assert (more.clip == np.tile(pairs.clip, 3)).all()
    assert len(with_tempo_copies(pairs, 3, 0.1).songs) == 4 * len(pairs.songs)


@pytest.mark.parametrize(("copies", "octaves"), [(17, 0.1), (-1, 0.1), (2, 0.9), (2, 0.0), (1.5, 0.1)])
def test_copies_beyond_reason_are_refused(copies: int, octaves: float, pairs: Pairs) -> None:
    with pytest.raises(InputError, match="expected a whole number from 0 to 16"):
        with_tempo_copies(pairs, copies, octaves)


def test_with_copies_music_is_moved_less_by_its_tempo(pairs: Pairs) -> None:
    moved = []
    for copies in (0, 4):
        embedder = models.untrained("cca", {"copies": copies, "octaves": 0.4}, lengths=False).fit(pairs)
        there = at_other_tempo(pairs.songs[0], 0.4)
        apart = np.subtract(*(embedder.embed_music(s.analysis, s.phrases) for s in (pairs.songs[0], there)))
        moved.append(float(np.linalg.norm(apart, axis=1).mean()))
    assert moved[1] < 0.8 * moved[0]


def test_a_card_counts_what_was_given_not_its_copies(pairs: Pairs) -> None:
    embedder = models.untrained("cca", {"copies": 1}).fit(pairs)
    assert (embedder.card.pairs, embedder.card.songs) == (len(pairs), len(pairs.songs))
