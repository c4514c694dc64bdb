"""Smallest working plugin of each kind; ``CLASS`` and ``NAME`` are replaced."""

from __future__ import annotations

_FUTURE = "from __future__ import annotations\n\n"

IMPORTS = {
    "beats": _FUTURE
    + """\
import numpy as np

from choreo.types import Audio, BeatTrack
""",
    "datasets": _FUTURE
    + """\
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip, Motion
""",
    "embedders": _FUTURE
    + """\
from collections.abc import Mapping, Sequence

import numpy as np

from choreo.types import Clip, Floats, MusicAnalysis, Phrase
""",
    "bodies": _FUTURE
    + """\
from dataclasses import replace
from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.plugins import load
from choreo.types import Body
""",
    "renderers": _FUTURE
    + """\
from collections.abc import Iterator

import numpy as np

from choreo.motion.kinematics import forward
from choreo.types import Bytes, Scene
""",
    "exporters": _FUTURE
    + """\
from pathlib import Path

from choreo.types import Body, Motion
""",
}

PLUGINS = {
    "beats": '''\
class CLASS:
    """Beats at a steady tempo. Listen to ``audio.samples`` instead."""

    name = "NAME"
    description = "A steady beat, 120 a minute"

    def track(self, audio: Audio, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
        """Follow `bpm` and `metre` when the user gives them."""
        bar = metre or 4
        beats = np.arange(0.0, audio.duration, 60 / (bpm or 120.0))
        positions = np.arange(len(beats)) % bar + 1
        return BeatTrack(beats, positions.astype(np.int64), bar, confidence=0.1, method=self.name)
''',
    "datasets": '''\
class CLASS:
    """One clip: standing still for four beats. Read files below ``path`` instead."""

    name = "NAME"
    description = "Standing still"
    licence = "CC0-1.0"
    citation = ""
    expected = "nothing; the clip is made here"

    def clips(self, path: Path | None) -> Iterator[Clip]:
        """Yield clips on the canonical skeleton, cut on beats."""
        fps, beats = 60.0, np.linspace(0.0, 2.0, 5)
        frames = round(beats[-1] * fps) + 1
        rotations = np.zeros((frames, len(CANONICAL), 4), np.float32)
        rotations[..., 0] = 1
        translation = np.repeat(CANONICAL.offsets[:1], frames, axis=0)
        motion = Motion(CANONICAL, fps, translation, rotations, np.ones((frames, 4), bool))
        yield Clip(
            clip_id="NAME/still",
            name="still",
            dataset=self.name,
            source="NAME",
            licence=self.licence,
            motion=motion,
            beats=beats,
            metre=4,
            styles=("any",),
            energy=0.0,
            rhythm=np.zeros(8, np.float32),
            role="idle",
        )
''',
    "embedders": '''\
class CLASS:
    """One number each, energy: loud music wants large movement."""

    name = "NAME"
    description = "Energy only"

    def embed_music(self, analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> Floats:
        """``(P, 1) float32``."""
        return np.array([[phrase.energy] for phrase in phrases], np.float32).reshape(-1, 1)

    def embed_motion(self, clips: Sequence[Clip]) -> Floats:
        """``(C, 1) float32``."""
        return np.array([[clip.energy] for clip in clips], np.float32).reshape(-1, 1)

    def compare(self, music: Floats, motion: Floats) -> Mapping[str, Floats]:
        """Terms ``(P, C) float32`` that sum to the distance."""
        return {"energy": np.abs(music[:, None, 0] - motion[None, :, 0])}
''',
    "bodies": '''\
class CLASS:
    """The built-in body in one colour. Load your own mesh instead."""

    name = "NAME"
    description = "The built-in body in one colour"

    def load(self, **options: Any) -> Body:
        """Build the body; it takes no options."""
        if options:
            raise InputError(f"body NAME has no options, got {', '.join(sorted(options))}")
        body: Body = load("bodies", "builtin").load()
        return replace(body, name=self.name, colours=np.full_like(body.colours, (90, 140, 220)))
''',
    "renderers": '''\
class CLASS:
    """Joints as squares, seen from the front. Draw the skinned bodies instead."""

    name = "NAME"
    description = "Joints as squares"

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` frames."""
        moving = [forward(motion.skeleton, motion.translation, motion.rotations)[0] for _, motion in scene.performers]
        scale, centre = scene.height / 2.4, scene.width / 2
        for k in range(len(scene)):
            frame = np.full((scene.height, scene.width, 3), 30, np.uint8)
            for x, y, _ in np.concatenate([joints[k] for joints in moving]):
                column, row = int(centre + scale * x), int(scene.height - scale * (y + 0.2))
                if 2 <= column < scene.width - 2 and 2 <= row < scene.height - 2:
                    frame[row - 2 : row + 2, column - 2 : column + 2] = 230
            yield frame
''',
    "exporters": '''\
class CLASS:
    """The root's path as a table. Write what your tool opens instead."""

    name = "NAME"
    description = "Root translation as comma-separated values"
    suffix = ".csv"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write `path`; the same motion always gives the same bytes."""
        lines = ["seconds,x,y,z"]
        for k, (x, y, z) in enumerate(motion.translation.tolist()):
            lines.append(f"{k / motion.fps:.6f},{x:.6f},{y:.6f},{z:.6f}")
        path.write_text("\\n".join(lines) + "\\n", encoding="utf-8", newline="\\n")
''',
}
