"""Words for what a motion database has lost, and for how to get it back."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from choreo.cli import options
from choreo.cli.say import say
from choreo.db import MotionDB
from choreo.db.verify import Verified, whole_version

SHOWN = 20
"""Clips and files that are listed by name; the rest is counted."""


@contextmanager
def silence() -> Iterator[None]:
    """Keep what LanceDB's threads print of damage they stumble over from the user; what it means is in the report."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def report_damage(db: MotionDB, found: Verified, as_json: bool) -> None:
    """Print what `choreo.db.verify.verify` found."""
    with silence():
        version = whole_version(db) if found.damages or found.lost else None
    again = commands(db, found)
    advice = _advice(db, found, version)
    if as_json:
        options.echo_json(_facts(found) | {"commands": [*advice, *again]})
        return
    _print_findings(found)
    if not found.whole:
        say("\nTo get it back:")
        for line in [*advice, *again]:
            say(f"  {line}")
        say()
    say(f"{len(found.intact)} clips are intact, {_faults(found)} faults.")


def report_repair(db: MotionDB, found: Verified, as_json: bool) -> None:
    """Print what `choreo.db.repair.repair` did."""
    again = commands(db, found)
    if as_json:
        options.echo_json(_facts(found) | {"commands": again})
        return
    _print_findings(found)
    say(f"{len(db)} clips are kept." if not found.whole else f"Nothing is damaged; {len(db)} clips.")
    if again:
        say("To add what was lost:")
        for line in again:
            say(f"  {line}")


def commands(db: MotionDB, found: Verified) -> list[str]:
    """Commands that add again what was lost, each once."""
    place = f" --db {shlex.quote(db.location)}"
    known = [f"{row.command}{place}" for row in found.lost if row.command]
    named = {row.dataset for row in found.lost if row.command}
    datasets = {damage.dataset for damage in found.damages} - named - {""}
    datasets |= {row.dataset for row in found.lost if not row.command and row.dataset}
    own = [f"choreo db update{place}"] if "starter" in datasets or not found.whole else []
    others = [f"choreo db add ...{place}   as {name!a} was added" for name in sorted(datasets - {"starter"})]
    return list(dict.fromkeys([*own, *known, *others]))


def _advice(db: MotionDB, found: Verified, version: tuple[int, str, int] | None) -> list[str]:
    place = f" --db {shlex.quote(db.location)}"
    lines = []
    if version:
        number, when, count = version
        lines += [f"choreo db restore {number}{place}   goes back to {when} with {count} clips, all intact; or"]
    kept = f"keeps the {len(found.intact)} intact clips" if found.listed else "goes back to the version before"
    return [*lines, f"choreo db repair{place}   {kept}, then"]


def _print_findings(found: Verified) -> None:
    lines = list(found.files)
    named = [damage for damage in found.damages if damage.clip]
    lines += [f"clip {damage.clip} of {damage.dataset} ({damage.source}): {damage.fault}" for damage in named[:SHOWN]]
    if len(named) > SHOWN:
        counts = Counter(damage.dataset for damage in named[SHOWN:])
        lines.append("and more: " + ", ".join(f"{count} clips of {name}" for name, count in sorted(counts.items())))
    unnamed = [damage.fault for damage in found.damages if not damage.clip]
    if unnamed:
        lines.append(f"{len(unnamed)} clips of which not even the names can be read: {unnamed[0]}")
    lines += [
        f"clips are missing of the file {row.file}" + (f" of {row.dataset}" if row.dataset else "")
        for row in found.lost[:SHOWN]
    ]
    if len(found.lost) > SHOWN:
        lines.append(f"and of {len(found.lost) - SHOWN} more files")
    if not found.listed:
        lines.append("Which clips there are cannot be told before the database is repaired.")
    for line in lines:
        say(line)


def _faults(found: Verified) -> int:
    return len(found.files) + len(found.damages) + len(found.lost)


def _facts(found: Verified) -> dict[str, Any]:
    lost = [{"dataset": row.dataset, "file": row.file, "clips": row.clips} for row in found.lost]
    faults = [{key: value for key, value in asdict(each).items() if key != "row"} for each in found.damages]
    return {"clips": len(found.intact), "files": found.files, "faults": faults, "lost": lost, "listed": found.listed}
