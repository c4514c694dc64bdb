"""Guarantees of a finished dance, measured on the motion itself."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.motion.blocks import FRAMES, blocks
from choreo.motion.contacts import contacts_of, foot_points, points_slide
from choreo.motion.features import end_velocities
from choreo.motion.kinematics import forward
from choreo.motion.snaps import joint_accelerations, worst_snap
from choreo.planfile.counts import step_bars
from choreo.planning.tempo import FASTEST, RUBATO, SLOWEST, tempo_range
from choreo.synthesis.beside_source import UP, Recordings
from choreo.types import Bools, ChoreographyPlan, Clip, Doubles, Floats, Motion, PlanStep

SEAM = 0.15
"""Seconds on both sides of a transition that belong to it."""
SLIDE = 0.015
"""Metres a second that standing soles may slide, 95th percentile, where the recordings' do not slide themselves."""
SLIDE_RATIO = 1.1
"""How many times the slide of the recordings theirs may be, where those slide."""
FLOATING = 0.03
"""Share of the frames with a foot of the recording down in which no foot of the dancer may be."""
JERKED = 3.0
"""How many times the 99th percentile of acceleration inside clips a transition may reach."""
SNAPPED = 1.2
"""How many times its own 99th percentile a joint may accelerate at a transition; more is told."""
STRAINED = 0.85
"""How much further than is natural a recording is warped, or beyond its tempos a move is danced, where the database has
no other; what is unnatural is told."""
STANDING = frozenset(("idle", "pose"))
"""Roles of clips that have no tempo to be far from."""
TOLERANCE = 2**RUBATO * 1.002
"""Warp that rubato may add; beats in plans are rounded to milliseconds."""


def _near(times: Doubles, starts: Doubles) -> Bools:
    """Which `times` lie within `SEAM` of one of the rising `starts`: the one before or the one after decides."""
    if not len(starts):
        return np.zeros(len(times), bool)
    after = np.searchsorted(starts, times)
    before, after = np.maximum(after - 1, 0), np.minimum(after, len(starts) - 1)
    return np.asarray((np.abs(times - starts[before]) < SEAM) | (np.abs(times - starts[after]) < SEAM))


def _measured(motion: Motion, size: int = FRAMES) -> tuple[Floats, Floats, Floats, Floats]:
    """What the guarantees are measured on, in blocks of `size` frames.

    Returns
    -------
    slide, lowest, acceleration, joints
        ``(N,)`` m/s as `choreo.motion.contacts.contact_slide` gives it; ``(T,)`` metres, height of the lowest sole
        point in each frame; ``(T,)`` m/s2, the largest acceleration of any end effector in each frame; ``(T, J)`` the
        same of every joint.
    """
    contacts, fps, count = contacts_of(motion), motion.fps, len(motion)
    slides, accelerations, lowest = list[Floats](), list[Floats](), list[Floats]()
    joints = np.empty((count, len(motion.skeleton)), np.float32)
    for block in blocks(count, size):
        # Two differences in time look at two frames on either side.
        first, last = max(block.start - 2, 0), min(block.stop + 2, count)
        own = slice(block.start - first, block.stop - first)
        positions, world = forward(motion.skeleton, motion.translation[first:last], motion.rotations[first:last])
        points = foot_points(positions, world)
        lowest.append(points[own, :, 1].min(axis=1))
        stepped = slice(max(own.start - 1, 0), own.stop)
        slides.append(points_slide(points[stepped], contacts[first:last][stepped], fps))
        changes = np.gradient(end_velocities(motion.skeleton, positions, fps), 1 / fps, axis=0)
        accelerations.append(np.linalg.norm(changes, axis=-1).max(axis=-1)[own])
        joints[block.start : block.stop] = joint_accelerations(positions, fps)[own]
    return np.concatenate(slides), np.concatenate(lowest), np.concatenate(accelerations), joints


