"""One person from picture to picture, and how two persons are told apart where they meet."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from choreo.types import Bytes, Doubles, Floats
from choreo_video.landmark_net import Pose
from choreo_video.region import Region

TORSO = (11, 12, 23, 24)
LIMBS = (15, 16, 25, 26, 27, 28)
SAME, NEW = 0.12, 0.18
"""Mean distance of two torsos' corners by the squares' side, below which both are of one person who is followed, and
below which nobody new is believed: next to somebody the net easily sees the same body again, a little to the side."""
NEAR = 0.5
"""Distance of two squares' middles by their side, below which two persons may be mistaken for each other."""
STEPS = 10
LEVELS = 5
SLOW = 0.05
"""How much the colours of the newest picture count in a person's look."""
STANDING = 0.05
"""What standing still counts beside moving, in heights a second."""


@dataclass(eq=False)
class Track:
    """A person of a shot.

    ``seen`` holds what was found by number of the picture: ``(33, 8) float32`` image, world, visibility, presence in
    pixels of the scaled picture; `scores`, and `hands` ``(2, 21, 3)``. `region` is where the person is looked for,
    `look` the colours of the clothes, `last` the time of the last picture in which the person was found.
    """

    number: int
    region: Region
    look: Doubles
    last: float
    seen: dict[int, Floats] = field(default_factory=dict)
    scores: dict[int, float] = field(default_factory=dict)
    hands: dict[int, Floats] = field(default_factory=dict)

    def add(self, index: int, time: float, pose: Pose, look: Doubles) -> None:
        """Take what was found in a picture."""
        rows = np.concatenate([pose.image, pose.world, pose.visibility[:, None], pose.presence[:, None]], axis=1)
        self.seen[index] = rows.astype(np.float32)
        self.scores[index] = pose.score
        self.region, self.last = pose.next, time
        self.look = (1 - SLOW) * self.look + SLOW * look

    def strange(self, pose: Pose, look: Doubles) -> float:
        """How unlike this person what was found is, in look and in place; 0 is the same."""
        away = np.hypot(pose.next.x - self.region.x, pose.next.y - self.region.y) / max(self.region.side, 1.0)
        taller = abs(np.log(max(pose.next.side, 1.0) / max(self.region.side, 1.0)))
        return float(0.5 * np.abs(look - self.look).sum() + away + 0.5 * taller)

    def dancing(self, times: Doubles) -> float:
        """How much of the film this dance is: path of hands, knees and feet in pixels, and a little for being there."""
        indices = np.array(sorted(self.seen))
        image = np.stack([self.seen[index][:, :2] for index in indices]).astype(np.float64)
        steps = np.diff(times[indices])
        near = steps < 0.5
        tall = np.linalg.norm(image[:, TORSO[:2]].mean(axis=1) - image[:, TORSO[2:]].mean(axis=1), axis=-1)
        path = np.linalg.norm(np.diff(image[:, LIMBS], axis=0), axis=-1).mean(axis=1)
        return float(path[near].sum() + STANDING * (tall[1:] * steps)[near].sum())


def look_of(pixels: Bytes, image: Doubles) -> Doubles:
    """Shares of colours ``(125,)`` on the torso and the thighs of a body ``(33, 2 or 3)`` in pixels of the picture."""
    left, right, low_left, low_right = (image[number, :2] for number in TORSO)
    across = np.linspace(0.15, 0.85, STEPS)[:, None]
    down = np.linspace(0.1, 0.95, STEPS)[:, None, None]
    torso = (1 - down) * ((1 - across) * left + across * right) + down * ((1 - across) * low_left + across * low_right)
    along = np.linspace(0.2, 0.9, STEPS)[:, None]
    thighs = [(1 - along) * image[hip, :2] + along * image[hip + 2, :2] for hip in (23, 24)]
    points = np.nan_to_num(np.concatenate([torso.reshape(-1, 2), *thighs]))
    columns = np.clip(points[:, 0], 0, pixels.shape[1] - 1).astype(int)
    rows = np.clip(points[:, 1], 0, pixels.shape[0] - 1).astype(int)
    steps = pixels[rows, columns].astype(int) * LEVELS // 256
    counts = np.bincount(steps @ np.array([LEVELS * LEVELS, LEVELS, 1]), minlength=LEVELS**3)
    return np.asarray(counts / counts.sum())


def same_person(first: Doubles, second: Doubles, side: float, share: float = SAME) -> bool:
    """Whether two bodies ``(33, 2 or more)`` in pixels, in squares of a `side`, are one."""
    away = first[list(TORSO), :2] - second[list(TORSO), :2]
    return float(np.hypot(away[:, 0], away[:, 1]).mean()) < share * side


def meeting(first: Region, second: Region) -> bool:
    """Whether two persons are so near that one may be taken for the other."""
    return float(np.hypot(first.x - second.x, first.y - second.y)) < NEAR * max(first.side, second.side)


__all__ = ["Track", "look_of", "meeting", "same_person"]
