"""A small synthesiser for the timbres that General MIDI lacks: analogue, chip and drum-machine sounds."""

from __future__ import annotations

import numpy as np

RATE = 22_050
TABLE = 2048
Random = np.random.Generator


def _spectrum(kind: str, partials: int, rng: Random, bright: float) -> np.ndarray:
    n = np.arange(1, partials + 1)
    if kind == "saw":
        level = 1 / n
    elif kind == "square":
        level = (n % 2) / n
    elif kind == "pulse":
        level = np.sin(np.pi * n * 0.22) / n
    elif kind == "triangle":
        level = (n % 2) / n**2
    elif kind == "organ":
        level = np.isin(n, (1, 2, 3, 4, 6, 8)) / np.sqrt(n)
    else:  # bell and other mixtures
        level = rng.random(partials) / n
    return np.asarray(level * np.exp(-n * (1 - bright) / 4))


class Voice:
    """One timbre: a bright and a dull wave table between which a note moves, and an envelope."""

    def __init__(self, rng: Random, *, chip: bool) -> None:
        kinds = (
            ("square", "pulse", "triangle", "saw")
            if chip
            else ("saw", "saw", "square", "pulse", "triangle", "organ", "bell")
        )
        self.kind = str(rng.choice(kinds))
        self.bright, self.dull = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0, 0.5))
        self.fall = float(rng.uniform(0.05, 0.6))
        self.attack = float(rng.choice([0.002, 0.004, 0.012, 0.05])) if not chip else 0.002
        self.decay = float(rng.choice([0.08, 0.2, 0.5, 3.0]))
        self.release = float(rng.choice([0.01, 0.05, 0.15]))
        self.detune = float(rng.choice([0.0, 0.002, 0.006])) if not chip else 0.0
        self.vibrato = float(rng.choice([0.0, 0.0, 0.004]))
        self.tables: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def _table(self, frequency: float) -> tuple[np.ndarray, np.ndarray]:
        partials = int(np.clip(9500 / frequency, 1, 48))
        key = min((1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48), key=lambda p: (p > partials, abs(p - partials)))
        if key not in self.tables:
            phase = np.arange(TABLE) / TABLE * 2 * np.pi
            waves = []
            for bright in (self.bright, self.dull):
                level = _spectrum(self.kind, key, np.random.default_rng(7), bright)
                wave = (level[:, None] * np.sin(np.arange(1, key + 1)[:, None] * phase)).sum(axis=0)
                waves.append((wave / max(np.sqrt((wave**2).mean()), 1e-9)).astype(np.float32))
            self.tables[key] = (waves[0], waves[1])
        return self.tables[key]

    def play(self, pitch: float, seconds: float, velocity: float) -> np.ndarray:
        """One note, ``(N,) float32``."""
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        count = int((seconds + self.release) * RATE) + 1
        time = np.arange(count, dtype=np.float32) / RATE
        bright, dull = self._table(frequency)
        turns = frequency * time
        if self.vibrato:
            turns = turns + frequency * self.vibrato / 33 * np.sin(33 * time)
        index = (turns * TABLE).astype(np.int64) % TABLE
        part = np.exp(-time / self.fall)
        wave = part * bright[index] + (1 - part) * dull[index]
        if self.detune:
            index = (turns * (1 + self.detune) * TABLE).astype(np.int64) % TABLE
            wave = 0.6 * (wave + part * bright[index] + (1 - part) * dull[index])
        envelope = np.minimum(time / self.attack, 1) * np.exp(-time / self.decay)
        envelope *= np.clip((seconds + self.release - time) / self.release, 0, 1)
        return np.asarray(wave * envelope * (velocity / 127) ** 1.5, np.float32)


def drum_kit(rng: Random, *, chip: bool) -> dict[int, np.ndarray]:
    """One hit of each General MIDI drum, ``(N,) float32`` peaking at about 1."""

    def noise(seconds: float, low: float, high: float, fall: float) -> np.ndarray:
        count = int(seconds * RATE)
        wave = np.fft.rfft(rng.normal(size=count))
        hertz = np.fft.rfftfreq(count, 1 / RATE)
        wave *= 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
        out = np.fft.irfft(wave, count) * np.exp(-np.arange(count) / RATE / fall)
        return out / max(np.abs(out).max(), 1e-9)

    def sweep(start: float, end: float, drop: float, fall: float, seconds: float = 0.5) -> np.ndarray:
        time = np.arange(int(seconds * RATE)) / RATE
        phase = 2 * np.pi * (end * time + (start - end) * drop * (1 - np.exp(-time / drop)))
        wave = np.sign(np.sin(phase)) * 0.6 if chip else np.sin(phase)
        return wave * np.exp(-time / fall)

    def add(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        out = np.zeros(max(len(a), len(b)))
        out[: len(a)] += a
        out[: len(b)] += b
        return out

    u = rng.uniform
    kick = add(sweep(u(120, 400), u(42, 70), u(0.01, 0.04), u(0.08, 0.35)), u(0, 0.4) * noise(0.02, 500, 6000, 0.005))
    snare = add(
        u(0.2, 0.8) * sweep(u(220, 330), u(150, 200), 0.02, u(0.04, 0.12)),
        u(0.5, 1) * noise(0.35, u(400, 1500), 9000, u(0.05, 0.16)),
    )
    hat = noise(0.12, u(4000, 7500), 10_500, u(0.015, 0.05))
    opened = noise(0.5, u(4000, 7000), 10_500, u(0.1, 0.3))
    burst = noise(0.3, 700, 4000, u(0.05, 0.12))
    clap = add(burst, np.concatenate([np.zeros(int(0.012 * RATE)), burst * 0.8]))
    tick = noise(0.05, 1500, 7000, 0.012)
    kit = {
        36: kick,
        35: kick,
        38: snare,
        40: snare,
        37: add(tick, 0.5 * sweep(800, 500, 0.01, 0.02, 0.08)),
        39: clap,
        42: hat,
        44: 0.7 * hat,
        46: opened,
    }
    kit |= {
        51: 0.7 * noise(0.4, 3500, 10_000, 0.12),
        53: 0.7 * noise(0.4, 2500, 9000, 0.1),
        49: noise(1.2, 2500, 10_500, 0.5),
        54: 0.7 * hat,
        70: 0.5 * hat,
        82: 0.5 * hat,
        73: 0.6 * noise(0.2, 1500, 6000, 0.06),
    }
    for number, pitch in (
        (50, 200),
        (47, 150),
        (45, 110),
        (41, 85),
        (63, 240),
        (64, 180),
        (60, 330),
        (61, 270),
        (65, 300),
    ):
        kit[number] = sweep(pitch * 1.6, pitch, 0.03, u(0.1, 0.2))
    for number, pitch in ((56, 560), (67, 800), (75, 2200), (81, 3500)):
        kit[number] = sweep(pitch, pitch, 0.1, u(0.03, 0.09), 0.25)
    if chip:
        levels = float(rng.choice([8, 16, 32]))
        kit = {n: np.round(w * levels) / levels for n, w in kit.items()}
    return {n: w.astype(np.float32) for n, w in kit.items()}
