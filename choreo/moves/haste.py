"""Steps that would be too fast for a leg are begun earlier, as far as the feet have stood long enough, then lowered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from choreo.moves.feet import FootStep

FASTEST = 4.8
"""Metres a second that a foot flies at most, where there is the time."""
SWUNG = 2.5
"""Peak speed of a step as a share of its way by its time (`choreo.motion.easing.smootherstep`, after peeling off)."""
STOOD = 0.12
"""Counts that a foot stands at least between two steps."""
RISE = 0.65
"""Metres that a foot may be lifted over its way for each second that the step takes."""
LOWEST = 0.5
"""Share of its height that a kick keeps at least, however little time it has."""
EVEN = 0.2
"""Share of the time it needs that a step may lack before it flies as evenly as it can."""


def unhurried(steps: Mapping[str, list[FootStep]], beat: float) -> dict[str, list[FootStep]]:
    """The steps of both feet, those that would fly too fast begun earlier and lifted less; `beat` in seconds.

    A step is begun neither before its foot has stood for a moment nor while the other foot is under way, so that
    weight is where it was.
    """
    out: dict[str, list[FootStep]] = {}
    for side, own in steps.items():
        others = [step for name, each in steps.items() if name != side for step in each]
        made: list[FootStep] = []
        for step in own:
            if made:
                step = replace(step, old=made[-1].new)
            if step.how != "jump":
                stood = (made[-1].at if made else step.old.since) + STOOD
                busy = [other.at for other in others if other.begin < step.begin and other.at <= step.at]
                begin = max(step.at - _needed(step) / beat, stood, *busy)
                step = replace(step, begin=min(step.begin, begin))
            made.append(_lowered(step, (step.at - step.begin) * beat))
        out[side] = made
    return out


def _needed(step: FootStep) -> float:
    """Seconds that a step takes at `FASTEST`."""
    way = float(np.hypot(np.linalg.norm(step.new.ball - step.old.ball), step.new.lift - step.old.lift))
    return SWUNG * way / FASTEST


def _lowered(step: FootStep, seconds: float) -> FootStep:
    """The step with no more height than there is time for."""
    new = step.new
    rise = new.lift - step.old.lift
    if rise > 0 and _needed(step) > seconds:
        share = max(seconds / _needed(step), LOWEST)
        new = replace(new, lift=step.old.lift + share * rise)
    hasty = min(max(_needed(step) / max(seconds, 1e-6) - 1, 0.0) / EVEN, 1.0)
    return replace(step, new=new, most=RISE * seconds, hasty=hasty)


__all__ = ["unhurried"]
