"""A dance on the user's own rigged character: its file with the animation in it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.families import JointMap
from choreo.motion.ground import turned
from choreo.types import Body, CharacterOptions, Doubles, Motion
from choreo.video.bodies import fit_bones
from choreo_gltf.container import glb_bytes
from choreo_gltf.fingers import bends_of, bent
from choreo_gltf.mesh import Part, parts_of
from choreo_gltf.people import BAD_FILE, faces_backwards, humans_of, joints_of, people_of
from choreo_gltf.posing import Figure, figure_of, lines_of, local_places, posed, upright_tree
from choreo_gltf.reader import Tree, read_tree, rest_world
from choreo_gltf.shape import shape_of
from choreo_gltf.soles import heights, lift_of, soles_of
from choreo_gltf.stance import stance_of
from choreo_gltf.written import with_dance

STILL = 0.002
"""Radians, and shares of the leg's length, from which on a node that is in another pose than it was bound in is set."""


def read_character(path: Path, options: CharacterOptions = CharacterOptions()) -> tuple[Tree, JointMap]:
    """A file's nodes, whose rest pose stands upright, and which of them is which joint.

    Raises
    ------
    MotionError
        When the file cannot be read or has no such humanoid.
    """
    tree = read_tree(path, animations=False)
    try:
        require_whole(tree)
        joints = joints_of(tree, options)
        return upright_tree(tree, joints), joints
    except MotionError as error:
        raise MotionError(f"{path}: {error.message}") from error
    except BAD_FILE as error:
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
        if first + length > size:
            raise ValueError(
                f"bufferView {number} ends at byte {first + length:,} of {size:,}; the file may be cut off"
            )


def dance_on(
    motion: Motion, character: Path, target: Path, options: CharacterOptions = CharacterOptions()
) -> dict[str, float]:
    """Write the character's file with the canonical `motion` on it, as its first animation, called ``dance``.

    Every bone turns in the world as ours does, from a rest in which both point the same way, the legs so that the feet
    stand where `choreo.video.bodies.fit_bones` puts them: the file dances as the video does. Fingers bend as the
    motion's hands say; the path of the hips is scaled with the legs, and its height is such that the lowest point of
    the character's own soles is as high as ours. Meshes, materials and textures stay as they are.

    Returns
    -------
    ``leg_ratio``, ``joints``, how many are animated, and ``humanoids``, how many are in the file.

    Raises
    ------
    MotionError
        When the file cannot be read or has no humanoid.
    """
    tree, joints = read_character(character, options)
    try:
        figure = figure_of(tree, joints)
        body, unit = bare_body(tree, joints)
        fitted = fit_bones(motion, body)
        if faces_backwards(tree):
            fitted = turned(fitted, rot.yaw(np.pi).astype(np.float64))
        turns, places = _danced(figure, motion, fitted, unit)
        parts = tree.parts
        assert parts is not None
        nodes = tree.order
        made = with_dance(
            parts,
            {nodes[k]: rows for k, rows in turns.items()},
            {nodes[k]: rows for k, rows in places.items()},
            motion.fps,
            keep=options.keep_animations,
        )
    except MotionError as error:
        raise MotionError(f"{character}: {error.message}") from error
    except BAD_FILE as error:
        raise MotionError(f"{character}: cannot be used as a character ({error}).") from error
    target.write_bytes(glb_bytes(made.json, made.blob))
    several = len(people_of(tree)) if options.joints is None else 1
    moving = sum(len(rows) > 1 for rows in turns.values()) if len(motion) > 1 else len(turns)
    return {"leg_ratio": figure.ratio, "joints": float(moving), "humanoids": float(several)}


def bare_body(tree: Tree, joints: JointMap) -> tuple[Body, float]:
    """The character's body without colours and the metres of one unit; without meshes where these cannot be drawn."""
    parts: list[Part] = []
    with suppress(*BAD_FILE):
        parts = parts_of(tree, stance_of(tree, joints), {})
    return shape_of("character", tree, joints, parts)


def _danced(
    figure: Figure, motion: Motion, fitted: Motion, unit: float
) -> tuple[dict[int, Doubles], dict[int, Doubles]]:
    """Local rotations and places of all nodes that the dance moves or sets.

    `fitted` is the motion on the character's bones, of which a unit has so many metres.
    """
    soles = soles_of(figure)
    feet = {int(joint) for joint in np.unique(soles.joints)}
    low = heights(soles, figure, posed(figure, fitted, unit, feet), len(motion))
    pose = posed(figure, fitted, unit, set(), lift_of(motion, figure, low))
    turns, places = dict(pose.local), local_places(figure, pose)
    tree = figure.tree
    bends = bends_of(tree, figure.index, figure.at, figure.turns, humans_of(tree))
    turns |= {joint: rows for joint, rows in bent(tree, motion, bends).items() if joint not in turns}
    still = _set(figure, turns.keys() | places.keys())
    turns |= {joint: tree.rest[joint][None] for joint in still if joint not in turns}
    places |= {
        joint: tree.offsets[joint][None] / tree.scales[tree.parents[joint]] for joint in still if joint not in places
    }
    return turns, places


def _set(figure: Figure, moving: set[int]) -> list[int]:
    """Nodes within the humanoid that are in another pose than they were bound in: they are put where they belong."""
    tree, mapped = figure.tree, {*figure.index.values(), *figure.carriers}
    if humans_of(tree):
        return []  # springs and constraints move what the dance does not
    angles = 2 * np.arccos(np.clip(np.abs(np.sum(tree.rest * tree.posed, axis=1)), 0, 1))
    gaps = np.linalg.norm(tree.offsets - tree.places, axis=1) / figure.ratio
    lines = lines_of(tree)
    off = np.flatnonzero((angles > STILL) | (gaps > STILL))
    return [int(joint) for joint in off if lines[joint] & mapped]


__all__ = ["BAD_FILE", "dance_on", "humans_of", "joints_of", "read_character", "require_whole", "rest_world"]
