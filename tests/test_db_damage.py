"""Damage to the files of a database: either the same clips come out of it, or an error that says what to do."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_support import write_bvh
from motion_support import dance
from test_db_store import make_clip

from choreo.cli.app import run
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB, clip_id
from choreo.db.digests import digests_of
from choreo.errors import DatabaseError
from choreo.types import Clip, Motion


def short_clip(name: str, seed: int, dataset: str = "test") -> Clip:
    """A clip of a quarter of a second, so that few bytes are motion."""
    clip = make_clip(name, seed)
    motion = Motion(
        clip.motion.skeleton, 16.0, clip.motion.translation[:5], clip.motion.rotations[:5], np.ones((5, 4), bool)
    )
    beats = clip.beats / 4
    return replace(
        clip, motion=motion, beats=beats, dataset=dataset, clip_id=clip_id(dataset, name, motion, beats), flags=("cut",)
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of two data files, a list of deleted rows, and a ledger."""
    folder = tmp_path_factory.mktemp("sound") / "db"
    db = MotionDB.open(folder, create=True)
    db.add([short_clip("one", 1), short_clip("two", 2, "other"), short_clip("three", 3)])
    db.add([short_clip("four", 4)])
    db.remove(dataset="other")
    db.upsert("ledger", "key", [])
    return folder


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "db")
    return tmp_path / "db"


def everything(folder: Path) -> list[Any]:
    """All that is read of a database by whoever plans, performs, searches and exports."""
    db = MotionDB.open(folder)
    columns = db.columns(["clip_id", "licence", "labels", "tempo"])
    out: list[Any] = [{name: each.tolist() for name, each in columns.items()}, list(db.rows())]
    out.append(db.called(["sway", "turn"]))
    for clip in [*db.clips(), *db.clips(style="pop"), *db.get(list(db.columns(["clip_id"])["clip_id"])).values()]:
        motion = clip.motion
        assert motion.contacts is not None
        out.append((clip.clip_id, clip.beats.tobytes(), clip.rhythm.tobytes(), clip.licence, clip.styles, clip.flags))
        out.append((motion.translation.tobytes(), motion.rotations.tobytes(), motion.contacts.tobytes(), motion.fps))
    return out


def flips(folder: Path) -> Iterator[tuple[Path, int]]:
    """A file and a bit in it, at many places in every file; at the same ones in each run."""
    rng = random.Random(3)
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size):
        bits = 8 * path.stat().st_size
        name = path.relative_to(folder).as_posix()
        tries = 24 if name.startswith("clips.lance/data") else 8 if "_deletions" in name or name.count("/") == 0 else 2
        # names are random: positions may not depend on them
        for number in range(tries):
            yield path, min(bits - 1, int((number + rng.random()) * bits / tries))


def test_a_flipped_bit_gives_the_same_clips_or_an_error(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = everything(damaged)
    refused: list[str] = []
    for path, bit in flips(damaged):
        whole = path.read_bytes()
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        try:
            assert everything(damaged) == wanted, f"{path} bit {bit}"
        except DatabaseError as error:
            refused.append(error.message)
            if len(refused) % 8 == 0:
                assert run(["db", "verify", "--db", str(damaged)]) == 1
                assert f"choreo db repair --db {damaged}" in capsys.readouterr().out
        path.write_bytes(whole)
    assert len(refused) > 24
    for message in refused:
        assert message.startswith(f"{damaged}: ")
        assert "damaged" in message or "could not be read" in message
        assert f"choreo db verify --db {damaged}" in message
    assert everything(damaged) == wanted


def test_the_digest_covers_every_column_and_is_pinned() -> None:
    from choreo.db.rows import GROUPS, digest_column
    from choreo.db.schema import SCHEMA, to_table

    covered = {name for names in GROUPS.values() for name in names}
    assert covered | {digest_column(group) for group in GROUPS} == set(SCHEMA.names)
    row: dict[str, list[Any]] = {"a": ["é"], "b": [1.5], "c": [[1, 2]], "d": [None], "e": [b"\0"], "f": [True]}
    assert digests_of(row, list(row))[0].hex() == "29ad6bac54131701fa4c21c20e375aaa"
    first, again = to_table([short_clip("one", 1)]), to_table([short_clip("one", 1)])
    assert first.equals(again)


KINDS = {
    "data": "clips.lance/data/*",
    "manifest": "clips.lance/_versions/*.manifest",
    "deletions": "clips.lance/_deletions/*",
    "ledger": "ledger.lance/_versions/*.manifest",
    "ledger data": "ledger.lance/data/*",
    "seal": "choreo.json",
}


def lose(path: Path, how: str) -> None:
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if how == "cut off" else b"")


