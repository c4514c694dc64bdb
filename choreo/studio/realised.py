"""Steps as they are danced, kept by all that they depend on: after a change only what is new is made, windows first."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.placement import next_start
from choreo.motion.repair import sliced
from choreo.moves.score import CONTEXT
from choreo.planfile.troupe import Troupe
from choreo.synthesis.authored import authored_move
from choreo.synthesis.ensemble import perform_all
from choreo.synthesis.joining import GrowingDance, Handover, StepMotion, joined
from choreo.synthesis.seeds import step_seeds
from choreo.synthesis.stitch import dance_frames, perform_steps, step_frames
from choreo.types import ChoreographyPlan, Clip, Doubles, Floats, Motion

POSED = 2
"""Moves behind an authored one that it may be posed with."""
NEAR = 8
"""Steps that are made before a window, rather than beginning it where the dance was before the change."""
MOST_FRAMES = 400_000
"""Frames that are kept: 160 MB, or a 20-minute song five times."""
PAUSE = 0.004
"""Seconds that what is made ahead waits at a time for what is asked for."""


@dataclass(frozen=True, eq=False)
class Danced:
    """Frames of a dance from `first_frame` of the whole on, one motion a dancer; `exact` as `Window` has it."""

    first_frame: int
    motions: tuple[Motion, ...]
    exact: bool


class Realised:
    """What has been danced of the plans of a session. It may be used by several threads."""

    def __init__(self) -> None:
        self._steps: dict[bytes, StepMotion] = {}
        self._frames = 0
        self._group: tuple[bytes, tuple[Motion, ...]] | None = None
        self._ground: tuple[Doubles, Doubles] = (np.zeros((0, 2)), np.zeros(0))
        self._lock, self._group_lock = threading.Lock(), threading.Lock()
        self._asked = 0

    def window(self, plan: ChoreographyPlan, clips: Mapping[str, Clip], first: int, past: int) -> Danced:
        """Frames ``first .. past - 1`` of a plan's whole dance.

        Where much before them is new, they begin where the dance was there before, and are not exact.

        Raises
        ------
        PlanError
            When a clip is not there.
        """
        if Troupe.of(plan.options).dancers > 1:
            whole = self._together(plan, clips)
            return Danced(first, tuple(sliced(each, first, past) for each in whole), True)
        with self._asking():
            frames = step_frames(plan)
            inside = [n for n, span in enumerate(frames) if span and span.start < past and span.stop > first]
            keys = _keys(plan, frames, clips)
            begin, exact = self._from(keys, inside[0])
            if exact:
                steps = list(self._made(plan, clips, keys, begin, inside[-1] + 1))
            else:
                ground, facing = self._place(frames[inside[0]].start)
                found = perform_steps(
                    plan, clips, first=inside[0], last=inside[-1] + 1, ground=ground, facing=facing
                )  # fmt: skip
                steps = list(found)
        chosen = [step for step in steps if step.number >= inside[0]]
        motion, start = joined(chosen), chosen[0].first_frame
        past = min(past, dance_frames(plan))
        return Danced(first, (sliced(motion, first - start, past - start),), exact)

    def whole(
        self, plan: ChoreographyPlan, clips: Mapping[str, Clip], going_on: Callable[[float], bool] = lambda share: True
    ) -> tuple[Motion, ...]:
        """The whole dance, one motion a dancer: what `choreo.pipeline.perform_plan` gives, to the bit.

        Parameters
        ----------
        going_on
            Asked with the share that is done, between steps; when it says no, nothing is given.
        """
        if Troupe.of(plan.options).dancers > 1:
            return self._together(plan, clips)
        keys = _keys(plan, step_frames(plan), clips)
        steps: list[StepMotion] = []
        begin = 0
        while begin < len(keys):
            for step in self._made(plan, clips, keys, begin, len(keys)):
                steps.append(step)
                begin = step.number + 1
                if not going_on(begin / len(keys)):
                    return ()
                while self._asked:
                    time.sleep(PAUSE)
            else:
                break
        whole = GrowingDance(iter(steps), dance_frames(plan)).whole()
        facing = np.asarray(rot.heading(whole.rotations[:, 0]), np.float64)
        self._ground = whole.translation[:, [0, 2]].astype(np.float64), facing
        return (whole,)

    def _together(self, plan: ChoreographyPlan, clips: Mapping[str, Clip]) -> tuple[Motion, ...]:
        """All dancers of a group; the last one is kept."""
        key = hashlib.blake2b(repr((plan.steps, plan.options, plan.start, plan.end, plan.seed)).encode()).digest()
        with self._group_lock:
            if self._group is None or self._group[0] != key:
                self._group = key, perform_all(plan, clips).motions
            return self._group[1]

    def _from(self, keys: Sequence[bytes], first: int) -> tuple[int, bool]:
        """From which step on is to be danced so that step `first` is exact, and whether that is near enough."""
        with self._lock:
            begin = next((n for n in range(first, 0, -1) if keys[n - 1] in self._steps), 0)
        return begin, first - begin <= NEAR

    def _place(self, frame: int) -> tuple[Floats | None, float]:
        """Where a dance begins at a frame, as the last known whole had it there."""
        ground, facing = self._ground
        if not len(ground):
            return None, 0.0
        at = min(frame, len(ground) - 1)
        place, heading = next_start(ground[at], facing[at])
        return place.astype(np.float32), float(heading)

    def _made(
        self, plan: ChoreographyPlan, clips: Mapping[str, Clip], keys: Sequence[bytes], first: int, past: int
    ) -> Iterator[StepMotion]:
        """Steps ``first .. past - 1``, those that are kept as they are; those before `first` are kept."""
        number, before = first, None if first == 0 else self._kept(keys[first - 1])
        if first and before is None:
            number = first = 0
        after: Handover | None = None if before is None else before.after
        while number < past:
            step = self._kept(keys[number])
            if step is None:
                for made in perform_steps(plan, clips, first=number, last=past, before=after):
                    self._keep(keys[made.number], made)
                    yield made
                return
            after = step.after
            yield replace(step, number=number)
            number += 1

    def _kept(self, key: bytes) -> StepMotion | None:
        with self._lock:
            step = self._steps.pop(key, None)
            if step is not None:
                self._steps[key] = step
            return step

    def _keep(self, key: bytes, step: StepMotion) -> None:
        with self._lock:
            if key not in self._steps:
                self._steps[key] = step
                self._frames += len(step.motion)
            while self._frames > MOST_FRAMES and len(self._steps) > 1:
                oldest = next(iter(self._steps))
                self._frames -= len(self._steps.pop(oldest).motion)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """What is made ahead waits meanwhile."""
        with self._lock:
            self._asked += 1
        try:
            yield
        finally:
            with self._lock:
                self._asked -= 1


def _keys(plan: ChoreographyPlan, frames: Sequence[range], clips: Mapping[str, Clip]) -> list[bytes]:
    """For each step what tells it from all that are danced otherwise.

    A step goes on from where the one before it ends, so all before it are in its key, and some behind it.
    """
    own = [
        repr((step.clip_id, step.mirror, step.modifiers, step.holds, step.beats, step.metre, step.energy, seed, span))
        for step, seed, span in zip(plan.steps, step_seeds(plan), frames, strict=True)
    ]
    authored = [authored_move(step, clips) is not None for step in plan.steps]
    known = hashlib.blake2b(repr((plan.start, plan.metre)).encode(), digest_size=20).digest()
    out = []
    for number, span in enumerate(frames):
        past = number + 1 + _ahead(plan, authored, number)
        if span:  # what has no frames leaves all as it was
            content = "|".join([*own[number:past], *("end" for _ in range(past - len(own)))])
            known = hashlib.blake2b(known + content.encode(), digest_size=20).digest()
        out.append(known)
    return out


def _ahead(plan: ChoreographyPlan, authored: Sequence[bool], number: int) -> int:
    """How many steps behind one its frames depend on.

    A step comes to rest when the next begins held. An authored move is posed with the moves of the next `CONTEXT`
    counts, `POSED` at most; the feet of the last of them, and the pace of its last count, depend on one more.
    """
    if not authored[number]:
        return 1
    posed = counts = 0
    while posed < POSED and counts <= CONTEXT and number + posed + 1 < len(authored):
        posed += 1
        counts += plan.steps[number + posed].counts
    return posed + 1


__all__ = ["Danced", "Realised"]
