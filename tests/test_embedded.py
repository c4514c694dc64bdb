"""Vectors of a database's clips, kept up to date with them, and what is found by them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dance_support import song, sway_clip, two_kinds

from choreo.cli.app import run
from choreo.db import MotionDB
from choreo.db.stored import StoredClip, motions_in_turn
from choreo.engines import open_engine
from choreo.errors import DatabaseError, InputError
from choreo.music import phrases
from choreo.retrieval import embedded, models, vector_table
from choreo.retrieval.embedded import kept_in_database, update_vectors, vectors_as_they_are
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.search import ClipFilter, dances_for, dances_in
from choreo.retrieval.vector_table import VectorTable
from choreo.types import Clip, Floats
from choreo_cca import Cca


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return two_kinds()


@pytest.fixture
def trained(pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cca:
    monkeypatch.setenv(models.VARIABLE, str(tmp_path / "models"))
    models.train("cca", pairs, folds=0)
    plugin = models.load_embedder("cca")
    assert isinstance(plugin, Cca)
    return plugin


@pytest.fixture
def db(pairs: Pairs, tmp_path: Path) -> MotionDB:
    made = MotionDB.open(tmp_path / "db", create=True)
    others = [sway_clip("long", bpm=130, counts=8), sway_clip("short", bpm=130, counts=2, styles=("waltz",))]
    made.add([*pairs.clips, *others])
    return made


class Counted(Cca):
    """Counts the clips that it embeds."""

    asked: list[int]

    def embed_motion(self, clips: Sequence[Clip]) -> Floats:
        self.asked.append(len(clips))
        return super().embed_motion(clips)


def counted(embedder: Cca) -> Counted:
    made = Counted(lengths=embedder.lengths, **embedder.settings)
    made.arrays, made.asked = embedder.arrays, []
    return made


def vectors_in(table: VectorTable) -> dict[str, list[float]]:
    rows = table.db.read_table(table.entry.name)
    return {row["clip_id"]: row["vector"] for row in rows}


def test_each_clip_is_embedded_once(db: MotionDB, trained: Cca, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "BATCH", 7)
    embedder, seen = counted(trained), list[tuple[int, int]]()
    table = update_vectors(db, embedder, progress=lambda done, total: seen.append((done, total)))
    rows = len(db)
    assert sum(embedder.asked) == len(table) == rows
    assert max(embedder.asked) == 7
    assert seen[-1] == (rows, rows)
    clips = db.get(db.columns(["clip_id"])["clip_id"])
    held = vectors_in(table)
    assert list(clips) == sorted(held)
    together = trained.embed_motion(list(clips.values()))
    dims = together.shape[1]
    np.testing.assert_allclose([held[key][:dims] for key in clips], together, atol=1e-5)
    embedder.asked.clear()
    assert update_vectors(db, embedder).entry == table.entry
    db.add([sway_clip("new", bpm=100)])
    assert len(update_vectors(db, embedder)) == rows + 1
    assert embedder.asked == [1]


def test_vectors_follow_what_happens_to_the_clips(db: MotionDB, trained: Cca) -> None:
    before = db.version()
    table, rows = update_vectors(db, trained), len(db)
    removed = sway_clip("long", bpm=130, counts=8)
    kept = [key for key in db.columns(["clip_id"])["clip_id"] if key != removed.clip_id]
    db.remove(dataset="test", keep=kept)
    assert set(vectors_in(update_vectors(db, trained))) == set(kept)
    db.add([replace(removed, licence="CC-BY-NC-4.0")])  # the same id, other facts
    assert len(update_vectors(db, trained)) == rows
    assert "CC-BY-NC-4.0" in table.values("licence")
    db.restore(before)
    assert len(update_vectors(db, trained)) == rows
    assert "CC-BY-NC-4.0" not in table.values("licence")


def test_what_was_embedded_before_an_interruption_is_kept(
    db: MotionDB, trained: Cca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "BATCH", 5)
    embedder = counted(trained)

    def stop(done: int, total: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update_vectors(db, embedder, progress=stop)
    with pytest.raises(DatabaseError, match="has no vectors of cca"):
        vectors_as_they_are(db, embedder, print)
    embedder.asked.clear()
    update_vectors(db, embedder)
    assert sum(embedder.asked) == len(db) - 10


class Elsewhere:
    """Workers that see no file of this machine."""

    remote = True

    def slots(self) -> int:
        return 1

    def each(self, work: Any, items: Any, *, shared: Any = None, longest: float = 0) -> Iterator[tuple[Any, Any]]:
        _, embedder = shared
        for item in items:
            yield item, work(item, ("/nowhere", embedder))


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    yield Elsewhere()


@pytest.mark.parametrize("where", ["processes", "elsewhere"])
def test_an_engine_gives_the_same_vectors(where: str, db: MotionDB, trained: Cca, tmp_path: Path) -> None:
    other = MotionDB.open(tmp_path / "other", create=True)
    other.add(db.get(db.columns(["clip_id"])["clip_id"]).values())
    with open_engine("local", 2) if where == "processes" else elsewhere() as workers:
        got = update_vectors(other, trained, workers=workers)
    assert vectors_in(got) == vectors_in(update_vectors(db, trained))


def test_where_vectors_are_kept(db: MotionDB, trained: Cca, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not kept_in_database(db, trained)
    monkeypatch.setattr(embedded, "EXACT_BELOW", 20)
    assert not kept_in_database(db, trained)
    monkeypatch.setattr(embedded, "HELD", 100)
    assert kept_in_database(db, trained)
    monkeypatch.undo()
    update_vectors(db, trained)
    assert kept_in_database(db, trained)


@pytest.mark.parametrize("index", [False, True])
def test_a_song_gets_from_the_database_what_it_gets_from_its_clips(
    index: bool, db: MotionDB, trained: Cca, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis = song(32.0, bpm=136, energy=0.7)
    parts, said = phrases(analysis), list[str]()
    if index:
        monkeypatch.setattr(vector_table, "EXACT_BELOW", 300)
        db.add([sway_clip(f"many-{n}", bpm=90 + n % 60, size=0.2 + n / 2000, counts=4) for n in range(400)])
        assert update_vectors(db, trained).entry.trained == len(db)
        monkeypatch.setattr(vector_table, "EXACT_BELOW", 100)
    for wanted in (ClipFilter(), ClipFilter(style="pop", dataset="test", metre=4), ClipFilter(style="waltz")):
        monkeypatch.setattr(embedded, "HELD", -1)
        monkeypatch.setattr(embedded, "EXACT_BELOW", 0)
        near = dances_in(db, analysis, parts, top=3, embedder="cca", wanted=wanted, tell=said.append)
        clips = dances_for(analysis, parts, wanted.clips(db), top=3, embedder="cca")
        assert near
        for a, b in zip(near, clips, strict=True):
            assert [hit.distance for hit in a] == pytest.approx([hit.distance for hit in b], abs=1e-4)
            assert all(hit.terms for hit in a)
    assert len(said) == 3
    assert ("IVF-PQ" if index else "all are compared") in said[0]


def test_nothing_forbidden_is_shown_though_the_vectors_say_so(db: MotionDB, trained: Cca) -> None:
    table = update_vectors(db, trained)
    db._lance.open_table(table.entry.name).update(values={"licence": "CC0-1.0"})
    db.remove(dataset="test")
    db.add([sway_clip("mine", bpm=130)])
    db.add([replace(sway_clip("theirs", bpm=130), licence="CC-BY-NC-4.0")])
    update_vectors(db, trained)
    db._lance.open_table(table.entry.name).update(values={"licence": "CC0-1.0"})
    analysis = song(32.0, bpm=130)
    found = dances_in(db, analysis, phrases(analysis), embedder="cca", wanted=ClipFilter(licence="free"))
    assert {hit.name for hits in found for hit in hits} == {"mine"}
    with pytest.raises(InputError, match="no clip is like that"):
        dances_in(db, analysis, phrases(analysis), embedder="cca", wanted=ClipFilter(style="tango"))


def test_a_database_that_cannot_be_written_is_searched_as_it_is(
    db: MotionDB, trained: Cca, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis = song(32.0, bpm=136)
    said: list[str] = []
    monkeypatch.setattr(embedded, "HELD", -1)
    monkeypatch.setattr(embedded, "EXACT_BELOW", 0)
    monkeypatch.setattr(MotionDB, "unwritable", lambda self: True)
    with pytest.raises(DatabaseError, match=r"Run 'choreo db embed cca' where it can be written"):
        dances_in(db, analysis, phrases(analysis), embedder="cca", warn=said.append)
    update_vectors(db, trained)
    first = dances_in(db, analysis, phrases(analysis), embedder="cca", warn=said.append)
    assert not said
    db.add([sway_clip("new", bpm=136)])
    assert dances_in(db, analysis, phrases(analysis), embedder="cca", warn=said.append) == first
    assert len(said) == 1
    assert "clips that changed" in said[0]


def test_motions_are_let_go(db: MotionDB) -> None:
    clips = db.clips()
    mine = sway_clip("mine")
    most = 0
    for batch in motions_in_turn([*clips, mine], 4):
        most = max(most, sum(isinstance(clip, StoredClip) and "motion" in vars(clip) for clip in clips))
        assert all(len(clip.motion) for clip in batch)
    assert most == 4
    assert not any("motion" in vars(clip) for clip in clips)
    assert "motion" in vars(mine)


def test_the_commands(
    db: MotionDB, trained: Cca, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_music_audio import write_wav
    from test_music_beats import band

    place = db.location
    assert run(["db", "embed", "cca", "--db", place, "--jobs", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["vectors"] == len(MotionDB.open(place))
    assert (told["index"], told["recall"]) == (None, 1.0)
    assert run(["db", "embed", "zeroshot", "--db", place]) == 2
    assert "nothing to keep" in capsys.readouterr().err
    write_wav(tmp_path / "song.wav", band(120, 4, 20.0)[0].samples, 22050)
    assert run(["search", str(tmp_path / "song.wav"), "--db", place, "--embedder", "cca", "--style", "pop"]) == 0
    shown = capsys.readouterr()
    assert f"Searching {told['vectors']:,} vectors of cca in the database: all are compared." in shown.err
    assert "sway" in shown.out or "0:00" in shown.out
