"""Bodies by name, and a canonical motion put onto a body whose bones differ."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.errors import MotionError, PluginError
from choreo.motion.blocks import blocks
from choreo.motion.contacts import contacts_of
from choreo.motion.hands import FINGERS, hands_of
from choreo.motion.ik import solve_leg
from choreo.motion.kinematics import forward, rest_positions, root_from_hips
from choreo.motion.rotations import from_axis_angle
from choreo.motion.skeleton import CANONICAL
from choreo.protocols import FileBodySource
from choreo.types import Body, Floats, Motion, Skeleton, Timeline
from choreo.video.face import Face, face_of, face_turns
from choreo.video.soles import ankle_targets

ROUND = {"shoulder": 0.3, "hip": 0.5, "knee": 0.7, "elbow": 1.0, "wrist": 1.0, "hand": 1.0, "ankle": 1.0, "foot": 1.0}
ROUND |= {f"{finger}{joint}": 1.0 for finger in FINGERS for joint in (1, 2)}
"""Share of dual quaternions around a joint, by its name without side; 0 for all others."""
BUILTIN = "builtin"
FULL = 1 / 6
"""Weight of a joint from which on its share counts in full."""


def load_body(name: str = BUILTIN, **options: Any) -> Body:
    """Load the body `name` of the ``choreo.bodies`` plugins with its own options, or the file of a character.

    Raises
    ------
    PluginError, InputError
        When there is no such body, or it does not know an option.
    MotionError
        When a file cannot be read or has no humanoid.

    Examples
    --------
    >>> body = load_body()
    >>> body.name, len(body.skeleton), body.vertices.shape == body.normals.shape
    ('builtin (street)', 51, True)
    >>> load_body("builtin", look="stage", shirt="#2060c0").name
    'builtin (stage)'
    """
    name, more = body_source(name)
    options = {**more, **options}
    plugin = plugins.load("bodies", name)
    with plugins.blame("bodies", name):
        body: Body = plugin.load(**options)
    return body


def body_source(name: str | None, character: Path | None = None) -> tuple[str, dict[str, Any]]:
    """Name of the plugin that loads a body, and the options that this takes.

    Parameters
    ----------
    name
        Of a plugin, or a character's file; None for the `character`, if there is one whose kind of file can be drawn,
        else for the built-in dancer.
    """
    if name in plugins.candidates("bodies"):
        return str(name), {}
    file = Path(name) if name is not None else character
    if file is not None and file.suffix:
        for each in plugins.available("bodies"):
            with suppress(PluginError):
                plugin = plugins.load("bodies", each)
                if isinstance(plugin, FileBodySource) and file.suffix.lower() in plugin.suffixes:
                    return each, {"file": str(file)}
    return (BUILTIN if name is None else name), {}


def fit_motion(motion: Motion, body: Body, timeline: Timeline | None = None, dancer: int = 0) -> Motion:
    """Dance `motion` on the body's own bones and, where it has some, with its fingers and its face.

    Steps and height scale with the legs; feet then go where the source's, scaled, were, as much further apart as the
    hips are wider, with the soles of the body's mesh on the floor where the source's are. The built-in body's bones are
    the canonical ones: for it only fingers and face are added. The face looks at the audience, smiles with the
    `timeline` and blinks as the one of this `dancer` does: see `choreo.video.face.face_of`.

    Raises
    ------
    MotionError
        When the motion is not on the canonical joints.
    """
    fitted = fit_bones(motion, body)
    if body.face is None:
        return with_fingers(fitted, body)
    times = np.arange(len(fitted)) / fitted.fps
    return with_fingers(fitted, body, face_of(fitted, times, timeline=timeline, dancer=dancer))


def with_fingers(motion: Motion, body: Body, face: Face | None = None) -> Motion:
    """A motion on the canonical joints of a body with the joints of fingers and face, as the motion's hands are.

    As it is when the body has no fingers, or the motion has them already. Without `face` that is at rest.
    """
    rig, joints = body.fingers, len(CANONICAL)
    if rig is None or len(motion.skeleton) == len(body.skeleton):
        return motion
    rotations = np.empty((len(motion), len(body.skeleton), 4), np.float32)
    rotations[:, :joints] = motion.rotations
    hands = hands_of(motion)
    for block in blocks(len(motion)):
        bent = (hands[block] - rig.rest)[..., None] * rig.axes
        rotations[block, rig.joints.ravel()] = from_axis_angle(bent.reshape(len(bent), -1, 3))
    if body.face is not None:
        rotations[:, body.face.joints] = (1, 0, 0, 0) if face is None else face_turns(face, body.face)
    return replace(motion, skeleton=body.skeleton, rotations=rotations)


def without_fingers(motion: Motion) -> Motion:
    """A motion on the canonical joints alone; as it is when it has no others, or not these."""
    joints = len(CANONICAL)
    if len(motion.skeleton) == joints or motion.skeleton.names[:joints] != CANONICAL.names:
        return motion
    bare = Skeleton(CANONICAL.names, CANONICAL.parents, motion.skeleton.offsets[:joints])
    return replace(motion, skeleton=bare, rotations=motion.rotations[:, :joints])


def fit_bones(motion: Motion, body: Body) -> Motion:
    """As `fit_motion`, without fingers: a motion on the canonical joints with the body's lengths of bones.

    Raises
    ------
    MotionError
        When the motion is not on the canonical joints.
    """
    if motion.skeleton.names != CANONICAL.names:
        raise MotionError(
            f"the motion has {len(motion.skeleton)} joints of another skeleton, expected the canonical 24 "
            f"({', '.join(CANONICAL.names[:4])}, ...)."
        )
    own, source = body.skeleton, motion.skeleton
    if body.fingers is not None:
        own = Skeleton(CANONICAL.names, CANONICAL.parents, own.offsets[: len(CANONICAL)])
    if np.array_equal(own.offsets, source.offsets):
        return motion
    rest, source_rest = rest_positions(own), rest_positions(source)
    hip, ankle = own.index("left_hip"), own.index("left_ankle")
    scale = float((rest[hip, 1] - rest[ankle, 1]) / (source_rest[hip, 1] - source_rest[ankle, 1]))
    positions, world = forward(source, motion.translation, motion.rotations)
    middle = positions[:, [hip, own.index("right_hip")]].mean(axis=1) * np.float32(scale)
    middle[:, 1] += rest[ankle, 1] - scale * source_rest[ankle, 1]
    translation = root_from_hips(middle.astype(np.float64), motion.rotations[:, 0], own).astype(np.float32)
    rotations = motion.rotations
    stands = contacts_of(motion)
    for side, target in ankle_targets(body, own, source, scale, positions, world, stands).items():
        foot = world[:, own.index(f"{side}_ankle")]
        rotations = solve_leg(own, translation, rotations, side, target, foot)
    return replace(motion, skeleton=own, translation=translation, rotations=rotations)


def roundness(body: Body) -> Floats:
    """How far renderers skin each vertex with dual quaternions instead of matrices, 0 to 1.

    Dual quaternions keep a bent or twisted limb's girth, but bulge beside a joint between wide and flat parts.

    Returns
    -------
    ``(V,) float32``
        The most that any of a vertex's joints asks for.
    """
    names = (name.removeprefix("left_").removeprefix("right_") for name in body.skeleton.names)
    share = np.array([ROUND.get(name, 0.0) for name in names])
    asked = np.minimum(body.weights / FULL, 1) * share[body.joint_indices]
    return np.asarray(asked.max(axis=1), np.float32)


def standing() -> Motion:
    """Two frames of the canonical skeleton in its rest pose."""
    rotations = np.zeros((2, len(CANONICAL), 4), np.float32)
    rotations[..., 0] = 1
    return Motion(CANONICAL, 30.0, np.repeat(CANONICAL.offsets[:1], 2, axis=0), rotations)
