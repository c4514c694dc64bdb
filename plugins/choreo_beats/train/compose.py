"""Compose training music with known beats: style, harmony, tempo, sections, and what each instrument plays.

The same seed gives the same piece, and the order of random numbers decides what it is: a change here is new training
music.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from figures import BASS, COMP, melody
from styles import DRUMS, STYLES, Style

Random = np.random.Generator
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
LOOPS = (
    (0, 4, 5, 3), (0, 3, 4, 4), (0, 5, 3, 4), (5, 3, 0, 4), (0, 0, 3, 4), (0, 3, 0, 4), (1, 4, 0, 0), (0, 6, 5, 4),
    (0, 2, 3, 4), (0, 0, 0, 0), (0, 5, 1, 4), (0, 6, 3, 0), (0, 3, 6, 2), (0, 0, 4, 4), (0, 4, 0, 4), (0, 0, 5, 6),
)  # fmt: skip
BASSES = {
    "band": (32, 33, 34, 35, 36),
    "metal": (34, 33),
    "synth": (38, 39, 87),
    "classical": (42, 43, 32),
    "solo": (0,),
    "mixed": (33, 38, 39, 32),
    "chip": (38, 87, 33),
}
CHORDS = {
    "band": (0, 1, 4, 5, 7, 16, 17, 24, 25, 26, 27, 21, 61, 48), "metal": (29, 30, 30, 31), "synth": (81, 80, 62, 63, 89, 90, 51, 50, 88),
    "classical": (0, 48, 49, 45, 6, 46, 60, 71, 68, 19), "solo": (0, 0, 3, 1), "mixed": (0, 4, 24, 89, 62, 48, 28, 51, 5), "chip": (80, 81, 62, 16),
}  # fmt: skip
LEADS = {
    "band": (65, 66, 56, 73, 26, 27, 53, 22, 11, 21, 40, 85), "metal": (29, 30, 84, 81), "synth": (80, 81, 84, 85, 87, 98), "classical": (40, 73, 68, 71, 56, 0, 41, 60),
    "solo": (0, 0), "mixed": (53, 52, 54, 85, 81, 25, 73, 11), "chip": (80, 81, 87, 79),
}  # fmt: skip


@dataclass
class Track:
    """Notes ``(N, 4)``: start and length in beats, pitch, velocity; `program` is General MIDI's, -1 for drums."""

    name: str
    program: int
    gain: float
    notes: list[tuple[float, float, float, float]] = field(default_factory=list)


@dataclass
class TrainingPiece:
    """A composed piece: tracks in beats, and when each beat falls in seconds."""

    style: str
    label: str
    metre: int
    tracks: list[Track]
    beats: np.ndarray
    positions: np.ndarray
    sounds: str

    def seconds(self, beat: np.ndarray) -> np.ndarray:
        """Time of any (fractional) beat."""
        return np.interp(beat, np.arange(len(self.beats)), self.beats)


def compose(seed: int, seconds: float = 45.0, style: str | None = None) -> TrainingPiece:
    """Compose a piece of at least `seconds`, of a random style when none is given."""
    rng = np.random.default_rng(seed)
    names = list(STYLES)
    weights = np.array([STYLES[n].weight for n in names])
    name = style or str(rng.choice(names, p=weights / weights.sum()))
    kind = STYLES[name]
    bpm = float(rng.uniform(*kind.bpm) * (rng.uniform(0.9, 1.1) if rng.random() < 0.3 else 1))
    bars = int(np.ceil((seconds + 2) * bpm / 60 / kind.metre)) + 1
    beats = tempo_curve(rng, bars * kind.metre + 1, bpm, kind.rubato)
    swing = float(rng.uniform(*kind.swing))
    tracks = _arrange(rng, kind, bars, swing)
    positions = np.arange(len(beats)) % kind.metre + 1
    if rng.random() < 0.15 and kind.metre > 2:  # the piece begins within a bar
        shift = int(rng.integers(1, kind.metre))
        beats, positions = beats[shift:] - beats[shift], positions[shift:]
        for track in tracks:
            track.notes = [(s - shift, n, p, v) for s, n, p, v in track.notes if s >= shift]
    lead_in = float(rng.uniform(0, 1.2)) if rng.random() < 0.5 else 0.0
    return TrainingPiece(name, kind.label, kind.metre, tracks, beats + lead_in, positions, kind.sounds)


