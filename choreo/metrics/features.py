"""Features of a motion for FID and diversity: seventy-two kinetic and thirty-two geometric ones.

Kinetic: mean squared horizontal and vertical velocity and mean acceleration of each joint (Onuma et al. 2008).
Geometric: shares of time in which relations between joints hold (Müller et al. 2005), as AIST++ chose them.
"""

from __future__ import annotations

import numpy as np

from choreo.metrics import validate
from choreo.metrics.compat import PROTOCOLS, Protocol
from choreo.motion.joint_arrays import present
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles

WINDOW_SECONDS = 2 / 60
"""How far to either side velocities and accelerations are averaged."""
PUBLISHED_FPS, PUBLISHED_GEOMETRIC_FPS = 60.0, 120.0
"""Published code has these frame rates written in, whatever the motion's own."""
HUMERUS, SHOULDERS, HIPS = 0.2568381, 0.3908484, 0.1192471
"""Metres; lengths of SMPL's mean body that published thresholds are multiples of."""
LEAST_FRAMES = 3
"""Frames below which there is no acceleration."""
OTHER = {"root": "pelvis", "belly": "spine1", "chest": "spine3", "toes": "foot"}
"""Joints by the names of the published code."""


def kinetic(positions: Doubles, fps: float, *, protocol: Protocol = PROTOCOLS["choreo"]) -> Doubles:
    """Kinetic features, three a joint: horizontal and vertical mean squared velocity, mean acceleration.

    Parameters
    ----------
    positions
        ``(T, 24, 3)`` metres, T >= 3.

    Returns
    -------
    ``(72,)``: m^2/s^2, m^2/s^2, m/s^2 for each joint; ``(66,)`` with the protocol ``lodge``. NaN when T < 3, and for
    joints that are not there.
    """
    positions = relative_to_root(validate.positions(positions, fps), protocol)[:, : protocol.joints]
    if len(positions) < LEAST_FRAMES:
        return np.full(3 * protocol.joints, np.nan)
    rate = PUBLISHED_FPS if protocol.published else fps
    reach = 2 if protocol.published else max(0, round(WINDOW_SECONDS * fps))
    velocity = np.diff(positions, axis=0) * rate
    if protocol.slip:
        # Published code multiplies one position by the rate, not their difference; its numbers depend on it.
        acceleration = (velocity[1:] - (positions[1:-1] - positions[:-2] * rate)) * rate
    else:
        acceleration = np.diff(velocity, axis=0) * rate
    frames = np.arange(1, len(positions))
    mean = moving_mean(velocity, frames - 1 - reach, frames + reach)
    mean_acceleration = moving_mean(acceleration, frames - 1 - reach, frames + reach)
    horizontal = (mean[..., [0, 2]] ** 2).sum(axis=-1).mean(axis=0)
    vertical = (mean[..., 1] ** 2).mean(axis=0)
    return np.stack([horizontal, vertical, np.linalg.norm(mean_acceleration, axis=-1).mean(axis=0)], axis=-1).ravel()


def moving_mean(values: Doubles, first: np.ndarray, last: np.ndarray) -> Doubles:
    """Means of ``values[first:last]``, indices clipped to those that exist."""
    total = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    low, high = np.clip(first, 0, len(values)), np.clip(last, 0, len(values))
    return np.asarray((total[high] - total[low]) / np.maximum(high - low, 1)[:, None, None])


def relative_to_root(positions: Doubles, protocol: Protocol) -> Doubles:
    """Positions as a protocol takes them: its first frames, relative to the root as ``protocol.rooted`` says."""
    positions = positions[: protocol.frames] if protocol.frames else positions
    if protocol.rooted != "none":
        positions = positions - positions[:1, :1]
    if protocol.rooted == "each":
        positions = np.concatenate([positions[:, :1], positions[:, 1:] - positions[:, :1]], axis=1)
    return positions


