"""Reading, retargeting, adding and storing motion data: errors, times and sizes.

    python benchmarks/motion.py [--data DIR] [--clips N] [--files N] [--write]

Reads ``choreonet/`` and ``bvh/`` of the folder of real data (``--data`` or CHOREO_SHARED). Reading speed is compared
with pybvh and bvhio where they are installed. ``--write`` puts the tables into ``docs/benchmarks/motion.md``.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from acclaim_support import write_acclaim
from floor import FLOOR_HEAD, floor_of_recordings
from motion_support import dance, gap_degrees, gap_mm, on_other_skeleton

from choreo import plugins
from choreo.datasets.cut import cut_take
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB, clip_id
from choreo.motion.families import FAMILIES
from choreo.types import Clip, Motion

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "motion.md"
HEAD = """\
# What becomes of motion data

<!-- Made by `python benchmarks/motion.py --write`; change that script, not this page. -->
"""


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table as Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines) + "\n"


def choreonet(data: Path) -> str:
    """What ``db add`` makes of the 33 takes."""
    with tempfile.TemporaryDirectory() as folder:
        db = MotionDB.open(folder, create=True)
        begun = time.perf_counter()
        reports = add_dataset(db, "choreonet", data / "choreonet")
        spent = time.perf_counter() - begun
        clips = len(db)
    minutes = sum(report.seconds for report in reports) / 60
    used = [report for report in reports if not report.skipped]
    mean = {key: float(np.mean([report.facts[key] for report in used])) for key in used[0].facts}
    flagged = [f"{Path(report.file).stem} ({', '.join(report.flags)})" for report in used if report.flags]
    rows = [
        ["takes, used / skipped", f"{len(used)} / {len(reports) - len(used)}"],
        ["minutes of motion", f"{minutes:.2f}"],
        ["clips", str(clips)],
        ["takes with faults that were mended or cut out", ", ".join(flagged) or "none"],
        ["bone length variation, largest", f"{100 * max(r.facts['bone_variation'] for r in used):.4f} %"],
        ["marker residual, mean of takes", f"{mean['marker_residual_mm']:.1f} mm"],
        ["hands and feet off after retargeting, mean", f"{100 * mean['end_error']:.2f} % of height"],
        ["slide of standing feet, before", f"{100 * mean['slide_before']:.2f} cm/s"],
        ["slide of standing feet, after", f"{100 * mean['slide_after']:.2f} cm/s"],
        ["time to add a minute of motion, all processors", f"{spent / minutes:.2f} s"],
    ]
    skipped = [[f"skipped: {report.file}", report.skipped] for report in reports if report.skipped]
    text = "Residual: root mean square distance of the markers from a place fixed on their bone, skin and all.\n"
    return "## ChoreoNet: 33 takes of optical motion capture\n\n" + text + "\n" + table(["", ""], rows + skipped)


def floor(data: Path) -> str:
    """Whether recordings stand on the floor, beside their own markers."""
    text = (
        "A foot is down when a marker on heel or toes is within 2.5 cm of its lowest, whether it moves or not (of the\n"
        "salsa, which has no markers, when it stands still); toes are up when both toe joints of ours are more than\n"
        "4 cm over the floor. Contacts are what stands still. The BVH files of the salsa say 120 frames a second and\n"
        "are read at 60.\n"
    )
    return "## Floor, feet and collars\n\n" + text + "\n" + table(FLOOR_HEAD, floor_of_recordings(data))


def families(data: Path) -> str:
    """What the reader makes of BVH files of two skeletons."""
    reader = plugins.load("datasets", "bvh")
    rows = []
    for file in sorted((data / "bvh").rglob("*.bvh")):
        takes = list(reader.takes(file))
        if not takes:
            rows.append([f"{file.parent.name}/{file.stem}", "under a second", "", "", ""])
            continue
        facts, take = takes[0].facts, takes[0]
        rows.append(
            [
                f"{file.parent.name}/{file.stem}",
                f"{take.motion.duration:.1f} s",
                f"{100 * facts['end_error']:.2f} %",
                f"{100 * facts['slide_before']:.2f}",
                f"{100 * facts['slide_after']:.2f}",
            ]
        )
    head = ["file", "length", "hands and feet off, of height", "slide before, cm/s", "after"]
    text = "Wrists and ankles, seen from shoulder and hip in lengths of the limb.\n"
    return "## Two families of BVH\n\n" + text + "\n" + table(head, rows)


def round_trips() -> str:
    """Errors of lossless formats, written and read back."""
    motion = dance(20.0)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for exporter, reader in (("bvh", "bvh"), ("glb", "mixamo"), ("smpl", "smpl"), ("amass", "amass")):
            writer = plugins.load("exporters", exporter)
            path = Path(folder) / f"a{writer.suffix}"
            writer.export(motion, path)
            back = next(iter(plugins.load("datasets", reader).takes(path))).motion
            rows.append([exporter, f"{gap_mm(motion, back):.4f} mm", f"{gap_degrees(motion, back):.3f} degrees"])
    return "## There and back on the canonical skeleton, largest gaps\n\n" + table(["format", "joints", "turns"], rows)


def best(work: Callable[[], object], times: int = 5) -> float:
    """Shortest of some runs, seconds."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return min(spent)


