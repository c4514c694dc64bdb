"""What each dancer of a group dances: the plan's dance, put together for each from several versions of it.

The versions are dances of the whole song of their own: as planned, some counts late, smaller, lower, waiting; each also
mirrored, and turned. At the border of two of them a dancer goes over as from one step of a plan to the next
(`choreo.synthesis.stitch.join`). Who has the same versions all along shares one motion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import mirror
from choreo.motion.repair import followed, sliced
from choreo.planfile.counts import bar_beats
from choreo.planfile.formations import front_place
from choreo.planfile.group import Part
from choreo.planfile.manners import BOUNDS
from choreo.planning.end_poses import end_poses, with_ending
from choreo.synthesis.calm import calmed
from choreo.synthesis.canon import delayed, idle_move
from choreo.synthesis.joining import GrowingDance, StepMotion
from choreo.synthesis.stitch import dance_frames, join, perform, perform_steps
from choreo.types import ChoreographyPlan, Clip, Doubles, Motion, PlanStep

ROW_COUNTS = 2
"""Counts by which a row of a canon is later than the one before it."""
MOST_ROWS = 3
"""Rows that are late; those behind dance with the last of them."""
SMALLER = 0.65
"""Size of the steps of those who back somebody."""
LOWER = 0.1
"""Metres by which those dance lower who contrast with the others."""
FACING = np.radians(35.0)
"""Radians by which the two sides turn to each other."""


@dataclass(frozen=True)
class Version:
    """A way to dance the plan: ``dance``, ``small``, ``low``, ``idle`` or ``late``, mirrored or not, turned.

    `late` are beats, `turn` radians to the dancer's left. `ending` is the move with which it ends, mirrored or not; the
    plan's own when empty.
    """

    kind: str = "dance"
    late: int = 0
    mirrored: bool = False
    turn: float = 0.0
    ending: str = ""
    ending_mirrored: bool = False


Score = tuple[tuple[int, Version], ...]
"""From which frame on a dancer dances which version."""


def scores_of(
    plan: ChoreographyPlan, parts: Sequence[Part], places: Sequence[Doubles], fps: float
) -> list[Score]:  # fmt: skip
    """What each dancer dances when.

    Parameters
    ----------
    places
        For each part, where each dancer stands ``(N, 2)``, in units of the distance of neighbours.
    """
    bars = bar_beats(plan)
    out = [list[tuple[int, Version]]() for _ in places[0]]

    def frame(seconds: float) -> int:
        return max(0, round((seconds - plan.start) * fps))

    for part, unit in zip(parts, places, strict=True):
        first, last = part.bars
        beats = [beat for bar in bars[first:last] for beat in bar[:-1]]
        half = bars[(first + last) // 2][0]
        versions = _versions(part.role, unit, end_poses(plan, unit) if part.role == "poses" else ())
        for dancer, (version, other) in enumerate(versions):
            if version.late:
                out[dancer].append((frame(beats[0]), Version("idle")))
                out[dancer].append((frame(beats[min(version.late, len(beats) - 1)]), version))
                continue
            out[dancer].append((frame(beats[0]), version))
            if other is not None and last - first > 1:
                out[dancer].append((frame(half), other))
    return [_shortened(score) for score in out]


def _versions(
    role: str, unit: Doubles, endings: Sequence[tuple[str, bool]] = ()
) -> list[tuple[Version, Version | None]]:  # fmt: skip
    """For each dancer of a part the version, and the one of the part's second half where it is another.

    `endings` are what `choreo.planning.end_poses` says of a part in which the dancers come to different poses.
    """
    if endings:
        return [(Version(ending=name, ending_mirrored=mirrored), None) for name, mirrored in endings]
    dance, idle = Version(), Version("idle")
    dancers, front = len(unit), front_place(unit)
    left = unit[:, 0] > 1e-6
    if not left.any() or left.all():
        left = np.arange(dancers) % 2 == 1
    middle = ~left & (np.abs(unit[:, 0]) < 1e-6)
    if role == "mirror":
        return [(Version(mirrored=bool(side)), None) for side in left]
    if role == "pairs":
        # Left is +X, where a turn to the dancer's right looks at the middle.
        turns = np.where(left, -FACING, np.where(middle, 0.0, FACING)).tolist()
        return [(Version(mirrored=bool(side), turn=turn), None) for side, turn in zip(left, turns, strict=True)]
    if role == "solo":
        return [(dance if k == front else Version("idle", mirrored=bool(left[k])), None) for k in range(dancers)]
    if role == "backing":
        return [(dance if k == front else Version("small", mirrored=bool(left[k])), None) for k in range(dancers)]
    if role == "levels":
        order = np.argsort(np.lexsort((unit[:, 0], -np.round(unit[:, 1], 6))))
        return [(Version("low") if place % 2 else dance, None) for place in order]
    if role == "canon":
        rows = np.unique(-np.round(unit[:, 1], 3), return_inverse=True)[1]
        if rows.max() == 0:
            rows = np.argsort(np.argsort(unit[:, 0]))
        late = np.minimum(rows, MOST_ROWS) * ROW_COUNTS
        return [(Version("late", int(counts)) if counts else dance, None) for counts in late]
    if role == "answer":
        return [(idle, dance) if side else (dance, idle) for side in left]
    return [(dance, None) for _ in range(dancers)]


def _shortened(score: Sequence[tuple[int, Version]]) -> Score:
    """A score without changes to what is danced already, and with one version a frame."""
    out = list[tuple[int, Version]]()
    for frame, version in score:
        if out and out[-1][0] == frame:
            out.pop()
        if not out or out[-1][1] != version:
            out.append((frame, version))
    return tuple(out)


class Repertoire:
    """The versions of a plan's dance, each performed when it is first asked for."""

    def __init__(self, plan: ChoreographyPlan, clips: Mapping[str, Clip], *, fps: float) -> None:
        """Perform nothing yet."""
        self._plan, self._clips, self._fps = plan, clips, fps
        self._known = dict[Version, Motion]()
        self._pieces = list[StepMotion]()

    def __getitem__(self, version: Version) -> Motion:
        """The whole dance in a version.

        Raises
        ------
        PlanError
            When a clip of the plan is not there.
        """
        if version not in self._known:
            self._known[version] = self._made(version)
        return self._known[version]

    @property
    def whole(self) -> Motion:
        """The plan's dance as it is."""
        return self[Version()]

    def _made(self, version: Version) -> Motion:
        if version.turn:
            return _turned(self[replace(version, turn=0.0)], version.turn)
        if version.mirrored:
            return mirror(self[replace(version, mirrored=False)])
        plan, clips = self._plan, self._clips
        if version.ending:
            return self._ended(version)
        if version == Version():
            return self._danced()
        if version.kind == "late":
            plan, clips = delayed(plan, clips, version.late, fps=self._fps)
        elif version.kind == "idle":
            plan, clips = _waiting(plan)
        elif version.kind in ("small", "low"):
            plan = replace(plan, steps=tuple(_step_of(version.kind, step) for step in plan.steps))
        return perform(plan, clips, fps=self._fps)

    def _danced(self) -> Motion:
        """The dance as planned; its steps are kept for other endings."""
        self._pieces = list(perform_steps(self._plan, self._clips, fps=self._fps))
        return self._joined(self._pieces)

    def _ended(self, version: Version) -> Motion:
        """The dance as planned with another move at its end; only that is performed anew."""
        whole, before, last = self.whole, self._pieces[:-1], len(self._plan.steps) - 1
        if self._pieces[-1].number != last:
            return whole  # the dance ends before its last step
        plan, clips = with_ending(self._plan, self._clips, version.ending, version.ending_mirrored)
        handed = before[-1].after if before else None
        return self._joined([*before, *perform_steps(plan, clips, first=last, before=handed, fps=self._fps)])

    def _joined(self, pieces: Sequence[StepMotion]) -> Motion:
        return GrowingDance(iter(pieces), dance_frames(self._plan, self._fps)).whole()


