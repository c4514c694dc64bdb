"""What lies beside AIST++'s motions: the list of those that are wrong, and the splits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=64)
def ignored(folder: Path) -> frozenset[str]:
    """Names of motions that AIST++ itself says are wrong, from the folder or one of two above it."""
    for parent in (folder, *list(folder.parents)[:2]):
        file = parent / "ignore_list.txt"
        if file.is_file():
            return frozenset(file.read_text(encoding="utf-8", errors="replace").split())
    return frozenset()


@lru_cache(maxsize=64)
def splits(folder: Path) -> Mapping[str, str]:
    """Which split a motion belongs to, by its name."""
    found = {}
    for parent in (folder, *list(folder.parents)[:2]):
        for split in ("train", "val", "test"):
            for file in sorted((parent / "splits").glob(f"crossmodal_{split}.txt")):
                found.update(dict.fromkeys(file.read_text(encoding="utf-8", errors="replace").split(), split))
    return found
