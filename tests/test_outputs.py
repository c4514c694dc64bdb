"""What can fail for want of a package, a folder or a name fails before a file of an earlier dance is replaced."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks

from choreo import plugins
from choreo.datasets.convert import convert
from choreo.errors import (
    ChoreoError,
    InputError,
    MissingExtraError,
    MotionError,
    OutputError,
    PlanningError,
    PluginError,
)
from choreo.options import Choosing, Listening
from choreo.pipeline import generate, render_motion, render_plan, resolve_outputs
from choreo.video.bodies import standing
from choreo.video.look import Look

SMALL = Look(body="stick", width=64, height=36, fps=5)
EARLIER = {name: f"earlier {name}" for name in ("clicks.plan.json", "clicks.bvh", "clicks.credits.txt", "clicks.mp4")}


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=9, bpm=110)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the files of an earlier dance."""
    for name, text in EARLIER.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def untouched(folder: Path) -> bool:
    return {path.name: path.read_text() for path in folder.iterdir()} == EARLIER


def missing_packages(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        for module in [name, *(loaded for loaded in sys.modules if loaded.startswith(f"{name}."))]:
            monkeypatch.setitem(sys.modules, module, None)


def deaf(*_: Any, **__: Any) -> None:
    raise AssertionError("nothing may be listened to before that is known")


def usd(folder: Path) -> dict[str, Any]:
    return {"formats": ("plan", "bvh", "usd")}


def pyrender(folder: Path) -> dict[str, Any]:
    return {"look": Look(renderer="pyrender", width=64, height=36, fps=5)}


def no_character(folder: Path) -> dict[str, Any]:
    return {"formats": ("bvh",), "character": folder / "me.glb"}


def strange_character(folder: Path) -> dict[str, Any]:
    return {"formats": ("bvh",), "character": folder / "me.obj"}


def no_background(folder: Path) -> dict[str, Any]:
    return {"formats": ("bvh", "mp4"), "look": Look(width=64, height=36, fps=5, background="nowhere.png")}


def no_alpha(folder: Path) -> dict[str, Any]:
    return {"formats": ("bvh", "mov"), "look": Look(renderer="stick", body="stick", width=64, height=36, fps=5)}


def no_format(folder: Path) -> dict[str, Any]:
    return {"formats": ("bvh", "mp5")}


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        (usd, MissingExtraError, r"choreo-dance\[formats\]"),
        (pyrender, MissingExtraError, r"choreo-dance\[pyrender\]"),
        (no_character, MotionError, "me.glb"),
        (strange_character, InputError, r"\.fbx, \.glb, \.gltf, \.vrm"),
        (no_background, InputError, "nowhere.png"),
        (no_alpha, InputError, "without background"),
        (no_format, InputError, "unknown format 'mp5'"),
    ],
)
def test_it_is_said_before_anything_is_done(
    wish: Callable[[Path], dict[str, Any]],
    error: type[ChoreoError],
    words: str,
    clicks: Path,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing_packages(monkeypatch, "pxr", "pyrender")
    monkeypatch.setattr("choreo.pipeline.run.make_plans", deaf)
    options = {"look": SMALL, **wish(tmp_path_factory.mktemp("mine"))}
    with pytest.raises(error, match=words):
        generate(clicks, output=folder, **options)
    assert untouched(folder)


def test_a_dance_that_breaks_a_guarantee_replaces_no_file(
    clicks: Path, folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is the second of two."""
    asked = iter([[], ["bar 3: feet slide"]])
    monkeypatch.setattr("choreo.pipeline.plan_to_dance.broken_guarantees", lambda *_: next(asked))
    with pytest.raises(PlanningError, match="bar 3"):
        generate(
            clicks, output=folder, formats=("plan", "bvh"), alternatives=2, listening=Listening(duration=6),
            choosing=Choosing(db=database),
        )  # fmt: skip
    assert untouched(folder)


def test_a_motion_file_with_captions_or_formats_of_a_plan(folder: Path) -> None:
    motion = folder / "clicks.bvh"
    with pytest.raises(InputError, match="captions go with a plan"):
        render_motion(motion, output=folder, look=Look(captions=True))
    with pytest.raises(InputError, match="'bvh' goes with a plan"):
        render_motion(motion, output=folder, formats=("bvh", "mp4"))
    with pytest.raises(InputError, match="--beside"):
        render_motion(motion, output=folder, beside=(motion,))
    assert untouched(folder)


def test_a_plan_that_cannot_be_drawn_keeps_its_files(clicks: Path, folder: Path, database: str) -> None:
    plan = generate(
        clicks, output=folder / "new", formats=("plan",), listening=Listening(duration=6),
        choosing=Choosing(db=database),
    ).files["plan"]  # fmt: skip
    with pytest.raises(PluginError, match="no renderers plugin"):
        render_plan(plan, output=folder / "clicks.mp4", formats=("bvh", "mp4"), look=Look(renderer="oil"), db=database)
    for path in (folder / "new").iterdir():
        path.unlink()
    (folder / "new").rmdir()
    assert untouched(folder)


@pytest.mark.parametrize(
    ("output", "formats", "resolved"),
    [
        ("k.webm", None, ("webm", "bvh", "plan")),
        ("k.mp4", None, ("mp4", "bvh", "plan")),
        ("k.gif", None, ("gif", "bvh", "plan")),
        ("K.PLAN.JSON", None, ("plan",)),
        ("k.bvh", None, ("bvh",)),
        ("k.amass.npz", None, ("amass",)),
        ("k.html", None, ("web",)),
        ("new.dir/", None, ("mp4", "bvh", "plan")),
        ("k.webm", ("webm", "gif"), ("webm", "gif")),
        ("k.bvh", ("bvh", "mp4"), ("bvh", "mp4")),
    ],
)
def test_the_ending_says_a_format(
    output: str,
    formats: tuple[str, ...] | None,
    resolved: tuple[str, ...],
    clicks: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    found = resolve_outputs(clicks, output, formats, SMALL)
    assert found.formats == resolved
    assert (tmp_path / "new.dir").is_dir() == (output == "new.dir/")


def test_an_ending_and_formats_that_disagree(clicks: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"k\.webm: its ending says webm, but what is to be written is mp4, bvh"):
        resolve_outputs(clicks, tmp_path / "k.webm", ("mp4", "bvh"), SMALL)
    with pytest.raises(InputError, match=r"k\.avi: ends with \.avi; want .*\.mp4"):
        resolve_outputs(clicks, tmp_path / "k.avi", None, SMALL)
    assert list(tmp_path.iterdir()) == []


def test_a_character_cannot_dance_in_a_file_that_has_no_body(clicks: Path, tmp_path: Path) -> None:
    me = tmp_path / "me.glb"
    plugins.load("exporters", "glb").export(standing(), me)
    for name in ("k.bvh", "k.csv", "k.vmd"):
        with pytest.raises(InputError, match=rf"{name}: its ending says \w+, in which .*me\.glb cannot dance\."):
            resolve_outputs(clicks, tmp_path / name, None, SMALL, character=me)
    for name, formats in (("k.glb", None), ("k.bvh", ("bvh",))):
        assert resolve_outputs(clicks, tmp_path / name, formats, SMALL, character=me).character == me
    assert [path.name for path in tmp_path.iterdir()] == ["me.glb"]


def test_what_is_no_file_is_found_before_the_work(clicks: Path, tmp_path: Path) -> None:
    (tmp_path / "clicks.bvh").mkdir()
    with pytest.raises(OutputError, match=r"clicks\.bvh: cannot be written \(it is a folder"):
        resolve_outputs(clicks, tmp_path, None, SMALL)
    with pytest.raises(OutputError, match="it is no folder"):
        resolve_outputs(clicks, "/dev/null", None, SMALL)


def test_nothing_is_written_over_what_is_read(clicks: Path, tmp_path: Path) -> None:
    """A song can be a video, and a motion file be called as its copy would be."""
    song = tmp_path / "film.mp4"
    song.write_bytes(clicks.read_bytes())
    for output in (tmp_path, tmp_path / "film.mp4", tmp_path / ".." / tmp_path.name / "film.mp4"):
        with pytest.raises(OutputError, match=r"film\.mp4: is read for this"):
            generate(song, output=output)
    motion = tmp_path / "a.bvh"
    motion.write_text("HIERARCHY")
    with pytest.raises(OutputError, match=r"a\.bvh: is read for this"):
        convert(motion, tmp_path, exporter="bvh")
    with pytest.raises(OutputError, match=r"film\.mp4: is read for this"):
        render_motion(motion, output=song, song=song)
    assert song.read_bytes() == clicks.read_bytes()


def test_everything_is_resolved_once(clicks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[str, str]] = []
    load = plugins.load

    def counted(kind: str, name: str) -> Any:
        loaded.append((kind, name))
        return load(kind, name)

    monkeypatch.setattr(plugins, "load", counted)
    outputs = resolve_outputs(clicks, tmp_path, ("plan", "bvh", "web", "mp4", "gif"), SMALL)
    assert sorted(set(loaded)) == [("bodies", "stick"), ("engines", "local"), ("exporters", "bvh"),
                                   ("exporters", "web"), ("renderers", "raster")]  # fmt: skip
    assert (outputs.writes_plan, list(outputs.exporters), list(outputs.shows)) == (True, ["bvh"], ["web"])
    assert (outputs.videos, outputs.loops, outputs.draws, outputs.needs_song) == (("mp4",), ("gif",), True, True)
    assert outputs.named(".mp4") == tmp_path / "clicks.mp4"
    assert outputs.numbered(2).named(".mp4") == tmp_path / "clicks-2.mp4"
    assert outputs.numbered(1) is outputs
