"""What a user may ask for: names, defaults and bounds, each standing here once.

The command line makes its options from these fields, `choreo.analyze` and `choreo.generate` take the objects, and plan
files keep them. Wishes for the steps are in `choreo.planning.wishes`, the looks of a video in `choreo.video.look`, and
several dancers in `choreo.planfile.troupe`: they are made with the same `option`. Nothing heavy is imported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar

from choreo.errors import InputError
from choreo.foreign.limits import LONGEST_HOURS, SOUND_HOURS
from choreo.licences import LEVELS

T = TypeVar("T")
OCTAVES = ("auto", "half", "double")
PACES = {"half": 0.5, "written": 1.0, "double": 2.0}
"""Tempos at which a move's arms may be danced, by name."""
PARTS = ("arms", "left arm", "right arm", "head", "torso")
"""Parts of the body that a step may keep still."""

RIGS = ("choreo", "mixamo", "unreal", "unity", "vrm", "rigify", "godot", "roblox", "smpl", "mmd")
"""Rigs that motion files may be written on; see `choreo.motion.rig_names`."""


@dataclass(frozen=True)
class Bounds:
    """What a field may hold: numbers from `low` to `high` of `unit`, or one of `choices`."""

    low: float = -math.inf
    high: float = math.inf
    unit: str = ""
    choices: tuple[str, ...] = ()

    def wanted(self, *, whole: bool = False) -> str:
        """What is wanted, in words, `whole` numbers or any."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if math.isfinite(self.high):
            return f"{'a whole number from ' if whole else ''}{self.low:g} to {self.high:g} {self.unit}".rstrip()
        return f"{'a whole number, ' if whole else ''}{self.low:g} or more {self.unit}".rstrip()


def option(
    default: Any = MISSING,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    unit: str = "",
    choices: tuple[str, ...] = (),
) -> Any:
    """Make a field of an option object with what it may hold."""
    return field(default=default, metadata={"bounds": Bounds(low, high, unit, choices)})


def field_of(kind: type, name: str) -> Field[Any]:
    """One field of an option object."""
    return next(each for each in fields(kind) if each.name == name)


def bounds_of(kind: type, name: str) -> Bounds:
    """What a field of an option object may hold."""
    found: Bounds = field_of(kind, name).metadata.get("bounds", Bounds())
    return found


def _of_its_type(value: Any, annotation: str) -> str:
    """What is wanted of a field without bounds, when `value` is something else; options may come from a file."""
    if annotation.startswith("str"):
        if not isinstance(value, str | Path):
            return "text"
        return "text without NUL characters" if "\0" in str(value) else ""
    if annotation.startswith("bool"):
        return "" if isinstance(value, bool) else "true or false"
    if annotation.startswith("tuple[str"):
        return "" if isinstance(value, tuple) and all(isinstance(each, str) for each in value) else "names"
    return ""


def check_options(options: Any) -> None:
    """Check every field of an option object against its bounds; None is always allowed.

    Raises
    ------
    InputError
        Names the field, what was found and what is wanted.
    """
    for each in fields(options):
        bounds, value = each.metadata.get("bounds"), getattr(options, each.name)
        if value is None:
            continue
        if bounds is None:
            if wanted := _of_its_type(value, str(each.type)):
                raise InputError(f"{each.name}: found {value!r}, expected {wanted}.")
            continue
        whole = "int" in str(each.type)
        if bounds.choices:
            good = isinstance(value, str) and value in bounds.choices
        else:
            number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
            good = number and bounds.low <= value <= bounds.high
        if not good:
            raise InputError(f"{each.name}: found {value!r}, expected {bounds.wanted(whole=whole)}.")


def options_of(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    """Make an option object of names and values that come from a file.

    Raises
    ------
    InputError
        When a name is unknown or a value is not allowed; begins with `where`.
    """
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]  # option objects are dataclasses
    if unknown := sorted(set(values) - known):
        raise InputError(f"{where}: {unknown[0]!r} is no option; known are {', '.join(sorted(known))}.")
    try:
        return kind(**values)
    except InputError as error:
        raise InputError(f"{where}: {error.message}") from error


@dataclass(frozen=True, kw_only=True)
class Listening:
    """How to analyse a song.

    Attributes
    ----------
    start, duration
        Part of the song to use, seconds; all of it when `duration` is None. Times count from the start of the file.
    offset
        Seconds by which all beats move; positive is later.
    bpm
        Beats a minute to follow, for songs whose tempo is found wrongly.
    downbeat
        Second of a downbeat: the beat nearest to it is the one, and bars are counted from there both ways. With `bpm`
        the beats are exactly ``60 / bpm`` seconds apart through the whole song, whatever is heard.
    metre
        Beats in a bar to follow; 6, 9 and 12 are eighths of compound time, which has two, three or four beats of three.
    octave
        One of `OCTAVES`: ``half`` or ``double`` count at half or double the tempo that was found or given.
    beats
        File of beats to use instead of tracking them: a list of times, labels, a table or a chart; see
        `choreo.music.beat_files`. They are taken exactly.
    tracker
        Name of a ``choreo.beats`` plugin.
    tagger
        Name of a ``choreo.taggers`` plugin, whose genres and moods count beside the rhythm; none when None.
    cache
        Read the analysis from the cache when it is there, and store it there otherwise.
    max_hours
        Most sound that is decoded; a longer file is refused before more than this of it is.

    Raises
    ------
    InputError
        When a value is out of its bounds, or a tempo with a downbeat stands beside a file of beats.

    Examples
    --------
    >>> Listening(start=60, duration=20, bpm=128).bpm
    128
    >>> Listening(bpm=128, downbeat=0.35).downbeat
    0.35
    >>> Listening(bpm=500)
    Traceback (most recent call last):
    choreo.errors.InputError: bpm: found 500, expected 30 to 300 beats per minute.
    """

    start: float = option(0.0, low=0, unit="seconds")
    duration: float | None = option(None, low=0, unit="seconds")
    offset: float = option(0.0, low=-10, high=10, unit="seconds")
    bpm: float | None = option(None, low=30, high=300, unit="beats per minute")
    downbeat: float | None = option(None, low=-1000, high=1e6, unit="seconds")
    metre: int | None = option(None, low=2, high=12, unit="beats in a bar")
    octave: str = option("auto", choices=OCTAVES)
    beats: str | Path | None = None
    tracker: str = "tcn"
    tagger: str | None = None
    cache: bool = True
    max_hours: float = option(SOUND_HOURS, low=0.01, high=LONGEST_HOURS, unit="hours")

    def __post_init__(self) -> None:
        """Check the bounds."""
        check_options(self)
        if self.downbeat is not None and self.bpm is not None and self.beats is not None:
            raise InputError("downbeat: with bpm it makes an exact grid; leave out bpm, or the file of beats.")

    def as_dict(self) -> dict[str, Any]:
        """Fields by name, ready for JSON, the path of a beat file as text.

        `cache` and `max_hours` are left out: they decide whether a song is analysed and the analysis is stored, not
        what is in it. So plan files that differ only in them are the same, and the cache's own keys do not depend on
        them.
        """
        left_out = ("cache", "max_hours")
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in left_out}
        return {**values, "beats": None if self.beats is None else str(self.beats)}


@dataclass(frozen=True, kw_only=True)
class Choosing:
    """What to choose the dance by, from which clips.

    Attributes
    ----------
    style
        Prefer clips of one style, such as ``hiphop``; what suits the music when None.
    seed
        Another number gives another dance.
    energy
        A curve in place of the song's energy, such as ``0:00=0.2,1:30=0.9``; see `choreo.planning.energy`.
    embedder
        Name of a ``choreo.embedders`` plugin.
    lyrics
        File with the song's words and their times (.lrc): movements that are sung are danced there.
    lyrics_weight
        How much what is sung counts; 0 not at all, 1 as usual.
    db
        Location of the motion database; the user's own when None.
    datasets
        Only clips of these; all when empty.
    licence
        Only clips that may be used so: one of `choreo.licences.LEVELS`.
    only
        Only clips of these moves or labels; all when empty.

    Raises
    ------
    InputError
        When a value is out of its bounds.

    Examples
    --------
    >>> Choosing(style="disco", seed=7).embedder
    'zeroshot'
    >>> Choosing(licence="free").licence
    'free'
    >>> Choosing(seed=-1)
    Traceback (most recent call last):
    choreo.errors.InputError: seed: found -1, expected a whole number, 0 or more.
    """

    style: str | None = None
    seed: int = option(0, low=0)
    energy: str | None = None
    embedder: str = "zeroshot"
    lyrics: str | Path | None = None
    lyrics_weight: float = option(1.0, low=0, high=10)
    db: str | None = None
    datasets: tuple[str, ...] = ()
    licence: str = option("any", choices=LEVELS)
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the bounds."""
        check_options(self)


