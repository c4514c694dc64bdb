"""Beats of charts for rhythm games, which state tempos: ``.osu`` and StepMania's ``.sm`` and ``.ssc``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from choreo.errors import InputError
from choreo.types import Bools, Doubles, Ints

TEMPOS = (10.0, 1000.0)
"""Beats a minute that a chart may state; others are effects for the eye, not music."""
MOST = 200_000
"""Beats that a chart may have up to the end of its song."""
POINTS = 20_000
"""Changes of tempo, stops and the like that a chart may have."""
METRES = 1000
"""Changes of metre that a chart may have."""
OLD_OSU = 0.024
"""Seconds that charts of osu before version 5 are early by."""


def read_osu(text: str, path: Path, until: float) -> tuple[Doubles, Ints]:
    """Beats from the first timing point on, up to `until` seconds; bars begin anew at each point.

    Returns
    -------
    ``(B,)`` rising seconds and ``(B,)`` positions from 1.

    Raises
    ------
    InputError
        When there is no timing point, or one of them is none; the message has its line.
    """
    version = re.match(r"osu file format v(\d{1,4})", text)
    early = OLD_OSU if version and int(version[1]) < 5 else 0.0
    points: list[tuple[float, float, int]] = []
    for number, cells in _timing_points(text):
        where = f"{path}, line {number}"
        try:
            time, length = float(cells[0]) / 1000 + early, float(cells[1]) / 1000
            metre = int(cells[2]) if len(cells) > 2 else 4
        except (ValueError, IndexError) as error:
            raise InputError(f"{where}: found {','.join(cells)[:80]!r}, want time,beatLength,metre,...") from error
        inherited = cells[6].strip() == "0" if len(cells) > 6 else length < 0
        if inherited:
            continue
        if not abs(time) < 1e6:
            raise InputError(f"{where}: {cells[0][:80]} is no time in milliseconds.")
        _check_tempo(60 / length if length > 0 else 0.0, f"{where}: a beat of {cells[1].strip()[:40]} ms")
        if not 1 <= metre <= 12:
            raise InputError(f"{where}: {metre} beats in a bar; want 1 to 12.")
        points.append((time, length, metre))
    if not points:
        raise InputError(f"{path}: has no timing point; want a section [TimingPoints] with one that is not inherited.")
    points.sort(key=lambda point: point[0])
    if len(points) > POINTS:
        raise InputError(f"{path}: {len(points):,} timing points; want at most {POINTS:,}.")
    times, positions, total = [], [], 0
    for index, (time, length, metre) in enumerate(points):
        end = points[index + 1][0] if index + 1 < len(points) else until
        # A beat that the next point states itself, a little later, is that point's.
        count = max(0, int(np.ceil((min(end, until) - time) / length - (0.49 if end < until else 0.0) - 1e-9)))
        total += count
        _check_count(path, total)
        own = np.arange(count)
        times.append(time + own * length)
        positions.append(own % metre + 1)
    return np.concatenate(times), np.concatenate(positions)


def _timing_points(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines of the section ``[TimingPoints]`` with their numbers."""
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line.startswith("["):
            inside = line.lower() == "[timingpoints]"
        elif inside and line and not line.startswith("//"):
            yield number, line.split(",")


def read_stepmania(text: str, path: Path, until: float, metre: int | None) -> tuple[Doubles, Ints]:
    """Beats from the chart's beat 0 on, up to `until` seconds; bars of `metre` (4) unless the chart says otherwise.

    Returns
    -------
    ``(B,)`` rising seconds and ``(B,)`` positions from 1.

    Raises
    ------
    InputError
        When there is no tempo, or a value is none; the message has its line.
    """
    tags = _tags(text)
    where = {name: f"{path}, line {line}: {name}" for name, (line, _) in tags.items()}

    def pairs(name: str) -> list[tuple[float, float]]:
        line, value = tags.get(name, (0, ""))
        return _pairs(value, f"{path}, line {line}: {name}")

    tempos, stops, delays, warps = (pairs(name) for name in ("BPMS", "STOPS", "DELAYS", "WARPS"))
    if not tempos:
        raise InputError(f"{path}: states no tempo; want #BPMS:0=120;")
    for _, tempo in tempos:
        _check_tempo(tempo, f"{where['BPMS']}: {tempo:g} beats a minute")
    for name, events in (("STOPS", stops), ("DELAYS", delays), ("WARPS", warps)):
        if any(length < 0 for _, length in events):
            raise InputError(f"{where[name]}: a length below 0, a jump of the old kind; StepMania saves it as .ssc.")
    offset = _number(tags.get("OFFSET", (0, "0"))[1], where.get("OFFSET", str(path)))
    last = (until + offset) * max(tempo for _, tempo in tempos) / 60 + sum(length for _, length in warps)
    _check_count(path, last)
    beats = np.arange(max(0, int(last) + 2), dtype=float)
    times, skipped = _times(beats, tempos, warps)
    times = times + _waited(beats, stops, "left") + _waited(beats, delays, "right") - offset
    keep = (times < until) & ~skipped
    return times[keep], _bars(beats, tags, metre, path)[keep]


