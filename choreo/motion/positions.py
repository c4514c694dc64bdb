"""From joint positions ``(T, J, 3)`` to a motion: the commonest form of motion in research made danceable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from choreo.errors import MotionError
from choreo.motion import plausible
from choreo.motion import rotations as rot
from choreo.motion.body_joints import canonical_joints
from choreo.motion.gaps import bridged
from choreo.motion.joint_frames import NEEDED, frame, local, orient, own_skeleton
from choreo.motion.joint_names import joint_numbers
from choreo.motion.kinematics import forward, rest_positions, root_from_hips
from choreo.motion.repair import runs, sliced
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import AXES_UP, LEAST_RATE, MOST_RATE, Bools, Doubles, Motion, Skeleton

FARTHEST = 1e4
"""Metres from the origin beyond which a position is none."""
SPARSE = 0.1
"""Share of the frames that an optional joint may be lost for; else it is left out."""
CENTRED = 0.005
"""Metres within which hips that never leave the origin are no dancer's: positions are relative to them."""
WHOLE_SPINE = frozenset(("spine1", "spine2", "spine3", "neck"))
"""With all of these the spine is as it was; else it bends evenly from hips to shoulders."""
TRUNK_BONES = ("spine2", "spine3", "neck", "left_collar", "right_collar", "left_shoulder", "right_shoulder", "head")
STAND_METRES = 0.01
"""Of two feet, one that is so much lower bears all of the weight."""


@dataclass(frozen=True, eq=False)
class Solved:
    """A motion made of positions.

    ``motion`` has as many frames as the positions, on the performer's own bone lengths; ``lost (T,) bool`` marks those
    in which a needed joint was away for too long; ``soles (T, 4, 3)`` are heels and balls as they were given, or what
    moves with them, as `choreo.motion.footing.footing` takes them; `up` and `unit` are what was told or
    found (``""``: no unit that people have); `centred` says that the path was made from the feet; `facts` has
    ``joint_residual_mm``, the root mean square distance of the joints from where they were given, and
    ``bridged_samples``.
    """

    motion: Motion
    lost: Bools
    soles: Doubles
    up: str
    unit: str
    centred: bool
    facts: Mapping[str, float]


def motion_from_positions(
    positions: ArrayLike, names: Sequence[str], fps: float, up: str = "y", unit: str = "m"
) -> Motion:
    """Reconstruct a motion from joint positions, as optical motion capture and pose estimation give them.

    Bone lengths are the medians of the positions', constant over time. The skeleton is the canonical one with these
    lengths. The twist of limbs, which positions leave open, is taken from the planes in which they bend. Gaps (NaN) of
    up to half a second are bridged; at longer ones the motion is cut, and its longest stretch is returned. Positions
    relative to the hips get a path on which the lower foot stands.

    Parameters
    ----------
    positions
        ``(T, J, 3)`` in right-handed coordinates, NaN where a joint was not seen.
    names
        Of the J joints, in the words of a joint set (`choreo.motion.joint_sets`) or usual ones such as ``LHip``,
        ``left_knee``, ``RightForeArm``. Hips, knees, ankles, shoulders, elbows and wrists are needed; spine, neck,
        head, face, feet and hands are used where they are there.
    fps
        Frames a second.
    up
        Axis that points up: ``y``, ``z``, ``-y`` and so on, or ``auto`` to find it by shoulders and ankles.
    unit
        ``m``, ``cm``, ``mm``, or ``auto`` to find it by the length of the legs.

    Returns
    -------
    The motion in metres, +Y up, on the canonical joints with the performer's bone lengths;
    `choreo.datasets.canonical_takes` puts it on the canonical skeleton, standing on the floor.

    Raises
    ------
    MotionError
        When shape, names, rate, axis or unit are none, needed joints are missing or never seen for half a second,
        bones change their length as no person's do, or left and right are swapped.

    Examples
    --------
    >>> from choreo.motion.joint_sets import SETS
    >>> from choreo.motion.kinematics import rest_positions
    >>> from choreo.motion.skeleton import CANONICAL
    >>> standing = rest_positions(CANONICAL)[None].repeat(60, axis=0)
    >>> motion = motion_from_positions(100 * standing, SETS["smpl"].joints, fps=30, unit="cm")
    >>> len(motion), round(float(motion.translation[0, 1]), 2)
    (60, 0.97)
    """
    found = solved(positions, names, fps, up, unit)
    first, last = max(runs(~found.lost), key=lambda run: run[1] - run[0])
    return sliced(found.motion, first, last)


