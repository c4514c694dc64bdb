"""Every plugin that choreo registers keeps the contract of its kind, found through the same door as anyone's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_support import FORMATS
from motion_support import dance

from choreo import plugins, testing
from choreo.errors import MotionError
from choreo.motion.contacts import foot_points
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.types import BeatTrack, CharacterOptions, Clip, Motion

NEEDS: dict[tuple[str, str], str] = {
    ("bodies", "smplx"): "smpl_model",
    ("bodies", "gltf"): "puppet",
    ("bodies", "fbx"): "fbx_dancer",
    ("taggers", "musicnn"): "musicnn_weights",
    ("words", "glove"): "glove_vectors",
    ("renderers", "pyrender"): "gl",
    ("renderers", "blender"): "blender",
    ("renderers", "blender-eevee"): "blender",
}
"""Plugins that need something that the session's fixtures give."""
ALL = [(row.kind, row.name) for row in plugins.describe()]
ELSEWHERE = {("engines", "ray")}
"""Plugins of which the contract is tested where there is a cluster."""


def test_every_kind_has_a_plugin() -> None:
    assert {kind for kind, _ in ALL} == set(plugins.KINDS)


def patient(kind: str, name: str) -> Any:
    """A plugin's parameters; Blender takes minutes where it has no graphics card."""
    marks = [pytest.mark.timeout(1800), pytest.mark.slow] if "blender" in name else []
    return pytest.param(kind, name, marks=marks, id=f"{kind}-{name}")