def _times(
    beats: Doubles, tempos: list[tuple[float, float]], warps: list[tuple[float, float]]
) -> tuple[Doubles, Bools]:
    """Seconds of each beat from beat 0 without stops, and which beats lie in a warp, in which no time passes."""
    tempos, warps = sorted(tempos), sorted(warps)
    edges = np.unique([0.0, *(at for at, _ in tempos), *(at for at, _ in warps), *(at + size for at, size in warps)])
    edges = edges[edges >= 0]
    ruling = np.searchsorted([at for at, _ in tempos], edges, side="right") - 1
    length = 60 / np.array([tempo for _, tempo in tempos])[np.maximum(ruling, 0)]
    begun = np.searchsorted([at for at, _ in warps], edges, side="right")
    ends = np.maximum.accumulate([0.0, *(at + size for at, size in warps)])
    skipped = ends[begun] > edges
    length[skipped] = 0.0
    passed = np.concatenate([[0.0], np.cumsum(np.diff(edges) * length[:-1])])
    part = np.searchsorted(edges, beats, side="right") - 1
    return passed[part] + (beats - edges[part]) * length[part], skipped[part]


def _waited(beats: Doubles, stops: list[tuple[float, float]], side: Literal["left", "right"]) -> Doubles:
    """Seconds of stops before each beat: a stop follows its beat (``left``), a delay comes before it (``right``)."""
    stops = sorted(stops)
    total = np.cumsum([0.0, *(seconds for _, seconds in stops)])
    return np.asarray(total[np.searchsorted([at for at, _ in stops], beats, side=side)])


def _bars(beats: Doubles, tags: Mapping[str, tuple[int, str]], metre: int | None, path: Path) -> Ints:
    """Position of each beat in its bar."""
    line, value = tags.get("TIMESIGNATURES", (0, ""))
    positions = np.asarray(beats % (metre or 4), np.int64) + 1
    parts = list(filter(None, map(str.strip, value.split(","))))
    if len(parts) > METRES:
        raise InputError(f"{path}, line {line}: TIMESIGNATURES: {len(parts):,} values; want at most {METRES:,}.")
    for part in parts:
        found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)=(\d{1,2})=(\d{1,2})", part)
        quarters = int(found[2]) * 4 / int(found[3]) if found and int(found[3]) else 0.0
        if not found or quarters != int(quarters) or not 1 <= quarters <= 12:
            raise InputError(f"{path}, line {line}: TIMESIGNATURES: found {part[:80]!r}, want beat=4=4 with bars of "
                             "1 to 12 whole beats.")  # fmt: skip
        after = beats >= float(found[1])
        positions[after] = np.asarray((beats[after] - np.ceil(float(found[1]))) % quarters, np.int64) + 1
    return positions


def _tags(text: str) -> dict[str, tuple[int, str]]:
    """The song's ``#NAME:value;`` with their lines; those of a single chart only where the song has none."""
    found: dict[str, tuple[int, str]] = {}
    text, line, at = re.sub(r"//[^\n]*", "", text), 1, 0
    for match in re.finditer(r"#([A-Za-z]{1,20}):([^;#]*)", text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        if match[2].strip():
            found.setdefault(match[1].upper(), (line, match[2].strip()))
    return found


def _pairs(value: str, where: str) -> list[tuple[float, float]]:
    """``beat=value,beat=value``."""
    found = []
    for part in filter(None, map(str.strip, value.split(","))):
        beat, equals, number = part.partition("=")
        if not equals:
            raise InputError(f"{where}: found {part[:80]!r}, want beat=value.")
        found.append((_number(beat, where), _number(number, where)))
    if len(found) > POINTS:
        raise InputError(f"{where}: {len(found):,} values; want at most {POINTS:,}.")
    return found


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InputError(f"{where}: found {text[:80]!r}, want a number.") from error
    if not abs(value) < 1e6:
        raise InputError(f"{where}: {text[:80]} is out of all bounds.")
    return value


def _check_tempo(tempo: float, what: str) -> None:
    if not TEMPOS[0] <= tempo <= TEMPOS[1]:
        raise InputError(f"{what}; want {TEMPOS[0]:g} to {TEMPOS[1]:g} beats a minute.")


def _check_count(path: Path, count: float) -> None:
    if count > MOST:
        raise InputError(f"{path}: over {MOST:,} beats up to the end of the song.")
