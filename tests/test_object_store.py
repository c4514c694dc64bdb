"""Databases in object storage: on moto's S3 on loopback, and in stores that ignore conditions of writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks
from dataset_support import write_bvh
from motion_support import dance
from object_store_server import READER, STRANGER
from object_store_support import BUCKET, SECRET, WRITER, Server, clean_environment, moto_server, rclone_server
from test_db_store import make_clip

from choreo.cli.app import run
from choreo.db import MotionDB, ensure_starter, object_store
from choreo.db import lease as leases
from choreo.db.connection import TABLE
from choreo.db.lease import NAME, Lease
from choreo.db.ledger import LedgerRow, read_ledger, write_ledger
from choreo.db.verify import verify
from choreo.errors import DatabaseError, MissingExtraError

obstore: Any = pytest.importorskip("obstore")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with moto_server(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="module")
def blind_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with moto_server(tmp_path_factory.mktemp("blind"), "blind") as server:
        yield server


@pytest.fixture
def place(store: Server, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address at which nothing is yet."""
    store.use(monkeypatch)
    return f"s3://{BUCKET}/{request.node.name.replace('[', '-').strip(']')}"


def objects(place: str) -> dict[str, bytes]:
    found = object_store.reach(place)
    names = [each["path"] for batch in obstore.list(found) for each in batch]
    return {name: bytes(obstore.get(found, name).bytes()) for name in sorted(names)}


def test_what_is_added_is_there_for_others(place: str) -> None:
    clips = [make_clip("sway", 1), make_clip("step", 2)]
    db = MotionDB.open(f"{place}/", create=True)
    assert db.location == place
    assert db.add(clips) == 2
    assert db.add([clips[0], make_clip("turn", 3)]) == 1
    found = MotionDB.open(place).clips()
    assert [clip.name for clip in found] == [row["name"] for row in db.rows()]
    assert verify(MotionDB.open(place)).whole
    assert not [name for name in objects(place) if object_store.PROBE in name]


def test_nothing_there_is_told(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["stats"], ["verify"], ["versions"], ["restore", "1"]):
        assert run(["db", *command, "--db", place]) == 1
        assert f"{place}: no motion database there. 'choreo db update --db {place}'" in capsys.readouterr().err
    assert objects(place) == {}