def _step_of(kind: str, step: PlanStep) -> PlanStep:
    """A step as it is danced smaller or lower; recordings are danced as they are."""
    if not step.move:
        return step
    how = step.modifiers
    if kind == "small":
        return replace(step, modifiers=replace(how, size=max(BOUNDS["size"][0], SMALLER * how.size)))
    return replace(step, modifiers=replace(how, level=min(BOUNDS["level"][1], how.level + LOWER)))


def _waiting(plan: ChoreographyPlan) -> tuple[ChoreographyPlan, dict[str, Clip]]:
    """A plan of nothing but waiting, on the plan's beats."""
    idle = idle_move(plan)
    beats = [*(t for step in plan.steps for t in step.beats[:-1]), plan.steps[-1].beats[-1]]
    steps = []
    for at in range(0, len(beats) - 1, idle.counts):
        span = tuple(beats[at : at + idle.counts + 1])
        steps.append(
            PlanStep(
                idle.clip_id, idle.name, idle.dataset, idle.licence, False, at, span, "", 1.0, {}, idle.move,
                metre=idle.metre if idle.metre != plan.metre else 0,
            )
        )  # fmt: skip
    return replace(plan, steps=tuple(steps)), {idle.clip_id: idle}


def _turned(motion: Motion, turn: float) -> Motion:
    """A dance turned about its middle by radians to the dancer's left."""
    spin = rot.yaw(turn).astype(np.float32)
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(spin, rotations[:, 0])
    return replace(
        motion,
        translation=rot.rotate(spin, motion.translation).astype(np.float32),
        rotations=rot.continuous(rotations).astype(np.float32),
    )


def danced_score(score: Score, repertoire: Repertoire) -> Motion:
    """The motion of a dancer: pieces of versions, joined as steps are, each going on where the last one left off."""
    if len(score) == 1:
        return repertoire[score[0][1]]
    frames = len(repertoire.whole)
    ends = [*(begin for begin, _ in score[1:]), frames - 1]
    whole: Motion | None = None
    usual = None
    for (begin, version), end in zip(score, ends, strict=True):
        if end <= begin:
            continue
        piece = sliced(repertoire[version], begin, end + 1)
        before = None
        if whole is not None:
            before = sliced(whole, max(len(whole) - 2, 0), len(whole))
            away = (before.translation[-1] - piece.translation[0]) * np.array([1, 0, 1], np.float32)
            piece = join(before, replace(piece, translation=piece.translation + away), there=True)
        piece, usual = calmed(piece, before, usual, goes_on=end < frames - 1)
        whole = piece if whole is None else followed(sliced(whole, 0, len(whole) - 1), piece)
    assert whole is not None  # a score begins at frame 0, and a dance has frames
    return whole
