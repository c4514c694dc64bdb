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

AUTO = "auto"
"""Formations and roles that change with the song's sections; see `choreo.planfile.group`."""
FORMATIONS = ("line", "V", "circle", "grid", "diagonal", "columns", "arrow", "ladder", "triangle")
UNISONS = (AUTO, "unison", "mirror", "canon:BARS", "hold")
CLOSED_HOLD = "closed-hold"
"""Label of the moves that a couple in closed hold can dance."""
MOST = 24
MOST_BARS = 64


@dataclass(frozen=True)
class Troupe:
    """One dancer or several.

    `formation` is one of `FORMATIONS`, or ``auto``: it changes with the song's sections. `unison` is ``unison`` (all
    dance the same), ``mirror`` (those on the dancers' left dance mirrored), ``canon:BARS`` (each one begins so many
    bars after the one before, all end together), ``hold`` (two in closed hold: a leader and a partner) or ``auto``:
    roles that change with the sections. A canon stays in one formation, a couple in none.

    Raises
    ------
    InputError
        When a number or a name is not one of these.

    Examples
    --------
    >>> Troupe(3, "v", "canon:2")
    Troupe(dancers=3, formation='V', unison='canon:2')
    >>> Troupe(3, unison="canon:2").canon_bars, Troupe(5, unison="mirror").mirrored, Troupe(2, unison="hold").held
    (2, True, True)
    """

    dancers: int = option(1, low=1, high=MOST)
    formation: str = option(AUTO, choices=(AUTO, *FORMATIONS))
    unison: str = AUTO

    def __post_init__(self) -> None:
        """Check the options; a formation is spelled as in `FORMATIONS`, whatever its case was."""
        known = {name.lower(): name for name in (AUTO, *FORMATIONS)}
        object.__setattr__(self, "formation", known.get(str(self.formation).lower(), self.formation))
        check_options(self)
        if (
            not re.fullmatch(r"auto|unison|mirror|hold|canon:[1-9]\d{0,3}", str(self.unison))
            or self.canon_bars > MOST_BARS
        ):
            raise InputError(
                f"unison: found {self.unison!r}, expected auto, unison, mirror, hold, or canon:BARS with 1 to "
                f"{MOST_BARS} bars from one dancer to the next, like canon:2."
            )
        if self.held and self.dancers != 2:
            raise InputError(f"unison hold: found {self.dancers} dancers, expected 2: a leader and a partner.")
        if self.held and self.formation != AUTO:
            raise InputError(f"formation {self.formation}: two in closed hold stand before each other; leave it out.")

    @property
    def canon_bars(self) -> int:
        """Bars by which each dancer begins after the one before; 0 when it is no canon."""
        return int(self.unison.partition(":")[2] or 0)

    @property
    def changes(self) -> bool:
        """Whether formation or roles change with the song's sections."""
        return self.dancers > 1 and not self.canon_bars and not self.held and AUTO in (self.formation, self.unison)

    @property
    def settled(self) -> Troupe:
        """The same with one formation and one way all along: V and unison where nothing else is asked for."""
        if self.held:
            return self
        formation = "V" if self.formation == AUTO else self.formation
        return Troupe(self.dancers, formation, "unison" if self.unison == AUTO else self.unison)

    @property
    def held(self) -> bool:
        """Whether two dance in closed hold."""
        return self.unison == "hold"

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


__all__ = ["AUTO", "CLOSED_HOLD", "FORMATIONS", "MOST", "UNISONS", "Troupe"]