def solved(positions: ArrayLike, names: Sequence[str], fps: float, up: str = "y", unit: str = "m") -> Solved:
    """As `motion_from_positions`, with the frames that cannot be trusted, and facts about the fit.

    Raises
    ------
    MotionError
        As `motion_from_positions`.
    """
    points = numbers_of(positions, names, fps)
    numbers = joint_numbers(names)
    raw = {name: points[:, number] for name, number in numbers.items()}
    plausible.require_bones(plausible.variation(raw), "the joints as they are named")
    if up != "auto" and up not in AXES_UP:
        raise MotionError(f"up: found {up!r}, expected {', '.join(AXES_UP)} or auto.")
    up = plausible.up_of(raw) if up == "auto" else up
    scale, unit = plausible.metres_of(raw, unit)
    turn = rot.up_turn(up)
    at, lost, count = _without_gaps({name: scale * rot.rotate(turn, track) for name, track in raw.items()}, fps)
    joints, head = canonical_joints(at)
    good = {name: track[~lost] for name, track in joints.items()}
    plausible.require_sides(good)
    middle = (joints["left_hip"] + joints["right_hip"]) / 2
    centred = bool(np.abs(middle - middle[0]).max() < CENTRED and len(middle) > 1)
    soles = _soles({**at, **joints})
    if centred:
        path = _path(soles)
        joints, soles = {name: track + path for name, track in joints.items()}, soles + path[:, None]
        middle = middle + path
    skeleton = _skeleton(good)
    rotations = local(_oriented(joints, head, skeleton))
    translation = root_from_hips(middle, rotations[:, 0], skeleton)
    motion = Motion(skeleton, float(fps), translation.astype(np.float32), rotations)
    facts = {"joint_residual_mm": 1000 * _residual(motion, joints, ~lost), "bridged_samples": float(count)}
    return Solved(motion, lost, soles, up, unit, centred, facts)


def numbers_of(positions: ArrayLike, names: Sequence[str], fps: float) -> Doubles:
    """Positions as numbers, NaN where they are none."""
    points = np.asarray(positions)
    if points.ndim != 3 or points.shape[-1] != 3 or points.shape[1] != len(names) or points.dtype.kind not in "fiu":
        raise MotionError(
            f"positions: {points.dtype} of shape {points.shape}, expected numbers of shape (frames, {len(names)}, 3) "
            "for the joints that are named."
        )
    if len(points) < 2:
        raise MotionError(f"positions: found {len(points)} frames, expected two or more.")
    if not LEAST_RATE <= fps <= MOST_RATE:
        raise MotionError(f"fps: found {fps:g}, expected {LEAST_RATE:g} to {MOST_RATE:g} frames a second.")
    with np.errstate(over="ignore", invalid="ignore"):
        points = points.astype(np.float64)
        return np.where((np.abs(points) < FARTHEST / 1e-3).all(axis=-1, keepdims=True), points, np.nan)


def _without_gaps(raw: Mapping[str, Doubles], fps: float) -> tuple[dict[str, Doubles], Bools, int]:
    """Tracks without gaps, frames that cannot be trusted, and how many samples were bridged."""
    at: dict[str, Doubles] = {}
    lost, count = np.zeros(len(next(iter(raw.values()))), bool), 0
    for name, track in raw.items():
        found = bridged(track, fps)
        if found is None and name in NEEDED:
            raise MotionError(f"{name} is never seen; a pose cannot be reconstructed without it.")
        if found is None or (name not in NEEDED and found[1].mean() > SPARSE):
            continue
        at[name], away, bridges = found
        count += bridges
        if name in NEEDED:
            lost |= away
    if lost.all():
        raise MotionError("a joint that is needed is never seen for long enough.")
    return at, lost, count


