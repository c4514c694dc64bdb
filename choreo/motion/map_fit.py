"""Whether a motion fits a guessed map: its hands and feet end where the source has them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.errors import MotionError
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES, SIDES
from choreo.types import Doubles, Motion

HEIGHT = 1.74
"""Metres from the floor to the crown of the built-in body."""
UNFIT = 0.05
"""Mean distance of hands and feet from where the source has them, in heights, from which on a guess was wrong."""
POSES = 24
"""Poses of a motion that a guess of its joints looks at."""
LIMB_ENDS = (("left_wrist", "left_shoulder"), ("right_wrist", "right_shoulder"), ("left_ankle", "left_hip"),
        ("right_ankle", "right_hip"))  # fmt: skip


def some_poses(motion: Motion) -> Doubles:
    """World positions ``(P, J, 3)`` of all joints in poses that lie evenly over a motion."""
    frames = np.unique(np.linspace(0, len(motion) - 1, POSES).round().astype(int))
    positions, _ = forward(motion.skeleton, motion.translation[frames], motion.rotations[frames])
    return positions.astype(np.float64)


def require_wrists(joints: Mapping[str, str]) -> None:
    """Refuse the map of a figure without hands as a source of motion.

    Raises
    ------
    MotionError
    """
    absent = [f"{side}_wrist" for side in SIDES if f"{side}_wrist" not in joints]
    if absent:
        raise MotionError(
            f"no joint found for {', '.join(absent)}, without which the motion of the forearms is not known. Say which "
            "joint it is in a TOML file (--map; 'choreo convert --show-map' prints one)."
        )


def end_gaps(at: Mapping[str, Doubles], motion: Motion) -> dict[str, float]:
    """Mean distance of each wrist and ankle from where the source ``{name: (T, 3)}`` has it, as a share of the height.

    Each is seen from the root of its limb, in lengths of the limb, since arms and legs of two people differ.
    """
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    own = {name: positions[:, k].astype(np.float64) for k, name in enumerate(NAMES)}
    gaps = {}
    for end, root in LIMB_ENDS:
        middle = end.replace("wrist", "elbow").replace("ankle", "knee")
        sizes = [
            sum(float(np.median(np.linalg.norm(p[a] - p[b], axis=-1))) for a, b in ((root, middle), (middle, end)))
            for p in (at, own)
        ]
        theirs = (at[end] - at[root]) * (sizes[1] / max(sizes[0], 1e-9))
        gaps[end] = float(np.linalg.norm(own[end] - own[root] - theirs, axis=-1).mean()) / HEIGHT
    return gaps


def end_error(at: Mapping[str, Doubles], motion: Motion) -> float:
    """Mean of `end_gaps`."""
    return float(np.mean(list(end_gaps(at, motion).values())))


def require_fit(at: Mapping[str, Doubles], motion: Motion, joints: Mapping[str, str], family: str) -> None:
    """Refuse a guessed map under which hands and feet end elsewhere than in the source.

    Raises
    ------
    MotionError
        Which, and how far off.
    """
    gaps = end_gaps(at, motion)
    error = float(np.mean(list(gaps.values())))
    if error <= UNFIT:
        return
    worst = sorted(gaps, key=lambda name: -gaps[name])[:2]
    named = ", ".join(f"{name} ({joints[name]!r}) {gaps[name]:.0%}" for name in worst)
    raise MotionError(
        f"the joints as they were guessed (names of {family}) do not fit: hands and feet end {error:.0%} of the height "
        f"from where they are in the file, at most {UNFIT:.0%} is usual; farthest are {named}. Say which joint is "
        "which in a TOML file (--map; 'choreo convert --show-map' prints one)."
    )
