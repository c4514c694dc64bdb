"""Words of a film where no dancer is while they are shown: beside them, above or below, smaller, or at another time.

A card is tried at its own time first, from large letters to small ones and in blocks of several widths. Where letters
would become hard to read there, the time is moved: of a title later, of credits earlier, of both shortened. A card for
which there is no place at all is left out, and that is told: nothing is written over a body.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from choreo.types import Bools, Scene
from choreo.video.free_space import Room, cells_of, free_places, room_of, taken
from choreo.video.lettering import Lettering
from choreo.video.titles import FADE, LINE, SMALLEST, WHOLE_WORDS, Place, TitleCard, is_wide, lines_within

READABLE = 0.024
"""Letters in terms of the picture's smaller side that are small enough to look for another time first."""
TINY = 0.014
"""The same of the smallest letters that are shown."""
STEP, SHIFT, BRIEF = 0.5, 10.0, 2.0
"""Seconds by which the time is moved, at most, and of the shortest card, if it was longer."""
WIDTHS = {True: (0.34, 0.26, 0.2, 0.45, 0.6, 0.84), False: (0.84, 0.6, 0.45, 0.34)}
"""Widths of blocks, as shares, in wide pictures and in others, the preferred ones first."""
EDGE, AIR = 0.03, 0.012
"""Shares of the smaller side: to the picture's edge, and between words and dancers."""
CENTRED = 0.6
"""How small letters become, as a share, before words of upright and square pictures leave the middle."""
CLEAR, CLEARS = 2, 4
"""Cells by which a block is widened to find out how much room is around it, and how often."""


@dataclass(eq=False)
class _Stage:
    """A scene with what of it is known already."""

    scene: Scene
    rooms: dict[int, Room] = field(default_factory=dict)

    def taken(self, card: TitleCard) -> Bools:
        """Cells that dancers touch while a card is shown."""
        first, last = self.frames(card)
        for begin in range(first - first % 30, last, 30):
            if begin not in self.rooms:
                self.rooms[begin] = room_of(self.scene, begin, min(begin + 30, len(self.scene)))
        boxes = [room.within(first, last) for begin, room in sorted(self.rooms.items()) if first - 30 < begin < last]
        return taken(np.concatenate(boxes), self.scene.width, self.scene.height)

    def frames(self, card: TitleCard) -> tuple[int, int]:
        """First and past-last frame in which a card is shown."""
        last = min(int(np.floor(card.end * self.scene.fps + 1e-6)) + 1, len(self.scene))
        return min(max(int(np.ceil(card.start * self.scene.fps - 1e-6)), 0), last - 1), last


def placed_cards(cards: Sequence[TitleCard], scene: Scene) -> tuple[tuple[TitleCard, ...], tuple[TitleCard, ...]]:
    """Give each card a place, and if it needs one another time, where dancers of a scene leave room.

    Cards may be a little of the way into each other in time; then they stand beside each other. Where two follow one
    another and both may stand in the same place, they do.

    Returns
    -------
    placed, left_out
        Cards in their order, and those for which there is no place.
    """
    stage, placed, left_out = _Stage(scene), list[TitleCard](), list[TitleCard]()
    for card in cards:
        found = _placed(card, stage, placed)
        (left_out if found is None else placed).append(found or card)
    return tuple(placed), tuple(left_out)


def unplaced(cards: Sequence[TitleCard]) -> list[str]:
    """What the user should know of cards that were left out."""
    if not cards:
        return []
    named = ", ".join(repr(card.text.split("\n")[0]) for card in cards[:3])
    more = f" and {len(cards) - 3} more" if len(cards) > 3 else ""
    return [f"left out, since the dancers leave no room for words then: {named}{more}; --camera fixed shows more floor"]


def _placed(card: TitleCard, stage: _Stage, others: Sequence[TitleCard]) -> TitleCard | None:
    """A card in the first time at which its letters are easy to read, else in that with the largest letters."""
    fit = _Fit(card, stage.scene)
    best: TitleCard | None = None
    for start, end in times_of(card, len(stage.scene) / stage.scene.fps):
        moved = replace(card, start=start, end=end)
        grid = stage.taken(moved)
        for other in others:
            if other.place is not None and other.start < end and start < other.end:
                box = (other.place.left, other.place.top, other.place.right, other.place.bottom)
                grid = grid | taken([box], stage.scene.width, stage.scene.height)
        place = fit.place(grid, others[-1].place if others and card.fade == others[-1].fade else None)
        if place is not None and (best is None or best.place is None or place.size > best.place.size):
            best = replace(moved, place=place)
            if place.size >= min(READABLE, card.size):
                break
    return best


def times_of(card: TitleCard, duration: float) -> Iterator[tuple[float, float]]:
    """Start and end of a card: its own, then moved by up to `SHIFT` towards the middle of the film, then shorter ones.

    A card that comes and goes quickly belongs to its moment, and is only shortened.
    """
    length = card.end - card.start
    brief = min(BRIEF, length)
    moves = np.arange(0, SHIFT + 1e-6, STEP).tolist()
    of_its_moment = card.fade < FADE
    if of_its_moment:
        moves = [0.0]
    later = of_its_moment or card.start < duration - card.end
    for share in (1.0, 0.75, 0.5):
        kept = max(share * length, brief)
        for by in moves:
            start = card.start + by if later else card.end - by - kept
            if start >= 0 and start + kept <= duration + 1e-6 and (by <= (duration - length) / 2):
                yield start, start + kept
        if kept == brief:
            break


