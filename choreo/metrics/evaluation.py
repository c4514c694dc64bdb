"""One dance to one song, measured: the metrics of this package put together into a `Report`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from choreo.errors import InputError
from choreo.metrics.compared import copies_of, distances_of, form_of
from choreo.metrics.compat import PROTOCOLS
from choreo.metrics.dance import EvaluatedDance
from choreo.metrics.group_measures import group_measures
from choreo.metrics.measured import beats_of, feet_of, seams_of
from choreo.metrics.reference import Reference, joint_positions
from choreo.metrics.report import Report
from choreo.motion.joint_arrays import JointArray, lacking
from choreo.motion.skeleton import NAMES
from choreo.types import ChoreographyPlan, Motion, MusicAnalysis


def evaluate(
    motion: Motion | JointArray,
    analysis: MusicAnalysis,
    *,
    start: float | None = None,
    plan: ChoreographyPlan | None = None,
    reference: Reference | None = None,
    compat: str = "choreo",
    window: float | None = None,
    seed: int = 0,
    others: Sequence[Motion | JointArray] = (),
) -> Report:
    """Measure a dance.

    Parameters
    ----------
    motion
        On the canonical skeleton, or joint positions, which are measured as they are: what needs a joint that they lack
        has no value, and says which.
    start
        Second of the song at which the motion begins; where `plan` begins by default, else 0.
    plan
        Seams are where its steps meet.
    reference
        Real dances, for FID, diversity and copies.
    compat
        Name of a protocol of `choreo.metrics.compat`.
    window
        Seconds that motions are cut into for FID and diversity; the reference's own by default, whole motions with
        `compat`.
    others
        What the other dancers of its group do meanwhile: adds the measures of groups, of all of them. Frames after the
        shortest are left out.

    Raises
    ------
    InputError
        When `compat` or `window` is not allowed.
    """
    if compat not in PROTOCOLS:
        raise InputError(f"compat {compat!r}: want one of {', '.join(PROTOCOLS)}.")
    if window is not None and not window >= 0.5:
        raise InputError(f"window {window:g} s: want at least 0.5 s, or none.")
    begun = start if start is not None else plan.start if plan is not None else 0.0
    dance = EvaluatedDance(motion, joint_positions(motion), analysis, begun, plan, reference, PROTOCOLS[compat], seed)
    results = [
        beats_of(dance),
        feet_of(dance),
        seams_of(dance),
        form_of(dance),
        copies_of(dance),
        distances_of(dance, window),
        *([] if not others else [group_measures((motion, *others))]),
    ]
    plots: dict[str, Any] = {}
    for _, arrays in results:
        plots |= arrays
    facts = {
        "compat": compat,
        "start": round(begun, 3),
        "seconds": round(motion.duration, 3),
        "song": analysis.path,
        "song_seconds": round(analysis.duration, 3),
        "tempo": round(analysis.tempo, 2),
        "reference": None if reference is None else reference.name,
    }
    return Report(tuple(each for measures, _ in results for each in measures), facts, plots, _warnings(dance))


def _warnings(dance: EvaluatedDance) -> tuple[str, ...]:
    found = list(dance.analysis.warnings)
    spare = dance.analysis.duration - dance.end
    if dance.end > dance.analysis.duration + 0.5:
        found.append(f"the motion goes on {-spare:.1f} s after the song; that part has no beats to meet")
    elif spare > 0.2 * dance.analysis.duration:
        found.append(f"the motion ends {spare:.1f} s before the song: only what is danced is measured")
    missing = lacking(dance.positions)
    if missing:
        found.append(
            f"the positions have {len(NAMES) - len(missing)} of the {len(NAMES)} joints that are measured, without "
            f"{', '.join(missing)}: means over joints are of the others, and compare with the same joints only"
        )
    if dance.motion.fps < 25:
        found.append(f"the motion has {dance.motion.fps:g} frames a second: too few for feet and accelerations")
    return (*found, *(dance.reference.warnings if dance.reference else ()))