def reading(data: Path) -> str:
    """Reading one BVH file, beside other readers."""
    from choreo_bvh import read_bvh

    file = str(data / "bvh" / "perfume" / "A_test.bvh")  # pybvh does not read the other family
    own = best(lambda: read_bvh(file))
    rows = [["choreo", f"{1000 * own:.0f} ms", "1"]]
    try:
        import pybvh

        rows.append(["pybvh", *_beside(best(lambda: pybvh.read_bvh_file(file).to_quat()), own)])
    except ImportError:
        rows.append(["pybvh", "not installed", ""])
    try:
        import bvhio

        rows.append(["bvhio", *_beside(best(lambda: bvhio.readAsBvh(file), 2), own)])
    except ImportError:
        rows.append(["bvhio", "not installed", ""])
    size = Path(file).stat().st_size / 1e6
    text = f"`{Path(file).name}`, {size:.1f} MB, to local rotations (pybvh: `to_quat()`), in one run.\n"
    return "## Reading a BVH file\n\n" + text + "\n" + table(["reader", "time", "times choreo's"], rows)


def _beside(spent: float, own: float) -> list[str]:
    return [f"{1000 * spent:.0f} ms", f"{spent / own:.1f}"]


def acclaim(count: int) -> str:
    """Adding AMC files and the same dances as BVH, one after the other."""
    motions = [dance(8.0, fps=120.0, bpm=bpm) for bpm in (96, 104, 112, 120)]
    spent = dict.fromkeys(("amc", "bvh"), 0.0)
    with tempfile.TemporaryDirectory() as folder:
        for name in spent:
            first = Path(folder, name)
            first.mkdir()
            written = [write_dance(name, motion, first, k) for k, motion in enumerate(motions)]
            for number in range(len(written), count):
                shutil.copy(written[number % len(written)], first / f"05_{number:04}.{name}")
        db = MotionDB.open(Path(folder, "db"), create=True)
        for name in spent:  # what is compiled and imported once is no part of it
            add_dataset(db, name, Path(folder, name, f"05_0000.{name}"), jobs=1)
        for name in spent:
            begun = time.perf_counter()
            reports = add_dataset(db, name, Path(folder, name), jobs=1, name=f"{name}s")
            spent[name] = time.perf_counter() - begun
            assert not any(report.skipped for report in reports)
    frames = sum(len(motions[k % len(motions)]) for k in range(count))
    rows = [[name, f"{seconds:.1f} s", f"{frames / seconds:.0f}"] for name, seconds in spent.items()]
    text = f"{count:,} dances of 8 s at 120 frames a second, in one process, in one run. AMC's speed is "
    text += f"{spent['bvh'] / spent['amc']:.2f} of BVH's.\n"
    return "## Adding AMC\n\n" + text + "\n" + table(["files", "time", "frames a second"], rows)


