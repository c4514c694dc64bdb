"""Smallest working plugin of each kind; ``CLASS`` and ``NAME`` are replaced."""

from __future__ import annotations

_FUTURE = "from __future__ import annotations\n\n"

IMPORTS = {
    "beats": _FUTURE
    + """\
import numpy as np

from choreo.types import Audio, BeatTrack
""",
    "taggers": _FUTURE
    + """\
from collections.abc import Mapping

import numpy as np

from choreo.types import Audio
""",
    "words": _FUTURE
    + """\
from collections.abc import Sequence

import numpy as np

from choreo.types import Floats
""",
    "datasets": _FUTURE
    + """\
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from choreo.datasets import Files, canonical_takes
from choreo.errors import MotionError
from choreo.types import Motion, Reading, Skeleton, Take
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
    "characters": _FUTURE
    + """\
import json
from collections.abc import Mapping
from pathlib import Path

from choreo.errors import MotionError
from choreo.motion.skeleton import CANONICAL
from choreo.types import CharacterOptions, Motion
""",
    "engines": _FUTURE
    + """\
from collections.abc import Iterator
from contextlib import contextmanager

from choreo.plugins import load
from choreo.protocols import Workers
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
    "taggers": '''\
class CLASS:
    """Whether a sound is loud. Listen to ``audio.samples`` for more."""

    name = "NAME"
    description = "Loud or quiet"
    licence = "CC0-1.0"

    def tags(self, audio: Audio) -> Mapping[str, float]:
        """Probability of each tag."""
        level = float(np.clip(np.abs(audio.samples).mean() * 4, 0, 1)) if audio.count else 0.0
        return {"party": level, "mellow": 1 - level}
''',
    "words": '''\
class CLASS:
    """Words in groups, those of a group alike. Look vectors up instead."""

    name = "NAME"
    description = "A few words for moods"
    licence = "CC0-1.0"
    alike = 0.5
    groups = (("happy", "chirpy", "sunny"), ("sad", "glum", "blue"))

    def vectors(self, words: Sequence[str]) -> Floats:
        """A direction for each group; zeros for words of none."""
        rows = [[float(word in group) for group in self.groups] for word in words]
        return np.array(rows, np.float32).reshape(len(words), len(self.groups))
''',
    "datasets": '''\
class CLASS(Files):
    """Motion of any humanoid in JSON: fps, names, parents, offsets, translation, rotations (w, x, y, z)."""

    name = "NAME"
    description = "A folder of NAME motions"
    licence = "CC0-1.0"
    citation = ""
    expected = "a folder with .json files"
    skips = "files that cannot be read"
    suffixes = (".json",)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion, retargeted."""
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            skeleton = Skeleton(
                tuple(found["names"]), np.array(found["parents"]), np.array(found["offsets"], np.float32)
            )
            motion = Motion(
                skeleton,
                float(found["fps"]),
                np.array(found["translation"], np.float32),
                np.array(found["rotations"], np.float32),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MotionError(f"{file}: is not a NAME motion ({error}).") from error
        base = Take(name=file.stem, motion=motion, source=file.name, licence=self.licence)
        yield from canonical_takes(base, motion, joints=joints, reading=reading)
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
    "characters": '''\
class CLASS:
    """Puppets in JSON: the names of their bones by canonical name. Write your tool's characters instead."""

    name = "NAME"
    description = "Puppets with named bones"
    suffixes = (".json",)
    suffix = ".json"

    def check(self, character: Path, options: CharacterOptions = CharacterOptions()) -> None:
        """Find out whether the file is a puppet with at least one bone that choreo knows."""
        self._bones(character)

    def write(
        self, motion: Motion, character: Path, path: Path, options: CharacterOptions = CharacterOptions()
    ) -> Mapping[str, float]:
        """Write the puppet with the rotations of its bones, w, x, y, z, frame by frame; `options` are the user's."""
        bones = dict(options.joints or self._bones(character))
        turns = {theirs: motion.rotations[:, CANONICAL.index(ours)].round(6).tolist() for ours, theirs in bones.items()}
        path.write_text(json.dumps({"bones": bones, "fps": motion.fps, "rotations": turns}), encoding="utf-8")
        return {"joints": float(len(bones))}

    def _bones(self, character: Path) -> dict[str, str]:
        try:
            found = json.loads(character.read_text(encoding="utf-8"))["bones"]
            bones = {ours: str(theirs) for ours, theirs in found.items() if ours in CANONICAL.names}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MotionError(f"{character}: is not a NAME puppet ({error}).") from error
        if not bones:
            raise MotionError(f"{character}: has no bone that choreo knows, such as pelvis or left_elbow.")
        return bones
''',
    "engines": '''\
class CLASS:
    """Processes of this machine. Give your cluster's instead."""

    name = "NAME"
    description = "Processes of this machine"

    @contextmanager
    def connect(self, address: str, jobs: int) -> Iterator[Workers]:
        """Reach the workers at `address`, and leave them at the end of the block; `jobs` at once, 0 for all."""
        with load("engines", "local").connect("", jobs) as workers:
            yield workers
''',
}
