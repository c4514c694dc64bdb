"""Do the tests notice? Faults put into a copy of the tree, one at a time, and the tests that should fail.

    python benchmarks/mutants.py [--only WORDS] [--list]        # the catalogue of faults that a user would notice
    python benchmarks/mutants.py --since COMMIT [--most N]      # small changes on the lines changed since a commit

The catalogue is ``tests/mutants/faults.toml``. Changes on lines are made by `mutations.py`; the tests of a file are
those that import it. ``--jobs N`` tries so many at a time, each in a copy of its own; the working tree is never
touched. A fault counts as found when one of its tests fails, or takes longer than ``--patience`` seconds. Ends with 1
when fewer than ``--least`` per cent are found.

mutmut was tried and does not fit: it begins by running the whole suite, and knows only changes of a
word or a sign, most of which no user would notice.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "tests" / "mutants" / "faults.toml"
NEEDED = (
    "choreo",
    "plugins",
    "motion_db",
    "tests",
    "benchmarks",
    "docs",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
)
"""What of the tree tests read."""
LATER = 10
"""Seconds by which each change of a file is dated after the one before, so that no compiled file passes for it."""


@dataclass(frozen=True)
class Fault:
    """A change of one file, ``old`` to ``new`` at the place that begins at character ``at``, and who should notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    at: int = -1

    def applied(self, text: str) -> str:
        """`text` with the fault in it.

        Raises
        ------
        ValueError
            When the text does not have `old`, or has it more than once and no place is given.
        """
        at = self.at
        if at < 0:
            if text.count(self.old) != 1:
                raise ValueError(f"{self.name!r}: {self.file} has {text.count(self.old)} times {self.old!r}, want once")
            at = text.index(self.old)
        if text[at : at + len(self.old)] != self.old:
            raise ValueError(f"{self.name!r}: {self.file} does not have {self.old!r} there")
        return text[:at] + self.new + text[at + len(self.old) :]


def catalogue(path: Path = CATALOGUE) -> list[Fault]:
    """All faults of the catalogue."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["fault"]
    return [Fault(one["name"], one["file"], one["old"], one["new"], tuple(one["tests"])) for one in found]


class Copy:
    """A copy of the tree in which faults are tried, one after the other."""

    def __init__(self, folder: Path, patience: float) -> None:
        self.folder, self.patience, self.changes = folder, patience, 0
        ignore = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc", ".*cache")
        for name in NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=ignore)
            elif source.exists():
                shutil.copy(source, folder / name)
        (folder / "plugins" / "choreo_starter_moves").symlink_to(folder / "motion_db" / "starter")

    def fails(self, fault: Fault | None, tests: Iterable[str]) -> str:
        """Why the tests fail with a fault in the tree, or without one when None; empty when they pass."""
        if fault is None:
            return self._run(tests)
        path = self.folder / fault.file
        text = path.read_text(encoding="utf-8")
        try:
            self._write(path, fault.applied(text))
            return self._run(tests)
        finally:
            self._write(path, text)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8", newline="\n")
        self.changes += 1
        later = path.stat().st_mtime + LATER * self.changes
        os.utime(path, (later, later))

    def _run(self, tests: Iterable[str]) -> str:
        paths = [str(self.folder / "tests" / name) for name in tests]
        source = os.pathsep.join(str(self.folder / name) for name in (".", "plugins"))
        shared = os.environ.get("CHOREO_SHARED", str(ROOT.parent / "shared" / "data"))
        told = {"PYTHONPATH": source, "CHOREO_SHARED": shared, "CHOREO_MUTANT": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *paths]
        try:
            done = subprocess.run(
                command, cwd=self.folder, env={**os.environ, **told}, capture_output=True, text=True,
                timeout=self.patience, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"took longer than {self.patience:.0f} s"
        if done.returncode == 0:
            return ""
        lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return lines[0][:160] if lines else (done.stdout + done.stderr)[-400:]


def tried(faults: Sequence[Fault], jobs: int, patience: float) -> list[tuple[Fault, str]]:
    """Each fault with why tests fail, empty where none does; printed as they come.

    Raises
    ------
    SystemExit
        When tests fail without any fault: nothing could be learnt.
    """
    with tempfile.TemporaryDirectory(prefix="choreo-mutants-") as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(jobs):
            copies.put(Copy(Path(folder) / str(number), patience))
        sound = copies.get()
        for name in sorted({name for fault in faults for name in fault.tests}):
            if why := sound.fails(None, [name]):
                raise SystemExit(f"{name} fails without any fault: {why}")
        copies.put(sound)

        def one(fault: Fault) -> tuple[Fault, str]:
            copy = copies.get()
            try:
                why = copy.fails(fault, fault.tests)
            finally:
                copies.put(copy)
            print(f"{'found    ' if why else 'NOT FOUND'}  {fault.name}: {why or fault.file}", flush=True)
            return fault, why

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(one, faults))


def main() -> None:
    """Read the command line and try the faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="faults whose name or file has these words")
    parser.add_argument("--since", help="change the lines that were changed since this commit")
    parser.add_argument("--most", type=int, default=60, help="with --since: at most so many, spread evenly")
    parser.add_argument("--list", action="store_true", help="name the faults and try none")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--patience", type=float, default=300)
    parser.add_argument("--least", type=float, default=90, help="per cent that must be found")
    told = parser.parse_args()
    if told.since:
        from mutations import changed

        faults = [Fault(*each) for each in changed(ROOT, told.since, told.most, told.only)]
    else:
        faults = [fault for fault in catalogue() if told.only in f"{fault.name} {fault.file}"]
    if told.list or not faults:
        print("\n".join(f"{fault.file}: {fault.name}" for fault in faults) or "nothing to try")
        return
    results = tried(faults, told.jobs, told.patience)
    found = sum(bool(why) for _, why in results)
    print(f"{found} of {len(results)} found, {100 * found / len(results):.0f} %")
    for fault, why in results:
        if not why:
            print(f"not found: {fault.name} ({fault.file})")
    sys.exit(100 * found < told.least * len(results))


if __name__ == "__main__":
    main()