@dataclass(frozen=True, kw_only=True)
class Rigging:
    """How motion files are to be for the program that reads them.

    Attributes
    ----------
    rig
        One of `RIGS`: names of joints, axes of bones, root, unit and axis up of a program.
    root
        ``floor``: a root on the floor carries the dancer over it; ``hips``: the hips are the root.
    in_place
        Take the way over the floor out, keep steps and sway; see `choreo.motion.in_place`.
    units
        ``m`` or ``cm``.
    up
        ``y`` or ``z``.
    loop
        End where it begins; see `choreo.synthesis.looping`.

    What is None is as the rig has it. `in_place` and `loop` hold for characters and for formats without a rig, too.

    Raises
    ------
    InputError
        When a value is out of its bounds.

    Examples
    --------
    >>> Rigging(rig="unreal", in_place=True).on_rig
    True
    >>> Rigging(root="sky")
    Traceback (most recent call last):
    choreo.errors.InputError: root: found 'sky', expected one of floor, hips.
    """

    rig: str | None = option(None, choices=RIGS)
    root: str | None = option(None, choices=("floor", "hips"))
    in_place: bool = False
    units: str | None = option(None, choices=("m", "cm"))
    up: str | None = option(None, choices=("y", "z"))
    loop: bool = False

    def __post_init__(self) -> None:
        """Check the bounds."""
        check_options(self)

    @property
    def on_rig(self) -> bool:
        """Whether anything is asked for that only a file on a rig has."""
        return any(each is not None for each in (self.rig, self.root, self.units, self.up))


__all__ = [
    "OCTAVES",
    "RIGS",
    "Bounds",
    "Choosing",
    "Listening",
    "Rigging",
    "bounds_of",
    "check_options",
    "field_of",
    "option",
    "options_of",
]
