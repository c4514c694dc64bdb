"""A user's program is checked by mypy against choreo as it is installed, and mistakes in it are found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import choreo

CONSUMER = Path(__file__).with_name("typed_consumer.py")
HEAD = """\
import choreo
import choreo.metrics
from choreo import Choosing, Listening, Look, Result, Troupe, Wishes, generate

result: Result = generate("song.mp3")
assert result.plan is not None
"""
WRONG = {
    "Listening(bmp=120)": '"bmp"',
    "Choosing(sede=7)": '"sede"',
    'Look(widht="640")': '"widht"',
    'Wishes(variety="much")': '"variety"',
    'Troupe("three")': '"str"',
    "choreo.Nonsense": '"Nonsense"',
    "choreo.metrics.nonsense": '"nonsense"',
    'generate("x", styel="disco")': '"styel"',
    'generate("x", listening=Choosing())': '"listening"',
    "result.plan.tempoo": '"tempoo"',
    "result.motion.duration": '"None"',
}
"""Lines that must be errors, and what the message has to name."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of the program and of the wrong lines, in one run without the project's settings."""
    pytest.importorskip("mypy")
    folder = tmp_path_factory.mktemp("typing")
    (folder / "wrong.py").write_text(HEAD + "".join(f"{line}\n" for line in WRONG), encoding="utf-8")
    root = Path(choreo.__file__).parents[1]
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MYPYPATH"}}
    if root.name != "site-packages":  # mypy does not follow the hooks of editable installs
        environment["MYPYPATH"] = str(root)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports", "silent", "--config-file", os.devnull,
         "--cache-dir", str(folder / "cache"), str(CONSUMER), str(folder / "wrong.py")],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_a_users_program_passes(said: str) -> None:
    assert not [line for line in said.splitlines() if CONSUMER.name in line]


@pytest.mark.parametrize("wrong", WRONG)
def test_mistakes_are_found(wrong: str, said: str) -> None:
    number = len(HEAD.splitlines()) + list(WRONG).index(wrong) + 1
    found = re.findall(rf"^.*wrong\.py:{number}: error: (.*)$", said, re.M)
    assert found, said
    assert any(WRONG[wrong] in message for message in found), found


def test_only_the_wrong_lines_are_errors(said: str) -> None:
    assert len(set(re.findall(r"wrong\.py:(\d+): error", said))) == len(WRONG)


def test_the_package_says_that_it_is_typed() -> None:
    assert files("choreo").joinpath("py.typed").is_file()
