"""What becomes of bad input and of interrupted work.

    python benchmarks/reliability.py [--count N] [--kills N] [--only SECTION] [--write]

Each section of the page is one function, in `SECTIONS`; they measure what they tell. ``--write`` puts the page into
``docs/reliability.md``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fuzzing.readers import READERS
from fuzzing.trial import try_readers
from reliability_files import broken_in_folder, no_files, security_cases
from reliability_kills import kills_of_adding, kills_of_generating
from reliability_tables import Effort, Section, first_line

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
HEAD = """# When things go wrong

<!-- Made by `python benchmarks/reliability.py --write`; change that script, not this page. -->

Songs, motions, plans and characters come from anywhere, disks fill up and processes are stopped. What choreo promises:
a result or one clear sentence that names the file, whatever is in it; never more memory or time than is stated; one bad
file never costs the others anything; a file is whole or not there. This page is measured by
`python benchmarks/reliability.py --write`, on {machine}. Time is work of the processor.
What is checked of a database in object storage, and what is not, is on [its own page](storage.md#versions-and-damage).
"""


def damaged_files(folder: Path, effort: Effort) -> Section:
    """Damaged files for every reader, as in CI and, more of them, in the nightly run."""
    found = try_readers(list(READERS), effort.count, jobs=os.cpu_count() or 1)
    rows = [
        [
            each.reader, f"{each.tried:,}", f"{each.result:,}", f"{each.refused:,}", f"{each.left_out:,}",
            str(len(each.findings)), f"{each.memory[0] / 2**20:.0f} MiB", f"{each.seconds[0]:.1f} s",
        ]
        for each in found.values()
    ]  # fmt: skip
    findings = [f"{each.reader} {case}: {first_line(what)}" for each in found.values() for case, what in each.findings]
    return Section(
        "Damaged files",
        "Bits turned round, pieces cut, doubled and moved, numbers of headers at their extremes, words and trees of "
        "text changed, members of archives and instructions of pickles exchanged: "
        f"{sum(each.tried for each in found.values()):,} files made of good ones (`tests/fuzzing`). Refused is one "
        "sentence that names the file; a broken cache is left out without a word; else is anything else, and a bug. "
        "Memory and time are those of the worst file, memory above what the process had before; the limits are 2 GB "
        "and 10 s. `python benchmarks/fuzz.py` gives 10,000 to each.",
        ["reader", "tried", "result", "refused", "left out", "else", "memory", "time"],
        rows,
        findings,
    )  # fmt: skip


SECTIONS: Sequence[Callable[[Path, Effort], Section]] = (
    security_cases,
    no_files,
    broken_in_folder,
    kills_of_adding,
    kills_of_generating,
    damaged_files,
)


def main() -> None:
    """Measure all, or the sections that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="damaged files for each reader")
    parser.add_argument("--kills", type=int, default=10, help="places at which work is killed")
    parser.add_argument("--only", action="append", choices=[each.__name__ for each in SECTIONS])
    parser.add_argument("--write", action="store_true", help="write the page, of --only these sections")
    chosen = parser.parse_args()
    made: list[Section] = []
    for make in SECTIONS:
        if not chosen.only or make.__name__ in chosen.only:
            with tempfile.TemporaryDirectory() as folder:
                made.append(make(Path(folder), Effort(chosen.count, chosen.kills)))
            print(made[-1].text(), flush=True)
    if chosen.write:
        before = PAGE.read_text(encoding="utf-8") if chosen.only and PAGE.exists() else ""
        PAGE.write_text(page_of(made, before), encoding="utf-8", newline="\n")


def page_of(made: Sequence[Section], before: str = "") -> str:
    """The page; sections that were not measured now are taken from the page `before`."""
    machine = f"{os.cpu_count()} cores of a Linux machine with Python {sys.version.split()[0]}"
    parts = dict.fromkeys(title for title, _ in _parts(before)) | dict.fromkeys(each.title for each in made)
    texts = dict(_parts(before)) | {each.title: each.text() for each in made}
    return "\n".join([HEAD.format(machine=machine), *(texts[title] for title in parts)])


def _parts(page: str) -> list[tuple[str, str]]:
    """Title and text of each section."""
    return [(part.split("\n")[0], f"## {part.rstrip()}\n") for part in page.split("\n## ")[1:]]


if __name__ == "__main__":
    main()
