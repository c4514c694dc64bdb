"""What is said when files were added to the motion database."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from choreo.cli import options
from choreo.cli.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from choreo.datasets.ingest import FileReport


def tell_added(reports: Sequence[FileReport], added: int, quiet: bool) -> None:
    """Print how many clips are new, what was skipped and why, and what readers assumed."""
    from choreo.datasets.files import assumptions

    skipped = [report for report in reports if report.skipped]
    if not quiet:
        for report in skipped:
            say(f"Skipped {report.file}: {report.skipped}", err=True)
    minutes = sum(report.seconds for report in reports) / 60
    clips = sum(report.clips for report in reports)
    say(
        f"{added} clips are new. {len(reports) - len(skipped)} of {len(reports)} files have {clips} clips in "
        f"{minutes:.1f} minutes of motion; {len(skipped)} were skipped."
    )
    guesses = [assumptions(report.flags) for report in reports]
    if not quiet:
        for guess, files in Counter(chain(*guesses)).items():
            say(options.assumed(guess, f"{files} of {len(reports)} files"), err=True)
    floating = sum("floating" in report.flags for report in reports)
    if floating:
        say(f"In {floating} files the dancer floats: both feet are up in over 3 % of the frames in which one is down.")
    flagged = sum(
        len(set(report.flags) - {"floating"}) > len(assumed) for report, assumed in zip(reports, guesses, strict=True)
    )
    if flagged:
        say(f"In {flagged} files faults were mended or cut out; 'choreo db show CLIP' tells which.")


__all__ = ["tell_added"]
