"""Which names of choreo are public and where each is defined, as its stubs and modules say."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

ROOT = Path(__file__).parents[1]


def stub_names() -> dict[str, dict[str, str]]:
    """Names of ``__all__`` of every stub, by package: the dotted path where each is defined."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "choreo").rglob("__init__.pyi")):
        package = ".".join(path.parent.relative_to(ROOT).parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        homes = {
            alias.asname or alias.name: f"{package}.{node.module}.{alias.name}"
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assigned = {
            target.id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        found[package] = {name: defined(homes[name]) for name in assigned["__all__"]}
    return found


def defined(path: str) -> str:
    """Where a name is defined that a stub takes from another package's stub."""
    module, _, name = path.rpartition(".")
    stub = ROOT / Path(*module.split(".")) / "__init__.pyi"
    if not stub.is_file():
        return path
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and any((each.asname or each.name) == name for each in node.names):
            return defined(f"{module}.{node.module}.{name}")
    return path


def module_names(module: str) -> list[str]:
    """Public names of a module without a stub: its ``__all__``, else the classes and functions that it defines."""
    loaded = importlib.import_module(module)
    if listed := getattr(loaded, "__all__", None):
        return list(listed)
    return [
        name
        for name, value in vars(loaded).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module
    ]
