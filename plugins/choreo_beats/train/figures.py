"""What basses and chord instruments play in one bar: (beat, length, what) for any metre."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Hit = tuple[float, float, int]
"""Start and length in beats, and for basses the interval in semitones, for chords -1 (all) or the tone's number."""
Random = np.random.Generator


def _every(metre: int, step: float, length: float, what: int = 0) -> list[Hit]:
    return [(float(b), length, what) for b in np.arange(0, metre - 1e-9, step)]


def _random_steps(metre: int, rng: Random, chance: float, step: float = 0.25) -> list[float]:
    beats = np.arange(0, metre - 1e-9, step)
    weight = np.where(beats % 1 == 0, 0.9, np.where(beats % 0.5 == 0, 1.0, 0.7)) * chance
    return [0.0, *beats[1:][rng.random(len(beats) - 1) < weight[1:]].tolist()]


def _walk(metre: int, rng: Random) -> list[Hit]:
    moves = [0, *rng.choice([2, 3, 4, 5, 7, 9, 10, 12, -5], metre - 1).tolist()]
    moves[-1] = int(rng.choice([-1, 1, 2, 7]))
    return [(float(b), 0.9, int(m)) for b, m in enumerate(moves)]


def _tumbao(metre: int, rng: Random) -> list[Hit]:
    return [(1.5, 1.4, 7), (3.0, 1.0, 12 if rng.random() < 0.5 else 0)] if metre == 4 else [(0.0, 1, 0), (1.5, 1, 7)]


BASS: dict[str, Callable[[int, Random, tuple[float, ...]], list[Hit]]] = {
    "root": lambda m, r, k: [(0.0, m * 0.95, 0)],
    "none": lambda m, r, k: [],
    "half": lambda m, r, k: [(0.0, m / 2, 0), (m / 2 if m % 2 == 0 else m - 1.0, m / 2.2, 7)],
    "kick": lambda m, r, k: [(b, 0.45, 0) for b in (k or (0.0,))],
    "quarter": lambda m, r, k: _every(m, 1, 0.8),
    "eighths": lambda m, r, k: _every(m, 0.5, 0.45),
    "eighths3": lambda m, r, k: _every(m, 1 / 3, 0.3),
    "sixteenths": lambda m, r, k: _every(m, 0.25, 0.22),
    "gallop": lambda m, r, k: [h for b in range(m) for h in ((b, 0.45, 0), (b + 0.5, 0.2, 0), (b + 0.75, 0.2, 0))],
    "offbeat": lambda m, r, k: [(b + 0.5, 0.4, 0) for b in range(m)],
    "octaves": lambda m, r, k: [(b + h, 0.45, int(24 * h)) for b in range(m) for h in (0.0, 0.5)],
    "syncop": lambda m, r, k: [(b, 0.35, int(r.choice([0, 0, 0, 7, 12, 10]))) for b in _random_steps(m, r, 0.45)],
    "rootfifth": lambda m, r, k: [
        (float(b), 0.9, 0 if b % 4 == 0 else 7 if r.random() < 0.8 else 0) for b in range(0, m, 2 if m > 2 else 1)
    ],
    "rootfifth3": lambda m, r, k: [(0.0, 0.9, 0 if r.random() < 0.6 else 7)],
    "waltz": lambda m, r, k: [(0.0, 0.95, 0 if r.random() < 0.7 else 7)],
    "walk": lambda m, r, k: _walk(m, r),
    "passing": lambda m, r, k: [
        (0.0, m - 1.1, 0),
        *([(m - 1.0, 0.9, int(r.choice([2, 4, 5, 7, -1])))] if r.random() < 0.6 else []),
    ],
    "shuffle": lambda m, r, k: [h for b in range(m) for h in ((b, 0.6, 0), (b + 2 / 3, 0.3, int(r.choice([0, 7, 9]))))],
    "bossa": lambda m, r, k: (
        [(0.0, 1.4, 0), (1.5, 0.45, 7), (2.0, 1.4, 7), (3.5, 0.45, 0)] if m == 4 else _every(m, 1, 0.9)
    ),
    "tumbao": lambda m, r, k: _tumbao(m, r),
    "chacha": lambda m, r, k: (
        [(0.0, 1.4, 0), (1.5, 0.5, 7), (2.0, 0.9, 0), (3.0, 0.9, 7)] if m == 4 else _every(m, 1, 0.9)
    ),
    "rumba": lambda m, r, k: [(0.0, 1.4, 0), (1.5, 0.5, 7), (2.0, 1.9, 0)] if m == 4 else _every(m, 1, 0.9),
    "habanera": lambda m, r, k: (
        [(b * 1.0, n, i) for b, n, i in ((0, 0.7, 0), (0.75, 0.25, 7), (1.0, 0.5, 12), (1.5, 0.5, 7))]
        if m == 2
        else [(0, 1.4, 0), (1.5, 0.5, 7), (2, 0.9, 12), (3, 0.9, 7)]
    ),
    "dub": lambda m, r, k: [
        (b, 0.6, int(r.choice([0, 0, 7, 3])))
        for b in ((0.5, 1.0, 2.0, 2.75) if r.random() < 0.5 else (0.0, 0.75, 1.5, 3.0))
        if b < m
    ],
    "bachata": lambda m, r, k: [(0.0, 1.4, 0), (2.0, 0.9, 7), (3.0, 0.9, 12)],
    "cumbia": lambda m, r, k: [(0.0, 1.9, 0), (2.0, 0.9, 7), (3.0, 0.9, 12)],
    "marcato": lambda m, r, k: [(float(b), 0.4, 0 if b % 2 == 0 else 7) for b in range(m)],
    "sincopa": lambda m, r, k: [(0.0, 0.4, 0), (0.5, 0.9, 0), (1.5, 0.4, 7), (2.0, 0.8, 0), (3.0, 0.8, 7)],
    "boogie": lambda m, r, k: [
        (b / 2, 0.45, i) for b, i in zip(range(2 * m), (0, 0, 4, 4, 7, 7, 9, 9) * 2, strict=False)
    ],
    "six": lambda m, r, k: [h for b in range(m) for h in ((b, 0.6, 0), (b + 2 / 3, 0.3, 7))],
}
"""Bass figures by name; they get the metre, a random generator and where the kick drum is."""


