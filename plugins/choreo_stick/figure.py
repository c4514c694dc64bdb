"""Strokes in the world: bones, shadow, footprints, path and floor, ``(N, 13) float32``.

A row has both ends with their radii (metres: x, y, z, r), colour (0..255), opacity and rounding.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from choreo.motion.contacts import POINTS, contacts_of, foot_points
from choreo.motion.kinematics import forward
from choreo.types import Bools, Doubles, Floats, Motion, Skeleton
from choreo.video.bodies import without_fingers
from choreo_bodies.stick import LEFT, MIDDLE, RIGHT

BONE, SPINE, JOINT, SKULL = 0.021, 0.028, 0.026, 0.095
TOE = (0.0, 0.0, 0.075)
SKULL_UP = (0.0, 0.1, 0.02)
FLOOR, SHADOW = (32, 33, 46), (20, 20, 29)
GRID, FLASH, FLASH_DOWN = (62, 64, 84), (150, 160, 210), (255, 176, 96)
STANDS, LIFTED = (126, 231, 135), (70, 74, 96)
PATH, AHEAD = (255, 214, 102), (110, 104, 84)
PRINT = 0.045
"""Radius of a sole point's mark, metres."""
BEHIND, BEFORE = 4.0, 1.5
"""Seconds of path that are drawn before and after now."""
GAP = 0.25
"""Seconds between frames from which on they are no path."""
TILES = 9


def stroke_rows(
    start: Floats,
    end: Floats,
    radius: Floats | float,
    colour: ArrayLike,
    opacity: ArrayLike = 1.0,
    rounding: float = 0.0,
) -> Floats:
    """Make strokes from ends ``(N, 3)``; the rest broadcasts."""
    made = np.empty((len(start), 13), np.float32)
    made[:, :3], made[:, 4:7] = start, end
    made[:, 3] = made[:, 7] = radius
    made[:, 8:11], made[:, 11], made[:, 12] = np.asarray(colour), np.asarray(opacity), rounding
    return made


def _bones(skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray, Floats, Floats]:
    """Joint at both ends, radius and colour of each bone; skull and toes are bones from a joint to itself."""
    names, children = skeleton.names, np.arange(1, len(skeleton))
    starts, ends = skeleton.parents[1:].tolist(), children.tolist()
    radii = [SPINE if "spine" in names[k] or names[k] in ("neck", "head") else BONE for k in children]
    for tip in ("head", "left_foot", "right_foot"):
        if tip in names:
            starts.append(skeleton.index(tip))
            ends.append(skeleton.index(tip))
            radii.append(SKULL if tip == "head" else BONE)
    sides = [LEFT if names[k].startswith("left") else RIGHT if names[k].startswith("right") else MIDDLE for k in ends]
    return np.array(starts), np.array(ends), np.array(radii, np.float32), np.array(sides, np.float32)


