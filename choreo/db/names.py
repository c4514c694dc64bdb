"""Names that a database has, remembered in a small file, so that help and completion need not open it.

The file lies in the user's cache folder and is written whenever a database is opened that has changed since. Where
there is none, the names are those of choreo's own moves, which every database begins with.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.db.location import default_location, remembered_file
from choreo.errors import OutputError

if TYPE_CHECKING:
    from choreo.db.store import MotionDB

MOST = 5000
"""Names of moves that are remembered."""
LARGEST = 1 << 20
"""Bytes of a file of names."""


@dataclass(frozen=True)
class Names:
    """Names that a user may write: styles, datasets and moves; `version` is that of the clips."""

    styles: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    version: int = -1


def known_names(location: str | os.PathLike[str] | None = None) -> Names:
    """What is remembered of a database, the user's own when None; of one never opened, the names of choreo's moves."""
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        path = _file(default_location(location))
        if path.stat().st_size <= LARGEST:
            found = json.loads(path.read_text(encoding="utf-8"))
            lists = {name: tuple(map(str, found[name])) for name in ("styles", "datasets", "moves")}
            return Names(**lists, version=int(found["version"]))
    return _starter_names()


def remember_names(db: MotionDB) -> None:
    """Remember the names of a database, unless they are known; nothing happens where nothing can be written."""
    from choreo.db.columns import taken  # not for help and completion, which only read
    from choreo.output import atomic, require_writable

    with suppress(OSError, OutputError):
        version = db.version()
        if known_names(db.location).version == version:
            return
        rows = db.columns(("styles", "dataset", "move", "name"))
        names = Names(
            styles=_sorted(style for styles in rows["styles"].counts() for style in styles),
            datasets=_sorted(rows["dataset"].counts()),
            moves=_first(chain(rows["move"].counts(), taken(rows["name"], rows["move"].where(_is_empty)))),
            version=version,
        )
        path = _file(db.location)
        require_writable(path.parent)
        with atomic(path, at_once=True) as partial:
            partial.write_text(json.dumps(asdict(names), ensure_ascii=False), encoding="utf-8")


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _first(names: Iterable[str]) -> tuple[str, ...]:
    """The first `MOST` of many names in their order; few are in memory at a time."""
    found: set[str] = set()
    left = iter(names)
    while some := set(islice(left, 4 * MOST)):
        found = set(_sorted(found | some)[:MOST])
    return _sorted(found)


def _is_empty(text: str) -> bool:
    return not text


def _file(location: str) -> Path:
    return remembered_file(location, "names", ".json")


def _starter_names() -> Names:
    """Names in choreo's own move files, without a reader of YAML, which takes longer than help may."""
    from importlib.resources import files

    texts = [each.read_text(encoding="utf-8") for each in files("choreo_starter_moves").iterdir()
             if each.name.endswith(".yaml")]  # fmt: skip
    styles = [style for text in texts for line in re.findall(r"^styles: \[(.*)\]", text, re.M) for style in
              re.findall(r"[\w-]+", line)]  # fmt: skip
    moves = [name for text in texts for name in re.findall(r"^name: ([\w-]+)", text, re.M)]
    return Names(_sorted(styles), ("starter",), _sorted(moves))


__all__ = ["Names", "known_names", "remember_names"]
