"""Several dancers: how many, in which formation, together or after one another, as a plan file keeps it.

Nothing heavy is imported, so the command line can offer the names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from choreo.errors import InputError
from choreo.options import check_options, option

FORMATIONS = ("line", "V", "circle", "grid", "diagonal")
UNISONS = ("unison", "mirror", "canon:BARS")
MOST = 24
MOST_BARS = 64


@dataclass(frozen=True)
class Troupe:
    """One dancer or several.

    `formation` is one of `FORMATIONS`. `unison` is ``unison`` (all dance the same), ``mirror`` (those on the dancers'
    left dance mirrored) or ``canon:BARS`` (each one begins so many bars after the one before, all end together).

    Raises
    ------
    InputError
        When a number or a name is not one of these.

    Examples
    --------
    >>> Troupe(3, "v", "canon:2")
    Troupe(dancers=3, formation='V', unison='canon:2')
    >>> Troupe(3, unison="canon:2").canon_bars, Troupe(5, unison="mirror").mirrored
    (2, True)
    """

    dancers: int = option(1, low=1, high=MOST)
    formation: str = option("V", choices=FORMATIONS)
    unison: str = "unison"

    def __post_init__(self) -> None:
        """Check the options; a formation is spelled as in `FORMATIONS`, whatever its case was."""
        known = {name.lower(): name for name in FORMATIONS}
        object.__setattr__(self, "formation", known.get(str(self.formation).lower(), self.formation))
        check_options(self)
        if not re.fullmatch(r"unison|mirror|canon:[1-9]\d{0,3}", str(self.unison)) or self.canon_bars > MOST_BARS:
            raise InputError(
                f"unison: found {self.unison!r}, expected unison, mirror, or canon:BARS with 1 to {MOST_BARS} bars "
                "from one dancer to the next, like canon:2."
            )

    @property
    def canon_bars(self) -> int:
        """Bars by which each dancer begins after the one before; 0 when it is no canon."""
        return int(self.unison.partition(":")[2] or 0)

    @property
    def mirrored(self) -> bool:
        """Whether one side dances mirrored."""
        return self.unison == "mirror"

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Troupe:
        """Read it back from a plan's options; one dancer when they say nothing.

        Raises
        ------
        InputError
            When they say what cannot be.
        """
        names = (name for name in cls.__dataclass_fields__ if name in options)
        return cls(**{name: options[name] for name in names})

    def options(self) -> dict[str, Any]:
        """Options for a plan file; none for one dancer."""
        if self.dancers == 1:
            return {}
        return {"dancers": self.dancers, "formation": self.formation, "unison": self.unison}


__all__ = ["FORMATIONS", "MOST", "UNISONS", "Troupe"]
