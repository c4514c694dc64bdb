"""Landmarks in JSON: what OpenPose, MediaPipe, MMPose and the like write, one file for all frames or one for each.

None of these has a fixed form but OpenPose's, so the poses are looked for: a pose is a list of points, a point has
``x``, ``y`` and ``z``, and the names of what is around them say whether they are points in space or in a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign import read_json
from choreo.motion.joint_sets import SETS
from choreo_positions.recorded import MOST_VALUES, Recorded, from_numbers

SPACE = {
    "poseworldlandmarks", "worldlandmarks", "posekeypoints3d", "bodykeypoints3d", "keypoints3d", "joints3d", "pose3d",
    "landmarks3d", "joints", "positions", "keypoints",
}  # fmt: skip
"""Names of poses in space, small letters without signs; ``keypoints`` where its points have three numbers."""
PICTURE = {"poselandmarks", "landmarks", "posekeypoints2d", "bodykeypoints2d", "keypoints2d"}
PEOPLE = ("people", "instances", "persons", "results", "poses")
FRAMES = ("frames", "instanceinfo", "data", "results", "annotations", "poses")
RATES = ("fps", "framerate", "videofps", "rate")
ONE_OF_MANY = re.compile(r"(.*?)[_-]?(\d{3,})(_keypoints)?\.json", re.IGNORECASE)
"""Name of the file of one frame: OpenPose's ``dance_000000000012_keypoints.json``, ``frame_0012.json``."""
TRIED = 3
"""Files of those that differ in a number that are looked into."""
MOST_PEOPLE = 100
LEAST_POINTS = 12
SIZES = {len(each) for each in SETS.values()}


def plain(key: object) -> str:
    """Name without signs, in small letters."""
    return re.sub(r"[^a-z0-9]", "", str(key).lower())


@lru_cache(maxsize=16)
def _frame_files(folder: Path, changed: int) -> Mapping[str, tuple[Path, ...]]:
    """Files of single frames in a folder, in order, by what stands before their numbers; `changed` is its time."""
    numbered = numbered_files(folder).items()
    return {start: files for start, files in numbered if any(_is_frame(file) for file in files[:TRIED])}


