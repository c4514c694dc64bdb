"""How a dance develops: how large each step is danced, from the music's energy and the form of the song."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles, PlanStep

CHORUS_GROWS = 0.14
"""By how much of the scale a chorus is larger each time that it comes back."""
VERSE_GROWS = 0.04
"""The same of other sections."""
MOST_RETURNS = 3
"""Returns after which nothing grows any more."""
ONWARD = 0.08
"""By how much of the scale a dance grows from its beginning to its end."""
CLIMAX = 0.12
"""By how much of the scale the loudest section stands out."""
STILL = 0.12
"""Energy of the music under which the dancer is still."""


@dataclass(frozen=True)
class Moment:
    """Where a step is in the form of the song.

    Attributes
    ----------
    scale
        How large it is danced: 0 as small as it gets, 1 as large.
    first
        Whether it begins a section.
    chorus
        Whether its section is the one that comes back with the most energy.
    returns
        How often its section was danced before.
    still
        Whether the music breaks off: nothing travels or turns.
    last
        Whether it ends the dance.
    """

    scale: float
    first: bool = False
    chorus: bool = False
    returns: int = 0
    still: bool = False
    last: bool = False


@dataclass(frozen=True)
class _Part:
    """Steps of one section: first and past-last, its label, and its mean energy."""

    first: int
    last: int
    label: str
    energy: float


def _parts(steps: Sequence[PlanStep]) -> list[_Part]:
    borders = [k for k, step in enumerate(steps) if not k or step.section != steps[k - 1].section]
    out = []
    for begin, end in zip(borders, [*borders[1:], len(steps)], strict=True):
        own = steps[begin:end]
        energy = float(np.average([step.energy for step in own], weights=[step.counts for step in own]))
        out.append(_Part(begin, end, own[0].section, energy))
    return out


def _ranks(values: Doubles) -> Doubles:
    """Share of the values that are smaller, ties by half."""
    order = np.sort(values)
    low, high = np.searchsorted(order, values, "left"), np.searchsorted(order, values, "right")
    return np.asarray((low + high) / (2 * len(values)))


def moments_of(steps: Sequence[PlanStep]) -> list[Moment]:
    """Where each step is in the form, and how large it is danced.

    The scale follows the energy of the music, half by its own scale, half by its rank within the song; what comes back
    is larger each time, most of all the chorus; and the loudest section, the later one of two alike, is the largest.
    """
    if not steps:
        return []
    parts = _parts(steps)
    labels = [part.label for part in parts]
    back = {label for label in labels if label and labels.count(label) > 1}
    mean = {label: float(np.mean([part.energy for part in parts if part.label == label])) for label in sorted(back)}
    chorus = max(mean, key=lambda label: mean[label]) if mean else None
    energy = np.array([step.energy for step in steps], np.float64)
    scale = 0.5 * energy + 0.5 * _ranks(energy) if float(np.ptp(energy)) > 1e-6 else energy.copy()
    returns = np.zeros(len(steps), np.int64)
    for number, part in enumerate(parts):
        times = min(labels[:number].count(part.label), MOST_RETURNS) if part.label in back else 0
        returns[part.first : part.last] = times
        scale[part.first : part.last] += times * (CHORUS_GROWS if part.label == chorus else VERSE_GROWS)
    scale += ONWARD * np.arange(len(steps)) / max(len(steps) - 1, 1)
    top = max(parts, key=lambda part: (round(part.energy, 2), part.first))
    if len(parts) > 1:
        scale[top.first : top.last] += CLIMAX
    # What grows beyond the scale takes the rest of the dance down with it, so that the climax stays the climax.
    scale = scale / max(float(scale.max()), 1.0)
    begins = {part.first for part in parts}
    return [
        Moment(
            scale=float(np.clip(scale[k], 0.0, 1.0)),
            first=k in begins,
            chorus=step.section == chorus and chorus is not None,
            returns=int(returns[k]),
            still=step.energy < STILL,
            last=k == len(steps) - 1,
        )
        for k, step in enumerate(steps)
    ]
