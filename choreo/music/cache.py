"""Cache of analyses on disk, keyed by the song's content, the options and the code that analyses.

One compressed ``.npz`` file for each key. Entries of older code are never read again, as their keys cannot come back,
and go when the folder is full.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.environment import cache_place
from choreo.errors import ChoreoError, InputError, OutputError
from choreo.foreign import read_bytes, read_npz
from choreo.foreign.limits import CACHED_BYTES, TEXT_BYTES
from choreo.names import path_text
from choreo.options import Listening
from choreo.output import atomic, require_writable
from choreo.types import BeatTrack, Certainty, MusicAnalysis, Section, Stretch

LARGEST = 200 << 20
"""Bytes that all cached analyses may take; the least recently used are removed first."""
ARRAYS = ("energy", "loudness", "onsets", "chroma", "timbre")
"""Fields of `MusicAnalysis` that are stored as arrays under their own names."""
PER_BEAT = ("confidences", "metres")
"""Fields of `BeatTrack` that are stored as arrays where there are any."""


def cache_folder() -> Path:
    """Folder of the cached analyses: ``$CHOREO_CACHE``, else the user's cache folder."""
    return cache_place("analyses")


def analyze_cached(song: str | Path, listening: Listening | None = None) -> MusicAnalysis:
    """Like `choreo.music.analyze`, but read from the cache when this content was analysed before with these options.

    With ``listening.cache`` False the song is analysed anew and nothing is stored.

    A broken or unreadable cache file counts as missing, and one that cannot be written is skipped. Several processes
    may use the cache at once, since files are written whole and moved into place.

    Raises
    ------
    AudioError, InputError, PluginError
        As `analyze`.
    """
    from choreo.music.analysis import analyze
    from choreo.music.audio import checksum

    listening = listening or Listening()
    if not listening.cache:
        return analyze(song, listening)
    digest = checksum(Path(song))
    path = cache_folder() / f"{_key(digest, listening)}.npz"
    cached = _read(path)
    if cached is not None:
        with suppress(OSError):
            os.utime(path)  # the time of the last use, for _remove_least_used
        return replace(cached, path=path_text(song), sha256=digest)
    analysis = analyze(song, listening)
    _write(path, analysis)
    return analysis


def cached_analysis(digest: str, listening: Listening | None = None) -> MusicAnalysis | None:
    """What is in the cache of a song whose SHA-256 is known, without a look at its file; None when nothing is.

    Its `MusicAnalysis.path` is empty.
    """
    found = _read(cache_folder() / f"{_key(digest, listening or Listening())}.npz")
    return None if found is None else replace(found, sha256=digest)


