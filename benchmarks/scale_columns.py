"""What it takes to open a database of many clips for a plan, and to plan a song with it: seconds, MB, bytes a row.

``python benchmarks/scale_columns.py [--work FOLDER]`` prints the tables. Each figure is of a fresh process; memory is
what the process has more after opening than before, its anonymous and mapped pages together. *First* is an opening
without a snapshot, *again* with one, *after 256 more* the first one after 256 clips were added.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TRIES = 3
"""Openings with a snapshot, and plans, of which the quickest is told."""
MORE = 256
OPENED = """
import json, os, resource, sys, time
import numpy
import choreo.planning.clip_pool
from choreo.db.starter import ensure_starter
import choreo.db.starter
choreo.db.starter.signature = lambda: ""

def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

before, begin, cpu = held(), time.perf_counter(), time.process_time()
pool = choreo.planning.clip_pool.ClipPool.open(sys.argv[1], (), "any")
seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
grown, rows = held() - before, sum(
    array.nbytes for column in pool.rows.values() for array in (
        [column] if isinstance(column, numpy.ndarray) else
        [column.codes, column.texts.data, column.texts.ends] if hasattr(column, "codes") else []))
print(json.dumps({"seconds": seconds, "cpu": cpu, "grown": grown, "held": rows + pool.allowed.nbytes,
                  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before}))
"""
PLANNED = """
import json, sys, time
import choreo.db.starter
choreo.db.starter.signature = lambda: ""
from choreo import Choosing, make_plan

begin, cpu = time.perf_counter(), time.process_time()
analysis, plan, clips = make_plan(sys.argv[2], choosing=Choosing(db=sys.argv[1]))
found = {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - cpu, "steps": len(plan.steps)}
begin = time.perf_counter()
make_plan(sys.argv[2], choosing=Choosing(db=sys.argv[1]))
print(json.dumps({**found, "warm": time.perf_counter() - begin}))
"""


def _ran(code: str, cache: Path, *args: str | Path) -> dict[str, Any]:
    environment = {**os.environ, "CHOREO_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _song(path: Path, seconds: float = 60.0, rate: int = 22050) -> Path:
    """Clicks at 120 beats a minute over a bass that changes with the bars."""
    import wave

    import numpy as np

    t = np.arange(int(seconds * rate)) / rate
    beat = t % 0.5
    bass = np.sin(2 * np.pi * 55 * 2 ** ((t // 2 % 4) / 4) * t)
    sound = np.exp(-60 * beat) * np.sin(2 * np.pi * 1000 * beat) * np.where(t % 2 < 0.5, 1, 0.6) + 0.2 * bass
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound / np.abs(sound).max() * 30000).astype("<i2").tobytes())
    return path


def measure(work: Path, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Open and plan with databases of `sizes` clips, made in `work` unless they are there."""
    from many_clips import append, fill

    cache, song = work / "cache", _song(work / "song.wav")
    found: dict[str, Any] = {"opening": [], "planning": []}
    for size in sizes:
        place = work / str(size)
        if not place.exists():
            fill(place, size)
        row = {"clips": size, "first": _ran(OPENED, cache, place)}
        again = [_ran(OPENED, cache, place) for _ in range(TRIES)]
        row["again"] = min(again, key=lambda each: float(each["seconds"]))
        if size in (sizes[0], sizes[-1]):
            _ran(PLANNED, cache, place, song)  # the song is listened to
            plans = [_ran(PLANNED, cache, place, song) for _ in range(TRIES)]
            best = {name: min(float(each[name]) for each in plans) for name in ("seconds", "warm")}
            found["planning"].append({"clips": size, **best})
        append(place, MORE, 10 * max(sizes) + size)
        row["after"] = _ran(OPENED, cache, place)
        found["opening"].append(row)
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """Tables of what was measured, in markdown."""
    out = [
        "| clips | first, s | MB, at most | after 256 more, s | again, s | MB more | bytes a row held |",
        "|---" * 7 + "|",
    ]
    for row in found["opening"]:
        first, again = row["first"], row["again"]
        out.append(
            f"| {row['clips']:,} | {first['seconds']:.2f} | {first['peak'] / 1e6:.0f} | {row['after']['seconds']:.2f} "
            f"| {again['seconds']:.3f} | {again['grown'] / 1e6:.0f} | {again['held'] / row['clips']:.0f} |"
        )
    least = found["planning"][0]
    head = ("clips", "to plan a song, s", "times the least", "a second one in the same process, s", "times the least")
    out += ["", f"| {' | '.join(head)} |", "|---" * 5 + "|"]
    for row in found["planning"]:
        cells = [f"{row[key]:.2f} | {row[key] / least[key]:.2f}" for key in ("seconds", "warm")]
        out.append(f"| {row['clips']:,} | {' | '.join(cells)} |")
    out += ["", "The first plan of a process with more than 4,000 clips imports LanceDB, which takes most of a second."]
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="folder for the databases, which stay; else they go")
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="leave larger databases out")
    given = parser.parse_args()
    sizes = tuple(size for size in SIZES if size <= given.largest)
    with tempfile.TemporaryDirectory() as folder:
        work = given.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        print("\n".join(lines(measure(work, sizes))))


if __name__ == "__main__":
    main()
