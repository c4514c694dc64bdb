"""Words for dances: what a query means, and which clips and songs answer."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from starter_support import StarterClips
from test_music_audio import write_wav
from test_music_beats import band

from choreo.errors import InputError
from choreo.motion.quantities import QUANTITIES, quantities_of
from choreo.moves import load_moves, move_clip
from choreo.retrieval.clip_quantities import _file, clip_quantities
from choreo.retrieval.lexicon import FILLERS, lexicon, read_query, stem
from choreo.retrieval.search import by_words, dances_for
from choreo.retrieval.song_search import songs_by_words
from choreo.types import Clip

CLIPS = StarterClips()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))


def meant(text: str) -> list[set[str]]:
    return [{concept.name for concept in part.concepts} for part in read_query(text)]


def test_the_longest_known_words_are_read_first() -> None:
    assert meant("body wave") == [{"body wave"}]
    assert meant("hands in the air") == [{"arms high"}]
    assert meant("a Hip-Hop dance") == [{"hip hop"}]
    assert meant("something SAD, and slow!") == [{"sad"}, {"slow"}]
    assert meant("spinning spins") == [{"turn"}]


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Walzer", "waltz"), ("valse", "waltz"), ("vals", "waltz"), ("valzer", "waltz"), ("ワルツ", "waltz"),
        ("왈츠", "waltz"), ("华尔兹", "waltz"), ("悲しい踊り", "sad"), ("mélancolique", "sad"), ("melancolique", "sad"),
        ("fröhlich", "happy"), ("zapateo", "stomp"), ("跳跃", "jump"),
    ],
)  # fmt: skip
def test_languages(text: str, concept: str) -> None:
    assert concept in set().union(*meant(text))


def test_what_is_not_wanted() -> None:
    assert [(part.words, part.refused) for part in read_query("fast, not sad")] == [("fast", False), ("sad", True)]
    calm = {hit.name for hit in by_words("calm, without turns", CLIPS, top=20)}
    turning = {hit.name for hit in by_words("turn", CLIPS, top=40)}
    assert not calm & turning


def test_words_that_say_nothing_never_count() -> None:
    plain = by_words("sad", CLIPS)
    assert [hit.clip_id for hit in by_words("I want something very sad with the dance", CLIPS)] == [
        hit.clip_id for hit in plain
    ]
    assert read_query("the of and") == []
    spaced, _ = lexicon()
    assert not {key[0] for key in spaced if len(key) == 1} & FILLERS


def test_every_concept_is_found_by_its_own_name_and_has_answers() -> None:
    spaced, eastern = lexicon()
    concepts = {concept.name: concept for found in (*spaced.values(), *eastern.values()) for concept in found}
    styles = {style for clip in CLIPS for style in clip.styles}
    for concept in concepts.values():
        assert concept.empty or any(concept.name in names for names in meant(concept.name)), concept.name
        assert set(concept.styles) <= styles, concept.name
        assert set(concept.like) <= set(QUANTITIES), concept.name
        assert set(concept.like.values()) <= {"low", "middle", "high", "very-high"}, concept.name
        if not concept.empty:
            assert by_words(concept.name, CLIPS, top=1), concept.name


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("sad", "fall-off-the-log"), ("dramatic", "fall-off-the-log"), ("fall", "fall-off-the-log"),
        ("still", "disco-bus-stop"), ("happy", "happy-feet"), ("hands", "cha-cha-hand-to-hand"),  # idioms
        ("salsa", "breaking-salsa-rock"), ("swing", "dancehall-dip-and-swing"), ("bounce", "rock-pose"),
        ("rock music", "groove-rock-back"),  # styles that are words
        ("sad", "pony"), ("romantic", "rumba-aida"),  # a pull, and a reach, in the description
    ],
)  # fmt: skip
def test_false_friends_do_not_answer(word: str, name: str) -> None:
    found = {hit.name: hit.reasons for hit in by_words(word, CLIPS, top=len(CLIPS))}
    said = [reason for reason in found.get(name, ()) if re.search("in its (name|description)|^called", reason)]
    assert not said


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("sad", "lyric-fall"), ("fall", "contemporary-fall-catch"), ("still", "freeze-pose"), ("salsa", "salsa-basic"),
        ("swing", "swing-idle"), ("bounce", "groove-rock-back"), ("bounce", "rock-bounce"),
        ("fall off the log", "fall-off-the-log"), ("bus stop", "disco-bus-stop"), ("clap", "five-clap-turn"),
    ],
)  # fmt: skip
def test_names_that_mean_what_they_say_answer(word: str, name: str) -> None:
    found = {hit.name: hit.reasons for hit in by_words(word, CLIPS, top=len(CLIPS))}
    assert any(re.search("in its name|^called", reason) for reason in found[name])


def test_quantities_are_what_moves_are_known_for() -> None:
    rows = dict(zip([clip.name for clip in CLIPS], clip_quantities(CLIPS), strict=True))

    def rank(name: str, quantity: str) -> float:
        column = np.array([row[QUANTITIES.index(quantity)] for row in rows.values()])
        return float((column < rows[name][QUANTITIES.index(quantity)]).mean())

    assert rank("jazz-chaines", "turning") > 0.9
    assert rank("breaking-six-step", "low") > 0.9
    assert rank("jazz-battements", "kick") > 0.9
    assert rank("punk-pogo", "air") > 0.9
    assert rank("headbang", "head") > 0.9
    assert rank("hiphop-pose", "speed") < 0.1
    assert rank("five-clap-turn", "hands_near") > 0.9
    assert rank("robot", "sharp") > rank("waltz-sway", "sharp")


def test_quantities_do_not_depend_on_where_one_stands() -> None:
    from dataclasses import replace

    from choreo.motion import rotations as rot

    clip = CLIPS[0]
    motion, turn = clip.motion, rot.yaw(1.1)
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
    path = (rot.rotate(turn, motion.translation) + np.array([2, 0, -3], np.float32)).astype(np.float32)
    moved = replace(clip, motion=replace(motion, translation=path, rotations=rotations))
    assert quantities_of(moved) == pytest.approx(quantities_of(clip), rel=2e-3, abs=2e-3)


def test_a_move_and_its_variations_are_one_answer() -> None:
    from dataclasses import replace

    clip = move_clip(load_moves()["two-step"])
    varied = replace(clip, clip_id="other", name="two-step-small", labels=(*clip.labels, f"base:{clip.family}"))
    assert len(by_words("two-step", [clip, varied])) == 1


def test_reasons_name_what_answers() -> None:
    hit = by_words("headbang", CLIPS, top=1)[0]
    assert hit.reasons == ("called headbang",)
    assert any("in its name" in reason or "waltz" in reason for reason in by_words("valse", CLIPS, top=1)[0].reasons)
    assert "'xyzzy' not known" in by_words("xyzzy waltz", CLIPS, top=1)[0].reasons
    with pytest.raises(InputError, match="Known words that are near"):
        by_words("xyzzy", CLIPS)


def test_quantities_are_kept_and_damage_is_measured_anew() -> None:
    few = [move_clip(load_moves()[clip.name]) for clip in CLIPS[:3]]
    rows = clip_quantities(few)
    data = bytearray(_file().read_bytes())
    again = [move_clip(load_moves()[clip.name]) for clip in few]
    assert np.array_equal(clip_quantities(again), rows)
    data[-1] ^= 1
    _file().write_bytes(bytes(data))
    assert np.array_equal(clip_quantities([move_clip(load_moves()[clip.name]) for clip in few]), rows)


def test_words_and_a_song() -> None:
    from choreo.music import analyze, phrases

    analysis = analyze(band(110, 4, 20.0)[0])
    parts = phrases(analysis)
    by_id: dict[str, Clip] = {clip.clip_id: clip for clip in CLIPS}
    hits = [hit for row in dances_for(analysis, parts, CLIPS, top=5, words="hip-hop") for hit in row]
    assert hits
    street = {"hiphop", "breaking", "popping", "locking", "house", "funk", "waacking"}
    assert all(street & set(by_id[hit.clip_id].styles) for hit in hits)


def test_songs_by_words(tmp_path: Path) -> None:
    library = tmp_path / "songs"
    library.mkdir()
    for name, bpm in (("Slow_Rain.wav", 70), ("quick.wav", 170), ("middle.wav", 110)):
        write_wav(library / name, band(bpm, 4, 20.0)[0].samples, 22050)
    assert songs_by_words("fast", library, top=1)[0].name == "quick.wav"
    assert songs_by_words("slow", library, top=1)[0].name == "Slow_Rain.wav"
    assert songs_by_words("rain", library, top=1)[0].reasons == ("called rain",)
    with pytest.raises(InputError, match="no song answers"):
        songs_by_words("xyzzy", library)


def test_stems() -> None:
    assert {stem(word) for word in ("jump", "jumps", "jumping", "jumped", "Jumper")} == {"jump"}
    assert stem("sad") == "sad"
    assert stem("dance") == stem("dancing") == stem("dancer")
