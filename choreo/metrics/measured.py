"""Measures of a dance by itself and against its song's beats: beat alignment, feet, seams."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from choreo.metrics import beats as on_beat
from choreo.metrics import feet, seams
from choreo.metrics.chance import BLOCK, shift_null
from choreo.metrics.dance import EvaluatedDance
from choreo.metrics.reference import FPS, joint_positions
from choreo.metrics.report import Measure, measure
from choreo.motion.contacts import contacts_of, sole_points
from choreo.motion.joint_arrays import JointArray, needs
from choreo.motion.resample import resample
from choreo.types import Doubles, Motion

PFC_SECONDS = 5.0
"""Length of EDGE's own slices; the score falls with length, since it is relative to the largest acceleration."""
MeasuresAndPlots = tuple[list[Measure], dict[str, Any]]
"""Measures, and arrays for the plots of the page by name."""


def beats_of(dance: EvaluatedDance) -> MeasuresAndPlots:
    """Motion beats against music beats."""
    music = dance.analysis.beats
    mine = on_beat.motion_beats(dance.positions, FPS) + dance.start
    scores = on_beat.beat_scores(mine, music, start=dance.start, end=dance.end, seed=dance.seed)
    lacking = "no motion beats: the dancer stands still, or too briefly moves" if not len(scores.motion) else ""
    lacking = f"{len(scores.music)} music beats while the dance lasts" if len(scores.music) < 4 else lacking
    rate = len(scores.motion) / max(dance.motion.duration, 1e-9)
    chance = scores.shift.mean if scores.shift else float("nan")
    near = scores.near
    sure = scores.shift is not None and np.isfinite(scores.ceiling)
    bound = f"all beats turned at once; no dance to this song can exceed {scores.ceiling:.1f}" if sure else ""
    found = [
        measure("beat_f1_70ms", "beats", "F1 at 70 ms", scores.far.f1, lacking, chance=chance, good="0.60 and more"),
        measure("beat_precision_70ms", "beats", "precision at 70 ms", scores.far.precision, lacking),
        measure("beat_recall_70ms", "beats", "recall at 70 ms", scores.far.recall, lacking),
        measure("beat_f1_50ms", "beats", "F1 at 50 ms", near.f1, lacking),
        measure("beat_precision_50ms", "beats", "precision at 50 ms", near.precision, lacking),
        measure("beat_recall_50ms", "beats", "recall at 50 ms", near.recall, lacking),
        measure("beat_z", "beats", "z above chance, by blocks", scores.block.z if scores.block else np.nan, lacking,
                chance=0.0, good="more than 3", note=f"every {BLOCK} beats turned by themselves"),
        measure("beat_shift_z", "beats", "z above chance, as a whole", scores.shift.z if scores.shift else np.nan,
                lacking, chance=0.0, note=bound),
        measure("beat_lag", "beats", "median lag after the beat", 1000 * scores.lag, lacking, unit="ms",
                good="within 15 of 0; negative is early"),
        measure("motion_beats_per_second", "beats", "motion beats a second", rate),
        *_published_beats(dance, scores, lacking),
    ]  # fmt: skip
    plots: dict[str, Any] = {
        "motion_beats": scores.motion,
        "music_beats": scores.music,
        "lags": on_beat.lags(scores.motion, scores.music),
    }
    plots |= {"speed": on_beat.joint_speed(dance.positions, FPS), "start": dance.start}
    if scores.block:
        plots |= {"null": scores.block.scores, "f1": scores.far.f1}
    return found, plots


def _published_beats(dance: EvaluatedDance, scores: on_beat.BeatScores, lacking: str) -> list[Measure]:
    """Beat alignment scores in both forms, with the motion beats and the frame rate of the protocol."""
    values = [scores.aist, scores.aist_chance, scores.bailando, scores.bailando_chance]
    by, fps = dance.protocol.beats, dance.protocol.fps
    if by != "choreo" and not lacking:
        find = on_beat.motion_beats_aist if by == "aist" else on_beat.motion_beats_bailando
        mine = find(joint_positions(dance.motion, fps), fps).astype(np.float64)
        music = np.unique(np.round((scores.music - dance.start) * fps))
        values = []
        for form in (on_beat.bas_aist, on_beat.bas_bailando):
            null = shift_null(mine, music, partial(form, sigma=3.0), start=0.0, end=dance.motion.duration * fps)
            values += [null.score, null.mean]
    aist, aist_chance, bailando, bailando_chance = values
    frame = f"sigma 3 frames at {fps:g} a second" if by != "choreo" else "sigma 50 ms"
    return [
        measure("bas_aist", "beats", "BAS, AIST++", aist if not lacking else np.nan, lacking,
                chance=aist_chance, note=f"{frame}; each motion beat to a music beat"),
        measure("bas_bailando", "beats", "BAS, Bailando", bailando if not lacking else np.nan, lacking,
                chance=bailando_chance, real=0.237, note=f"{frame}; each music beat to a motion beat"),
    ]  # fmt: skip