def numbered_files(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Files of a folder that differ in a number, in its order, by what stands before it: frames, or recordings."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for file in folder.iterdir():
        if (match := ONE_OF_MANY.fullmatch(file.name)) and len(match[2]) < 20:
            found.setdefault(match[1], []).append((int(match[2]), file))
    return {start: tuple(file for _, file in sorted(files)) for start, files in found.items() if len(files) > 1}


def _is_frame(path: Path) -> bool:
    """Whether a file holds one frame, not a recording of its own that is numbered."""
    try:
        return len(list(islice(_frames(read_json(path, kind=MotionError)), 2))) == 1
    except MotionError:
        return False


def sequence_of(path: Path) -> tuple[Path, ...]:
    """All files of the recording that a file is of: its frames, or itself."""
    match = ONE_OF_MANY.fullmatch(path.name)
    if match is None:
        return (path,)
    try:
        files = _frame_files(path.parent, path.parent.stat().st_mtime_ns).get(match[1], ())
    except OSError:
        return (path,)
    return files if path in files else (path,)


def read_landmarks(path: Path) -> Recorded:
    """Poses of all frames of a JSON file, or of the files of single frames that it is one of.

    Raises
    ------
    MotionError
        When a file cannot be read, or there are no poses in space.
    """
    files = sequence_of(path)
    first = read_json(path, kind=MotionError)
    rate: float | None = None
    if len(files) > 1:
        frames = [read_json(file, kind=MotionError) for file in files]
    else:
        frames = list(_frames(first))
        rate = _rate(first)
    people = [list(_poses(frame))[:MOST_PEOPLE] for frame in frames]
    if not any(people):
        raise MotionError(f"{path}: {_why(frames)}")
    positions, names = _one_person(path, people)
    several = ("assumed one of several people",) if max(map(len, people)) > 1 else ()
    return Recorded(positions, names, rate, flags=several)


def _frames(document: Any) -> Iterator[Any]:
    """What may be frames."""
    if isinstance(document, Mapping):
        by_name = {plain(key): value for key, value in document.items()}
        listed = next((by_name[key] for key in FRAMES if isinstance(by_name.get(key), list) and by_name[key]), None)
        if listed is not None and not any(key in by_name for key in SPACE | PICTURE):
            yield from listed if _points(listed) is None else [listed]
        elif document and all(str(key).isdecimal() and len(str(key)) < 20 for key in document):
            yield from (document[key] for key in sorted(document, key=int))
        elif any(_listed_frames(by_name.get(key)) for key in SPACE):
            yield from next(by_name[key] for key in SPACE if _listed_frames(by_name.get(key)))
        else:
            yield document
    elif isinstance(document, list) and _points(document) is None:
        yield from document
    else:
        yield document


def _listed_frames(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(_points(each) is not None for each in value[:2])


def _poses(node: Any, depth: int = 0) -> Iterator[np.ndarray | tuple[np.ndarray, tuple[str, ...]]]:
    """Poses in space within one frame."""
    if depth > 4:
        return
    if isinstance(node, list):
        pose = _points(node)
        if pose is not None:
            yield pose
        else:
            for each in node[:MOST_PEOPLE]:
                yield from _poses(each, depth + 1)
    elif isinstance(node, Mapping):
        by_name = {plain(key): value for key, value in node.items()}
        for key in (*sorted(SPACE), *PEOPLE):
            if isinstance(by_name.get(key), list | dict):
                found = list(_poses(by_name[key], depth + 1))
                yield from found
                if found:
                    return


def _points(node: Any) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """A pose ``(J, 4)`` with confidence and the names of its points, if a list is one."""
    if not isinstance(node, list) or len(node) < LEAST_POINTS:
        return None
    first = node[0]
    try:
        if isinstance(first, Mapping):
            rows = [[each["x"], each["y"], each["z"], _seen(each)] for each in node]
            names = tuple(str(each.get("name", "")) for each in node)
            return np.array(rows, np.float64), names if all(names) else ()
        if isinstance(first, list) and len(first) in (3, 4):
            rows = [[*each[:3], each[3] if len(first) == 4 else 1.0] for each in node]
            return np.array(rows, np.float64), ()
        if isinstance(first, int | float):
            size = 4 if len(node) % 4 == 0 and len(node) // 4 in SIZES else 3
            flat = np.array(node, np.float64).reshape(-1, size)
            return (flat if size == 4 else np.insert(flat, 3, 1.0, axis=1)), ()
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError):
        return None
    return None


def _seen(point: Mapping[str, Any]) -> float:
    return float(next((point[key] for key in ("visibility", "score", "confidence") if key in point), 1.0))


def _rate(document: Any) -> float | None:
    if isinstance(document, Mapping):
        for key, value in document.items():
            if plain(key) in RATES and isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
    return None


def _why(frames: Sequence[Any]) -> str:
    """Why there is nothing to read."""

    def picture(node: Any, depth: int = 0) -> bool:
        if depth > 4:
            return False
        if isinstance(node, Mapping):
            return any(plain(key) in PICTURE or picture(value, depth + 1) for key, value in node.items())
        return isinstance(node, list) and any(picture(each, depth + 1) for each in node[:3])

    if any(picture(frame) for frame in frames[:100]):
        return (
            "has only positions in a picture (2D); positions in space (3D) are needed: MediaPipe's world landmarks, "
            "OpenPose with --3d, or a pose that was lifted to 3D."
        )
    return "no poses found, expected landmarks with x, y and z for each frame."


def _one_person(path: Path, people: Sequence[Sequence[Any]]) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """One person's positions ``(T, J, 3)``: in each frame who is nearest to where the person was before."""
    first, names = next(poses[0] for poses in people if poses)
    count = len(first)
    if len(people) * count * 4 > MOST_VALUES:
        raise MotionError(
            f"{path}: {len(people):,} frames of {count} points, expected at most {MOST_VALUES:,} numbers."
        )
    out = np.full((len(people), count, 3), np.nan)
    last = first
    for number, poses in enumerate(people):
        fitting = [pose for pose, _ in poses if len(pose) == count]
        if fitting:
            last = min(fitting, key=lambda pose: float(np.nan_to_num(np.abs(pose[:, :3] - last[:, :3])).sum()))
            out[number] = from_numbers(last[None], f"{path}: a pose")[0]
    return out, names or None
