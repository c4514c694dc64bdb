"""A dance filmed while it is still being stitched: scenes of neighbouring frames, with the pictures of the whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from choreo import plugins
from choreo.motion.repair import sliced
from choreo.motion.skeleton import CANONICAL
from choreo.planfile.slices import part_seconds
from choreo.protocols import UnfoldingRenderer
from choreo.synthesis.joining import GrowingDance
from choreo.types import Body, CameraPath, ChoreographyPlan, Motion, Scene, Timeline
from choreo.video.bodies import with_fingers
from choreo.video.camera import follow_camera, follow_reach
from choreo.video.director import film_shots, placed_shots
from choreo.video.face import face_of
from choreo.video.lights import stage_lights
from choreo.video.look import STAGE, Look
from choreo.video.scene import poses_at
from choreo.video.shots import ShotType

FIRST, LONGEST = 5.0, 60.0
"""Seconds of the first scene and of the longest: each is twice as long as the one before."""
SPARE = 1.0
"""Seconds that are danced further: loops and contact sheets have fewer frames a second than the video."""


def can_unfold(look: Look, body: Body, dancers: int) -> bool:
    """Whether a frame's picture follows from what is danced some seconds before and after it.

    So it is for one dancer, unless the camera is fixed, which sees all of the dance. Several dancers are spaced by the
    whole of it, and on other bones the signs of quaternions follow from the frames before.
    """
    plain = (
        dancers == 1
        and look.camera in ("follow", "director")
        and np.array_equal(body.skeleton.offsets[: len(CANONICAL)], CANONICAL.offsets)
    )
    return bool(plain and isinstance(plugins.load("renderers", look.renderer), UnfoldingRenderer))


def seen_until(plan: ChoreographyPlan, look: Look) -> float | None:
    """Seconds of the whole dance from which the pictures of a slice follow; None where they follow from all of it.

    A camera that follows is led by what is danced shortly after a picture. A director divides the whole dance into
    shots, and a fixed camera sees all of it.
    """
    part = part_seconds(plan)
    if part is None or look.camera != "follow":
        return None
    return part[1] + follow_reach(look.video_fps) / look.video_fps + SPARE


def unfolding_scenes(
    dance: GrowingDance, body: Body, look: Look, timeline: Timeline, count: int, part: tuple[int, int] | None = None
) -> Iterator[Scene]:
    """Scenes of neighbouring frames; what a scene needs of the dance is stitched when it is asked for.

    Parameters
    ----------
    timeline
        Of the whole dance.
    count
        Frames of the whole video.
    part
        First and past-last of the frames that are shown; all when None.

    Yields
    ------
    Scene
        Some seconds, whose frames are those of `choreo.pipeline.dance_to_files.look_scene`.
    """
    fps, seconds = look.video_fps, FIRST
    first, until = (0, count) if part is None else part
    width, height = look.width, look.height
    reach, directed = follow_reach(fps), look.camera == "director"

    def posed_at(frames: range) -> list[Motion]:
        times = np.arange(frames.start, frames.stop) / fps
        # The poses of a frame lie between two frames of the dance.
        known = int(times[0] * dance.fps)
        return [poses_at(dance.part(known, int(times[-1] * dance.fps) + 2), times, fps, known)]

    coming = placed_shots(timeline, count, fps, posed_at)
    shots: list[tuple[ShotType, range]] = []
    while first < until:
        last = min(first + max(1, round(seconds * fps)), until)
        # A shot is filmed as a whole; a camera that follows knows what is danced around a frame.
        begin, end = max(first - reach, 0), min(last + reach, count)
        if directed:
            while not shots or shots[-1][1].stop < last:
                shots.append(next(coming))
            shots = [shot for shot in shots if shot[1].stop > first]
            begin, end = shots[0][1].start, shots[-1][1].stop
        (posed,) = posed_at(range(begin, end))
        if directed:
            path = film_shots(shots, [posed], width=width, height=height, fps=fps)
        else:
            path = follow_camera([posed], width=width, height=height, fps=fps)
        own = slice(first - begin, last - begin)
        times, shown = np.arange(first, last) / fps, sliced(posed, own.start, own.stop)
        lights = None
        if look.lights == STAGE:
            lights = stage_lights(timeline, times, flashes=look.flashes == "on", end=(count - 1) / fps)
        face = None if body.face is None else face_of(shown, times, eye=path.eye[own], timeline=timeline)
        yield Scene(
            ((body, with_fingers(shown, body, face)),),
            CameraPath(path.eye[own], path.target[own], path.fov_y),
            fps,
            width,
            height,
            timeline=timeline,
            clock=np.arange(first, last) / fps,
            lights=lights,
            floor=look.floor,
            place=look.place,
        )
        first, seconds = last, min(2 * seconds, LONGEST)


__all__ = ["can_unfold", "seen_until", "unfolding_scenes"]
