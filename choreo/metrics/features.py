"""Seventy-two kinetic and thirty-two geometric numbers of a motion, which FID and diversity compare.

Kinetic: mean squared horizontal and vertical velocity and mean acceleration of each joint (Onuma et al. 2008).
Geometric: shares of time in which relations between joints hold (Müller et al. 2005), as AIST++ chose them.
"""

from __future__ import annotations

import numpy as np

from choreo.metrics import validate
from choreo.metrics.compat import PROTOCOLS, Protocol
from choreo.motion.skeleton import NAMES
from choreo.types import Bools, Doubles

WINDOW_SECONDS = 2 / 60
"""How far to either side velocities and accelerations are averaged."""
PUBLISHED_FPS, PUBLISHED_GEOMETRIC_FPS = 60.0, 120.0
"""Published code has these frame rates written in, whatever the motion's own."""
HUMERUS, SHOULDERS, HIPS = 0.2568381, 0.3908484, 0.1192471
"""Metres; lengths of SMPL's mean body that published thresholds are multiples of."""
LEAST_FRAMES = 3
OTHER = {"root": "pelvis", "belly": "spine1", "chest": "spine3", "toes": "foot"}


def kinetic(positions: Doubles, fps: float, *, protocol: Protocol = PROTOCOLS["choreo"]) -> Doubles:
    """Kinetic features, three a joint: horizontal and vertical mean squared velocity, mean acceleration.

    Parameters
    ----------
    positions
        ``(T, 24, 3)`` metres, T >= 3.

    Returns
    -------
    ``(72,)``: m^2/s^2, m^2/s^2, m/s^2 for each joint; ``(66,)`` with the protocol ``lodge``. NaN when T < 3.
    """
    places = rooted(validate.positions(positions, fps), protocol)[:, : protocol.joints]
    if len(places) < LEAST_FRAMES:
        return np.full(3 * protocol.joints, np.nan)
    rate = PUBLISHED_FPS if protocol.published else fps
    reach = 2 if protocol.published else max(0, round(WINDOW_SECONDS * fps))
    velocity = np.diff(places, axis=0) * rate
    if protocol.slip:
        pushes = (velocity[1:] - (places[1:-1] - places[:-2] * rate)) * rate
    else:
        pushes = np.diff(velocity, axis=0) * rate
    frames = np.arange(1, len(places))
    mean = _moving(velocity, frames - 1 - reach, frames + reach)
    push = _moving(pushes, frames - 1 - reach, frames + reach)
    across = (mean[..., [0, 2]] ** 2).sum(axis=-1).mean(axis=0)
    upward = (mean[..., 1] ** 2).mean(axis=0)
    return np.stack([across, upward, np.linalg.norm(push, axis=-1).mean(axis=0)], axis=-1).ravel()


def _moving(values: Doubles, first: np.ndarray, last: np.ndarray) -> Doubles:
    """Means of ``values[first:last]``, cut to what there is."""
    total = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    low, high = np.clip(first, 0, len(values)), np.clip(last, 0, len(values))
    return np.asarray((total[high] - total[low]) / np.maximum(high - low, 1)[:, None, None])


def rooted(places: Doubles, protocol: Protocol) -> Doubles:
    """Positions as a protocol takes them: cut to its frames, and off the root."""
    places = places[: protocol.frames] if protocol.frames else places
    if protocol.rooted != "none":
        places = places - places[:1, :1]
    if protocol.rooted == "each":
        places = np.concatenate([places[:, :1], places[:, 1:] - places[:, :1]], axis=1)
    return places


def geometric(positions: Doubles, fps: float, *, protocol: Protocol = PROTOCOLS["choreo"]) -> Doubles:
    """Geometric features: shares of the frames in which 32 relations hold, ``(32,)`` 0..1; NaN when T < 2.

    Published code takes the lengths of one body and 1/120 s a frame for every motion; choreo the dancer's own lengths
    and frame time.
    """
    places = rooted(validate.positions(positions, fps), protocol)
    if len(places) < 2:
        return np.full(32, np.nan)
    return np.stack(_relations(_Poses(places, fps, protocol))).mean(axis=1)