def refused(server: Server, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server.use(monkeypatch)
    with pytest.raises(DatabaseError, match=r"this store ignores conditional writes, so that clips of two") as caught:
        MotionDB.open(place, create=True).add([make_clip()])
    assert caught.value.message.startswith(f"{place}: ")
    assert caught.value.message.count(". ") == 0
    assert objects(place) == {}


def test_a_store_that_ignores_conditions_is_refused(blind_store: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(blind_store, f"s3://{BUCKET}/db", monkeypatch)


def test_rclone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with rclone_server(tmp_path) as server:
        refused(server, f"s3://{BUCKET}/db", monkeypatch)


def test_a_store_is_asked_once(place: str, store: Server) -> None:
    before = len(store.requests())
    for seed in range(2):
        MotionDB.open(place, create=True).add([make_clip("sway", seed)])
    asked = [line for line in store.requests()[before:] if line.startswith("PUT ") and object_store.PROBE in line]
    assert len(asked) == 4
    assert not [name for name in objects(place) if object_store.PROBE in name]


def test_without_the_package_nothing_is_written(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MotionDB.open(place, create=True).add([make_clip()])
    before = objects(place)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    assert len(MotionDB.open(place)) == 1
    with pytest.raises(MissingExtraError, match=r"choreo-dance\[storage\]"):
        MotionDB.open(place).add([make_clip("turn", 3)])
    monkeypatch.delitem(sys.modules, "obstore.store")
    assert objects(place) == before


def test_one_writes_at_a_time(place: str) -> None:
    holder, other = Lease(place, 60), Lease(place, 0.2)
    with (
        holder.held(),
        holder.held(),
        pytest.raises(DatabaseError, match=r"has been writing for 0\.2 s\. Nothing was lost"),
        other.held(),
    ):
        pass
    with other.held():  # given back
        pass
    order: list[str] = []

    def wait() -> None:
        with Lease(place, 60).held():
            order.append("waited")

    with holder.held():
        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(0.5)
        order.append("held")
    waiting.join(60)
    assert order == ["held", "waited"]


def test_the_lease_of_the_dead_is_taken_over_and_whoever_lost_it_is_told(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "STALE", 0.3)
    dead, heir = Lease(place, 60), Lease(place, 60)
    with pytest.raises(DatabaseError, match="another process took over writing"), dead.held(), heir.held():
        pass
    with heir.held():  # given back as it should be
        pass


def test_a_lease_that_is_renewed_is_not_taken_over(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "STALE", 3.0)
    monkeypatch.setattr(leases, "BEAT", 0.1)
    with Lease(place, 60).held(), pytest.raises(DatabaseError, match="has been writing for"), Lease(place, 4.0).held():
        pass


def test_an_answer_that_was_lost_on_the_way_loses_no_lease(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put = obstore.put

    def twice(store: Any, name: str, data: bytes, **given: Any) -> Any:
        put(store, name, data, **given)
        return put(store, name, data, **given)  # sent again: the first was written

    with Lease(place, 60).held():
        pass
    monkeypatch.setattr(obstore, "put", twice)
    with Lease(place, 5).held():
        pass
    monkeypatch.undo()


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"held": 1}', b"\xff" * 9000])
def test_a_lease_that_is_damaged_is_nobodys(place: str, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    obstore.put(object_store.reach(place), NAME, body)
    with Lease(place, 5).held():
        pass


WRITE = """
import sys
from test_db_store import make_clip
from choreo.db import MotionDB
from choreo.db.ledger import LedgerRow, write_ledger
place, writer, writers, batches = sys.argv[1], *map(int, sys.argv[2:])
print(flush=True)
sys.stdin.readline()
for batch in range(batches):
    db = MotionDB.open(place, create=True)
    numbers = range(4 * batch, 4 * batch + 6) if writer % 2 else range(4 * batch + 5, 4 * batch - 1, -1)
    db.add([make_clip(f"clip{number}", number) for number in [*numbers, 1000 + 100 * writer + batch]])
    write_ledger(db, [LedgerRow(f"{name}{batch}", "test", "f", "h", 1, "c", "{}") for name in ("shared", writer)])
"""


def write_at_once(place: str, writers: int, batches: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", WRITE, place, *map(str, (writer, writers, batches))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for writer in range(writers)
    ]
    for process in started:  # all are ready before one begins
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=200) for process in started]
    assert [process.returncode for process in started] == [0] * writers, said


@pytest.mark.slow
@pytest.mark.parametrize("remote", [True, False], ids=["bucket", "folder"])
def test_many_writers_of_the_same_clips_leave_each_once(remote: bool, place: str, tmp_path: Path) -> None:
    where, writers, batches = place if remote else str(tmp_path / "db"), 3, 3
    write_at_once(where, writers, batches)
    db = MotionDB.open(where)
    wanted = {f"clip{number}" for number in range(4 * batches + 2)}
    wanted |= {f"clip{1000 + 100 * writer + batch}" for writer in range(writers) for batch in range(batches)}
    assert Counter(row["name"] for row in db.rows()) == Counter(wanted)
    rows, faults = read_ledger(db)
    assert not faults
    assert set(rows) == {f"{name}{batch}" for name in ("shared", *range(writers)) for batch in range(batches)}
    found = verify(db)
    assert not found.damages
    assert not found.files


@pytest.mark.parametrize("remote", [True, False], ids=["bucket", "folder"])
def test_commits_of_the_same_clip_at_once_conflict_without_any_lock(remote: bool, place: str, tmp_path: Path) -> None:
    from choreo.db.schema import to_table

    where = place if remote else str(tmp_path / "db")
    MotionDB.open(where, create=True).add([make_clip("first", 1)])
    together, errors = threading.Barrier(2), list[BaseException]()

    def commit() -> None:
        table = MotionDB.open(where)._table()
        for batch in range(3):
            rows = to_table([make_clip(f"clip{number}", number) for number in range(2 * batch, 2 * batch + 3)])
            together.wait(60)
            try:
                table.merge_insert("clip_id").when_not_matched_insert_all().execute(rows)
            except Exception as error:  # noqa: BLE001 - LanceDB's have no base
                errors.append(error)

    threads = [threading.Thread(target=commit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    names = [row["name"] for row in MotionDB.open(where).rows()]
    assert Counter(names) == Counter(["first", *(f"clip{number}" for number in range(7))])


def test_a_table_whose_making_was_interrupted_is_made_anew(place: str) -> None:
    found = object_store.reach(place)
    for name in (TABLE, "ledger"):
        obstore.put(found, f"{name}.lance/data/half.lance", b"half")
    db = MotionDB.open(place, create=True)
    assert len(db) == 0
    db.add([make_clip()])
    write_ledger(db, [LedgerRow("k", "test", "a 'quoted' file.yaml", "", 1, "c", "{}")])
    assert list(read_ledger(db)[0]) == ["k"]
    assert verify(db).whole


def test_a_list_of_clips_that_is_gone_is_noticed_and_mended(place: str) -> None:
    db = MotionDB.open(place, create=True)
    db.add([make_clip("sway", 1)])
    db.add([make_clip("turn", 2)])
    version = db.version()
    newest = next(name for name in objects(place) if "clips.lance/_versions/" in name)  # they count downwards
    obstore.delete(object_store.reach(place), newest)
    with pytest.raises(DatabaseError, match=rf"version {version} of the list of the clips is gone, the newest is"):
        MotionDB.open(place)
    assert "is gone" in verify(MotionDB.open(place, checked=False)).files[0]
    assert run(["db", "repair", "--db", place]) == 0
    assert len(MotionDB.open(place)) == 1
    assert MotionDB.open(place).add([make_clip("turn", 2)]) == 1


def test_a_reader_may_look_and_nothing_is_written(
    place: str, store: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    db = MotionDB.open(place, create=True)
    db.add([make_clip("sway", 1), make_clip("step", 2)])
    clips, before, writes = [clip.clip_id for clip in db.clips()], objects(place), len(store.writes())
    store.use(monkeypatch, READER)
    for command in (["stats"], ["list"], ["show", "sway"], ["verify"], ["versions"]):
        assert run(["db", *command, "--db", place]) == 0, capsys.readouterr().err
    assert [clip.clip_id for clip in ensure_starter(place).clips()] == clips
    assert f"{place} is read-only and lacks choreo's own moves of this release" in caplog.text
    capsys.readouterr()
    for command in (["remove", "test"], ["restore", "1"], ["repair"], ["update"]):
        assert run(["db", *command, "--db", place]) == 1
        said = capsys.readouterr().err
        assert "cannot be written: the credentials of the environment do not allow it. Name another place" in said
    assert len(store.writes()) == writes
    store.use(monkeypatch, WRITER)
    assert objects(place) == before


PLANTED = (
    f"s3://{WRITER}:{SECRET}@{BUCKET}/db",
    f"s3://{BUCKET}/db?X-Amz-Signature={SECRET}",
    f"s3://user:{SECRET.replace('/', '%2F')}@{BUCKET}/db",
    f"s3://{BUCKET}:{SECRET.split('/')[0]}/db",
    f"https://user:{SECRET}@example.org/db",
)


def hides(text: str) -> bool:
    return not any(part in text for part in (SECRET, SECRET.replace("/", "%2F"), *SECRET.split("/")[:1], WRITER))


@pytest.mark.parametrize("address", PLANTED, ids=["password", "query", "encoded", "port", "other"])
@pytest.mark.parametrize("command", [["db", "path"], ["db", "stats"], ["db", "update"]], ids=lambda each: each[1])
def test_addresses_with_credentials_are_refused_and_not_repeated(
    command: list[str], address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--db", address]) == 1
    said = capsys.readouterr()
    assert hides(said.out + said.err), said
    assert "must not carry" in said.err
    assert "credentials in the environment" in said.err


@pytest.mark.parametrize("address", ["http://example.org/db", "memory://db", "s3://", "s3:///db", "gs://"])
def test_addresses_of_no_database_are_refused(address: str) -> None:
    with pytest.raises(DatabaseError, match=r"lies in a folder or at s3://, gs://, az://|names no bucket"):
        MotionDB.open(address)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"PUT https://u:{SECRET}@host/x failed", "PUT https://***@host/x failed"),
        ("GET https://h/x?a=1&sig=b%2Fd&X-Amz-Credential=AK b", "GET https://h/x?a=1&sig=***&X-Amz-Credential=*** b"),
        ("Authorization: Bearer abcdef", "Authorization: Bearer ***"),
        ("AWS4-HMAC-SHA256 Credential=AK/2026, Signature=ff00", "AWS4-HMAC-SHA256 Credential=***, Signature=***"),
        ("<AWSAccessKeyId>AK</AWSAccessKeyId> is unknown", "<AWSAccessKeyId>***</AWSAccessKeyId> is unknown"),
        ("<StringToSign>a\nb</StringToSign>", "<StringToSign>***</StringToSign>"),
        (f"it said {SECRET} to me", "it said $AWS_SECRET_ACCESS_KEY to me"),
        ("s3://bucket/mine: clips at 120 @ 4/4, key=4", "s3://bucket/mine: clips at 120 @ 4/4, key=4"),
    ],
)  # fmt: skip
def test_what_is_told_is_redacted(text: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo.db.location import redacted

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert redacted(text) == wanted


COMMANDS = (
    ["db", "stats"], ["db", "update"], ["--debug", "db", "verify"], ["db", "repair"], ["db", "list"],
)  # fmt: skip
FAILURES = {
    "no network": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, BUCKET, "cannot be reached"),
    "no bucket": ({}, "elsewhere", "there is no such bucket"),
    "wrong key": ({"AWS_ACCESS_KEY_ID": STRANGER}, BUCKET, "does not accept the credentials"),
    "no http": ({"AWS_ALLOW_HTTP": "false"}, BUCKET, "AWS_ALLOW_HTTP=true"),
}


@pytest.mark.slow
@pytest.mark.parametrize("failure", FAILURES)
def test_failures_are_told_in_bounded_time_without_credentials(failure: str, store: Server, tmp_path: Path) -> None:
    changes, bucket, words = FAILURES[failure]
    environment = (
        clean_environment() | store.environment() | changes | {"CHOREO_CACHE": str(tmp_path), "LANCE_LOG": "debug"}
    )
    for command in COMMANDS[: 5 if failure == "wrong key" else 2]:
        done = subprocess.run(
            [sys.executable, "-m", "choreo", *command, "--db", f"s3://{bucket}/db"],
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
            check=False,
        )
        assert done.returncode in (1, 2)
        assert hides(done.stdout + done.stderr), done.stderr
        assert STRANGER not in done.stderr
        if command[0] == "db":
            assert words in done.stderr
            assert "Traceback" not in done.stderr
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or hides(path.read_bytes().decode(errors="replace"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_line_on_a_bucket(
    place: str, store: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Filled, added to, danced with, searched, gone back, and danced with by a reader; no secret is kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CHOREO_MOTION_DB", place)
    (tmp_path / "mocap").mkdir()
    write_bvh(dance(4.0, bpm=110), tmp_path / "mocap")
    write_clicks(tmp_path / "clicks.wav", seconds=9, bpm=110)
    generate = ["generate", "clicks.wav", "--formats", "plan,bvh", "--duration", "6"]
    said = []

    def done(*command: str) -> str:
        code = run(list(command))
        out = capsys.readouterr()
        said.append(out.out + out.err)
        assert code == 0, said[-1]
        return out.out

    done("db", "update")
    starter = len(MotionDB.open(place))
    added = json.loads(done("db", "add", "bvh", "mocap", "--jobs", "1", "--json"))["added"]
    assert added > 0
    assert json.loads(done("db", "add", "bvh", "mocap", "--jobs", "1", "--json"))["added"] == 0
    done(*generate, "-o", "first")
    done("search", "clicks.wav", "--top", "3")
    before = json.loads(done("db", "versions", "--json"))[-1]
    assert before["clips"] == starter + added
    done("db", "remove", "bvh")
    assert len(MotionDB.open(place)) == starter
    done("db", "restore", str(before["version"]))
    assert json.loads(done("db", "stats", "--json"))["clips"] == starter + added
    done("db", "verify")
    store.use(monkeypatch, READER)
    writes = len(store.writes())
    done(*generate, "-o", "second")
    done("search", "clicks.wav", "--top", "3")
    done("db", "verify")
    assert len(store.writes()) == writes
    made = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert len(made) >= 2
    for name in made:
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()
    store.use(monkeypatch)
    kept = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} | objects(place)
    for name, data in kept.items():
        assert hides(data.decode("latin-1")), name
    assert all(map(hides, said))
