"""Pictures that move and begin anew where they end: whole bars of a dance, led back to where they begin.

The motion is closed by `choreo.synthesis.looping`. Camera and lights follow from the loop danced several times over, of
which one time in the middle is drawn: so what they do at its end goes on at its beginning, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from choreo.clock import clock
from choreo.motion import rotations as rot
from choreo.motion.repair import sliced
from choreo.synthesis.looping import SHORTEST, loop_ends, looped
from choreo.types import Body, Doubles, Motion, Scene, Section, Timeline
from choreo.video.camera import follow_reach
from choreo.video.lights import FADE, stage_lights
from choreo.video.look import STAGE
from choreo.video.scene import build_scene, part_of_scene
from choreo.video.timeline import moved_timeline

LONGEST = 16.0
"""Seconds of a loop that is chosen from a whole dance: eight bars at 120 beats a minute."""
LONGEST_PART = 30.0
"""The same where a part was named; half a minute of GIF is some 10 MB."""
CHORUS = 0.85
"""Share of the most energetic part's energy from which another is liked as much."""

LONG_AGO = -1e6
"""Second at which the parts of the whole dance are named."""


@dataclass(frozen=True, eq=False)
class Loop:
    """Motions of all dancers whose last frames are their first again, and what is danced in them.

    `begin` and `end` are their seconds in the dance. A loop that goes `back` is danced forwards and then backwards.
    `parts` are the labels of the whole dance's sections, whose colours follow from their order.
    """

    motions: tuple[Motion, ...]
    timeline: Timeline | None
    begin: float
    end: float
    back: bool = False
    parts: tuple[str, ...] = ()

    def told(self, name: str) -> str:
        """What the user should know."""
        span = f"{clock(self.begin)} to {clock(self.end)} of the dance"
        if self.back:
            return f"{name} shows {span}, forwards and back: it is too short to be led back to where it begins"
        return f"{name} loops {span}, on whole bars" if self.timeline is not None else f"{name} loops {span}"


def loop_of(
    motions: Sequence[Motion], timeline: Timeline | None = None, part: tuple[float, float] | None = None
) -> Loop:
    """The best loop of a dance, or of a part of it.

    Of all whole bars that are at most `LONGEST` seconds together (`LONGEST_PART` in a part), those are taken whose end
    is nearest to their beginning, and rather where the music is strongest, as in choruses.

    Parameters
    ----------
    motions
        Of all dancers.
    timeline
        What is danced when, in seconds of the motions.
    part
        First and last second of the motions that may be shown.
    """
    length, fps = min(motion.duration for motion in motions), motions[0].fps
    begin, end = (0.0, length) if part is None else (part[0], min(part[1], length))
    first, last = round(begin * fps), min(round(end * fps), min(map(len, motions)) - 1)
    shown = [sliced(motion, first, last + 1) for motion in motions]
    line = None if timeline is None else moved_timeline(timeline, -first / fps)
    if last - first < SHORTEST * fps:
        there_and_back = tuple(_there_and_back(motion) for motion in shown)
        return Loop(there_and_back, None, first / fps, last / fps, back=True)
    ends = loop_ends(
        shown, bars_of(line), longest=LONGEST if part is None else LONGEST_PART, liked=strongest_parts(line)
    )
    closed = tuple(looped(motion, *ends) for motion in shown)
    within = None if line is None else _within(line, ends[0] / fps, ends[1] / fps)
    parts = () if line is None else tuple(dict.fromkeys(part.label for part in line.sections))
    return Loop(closed, within, (first + ends[0]) / fps, (first + ends[1]) / fps, parts=parts)


def bars_of(timeline: Timeline | None) -> Doubles | None:
    """Seconds at which bars begin, and the last one's end."""
    if timeline is None or not timeline.steps:
        return None
    return np.append(timeline.beats[timeline.positions == 1], timeline.steps[-1].end)


def strongest_parts(timeline: Timeline | None) -> list[tuple[float, float]]:
    """Spans of the sections with the most energy in the mean; none where nobody knows it."""
    if timeline is None or len(timeline.energies) != len(timeline.steps) or not timeline.sections:
        return []
    spans: dict[Section, list[tuple[float, float]]] = {part: [] for part in timeline.sections}
    for step, energy in zip(timeline.steps, timeline.energies, strict=True):
        for part in timeline.sections:
            if part.start - 1e-6 <= step.start < part.end - 1e-6:
                spans[part].append((step.end - step.start, energy))
    mean = {
        part: sum(length * energy for length, energy in found) / sum(length for length, _ in found)
        for part, found in spans.items()
        if found
    }
    return [(part.start, part.end) for part, energy in mean.items() if energy >= CHORUS * max(mean.values())]


