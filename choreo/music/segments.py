"""A run of bars that has one label."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Segment:
    """Bars ``start .. end - 1``; segments of one `root` have one label.

    `root` is the bar that the first bar goes back to, copy by copy; the first bar itself when it is new.
    """

    start: int
    end: int
    root: int

    @property
    def bars(self) -> int:
        """Length in bars."""
        return self.end - self.start