def _peak(values: Floats, times: Doubles, at: float) -> float:
    """Largest of the values whose rising times lie within `SEAM` of `at`; 0 when there is none."""
    around = slice(*np.searchsorted(times, (at - 2 * SEAM, at + 2 * SEAM)))
    return float(values[around][np.abs(times[around] - at) < SEAM].max(initial=0))


def guarantees(motion: Motion, plan: ChoreographyPlan, clips: Mapping[str, Clip]) -> dict[str, float]:
    """Measure a dance.

    Parameters
    ----------
    clips
        What the plan uses, by clip id.

    Returns
    -------
    ``contact_slide_p95`` m/s of standing soles; ``source_slide_p95`` the same of the recordings as they are danced;
    ``floating`` share of the frames with a foot of the recording down in which all soles are more than 4 cm up;
    ``penetration`` metres under the floor; ``largest_drift`` metres from
    the middle of the stage; ``seam_acceleration`` 95th percentile of end effectors' acceleration within 0.15 s of
    transitions over that elsewhere; ``worst_seam`` the largest one at a transition over the 99th percentile elsewhere,
    at bar ``worst_seam_bar``; ``joint_seam`` the same of the joint for which it is largest, over its own 99th
    percentile in the whole dance, or over what the recording does on the same beats where that is more, at bar
    ``joint_seam_bar``; ``slowest_warp`` and ``fastest_warp`` of clips that were
    not compiled to the beats; ``tempo_beyond`` how many times farther than a move that was compiled to them may be
    danced the farthest one is, 1 where all are within their tempos, at bar ``tempo_beyond_bar``.
    """
    slide, lowest, acceleration, joints = _measured(motion)
    times = plan.start + np.arange(len(motion)) / motion.fps
    starts = np.array([step.beats[0] for step in plan.steps[1:]])
    near = _near(times, starts)
    both = bool(near.any() and not near.all())
    inside = acceleration[~near] if both else acceleration
    peaks = np.array([_peak(acceleration, times, at) for at in starts])
    bars = [last for _, last in step_bars(plan)]
    recordings = Recordings(plan, clips)
    snap = worst_snap(joints, times, starts, near=SEAM, own=recordings.accelerations(times, near))
    warps = [step.warp for step in plan.steps if not step.move] or [1.0]
    beyond = [_beyond(step, clips[step.clip_id]) for step in plan.steps]
    down = recordings.on_floor(times)
    return {
        "contact_slide_p95": float(np.quantile(slide, 0.95)) if len(slide) else 0.0,
        "source_slide_p95": recordings.slide(),
        "floating": float((lowest[down] > UP).mean()) if down.any() else 0.0,
        "penetration": max(0.0, -float(lowest.min())),
        "largest_drift": float(np.linalg.norm(motion.translation[:, [0, 2]], axis=1).max()),
        "seam_acceleration": _ratio(float(np.quantile(acceleration[near], 0.95)), float(np.quantile(inside, 0.95)))
        if both
        else 1.0,
        "worst_seam": _ratio(float(peaks.max()), float(np.quantile(inside, 0.99))) if both else 1.0,
        "worst_seam_bar": float(bars[int(peaks.argmax())]) if len(peaks) else 0.0,
        "joint_seam": snap.ratio,
        "joint_seam_bar": float(bars[snap.number]) if snap.ratio else 0.0,
        "slowest_warp": float(min(warps)),
        "fastest_warp": float(max(warps)),
        "tempo_beyond": max(beyond),
        "tempo_beyond_bar": float(step_bars(plan)[beyond.index(max(beyond))][0]) if max(beyond) > 1 else 0.0,
    }


def _beyond(step: PlanStep, clip: Clip) -> float:
    """How many times faster or slower than its tempos allow a compiled step is danced; 1 within, and where one stands.

    Recordings are told by their warp.
    """
    if not step.move or clip.role in STANDING:
        return 1.0
    tempo, (low, high) = 60 * step.counts / (step.beats[-1] - step.beats[0]), tempo_range(clip)
    return float(max(1.0, tempo / high, low / tempo))


