"""Stage lights that go with the song: a section has its colours, energy is strength, a beat a faint pulse.

All of it follows from the timeline, so the same dance is lit the same way by every renderer. Colours are cross-faded
from the beginning of each step, or of a light that a user wants in some bars. The lights from behind hit where a
section or a strong step begins, and all goes dark at the end. Where flashes are allowed every beat hits, the backdrop
with it; else hits are at least a second apart and on the dancers alone (`choreo.video.flashes` says what is too much).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.motion.easing import smoothstep
from choreo.planfile.film_names import LIGHTS
from choreo.types import Doubles, StageLights, Timeline
from choreo.video.timeline import section_at

PALETTES = (
    ((0.16, 0.34, 0.80), (0.50, 0.16, 0.34), (0.030, 0.020, 0.052)),  # blue and rose
    ((0.07, 0.46, 0.50), (0.74, 0.36, 0.09), (0.010, 0.034, 0.040)),  # teal and amber
    ((0.40, 0.15, 0.85), (0.09, 0.43, 0.62), (0.036, 0.013, 0.060)),  # violet and cyan
    ((0.74, 0.10, 0.17), (0.14, 0.27, 0.80), (0.056, 0.012, 0.023)),  # crimson and blue
    ((0.66, 0.10, 0.52), (0.76, 0.30, 0.08), (0.050, 0.013, 0.033)),  # magenta and orange
    ((0.12, 0.48, 0.25), (0.68, 0.46, 0.12), (0.014, 0.037, 0.021)),  # green and gold
)
"""Linear light of the rim from the left, the rim from the right, and the glow behind; one row a section's label."""
GOLD = ((0.80, 0.50, 0.14), (0.70, 0.34, 0.07), (0.050, 0.030, 0.010))
WHITE = ((0.52, 0.55, 0.62), (0.62, 0.57, 0.52), (0.030, 0.030, 0.034))


@dataclass(frozen=True)
class Light:
    """What a user may ask for: colours as in `PALETTES`, none for those that are there; factors on them and the key.

    `level` is a factor on all light.
    """

    colours: tuple[tuple[float, ...], ...] | None
    strength: float = 1.0
    key: float = 1.0
    level: float = 1.0


NAMED = {name: Light(colours) for name, colours in zip(LIGHTS, (*PALETTES, GOLD, WHITE), strict=False)} | {
    "dim": Light(None, 0.4, 0.4),
    "blackout": Light(None, 0.0, 0.0, 0.0),
}
STRENGTH = (0.55, 0.9)
"""Strength of the colours without energy, and what full energy adds."""
KEY = (0.88, 0.2)
"""The same of the light from the front: everything stays easy to see."""
FADE = 0.9
"""Seconds of the cross-fade from one step's light to the next one's."""
PULSE = 0.16
"""What a downbeat adds to the colours at full energy, as a share; other beats add half of it."""
DECAY = 0.22
"""Seconds in which a pulse falls to a third."""
HIT, HIT_KEY = 0.9, 0.1
"""What a hit adds to the colours from behind and to the light from the front, as shares."""
HIT_DECAY = 0.3
"""Seconds in which a hit falls to a third."""
STRONG = 0.65
"""Energy from which the beginning of a step is a hit."""
APART = 1.0
"""Seconds between two hits, where flashes are not allowed."""
STROBE = 1.5
"""What a hit adds to the glow behind, as a share, where flashes are allowed."""
DARK = 0.5
"""Seconds before the end in which all light goes."""


@dataclass(frozen=True)
class Cue:
    """What the lights fade to from `start` (seconds): colours times their strength, factor of the key, energy.

    `level` is a factor on all light; `name` that of the light, of which `own` says whether a user wants it.
    """

    start: float
    colours: tuple[tuple[float, ...], ...]
    key: float
    energy: float
    level: float = 1.0
    name: str = ""
    own: bool = False


def cues(timeline: Timeline) -> tuple[Cue, ...]:
    """One cue a step: colours in the order in which the song brings its sections' labels, which they keep.

    Where a user wants another light one more begins, and one where it ends.
    """
    labels: dict[str, int] = {}
    made = []
    energies = timeline.energies or (0.5,) * len(timeline.steps)
    borders = sorted({time for span in timeline.lights for time in (span.start, span.end)})
    for step, energy in zip(timeline.steps, energies, strict=True):
        part = next((s for s in timeline.sections if s.start - 1e-6 <= step.start < s.end - 1e-6), None)
        row = labels.setdefault(part.label, len(labels)) if part is not None and part.label else 0
        within = [time for time in borders if step.start + 1e-3 < time < step.end - 1e-3]
        made += [_cue(timeline, start, energy, row % len(PALETTES)) for start in (step.start, *within)]
    return tuple(made)