def loop_scene(
    loop: Loop,
    bodies: Body | Sequence[Body],
    *,
    fps: float,
    width: int,
    height: int,
    camera: str = "follow",
    lights: bool = False,
    floor: str = "lines",
    place: str = STAGE,
    shutter: float = 0.0,
) -> Scene:
    """One time of a loop as a scene; the parameters are those of `choreo.video.scene.build_scene`.

    A loop has a whole number of frames, so its rate is the nearest to `fps` at which it has. Lights go over from step
    to step and have no pulse on the beats, and the director films one shot: a pulse and a cut are jumps, which would
    not lead from the last picture to the first.
    """
    duration = loop.motions[0].duration
    count = max(2, round(duration * fps))
    rate = count / duration
    before = int(np.ceil(max(follow_reach(rate) / rate, FADE) / duration))
    repeated = [_repeated(motion, 2 * before + 1) for motion in loop.motions]
    scene = build_scene(
        repeated, bodies, fps=rate, width=width, height=height, camera=camera, floor=floor, place=place, shutter=shutter
    )
    if loop.timeline is not None:
        line = _repeated_timeline(loop.timeline, duration, 2 * before + 1, loop.parts)
        # Without accents: a hit is a jump of all colours, and the loop begins anew on the strongest of them.
        lit = stage_lights(line, scene.times, accents=False) if lights else None
        scene = replace(scene, timeline=line, lights=lit)
    return part_of_scene(scene, before * count, (before + 1) * count)


def _repeated(motion: Motion, times: int) -> Motion:
    """A loop danced so many times, and its first frame once more."""
    once = sliced(motion, 0, len(motion) - 1)

    def again(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else np.concatenate([*[values] * times, values[:1]])

    translation, rotations = again(once.translation), again(once.rotations)
    assert translation is not None
    assert rotations is not None
    return replace(
        once,
        translation=translation,
        rotations=rot.continuous(rotations).astype(np.float32),
        contacts=again(once.contacts),
        hands=again(once.hands),
    )


def _repeated_timeline(timeline: Timeline, duration: float, times: int, parts: Sequence[str]) -> Timeline:
    """What is danced in a loop, so many times; each of `parts` is named once long before, in order.

    Lights and strips give sections their colours in the order in which these come: so each has that of the whole dance.
    """
    lines = [moved_timeline(timeline, number * duration) for number in range(times)]
    sections = [part for line in lines for part in line.sections]
    # What ends and begins anew as the same section is one.
    joined = [list(run) for _, run in groupby(sections, key=lambda part: part.label)]
    before = tuple(Section(LONG_AGO + k, LONG_AGO + k + 1, label) for k, label in enumerate(parts))
    return replace(
        timeline,
        beats=np.concatenate([line.beats for line in lines]),
        positions=np.concatenate([line.positions for line in lines]),
        steps=(*before, *(step for line in lines for step in line.steps)),
        sections=(*before, *(Section(run[0].start, run[-1].end, run[0].label) for run in joined)),
        energies=(0.5,) * len(before) * bool(timeline.energies) + timeline.energies * times,
        metres=(timeline.metre,) * len(before) * bool(timeline.metres) + timeline.metres * times,
    )


def _within(timeline: Timeline, begin: float, end: float) -> Timeline:
    """What is danced between two seconds, in seconds from the first; steps that reach beyond are cut there."""

    def cut(spans: Sequence[Section]) -> list[tuple[int, Section]]:
        return [
            (number, Section(max(span.start, begin), min(span.end, end), span.label))
            for number, span in enumerate(spans)
            if min(span.end, end) - max(span.start, begin) > 1e-3
        ]

    kept = (timeline.beats > begin - 1e-3) & (timeline.beats < end - 1e-3)
    steps = cut(timeline.steps)
    numbers = [number for number, _ in steps]
    inside = replace(
        timeline,
        beats=timeline.beats[kept],
        positions=timeline.positions[kept],
        steps=tuple(step for _, step in steps),
        sections=tuple(part for _, part in cut(timeline.sections)),
        energies=tuple(timeline.energies[number] for number in numbers) if timeline.energies else (),
        metres=tuple(timeline.metres[number] for number in numbers) if timeline.metres else (),
    )
    return moved_timeline(inside, -begin)


def _there_and_back(motion: Motion) -> Motion:
    order = np.concatenate([np.arange(len(motion)), np.arange(len(motion) - 2, -1, -1)])

    def taken(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[order]

    return replace(
        motion, translation=motion.translation[order], rotations=motion.rotations[order],
        contacts=taken(motion.contacts), hands=taken(motion.hands),
    )  # fmt: skip


__all__ = ["Loop", "bars_of", "loop_of", "loop_scene", "strongest_parts"]
