"""`choreo db get`: terms come first, files are what they were, archives keep to their folder, clips have it all."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dataset_support import write_bvh
from fetch_support import Site, serving
from motion_support import dance

from choreo.cli import database
from choreo.cli.app import cli
from choreo.datasets import collections, download
from choreo.datasets.collections import chosen_files, read_collections
from choreo.datasets.seen import read_record
from choreo.datasets.unpack import unpack
from choreo.db import MotionDB
from choreo.db.ledger import read_ledger
from choreo.errors import InputError
from choreo.plugins import candidates

TABLE = """
[dances]
title = "Dances of tests"
page = "http://example.org/dances"
dataset = "bvh"
licence = "CC-BY-4.0"
citation = "Tester, Dances, 2020"
contents = "steps"

[[dances.parts]]
name = "loose"
about = "single files"
address = "{address}"
also = ["notes.txt"]
files = ["far/one.bvh", "two.bvh"]
styles = ["salsa"]
fps = 60

[[dances.parts]]
name = "packed"
address = "{address}zips/"
files = ["all.zip"]
members = ["dance*.bvh"]
sha256 = {{ "all.zip" = "{digest}" }}
sizes = {{ "all.zip" = {size} }}

[handed]
title = "Dances that a browser must get"
page = "http://example.org/handed"
dataset = "bvh"
licence = "research only"
citation = ""
contents = "steps"
by_hand = "Ask them."
"""


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Three dances as BVH."""
    folder = tmp_path_factory.mktemp("takes")
    return {
        name: write_bvh(dance(4.0, bpm=bpm), folder).read_bytes()
        for name, bpm in (("one", 100.0), ("two", 110.0), ("three", 120.0))
    }


