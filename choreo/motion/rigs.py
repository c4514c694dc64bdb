"""Put a motion onto the rig of another program: its names, the axes of its bones, its root, its units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from choreo.errors import InputError, MotionError
from choreo.motion import rotations as rot
from choreo.motion.in_place import floor_path
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.rig_axes import orientations
from choreo.motion.rig_names import RIGS, ROOTS, UNITS, UPS, OwnJoint, Rig
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles, Floats, Ints, Motion, RigMotion, Skeleton

RIGID = 1e-6
"""Metres by which a joint may move against the one above it and still counts as the end of a rigid bone."""
Z_UP = np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0])
"""Turns +Y up and +Z forward to +Z up and -Y forward."""


def put_on_rig(
    motion: Motion,
    rig: str,
    *,
    root: str | None = None,
    in_place: bool = False,
    unit: str | None = None,
    up: str | None = None,
) -> RigMotion:
    """The same dance on another program's rig.

    Every joint that the rig has is where ours is in every frame, but for units and axes. Where the rig leaves out a
    joint that bends (Roblox has one bone for the trunk), the next one moves a little against the bone that it hangs on.

    Parameters
    ----------
    motion
        On the canonical joints, those of a body's fingers behind them where it has some.
    rig
        One of `choreo.motion.rig_names.RIGS`.
    root
        ``hips``: the tree begins at the hips, which are carried over the floor; ``floor``: at a root on the floor,
        which follows the dancer's way (`choreo.motion.in_place.floor_path`) and does not turn, while the hips keep sway
        and bob. The rig's own when None.
    in_place
        Whether the way over the floor is taken out; a root on the floor then stays where it is.
    unit, up
        ``m`` or ``cm``, ``y`` or ``z``; the rig's own when None, metres and y where it has none.

    Raises
    ------
    InputError
        When there is no such rig, root, unit or axis.
    MotionError
        When the motion is not on the canonical joints.

    Examples
    --------
    >>> from choreo.video.bodies import standing
    >>> rigged = put_on_rig(standing(), "unreal")
    >>> rigged.names[:3], rigged.unit, rigged.up
    (('root', 'pelvis', 'thigh_l'), 0.01, 'z')
    """
    target = RIGS.get(_one_of(rig, tuple(RIGS), "rig"))
    assert target is not None
    root = _one_of(root or target.root, ROOTS, "root")
    scale = UNITS[_one_of(unit or target.unit or "m", tuple(UNITS), "unit")]
    up = _one_of(up or target.up or "y", UPS, "up")
    if motion.skeleton.names[: len(NAMES)] != NAMES:
        raise MotionError(
            f"a motion whose joints are {', '.join(motion.skeleton.names[:4])}, ...: a rig is for motions on choreo's "
            "own joints; retarget it first, as 'choreo convert' does."
        )
    way = floor_path(motion) if in_place or root == "floor" else np.zeros((len(motion), 2))
    tree = _Tree(motion.skeleton, target, root)
    positions, world = tree.posed(motion, way, in_place)
    return tree.local(positions, world, motion.fps, scale, up)


def _one_of(value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise InputError(f"{what}: found {value!r}, expected one of {', '.join(known)}.")
    return value


class _Tree:
    """The joints of a rig on a skeleton of ours: names, parents, which of ours each is, and the T-pose."""

    def __init__(self, skeleton: Skeleton, rig: Rig, root: str) -> None:
        rest = rest_positions(skeleton).astype(np.float64)
        self.skeleton, self.on_floor = skeleton, root == "floor"
        places = dict(zip(skeleton.names, rest, strict=True))
        axes = orientations(rig.name, places)
        carried = _carried(rig, self.on_floor)
        self.turned_as = [skeleton.index(rig.turns.get(name, name)) for name in skeleton.names]
        names: list[str] = [rig.floor] if self.on_floor else []
        parents, ours = [-1] * len(names), [-1] * len(names)
        self.places, self.axes = [np.zeros(3)] * len(names), [axes["root"]] * len(names)

        def add(name: str, above: str | None, place: Doubles, turn: Doubles, joint: int) -> None:
            parents.append(-1 if above is None else names.index(above))
            names.append(name)
            ours.append(joint)
            self.places.append(place)
            self.axes.append(turn)

        def add_own(own: OwnJoint) -> None:
            if own.name in names:
                return
            deeper = next((each for each in rig.own if each.name == own.above), None)
            if deeper is not None:
                add_own(deeper)
            first, second, share = own.between
            place = places[first] + share * (places[second] - places[first])
            turn = axes["root"] if own.above == rig.floor else axes[first]
            add(own.name, own.above, place, turn, -1)

        for joint, name in enumerate(skeleton.names):
            if name not in rig.joints:
                continue
            above = carried.get(name)
            if above is not None:
                add_own(above)
            add(
                rig.joints[name],
                above.name if above else _above(skeleton, joint, rig, names),
                rest[joint],
                axes[name],
                joint,
            )
        self.names, self.parents, self.ours = tuple(names), np.array(parents), np.array(ours)

    def posed(self, motion: Motion, way: Doubles, in_place: bool) -> tuple[Doubles, Doubles]:
        """Where the joints are ``(T, J, 3)`` and how they are turned ``(T, J, 4)`` in the world, metres, y up."""
        at = motion.translation.astype(np.float64)
        if in_place:
            at[:, [0, 2]] -= way
        turns = rot.normalize(motion.rotations.astype(np.float64))
        placed, turned = forward(self.skeleton, at, turns)  # type: ignore[arg-type]  # in double precision
        positions = np.zeros((len(motion), len(self.names), 3))
        world = np.tile(np.array(self.axes), (len(motion), 1, 1))
        for joint, ours in enumerate(self.ours):
            parent = int(self.parents[joint])
            if ours >= 0:
                positions[:, joint] = placed[:, ours]
                world[:, joint] = rot.multiply(turned[:, self.turned_as[ours]], self.axes[joint])
            elif parent < 0:
                if not in_place:
                    positions[:, joint, [0, 2]] = way
            else:  # it goes along with the one above
                turn = rot.multiply(world[:, parent], rot.conjugate(self.axes[parent]))
                offset = self.places[joint] - self.places[parent]
                positions[:, joint] = positions[:, parent] + rot.rotate(turn, np.broadcast_to(offset, (len(motion), 3)))
                world[:, joint] = rot.multiply(turn, self.axes[joint])
        return positions, world

    def local(self, positions: Doubles, world: Doubles, fps: float, scale: float, up: str) -> RigMotion:
        """Make everything relative to the joints above, in a unit and with an axis up."""
        turn = Z_UP if up == "z" else np.array([1.0, 0, 0, 0])
        rest_translations, rest_rotations = _relative(self.parents, np.array(self.places), np.array(self.axes), turn)
        translations, rotations = _relative(self.parents, positions, world, turn)
        for joint in range(1, len(self.names)):
            if np.abs(translations[:, joint] - rest_translations[joint]).max() < RIGID:
                translations[:, joint] = rest_translations[joint]
        return RigMotion(
            self.names,
            self.parents,
            self.ours,
            rest_translations / scale,
            rest_rotations,
            translations / scale,
            rot.continuous(rotations),
            fps,
            scale,
            up,
        )


def _carried(rig: Rig, on_floor: bool) -> Mapping[str, OwnJoint]:
    """The rig's own joint that a joint of ours hangs on; none that hangs on a root that is not there."""
    there = [own for own in rig.own if on_floor or own.above != rig.floor]
    return {name: own for own in there for name in own.carries}


