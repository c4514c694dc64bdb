"""Landmarks of a video become positions in space: one person's bones, standing on a floor, seen by one camera.

First the person is placed before the camera so that the net's guess of the pose is seen where the landmarks are. Then
all points are moved so that they are seen there, bones keep their lengths and nothing trembles (`lifting_fit`). What
stands in the picture then gives the floor (`lifting_camera`), and the fit is done again with feet that stand on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from choreo.datasets import canonical_takes, shifted
from choreo.motion.families import FAMILIES
from choreo.motion.positions import solved
from choreo.motion.repair import runs, sliced
from choreo.types import Bools, Doubles, Reading, Take
from choreo_video.background import FOCAL
from choreo_video.landmarks import Landmarks
from choreo_video.lifting_body import BONES, FEET, GIVES, LENGTHS, PAIRS, POINTS, joints_of
from choreo_video.lifting_camera import USUAL_PITCH, floor_of, lean_of, placed, to_world, up_of_camera
from choreo_video.lifting_fit import Seen, fitted
from choreo_video.lifting_path import Path, path_of
from choreo_video.lifting_standing import standing
from choreo_video.lifting_tracks import LEAST_SECONDS, Tracks, tracks_of

WINDOW, OVERLAP = 10.0, 1.0
"""Seconds that are fitted at once, and in which one window goes over into the next."""
OWN = 0.2
"""How far the person's own bones are believed as the net has them, beside the usual ones."""
PLACE_SECONDS = 0.1
FIRM = GIVES <= 0.03
"""Bones that tell how large the person is."""
ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Lifted:
    """A person of a video in space.

    positions : (T, J, 3) float64
        Metres, +Y up, the floor at 0, the camera over the origin (where it moves: in one of its frames); a frame each
        ``1 / fps`` seconds.
    names : tuple of str
        Of the J joints, in the words of `choreo.motion.joint_sets`.
    fps, start : float
        Frames a second, and the second of the video at which the first one is.
    confidence : (T, J) float64
        0..1, how well each joint was seen.
    known : (T,) bool
        Frames in which enough of the person was seen; the others are guesses, and are cut out of takes.
    free : (T, J, 3) float64
        The same landmarks in the camera's coordinates (right, up, towards the viewer) before the floor was found.
    focal, pitch, height : float
        Of the camera: focal length in pixels, radians by which it looks down, metres over the floor.
    notes : tuple of str
        What was assumed or left out, for takes' flags.
    """

    positions: Doubles
    names: tuple[str, ...]
    fps: float
    start: float
    confidence: Doubles
    known: Bools
    free: Doubles
    focal: float
    pitch: float
    height: float
    notes: tuple[str, ...] = ()


def lift(landmarks: Landmarks) -> Lifted:
    """Find the motion in space that landmarks show; how the camera moves is told by the background, where there is one.

    The person is taken to be as tall as the canonical skeleton: a picture does not tell a small person from one who is
    far away.

    Raises
    ------
    MotionError
        When the person is never seen well enough for a second.
    """
    tracks = tracks_of(landmarks)
    focal = FOCAL * min(landmarks.size)
    world, lengths = sized(tracks)
    pitch, height = USUAL_PITCH, USUAL_HEIGHT
    for _ in range(2):
        path = path_of(landmarks.background, landmarks.times, pitch, height).at(landmarks.times, tracks.times)
        seen, turned, known = _from_path(tracks, world, focal, path)
        away = _calm(placed(turned, seen.rays, seen.weight**2), tracks.fps)
        points = turned + (away if seen.eye is None else away + seen.eye)[:, None]
        points = free = _windows(points, lengths, seen)
        far = points if seen.eye is None else points - seen.eye[:, None]
        stands = standing(seen.rays, far[..., 2].mean(axis=1), tracks.fps, seen.eye)
        pitch, height = floor_of(points, stands & known[:, None], lean_of(turned))
        if not path.moves:
            break
    over = points[:, FEET] @ up_of_camera(pitch) + height
    stands = stands & (np.abs(over) < OFF)
    seen = replace(seen, up=up_of_camera(pitch), height=height, stands=stands, soles=_soles(over, stands))
    points = joints_of(to_world(_windows(points, lengths, seen), pitch, height))
    cut = float((~known).mean())
    notes = (CAMERAS[path.seen, path.moves], *((f"{100 * cut:.0f} % not seen well enough",) if cut else ()))
    return Lifted(points, POINTS, tracks.fps, tracks.start, tracks.confidence, known, free, focal, pitch, height, notes)


CAMERAS = {
    (False, False): "assumed a camera that stands still",
    (True, False): "the camera stands still",
    (True, True): "the camera moves; its way is that of the background",
}
"""Notes by whether there is a background, and whether it moves."""
USUAL_HEIGHT = 1.3
"""Metres over the floor of a camera of which nothing is known."""
AHEAD = 0.35
"""Cosine of the angle to the camera's middle direction within which somebody must be seen."""


