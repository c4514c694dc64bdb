"""Retarget the motion of any humanoid to the canonical skeleton, or from it to somebody's character.

By world orientation: each bone gets its counterpart's orientation times a constant rotation, which is what lies
between the two in one and the same pose. Where the source's rest pose is a standing one, that pose is it. Where it is
not (in some files all bones of the zero pose lie along one axis), the constant rotation is fitted to the joint
positions of the whole motion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_offsets
from choreo.motion.families import JointMap, guess_map, with_pelvis
from choreo.motion.foot_lock import settle
from choreo.motion.footing import MARKER_TOES, footing, own_footing
from choreo.motion.ground import turned, upright
from choreo.motion.joint_frames import NEEDED, frame, local, mean_leg, orient, unit
from choreo.motion.kinematics import forward, root_from_hips
from choreo.motion.landing import flattened, floating
from choreo.motion.map_fit import end_error, require_fit, require_wrists, some_poses
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Doubles, Floats, Motion, Skeleton

LIMBS = {
    "left_hip": "left_knee", "left_knee": "left_ankle", "right_hip": "right_knee", "right_knee": "right_ankle",
    "left_shoulder": "left_elbow", "left_elbow": "left_wrist", "right_shoulder": "right_elbow",
    "right_elbow": "right_wrist",
}  # fmt: skip
"""Bones whose direction is kept exactly, and the joint at their end."""
NEAR = 0.03
"""Metres; a canonical motion whose floor is this near to 0 stays exactly as it is."""
EXACT = 0.005
"""Metres; feet that need not be held and are this near to where the source's are stay exactly as they are."""
STANDING = 0.55
"""Cosine to the vertical that trunk and legs of a rest pose must have to be trusted."""


@dataclass(frozen=True)
class RetargetReport:
    """How a retargeting went.

    ``family``: of the source's joint names; ``ratio``: canonical leg length over the source's; ``end_error``: mean
    distance of wrists and ankles, seen from shoulder and hip in lengths of the limb, from where the source has them,
    as a share of the height; ``slide_before``, ``slide_after``: mean slide of standing feet in m/s; ``floating``: share
    of the frames with a foot of the source down in which both of ours are more than 4 cm up.
    """

    family: str
    ratio: float
    end_error: float
    slide_before: float
    slide_after: float
    floating: float


def positions_of(motion: Motion, joints: JointMap) -> tuple[dict[str, Doubles], Doubles]:
    """World positions ``(T, 3)`` by canonical name, and world orientations ``(T, J, 4)`` of all joints."""
    positions, world = (
        np.asarray(found, np.float64) for found in forward(motion.skeleton, motion.translation, motion.rotations)
    )
    return {ours: positions[:, motion.skeleton.index(theirs)] for ours, theirs in joints.items()}, world


def _rest_of(skeleton: Skeleton, rest: Floats | None, joints: JointMap) -> tuple[dict[str, Doubles], Doubles]:
    turns = np.zeros((1, len(skeleton), 4))
    turns[..., 0] = 1
    if rest is not None:
        turns = rest[None].astype(np.float64)
    still = Motion(skeleton, 1.0, skeleton.offsets[None, 0], turns.astype(np.float32))
    return positions_of(still, joints)


def _stands(at: Mapping[str, Doubles]) -> bool:
    """Whether a rest pose is one that people stand in: trunk up, legs down, left on the left, feet ahead."""
    hips = (at["left_hip"] + at["right_hip"]) / 2
    shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
    parts = [shoulders - hips]
    parts += [at[f"{side}_hip"] - at[f"{side}_ankle"] for side in SIDES]
    steep = all(float(unit(part)[0, 1]) > STANDING for part in parts)
    across = unit(at["left_hip"] - at["right_hip"])[0]
    arms = at["left_wrist"] - at["right_wrist"]
    return steep and abs(float(across[1])) < 0.3 and float(np.sum(arms * across)) > 0


