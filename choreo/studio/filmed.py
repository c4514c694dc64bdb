"""The film of a dance for the page: where the director's camera is in every frame, and the lights of the stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.studio.wire import framed
from choreo.types import Body, Motion, Timeline
from choreo.video.bodies import fit_motion
from choreo.video.camera import FLESH, FOV_Y
from choreo.video.cuts import placed_shots, whole_dance
from choreo.video.director import film_shots
from choreo.video.outline import outlines_of
from choreo.video.scene import frame_count, poses_at
from choreo.viewer.blob import Pack
from choreo.viewer.pack import FPS, lights_json

WIDTH, HEIGHT = 16, 9
"""The picture that is filmed for; how much of it a camera must show depends on its shape, not on its size."""


def film_frame(
    motions: Sequence[Motion], body: Body, timeline: Timeline, start: float, number: int | None, revision: int
) -> bytes:
    """Camera and lights of a whole dance, as `choreo.video.scene.build_scene` has them for a film of 16:9.

    Parameters
    ----------
    motions
        Of the whole dance, one a dancer.
    timeline
        What is danced when, in seconds of the dance.
    start
        Second of the song at the dance's first frame.
    number, revision
        Of the ask, and of the dance.

    Returns
    -------
    bytes
        As `choreo.studio.wire.framed`: a head with ``start``, ``fps``, ``frames``, ``fov`` (radians, up and down), the
        ``shots`` ``[first frame, name]``, the ``lights`` of `choreo.viewer.pack.lights_json`, and where the arrays
        ``eye`` and ``target`` are, ``(T, 3) float32`` metres.
    """
    danced = [fit_motion(motion, body, timeline, dancer) for dancer, motion in enumerate(motions)]
    fps = min(FPS, *(motion.fps for motion in danced))
    count = frame_count(danced, fps)
    times = np.arange(count) / fps
    posed = [poses_at(motion, times, fps) for motion in danced]
    shots = list(placed_shots(timeline, count, fps, whole_dance(posed)))
    path = film_shots(
        shots, posed, width=WIDTH, height=HEIGHT, fps=fps, outlines=outlines_of([body] * len(posed), FLESH)
    )  # fmt: skip
    pack = Pack()
    head = {
        "id": number,
        "revision": revision,
        "kind": "film",
        "start": start,
        "fps": fps,
        "frames": count,
        "fov": FOV_Y,
        "shots": [[span.start, kind.name] for kind, span in shots],
        "lights": lights_json(timeline) if timeline.steps else None,
        "eye": pack.add(path.eye),
        "target": pack.add(path.target),
    }
    return framed(head, pack)


__all__ = ["film_frame"]
