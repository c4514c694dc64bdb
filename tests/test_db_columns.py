"""Columns in arrays say what rows say one by one, and a snapshot of many clips is checked, mapped and kept up."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dance_support import song
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_db_store import make_clip

from choreo.db import MotionDB, ensure_starter, refresh, snapshot
from choreo.db.collected import Collected, joined
from choreo.db.columns import Rows, columns_of_lists, taken
from choreo.db.rows import FACTS
from choreo.errors import DatabaseError
from choreo.music import phrases
from choreo.planning.clip_pool import ClipPool
from choreo.planning.metres import ENOUGH, fits_metre
from choreo.planning.shortlist import COLUMNS, shortlist
from choreo.planning.style_tables import SAYS_NOTHING
from choreo.planning.tempo import tempo_limits

PARTS = phrases(song(64.0, form="ABAB"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ROW = st.fixed_dictionaries({
    "name": TEXT, "dataset": st.sampled_from(["a", "b", ""]), "move": st.sampled_from(["sway", ""]),
    "labels": st.lists(TEXT, max_size=3), "metre": st.integers(1, 300), "first_frame": st.integers(-5, 2**40),
    "energy": st.floats(0, 1), "mirrorable": st.booleans(), "beats": st.lists(st.floats(-9, 9), max_size=4),
    "rhythm": st.lists(st.floats(0, 1, width=32), max_size=3), "ends": st.binary(max_size=9),
})  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows with ids of their own, in any order."""
    ids = draw(st.lists(TEXT, unique=True, max_size=20))
    return [{"clip_id": each, **draw(ROW)} for each in ids]


def collected(rows: list[dict[str, Any]], at_once: int = 3) -> Any:
    found = Collected(("clip_id", *ROW_NAMES))
    for first in range(0, len(rows), at_once):
        some = rows[first : first + at_once]
        found.add({name: [row[name] for row in some] for name in ("clip_id", *ROW_NAMES)})
    return found.columns()


ROW_NAMES = ("name", "dataset", "move", "labels", "metre", "first_frame", "energy", "mirrorable", "beats", "rhythm",
             "ends")  # fmt: skip


