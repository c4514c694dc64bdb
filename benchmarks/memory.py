"""Most memory of each stage of a long song, in fresh processes: ``python benchmarks/memory.py SONG... [--minutes 60]``.

The songs' packets are put behind each other until that is long enough. The song is heard and danced, danced again from
what was heard, and drawn. Stages are those that a run reports; where it starts other processes, the largest of them
is printed, too. Linux only: the most that a process had is taken back to what it has when a stage begins.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

import av

RUN = r"""
import resource, sys
from pathlib import Path
from choreo.__main__ import main
from choreo.pipeline import result
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
class Scope(result.ProgressScope):
    def __init__(self, seconds=None, progress=None):
        self.stage = ""
        def watched(stage, done):
            if stage != self.stage or done >= 1:
                if self.stage:
                    print(f"    {self.stage:<34}{peak():8.0f} MiB", file=sys.stderr)
                Path("/proc/self/clear_refs").write_text("5")
                self.stage = "" if done >= 1 else stage
            if progress is not None:
                progress(stage, done)
        super().__init__(seconds, watched)
import choreo.pipeline.run, choreo.pipeline.song_to_plan, choreo.pipeline.preview
for module in (choreo.pipeline.run, choreo.pipeline.song_to_plan, choreo.pipeline.preview):
    module.ProgressScope = Scope
sys.argv = ["choreo", *sys.argv[1:]]
try:
    main()
finally:
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if most > 1:
        print(f"    {'largest process that it started':<34}{most:8.0f} MiB", file=sys.stderr)
"""


def repeated(songs: list[Path], path: Path, seconds: float) -> None:
    """Put the packets of songs of one format behind each other, again and again, until `seconds` are full."""
    at = 0.0
    with av.open(str(path), "w") as out:
        stream = None
        for song in cycle(songs):
            with av.open(str(song)) as source:
                heard = source.streams.audio[0]
                stream = stream or out.add_stream_from_template(heard)
                for packet in source.demux(heard):
                    if packet.dts is None or packet.duration is None or packet.time_base is None or at >= seconds:
                        continue
                    packet.pts = packet.dts = round(at / packet.time_base)
                    at += float(packet.duration * packet.time_base)
                    packet.stream = stream
                    out.mux(packet)
            if at >= seconds:
                return


def run(arguments: list[str], environment: dict[str, str]) -> None:
    """Run choreo in a process of its own and print what it used."""
    print(f"choreo {' '.join(arguments)}", flush=True)
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", RUN, *arguments], env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    spent = used.ru_utime + used.ru_stime
    print(f"    {spent:.0f} s of processor in {time.perf_counter() - begun:.0f} s", flush=True)


def main() -> None:
    """Print most memory by run and stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--size", default="160x90", help="of the video")
    parser.add_argument("--fps", default="30")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--folder", type=Path, help="keep all files here, and take the long song that lies here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        song = folder / f"long{chosen.songs[0].suffix}"
        if not song.exists():
            repeated(chosen.songs, song, 60 * chosen.minutes)
        environment = {**os.environ, "CHOREO_MOTION_DB": f"{folder}/db", "XDG_CACHE_HOME": f"{folder}/cache"}
        job, plan = ["generate", str(song), "-o", str(folder)], str(folder / "long.plan.json")
        video = ["-o", str(folder), "--formats", "mp4", "--size", chosen.size, "--fps", chosen.fps]
        run([*job, "--formats", "bvh,plan"], environment)
        run([*job, "--formats", "bvh,plan"], environment)
        run([*job, "--formats", "bvh", "--dancers", "5", "--unison", "canon:1"], environment)
        run(["render", plan, *video], environment)
        run(["render", plan, *video, "--jobs", chosen.jobs], environment)


if __name__ == "__main__":
    main()
