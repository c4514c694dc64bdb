"""The animation's objects: a stack, its layer, and curves with one key a frame."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles
from choreo_fbx.bones import ORDER
from choreo_fbx.document import Document, put, ticks
from choreo_fbx.figure import Figure
from choreo_fbx.records import Encoded, encoded

LINEAR = 4
"""Flag of keys with a straight line to the next."""
KEYS = 4008
"""Version of a curve's keys."""
NAME = "dance"


def add_animation(document: Document, figure: Figure, bones: list[np.int64]) -> None:
    """Add the motion of all bones."""
    frames = len(figure.rotations)
    stack, number = document.object("AnimationStack", NAME, "AnimStack")
    span = stack.add("Properties70")
    for begin, end in (("LocalStart", "LocalStop"), ("ReferenceStart", "ReferenceStop")):
        put(span, begin, "KTime", np.int64(0))
        put(span, end, "KTime", document.end)
    _, layer = document.object("AnimationLayer", "BaseLayer", "AnimLayer")
    document.connect(layer, number)
    times = Encoded(encoded(ticks(np.arange(frames) / figure.fps)))
    for joint, bone in enumerate(bones):
        if joint in figure.moves:
            _add_curves(document, layer, bone, "T", "Lcl Translation", figure.moves[joint], times)
        _add_curves(document, layer, bone, "R", "Lcl Rotation", angles(figure.rotations[:, joint]), times)
    _add_take(document)


def angles(rotations: np.ndarray) -> Doubles:
    """Degrees around x, y, z of ``(T, 4)`` quaternions, ``(T, 3)``: of equal triples the nearest to the frame before.

    In double precision, since near gimbal lock an angle loses half of its digits.
    """
    turns = rot.normalize(rotations.astype(np.float64))
    return np.rad2deg(rot.to_euler(turns, ORDER, unwrap=True))[:, ::-1]


def _add_curves(
    document: Document, layer: np.int64, bone: np.int64, letter: str, slot: str, rows: Doubles, times: Encoded
) -> None:
    """Add three curves of a bone's property, ``(T, 3)``."""
    node, number = document.object("AnimationCurveNode", letter, "AnimCurveNode")
    defaults = node.add("Properties70")
    document.connect(number, layer)
    document.connect(number, bone, slot)
    for axis, column in zip("XYZ", rows.T, strict=True):
        put(defaults, f"d|{axis}", "Number", float(column[0]))
        curve, its_number = document.object("AnimationCurve", "", "AnimCurve")
        curve.add("Default", float(column[0]))
        curve.add("KeyVer", KEYS)
        curve.add("KeyTime", times)
        curve.add("KeyValueFloat", column.astype(np.float32))
        curve.add("KeyAttrFlags", np.array([LINEAR], np.int32))
        curve.add("KeyAttrDataFloat", np.zeros(4, np.float32))
        curve.add("KeyAttrRefCount", np.array([len(column)], np.int32))
        document.connect(its_number, number, f"d|{axis}")


def _add_take(document: Document) -> None:
    """The span again where programs of old look for it."""
    document.takes.add("Current", NAME)
    take = document.takes.add("Take", NAME)
    take.add("FileName", f"{NAME}.tak")
    for name in ("LocalTime", "ReferenceTime"):
        take.add(name, np.int64(0), document.end)