@given(tables(), st.data())
@settings(max_examples=60, deadline=None, phases=[Phase.generate])
def test_columns_give_the_rows_back(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    wanted = sorted(rows, key=lambda row: row["clip_id"])
    held = collected(rows)
    assert list(Rows(held)) == wanted
    assert [Rows(held)[k] for k in range(len(rows))] == wanted
    chosen = np.array(data.draw(st.lists(st.integers(0, max(len(rows) - 1, 0)), max_size=8 * bool(rows))), np.int64)
    assert list(Rows({name: taken(column, chosen) for name, column in held.items()})) == [wanted[k] for k in chosen]
    part = data.draw(st.integers(0, len(rows)))
    assert list(Rows(joined(collected(rows[:part]), collected(rows[part:])))) == wanted
    names = data.draw(st.lists(st.sampled_from([row["name"] for row in rows] or [""]) | TEXT, max_size=3))
    assert held["name"].where(names).tolist() == [row["name"] in names for row in wanted]
    assert held["labels"].where(set(names).intersection).tolist() == [
        bool(set(names) & set(row["labels"])) for row in wanted
    ]
    assert held["move"].counts() == {
        name: count for name in ("sway", "") if (count := sum(row["move"] == name for row in rows))
    }
    for clip in [row["clip_id"] for row in rows] + names:
        assert held["clip_id"].has(clip) == any(row["clip_id"] == clip for row in rows)


def plain_shortlist(rows: Any, allowed: Any, metre: int, style: str | None, seed: int, most: int) -> list[str]:
    """What `shortlist` chooses, one row after the other."""
    from choreo.planning.shortlist import _spread

    count = len(rows["clip_id"])
    whole = [bool(allowed[k]) and rows["counts"][k] % metre == 0 for k in range(count)]
    mine = [whole[k] and (rows["metre"][k] == metre or (metre == 2 and rows["metre"][k] == 4)) for k in range(count)]
    if sum(mine[k] and rows["role"][k] == "move" for k in range(count)) < ENOUGH:
        mine = [mine[k] or (whole[k] and bool(rows["source_hash"][k])) for k in range(count)]
    danced = [rows["role"][k] in ("move", "idle") for k in range(count)]
    keep = [k for k in range(count) if mine[k] and not danced[k]][: most // 8]
    moves = [k for k in range(count) if mine[k] and danced[k]]
    if len(moves) > most - len(keep):
        wanted = np.log2(np.median([phrase.tempo for phrase in PARTS]))
        misfit, keys = [], []
        for k in moves:
            own = np.array([rows["tempo"][k]])
            low, high = tempo_limits(np.array([rows["tempo_low"][k]]), np.array([rows["tempo_high"][k]]), own)
            octaves = max(np.log2(low[0]) - wanted, wanted - np.log2(high[0]), 0)
            styles = rows["styles"][k]
            other = 0.0 if style is None or style in styles else 0.5 if SAYS_NOTHING.issuperset(styles) else 1.0
            misfit.append(8 * octaves + other)
            recording = rows["source_hash"][k]
            keys.append((recording, rows["first_frame"][k] // 1200) if recording else ("", -k))
        numbers = {key: n for n, key in enumerate(dict.fromkeys(keys))}
        luck = np.array(misfit) + 1e-3 * np.random.default_rng(seed).random(len(moves))
        energy, run = np.array([rows["energy"][k] for k in moves]), np.array([numbers[key] for key in keys])
        moves = [moves[k] for k in _spread(luck, energy, run, PARTS, most - len(keep)).tolist()]
    return [rows["clip_id"][k] for k in sorted([*keep, *moves])]


@given(st.integers(0, 2**32), st.integers(1, 400), st.sampled_from([2, 3, 4]), st.sampled_from([None, "pop", "waltz"]))
@settings(max_examples=25, deadline=None, phases=[Phase.generate])
def test_the_shortlist_is_that_of_rows_one_by_one(seed: int, count: int, metre: int, style: str | None) -> None:
    rng = np.random.default_rng(seed)
    ranged = rng.random(count) < 0.5
    styles = [["pop"], ["waltz", "pop"], ["unknown"], [], ["tango"]]
    rows = {
        "clip_id": [f"{k:04d}" for k in range(count)],
        "dataset": ["a"] * count,
        "licence": ["CC0-1.0"] * count,
        "role": rng.choice(["move", "move", "move", "idle", "ending", "entrance"], count).tolist(),
        "metre": rng.choice([2, 3, 4], count).tolist(),
        "counts": rng.choice([4, 6, 8, 12], count).tolist(),
        "tempo": rng.uniform(60, 200, count).tolist(),
        "tempo_low": (90.0 * ranged).tolist(),
        "tempo_high": (140.0 * ranged).tolist(),
        "energy": rng.random(count).tolist(),
        "styles": [styles[k] for k in rng.integers(0, len(styles), count)],
        "source_hash": [("", "x", "y", "z")[k] for k in rng.integers(0, 4, count)],
        "first_frame": rng.integers(0, 9000, count).tolist(),
    }
    assert set(rows) == set(COLUMNS)
    allowed = rng.random(count) < 0.9
    held = columns_of_lists(rows)
    most = int(rng.integers(8, 200))
    assert shortlist(held, allowed, PARTS, metre, style, seed, most) == plain_shortlist(
        rows, allowed, metre, style, seed, most
    )
    assert fits_metre(held, metre).dtype == bool


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database that passes for a large one: its snapshot is mapped and has facts only."""
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("choreo.db.starter.signature", lambda: "")
    monkeypatch.setattr(refresh, "ROWS", 2)
    monkeypatch.setattr(snapshot, "IN_MEMORY", 0)
    db = MotionDB.open(tmp_path / "db", create=True)
    db.add([make_clip(f"clip{k}", k, styles=("pop", "waltz")[k % 2 :]) for k in range(12)])
    ensure_starter(tmp_path / "db")
    return tmp_path / "db"


def facts(db: MotionDB) -> list[Any]:
    return [{name: column.tolist() for name, column in db.columns(FACTS).items()}, db.called(["clip3"]), db.stats()]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of facts that are read from Lance, a number for each batch."""
    read: list[int] = []
    whole = MotionDB._batches

    def batches(self: MotionDB, *given: Any) -> Iterator[Any]:
        for batch in whole(self, *given):
            read.append(len(batch["clip_id"]))
            yield batch

    monkeypatch.setattr(MotionDB, "_batches", batches)
    return read


def test_clips_that_are_added_or_removed_are_all_that_is_read_again(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = counted(monkeypatch)
    assert len(ensure_starter(large)) == 12
    assert not read
    db = MotionDB.open(large)
    db.add([make_clip("new", 99)])
    db._table().delete("name = 'clip4'")
    with db.writing():
        pass
    wanted = facts(MotionDB.open(large))
    read.clear()
    found = ensure_starter(large)
    assert read == [1]
    assert facts(found) == wanted
    assert facts(ensure_starter(large)) == wanted
    assert read == [1]
    assert "new" in wanted[0]["name"]
    assert "clip4" not in wanted[0]["name"]


def test_a_fact_that_is_damaged_is_told_where_it_is_new_and_as_it_was_where_it_is_known(large: Path) -> None:
    db = MotionDB.open(large)
    wanted = facts(db)
    db._table().update(where="name = 'clip3'", values={"licence": "CC-BY-4.0"})  # without a digest of its own
    with db.writing():
        pass
    assert facts(ensure_starter(large)) == wanted
    db._table().update(where="name = 'clip3'", values={"facts_digest": bytes(16)})
    with db.writing():
        pass
    with pytest.raises(DatabaseError, match=r"clip3.* is damaged: its facts are not what was stored"):
        ClipPool.open(str(large), (), "any")


def test_a_snapshot_that_is_damaged_where_it_is_read_later_is_made_anew(large: Path, tmp_path: Path) -> None:
    wanted = facts(MotionDB.open(large))
    (file,) = (tmp_path / "cache").rglob("*.columns")
    data = file.read_bytes()
    for place in range(len(data) // 3, len(data), len(data) // 9):
        file.write_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])
        assert facts(ensure_starter(large)) == wanted, place
        assert facts(ensure_starter(large)) == wanted, place


def test_statistics_of_a_database_that_cannot_be_written_write_nothing(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = MotionDB.open(large).stats()
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "none"))
    before = sorted(path for path in large.rglob("*"))
    for path in (large, *before):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert MotionDB.open(large).stats() == wanted
        assert sorted(path for path in large.rglob("*")) == before
        assert not (tmp_path / "none").exists()
    finally:
        for path in (large, *before):
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.slow
def test_a_hundred_thousand_clips_are_held_in_few_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "benchmarks"))
    import tracemalloc

    fill = __import__("many_clips").fill
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("choreo.db.starter.signature", lambda: "")
    count = 100_000
    fill(tmp_path / "db", count)
    ensure_starter(tmp_path / "db")
    tracemalloc.start()
    pool = ClipPool.open(str(tmp_path / "db"), (), "any")
    objects, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(pool.allowed) == count
    arrays = [each for column in pool.rows.values() for each in snapshot._arrays(column)]
    text = snapshot._arrays(pool.rows["clip_id"])
    held = sum(each.nbytes for each in arrays if not any(each is other for other in text))
    assert held + objects <= 100 * count
    assert sys.getsizeof(pool.rows) < 10_000
