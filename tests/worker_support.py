"""Engines for tests: processes of this machine that are treated as those of others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from choreo.engines import outcome_of, run_item
from choreo.types import Lost
from choreo_local import LocalWorkers


class Elsewhere(LocalWorkers):
    """Processes of this machine that get and send bytes, as those of others do."""

    remote = True


class InThisProcess:
    """One worker that may be anywhere, and is here.

    Parameters
    ----------
    lost
        Numbers of items that never come back.
    folder
        The current folder while it works, so that paths of this machine that are not absolute lead nowhere.
    """

    remote = True

    def __init__(self, *lost: int, folder: Path | None = None) -> None:
        self._lost, self._folder = lost, folder

    def slots(self) -> int:
        return 1

    def each(
        self,
        work: Callable[[Any, Any], Any],
        items: Iterable[Any],
        *,
        shared: Any = None,
        longest: float = float("inf"),
    ) -> Iterator[tuple[Any, Any]]:
        for number, item in enumerate(items):
            yield item, Lost("was lost with its node") if number in self._lost else self._done(work, item, shared)

    def _done(self, work: Callable[[Any, Any], Any], item: Any, shared: Any) -> Any:
        before = os.getcwd()
        try:
            os.chdir(self._folder or before)
            return outcome_of(run_item(work, item, shared))
        finally:
            os.chdir(before)
