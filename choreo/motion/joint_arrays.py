"""Arrays of joint positions measured as they are: 17, 22, 24 or other joints, put in the canonical places by name.

The metrics know the 24 canonical joints. A joint that a set lacks (COCO has no toes, Human3.6M none either) is NaN in
all frames; means over joints leave it out, and what cannot be said without it is NaN. Nothing is made up but the
pelvis, which is the middle of the hips where a set has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from choreo.errors import InputError, MotionError, ShapeError
from choreo.motion import plausible
from choreo.motion import rotations as rot
from choreo.motion.gaps import bridged
from choreo.motion.joint_names import joint_numbers
from choreo.motion.joint_sets import SETS, in_order
from choreo.motion.positions import SPARSE, numbers_of
from choreo.motion.repair import runs
from choreo.motion.skeleton import MIRROR, NAMES
from choreo.types import Bools, Doubles

NEEDED = ("left_hip", "right_hip")
"""Without these there is no place and no heading of the dancer."""
SHORT = 22
"""Joints of HumanML3D, SMPL-H and SMPL-X in the order of the canonical ones, which has hands behind them."""


@dataclass(frozen=True, eq=False)
class JointArray:
    """A dance as joint positions ``(T, J, 3)``, metres, +Y up, at `fps` frames a second.

    ``joints``: name of a joint set (``coco``, ``h36m``, ``humanml3d``, ``smpl``; see `choreo.motion.joint_sets`) or the
    names of the J joints, canonical ones for those that are to count.
    """

    positions: ArrayLike
    joints: str | Sequence[str]
    fps: float

    @property
    def duration(self) -> float:
        """Seconds between the first and the last frame."""
        return (len(np.asarray(self.positions)) - 1) / self.fps


def by_name(positions: ArrayLike, joints: str | Sequence[str]) -> Doubles:
    """Positions of any joint set in the canonical places.

    Parameters
    ----------
    positions
        ``(T, J, 3)`` metres, +Y up.
    joints
        Name of a joint set of J joints, or the names of the joints; those without a canonical name do not count.

    Returns
    -------
    ``(T, 24, 3)``, NaN in every frame for a joint that is not there: what all metrics take.

    Raises
    ------
    InputError
        When there is no joint set of this name.
    ShapeError
        When the form is another, or there are no hips.

    Examples
    --------
    >>> found = by_name(np.zeros((5, 17, 3)), "coco")
    >>> found.shape, lacking(found)[-4:]
    ((5, 24, 3), ('right_collar', 'head', 'left_hand', 'right_hand'))
    """
    names = _names(joints)
    given = np.asarray(positions, np.float64)
    if given.ndim != 3 or given.shape[1:] != (len(names), 3):
        raise ShapeError(f"positions: got {given.shape}, want (T, {len(names)}, 3) for {_title(joints)}")
    number = in_order(names)
    if any(name not in number for name in NEEDED):
        raise ShapeError(f"joints: got {', '.join(names[:8])}, want {' and '.join(NEEDED)} among them")
    out = np.full((len(given), len(NAMES), 3), np.nan)
    for place, name in enumerate(NAMES):
        if name in number:
            out[:, place] = given[:, number[name]]
    if "pelvis" not in number:
        out[:, 0] = given[:, [number[name] for name in NEEDED]].mean(axis=1)
    return out


def measured(
    positions: ArrayLike, names: Sequence[str], fps: float, up: str = "y", unit: str = "m"
) -> tuple[JointArray, float, str]:
    """Joint positions as they are, but in metres and +Y up: nothing is fitted, no bone and no foot held.

    Gaps of up to half a second are bridged. A joint that is away for longer in more than a tenth of the frames is left
    out; then the longest stretch is taken in which none of the others is away.

    Parameters
    ----------
    positions, names, fps, up, unit
        As in `choreo.motion.positions.motion_from_positions`.

    Returns
    -------
    The array, with canonical names for joints that have one; seconds from the first frame to its beginning; the axis
    that was up.

    Raises
    ------
    MotionError
        As `motion_from_positions`, for what are no positions of a person's joints.
    """
    points = numbers_of(positions, names, fps)
    raw = {name: points[:, number] for name, number in joint_numbers(names).items()}
    plausible.require_bones(plausible.variation(raw), "the joints as they are named")
    up = plausible.up_of(raw) if up == "auto" else up
    turn = rot.up_turn(up)
    scale, _ = plausible.metres_of(raw, unit)
    tracks: dict[str, Doubles] = {}
    away = np.zeros(len(points), bool)
    for name, track in raw.items():
        found = bridged(scale * rot.rotate(turn, track), fps)
        if found is None or found[1].mean() > SPARSE:
            continue
        tracks[name], lost, _ = found
        away |= lost
    missing = [name for name in NEEDED if name not in tracks]
    if missing or away.all():
        raise MotionError(
            f"{' and '.join(missing) or 'a joint'} is never seen for long enough; nothing can be measured."
        )
    first, last = max(runs(~away), key=lambda run: run[1] - run[0])
    whole = np.stack(list(tracks.values()), axis=1)[first:last]
    return JointArray(whole, tuple(tracks), fps), first / fps, up


def at_rate(array: JointArray, fps: float) -> Doubles:
    """Positions in the canonical places ``(T, 24, 3)`` at `fps` frames a second: Catmull-Rom between frames.

    Raises
    ------
    InputError, ShapeError
        As `by_name`.
    """
    given = by_name(array.positions, array.joints)
    if fps == array.fps or len(given) < 2:
        return given
    at = np.arange(int(np.floor(array.duration * fps + 1e-6)) + 1) / fps * array.fps
    last = len(given) - 1
    low = np.minimum(at.astype(np.int64), last - 1)
    before, here, after, beyond = (given[np.clip(low + k, 0, last)] for k in (-1, 0, 1, 2))
    t = (at - low)[:, None, None]
    bent = (2 * before - 5 * here + 4 * after - beyond) * t**2 + (3 * here - before - 3 * after + beyond) * t**3
    return np.asarray(here + 0.5 * ((after - before) * t + bent))


def _names(joints: str | Sequence[str]) -> tuple[str, ...]:
    if not isinstance(joints, str):
        return tuple(joints)
    if joints not in SETS:
        raise InputError(f"joints: no set is called {joints!r}; known are {', '.join(SETS)}.")
    return SETS[joints].joints


def _title(joints: str | Sequence[str]) -> str:
    return SETS[joints].title if isinstance(joints, str) else "the joints named"


def there(positions: Doubles) -> Bools:
    """Which of the canonical joints ``(24,)`` an array has."""
    return np.asarray(np.isfinite(positions[0]).all(axis=-1))


def lacking(positions: Doubles) -> tuple[str, ...]:
    """Names of the canonical joints that an array ``(T, 24, 3)`` does not have."""
    return tuple(name for name, has in zip(NAMES, there(positions), strict=True) if not has)


def present(positions: Doubles) -> Doubles:
    """Positions ``(T, J, 3)`` of the joints that are there."""
    has = there(positions)
    return positions if has.all() else positions[:, has]


def shared(*poses: Doubles) -> Bools:
    """Which joints ``(24,)`` all of these have, and their mirror images too: those that poses are compared by."""
    has = np.logical_and.reduce([there(each) for each in poses])
    return np.asarray(has & has[MIRROR])


def needs(positions: Doubles, *names: str) -> str:
    """What a measure says that needs joints which are not there: empty when all are."""
    missing = [name for name in lacking(positions) if name in names]
    return f"the joints {', '.join(missing)}, which these positions do not have" if missing else ""