def _path(feet: Doubles) -> Doubles:
    """Path ``(T, 3)`` of hips that positions are relative to, on which the lowest of ``(T, 4, 3)`` stands still."""
    low = feet[..., 1].min(axis=1)
    weight = np.exp(-((feet[..., 1] - low[:, None]) / STAND_METRES))
    weight = (weight[1:] * weight[:-1])[..., None]
    steps = -(np.diff(feet, axis=0) * weight).sum(axis=1) / weight.sum(axis=1)
    path = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    path[:, 1] = -low
    return np.asarray(path)


def _soles(at: Mapping[str, Doubles]) -> Doubles:
    """Heels and balls ``(T, 4, 3)``, or what moves with them."""
    parts = []
    for side in SIDES:
        ankle = at[f"{side}_ankle"]
        parts += [at.get(f"{side}_heel", ankle), at.get(f"{side}_foot", ankle)]
    return np.stack(parts, axis=1)


def _skeleton(at: Mapping[str, Doubles]) -> Skeleton:
    """The canonical joints with the performer's lengths, those of the trunk's bones too where their ends are known."""
    skeleton = own_skeleton(at)
    offsets = skeleton.offsets.copy()
    for name in TRUNK_BONES:
        child, parent = NAMES.index(name), NAMES[int(CANONICAL.parents[NAMES.index(name)])]
        if name in at and parent in at and at.keys() >= WHOLE_SPINE:
            length = float(np.median(np.linalg.norm(at[name] - at[parent], axis=-1)))
            offsets[child] = CANONICAL.offsets[child] * (length / np.linalg.norm(CANONICAL.offsets[child]))
    return Skeleton(NAMES, CANONICAL.parents, offsets.astype(np.float32))


def _oriented(at: Mapping[str, Doubles], head: Doubles | None, skeleton: Skeleton) -> dict[str, Doubles]:
    """Orientations of the canonical joints, exactly upright for positions of the skeleton's own rest pose."""
    rest = dict(zip(NAMES, rest_positions(skeleton).astype(np.float64)[:, None], strict=True))
    world, still = orient(at, head), orient({name: rest[name] for name in at})
    if at.keys() >= WHOLE_SPINE:
        world["pelvis"], still["pelvis"] = _hips(at), _hips(rest)
    for name in ("pelvis", "spine1", "spine2", "spine3", "left_ankle", "left_foot", "right_ankle", "right_foot"):
        world[name] = rot.multiply(world[name], rot.conjugate(still[name]))
    if at.keys() >= WHOLE_SPINE:
        for name, above in pairwise(("spine1", "spine2", "spine3", "neck")):
            world[name] = _leaned(world[name], above, at[above] - at[name])
    for side in SIDES:
        world[f"{side}_collar"] = world["spine3"]
        if f"{side}_collar" in at:
            bone = at[f"{side}_shoulder"] - at[f"{side}_collar"]
            world[f"{side}_collar"] = _leaned(world["spine3"], f"{side}_shoulder", bone)
    if head is None and {"neck", "head"} <= at.keys():
        world["neck"] = world["head"] = _leaned(world["spine3"], "head", at["head"] - at["neck"])
    return world


def _hips(at: Mapping[str, Doubles]) -> Doubles:
    middle = (at["left_hip"] + at["right_hip"]) / 2
    return frame(at["left_hip"] - at["right_hip"], at["spine1"] - middle, "xy")


def _leaned(world: Doubles, child: str, bone: Doubles) -> Doubles:
    """An orientation ``(T, 4)`` turned by the least that brings the bone to `child` to where it is ``(T, 3)``."""
    ours = CANONICAL.offsets[NAMES.index(child)].astype(np.float64)
    return np.asarray(rot.multiply(rot.between(rot.rotate(world, ours), bone), world))


def _residual(motion: Motion, at: Mapping[str, Doubles], good: Bools) -> float:
    """Root mean square distance in metres of a motion's joints from where they were given."""
    positions, _ = forward(motion.skeleton, motion.translation[good], motion.rotations[good])
    gaps = [positions[:, NAMES.index(name)] - track[good] for name, track in at.items()]
    return float(np.sqrt(np.mean([(gap**2).sum(axis=-1).mean() for gap in gaps])))