def _arpeggio(metre: int, step: float, rng: Random) -> list[Hit]:
    order = [[0, 1, 2, 3], [0, 2, 1, 3], [0, 1, 2, 1], [3, 2, 1, 0], [0, 2, 3, 2]][int(rng.integers(5))]
    return [(b, step * 0.95, order[k % 4]) for k, (b, _, _) in enumerate(_every(metre, step, step))]


COMP: dict[str, Callable[[int, Random], list[Hit]]] = {
    "none": lambda m, r: [],
    "pad": lambda m, r: [(0.0, m * 0.98, -1)],
    "block": lambda m, r: _every(m, 1, 0.85, -1) if r.random() < 0.6 else [(0.0, m / 2, -1), (m // 2 * 1.0, m / 2, -1)],
    "block3": lambda m, r: _every(m, 1 / 3, 0.3, -1) if r.random() < 0.6 else _every(m, 1, 0.9, -1),
    "power": lambda m, r: [(0.0, m * 0.9, -1)] if r.random() < 0.4 else [(b, 0.7, -1) for b in _random_steps(m, r, 0.35, 0.5)],
    "eighths": lambda m, r: _every(m, 0.5, 0.45, -1),
    "chug": lambda m, r: [(b, 0.2, -1) for b in np.arange(0, m, 0.5 if r.random() < 0.4 else 0.25).tolist() if r.random() < 0.92],
    "gallop": lambda m, r: [h for b in range(m) for h in ((b, 0.45, -1), (b + 0.5, 0.2, -1), (b + 0.75, 0.2, -1))],
    "riff16": lambda m, r: [(b, 0.22, int(r.integers(0, 4))) for b in _random_steps(m, r, 0.7)],
    "strum": lambda m, r: [(b, 0.4, -1) for b in np.arange(0, m, 0.5).tolist() if b % 1 == 0 or r.random() < 0.6],
    "strum3": lambda m, r: [(b + h, 0.3, -1) for b in range(m) for h in (0, 2 / 3) if h == 0 or r.random() < 0.7],
    "stab": lambda m, r: [(b, 0.3, -1) for b in _random_steps(m, r, 0.28)[0 if r.random() < 0.5 else 1 :]],
    "stab3": lambda m, r: [(b + h, 0.25, -1) for b in range(m) for h in (0, 2 / 3) if r.random() < 0.3],
    "comp3": lambda m, r: [(b + h, 0.4, -1) for b, h in ((0, 0), (1, 2 / 3), (3, 2 / 3), (2, 0)) if b < m and r.random() < 0.5],
    "skank": lambda m, r: [(b + 0.5, 0.2, -1) for b in range(m)] if r.random() < 0.6 else [(b * 1.0, 0.25, -1) for b in range(1, m, 2)],
    "arp8": lambda m, r: _arpeggio(m, 0.5, r),
    "arp16": lambda m, r: _arpeggio(m, 0.25, r),
    "arp3": lambda m, r: _arpeggio(m, 1 / 3, r),
    "alberti": lambda m, r: [(b, 0.24, [0, 2, 1, 2][k % 4]) for k, b in enumerate(np.arange(0, m, 0.25 if r.random() < 0.5 else 0.5).tolist())],
    "repeat8": lambda m, r: _every(m, 0.5, 0.4, -1),
    "repeat3": lambda m, r: _every(m, 1 / 3, 0.3, -1),
    "quartet": lambda m, r: [(b, n, v) for v in range(4) for b, n in _voice(m, r)],
    "staccato": lambda m, r: _every(m, 1, 0.3, -1),
    "oompah": lambda m, r: [(b * 1.0, 0.4, -1) for b in range(1, m, 2)] if m > 2 else [(b + 0.5, 0.3, -1) for b in range(m)],
    "oompahpah": lambda m, r: [(b * 1.0, 0.5, -1) for b in range(1, m)],
    "bossa": lambda m, r: [(b, 0.3, -1) for b in ((0.0, 1.0, 1.75, 2.5, 3.25) if r.random() < 0.5 else (0.5, 1.5, 2.0, 3.25)) if b < m],
    "montuno": lambda m, r: [(b, 0.3, int(r.integers(-1, 4))) for b in (0.0, 0.5, 1.0, 1.75, 2.5, 3.0, 3.5) if b < m and r.random() < 0.9],
    "sixteenscratch": lambda m, r: [(b, 0.12, -1) for b in np.arange(0, m, 0.25).tolist() if r.random() < 0.65],
    "habanera": lambda m, r: [(b * m / 2, 0.3, -1) for b in (0.0, 0.75, 1.0, 1.5)],
    "charleston": lambda m, r: [(0.0, 0.8, -1), (1.5, 0.4, -1)],
    "chacha": lambda m, r: [(b, 0.3, -1) for b in ((1.0, 3.0, 3.5) if r.random() < 0.5 else (0.5, 1.5, 3.0, 3.5))],
    "marcato": lambda m, r: [(float(b), 0.35, -1) for b in range(m)] + ([(m - 0.5, 0.3, -1)] if r.random() < 0.3 else []),
    "sincopa": lambda m, r: [(0.0, 0.4, -1), (0.5, 0.8, -1), (1.5, 0.4, -1), (2.0, 0.8, -1), (3.0, 0.8, -1)],
    "shuffle": lambda m, r: [(b + h, 0.3, -1) for b in range(m) for h in (0, 2 / 3)],
}  # fmt: skip
"""Figures of chord instruments by name."""


def _voice(metre: int, rng: Random) -> list[tuple[float, float]]:
    """One voice of a contrapuntal texture: notes of different lengths that fill the bar."""
    out, at = [], 0.0
    while at < metre - 1e-6:
        length = float(rng.choice([0.5, 1, 1, 1, 2, 0.25, 1.5]))
        if at % 1 and rng.random() < 0.8:
            length = 1 - at % 1
        length = min(length, metre - at)
        if rng.random() < 0.85:
            out.append((at, length * 0.95))
        at += length
    return out


def melody(
    metre: int, sub: int, rng: Random, busy: float, syncopation: float, long: float = 0.0
) -> list[tuple[float, float]]:
    """Rhythm of a tune over one bar: (beat, length); `long` holds the first note through the second beat."""
    if rng.random() < 0.08:
        return []
    step = 1 / 3 if sub in (3, 6) else 0.25
    beats = np.arange(0, metre - 1e-9, step)
    on = np.isclose(beats % 1, 0)
    half = np.isclose(beats % 1, 0.5)
    chance = np.where(on, 0.75, np.where(half, 0.45, 0.16)) if step == 0.25 else np.where(on, 0.8, 0.35)
    chance = np.where(on, chance - 0.5 * syncopation, chance + 0.35 * syncopation) * busy
    chance[0] += 0.2
    chance[(beats > 0) & (beats < min(2, metre - 1))] *= 1 - long
    starts = beats[rng.random(len(beats)) < chance]
    ends = np.append(starts, metre)[1:]
    return [(float(s), float(min(e - s, 2.0) * rng.uniform(0.6, 1))) for s, e in zip(starts, ends, strict=True)]
