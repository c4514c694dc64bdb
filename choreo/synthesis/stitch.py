"""One motion from a plan: every step realised, placed, blended into the one before it, feet kept on the floor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from choreo.errors import PlanError
from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of, feet_down, sole_offsets
from choreo.motion.kinematics import forward
from choreo.motion.knees import OVER_SECONDS
from choreo.motion.placement import next_start, placed
from choreo.motion.repair import followed, sliced
from choreo.motion.skeleton import SIDES, both
from choreo.moves.notation import Move
from choreo.planfile.slices import part_seconds, whole_plan
from choreo.synthesis.arms import arms_outside
from choreo.synthesis.authored import Run, authored_move, run_of
from choreo.synthesis.blend import blend_seconds, blended
from choreo.synthesis.calm import Usual, calmed, own_accelerations
from choreo.synthesis.footsteps import Release, blend_foot, is_far, releases, sole_heights, solve_feet
from choreo.synthesis.inertia import decay, going_on, limited
from choreo.synthesis.joining import GrowingDance, Handover, StepMotion
from choreo.synthesis.realise import realise
from choreo.synthesis.seeds import step_seeds
from choreo.synthesis.stillness import at_rest, begins_held, held_at, hold_frames, mean_beat, with_hold
from choreo.types import Bools, ChoreographyPlan, Clip, Doubles, Floats, Motion, Skeleton

FPS = 60.0
ROLLING = 0.005
"""Metres by which a heel is lower than the ball of a foot that is about to roll down on it."""
QUICK_TILT = 0.15
"""Seconds that a foot takes for it at least."""
LAID = 3
"""Moves that are laid behind a window: a move is posed with two behind it, whose feet follow from the next one."""
TILT_SECONDS = 0.4
"""How long a foot takes from the tilt it had to the tilt it has in the next clip."""


def step_frames(plan: ChoreographyPlan, fps: float = FPS) -> list[range]:
    """Frames of the whole dance that each step fills, one more than it shows so that the next can go on from it.

    Steps too short to have a frame of their own are empty.
    """
    total, first, out = dance_frames(plan, fps), 0, list[range]()
    for number, step in enumerate(plan.steps):
        final = number == len(plan.steps) - 1
        end = total - 1 if final else min(total - 1, round((step.beats[-1] - plan.start) * fps))
        if end - first < 1 and any(out):
            out.append(range(first, first))
            continue
        # The step's last frame is the next one's first: rendering shows the later step's, blending starts from this.
        out.append(range(first, max(end + 1, first + 1)))
        first = out[-1].stop - 1
    return out


def dance_frames(plan: ChoreographyPlan, fps: float = FPS) -> int:
    """How many frames the whole dance has."""
    return max(1, round((plan.end - plan.start) * fps) + 1)


def part_frames(plan: ChoreographyPlan, fps: float = FPS) -> tuple[int, int]:
    """First and past-last frame of the whole dance that a plan has, which may be a slice of it."""
    first, last = part_seconds(plan) or (0.0, plan.end - plan.start)
    return round(first * fps), max(round(last * fps), round(first * fps)) + 1


def join(previous: Motion, incoming: Motion, *, there: bool = False) -> Motion:
    """Place `incoming` where `previous` ends, unless it is `there` already, blend it and bring the feet over.

    The body is inertialised as a whole. The feet are not: each has its own path, from where it is to the clip's, which
    waits for the foot to lift; the legs are then solved for these paths.
    """
    skeleton = incoming.skeleton
    if not there:
        here, heading = previous.translation[-1, [0, 2]], rot.heading(previous.rotations[-1, 0])
        ground, facing = next_start(here.astype(np.float64), np.asarray(heading, np.float64))
        incoming = placed(incoming, ground.astype(np.float32), float(facing))
    ankles = both(skeleton, "ankle")
    before_positions, before_world = forward(skeleton, previous.translation[-2:], previous.rotations[-2:], ankles)
    positions, world = forward(skeleton, incoming.translation, incoming.rotations, ankles)
    contacts = contacts_of(incoming)
    standing = feet_down(contacts)
    moved, pivots = [], dict[str, Floats]()
    last_heights = sole_heights(skeleton, before_positions[-1:], before_world[-1:])[0]
    for k, side in enumerate(SIDES):
        # What stands is what must not slide: the ball of the foot, or the heel where only that is in contact, or where
        # it is the heel that is down already and the ball that comes.
        heel, ball = contacts[0, 2 * k : 2 * k + 2]
        rolls = heel and last_heights[k, 0] < last_heights[k, 1] - ROLLING
        pivots[side] = _pivot(skeleton, k, ball=bool((ball and not rolls) or not heel))
        path = positions[:, k] + rot.rotate(world[:, k], pivots[side])
        earlier = before_positions[:, k] + rot.rotate(before_world[:, k], pivots[side])
        offset = earlier[-1] - path[0]
        speed = np.zeros(3, np.float32)
        if len(earlier) > 1 and len(path) > 1:
            speed = (earlier[1] - earlier[0] - path[1] + path[0]) * np.float32(incoming.fps)
        turn = float(rot.heading(before_world[-1, k]) - rot.heading(world[0, k]))
        moved.append((path.astype(np.float32), offset, speed, float(rot.wrap_angle(turn))))
    left, right = (is_far(offset, turn) for _, offset, _, turn in moved)
    when = releases(standing, (left, right), incoming.fps)
    seconds = blend_seconds(previous, incoming)
    count = _changed(when, seconds, len(incoming), incoming.fps)
    paths = {
        side: blend_foot(path[:count], standing[:count, k], offset, speed, turn, when[k], incoming.fps)
        for k, (side, (path, offset, speed, turn)) in enumerate(zip(SIDES, moved, strict=True))
    }
    feet_world = _blended_feet(before_world, world[:count], _landing(standing), incoming.fps)
    body = arms_outside(blended(previous, incoming, seconds), incoming, int(np.ceil(seconds * incoming.fps)))
    partly = count < len(body)
    solved = solve_feet(sliced(body, 0, count), feet_world, paths, pivots, begins=True, ends=partly)
    return followed(solved, sliced(body, count, len(body))) if partly else solved


def _changed(when: tuple[Release, Release], seconds: float, frames: int, fps: float) -> int:
    """How many of the `frames` after a transition differ from the clip's own."""
    last = max(seconds * fps, *(each.end for each in when))
    return frames if last >= frames else min(frames, int(np.ceil(last + OVER_SECONDS * fps)))


