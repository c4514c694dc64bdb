"""Damaged files for every reader: ``python benchmarks/fuzz.py --count 10000 [--reader NAME ...] [--seed N]``.

Prints what became of them and every finding with its number; ``--reader NAME --case N --write FOLDER`` makes the file
of one case again. ``--guided`` looks for files that reach new code in our readers instead, with atheris, for
`--seconds` each. Ends with 1 when something was found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from fuzzing.child import damaged, outcome  # noqa: E402
from fuzzing.readers import READERS  # noqa: E402
from fuzzing.trial import Tried, try_readers  # noqa: E402

ROW = "{:<12}{:>8}{:>9}{:>9}{:>10}{:>10}{:>12}{:>10}"


def row(found: Tried) -> str:
    """One line of the table."""
    return ROW.format(
        found.reader, found.tried, found.result, found.refused, found.left_out, len(found.findings),
        f"{found.memory[0] / 2**20:.0f} MiB", f"{found.seconds[0]:.1f} s",
    )  # fmt: skip


def show(found: Tried) -> None:
    """Print what became of a reader's files."""
    print(row(found), flush=True)
    for case, what in found.findings:
        print(f"    case {case}: {what}", flush=True)


def one_case(reader: str, seed: int, case: int, target: Path | None) -> int:
    """Make a case again, try it here, and keep its file."""
    with tempfile.TemporaryDirectory() as folder:
        paths = READERS[reader].make(Path(folder))
        path, data = damaged(reader, seed, case, paths)
        if target is not None:
            target.mkdir(parents=True, exist_ok=True)
            kept = target / f"{reader}-{seed}-{case}{path.suffix}"
            kept.write_bytes(data)
            print(f"{kept}: {len(data):,} bytes, of {path.name}", flush=True)
        path.write_bytes(data)
        kind, what = outcome(reader, path)
    print(f"{reader} {case}: {kind} {what}")
    return int(kind == "finding")


def guided(readers: list[str], seconds: int, target: Path) -> int:
    """Look for new code with atheris, reader by reader, each in a process of its own; findings go to `target`."""
    found = 0
    target.mkdir(parents=True, exist_ok=True)
    for reader in readers:
        with tempfile.TemporaryDirectory() as folder:
            corpus = Path(folder) / "corpus"
            (Path(folder) / "seeds").mkdir()
            corpus.mkdir()
            for number, path in enumerate(READERS[reader].make(Path(folder) / "seeds")):
                shutil.copy(path, corpus / f"{number}{path.suffix}")
            limits = ["-rss_limit_mb=3072", "-timeout=60", f"-max_total_time={seconds}", "-print_final_stats=1"]
            command = [
                sys.executable,
                "-m",
                "fuzzing.guided",
                reader,
                str(corpus),
                *limits,
                f"-artifact_prefix={target}/{reader}-",
            ]
            paths = [str(TESTS), str(TESTS.parent / "benchmarks"), *filter(None, [os.environ.get("PYTHONPATH")])]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
            print(f"--- {reader}", flush=True)
            code = subprocess.run(command, env=environment, check=False).returncode
            found += code != 0
    return int(found > 0)


def main() -> int:
    """Try the readers, one case, or look with a guide."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="files for each reader")
    parser.add_argument("--reader", action="append", choices=list(READERS), help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--case", type=int, help="make this case of --reader again, and try it here")
    parser.add_argument("--write", type=Path, help="folder for the file of --case, and for what --guided finds")
    parser.add_argument("--guided", action="store_true", help="by coverage, with atheris; binary readers by default")
    parser.add_argument("--seconds", type=int, default=600, help="of --guided, for each reader")
    chosen = parser.parse_args()
    readers = chosen.reader or [name for name, each in READERS.items() if each.binary or not chosen.guided]
    if chosen.case is not None:
        return max(one_case(reader, chosen.seed, chosen.case, chosen.write) for reader in readers)
    if chosen.guided:
        return guided(readers, chosen.seconds, chosen.write or Path("fuzzed"))
    begun = time.monotonic()
    print(ROW.format("reader", "tried", "result", "refused", "left out", "findings", "memory", "work"), flush=True)
    done = try_readers(readers, chosen.count, chosen.seed, jobs=chosen.jobs, progress=show)
    findings = sum(len(each.findings) for each in done.values())
    tried = sum(each.tried for each in done.values())
    print(f"{tried} files, {findings} findings, {(time.monotonic() - begun) / 60:.1f} minutes")
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main())
