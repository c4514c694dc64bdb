"""A move danced with more turning or more way than is written, as far as its steps can take it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.moves.ends import end_of
from choreo.moves.feet import FootStep
from choreo.moves.foot_steps import STANCE, ankle_of, foot_steps, stance_pose
from choreo.moves.frame import BodyMeasures, FloorPath, floor_path, turned
from choreo.moves.notation import Key, Move
from choreo.moves.resize import FLOOR, has_floor_hands
from choreo.moves.tracks import sample
from choreo.types import Doubles

PLANTED = 60.0
"""Degrees that the dancer may turn over a foot that stands, unless the move is written so."""
FURTHER = 15.0
"""Degrees that it may turn further where it is written to turn as far as that."""
STRIDE = 0.25
"""Metres by which a step of one foot may grow."""
APART = 0.95
"""Metres that the ankles may be apart when a step lands, unless the move is written so."""
PIVOT = 60.0
"""Degrees of its own turn within a step from which the step takes nothing further."""
LEAST = 1.5
"""Steps that there must be to turn and travel by."""
TAKES = 1.0
"""Counts, at least, over which a step takes its share of the turn and the way."""
GRID = 8
"""Keys of a path a count."""
DIGITS = 6


@dataclass(frozen=True)
class Room:
    """How much further a move's steps can take the dancer, to any side: degrees and metres; 0 where feet stay put."""

    turn: float = 0.0
    way: float = 0.0


@lru_cache(maxsize=512)
def with_places(move: Move) -> Move:
    """The move with steps of single feet whose places are all written as ``to``; steps in place stay without one.

    Raises
    ------
    MotionError
        When steps overlap.
    """
    if all(key["foot"] != "both" and "by" not in key and ("to" in key or "height" not in key) for key in move.feet):
        return move
    path = _path(move)
    measures = BodyMeasures.of(CANONICAL)
    feet: list[Key] = []
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        for step in foot_steps(move, path, side, stance_pose(move, path, 0.0, side, measures), measures):
            key = {name: value for name, value in step.key.items() if name != "by"}
            if "to" in key or "by" in step.key or "height" in key:
                place = path.to_dancer(ankle_of(step.new, sign, measures), step.at)
                key["to"] = [round(float(v), DIGITS) for v in place]
            feet.append(key)
    return replace(move, feet=tuple(sorted(feet, key=lambda key: float(key["at"]))))


def room_of(move: Move) -> Room:
    """How much further a move could turn, and travel, by the steps that it has."""
    spread = _spread(with_places(move))
    if spread is None:
        return Room()
    return Room(min(spread.turn_room(1.0), spread.turn_room(-1.0)), STRIDE / max(spread.most, 1e-9))


def farther(move: Move, turn: float, aside: float, ahead: float) -> Move:
    """The move with `turn` degrees and ``(aside, ahead)`` metres more, as far as `reached` says.

    Parameters
    ----------
    move
        As `with_places` gives it.
    aside, ahead
        In the dancer's frame at the move's beginning.
    """
    spread = _spread(move)
    if spread is None:
        return move
    turn, aside, ahead = reached(move, turn, aside, ahead)
    return _along(move, spread, turn, (aside, ahead)) if turn or aside or ahead else move


def reached(move: Move, turn: float, aside: float, ahead: float) -> tuple[float, float, float]:
    """How much of a turn, degrees, and of a way, metres, a move's steps can take; parameters as of `farther`.

    No foot takes a step that is longer by more than `STRIDE`, none is turned over by more than `PLANTED` while it
    stands, and the feet do not land farther apart than `APART`.
    """
    spread = _spread(move)
    if spread is None:
        return 0.0, 0.0, 0.0
    most = spread.turn_room(np.sign(turn))
    turn = float(np.clip(turn, -most, most))
    share = min(1.0, STRIDE / max(spread.most * float(np.hypot(aside, ahead)), 1e-9))
    aside, ahead = share * aside, share * ahead
    widest = max(APART, _widest(move))
    for part in (1.0, 0.75, 0.5, 0.25):
        asked = (round(part * turn, 1), round(part * aside, 3), round(part * ahead, 3))
        if _widest(_along(move, spread, asked[0], asked[1:])) <= widest:
            return asked
    return 0.0, 0.0, 0.0


def ends_further(move: Move, turns: Doubles) -> Doubles:
    """Where a move would leave the dancer that turned further by ``turns (K,)`` radians, as `choreo.moves.ends.end_of`.

    Returns
    -------
    ``(K, 3)`` metres to the side and ahead, and radians turned, from where it begins.
    """
    plain = end_of(move)
    spread = _spread(with_places(move))
    if spread is None:
        return np.tile(plain, (len(turns), 1))
    path, done = spread.path, spread.done
    middle = turns[:, None] * (done[1:] + done[:-1]) / 2
    bent = turned(np.diff(path.ground, axis=0), middle).sum(axis=1)
    # The feet end beside the dancer's frame, and turn about it with the rest.
    begin = np.mean([move.stance.get(side, STANCE[side]) for side in SIDES], axis=0)
    beside = turned(plain[:2] + begin - path.ground[-1], turns) - begin
    return np.concatenate([bent + beside, plain[2] + turns[:, None]], axis=1)