def tempo_curve(rng: Random, count: int, bpm: float, rubato: float) -> np.ndarray:
    """Times of the beats, ``(count,)`` seconds: steady, drifting, with a jump, or with rubato."""
    period = np.full(count - 1, 60 / bpm)
    index = np.arange(count - 1)
    kind = rng.random()
    if rng.random() < rubato:
        for _ in range(3):
            length = rng.uniform(6, 40)
            period *= 1 + rng.uniform(0.01, 0.06) * np.sin(2 * np.pi * index / length + rng.uniform(0, 6.3))
        phrase = int(rng.choice([8, 12, 16]))
        period *= 1 + rng.uniform(0, 0.18) * (index % phrase >= phrase - 2)
        period *= 1 + rng.normal(0, 0.012, count - 1)
    elif kind < 0.2:
        period *= 1 + rng.uniform(0.005, 0.03) * np.sin(2 * np.pi * index / rng.uniform(20, 80) + rng.uniform(0, 6.3))
    elif kind < 0.25:
        period *= np.linspace(1, rng.uniform(0.75, 1.3), count - 1)
    elif kind < 0.28:
        period[int(rng.uniform(0.3, 0.7) * count) :] *= rng.uniform(0.7, 1.4)
    return np.concatenate([[0.0], np.cumsum(period)])


def _swung(beat: float, swing: float) -> float:
    whole, part = divmod(beat, 1.0)
    return whole + (part * 2 * swing if part < 0.5 else swing + (part - 0.5) * 2 * (1 - swing))


def _mutated(line: str, rng: Random, chance: float) -> str:
    out = list(line)
    for k in range(len(out)):
        if rng.random() < chance:
            out[k] = "." if out[k] != "." else str(rng.choice(list("xo?")))
    return "".join(out)


