"""What lies beside AIST++'s motions: the list of those that are wrong, and the splits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

IGNORED = "ignore_list.txt"


@lru_cache(maxsize=64)
def ignored(folder: Path) -> frozenset[str]:
    """Names of motions that AIST++ itself says are wrong, from the folder or one of two above it."""
    for parent in (folder, *list(folder.parents)[:2]):
        file = parent / IGNORED
        if file.is_file():
            return frozenset(file.read_text(encoding="utf-8", errors="replace").split())
    return frozenset()


def split_files(folder: Path) -> list[tuple[str, Path]]:
    """Splits, and the files in which their motions may be named."""
    return [
        (split, parent / "splits" / f"crossmodal_{split}.txt")
        for parent in (folder, *list(folder.parents)[:2])
        for split in ("train", "val", "test")
    ]


@lru_cache(maxsize=64)
def splits(folder: Path) -> Mapping[str, str]:
    """Which split a motion belongs to, by its name."""
    found = {}
    for split, file in split_files(folder):
        if file.is_file():
            found.update(dict.fromkeys(file.read_text(encoding="utf-8", errors="replace").split(), split))
    return found
