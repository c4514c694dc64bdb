"""Compose training music with known beats: style, harmony, tempo, sections, and what each instrument plays.

The same seed gives the same piece, and the order of random numbers decides what it is: a change here is new training
music.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from figures import BASS, COMP, Hit, melody
from styles import DRUMS, Style
from styles_dance import STYLES

Random = np.random.Generator
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
LOOPS = (
    (0, 4, 5, 3), (0, 3, 4, 4), (0, 5, 3, 4), (5, 3, 0, 4), (0, 0, 3, 4), (0, 3, 0, 4), (1, 4, 0, 0), (0, 6, 5, 4),
    (0, 2, 3, 4), (0, 0, 0, 0), (0, 5, 1, 4), (0, 6, 3, 0), (0, 3, 6, 2), (0, 0, 4, 4), (0, 4, 0, 4), (0, 0, 5, 6),
)  # fmt: skip
UNEVEN = (
    (6, 2),
    (4, 4, 6, 2),
    (3, 5),
    (4, 2, 2),
    (2, 6, 4, 4),
    (4, 4, 2, 2, 4),
    (8, 4, 4),
    (6, 2, 4, 4),
    (7, 1, 4, 4),
    (12, 4),
)
"""Beats that the chords of a loop last, where they are unequal."""
TWELVE = (0, 0, 0, 0, 3, 3, 0, 0, 4, 3, 0, 4)
"""The twelve bars of the blues."""
BASSES = {
    "band": (32, 33, 34, 35, 36),
    "metal": (34, 33),
    "synth": (38, 39, 87),
    "classical": (42, 43, 32),
    "solo": (0,),
    "mixed": (33, 38, 39, 32),
    "chip": (38, 87, 33),
    "rock": (33, 34, 35),
    "country": (32, 33),
}
CHORDS = {
    "band": (0, 1, 4, 5, 7, 16, 17, 24, 25, 26, 27, 21, 61, 48), "metal": (29, 30, 30, 31), "synth": (81, 80, 62, 63, 89, 90, 51, 50, 88),
    "classical": (0, 48, 49, 45, 6, 46, 60, 71, 68, 19), "solo": (0, 0, 3, 1), "mixed": (0, 4, 24, 89, 62, 48, 28, 51, 5), "chip": (80, 81, 62, 16),
    "rock": (29, 30, 27, 28, 18, 25, 26), "country": (25, 24, 27, 105, 0, 15),
}  # fmt: skip
LEADS = {
    "band": (65, 66, 56, 73, 26, 27, 53, 22, 11, 21, 40, 85), "metal": (29, 30, 84, 81), "synth": (80, 81, 84, 85, 87, 98), "classical": (40, 73, 68, 71, 56, 0, 41, 60),
    "solo": (0, 0), "mixed": (53, 52, 54, 85, 81, 25, 73, 11), "chip": (80, 81, 87, 79),
    "rock": (29, 30, 53, 54, 26, 18), "country": (105, 110, 22, 27, 53, 25),
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
    metres: np.ndarray
    subdivision: int
    sections: list[tuple[int, str]]
    """Beat at which each part of the form begins, and its letter."""

    def seconds(self, beat: np.ndarray) -> np.ndarray:
        """Time of any (fractional) beat."""
        return np.interp(beat, np.arange(len(self.beats)), self.beats)


COMPOUND = {"ballad12", "sixeight", "jig", "sixswing", "classical68"}
"""Styles of the first table whose beats divide in three all through, beside those that say so."""


@dataclass(frozen=True)
class Habits:
    """What holds for a whole piece.

    `twin`: the second half of each bar of drums, bass and chords is as the first, so that only harmony, melody and form
    tell where bars begin; `riff`: the drums alone are so, and there is one chord; `uneven`: chords last unequally long;
    `early`: they change half a beat before the bar; `part`: bars of each part of the form; `drums`: how loud they are.
    """

    twin: bool
    riff: bool
    uneven: bool
    drums: float
    early: bool
    part: int
    key: int
    phrased: bool


def compose(seed: int, seconds: float = 45.0, style: str | None = None, other: str | None = None) -> TrainingPiece:
    """Compose a piece of at least `seconds`, of a random style when none is given; `other`: with a part in that style."""
    rng = np.random.default_rng(seed)
    names = list(STYLES)
    weights = np.array([STYLES[n].weight for n in names])
    name = style or str(rng.choice(names, p=weights / weights.sum()))
    kind = STYLES[name]
    bpm = float(rng.uniform(*kind.bpm) * (rng.uniform(0.9, 1.1) if rng.random() < 0.3 else 1))
    swing = float(rng.uniform(*kind.swing))
    part = 12 if kind.extra.get("twelve") and rng.random() < 0.8 else int(rng.choice([4, 8, 8, 8, 8, 16]))
    twin = kind.metre == 4 and rng.random() < 0.45
    early = kind.sub == 4 and rng.random() < 0.12
    riff = twin and rng.random() < 0.3
    uneven = kind.metre == 4 and rng.random() < 0.3
    drums = float(np.exp(rng.uniform(-0.5, 0.9 if twin else 0.5)))
    phrased = bool(rng.random() < 0.65)
    habits = Habits(twin, riff, uneven, drums, early, part, int(rng.integers(12)), phrased)
    total = int(np.ceil((seconds + 2) * bpm / 60)) + 1
    runs: list[tuple[Style, int]] = [(kind, int(np.ceil(total / kind.metre)))]
    if other is not None:
        first, middle = int(rng.choice([8, 8, 12, 16])), int(rng.choice([8, 8, 12, 16]))
        odd = STYLES[other]
        left = total - first * kind.metre - middle * odd.metre
        runs = [(kind, first), (odd, middle), (kind, max(4, int(np.ceil(left / kind.metre))))]
    elif kind.metre == 4 and rng.random() < 0.03:  # a single bar of two
        first = int(rng.choice([8, 12, 16]))
        runs = [(kind, first), (replace(kind, metre=2), 1), (kind, runs[0][1] - first)]
        runs = [(each, count) for each, count in runs if count > 0]
    tracks: list[Track] = []
    positions, metres, sections, at = [], [], [], 0
    for each, bars in runs:
        order = _form(rng, bars, habits.part)
        made = _arrange(rng, each, bars, swing, habits, order)
        for track in made:
            track.notes = [(s + at, n, p, v) for s, n, p, v in track.notes]
            known = next((t for t in tracks if t.name == track.name), None)
            if known is None:
                tracks.append(track)
            else:
                known.notes += track.notes
        letters = "ABC" if each is kind else "DEF"
        starts = [bar for bar in range(bars) if bar % habits.part == 0]
        sections += [(at + bar * each.metre, letters[order[bar]]) for bar in starts]
        positions += list(range(1, each.metre + 1)) * bars
        metres += [each.metre] * (each.metre * bars)
        at += each.metre * bars
    beats = tempo_curve(rng, at + 1, bpm, kind.rubato)
    positions, metres = np.array([*positions, 1]), np.array([*metres, metres[-1]])
    _quiet_start(rng, tracks, runs[0])
    if rng.random() < 0.15 and kind.metre > 2:  # the piece begins within a bar
        shift = int(rng.integers(1, kind.metre))
        beats, positions, metres = beats[shift:] - beats[shift], positions[shift:], metres[shift:]
        sections = [(max(0, beat - shift), letter) for beat, letter in sections]
        for track in tracks:
            track.notes = [(s - shift, n, p, v) for s, n, p, v in track.notes if s >= shift]
    tracks = [track for track in tracks if track.notes]
    beats = beats * max(1.0, (seconds + 0.5) / beats[-1])  # a piece that gets faster would end too soon
    lead_in = float(rng.uniform(0, 1.2)) if rng.random() < 0.5 else 0.0
    compound = name in COMPOUND or bool(kind.extra.get("compound"))
    return TrainingPiece(
        name,
        kind.label,
        kind.metre,
        tracks,
        beats + lead_in,
        positions,
        kind.sounds,
        metres,
        3 if compound else 2,
        sections,
    )


def _form(rng: Random, bars: int, part: int) -> list[int]:
    """Which of three parts each bar belongs to."""
    order = [0, 0, 1, 0, 2, 1, 0, 0, 1, 1, 2, 0] if rng.random() < 0.5 else [0, 1, 0, 1, 2, 1, 0, 2, 1, 0, 1, 2]
    if rng.random() < 0.3:
        order = [2, *order]
    return [order[(bar // part) % len(order)] for bar in range(bars)]


def _quiet_start(rng: Random, tracks: list[Track], run: tuple[Style, int]) -> None:
    """Now and then nothing but chords is heard for the first bars."""
    kind, bars = run
    if rng.random() > 0.12 or not any(t.name == "comp" for t in tracks):
        return
    until = kind.metre * min(int(rng.choice([2, 4, 8])), bars)
    for track in tracks:
        if track.name not in ("comp", "comp2"):
            track.notes = [note for note in track.notes if note[0] >= until]


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
    elif kind < 0.29:
        period[int(rng.uniform(0.3, 0.7) * count) :] *= rng.choice([0.5, 0.56, 0.62, 0.7, 1.5, 1.7])
    elif kind < 0.3:
        period /= np.linspace(1, rng.uniform(1.5, 2.6), count - 1)
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


def _chords(
    rng: Random, kind: Style, bars: int, habits: Habits, order: list[int]
) -> tuple[list[tuple[float, list[int]]], np.ndarray]:
    """Chord changes (beat, pitch classes from the root up), and the scale."""
    key, scale = habits.key, MAJOR if rng.random() < 0.55 else MINOR
    pace = float(rng.choice(kind.chords)) if not habits.twin else float(rng.choice([1, 1, 1, 2]))  # bars a chord
    loops = [LOOPS[int(rng.integers(len(LOOPS)))] for _ in range(3)]
    seventh = rng.random() < 0.35
    changes: list[tuple[float, list[int]]] = []
    lengths = UNEVEN[int(rng.integers(len(UNEVEN)))]
    step = pace * kind.metre
    if pace < 1 and kind.metre % 2:
        step = float(kind.metre)
    mean = sum(lengths) / len(lengths) if habits.uneven else step
    for n in range(int(np.ceil(bars * kind.metre / mean)) + 1):
        beat = n * step
        if habits.uneven:
            beat = float(sum(lengths) * (n // len(lengths)) + sum(lengths[: n % len(lengths)]))
        bar = min(int(beat // kind.metre), bars - 1)
        loop = TWELVE if kind.extra.get("twelve") and pace == 1 else loops[order[bar]]
        if habits.riff:
            loop = (0,)
        degree = loop[n % len(loop)] if rng.random() > 0.08 else int(rng.integers(7))
        tones = [0, 2, 4, 6] if seventh else [0, 2, 4, 7]
        classes = [key + scale[(degree + t) % 7] + 12 * ((degree + t) // 7) for t in tones]
        anticipated = rng.random() < (0.6 if habits.early else 0.04) and kind.sub == 4
        if changes and beat - 0.5 <= changes[-1][0]:
            continue
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
    habits: Habits,
    order: list[int],
) -> list[Track]:
    changes, scale = _chords(rng, kind, bars, habits, order)
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
    humanise = float(rng.choice([0.0, 0.004, 0.009, 0.015])) * (
        1.0 if sounds in ("band", "classical", "metal", "solo", "rock", "country") else 0.4
    )
    tracks = []
    if drummed:
        tracks.append(_drums(rng, kind, bars, swing, plays["drums"], order, habits))
    kicks = _kicks(kind)
    bass = Track("bass", int(rng.choice(BASSES[sounds])), float(rng.uniform(0.5, 1.1)))
    _fill_bass(rng, kind, bars, swing, changes, bass, plays["bass"], order, kicks, habits)
    tracks.append(bass)
    for part in ("comp", "comp2"):
        track = Track(part, int(rng.choice(CHORDS[sounds])), float(rng.uniform(0.15, 0.9)))
        _fill_comp(rng, kind, bars, swing, changes, track, plays[part], order, habits)
        tracks.append(track)
    lead = Track("lead", int(rng.choice(LEADS[sounds])), float(rng.uniform(0.4, 1.0)))
    _fill_lead(rng, kind, bars, swing, changes, scale, lead, plays["lead"], order, habits)
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


def _drums(
    rng: Random, kind: Style, bars: int, swing: float, plays: list[bool], order: list[int], habits: Habits
) -> Track:
    track = Track("drums", -1, float(rng.uniform(0.6, 1.3)) * habits.drums)
    steps = kind.metre * kind.sub
    change = float(rng.choice([0.0, 0.01, 0.03]))
    chosen = []
    for _ in range(3):
        lines = {}
        for drum, options in kind.drums.items():
            if drum not in ("kick", "snare") and rng.random() < 0.2:
                continue
            line = _mutated(str(options[int(rng.integers(len(options)))]), rng, change)
            if habits.twin and len(line) == steps:
                line = line[: steps // 2] * 2
            swap = {"hat": "ride", "snare": "rim", "open": "hat", "clap": "snare", "shaker": "maracas"}
            lines[swap[drum] if drum in swap and rng.random() < 0.12 else drum] = line
        chosen.append(lines)
    if kind.metre == 4 and kind.sub == 4 and rng.random() < 0.06:  # a break at half the pace
        chosen[2] = {"kick": "X.............x.", "snare": "........X.......", "hat": "x...x...x...x..."}
    fills = rng.random() < 0.7
    every = int(rng.choice([4, 8])) if habits.part % 8 == 0 else 4
    crashes = kind.sounds not in ("classical", "solo") and rng.random() < 0.75
    for bar in range(bars):
        section = order[bar]
        if not plays[section] or (bar % 8 == 7 and rng.random() < 0.1):
            continue
        fill = fills and bar % every == every - 1 and rng.random() < 0.7
        cut = steps - int(rng.integers(1, max(2, steps // 2))) if fill else steps
        for drum, line in chosen[section].items():
            line = line[steps * (bar % (len(line) // steps)) :] if len(line) >= steps else line
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
        if bar % habits.part == 0 and crashes and rng.random() < 0.8:
            track.notes.append((bar * kind.metre, 0.5, DRUMS["crash"], float(rng.uniform(85, 120))))
    return track


def _twinned(hits: list[Hit], metre: int) -> list[Hit]:
    """The second half of a bar as the first."""
    half = [hit for hit in hits if hit[0] < metre / 2]
    return [*half, *((start + metre / 2, length, what) for start, length, what in half)]


def _fill_bass(rng, kind, bars, swing, changes, track, plays, order, kicks, habits) -> None:
    low = int(rng.integers(28, 40))
    figures = [str(rng.choice(kind.bass)) for _ in range(3)]
    seeds = rng.integers(0, 2**31, 3)
    for bar in range(bars):
        section = order[bar]
        if not plays[section]:
            continue
        varied = np.random.default_rng(int(seeds[section]) + (bar % 2 if rng.random() < 0.5 else 0))
        hits = BASS[figures[section]](kind.metre, varied, kicks)
        for start, length, interval in _twinned(hits, kind.metre) if habits.twin and not habits.riff else hits:
            beat = bar * kind.metre + start
            root = low + (_at(changes, beat)[0] - low) % 12
            track.notes.append(
                (bar * kind.metre + _swung(start, swing), length, root + interval, float(rng.uniform(78, 110)))
            )


def _fill_comp(rng, kind, bars, swing, changes, track, plays, order, habits) -> None:
    low = int(rng.integers(48, 64)) if track.program not in (29, 30, 31) else int(rng.integers(40, 50))
    figures = [str(rng.choice(kind.comp)) for _ in range(3)]
    seeds = rng.integers(0, 2**31, 3)
    accent = rng.random() < 0.7 and not habits.twin
    for bar in range(bars):
        section = order[bar]
        if not plays[section]:
            continue
        varied = np.random.default_rng(int(seeds[section]) + (bar % 2 if rng.random() < 0.3 else 0))
        hits = COMP[figures[section]](kind.metre, varied)
        for start, length, what in _twinned(hits, kind.metre) if habits.twin and not habits.riff else hits:
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


def _fill_lead(rng, kind, bars, swing, changes, scale, track, plays, order, habits) -> None:
    busy = float(rng.uniform(0.45, 1.15))
    sync = float(rng.uniform(0, 0.7)) if rng.random() < 0.6 else float(kind.extra.get("sync", 0.0))
    motifs = {
        s: [melody(kind.metre, kind.sub, rng, busy, sync, kind.extra.get("long", 0.0)) for _ in range(4)]
        for s in range(3)
    }
    pitches = np.sort(np.concatenate([(scale % 12) + 12 * octave for octave in (5, 6)]))
    index = len(pitches) // 2
    span = int(rng.choice([2, 4, 4]))
    ahead = rng.random() < 0.5
    for bar in range(bars):
        section = order[bar]
        if not plays[section]:
            continue
        tune = motifs[section][bar % 4]
        if habits.phrased and bar % span == span - 1:
            tune = [(start, length) for start, length in tune if start < kind.metre / 2]
            if ahead and rng.random() < 0.6:
                tune = [*tune, *((kind.metre - back, 0.45) for back in (1.0, 0.5)[: int(rng.integers(1, 3))])]
        for start, length in tune:
            beat = bar * kind.metre + start
            index = int(np.clip(index + rng.integers(-2, 3), 0, len(pitches) - 1))
            pitch = int(pitches[index])
            if start % 1 == 0:
                near = [12 * octave + c % 12 for octave in (5, 6) for c in _at(changes, beat)]
                pitch = min(near, key=lambda p: abs(p - pitches[index]))
            level = rng.uniform(70, 100) + (10 if start % 1 < 1e-6 else 0)
            track.notes.append((bar * kind.metre + _swung(start, swing), length, pitch, float(min(level, 124))))