def feet_of(dance: EvaluatedDance) -> MeasuresAndPlots:
    """Physical foot contact, foot-skate ratio and slide of standing soles."""
    positions = joint_positions(dance.motion, feet.PUBLISHED_FPS)
    lacking = needs(positions, *feet.JOINTS)
    whole = dance.protocol.name == "edge"
    real, beside, held = 1.34, "near real dance's, not low", np.nan
    if dance.reference is not None:
        theirs = [_pfc(each[::2]) for each in dance.reference.positions]
        real = feet.finite_mean(theirs)
        held = 100 * feet.finite_mean([feet.foot_skate_ratio(each[::2]) for each in dance.reference.positions])
    signed = dance.protocol.signed
    published = 100 * feet.foot_skate_ratio(positions, signed=True)
    skate = published if signed else 100 * feet.foot_skate_ratio(positions)
    airy = lacking or "no foot is ever near the floor, or one frame"
    return [
        measure("pfc", "feet", "PFC (EDGE)", feet.pfc(positions) if whole else _pfc(positions),
                lacking or "under 3 frames",
                real=real, good=beside, note="whole dance" if whole else f"mean of stretches of {PFC_SECONDS:g} s"),
        measure("foot_skate", "feet", "foot-skate ratio", skate, airy, unit="%", real=np.nan if signed else held,
                good="2.8 and less", note="signed mean, as published" if signed else "the way itself"),
        measure("foot_skate_lodge", "feet", "the same as Lodge has it", published, airy, unit="%", real=6.22,
                note="signed mean; in heels there is no contact"),
        _slide(dance.motion),
    ], {}  # fmt: skip


def _slide(dance: Motion | JointArray) -> Measure:
    """Slide of the soles, which are known of motions only: joint positions have none."""
    slide, lacking, note = float("nan"), "soles, which joint positions do not have", ""
    if isinstance(dance, Motion):
        motion = resample(dance, FPS)
        slide = feet.contact_slide_p95(np.asarray(sole_points(motion)), contacts_of(motion), FPS)
        lacking = "nothing stands"
        note = "contacts found by height and slowness" if motion.contacts is None else "contacts the motion's own"
    return measure("contact_slide", "feet", "slide of standing soles, p95", slide, lacking, unit="cm/s",
                   good="1.5 and less", note=note)  # fmt: skip


def _pfc(positions: Doubles) -> float:
    """Mean over stretches of `PFC_SECONDS`; the rest counts as one when it is at least half as long."""
    length = round(PFC_SECONDS * feet.PUBLISHED_FPS)
    parts = [positions[first : first + length] for first in range(0, len(positions), length)]
    long_enough = [part for part in parts if len(part) >= length / 2] or parts[:1]
    return feet.finite_mean([feet.pfc(part) for part in long_enough])


def seams_of(dance: EvaluatedDance) -> MeasuresAndPlots:
    """Accelerations at seams, where one step of the plan goes over into the next."""
    lacking = "no plan (--plan) tells where the seams are"
    nothing = seams.SeamScores(0, *(float("nan"),) * 4)
    scores, plots = nothing, {"push": seams.peak_acceleration(dance.positions, FPS)}
    if dance.plan is not None:
        times = np.array([step.beats[0] for step in dance.plan.steps[1:]]) - dance.start
        scores = seams.seam_spikiness(dance.positions, FPS, times, dance.analysis.beats - dance.start)
        lacking = "no seams inside the dance, or nothing else"
        plots["seams"] = times + dance.start
    worst = (
        f"at {scores.worst_at + dance.start:.1f} s of the song" if scores.seams and scores.worst == scores.worst else ""
    )
    joint = scores.joint
    snap = f"{joint.joint.replace('_', ' ')} at {joint.time + dance.start:.1f} s of the song" if joint.joint else ""
    return [
        measure("seam_spikiness", "seams", "acceleration at seams, p95", scores.spikiness, lacking, unit="x inside",
                real=1.0, good="1.1 and less", note=f"{scores.seams} seams"),
        measure("seam_at_beats", "seams", "the same against other beats", scores.at_beats, lacking, unit="x", real=1.0),
        measure("seam_worst", "seams", "worst seam", scores.worst, lacking, unit="x inside p95", note=worst),
        measure("seam_joint", "seams", "worst joint at a seam", joint.ratio if joint.joint else np.nan, lacking,
                unit="x its own p99", real=1.0, good="1.2 and less", note=snap),
        measure("seam_arms", "seams", "arm in trunk or head after seams", 100 * scores.arm_depth, lacking, unit="cm",
                note=f"{100 * scores.arm_elsewhere:.1f} cm at most elsewhere" if scores.arm_depth >= 0 else ""),
    ], plots  # fmt: skip
