"""The one place in which a plan is performed: for files, videos, previews, pages, and a window of bars of an editor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from choreo.datasets.convert import read_take
from choreo.datasets.files import assumptions
from choreo.db.starter import dance_database
from choreo.errors import InputError, PlanError, PlanningError
from choreo.motion.repair import sliced
from choreo.planfile.counts import step_bars
from choreo.planfile.file import read_plan
from choreo.planfile.slices import all_steps, part_of_plan, part_seconds, whole_plan
from choreo.planfile.sources import require_clips
from choreo.planfile.troupe import Troupe
from choreo.synthesis import broken_guarantees, guarantees
from choreo.synthesis.checks import strained
from choreo.synthesis.ensemble import Ensemble, cast_plan, multiply, perform_all
from choreo.synthesis.joining import GrowingDance, Handover, StepMotion
from choreo.synthesis.stitch import dance_frames, part_frames, perform_steps
from choreo.types import ChoreographyPlan, Clip, Dance, Doubles, Floats, Motion, Reading, Timeline
from choreo.video.look import Look
from choreo.video.timeline import moved_timeline, timeline_of


@dataclass(frozen=True, eq=False)
class Performance:
    """The motions of a dance, with the `plan` and its measured guarantees; a motion file has no plan.

    `part` are the seconds of the dance that are shown and written, from its first frame on; all of it when None. The
    plan of a part is the slice that it is.
    """

    ensemble: Ensemble
    plan: ChoreographyPlan | None = None
    part: tuple[float, float] | None = None

    @property
    def whole(self) -> tuple[Motion, ...]:
        """The whole dance, one motion a dancer, in which a part is filmed; as far as the part needs it."""
        return self.ensemble.motions

    @property
    def motions(self) -> tuple[Motion, ...]:
        """What is danced in the part, one motion a dancer."""
        if self.part is None:
            return self.whole
        first, last = (round(time * self.whole[0].fps) for time in self.part)
        return tuple(sliced(motion, first, min(last + 1, len(motion))) for motion in self.whole)

    @property
    def begin(self) -> float:
        """Second of the whole dance at the first frame of `motions`."""
        return 0.0 if self.part is None else round(self.part[0] * self.whole[0].fps) / self.whole[0].fps

    @property
    def timeline(self) -> Timeline | None:
        """What is danced when in the whole dance; not known of a motion file."""
        return None if self.plan is None else timeline_of(whole_plan(self.plan))

    @property
    def opening(self) -> float:
        """Second of the song at the first frame of the whole dance; 0 of a motion file."""
        return 0.0 if self.plan is None else whole_plan(self.plan).start

    @property
    def bars(self) -> Doubles | None:
        """Seconds of `motions` at which bars begin, and the last one's end ``(B,)``; not known of a motion file."""
        timeline = self.timeline
        if timeline is None:
            return None
        borders = np.append(timeline.beats[timeline.positions == 1], timeline.steps[-1].end) - self.begin
        return borders[(borders > -1e-6) & (borders < self.motions[0].duration + 1e-6)]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know."""
        return (*(self.plan.warnings if self.plan else ()), *self.ensemble.warnings)

    def dance(self, name: str) -> Dance:
        """The performance under a name, for formats that show several beside each other."""
        timeline = self.timeline
        return Dance(name, self.motions, None if timeline is None else moved_timeline(timeline, -self.begin))

    def cut(self, start: float | None, duration: float | None, name: str) -> Performance:
        """The part of a motion file from its second `start` on, of `duration` seconds.

        Raises
        ------
        InputError
            When it has no such part; begins with `name`.
        """
        if start is None and duration is None:
            return self
        length, first = self.whole[0].duration, 0.0 if start is None else start
        if not -1e-6 <= first < length:
            raise InputError(f"{name}: --start {first:g} lies outside: it is danced from 0.00 to {length:.2f} s.")
        last = length if duration is None else min(first + duration, length)
        if not last > first:
            raise InputError(f"{name}: --duration {duration:g}: want more than 0 seconds.")
        return replace(self, part=(max(first, 0.0), last))


def perform_plan(
    plan: ChoreographyPlan,
    clips: Mapping[str, Clip],
    *,
    measured: bool = True,
    best_effort: bool = False,
    name: str = "",
    until: float | None = None,
) -> Performance:
    """Dance a plan with all its dancers; the same plan gives the same bits, and a slice those of its whole.

    Parameters
    ----------
    clips
        What the plan uses, by clip id; for a slice also what is around it.
    measured
        Measure the guarantees (`choreo.synthesis.guarantees`) and put them into the plan that is returned; of a slice,
        those of the slice.
    best_effort
        A dance that breaks a guarantee comes with a warning instead of an error.
    name
        What errors begin with.
    until
        Seconds of the whole dance that are needed, as `choreo.synthesis.ensemble.perform_all` has it.

    Raises
    ------
    PlanError
        When a clip of the plan is not in `clips`.
    PlanningError
        When the dance breaks a guarantee.
    InputError
        When the plan's dancers cannot do what they are to do.
    """
    ensemble, part = perform_all(plan, clips, until=until), part_seconds(plan)
    if not measured:
        return Performance(ensemble, plan, part)
    danced = ensemble.dance if part is None else sliced(ensemble.dance, *part_frames(plan))
    values = {**guarantees(danced, plan, clips), **ensemble.guarantees}
    broken = broken_guarantees(values, plan)
    if broken and not best_effort:
        raise PlanningError(f"{name}: {broken[0]}. --best-effort makes the dance all the same.")
    warnings = tuple(dict.fromkeys((*plan.warnings, *broken, *strained(values, plan))))
    return Performance(ensemble, replace(plan, guarantees=values, warnings=warnings), part)


def unfold_plan(plan: ChoreographyPlan, clips: Mapping[str, Clip]) -> GrowingDance:
    """Dance a plan with one dancer, each step when it is asked for: `perform_plan` gives the same frames.

    Of a slice, it is the whole dance that unfolds.

    Raises
    ------
    PlanError
        When a clip is not in `clips`; also later.
    """
    whole = whole_plan(plan)
    return GrowingDance(perform_steps(whole, clips), dance_frames(whole))


def perform_bars(
    plan: ChoreographyPlan,
    clips: Mapping[str, Clip],
    first: int,
    last: int,
    *,
    before: Handover | None = None,
    ground: Floats | None = None,
    facing: float = 0.0,
) -> tuple[StepMotion, ...]:
    """Dance the steps of some bars of a plan alone, by the first dancer in the middle of the stage.

    Parameters
    ----------
    first, last
        Bars, first and past-last, as `choreo.planfile.step_bars` numbers them; steps that reach into them are whole.
    before
        What the step before left (`StepMotion.after`): then every frame has the bits that it has in the whole dance.
    ground, facing
        Where the dancer's frame begins when nothing is `before`: ``(2,)`` metres x and z, radians from the audience.

    Returns
    -------
    The steps with their frames in the whole dance; `choreo.synthesis.joining.joined` makes one motion of them.

    Raises
    ------
    InputError
        When the plan has no such bars.
    PlanError
        When a clip is not in `clips`.
    """
    plan = whole_plan(plan)
    chosen = [number for number, (begin, end) in enumerate(step_bars(plan)) if begin < last and end > first]
    if not chosen:
        raise InputError(f"bars {first}:{last}: the dance has the bars 0 to {step_bars(plan)[-1][1] - 1}.")
    steps = perform_steps(
        plan, clips, first=chosen[0], last=chosen[-1] + 1, before=before, ground=ground, facing=facing
    )
    return tuple(steps)


def perform_file(path: Path, troupe: Troupe | None = None, reading: Reading = Reading()) -> Performance:
    """A motion file as a performance, by several dancers where a troupe is named; `reading` is what its file lacks.

    Raises
    ------
    MotionError
        When the file cannot be read or has no humanoid.
    InputError
        When the troupe's unison needs the bars of a plan.
    """
    take = read_take(path, reading=reading)
    said = tuple(f"assumed {what}, which {path} does not say" for what in assumptions(take.flags))
    ensemble = multiply(take.motion, troupe or Troupe())
    return Performance(replace(ensemble, warnings=(*said, *ensemble.warnings)))


def is_tall(look: Look | None) -> bool:
    """Whether a picture is taller than wide, so that groups stand deep rather than wide."""
    return look is not None and look.height > look.width


def read_cast_plan(path: Path, troupe: Troupe | None = None, *, tall: bool = False) -> ChoreographyPlan:
    """Read a plan file; `troupe` takes the place of the plan's own.

    Parameters
    ----------
    tall
        Whether the picture is taller than wide, for the formations of a new troupe.

    Raises
    ------
    PlanError
        When the plan cannot be read, or its dancers cannot do what they are to do.
    """
    try:
        return cast_plan(read_plan(path), troupe, tall=tall)
    except PlanError:
        raise
    except InputError as error:
        raise PlanError(f"{path}: {error.message}") from error


def dancer_count(plan: ChoreographyPlan | None, troupe: Troupe | None) -> int:
    """How many dance a plan that is cast, or without one what a troupe dances."""
    return (troupe or Troupe()).dancers if plan is None else Troupe.of(plan.options).dancers


def plan_clips(plan: ChoreographyPlan, path: Path, db: str | None) -> Mapping[str, Clip]:
    """Fetch what a plan read from `path` dances from the motion database, by clip id.

    Raises
    ------
    PlanError
        When a clip is gone.
    """
    found = dance_database(db).clips(ids=[step.clip_id for step in all_steps(plan)])
    clips = {clip.clip_id: clip for clip in found}
    require_clips(plan, clips, f"{path}: ")
    return clips


def dance_beside(
    path: Path, start: float, db: str | None, part: tuple[float, float] | None = None
) -> Dance:  # fmt: skip
    """Read a plan or a motion file that is shown beside another dance.

    Parameters
    ----------
    start
        Second of the song at which that dance begins; a plan's has to be the same. Motion files have none.
    part
        Seconds of that dance that are shown; this one has to go on until its beginning.

    Raises
    ------
    InputError
        When a plan begins elsewhere in the song.
    PlanError, MotionError
        When the file cannot be used.
    """
    first, duration = (None, None) if part is None else (part[0], part[1] - part[0])
    if path.suffix.lower() != ".json":
        return perform_file(path).cut(first, duration, str(path)).dance(path.stem)
    plan = read_plan(path)
    if first is not None:
        with named(path):
            plan = part_of_plan(plan, start + first, duration)
    elif abs(plan.start - start) > 1e-3:
        raise InputError(f"{path}: begins at {plan.start:g} s of its song, the other dance at {start:g} s.")
    until = None if plan.around is None else plan.end - plan.around.start
    performance = perform_plan(plan, plan_clips(plan, path, db), measured=False, until=until)
    return performance.dance(path.stem.removesuffix(".plan"))


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors about a part of a dance begin with the name of its file."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error.message}") from error


__all__ = [
    "Performance",
    "dance_beside",
    "dancer_count",
    "is_tall",
    "named",
    "perform_bars",
    "perform_file",
    "perform_plan",
    "plan_clips",
    "read_cast_plan",
    "unfold_plan",
]
