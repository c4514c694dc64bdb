"""Foot contact: physical foot contact score (EDGE), foot-skate ratio (Lodge), and slide of standing soles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.metrics import validate
from choreo.motion.joint_arrays import needs
from choreo.motion.skeleton import NAMES
from choreo.types import Bools, Doubles, Floats

PUBLISHED_FPS = 30.0
"""Both published measures count in frames of 1/30 s."""
ANKLE_HEIGHT, TOE_HEIGHT, ANKLE_STANDS = 0.08, 0.05, 0.06
"""Metres above the floor up to which ankle and toe are in contact, and at which a standing ankle is."""
SLIDE = 0.01
"""Metres in 1/30 s above which a foot in contact slides."""
LEVEL = 0.02
"""Metres between the toes of the first frame up to which published code takes their mean for the floor."""
STILL = 1e-6
"""Largest acceleration, metres a frame squared, below which all are rounding errors."""
JOINTS = ("left_ankle", "left_foot", "right_ankle", "right_foot")
"""What both published measures are made of; the toes go by ``foot``."""
LEFT = (NAMES.index("left_ankle"), NAMES.index("left_foot"))
RIGHT = (NAMES.index("right_ankle"), NAMES.index("right_foot"))


def pfc(positions: Doubles, fps: float = PUBLISHED_FPS) -> float:
    """Physical foot contact score (Tseng et al., EDGE, CVPR 2023).

    Displacement of the left foot in 1/30 s (ankle or toe, the slower) times that of the right, times the root's
    acceleration as a share of its largest (without downward components), mean over time, times 10,000.

    Parameters
    ----------
    positions
        ``(T, 24, 3)`` metres, T >= 3; best at 30 frames a second, as published: at other rates displacements are
        brought to that, but accelerations are then of other detail.

    Returns
    -------
    0 for a dancer who stands still, so the aim is the value of real dance, not a low one: 1.34 for AIST++. NaN when
    T < 3, or without ankles or toes (``left_foot``).

    Examples
    --------
    >>> from choreo.metrics import joint_positions
    >>> from choreo.testing import sample_motion
    >>> pfc(np.zeros((30, 24, 3)))
    0.0
    >>> pfc(joint_positions(sample_motion(), 30)) >= 0
    True
    """
    positions = validate.positions(positions, fps)
    if len(positions) < 3 or needs(positions, *JOINTS):
        return float("nan")
    acceleration = np.diff(positions[:, 0], n=2, axis=0)
    acceleration[:, 1] = np.maximum(acceleration[:, 1], 0)
    strength = np.linalg.norm(acceleration, axis=-1)
    most = float(strength.max())
    if most < STILL:
        return 0.0
    steps = np.linalg.norm(np.diff(positions[1:][..., [0, 2]], axis=0), axis=-1) * fps / PUBLISHED_FPS
    feet = steps[:, LEFT].min(axis=1) * steps[:, RIGHT].min(axis=1)
    return float((feet * strength / most).mean() * 10_000)


def foot_heights(positions: Doubles, *, published: bool = False) -> Doubles:
    """Heights of ankles and toes over the floor ``(T, 4)``: left ankle, toe, right ankle, toe, metres.

    The floor is where the lower ankle and the lower toe stand, the 5th percentile of their own heights; an ankle stands
    at 6 cm, as SMPL-X's does over its toe. So dancers in heels, and bodies with higher ankles, stand too.

    Published code takes the toes of the first frame for the floor: the mean of both when they are within 2 cm, else the
    lower. Where a dance begins in the air, every foot is then always in contact, and in heels none ever is.
    """
    heights = positions[:, [*LEFT, *RIGHT], 1]
    if published:
        first = heights[0, [1, 3]]
        return np.asarray(heights - (first.mean() if abs(first[0] - first[1]) < LEVEL else first.min()))
    lowest = np.quantile(heights, 0.05, axis=0).reshape(2, 2).min(axis=0)
    return np.asarray(heights - np.tile(lowest - np.array([ANKLE_STANDS, 0.0]), 2))


def foot_skate_ratio(positions: Doubles, fps: float = PUBLISHED_FPS, *, signed: bool = False) -> float:
    """Share of contact frames in which a foot slides (Li et al., Lodge, CVPR 2024), mean of both feet, 0..1.

    A foot is in contact when its ankle is no more than 8 cm and its toe no more than 5 cm over the floor; it slides
    when ankle or toe go more than 1 cm in 1/30 s.

    Parameters
    ----------
    signed
        Measure as the published code does: the absolute mean of both horizontal components, in which going 5 mm to
        the left and 5 mm back cancel, and which is at most 0.71 of the way; and the floor of the first frame. By
        default it is the way itself.

    Returns
    -------
    NaN when no foot is ever in contact, T < 2, or without ankles or toes; a foot that never is does not count.
    FineDance's real dance has 6.22 % in the published form.
    """
    positions = validate.positions(positions, fps)
    if len(positions) < 2 or needs(positions, *JOINTS):
        return float("nan")
    heights = foot_heights(positions, published=signed)
    ratios = []
    for k, joints in enumerate((LEFT, RIGHT)):
        standing = (heights[:, 2 * k] <= ANKLE_HEIGHT) & (heights[:, 2 * k + 1] <= TOE_HEIGHT)
        steps = np.diff(positions[:, list(joints)][..., [0, 2]], axis=0) * fps / PUBLISHED_FPS
        displacement = np.abs(steps.mean(axis=-1)) if signed else np.linalg.norm(steps, axis=-1)
        slides = (displacement > SLIDE).any(axis=1) & standing[:-1]
        count = int(standing.sum() if signed else standing[:-1].sum())
        ratios.append(float(slides.sum()) / count if count else float("nan"))
    return finite_mean(ratios)


def finite_mean(values: Sequence[float]) -> float:
    """Mean of the values that are finite, NaN when none is."""
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def contact_slide_p95(points: Floats, contacts: Bools, fps: float) -> float:
    """95th percentile of the horizontal speed of sole points while they stand, cm/s.

    Parameters
    ----------
    points, contacts
        ``(T, 4, 3)`` metres and ``(T, 4)`` as `choreo.motion.contacts` gives them. Contacts that are detected by low
        speed leave out feet that slide faster, which the foot-skate ratio counts.

    Returns
    -------
    NaN when nothing stands in two frames that follow each other.
    """
    both = np.asarray(contacts[1:] & contacts[:-1])
    speeds = np.linalg.norm(np.diff(np.asarray(points, np.float64)[..., [0, 2]], axis=0), axis=-1) * fps
    return float(100 * np.quantile(speeds[both], 0.95)) if both.any() else float("nan")
