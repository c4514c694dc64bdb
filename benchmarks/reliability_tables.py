"""What the sections of the page on reliability share: tables, and a command with its cost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHOREO = [sys.executable, "-m", "choreo"]
SECONDS = 60
"""Of work, after which a command is ended; none should come near."""


@dataclass(frozen=True)
class Effort:
    """How many damaged files for each reader, and at how many places work is killed."""

    count: int = 300
    kills: int = 10


@dataclass(frozen=True)
class Section:
    """A heading, a paragraph and a table; `remarks` are lines below it."""

    title: str
    words: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    remarks: Sequence[str] = field(default_factory=list)

    def text(self) -> str:
        """Markdown."""
        lines = [f"## {self.title}", "", self.words, "", _row(self.head), "|" + "---|" * len(self.head)]
        lines += [_row(row) for row in self.rows]
        if self.remarks:
            lines += ["", *(f"- {_shown(remark)}" for remark in self.remarks)]
        return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """Text in which nothing is markup, a cell of a table's or a character that steers."""
    plain = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return plain.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell if cell.startswith("`") else _shown(cell) for cell in cells) + " |"


@dataclass(frozen=True)
class Ran:
    """A command that has run: exit code (negative for a signal), what it said, seconds of work, bytes at most."""

    code: int
    said: str
    seconds: float
    memory: int

    @property
    def outcome(self) -> str:
        """Result, refused, or else."""
        if self.code == 0:
            return "result"
        clear = self.code in (1, 2, 3, 4) and "Traceback" not in self.said
        return "refused" if clear else f"else (code {self.code})"


def measured(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Ran:
    """Run choreo with its output in a file, and look at what it took."""
    out = folder / "said.txt"
    own = {"CHOREO_CACHE": str(folder / "cache"), "CHOREO_MOTION_DB": str(folder / "db"), "OMP_NUM_THREADS": "1"}
    with out.open("w") as stream:
        process = subprocess.Popen(
            [*CHOREO, *command], stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, cwd=folder,
            env={**os.environ, **own, **(environment or {})}, preexec_fn=_limits,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = out.read_text(encoding="utf-8", errors="replace")
    return Ran(process.returncode, text, used.ru_utime + used.ru_stime, used.ru_maxrss << 10)


def _limits() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))


def first_line(text: str, prefix: str = "") -> str:
    """The line of a message that says what is wrong, without the folder's name."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("Error")), lines[0] if lines else "")
    told = told.removeprefix("Error: ").replace(prefix + "/", "") if prefix else told.removeprefix("Error: ")
    return told if len(told) <= 160 else told[:157] + "..."


def cost(ran: Ran) -> list[str]:
    """Cells for memory and time."""
    return [f"{ran.memory / 2**20:.0f} MiB", f"{ran.seconds:.1f} s"]


__all__ = ["Effort", "Ran", "Section", "cost", "first_line", "measured"]
