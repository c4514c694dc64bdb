"""What works on this machine, found out by doing it. Imported only by those who want to know."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from choreo import plugins
from choreo.errors import ChoreoError, OutputError
from choreo.version import __version__

MAIN = {("renderers", "raster"), ("bodies", "builtin"), ("beats", "tcn"), ("embedders", "zeroshot")}
"""Plugins without which ``choreo generate`` makes no video."""
PURPOSES = {
    "learn": "learned matching of music and motion",
    "librosa": "librosa's beat tracker as second opinion",
    "smplx": "your own SMPL body models (smplx's licence is non-commercial)",
    "pyrender": "rendering on a graphics card",
    "formats": "more motion file formats",
}
"""What each extra is good for."""
DECODERS = ("mp3", "aac", "flac", "vorbis", "opus", "pcm_s16le")
GL_PACKAGES = "On Debian: apt-get install libegl1 libgl1 libopengl0 libgl1-mesa-dri"
TEST_SIZE = (160, 90)
TEST_SECONDS = 0.4
PATIENCE = 180.0


@dataclass(frozen=True)
class Finding:
    """One check. `status` is ``ok``, ``note`` (something optional is missing) or ``fail``."""

    name: str
    status: str
    detail: str
    advice: str = ""


def examine(database: str | None = None) -> Iterator[Finding]:
    """Check everything, one finding at a time; a check that breaks is a finding too.

    Parameters
    ----------
    database
        Folder of the database, None for the default one.
    """
    yield _python()
    yield from _guarded("packages", _packages)
    yield from _guarded("decoders", _decoders)
    yield from _guarded("encoder", _encoder)
    yield from _guarded("database", lambda: _database(database))
    for kind in ("beats", "embedders", "bodies", "exporters", "datasets"):
        for name in plugins.candidates(kind):
            yield _plugin(kind, name)
    for name in plugins.candidates("renderers"):
        yield _renderer(name)
    yield from _guarded("output folder", _output)
    yield from _extras()
    yield _gpu()


def _guarded(name: str, check: Callable[[], Finding]) -> Iterator[Finding]:
    """Run a check that the main job needs."""
    try:
        yield check()
    except ChoreoError as error:
        yield Finding(name, "fail", error.message)
    except Exception as error:  # noqa: BLE001 - whatever breaks here is what the user asked to know
        yield Finding(name, "fail", f"{type(error).__name__}: {error}", "Reinstall: pip install --force-reinstall .")


def _python() -> Finding:
    facts = f"choreo {__version__}, Python {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores"
    good = sys.version_info >= (3, 11)
    return Finding("python", "ok" if good else "fail", facts, "" if good else "Install Python 3.11 or newer.")


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _required(extra: str = "") -> dict[str, str]:
    """Packages that choreo or an extra of it asks for, with the versions installed, empty when missing."""
    found = {}
    for line in requires("choreo-dance") or []:
        marked = re.search(r"extra == ['\"](.+?)['\"]", line)
        if (marked[1] if marked else "") == extra:
            name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
            found[name] = _installed(name)
    return found


def _packages() -> Finding:
    found = _required()
    missing = [name for name, number in found.items() if not number]
    detail = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    if missing:
        return Finding("packages", "fail", f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    return Finding("packages", "ok", detail)


def _decoders() -> Finding:
    import av

    missing = []
    for name in DECODERS:
        try:
            av.codec.Codec(name, "r")
        except ValueError:
            missing.append(name)
    if missing:
        return Finding("decoders", "note", f"PyAV cannot decode {', '.join(missing)}", "pip install --upgrade av")
    return Finding("decoders", "ok", f"{', '.join(DECODERS)} and more, by PyAV")


def _encoder() -> Finding:
    """Write a short mp4 with sound and look into it."""
    import numpy as np

    from choreo.video import probe, write_video

    width, height = TEST_SIZE
    count = 12
    frames = (np.full((height, width, 3), 20 * k, np.uint8) for k in range(count))
    with tempfile.TemporaryDirectory() as folder:
        tone, film = Path(folder) / "tone.wav", Path(folder) / "film.mp4"
        _write_tone(tone)
        write_video(film, frames, fps=30, width=width, height=height, n_frames=count, audio=tone)
        facts = probe(film)
    picture, sound = facts["video"], facts["audio"]
    whole = picture and sound and picture["frames"] == count
    if not whole:
        return Finding("encoder", "fail", f"a test video came out as {facts}", "pip install --force-reinstall av")
    return Finding("encoder", "ok", f"{picture['codec']} + {sound['codec']}, a test video was written and read back")


def _write_tone(path: Path) -> None:
    import wave

    import numpy as np

    rate = 22_050
    samples = 8000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * TEST_SECONDS)) / rate)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def _database(location: str | None) -> Finding:
    from choreo.db import default_location, ensure_starter

    database = ensure_starter(default_location(location))
    if not len(database):
        return Finding("database", "fail", f"{database.location}: no clips in it", "Reinstall choreo.")
    return Finding("database", "ok", f"{len(database)} clips in {database.location}")


def _plugin(kind: str, name: str) -> Finding:
    """Load one plugin; the default body is built too."""
    label = f"{kind} {name}"
    try:
        plugin = plugins.load(kind, name)
        detail = str(plugin.description)
        if (kind, name) in MAIN and kind == "bodies":
            with plugins.blame(kind, name):
                detail += f" ({len(plugin.load().vertices)} vertices)"
    except ChoreoError as error:
        return Finding(label, "fail" if (kind, name) in MAIN else "note", error.message)
    return Finding(label, "ok", detail)


def _renderer(name: str) -> Finding:
    """Draw a test frame in a process of its own: a broken graphics driver may take its process with it."""
    label, needed = f"renderers {name}", ("renderers", name) in MAIN
    begun = time.perf_counter()
    # -P: modules come from where choreo comes from, not from the folder that the user happens to be in.
    command = [
        sys.executable,
        "-P",
        "-c",
        "import sys, choreo.doctor as d; print(d.draw_test_frame(sys.argv[1]))",
        name,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Finding(label, "fail" if needed else "note", f"no test frame within {PATIENCE:.0f} s")
    spent = time.perf_counter() - begun
    if done.returncode == 0:
        return Finding(label, "ok", f"drew a test frame ({done.stdout.strip()}; {spent:.1f} s with start-up)")
    reason = (done.stderr.strip().splitlines() or [f"its process ended with code {done.returncode}"])[-1]
    advice = GL_PACKAGES if re.search("GL|display", reason) and "install" not in reason else ""
    return Finding(label, "fail" if needed else "note", reason.split("Error: ", 1)[-1], advice)


def draw_test_frame(name: str) -> str:
    """Draw one small frame of the standing default body; returns its size, as ``160x90``.

    Called in the process that `_renderer` starts.

    Raises
    ------
    PluginError
        When the renderer does not load, fails, or draws an empty picture.
    """
    import numpy as np

    from choreo.errors import PluginError
    from choreo.motion.skeleton import CANONICAL
    from choreo.types import Motion
    from choreo.video import build_scene

    body = plugins.load("bodies", "builtin").load()
    rotations = np.zeros((2, len(CANONICAL), 4), np.float32)
    rotations[..., 0] = 1
    translation = np.repeat(body.skeleton.offsets[:1], 2, axis=0)
    width, height = TEST_SIZE
    scene = build_scene(Motion(body.skeleton, 30.0, translation, rotations), body, fps=30, width=width, height=height)
    with plugins.blame("renderers", name):
        frames = plugins.load("renderers", name).frames(scene)
        picture = np.array(next(iter(frames)), np.float32)
        close = getattr(frames, "close", None)
        if close:
            close()
    if picture.shape != (height, width, 3) or float(picture.std()) < 2:
        raise PluginError(f"renderer {name!r} drew an empty picture of shape {picture.shape}")
    return f"{width}x{height}"


def _output() -> Finding:
    from choreo.output import require_writable

    folder = Path("renders")
    existed = folder.exists()
    try:
        require_writable(folder)
    except OutputError as error:
        return Finding("output folder", "note", error.message, "Use 'choreo generate -o FOLDER'.")
    if not existed:
        folder.rmdir()
    return Finding("output folder", "ok", f"{folder.resolve()} can be written")


def _extras() -> Iterator[Finding]:
    for extra, purpose in PURPOSES.items():
        found = _required(extra)
        missing = [name for name, number in found.items() if not number]
        if missing:
            lacking = f"lacks {', '.join(missing)}: {purpose}"
            yield Finding(f"extra {extra}", "note", lacking, f"pip install 'choreo-dance[{extra}]'")
        else:
            yield Finding(f"extra {extra}", "ok", ", ".join(f"{name} {number}" for name, number in found.items()))


def _gpu() -> Finding:
    """Look for a graphics card; nothing needs one."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding("gpu", "note", "none found by nvidia-smi; choreo does not need one")
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("gpu", "note", f"nvidia-smi does not answer ({error})")
    if done.returncode != 0 or not done.stdout.strip():
        return Finding("gpu", "note", "nvidia-smi finds no card; choreo does not need one")
    cards = "; ".join(done.stdout.strip().splitlines())
    return Finding("gpu", "ok", cards + (f"; torch {_installed('torch')}" if _installed("torch") else ""))
