"""Adding on a Ray cluster whose nodes and driver are killed: the database is as if nothing had happened."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from cluster_support import Cluster, ray_cluster, require_cluster
from dataset_support import write_bvh
from fuzzing.crashy import write_dances, write_plugin
from motion_support import dance

from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB, content_digest
from choreo.db.ledger import read_ledger
from choreo.db.verify import verify

ADD = """
import json, sys
from choreo.datasets import ingest
from choreo.db import MotionDB

ingest.FILES_AT_ONCE = 1
place, plugin, folder = sys.argv[1:]
db = MotionDB.open(place, create=True)
progress = lambda done, total: print("done", done, flush=True)
reports = ingest.add_dataset(db, plugin, folder, engine="ray", progress=progress)
print(json.dumps([[report.file, report.clips, report.skipped] for report in reports]), flush=True)
"""
FILES = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("dances")
    for number in range(FILES):
        (home / str(number)).mkdir()
        write_bvh(dance(4.0, fps=30.0, bpm=100 + 5 * number), home / str(number))
    return home


@pytest.fixture(scope="module")
def wanted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    db = MotionDB.open(tmp_path_factory.mktemp("clean"), create=True)
    add_dataset(db, "bvh", folder, jobs=1)
    return content_digest(db)


def holds(place: Path, digest: str) -> None:
    """Check that a database has all clips, each once, and knows all files."""
    db = MotionDB.open(place)
    assert content_digest(db) == digest
    assert verify(db).whole
    assert len(read_ledger(db)[0]) == FILES


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nodes_and_drivers_may_die(folder: Path, wanted: str, tmp_path: Path) -> None:
    require_cluster()
    plugin = write_plugin(tmp_path / "plugin")
    dances = write_dances(tmp_path / "dances")
    with ray_cluster(environ={"PYTHONPATH": str(plugin)}) as cluster:
        whole = cluster.run("-c", ADD, str(tmp_path / "whole"), "bvh", str(folder))
        assert whole.returncode == 0, whole.stderr
        holds(tmp_path / "whole", wanted)

        killed = cluster.start("-c", ADD, str(tmp_path / "node"), "bvh", str(folder))
        _wait_for(killed, 2)
        cluster.kill_second()
        cluster.start_second(wait=False)
        output, errors = killed.process.communicate(timeout=120)
        assert killed.process.returncode == 0, errors
        assert not any(skipped for *_, skipped in json.loads(output.splitlines()[-1]))
        holds(tmp_path / "node", wanted)

        driver = cluster.start("-c", ADD, str(tmp_path / "driver"), "bvh", str(folder))
        _wait_for(driver, 3)
        driver.kill()
        driver.process.wait(60)
        assert 0 < len(read_ledger(MotionDB.open(tmp_path / "driver"))[0]) < FILES
        again = cluster.run("-c", ADD, str(tmp_path / "driver"), "bvh", str(folder))
        assert again.returncode == 0, again.stderr
        assert int(re.findall(r"done (\d+)", again.stdout)[0]) > 0
        holds(tmp_path / "driver", wanted)

        _a_reader_that_dies(cluster, dances, tmp_path / "crashy")


def _wait_for(driver: object, count: int) -> None:
    """Read the output until so many files are done."""
    stream = driver.process.stdout  # type: ignore[attr-defined]
    until = time.monotonic() + 120
    while (line := stream.readline()) and line.split() != ["done", str(count)]:
        assert time.monotonic() < until
    assert line, driver.process.stderr.read()  # type: ignore[attr-defined]


def _a_reader_that_dies(cluster: Cluster, dances: Path, place: Path) -> None:
    found = cluster.run("-c", ADD, str(place), "crashy", str(dances))
    assert found.returncode == 0, found.stderr
    reports = {file: (clips, skipped) for file, clips, skipped in json.loads(found.stdout.splitlines()[-1])}
    assert all(reports[f"{name}/dance.bvh"][0] for name in "amz")
    assert "the process that read it" in reports["segv.bad"][1]
    assert "MemoryError" in reports["hoard.bad"][1]
    assert len(read_ledger(MotionDB.open(place))[0]) == 4
