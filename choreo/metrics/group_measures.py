"""Measures of several dancers for an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from choreo.metrics.group import LONGEST, PUBLISHED_FPS, group_motion_correlation, trajectory_intersections
from choreo.metrics.reference import joint_positions
from choreo.metrics.report import Measure, measure
from choreo.motion.joint_arrays import JointArray
from choreo.motion.repair import sliced
from choreo.motion.resample import resample
from choreo.types import Motion


def group_measures(dancers: Sequence[Motion | JointArray]) -> tuple[list[Measure], dict[str, Any]]:
    """GMC and TIF of what two or more dance at the same time, at the rate of the published data; nothing to plot.

    What is after the shortest motion is left out. Arrays of joint positions have no bodies that could meet.
    """
    positions = [joint_positions(each, PUBLISHED_FPS) for each in dancers]
    count = min(map(len, positions))
    correlation, lacking = float("nan"), f"groups of up to {LONGEST / PUBLISHED_FPS / 60:.0f} minutes are measured"
    if count <= LONGEST:
        correlation = group_motion_correlation([each[:count] for each in positions], PUBLISHED_FPS)
        lacking = "three frames of every dancer"
    bodies = [resample(each, PUBLISHED_FPS) for each in dancers if isinstance(each, Motion)]
    met = float("nan")
    if len(bodies) == len(dancers):
        met = trajectory_intersections([sliced(each, 0, min(map(len, bodies))) for each in bodies])
    found = [
        measure("group_motion_correlation", "group", "GMC", correlation, lacking,
                note="at 30 frames a second; compares groups that dance the same song"),
        measure("trajectory_intersections", "group", "TIF", met, "motions with bodies, not joint positions",
                unit="a frame", good="0"),
    ]  # fmt: skip
    return found, {}


__all__ = ["group_measures"]