class _Poses:
    """Joints by name, now and a frame before, and the questions that are asked of them."""

    def __init__(self, places: Doubles, fps: float, protocol: Protocol) -> None:
        self.places = places
        self.rate = PUBLISHED_GEOMETRIC_FPS if protocol.published else fps
        self.low = places[1:, : protocol.joints, 1].min(axis=1)
        self.arm, self.shoulders, self.hips = HUMERUS, SHOULDERS, HIPS
        if not protocol.published:
            self.arm = 0.5 * (self._length("lshoulder", "lelbow") + self._length("rshoulder", "relbow"))
            self.shoulders, self.hips = self._length("lshoulder", "rshoulder"), self._length("lhip", "rhip")

    def track(self, name: str) -> Doubles:
        side = {"l": "left_", "r": "right_"}.get(name[0], "") if name not in ("root",) else ""
        part = name[1:] if side else name
        return self.places[:, NAMES.index(side + OTHER.get(part, part))]

    def now(self, name: str) -> Doubles:
        return self.track(name)[1:]

    def _length(self, a: str, b: str) -> float:
        return max(float(np.linalg.norm(self.track(a) - self.track(b), axis=-1).mean()), 1e-6)

    def _step(self, moving: str, seen_from: str) -> Doubles:
        return np.diff(self.track(moving) - self.track(seen_from), axis=0) * self.rate

    def toward(self, a: str, b: str, moving: str, arms: float) -> Bools:
        """Whether `moving`, seen from `a`, goes in the direction of `b` faster than `arms` humeri a second."""
        return _along(self._step(moving, a), self.now(b) - self.now(a)) > arms * self.arm

    def out_of(self, a: str, b: str, c: str, moving: str, arms: float) -> Bools:
        """Whether `moving`, seen from `a`, goes out of the plane of three joints."""
        normal = np.cross(self.now(c) - self.now(a), self.now(b) - self.now(a))
        return _along(self._step(moving, a), normal) > arms * self.arm

    def beyond(self, a: str, b: str, c: str, joint: str, arms: float) -> Bools:
        """Whether a joint lies in front of the plane of three."""
        normal = np.cross(self.now(c) - self.now(a), self.now(b) - self.now(a))
        return _along(self.now(joint) - self.now(a), normal) > arms * self.arm

    def ahead(self, a: str, b: str, origin: str, joint: str, length: float) -> Bools:
        """Whether a joint is farther than `length` from `origin` in the direction from `a` to `b`."""
        return _along(self.now(joint) - self.now(origin), self.now(b) - self.now(a)) > length

    def above(self, joint: str, arms: float) -> Bools:
        """Whether a joint is higher than that over the lowest one."""
        return np.asarray(self.now(joint)[:, 1] - self.low > arms * self.arm)

    def below(self, joint: str, arms: float) -> Bools:
        """Whether a joint is lower than that over the lowest one."""
        return np.asarray(self.now(joint)[:, 1] - self.low < arms * self.arm)

    def bent(self, a: str, b: str, c: str, d: str, least: float, most: float) -> Bools:
        """Whether the angle between two bones, degrees, lies between."""
        return self._within(self.now(b) - self.now(a), self.now(d) - self.now(c), least, most)

    def level(self) -> Bools:
        """Whether the trunk lies rather than stands."""
        trunk = self.now("root") - self.now("neck")
        return self._within(trunk, np.broadcast_to(np.array([0.0, 1.0, 0.0]), trunk.shape), 70, 110)

    @staticmethod
    def _within(first: Doubles, second: Doubles, least: float, most: float) -> Bools:
        lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
        angle = np.degrees(np.arccos(np.clip((first * second).sum(axis=-1) / np.maximum(lengths, 1e-12), -1, 1)))
        return np.asarray((angle > least) & (angle < most))

    def fast(self, joint: str, arms: float) -> Bools:
        """Whether a joint is faster than that many humeri a second."""
        return np.asarray(np.linalg.norm(np.diff(self.track(joint), axis=0), axis=-1) * self.rate > arms * self.arm)


def _along(vectors: Doubles, direction: Doubles) -> Doubles:
    return np.asarray((vectors * direction).sum(axis=-1) / np.maximum(np.linalg.norm(direction, axis=-1), 1e-12))


def _relations(at: _Poses) -> list[Bools]:
    """The 32, in the order of the published code."""
    return [
        at.out_of("neck", "rhip", "lhip", "rwrist", 1.8),
        at.out_of("neck", "lhip", "rhip", "lwrist", 1.8),
        at.ahead("chest", "neck", "neck", "rwrist", 0.2 * at.arm),
        at.ahead("chest", "neck", "neck", "lwrist", 0.2 * at.arm),
        # the joint that is asked about is the trunk's, not the wrist's: so does every published version
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