class _Fit:
    """How the letters of a card fit into blocks, whatever is free."""

    def __init__(self, card: TitleCard, scene: Scene) -> None:
        self.card, self.width, self.height = card, scene.width, scene.height
        self.side = min(scene.width, scene.height)
        self.letters = Lettering.of(card.text)
        self.lines = cache(self._lines)

    def place(self, grid: Bools, like: Place | None) -> Place | None:
        """The largest letters in the nicest of the free places; None where none is."""
        largest = max(round(self.card.size * self.side), SMALLEST)
        least = min(max(SMALLEST, round(TINY * self.side)), largest)
        if not is_wide(self.width, self.height):
            rather = max(least, round(CENTRED * largest))
            if (found := self._largest(grid, largest, rather, like, centred=True)) is not None:
                return found
        return self._largest(grid, largest, least, like)

    def _largest(
        self, grid: Bools, largest: int, least: int, like: Place | None, *, centred: bool = False
    ) -> Place | None:
        """The place of the largest letters that are `least` pixels or larger; in the middle column if `centred`."""
        size, wide = largest, is_wide(self.width, self.height)
        while True:
            for across in WIDTHS[wide]:
                lines, block, broken = self.lines(size, across)
                if broken and size > WHOLE_WORDS * largest:
                    continue
                if (found := self._spot(grid, block, LINE * size * len(lines), like, centred)) is not None:
                    left, top, middle = found
                    right, bottom = left + block / self.width, top + LINE * size * len(lines) / self.height
                    return Place(lines, size / self.side, left, top, right, bottom, middle)
            if size <= least:
                return None
            size = max(least, min(size - 1, round(size * 0.9)))

    def _lines(self, size: int, across: float) -> tuple[tuple[str, ...], float, bool]:
        """Lines, width of the widest in pixels, and whether a word is broken."""
        lines, broken = lines_within(self.letters, size, across * self.width)
        return tuple(lines), max([1.0, *(self.letters.width(line, size) for line in lines)]), broken

    def _spot(
        self, grid: Bools, wide: float, tall: float, like: Place | None, centred: bool
    ) -> tuple[float, float, bool] | None:
        """Left and top, as shares, of a block of so many pixels where it is free, and whether its lines are centred."""
        rows, columns = cells_of(self.width, self.height)
        air, edge = (share * self.side for share in (AIR, EDGE))
        cell = self.width / columns, self.height / rows
        across = int(np.ceil((wide + 2 * air) / cell[0])) + 1
        down = int(np.ceil((tall + 2 * air) / cell[1])) + 1
        free = free_places(grid, down, across)
        near = round(edge / cell[1]), round(edge / cell[0])
        free = free[near[0] : len(free) - near[0], near[1] : free.shape[1] - near[1]] if free.size else free
        if centred and free.size:
            off = np.abs(np.arange(free.shape[1]) + near[1] + across / 2 - columns / 2)
            free = free & (off <= 1)
        if not free.any():
            return None
        top, left = np.nonzero(free)
        top, left = top + near[0], left + near[1]
        middle = np.stack([(left + across / 2) / columns, (top + down / 2) / rows], axis=1)
        cost = self._strangeness(middle, left / columns, like) - self._clear(grid, top, left, down, across)
        best = int(np.argmin(cost))
        centred = centred or not is_wide(self.width, self.height) or abs(middle[best, 0] - 0.5) < 0.1
        x = (left[best] + 0.5) * cell[0] + air if not centred else middle[best, 0] * self.width - wide / 2
        return float(x / self.width), float(middle[best, 1] - tall / 2 / self.height), bool(centred)

    def _strangeness(self, middle: np.ndarray, left: np.ndarray, like: Place | None) -> np.ndarray:
        """How far places are from the usual one, or from the one before."""
        if like is not None:
            before = np.array([like.left + like.right, like.top + like.bottom]) / 2
            return np.asarray(np.abs(middle - before).sum(axis=1) * 2)
        sideways = left if is_wide(self.width, self.height) else 2 * np.abs(middle[:, 0] - 0.5)
        return np.asarray(sideways + np.abs(middle[:, 1] - self.card.middle))

    def _clear(self, grid: Bools, top: np.ndarray, left: np.ndarray, down: int, across: int) -> np.ndarray:
        """How much room is around places, in terms of the smaller side; at most that of `CLEARS` widenings."""
        clear = np.zeros(len(top))
        padded = np.pad(grid, CLEAR * CLEARS, constant_values=True)
        for k in range(1, CLEARS + 1):
            by = CLEAR * k
            free = free_places(padded, down + 2 * by, across + 2 * by)
            row, column = top + CLEAR * CLEARS - by, left + CLEAR * CLEARS - by
            inside = (row < free.shape[0]) & (column < free.shape[1])
            clear[inside] += CLEAR / min(grid.shape) * free[row[inside], column[inside]]
        return clear


__all__ = ["placed_cards", "times_of", "unplaced"]
