"""Where in a song a dance fits: dances made of the music of a place are found there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from song_support import song_like

from choreo import Choosing, make_plan, perform, plugins
from choreo.datasets import read_take
from choreo.datasets.cut import cut_take
from choreo.moves import load_moves, move_clip
from choreo.music.phrasing import stretch
from choreo.retrieval import song_library, songs_for
from choreo.retrieval.dance_course import course_of
from choreo.retrieval.placement import FAR, place
from choreo.retrieval.song_facts import song_facts
from choreo.types import Clip, MusicAnalysis

CLIP = move_clip(load_moves()["two-step"])


def clip_of(counts: int, tempo: float, *, start: float | None = None, metre: int = 4, fps: float = 100.0) -> Clip:
    """A clip of `counts`, from second `start` of a recording on if that is given; its motion is never looked at."""
    beats = np.arange(counts + 1) * 60 / tempo
    frames = (0, 0) if start is None else (round(start * fps), round((start + beats[-1]) * fps) + 1)
    rhythm = np.zeros(2 * counts, np.float32)
    clip = replace(CLIP, beats=beats, rhythm=rhythm, tempo_range=(0.0, 0.0), metre=metre)
    return replace(clip, frames=frames, source="x.bvh", source_hash="" if start is None else "x")


def danced(music: MusicAnalysis, bar: int, bars: int, tempo: float) -> Iterator[Clip]:
    """Clips of a bar each, as strong and as accented as the music of some bars."""
    metre = music.metre
    for number in range(bar, bar + bars):
        part = stretch(music, number * metre, metre)
        yield replace(clip_of(metre, tempo, metre=metre), energy=part.energy, rhythm=part.rhythm)


def courses(count: int, bars: int = 24) -> list[MusicAnalysis]:
    rng = np.random.default_rng(5)
    return [song_like(f"{n}.wav", bpm=110, bars=bars, energy=rng.random(bars), seed=n) for n in range(count)]


@pytest.fixture
def songs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[MusicAnalysis]]:
    """A library of four songs of one tempo and metre, and what is heard in them."""
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    library, heard = tmp_path / "library", courses(4)
    library.mkdir()
    for each in heard:
        (library / each.path).write_text(each.path)
    monkeypatch.setattr(song_library, "analyze_cached", lambda path: heard[int(path.stem)])
    return library, heard


@pytest.mark.parametrize(("number", "bar"), [(0, 0), (1, 6), (2, 13), (3, 14)])
def test_a_dance_of_a_place_is_found_there(songs: tuple[Path, list[MusicAnalysis]], number: int, bar: int) -> None:
    library, heard = songs
    hits = songs_for(list(danced(heard[number], bar, 8, 110)), library, jobs=1)
    assert hits[0].name == heard[number].path
    assert hits[0].offset == pytest.approx(heard[number].beats[4 * bar])
    assert hits[0].tempo == pytest.approx(110)
    assert hits[0].warp == pytest.approx(1)
    assert sum(hits[0].terms.values()) == pytest.approx(hits[0].distance)
    assert f"bar {bar + 1}," in hits[0].reasons[0]
    assert hits[0].distance < hits[1].distance


def test_the_tempo_at_which_it_is_danced_is_told(songs: tuple[Path, list[MusicAnalysis]]) -> None:
    library, heard = songs
    hit = songs_for(list(danced(heard[1], 6, 8, 100)), library, jobs=1)[0]
    assert hit.offset == pytest.approx(heard[1].beats[24])
    assert hit.warp == pytest.approx(1.1)
    assert hit.terms["warp"] == pytest.approx(FAR * np.log2(1.1), abs=1e-5)
    assert hit.reasons[1] == "110 beats/min, 10% faster than it is danced (100)"


def test_music_that_ends_too_early_counts_against_it() -> None:
    music = courses(1, bars=6)[0]
    facts, course = song_facts(music), course_of(list(danced(courses(1)[0], 0, 12, 110)))
    placed = place(course, facts, {"any": np.zeros((6, 12), np.float32)})
    assert placed.bar == 0
    assert placed.covered == pytest.approx(0.5)
    assert placed.terms["coverage"] == pytest.approx(FAR / 2)
    assert placed.end == pytest.approx(facts.edges[-1])


def test_every_term_is_the_mean_over_what_is_under_the_clips() -> None:
    facts = song_facts(courses(1)[0])
    clips = [clip_of(4, 110), clip_of(8, 110), clip_of(4, 110)]
    term = np.random.default_rng(2).random((24, 3)).astype(np.float32)
    placed = place(course_of(clips), facts, {"any": term})
    k = placed.bar
    assert placed.terms["any"] == pytest.approx((4 * term[k, 0] + 8 * term[k + 1, 1] + 4 * term[k + 3, 2]) / 16)


def test_clips_of_a_recording_lie_where_they_were_cut() -> None:
    beat = 60 / 120
    parts = [(0, 8), (0, 4), (4, 8), (4, 4), (8, 4), (3, 6)]
    clips = [clip_of(counts, 120, start=1.5 + begin * beat) for begin, counts in parts]
    course = course_of(clips)
    assert course.begins.tolist() == [0, 0, 4, 4, 8]
    assert [clip.counts for clip in course.clips] == [8, 4, 8, 4, 4]
    assert course.counts == 12
    assert course.tempo == pytest.approx(120)
    gap = course_of([clips[1], clip_of(4, 120, start=1.5 + 16 * beat)])
    assert gap.begins.tolist() == [0, 16]
    assert gap.counts == 20
    assert np.isnan(gap.energies[4:16]).all()
    assert np.isfinite(gap.energies[[*range(4), *range(16, 20)]]).all()


def test_other_clips_follow_each_other() -> None:
    course = course_of([clip_of(8, 100), clip_of(4, 120), clip_of(8, 100)])
    assert course.begins.tolist() == [0, 8, 12]
    assert course.seconds == pytest.approx(16 * 0.6 + 4 * 0.5)


def test_songs_of_the_dances_metre_and_tempo_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    for bpm, metre in itertools.product((70, 98, 150), (3, 4)):
        (tmp_path / f"{bpm}-{metre}.wav").write_text("")
    monkeypatch.setattr(song_library, "analyze_cached", _named)
    assert songs_for([move_clip(load_moves()["two-step"])], tmp_path, jobs=1)[0].name == "98-4.wav"
    assert songs_for([move_clip(load_moves()["waltz-box"])], tmp_path, jobs=1)[0].name == "98-3.wav"


def _named(path: Path) -> MusicAnalysis:
    bpm, metre = map(int, path.stem.split("-"))
    return song_like(path.name, bpm=bpm, metre=metre)


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three songs, two of them of one dance and tempo."""
    library = tmp_path_factory.mktemp("real")
    for name in ("C_4", "C_5", "W_1"):
        (library / f"{name}.ogg").symlink_to(shared / "choreonet/music" / f"{name}.ogg")
    return library