def write_dance(name: str, motion: Motion, folder: Path, number: int) -> Path:
    """A dance with Acclaim's names of joints, as AMC or as BVH."""
    path, motion = folder / f"05_{number:04}.{name}", on_other_skeleton(motion, FAMILIES["acclaim"])
    if name == "amc":
        write_acclaim(motion, folder / "05.asf", path, decimals=".6g")
    else:
        plugins.load("exporters", "bvh").export(motion, path)
    return path


def synthetic(count: int) -> Iterator[Clip]:
    """Clips of two seconds that differ in their noise."""
    from choreo.types import Take

    motion = dance(4.0, fps=30.0)
    base = next(iter(cut_take(Take("s", motion, "s", "CC0-1.0", beats=np.arange(0, 4, 0.5)), "synthetic")))
    rng = np.random.default_rng(0)
    for number in range(count):
        moved = base.motion.translation + rng.normal(0, 0.01, (len(base.motion), 3)).astype(np.float32)
        one = Motion(base.motion.skeleton, base.motion.fps, moved, base.motion.rotations, base.motion.contacts)
        name = f"clip{number}"
        yield replace(base, motion=one, name=name, clip_id=clip_id("synthetic", name, one, base.beats))


def storage(count: int) -> str:
    """Time to add many clips, their size, and time to open the database."""
    with tempfile.TemporaryDirectory() as folder:
        db = MotionDB.open(folder, create=True)
        begun = time.perf_counter()
        db.add(synthetic(count))
        spent = time.perf_counter() - begun
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        script = (
            "import time, sys; import lancedb; t = time.perf_counter(); from choreo.db import MotionDB;"
            "d = MotionDB.open(sys.argv[1]); n = len(d); print(time.perf_counter() - t)"
        )
        done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True, check=True)
        opened = float(done.stdout)
    rows = [
        ["clips a second", f"{count / spent:.0f}"],
        ["size", f"{size / 1e6:.0f} MB, {size / count / 1000:.1f} kB a clip of 2 s at 30 frames a second"],
        ["to open and count, LanceDB imported", f"{opened:.2f} s"],
        ["largest memory of the run", f"{memory:.0f} MB"],
    ]
    return f"## {count:,} clips in the database\n\n" + table(["", ""], rows)


def checking(count: int) -> str:
    """Times of reading with and without the digests being checked."""
    from unittest.mock import patch

    from choreo.db.connection import Connection
    from choreo.planning.shortlist import COLUMNS, MOST

    with tempfile.TemporaryDirectory() as folder:
        db = MotionDB.open(folder, create=True)
        db.add(synthetic(count))
        ids = list(db.columns(["clip_id"])["clip_id"])[:: max(1, count // MOST)][:MOST]
        tasks: dict[str, Callable[[], object]] = {
            "open": lambda: MotionDB.open(folder),
            f"facts of {count:,} clips, for a shortlist": lambda: db.columns(COLUMNS),
            f"{len(ids)} clips without motion, to plan with": lambda: db.clips(ids=ids),
            f"motion of {len(ids)} clips": lambda: db.motions(ids),
        }
        rows = []
        for name, task in tasks.items():
            checked = best(task, 7)
            with (
                patch("choreo.db.schema.damaged_rows", lambda *_: []),
                patch.object(Connection, "require_whole", lambda _: None),
            ):
                bare = best(task, 7)
            rows.append([name, f"{1000 * bare:.1f} ms", f"{1000 * checked:.1f} ms", f"{checked / bare:.2f}"])
    text = f"{count:,} clips of 2 s at 30 frames a second; the best of seven.\n"
    return "## What checking costs\n\n" + text + "\n" + table(["", "unchecked", "checked", "ratio"], rows)


def main() -> None:
    """Run everything and print the page."""
    here = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", here)))
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=1000, help="AMC files, and BVH files, that are added")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    options = parser.parse_args()
    parts = [HEAD]
    makers: tuple[Callable[[], str], ...] = (
        lambda: choreonet(options.data),
        lambda: floor(options.data),
        lambda: families(options.data),
        round_trips,
        lambda: reading(options.data),
        lambda: acclaim(options.files),
        lambda: storage(options.clips),
        lambda: checking(options.clips // 5),
    )
    for make in makers:
        parts.append(make())
        print(parts[-1], flush=True)
    if options.write:
        PAGE.write_text("\n".join(parts), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
