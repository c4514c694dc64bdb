"""Check moves against limits measured on real dance, at their slowest, ideal and fastest tempo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from choreo.motion.skeleton import NAMES
from choreo.moves import limits
from choreo.moves.compiler import compile_move
from choreo.moves.notation import Move
from choreo.moves.quality import MEASURED, QUICK, Quality, accents_met, measure


@dataclass(frozen=True, eq=False)
class Checked:
    """One move: `faults` must be mended, `notes` are worth a look; numbers by tempo in beats a minute."""

    name: str
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    accents: float
    qualities: Mapping[float, Quality] = field(default_factory=dict)


def _bounds(name: str) -> float:
    part = name.removeprefix("left_").removeprefix("right_")
    return limits.JOINTS.get(part, 360.0)


def _a(part: str) -> str:
    """A part with its article."""
    return f"an {part}" if part[0] in "ae" else f"a {part}"


def _one(quality: Quality, bpm: float) -> list[str]:
    """Faults at one tempo."""
    out = []
    if quality.slide > limits.SLIDE:
        out.append(f"feet slide {100 * quality.slide:.1f} cm/s at {bpm:g}")
    if quality.sunk > limits.SUNK:
        out.append(f"a sole is {100 * quality.sunk:.1f} cm in the floor at {bpm:g}")
    for part, deep in quality.buried.items():
        if deep > limits.SUNK:
            out.append(f"{_a(part)} is {100 * deep:.1f} cm lower than it can lie at {bpm:g}")
    for part in QUICK:
        if quality.speeds[part] > limits.SPEEDS[part]:
            speed, most = quality.speeds[part], limits.SPEEDS[part]
            out.append(f"{_a(part)} snaps at {speed:.1f} m/s, {most:g} is what people can, at {bpm:g}")
        if quality.turns[part] > limits.TURNS[part]:
            out.append(f"{_a(part)} is thrown about ({quality.turns[part]:.0f} m/s^2) at {bpm:g}")
    if quality.acceleration > limits.ACCELERATION:
        out.append(f"a joint jerks ({quality.acceleration:.0f} rad/s^2) at {bpm:g}")
    if quality.jerk > limits.JERK:
        out.append(f"a joint snaps ({quality.jerk:.0f} rad/s^3) at {bpm:g}")
    for name, angle in zip(NAMES[1:], np.degrees(quality.angles[1:]), strict=True):
        if angle > _bounds(name):
            out.append(f"{name} is turned {angle:.0f} degrees, {_bounds(name):.0f} is what people can, at {bpm:g}")
    return out


def check_move(move: Move) -> Checked:
    """Dance a move at its slowest, ideal and fastest, and look at it.

    Raises
    ------
    MotionError
        When it cannot be danced.
    """
    faults: list[str] = []
    notes: list[str] = []
    qualities = {}
    met = 1.0
    for bpm in dict.fromkeys((move.tempo_range[0], move.tempo, move.tempo_range[1])):
        motion = compile_move(move, bpm)
        quality = measure(motion)
        qualities[bpm] = quality
        faults += _one(quality, bpm)
        if bpm == move.tempo:
            times = np.array([at for at, _ in move.accents]) * 60 / bpm
            met = accents_met(quality.beats, times, motion.duration)
            notes += _life(move, quality, met)
    return Checked(move.name, tuple(dict.fromkeys(faults)), tuple(notes), met, qualities)


def still_joints(quality: Quality) -> list[str]:
    """Joints that turn less than the 5th percentile of real dance."""
    turns = np.degrees(quality.ranges)
    return [name for name, turn in zip(MEASURED, turns, strict=True) if turn < limits.RANGES[name][0]]


def is_lively(move: Move) -> bool:
    """Whether a move has so much energy that energy and joint ranges are checked against those of real dance.

    One of a single bar is not: those are of stretches of four seconds, in which a dancer does more.
    """
    return move.role == "move" and move.energy >= limits.MEDIUM and move.counts > move.metre


def _life(move: Move, quality: Quality, met: float) -> list[str]:
    """What makes a move dull or off the beat."""
    notes = []
    if met < limits.ACCENTS:
        notes.append(f"{100 * met:.0f} % of the accents are seen within 50 ms")
    if not is_lively(move):
        return notes
    low, high = limits.ENERGY
    if not low <= quality.energy <= high:
        notes.append(f"moves at {quality.energy:.2f} m/s, real dance at {low:.2f} to {high:.2f}")
    small = still_joints(quality)
    if len(small) > limits.STIFF:
        notes.append(f"stiff: {', '.join(small)} turn less than in real dance")
    if not limits.BALANCE[0] <= quality.balance <= limits.BALANCE[1]:
        notes.append(f"{100 * quality.balance:.0f} % of the way of hands and feet is the left side's")
    return notes
