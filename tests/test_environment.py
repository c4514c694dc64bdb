"""All environment variables that choreo reads stand in one table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from click.testing import CliRunner

from choreo.cli.app import cli
from choreo.environment import OTHERS, OWN

ROOT = Path(__file__).parents[1]
LIBRARIES = {"XDG_DATA_HOME", "XDG_CACHE_HOME"}
"""Variables of the table that libraries read for choreo."""
INSIDE = {"INDEX_BENCHMARK", "PYTHONPATH"}
"""What benchmarks and tests tell their own processes."""


def is_environ(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "environ"


@cache
def constants_of(path: Path) -> dict[str, str]:
    """Texts that names of a module stand for."""
    tree, constants = ast.parse(path.read_text(encoding="utf-8")), dict[str, str]()
    for assigned in (each for each in tree.body if isinstance(each, ast.Assign)):
        for target in assigned.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = assigned.value.elts if isinstance(assigned.value, ast.Tuple) else [assigned.value]
            for name, value in zip(names, values, strict=False):
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    constants[name.id] = value.value
    return constants


def names_read(path: Path) -> Iterator[str]:
    """Names that a file reads from the environment; names of constants stand for the values they have."""
    text = path.read_text(encoding="utf-8")
    if not re.search(r"environ|getenv|envvar", text):
        return
    tree, constants = ast.parse(text), dict(constants_of(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("choreo."):
            source = ROOT / f"{str(node.module).replace('.', '/')}.py"
            theirs = constants_of(source) if source.is_file() else {}
            constants |= {each.asname or each.name: theirs[each.name] for each in node.names if each.name in theirs}
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if is_environ(node.func.value) or node.func.attr == "getenv":
                found = node.args[:1]
        elif isinstance(node, ast.Subscript) and is_environ(node.value) and isinstance(node.ctx, ast.Load):
            found = [node.slice]
        elif isinstance(node, ast.Compare) and any(map(is_environ, node.comparators)):
            found = [node.left]
        elif isinstance(node, ast.keyword) and node.arg == "envvar":
            found = [node.value]
        for each in found:
            if isinstance(each, ast.Constant):
                yield str(each.value)
            else:
                assert isinstance(each, ast.Name), f"{path}:{each.lineno}: a name that cannot be seen here"
                yield constants[each.id]


def read_below(*folders: str) -> dict[str, str]:
    return {
        name: str(path.relative_to(ROOT))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in names_read(path)
    }


def test_the_table_has_what_is_read_and_nothing_else() -> None:
    found = read_below("choreo", "plugins")
    assert len(found) > 8
    assert set(found) == {*OWN, *OTHERS} - LIBRARIES, found


def test_variables_of_tests_and_benchmarks_are_in_the_guide() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name, path in read_below("tests", "benchmarks").items():
        assert name in {*OWN, *OTHERS, *INSIDE} or f"`{name}`" in guide, f"{path}: {name}"


def test_the_table_is_in_the_reference_and_in_help() -> None:
    page, shown = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), CliRunner().invoke(cli, ["--help"]).output
    for name in {*OWN, *OTHERS}:
        assert f"| `{name}` |" in page
    for name in OWN:
        assert name in shown
