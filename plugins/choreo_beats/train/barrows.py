"""Training data of the bar net: beats of composed music, measured near their true times."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

SECONDS = 50.0
SHARES = {2: 0.2, 3: 0.36, 4: 0.4, 5: 0.02, 7: 0.02}
"""How often each metre is composed: threes are rare in the styles but must be known well."""
KEYS = ("down", "beat", "onsets", "loudness", "chroma", "bass", "timbre", "interval")
_orchestra = None


def style_of(seed: int) -> str:
    """Draw a metre, then a style of that metre."""
    from styles import STYLES

    rng = np.random.default_rng(seed + 2**34)
    metre = int(rng.choice(list(SHARES), p=list(SHARES.values())))
    names = [name for name, style in STYLES.items() if style.metre == metre]
    return str(rng.choice(names))


def make_rows(seed: int) -> dict[str, np.ndarray]:
    """Rows of one piece: the fields of ``BeatRows``, positions and metre."""
    from compose import compose
    from render import RATE, Orchestra, render

    from choreo.music.spectrum import spectrum
    from choreo.types import Audio
    from choreo_beats import barnet, beats, features, net

    global _orchestra
    if _orchestra is None:
        _orchestra = Orchestra()
    name = style_of(seed)
    piece = compose(seed, SECONDS, name)
    sound = spectrum(Audio(render(piece, SECONDS, seed, _orchestra), RATE))
    rng = np.random.default_rng(seed + 2**35)
    inside = piece.beats < SECONDS - 0.3
    times, positions = piece.beats[inside], piece.positions[inside]
    times = np.maximum(times + rng.normal(0, 0.01, len(times)), 0)
    activations = net.predict(features.inputs(sound))
    frames = np.clip(np.round(times * sound.fps).astype(np.int64), 0, len(sound.mel) - 1)
    active, down = (
        beats.upsample(x, features.STRIDE, len(sound.mel)) for x in (activations.beats, activations.downbeats)
    )
    rows = barnet.measure(sound, times, beats.peak_near(active, frames), beats.peak_near(down, frames))
    found = {key: np.asarray(getattr(rows, key), np.float32) for key in KEYS}
    return {**found, "positions": positions, "metre": np.array(piece.metre), "label": np.array(name)}


def _chunk(seeds: list[int], path: Path) -> None:
    global _orchestra
    _orchestra = None  # its reverb and chorus go on from piece to piece: each file begins anew
    pieces = [make_rows(seed) for seed in seeds]
    np.savez(path, **{f"{k}_{name}": value for k, piece in enumerate(pieces) for name, value in piece.items()})


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
            print(f"\r{number + 1}/{len(jobs)} files of bars", end="", file=sys.stderr)
    print(file=sys.stderr)


def read(folder: Path, first: int = 0, count: int = 10**9) -> list[dict[str, np.ndarray]]:
    """Pieces of the files whose first seed lies in ``first .. first + count``."""
    pieces = []
    for path in sorted(folder.glob("*.npz")):
        if first <= int(path.stem) < first + count:
            with np.load(path) as data:
                number = len({name.split("_")[0] for name in data.files})
                pieces += [
                    {key: data[f"{k}_{key}"] for key in (*KEYS, "positions", "metre", "label")} for k in range(number)
                ]
    return pieces
