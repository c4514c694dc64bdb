"""How steps are danced (`choreo.types.Modifiers`) as a plan's file holds it and as people read it.

Modifiers are of a move as it is written: a mirrored step dances them to the other side, too. What people read and write
is what is danced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from choreo.options import PACES, PARTS
from choreo.types import Modifiers, PlanStep

BOUNDS = {
    "turn": (-360.0, 360.0, "degrees"),
    "aside": (-4.0, 4.0, "metres"),
    "ahead": (-4.0, 4.0, "metres"),
    "level": (-0.1, 0.4, "metres"),
    "size": (0.5, 1.5, "of its size"),
}
"""Least and largest of each number, and its unit."""
_OTHER = {"left arm": "right arm", "right arm": "left arm"}


def check_modifiers(modifiers: Modifiers) -> None:
    """Check that modifiers are within their bounds.

    Raises
    ------
    ValueError
        Names what was found and what is expected.
    """
    for name, (low, high, unit) in BOUNDS.items():
        value = getattr(modifiers, name)
        if not low <= value <= high:
            raise ValueError(f"{name}: found {value:g}, expected {low:g} to {high:g} {unit}")
    if modifiers.arms not in PACES.values():
        raise ValueError(f"arms: found {modifiers.arms:g}, expected 0.5 (half), 1 or 2 (double)")
    if modifiers.held and modifiers.held not in PARTS:
        raise ValueError(f"held: found {modifiers.held[:40]!r}, expected one of {', '.join(PARTS)}")


def check_holds(holds: Sequence[tuple[int, int]], counts: int) -> None:
    """Check that counts which are held still follow each other within a step of so many counts.

    Raises
    ------
    ValueError
        Names what was found and what is expected.
    """
    end = -1
    for first, last in holds:
        if not end < first < last <= counts:
            raise ValueError(f"found {first} to {last}, expected counts that follow each other from 0 to {counts}")
        end = last


def as_danced(modifiers: Modifiers, mirror: bool) -> Modifiers:
    """Modifiers to the sides to which a step dances them; the same function leads back.

    Examples
    --------
    >>> as_danced(Modifiers(turn=90, held="left arm"), mirror=True)
    Modifiers(turn=-90.0, aside=0.0, ahead=0.0, level=0.0, size=1.0, arms=1.0, held='right arm', retrograde=False)
    """
    if not mirror:
        return modifiers
    held = _OTHER.get(modifiers.held, modifiers.held)
    return replace(modifiers, turn=-modifiers.turn + 0.0, aside=-modifiers.aside + 0.0, held=held)


def manner_words(step: PlanStep) -> str:
    """How a step is danced, in words; empty where it is danced as its move is written.

    Examples
    --------
    >>> step = PlanStep("id", "wave", "starter", "CC0-1.0", False, 0, (0.0, 0.5), "A", 1.0, {})
    >>> manner_words(replace(step, modifiers=Modifiers(turn=-90, ahead=0.5, level=0.08, size=1.2, arms=0.5)))
    'size 1.20, 8 cm lower, turns 90 right, 0.5 m ahead, arms half time'
    """
    how = as_danced(step.modifiers, step.mirror)
    words = []
    if how.retrograde:
        words.append("backwards")
    if how.size != 1.0:
        words.append(f"size {how.size:.2f}")
    if centimetres := round(100 * abs(how.level)):
        words.append(f"{centimetres} cm {'lower' if how.level > 0 else 'higher'}")
    if degrees := round(abs(how.turn)):
        words.append(f"turns {degrees} {'left' if how.turn > 0 else 'right'}")
    for way, sides in ((how.aside, ("left", "right")), (how.ahead, ("ahead", "back"))):
        if abs(way) >= 0.05:
            words.append(f"{abs(way):.1f} m {sides[way < 0]}")
    if how.arms != 1.0:
        words.append(f"arms {'half' if how.arms < 1 else 'double'} time")
    if how.held:
        words.append(f"{how.held} still")
    if step.held:
        return "still, as the step before ends"
    words += [f"still on {_counts_said(first, last)}" for first, last in step.holds]
    return ", ".join(words)


def _counts_said(first: int, last: int) -> str:
    """Counts of a step, from 0 and past-last, as dancers number them, from 1."""
    return f"count {last}" if last - first == 1 else f"counts {first + 1}-{last}"
