"""Documentation that cannot rot."""

from __future__ import annotations

import importlib
import re
import runpy
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

import choreo
from choreo.cli.app import cli

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
MODULES = (
    "choreo",
    "choreo.video.bodies",
    "choreo.db",
    "choreo.protocols",
    "choreo.motion",
    "choreo.moves",
    "choreo.music",
    "choreo.pipeline",
    "choreo.planning",
    "choreo.retrieval",
    "choreo.synthesis",
    "choreo.testing",
    "choreo.types",
    "choreo.video",
)


def command_lines(text: str) -> list[list[str]]:
    """Every ``choreo ...`` in code of a page, as lists of words."""
    blocks = re.findall(r"^```(?:bash|sh)?\n(.*?)^```", text, re.S | re.M)
    lines = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    parts = [part.strip().split() for line in lines for part in re.split(r"&&|>>|>", line)]
    return [words for words in parts if words and words[0] == "choreo"]


def test_the_reference_is_what_the_commands_say() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs/gen_cli.py"), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_command_has_its_section() -> None:
    names = [name for name in runpy.run_path(str(ROOT / "docs/gen_cli.py"))["COMMANDS"]]
    assert len(names) >= 8
    for name in names:
        assert f"## choreo {name}\n" in DOCS["cli.md"]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_mentioned(module: str) -> None:
    public = getattr(importlib.import_module(module), "__all__", ())
    text = "\n".join(DOCS.values())
    missing = [name for name in public if not re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`|\b{name}\b\(", text)]
    assert not missing


def test_choreo_has_public_names_that_exist() -> None:
    assert choreo.__all__
    for name in choreo.__all__:
        assert callable(getattr(choreo, name)), name


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{name}" for name in DOCS if name != "cli.md")])
def test_commands_in_the_pages_can_be_typed(page: str) -> None:
    for words in command_lines((ROOT / page).read_text(encoding="utf-8")):
        if words[-1] == "..." or any(word.isupper() for word in words[1:]):
            continue
        with cli.make_context("choreo", words[1:], resilient_parsing=False) as context:
            name, command, rest = cli.resolve_command(context, [*context._protected_args, *context.args])
            assert command is not None, words
            while isinstance(command, click.Group):
                name, command, rest = command.resolve_command(click.Context(command), rest)
            assert command is not None, words
            command.make_context(name or "", list(rest), parent=context).close()


def test_the_readme_has_the_commands_that_ci_runs() -> None:
    readme, script = (ROOT / "README.md").read_text(), (ROOT / ".ci/run").read_text()
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", readme, re.S | re.M)
    assert blocks[0] == "pip install .\nchoreo generate song.wav\n"
    assert blocks[1] == "pip install '.[all,test]' -c constraints.txt\npytest\n"
    assert "readme_block 1" in script
    assert "readme_block 2" in script


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{name}" for name in DOCS)])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


def test_the_move_in_the_guide_can_be_danced() -> None:
    from choreo.moves import compile_move
    from choreo.moves.notation import parse

    text = re.search(r"```yaml\n(.*?)```", DOCS["moves.md"], re.S)
    assert text
    motion = compile_move(parse(yaml.safe_load(text[1]), "docs/moves.md"), 120)
    assert motion.duration == pytest.approx(4.0, abs=0.1)


def test_every_shape_of_the_hands_is_in_the_guide() -> None:
    from choreo.moves.arms import SHAPES

    assert all(f"`{name}`" in DOCS["moves.md"] for name in SHAPES)


def test_constraints_pin_what_the_project_asks_for() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    names = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in asked} - {"choreo-dance"}
    assert names <= pinned
