"""The zero-shot space and the stage that asks an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dance_support import song, sway_clip

from choreo import plugins
from choreo.errors import DatabaseError, PluginError
from choreo.music import phrases
from choreo.retrieval import retrieve
from choreo.types import Clip, MusicAnalysis
from choreo_zeroshot import DIMENSIONS, RHYTHM, TermWeights, ZeroShotEmbedder


def distances(music: MusicAnalysis, clips: Sequence[Clip]) -> dict[str, np.ndarray]:
    plugin = ZeroShotEmbedder()
    return dict(plugin.compare(plugin.embed_music(music, phrases(music)), plugin.embed_motion(clips)))


def test_vectors_have_the_promised_form() -> None:
    music, clips = song(), [sway_clip("a"), sway_clip("b", counts=4)]
    plugin = ZeroShotEmbedder()
    assert plugin.embed_music(music, phrases(music)).shape == (len(phrases(music)), DIMENSIONS)
    vectors = plugin.embed_motion(clips)
    assert vectors.shape == (2, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(vectors[:, RHYTHM], axis=1), 1, atol=1e-5)


def test_the_clip_of_the_songs_tempo_is_nearer() -> None:
    clips = [sway_clip("slow", bpm=70), sway_clip("right", bpm=120), sway_clip("fast", bpm=190)]
    tempo = distances(song(bpm=120), clips)["tempo"]
    assert (tempo[:, 1] == 0).all()
    assert (tempo[:, [0, 2]] > 0.5).all()


def test_a_clip_within_its_tempo_range_costs_nothing_and_an_octave_costs_its_weight() -> None:
    clips = [replace(sway_clip("a", bpm=100), tempo_range=(90.0, 120.0))]
    for bpm in (92, 118):
        assert float(distances(song(bpm=bpm), clips)["tempo"].max()) < 0.02
    far = distances(song(bpm=60), [replace(clips[0], tempo_range=(120.0, 130.0))])["tempo"]
    assert float(far.mean()) == pytest.approx(TermWeights().tempo, rel=0.03)


def test_loud_parts_want_strong_clips_and_quiet_parts_calm_ones() -> None:
    music = song(32, form="AB")
    loud = np.where(music.beats < 16, 0.2, 0.9).astype(np.float32)
    clips = [sway_clip("calm", energy=0.15), sway_clip("middle", energy=0.5), sway_clip("strong", energy=0.85)]
    energy = distances(replace(music, energy=loud), clips)["energy"]
    assert energy[0, 0] < energy[0, 2]
    assert energy[-1, 2] < energy[-1, 0]


def test_energy_is_ranked_among_clips_of_the_songs_tempo_and_ranks_close_by_fit_alike() -> None:
    music = song(32, form="AB")
    music = replace(music, energy=np.where(music.beats < 16, 0.2, 0.9).astype(np.float32))
    slow = [sway_clip(f"slow{k}", bpm=60.0, energy=0.01 * k) for k in range(40)]
    own = [sway_clip(f"own{k}", energy=0.5 + 0.01 * k) for k in range(20)]
    energy = distances(music, [*slow, *own])["energy"][:, 40:]
    # Among all clips the calmest of these would be in the middle. The calmest phrase wants rank 0; the twenty have
    # 1/40, 3/40, ..: two are within `ALIKE`.
    assert np.flatnonzero(energy[0] == 0).tolist() == [0, 1]
    assert energy[-1].argmin() > 10


def test_the_rhythm_that_the_music_has_is_nearest_and_its_opposite_farthest() -> None:
    music = song()
    on, off = np.tile(np.array([1, 0.2], np.float32), 8), np.tile(np.array([0.2, 1], np.float32), 8)
    backbeat = np.tile(np.array([0.2, 0.2, 1, 0.2], np.float32), 4)
    clips = [replace(sway_clip(n), rhythm=r) for n, r in (("on", on), ("off", off), ("back", backbeat))]
    rhythm = distances(music, clips)["rhythm"]
    assert rhythm[:, 0] == pytest.approx(0, abs=1e-5)
    assert rhythm[:, 1] == pytest.approx(TermWeights().rhythm, abs=1e-5)
    assert ((rhythm[:, 0] < rhythm[:, 2]) & (rhythm[:, 2] < rhythm[:, 1])).all()


def test_another_metre_is_far() -> None:
    metre = distances(song(metre=3), [sway_clip("three", counts=6, metre=3), sway_clip("four")])["metre"]
    assert (metre[:, 0] == 0).all()
    assert (metre[:, 1] == TermWeights().metre).all()


def test_a_flat_rhythm_has_no_direction() -> None:
    clip = replace(sway_clip("flat"), rhythm=np.full(16, 0.5, np.float32))
    assert np.isfinite(distances(song(), [clip])["rhythm"]).all()


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
    monkeypatch.setattr(plugins, "load", lambda kind, name: Odd(what))
    with pytest.raises(PluginError, match="'odd'"):
        retrieve(song(), phrases(song()), [sway_clip("a"), sway_clip("b")], embedder="odd")
