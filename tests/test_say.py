"""Foreign text reaches a terminal with control characters shown, whatever command prints it, and JSON stays JSON."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_support import write_clicks
from hypothesis import given
from hypothesis import strategies as st
from show_support import plan as some_plan

import choreo.cli
from choreo.cli.app import run
from choreo.cli.say import say_json
from choreo.foreign.shown import shown, shown_json
from choreo.music import load_audio
from choreo.planfile import plan_to_dict

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\r"


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    assert not STEERING.search(shown(text))
    assert "\n" not in shown(text)
    assert shown(text, lines=True).count("\n") == text.count("\n")
    assert shown(shown(text)) == shown(text)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_says_the_same_without_them(value: object) -> None:
    safe = shown_json(json.dumps(value, ensure_ascii=False))
    assert not STEERING.search(safe)
    assert json.loads(safe) == value


@pytest.mark.parametrize("text", ["Ünïcödé", "音楽 🎵", "👩‍👩‍👧", "[bold]not markup[/bold]", "100 %s"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert shown(text) == text


def test_bytes_of_names_that_are_not_text_are_shown() -> None:
    assert shown(b"a\xff.mp3".decode("utf-8", "surrogateescape")) == "a\\xff.mp3"


def test_only_one_function_prints() -> None:
    folder = Path(choreo.cli.__file__).parent
    for path in folder.glob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        assert path.name == "say.py" or not names & {"echo", "secho", "echo_via_pager"}, path.name


def evil_plan(folder: Path) -> Path:
    plan = plan_to_dict(some_plan(EVIL))
    plan["song"] = {**plan["song"], "path": EVIL}
    plan["steps"] = [{**step, "name": EVIL, "section": EVIL, "costs": {EVIL: 1.0}} for step in plan["steps"]]
    plan["warnings"] = [EVIL]
    path = folder / "evil.plan.json"
    path.write_text(json.dumps(plan))
    return path


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "show": lambda folder: ["show", str(evil_plan(folder))],
    "show json": lambda folder: ["show", "--json", str(evil_plan(folder))],
    "edit": lambda folder: ["edit", str(evil_plan(folder)), "--swap", "0"],
    "render": lambda folder: ["render", str(evil_plan(folder)), "-o", str(folder / "out")],
    "missing song": lambda folder: ["analyze", EVIL],
    "song": lambda folder: ["analyze", str(write_clicks(folder / "\x1b[31m\u202e.wav", seconds=4))],
    "unknown command": lambda folder: [EVIL],
    "unknown option": lambda folder: ["analyze", f"--{EVIL}"],
    "bad value": lambda folder: ["analyze", "song.wav", "--bpm", EVIL],
    "plugin": lambda folder: ["plugins", "info", EVIL],
    "style": lambda folder: ["plan", str(write_clicks(folder / "song.wav", seconds=8)), "--style", EVIL],
    "moves": lambda folder: ["moves", "check", EVIL],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_show_it(
    name: str, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    monkeypatch.chdir(tmp_path)
    code = run(COMMANDS[name](tmp_path))
    out, err = capsys.readouterr()
    assert code in (0, 1, 2, 3, 4)
    assert not STEERING.search(out + err)
    assert "\\x1b" in out + err or "\\u001b" in out
    if name == "show json":
        assert json.loads(out)["song"]["name"] == EVIL


def test_what_modules_log_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_clicks(tmp_path / "\x1b[31m.wav", seconds=2)
    path.write_bytes(path.read_bytes()[:-40_000])
    assert run(["plugins", "list"]) == 0
    capsys.readouterr()
    handler = logging.lastResort
    assert handler is not None
    record = logging.LogRecord("choreo.music", logging.WARNING, "", 0, "%s: %s", (path, "cut"), None)
    assert not STEERING.search(handler.format(record))
    assert "\\x1b" in handler.format(record)
    assert load_audio(path).duration > 1


def test_printed_json_of_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"a": [1, 2.5, None], "\x9b": "\x7f"})
    assert json.loads(capsys.readouterr().out) == {"a": [1, 2.5, None], "\x9b": "\x7f"}
