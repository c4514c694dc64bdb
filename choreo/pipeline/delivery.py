"""Motion files made for the program that reads them: in place, as a loop, on its rig."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from choreo import plugins
from choreo.clock import clock
from choreo.errors import InputError
from choreo.motion.in_place import in_place
from choreo.motion.rig_names import RIGS
from choreo.motion.rigs import put_on_rig
from choreo.options import Rigging
from choreo.protocols import Exporter, RigExporter
from choreo.synthesis.looping import loop_ends, looped
from choreo.types import Body, Doubles, Motion
from choreo.video.bodies import fit_motion, load_body

PLAIN = "choreo"
"""The rig of files for which only a root, a unit or an axis is asked for."""


@dataclass(frozen=True)
class Form:
    """Unit and axis up of files of a format."""

    unit: str
    up: str


@dataclass(frozen=True)
class Delivery:
    """How motions become files: what was asked for, and the form of each format that is written on a rig."""

    rigging: Rigging = field(default_factory=Rigging)
    forms: Mapping[str, Form] = field(default_factory=dict)

    @property
    def asked(self) -> str:
        """The first option that was given, as it was; empty without one."""
        return _asked(self.rigging)

    def shaped(self, motions: Sequence[Motion], bars: Doubles | None = None) -> tuple[tuple[Motion, ...], str]:
        """Motions in place and as a loop, as asked for, and what is to be said of it.

        Parameters
        ----------
        motions
            Of all dancers, of one length.
        bars
            ``(B,)`` seconds of the motions at which bars begin, where they are known.

        Raises
        ------
        MotionError
            When the dance is too short to be a loop.
        """
        made = tuple(motions)
        if self.rigging.in_place:
            made = tuple(map(in_place, made))
        if not self.rigging.loop:
            return made, ""
        first, last = loop_ends(made, bars)
        fps = made[0].fps
        said = f"the loop in the motion files is {clock(first / fps)} to {clock(last / fps)} of the dance"
        return tuple(looped(motion, first, last) for motion in made), said

    def write(self, name: str, exporter: Exporter, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write a motion that is shaped already with the exporter of a name."""
        form = self.forms.get(name)
        if form is None or not isinstance(exporter, RigExporter):
            exporter.export(motion, path, body=body)
            return
        body = body or load_body()
        asked = self.rigging
        rigged = put_on_rig(
            fit_motion(motion, body),
            asked.rig or PLAIN,
            root=asked.root,
            in_place=asked.in_place,
            unit=form.unit,
            up=form.up,
        )
        exporter.export_rig(rigged, path, body=body)


def rigging_of(rig: str | Rigging | None) -> Rigging | None:
    """All that is asked for of motion files, from the name of a rig alone."""
    return Rigging(rig=rig) if isinstance(rig, str) else rig


def resolve_delivery(rigging: Rigging, exporters: Mapping[str, Exporter]) -> Delivery:
    """Find out how each format is written, before anything is.

    Raises
    ------
    InputError
        When a rig is asked for and a format cannot be written on one, or not in the unit or with the axis up that is
        asked for.
    """
    if not rigging.on_rig:
        return Delivery(rigging)
    if not exporters:
        raise InputError(
            f"{_asked(rigging)}: no motion file is asked for that can have it; {', '.join(_able())} can. A character "
            "of yours keeps its own rig."
        )
    forms: dict[str, Form] = {}
    for name, exporter in exporters.items():
        if not isinstance(exporter, RigExporter):
            raise InputError(
                f"{_asked(rigging)}: {name} files have a rig of their own; {', '.join(_able())} can have another."
            )
        rig = RIGS[rigging.rig or PLAIN]
        unit = _form("--units", rigging.units, rig.unit, getattr(exporter, "units", ("m", "cm")), name)
        forms[name] = Form(unit, _form("--up", rigging.up, rig.up, getattr(exporter, "ups", ("y", "z")), name))
    return Delivery(rigging, forms)


def _form(option: str, asked: str | None, usual: str | None, known: Sequence[str], name: str) -> str:
    """One of those that a format has: what was asked for, else what the rig has, else the format's first."""
    if asked is not None and asked not in known:
        raise InputError(f"{option} {asked}: {name} files always have {', '.join(known)}; leave {option} out.")
    return asked or (usual if usual in known else None) or known[0]


def _asked(rigging: Rigging) -> str:
    """The first option that was given: those that only a file on a rig has before the others."""
    said = [f"--{name} {value}" for name in ("rig", "root", "units", "up") if (value := getattr(rigging, name))]
    said += ["--in-place"] * rigging.in_place + ["--loop"] * rigging.loop
    return next(iter(said), "")


def _able() -> list[str]:
    """Names of the exporters that write rigs."""
    names = plugins.available("exporters")
    return [name for name in names if isinstance(plugins.load("exporters", name), RigExporter)]


__all__ = ["Delivery", "Form", "resolve_delivery", "rigging_of"]