def _from_path(tracks: Tracks, world: Doubles, focal: float, path: Path) -> tuple[Seen, Doubles, Bools]:
    """What is seen, the net's guess ``(T, J, 3)``, and which frames are known, in one frame's coordinates for all."""
    rays, weight, known = tracks.pixels / focal, np.clip(tracks.confidence, LEAST, 1), tracks.known
    eye = None
    if path.moves:
        ways = np.concatenate([rays, -np.ones_like(rays[..., :1])], axis=-1)
        ways = np.einsum("tij,tpj->tpi", path.turns, ways)
        ahead = -ways[..., 2:] / np.linalg.norm(ways, axis=-1, keepdims=True)
        known = known & (ahead[..., 0] > AHEAD).all(axis=1)
        rays = ways[..., :2] / np.maximum(-ways[..., 2:], AHEAD)
        world = np.einsum("tij,tpj->tpi", path.turns, world)
        eye = path.places
    return Seen(rays, weight, world[..., 2], tracks.fps, up_of_camera(0.0), 0.0, eye=eye), world, known


LEAST = 0.05
"""Confidence that also points count with that are not seen: the net's guess is better than none."""
OFF = 0.15
"""Metres from the floor beyond which a foot does not stand, whatever the picture says."""


def sized(tracks: Tracks) -> tuple[Doubles, Doubles]:
    """The net's guess ``(T, J, 3)`` made as large as the canonical skeleton, and lengths ``(B,)`` of the bones."""
    known = tracks.world[tracks.known]
    found = np.median(np.linalg.norm(known[:, BONES[:, 1]] - known[:, BONES[:, 0]], axis=-1), axis=0)
    found = np.maximum((found + found[PAIRS]) / 2, 1e-3)
    size = float(np.exp(np.mean(np.log(LENGTHS / found)[FIRM])))
    return tracks.world * size, (1 - OWN) * LENGTHS + OWN * size * found


def _calm(track: Doubles, fps: float) -> Doubles:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(track, PLACE_SECONDS * fps, axis=0, mode="nearest"))


def _soles(over: Doubles, stands: Bools) -> Doubles:
    """How high each of the feet's landmarks is over the floor while it stands, metres; 0 on the mean."""
    each = np.array([np.median(over[stands[:, k], k]) if stands[:, k].any() else 0.0 for k in range(over.shape[1])])
    return np.asarray(each - each.mean())


def _windows(points: Doubles, lengths: Doubles, seen: Seen) -> Doubles:
    """`fitted`, a window after the other; where two overlap, the one fades into the other."""
    frames, size, lap = len(points), round(WINDOW * seen.fps), round(OVERLAP * seen.fps)
    out = points.copy()
    for first in range(0, max(frames - lap, 1), size - lap):
        part = slice(first, min(first + size, frames))
        stands = None if seen.stands is None else seen.stands[part]
        eye = None if seen.eye is None else seen.eye[part]
        piece = replace(
            seen, rays=seen.rays[part], weight=seen.weight[part], depth=seen.depth[part], stands=stands, eye=eye
        )
        made = fitted(points[part], lengths, piece, ROUNDS)
        if first:
            share = ((np.arange(min(lap, len(made))) + 1) / (lap + 1))[:, None, None]
            ahead = slice(first, first + len(share))
            made[: len(share)] = (1 - share) * out[ahead] + share * made[: len(share)]
        out[part] = made
    return out


def lifted_takes(base: Take, lifted: Lifted) -> Iterator[Take]:
    """Yield the stretches that are known, on the canonical skeleton: repaired, cut, standing on the floor.

    Parameters
    ----------
    base
        Everything of the take but its motion; beats and cuts in seconds of the landmarks' first frame.

    Raises
    ------
    MotionError
        When what was lifted moves as no person does.
    """
    made = solved(lifted.positions, lifted.names, lifted.fps, up="y", unit="m")
    facts = {**base.facts, **made.facts, "confidence": float(lifted.confidence[lifted.known].mean())}
    base = replace(base, flags=(*base.flags, *lifted.notes), facts=facts)
    for first, last in runs(lifted.known & ~made.lost):
        if last - first < LEAST_SECONDS * lifted.fps:
            continue
        part = shifted(
            replace(base, first_frame=round(lifted.start * lifted.fps) + first),
            first / lifted.fps,
            (last - 1) / lifted.fps,
        )
        yield from canonical_takes(
            part, sliced(made.motion, first, last), joints=FAMILIES["canonical"], soles=made.soles[first:last],
            reading=Reading(up="y"),
        )  # fmt: skip


__all__ = ["Lifted", "lift", "lifted_takes"]