def _pivot(skeleton: Skeleton, side: int, *, ball: bool) -> Floats:
    """From the ankle to the ball of the foot, or to its heel."""
    return skeleton.offsets[both(skeleton, "foot")[side]] if ball else sole_offsets()[2 * side]


def _landing(standing: Bools) -> tuple[int, ...]:
    """Frames until each foot stands ``(T, 2)`` that is in the air when the clip begins; 0 for one that stands."""
    return tuple(int(np.argmax(foot)) if foot.any() else len(foot) for foot in standing.T)


def _blended_feet(before: Floats, own: Floats, landing: tuple[int, ...], fps: float) -> Floats:
    """World orientations ``(T, 2, 4)`` of both feet in the clip, with the tilt of the last ``(P, 2, 4)`` blended in.

    The yaw is left out, for it belongs to the contact: a standing foot that turned would slide (`SolePath.yaw`). A foot
    in the air has the clip's tilt when it lands, after as many frames as `landing` says: on the floor it would roll.
    """
    yaw_gap = rot.yaw(rot.heading(own[0]) - rot.heading(before[-1]))
    wanted = rot.multiply(yaw_gap, going_on(before))[: len(own)]
    tilt = rot.to_axis_angle(rot.multiply(wanted, rot.conjugate(own[: len(wanted)])))
    speed = limited((tilt[-1] - tilt[0]) * fps)
    added = np.zeros((len(own), *tilt.shape[1:]))
    for k, frames in enumerate(landing):
        seconds = min(max(frames / fps, QUICK_TILT), TILT_SECONDS) if frames else TILT_SECONDS
        added[:, k] = decay(tilt[0, k], speed[k], len(own), fps, seconds)
    turns = rot.from_axis_angle(added.astype(np.float32))
    return np.asarray(rot.normalize(rot.multiply(turns, own)))


def perform(plan: ChoreographyPlan, clips: Mapping[str, Clip], *, fps: float = FPS) -> Motion:
    """Dance a plan; of a slice, the frames of the whole dance between its ends.

    Parameters
    ----------
    clips
        What the plan uses, by clip id; for a slice also what is around it.

    Returns
    -------
    Motion
        On the canonical skeleton, from ``plan.start`` to ``plan.end``: frame i is at
        ``plan.start + i / fps``. The same plan gives the same bits. The first frame of a slice is the one of the whole
        dance that is nearest to ``plan.start``. What comes before is danced for it, what comes after is not.

    Raises
    ------
    PlanError
        When a clip of the plan is not in `clips`.

    Examples
    --------
    >>> from choreo import Listening, make_plan, perform
    >>> _, plan, clips = make_plan("song.wav", listening=Listening(duration=8))
    >>> motion = perform(plan, clips)
    >>> motion.rotations.shape, motion.fps, motion.duration
    ((481, 24, 4), 60.0, 8.0)
    """
    whole = whole_plan(plan)
    growing = GrowingDance(perform_steps(whole, clips, fps=fps), dance_frames(whole, fps))
    return growing.whole() if plan is whole else growing.part(*part_frames(plan, fps))