@pytest.mark.parametrize("name", ["C_4", "W_1"])
def test_a_dance_made_for_a_song_finds_it(real: Path, tmp_path: Path, database: str, name: str) -> None:
    """To a phrase: the planner gives each phrase moves of its energy, and phrases have two bars."""
    analysis, plan, clips = make_plan(real / f"{name}.ogg", choosing=Choosing(db=database))
    plugins.load("exporters", "bvh").export(perform(plan, clips), tmp_path / "dance.bvh")
    take = read_take(tmp_path / "dance.bvh")
    first = int(np.flatnonzero(analysis.track.positions == 1)[0])
    known = replace(take, beats=analysis.beats[first:] - plan.start, metre=plan.metre)
    found: Sequence[Clip] = list(cut_take(known, "query"))
    hit = songs_for(found, real, jobs=1)[0]
    assert hit.name == f"{name}.ogg"
    assert hit.offset is not None
    bar = plan.metre * 60 / analysis.tempo
    later = (hit.offset - float(analysis.beats[first])) / bar
    if name == "W_1":
        assert abs(later) <= 2.1
    # The parts of C_4 are alike: its dance fits in more than one place, each whole bars later.
    assert abs(later - round(later)) <= 0.15
    assert hit.warp == pytest.approx(1, abs=0.01)