def geometric(positions: Doubles, fps: float, *, protocol: Protocol = PROTOCOLS["choreo"]) -> Doubles:
    """Geometric features: shares of the frames in which 32 relations hold, ``(32,)`` 0..1.

    NaN when T < 2, and for relations between joints that are not all there.

    Published code takes the bone lengths of one body and 1/120 s a frame for every motion; the protocol ``choreo`` the
    dancer's own lengths and frame time.
    """
    positions = relative_to_root(validate.positions(positions, fps), protocol)
    if len(positions) < 2:
        return np.full(32, np.nan)
    return np.stack(_relations(_Poses(positions, fps, protocol))).mean(axis=1)


class _Poses:
    """Positions of joints by their published names, and predicates of them in each frame but the first, ``(T - 1,)``.

    Thresholds are multiples of the length of the humerus, the width of shoulders or of hips.
    """

    def __init__(self, positions: Doubles, fps: float, protocol: Protocol) -> None:
        self.positions = positions
        self.rate = PUBLISHED_GEOMETRIC_FPS if protocol.published else fps
        self.low = present(positions[1:, : protocol.joints])[..., 1].min(axis=1)
        self.arm, self.shoulders, self.hips = HUMERUS, SHOULDERS, HIPS
        if not protocol.published:
            self.arm = 0.5 * (self._length("lshoulder", "lelbow") + self._length("rshoulder", "relbow"))
            self.shoulders, self.hips = self._length("lshoulder", "rshoulder"), self._length("lhip", "rhip")

    def track(self, name: str) -> Doubles:
        side = {"l": "left_", "r": "right_"}.get(name[0], "") if name not in ("root",) else ""
        part = name[1:] if side else name
        return self.positions[:, NAMES.index(side + OTHER.get(part, part))]

    def now(self, name: str) -> Doubles:
        return self.track(name)[1:]

    def _length(self, a: str, b: str) -> float:
        return max(float(np.linalg.norm(self.track(a) - self.track(b), axis=-1).mean()), 1e-6)

    def _velocity(self, moving: str, origin: str) -> Doubles:
        return np.diff(self.track(moving) - self.track(origin), axis=0) * self.rate

    def toward(self, a: str, b: str, moving: str, arms: float) -> Doubles:
        """Whether `moving`, relative to `a`, moves toward `b` faster than `arms` humeri a second."""
        return _more(_along(self._velocity(moving, a), self.now(b) - self.now(a)), arms * self.arm)

    def out_of(self, a: str, b: str, c: str, moving: str, arms: float) -> Doubles:
        """Whether `moving`, relative to `a`, leaves the plane of three joints faster than `arms` humeri a second."""
        normal = np.cross(self.now(c) - self.now(a), self.now(b) - self.now(a))
        return _more(_along(self._velocity(moving, a), normal), arms * self.arm)

    def beyond(self, a: str, b: str, c: str, joint: str, arms: float) -> Doubles:
        """Whether a joint lies more than `arms` humeri in front of the plane through three."""
        normal = np.cross(self.now(c) - self.now(a), self.now(b) - self.now(a))
        return _more(_along(self.now(joint) - self.now(a), normal), arms * self.arm)

    def ahead(self, a: str, b: str, origin: str, joint: str, length: float) -> Doubles:
        """Whether a joint is farther than `length` from `origin` in the direction from `a` to `b`."""
        return _more(_along(self.now(joint) - self.now(origin), self.now(b) - self.now(a)), length)

    def above(self, joint: str, arms: float) -> Doubles:
        """Whether a joint is more than `arms` humeri above the lowest one."""
        return _more(self.now(joint)[:, 1] - self.low, arms * self.arm)

    def below(self, joint: str, arms: float) -> Doubles:
        """Whether a joint is less than `arms` humeri above the lowest one."""
        return _more(self.low - self.now(joint)[:, 1], -arms * self.arm)

    def bent(self, a: str, b: str, c: str, d: str, least: float, most: float) -> Doubles:
        """Whether the angle between the bones `a` to `b` and `c` to `d` is from `least` to `most` degrees."""
        return self._within(self.now(b) - self.now(a), self.now(d) - self.now(c), least, most)

    def level(self) -> Doubles:
        """Whether the trunk lies rather than stands."""
        trunk = self.now("root") - self.now("neck")
        return self._within(trunk, np.broadcast_to(np.array([0.0, 1.0, 0.0]), trunk.shape), 70, 110)

    @staticmethod
    def _within(first: Doubles, second: Doubles, least: float, most: float) -> Doubles:
        lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
        angle = np.degrees(np.arccos(np.clip((first * second).sum(axis=-1) / np.maximum(lengths, 1e-12), -1, 1)))
        return _more(np.minimum(angle - least, most - angle), 0.0)

    def fast(self, joint: str, arms: float) -> Doubles:
        """Whether a joint is faster than `arms` humeri a second."""
        return _more(np.linalg.norm(np.diff(self.track(joint), axis=0), axis=-1) * self.rate, arms * self.arm)


