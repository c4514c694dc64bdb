from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from dance_support import song, sway_clip, two_kinds

from choreo.music import phrases
from choreo.music.phrasing import stretch
from choreo.retrieval import models, search
from choreo.retrieval.attribution import ANY, _coalitions, _shapley_weights, attribute_distance
from choreo.retrieval.embedding_cache import cached_embeddings
from choreo.retrieval.index import VectorIndex
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.music_side import BLOCKS, QUALITIES, STEP_QUALITIES, STEPS, music_vectors, qualities
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.search import dances_for
from choreo.types import Clip, Floats
from choreo_cca import Cca


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return two_kinds()


@pytest.fixture
def models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(models.VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


def test_every_column_belongs_to_one_quality() -> None:
    analysis = song()
    blocks = music_vectors(analysis, [stretch(analysis, 0, 8)])
    assert list(blocks) == list(BLOCKS)
    assert {name: block.shape[1] for name, block in blocks.items()} == {name: len(qualities(name)) for name in BLOCKS}
    assert len(STEP_QUALITIES) == STEPS


def test_shares_of_a_game_that_adds_up_are_its_parts() -> None:
    known = _coalitions()
    parts = np.arange(1.0, 1 + len(QUALITIES))
    np.testing.assert_allclose(_shapley_weights(known).T @ (known @ parts), parts)
    both = (known[:, 0] & known[:, 1]).astype(float)
    shares = _shapley_weights(known).T @ both
    np.testing.assert_allclose(shares[:2], 0.5)
    np.testing.assert_allclose(shares[2:], 0, atol=1e-12)


@pytest.mark.parametrize("name", ["cca", "contrastive"])
def test_shares_sum_to_the_distance(name: str, pairs: Pairs) -> None:
    if name == "contrastive":
        pytest.importorskip("torch")
    embedder: LearnedEmbedder = models.untrained(name)
    embedder.fit(pairs)
    one = pairs.songs[1]
    motion = embedder.embed_motion(pairs.clips)
    shares = attribute_distance(embedder, one.analysis, one.phrases[0], motion, one.phrases)
    assert list(shares) == [ANY, *QUALITIES]
    whole = 1 - embedder.embed_music(one.analysis, one.phrases[:1]) @ motion.T
    np.testing.assert_allclose(np.sum(list(shares.values()), axis=0), whole[0], atol=1e-4)


def test_tempo_is_why_a_fast_song_gets_a_fast_dance(models_folder: Path) -> None:
    """The songs of these pairs differ in tempo and energy alone when lengths are not told."""
    models.train("cca", two_kinds(), folds=0, lengths=False)
    analysis = song(32.0, bpm=136, energy=0.7)
    parts = phrases(analysis)
    found = dances_for(analysis, parts, two_kinds().clips, top=2, embedder="cca")
    assert [len(hits) for hits in found] == [2] * len(parts)
    for hit in (hit for hits in found for hit in hits):
        assert sum(hit.terms.values()) == pytest.approx(hit.distance, abs=1e-4)
        assert hit.terms["tempo"] + hit.terms["energy"] < -0.2
        assert hit.terms["tempo"] == min(hit.terms.values())


def test_embeddings_are_kept_and_only_new_clips_embedded(
    pairs: Pairs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("choreo.retrieval.embedding_cache.EXACT_BELOW", 10)
    embedder = Cca().fit(pairs)
    asked: list[int] = []
    inner = embedder.embed_motion

    def counted(clips: Sequence[Clip]) -> Floats:
        asked.append(len(clips))
        return inner(clips)

    monkeypatch.setattr(embedder, "embed_motion", counted)
    first = cached_embeddings(embedder, pairs.clips[:5], tmp_path)
    again = cached_embeddings(embedder, pairs.clips, tmp_path)
    assert asked == [5, len(pairs.clips) - 5]
    np.testing.assert_array_equal(again.vectors[:5], first.vectors)
    assert cached_embeddings(embedder, pairs.clips[2:4], tmp_path).keys == again.keys
    assert len(asked) == 2
    next(tmp_path.rglob("*.safetensors")).write_bytes(b"damaged")
    cached_embeddings(embedder, pairs.clips, tmp_path)
    assert asked[-1] == len(pairs.clips)
    other = Cca(dims=3).fit(pairs)
    assert cached_embeddings(other, pairs.clips, tmp_path).vectors.shape[1] == 3


@pytest.mark.parametrize("lengths", [True, False])
def test_search_along_the_index_finds_what_search_of_all_finds(
    lengths: bool,
    pairs: Pairs,
    models_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models.train("cca", pairs, folds=0, lengths=lengths)
    analysis = song(32.0, bpm=136, energy=0.7)
    parts = phrases(analysis)
    clips = [*pairs.clips, sway_clip("long", bpm=130, counts=8), sway_clip("short", bpm=130, counts=2)]
    plain = dances_for(analysis, parts, clips, top=4, embedder="cca")
    monkeypatch.setattr(search, "EXACT_BELOW", 1)
    monkeypatch.setattr(search, "clip_distances", None)
    assert isinstance(cached_embeddings(Cca().fit(pairs), clips, None), VectorIndex)
    along = dances_for(analysis, parts, clips, top=4, embedder="cca", cache=tmp_path)
    for a, b in zip(plain, along, strict=True):
        assert [hit.clip_id for hit in a] == [hit.clip_id for hit in b]
        np.testing.assert_allclose([hit.distance for hit in a], [hit.distance for hit in b], atol=1e-5)
