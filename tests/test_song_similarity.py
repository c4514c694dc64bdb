"""Songs that are like a song: each term by songs that differ in nothing else, and the order of real ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from song_support import analysis_of, song_like

from choreo.retrieval import song_library, song_search, songs_like
from choreo.retrieval.song_facts import SongFacts, song_facts
from choreo.retrieval.song_similarity import EVEN, OCTAVE, SimilarityWeights, similarity_reasons, song_terms

SONG = song_facts(song_like("a", bpm=120, seed=1))
WEIGHTS = SimilarityWeights()


def terms_of(other: SongFacts) -> dict[str, float]:
    """Terms that are not zero."""
    return {name: float(each[0]) for name, each in song_terms(SONG, [other]).items() if abs(each[0]) > 1e-6}


def test_a_song_is_like_itself() -> None:
    assert terms_of(SONG) == {}


@pytest.mark.parametrize(
    ("tempo", "octaves"),
    [(120 * 2**0.5, 0.5), (60, OCTAVE), (240, OCTAVE), (120 * 2**0.9, 0.1 + OCTAVE), (480, 1.0), (126, np.log2(1.05))],
)
def test_tempos_are_compared_in_octaves(tempo: float, octaves: float) -> None:
    assert terms_of(replace(SONG, tempo=tempo)) == {"tempo": pytest.approx(WEIGHTS.tempo * octaves)}


@pytest.mark.parametrize(("metre", "subdivision", "apart"), [(3, 2, 1), (2, 2, EVEN), (4, 3, 1), (5, 2, 1)])
def test_metres(metre: int, subdivision: int, apart: float) -> None:
    assert terms_of(replace(SONG, metre=metre, subdivision=subdivision)) == {"metre": WEIGHTS.metre * apart}


def test_styles_are_compared_as_shares() -> None:
    assert terms_of(replace(SONG, styles={"house": 9.0, "any": 1.0})) == {}
    assert terms_of(replace(SONG, styles={"tango": 1.0})) == {"style": pytest.approx(WEIGHTS.style)}
    near = terms_of(replace(SONG, styles={"house": 0.7, "any": 0.3}))["style"]
    assert 0 < near < terms_of(replace(SONG, styles={"house": 0.3, "any": 0.7}))["style"] < WEIGHTS.style


def test_moods_count_where_both_have_some() -> None:
    assert terms_of(replace(SONG, moods={"sad": 1.0})) == {}
    moods = song_terms(replace(SONG, moods={"sad": 1.0}), [replace(SONG, moods={"happy": 1.0})])["mood"]
    assert moods == pytest.approx([WEIGHTS.mood])


def test_the_key_does_not_matter() -> None:
    harmony = SONG.harmony.copy()
    harmony[:12] = np.roll(harmony[:12], 5)
    assert terms_of(replace(SONG, harmony=harmony)) == {}
    harmony[:12] = harmony[:12][::-1] ** 3
    assert set(terms_of(replace(SONG, harmony=harmony))) == {"harmony"}


def test_rhythm_energy_and_timbre() -> None:
    assert terms_of(replace(SONG, rhythm=-SONG.rhythm)) == {"rhythm": pytest.approx(WEIGHTS.rhythm, rel=1e-5)}
    assert terms_of(replace(SONG, course=SONG.course * 0)) == {
        "energy": pytest.approx(WEIGHTS.energy * float(SONG.course.mean()), rel=1e-5)
    }
    assert set(terms_of(replace(SONG, timbre=SONG.timbre + 1))) == {"timbre"}


def test_reasons_have_the_values_of_both_and_the_best_first() -> None:
    other = replace(SONG, tempo=61.0, metre=3, styles={"tango": 0.8, "house": 0.2})
    terms = {name: float(each[0]) for name, each in song_terms(SONG, [other]).items()}
    said = similarity_reasons(SONG, other, terms)
    assert "61 beats/min, yours 120, about half the pace" in said
    assert "tango (80 %), yours house (90 %)" in said
    assert said[-1] == "in 3/4, yours in 4/4"
    assert "both growing stronger" in said[:2]


def test_the_song_itself_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    for module in (song_library, song_search):
        monkeypatch.setattr(module, "analyze_cached", lambda path: analysis_of(Path(path)))
    for bpm in (90, 121, 140):
        (tmp_path / f"{bpm}.wav").write_text(f"bpm={bpm} seed=1")
    (tmp_path / "copy.wav").write_text("bpm=90 seed=1")
    assert [hit.name for hit in songs_like(tmp_path / "90.wav", tmp_path, jobs=1)] == ["121.wav", "140.wav"]
    hit = songs_like(tmp_path / "140.wav", tmp_path, top=1, jobs=1)[0]
    assert (hit.name, hit.offset) == ("121.wav", None)
    assert hit.tempo == pytest.approx(121)
    assert sum(hit.terms.values()) == pytest.approx(hit.distance)


def test_real_songs_of_one_dance_are_like_each_other(shared: Path, tmp_path: Path) -> None:
    library = tmp_path / "songs"
    library.mkdir()
    names = ("C_4", "C_5", "C_9", "W_1", "W_10", "W_12")
    for name in names:
        (library / f"{name}.ogg").symlink_to(shared / "choreonet/music" / f"{name}.ogg")
    near = [songs_like(library / f"{name}.ogg", library, top=2) for name in names]
    right = Counter(hit.name[0] == name[0] for name, hits in zip(names, near, strict=True) for hit in hits)
    assert right[True] >= 10