def _key(digest: str, listening: Listening) -> str:
    """Name of the cache file: of the same options, however they are written, the same.

    A plan file keeps numbers with six decimals, and 30 for 30.0; a beat file counts by its content, not by its path.
    """
    values = listening.as_dict()
    for name, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            values[name] = round(float(value), 6)
    if listening.beats is not None:
        with suppress(InputError):
            values["beats"] = hashlib.sha256(read_bytes(Path(listening.beats), TEXT_BYTES)).hexdigest()
    text = json.dumps([digest, values, signature("beats", listening.tracker), _tagger(listening)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _tagger(listening: Listening) -> str:
    return signature("taggers", listening.tagger) if listening.tagger else ""


@cache
def signature(kind: str, name: str) -> str:
    """Hash of the code and weights that an analysis depends on: those of this package and of a plugin's."""
    folders = [Path(__file__).parent]
    point = plugins.candidates(kind).get(name)
    spec = find_spec(point[0].module.split(".")[0]) if point else None
    if spec is not None and spec.origin:
        folders.append(Path(spec.origin).parent)
    total = hashlib.sha256(point[0].value.encode() if point else b"")
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.suffix in (".py", ".npz", ".safetensors"):
                total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _write(path: Path, analysis: MusicAnalysis) -> None:
    track = analysis.track
    facts = {
        "duration": analysis.duration,
        "metre": track.metre,
        "confidence": track.confidence,
        "method": track.method,
        "track_warnings": track.warnings,
        "sections": [(part.start, part.end, part.label) for part in analysis.sections],
        "style": analysis.style,
        "style_confidence": analysis.style_confidence,
        "warnings": analysis.warnings,
        "styles": dict(analysis.styles),
        "style_reason": analysis.style_reason,
        "moods": dict(analysis.moods),
        "certainty": None if track.certainty is None else asdict(track.certainty),
        "rival": track.rival,
        "subdivision": track.subdivision,
        "rests": track.rests,
        "stretches": [asdict(replace(part, styles=dict(part.styles))) for part in analysis.stretches],
    }
    arrays = {name: getattr(analysis, name) for name in ARRAYS}
    arrays |= {"beats": track.beats, "positions": track.positions}
    arrays |= {name: each for name in PER_BEAT if (each := getattr(track, name)) is not None}
    facts["arrays"] = sorted(arrays)
    stream = BytesIO()
    np.savez_compressed(stream, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)
    with suppress(OSError, OutputError):
        require_writable(path.parent)
        with atomic(path, at_once=True) as partial:
            partial.write_bytes(stream.getvalue())
        _remove_least_used(path.parent)


def _read(path: Path) -> MusicAnalysis | None:
    """The analysis in a cache file; None when there is none, or it is damaged in any way."""
    try:
        data = read_npz(path, CACHED_BYTES)
        return _analysis(data, json.loads(data["facts"].tobytes()))
    except (ChoreoError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        return None


def _analysis(data: Mapping[str, np.ndarray], facts: Any) -> MusicAnalysis:
    """Put together what `_write` took apart.

    Raises
    ------
    ChoreoError, LookupError, TypeError, ValueError
        When something is missing or of another form.
    """
    count = len(data["beats"])
    forms = {
        "beats": (count,), "positions": (count,), "energy": (count,), "loudness": (count,), "onsets": (2 * count, 3),
        "chroma": (count, 12), "timbre": (count, data["timbre"].shape[-1]), **dict.fromkeys(PER_BEAT, (count,)),
    }  # fmt: skip
    if data.keys() - {"facts"} != set(facts["arrays"]):  # what may be missing is not what damage hid
        raise ValueError("arrays")
    for name, form in forms.items():
        if name in PER_BEAT and name not in data:
            continue
        if data[name].shape != form or data[name].dtype.kind not in "if" or not np.isfinite(data[name]).all():
            raise ValueError(name)
    sections = tuple(Section(float(a), float(b), str(label)) for a, b, label in facts["sections"])
    numbers = [float(facts[name]) for name in ("duration", "confidence", "style_confidence")]
    times = [x for part in sections for x in (part.start, part.end)] + [
        float(x) for rest in facts["rests"] for x in rest
    ]
    if not np.isfinite([*numbers, *times]).all() or numbers[0] < 0:
        raise ValueError("facts")
    return MusicAnalysis(
        path="",
        sha256="",
        duration=numbers[0],
        track=BeatTrack(
            data["beats"],
            data["positions"],
            int(facts["metre"]),
            numbers[1],
            str(facts["method"]),
            tuple(map(str, facts["track_warnings"])),
            certainty=None if facts["certainty"] is None else Certainty(**facts["certainty"]),
            rival=None if facts["rival"] is None else float(facts["rival"]),
            subdivision=int(facts["subdivision"]),
            rests=tuple((float(a), float(b)) for a, b in facts["rests"]),
            **{name: data.get(name) for name in PER_BEAT},
        ),
        stretches=tuple(_stretch(part) for part in facts["stretches"]),
        sections=sections,
        style=str(facts["style"]),
        style_confidence=numbers[2],
        warnings=tuple(map(str, facts["warnings"])),
        styles=_shares(facts["styles"]),
        style_reason=str(facts["style_reason"]),
        moods=_shares(facts["moods"]),
        **{name: data[name] for name in ARRAYS},
    )


def _stretch(part: Mapping[str, Any]) -> Stretch:
    """A part of a song that changes style."""
    start, end = float(part["start"]), float(part["end"])
    if not 0 <= start < end < np.inf:
        raise ValueError("stretches")
    return Stretch(start, end, _shares(part["styles"]), str(part["style_reason"]))


def _shares(named: Mapping[str, Any]) -> dict[str, float]:
    """Names with shares of 0 to 1."""
    found = {str(name): float(value) for name, value in named.items()}
    if not all(0 <= value <= 1 for value in found.values()):
        raise ValueError("shares")
    return found


def _remove_least_used(folder: Path) -> None:
    """Remove the least recently used files until the rest takes at most `LARGEST` bytes."""
    files = []
    for path in folder.glob("*.npz"):
        with suppress(OSError):
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= LARGEST:
            return
        with suppress(OSError):
            path.unlink()
            total -= size
