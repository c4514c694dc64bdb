"""Recordings in object storage: what is read, what is refused, and that credentials stay where they are."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dataset_support import write_amc, write_bvh
from motion_support import dance
from store_support import filled_bucket, s3_server

from choreo.cli.app import run
from choreo.datasets.addresses import Store, is_address, is_safe, require_plain
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB, content_digest, object_store
from choreo.db.ledger import read_ledger
from choreo.db.location import redacted
from choreo.errors import InputError, MissingExtraError

fsspec = pytest.importorskip("fsspec")
SECRET = "planted-secret-of-a-key"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings in two formats, and one that is broken."""
    home = tmp_path_factory.mktemp("mocap")
    for number in range(3):
        (home / str(number)).mkdir()
        write_bvh(dance(4.0, fps=30.0, bpm=100 + 10 * number), home / str(number))
    write_amc(dance(4.0, fps=30.0), home)
    (home / "broken.bvh").write_text("HIERARCHY\nROOT a\n{\n")
    return home


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    pytest.importorskip("moto", reason="moto[server] is not installed")
    pytest.importorskip("obstore")
    with s3_server(tmp_path_factory.mktemp("server") / "log") as environ:
        yield environ


@pytest.fixture
def s3(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def everything(folder: Path) -> bytes:
    """All bytes of all files of a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.slow
def test_a_bucket_is_as_its_copy(s3: None, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled_bucket("one", folder)
    here, there = (MotionDB.open(tmp_path / name, create=True) for name in ("here", "there"))
    for plugin in ("bvh", "amc"):
        wanted = add_dataset(here, plugin, folder, jobs=1)
        found = add_dataset(there, plugin, "s3://one/mocap", jobs=2)
        assert add_dataset(there, plugin, "s3://one/mocap", jobs=1) == found
        assert [(r.file, r.clips) for r in found] == [(r.file, r.clips) for r in wanted]
    assert found[-1].skipped == wanted[-1].skipped == ""
    assert run(["db", "stats", "--json", "--db", str(tmp_path / "there")]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["digest"] == content_digest(here) == content_digest(there)
    assert set(read_ledger(here)[0]) == set(read_ledger(there)[0])
    assert {row.command for row in read_ledger(there)[0].values()} == {
        f"choreo db add {plugin} s3://one/mocap" for plugin in ("bvh", "amc")
    }
    for text in (said.out + said.err, everything(tmp_path).decode(errors="replace")):
        assert SECRET not in text
        assert "planted-name" not in text


@pytest.mark.slow
def test_what_is_not_there_is_told_in_a_sentence(s3: None, folder: Path, tmp_path: Path) -> None:
    filled_bucket("two", folder)
    db = MotionDB.open(tmp_path, create=True)
    for address, why in (
        ("s3://two/mocab", "no such file or folder"),
        ("s3://no-such-bucket/mocap", "s3://no-such-bucket/mocap: "),
        ("s3://two/mocap", "vmd"),
    ):
        with pytest.raises(InputError) as error:
            add_dataset(db, "vmd", address, jobs=1)
        assert why in error.value.message
        assert "choreo-names" not in error.value.message


def test_a_store_that_does_not_answer_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "name-of-a-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        monkeypatch.setattr(object_store, "RETRIES", 1)
        with pytest.raises(InputError, match=r"s3://bucket/mocap: cannot be read") as error:
            Store("s3://bucket/mocap").listed()
    assert SECRET not in error.value.message


@pytest.mark.parametrize(
    "address",
    [
        f"s3://name:{SECRET}@bucket/mocap",
        f"https://host/mocap?X-Amz-Signature={SECRET}",
        f"az://container/mocap?sig={SECRET}&se=2030",
    ],
)
def test_credentials_in_an_address_are_refused(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", "add", "bvh", address, "--db", str(tmp_path / "db")]) == 2
    said = capsys.readouterr()
    assert "has credentials in it" in said.err
    assert SECRET not in said.out + said.err
    assert SECRET.encode() not in everything(tmp_path)


def test_secrets_of_the_environment_are_not_in_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_TOKEN", SECRET)
    assert redacted(f"403 for {SECRET}") == "403 for $SOME_API_TOKEN"


def test_addresses_and_paths() -> None:
    assert all(map(is_address, ("s3://bucket", "memory://a", "abfs://container@account.dfs/x", "file:///home")))
    assert not any(map(is_address, ("a/b", "C:\\data", "c://data", "", None, Path("s3://bucket"))))
    require_plain("abfs://container@account.dfs.core.windows.net/mocap")
    with pytest.raises(InputError, match="unpack them first"):
        require_plain("zip://*.bvh::s3://bucket/all.zip")
    with pytest.raises(InputError, match="no kind of store"):
        Store("nothing://bucket")


def test_the_extra_is_named_where_its_packages_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.fsspec", None)
    with pytest.raises(MissingExtraError, match=r"choreo-dance\[storage\]"):
        add_dataset(MotionDB.open(tmp_path, create=True), "bvh", "s3://bucket/mocap")


def test_names_that_lead_elsewhere_are_left_out(tmp_path: Path) -> None:
    store: Any = fsspec.filesystem("memory")
    store.store.clear()
    path = write_bvh(dance(4.0, fps=30.0), tmp_path)
    for name in ("good/dance.bvh", "good/../../../evil.bvh", "a\\b.bvh", "nul\0.bvh", "notes.txt"):
        store.store[f"/bucket/{name}"] = type(store.open("/x", "wb"))(store, f"/bucket/{name}", path.read_bytes())
    store.store.pop("/x", None)
    db = MotionDB.open(tmp_path / "db", create=True)
    reports = add_dataset(db, "bvh", "memory://bucket", jobs=1)
    assert [bool(report.clips) for report in reports] == [True, False, False, False]
    assert all("another" in report.skipped for report in reports[1:])
    assert not any(map(is_safe, ("a/../b", "a//b", "x" * 300)))


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    for each in (outside, inside):
        each.mkdir()
    path = write_bvh(dance(4.0, fps=30.0), outside)
    (inside / "linked.bvh").symlink_to(path)
    (inside / "folder").symlink_to(outside)
    (inside / "own.bvh").write_bytes(path.read_bytes())
    found = Store(f"file://{inside}").listed()
    assert [name.rpartition("/")[2] for name in found] == ["own.bvh"]


def test_only_files_are_read_from_addresses(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folders of this machine"):
        add_dataset(MotionDB.open(tmp_path, create=True), "moves", "s3://bucket/moves")
