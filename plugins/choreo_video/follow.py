"""Video to landmarks: people are found, followed from picture to picture, lost, found again, and cut into takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from choreo.errors import MotionError
from choreo_video.background import Moves
from choreo_video.landmarks import CONFIDENT, Landmarks
from choreo_video.pictures import pictures, seconds_of
from choreo_video.region import Region, whole
from choreo_video.shots import Shots
from choreo_video.takes import takes_of
from choreo_video.tracks import NEW, Track, look_of, meeting, same_person

if TYPE_CHECKING:
    from choreo.types import Bytes, Doubles
    from choreo_video.detector import Detection
    from choreo_video.landmark_net import Pose
    from choreo_video.nets import Nets
    from choreo_video.pictures import Picture

LOOK_EVERY, LOOK_AGAIN = 0.5, 0.1
"""Seconds after which the whole picture is searched for people who are not followed yet, and while somebody is lost."""
PEOPLE = 6
"""People who are followed at once; of a crowd those whom the detector is surest of."""
AROUND_LOST = 1.6
"""Side of the square that is searched for somebody who was lost, by that in which the body was."""
SMALL = 0.5
"""Side of the smallest squares that are searched, by the picture's shorter side."""
REMEMBERED = 2.0
"""Seconds for which somebody who is lost is known again."""
STRANGER = 1.0
"""How unlike the one who was lost somebody may be to be taken for the same; see `Track.strange`."""
SWAPPED = 0.4
"""How much better looks must fit the other way round for two who met to be swapped."""


def follow(
    path: Path,
    *,
    person: int | None = None,
    model: str | Path | None = None,
    hands: bool = False,
    progress: Callable[[float], None] | None = None,
) -> list[Landmarks]:
    """Takes of the people in a video; see `choreo_video.landmarks_of`."""
    from choreo_video.nets import Nets

    if person is not None and person < 1:
        raise MotionError(f"person: found {person}, expected 1 or more; 1 is who dances most.")
    long = seconds_of(path)
    nets = Nets(model, hands=hands)
    shots, follower = Shots(), Follower(nets, hands=hands)
    found: list[Landmarks] = []
    cuts: list[float] = []
    count, size, start = 0, None, None
    for picture in pictures(path):
        start = picture.time if start is None else start
        cut = shots.begins(picture.pixels)
        if (cut or picture.size != size) and count:
            found += follower.end(len(cuts))
            cuts.append(picture.time)
        follower.see(picture)
        count, size = count + 1, picture.size
        if progress is not None:
            progress(min((picture.time - start) / long, 1.0) if long else 0.0)
    found += follower.end(len(cuts))
    if not found:
        raise MotionError(_nobody(path, count, follower.glimpsed))
    kept = [replace(take, cuts=tuple(cuts), source=str(path)) for take in found if person in (None, take.person)]
    if not kept:
        raise MotionError(f"{path}: person {person}: at most {max(take.person for take in found)} are seen in a shot.")
    return kept


def _nobody(path: Path, count: int, glimpsed: bool) -> str:
    if count == 1:
        return f"{path}: has one picture, and there is no motion in it."
    if glimpsed:
        return f"{path}: a person is seen in it, but never long enough to dance."
    return f"{path}: no person is found in its {count:,} pictures. The whole body should be seen, and not very small."


