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
LEFT = "choreo, left to choose"
STYLES = {"C": "cha-cha", "R": "rumba", "T": "tango"}
"""What a song's dancers danced, by the first letter of its name; there are too few waltzes for two halves."""
MADE = ("choreo, in the song's dance", LEFT, "random, in the song's dance", "choreo, starter moves")
SAME_SHARES = "real dance of the half that is danced, its takes in the shares of the dances left to choose"
MOVING = "real dance of the half that is danced, without what no clip is cut from"
CUT = 0.7
"""Share of a window that lies in clips for it to count as dance: before, after and between, dancers stand and wait."""
RESAMPLES = 5
"""How often windows of real takes are drawn in these shares."""
Rows = tuple[Doubles, Doubles]
Shares = dict[str, float]
"""Seconds that are danced of each take."""


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


def moving_rows(db_path: str, data: Path, takes: frozenset[str]) -> Rows:
    """Features of the windows of real takes of which at least `CUT` lies in clips."""
    found = list[Rows]()
    for name in sorted(takes):
        motion, *others = real_takes(data)[name]
        if others:
            continue  # frames of clips are told of the whole recording
        cut = np.zeros(len(motion), bool)
        for clip in clips_of(db_path):
            if clip.name.split("-")[0] == name:
                # Frames of clips are the file's, whose rate is what makes them last as long as their motion.
                first, last = clip.frames
                rate = motion.fps * clip.motion.duration / max(last - 1 - first, 1)
                cut[round(first * rate) : round(last * rate)] = True
        rows, size = rows_of([motion]), round(WINDOW * motion.fps)
        keep = np.array([cut[k * size : (k + 1) * size].mean() >= CUT for k in range(len(rows[0]))], bool)
        found.append((rows[0][keep], rows[1][keep]))
    return np.concatenate([k for k, _ in found]), np.concatenate([g for _, g in found])


def in_shares(shares: Shares, data: Path, count: int, seed: int) -> Rows:
    """Features of `count` windows of real takes, drawn with replacement so that takes have the `shares` of a dance.

    What is far from other real dance although it is real is far because of what is chosen, not of how it is danced.
    """
    rows = {name: rows_of(real_takes(data)[name]) for name in sorted(shares)}
    known = [name for name in rows if len(rows[name][0]) and shares[name]]
    weights = np.concatenate([np.full(len(rows[n][0]), shares[n] / len(rows[n][0])) for n in known])
    drawn = np.random.default_rng(seed).choice(len(weights), count, p=weights / weights.sum())
    kinetic, geometric = (np.concatenate([rows[name][k] for name in known])[drawn] for k in (0, 1))
    return kinetic, geometric


def made(job: tuple[str, str, str, frozenset[str]]) -> tuple[Rows, Shares] | None:
    """Features of one dance and what it is made of; None where choreo refuses it or its guarantees are broken."""
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
    shares: Shares = {}
    for step in choreography.steps:
        take = by_id[step.clip_id].name.split("-")[0]
        shares[take] = shares.get(take, 0.0) + step.beats[-1] - step.beats[0]
    return rows_of([motion]), shares


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
                compare(MOVING, moving_rows(db_path, data, takes), held)
                for name in MADE:
                    jobs = [(db_path, str(song), name, takes) for song in songs]
                    dances = [each for each in pool.map(made, jobs) if each is not None]
                    kinetic, geometric = (np.concatenate([rows[k] for rows, _ in dances]) for k in (0, 1))
                    compare(name, (kinetic, geometric), held)
                    if name == LEFT:
                        shares = {take: sum(each.get(take, 0.0) for _, each in dances) for take in takes}
                        for k in range(RESAMPLES):
                            compare(SAME_SHARES, in_shares(shares, data, len(kinetic), k), held)
    lines = []
    for name, found in values.items():
        k, k_low, k_high, g, g_low, g_high, mine, real = np.mean(found, axis=0)
        cells = [f"{k:.1f} ({k_low:.1f} to {k_high:.1f})", f"{g:.1f} ({g_low:.1f} to {g_high:.1f})"]
        lines.append([name, str(windows[name] // len(found)), *cells, f"{mine:.2f}, {real:.2f}"])
    return lines
