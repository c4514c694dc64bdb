"""What ``choreo doctor`` says is true: what works works, and nothing that does not is called ok."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import entry_points, metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from choreo import plugins
from choreo.doctor import Finding, examination, finding, installation, main_job, parts, trial_song
from choreo.errors import PluginError

ROOT = Path(__file__).parents[1]
EXTRA_MODULES = {
    "torch": ("learn", "smplx"),
    "smplx": ("smplx",),
    "pyrender": ("pyrender",),
    "OpenGL": ("pyrender",),
    "trimesh": ("pyrender",),
    "pxr": ("formats",),
    "librosa": ("librosa",),
    "ai_edge_litert": ("video",),
}
"""Modules that only extras bring, and which of them."""


@pytest.mark.slow
def test_a_working_machine(database: str) -> None:
    findings = {each.name: each for each in examination.examine(database)}
    steps = ["python", "packages", "database", "decoding", "listening", "choreography", "video", "other videos"]
    assert list(findings)[: len(steps)] == steps
    assert [each for each in findings.values() if each.status == "fail"] == []
    assert "wav, mp3, m4a, flac, ogg, opus" in findings["decoding"].detail
    assert "heard 120" in findings["listening"].detail
    assert "h264 + aac" in findings["video"].detail
    assert findings["other videos"].status == "ok"
    assert "drew a test frame" in findings["renderers raster"].detail
    named = {f"{kind} {name}" for kind in plugins.KINDS for name in plugins.candidates(kind)}
    assert named <= set(findings)


def opener_of_another_version(*given: Any, **options: Any) -> None:
    raise TypeError("'metadata_errors' is an invalid keyword argument for open()")


@pytest.mark.parametrize(
    ("name", "broken", "told"),
    [
        ("choreo.db.ensure_starter", opener_of_another_version, "database"),
        ("choreo.music.load_audio", opener_of_another_version, "decoding"),
        ("choreo.music.analyze", opener_of_another_version, "listening"),
        ("choreo.music.analyze", lambda *given: SimpleNamespace(tempo=90.0), "listening"),
        ("choreo.pipeline.song_to_plan.make_plan", opener_of_another_version, "choreography"),
        ("choreo.pipeline.run.generate", opener_of_another_version, "video"),
        ("choreo.video.probe", lambda path: {"video": None, "audio": None}, "video"),
        ("choreo.doctor.main_job.picture_contrast", lambda film: 0.0, "video"),
    ],
)
def test_a_broken_step_is_a_failure_and_the_next_is_not_tried(
    name: str, broken: Any, told: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name, broken)
    last = list(main_job.attempt(database))[-1]
    assert (last.name, last.status) == (told, "fail")
    if broken is opener_of_another_version:
        assert "metadata_errors" in last.detail


def test_songs_that_come_out_wrong_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo.music import load_audio
    from choreo.types import Audio

    def silent(path: Path) -> Audio:
        audio = load_audio(path)
        return replace(audio, samples=audio.samples * 0) if path.suffix == ".mp3" else audio

    monkeypatch.setattr("choreo.music.load_audio", silent)
    found = main_job._decode(tmp_path)
    assert found.status == "fail"
    assert found.detail.startswith("mp3: a test song of 8 s came out 8.")


def test_a_rare_kind_of_song_that_cannot_be_tried_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(trial_song.ENCODERS, "opus", "no-such-coder")
    found = main_job._decode(tmp_path)
    assert found.status == "note"
    assert "flac, ogg, and read it again; opus: " in found.detail


def ours() -> Iterator[tuple[str, str, str]]:
    """Kind, name and package of each plugin of choreo's own."""
    for kind in plugins.KINDS:
        for point in entry_points(group=f"choreo.{kind}"):
            if point.dist is not None and point.dist.name == installation.DISTRIBUTION:
                yield kind, point.name, point.module.split(".")[0]


def imported_by(package: str) -> set[str]:
    """Modules of extras that a plugin's package imports anywhere; what trains the shipped net is no plugin."""
    found = set()
    for file in sorted((ROOT / "plugins" / package).rglob("*.py")):
        if {"train", "bake"} & set(file.parts):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            found |= {name.split(".")[0] for name in names} & set(EXTRA_MODULES)
    return found


