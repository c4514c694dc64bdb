"""``choreo.json``: digests of the files by which Lance finds the clips, checked before Lance reads them.

Rows have digests of their own (`choreo.db.digests`). Damage elsewhere, in the list of a version's files, in the list of
deleted rows or in the tables at the end of a data file, might lose rows without a word or end the process inside Lance,
and a newest version that is gone would go unnoticed: Lance would open the one before. Only what is small is read, never
the motion.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from choreo.output import write_text

NAME = "choreo.json"
NEWEST = 2**64 - 1
"""Lance counts the names of versions down from here, so that the newest comes first."""
FOOTER = struct.Struct("<QQQIIHH4s")
"""End of a Lance file: where its tables begin, their numbers, the version of the format, ``LANC``."""


def version_of_file(path: Path) -> int:
    """Version that a manifest describes, by its name; -1 when it is not one."""
    return _version_of_name(path.name)


def _version_of_name(name: str) -> int:
    stem, _, suffix = name.rpartition(".")
    if suffix != "manifest" or not stem.isdecimal():
        return -1
    return NEWEST - int(stem) if len(stem) == 20 else int(stem)


def newest_manifest(table: Path) -> Path | None:
    """Manifest of the newest version of a Lance table."""
    try:
        names = os.listdir(table / "_versions")
    except OSError:
        return None
    newest = max(names, key=_version_of_name, default="")  # there may be thousands: no path is made of each
    return table / "_versions" / newest if _version_of_name(newest) >= 0 else None


def _tables_begin(data: Path) -> int:
    """Where in a data file the values end and its own tables begin; 0 when that cannot be told."""
    size = data.stat().st_size
    with data.open("rb") as file:
        if size < FOOTER.size:
            return 0
        file.seek(size - FOOTER.size)
        columns, _, at, buffers, _, _, _, magic = FOOTER.unpack(file.read(FOOTER.size))
        if magic != b"LANC" or not 0 <= at <= size - 16 * buffers:
            return 0
        file.seek(at)
        begins = [columns, *struct.unpack(f"<{2 * buffers}Q", file.read(16 * buffers))[::2]]
    return min(begins) if max(begins) <= size else 0


def _digest(path: Path, begin: int) -> str:
    with path.open("rb") as file:
        file.seek(begin)
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_seal(folder: Path, table: str) -> None:
    """Write the digests of a table's newest version. Call it under the database's lock, after each write.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    root = folder / f"{table}.lance"
    newest = newest_manifest(root)
    if newest is None:
        (folder / NAME).unlink(missing_ok=True)
        return
    known = (read_seal(folder) or {}).get("files", {})
    text = newest.read_bytes()
    files: dict[str, list[Any]] = {}
    for path in sorted([newest, *root.glob("_deletions/*")]):
        files[path.relative_to(folder).as_posix()] = [path.stat().st_size, 0, _digest(path, 0)]
    for path in (*_data_files(root / "data", text), *_index_files(root / "_indices", text)):
        name = path.relative_to(folder).as_posix()
        begin = 0 if name in known else _tables_begin(path)
        files[name] = known.get(name) or [path.stat().st_size, begin, _digest(path, begin)]
    body = {"version": version_of_file(newest), "files": files}
    write_text(folder / NAME, json.dumps({"digest": _own_digest(body), **body}, indent=1) + "\n")


def _index_files(folder: Path, manifest: bytes) -> list[Path]:
    """Files of the indices that a manifest names."""
    found = []
    for each in sorted(os.listdir(folder)) if folder.is_dir() else ():
        with suppress(ValueError):
            if UUID(each).bytes in manifest:
                found += sorted((folder / each).glob("*.lance"))
    return found


def _data_files(folder: Path, manifest: bytes) -> list[Path]:
    """Data files that a manifest names, as far as they are there; the folder has those of earlier versions, too.

    In it, the length of a name stands before the name, and may look like a letter of it.
    """
    names = {found.decode() for found in re.findall(rb"[0-9A-Za-z_-]+\.lance", manifest)}
    paths = (folder / each for name in sorted(names) for each in (name, name[1:]))
    return [path for path in paths if path.is_file()]


def _own_digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def read_seal(folder: Path) -> dict[str, Any] | None:
    """Contents of ``choreo.json``; None when there is none or it is damaged: then it seals nothing."""
    try:
        whole = json.loads((folder / NAME).read_text(encoding="utf-8"))
        body = {"version": whole["version"], "files": whole["files"]}
        return body if whole["digest"] == _own_digest(body) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def broken_files(folder: Path, table: str) -> list[tuple[str, str]]:
    """Files of a table that are not what was sealed, and what is wrong with each.

    A version that is newer than the seal is of a process that was killed, or writes now: nothing is said of it.
    """
    sealed = read_seal(folder)
    if sealed is None:
        return []
    newest = newest_manifest(folder / f"{table}.lance")
    version = -1 if newest is None else version_of_file(newest)
    if version > sealed["version"]:
        return []
    faults = [(name, _fault(folder / name, *facts)) for name, facts in sealed["files"].items()]
    return [(name, fault) for name, fault in faults if fault]


def _fault(path: Path, size: int, begin: int, digest: str) -> str:
    try:
        found = path.stat().st_size
        if found != size:
            return f"has {found} bytes, expected {size}"
        return "" if _digest(path, begin) == digest else "is damaged, its digest is not the one that was stored"
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def broken_lists(folder: Path, table: str) -> list[str]:
    """Names of damaged files that say which clips there are; Lance must not be asked to read them.

    An index is none of them: it is made anew.
    """
    return [name for name, _ in broken_files(folder, table) if "/data/" not in name and "/_indices/" not in name]
