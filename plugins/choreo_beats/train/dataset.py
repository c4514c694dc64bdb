"""Training data of the beat net: compose and render every piece, keep its features and beats but not its sound."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

SECONDS = 45.0
SILENT = 0.03
"""Share of pieces that have no pulse."""
_orchestra = None


def make_piece(seed: int) -> dict[str, np.ndarray]:
    """Features ``(U, 60) float16``, beat times and positions, metre and the style's name."""
    from compose import compose
    from render import RATE, Orchestra, render
    from sounds import noise

    from choreo.music.spectrum import spectrum
    from choreo.types import Audio
    from choreo_beats.features import inputs

    global _orchestra
    if _orchestra is None:
        _orchestra = Orchestra()
    rng = np.random.default_rng(seed)
    if rng.random() < SILENT:
        sound, beats, positions, metre, label = noise(SECONDS, seed), np.zeros(0), np.zeros(0, int), 0, "none"
    else:
        piece = compose(seed, SECONDS)
        sound = render(piece, SECONDS, seed, _orchestra)
        inside = piece.beats < SECONDS
        beats, positions, metre, label = (
            piece.beats[inside],
            piece.positions[inside],
            piece.metre,
            f"{piece.style}/{piece.label}",
        )
    features = inputs(spectrum(Audio(sound, RATE)))
    return {
        "x": features.astype(np.float16),
        "beats": beats,
        "positions": positions,
        "metre": np.array(metre),
        "label": np.array(label),
    }


def _chunk(seeds: list[int], path: Path) -> Path:
    global _orchestra
    _orchestra = None  # its reverb and chorus go on from piece to piece: each file begins anew
    pieces = [make_piece(seed) for seed in seeds]
    np.savez(path, **{f"{k}_{name}": value for k, piece in enumerate(pieces) for name, value in piece.items()})
    return path


def make(folder: Path, first: int, count: int, workers: int = 2, size: int = 50) -> None:
    """Write pieces ``first .. first + count`` as files of `size` pieces; files that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers) as pool:
        jobs = []
        for start in range(first, first + count, size):
            path = folder / f"{start:06d}.npz"
            if not path.exists():
                jobs.append(pool.submit(_chunk, list(range(start, min(start + size, first + count))), path))
        for number, job in enumerate(jobs):
            job.result()
            print(f"\r{number + 1}/{len(jobs)} files", end="", file=sys.stderr)
    print(file=sys.stderr)


def read(folder: Path, first: int = 0, count: int = 10**9) -> list[dict[str, np.ndarray]]:
    """Pieces of the files whose first seed lies in ``first .. first + count``."""
    pieces = []
    for path in sorted(folder.glob("*.npz")):
        if first <= int(path.stem) < first + count:
            with np.load(path) as data:
                number = len({name.split("_")[0] for name in data.files})
                pieces += [
                    {key: data[f"{k}_{key}"] for key in ("x", "beats", "positions", "metre", "label")}
                    for k in range(number)
                ]
    return pieces
