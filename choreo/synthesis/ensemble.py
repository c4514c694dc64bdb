"""One choreography danced by several: the motions of all dancers, at stage positions where they never meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from choreo.errors import InputError
from choreo.motion.kinematics import mirror
from choreo.planfile.counts import step_bars
from choreo.planfile.formations import stage_positions
from choreo.planfile.group import group_of
from choreo.planfile.slices import whole_plan
from choreo.planfile.troupe import Troupe
from choreo.planning.groups import plan_group
from choreo.synthesis.canon import check_canon, delayed
from choreo.synthesis.closed_hold import couple, hold_of
from choreo.synthesis.company import perform_company
from choreo.synthesis.joining import GrowingDance
from choreo.synthesis.spacing import NEAREST, spaced_positions
from choreo.synthesis.stitch import FPS, dance_frames, perform, perform_steps
from choreo.types import ChoreographyPlan, Clip, Motion

HOLD_GAP = 0.03
"""Metres from hands to what they hold from which on a couple is told so."""
WIDE = 2.0
"""How many times the usual distance may become before it is worth a word."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What all dancers do, the first one first; `dance` is the choreography itself, in the middle of the stage.

    `spacing` is the distance of neighbours' stage positions and `air` what lies at least between two bodies, metres; of
    a couple in closed hold, who touch, `hold_gap` is the 95th percentile of metres from hands to what they hold.
    """

    dance: Motion
    motions: tuple[Motion, ...]
    spacing: float = 0.0
    air: float = 0.0
    warnings: tuple[str, ...] = ()
    hold_gap: float | None = None

    @property
    def guarantees(self) -> dict[str, float]:
        """What a plan may promise of it; nothing for one dancer."""
        if self.hold_gap is not None:
            return {"hold_gap_p95": self.hold_gap}
        return {} if len(self.motions) == 1 else {"dancers_spacing": self.spacing, "dancers_air": self.air}


def cast_plan(plan: ChoreographyPlan, troupe: Troupe | None, *, tall: bool = False) -> ChoreographyPlan:
    """The plan danced by `troupe`, or by its own when None.

    Parameters
    ----------
    tall
        Whether the picture is taller than wide: formations that are planned are then deeper than wide.

    Raises
    ------
    InputError
        When the plan's options or the troupe cannot be followed, such as a canon longer than the song.
    """
    known = (*Troupe.__dataclass_fields__, "group")
    others = {name: value for name, value in plan.options.items() if name not in known}
    whole = whole_plan(plan)
    kept = group_of(plan.options, step_bars(whole)[-1][1]) if troupe is None else None
    troupe = troupe or Troupe.of(plan.options)
    check_canon(whole, troupe)
    cast = replace(plan, options={**others, **troupe.options()})
    if not troupe.changes:
        return cast
    group = kept or plan_group(whole, troupe, tall=tall)
    return replace(cast, options={**cast.options, "group": group.options()})


def perform_all(
    plan: ChoreographyPlan, clips: Mapping[str, Clip], *, fps: float = FPS, until: float | None = None
) -> Ensemble:
    """Dance a plan with as many dancers as its options say; as a group where `cast_plan` gave it a score.

    Of a slice, it is all of the dance that it is a part of.

    The first dancer dances what `choreo.synthesis.perform` gives, moved to the dancer's stage position; one dancer
    alone stays in the middle. The same plan gives the same bits.

    Parameters
    ----------
    until
        Seconds of the dance that are needed: one dancer dances no more. Several dance all of it, which spaces them.

    Raises
    ------
    InputError
        When the options cannot be followed, such as a canon longer than the song.
    PlanError
        When a clip of the plan is not in `clips`.
    """
    plan, troupe = whole_plan(plan), Troupe.of(plan.options)
    check_canon(plan, troupe)
    group = group_of(plan.options, step_bars(plan)[-1][1]) if troupe.changes else None
    if group is not None:
        company = perform_company(plan, clips, group, troupe.dancers, fps)
        return Ensemble(company.dance, company.motions, company.spacing, company.air)
    troupe = troupe.settled
    late = troupe.canon_bars * plan.metre
    turns = [delayed(plan, clips, late * number, fps=fps) for number in range(1, troupe.dancers if late else 1)]
    if until is not None and troupe.dancers == 1:
        growing = GrowingDance(perform_steps(plan, clips, fps=fps), dance_frames(plan, fps))
        return _arranged([growing.part(0, round(until * fps) + 1)], troupe)
    own = perform(plan, clips, fps=fps)
    return _arranged([own, *(perform(*turn, fps=fps) for turn in turns)], troupe)


def multiply(motion: Motion, troupe: Troupe) -> Ensemble:
    """Several dancers with one motion that has no plan.

    Raises
    ------
    InputError
        When a canon is asked for: it needs a plan's bars.
    """
    if troupe.dancers > 1 and troupe.canon_bars:
        raise InputError(f"{troupe.unison} needs the bars of a plan; a motion file has none. Use unison or mirror.")
    return _arranged([motion], troupe.settled)


def _arranged(motions: list[Motion], troupe: Troupe) -> Ensemble:
    """Put every dancer at a stage position; one motion is for all, otherwise there is one each."""
    if troupe.dancers == 1:
        return Ensemble(motions[0], (motions[0],))
    if troupe.held:
        return _coupled(motions[0])
    unit = stage_positions(troupe.formation, troupe.dancers)
    cast = motions * troupe.dancers if len(motions) == 1 else motions
    if troupe.mirrored:
        other = mirror(motions[0])
        cast = [other if x > 1e-6 else motion for motion, x in zip(cast, unit[:, 0], strict=True)]
    ground, apart, air = spaced_positions(cast, unit, halves=troupe.mirrored)
    moved = tuple(_moved(motion, *position) for motion, position in zip(cast, ground, strict=True))
    wide = f"the dancers stand {apart:.1f} m apart, because this dance travels; --unison unison needs less room"
    return Ensemble(
        motions[0], moved, apart, air, (wide,) if apart > WIDE * NEAREST and troupe.unison != "unison" else ()
    )


def _coupled(motion: Motion) -> Ensemble:
    """A leader and a partner in closed hold, the couple in the middle of the stage."""
    lead, partner = couple(motion)
    gap = float(np.quantile(hold_of(lead, partner).gaps, 0.95))
    to_middle = (lead.translation[0] - partner.translation[0])[[0, 2]] / 2
    moved = tuple(_moved(each, *to_middle) for each in (lead, partner))
    far = (
        f"hands do not always meet what they hold ({100 * gap:.0f} cm at the 95th percentile); "
        "'choreo generate SONG --dancers 2 --unison hold' chooses figures for it"
    )
    return Ensemble(motion, moved, warnings=(far,) if gap > HOLD_GAP else (), hold_gap=gap)


def _moved(motion: Motion, x: float, z: float) -> Motion:
    return replace(motion, translation=motion.translation + np.array([x, 0, z], np.float32))
