"""The clips that a plan may use: those of a database that options allow, and clips by the names that users give."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from choreo.db.columns import ClipColumns, taken
from choreo.errors import InputError
from choreo.planfile.spoken import spoken
from choreo.planning.changes import danced_metres, songs_metres
from choreo.planning.metres import has_moves
from choreo.planning.shortlist import COLUMNS, MOST, shortlist
from choreo.planning.styles import heard_styles
from choreo.planning.tempo import octave_of
from choreo.planning.wish_text import sided
from choreo.plugins import suggest
from choreo.types import Bools, Clip, MusicAnalysis, Phrase

if TYPE_CHECKING:
    from choreo.db import MotionDB


def names_of(clip: Clip) -> set[str]:
    """All names by which a user may mean a clip: also as tables and pages say them, with blanks."""
    names = {clip.name, clip.move, clip.family}
    return {clip.clip_id, *names, *map(spoken, names), *clip.labels} - {""}


def named(clips: Sequence[Clip], name: str) -> Bools:
    """``(C,)`` the clips that a user means by `name`: that of a move or clip, a family, a label, or an id.

    Raises
    ------
    InputError
        When there is none.
    """
    wanted = name.strip().lower()
    found = np.array([wanted in {each.lower() for each in names_of(clip)} for clip in clips], bool)
    if not found.any():
        known = sorted({clip.move or clip.name for clip in clips})
        raise InputError(f"no move that could be danced here is called {name!r}.{suggest(name, known)}")
    return found


def is_known(clips: Sequence[Clip], name: str) -> bool:
    """Whether `named` finds one."""
    wanted = name.strip().lower()
    return any(wanted in {each.lower() for each in names_of(clip)} for clip in clips)


def meant(clips: Sequence[Clip], name: str) -> tuple[Bools, bool | None]:
    """``(C,)`` the clips that a user means by a name which may say the side, and whether they are mirrored, if it does.

    Raises
    ------
    InputError
        When there is none.
    """
    plain, mirror = sided(name)
    if mirror is None or is_known(clips, name):
        return named(clips, name), None
    return named(clips, plain), mirror


NAMES = ("move", "labels")


def _meant(rows: ClipColumns, only: Sequence[str]) -> Bools:
    """``(C,)`` the clips of moves, or with labels, that are named.

    Raises
    ------
    InputError
        When nothing is called so.
    """
    wanted = [name.strip().lower() for name in only]
    moves, labels = rows["move"].counts(), rows["labels"].counts()
    known = {*(move for move in moves if move), *(label for each in labels for label in each if ":" not in label)}
    if unknown := [name for name in wanted if name not in {each.lower() for each in known}]:
        raise InputError(f"no move or label is called {unknown[0]!r}.{suggest(unknown[0], sorted(known))}")
    of_move = rows["move"].where(lambda move: move.lower() in wanted)
    return np.asarray(of_move | rows["labels"].where(lambda each: any(label.lower() in wanted for label in each)))


def with_ids(clips: Sequence[Clip], clip_ids: Collection[str]) -> Bools:
    """``(C,)`` the clips of some ids."""
    return np.array([clip.clip_id in clip_ids for clip in clips], bool)


@dataclass(frozen=True, eq=False)
class ClipPool:
    """A motion database as planning reads it: columns of all clips at once, whole clips only when they are chosen.

    Attributes
    ----------
    rows
        The columns of `choreo.planning.shortlist.COLUMNS`, each ``(C,)``.
    allowed
        ``(C,)`` clips of the wanted datasets whose licence allows the wanted use.
    """

    db: MotionDB
    rows: ClipColumns
    allowed: Bools

    @classmethod
    def open(
        cls,
        db: str | None,
        datasets: Sequence[str],
        licence: str,
        *,
        only: Sequence[str] = (),
        filling: Callable[[float], None] | None = None,
    ) -> ClipPool:
        """Open a database; `filling` is called with 0 to 1 when choreo's own moves have to be put into it first.

        Of moves and labels that `only` names, and of nothing else, where it names any.

        Raises
        ------
        DatabaseError
            When it cannot be opened.
        InputError
            When no clip is of the datasets, may be used, or is what only is to be danced.
        """
        from choreo.db.names import remember_names
        from choreo.db.starter import dance_database
        from choreo.licences import allows

        base = dance_database(db, filling=filling)
        remember_names(base)
        rows = base.columns((*COLUMNS, *(NAMES if only else ())))
        known = set(rows["dataset"].counts())
        if unknown := [name for name in datasets if name not in known]:
            raise InputError(f"no clip is of the dataset {unknown[0]!r}.{suggest(unknown[0], known)}")
        allowed = rows["licence"].where(lambda each: allows(each, licence))
        if datasets:
            allowed &= rows["dataset"].where(datasets.__contains__)
        if not allowed.any():
            raise InputError(f"no clip's licence is known to allow {licence!r} use; 'choreo db stats' lists licences.")
        if only:
            allowed &= _meant(rows, only)
            if not allowed.any():
                raise InputError(f"no clip of these datasets and this licence is one of {', '.join(only)}.")
        return cls(base, rows, allowed)

    def styles(self) -> list[str]:
        """Styles of the clips that are allowed."""
        return sorted({name for styles in self.rows["styles"].counts(self.allowed) for name in styles})

    def has(self, clip: str) -> bool:
        """Whether the database has a clip of that id, allowed or not."""
        return bool(self.rows["clip_id"].has(clip))

    def octave(self, analysis: MusicAnalysis, metre: int) -> str:
        """Whether a song is better danced at half or double its tempo, as `choreo.planning.dance_octave` says."""
        return octave_of(analysis.tempo, metre, self.rows, self.allowed)

    def dances(self, metre: int) -> bool:
        """Whether there are moves for a metre."""
        return has_moves(self.rows, metre, self.allowed)

    def clips(
        self,
        analysis: MusicAnalysis,
        parts: Sequence[Phrase],
        style: str | None,
        seed: int,
        names: Sequence[str] = (),
        needed: frozenset[str] = frozenset(),
    ) -> list[Clip]:
        """Read the clips to plan a song with, as `chosen` says which."""
        return self.read(self.chosen(analysis, parts, style, seed, names, needed))

    def read(self, ids: Sequence[str]) -> list[Clip]:
        """Clips by their ids; all when there are as many."""
        return self.db.clips(ids=ids) if len(ids) < len(self.rows["clip_id"]) else self.db.clips()

    def chosen(
        self,
        analysis: MusicAnalysis,
        parts: Sequence[Phrase],
        style: str | None,
        seed: int,
        names: Sequence[str] = (),
        needed: frozenset[str] = frozenset(),
    ) -> list[str]:
        """Ids of the clips to plan a song with: all that are allowed of a small database, a `shortlist` of a large one.

        Parameters
        ----------
        names, needed
            Names of moves that a wish asks for, and ids of clips that a plan already has.
        """
        ids = self.rows["clip_id"]
        if int(self.allowed.sum()) <= MOST:
            found = list(taken(ids, self.allowed))
        else:
            heard = [each.styles for each in analysis.stretches] or [heard_styles(analysis)]
            styles = [style] if style else list(dict.fromkeys(next(iter(each), None) for each in heard))
            metres = songs_metres(danced_metres(parts, analysis.metre, self.dances), analysis.metre)
            most = MOST // (len(metres) * len(styles))
            lists = [
                shortlist(self.rows, self.allowed, parts, metre, name, seed, most)
                for metre in metres
                for name in styles
            ]
            found = list(dict.fromkeys(each for one in lists for each in one))
            found += self.db.called(names)
        return list(dict.fromkeys([*found, *sorted(needed)]))
