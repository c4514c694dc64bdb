"""Processor time and memory of choreo, beside another state of it and beside other tools, in one run.

::

    python benchmarks/speed.py SONG --before COMMIT [--peers PYTHON] [--hour] [--write]

Both states are installed side by side (without their requirements: both use those of the running Python) and do the
same jobs in turn, each in a fresh process. ``--peers`` is a Python with aitviewer, matplotlib and pyrender, which draw
the same dance (``benchmarks/speed_peers.py``); ``--hour`` adds an hour of song, made of the song over and over.
``--write`` puts the tables into ``docs/benchmarks/speed.md``. Processor time counts all threads and processes of a job.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from same_bytes import installed

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "speed.md"
PARTS = Path(__file__).with_name("speed_parts.py")
PEERS = Path(__file__).with_name("speed_peers.py")
SHORT, LONG = 2, 10
"""Seconds of video of the two runs whose difference is the frames' own time."""
FPS = 30
FRAMES = {
    "one dancer, 1280x720": ["--size", "1280x720"],
    "one dancer, 1920x1080": ["--size", "1920x1080"],
    "five dancers, 1280x720": ["--size", "1280x720", "--dancers", "5"],
    "one dancer, 1280x720, director's cuts": ["--size", "1280x720", "--camera", "director"],
}
HEAD = """\
# How fast choreo is

<!-- Made by `python benchmarks/speed.py SONG --before COMMIT --peers PYTHON --hour --write`; change that script. -->
"""


@dataclass(frozen=True)
class Spent:
    """What a process and all below it took."""

    cpu: float
    wall: float
    peak: float
    """MiB of the largest process."""
    said: str


