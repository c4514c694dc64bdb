"""Frechet distance of dances made of one half of the real takes from the other half; for `choreography.py`."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from dances import analysis_of, clips_of, planned, songs_of

from choreo import plugins
from choreo.errors import ChoreoError
from choreo.metrics import distances, feature_rows, joint_positions
from choreo.synthesis import broken_guarantees, guarantees
from choreo.synthesis.stitch import perform
from choreo.types import Doubles, Motion

WINDOW = 4.0
"""Seconds of dance that one row of features is of."""
SPLITS = 3
STYLES = {"C": "cha-cha", "R": "rumba", "T": "tango"}
"""What a song's dancers danced, by the first letter of its name; there are too few waltzes for two halves."""
MADE = ("choreo, in the song's dance", "choreo, left to choose", "random, in the song's dance", "choreo, starter moves")
Rows = tuple[Doubles, Doubles]


@cache
def real_takes(data: Path) -> dict[str, list[Motion]]:
    """Motions of ChoreoNet's takes by the name that their clips have; gaps part a take in several."""
    reader = plugins.load("datasets", "choreonet")
    home, found = data / "choreonet", dict[str, list[Motion]]()
    for file in reader.files(home):
        for take in reader.takes(file, root=home):
            found.setdefault(f"c3d.{take.name}", []).append(take.motion)
    return found


def halves(db_path: str, data: Path, seed: int) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the takes in two random halves, each dance in both and about as long."""
    style = {c.name.split("-")[0]: c.styles[0] for c in clips_of(db_path) if c.dataset == "choreonet"}
    rng, first = np.random.default_rng(seed), set()
    for dance in sorted(set(style.values())):
        mine = sorted(name for name in style if style[name] == dance)
        length = [0.0, 0.0]
        for k in rng.permutation(len(mine)).tolist():
            side = int(length[0] > length[1])
            length[side] += sum(motion.duration for motion in real_takes(data)[mine[k]])
            if side == 0:
                first.add(mine[k])
    return frozenset(first), frozenset(set(style) - first)


def rows_of(motions: Sequence[Motion]) -> Rows:
    """Kinetic and geometric features of all windows."""
    found = feature_rows([joint_positions(motion) for motion in motions], window=WINDOW)
    return found[0], found[1]


def made(job: tuple[str, str, str, frozenset[str]]) -> Rows | None:
    """Features of one dance; None where choreo refuses it or its guarantees are broken."""
    db_path, song, name, takes = job
    if "starter" in name:
        clips = [c for c in clips_of(db_path) if c.dataset == "starter"]
    else:
        clips = [c for c in clips_of(db_path) if c.dataset == "choreonet" and c.name.split("-")[0] in takes]
    style = STYLES[Path(song).name[0]] if "song's dance" in name else None
    try:
        choreography = planned(analysis_of(Path(song), clips), clips, name.split(",")[0], style)
    except ChoreoError:
        return None
    by_id = {clip.clip_id: clip for clip in clips}
    motion = perform(choreography, by_id)
    if name.startswith("choreo") and broken_guarantees(guarantees(motion, choreography, by_id), choreography):
        return None
    return rows_of([motion])


def likeness(data: Path, db_path: str, count: int | None) -> list[list[str]]:
    """Rows of the table: means over both halves against the other and `SPLITS` random splits."""
    songs = [song for song in songs_of(data, count) if song.name[0] in STYLES]
    values: dict[str, list[list[float]]] = {}
    windows: dict[str, int] = {}

    def compare(name: str, mine: Rows, real: Rows) -> None:
        results = [distances(mine[k], real[k]) for k in (0, 1)]
        numbers = [n for each in results for n in (each.fid.value, each.fid.low, each.fid.high)]
        values.setdefault(name, []).append([*numbers, results[0].diversity, results[0].reference_diversity])
        windows[name] = windows.get(name, 0) + len(mine[0])

    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        for seed in range(SPLITS):
            both = halves(db_path, data, seed)
            for takes, others in (both, both[::-1]):
                held, mine = (
                    rows_of([motion for name in sorted(names) for motion in real_takes(data)[name]])
                    for names in (others, takes)
                )
                compare("real dance, the other half", mine, held)
                for name in MADE:
                    jobs = [(db_path, str(song), name, takes) for song in songs]
                    rows = [each for each in pool.map(made, jobs) if each is not None]
                    compare(name, (np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows])), held)
    lines = []
    for name, found in values.items():
        k, k_low, k_high, g, g_low, g_high, mine, real = np.mean(found, axis=0)
        cells = [f"{k:.1f} ({k_low:.1f} to {k_high:.1f})", f"{g:.1f} ({g_low:.1f} to {g_high:.1f})"]
        lines.append([name, str(windows[name] // len(found)), *cells, f"{mine:.2f}, {real:.2f}"])
    return lines