WITHOUT = {("datasets", "usd")}
"""Plugins that need no extra, though others of their package do."""
NEEDING = [
    (kind, name, module)
    for kind, name, package in ours()
    for module in sorted(imported_by(package))
    if (kind, name) not in WITHOUT
]


def test_plugins_with_extras_are_found() -> None:
    assert {("exporters", "usd", "pxr"), ("beats", "librosa", "librosa"), ("embedders", "dcca", "torch")} <= {*NEEDING}
    assert {("bodies", "smplx", "smplx"), ("renderers", "pyrender", "OpenGL")} <= {*NEEDING}


@pytest.mark.parametrize(("kind", "name", "module"), NEEDING)
def test_a_plugin_without_its_extra_is_not_ok(
    kind: str, name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in [known for known in sys.modules if known.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, known)
    monkeypatch.setitem(sys.modules, module, None)
    if kind == "renderers":  # draws in a process of its own, which asks the same
        with pytest.raises(PluginError, match=r"choreo-dance\["):
            plugins.ready(kind, name)
        return
    found = parts.plugin(kind, name)
    assert found.status == "note"
    assert any(f"pip install 'choreo-dance[{extra}]'" in found.detail for extra in EXTRA_MODULES[module])


def test_an_extra_that_is_there_and_broken_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pxr_of_a_test").mkdir()
    (tmp_path / "pxr_of_a_test/__init__.py").write_text("import libusd_that_is_gone\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match=r"pxr_of_a_test, which does not load: .*libusd_that_is_gone.*--force-reinst"):
        plugins.require_extra("USD", "formats", "pxr_of_a_test")
    with pytest.raises(PluginError, match=r"not installed. Run: pip install 'choreo-dance\[formats\]'"):
        plugins.require_extra("USD", "formats", "no_such_package.part")


@pytest.mark.parametrize("content", [b"", None])
def test_an_exporter_that_writes_nothing_is_not_ok(content: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def export(self: object, motion: object, path: Path, *, body: object = None) -> None:
        if content is not None:
            path.write_bytes(content)

    monkeypatch.setattr("choreo_csv.CsvExporter.export", export)
    found = parts.plugin("exporters", "csv")
    assert (found.status, "wrote nothing" in found.detail) == ("note", True)


def test_a_renderer_that_is_not_there_is_a_note() -> None:
    assert parts.renderer("nosuch").status == "note"


def test_versions_that_were_not_tried_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["click>=8", "numpy>=999", "no-such-package>=1.5", "scipy>=999; extra == 'learn'", "rich<1; extra == 'x'"]
    monkeypatch.setattr(installation, "requires", lambda name: asked)
    found, missing, unfit = installation.unmet()
    assert (set(found), missing, unfit) == ({"click", "numpy"}, ["no-such-package>=1.5"], ["numpy>=999"])
    assert installation.unmet("learn")[2] == ["scipy>=999"]
    told = installation._packages()
    assert (told.status, told.advice) == ("fail", "pip install 'no-such-package>=1.5' 'numpy>=999'")
    del asked[2]
    told = installation._packages()
    assert (told.status, told.advice) == ("note", "pip install 'numpy>=999'")
    assert told.detail.endswith("untried: want numpy>=999")


def test_every_extra_for_users_is_looked_at() -> None:
    extras = set(metadata(installation.DISTRIBUTION).get_all("Provides-Extra") or [])
    assert set(installation.PURPOSES) == extras - {"all", "docs", "test", "train"}


def test_a_check_that_breaks_is_a_finding() -> None:
    def broken() -> Finding:
        raise OSError("no such library")

    found = finding.guarded("video", broken)
    assert (found.status, found.detail) == ("fail", "OSError: no such library")


def test_processes_of_our_own_start_isolated() -> None:
    """No list that starts a Python lacks -P or -I: the folder that the user is in holds no module of ours."""
    starts = []
    for file in sorted([*(ROOT / "choreo").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.List) and node.elts and ast.unparse(node.elts[0]) in ("sys.executable", "python"):
                starts.append(ast.unparse(node))
                assert [ast.unparse(each) for each in node.elts[1:2]] in (["'-P'"], ["'-I'"]), f"{file}: {starts[-1]}"
    assert len(starts) >= 2