class Follower:
    """Follows all people of a shot; `glimpsed` is whether there ever was anybody."""

    def __init__(self, nets: Nets, *, hands: bool = False) -> None:
        self._nets, self._hands = nets, hands
        self.glimpsed = False
        self._clear()

    def _clear(self) -> None:
        self._tracks: list[Track] = []
        self._times: list[float] = []
        self._searched = -math.inf
        self._swept, self._part = False, 0
        self._scale, self._size = 1.0, (1, 1)
        self._moves = Moves()

    def end(self, shot: int) -> list[Landmarks]:
        """Takes of the shot that ends here, the one who dances most first; a new shot begins."""
        times = np.array(self._times)
        ranked = sorted(self._tracks, key=lambda track: (-track.dancing(times), track.number))
        scale, size, hands = self._scale, self._size, self._hands
        moves = self._moves.background()
        found = [(track, takes_of(track, times, scale, size, hands=hands, background=moves)) for track in ranked]
        self._clear()
        people = [takes for _, takes in found if takes]
        return [
            replace(take, person=number, shot=shot) for number, takes in enumerate(people, start=1) for take in takes
        ]

    def see(self, picture: Picture) -> None:
        """Find everybody in the next picture."""
        index, time, pixels = len(self._times), picture.time, picture.pixels
        self._times.append(time)
        self._scale, self._size = picture.scale, picture.size
        here: dict[int, tuple[Track, Pose, Doubles]] = {}
        active = [track for track in self._tracks if index - 1 in track.seen]
        for track in active:
            pose = self._nets.pose(pixels, track.region)
            if _is_there(pose, pixels):
                here[track.number] = track, pose, look_of(pixels, pose.image)
        _unswap(here)
        _part(here)
        lost = [t for t in self._tracks if t.number not in here and time - t.last < REMEMBERED]
        wait = LOOK_AGAIN if lost else LOOK_EVERY
        if not here or any(track in active for track in lost) or time - self._searched >= wait:
            self._search(time, pixels, here, lost, index)
        self._moves.see(pixels, [pose.image for _, pose, _ in here.values()])
        for track, pose, look in here.values():
            track.add(index, time, pose, look)
            self.glimpsed = True
            if self._hands:
                self._see_hands(index, pixels, track, pose)

    def _search(
        self, time: float, pixels: Bytes, here: dict[int, tuple[Track, Pose, Doubles]], lost: list[Track], index: int
    ) -> None:
        """Look for people who are not followed: in all of the picture, where somebody was lost, and in parts of it.

        One part is searched each time, since each takes as long as the whole; all of them once, when the first person
        of a shot is found.
        """
        self._searched = time
        self._meet(pixels, self._nets.people(pixels), time, here, lost)
        for track in lost[:1]:
            square = replace(track.region, side=AROUND_LOST * track.region.side, angle=0.0)
            self._meet(pixels, self._nets.people(pixels, square), time, here, lost)
        if not here:
            places = list(_places(pixels))
            self._meet(pixels, self._nets.people(pixels, places[index % len(places)]), time, here, lost)
        elif not lost:
            height, width = pixels.shape[:2]
            parts = list(_grid(width, height, SMALL * min(width, height)))
            for part in parts[self._part : self._part + 1] if self._swept else parts:
                self._meet(pixels, self._nets.people(pixels, part), time, here, lost)
            self._swept, self._part = True, (self._part + 1) % len(parts)

    def _meet(
        self,
        pixels: Bytes,
        found: list[Detection],
        time: float,
        here: dict[int, tuple[Track, Pose, Doubles]],
        lost: list[Track],
    ) -> None:
        """Take those who were found and are not followed for somebody who was lost, or for somebody new."""
        for each in found:
            if len(here) >= PEOPLE or not each.region.usable:
                continue
            pose = self._nets.pose(pixels, each.region)
            if not _is_there(pose, pixels) or any(
                same_person(pose.image, other.image, other.next.side, NEW) for _, other, _ in here.values()
            ):
                continue
            look = look_of(pixels, pose.image)
            strange = [track.strange(pose, look) for track in lost]
            if strange and min(strange) < STRANGER:
                known = lost.pop(int(np.argmin(strange)))
            else:
                known = Track(len(self._tracks), pose.next, look, time)
                self._tracks.append(known)
            here[known.number] = known, pose, look

    def _see_hands(self, index: int, pixels: Bytes, track: Track, pose: Pose) -> None:
        """Find the hands of a person."""
        from choreo_video.hand_net import LEAST, POINTS, hand_region

        out = np.full((2, POINTS, 3), np.nan, np.float32)
        for side in (0, 1):
            region = hand_region(pose.image, side)
            if not region.usable:
                continue
            hand = self._nets.hand(pixels, region)
            if hand.score >= LEAST:
                out[side] = hand.image
        track.hands[index] = out


def _is_there(pose: Pose, pixels: Bytes) -> bool:
    """Whether a pose is of a person who is at least partly in the picture."""
    height, width = pixels.shape[:2]
    square = pose.next
    inside = -0.25 * square.side < square.x < width + 0.25 * square.side
    inside = inside and -0.25 * square.side < square.y < height + 0.25 * square.side
    return pose.score >= CONFIDENT and square.usable and inside and square.side < 6 * max(width, height)


def _places(pixels: Bytes) -> Iterator[Region]:
    """Squares in which somebody may be who is not found in the whole: at the side, not upright, or small."""
    height, width = pixels.shape[:2]
    everything, short = whole(pixels), float(min(width, height))
    yield replace(everything, angle=math.pi)
    yield from _grid(width, height, 0.8 * short)
    yield replace(everything, angle=math.pi / 2)
    yield replace(everything, angle=-math.pi / 2)
    yield from _grid(width, height, SMALL * short)


def _grid(width: int, height: int, side: float) -> Iterator[Region]:
    """Squares of a side that cover a picture and overlap by a quarter or more."""
    across, down = (max(1, math.ceil((long - side) / (0.75 * side)) + 1) for long in (width, height))
    for number in range(across * down):
        place = [
            long / 2 if count == 1 else side / 2 + (long - side) * at / (count - 1)
            for long, count, at in ((width, across, number % across), (height, down, number // across))
        ]
        yield Region(place[0], place[1], side)


def _part(here: dict[int, tuple[Track, Pose, Doubles]]) -> None:
    """Where two are found on one body, it is of the one that it fits better; the other is lost."""
    numbers = sorted(here)
    for place, first in enumerate(numbers):
        for second in numbers[place + 1 :]:
            if first not in here or second not in here:
                continue
            (one, pose, look), (other, pose_too, look_too) = here[first], here[second]
            if same_person(pose.image, pose_too.image, pose.next.side):
                del here[second if one.strange(pose, look) <= other.strange(pose_too, look_too) else first]


def _unswap(here: dict[int, tuple[Track, Pose, Doubles]]) -> None:
    """Where two meet and each has the other's looks, they are swapped."""
    numbers = sorted(here)
    for place, first in enumerate(numbers):
        for second in numbers[place + 1 :]:
            (one, pose, look), (other, pose_too, look_too) = here[first], here[second]
            if not meeting(pose.next, pose_too.next):
                continue
            as_is = np.abs(look - one.look).sum() + np.abs(look_too - other.look).sum()
            turned = np.abs(look_too - one.look).sum() + np.abs(look - other.look).sum()
            if 0.5 * (as_is - turned) > SWAPPED:
                here[first], here[second] = (one, pose_too, look_too), (other, pose, look)


__all__ = ["Follower", "follow"]
