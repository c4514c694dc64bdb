"""In which layout a file has SMPL's parameters: told by its keys, or by how many numbers a frame has.

=========  ============================================================  ======  ====  ==============================
layout     what is in the file                                           frames  up    source
=========  ============================================================  ======  ====  ==============================
aistpp     ``smpl_poses``, ``smpl_trans``, ``smpl_scaling``              60      y     google/aistplusplus_api
edge       ``smpl_poses``, ``smpl_trans``, ``full_pose`` of positions    30      z     Stanford-TML/EDGE
finedance  3 translation + 52 x 6 = 315 (or 22, 24: 135, 147)            30      y     li-ronghui/FineDance
lodge      4 contacts + the same: 319, 139 (22), 151 (24)                30      y     li-ronghui/LODGE
motionx    3 root + 63 body + 90 hands + 3 jaw + 50 expression +         30      y     IDEA-Research/Motion-X
           100 face shape + 3 translation + 10 shape = 322
smpl       poses under any of the usual names                            30      y     AMASS and many others
=========  ============================================================  ======  ====  ==============================

None but ``smpl`` says its rate, and none its axis. Code that others made of EDGE's keeps the keys and is Y up, so where
a layout is seen with either axis, the one that the trunk points along is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from choreo_smpl.reader import BODY, POSES, one_of

CONTACTS, TRANSLATION, SIX = 4, 3, 6
FACED = 322
"""Numbers a frame in Motion-X."""
JOINTS = (22, 24, 52)
"""Joints of SMPL without hands, of SMPL, and of SMPL-H."""
PLAIN = {TRANSLATION + SIX * count: count for count in JOINTS}
WITH_CONTACTS = {CONTACTS + TRANSLATION + SIX * count: count for count in JOINTS}
LOOKED_AT = 256
"""Frames by which a table of numbers is recognised."""


@dataclass(frozen=True)
class Layout:
    """What is taken for the rate and the axis up of files that say none; the first of `ups` in doubt."""

    fps: float
    ups: tuple[str, ...]


LAYOUTS = {
    "aistpp": Layout(60.0, ("y",)),
    "amass": Layout(120.0, ("z",)),
    "edge": Layout(30.0, ("z", "y")),
    "finedance": Layout(30.0, ("y",)),
    "lodge": Layout(30.0, ("y", "z")),
    "motionx": Layout(30.0, ("y", "z", "-y")),
    "smpl": Layout(30.0, ("y", "z")),
}
Content = Mapping[str, Any] | np.ndarray


def layout_of(found: Any) -> str:
    """Name of the layout of a file's content; empty when it is none of them."""
    if isinstance(found, Mapping):
        return _by_keys(found)
    if isinstance(found, np.ndarray) and found.ndim == 2 and found.dtype.kind == "f" and len(found):
        return _by_width(found)
    return ""


def has_poses(found: Any) -> bool:
    """Whether what goes by a usual name of poses has the form of axis angles or matrices of SMPL's joints.

    Joint positions of 17 go by ``poses``, too.
    """
    poses = one_of(found, POSES) if isinstance(found, Mapping) else None
    if poses is None:
        return True
    width = int(np.prod(poses.shape[1:])) if poses.ndim > 1 else 0
    return width >= 3 * BODY and width % 3 == 0


def described(found: Any) -> str:
    """What is in a file, for errors: keys, or type and shape."""
    if isinstance(found, Mapping):
        return ", ".join(str(key)[:40] for key in list(found)[:8]) or "nothing"
    if isinstance(found, np.ndarray):
        return f"{found.dtype} of shape {found.shape}"
    return f"a {type(found).__name__}"


def _by_keys(found: Mapping[str, Any]) -> str:
    if {"smpl_poses", "smpl_trans"} <= found.keys():
        return "edge" if is_positions(found.get("full_pose")) or "smpl_scaling" not in found else "aistpp"
    apart = found.keys() & {"global_orient", "root_orient"} and found.keys() & {"body_pose", "pose_body"}
    return "smpl" if apart or any(name in found for name in POSES) else ""


def is_positions(value: Any) -> bool:
    """Whether it has the form of EDGE's ``full_pose``: positions ``(T, joints, 3)``, no axis angles."""
    return isinstance(value, np.ndarray) and value.ndim == 3 and value.shape[2] == 3


def _by_width(rows: np.ndarray) -> str:
    few, width = np.asarray(rows[:LOOKED_AT], np.float64), rows.shape[1]
    if width == FACED:
        return "motionx"
    if width in WITH_CONTACTS and _turns(few[:, CONTACTS + TRANSLATION :]) and _contacts(few[:, :CONTACTS]):
        return "lodge"
    return "finedance" if width in PLAIN and _turns(few[:, TRANSLATION:]) else ""


def _turns(numbers: np.ndarray) -> bool:
    """Whether they are halves of rotation matrices, or a network's guess of such: vectors about a unit long."""
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(numbers.reshape(-1, 3), axis=1)
    return bool(0.5 < np.median(lengths) < 1.5)


def _contacts(numbers: np.ndarray) -> bool:
    """Whether they are shares of contact; a network's overshoot a little."""
    with np.errstate(all="ignore"):
        return bool(np.mean(np.abs(numbers - 0.5) < 1.5) > 0.9)
