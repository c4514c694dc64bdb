"""Many songs on machines that have nothing but what is sent to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks
from PIL import Image
from worker_support import Elsewhere, InThisProcess

from choreo import Choosing, Listening, generate, generate_all
from choreo.db.store import MotionDB
from choreo.errors import AudioError, ChoreoError, DatabaseError, InputError, OutputError
from choreo.pipeline import many, parcel, songs_sent
from choreo.pipeline.parcel import Parcel
from choreo.pipeline.songs import Song
from choreo.protocols import Workers
from choreo.video.look import Look

LOOK = Look(width=64, height=36, background="sky.png", titles=True)


@pytest.fixture
def songs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> list[str]:
    """Two songs and a file that is none, a picture and beats beside them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    (tmp_path / "songs").mkdir()
    (tmp_path / "empty").mkdir()
    write_clicks(tmp_path / "songs" / "b.wav", seconds=8)
    write_clicks(tmp_path / "songs" / "c.wav", seconds=8, bpm=100)
    (tmp_path / "songs" / "no.mp3").write_text("no song", encoding="utf-8")
    (tmp_path / "beats.txt").write_text("\n".join(str(k / 2) for k in range(17)), encoding="utf-8")
    Image.new("RGB", (64, 36), (40, 90, 160)).save(tmp_path / "sky.png")
    songs_sent.require_database.cache_clear()
    return ["songs/b.wav", "songs/c.wav", "songs/no.mp3"]


def use(monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
    """Have an engine whose workers are these."""

    @contextmanager
    def opened(asked: str, jobs: int) -> Iterator[Workers]:
        yield workers

    monkeypatch.setattr(many, "open_engine", opened)


def made(songs: Sequence[str], **asked: Any) -> dict[str, many.SongResult]:
    return {one.song.name: one for one in generate_all(songs, engine="ray", output="out", **asked)}


def whole(folder: str) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in Path(folder).rglob("*") if file.is_file()
    }


def test_each_dance_is_that_of_a_single_run(songs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, InThisProcess(folder=tmp_path / "empty"))
    asked: dict[str, Any] = {
        "formats": ("mp4", "png", "bvh", "plan"),
        "look": LOOK,
        "listening": Listening(beats="beats.txt"),
    }
    found = made(songs, **asked)
    assert isinstance(found["no.mp3"].error, AudioError)
    assert found["no.mp3"].error.message.startswith("songs/no.mp3: ")
    for name in ("b.wav", "c.wav"):
        alone = generate(f"songs/{name}", output="alone/", **asked)
        result = found[name].result
        assert result is not None
        assert result.files == {key: Path("out") / path.relative_to("alone") for key, path in alone.files.items()}
        assert (result.warnings, result.plan.song) == (alone.warnings, alone.plan.song)  # type: ignore[union-attr]
        assert result.analysis.path == f"songs/{name}"  # type: ignore[union-attr]
    assert len(whole("alone")) > 480
    assert whole("out") == whole("alone")
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.slow
def test_processes_make_the_same(songs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Elsewhere(2))
    found = made(songs, formats=("bvh", "plan"))
    assert {name for name, one in found.items() if one.error is None} == {"b.wav", "c.wav"}
    for name in ("b.wav", "c.wav"):
        generate(f"songs/{name}", output="alone/", formats=("bvh", "plan"))
    assert whole("out") == whole("alone")


def test_a_song_that_is_lost_leaves_the_others(songs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, InThisProcess(0))
    found = made(songs[:2], formats=("bvh",))
    assert found["b.wav"].error is not None
    assert found["b.wav"].error.message == (
        "songs/b.wav: the process that made its dance was lost with its node. Try it alone."
    )
    assert found["c.wav"].error is None
    assert sorted(whole("out")) == ["c.bvh", "c.credits.txt"]


