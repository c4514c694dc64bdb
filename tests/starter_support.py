"""Clips of choreo's own moves, made when they are first asked for: importing a module of tests costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import overload

from choreo.moves import load_moves, move_clip
from choreo.types import Clip


@cache
def _clip(name: str) -> Clip:
    return move_clip(load_moves()[name])


class StarterClips(Sequence[Clip]):
    """Those whose number and name are wanted, all by default, in the order of the moves; each made once a process."""

    def __init__(self, wanted: Callable[[int, str], bool] = lambda number, name: True) -> None:
        self._wanted = wanted

    @property
    def _names(self) -> list[str]:
        return [name for number, name in enumerate(load_moves()) if self._wanted(number, name)]

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, at: int) -> Clip: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Clip]: ...
    def __getitem__(self, at: int | slice) -> Clip | Sequence[Clip]:
        names = self._names[at]
        return _clip(names) if isinstance(names, str) else [_clip(name) for name in names]

    def __iter__(self) -> Iterator[Clip]:
        return map(_clip, self._names)
