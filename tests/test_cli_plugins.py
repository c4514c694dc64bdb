"""Plugins of others: the skeletons that ``plugins new`` writes, and plugins that are broken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_support import write_clicks

from choreo import plugins
from choreo.cli.app import run
from choreo.cli.skeleton import CHECKS, CLASS_TAILS
from choreo.cli.templates import IMPORTS, PLUGINS


def install(folder: Path, distribution: str, points: dict[str, dict[str, str]]) -> None:
    """Make importlib.metadata find entry points in `folder`, as pip would."""
    info = folder / f"{distribution.replace('-', '_')}-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0.1\n")
    lines = []
    for kind, named in points.items():
        lines += [f"[choreo.{kind}]", *(f"{name} = {target}" for name, target in named.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("CHOREO_MOTION_DB", str(tmp_path / "db"))
    monkeypatch.chdir(tmp_path)
    return folder


def test_templates_exist_for_every_kind() -> None:
    assert set(PLUGINS) == set(IMPORTS) == set(CHECKS) == set(CLASS_TAILS) == set(plugins.KINDS)


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_skeletons_pass_the_contract_of_their_kind(
    kind: str, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib
    import runpy

    name = f"my-{kind}"
    assert run(["plugins", "new", kind, name, "--dir", str(site)]) == 0
    root = site / f"choreo-{name}"
    assert capsys.readouterr().out.strip() == str(root)
    module = f"choreo_my_{kind}"
    monkeypatch.syspath_prepend(str(root))
    text = (root / "pyproject.toml").read_text()
    target = next(line.split('"')[1] for line in text.splitlines() if line.startswith(f"{name} = "))
    install(site, f"choreo-{name}", {kind: {name: target}})
    importlib.invalidate_caches()
    plugin = plugins.load(kind, name)
    assert plugin.name == name
    facts_code = run(["plugins", "info", kind, name, "--json"])
    assert facts_code == 0
    assert json.loads(capsys.readouterr().out)["distribution"] == f"choreo-{name}"
    contract = runpy.run_path(str(root / "tests" / f"test_{module}.py"))["test_contract"]
    contract(tmp_path) if kind in ("datasets", "characters") else contract()


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_skeletons_are_clean_code(kind: str, tmp_path: Path) -> None:
    assert run(["plugins", "new", kind, "x", "--dir", str(tmp_path)]) == 0
    rules = Path(__file__).parents[1] / "pyproject.toml"
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        line = [sys.executable, "-m", "ruff", *command, "--config", str(rules), str(tmp_path / "choreo-x" / "choreo_x")]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_new_does_not_write_over_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "new", "beats", "x", "--dir", str(tmp_path)]) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(before) == 4
    assert run(["plugins", "new", "renderers", "x", "--dir", str(tmp_path)]) == 3
    assert "is there already" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["", "My", "../x", "a b", "1x", "x;rm"])
def test_names_that_cannot_be(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plugins", "new", "beats", name, "--dir", str(tmp_path)]) == 2
    assert not list(tmp_path.iterdir())


def test_a_plugin_that_breaks_on_import_is_named_and_the_rest_works(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "bad_on_import.py").write_text("raise RuntimeError('no licence key')\n")
    install(site, "bad-plugin", {"renderers": {"bad": "bad_on_import:Bad"}})
    assert run(["plugins", "list", "renderers"]) == 0
    assert "bad-plugin" in capsys.readouterr().out
    assert run(["plugins", "info", "renderers", "bad"]) == 4
    message = capsys.readouterr().err
    assert "'bad' of bad-plugin" in message
    assert "no licence key" in message
    assert run(["plugins", "info", "renderers", "raster"]) == 0


def test_a_plugin_that_breaks_in_a_call_is_named(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (
        "class Deaf:\n    name = 'deaf'\n    description = 'hears nothing'\n"
        "    def track(self, audio, *, bpm=None, metre=None):\n        raise KeyError('ear')\n"
    )
    (site / "deaf_tracker.py").write_text(source)
    install(site, "deaf-plugin", {"beats": {"deaf": "deaf_tracker:Deaf"}})
    song = write_clicks(tmp_path / "clicks.wav", seconds=4)
    assert run(["analyze", str(song), "--tracker", "deaf"]) == 4
    message = capsys.readouterr().err
    assert "'deaf' failed" in message
    assert "KeyError" in message


def test_two_plugins_of_one_name(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(site, "other-plugin", {"renderers": {"raster": "other:Raster"}})
    assert run(["plugins", "list"]) == 0
    assert capsys.readouterr().out.count("(name clash)") == 2
    assert run(["plugins", "info", "renderers", "raster"]) == 4
    message = capsys.readouterr().err
    assert "choreo-dance" in message
    assert "other-plugin" in message


def test_a_plugin_that_lacks_something(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "half_plugin.py").write_text("class Half:\n    name = 'half'\n")
    install(site, "half", {"exporters": {"half": "half_plugin:Half"}})
    assert run(["plugins", "info", "exporters", "half"]) == 4
    message = capsys.readouterr().err
    assert "suffix" in message
    assert "export" in message
