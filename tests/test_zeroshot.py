"""The zero-shot space: what is known of music and dance without training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dance_support import song, sway_clip
from scipy.integrate import quad

from choreo.db import MotionDB
from choreo.music import analyze_cached, phrases
from choreo.retrieval.search import dances_in
from choreo.types import Clip, MusicAnalysis
from choreo_zeroshot import TermWeights, ZeroShotEmbedder
from choreo_zeroshot.layout import DIMENSIONS, RHYTHM
from choreo_zeroshot.misfits import OTHER_PACE
from choreo_zeroshot.styles import STYLES, clip_styles, song_styles
from choreo_zeroshot.tempos import TEMPOS, tempo_likelihood


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


def test_a_clip_within_its_tempo_range_costs_nothing_half_an_octave_half_the_weight_and_another_pace_little() -> None:
    clips = [replace(sway_clip("a", bpm=100), tempo_range=(90.0, 120.0))]
    for bpm in (92.0, 118.0):
        assert float(distances(song(bpm=bpm), clips)["tempo"].max()) < 0.02
    clips = [replace(clips[0], tempo_range=(120.0, 120.0))]
    for bpm, share in ((120 / 2**0.5, 1 / 2), (120 * 2**0.5, 1 / 2), (60, 1 / 4), (240, 1 / 4)):
        tempo = float(distances(song(bpm=bpm), clips)["tempo"].mean())
        assert tempo == pytest.approx(share * TermWeights().tempo, rel=0.03)


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


def styled(name: str, *styles: str, counts: int = 8, bpm: float = 120.0) -> Clip:
    return replace(sway_clip(name, counts=counts, bpm=bpm), styles=styles)


def test_a_song_heard_as_a_dance_wants_that_dance_then_its_neighbours_then_unlabelled_then_others() -> None:
    clips = [styled("a", "tango"), styled("b", "rumba"), styled("c", "any"), styled("d", "breaking")]
    style = distances(replace(song(), styles={"tango": 0.98}), clips)["style"][0]
    assert style[0] < style[1] < style[2] < style[3]
    assert style[0] < 0.2 * TermWeights().style
    assert style[3] > 0.9 * TermWeights().style


def test_the_right_style_comes_before_all_that_length_or_energy_rhythm_and_articulation_can_say() -> None:
    music = replace(song(bpm=126), styles={"tango": 1.0})
    right, wrong = distances(music, [styled("a", "tango", bpm=126), styled("b", "rumba", bpm=126)])["style"][0]
    wrong, w = wrong - right, TermWeights()
    assert wrong > w.length
    assert wrong > w.energy + w.rhythm + w.articulation


def test_a_dance_by_itself_is_nearest_to_songs_of_its_style() -> None:
    clips = [styled("a", "tango")]
    far = [
        float(distances(replace(song(), styles=heard), clips)["style"][0, 0])
        for heard in ({"tango": 0.98}, {"tango": 0.2, "folk": 0.78}, {"folk": 0.98})
    ]
    assert far[0] < far[1] < far[2]


def test_a_dance_of_no_style_is_as_near_to_songs_of_any_style_and_of_none() -> None:
    clips = [styled("a", "any")]
    heards: list[dict[str, float]] = [{"tango": 0.98}, {"tango": 0.2, "folk": 0.3}, {}]
    far = [distances(replace(song(), styles=heard), clips)["style"].mean() for heard in heards]
    assert far == pytest.approx([0.75 * TermWeights().style] * 3, abs=1e-4)


@pytest.mark.parametrize(("name", "style"), [("T_2", "tango"), ("C_1", "cha-cha"), ("W_1", "waltz")])
def test_the_first_answers_to_a_song_are_of_its_dance(name: str, style: str, shared: Path, database: str) -> None:
    analysis = analyze_cached(shared / "songs" / f"{name}.mp3")
    hits = dances_in(MotionDB.open(database), analysis, phrases(analysis), top=3)
    assert all(style in phrase[0].styles for phrase in hits)
    assert np.mean([style in hit.styles for phrase in hits for hit in phrase]) > 0.9


def test_an_unsure_ear_parts_styles_less_than_a_sure_one() -> None:
    clips = [styled("a", "tango"), styled("b", "breaking")]
    sure, unsure, deaf = (
        float(np.ptp(distances(replace(song(), styles=heard), clips)["style"][0]))
        for heard in ({"tango": 0.98}, {"tango": 0.3, "rock": 0.3}, {})
    )
    assert sure > 2 * unsure > 2 * deaf > 0


def test_the_tempo_decides_between_dances_that_sound_alike() -> None:
    clips = [styled("a", "cha-cha"), styled("b", "samba")]
    for bpm, nearest in ((120, 0), (100, 1), (200, 1)):
        music = replace(song(bpm=bpm), styles={"cha-cha": 0.4, "samba": 0.4})
        assert distances(music, clips)["style"][0].argmin() == nearest


def test_styles_of_a_song_are_probabilities_and_none_is_ruled_out() -> None:
    for heard in ({}, {"tango": 1.0}, {"a style of one's own": 1.0}, {"waltz": 0.2}):
        found = song_styles(replace(song(), styles=heard))
        assert found.shape == (len(STYLES),)
        assert float(found.sum()) == pytest.approx(1, abs=1e-5)
        assert (found > 0).all()


def test_a_clip_of_several_styles_is_of_each_and_groove_is_a_little_of_all() -> None:
    both, tango, groove = clip_styles([styled("a", "tango", "waltz"), styled("b", "tango"), styled("c", "groove")])
    assert both[STYLES.index("waltz")] == both[STYLES.index("tango")] == 1
    assert tango[STYLES.index("waltz")] < 1
    assert (groove == 0.25).all()
    assert clip_styles([]).shape == (0, len(STYLES))


@pytest.mark.parametrize("style", sorted(TEMPOS))
def test_likelihoods_of_tempos_are_a_density_on_the_circle_of_octaves(style: str) -> None:
    total = quad(lambda octave: tempo_likelihood(style, float(2**octave)), 6, 7, limit=200)[0]
    assert total == pytest.approx(1, abs=1e-3)
    low, high = TEMPOS[style][0]
    middle = float(np.sqrt(low * high))
    assert tempo_likelihood(style, middle) > 1 or high / low > 1.5
    assert tempo_likelihood(style, middle) == pytest.approx(tempo_likelihood(style, 2 * middle))


def test_of_a_tempo_nothing_is_known_without_a_range_or_a_tempo() -> None:
    assert tempo_likelihood("folk", 126) == tempo_likelihood("tango", 0) == 1


def test_a_clip_that_lasts_as_long_is_nearest_by_counts_and_by_seconds() -> None:
    clips = [sway_clip("same"), sway_clip("half", counts=4), sway_clip("six", counts=6), sway_clip("slow", bpm=108)]
    length = distances(song(bpm=120), clips)["length"][0]
    assert length[0] == pytest.approx(0, abs=0.1)
    assert length[0] < length[3] < length[2] < length[1] < TermWeights().length
    # 120 beats a minute are 0.15 octaves from 108, which costs half the weight but for exp(-0.152 / 0.1)
    assert float(length[3]) == pytest.approx(TermWeights().length / 2 * (1 - (108 / 120) ** (10 / np.log(2))), abs=0.1)


def test_counts_are_those_at_the_pace_at_which_a_clip_is_danced() -> None:
    clips = [sway_clip("half the pace", counts=4, bpm=60), sway_clip("half the length", counts=4, bpm=120)]
    found = distances(song(bpm=120), clips)
    assert found["length"][0, 0] == pytest.approx(0, abs=1e-5)
    assert found["tempo"][0, 0] == TermWeights().tempo * OTHER_PACE
    assert found["length"][0, 1] > 0.9 * TermWeights().length
    double = distances(song(bpm=60), [sway_clip("double the pace", counts=16, bpm=120)])
    assert double["length"][0, 0] == pytest.approx(0, abs=1e-5)


def test_an_authored_clip_lasts_as_long_as_its_tempo_range_lets_it() -> None:
    recorded = sway_clip("a", bpm=100)
    authored = replace(recorded, tempo_range=(90.0, 130.0))
    length = distances(song(bpm=120), [recorded, authored])["length"][0]
    assert length[1] == pytest.approx(0, abs=1e-5)
    assert length[0] > 1


def test_music_without_phrases_has_no_rows() -> None:
    plugin = ZeroShotEmbedder()
    found = plugin.compare(plugin.embed_music(song(), ()), plugin.embed_motion([sway_clip("a")]))
    assert {term.shape for term in found.values()} == {(0, 1)}
