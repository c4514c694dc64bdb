"""The training pieces: composed, rendered, kept as sound with all that is known of them.

``python pieces.py FOLDER FIRST COUNT`` renders seeds ``FIRST .. FIRST + COUNT`` into a folder, one file a piece.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

SECONDS = 50.0
SHARES = {"four": 0.56, "three": 0.19, "compound": 0.08, "two": 0.04, "odd": 0.05, "changing": 0.04, "none": 0.04}
"""How often each kind of piece is composed."""
COMMON = ("blues", "cha-cha", "country", "disco", "hiphop", "metal", "pop", "reggae", "rock", "rumba", "swing", "tango")
"""Labels that are composed twice as often."""
KEYS = ("audio", "beats", "positions", "metres", "metre", "subdivision", "style", "label", "seed", "starts", "letters")
_orchestra: Any = None


def draw(seed: int) -> tuple[str, str | None] | None:
    """Style of a piece, and of a part of it in another metre; None for what is no music.

    First the kind, then a label, then a style of it, so that rare dances are as frequent as common ones.
    """
    from compose import COMPOUND
    from styles_dance import STYLES

    rng = np.random.default_rng(seed + 2**34)
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    if kind == "none":
        return None
    compound = {name for name, style in STYLES.items() if name in COMPOUND or style.extra.get("compound")}
    metres = {"four": (4,), "three": (3,), "two": (2,), "odd": (5, 7), "changing": (3, 4)}.get(kind, ())
    names = (
        sorted(compound)
        if kind == "compound"
        else [n for n, s in STYLES.items() if s.metre in metres and n not in compound]
    )
    labels = sorted({STYLES[name].label for name in names})
    weights = np.array([2.0 if label in COMMON else 1.0 for label in labels])
    label = str(rng.choice(labels, p=weights / weights.sum()))
    mine = [name for name in names if STYLES[name].label == label]
    name = str(rng.choice(mine))
    if kind != "changing":
        return name, None
    other = 7 - STYLES[name].metre
    return name, str(rng.choice([n for n, s in STYLES.items() if s.metre == other and n not in compound]))


def make_piece(seed: int) -> dict[str, np.ndarray]:
    """One piece by its seed: 16-bit sound at 22,050 Hz, and the truth about it."""
    from compose import compose
    from render import RATE, Orchestra, render
    from sounds import noise

    global _orchestra
    _orchestra = _orchestra or Orchestra()
    drawn = draw(seed)
    if drawn is None:
        sound = noise(SECONDS, seed)
        facts: dict[str, Any] = dict.fromkeys(("beats", "starts"), np.zeros(0))
        facts |= {name: np.zeros(0, np.int64) for name in ("positions", "metres")}
        facts |= {"metre": 0, "subdivision": 2, "style": "none", "label": "none", "letters": np.zeros(0, "U1")}
    else:
        piece = compose(seed, SECONDS, *drawn)
        sound = render(piece, SECONDS, seed, _orchestra)
        inside = piece.beats < SECONDS - 0.05
        begins = piece.beats[np.minimum([beat for beat, _ in piece.sections], len(piece.beats) - 1)]
        facts = {
            "beats": piece.beats[inside], "positions": piece.positions[inside], "metres": piece.metres[inside],
            "metre": piece.metre, "subdivision": piece.subdivision, "style": piece.style, "label": piece.label,
            "starts": begins[begins < SECONDS], "letters": np.array([letter for _, letter in piece.sections])[begins < SECONDS],
        }  # fmt: skip
    audio = np.round(np.clip(sound, -1, 1) * 32_000).astype(np.int16)
    assert len(audio) == int(SECONDS * RATE)
    return {name: np.asarray(value) for name, value in {**facts, "audio": audio, "seed": seed}.items()}


def _write(folder: Path, seed: int) -> Path:
    path = folder / f"{seed:07d}.npz"
    if not path.exists():
        partial = folder / f".{seed:07d}.part"
        with partial.open("wb") as stream:
            np.savez(stream, **make_piece(seed))  # type: ignore[arg-type]
        partial.rename(path)
    return path


def make(folder: Path, first: int, count: int, workers: int = 2) -> None:
    """Render what is missing of pieces ``first .. first + count`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in range(first, first + count) if not (folder / f"{seed:07d}.npz").exists()]
    if missing:
        with ProcessPoolExecutor(workers) as pool:
            for number, _ in enumerate(pool.map(_write, [folder] * len(missing), missing), start=1):
                print(f"\r{number}/{len(missing)} pieces", end="", file=sys.stderr)
        print(file=sys.stderr)


def read(folder: Path, first: int, count: int, workers: int = 2) -> Iterator[dict[str, np.ndarray]]:
    """Yield pieces ``first .. first + count`` of a folder; what is missing is rendered first."""
    make(folder, first, count, workers)
    for seed in range(first, first + count):
        with np.load(folder / f"{seed:07d}.npz") as data:
            yield {name: data[name] for name in KEYS}


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