def _above(skeleton: Skeleton, joint: int, rig: Rig, names: list[str]) -> str | None:
    """Name of the rig's joint that a joint of ours hangs on; None for the first of the tree."""
    above = int(skeleton.parents[joint])
    while above >= 0 and skeleton.names[above] not in rig.joints:
        above = int(skeleton.parents[above])
    if above >= 0:
        return rig.joints[skeleton.names[above]]
    return names[0] if names else None


def _relative(parents: Ints, positions: Doubles, world: Doubles, turn: Doubles) -> tuple[Doubles, Doubles]:
    """Translations ``(..., J, 3)`` and rotations ``(..., J, 4)`` relative to the parents, all turned by `turn`."""
    translations, rotations = np.empty_like(positions), np.empty_like(world)
    for joint, parent in enumerate(parents.tolist()):
        if parent < 0:
            translations[..., joint, :] = rot.rotate(turn, positions[..., joint, :])
            rotations[..., joint, :] = rot.multiply(turn, world[..., joint, :])
            continue
        back = rot.conjugate(world[..., parent, :])
        translations[..., joint, :] = rot.rotate(back, positions[..., joint, :] - positions[..., parent, :])
        rotations[..., joint, :] = rot.multiply(back, world[..., joint, :])
    return translations, np.asarray(rot.normalize(rotations))


def rig_positions(rigged: RigMotion) -> tuple[Doubles, Doubles]:
    """World positions ``(T, J, 3)`` in the rig's unit and orientations ``(T, J, 4)``: the rig's own kinematics."""
    positions, world = np.empty_like(rigged.translations), np.empty_like(rigged.rotations)
    for joint, parent in enumerate(rigged.parents.tolist()):
        if parent < 0:
            positions[:, joint], world[:, joint] = rigged.translations[:, joint], rigged.rotations[:, joint]
            continue
        positions[:, joint] = positions[:, parent] + rot.rotate(world[:, parent], rigged.translations[:, joint])
        world[:, joint] = rot.multiply(world[:, parent], rigged.rotations[:, joint])
    return positions, world


def rest_world(rigged: RigMotion) -> tuple[Doubles, Doubles]:
    """Places ``(J, 3)`` in the rig's unit and orientations ``(J, 4)`` of the joints in its T-pose."""
    still = replace(rigged, translations=rigged.rest_translations[None], rotations=rigged.rest_rotations[None])
    positions, world = rig_positions(still)
    return positions[0], world[0]


def moving_joints(rigged: RigMotion) -> list[int]:
    """Joints that are no end of a rigid bone: the root, what is carried by one on the floor, and what slides."""
    spread = np.ptp(rigged.translations, axis=0).max(axis=1)
    away = np.abs(rigged.translations[0] - rigged.rest_translations).max(axis=1)
    moves = np.maximum(spread, away) * rigged.unit > RIGID
    return [joint for joint, parent in enumerate(rigged.parents.tolist()) if parent < 0 or moves[joint]]


def rig_points(rigged: RigMotion, points: Doubles | Floats) -> Doubles:
    """Points ``(..., 3)`` in metres, y up, in the unit and the axes of a rig."""
    turn = Z_UP if rigged.up == "z" else np.array([1.0, 0, 0, 0])
    return np.asarray(rot.rotate(turn, points.astype(np.float64)) / rigged.unit)


def skin_joints(rigged: RigMotion, skeleton: Skeleton) -> Ints:
    """The rig's joint ``(K,)`` that each of a body's joints is, or the nearest one above that the rig has."""
    numbers = {int(ours): joint for joint, ours in enumerate(rigged.canonical) if ours >= 0}
    found: list[int] = []
    for joint, parent in enumerate(skeleton.parents.tolist()):
        found.append(numbers[joint] if joint in numbers else found[parent])
    return np.array(found)


__all__ = ["RIGS", "moving_joints", "put_on_rig", "rest_world", "rig_points", "rig_positions", "skin_joints"]
