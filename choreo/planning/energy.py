"""A curve of energy over time, given by the user in place of the song's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.errors import InputError
from choreo.planning.bars import Bar
from choreo.types import Doubles, Phrase

WANT = "want one number of 0 to 1, or times with numbers between commas, like 0:00=0.2,0:45=0.9"


def read_curve(text: str) -> tuple[Doubles, Doubles]:
    """Times in seconds and energies of ``0.7`` or ``0:00=0.2,1:30=0.9``.

    Raises
    ------
    InputError
    """
    points = []
    for part in text.split(","):
        time, equals, value = part.rpartition("=")
        try:
            minutes, _, seconds = time.rpartition(":")
            moment = 60 * float(minutes or 0) + float(seconds) if equals else 0.0
            energy = float(value)
        except ValueError:
            raise InputError(f"energy {text!r}: {part.strip()!r} cannot be read; {WANT}.") from None
        if not 0 <= energy <= 1 or not 0 <= moment < 1e6:
            raise InputError(f"energy {text!r}: {part.strip()!r} is out of range; {WANT}.")
        points.append((moment, energy))
    times, energies = np.array(sorted(points)).T
    if len(times) > 1 and (np.diff(times) <= 0).any():
        raise InputError(f"energy {text!r}: a time is given twice; {WANT}.")
    return times, energies


def with_energy(phrases: Sequence[Phrase], curve: str) -> list[Phrase]:
    """Phrases with the energy that a curve has where they begin, interpolated linearly between its points."""
    times, energies = read_curve(curve)
    return [replace(each, energy=float(np.interp(each.beats[0], times, energies))) for each in phrases]


def with_drawn(phrases: Sequence[Phrase], bars: Sequence[Bar], drawn: Sequence[tuple[int, float]]) -> list[Phrase]:
    """Phrases with energy drawn by hand: of each the mean over its seconds, those of bars not drawn with its own.

    Parameters
    ----------
    bars
        Those that are danced.
    drawn
        ``(bar, level)``, 0 to 1.
    """
    spans = [(bars[bar].beats[0], bars[bar].beats[-1], level) for bar, level in drawn if bar < len(bars)]
    out = []
    for phrase in phrases:
        begin, end = float(phrase.beats[0]), float(phrase.beats[-1])
        inside = [(max(min(b, end) - max(a, begin), 0.0), level) for a, b, level in spans if a < end and b > begin]
        if sum(share for share, _ in inside) < 1e-6:
            out.append(phrase)
            continue
        added = sum(share * (level - phrase.energy) for share, level in inside) / (end - begin)
        out.append(replace(phrase, energy=round(min(max(phrase.energy + added, 0.0), 1.0), 6)))
    return out
