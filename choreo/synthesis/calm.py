"""Both ends of a step calmed: no joint accelerates more around a transition than it does elsewhere in the dance.

What a recording does at its ends and what the blend adds meet at a transition, and one snap is seen. Where a joint
accelerates more than its limit, the poses around are smoothed in time, as a thin beam straightens that is held at both
ends (`choreo.synthesis.stiffness`). It acts only near the ends of steps, only around the frames and on the parts of the
body that exceed, on no foot that stands, and takes no arm deeper into the trunk. Where too much is left after a
transition, what the incoming recording does there by itself counts as its limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.body_shape import arm_depths
from choreo.motion.contacts import contacts_of, feet_down
from choreo.motion.ik import solve_legs
from choreo.motion.kinematics import forward
from choreo.motion.repair import followed, sliced
from choreo.motion.skeleton import SIDES, both
from choreo.motion.snaps import joint_accelerations
from choreo.synthesis.arms import TOLERANCE, arms_outside
from choreo.synthesis.flexion import feet_at, knee_bends, leg_bones, pelvis_shift, reaches
from choreo.synthesis.footsteps import sole_heights, sunken
from choreo.synthesis.stiffness import SPREADS, body_parts, smoothed, smoothers, stiffer
from choreo.types import Bools, Floats, Motion

END_SECONDS = 0.35
"""What is near a transition."""
QUANTILE = 0.98
"""Of a joint's accelerations in a step: what it does there now and then."""
LEAST = 1.0
"""The same of a joint that hardly moves, m/s^2."""
ROUNDS = 10
"""How often accelerations are measured anew and what still exceeds is made stiffer."""
ENOUGH = 1e-2
"""Excess (`_excess`) that is left: a joint by a third for one frame."""
BESIDE = 2
"""Frames by which a recording's own acceleration may come earlier or later in the dance."""
HELD = 2
"""Frames at an end of a window that stay: place and speed at which the motion outside goes on."""
SHORTEST = 8
"""Frames of a step that is worth it."""


