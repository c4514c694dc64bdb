"""Documentation that cannot rot."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import site_pages
import yaml
from docs_names import module_names, stub_names

import choreo
from choreo.cli.app import cli
from choreo.protocols import PROTOCOLS

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
DOCS = {path.relative_to(ROOT / "docs").as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
STUBS = stub_names()
MODULES = ("choreo.errors", "choreo.plugins", "choreo.protocols", "choreo.testing", "choreo.types")
"""Modules without a stub whose every name is public."""
DIRECTIVE = re.compile(r"^::: ([\w.]+)$", re.M)


def command_lines(text: str) -> list[list[str]]:
    """Every ``choreo ...`` in code of a page, as lists of words."""
    blocks = re.findall(r"^```(?:bash|sh)?\n(.*?)^```", text, re.S | re.M)
    lines = [re.split(r"(?:^|\s)#", line)[0] for block in blocks for line in block.splitlines()]
    parts = [part.strip() for line in lines for part in re.split(r"&&|>>|>", line)]
    return [shlex.split(part) for part in parts if part.startswith("choreo ")]


def test_the_reference_is_what_the_commands_say() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs/gen_cli.py"), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_command_has_its_section() -> None:
    names = [name for name in runpy.run_path(str(ROOT / "docs/gen_cli.py"))["COMMANDS"]]
    assert len(names) >= 8
    for name in names:
        assert f"## choreo {name}\n" in DOCS["cli.md"]


def in_the_reference() -> set[str]:
    """Paths of all that the reference takes from docstrings: names, and modules as a whole."""
    return {path for name, text in DOCS.items() if name.startswith("api/") for path in DIRECTIVE.findall(text)}


@pytest.mark.parametrize("package", STUBS)
def test_every_name_of_a_stub_is_in_the_reference(package: str) -> None:
    public = STUBS[package]
    assert public, "a stub without public names"
    listed = in_the_reference()
    missing = [name for name, path in public.items() if not {path, path.rpartition(".")[0]} & listed]
    assert set(missing) <= {"__version__"}


@pytest.mark.parametrize("module", MODULES)
def test_every_name_of_an_open_module_is_in_the_reference(module: str) -> None:
    public = module_names(module)
    assert public, "a module without public names"
    listed = in_the_reference()
    assert not [name for name in public if module not in listed and f"{module}.{name}" not in listed]


def test_what_is_public_is_found() -> None:
    assert {"choreo", "choreo.metrics", "choreo.pipeline"} <= set(STUBS)
    assert STUBS["choreo"]["Troupe"] == "choreo.planfile.troupe.Troupe"
    assert {"Motion", "Clip", "PlanStep"} <= set(module_names("choreo.types"))
    assert {"ChoreoError", "ShapeError"} <= set(module_names("choreo.errors"))
    assert {"check_beats", "sample_audio"} <= set(module_names("choreo.testing"))


def test_the_reference_names_what_there_is() -> None:
    for path in in_the_reference():
        module, _, name = path.rpartition(".")
        if importlib.util.find_spec(module) and not hasattr(importlib.import_module(module), name):
            assert importlib.util.find_spec(path), path


@pytest.mark.parametrize("page", DOCS)
def test_names_in_the_pages_are_there(page: str) -> None:
    for path in re.findall(r"`(choreo(?:\.\w+)+)", DOCS[page]):
        if path.removeprefix("choreo.") not in PROTOCOLS and not path.endswith(".json"):  # files
            assert pkgutil.resolve_name(path) is not None, path


@pytest.mark.parametrize("kind", PROTOCOLS)
def test_the_guide_to_plugins_has_every_kind(kind: str) -> None:
    assert f"| `choreo.{kind}` |" in DOCS["plugins.md"]
    assert f"`{PROTOCOLS[kind].__name__}`" in DOCS["plugins.md"]
    assert f"check_{kind}" in DOCS["plugins.md"]


def test_every_page_is_in_the_navigation() -> None:
    found = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    listed = re.findall(r"[\w/-]+\.md", str(found))
    assert sorted(listed) == sorted([*DOCS, *site_pages.PAGES, site_pages.EXAMPLES])


def test_the_glossary_is_in_alphabetical_order() -> None:
    words = re.findall(r"^\*\*(.+)\*\*$", DOCS["glossary.md"], re.M)
    assert len(words) > 60
    assert words == sorted(words, key=str.casefold)
    assert DOCS["glossary.md"].count("\n: ") == len(words)


def test_choreo_has_public_names_that_exist() -> None:
    assert choreo.__all__
    for name in set(choreo.__all__) - {"__version__"}:
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
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = "".join((ROOT / ".ci" / name).read_text(encoding="utf-8") for name in ("run", "jobs.sh"))
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", readme, re.S | re.M)
    assert blocks[0] == "pip install .\nchoreo generate song.wav\n"
    assert blocks[1] == "pip install '.[all,test]' -c constraints.txt\npytest\n"
    assert "readme_block 1" in script
    assert "readme_block 2" in script


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{name}" for name in DOCS)])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    made = {*site_pages.PAGES, site_pages.EXAMPLES, *(f"gallery/{path.name}" for path in site_pages.GALLERY.iterdir())}
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert target in made or ((ROOT / page).parent / target).exists(), target


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