def _along(vectors: Doubles, direction: Doubles) -> Doubles:
    return np.asarray((vectors * direction).sum(axis=-1) / np.maximum(np.linalg.norm(direction, axis=-1), 1e-12))


def _more(values: Doubles, least: float) -> Doubles:
    """1.0 where values are more than `least`, 0.0 where not, NaN where they are not known."""
    return np.where(np.isnan(values) | np.isnan(least), np.nan, values > least)


def _relations(at: _Poses) -> list[Doubles]:
    """The 32 relations, in the order of the published code."""
    return [
        at.out_of("neck", "rhip", "lhip", "rwrist", 1.8),
        at.out_of("neck", "lhip", "rhip", "lwrist", 1.8),
        at.ahead("chest", "neck", "neck", "rwrist", 0.2 * at.arm),
        at.ahead("chest", "neck", "neck", "lwrist", 0.2 * at.arm),
        # The moving joint is the chest, where a wrist is meant: every published version has it so.
        at.toward("belly", "chest", "chest", 1.8),
        at.toward("belly", "chest", "chest", 1.8),
        at.bent("relbow", "rshoulder", "relbow", "rwrist", 0, 110),
        at.bent("lelbow", "lshoulder", "lelbow", "lwrist", 0, 110),
        at.ahead("lshoulder", "rshoulder", "lwrist", "rwrist", 2.5 * at.shoulders),
        at.toward("lwrist", "rwrist", "rwrist", 1.4),
        at.toward("rwrist", "root", "lwrist", 1.4),
        at.toward("lwrist", "root", "rwrist", 1.4),
        at.fast("rwrist", 2.5),
        at.fast("lwrist", 2.5),
        at.beyond("root", "lhip", "ltoes", "rankle", 0.38),
        at.beyond("root", "rhip", "rtoes", "lankle", 0.38),
        at.above("rankle", 1.2),
        at.above("lankle", 1.2),
        at.ahead("lhip", "rhip", "lankle", "rankle", 2.1 * at.hips),
        at.bent("rknee", "rhip", "rknee", "rankle", 0, 110),
        at.bent("lknee", "lhip", "lknee", "lankle", 0, 110),
        at.fast("rankle", 2.5),
        at.fast("lankle", 2.5),
        at.bent("neck", "root", "rshoulder", "relbow", 25, 180),
        at.bent("neck", "root", "lshoulder", "lelbow", 25, 180),
        at.bent("neck", "root", "rhip", "rknee", 50, 180),
        at.bent("neck", "root", "lhip", "lknee", 50, 180),
        at.beyond("rankle", "neck", "lankle", "root", 0.5),
        at.level(),
        at.below("rwrist", 1.2),
        at.below("lwrist", 1.2),
        at.fast("root", 2.3),
    ]
