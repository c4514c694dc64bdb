"""Section of the page on scale: ChoreoNet added by processes of this machine, and on a Ray cluster that is killed.

Needs Ray and what `tests/cluster_support.py` starts nodes with. ``python benchmarks/scale_ingest.py DATA`` prints it;
DATA is the folder with ``choreonet`` in it.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cluster_support import Cluster, ray_cluster

CPUS = 1
"""Items at once on each of the two nodes; the pool has as many processes as both together."""
KILLS_BEFORE, KILLS = 3, 5
"""Of the second node: before the driver is killed, and in all."""
SEED = 21
LONGEST = 1800.0
ADD = """
import json, sys, time
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB, content_digest
from choreo.db.ledger import read_ledger

place, folder, engine, jobs = sys.argv[1:]
db = MotionDB.open(place, create=True)
begun = time.perf_counter()
told = lambda done, total: print("done", done, total, flush=True)
reports = add_dataset(db, "choreonet", folder, engine=engine, jobs=int(jobs), progress=told)
seconds = time.perf_counter() - begun
left = sum("the process that read it" in report.skipped for report in reports)
print(json.dumps({"digest": content_digest(db), "clips": len(db), "files": len(read_ledger(db)[0]),
                  "lost": left, "seconds": seconds}), flush=True)
"""


def _added(cluster: Cluster, place: Path, folder: Path, engine: str, jobs: int) -> dict[str, Any]:
    """One whole run as a driver on the cluster's machine, whichever engine works."""
    done = cluster.run("-c", ADD, str(place), str(folder), engine, str(jobs), longest=LONGEST)
    if done.returncode:
        raise SystemExit(f"adding by {engine} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _killed(cluster: Cluster, place: Path, folder: Path, seconds: float) -> dict[str, Any]:
    """A run whose second node is killed at random moments and started again, and whose driver is killed once."""
    moments, kills, kept = random.Random(SEED), 0, 0
    for until in (KILLS_BEFORE, KILLS):
        driver = cluster.start("-c", ADD, str(place), str(folder), "ray", "0")
        assert driver.process.stdout is not None
        kept = int((driver.process.stdout.readline().split() or ["done", "0"])[1])
        while kills < until and driver.process.poll() is None:
            time.sleep(moments.uniform(0.02, 0.25) * seconds)
            cluster.kill_second()
            cluster.start_second()
            kills += 1
        if until < KILLS and driver.process.poll() is None:
            driver.kill()
            driver.process.wait(60)
    output, errors = driver.process.communicate(timeout=LONGEST)
    if driver.process.returncode:
        raise SystemExit(f"adding while nodes were killed failed:\n{errors}")
    return {**json.loads(output.splitlines()[-1]), "kills": kills, "kept": kept}


def measure(data: Path, work: Path) -> dict[str, Any]:
    """Digests, counts and seconds of ChoreoNet by the pool, by Ray, and by Ray while nodes and driver are killed."""
    folder, found = data / "choreonet", {}
    with ray_cluster(CPUS) as cluster:
        found["pool"] = _added(cluster, work / "pool", folder, "local", 2 * CPUS)
        found["ray"] = _added(cluster, work / "ray", folder, "ray", 0)
        found["killed"] = _killed(cluster, work / "killed", folder, found["ray"]["seconds"])
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """The section, in markdown."""
    pool, ray, killed = (found[name] for name in ("pool", "ray", "killed"))
    rows = [
        ("processes of this machine", pool, ""),
        ("Ray, two nodes", ray, ""),
        ("Ray, killed", killed, f"a node {killed['kills']} times, the driver once, {killed['kept']} files kept"),
    ]
    same = len({row["digest"] for _, row, _ in rows}) == 1
    return [
        "| ChoreoNet added by | clips | files | lost | digest | killed |",
        "|---|---|---|---|---|---|",
        *(f"| {name} | {row['clips']} | {row['files']} | {row['lost']} | `{row['digest'][:12]}` | {kills} |"
          for name, row, kills in rows),
        "",
        f"The three databases {'are the same' if same else 'DIFFER'}. Ray with two nodes takes "
        f"{ray['seconds'] / pool['seconds']:.2f} times as long as {2 * CPUS} processes "
        f"({ray['seconds']:.0f} s and {pool['seconds']:.0f} s in one run).",
    ]  # fmt: skip


def main() -> None:
    """Measure, and print the section."""
    with tempfile.TemporaryDirectory() as work:
        sys.stdout.write("\n".join(lines(measure(Path(sys.argv[1]), Path(work)))) + "\n")


if __name__ == "__main__":
    main()