@dataclass(frozen=True, eq=False)
class _Spread:
    """How further turn and way are spread over a move's steps.

    Attributes
    ----------
    path
        The move's own, on a grid of counts.
    done
        ``(T,)`` share of it that is done by each count of the grid.
    stands
        Spans in which a foot stands: counts of its landing and of its next one.
    """

    path: FloorPath
    done: Doubles
    stands: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, move: Move) -> _Spread | None:
        """Spread over the steps up to those that take both feet to their last places; None where one never steps.

        Steps take the less of it the more the move turns by itself meanwhile, and none when it is near the floor.
        """
        if has_floor_hands(move):
            return None
        steps = [key for key in move.feet if "to" in key and key.get("how") != "kick"]
        landings = {side: [float(key["at"]) for key in steps if key["foot"] == side] for side in SIDES}
        if not all(landings.values()):
            return None
        end = min(each[-1] for each in landings.values())
        path = _path(move)
        counts = path.counts
        done = np.zeros(len(counts))
        high = sample(move.pelvis, "y", counts, float(move.counts), False)
        for key in steps:
            at = float(key["at"])
            begin = max(0.0, at - max(TAKES, float(key.get("duration", 0.0))))
            during = (counts >= begin) & (counts <= at)
            if at > end or not during.any() or high[during].min() <= FLOOR:
                continue
            takes = max(0.0, 1.0 - float(np.degrees(np.ptp(path.yaw[during]))) / PIVOT)
            done += takes * smootherstep(np.clip((counts - begin) / max(at - begin, 1e-9), 0.0, 1.0))
        if done[-1] < LEAST:
            return None
        stands = [
            pair for each in landings.values() for pair in zip([0.0, *each], [*each, float(move.counts)], strict=True)
        ]
        return cls(path, done / done[-1], tuple(pair for pair in stands if pair[1] > pair[0]))

    def _shares(self) -> Doubles:
        """``(S,)`` share that is done over each foot while it stands."""
        spans = np.array(self.stands)
        return np.asarray(
            np.interp(spans[:, 1], self.path.counts, self.done) - np.interp(spans[:, 0], self.path.counts, self.done)
        )

    @property
    def most(self) -> float:
        """Largest share that is done while a foot stands."""
        return float(self._shares().max())

    def turn_room(self, sign: float) -> float:
        """Degrees, to the left or right by `sign`, that the dancer may turn further."""
        spans, shares = np.array(self.stands), self._shares()
        own = sign * np.degrees(np.diff(np.interp(spans, self.path.counts, self.path.yaw), axis=1)[:, 0])
        free = np.maximum(PLANTED - np.maximum(own, 0.0), FURTHER)
        return float(min((free / np.maximum(shares, 1e-9)).min(), 360.0))


@lru_cache(maxsize=512)
def _spread(move: Move) -> _Spread | None:
    return _Spread.of(move)


def _path(move: Move) -> FloorPath:
    return floor_path(move, np.linspace(0.0, move.counts, GRID * move.counts + 1))


def _along(move: Move, spread: _Spread, turn: float, way: tuple[float, float]) -> Move:
    """The move on a path that turns and goes on further; its own way bends with the turn."""
    counts = np.linspace(0.0, move.counts, GRID * move.counts + 1)
    own, done = spread.path, np.interp(counts, spread.path.counts, spread.done)
    ground = np.stack([np.interp(counts, own.counts, own.ground[:, i]) for i in range(2)], axis=-1)
    yaw = np.degrees(np.interp(counts, own.counts, own.yaw)) + turn * done
    middle = np.radians(turn) * (done[1:] + done[:-1]) / 2
    bent = np.concatenate([np.zeros((1, 2)), np.cumsum(turned(np.diff(ground, axis=0), middle), axis=0)])
    bent = bent + done[:, None] * np.array(way)
    places = np.round(np.concatenate([bent, yaw[:, None]], axis=1), DIGITS)
    keys: tuple[Key, ...] = tuple(
        {"at": float(at), "to": [float(x), float(z)], "turn": float(angle)}
        for at, (x, z, angle) in zip(counts[1:], places[1:], strict=True)
    )
    last = keys[-1]
    return replace(move, path=keys, travel=(last["to"][0], last["to"][1]), turn=last["turn"])


def _widest(move: Move) -> float:
    """Metres that the ankles are apart at most when a step lands."""
    path, measures = _path(move), BodyMeasures.of(CANONICAL)
    at: list[tuple[float, str, Doubles]] = []
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        stand = stance_pose(move, path, 0.0, side, measures)
        steps: list[FootStep] = foot_steps(move, path, side, stand, measures)
        at.append((0.0, side, ankle_of(stand, sign, measures)))
        at += [(step.at, side, ankle_of(step.new, sign, measures)) for step in steps]
    where: dict[str, Doubles] = {}
    widest = 0.0
    for _, side, place in sorted(at, key=lambda each: (each[0], each[1])):
        where[side] = place
        if len(where) == 2:
            widest = max(widest, float(np.linalg.norm(where["left"] - where["right"])))
    return widest
