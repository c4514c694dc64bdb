"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest
from cli_support import write_clicks

import choreo

FLAGS = doctest.NORMALIZE_WHITESPACE
FIRST = (
    *("choreo.generate", "choreo.render_plan", "choreo.make_plan", "choreo.edit_plan"),
    *("choreo.analyze", "choreo.phrases", "choreo.retrieve", "choreo.plan", "choreo.perform"),
    *("choreo.read_plan", "choreo.write_plan", "choreo.MotionDB", "choreo.Edit", "choreo.motion_from_positions"),
    *("choreo.Listening", "choreo.Choosing", "choreo.Look", "choreo.Troupe", "choreo.Wishes"),
    *("choreo.metrics.beat_scores", "choreo.metrics.pfc", "choreo.video.bodies.load_body", "choreo.clock.clock"),
    *("choreo.planfile.counts.eight_starts", "choreo.motion.rotations.multiply", "choreo.motion.rotations.rotate"),
)
"""What people call first: each has an example."""


def modules() -> list[str]:
    """Every module of choreo that has an example; what has none need not be imported."""
    root = Path(choreo.__file__).parent
    found = [path for path in sorted(root.rglob("*.py")) if ">>>" in path.read_text(encoding="utf-8")]
    return [".".join(path.relative_to(root.parent).with_suffix("").parts) for path in found]


@pytest.mark.parametrize("name", modules())
def test_examples(name: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    monkeypatch.chdir(tmp_path)
    write_clicks(tmp_path / "song.wav")
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert tried
    assert not failed, "see the output of doctest"


@pytest.mark.parametrize("path", FIRST)
def test_what_people_call_first_has_an_example(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert ">>>" in (inspect.getdoc(getattr(importlib.import_module(module), name)) or "")
