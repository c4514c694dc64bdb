"""Dataset plugin ``starter``: the moves that come with choreo, or a folder of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from choreo.types import Clip


class StarterDataset:
    """Authored moves in choreo's notation, compiled to clips at their ideal tempo, variations included."""

    name = "starter"
    description = "Authored moves in choreo's own notation, danced at any tempo; or a folder of your own."
    licence = "CC0-1.0"
    citation = "choreo starter moves, written for the choreo project"
    expected = "nothing (the moves come with choreo), or a folder of move files (*.yaml)"

    def clips(self, path: Path | None = None) -> Iterator[Clip]:
        """Yield one clip a move and variation, by name; moves of `path` when it is given.

        Raises
        ------
        MotionError
            When the folder has no moves, or a file is not a move.
        """
        from choreo.moves.library import load_moves, move_clip

        own = path is not None
        for move in load_moves(path).values():
            yield move_clip(
                move,
                dataset=path.name or "moves" if own and path else self.name,
                licence="user's own" if own else self.licence,
            )


class MovesDataset(StarterDataset):
    """The user's own moves."""

    name = "moves"
    description = "A folder of moves of your own in choreo's notation"
    licence = "user's own"
    citation = ""
    expected = "a folder of move files (*.yaml)"

    def clips(self, path: Path | None = None) -> Iterator[Clip]:
        """Yield one clip a move and variation.

        Raises
        ------
        MotionError
            When there is no path, the folder has no moves, or a file is not a move.
        """
        from choreo.errors import MotionError

        if path is None:
            raise MotionError(f"{self.name} needs a path: {self.expected}.")
        yield from super().clips(path)
