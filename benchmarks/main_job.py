"""Start-up, time and memory of the command line, each in a fresh process: ``python benchmarks/main_job.py SONG``.

Times of the main job are given as shares of the song's length. ``--video`` adds the video.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from choreo.music.audio import decode

CHOREO = [sys.executable, "-m", "choreo"]


def run(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds of one process."""
    begun = time.perf_counter()
    subprocess.run([*CHOREO, *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("song", type=Path)
    parser.add_argument("--video", action="store_true")
    chosen = parser.parse_args()
    length = decode(chosen.song)[0].duration
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CHOREO_MOTION_DB": f"{folder}/db"}
        for arguments in (["--help"], ["plugins", "list"]):
            seconds = min(run(arguments, environment) for _ in range(5))
            print(f"choreo {' '.join(arguments):<28}{seconds:8.2f} s, best of 5")
        job = ["generate", str(chosen.song), "-o", folder]
        cases = [("no video, empty database", [*job, "--no-video"]), ("no video", [*job, "--no-video"])]
        if chosen.video:
            cases.append(("1280x720 video", job))
        print(f"\n{chosen.song.name}, {length:.0f} s, {os.cpu_count()} processors")
        for name, arguments in cases:
            seconds = run(arguments, environment)
            print(f"{name:<35}{seconds:8.2f} s, {seconds / length:6.3f} of the song")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"largest process{peak:28.0f} MiB")


if __name__ == "__main__":
    main()