class Side:
    """A state of choreo, with folders of its own for database, caches and files."""

    def __init__(self, state: str, work: Path) -> None:
        work.mkdir(parents=True)
        self.work, self.out = work, work / "out"
        self.out.mkdir()
        self.env = {
            **os.environ,
            "PYTHONPATH": str(installed(state, work)),
            "XDG_DATA_HOME": str(work / "data"),
            "XDG_CACHE_HOME": str(work / "cache"),
            "CHOREO_CACHE": str(work / "cache" / "choreo"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, words: Sequence[str], **changed: str) -> Spent:
        """Run the running Python with `words`; variables of the environment may be changed."""
        # Not in the folder of the other state: Python would import from there.
        return spent([sys.executable, *words], {**self.env, **changed}, self.out)

    def choreo(self, *words: str, **changed: str) -> Spent:
        """Run a command of choreo."""
        return self.run(["-m", "choreo", *words], **changed)

    def part(self, *words: str) -> float:
        """Processor seconds that ``speed_parts.py`` measures within its process."""
        return float(json.loads(self.run([str(PARTS), *words]).said.splitlines()[-1])["cpu"])


def spent(command: Sequence[str], env: dict[str, str], cwd: Path | None = None) -> Spent:
    """Run a command to its end.

    Raises
    ------
    SystemExit
        When it fails, with what it told.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as told:
        begun = time.perf_counter()
        child = subprocess.Popen(command, env=env, stdout=said, stderr=told, cwd=cwd)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        told.seek(0)
        if child.returncode:
            raise SystemExit(f"{' '.join(command)}: ended with {child.returncode}\n{told.read()}")
        return Spent(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, said.read())


def in_turn(sides: Sequence[Side], times: int, job: Callable[[Side], Sequence[float]]) -> list[list[float]]:
    """Median of each figure of a job for each side; the sides take turns."""
    results: list[list[Sequence[float]]] = [[] for _ in sides]
    for _ in range(times):
        for side, found in zip(sides, results, strict=True):
            found.append(job(side))
    return [[median(figures) for figures in zip(*found, strict=True)] for found in results]


def frame(side: Side, plan: Path, look: Sequence[str]) -> tuple[float, float]:
    """Processor milliseconds and seconds of one frame, drawn and encoded: of a long video less a short one."""
    words = ["render", str(plan), *look, "-o", f"{side.out}/video.mp4", "--start", "20", "--duration"]
    short, long = (side.choreo(*words, str(seconds)) for seconds in (SHORT, LONG))
    count = (LONG - SHORT) * FPS
    return 1e3 * (long.cpu - short.cpu) / count, (long.wall - short.wall) / count


def drawn(side: Side, plans: Mapping[Side, Path], look: Sequence[str]) -> tuple[float, float]:
    """A frame of each side's own plan."""
    return frame(side, plans[side], look)


def first_picture(side: Side, song: Path) -> tuple[float, float, float, float]:
    """Processor seconds and seconds of the first video ever, then of the same video again; ten seconds, 640x360."""
    words = ["generate", str(song), "--duration", "10", "--no-cache", "--size", "640x360", "--formats", "mp4"]
    with tempfile.TemporaryDirectory() as cache:
        first, again = (side.choreo(*words, "-o", str(side.out), NUMBA_CACHE_DIR=cache) for _ in range(2))
    return first.cpu, first.wall, again.cpu, again.wall


def hour_of(song: Path, folder: Path) -> Path:
    """The song over and over, for an hour."""
    import av

    path = folder / "hour.mp3"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mp3", rate=44100, layout="mono", bit_rate=96000)
        resampler = av.AudioResampler("s16p", "mono", 44100)
        done = 0
        while done < 3600 * 44100:
            with av.open(str(song)) as source:
                for heard in source.decode(audio=0):
                    heard.pts = None
                    for piece in resampler.resample(heard):
                        piece.pts, done = done, done + piece.samples
                        out.mux(stream.encode(piece))
                    if done >= 3600 * 44100:
                        break
        out.mux(stream.encode(None))
    return path


def row(name: str, before: float, after: float, form: str = "{:.2f}") -> str:
    """A line of the table: both states and their ratio."""
    return f"| {name} | {form.format(before)} | {form.format(after)} | {after / before:.2f} |"


def compare(sides: Sequence[Side], song: Path, times: int, hour: Path | None) -> list[str]:
    """The lines of the tables of two states."""
    for side in sides:  # what is made once is made here: database, code of kernels, analysis of the song
        side.choreo("generate", str(song), "-o", str(side.out), "--duration", "30", "--size", "320x180")
        side.choreo("generate", str(song), "-o", str(side.out), "--no-video")
    plans = {side: next(side.out.glob("*.plan.json")) for side in sides}
    lines = ["## Frames", "", "Drawn by the default renderer and encoded to mp4, processor milliseconds a frame; in "
             "brackets frames a second.", "", "| | before | now | ratio |", "|---|---|---|---|"]  # fmt: skip
    for name, look in FRAMES.items():
        before, after = in_turn(sides, times, partial(drawn, plans=plans, look=look))
        lines.append(
            f"| {name} | {before[0]:.1f} ({1 / before[1]:.0f}) | {after[0]:.1f} ({1 / after[1]:.0f}) "
            f"| {after[0] / before[0]:.2f} |"
        )
    lines += ["", "## From a song to its dance", "", "Processor seconds, each in a fresh process.", "",
              "| | before | now | ratio |", "|---|---|---|---|"]  # fmt: skip

    def job(words: list[str]) -> list[list[float]]:
        return in_turn(sides, times, lambda side: [side.choreo(*words, "-o", str(side.out)).cpu])

    def part(*words: str) -> list[list[float]]:
        return in_turn(sides, times, lambda side: [side.part(*words, str(plans[side]), str(side.out))])

    heard = in_turn(sides, times, lambda side: [side.choreo("analyze", str(song), "--no-cache", "--json").cpu])
    lines.append(row("listening (`analyze`), the whole command", heard[0][0], heard[1][0]))
    made = job(["generate", str(song), "--no-video"])
    lines.append(row("`generate --no-video` of a song heard before, the whole command", made[0][0], made[1][0]))
    for name, word in (("opening the database", "open"), ("stitching, measured", "stitch"), ("writing the BVH", "bvh")):
        found = part(word)
        lines.append(row(f"of it: {name}", found[0][0], found[1][0]))
    begun = in_turn(sides, times, lambda side: begin(side, song))
    lines.append(row("`preview` until a player can begin, song not heard before", begun[0][0], begun[1][0]))
    lines.append(row("the same, in seconds", begun[0][1], begun[1][1]))
    first = in_turn(sides, 1, lambda side: first_picture(side, song))
    lines.append(row("first video ever, 10 s at 640x360", first[0][0], first[1][0]))
    lines.append(row("the same, in seconds", first[0][1], first[1][1]))
    lines.append(row("the same video again", first[0][2], first[1][2]))
    lines.append(row("the same, in seconds", first[0][3], first[1][3]))
    if hour is not None:
        lines += ["", "## An hour of song", "", "| | before | now | ratio |", "|---|---|---|---|"]
        for side in sides:
            side.choreo("analyze", str(hour), "--json")
        found = in_turn(sides, 1, lambda side: whole(side, hour))
        lines.append(row("to BVH, song heard before: largest process, MiB", found[0][1], found[1][1], "{:.0f}"))
        lines.append(row("to BVH, processor seconds", found[0][0], found[1][0], "{:.1f}"))
        video = ["--formats", "mp4", "--size", "160x90", "--fps", "10"]
        found = in_turn(sides, 1, lambda side: whole(side, hour, *video))
        lines.append(row("to a small video: largest process, MiB", found[0][1], found[1][1], "{:.0f}"))
    return lines


def begin(side: Side, song: Path) -> tuple[float, float]:
    """Processor seconds and seconds until a preview can be watched."""
    said = json.loads(side.run([str(PARTS), "preview", str(song), str(side.out)]).said.splitlines()[-1])
    return said["cpu"], said["wall"]


def whole(side: Side, song: Path, *words: str) -> tuple[float, float]:
    """Processor seconds and MiB of a dance."""
    made = side.choreo("generate", str(song), *(words or ["--no-video"]), "-o", str(side.out))
    return made.cpu, made.peak


def peers(python: str, side: Side, plan: Path, own: float) -> list[str]:
    """The lines of the table of other tools, which only draw; `own` are our milliseconds, drawn and encoded."""
    meshes = side.out / "meshes.npz"
    side.run([str(PARTS), "meshes", str(plan), str(meshes)])
    lines = [
        "",
        "## Beside other tools",
        "",
        "The same dance and body at 1280x720, processor milliseconds a frame. Ours is drawn and encoded, with floor,",
        "shadow and reflection; the others only draw, to an array in memory. All without a graphics card: OpenGL is",
        "Mesa's software driver.",
        "",
        "| | ms a frame | times ours |",
        "|---|---|---|",
        f"| choreo, drawn and encoded | {own:.1f} | 1 |",
    ]
    for name, word in (
        ("aitviewer's headless renderer, body", "aitviewer"),
        ("pyrender, a body with a shadow, mesh made anew for each frame", "pyrender"),
        ("matplotlib, bones as lines", "matplotlib"),
    ):
        env = {**os.environ, "PYOPENGL_PLATFORM": "egl", "QT_QPA_PLATFORM": "offscreen", "MPLBACKEND": "agg"}
        env.pop("PYTHONPATH", None)
        said = spent([python, str(PEERS), word, str(meshes)], env, side.out).said
        cost = 1e3 * float(json.loads(said.splitlines()[-1])["cpu"])
        lines.append(f"| {name} | {cost:.0f} | {cost / own:.1f} |")
    return lines


def main() -> None:
    """Print the tables, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("song", type=Path)
    parser.add_argument("--before", required=True, metavar="COMMIT")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--hour", action="store_true")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    song = chosen.song.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        sides = [Side(chosen.before, work / "before"), Side(".", work / "now")]
        try:
            hour = hour_of(song, work) if chosen.hour else None
            tables = compare(sides, song, chosen.times, hour)
            if chosen.peers:
                plan = next(sides[1].out.glob("*.plan.json"))
                own, _ = in_turn(
                    sides[1:], chosen.times, lambda side: frame(side, plan, FRAMES["one dancer, 1280x720"])
                )[0]
                tables += peers(chosen.peers, sides[1], plan, own)
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(work / "before" / "tree")],
                           capture_output=True, check=False)  # fmt: skip
    lines = [HEAD, f"{song.stem}, {os.cpu_count()} processors, load at the end {os.getloadavg()[0]:.1f}, "
             f"medians of {chosen.times}; before is {chosen.before}.", "", *tables, ""]  # fmt: skip
    if chosen.write:
        PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
