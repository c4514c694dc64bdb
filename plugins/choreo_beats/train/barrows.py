"""Training data of the bar net: beats of composed music, spoilt at random, measured near their true times or as heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pieces
from loky import get_reusable_executor
from sounds import degrade

KEYS = ("down", "beat", "onsets", "loudness", "bands", "chroma", "bass", "timbre", "interval")
"""Fields of ``BeatRows``."""
SPOILT = 0.7
"""Share of the pieces that are heard as from old records, phones and small files."""


def rows_of(piece: dict[str, np.ndarray], first_seed: int = 2**35) -> dict[str, np.ndarray] | None:
    """Rows of one piece: the fields of ``BeatRows``, positions, metres, metre and subdivision; None without music.

    The beats are those that the tracker hears where it hears them right, in half of the pieces, else the true ones with
    some error.
    """
    from choreo.music.style_features import beat_patterns
    from choreo.types import Audio
    from choreo_beats import barnet
    from choreo_beats.beats import peak_near
    from choreo_beats.hearing import at_frames, hear
    from choreo_beats.tracker import hear_beats

    if not len(piece["beats"]):
        return None
    rng = np.random.default_rng(int(piece["seed"]) + first_seed)
    samples = piece["audio"].astype(np.float32) / 32_768
    audio = Audio(degrade(samples, rng) if rng.random() < SPOILT else samples, 22_050)
    times = np.maximum(piece["beats"] + rng.normal(0, 0.01, len(piece["beats"])), 0)
    index = np.arange(len(times))
    if rng.random() < 0.5:
        heard, _ = hear_beats(audio)
        near = np.abs(heard[:, None] - piece["beats"]).argmin(axis=1) if len(heard) else np.zeros(0, int)
        hit = np.abs(heard - piece["beats"][near]) < 0.07
        if len(heard) > 8 and hit.mean() > 0.9 and hit.sum() > 0.8 * len(times) and (np.diff(near[hit]) > 0).all():
            times, index = heard[hit], near[hit]
    sound, activations = hear(audio)
    active, down = (at_frames(x, sound) for x in (activations.beats, activations.downbeats))
    frames = np.clip(np.round(times * sound.fps).astype(np.int64), 0, len(sound.mel) - 1)
    rows = barnet.measure(sound, times, peak_near(active, frames), peak_near(down, frames))
    found = {key: np.asarray(getattr(rows, key), np.float32) for key in KEYS}
    patterns = beat_patterns(sound, times)
    found |= {f"style_{name}": np.asarray(value, np.float32) for name, value in vars(patterns).items()}
    truth = {name: piece[name][index] for name in ("positions", "metres")}
    return {**found, **truth, **{name: piece[name] for name in ("metre", "subdivision", "style", "label", "seed")}}


def _make(source: Path, seed: int, target: Path) -> None:
    path = target / f"{seed:07d}.npz"
    if path.exists():
        return
    made = rows_of(next(pieces.read(source, seed, 1)))
    np.savez(path, **(made or {}))  # type: ignore[arg-type]


def read(source: Path, target: Path, first: int, count: int, workers: int = 2) -> list[dict[str, np.ndarray]]:
    """Rows of pieces ``first .. first + count`` of `source`; what is missing in `target` is measured first."""
    pieces.make(source, first, count, workers)  # not piece by piece: each would load the sound fonts again
    target.mkdir(parents=True, exist_ok=True)
    seeds = range(first, first + count)
    jobs = [get_reusable_executor(workers).submit(_make, source, seed, target) for seed in seeds]
    for job in jobs:
        job.result()
    found = []
    for seed in seeds:
        with np.load(target / f"{seed:07d}.npz") as data:
            if data.files:
                found.append({name: data[name] for name in data.files})
    return found
