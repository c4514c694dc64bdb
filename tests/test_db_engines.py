"""Adding by any engine and from any place gives one and the same database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dataset_support import FORMATS, write_aistpp, write_amc, write_bvh, write_c3d, write_finedance, write_glb
from engine_support import write_engine
from fuzzing.crashy import write_dances, write_plugin
from motion_support import dance
from positions_support import write_frames

from choreo.datasets import jobs, reading
from choreo.datasets.ingest import FileReport, add_dataset
from choreo.db import MotionDB, content_digest
from choreo.db.ledger import read_ledger
from choreo.types import Motion

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine whose processes have nothing but what is in the items."""
    monkeypatch.syspath_prepend(write_engine(tmp_path / "engine"))
    return "elsewhere"


@pytest.fixture(scope="module")
def motion() -> Motion:
    return dance(6.0, fps=30.0)


def stored(folder: Path) -> str:
    """The address of a copy of a folder in a store."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.put(str(folder), f"/bucket{folder}", recursive=True)
    return f"memory://bucket{folder}"


def added(place: str | Path, folder: Path, plugin: str, engine: str = "local") -> tuple[Any, ...]:
    """Digest, keys of the ledger, and reports of a database that files were added to."""
    db = MotionDB.open(folder, create=True)
    reports = add_dataset(db, plugin, place, jobs=1, engine=engine)
    return content_digest(db), set(read_ledger(db)[0]), [(r.file, r.clips, r.seconds, r.flags) for r in reports]


def all_the_same(plugin: str, data: Path, tmp_path: Path, engine: str, within: str = "") -> list[tuple[Any, ...]]:
    """Reports of the files of a folder, which are those of its content elsewhere and of its copy in a store."""
    wanted = added(data / within, tmp_path / "db-here", plugin)
    assert any(clips for _, clips, *_ in wanted[2])
    assert added(data / within, tmp_path / "db-elsewhere", plugin, engine) == wanted
    assert added(f"{stored(data)}/{within}".rstrip("/"), tmp_path / "db-store", plugin) == wanted
    reports: list[tuple[Any, ...]] = wanted[2]
    return reports


@pytest.mark.parametrize("name", FORMATS)
def test_every_reader_finds_the_same_anywhere(name: str, motion: Motion, tmp_path: Path, elsewhere: str) -> None:
    (tmp_path / "data").mkdir()
    FORMATS[name](motion, tmp_path / "data")
    all_the_same(name, tmp_path / "data", tmp_path, elsewhere)


def with_lists(motion: Motion, folder: Path) -> str:
    motions = folder / "motions"
    motions.mkdir()
    path = write_aistpp(motion, motions)
    path.with_stem("gLO_sBM_cAll_d13_mLO2_ch02").write_bytes(path.read_bytes())
    (folder / "ignore_list.txt").write_text("gLO_sBM_cAll_d13_mLO2_ch02\n")
    (folder / "splits").mkdir()
    (folder / "splits" / "crossmodal_val.txt").write_text(f"{path.stem}\n")
    return "aistpp"


def with_buffers(motion: Motion, folder: Path) -> str:
    import json

    from choreo_gltf.container import read_parts

    glb = write_glb(motion, folder)
    parts = read_parts(glb)
    (folder / "in").mkdir()
    (folder / "in" / "my own.bin").write_bytes(parts.blob)
    parts.json["buffers"] = [{"byteLength": len(parts.blob), "uri": "in/my%20own.bin"}]
    glb.with_suffix(".gltf").write_text(json.dumps(parts.json))
    glb.unlink()
    return "mixamo"


def with_frames(motion: Motion, folder: Path) -> str:
    write_frames(motion, folder)
    return "positions"


def with_table(motion: Motion, folder: Path) -> str:
    (folder / "c3d").mkdir()
    path = write_c3d(motion, folder / "c3d")
    row = f"{path.stem},C-1-basic,0,120,4"
    (folder / "movement_interval.csv").write_text(f"c3d_file,movement_tag,start_frame,end_frame,beats\n{row}\n")
    return "choreonet"


def with_genres(motion: Motion, folder: Path) -> str:
    write_finedance(motion, folder)
    return "finedance"


@pytest.mark.parametrize("write", [with_lists, with_buffers, with_frames, with_table, with_genres])
@pytest.mark.parametrize("within", ["", "motions", "motion", "c3d"])
def test_what_lies_beside_a_file_comes_along(
    write: Callable[[Motion, Path], str], within: str, motion: Motion, tmp_path: Path, elsewhere: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    plugin = write(motion, data)
    if not (data / within).is_dir():
        pytest.skip("it has no such folder")
    reports = all_the_same(plugin, data, tmp_path, elsewhere, within)
    assert len(reports) == 1


def test_of_two_skeletons_that_fit_none_is_taken_anywhere(motion: Motion, tmp_path: Path, elsewhere: str) -> None:
    (tmp_path / "data").mkdir()
    path = write_amc(motion, tmp_path / "data")
    asf = path.with_name("05.asf")
    asf.rename(asf.with_name("a.asf"))
    asf.with_name("b.asf").write_bytes(asf.with_name("a.asf").read_bytes())
    skipped: list[str] = []
    data = tmp_path / "data"
    for place, engine in ((data, "local"), (data, elsewhere), (stored(data), "local")):
        db = MotionDB.open(tmp_path / f"db{len(skipped)}", create=True)
        (report,) = add_dataset(db, "amc", place, jobs=1, engine=engine)
        skipped.append(report.skipped)
    assert skipped[0] == skipped[1] == skipped[2].replace("memory://bucket", "")
    assert "2 .asf files beside it" in skipped[0]


def test_one_file_at_an_address(motion: Motion, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = write_amc(motion, tmp_path / "data")
    wanted = added(path, tmp_path / "here", "amc")
    assert added(f"{stored(tmp_path / 'data')}/{path.name}", tmp_path / "store", "amc") == wanted


def test_reports_are_in_the_order_of_the_files(tmp_path: Path, elsewhere: str) -> None:
    for name in "cab":
        (tmp_path / "data" / name).mkdir(parents=True)
        write_bvh(dance(4.0, fps=30.0, bpm=90 + ord(name) % 7), tmp_path / "data" / name)
    (tmp_path / "data" / "b" / "broken.bvh").write_text("HIERARCHY\n")
    reports = all_the_same("bvh", tmp_path / "data", tmp_path, elsewhere)
    assert [file for file, *_ in reports] == ["a/dance.bvh", "b/broken.bvh", "b/dance.bvh", "c/dance.bvh"]


def test_errors_name_files_as_they_are_called_where_they_lie(tmp_path: Path, elsewhere: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken.bvh").write_text("HIERARCHY\nROOT a\n{\n")

    def skipped(place: str | Path, engine: str = "local") -> str:
        (report,) = add_dataset(MotionDB.open(tmp_path / "db", create=True), "bvh", place, jobs=1, engine=engine)
        return report.skipped

    said = skipped(tmp_path / "data", elsewhere)
    assert said.startswith(f"{tmp_path / 'data' / 'broken.bvh'}: the file ends")
    assert skipped(tmp_path / "data") == said
    MotionDB.open(tmp_path / "db2", create=True)
    (report,) = add_dataset(MotionDB.open(tmp_path / "db2"), "bvh", stored(tmp_path / "data"), jobs=1)
    assert report.skipped == f"memory://bucket{said}"


def test_a_relative_folder_is_named_as_it_was_given(
    tmp_path: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken.bvh").write_text("HIERARCHY\nROOT a\n{\n")
    monkeypatch.chdir(tmp_path)
    db = MotionDB.open(tmp_path / "db", create=True)
    (report,) = add_dataset(db, "bvh", "data", jobs=1, engine=elsewhere)
    assert report.skipped.startswith(f"{Path('data') / 'broken.bvh'}: ")


def test_a_recording_that_is_too_large_to_send_is_skipped_and_tried_again(
    motion: Motion, tmp_path: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    size = write_bvh(motion, tmp_path / "data").stat().st_size
    db = MotionDB.open(tmp_path / "db", create=True)

    def add(place: str | Path) -> FileReport:
        (report,) = add_dataset(db, "bvh", place, jobs=1, engine=elsewhere)
        return report

    for module in (jobs, reading):
        monkeypatch.setattr(module, "RECORDING_BYTES", size - 1)
    assert f"over {size - 1:,} bytes" in add(tmp_path / "data").skipped
    assert f"over {size - 1:,} bytes" in add(stored(tmp_path / "data")).skipped
    assert read_ledger(db)[0] == {}
    for module in (jobs, reading):
        monkeypatch.setattr(module, "RECORDING_BYTES", size)
    assert add(tmp_path / "data").clips > 0


def test_a_file_that_changes_on_its_way_is_read_again(
    motion: Motion, tmp_path: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    path = write_bvh(motion, tmp_path / "data")
    db = MotionDB.open(tmp_path / "db", create=True)
    digest = reading.digest_of
    monkeypatch.setattr(jobs, "digest_of", lambda *given: (digest(*given), path.write_text("no more"))[0])
    (report,) = add_dataset(db, "bvh", tmp_path / "data", jobs=1, engine=elsewhere)
    assert report.skipped == reading.CHANGED
    assert read_ledger(db)[0] == {}


def test_a_reader_that_dies_takes_its_file_alone_from_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(write_plugin(tmp_path / "plugin"))
    folder = write_dances(tmp_path / "dances")
    db = MotionDB.open(tmp_path / "db", create=True)
    found = {report.file: report for report in add_dataset(db, "crashy", f"file://{folder}", jobs=2)}
    assert "SIGSEGV" in found["segv.bad"].skipped
    assert all(found[f"{name}/dance.bvh"].clips for name in "amz")
