"""Sections of the page on reliability: processes that are killed at any place, and what was lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cli_support import write_clicks
from dataset_support import write_bvh
from motion_support import dance
from reliability_tables import Effort, Section

ADD = """
import sys
from choreo.datasets import ingest
from choreo.db import MotionDB

ingest.FILES_AT_ONCE = 2
print("begun", flush=True)
db = MotionDB.open(sys.argv[1], create=True)
ingest.add_dataset(db, "bvh", sys.argv[2], jobs=1, progress=lambda done, total: print(done, flush=True))
print("done", flush=True)
"""
GENERATE = """
import sys
from choreo import Choosing, generate
from choreo.video.look import Look

last = []

def told(stage, done):
    if (stage, int(10 * done)) != tuple(last):
        last[:] = (stage, int(10 * done))
        print(stage, last[1], flush=True)

generate(
    sys.argv[1], output=sys.argv[2], formats=("mp4", "plan", "bvh"), choosing=Choosing(seed=int(sys.argv[3])),
    look=Look(width=160, height=90, fps=10.0), progress=told,
)
print("done", flush=True)
"""


def _run(script: str, arguments: Sequence[str], folder: Path, kill_at: int | None) -> tuple[int, bool]:
    """Run a script, and kill it on a line of its progress: lines that it said, and whether it came to its end."""
    own = {"CHOREO_CACHE": str(folder / "cache"), "CHOREO_MOTION_DB": str(folder / "motion_db"), "OMP_NUM_THREADS": "1"}
    lines = 0
    quiet = None if kill_at is None else subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, stderr=quiet, text=True,
        env={**os.environ, **own}, cwd=folder,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            lines += 1
            if lines == kill_at:
                process.send_signal(signal.SIGKILL)
            if line == "done\n":
                return lines, kill_at is None or lines < kill_at
    if kill_at is None:
        raise SystemExit(f"a run that nobody stopped did not end: {arguments}")
    return lines, False


def _spread(lines: int, places: int) -> list[int]:
    """Lines from the first to the last, evenly."""
    return sorted({1 + round(k * (lines - 1) / max(places - 1, 1)) for k in range(places)})


def kills_of_adding(folder: Path, effort: Effort) -> Section:
    """Kill ``db add`` at every line of progress, and run it again."""
    from choreo.db import MotionDB

    for number in range(6):
        (folder / "dances" / str(number)).mkdir(parents=True)
        write_bvh(dance(4.0, fps=30.0, bpm=100 + 7 * number), folder / "dances" / str(number))
    lines, _ = _run(ADD, [str(folder / "whole"), str(folder / "dances")], folder, None)
    wanted = _clips(MotionDB.open(folder / "whole"))
    wrong = lost = kept = 0
    places = _spread(lines, effort.kills)
    for place in places:
        target = folder / f"killed{place}"
        _run(ADD, [str(target), str(folder / "dances")], folder, place)
        found = _clips(MotionDB.open(target)) if target.is_dir() else {}
        wrong += not found.items() <= wanted.items()
        kept += len(found)
        _run(ADD, [str(target), str(folder / "dances")], folder, None)
        lost += _clips(MotionDB.open(target)) != wanted
    rows = [["`db add` of 6 files", str(len(places)), f"{wrong} with a clip that is not whole",
             f"{lost} not the same as never stopped"]]  # fmt: skip
    return Section(
        "Killed while adding",
        "SIGKILL on lines of progress from the first to the last. Afterwards the database is read, and the command is "
        f"given again. On average {kept / len(places) / max(len(wanted), 1):.0%} of the clips were in already; what is "
        "lost is the work on the files of the last write.",
        ["work", "kills", "read afterwards", "run again"],
        rows,
    )


def _clips(db: object) -> dict[str, str]:
    """Hash of each clip's motion by its id."""
    clips = db.clips()  # type: ignore[attr-defined]
    return {
        clip.clip_id: hashlib.sha256(clip.motion.rotations.tobytes() + clip.motion.translation.tobytes()).hexdigest()
        for clip in clips
    }


def kills_of_generating(folder: Path, effort: Effort) -> Section:
    """Kill ``generate`` over an earlier dance at lines of progress."""
    song, out = write_clicks(folder / "song.wav", seconds=10.0), folder / "out"
    for seed in (1, 2):
        lines, _ = _run(GENERATE, [str(song), f"{out}{seed}/song.mp4", str(seed)], folder, None)
    first, second = (_files(Path(f"{out}{seed}")) for seed in (1, 2))
    mixed = broken = left = after = 0
    places = _spread(lines, effort.kills)
    for place in places:
        target = folder / f"killed{place}"
        shutil.copytree(f"{out}1", target)
        _run(GENERATE, [str(song), f"{target}/song.mp4", "2"], folder, place)
        found = _files(target)
        broken += any(found.get(name) not in (first[name], second[name]) for name in first)
        mixed += found != first and found != second and all(found.get(name) for name in first)
        left += any(path.name.startswith(".") for path in target.iterdir())
        _run(GENERATE, [str(song), f"{target}/song.mp4", "2"], folder, None)
        after += _files(target) != second or any(path.name.startswith(".") for path in target.iterdir())
    rows = [["`generate` over an earlier dance", str(len(places)), f"{broken} with a file that is not whole",
             f"{mixed} with files of both dances", f"{left} with hidden files of unfinished work",
             f"{after} not the same as never stopped"]]  # fmt: skip
    return Section(
        "Killed while generating",
        "SIGKILL on lines of progress of a second dance of a song whose first is there: plan, motion and video. A kill "
        "leaves no time to tidy up; what was begun is hidden, and the next run clears it away.",
        ["work", "kills", "files", "dances", "left over", "run again"],
        rows,
    )


def _files(folder: Path) -> dict[str, str]:
    """Hash of each file that is not hidden."""

    def seen() -> Iterator[Path]:
        yield from sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))

    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in seen()} if folder.is_dir() else {}


__all__ = ["kills_of_adding", "kills_of_generating"]
