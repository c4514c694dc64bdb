"""What each large dependency takes and buys: ``python benchmarks/footprint.py [--write]``.

MB are the files of the installed distributions of the core, without extras; a row has those that would go with it, that
is what nothing else brings. Imports are CPU time of fresh processes, after numpy, the least of five.
``--write`` puts the table into ``docs/architecture.md``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution, requires
from pathlib import Path

from packaging.requirements import Requirement

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN = "<!-- Made by `python benchmarks/footprint.py --write`; change that script, not this table. -->\n\n"
END = "\n\n<!-- End of what the script made. -->"
CORE = "choreo-dance"
TIMES = 5
IMPORT = "import time, numpy; begun = time.process_time(); import {}; print(time.process_time() - begun)"
ALONE = "import time; begun = time.process_time(); import {}; print(time.process_time() - begun)"


@dataclass(frozen=True)
class Row:
    """Distributions that come and go together, the module whose import is measured, and words about both."""

    names: tuple[str, ...]
    module: str
    loaded: str
    buys: str


ROWS = (
    Row(("lancedb", "pyarrow"), "lancedb", "`db`, `search`, dancing with recordings, the first run",
        "datasets of any size on disk or in object storage, versions to go back to, writes that are whole or none"),
    Row(("numba", "llvmlite"), "numba", "drawing with `raster`, skinning",
        "the default renderer: videos without an OpenGL driver"),
    Row(("scipy",), "scipy.fft, scipy.ndimage, scipy.interpolate",
        "listening to a song, reading recordings, `graph`, `eval`",
        "Fourier transforms of single precision, filters of recorded motion, interpolation without overshoot"),
    Row(("av",), "av", "decoding and encoding",
        "every song and video format, with no ffmpeg to install"),
    Row(("numpy",), "numpy", "everything but help and lists of plugins", "all arrays"),
    Row(("pillow",), "PIL.Image", "stills, titles, gif and png", "pictures, letters of titles"),
    Row(("networkx",), "networkx", "`graph export`", "the motion graph for people and other tools"),
    Row(("rich",), "rich.progress", "when a person watches the terminal", "progress"),
    Row(("pyyaml",), "yaml", "reading moves", "the notation of moves"),
    Row(("pooch", "requests"), "pooch, requests", "`db get`",
        "collections of motion whose sums are checked as they come"),
    Row(("jinja2", "markupsafe"), "jinja2", "writing pages", "pages of HTML that escape what they are given"),
    Row(("msgspec",), "msgspec", "plans, digests of rows", "plan files that are checked as they are read"),
)  # fmt: skip


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def needs(name: str) -> frozenset[str]:
    """Distributions that one requires on this machine, without its extras."""
    found = [Requirement(text) for text in requires(name) or ()]
    return frozenset(_plain(each.name) for each in found if each.marker is None or each.marker.evaluate({"extra": ""}))


def brought(names: Iterable[str]) -> set[str]:
    """`names` and all that they require."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs(name)
    return found


@cache
def megabytes(name: str) -> float:
    """MB of the installed files of a distribution."""
    paths = (Path(str(file.locate())) for file in distribution(name).files or ())
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def seconds(module: str) -> float:
    """CPU seconds of an import in a fresh process."""
    code = (ALONE if module == "numpy" else IMPORT).format(module)
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(TIMES)]
    return min(map(float, runs))


def table() -> str:
    """The table, as Markdown."""
    direct = needs(CORE)
    whole = brought(direct)
    total, shown = sum(map(megabytes, whole)), 0.0
    lines = ["| dependency | MB | import, CPU s | loaded by | buys |", "|---|---|---|---|---|"]
    for row in ROWS:
        gone = (whole - brought(direct - set(row.names))) | set(row.names)
        size = sum(map(megabytes, gone))
        shown += size
        lines.append(f"| {', '.join(row.names)} | {size:.0f} | {seconds(row.module):.2f} | {row.loaded} | {row.buys} |")
    others = sorted(direct - {name for row in ROWS for name in row.names})
    lines.append(f"| {', '.join(others)} | {total - shown:.0f} | | | |")
    lines.append(f"| **all {len(whole)} distributions** | **{total:.0f}** | | | |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put it into docs/architecture.md")
    made = table()
    if not parser.parse_args().write:
        print(made)
        return
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + made + END + rest.split(END, 1)[1], encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
