"""Dancers who go from one place to another while they dance: the root along a path, the feet in steps.

Where the root's offset changes, a foot keeps the offset with which it came down for as long as it stands, and takes the
next one in the air: the swings of the dance carry it, made longer where they are too short for the way, and where the
dance stands, steps on the beat are put in, left and right in turn. So planted feet stand as still as they do in the
dance itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of, feet_down
from choreo.motion.easing import smootherstep, smoothstep
from choreo.motion.kinematics import forward
from choreo.motion.repair import followed, runs, sliced
from choreo.motion.skeleton import SIDES, both
from choreo.synthesis.footsteps import SolePath, solve_feet
from choreo.types import Bools, Doubles, Motion

SWING = 0.3
"""Seconds that a foot takes at least to be carried to another place."""
LONGEST_SWING = 0.45
"""Seconds that a step which is put in takes at most."""
DOWN = 0.12
"""Share of a beat in which both feet are down between two steps that are put in."""
LIFT = 0.06
"""Metres that a foot is lifted further on a way of `LIFTED` metres or more."""
LIFTED = 0.3
STRIDE = 0.55
"""Metres that a foot may be carried in one step; beyond that there are two steps a beat."""
LAST_SECONDS = 0.4
"""How much longer than the way the legs are solved, so that they go over into the dance."""


@dataclass(frozen=True)
class Way:
    """A change of place: the beats on which it happens, as frames, the first and the last included."""

    beats: tuple[int, ...]

    @property
    def begin(self) -> int:
        """Frame at which the root leaves its place."""
        return self.beats[0]

    @property
    def end(self) -> int:
        """Frame at which it is there."""
        return self.beats[-1]


def eased_path(ways: Sequence[Way], places: Doubles, frames: int) -> Doubles:
    """Offsets ``(T, 2)`` in metres that stay at each of ``places (W + 1, 2)`` and go to the next straight on."""
    path = np.repeat(places[:1], frames, axis=0).astype(np.float64)
    time = np.arange(frames)
    for way, (before, after) in zip(ways, pairwise(places), strict=True):
        share = smoothstep(np.clip((time - way.begin) / max(way.end - way.begin, 1), 0, 1))
        path += share[:, None] * (after - before)
    return path


def travelled(motion: Motion, path: Doubles, ways: Sequence[Way]) -> Motion:
    """A dance moved along a path ``(T, 2)``, metres x and z, that changes only within `ways`.

    Returns
    -------
    Motion
        Of as many frames; outside of the ways, and the steps that end them, it is the dance itself, moved.
    """
    shift = np.zeros((len(motion), 3), np.float32)
    shift[:, [0, 2]] = path
    moved = replace(motion, translation=motion.translation + shift)
    after = round(LAST_SECONDS * motion.fps)
    pieces, at = list[Motion](), 0
    for number, way in enumerate(ways):
        if np.linalg.norm(path[min(way.end, len(path) - 1)] - path[min(way.begin, len(path) - 1)]) < 1e-4:
            continue
        limit = ways[number + 1].begin if number + 1 < len(ways) else len(motion)
        first, last = max(way.begin - after, at), min(way.end + after, limit, len(motion))
        if last - first < 3:
            continue
        pieces += [sliced(moved, at, first)] if first > at else []
        pieces.append(_stepped(sliced(motion, first, last), path[first:last], way, first))
        at = last
    pieces += [sliced(moved, at, len(moved))] if at < len(moved) else []
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = followed(whole, piece)
    return whole


def _stepped(motion: Motion, path: Doubles, way: Way, first: int) -> Motion:
    """The frames around one way, from frame `first` of the dance on."""
    skeleton, fps = motion.skeleton, motion.fps
    contacts = contacts_of(motion)
    standing = feet_down(contacts)
    beats = [min(max(beat - first, 0), len(motion) - 1) for beat in way.beats]
    swings = _swings(standing, path, beats, fps)
    ankles = both(skeleton, "ankle")
    positions, world = forward(skeleton, motion.translation, motion.rotations, ankles)
    pace = (beats[-1] - beats[0]) / max(len(beats) - 1, 1)
    aside = float(path[beats[-1], 0] - path[beats[0], 0])
    paths, pivots = {}, {}
    for k, side in enumerate(SIDES):
        # Left is +X. The foot on the side of the way leads, the other closes: legs do not cross.
        leads = (1 if k == 0 else -1) * np.sign(aside) * min(1.0, abs(aside) / 0.3)
        offset, lift = _foot_offsets(path, swings[k], 0.5 * pace * leads, beats)
        pivots[side] = skeleton.offsets[both(skeleton, "foot")[k]]
        from_ankle = positions[:, k] + rot.rotate(world[:, k], pivots[side])
        point = from_ankle + np.stack([offset[:, 0], lift, offset[:, 1]], axis=1)
        stands = standing[:, k].copy()
        for begin, end in swings[k]:
            stands[begin + 1 : end] = False
        paths[side] = SolePath(point.astype(np.float32), np.zeros(len(motion), np.float32), stands)
    shift = np.zeros((len(motion), 3), np.float32)
    shift[:, [0, 2]] = path
    carried = replace(motion, translation=motion.translation + shift)
    return solve_feet(carried, world.astype(np.float32), paths, pivots, begins=True, ends=True)


def _swings(standing: Bools, path: Doubles, beats: list[int], fps: float) -> list[list[tuple[int, int]]]:
    """Frames, first and past-last, in which each foot is in the air: the dance's swings and steps that are put in."""
    least = round(SWING * fps)
    out = [[_widened(a, b, least, len(standing)) for a, b in runs(~standing[:, k])] for k in (0, 1)]
    out = [_joined(each) for each in out]
    aside = path[beats[-1], 0] - path[beats[0], 0]
    way = float(np.linalg.norm(path[beats[-1]] - path[beats[0]]))
    slots = list(pairwise(beats))
    halves = [(a, (a + b) // 2) for a, b in slots], [((a + b) // 2, b) for a, b in slots]
    quick = 2 * 1.5 * way / max(len(slots), 1) > STRIDE and min((b - a for a, b in slots), default=0) >= 2 * least
    if quick:
        slots = [half for pair in zip(*halves, strict=True) for half in pair]
    lead = 0 if aside >= 0 else 1
    for number, (begin, end) in enumerate(slots):
        foot = (number + lead) % 2
        length = min(round((1 - DOWN) * (end - begin)), round(LONGEST_SWING * fps))
        swing = (end - length, end)
        own = any(a < swing[1] and swing[0] < b for a, b in out[foot])
        others = [(a, b) for a, b in out[1 - foot] if a < swing[1] and swing[0] < b]
        if own or (others and _soon(out[foot], swing, path)):
            continue
        out[foot] = sorted([*out[foot], swing])
    for foot in (0, 1):
        # Whoever has not lifted a foot since the way began would leave it behind.
        if slots and not any(end > beats[0] for _, end in out[foot]):
            begin, end = slots[-1 - (len(slots) - 1 + lead + foot) % 2] if len(slots) > 1 else slots[-1]
            out[foot].append((begin + round(DOWN * (end - begin)), end))
    return out


def _soon(swings: list[tuple[int, int]], slot: tuple[int, int], path: Doubles) -> bool:
    """Whether a foot's own swings before and after a slot are near enough for the way between them."""
    before = max((b for _, b in swings if b <= slot[0]), default=0)
    after = min((a for a, _ in swings if a >= slot[1]), default=len(path) - 1)
    return float(np.linalg.norm(path[min(after, len(path) - 1)] - path[before])) < STRIDE


def _widened(begin: int, end: int, least: int, frames: int) -> tuple[int, int]:
    """A swing of `least` frames at least, around the same middle."""
    lacking = max(0, least - (end - begin))
    return max(0, begin - lacking // 2), min(frames, end + lacking - lacking // 2)


def _joined(swings: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Swings of which none overlap, after they were widened."""
    out = list[tuple[int, int]]()
    for begin, end in swings:
        if out and begin <= out[-1][1] + 2:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((begin, end))
    return out


def _foot_offsets(
    path: Doubles, swings: list[tuple[int, int]], leads: float, beats: list[int]
) -> tuple[Doubles, Doubles]:
    """Where a foot is carried ``(T, 2)``, metres x and z, and how far it is lifted ``(T,)``.

    Parameters
    ----------
    leads
        Frames by which the foot is ahead of the root to the side; negative is behind.
    """
    frames, last = len(path), len(path) - 1
    stands = [0, *(each for swing in swings for each in swing), frames]
    held = list[Doubles]()
    for begin, end in zip(stands[::2], stands[1::2], strict=True):
        if begin <= beats[0]:
            held.append(path[0])
        elif end >= min(beats[-1], last):
            held.append(path[last])
        else:
            middle = (begin + end) / 2
            ahead = path[int(np.clip(round(middle + leads), 0, last)), 0]
            held.append(np.array([ahead, path[int(middle), 1]]))
    if len(held) > 1 and stands[0] == stands[1]:
        held[0] = path[0]
    offset, lift = np.empty((frames, 2)), np.zeros(frames)
    for (begin, end), place in zip(zip(stands[::2], stands[1::2], strict=True), held, strict=True):
        offset[begin:end] = place
    for (begin, end), before, after in zip(swings, held[:-1], held[1:], strict=True):
        share = (np.arange(begin, end) - begin + 1) / (end - begin + 1)
        offset[begin:end] = before + smootherstep(share)[:, None] * (after - before)
        size = min(1.0, float(np.linalg.norm(after - before)) / LIFTED)
        lift[begin:end] = LIFT * size * np.sin(np.pi * share) ** 2
    return offset, lift