@pytest.mark.parametrize(("kind", "name"), [patient(*each) for each in ALL if each not in ELSEWHERE])
def test_contract(kind: str, name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if kind == "datasets" and name != "starter":
        testing.check_datasets(plugins.load(kind, name), data_of(name, tmp_path, request))
        return
    if kind == "characters":
        testing.check_characters(plugins.load(kind, name), character_of(name, tmp_path))
        return
    if plugins.available(kind)[name].value.startswith("choreo_deep:"):
        pytest.importorskip("torch")
    fixture = NEEDS.get((kind, name))
    options: dict[str, Any] = request.getfixturevalue(fixture) if fixture else {}
    check: Callable[..., Any] = getattr(testing, f"check_{kind}")
    check(plugins.load(kind, name), **options)


def data_of(name: str, folder: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with data for a dataset: written here in its true format, or the real one."""
    if name == "choreonet":
        return Path(request.getfixturevalue("shared")) / "choreonet"
    if name == "moves":
        from choreo.cli.moves import TEMPLATE

        (folder / "side-step.yaml").write_text(TEMPLATE.format(name="side-step"))
    elif name == "video":
        request.getfixturevalue("pose_nets")
        from pose_support import write_video_of_dance

        return write_video_of_dance(folder / "videos")
    else:
        FORMATS[name](dance(6.0), folder)
    return folder


def character_of(name: str, folder: Path) -> Path:
    """A rigged character that a plugin can write dances onto."""
    exporter = plugins.load("exporters", {"gltf": "glb", "fbx": "fbx"}[name])
    path = folder / f"me{exporter.suffix}"
    exporter.export(testing.sample_motion(0.5), path)
    return Path(path)


class Puppeteer:
    """Writes another file each time, or what the wish says."""

    name, description, suffix = "x", "x", ".txt"
    suffixes: tuple[str, ...] = (".txt",)
    count = 0

    def __init__(self, wrong: str) -> None:
        self.wrong = wrong

    def check(self, character: Path, options: CharacterOptions = CharacterOptions()) -> None:
        if "no character" in character.read_text() and self.wrong != "blind":
            raise MotionError("no bones" if self.wrong == "nameless" else f"{character}: no bones")

    def write(
        self, motion: Motion, character: Path, path: Path, options: CharacterOptions = CharacterOptions()
    ) -> dict[str, float]:
        self.count += 1
        if self.wrong == "careless":
            character.write_text("me, dancing")
        said = {"varies": str(self.count), "deaf": "dance"}.get(self.wrong, str(motion.rotations.sum()))
        path.write_text(said)
        return {"joints": 24.0}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("varies", "same bytes"),
        ("deaf", "another motion"),
        ("blind", "MotionError"),
        ("nameless", "name the file"),
        ("careless", "own file"),
    ],
)
def test_broken_character_writers_are_found(wrong: str, words: str, tmp_path: Path) -> None:
    character = tmp_path / "me.txt"
    character.write_text("me")
    testing.check_characters(Puppeteer(""), character)
    with pytest.raises(AssertionError, match=words):
        testing.check_characters(Puppeteer(wrong), character)


def test_sample_motion_stays_on_the_floor() -> None:
    motion = testing.sample_motion()
    assert motion.duration == pytest.approx(2.0)
    assert motion.skeleton is CANONICAL
    soles = foot_points(*forward(CANONICAL, motion.translation, motion.rotations))[..., 1]
    assert np.abs(soles.min(axis=1)).max() < 0.02


# Each contract finds what it is there to find.


class Starter:
    name, description, licence, citation, expected = "x", "x", "CC0-1.0", "", "nothing"

    def __init__(self, change: Callable[[Clip], Clip]) -> None:
        self.change = change

    def clips(self, path: Path | None) -> Iterator[Clip]:
        clip = next(plugins.load("datasets", "starter").clips(None))
        yield self.change(clip)


def _sunk(motion: Motion) -> Motion:
    return replace(motion, translation=motion.translation - np.array([0, 1, 0], np.float32))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda clip: replace(clip, licence=""), "licence"),
        (lambda clip: replace(clip, energy=1.5), "energy"),
        (lambda clip: replace(clip, beats=clip.beats + 0.1), "first beat"),
        (lambda clip: replace(clip, beats=clip.beats * 1.5), "motion's end"),
        (lambda clip: replace(clip, motion=_sunk(clip.motion)), "below the floor"),
        (lambda clip: replace(clip, rhythm=clip.rhythm - 2), "rhythm"),
    ],
)
def test_broken_datasets_are_found(change: Callable[[Clip], Clip], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        testing.check_datasets(Starter(change))


class Metronome:
    name, description = "x", "x"

    def __init__(self, **wrong: Any) -> None:
        self.wrong = wrong

    def track(self, audio: Any, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
        bar = 4 if self.wrong.get("deaf_to_metre") else metre or 4
        step = 0.5 if self.wrong.get("deaf_to_bpm") else 60 / (bpm or 120)
        beats = np.arange(0.0, audio.duration * self.wrong.get("reach", 1), step)
        return BeatTrack(beats, np.arange(len(beats)) % bar + 1, bar, self.wrong.get("confidence", 0.5), "x")


def test_a_sound_tracker_passes() -> None:
    testing.check_beats(Metronome())


@pytest.mark.parametrize("wrong", [{"deaf_to_metre": 1}, {"deaf_to_bpm": 1}, {"reach": 2}, {"confidence": 2}])
def test_broken_trackers_are_found(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        testing.check_beats(Metronome(**wrong))


class Painted:
    name, description = "x", "x"

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def load(self, **options: Any) -> Any:
        body = plugins.load("bodies", "stick").load(**options)
        return replace(body, **{key: change(body) for key, change in self.changes.items()})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vertices": lambda body: body.vertices + np.array([0, 0.3, 0], np.float32)}, "stands on"),
        ({"vertices": lambda body: body.vertices * 100}, "metres|stands"),
        ({"faces": lambda body: body.faces[:, ::-1]}, "counter-clockwise"),
        ({"weights": lambda body: body.weights * 2}, "sum to 1"),
        ({"normals": lambda body: body.normals * 2}, "length 1"),
    ],
)
def test_broken_bodies_are_found(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        testing.check_bodies(Painted(**changes))


class Drawn:
    name, description = "x", "x"

    def __init__(self, **wrong: Any) -> None:
        self.wrong = wrong

    def frames(self, scene: Any) -> Iterator[np.ndarray]:
        for k in range(len(scene) - self.wrong.get("short", 0)):
            frame = np.zeros((scene.height, scene.width, 3), self.wrong.get("dtype", np.uint8))
            for _, motion in scene.performers[: self.wrong.get("most", 2)]:
                column = 80 + round(40 * float(motion.translation[0, 0]))
                frame[:, column - 5 : column + 5 + k * self.wrong.get("moves", 1)] = 200
            yield frame


def test_a_sound_renderer_passes() -> None:
    testing.check_renderers(Drawn())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"short": 1}, "frames for"),
        ({"dtype": np.float32}, "uint8"),
        ({"moves": 0}, "nothing moves"),
        ({"most": 1}, "dancer 2 of two is not drawn"),
    ],
)
def test_broken_renderers_are_found(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        testing.check_renderers(Drawn(**wrong))


class Numbered:
    """Writes another number each time."""

    name, description, suffix = "x", "x", ".txt"
    count = 0

    def export(self, motion: Motion, path: Path, *, body: Any = None) -> None:
        self.count += 1
        path.write_text(str(self.count))


def test_an_exporter_that_varies_is_found() -> None:
    with pytest.raises(AssertionError, match="same bytes"):
        testing.check_exporters(Numbered())


class Engine:
    """Work in this process, all at once."""

    name, description = "x", "x"

    def __init__(self, **wrong: Any) -> None:
        self.wrong = wrong

    @contextmanager
    def connect(self, address: str, jobs: int) -> Iterator[Any]:
        with plugins.load("engines", "local").connect(address, jobs) as workers:
            yield Faulty(workers, **self.wrong)


class Faulty:
    """Workers with a fault."""

    def __init__(self, workers: Any, slots: int = 2, change: Callable[[Any], Any] = iter, greedy: bool = False) -> None:
        self.workers, self.count, self.change, self.greedy, self.remote = workers, slots, change, greedy, False

    def slots(self) -> int:
        return self.count

    def each(self, work: Any, items: Any, *, shared: Any = None, longest: float = float("inf")) -> Iterator[Any]:
        taken = self.workers.each(work, list(items) if self.greedy else items, shared=shared, longest=longest)
        return iter(self.change(taken))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"slots": 3}, "slots"),
        ({"change": lambda pairs: list(pairs)[1:]}, "want each once"),
        ({"change": lambda pairs: [(item, 0) for item, _ in pairs]}, "want each once"),
        ({"greedy": True}, "begun at most|come after all|of the items"),
    ],
)
def test_broken_engines_are_found(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises((AssertionError, KeyError), match=words):
        testing.check_engines(Engine(**wrong))
