"""Shots planned from what is danced when: how many, of which sorts, and where they would be cut.

A section of the song opens with the same sort of shot whenever it comes back; inside a section shots change on
eights, and every second of them may go near. Shots that a user wants take the place of these, and their cuts stay where
he has them. `choreo.video.cuts` moves the other cuts to beats that are worth one, and says what a near shot shows;
`choreo.video.director` films them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from choreo.types import Section, Timeline

SHORTEST = 2.5
"""Seconds; a section that is shorter gets no shot of its own."""
USUAL = 5.0
"""Seconds; a section gets as many shots as keep their mean at this or below, where its eights allow."""
CLEAR_TURN, CLEAR_TILT, CLEAR_SIZE = 0.4, 0.2, 1.2
"""Radians to the side, radians up or down, and factor of distance of which a cut should change one."""


@dataclass(frozen=True)
class ShotType:
    """A sort of shot.

    Angles are radians: `side` to the dancer's left at the beginning and the end, `down` the way the lens looks.
    `room` is the distance at the beginning and the end in terms of the nearest that keeps what is shown in the
    picture; `calm` the seconds over which the camera follows the dancer. `shows` is ``body``, all of everybody, or what
    a near shot shows of one dancer: ``head``, ``hands`` (all above the hips) or ``feet``.
    """

    name: str
    side: tuple[float, float]
    down: float
    room: tuple[float, float]
    calm: float = 0.45
    shows: str = "body"


FULL = ShotType("full", (0.21, 0.21), 0.085, (1.0, 1.0))
WIDE = ShotType("wide", (-0.12, -0.12), 0.15, (1.3, 1.3), 0.9)
LOW = ShotType("low", (-0.42, -0.42), -0.16, (1.03, 1.03))
ORBIT = ShotType("orbit", (0.68, -0.25), 0.10, (1.05, 1.05))
PUSH_IN = ShotType("push-in", (-0.30, -0.10), 0.06, (1.32, 1.0), 0.7)
COUNTER = ShotType("counter-orbit", (-0.70, 0.2), 0.12, (1.06, 1.06))
CLOSE = ShotType("close", (0.34, 0.22), 0.02, (1.05, 1.0), 0.3, "head")
MEDIUM = ShotType("medium", (-0.16, -0.28), 0.04, (1.08, 1.0), 0.4, "hands")
FEET = ShotType("feet", (0.42, 0.30), 0.04, (1.06, 1.0), 0.4, "feet")
OPENINGS = (PUSH_IN, ORBIT, WIDE, COUNTER, LOW)
"""What sections open with, in the order in which the song brings their labels."""
INSIDE = (FULL, LOW, ORBIT, WIDE, FULL, COUNTER)
"""What comes after the opening of a section, in turn."""
NAMED = {each.name: each for each in (FULL, WIDE, LOW, ORBIT, COUNTER, PUSH_IN, CLOSE, MEDIUM, FEET)} | {"near": MEDIUM}
"""What a user may ask for (`choreo.planfile.SHOTS`); a near one shows what moves, or all above the hips."""


@dataclass(frozen=True)
class Shot:
    """From one cut to the next, in seconds of the dance.

    With `near` it may be nearer than `type`; `opens` is whether it begins a section. `own` is the name of a shot that a
    user wants, empty for the director's; a `held` start stays where it is.
    """

    start: float
    end: float
    type: ShotType
    near: bool = False
    opens: bool = False
    own: str = ""
    held: bool = False


def plan_shots(timeline: Timeline | None, end: float) -> tuple[Shot, ...]:
    """Decide on cuts and sorts of shots.

    Parameters
    ----------
    timeline
        None when nobody knows what is danced: one shot.
    end
        Length of the dance, seconds.

    Returns
    -------
    tuple of Shot
        Without gaps from 0 to `end`, each at least `SHORTEST` long when the dance is; they begin with bars, and
        neighbours are of different sorts. Of two neighbours one at most may go near. What a user wants is as he has it,
        and only there and between two such shots something may be shorter.
    """
    if timeline is None or not timeline.steps:
        return (Shot(0.0, end, FULL),)
    parts = _sections(timeline, end)
    # A label keeps its opening, so a chorus that comes back is recognised by its shot.
    openings: dict[str, ShotType] = {}
    for label, _, _ in parts:
        openings.setdefault(label, OPENINGS[len(openings) % len(OPENINGS)])
    shots: list[Shot] = []
    turn = 0
    for number, (label, start, stop) in enumerate(parts):
        cuts = [start, *_inner_cuts(timeline, start, stop), stop]
        follows = openings[parts[number + 1][0]] if number + 1 < len(parts) else WIDE
        for index, (a, b) in enumerate(pairwise(cuts)):
            before = shots[-1].type if shots else None
            if index == 0 and openings[label] != before:
                shot_type = openings[label]
            else:
                last = index == len(cuts) - 2
                turn, shot_type = _next_inside(turn, before, follows if last else None)
            shots.append(Shot(a, b, shot_type, near=index % 2 == 1, opens=index == 0))
    if len(shots) > 1 and shots[-2].type != WIDE and len(parts) > 1 and shots[-1].start != parts[-1][1]:
        shots[-1] = Shot(shots[-1].start, end, WIDE)  # the end is seen from afar
    shots[-1] = replace(shots[-1], near=False)
    return _with_own(shots, timeline.shots, end)


def _with_own(shots: list[Shot], wanted: tuple[Section, ...], end: float) -> tuple[Shot, ...]:
    """Shots of which some spans are the user's; what is left of the director's there is put to its neighbour."""
    own = [
        Shot(max(span.start, 0.0), min(span.end, end), NAMED[span.label], near=span.label == "near",
             own=span.label, held=True)
        for span in wanted if min(span.end, end) - max(span.start, 0.0) > 1e-3
    ]  # fmt: skip
    if not own:
        return tuple(shots)
    made: list[Shot] = []
    for before, after in pairwise([None, *own, None]):
        begin, stop = 0.0 if before is None else before.end, end if after is None else after.start
        made += [*_clipped(shots, begin, stop, held=before is not None), *([] if after is None else [after])]
    for at, shot in enumerate(made):
        if shot.own:
            continue
        around = [made[k] for k in (at - 1, at + 1) if 0 <= k < len(made)]
        if any(each.own for each in around):
            before_type, after_type = (_body_type(made[k]) if 0 <= k < len(made) else None for k in (at - 1, at + 1))
            same = shot.type in (before_type, after_type)
            if same or not (is_clear(before_type, shot.type) and is_clear(shot.type, after_type)):
                shot = replace(shot, type=_next_inside(0, before_type, after_type)[1])
            near = shot.near and not any(each.near or each.type.shows != "body" for each in around)
            made[at] = replace(shot, near=near)
    return tuple(made)


def _body_type(shot: Shot) -> ShotType | None:
    """The sort of a shot of whole bodies; None of a near one, from which every cut is clear."""
    return shot.type if shot.type.shows == "body" else None


def _clipped(shots: list[Shot], begin: float, stop: float, held: bool) -> list[Shot]:
    """What the director has from `begin` to `stop`, without shots that became too short where there is another."""
    inside = [
        replace(shot, start=max(shot.start, begin), end=min(shot.end, stop), opens=shot.opens and shot.start >= begin)
        for shot in shots if min(shot.end, stop) - max(shot.start, begin) > 1e-3
    ]  # fmt: skip
    if len(inside) > 1 and inside[0].end - inside[0].start < SHORTEST - 1e-6:
        inside = [replace(inside[1], start=begin), *inside[2:]]
    if len(inside) > 1 and inside[-1].end - inside[-1].start < SHORTEST - 1e-6:
        inside = [*inside[:-2], replace(inside[-2], end=stop)]
    return [replace(inside[0], held=held), *inside[1:]] if inside else []


def _next_inside(turn: int, before: ShotType | None, after: ShotType | None) -> tuple[int, ShotType]:
    """Take the next shot in turn whose cuts are seen as cuts, and where the turns go on."""
    ways = [INSIDE[(turn + k) % len(INSIDE)] for k in range(len(INSIDE))]
    free = [k for k, way in enumerate(ways) if way not in (before, after)]
    clear = [k for k in free if is_clear(before, ways[k]) and is_clear(ways[k], after)]
    chosen = (clear or free)[0]
    return turn + chosen + 1, ways[chosen]


def is_clear(before: ShotType | None, after: ShotType | None) -> bool:
    """Whether a cut changes side, height or size of the picture enough not to look like a mistake."""
    if before is None or after is None:
        return True
    size = abs(np.log(before.room[1] / after.room[0]))
    return bool(
        abs(before.side[1] - after.side[0]) > CLEAR_TURN
        or abs(before.down - after.down) > CLEAR_TILT
        or size > np.log(CLEAR_SIZE)
    )


def _sections(timeline: Timeline, end: float) -> list[tuple[str, float, float]]:
    """Label, start and end of the sections that are long enough, the shorter ones put to their neighbours."""
    begins = {step.start for step in timeline.steps}
    starts = [0.0]
    for section in timeline.sections:
        if section.start in begins and min(section.start - starts[-1], end - section.start) >= SHORTEST:
            starts.append(section.start)
    parts = []
    for start, stop in pairwise([*starts, end]):
        shares = {section.label: 0.0 for section in timeline.sections} or {"": 0.0}
        for section in timeline.sections:
            shares[section.label] += max(min(section.end, stop) - max(section.start, start), 0.0)
        parts.append((max(shares, key=lambda label: shares[label]), start, stop))
    return parts


def _inner_cuts(timeline: Timeline, start: float, stop: float) -> list[float]:
    """Cuts inside a section: bars nearest to its even division, those on eights before others."""
    count = int(np.ceil((stop - start) / USUAL - 1e-6))
    bars = timeline.beats[timeline.positions == 1]
    inside = bars[(bars >= start + SHORTEST - 1e-6) & (bars <= stop - SHORTEST + 1e-6)]
    first = int(np.searchsorted(timeline.beats, start - 1e-6))
    at = np.searchsorted(timeline.beats, inside - 1e-6) - first
    eights = inside[at % (2 * timeline.metre) == 0]
    cuts: list[float] = []
    for k in range(1, count):
        wish = start + (stop - start) * k / count
        after = cuts[-1] if cuts else start
        for free in (eights, inside):
            near = free[(free - after >= SHORTEST - 1e-6) & (np.abs(free - wish) <= USUAL / 2)]
            if len(near):
                cuts.append(float(near[np.abs(near - wish).argmin()]))
                break
    return cuts


__all__ = ["CLOSE", "FEET", "FULL", "MEDIUM", "SHORTEST", "WIDE", "Shot", "ShotType", "is_clear", "plan_shots"]