def _off_tempo(values: Mapping[str, float], plan: ChoreographyPlan, most: float) -> list[str]:
    """A sentence about the move that is danced farthest from its tempos, where that is more than `most` times."""
    beyond = values.get("tempo_beyond", 1.0)
    if beyond <= most * TOLERANCE:
        return []
    bar = int(values["tempo_beyond_bar"])
    step = next(each for each, (first, _) in zip(plan.steps, step_bars(plan), strict=True) if first == bar)
    tempo = 60 * step.counts / (step.beats[-1] - step.beats[0])
    return [
        f"bar {bar}: {step.name} is danced at {tempo:.0f} beats a minute, {beyond:.2f} times beyond the tempos that "
        "it is made for; other moves, another --octave or --bpm may fit"
    ]


def _warped(plan: ChoreographyPlan, slowest: float, fastest: float) -> list[str]:
    """Sentences about recordings that are danced slower or faster."""
    return [
        f"bar {bar}: {step.name} is danced at {step.warp:.2f} times its pace, {SLOWEST:.2f} to {FASTEST:.2f} "
        "are natural; other clips, another --octave or --bpm may fit"
        for step, (bar, _) in zip(plan.steps, step_bars(plan), strict=True)
        if not step.move and not slowest / TOLERANCE <= step.warp <= fastest * TOLERANCE
    ]


def strained(values: Mapping[str, float], plan: ChoreographyPlan) -> list[str]:
    """What is danced less naturally than it might be, though no guarantee is broken: few recordings fit few tempos.

    A joint that snaps at a seam is told here, too: it is one of dozens, and the dance is a dance without it.
    """
    natural, kept = _warped(plan, SLOWEST, FASTEST), _warped(plan, SLOWEST * STRAINED, FASTEST / STRAINED)
    out = [sentence for sentence in natural if sentence not in kept]
    if not _off_tempo(values, plan, 1 / STRAINED):
        out += _off_tempo(values, plan, 1.0)
    if values.get("joint_seam", 0.0) > SNAPPED:
        at = f"{values['joint_seam_bar']:.0f}"
        out.append(
            f"bar {at}: a joint snaps at the seam, {values['joint_seam']:.2f} times what it does now and then, "
            f"{SNAPPED:g} are meant; 'choreo edit --swap {at}' takes another clip"
        )
    return out


def _ratio(a: float, b: float) -> float:
    return float(a) / max(float(b), 1e-6)


def broken_guarantees(values: Mapping[str, float], plan: ChoreographyPlan) -> list[str]:
    """Which of the `values` of `guarantees` are broken: sentences that name the bar, none when all hold."""
    slide, worst = values["contact_slide_p95"], values["worst_seam"]
    out = _warped(plan, SLOWEST * STRAINED, FASTEST / STRAINED) + _off_tempo(values, plan, 1 / STRAINED)
    allowed = max(SLIDE, SLIDE_RATIO * values.get("source_slide_p95", 0.0))
    if slide > allowed:
        out.append(
            f"standing feet slide at {100 * slide:.1f} cm/s, at most {100 * allowed:.1f} are promised, "
            f"{SLIDE_RATIO:g} times what the recordings do; another --seed takes other clips"
        )
    if values.get("floating", 0.0) > FLOATING:
        out.append(
            f"both feet are off the floor in {100 * values['floating']:.0f} % of the frames in which the recordings "
            f"have one down, {100 * FLOATING:.0f} are promised; another --seed takes other clips"
        )
    if worst > JERKED:
        at = f"{values['worst_seam_bar']:.0f}"
        out.append(
            f"bar {at}: the seam jerks, {worst:.1f} times what happens inside clips, {JERKED:.1f} are promised; "
            f"'choreo edit --swap {at}' takes another clip"
        )
    return out
