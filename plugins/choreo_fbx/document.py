"""An FBX document: its objects with their ids, how they are connected, and what stands around them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from choreo_fbx.records import CREATED, FILE_ID, VERSION, Record, Value, write_records

FIRST_ID = 1_000_000
"""Ids count from here on, so that the same input gives the same bytes."""
TICKS = 46_186_158_000
"""FBX's units of time in a second."""
TIME_MODES = {120.0: 1, 100.0: 2, 60.0: 3, 50.0: 4, 48.0: 5, 30.0: 6, 25.0: 10, 24.0: 11, 96.0: 15, 72.0: 16}
CUSTOM_RATE = 14
AXES = {"y": (1, 1, 2, 1), "z": (2, 1, 1, -1)}
"""Number and sign of the axis that points up, and of the one that points to the viewer; +X is right in both."""
KINDS = {
    "int": "Integer", "enum": "", "bool": "", "double": "Number", "KTime": "Time", "KString": "", "ColorRGB": "Color",
    "Color": "", "Vector3D": "Vector", "Lcl Translation": "", "Lcl Rotation": "", "Lcl Scaling": "", "Number": "",
}  # fmt: skip
"""Second type of a property, by its first."""
ANIMATED = ("Lcl Translation", "Lcl Rotation", "Lcl Scaling", "Number", "Color")
"""Properties that may be animated."""


def ticks(seconds: np.ndarray) -> np.ndarray:
    """Seconds in FBX's units of time, ``i8``."""
    return np.round(np.asarray(seconds, np.float64) * TICKS).astype(np.int64)


def put(properties: Record, name: str, kind: str, *values: Value) -> None:
    """Add an entry to a ``Properties70``."""
    properties.add("P", name, kind, KINDS[kind], "A" if kind in ANIMATED else "", *values)


class Document:
    """A document that grows; `save` writes it.

    Parameters
    ----------
    fps, frames
        Of the animation; it begins at 0.
    unit
        Metres of one unit of length.
    up
        ``y`` or ``z``.
    """

    def __init__(self, fps: float, frames: int, unit: float, up: str) -> None:
        self.fps, self.unit, self.up = fps, unit, up
        self.end = np.int64(ticks(np.array([(frames - 1) / fps]))[0])
        self.objects, self.connections = Record("Objects"), Record("Connections")
        self.takes = Record("Takes")
        self.counts: Counter[str] = Counter()
        self._next = FIRST_ID

    def object(self, kind: str, name: str, of: str, subtype: str = "") -> tuple[Record, np.int64]:
        """Add an object; returns it and its id. `of` is the class after its name."""
        number = np.int64(self._next)
        self._next += 1
        self.counts[kind] += 1
        return self.objects.add(kind, number, f"{name}\x00\x01{of}", subtype), number

    def connect(self, child: np.int64, parent: np.int64 | int, slot: str = "") -> None:
        """Put an object under another, or under one of its properties; 0 is the scene."""
        more = (slot,) if slot else ()
        self.connections.add("C", "OP" if slot else "OO", child, np.int64(parent), *more)

    def save(self, path: Path) -> None:
        """Write the file."""
        documents = Record("Documents")
        documents.add("Count", 1)
        scene = documents.add("Document", np.int64(FIRST_ID - 1), "Scene", "Scene")
        put(scene.add("Properties70"), "ActiveAnimStackName", "KString", "dance")
        scene.add("RootNode", np.int64(0))
        stamps = [Record("FileId", FILE_ID), Record("CreationTime", CREATED), Record("Creator", "choreo")]
        head = [_head(), *stamps, self._settings(), documents, Record("References"), self._definitions()]
        write_records([*head, self.objects, self.connections, self.takes], path)

    def _settings(self) -> Record:
        record = Record("GlobalSettings")
        record.add("Version", 1000)
        into = record.add("Properties70")
        up, up_sign, front, front_sign = AXES[self.up]
        axes = {"UpAxis": up, "UpAxisSign": up_sign, "FrontAxis": front, "FrontAxisSign": front_sign}
        axes |= {"CoordAxis": 0, "CoordAxisSign": 1, "OriginalUpAxis": up, "OriginalUpAxisSign": up_sign}
        for name, value in axes.items():
            put(into, name, "int", value)
        for name in ("UnitScaleFactor", "OriginalUnitScaleFactor"):
            put(into, name, "double", 100 * self.unit)
        put(into, "TimeMode", "enum", TIME_MODES.get(self.fps, CUSTOM_RATE))
        put(into, "TimeSpanStart", "KTime", np.int64(0))
        put(into, "TimeSpanStop", "KTime", self.end)
        put(into, "CustomFrameRate", "double", float(self.fps))
        return record

    def _definitions(self) -> Record:
        record = Record("Definitions")
        record.add("Version", 100)
        record.add("Count", 1 + sum(self.counts.values()))
        for kind, count in {"GlobalSettings": 1, **self.counts}.items():
            record.add("ObjectType", kind).add("Count", count)
        return record


def _head() -> Record:
    head = Record("FBXHeaderExtension")
    head.add("FBXHeaderVersion", 1003)
    head.add("FBXVersion", VERSION)
    head.add("EncryptionType", 0)
    made = head.add("CreationTimeStamp")
    made.add("Version", 1000)
    stamp = {"Year": 1970, "Month": 1, "Day": 1, "Hour": 10, "Minute": 0, "Second": 0, "Millisecond": 0}
    for name, value in stamp.items():
        made.add(name, value)
    head.add("Creator", "choreo")
    return head