def test_a_song_that_is_too_large_is_told(songs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, InThisProcess())
    monkeypatch.setattr(parcel, "LARGEST", 100)
    found = made(songs[:2], formats=("bvh",))
    assert all(isinstance(one.error, InputError) for one in found.values())
    assert all("sent to other machines" in one.error.message for one in found.values() if one.error)
    assert len(found) == 2


def test_a_dance_that_is_too_large_is_told(songs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, InThisProcess())
    monkeypatch.setattr(songs_sent, "LARGEST", 100)
    error = made(songs[:1], formats=("bvh",))["b.wav"].error
    assert isinstance(error, OutputError)
    assert error.message.startswith("songs/b.wav: its files take")


def test_another_database_is_refused(
    songs: list[str], tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = MotionDB.open(tmp_path / "mine", create=True)
    clip = MotionDB.open(database).clips()[0]
    mine.add([replace(clip, dataset="own", clip_id="own-1")])
    asked = songs_sent.database_of(str(tmp_path / "mine"))
    assert asked.location == str(tmp_path / "mine")
    assert songs_sent.require_database(asked) == asked.location
    for other in (
        songs_sent.Database(str(tmp_path / "gone"), asked.digest),
        songs_sent.Database(asked.location, "another"),
    ):
        with pytest.raises(DatabaseError, match=r"does not have this motion database.*object storage.*--db"):
            songs_sent.require_database(other)
    with pytest.raises(DatabaseError, match="other starter clips"):
        songs_sent.require_database(songs_sent.Database(None, "another"))
    assert songs_sent.database_of(database).location is None, "starter clips are made anywhere"
    assert songs_sent.database_of("s3://bucket/db") == songs_sent.Database("s3://bucket/db", "")


def test_other_versions_are_refused(songs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    errand = songs_sent.errand_of({"formats": ("bvh",)})
    other = songs_sent.Errand(errand.options, errand.parcel, {}, errand.database, {**errand.tools, "numpy": "0.1"}, {})
    with pytest.raises(ChoreoError, match=r"has numpy .*, and this one 0\.1.*same versions"):
        songs_sent.dance_elsewhere(songs_sent.SentSong(Song(Path(songs[0]), Path("out")), b""), other)


def test_what_belongs_to_a_file_goes_along(tmp_path: Path) -> None:
    (tmp_path / "skins").mkdir()
    (tmp_path / "who.gltf").write_text('{"buffers": [{"uri": "who%20is.bin"}], "images": [{"uri": "skins/red.png"}]}')
    (tmp_path / "who is.bin").write_bytes(b"numbers")
    (tmp_path / "skins" / "red.png").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_bytes(b"not named")
    sent = Parcel()
    sent.add(str(tmp_path / "who.gltf"))
    there = tmp_path / "there"
    places = sent.unpack(there)
    assert sorted(path.relative_to(there).as_posix() for path in there.rglob("*.*")) == [
        "0/skins/red.png", "0/who is.bin", "0/who.gltf",
    ]  # fmt: skip
    assert places == {str(tmp_path / "who.gltf"): str(there / "0" / "who.gltf")}


def test_files_of_all_options_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "l.txt", "sky.png", "body.glb", "two.glb", "who.vrm", "model.npz"):
        Path(name).write_bytes(name.encode())
    look = Look(
        background="sky.png", body="body.glb", body_options={"model_path": "model.npz", "look": "street"},
        dancer_options={2: {"file": "two.glb"}},
    )  # fmt: skip
    options = {"look": look, "character": Path("who.vrm"), "listening": Listening(beats="b.txt"),
               "choosing": Choosing(lyrics="l.txt")}  # fmt: skip
    found = parcel.packed(options)
    assert sorted(found.names) == ["b.txt", "body.glb", "l.txt", "model.npz", "sky.png", "two.glb", "who.vrm"]
    moved = parcel.with_files(options, lambda each: found.names.get(str(each), each))
    assert moved["look"].body_options == {"model_path": found.names["model.npz"], "look": "street"}
    assert moved["choosing"].lyrics == found.names["l.txt"]