def facing_of(at: Mapping[str, Doubles]) -> float:
    """Yaw in radians of a standing pose: where forward is, by hips and shoulders."""
    across = (at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"])[0]
    return float(np.arctan2(-across[2], across[0]))


def _fixed_turns(
    rest_at: Mapping[str, Doubles], rest_world: Doubles, skeleton: Skeleton, joints: JointMap
) -> dict[str, Doubles]:
    """Constant turns ``(4,)`` from the source's bones to ours, from a rest pose that stands."""
    ideal = rest_orientations(rest_at)
    return {
        ours: rot.multiply(rot.conjugate(rest_world[0, skeleton.index(theirs)]), ideal[ours])
        for ours, theirs in joints.items()
    }


def rest_orientations(rest_at: Mapping[str, Doubles]) -> dict[str, Doubles]:
    """How the canonical bones ``(4,)`` are turned when they stand as a rest pose ``{name: (1, 3)}`` does.

    Each limb by the least turn that brings it into line, so that lowered arms keep the palms to the thighs; feet
    stay flat, hands go with the forearms.
    """
    facing = rot.yaw(facing_of(rest_at)).astype(np.float64)
    none = np.array([1.0, 0, 0, 0])
    leans: dict[str, Doubles] = {}
    for ours, child in [*LIMBS.items(), ("left_ankle", "left_foot"), ("right_ankle", "right_foot")]:
        if child not in rest_at or ours not in rest_at:
            continue
        bone = rot.rotate(facing, CANONICAL.offsets[NAMES.index(child)].astype(np.float64))
        # Feet are compared as seen from above: how steep the line from ankle to toes is depends on the shoe.
        flat = np.array([1.0, 0, 1]) if ours.endswith("ankle") else np.ones(3)
        leans[ours] = rot.between(bone * flat, (rest_at[child] - rest_at[ours])[0] * flat)
    for side in SIDES:
        for part in ("wrist", "hand"):
            leans[f"{side}_{part}"] = leans.get(f"{side}_elbow", none)
        leans[f"{side}_foot"] = leans.get(f"{side}_ankle", none)
    return {name: rot.multiply(leans.get(name, none), facing) for name in NAMES}


def _fitted_turns(
    at: Mapping[str, Doubles], world: Doubles, skeleton: Skeleton, joints: JointMap
) -> dict[str, Doubles]:
    """Constant turns ``(4,)`` from the source's bones to ours that agree best with the joint positions."""
    # Orientations by positions are noisy in each frame, but the turn between the two is the same in all: its mean.
    wanted = orient(at)
    level = frame(rot.rotate(wanted["spine3"], np.array([1.0, 0, 0])), np.array([[0.0, 1, 0]]), "xy")
    wanted["head"] = level  # people look ahead on the whole; where the head's joint sits says little
    turns: dict[str, Doubles] = {}
    for ours, theirs in joints.items():
        between = rot.multiply(rot.conjugate(world[:, skeleton.index(theirs)]), wanted[ours])
        turns[ours] = rot.mean(between)
        if ours in LIMBS:
            bone = skeleton.offsets[skeleton.index(joints[LIMBS[ours]])].astype(np.float64)
            # A limb's direction is known exactly, and only its twist is a mean: turn the mean into line.
            if int(skeleton.parents[skeleton.index(joints[LIMBS[ours]])]) == skeleton.index(theirs):
                ahead = rot.rotate(turns[ours], CANONICAL.offsets[NAMES.index(LIMBS[ours])].astype(np.float64))
                turns[ours] = rot.multiply(rot.between(ahead, bone), turns[ours])
    return turns


def _filled(turned: dict[str, Doubles]) -> dict[str, Doubles]:
    """Orientations of all canonical joints: those that the source lacks go with their neighbours."""
    out = dict(turned)
    pelvis, top = out["pelvis"], out.get("spine3", out.get("spine2", out.get("spine1")))
    chest = pelvis if top is None else top
    out.setdefault("spine3", chest)
    for name, share in (("spine1", 1 / 3), ("spine2", 2 / 3)):
        if name not in out:
            out[name] = rot.slerp(pelvis, chest, np.float64(share))
    for name in NAMES:
        if name not in out:
            parent = NAMES[int(CANONICAL.parents[NAMES.index(name)])]
            out[name] = out[parent]
    return out


def same_skeleton(skeleton: Skeleton) -> bool:
    """Whether a skeleton is the canonical one, so that nothing need be changed."""
    return skeleton.names == CANONICAL.names and np.allclose(skeleton.offsets[1:], CANONICAL.offsets[1:], atol=1e-4)


def _without_fingers(motion: Motion, rest: Floats | None) -> tuple[Motion, Floats | None]:
    """A motion and its rest without what hangs on the canonical joints, when it has all of these as they are."""
    source = motion.skeleton
    if len(source) <= len(NAMES) or not set(NAMES) <= set(source.names):
        return motion, rest
    order = [source.index(name) for name in NAMES]
    above = ["" if source.parents[k] < 0 else source.names[source.parents[k]] for k in order]
    if above != ["", *(NAMES[k] for k in CANONICAL.parents[1:])]:
        return motion, rest
    bare = Skeleton(NAMES, CANONICAL.parents, source.offsets[order])
    rests = None if rest is None else rest[order]
    return replace(motion, skeleton=bare, rotations=motion.rotations[:, order]), rests


def retarget(
    motion: Motion,
    joints: JointMap | None = None,
    *,
    rest: Floats | None = None,
    soles: Doubles | None = None,
    feet: bool = True,
    up_is_told: bool = False,
) -> tuple[Motion, RetargetReport]:
    """Put a humanoid's motion onto the canonical skeleton, standing on the floor, +Y up.

    Parameters
    ----------
    motion
        On any skeleton, in any unit, any axis up.
    joints
        Names of the source's joints by canonical name; guessed when None.
    rest
        ``(J, 4)`` local rotations of the rest pose; identities when None, as in BVH.
    soles
        ``(T, 4, 3)`` where the source itself has left heel, left ball, right heel and right ball, in its units, where
        it knows better than by its joints, as markers do; their heights may have any zero.
    up_is_told
        Whether +Y is up for certain; else it is found out by where heads and feet are on the whole.
    feet
        Take the slide out of standing feet.

    Returns
    -------
    motion, report

    Raises
    ------
    MotionError
        When the skeleton has no legs and arms that could be found, or no length.
    """
    motion, rest = _without_fingers(motion, rest)
    plain = rest is None or np.allclose(np.abs(rest[:, 0]), 1, atol=1e-6)
    if same_skeleton(motion.skeleton) and plain:
        same = replace(motion, skeleton=CANONICAL)
        found = own_footing(same)
        settled, before, after = settle(same, found, fix=False, near=NEAR)
        return settled, RetargetReport("canonical", 1.0, 0.0, before, after, floating(settled, found))
    family = "told"
    if joints is None:
        family, joints = guess_map(motion.skeleton.names, motion.skeleton.parents.tolist(), some_poses(motion))
    else:
        joints = with_pelvis(joints, motion.skeleton.names, motion.skeleton.parents.tolist())
    require_wrists(joints)
    turn = None if up_is_told else upright(motion, joints)
    if turn is not None:
        motion = turned(motion, turn)
        soles = None if soles is None else rot.rotate(turn, soles)
    at, world = positions_of(motion, joints)
    ratio = mean_leg(CANONICAL) / leg_of(at)
    rest_at, rest_world = _rest_of(motion.skeleton, rest, joints)
    stands = all(name in rest_at for name in NEEDED) and _stands(rest_at)
    basis = (rest_at, rest_world) if stands else (at, world)
    turns = (_fixed_turns if stands else _fitted_turns)(*basis, motion.skeleton, joints)
    bones = {
        ours: rot.multiply(world[:, motion.skeleton.index(theirs)], turns[ours]) for ours, theirs in joints.items()
    }
    if soles is None:
        found = footing(ratio * soles_of(at, bones, ratio), motion.fps)
    else:
        found = footing(ratio * soles, motion.fps, MARKER_TOES)
    rotations = local(_filled(flattened(bones, found, motion.fps)))
    translation = _root(at, ratio, rotations)
    raw = Motion(CANONICAL, motion.fps, translation, rotations)
    error = end_error(at, raw)
    if family != "told":
        require_fit(at, raw, joints, family)
    settled, before, after = settle(raw, found, fix=feet, near=0.0 if feet else EXACT)
    return settled, RetargetReport(family, ratio, error, before, after, floating(settled, found))


def soles_of(at: Mapping[str, Doubles], bones: Mapping[str, Doubles], ratio: float) -> Doubles:
    """Heels and balls of a source's feet ``(T, 4, 3)``, in its units.

    A heel goes with the ankle, as far from it as ours is, and so does the ball where the source has no joint there.
    """
    offsets = sole_offsets().astype(np.float64)
    points = []
    for k, side in enumerate(SIDES):
        ankle, turn = at[f"{side}_ankle"], bones[f"{side}_ankle"]
        toes = CANONICAL.offsets[NAMES.index(f"{side}_foot")].astype(np.float64)
        ball = ankle + rot.rotate(turn, toes + offsets[2 * k + 1]) / ratio
        points += [ankle + rot.rotate(turn, offsets[2 * k]) / ratio, at.get(f"{side}_foot", ball)]
    return np.stack(points, axis=1)


def leg_of(at: Mapping[str, Doubles]) -> float:
    """Median length of the legs, from joint positions ``(T, 3)`` by canonical name.

    Raises
    ------
    MotionError
        When they have none.
    """
    total = 0.0
    for side in SIDES:
        for upper, lower in (("hip", "knee"), ("knee", "ankle")):
            total += float(np.median(np.linalg.norm(at[f"{side}_{upper}"] - at[f"{side}_{lower}"], axis=-1)))
    if not total > 1e-6:
        raise MotionError("the legs of the skeleton have no length; expected a humanoid with offsets.")
    return total / 2


def _root(at: Mapping[str, Doubles], ratio: float, rotations: Floats) -> Floats:
    """Place the pelvis so that the middle of the hips is where the source has it, in our size."""
    middle = (at["left_hip"] + at["right_hip"]) / 2 * ratio
    return root_from_hips(middle, rotations[:, 0], CANONICAL).astype(np.float32)
