"""Each plugin: whether it loads and has what it needs; renderers draw, exporters write."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from choreo import plugins
from choreo.doctor.finding import FAIL, NOTE, OK, Finding, guarded

MAIN = {("renderers", "raster"), ("bodies", "builtin"), ("beats", "tcn"), ("embedders", "zeroshot")}
"""Plugins without which ``choreo generate`` makes no video."""
GL_PACKAGES = "On Debian: apt-get install libegl1 libgl1 libopengl0 libgl1-mesa-dri"
TEST_SIZE = (160, 90)
PATIENCE = 180.0


def plugin_findings() -> Iterator[Finding]:
    """One finding a plugin, of every kind."""
    for kind in plugins.KINDS:
        for name in plugins.candidates(kind):
            yield renderer(name) if kind == "renderers" else plugin(kind, name)


def plugin(kind: str, name: str) -> Finding:
    """Load one plugin and ask it for what it needs; exporters write a file, the default body is built."""
    label, broken = f"{kind} {name}", FAIL if (kind, name) in MAIN else NOTE

    def check() -> Finding:
        made = plugins.ready(kind, name)
        detail = str(made.description)
        with plugins.blame(kind, name):
            if kind == "exporters":
                _export(made)
            if (kind, name) in MAIN and kind == "bodies":
                detail += f" ({len(made.load().vertices)} vertices)"
        return Finding(label, OK, detail)

    return guarded(label, check, broken=broken)


def _export(exporter: object) -> None:
    """Write two frames with an exporter.

    Raises
    ------
    PluginError
        When there is no file afterwards, or an empty one.
    """
    from choreo.errors import PluginError
    from choreo.protocols import Exporter

    assert isinstance(exporter, Exporter)
    from choreo.video.bodies import standing

    with tempfile.TemporaryDirectory(prefix="choreo-doctor-") as folder:
        path = Path(folder) / f"test{exporter.suffix}"
        exporter.export(standing(), path)
        if not path.is_file() or not path.stat().st_size:
            raise PluginError(f"exporter {exporter.name!r} wrote nothing.")


def renderer(name: str) -> Finding:
    """Draw a test frame in a process of its own: a broken graphics driver may take its process with it."""
    label, broken = f"renderers {name}", FAIL if ("renderers", name) in MAIN else NOTE
    begun = time.perf_counter()
    # -P: modules come from where choreo comes from, not from the folder that the user happens to be in.
    code = "import sys, choreo.doctor.parts as p; print(p.draw_test_frame(sys.argv[1]))"
    command = [sys.executable, "-P", "-c", code, name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding(label, broken, f"no test frame within {PATIENCE:.0f} s")
    spent = time.perf_counter() - begun
    if done.returncode == 0:
        return Finding(label, OK, f"drew a test frame ({done.stdout.strip()}; {spent:.1f} s with start-up)")
    reason = (done.stderr.strip().splitlines() or [f"its process ended with code {done.returncode}"])[-1]
    advice = GL_PACKAGES if re.search("GL|display", reason) and "install" not in reason else ""
    return Finding(label, broken, reason.split("Error: ", 1)[-1], advice)


def draw_test_frame(name: str) -> str:
    """Draw one small frame of the standing default body; returns its size, as ``160x90``.

    Called in the process that `renderer` starts.

    Raises
    ------
    PluginError
        When the renderer does not load, fails, or draws an empty picture.
    """
    import numpy as np

    from choreo.errors import PluginError
    from choreo.video import build_scene
    from choreo.video.bodies import standing

    width, height = TEST_SIZE
    body = plugins.load("bodies", "builtin").load()
    scene = build_scene(standing(), body, fps=30, width=width, height=height)
    with plugins.blame("renderers", name):
        frames = plugins.ready("renderers", name).frames(scene)
        picture = np.array(next(iter(frames)), np.float32)
        close = getattr(frames, "close", None)
        if close:
            close()
    if picture.shape != (height, width, 3) or float(picture.std()) < 2:
        raise PluginError(f"renderer {name!r} drew an empty picture of shape {picture.shape}")
    return f"{width}x{height}"


__all__ = ["draw_test_frame", "plugin", "plugin_findings", "renderer"]
