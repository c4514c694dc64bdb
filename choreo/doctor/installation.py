"""What is installed, in which versions, and where files go."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from choreo.doctor.finding import FAIL, NOTE, OK, Finding, guarded
from choreo.errors import OutputError
from choreo.version import __version__

DISTRIBUTION = "choreo-dance"
PURPOSES = {
    "learn": "learned matching of music and motion",
    "librosa": "librosa's beat tracker as second opinion",
    "smplx": "your own SMPL body models (smplx's licence is non-commercial)",
    "pyrender": "rendering on a graphics card",
    "formats": "more motion file formats",
    "fbx": "reading FBX: dances and characters",
    "draco": "characters whose meshes Draco has compressed",
    "storage": "databases and recordings in object storage",
    "video": "dances out of videos",
    "ray": "work on a Ray cluster",
    "studio": "directing a dance in the browser",
}
"""What each extra is good for."""


def software() -> Iterator[Finding]:
    """The Python and the packages that the main job needs."""
    yield _python()
    yield guarded("packages", _packages)


def surroundings() -> Iterator[Finding]:
    """The output folder, the extras and the graphics card."""
    yield guarded("output folder", _output)
    for extra in PURPOSES:
        yield guarded(f"extra {extra}", lambda extra=extra: _extra(extra), broken=NOTE)  # type: ignore[misc]
    yield guarded("gpu", _gpu, broken=NOTE)


def _python() -> Finding:
    facts = f"choreo {__version__}, Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores"
    good = sys.version_info >= (3, 11)
    return Finding("python", OK if good else FAIL, facts, "" if good else "Install Python 3.11 or newer.")


def installed(name: str) -> str:
    """Version of a distribution, empty when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def unmet(extra: str = "") -> tuple[dict[str, str], list[str], list[str]]:
    """Compare what choreo, or an extra of it, asks for with what is installed.

    Returns
    -------
    found, missing, unfit
        Versions by name; requirements, such as ``av>=15``, of which nothing is installed, or another version.
    """
    from packaging.requirements import Requirement

    found, missing, unfit = {}, [], []
    for line in requires(DISTRIBUTION) or []:
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
            continue
        if extra and not (wanted.marker and "extra" in str(wanted.marker)):
            continue
        here, short = installed(wanted.name), f"{wanted.name}{wanted.specifier}"
        if not here:
            missing.append(short)
            continue
        found[wanted.name] = here
        if not wanted.specifier.contains(here, prereleases=True):
            unfit.append(short)
    return found, missing, unfit


def _install(wanted: list[str]) -> str:
    return "pip install " + " ".join(f"'{each}'" for each in wanted)


def _versions(found: dict[str, str], unfit: list[str]) -> str:
    listed = ", ".join(f"{name} {number}" for name, number in found.items())
    return f"{listed}; untried: want {', '.join(unfit)}" if unfit else listed


def _packages() -> Finding:
    found, missing, unfit = unmet()
    if missing:
        return Finding("packages", FAIL, f"missing: {', '.join(missing)}", _install(missing + unfit))
    return Finding("packages", NOTE if unfit else OK, _versions(found, unfit), _install(unfit) if unfit else "")


def _extra(extra: str) -> Finding:
    found, missing, unfit = unmet(extra)
    advice = f"pip install '{DISTRIBUTION}[{extra}]'"
    if missing:
        lacking = ", ".join(missing)
        return Finding(f"extra {extra}", NOTE, f"lacks {lacking}: {PURPOSES[extra]}", advice)
    return Finding(f"extra {extra}", NOTE if unfit else OK, _versions(found, unfit), advice if unfit else "")


def _output() -> Finding:
    from choreo.output import require_writable

    folder = Path("renders")
    existed = folder.exists()
    try:
        require_writable(folder)
    except OutputError as error:
        return Finding("output folder", NOTE, error.message, "Use 'choreo generate -o FOLDER'.")
    if not existed:
        folder.rmdir()
    return Finding("output folder", OK, f"{folder.resolve()} can be written")


def _gpu() -> Finding:
    """Look for a graphics card; nothing needs one."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding("gpu", NOTE, "none found by nvidia-smi; choreo does not need one")
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            query, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("gpu", NOTE, f"nvidia-smi does not answer ({error})")
    if done.returncode != 0 or not done.stdout.strip():
        return Finding("gpu", NOTE, "nvidia-smi finds no card; choreo does not need one")
    cards = "; ".join(done.stdout.strip().splitlines())
    return Finding("gpu", OK, cards + (f"; torch {installed('torch')}" if installed("torch") else ""))


__all__ = ["DISTRIBUTION", "PURPOSES", "installed", "software", "surroundings", "unmet"]