def _chords(rng: Random, kind: Style, bars: int) -> tuple[list[tuple[float, list[int]]], np.ndarray]:
    """Chord changes (beat, pitch classes from the root up), and the scale."""
    key, scale = int(rng.integers(12)), MAJOR if rng.random() < 0.55 else MINOR
    pace = float(rng.choice(kind.chords))  # bars a chord
    loops = [LOOPS[int(rng.integers(len(LOOPS)))] for _ in range(2)]
    seventh = rng.random() < 0.35
    changes: list[tuple[float, list[int]]] = []
    step = pace * kind.metre
    if pace < 1 and kind.metre % 2:
        step = float(kind.metre)
    for n in range(int(np.ceil(bars * kind.metre / step)) + 1):
        beat = n * step
        section = int(beat // (8 * kind.metre)) % 4
        loop = loops[1 if section == 2 else 0]
        degree = loop[n % 4] if rng.random() > 0.08 else int(rng.integers(7))
        tones = [0, 2, 4, 6] if seventh else [0, 2, 4, 7]
        classes = [key + scale[(degree + t) % 7] + 12 * ((degree + t) // 7) for t in tones]
        anticipated = rng.random() < 0.04 and kind.sub == 4
        changes.append((max(0.0, beat - (0.5 if anticipated else 0.0)), classes))
    return changes, np.array([key + s for s in scale])


def _at(changes: list[tuple[float, list[int]]], beat: float) -> list[int]:
    found = changes[0][1]
    for start, chord in changes:
        if start > beat + 1e-6:
            break
        found = chord
    return found


def _arrange(
    rng: Random,
    kind: Style,
    bars: int,
    swing: float,
) -> list[Track]:
    changes, scale = _chords(rng, kind, bars)
    sounds = kind.sounds if kind.sounds != "mixed" else str(rng.choice(["band", "synth", "mixed"]))
    drummed = rng.random() >= kind.drumless
    # Which parts play in which of three sections of 8 bars.
    parts = ["drums", "bass", "comp", "comp2", "lead"]
    plays = {
        part: [
            rng.random() < {"drums": 0.93, "bass": 0.9, "comp": 0.92, "comp2": 0.45, "lead": 0.65}[part]
            for _ in range(3)
        ]
        for part in parts
    }
    if not drummed:
        plays["drums"] = [False] * 3
    for k in range(3):
        if not any(plays[p][k] for p in parts):
            plays["comp"][k] = True
        if not plays["drums"][k] and not plays["comp"][k] and not plays["comp2"][k]:
            plays["comp"][k] = True
    order = [0, 0, 1, 0, 2, 1, 0, 0, 1, 1, 2, 0]
    if rng.random() < 0.3:
        order = [2, *order]
    order = [order[(bar // 8) % len(order)] for bar in range(bars)]  # section of each bar
    humanise = float(rng.choice([0.0, 0.004, 0.009, 0.015])) * (
        1.0 if sounds in ("band", "classical", "metal", "solo") else 0.4
    )
    tracks = []
    if drummed:
        tracks.append(_drums(rng, kind, bars, swing, plays["drums"], order))
    kicks = _kicks(kind)
    bass = Track("bass", int(rng.choice(BASSES[sounds])), float(rng.uniform(0.5, 1.1)))
    _fill_bass(rng, kind, bars, swing, changes, bass, plays["bass"], order, kicks)
    tracks.append(bass)
    for part in ("comp", "comp2"):
        track = Track(part, int(rng.choice(CHORDS[sounds])), float(rng.uniform(0.3, 0.9)))
        _fill_comp(rng, kind, bars, swing, changes, track, plays[part], order)
        tracks.append(track)
    lead = Track("lead", int(rng.choice(LEADS[sounds])), float(rng.uniform(0.4, 1.0)))
    _fill_lead(rng, kind, bars, swing, changes, scale, lead, plays["lead"], order)
    tracks.append(lead)
    for track in tracks:
        spread = rng.normal(0, 1, len(track.notes)) * humanise * 2
        lag = float(rng.normal(0, humanise / 2))
        track.notes = [(max(0.0, s + d + lag), n, p, v) for (s, n, p, v), d in zip(track.notes, spread, strict=True)]
    return [t for t in tracks if t.notes]


def _kicks(kind: Style) -> tuple[float, ...]:
    lines = kind.drums.get("kick", ("x",))
    line = lines[0]
    return tuple(k / kind.sub for k, c in enumerate(line[: kind.metre * kind.sub]) if c in "Xx")


def _drums(rng: Random, kind: Style, bars: int, swing: float, plays: list[bool], order: list[int]) -> Track:
    track = Track("drums", -1, float(rng.uniform(0.6, 1.3)))
    steps = kind.metre * kind.sub
    change = float(rng.choice([0.0, 0.01, 0.03]))
    chosen = []
    for _ in range(3):
        lines = {}
        for drum, options in kind.drums.items():
            if drum not in ("kick", "snare") and rng.random() < 0.2:
                continue
            line = _mutated(str(options[int(rng.integers(len(options)))]), rng, change)
            swap = {"hat": "ride", "snare": "rim", "open": "hat", "clap": "snare", "shaker": "maracas"}
            lines[swap[drum] if drum in swap and rng.random() < 0.12 else drum] = line
        chosen.append(lines)
    fills = rng.random() < 0.7
    every = int(rng.choice([4, 8]))
    for bar in range(bars):
        section = order[bar]
        if not plays[section] or (bar % 8 == 7 and rng.random() < 0.1):
            continue
        fill = fills and bar % every == every - 1 and rng.random() < 0.7
        cut = steps - int(rng.integers(1, max(2, steps // 2))) if fill else steps
        for drum, line in chosen[section].items():
            for k in range(min(steps, len(line))):
                char = line[k]
                if char == "." or (char == "?" and rng.random() < 0.5) or (fill and k >= cut and drum != "kick"):
                    continue
                level = {"X": 112, "x": 92, "o": 52, "?": 70}[char] * rng.uniform(0.88, 1.08)
                track.notes.append((bar * kind.metre + _swung(k / kind.sub, swing), 0.1, DRUMS[drum], min(127, level)))
        if fill:
            toms = rng.choice(["snare", "tom1", "tom2", "tom3"], 4)
            for n, k in enumerate(range(cut, steps)):
                if rng.random() < 0.8:
                    drum = str(toms[min(3, 4 * n // max(1, steps - cut))])
                    track.notes.append(
                        (bar * kind.metre + _swung(k / kind.sub, swing), 0.1, DRUMS[drum], float(rng.uniform(70, 118)))
                    )
        if bar % 8 == 0 and bar and rng.random() < 0.5 and kind.sounds not in ("classical", "solo"):
            track.notes.append((bar * kind.metre, 0.5, DRUMS["crash"], float(rng.uniform(85, 120))))
    return track


def _fill_bass(rng, kind, bars, swing, changes, track, plays, order, kicks) -> None:
    low = int(rng.integers(28, 40))
    figures = [str(rng.choice(kind.bass)) for _ in range(3)]
    seeds = rng.integers(0, 2**31, 3)
    for bar in range(bars):
        section = order[bar]
        if not plays[section]:
            continue
        varied = np.random.default_rng(int(seeds[section]) + (bar % 2 if rng.random() < 0.5 else 0))
        for start, length, interval in BASS[figures[section]](kind.metre, varied, kicks):
            beat = bar * kind.metre + start
            root = low + (_at(changes, beat)[0] - low) % 12
            track.notes.append(
                (bar * kind.metre + _swung(start, swing), length, root + interval, float(rng.uniform(78, 110)))
            )


def _fill_comp(rng, kind, bars, swing, changes, track, plays, order) -> None:
    low = int(rng.integers(48, 64)) if track.program not in (29, 30, 31) else int(rng.integers(40, 50))
    figures = [str(rng.choice(kind.comp)) for _ in range(3)]
    seeds = rng.integers(0, 2**31, 3)
    accent = rng.random() < 0.7
    for bar in range(bars):
        section = order[bar]
        if not plays[section]:
            continue
        varied = np.random.default_rng(int(seeds[section]) + (bar % 2 if rng.random() < 0.3 else 0))
        for start, length, what in COMP[figures[section]](kind.metre, varied):
            beat = bar * kind.metre + start
            tones = sorted(low + (c - low) % 12 for c in _at(changes, beat))
            chosen = tones if what < 0 else [tones[what % len(tones)]]
            if track.program in (29, 30, 31) and what < 0:
                root = low + (_at(changes, beat)[0] - low) % 12
                chosen = [root, root + 7]
            level = rng.uniform(62, 92) + (
                14 if accent and start % kind.metre < 1e-6 else 5 if accent and start % 1 < 1e-6 else 0
            )
            for pitch in chosen:
                track.notes.append((bar * kind.metre + _swung(start, swing), length, pitch, float(level)))


def _fill_lead(rng, kind, bars, swing, changes, scale, track, plays, order) -> None:
    busy = float(rng.uniform(0.45, 1.15))
    sync = float(rng.uniform(0, 0.7)) if rng.random() < 0.6 else float(kind.extra.get("sync", 0.0))
    motifs = {
        s: [melody(kind.metre, kind.sub, rng, busy, sync, kind.extra.get("long", 0.0)) for _ in range(4)]
        for s in range(3)
    }
    pitches = np.sort(np.concatenate([(scale % 12) + 12 * octave for octave in (5, 6)]))
    index = len(pitches) // 2
    for bar in range(bars):
        section = order[bar]
        if not plays[section]:
            continue
        for start, length in motifs[section][bar % 4]:
            beat = bar * kind.metre + start
            index = int(np.clip(index + rng.integers(-2, 3), 0, len(pitches) - 1))
            pitch = int(pitches[index])
            if start % 1 == 0:
                near = [12 * octave + c % 12 for octave in (5, 6) for c in _at(changes, beat)]
                pitch = min(near, key=lambda p: abs(p - pitches[index]))
            level = rng.uniform(70, 100) + (10 if start % 1 < 1e-6 else 0)
            track.notes.append((bar * kind.metre + _swung(start, swing), length, pitch, float(min(level, 124))))