class Figure:
    """One dancer; forward kinematics of all frames at once."""

    def __init__(self, motion: Motion, times: Doubles) -> None:
        from choreo.motion import rotations as rot

        motion = without_fingers(motion)  # a lump of dots, at this size
        self.times = times
        self.positions, world = forward(motion.skeleton, motion.translation, motion.rotations)
        self.starts, self.ends, self.radii, self.colours = _bones(motion.skeleton)
        heads, tails = self.positions[:, self.starts], self.positions[:, self.ends].copy()
        for bone in np.flatnonzero(self.starts == self.ends):
            joint = self.ends[bone]
            offset = np.array(SKULL_UP if motion.skeleton.names[joint] == "head" else TOE, np.float32)
            tip = self.positions[:, joint] + rot.rotate(world[:, joint], offset)
            tails[:, bone] = tip
            if motion.skeleton.names[joint] == "head":
                heads[:, bone] = tip
        self.heads, self.tails = heads, tails
        self.soles: Floats | None = None
        self.standing: Bools | None = None
        if set(POINTS) <= set(motion.skeleton.names):
            self.soles = foot_points(self.positions, world)
            self.standing = contacts_of(motion)

    def body(self, frame: int) -> Floats:
        """Bones and joints."""
        bones = stroke_rows(self.heads[frame], self.tails[frame], self.radii, self.colours, 1.0, 0.45)
        joints = self.positions[frame]
        dots = stroke_rows(joints, joints, JOINT, MIDDLE, 1.0, 0.4)
        return np.concatenate([bones, dots])

    def shadow(self, frame: int) -> Floats:
        """The bones straight down on the floor, of one tone, so that crossing limbs are not darker."""
        flat = np.array([1, 0, 1], np.float32)
        return stroke_rows(self.heads[frame] * flat, self.tails[frame] * flat, 1.6 * self.radii, SHADOW)

    def prints(self, frame: int) -> Floats:
        """Marks under heels and balls: bright and filled where they are in contact, a dim ring where they do not."""
        if self.soles is None or self.standing is None:
            return np.empty((0, 13), np.float32)
        turn = np.linspace(0, 2 * np.pi, 13)
        ring = PRINT * np.stack([np.cos(turn), np.zeros(13), np.sin(turn)], axis=-1).astype(np.float32)
        made = []
        for point, stands in zip(self.soles[frame], self.standing[frame], strict=True):
            centre = point * np.array([1, 0, 1], np.float32)
            lines = centre + (ring if stands else 0.6 * ring)
            colour = STANDS if stands else LIFTED
            made.append(stroke_rows(lines[:-1], lines[1:], 0.016 if stands else 0.007, colour, 0.95 if stands else 0.7))
            if stands:
                made.append(stroke_rows(centre[None], centre[None], 0.02, colour))
        return np.concatenate(made)

    def path(self, frame: int, beats: Doubles) -> Floats:
        """Where the pelvis was and will be, on the floor, with a dot at each beat that was."""
        now = self.times[frame]
        first, last = np.searchsorted(self.times, [now - BEHIND, now + BEFORE])
        if last - first < 2:
            return np.empty((0, 13), np.float32)
        ground = self.positions[first:last, 0] * np.array([1, 0, 1], np.float32)
        times = self.times[first:last]
        near = np.diff(times) <= GAP
        past = times[1:] <= now + 1e-9
        fade = np.where(past, 0.15 + 0.75 * np.clip(1 - (now - times[1:]) / BEHIND, 0, 1), 0.6)
        colour = np.where(past[:, None], PATH, AHEAD)
        lines = stroke_rows(ground[:-1], ground[1:], 0.009, colour, fade)[near]
        danced = beats[(beats > times[0]) & (beats <= now)]
        if not near.all() or not len(danced):
            return lines
        dots = ground[np.searchsorted(times, danced - 1e-6).clip(0, len(ground) - 1)]
        return np.concatenate([lines, stroke_rows(dots, dots, 0.022, PATH, 0.9)])


def floor_grid(middle: Floats, flash: float, down: bool) -> Floats:
    """Lines of the floor around a point, one metre apart, fading away; brighter on beats."""
    half = TILES / 2
    base = np.floor(middle[[0, 2]]) - half + 0.5
    across, along = np.meshgrid(np.arange(TILES + 1), np.arange(TILES), indexing="ij")
    flat = np.zeros((across.size, 3), np.float32)
    flat[:, 0], flat[:, 2] = base[0] + across.ravel(), base[1] + along.ravel()
    other = np.zeros((across.size, 3), np.float32)
    other[:, 0], other[:, 2] = base[0] + along.ravel(), base[1] + across.ravel()
    start = np.concatenate([flat, other])
    end = start.copy()
    end[: len(flat), 2] += 1
    end[len(flat) :, 0] += 1
    away = np.linalg.norm(0.5 * (start + end)[:, [0, 2]] - middle[[0, 2]], axis=1)
    colour = (1 - flash) * np.array(GRID) + flash * np.array(FLASH_DOWN if down else FLASH)
    return stroke_rows(start, end, 0.006 + 0.006 * flash, colour, np.clip(1.15 - away / half, 0, 1))
