from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from choreo.cli.app import run
from choreo.db import MotionDB, clip_id, default_location
from choreo.errors import DatabaseError
from choreo.motion.packed import as_stored
from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip, Motion, Skeleton


def make_clip(name: str = "sway", seed: int = 0, metre: int = 4, styles: tuple[str, ...] = ("pop",)) -> Clip:
    rng = np.random.default_rng(seed)
    rotations = rng.normal(size=(61, 24, 4)).astype(np.float32)
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    translation = rng.normal(size=(61, 3)).astype(np.float32)
    motion = Motion(CANONICAL, 60.0, translation, rotations, rng.random((61, 4)) < 0.5)
    beats = np.linspace(0, 1, metre + 1)
    return Clip(
        clip_id=clip_id("test", name, motion, beats),
        name=name,
        dataset="test",
        source="a 'quoted' file.yaml",
        licence="CC0-1.0",
        motion=motion,
        beats=beats,
        metre=metre,
        styles=styles,
        energy=0.3,
        rhythm=rng.random(2 * metre).astype(np.float32),
        labels=("turn",),
        move="",
        tempo_range=(80.0, 130.0),
    )


def test_clips_come_back_bit_for_bit_but_for_their_rotations_packed(tmp_path: Path) -> None:
    clip, bare = make_clip(), make_clip("bare", 1)
    bare = replace(bare, motion=replace(bare.motion, contacts=None))
    db = MotionDB.open(tmp_path / "db", create=True)
    assert db.add([clip, bare]) == 2
    again = MotionDB.open(tmp_path / "db").get([clip.clip_id, bare.clip_id, "unknown"])
    assert set(again) == {clip.clip_id, bare.clip_id}
    twin = again[clip.clip_id]
    for field in ("translation", "rotations", "contacts"):
        np.testing.assert_array_equal(getattr(twin.motion, field), getattr(as_stored(clip.motion), field))
    np.testing.assert_array_equal(twin.rhythm, clip.rhythm)
    np.testing.assert_array_equal(twin.beats, clip.beats)
    same = ("name", "source", "styles", "labels", "metre", "tempo_range", "mirrorable", "energy", "role", "licence")
    assert [getattr(twin, f) for f in same] == [getattr(clip, f) for f in same]
    assert again[bare.clip_id].motion.contacts is None


def test_adding_again_changes_nothing(tmp_path: Path) -> None:
    clips = [make_clip(f"m{k}", k) for k in range(70)]
    db = MotionDB.open(tmp_path, create=True)
    assert db.add(clips) == 70
    assert db.add(clips[10:]) == 0
    assert [c.clip_id for c in db.clips()] == sorted(c.clip_id for c in clips)


def test_a_database_emptied_or_killed_before_its_first_clip_takes_clips(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    db.add([make_clip()])
    db.remove(dataset="test")
    assert len(db) == 0
    assert MotionDB.open(tmp_path).add([make_clip()]) == 1


def test_filters_and_stats(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    db.add([make_clip("a", 0), make_clip("b", 1, metre=3, styles=("waltz", "o'hara"))])
    assert [c.name for c in db.clips(metre=3)] == ["b"]
    assert [c.name for c in db.clips(style="o'hara")] == ["b"]
    assert [c.name for c in db.clips(style="pop", dataset="test")] == ["a"]
    stats = db.stats()
    assert (stats["clips"], stats["by_metre"]) == (2, {"3": 1, "4": 1})
    assert "rotations" not in db.rows()[0]


def test_remove_spares_the_ids_to_keep(tmp_path: Path) -> None:
    first, second = make_clip("a", 0), make_clip("b", 1)
    db = MotionDB.open(tmp_path, create=True)
    db.add([first, second])
    db.remove(dataset="test", keep=[second.clip_id])
    assert [c.name for c in db.clips()] == ["b"]
    db.remove(dataset="test")
    assert len(db) == 0


def test_three_writers_at_once_all_land(tmp_path: Path) -> None:
    MotionDB.open(tmp_path, create=True)
    parts = [[make_clip(f"{part}-{k}", 100 * part + k) for k in range(20)] for part in range(3)]
    writers = [threading.Thread(target=lambda c=c: MotionDB.open(tmp_path, create=True).add(c)) for c in parts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(MotionDB.open(tmp_path)) == 60


def test_the_id_follows_the_content() -> None:
    clip = make_clip()
    moved = Motion(CANONICAL, 60.0, clip.motion.translation + 1, clip.motion.rotations)
    assert clip_id("test", "sway", clip.motion, clip.beats) == clip.clip_id
    assert clip_id("test", "sway", moved, clip.beats) != clip.clip_id


def test_another_skeleton_is_refused(tmp_path: Path) -> None:
    clip = make_clip()
    skeleton = Skeleton(tuple(f"j{k}" for k in range(24)), CANONICAL.parents, CANONICAL.offsets)
    other = replace(clip, motion=replace(clip.motion, skeleton=skeleton))
    with pytest.raises(DatabaseError, match="retarget"):
        MotionDB.open(tmp_path, create=True).add([other])


def test_locations_without_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no motion database"):
        MotionDB.open(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatabaseError, match="cannot make"):
        MotionDB.open(tmp_path / "file" / "db", create=True)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({b"choreo_schema": b"99"}, "'99', this choreo reads 1 to"),
        ({b"choreo_schema": b"x"}, "'x'"),
        (None, "not choreo's"),
    ],
)
def test_a_table_of_a_newer_choreo_or_of_none_is_refused(
    metadata: dict[bytes, bytes] | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import lancedb
    import pyarrow as pa

    from choreo.db.schema import SCHEMA

    other = pa.schema(list(SCHEMA), metadata=metadata)
    lancedb.connect(str(tmp_path)).create_table("clips", schema=other)
    before = listing(tmp_path)
    with pytest.raises(DatabaseError, match=words):
        MotionDB.open(tmp_path)
    for command in (["stats"], ["verify"], ["repair"], ["update"], ["add", "moves", str(tmp_path)]):
        assert run(["db", *command, "--db", str(tmp_path)]) == 1
        assert words.split(",")[0] in capsys.readouterr().err
    after = {name: facts for name, facts in listing(tmp_path).items() if name != ".choreo.lock"}
    assert after == before


def listing(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file below a folder: size, time of change in ns, and bytes."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns, path.read_bytes())
        for path in found
    }


@pytest.mark.parametrize("name", ["a b", "ünï日", "my:db", "a%20b", "s3:x", "#1?", "it's"])
def test_names_of_folders_are_taken_as_they_are(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clip = make_clip()
    assert MotionDB.open(name, create=True).add([clip]) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert [c.name for c in MotionDB.open(tmp_path / name).clips()] == ["sway"]
    assert len(MotionDB.open(Path(name).absolute().as_uri())) == 1


@pytest.mark.parametrize("uri", ["ftp://host/db", "az://container/db", "s3://", "http://"])
def test_storage_that_cannot_be_opened_is_named(uri: str) -> None:
    with pytest.raises(DatabaseError, match=uri):
        MotionDB.open(uri)


def test_location_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_MOTION_DB", "/from/env")
    assert default_location("/said") == "/said"
    assert default_location() == "/from/env"
    monkeypatch.delenv("CHOREO_MOTION_DB")
    assert default_location().endswith("motion_db")