@pytest.fixture(scope="module")
def dances(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my dances")
    for number in range(2):
        (folder / str(number)).mkdir()
        write_bvh(dance(4.0, bpm=120 + 8 * number), folder / str(number))
    return folder


@pytest.fixture(scope="module")
def added(dances: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a folder of two dances and another dataset, of which one clip was removed."""
    location = tmp_path_factory.mktemp("added") / "db"
    db = MotionDB.open(location, create=True)
    db.add([short_clip("one", 1), short_clip("two", 2, "mine")])
    add_dataset(db, "bvh", dances / "0", jobs=1, name="mine", licence="CC0-1.0")
    add_dataset(db, "bvh", dances, jobs=1, name="mine", licence="CC0-1.0")
    table = db._table()
    table.delete("name = 'two'")
    with db.writing():
        pass
    return location


@pytest.mark.parametrize("how", ["cut off", "empty", "gone"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_lost_is_named_repaired_and_added_again(
    kind: str,
    how: str,
    added: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("choreo.db.starter.signature", lambda: "")  # they would take seconds
    location = tmp_path / "a db"
    shutil.copytree(added, location)
    wanted = {clip.clip_id for clip in MotionDB.open(location).clips(dataset="mine")}
    for path in sorted(location.glob(KINDS[kind]))[: 1 if kind == "manifest" else None]:  # the newest
        lose(path, how)
    code = run(["db", "verify", "--db", str(location), "--json"])
    said = json.loads(capsys.readouterr().out)
    harmless = how == "gone" and kind in ("seal", "ledger")  # as if they had never been
    assert code == (0 if harmless else 1)
    if not harmless:
        assert any(command.startswith(f"choreo db repair --db '{location}'") for command in said["commands"])
    if kind == "data":
        assert {(each["dataset"], each["file"]) for each in said["lost"]} == {
            ("mine", "1/dance.bvh"), ("mine", "dance.bvh")
        }  # fmt: skip
    assert run(["db", "repair", "--db", str(location)]) == 0
    told = capsys.readouterr().out
    again = [line.strip() for line in told.splitlines() if line.strip().startswith("choreo db add bvh")]
    assert bool(again) == (kind == "data")  # the version before the newest has all clips
    assert run(["db", "verify", "--db", str(location)]) == 0
    for command in again:
        assert command.endswith(f"--as mine --licence CC0-1.0 --db '{location}'")
        assert run([*shlex.split(command)[1:], "--jobs", "1"]) == 0
    assert wanted <= {clip.clip_id for clip in MotionDB.open(location).clips()}
    assert run(["db", "verify", "--db", str(location)]) == 0
    capsys.readouterr()


def test_what_threads_of_lance_print_is_kept_from_the_user(capfd: pytest.CaptureFixture[str]) -> None:
    from choreo.cli.damage import silence

    with silence():
        os.write(2, b"thread 'tokio' panicked")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_verify_names_clip_dataset_and_file(damaged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = MotionDB.open(damaged).clips()[0]
    frame = clip.motion.translation.tobytes()
    path = next(path for path in damaged.glob("clips.lance/data/*") if frame in path.read_bytes())
    path.write_bytes(path.read_bytes().replace(frame, frame[:-1] + bytes([frame[-1] ^ 4])))
    assert run(["db", "verify", "--db", str(damaged)]) == 1
    out = capsys.readouterr().out
    assert f"clip {clip.clip_id} of test (a 'quoted' file.yaml): frames of its motion are not what was stored" in out
    assert f"choreo db restore 1 --db {damaged}" not in out  # it has no clips
    others = [each for each in MotionDB.open(damaged).clips() if each.clip_id != clip.clip_id]
    assert [len(each.motion) for each in others] == [5, 5]  # one damaged clip does not take the others along


def test_an_older_version_that_is_whole_is_offered_and_restored(
    damaged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = MotionDB.open(damaged)
    newest = max(damaged.glob("clips.lance/data/*"), key=lambda path: path.stat().st_mtime_ns)
    newest.unlink()
    assert run(["db", "verify", "--db", str(damaged)]) == 1
    command = next(line for line in capsys.readouterr().out.splitlines() if "choreo db restore" in line).split()
    assert run(command[1:6]) == 0
    assert sorted(row["name"] for row in MotionDB.open(damaged).rows()) == ["one", "three", "two"]
    assert db.versions()[-1][2] == 3


def test_a_version_that_is_damaged_is_not_restored(damaged: Path) -> None:
    db = MotionDB.open(damaged)
    before, versions = list(db.rows()), db.versions()
    for path in damaged.glob("clips.lance/data/*"):
        path.rename(damaged / path.name)
    db.restore(versions[0][0])  # it has no clips
    with pytest.raises(DatabaseError, match="could not be read"):
        db.restore(versions[-1][0])
    assert len(MotionDB.open(damaged)) == 0
    for path in damaged.glob("*.lance"):
        if path.is_file():
            path.rename(damaged / "clips.lance" / "data" / path.name)
    db.restore(versions[-1][0])
    assert list(MotionDB.open(damaged).rows()) == before


def test_removing_a_dataset_keeps_the_ledger_of_the_others(dances: Path, tmp_path: Path) -> None:
    from choreo.datasets.ingest import forget
    from choreo.db.ledger import read_ledger

    db = MotionDB.open(tmp_path, create=True)
    for name in ("mine", "yours"):
        add_dataset(db, "bvh", dances, jobs=1, name=name)
    forget(db, "mine")
    assert {row.dataset for row in read_ledger(db)[0].values()} == {"yours"}
    before = len(db)
    add_dataset(db, "bvh", dances, jobs=1, name="mine")
    assert len(db) == 2 * before
    version = db.versions()[-1][0]
    forget(db, "yours")
    db.restore(version)
    assert {row.dataset for row in read_ledger(db)[0].values()} == {"mine"}
