"""Beats that a user states: a file of beat times or a chart of a rhythm game, or an exact grid of one tempo.

====================================  ==========================================================================
file                                  what is read
====================================  ==========================================================================
a list of times                       seconds, optionally the position in the bar (1 is the downbeat) or bar.beat
Audacity's labels                     the start of each label, and its text when that is a position or bar.beat
a table with a header                 columns named time (or time_ms), beat or position, downbeat, in any order
``.osu``                              timing points that are not inherited, with their metre
``.sm``, ``.ssc``                     ``OFFSET``, ``BPMS``, ``STOPS``, ``DELAYS``, ``WARPS``, ``TIMESIGNATURES``
====================================  ==========================================================================

What a file states is taken as it is: nothing is smoothed, moved or filled in.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.errors import InputError
from choreo.foreign.files import read_text
from choreo.music.bars import stated_metres
from choreo.music.beat_charts import read_osu, read_stepmania
from choreo.music.beat_lists import BARS, read_list
from choreo.types import BeatTrack, Certainty, Ints

FILE, GRID = "file", "grid"
STATED = (FILE, GRID)
"""Methods of a `BeatTrack` that a user states: danced exactly, not heard."""


COMPOUND = {6: 2, 9: 3, 12: 4}
"""Beats of three eighths in a bar, by its eighths."""


def counted_bar(metre: int) -> tuple[int, int]:
    """Beats in a bar of a user's metre, and the parts of a beat: 6 says six eighths, which are two beats of three.

    Examples
    --------
    >>> counted_bar(3), counted_bar(6)
    ((3, 2), (2, 3))
    """
    return (COMPOUND[metre], 3) if metre in COMPOUND else (metre, 2)


def track_from_file(path: str | Path, until: float, metre: int | None = None) -> BeatTrack:
    """Beats and bars as a file states them; `choreo.music.beat_files` lists the kinds.

    Parameters
    ----------
    until
        Seconds up to which the beats of a chart are counted, which states tempos; a list is taken whole.
    metre
        Beats in a bar. Where the file has bars of another length, they are counted anew from its first downbeat.

    Returns
    -------
    BeatTrack
        Where the file says nothing of bars, they are counted from its first beat, in four when `metre` is None, and its
        certainty says that they are a guess.

    Raises
    ------
    InputError
        When the file cannot be read, or is none of those; the message has the number of the line.
    """
    path = Path(path)
    text = read_text(path)
    notes: tuple[str, ...] = ()
    positions: Ints | None
    if path.suffix.lower() == ".osu" or text.startswith("osu file format"):
        times, positions = read_osu(text, path, until)
    elif path.suffix.lower() in (".sm", ".ssc"):
        times, positions = read_stepmania(text, path, until, metre)
    elif "<!doctype" in text[:1000].lower() or text.startswith("<?xml"):
        raise InputError(f"{path}: an XML file; want beats as text. Sonic Visualiser exports a layer as CSV.")
    else:
        times, positions, notes = read_list(text, path)
    if positions is None:
        bar, parts = counted_bar(metre or 4)
        guess = Certainty(downbeat=0.0, metre=0.0 if metre is None else 1.0)
        positions = np.arange(len(times)) % bar + 1
        return BeatTrack(times, positions, bar, 1.0, FILE, notes, certainty=guess, subdivision=parts)
    most = int(positions.max())
    if most not in BARS or not (positions == 1).any():
        raise InputError(f"{path}: positions run to {most}; want bars of 2 to 12 beats that begin with 1.")
    metres = stated_metres(positions)
    bar, parts = int(np.bincount(metres).argmax()), 2
    if metre is not None and (metres != metre).any():
        first = int(np.argmax(positions == 1))
        bar, parts = counted_bar(metre)
        positions = (np.arange(len(times)) - first) % bar + 1
        metres = np.full(len(times), bar)
    changes = metres if (metres != bar).any() else None
    return BeatTrack(times, positions, bar, 1.0, FILE, notes, subdivision=parts, metres=changes)


def grid(bpm: float, downbeat: float, until: float, metre: int | None = None) -> BeatTrack:
    """Beats exactly ``60 / bpm`` seconds apart over ``[0, until)``, with a downbeat at `downbeat` seconds.

    Examples
    --------
    >>> grid(120, 0.75, 2.5).beats.tolist()
    [0.25, 0.75, 1.25, 1.75, 2.25]
    """
    (bar, parts), period = counted_bar(metre or 4), 60 / bpm
    index = np.arange(int(np.ceil(-downbeat / period)) - 1, int(np.ceil((until - downbeat) / period)) + 1)
    times = np.asarray(downbeat + index * period, np.float64)
    inside = (times >= 0) & (times < until)
    return BeatTrack(times[inside], index[inside] % bar + 1, bar, 1.0, GRID, subdivision=parts)
