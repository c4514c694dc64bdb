"""A dance on the user's own rigged character: its file with the animation in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES, JointMap, guess_map
from choreo.motion.joint_frames import NEEDED, mean_leg
from choreo.motion.kinematics import forward, hip_middle, rest_positions
from choreo.motion.retarget import leg_of, rest_orientations
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Doubles, Motion
from choreo_gltf.build import Builder, xyzw
from choreo_gltf.fingers import bends_of, bent
from choreo_gltf.reader import Tree, read_tree


def joints_of(tree: Tree) -> JointMap:
    """Which node is which joint: as a VRM file says, else by the names.

    Raises
    ------
    MotionError
        When legs and arms cannot be found.
    """
    found: JointMap = {}
    humans = humans_of(tree)
    for ours, theirs in FAMILIES["vrm"].items():
        name = theirs[:1].lower() + theirs[1:]
        if name in humans and 0 <= humans[name] < len(tree.order):
            found[ours] = tree.names[tree.order.index(humans[name])]
    whole = all(name in found for name in ("pelvis", *NEEDED))
    return found if whole else guess_map(tree.names, tree.parents)[1]


def humans_of(tree: Tree) -> dict[str, int]:
    """Nodes by the names of VRM's humanoid; empty when the file is none."""
    extensions = tree.document.extensions or {}
    humans: dict[str, int] = {}
    if "VRMC_vrm" in extensions:
        bones = extensions["VRMC_vrm"].get("humanoid", {}).get("humanBones", {})
        humans = {name: bone["node"] for name, bone in bones.items() if isinstance(bone, dict) and "node" in bone}
    elif "VRM" in extensions:
        bones = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        humans = {
            bone["bone"]: bone["node"] for bone in bones if isinstance(bone, dict) and {"bone", "node"} <= bone.keys()
        }
    return humans


def read_character(path: Path) -> tuple[Tree, JointMap]:
    """A file's nodes, and which of them is which joint.

    Raises
    ------
    MotionError
        When the file cannot be read or has no humanoid.
    """
    tree = read_tree(path)
    try:
        require_whole(tree)
        return tree, joints_of(tree)
    except MotionError as error:
        raise MotionError(f"{path}: {error.message}") from error
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise MotionError(f"{path}: cannot be used as a character ({error}).") from error


def require_whole(tree: Tree) -> None:
    """Make sure that everything in the file can be written again: all its numbers are in its own one buffer.

    Raises
    ------
    ValueError
    """
    document = tree.document
    size = len(document.binary_blob() or b"")
    for number, view in enumerate(document.bufferViews or []):
        first, length = view.byteOffset or 0, view.byteLength
        if not isinstance(first, int) or not isinstance(length, int) or first < 0 or length < 0:
            raise ValueError(f"bufferView {number} has no place in the file")
        if view.buffer != 0:
            raise ValueError(
                f"bufferView {number} is in another buffer, as when meshes are compressed; save it without"
            )
        if first + length > size:
            raise ValueError(
                f"bufferView {number} ends at byte {first + length:,} of {size:,}; the file may be cut off"
            )


def rest_world(tree: Tree) -> tuple[Doubles, Doubles]:
    """World positions ``(J, 3)`` and orientations ``(J, 4)`` of the nodes at rest."""
    positions, turns = tree.offsets.copy(), tree.rest.copy()
    for joint, parent in enumerate(tree.parents):
        if parent >= 0:
            positions[joint] = positions[parent] + rot.rotate(turns[parent], tree.offsets[joint])
            turns[joint] = rot.multiply(turns[parent], tree.rest[joint])
    return positions, turns


