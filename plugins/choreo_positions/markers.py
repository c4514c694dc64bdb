"""Positions that are markers on the skin, not joints: handed to what solves C3D files."""

from __future__ import annotations

from choreo.motion import rotations as rot
from choreo.motion.plausible import metres_of, up_of
from choreo.types import Doubles
from choreo_c3d.dataset import is_marker_set
from choreo_c3d.joints import ALIASES
from choreo_c3d.reader import Markers
from choreo_positions.recorded import Recorded

NEAR = {"hip": "FWT", "knee": "KNE", "ankle": "ANK", "shoulder": "SHO", "elbow": "ELB", "wrist": "WRA"}
"""Markers that are near joints, near enough to tell up and the unit."""


def labels_of(found: Recorded) -> tuple[str, ...] | None:
    """Labels without the subject's name, when they are of a marker set that joints can be found from."""
    labels = tuple(name.split(":")[-1].strip().upper() for name in found.names or ())
    return labels if is_marker_set(labels) else None


def markers_of(found: Recorded, labels: tuple[str, ...], fps: float, up: str | None) -> tuple[Markers, str]:
    """Markers in metres, +Y up, and the axis that was up: `up`, or found by the body when None."""
    at = {
        f"{side}_{part}": _track(found, labels, letter + name)
        for letter, side in (("L", "left"), ("R", "right"))
        for part, name in NEAR.items()
    }
    axis = up or up_of(at)
    points = metres_of(at, found.unit)[0] * found.positions
    return Markers(labels, rot.rotate(rot.up_turn(axis), points), fps), axis


def _track(found: Recorded, labels: tuple[str, ...], name: str) -> Doubles:
    label = next(each for each in (name, *ALIASES.get(name, ())) if each in labels)
    return found.positions[:, labels.index(label)]


__all__ = ["labels_of", "markers_of"]
