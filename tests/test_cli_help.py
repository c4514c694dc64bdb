"""Help in sections, and what the shell completes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from choreo.cli.app import COMMANDS, cli, run
from choreo.cli.sections import OTHER, SECTIONS, sections_of
from choreo.db import ensure_starter
from choreo.db.names import Names, known_names, remember_names


def commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            if member is not None:
                yield from commands(member)


def completions(*typed: str) -> list[str]:
    found = ShellComplete(cli, {}, "choreo", "_CHOREO_COMPLETE").get_completions(list(typed[:-1]), typed[-1])
    return [item.value for item in found]


@pytest.mark.parametrize("name", ["generate", "plan", "preview", "render"])
def test_every_option_of_the_main_commands_has_a_section(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    found = sections_of(command, click.Context(command))
    assert OTHER not in found
    assert list(found) == [title for title in SECTIONS if title in found]
    text = CliRunner().invoke(cli, [name, "--help"]).output
    at = [text.index(f"\n{title}:\n") for title in found]
    assert at == sorted(at)
    for param in (param for params in found.values() for param in params):
        assert text.count(f"  {param.opts[0]}") >= 1


def test_help_is_sentences() -> None:
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        for each in commands(command):
            for param in each.params:
                if isinstance(param, click.Option):
                    assert param.help, f"{each.name} {param.opts[0]}"
                    assert param.help.endswith("."), f"{each.name} {param.opts[0]}: {param.help}"


def test_help_of_style_lists_those_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("choreo.db.names.known_names", lambda location: Names(styles=("krump", "waltz")))
    text = " ".join(CliRunner().invoke(cli, ["generate", "--help"]).output.split())
    assert "There are krump, waltz." in text


def test_names_of_the_database_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_MOTION_DB", str(tmp_path / "none"))
    assert completions("generate", "--style", "ho") == ["house"]
    assert completions("generate", "--pin", "16=moonw") == ["16=moonwalk"]
    assert completions("generate", "--pin", "16") == []
    assert "moonwalk" in completions("edit", "a.plan.json", "--with", "Moon")
    assert completions("generate", "--dataset", "") == ["starter"]
    assert completions("db", "list", "--style", "wal") == ["waltz"]


def test_formats_and_plugins_are_completed() -> None:
    assert {"mp4", "bvh", "plan", "web"} <= set(completions("generate", "--formats", ""))
    assert completions("generate", "--formats", "mp4,bv") == ["mp4,bvh"]
    assert "mp4,mp4" not in completions("generate", "--formats", "mp4,")
    assert completions("generate", "--renderer", "ra") == ["raster"]
    assert "tcn" in completions("analyze", "--tracker", "")
    assert "stick" in completions("render", "--body", "")


def test_what_an_opened_database_has_is_remembered(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path))
    before = known_names(database)
    assert before.version == -1
    db = ensure_starter(database)
    remember_names(db)
    after = known_names(database)
    assert set(before.styles) <= set(after.styles)
    assert set(after.styles) == {style for row in db.rows() for style in row["styles"]}
    assert set(before.moves) <= set(after.moves)
    assert after.datasets == ("starter",)
    (remembered,) = tmp_path.rglob("*.json")
    remembered.write_text(json.dumps({"styles": ["x"], "datasets": [], "moves": [], "version": after.version}))
    remember_names(db)
    assert known_names(database).styles == ("x",)  # the version is known: nothing is read


@pytest.mark.parametrize("text", ["", "[]", '{"styles": 3}', "\x00", '{"styles": [], "datasets": [], "moves": []}'])
def test_a_damaged_file_of_names_is_as_none(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo.db.names import _file

    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path))
    path = _file(str(tmp_path / "db"))
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    assert "waltz" in known_names(tmp_path / "db").styles


def test_a_name_that_is_wrong_is_told_with_few_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "x.mp3", "--renderer", "rastre"]) == 4
    assert "Did you mean 'raster'?" in capsys.readouterr().err