def dance_on(motion: Motion, character: Path, target: Path) -> dict[str, float]:
    """Write the character's file with the canonical `motion` on it as its only animation.

    Every bone turns in the world as ours does, from a rest in which both point the same way; fingers bend as the
    motion's hands say; the path and the height of the hips are scaled with the legs. Meshes, materials and textures
    stay as they are.

    Returns
    -------
    ``leg_ratio``, and ``joints``, how many are animated.

    Raises
    ------
    MotionError
        When the file cannot be read or has no humanoid.
    """
    tree, joints = read_character(character)
    index = {ours: tree.names.index(theirs) for ours, theirs in joints.items() if theirs in tree.names}
    positions, turns = rest_world(tree)
    rest_at = {ours: positions[None, k] for ours, k in index.items()}
    ideal = rest_orientations(rest_at)
    bones = {ours: rot.multiply(rot.conjugate(ideal[ours]), turns[k]) for ours, k in index.items()}
    try:
        ratio = leg_of(rest_at) / mean_leg(CANONICAL)
    except MotionError as error:
        raise MotionError(f"{character}: {error.message}") from error
    world = _world(motion, index, bones)
    rotations, translation = _locals(motion, tree, index, world, turns, positions, ratio)
    fingers = bent(tree, motion, bends_of(tree, index, positions, turns, humans_of(tree)))
    rotations |= {joint: rows for joint, rows in fingers.items() if joint not in rotations}
    _write(tree, index, rotations, translation, motion.fps, target)
    return {"leg_ratio": ratio, "joints": float(len(rotations))}


def _world(motion: Motion, index: dict[str, int], bones: dict[str, Doubles]) -> dict[int, Doubles]:
    """World orientations ``(T, 4)`` of the animated nodes."""
    _, ours = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    return {k: rot.multiply(ours[:, NAMES.index(name)], bones[name]) for name, k in index.items()}


def _locals(
    motion: Motion,
    tree: Tree,
    index: dict[str, int],
    world: dict[int, Doubles],
    turns: Doubles,
    positions: Doubles,
    ratio: float,
) -> tuple[dict[int, Doubles], Doubles]:
    """Local rotations of the animated nodes, and the hips' local translation ``(T, 3)``."""
    frames = len(motion)
    full: dict[int, Doubles] = {}
    out: dict[int, Doubles] = {}
    for joint, parent in enumerate(tree.parents):
        above = full[parent] if parent >= 0 else np.tile([1.0, 0, 0, 0], (frames, 1))
        full[joint] = world[joint] if joint in world else rot.multiply(above, tree.rest[joint])
        if joint in world:
            out[joint] = rot.continuous(rot.normalize(rot.multiply(rot.conjugate(above), full[joint])))
    hips = index["pelvis"]
    middle = (positions[index["left_hip"]] + positions[index["right_hip"]]) / 2
    ours = motion.translation + rot.rotate(motion.rotations[:, 0], hip_middle(CANONICAL))
    sole = _sole(positions, index)
    target = ours.astype(np.float64) * ratio
    target[:, 1] += sole - ratio * _canonical_sole()
    offset = rot.rotate(rot.conjugate(turns[hips]), middle - positions[hips])
    wanted = target - rot.rotate(full[hips], offset)
    parent = tree.parents[hips]
    if parent < 0:
        return out, wanted
    scale = tree.scales[parent]
    local = rot.rotate(rot.conjugate(turns[parent]), wanted - positions[parent]) / scale
    return out, local


def _sole(positions: Doubles, index: dict[str, int]) -> float:
    """Height of the ankles over the origin at rest, which is where characters stand."""
    return float(positions[index["left_ankle"], 1] + positions[index["right_ankle"], 1]) / 2


def _canonical_sole() -> float:
    return float(rest_positions(CANONICAL)[NAMES.index("left_ankle"), 1])


def _write(
    tree: Tree,
    index: dict[str, int],
    rotations: dict[int, Doubles],
    translation: Doubles,
    fps: float,
    target: Path,
) -> None:
    tree.document.animations = []
    builder = Builder(tree.document)
    animation, clock = builder.animate(np.arange(len(translation)) / fps, "dance")
    builder.channel(animation, clock, tree.order[index["pelvis"]], "translation", translation)
    for joint, turns in rotations.items():
        builder.channel(animation, clock, tree.order[joint], "rotation", xyzw(turns))
    builder.save(target)
