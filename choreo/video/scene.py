"""Bodies, motions and a camera on one clock: the scene that renderers draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.errors import InputError, MotionError
from choreo.motion.blocks import blocks
from choreo.motion.skeleton import CANONICAL
from choreo.types import Body, CameraPath, Doubles, Ints, Motion, Scene, StageLights, Timeline
from choreo.video.bodies import with_fingers
from choreo.video.camera import FLESH, fixed_camera, follow_camera
from choreo.video.director import director_camera
from choreo.video.face import Face, face_of
from choreo.video.lights import stage_lights
from choreo.video.look import CAMERAS, STAGE
from choreo.video.outline import outlines_of
from choreo.video.timeline import moved_timeline


def build_scene(
    motions: Motion | Sequence[Motion],
    bodies: Body | Sequence[Body],
    *,
    fps: float,
    width: int,
    height: int,
    timeline: Timeline | None = None,
    camera: str = "follow",
    lights: bool = False,
    flashes: bool = False,
    floor: str = "lines",
    place: str = STAGE,
    shutter: float = 0.0,
) -> Scene:
    """Put dancers on a floor, with a camera and lights.

    Parameters
    ----------
    motions, bodies
        One of each, or as many bodies as motions (one body may serve all). The bone lengths of a motion
        are its body's (``choreo.video.bodies.fit_bones``); fingers, and a face that knows the camera, are added
        here. Shorter motions hold their last pose.
    fps
        Frames per second of the video; frame ``k`` shows the pose at ``k / fps`` seconds.
    width, height
        Pixels.
    timeline
        What happens when, for renderers that show it, and for the camera and the lights that go with it.
    camera
        One of `choreo.video.look.CAMERAS`.
    lights
        Whether the lights go with sections, energy and beats; without a timeline they never do.
    flashes
        Whether the lights may flash on every beat.
    floor, place
        One of `choreo.video.look.FLOORS`, and one of `choreo.video.look.SETS`.
    shutter
        Share of a frame's time for which what moves is blurred, by renderers that can.

    Raises
    ------
    InputError
        When the size, the rate, the number of bodies or the camera makes no sense.
    MotionError
        When a motion is not on its body's skeleton.
    """
    dancers = (motions,) if isinstance(motions, Motion) else tuple(motions)
    cast = (bodies,) if isinstance(bodies, Body) else tuple(bodies)
    if len(cast) == 1:
        cast *= len(dancers)
    if not dancers or len(cast) != len(dancers):
        raise InputError(
            f"{len(dancers)} motions and {len(cast)} bodies: want at least one motion, and a body for each"
        )
    if width < 1 or height < 1 or not fps > 0:
        raise InputError(f"size {width}x{height} at {fps} fps: want positive numbers")
    for motion, body in zip(dancers, cast, strict=True):
        joints = len(CANONICAL) if body.fingers is not None else len(body.skeleton)
        same = motion.skeleton.names[:joints] == body.skeleton.names[:joints]
        bones, own = motion.skeleton.offsets[:joints], body.skeleton.offsets[:joints]
        if not same or not np.allclose(bones, own, atol=1e-3):
            raise MotionError(
                f"a motion on {len(motion.skeleton)} joints does not have the bones of the body {body.name!r}. "
                "Fit it with choreo.video.bodies.fit_motion(motion, body) first."
            )
    count = frame_count(dancers, fps)
    times = np.arange(count) / fps
    posed = tuple(poses_at(motion, times, fps) for motion in dancers)
    path = _camera(camera, posed, cast, width, height, fps, timeline)
    lit = None
    if lights and timeline is not None:
        lit = stage_lights(timeline, times, flashes=flashes, end=float(times[-1]))
    performers = tuple(
        (body, with_fingers(motion, body, _face(motion, body, times, path, timeline, number)))
        for number, (body, motion) in enumerate(zip(cast, posed, strict=True))
    )
    return Scene(performers, path, fps, width, height, timeline, lights=lit, floor=floor, place=place, shutter=shutter)


def _face(
    motion: Motion, body: Body, times: Doubles, camera: CameraPath, timeline: Timeline | None, dancer: int
) -> Face | None:
    """What the face of a dancer does, where the body has one that moves and the motion does not have it yet."""
    if body.face is None or len(motion.skeleton) != len(CANONICAL):
        return None
    return face_of(motion, times, eye=camera.eye, timeline=timeline, dancer=dancer)


def _camera(
    name: str,
    posed: Sequence[Motion],
    cast: Sequence[Body],
    width: int,
    height: int,
    fps: float,
    timeline: Timeline | None,
) -> CameraPath:
    if name not in CAMERAS:
        raise InputError(f"camera {name!r}: want {', '.join(CAMERAS)}")
    outlines = outlines_of(cast, FLESH)
    if name == "fixed":
        return fixed_camera(posed, width=width, height=height, outlines=outlines)
    if name == "director":
        return director_camera(posed, width=width, height=height, fps=fps, timeline=timeline, outlines=outlines)
    return follow_camera(posed, width=width, height=height, fps=fps, outlines=outlines)


def frame_count(motions: Sequence[Motion], fps: float) -> int:
    """How many frames a video of these motions has."""
    return frames_within(max(motion.duration for motion in motions), fps)


def frames_within(seconds: float, fps: float) -> int:
    """How many frames a video has whose last is not later than `seconds`."""
    return int(np.floor(seconds * fps + 1e-6)) + 1


def some_frames(scene: Scene, chosen: Ints) -> Scene:
    """Frames of a scene by number, seen by the camera as they would be in the film.

    Parameters
    ----------
    chosen : (N,)
        Frame numbers.
    """
    picked = tuple(
        (body, replace(
            motion, translation=motion.translation[chosen], rotations=motion.rotations[chosen],
            contacts=None if motion.contacts is None else motion.contacts[chosen],
            hands=None if motion.hands is None else motion.hands[chosen],
        ))
        for body, motion in scene.performers
    )  # fmt: skip
    camera = CameraPath(scene.camera.eye[chosen], scene.camera.target[chosen], scene.camera.fov_y)
    lights = scene.lights
    if lights is not None:
        lights = StageLights(lights.key[chosen], lights.rims[chosen], lights.glow[chosen], lights.level[chosen])
    return replace(scene, performers=picked, camera=camera, clock=scene.times[chosen], lights=lights)


def part_of_scene(scene: Scene, first: int, last: int) -> Scene:
    """Frames `first` to `last` (not with it) as a scene of their own: seen, lit and counted as in the whole."""
    if (first, last) == (0, len(scene)):
        return scene
    timeline = None if scene.timeline is None else moved_timeline(scene.timeline, -first / scene.fps)
    return replace(some_frames(scene, np.arange(first, last)), clock=None, timeline=timeline)


def poses_at(motion: Motion, times: Doubles, fps: float, begin: int = 0) -> Motion:
    """Poses at absolute times, the ends held.

    Parameters
    ----------
    times : (N,)
        Seconds from the start of the motion.
    fps
        Rate that the result says it has.
    begin
        Frame of a longer motion that is the first of this one; `times` are then those of the longer one.
    """
    frame = np.clip(np.asarray(times) * motion.fps, begin, begin + len(motion) - 1)
    translation = np.empty((len(frame), 3), np.float32)
    rotations = np.empty((len(frame), len(motion.skeleton), 4), np.float32)
    for block in blocks(len(frame)):
        translation[block], rotations[block] = _between(motion, frame[block], begin)
    near = np.rint(frame).astype(np.int64) - begin
    contacts = None if motion.contacts is None else motion.contacts[near]
    hands = None if motion.hands is None else motion.hands[near]
    return Motion(motion.skeleton, fps, translation, rotations, contacts, hands)


def _between(motion: Motion, frame: Doubles, begin: int) -> tuple[Doubles, Doubles]:
    """Root ``(N, 3)`` and rotations ``(N, J, 4)`` at ``frame : (N,)``, which may lie between two, from `begin` on."""
    first = np.minimum(frame.astype(np.int64) - begin, max(len(motion) - 2, 0))
    second = np.minimum(first + 1, len(motion) - 1)
    part = (frame - (first + begin))[:, None]
    translation = (1 - part) * motion.translation[first] + part * motion.translation[second]
    start, end = motion.rotations[first].astype(np.float64), motion.rotations[second].astype(np.float64)
    end = np.where(np.sum(start * end, axis=-1, keepdims=True) < 0, -end, end)
    # Neighbouring frames differ by a few degrees, where normalised interpolation is slerp to 1e-4.
    rotations = (1 - part[..., None]) * start + part[..., None] * end
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    return translation, rotations