def perform_steps(
    plan: ChoreographyPlan,
    clips: Mapping[str, Clip],
    *,
    first: int = 0,
    last: int | None = None,
    before: Handover | None = None,
    ground: Floats | None = None,
    facing: float = 0.0,
    fps: float = FPS,
) -> Iterator[StepMotion]:
    """Dance some steps of a plan, one after the other: a window of bars, as they are in the whole dance.

    Parameters
    ----------
    clips
        What the steps use, by clip id.
    first, last
        Numbers of the first step and the past-last; all by default.
    before
        What the step before `first` left (`StepMotion.after`): then every frame has the bits that it has in the whole
        dance. Without it, the dance begins anew with the step `first`.
    ground, facing
        Where it begins when nothing is `before`: ``(2,)`` metres x and z, the middle of the stage when None; radians
        from the audience.

    Raises
    ------
    PlanError
        When a clip of a step is not in `clips`.
    """
    frames, seeds = step_frames(plan, fps), step_seeds(plan)
    moves = [authored_move(step, clips) for step in plan.steps]
    run: Run | None = None
    past = len(plan.steps) if last is None else last
    laid = moves[: past + LAID]
    for number in range(first, past):
        step, span = plan.steps[number], frames[number]
        if step.clip_id not in clips:
            raise PlanError(f"step {number} of the plan needs the clip {step.name!r}, which is not there.")
        if not span:
            continue
        times = plan.start + np.arange(span.start, span.stop) / fps
        origin, own = None if before is None else before.run_ground, None
        if moves[number] is None:
            run = None
            piece = realise(clips[step.clip_id], step, times, fps, seeds[number])
            own = own_accelerations(piece)
            piece = placed(piece, ground, facing) if before is None else join(before.last_frames, piece)
        elif before is not None and origin is not None:
            if run is None:
                run = _run(plan, laid, seeds, _begin(moves, number), origin, before.run_facing)
            piece = join(before.last_frames, run.dance(number, times, fps), there=True)
        else:
            where, toward = np.zeros(2) if ground is None else np.asarray(ground, np.float64), np.asarray(facing)
            if before is not None:
                heading = np.asarray(rot.heading(before.last_frames.rotations[-1, 0]), np.float64)
                where, toward = next_start(before.last_frames.translation[-1, [0, 2]].astype(np.float64), heading)
            run = _run(plan, laid, seeds, number, where, float(toward))
            piece = run.dance(number, times, fps)
            if before is not None:
                piece = join(before.last_frames, piece, there=True)
        frames_before, usual_before = (None, None) if before is None else (before.last_frames, before.usual)
        piece, usual = calmed(piece, frames_before, usual_before, goes_on=number < len(plan.steps) - 1, own=own)
        if frames_before is not None and held_at(plan, number):
            piece = _begun_as(frames_before, piece)
        piece, usual = _with_holds(plan, number, span.start, piece, usual)
        previous = None if before is None else before.last_rotations
        motion = piece if previous is None else _following(previous, piece)
        if len(motion) > 1:
            previous = motion.rotations[-2]
        place = (None, 0.0) if run is None else (run.ground, run.facing)
        before = Handover(sliced(piece, max(len(piece) - 2, 0), len(piece)), previous, usual, *place)
        yield StepMotion(number, span.start, motion, before)


def _begun_as(before: Motion, piece: Motion) -> Motion:
    """`piece` with the last frame of what is before it, to the bit: joining solves legs anew, and a hold shows it."""
    return followed(sliced(before, len(before) - 1, len(before)), sliced(piece, 1, len(piece)))


def _with_holds(plan: ChoreographyPlan, number: int, first: int, piece: Motion, usual: Usual) -> tuple[Motion, Usual]:
    """A step that stands still where the plan says so, and at its end is at rest where the next one begins so.

    After a hold the dance goes on from the pose as from a step before it. `first` is the frame of the whole dance at
    which the piece begins.
    """
    step, fps, begin = plan.steps[number], piece.fps, 0
    beat, goes_on = mean_beat(step.beats), number < len(plan.steps) - 1
    for span in hold_frames(plan, number, first, fps):
        if span[0] >= len(piece):
            break  # the song ends before
        still, rest = with_hold(piece, span, beat, begin)
        begin, piece = len(still) - 1, still
        if len(rest) > 1:
            pose = sliced(still, max(begin - 1, 0), begin + 1)
            rest, usual = calmed(join(pose, rest, there=True), pose, usual, goes_on=goes_on)
            piece = followed(still, sliced(rest, 1, len(rest)))
    if goes_on and begins_held(plan.steps[number + 1]):
        piece = at_rest(piece, len(piece) - 1, beat, begin)
    return piece, usual


def _begin(moves: Sequence[Move | None], number: int) -> int:
    """Number of the first step of the run of authored moves that step `number` is in."""
    while number and moves[number - 1] is not None:
        number -= 1
    return number


def _run(
    plan: ChoreographyPlan,
    moves: Sequence[Move | None],
    seeds: Sequence[int],
    first: int,
    ground: Doubles,
    facing: float,
) -> Run:
    """The authored moves from step `first` on as one score."""
    found: list[Move] = []
    for move in moves[first:]:
        if move is None:
            break
        found.append(move)
    last = first + len(found)
    return run_of(plan.steps[first:last], found, seeds[first:last], first=first, ground=ground, facing=facing)


def _following(before: Floats, piece: Motion) -> Motion:
    """`piece` with the signs of its quaternions continuous with the ``(J, 4)`` of the frame before it."""
    signed = rot.continuous(np.concatenate([before[None], piece.rotations]))[1:]
    return replace(piece, rotations=signed.astype(np.float32))
