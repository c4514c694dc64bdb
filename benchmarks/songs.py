"""Search for music: what a library of thousands of songs takes, and whether a dance is laid onto its own place.

    python benchmarks/songs.py [--songs 2000]
    python benchmarks/songs.py --dances ChoreoNet/music/C_4.ogg ChoreoNet/music/W_1.ogg

The first fills a library with made-up songs of 400 beats, which are not listened to (listening takes seconds a song,
once), and times the first search, which describes them, and the second, which reads what is kept; in fresh processes.
The second dances each song from its beginning, cuts the dances to 16 and to 32 bars on the song's beats, and looks for
each in the songs of the folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import numpy as np

from choreo import make_plan, perform
from choreo.datasets.cut import cut_take
from choreo.motion.resample import sample
from choreo.moves import load_moves, move_clip
from choreo.music import analyze_cached
from choreo.retrieval import song_library, songs_by_words, songs_for
from choreo.retrieval.song_library import open_library
from choreo.retrieval.song_similarity import song_terms
from choreo.types import BeatTrack, Clip, Motion, MusicAnalysis, Section, Take

BEATS = 400
BARS = (16, 32)
MOVES = ("two-step", "grapevine", "box-step")
NEAR = 2
"""Bars by which a place may be off that is told as near: a phrase."""


def made_up(path: str | Path) -> MusicAnalysis:
    """What would be heard in a file if its name's digest were music."""
    digest = hashlib.sha256(Path(path).name.encode()).hexdigest()
    rng = np.random.default_rng(int(digest[:8], 16))
    bpm = rng.uniform(70, 180)
    beats = 0.3 + np.arange(BEATS) * 60 / bpm
    metre = 3 if rng.random() < 0.1 else 4
    course = np.clip(np.repeat(rng.random(BEATS // 16), 16) + 0.1 * rng.normal(size=BEATS), 0, 1)
    end = float(beats[-1] + 60 / bpm)
    return MusicAnalysis(
        path=str(path),
        sha256=digest,
        duration=end,
        track=BeatTrack(beats, np.arange(BEATS) % metre + 1, metre, 1.0, "made up"),
        energy=course.astype(np.float32),
        loudness=rng.normal(-14, 3, BEATS).astype(np.float32),
        onsets=rng.random((2 * BEATS, 3)).astype(np.float32),
        chroma=rng.random((BEATS, 12)).astype(np.float32),
        timbre=rng.normal(size=(BEATS, 13)).astype(np.float32),
        sections=(Section(0.0, end, "A"),),
        style="waltz" if metre == 3 else "house",
        styles={"waltz" if metre == 3 else "house": 1.0},
    )


def search_all(library: Path) -> dict[str, float]:
    """Seconds of each search, and the most memory in MB."""
    import resource

    known = load_moves()
    clips = [move_clip(known[name]) for name in MOVES if name in known]
    took = {}
    with patch.object(song_library, "analyze_cached", made_up):
        for name, search in (
            ("for a dance", lambda: songs_for(clips, library, jobs=1)),
            ("by words", lambda: songs_by_words("slow waltz", library, jobs=1)),
            ("like a song", lambda: _like(library)),
        ):
            begun = perf_counter()
            search()
            took[name] = perf_counter() - begun
    took["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return took


def _like(library: Path) -> None:
    songs = open_library(library, jobs=1)
    song_terms(songs.facts[0], songs.facts[1:])


def measure_library(count: int) -> None:
    """Print what a library of made-up songs takes."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "songs"
        library.mkdir()
        for number in range(count):
            (library / f"{number}.mp3").touch()
        where = {**os.environ, "CHOREO_CACHE": f"{folder}/cache"}
        runs = []
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, __file__, "--search", str(library)],
                env=where,
                capture_output=True,
                text=True,
                check=True,
            )
            runs.append(json.loads(done.stdout))
        kept = sum(path.stat().st_size for path in Path(folder, "cache", "songs").rglob("*.npz"))
    print(f"{count:,} songs, {kept / count / 1000:.0f} KB kept of each")
    for name in runs[0]:
        first, second = (run[name] for run in runs)
        unit = "" if name == "MB" else f" s, {second / first:.2f} of the first, {1000 * second / count:.2f} ms a song"
        print(f"{name:12} first {first:8.2f}   second {second:8.2f}{unit}")


def pieces(song: Path, bars: int) -> Iterator[tuple[float, list[Clip]]]:
    """Where pieces of the dance of a song begin in it, and their clips."""
    analysis, plan, clips = make_plan(song)
    motion, downs = perform(plan, clips), analysis.downbeats
    for first in range(0, len(downs) - bars, bars // 2):
        begin, end = float(downs[first]), float(downs[first + bars])
        if begin < plan.start or end > plan.start + motion.duration:
            continue
        frames = np.arange(begin - plan.start, end - plan.start + 1 / motion.fps, 1 / motion.fps)
        part: Motion = sample(motion, np.minimum(frames, motion.duration), fps=motion.fps)
        inside = (analysis.beats >= begin - 1e-6) & (analysis.beats <= end + 1e-6)
        take = Take("piece", part, "piece.bvh", "CC0-1.0", metre=plan.metre, beats=analysis.beats[inside] - begin)
        yield begin, list(cut_take(take, "query"))


def measure_places(songs: Sequence[Path]) -> None:
    """Print how often dances are laid onto the place that they were made for."""
    for bars in BARS:
        exact, near, ranks = [], [], []
        for song in songs:
            bar = float(np.median(np.diff(analyze_cached(song).downbeats)))
            for begin, clips in pieces(song, bars):
                hits = songs_for(clips, song.parent, top=10_000)
                rank = next(n for n, hit in enumerate(hits) if hit.name == song.name)
                off = abs((hits[rank].offset or 0.0) - begin) / bar
                exact.append(off < 0.5)
                near.append(off < NEAR + 0.5)
                ranks.append(rank + 1)
        print(
            f"{len(exact)} dances of {bars} bars: own bar {np.mean(exact):.2f}, within {NEAR} {np.mean(near):.2f}, "
            f"their song number {np.median(ranks):g} of {len(hits)} (median)"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=2000)
    parser.add_argument("--dances", type=Path, nargs="+", metavar="SONG")
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.search:
        print(json.dumps(search_all(given.search)))
    elif given.dances:
        measure_places(given.dances)
    else:
        measure_library(given.songs)