@pytest.fixture
def site(takes: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with those dances, and a table that knows it instead of the world's."""
    with serving() as made:
        packed = zipped({"set/dance1.bvh": takes["three"], "set/walk.bvh": takes["one"], "set/readme.txt": b"x"})
        made.files = {
            "far/one.bvh": takes["one"], "two.bvh": takes["two"], "notes.txt": b"notes", "zips/all.zip": packed,
        }  # fmt: skip
        table = tmp_path / "table.toml"
        table.write_text(
            TABLE.format(address=made.address, digest=sha256(packed).hexdigest(), size=len(packed)), "utf-8"
        )
        monkeypatch.setattr(collections, "TABLE", table)
        monkeypatch.setattr(download, "PAUSE", 0.0)
        monkeypatch.setenv("CHOREO_COLLECTIONS", str(tmp_path / "kept"))
        monkeypatch.setattr(
            database, "open_database", lambda place: MotionDB.open(place, create=True)
        )  # without our moves
        yield made


def get(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["db", "get", *words], input=typed)


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_one_line_fetches_and_adds(site: Site, tmp_path: Path) -> None:
    words = ("dances", "--accept", "--db", str(tmp_path / "db"), "--jobs", "1")
    done = get(*words, "--json")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert printed["added"] > 3
    assert len(printed["first_seen"]) == 3  # the sum of the archive is published
    kept = tmp_path / "kept" / "dances"
    assert files_of(kept) == [
        ".lock", "loose/notes.txt", "loose/one.bvh", "loose/two.bvh", "packed/set/dance1.bvh", "seen.json",
    ]  # fmt: skip
    mine = [row for row in MotionDB.open(tmp_path / "db").rows() if row["dataset"] == "dances"]
    assert {row["source"] for row in mine} == {"one.bvh", "two.bvh", "set/dance1.bvh"}
    assert {(row["licence"], row["citation"]) for row in mine} == {("CC-BY-4.0", "Tester, Dances, 2020")}
    assert {row["source"] for row in mine if row["styles"] == ["salsa"]} == {"one.bvh", "two.bvh"}
    commands = {row.command for row in read_ledger(MotionDB.open(tmp_path / "db"))[0].values()}
    assert commands == {"choreo db get dances"}
    site.asked.clear()
    again = get(*words)
    assert again.exit_code == 0, again.output
    assert "0 clips are new" in again.output
    assert not site.asked
    assert "yes" in next(line for line in get("--list").output.splitlines() if line.startswith("dances"))


def test_terms_come_first_and_nothing_without_them(site: Site, tmp_path: Path) -> None:
    refused = get("dances", typed="n\n")
    assert refused.exit_code == 1
    for told in (
        "CC-BY-4.0",
        "Tester, Dances, 2020",
        "--license commercial, too",
        "steps",
        "http://example.org/dances",
    ):
        assert told in refused.output
    assert "Nothing was fetched" in refused.output
    nobody = get("dances")
    assert nobody.exit_code == 2
    assert "--accept" in nobody.output
    planned = get("dances", "--dry-run", "--json")
    assert [each["address"] for each in json.loads(planned.stdout)] == [
        f"{site.address}{path}" for path in ("notes.txt", "far/one.bvh", "two.bvh", "zips/all.zip")
    ]
    assert not site.asked
    assert not (tmp_path / "kept").exists()
    assert get("dances", "--no-add", typed="y\n").exit_code == 0
    assert site.asked


def test_only_what_is_wanted(site: Site, tmp_path: Path) -> None:
    assert get("dances", "--only", "t*o", "--only", "walk", "--accept", "--no-add", "--keep").exit_code == 0
    assert files_of(tmp_path / "kept" / "dances") == [
        ".lock", "downloads/all.zip", "loose/notes.txt", "loose/two.bvh", "packed/set/walk.bvh", "seen.json",
    ]  # fmt: skip
    unknown = get("dances", "--only", "loose", "--only", "nothing", "--accept", "--no-add")
    assert unknown.exit_code == 2


def test_a_cut_off_run_goes_on(site: Site, tmp_path: Path) -> None:
    site.cuts = [1 << 30, download.PIECE, *[0] * (download.TRIES - 1)]
    lost = get("dances", "--only", "loose", "--accept", "--no-add")
    assert lost.exit_code == 2
    assert "run the same command again" in lost.output.replace("\n", " ")
    site.asked.clear()
    assert get("dances", "--only", "loose", "--accept", "--no-add").exit_code == 0
    assert site.asked == [("far/one.bvh", f"bytes={download.PIECE}-"), ("two.bvh", "")]
    assert (tmp_path / "kept" / "dances" / "loose" / "one.bvh").read_bytes() == site.files["far/one.bvh"]


def test_what_is_not_there_is_left_out_and_told(site: Site, tmp_path: Path) -> None:
    del site.files["far/one.bvh"]
    done = get("dances", "--only", "loose", "--accept", "--no-add")
    assert done.exit_code == 0, done.output
    assert f"Not there: {site.address}far/one.bvh" in done.stderr
    assert files_of(tmp_path / "kept" / "dances" / "loose") == ["notes.txt", "two.bvh"]
    del site.files["zips/all.zip"]
    assert get("dances", "--only", "packed", "--accept", "--no-add").exit_code == 2


def test_another_archive_than_published_is_not_kept(site: Site, tmp_path: Path) -> None:
    packed = bytearray(site.files["zips/all.zip"])
    packed[40] ^= 1
    site.files["zips/all.zip"] = bytes(packed)
    done = get("dances", "--only", "packed", "--accept", "--no-add")
    assert done.exit_code == 2
    assert "not the file that was published" in done.output
    assert files_of(tmp_path / "kept" / "dances") == [".lock"]


def test_a_file_that_is_not_as_it_was_first_seen(site: Site, takes: dict[str, bytes], tmp_path: Path) -> None:
    words = ("dances", "--only", "loose", "--accept", "--no-add")
    first = get(*words)
    assert "3 files were seen for the first time" in first.output
    kept = tmp_path / "kept" / "dances"
    assert read_record(kept).seen[f"{site.address}two.bvh"].sha256 == sha256(takes["two"]).hexdigest()
    (kept / "loose" / "two.bvh").unlink()
    site.files["two.bvh"] = takes["three"]
    changed = get(*words)
    assert changed.exit_code == 2
    assert "not the file that was first seen" in changed.output
    assert not (kept / "loose" / "two.bvh").exists()
    taken = get(*words, "--again")
    assert taken.exit_code == 0, taken.output
    assert (kept / "loose" / "two.bvh").read_bytes() == takes["three"]
    assert get(*words).exit_code == 0


def test_a_file_that_was_changed_here_is_fetched_again(site: Site, takes: dict[str, bytes], tmp_path: Path) -> None:
    words = ("dances", "--only", "two", "--accept", "--no-add")
    assert get(*words).exit_code == 0
    path = tmp_path / "kept" / "dances" / "loose" / "two.bvh"
    path.write_bytes(b"scribbles")
    assert get(*words).exit_code == 0
    assert path.read_bytes() == takes["two"]


def test_files_that_were_fetched_by_hand(site: Site, takes: dict[str, bytes], tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "deep"
    mine.mkdir(parents=True)
    (mine / "two.bvh").write_bytes(takes["two"])
    (mine / "all.zip").write_bytes(site.files["zips/all.zip"])
    done = get("dances", "--from", str(tmp_path / "mine"), "--accept", "--no-add")
    assert done.exit_code == 0, done.output
    assert "far/one.bvh" in done.stderr
    assert files_of(tmp_path / "kept" / "dances") == [".lock", "loose/two.bvh", "packed/set/dance1.bvh", "seen.json"]
    assert (mine / "all.zip").exists()
    (mine / "all.zip").write_bytes(zipped({"dance2.bvh": takes["two"]}))
    other = get("dances", "--from", str(tmp_path / "mine"), "--accept", "--no-add", "--only", "dance2")
    assert other.exit_code == 2
    assert "all.zip: is not the file that was published" in other.output
    (mine / "all.zip").unlink()
    (mine / "dance3.bvh").write_bytes(takes["one"])
    unpacked = get(
        "dances", "--from", str(mine), "--accept", "--no-add", "--only", "packed", "--folder", str(tmp_path / "b")
    )
    assert unpacked.exit_code == 0, unpacked.output
    assert files_of(tmp_path / "b" / "dances" / "packed") == ["dance3.bvh"]
    nothing = get("dances", "--from", str(mine), "--accept", "--no-add", "--only", "one")
    assert nothing.exit_code == 2
    assert "has none of the files" in nothing.output
    assert not site.asked


def test_what_no_program_may_fetch(site: Site, takes: dict[str, bytes], tmp_path: Path) -> None:
    told = get("handed")
    assert told.exit_code == 2
    assert "Ask them. Then run: choreo db get handed --from FOLDER" in told.output
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "any.bvh").write_bytes(takes["one"])
    done = get("handed", "--from", str(mine), "--accept", "--db", str(tmp_path / "db"), "--jobs", "1")
    assert done.exit_code == 0, done.output
    rows = [row for row in MotionDB.open(tmp_path / "db").rows() if row["dataset"] == "handed"]
    assert {row["licence"] for row in rows} == {"research only"}


def test_real_recordings(site: Site, shared: Path, tmp_path: Path) -> None:
    site.files["far/one.bvh"] = (shared / "bvh/bandai_namco/dataset-1_dance-short_normal_001.bvh").read_bytes()
    site.cuts = [1 << 30, 1_000_000]
    done = get("dances", "--only", "one", "--accept", "--db", str(tmp_path / "db"), "--jobs", "1", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["added"] > 10


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "name",
    [
        "../dance.bvh",
        "/tmp/dance.bvh",
        "a/../../dance.bvh",
        "C:/dance.bvh",
        "a\\..\\dance.bvh",
        "CON/dance.bvh",
        "dance\n.bvh",
    ],
)
def test_no_archive_writes_outside(name: str, tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    path.write_bytes(zipped({"dance0.bvh": b"0", name: b"1"}))
    with pytest.raises(InputError, match=r"leads out of its folder. Nothing was taken"):
        unpack(path, tmp_path / "out", ["dance0.bvh"])
    assert files_of(tmp_path) == ["in.zip"]


def test_no_archive_makes_links_or_two_of_one_name(tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link("dance.bvh"), "/etc/passwd")
    with pytest.raises(InputError, match="link"):
        unpack(path, tmp_path / "out", ["*"])
    path.write_bytes(zipped({"a/dance.bvh": b"1", "A/dance.bvh": b"2"}))
    with pytest.raises(InputError, match="two files of one name"):
        unpack(path, tmp_path / "out", ["*"])
    assert files_of(tmp_path) == ["in.zip"]


def test_no_archive_makes_more_than_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.zip"
    packed = zipped({"dance.bvh": b"0" * 5_000_000})
    path.write_bytes(packed)
    monkeypatch.setattr("choreo.datasets.unpack.COLLECTION_BYTES", 4_999_999)
    with pytest.raises(InputError, match="5,000,000 bytes when unpacked"):
        unpack(path, tmp_path / "out", ["*"])
    path.write_bytes(packed.replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(InputError, match="Nothing was taken"):
        unpack(path, tmp_path / "out", ["*"])
    assert files_of(tmp_path) == ["in.zip"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"Rar!\x1a\x07\x01\x00" + b"x" * 100, zipped({"a.txt": b"1"})])
def test_what_is_no_such_archive_is_said(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"in\.zip: (is no ZIP archive|none of the 1 files in it is like dance)"):
        unpack(path, tmp_path / "out", ["dance*"])


def test_a_damaged_archive_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    packed = bytearray(zipped({"dance1.bvh": bytes(range(256)) * 40, "dance2.bvh": b"0"}))
    packed[60] ^= 0xFF
    path.write_bytes(packed)
    with pytest.raises(InputError, match="Nothing was taken"):
        unpack(path, tmp_path / "out", ["dance*"])
    assert files_of(tmp_path) == ["in.zip"]


def test_our_own_table() -> None:
    table = read_collections()
    levels = {name: each.level for name, each in table.items()}
    assert levels == {
        "cmu": "commercial", "lafan1": "any", "bandai-namco": "any", "100style": "commercial", "g1-moves": "commercial",
        "aistpp": "any", "deepmimic": "any", "finedance": "any",
    }  # fmt: skip
    assert {each.dataset for each in table.values()} <= set(candidates("datasets"))
    assert all(each.citation and each.contents for each in table.values())
    page = (Path(__file__).parents[1] / "docs" / "collections.md").read_text("utf-8").splitlines()
    assert all(
        any(row.startswith(f"| `{name}` |") and f"| {level} |" in row for row in page) for name, level in levels.items()
    )
    salsa = [remote.address for remote in chosen_files(table["cmu"], ("60",))]
    assert salsa[:2] == [f"http://mocap.cs.cmu.edu/subjects/60/{name}" for name in ("60.asf", "60_01.amc")]
    assert len(salsa) == 16
    assert [part.fps for part in table["cmu"].parts if "salsa" in part.styles] == [60, 60]
    assert [remote.members for remote in chosen_files(table["lafan1"], ("walk*",))] == [("walk*.bvh",)]
    with pytest.raises(InputError, match=r"nothing in it is like 61_99.*60 \(salsa"):
        chosen_files(table["cmu"], ("61_99",))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[dances]", '["../dances"]', "Expected|its name cannot be"),
        ('files = ["far/one.bvh", "two.bvh"]', 'files = ["../one.bvh"]', "not below it"),
        ('files = ["far/one.bvh", "two.bvh"]', 'files = ["a/two.bvh", "b/two.bvh"]', "two of one name"),
        ('address = "{address}zips/"', 'address = "file:///etc/"', "no address"),
        ('"{digest}"', '"abc"', "64 digits"),
        ('members = ["dance*.bvh"]', "", "what is taken of its archive"),
        ('by_hand = "Ask them."', "", "parts or by_hand"),
        ('styles = ["salsa"]', "style = 1", "unknown field"),
        ("fps = 60", "fps = 0", "0 frames a second"),
        ("[handed]", "[handed", "is no table"),
    ],
)
def test_faults_of_a_table(old: str, new: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    text = TABLE.replace(old, new).replace("[[dances", "[[dances") if old != "[dances]" else TABLE.split("[handed]")[0]
    if old == "[dances]":
        text = text.replace("[dances]", new).replace("[[dances.", '[["../dances".')
    text = text.replace("{address}", "http://example.org/").replace("{digest}", "a" * 64).replace("{size}", "1")
    path.write_text(text.replace("{{", "{").replace("}}", "}"), "utf-8")
    with pytest.raises(InputError, match=told):
        read_collections(path)


def test_a_scribbled_record_is_said(site: Site, tmp_path: Path) -> None:
    words: tuple[Any, ...] = ("dances", "--only", "two", "--accept", "--no-add")
    assert get(*words).exit_code == 0
    record = tmp_path / "kept" / "dances" / "seen.json"
    record.write_text("{")
    assert get("--list").exit_code == 0
    done = get(*words)
    assert done.exit_code == 2
    assert str(record) in done.output.replace("\n", "")
