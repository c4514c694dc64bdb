"""What pyproject.toml asks for is true and complete: every import is declared, every lowest version is one file."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
ELSEWHERE = {"train", "bake"}
"""Folders of scripts that make shipped files; choreo does not run them."""
BLENDERS = {"bpy", "mathutils", "worker_materials", "worker_nodes"}
"""Modules of the Python that Blender is in."""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def third_party(room: Path) -> set[str]:
    """Top-level names of what the modules below `room` import."""
    found = set()
    for file in room.rglob("*.py"):
        if ELSEWHERE & set(file.parts):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            found |= {name.split(".")[0] for name in names}
    return {name for name in found if name not in sys.stdlib_module_names and not name.startswith("choreo")} - BLENDERS


def test_every_import_is_a_declared_dependency(project: dict[str, Any]) -> None:
    """Also those that another dependency brings today."""
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {normal(Requirement(line).name) for line in [*project["dependencies"], *extras]}
    brought_by = packages_distributions()
    for name in sorted(third_party(ROOT / "choreo") | third_party(ROOT / "plugins")):
        assert {normal(each) for each in brought_by.get(name, [name])} & declared, name


def test_the_core_imports_nothing_of_an_extra_at_its_top(project: dict[str, Any]) -> None:
    core = {normal(Requirement(line).name) for line in project["dependencies"]}
    brought_by = packages_distributions()
    lazily = {"fsspec", "obstore", "starlette", "uvicorn"}  # the last two in the studio, which its command loads
    for name in sorted(third_party(ROOT / "choreo") - lazily):
        assert {normal(each) for each in brought_by.get(name, [name])} & core, name


def test_the_lowest_versions_are_those_of_pyproject() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci/lowest.py")], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout == (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8")


def test_the_tested_versions_are_within_the_bounds(project: dict[str, Any]) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    tested = {normal(name): version for name, _, version in (line.partition("==") for line in lines if "==" in line)}
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    for line in [*project["dependencies"], *extras]:
        wanted = Requirement(line)
        if wanted.name != project["name"]:
            assert wanted.specifier.contains(tested[normal(wanted.name)]), line


def test_torch_is_2_13_0_and_nothing_newer(project: dict[str, Any]) -> None:
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    bounds = [each.specifier for each in map(Requirement, extras) if each.name == "torch"]
    assert bounds
    for bound in bounds:
        assert "2.13.0" in bound
        assert "2.13.0+cpu" in bound
        assert not [newer for newer in ("2.13.1", "2.14.0", "3.0") if newer in bound]


def test_the_pythons_that_are_named_are_those_that_are_allowed(project: dict[str, Any]) -> None:
    named = [each.rsplit(" ", 1)[1] for each in project["classifiers"] if "Python :: 3." in each]
    assert named == ["3.11", "3.12", "3.13"]
    assert all(version in SpecifierSet(project["requires-python"]) for version in named)
    assert "3.10" not in SpecifierSet(project["requires-python"])
