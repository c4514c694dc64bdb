"""Films and songs on a cluster: the same bytes, also when a node dies. Measured by ``benchmarks/scale.py``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cluster_support import Cluster, ray_cluster
from render_support import dancing

from choreo.cli.app import run
from choreo_bvh import BvhExporter

STARTS = (20, 40, 60, 80, 100)
"""Seconds at which each song is cut."""
SECONDS = 8
"""Length of a cut."""
SMALL = ("--size", "160x90", "--fps", "10", "-q")
FILM_SECONDS = 60
"""Length of the film that is drawn in six parts."""


def cut_songs(data: Path, folder: Path) -> list[Path]:
    """Pieces of the real songs, as WAV; a song that ends before is cut at its beginning."""
    import wave

    import numpy as np

    from choreo.music.audio import load_audio

    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for song in sorted(each for each in (data / "songs").iterdir() if each.suffix in (".mp3", ".wav", ".flac", ".ogg")):
        audio = load_audio(song)
        for start in STARTS:
            first = start * audio.sample_rate if (start + SECONDS) * audio.sample_rate <= len(audio.samples) else 0
            piece = audio.samples[first : first + SECONDS * audio.sample_rate]
            path = folder / f"{song.stem}-{start}.wav"
            with wave.open(str(path), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(audio.sample_rate)
                out.writeframes((np.clip(piece, -1, 1) * 32767).astype("<i2").tobytes())
            made.append(path)
    return made


def whole(folder: Path) -> dict[str, bytes]:
    """Content of all files below a folder."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def here(*arguments: str) -> float:
    """Run a command in this process; the seconds it took."""
    begun = time.perf_counter()
    if code := run(list(arguments)):
        raise RuntimeError(f"{arguments}: exit code {code}")
    return time.perf_counter() - begun


def there(cluster: Cluster, *arguments: str, kill_after: Path | None = None) -> float:
    """Run a command on the cluster, whose second node dies when there is something in `kill_after`; the seconds."""
    begun = time.perf_counter()
    driver = cluster.start("-m", "choreo", *arguments, "--engine", "ray")
    while kill_after is not None and driver.process.poll() is None:
        if kill_after.is_dir() and any(kill_after.iterdir()):
            cluster.kill_second()
            break
        time.sleep(0.1)
    _, errors = driver.process.communicate(timeout=3600)
    if driver.process.returncode:
        raise RuntimeError(f"{arguments}: {errors[-1000:]}")
    return time.perf_counter() - begun


def measure(data: Path, work: Path) -> dict[str, Any]:
    """Draw one film and dance many songs, here and on a cluster of two nodes.

    Returns
    -------
    ``films`` and ``songs``: whether bytes are the same, and the seconds of each way.
    """
    work.mkdir(parents=True, exist_ok=True)
    walk = work / "walk.bvh"
    BvhExporter().export(dancing(30 * FILM_SECONDS, 30.0), walk)
    songs = cut_songs(data, work / "cut")
    film = ["render", str(walk), *SMALL, "-o"]
    dance = ["generate", str(work / "cut"), "--formats", "mp4,bvh,plan", *SMALL, "-o"]
    seconds: dict[str, float] = {}
    here(*film, str(work / "first.mp4"))  # what draws is compiled
    seconds["serial"] = here(*film, str(work / "serial.mp4"))
    seconds["pool"] = here(*film, str(work / "pool.mp4"), "--jobs", "2")
    with ray_cluster() as cluster:
        seconds["ray"] = there(cluster, *film, str(work / "ray.mp4"))
        songs_ray = there(cluster, *dance, str(work / "ray"), kill_after=work / "ray")
    songs_alone = here(*dance, str(work / "alone"))
    films = [(work / f"{name}.mp4").read_bytes() for name in ("serial", "pool", "ray")]
    made, alone = whole(work / "ray"), whole(work / "alone")
    return {
        "films": {"same": films[0] == films[1] == films[2], "seconds": seconds},
        "songs": {
            "asked": len(songs),
            "made": sum(name.endswith(".mp4") for name in made),
            "same": made == alone,
            "seconds": {"ray, a node killed": songs_ray, "alone": songs_alone},
        },
    }


def lines(found: dict[str, Any]) -> list[str]:
    """What was measured, in Markdown."""
    films, songs = found["films"], found["songs"]
    rows = [f"| {name} | {seconds:.1f} |" for name, seconds in films["seconds"].items()]
    same = "the same bytes" if films["same"] else "**other bytes**"
    return [
        f"One film of {FILM_SECONDS} s in parts, drawn by one process, by a pool and on Ray: {same}.",
        "",
        "| who draws | s |",
        "|---|---|",
        *rows,
        "",
        f"{songs['made']} of {songs['asked']} songs of {SECONDS} s were made on Ray while one of two nodes was killed, "
        f"{'each as alone, byte for byte' if songs['same'] else '**some otherwise than alone**'}: "
        + ", ".join(f"{seconds:.0f} s {name}" for name, seconds in songs["seconds"].items())
        + ".",
    ]


if __name__ == "__main__":
    print("\n".join(lines(measure(Path(sys.argv[1]), Path(sys.argv[2])))))