def _cue(timeline: Timeline, start: float, energy: float, row: int) -> Cue:
    """The light that begins at a time in a section that has a row of `PALETTES`."""
    own = section_at(timeline.lights, start + 1e-3)
    light = NAMED[LIGHTS[row] if own is None else own.label]
    strength = light.strength * (STRENGTH[0] + STRENGTH[1] * energy)
    colours = tuple(tuple(strength * part for part in colour) for colour in light.colours or PALETTES[row])
    key = light.key * (KEY[0] + KEY[1] * energy)
    return Cue(start, colours, key, energy, light.level, LIGHTS[row] if own is None else own.label, own is not None)


def stage_lights(
    timeline: Timeline, times: Doubles, *, accents: bool = True, flashes: bool = False, end: float | None = None
) -> StageLights | None:
    """Light a dance.

    Parameters
    ----------
    times : (T,)
        Seconds of the dance, one a frame.
    accents
        Let the lights hit where sections and strong steps begin, and pulse on beats.
    flashes
        Let every beat hit, the backdrop with it: not for everybody's eyes.
    end
        Second at which it is dark; None where it does not get dark.

    Returns
    -------
    StageLights
        Of T frames; None when the timeline has no steps.
    """
    plan = cues(timeline)
    if not plan:
        return None
    # Columns: three colours (0 to 8), key (9), energy (10), all (11); a row a cue, so that one mix fades all of them.
    table = np.array([[*np.ravel(cue.colours), cue.key, cue.energy, cue.level] for cue in plan])
    starts = np.array([cue.start for cue in plan])
    now = np.clip(np.searchsorted(starts, times + 1e-6, side="right") - 1, 0, None)
    part = np.clip((times - starts[now]) / FADE, 0, 1)
    part = np.where(now == 0, 1.0, smoothstep(part))[:, None]
    level = table[np.maximum(now - 1, 0)] * (1 - part) + table[now] * part
    colours = level[:, :9].reshape(-1, 3, 3)
    hit = np.zeros(len(times))
    if accents:
        colours = colours * (1 + pulse(timeline, times) * level[:, 10])[:, None, None]
        hit = _decaying(timeline.beats if flashes else hits(timeline), times, HIT_DECAY)
    colours[:, :2] *= (1 + HIT * hit)[:, None, None]
    if flashes:
        colours[:, 2] *= (1 + STROBE * hit)[:, None]
    key = level[:, 9] * (1 + HIT_KEY * hit)
    dark = level[:, 11].copy()
    if end is not None:
        dark *= 1 - smoothstep(np.clip((times - end) / DARK + 1, 0, 1))
    return StageLights(
        key.astype(np.float32), colours[:, :2].astype(np.float32), colours[:, 2].astype(np.float32),
        dark.astype(np.float32),
    )  # fmt: skip


def hits(timeline: Timeline) -> Doubles:
    """When lights hit: where sections begin, and steps of much energy, `APART` from each other; seconds."""
    energies = timeline.energies or (0.5,) * len(timeline.steps)
    openings = {round(section.start, 3) for section in timeline.sections}
    found: list[float] = []
    for step, energy in zip(timeline.steps, energies, strict=True):
        if (energy >= STRONG or round(step.start, 3) in openings) and (not found or step.start - found[-1] >= APART):
            found.append(step.start)
    return np.array(found)


def _decaying(events: Doubles, times: Doubles, decay: float) -> Doubles:
    """What is left of the last event, 1 when it begins, ``(T,)``."""
    if not len(events):
        return np.zeros(len(times))
    at = np.searchsorted(events, times + 1e-6, side="right") - 1
    return np.asarray(np.where(at < 0, 0.0, np.exp(-np.maximum(times - events[np.maximum(at, 0)], 0) / decay)))


def pulse(timeline: Timeline, times: Doubles) -> Doubles:
    """How much the last beat still adds to the colours, a share for each of ``times (T,)``."""
    if not len(timeline.beats):
        return np.zeros(len(times))
    at = np.searchsorted(timeline.beats, times + 1e-6, side="right") - 1
    since = times - timeline.beats[np.maximum(at, 0)]
    height = np.where(timeline.positions[np.maximum(at, 0)] == 1, PULSE, PULSE / 2)
    return np.asarray(np.where(at < 0, 0.0, height * np.exp(-np.maximum(since, 0) / DECAY)))


__all__ = ["PALETTES", "Cue", "cues", "hits", "stage_lights"]
