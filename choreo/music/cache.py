"""Remember analyses: by the song's content, what was asked for and the code that listened."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.options import Listening
from choreo.types import BeatTrack, MusicAnalysis, Section

VARIABLE = "CHOREO_CACHE"
LARGEST = 200 << 20
"""Bytes that all remembered analyses may take; the longest unused go first."""
LARGEST_FILE = 64 << 20
ARRAYS = ("energy", "loudness", "onsets", "chroma", "timbre")


def cache_folder() -> Path:
    """Where analyses are kept: ``$CHOREO_CACHE``, else the user's cache folder."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen) / "analyses"
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("choreo")) / "analyses"


def analyze_cached(song: str | Path, listening: Listening | None = None) -> MusicAnalysis:
    """As `choreo.music.analyze`, from memory when this content was heard before with these options.

    With ``listening.cache`` False the song is heard anew and nothing is remembered.

    A broken or unreadable memory is as none, and one that cannot be written is left out; several
    processes may use it at once, since files are written whole and moved into place.

    Raises
    ------
    AudioError, InputError, PluginError
        As `analyze`.
    """
    from choreo.music.analysis import analyze
    from choreo.music.audio import checksum

    told = listening or Listening()
    if not told.cache:
        return analyze(song, told)
    digest = checksum(Path(song))
    path = cache_folder() / f"{_key(digest, told)}.npz"
    remembered = _read(path)
    if remembered is not None:
        with suppress(OSError):
            os.utime(path)
        return replace(remembered, path=str(song), sha256=digest)
    analysis = analyze(song, told)
    _write(path, analysis)
    return analysis


def _key(digest: str, listening: Listening) -> str:
    told = listening.told()
    if listening.beats is not None:
        with suppress(OSError):
            told["beats"] = hashlib.sha256(Path(listening.beats).read_bytes()).hexdigest()
    text = json.dumps([digest, told, _signature(listening.tracker)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


@cache
def _signature(tracker: str) -> str:
    """Hash of the code and weights that listen: this package's and the tracker's."""
    folders = [Path(__file__).parent]
    point = plugins.candidates("beats").get(tracker)
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
    }
    arrays = {name: getattr(analysis, name) for name in ARRAYS}
    arrays |= {"beats": track.beats, "positions": track.positions}
    if track.confidences is not None:
        arrays["confidences"] = track.confidences
    stream = BytesIO()
    np.savez_compressed(stream, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(stream.getvalue())
        os.replace(partial, path)
        _tidy(path.parent)
    with suppress(OSError):
        partial.unlink(missing_ok=True)


def _read(path: Path) -> MusicAnalysis | None:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            facts = json.loads(bytes(data["facts"]).decode())
            sure = data["confidences"] if "confidences" in data.files else None
            track = BeatTrack(
                data["beats"],
                data["positions"],
                int(facts["metre"]),
                float(facts["confidence"]),
                str(facts["method"]),
                tuple(facts["track_warnings"]),
                sure,
            )
            return MusicAnalysis(
                path="",
                sha256="",
                duration=float(facts["duration"]),
                track=track,
                sections=tuple(Section(float(a), float(b), str(label)) for a, b, label in facts["sections"]),
                style=str(facts["style"]),
                style_confidence=float(facts["style_confidence"]),
                warnings=tuple(facts["warnings"]),
                **{name: data[name] for name in ARRAYS},
            )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError):
        return None


def _tidy(folder: Path) -> None:
    """Remove what was longest unused until the rest is small enough."""
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