def accelerations(motion: Motion) -> Floats:
    """Accelerations ``(T, J)`` of all joints, m/s^2; the ends repeat their neighbours."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return joint_accelerations(positions, motion.fps)


@dataclass(frozen=True, eq=False)
class Usual:
    """What joints do now and then in the steps of a dance so far.

    Attributes
    ----------
    limits
        ``(J,)`` m/s^2, mean over the frames of the steps' quantiles.
    frames
        How many frames that is measured on.
    """

    limits: Floats
    frames: int = 0

    def with_step(self, measured: Floats) -> Usual:
        """Of the steps so far and one with the accelerations ``(T, J)``."""
        own, frames = np.maximum(np.quantile(measured, QUANTILE, axis=0), LEAST).astype(np.float32), len(measured)
        if not self.frames:
            return Usual(own, frames)
        share = np.float32(frames / (self.frames + frames))
        return Usual(self.limits + (own - self.limits) * share, self.frames + frames)


def own_accelerations(incoming: Motion) -> Floats:
    """What a recording does where a step of it begins, ``(F, J)`` m/s^2: the largest within `BESIDE` frames of each."""
    count = min(len(incoming), 2 * round(END_SECONDS * incoming.fps))
    measured = accelerations(sliced(incoming, 0, min(len(incoming), count + BESIDE + 1)))[: count + BESIDE]
    padded = np.pad(measured, [(BESIDE, BESIDE), (0, 0)], mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * BESIDE + 1, axis=0).max(axis=-1)[:count])


def calmed(
    piece: Motion, before: Motion | None, usual: Usual | None, *, goes_on: bool, own: Floats | None = None
) -> tuple[Motion, Usual]:
    """A step with both ends calmed.

    Parameters
    ----------
    before
        The last two frames of the step before, the later of which `piece` begins with; None when it is the first.
    usual
        Of the steps before.
    goes_on
        Whether another step follows.
    own
        ``(F, J)`` of the recording's first frames, as `own_accelerations` gives them; None for authored moves.

    Returns
    -------
    piece, usual
        Its first and its last frame are as they were; what is usual with this step.
    """
    begins = before is not None and len(before) > 1
    whole = followed(sliced(before, 0, 1), piece) if before is not None and begins else piece
    usual = usual or Usual(np.full(len(piece.skeleton), np.inf, np.float32))
    if len(whole) < SHORTEST:
        return piece, usual
    measured = accelerations(whole)
    if len(whole) > piece.fps / 2 or not usual.frames:
        usual = usual.with_step(measured)
    near, frames = round(END_SECONDS * piece.fps), len(whole)
    windows = list[tuple[int, int]]()
    if begins:
        windows.append((0, min(frames, 2 * near)))
    if goes_on:
        windows.append((max(0, frames - near), frames))
    for number, (first, last) in enumerate(windows):
        if number and first < windows[0][1]:
            measured = accelerations(whole)
        fixed = np.ones(last - first, bool)
        # At the step's own end only the place stays: the next step goes on from whatever speed there is.
        fixed[HELD : -1 if goes_on and last == frames else -HELD] = False
        over = measured[first:last] / usual.limits
        if (over[~fixed] > 1).any():
            part = sliced(whole, first, last)
            limits = np.broadcast_to(usual.limits, over.shape)
            calm, excess = _calmed(part, limits, fixed)
            if excess > ENOUGH and begins and not number and own is not None:
                limits = limits.copy()
                shared = min(len(own), len(limits) - 1)
                limits[1 : shared + 1] = np.maximum(limits[1 : shared + 1], own[:shared])
                calm = min((calm, _calmed(part, limits, fixed)[0]), key=lambda each: _left(each, limits, fixed))
            whole = _replaced(whole, first, calm)
    return (sliced(whole, 1, len(whole)) if begins else whole), usual


def _replaced(motion: Motion, first: int, part: Motion) -> Motion:
    """The motion with `part` in place of its frames from `first` on; contacts and hands stay."""
    translation, rotations = motion.translation.copy(), motion.rotations.copy()
    translation[first : first + len(part)] = part.translation
    rotations[first : first + len(part)] = part.rotations
    return replace(motion, translation=translation, rotations=rot.continuous(rotations))


def _calmed(motion: Motion, limits: Floats, fixed: Bools) -> tuple[Motion, float]:
    """The motion smoothed around frames that accelerate more than `limits` ``(T, J)``, and what is left of `_excess`.

    Frames that are `fixed` ``(T,)`` stay.
    """
    skeleton, parts = motion.skeleton, body_parts(motion.skeleton)
    ankles, thighs, bones = both(skeleton, "ankle"), both(skeleton, "hip"), leg_bones(skeleton)
    legs, world = forward(skeleton, motion.translation, motion.rotations, [*ankles, *thighs])
    feet, soles, turns = legs[:, :2], rot.continuous(world[:, :2]), rot.continuous(motion.rotations)
    bends = knee_bends(legs[:, 2:], feet, bones).astype(np.float32)
    contacts = contacts_of(motion)
    standing = feet_down(contacts)
    near, ratios = _judged(fixed), accelerations(motion) / limits
    stays = np.stack([fixed] * len(parts) + [fixed | standing[:, k] for k in (0, 1)])
    stiffness = np.zeros((len(parts), len(motion)), np.float32)
    best, least = motion, _excess(ratios[near])
    for number in range(ROUNDS):
        stiffness = stiffer(stiffness, ratios, standing, parts, SPREADS[min(number, len(SPREADS) - 1)])
        matrices = smoothers(np.concatenate([stiffness, stiffness[3:]]), stays)
        rotations, ends, tilted, bent = turns.copy(), feet.copy(), soles.copy(), bends.copy()
        translation, rotations[:, parts[0]] = smoothed(matrices[0], motion.translation, turns[:, parts[0]])
        for k in range(1, 5):
            (rotations[:, parts[k]],) = smoothed(matrices[k], turns[:, parts[k]])
        for k in (0, 1):
            (bent[:, k],) = smoothed(matrices[3 + k], bends[:, k])
            ends[:, k], tilted[:, k] = smoothed(matrices[5 + k], feet[:, k], soles[:, k])
        posed, tilted = rot.normalize(rotations), rot.normalize(tilted)
        ends[..., 1] += sunken(sole_heights(skeleton, ends, tilted))
        hips, _ = forward(skeleton, translation, posed, thighs)
        wanted, share = reaches(bent, bones), np.minimum(stiffness.max(axis=0), 1)
        raised, higher = translation.copy(), hips.copy()
        (shift,) = smoothed(matrices[0], pelvis_shift(hips, ends, wanted, ~standing, share))
        raised[:, 1] += shift
        higher[..., 1] += shift[:, None]
        ahead = feet_at(higher, ends, wanted, ~standing, share)
        ahead[..., 1] += sunken(sole_heights(skeleton, ahead, tilted))
        # With the knees bent as is wanted, and without, whichever is the calmer.
        ground, poses = np.concatenate([translation, raised]), np.concatenate([posed, posed])
        solved = solve_legs(
            skeleton, ground, poses, SIDES, np.concatenate([ends, ahead]), np.concatenate([tilted, tilted])
        )
        positions, _ = forward(skeleton, ground, solved)
        tries = []
        for half in (slice(0, len(motion)), slice(len(motion), None)):
            measured = (joint_accelerations(positions[half], motion.fps) / limits).astype(np.float32)
            tries.append((_excess(measured[near]), half, measured))
        excess, half, ratios = min(tries, key=lambda each: each[0])
        if excess < least:
            found = replace(motion, translation=ground[half], rotations=solved[half])
            if _deeper(found, motion):
                found = _led_out(found, motion)
                if _deeper(found, motion):
                    # Where they were, seen from the trunk: the legs and the trunk are calmed all the same.
                    own = found.rotations.copy()
                    own[:, np.concatenate(parts[1:3])] = motion.rotations[:, np.concatenate(parts[1:3])]
                    found = replace(found, rotations=rot.continuous(own))
                excess = np.inf if _deeper(found, motion) else _left(found, limits, fixed)
            if excess < least:
                best, least = found, excess
        if least < ENOUGH:
            break
    return best, least


def _deeper(motion: Motion, before: Motion) -> bool:
    """Whether an arm gets deeper into trunk or head than it was anywhere before, by more than `TOLERANCE`."""
    now, was = (
        arm_depths(forward(each.skeleton, each.translation, each.rotations)[0], each.skeleton.names).depth
        for each in (motion, before)
    )
    return bool((now.max(axis=(0, 2)) > np.maximum(was.max(axis=(0, 2)), 0) + TOLERANCE).any())


def _led_out(motion: Motion, before: Motion) -> Motion:
    """The motion with arms led around the trunk where they are deeper in it than before; both ends stay."""
    inner, clip = (sliced(each, 1, len(motion) - 1) for each in (motion, before))
    return _replaced(motion, 1, arms_outside(inner, clip, len(inner)))


def _judged(fixed: Bools) -> Bools:
    """Frames that are not `fixed` and those beside, which stay, but may snap by what is smoothed next to them."""
    near = ~fixed
    near[:-1] |= ~fixed[1:]
    near[1:] |= ~fixed[:-1]
    return near


def _left(motion: Motion, limits: Floats, fixed: Bools) -> float:
    """`_excess` of a motion over `limits` ``(T, J)``."""
    return _excess((accelerations(motion) / limits)[_judged(fixed)])


def _excess(ratios: Floats) -> float:
    """By how much ratios exceed 1, in fourth powers, so that one large excess weighs more than many small ones."""
    return float((np.maximum(ratios - 1, 0) ** 4).sum())
