"""What a finished dance is held to, measured on the motion itself."""

from __future__ import annotations

import numpy as np

from choreo.motion.contacts import contact_slide, foot_points
from choreo.motion.features import velocities
from choreo.motion.kinematics import forward
from choreo.types import ChoreographyPlan, Motion


def guarantees(motion: Motion, plan: ChoreographyPlan) -> dict[str, float]:
    """Measure a dance.

    Returns
    -------
    ``contact_slide_p95`` m/s of standing soles; ``penetration`` metres under the floor;
    ``largest_drift`` metres from the middle of the stage; ``seam_acceleration`` 95th percentile of end
    effectors' acceleration within 0.15 s of seams over that elsewhere.
    """
    slide = contact_slide(motion)
    points = foot_points(*forward(motion.skeleton, motion.translation, motion.rotations))
    push = np.linalg.norm(np.gradient(velocities(motion), 1 / motion.fps, axis=0), axis=-1).max(axis=-1)
    times = plan.start + np.arange(len(motion)) / motion.fps
    seams = np.array([step.beats[0] for step in plan.steps[1:]])
    near = np.zeros(len(motion), bool)
    for seam in seams:
        near |= np.abs(times - seam) < 0.15
    seam = (
        float(np.quantile(push[near], 0.95) / max(np.quantile(push[~near], 0.95), 1e-6))
        if near.any() and not near.all()
        else 1.0
    )
    return {
        "contact_slide_p95": float(np.quantile(slide, 0.95)) if len(slide) else 0.0,
        "penetration": float(max(0.0, -points[..., 1].min())),
        "largest_drift": float(np.linalg.norm(motion.translation[:, [0, 2]], axis=1).max()),
        "seam_acceleration": seam,
    }
