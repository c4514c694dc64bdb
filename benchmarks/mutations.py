"""Small changes of Python on the lines that were changed since a commit; for `mutants.py`.

Comparisons are shifted or turned round, signs and operators exchanged, numbers moved by one, truths flipped, the first
two arguments of a call swapped, and calls whose value is not used left out. The tests of a file are those that import
its module or a package above it by name, and those called after it.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

COMPARED = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.In: "not in",
    ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
COMBINED = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*", ast.Mod: "*", ast.BitAnd: "|",
    ast.BitOr: "&",
}  # fmt: skip
SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.FloorDiv: "//", ast.Mod: "%", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
Change = tuple[str, str, str, str, tuple[str, ...], int]
"""Name, file, old, new, tests and place, as `mutants.Fault` takes them."""
MOST_TESTS = 8
"""Files of tests that are run for one change, those called after the module first."""


class _Source:
    """A text with the character at which each of its lines begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        """Character of a place of the tree, whose columns count bytes."""
        text = self.text[self.starts[line - 1] : self.starts[line]]
        return self.starts[line - 1] + len(text.encode()[:column].decode())

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """First and past-last character of a node."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)


def mutations(text: str, lines: set[int]) -> Iterator[tuple[int, str, str]]:
    """Changes of a module's text that begin on some `lines`: first character, old and new."""
    source = _Source(text)
    tree = ast.parse(text)
    docstrings = {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
    }
    annotations = {
        id(part)
        for node in ast.walk(tree)
        for name in ("annotation", "returns")
        if isinstance(note := getattr(node, name, None), ast.expr)
        for part in ast.walk(note)
    }
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) not in lines or id(node) in docstrings or id(node) in annotations:
            continue
        yield from _changes(source, node)


def _changes(source: _Source, node: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Changes of one node."""
    text = source.text
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _between(source, node.left, node.comparators[0], node.ops[0], COMPARED)
    elif isinstance(node, ast.BinOp):
        yield from _between(source, node.left, node.right, node.op, COMBINED)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        begin, end = source.span(node)
        inner, _ = source.span(node.operand)
        yield begin, text[begin:end], text[inner:end]
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        begin, end = source.span(node)
        yield begin, text[begin:end], str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        begin, end = source.span(node)
        yield begin, text[begin:end], f"({text[begin:end]} + 1)"
    elif isinstance(node, ast.Call) and len(node.args) >= 2:
        (first, middle), (last, end) = source.span(node.args[0]), source.span(node.args[1])
        if text[first:middle] != text[last:end] and not isinstance(node.args[0], ast.Starred):
            yield first, text[first:end], text[last:end] + text[middle:last] + text[first:middle]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        begin, end = source.span(node)
        yield begin, text[begin:end], "pass"
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        begin, end = source.span(node.test)
        yield begin, text[begin:end], f"not ({text[begin:end]})"


def _between(
    source: _Source, left: ast.expr, right: ast.expr, operator: ast.AST, exchanged: Mapping[Any, str]
) -> Iterator[tuple[int, str, str]]:
    """Exchange the operator between two expressions."""
    sign, other = SIGNS.get(type(operator)), exchanged.get(type(operator))
    begin, end = source.span(left)[1], source.span(right)[0]
    between = source.text[begin:end]
    if sign and other and between.count(sign) == 1:
        yield begin, between, between.replace(sign, other)


def changed_lines(root: Path, commit: str) -> dict[str, set[int]]:
    """Lines of Python files of the product that differ from a commit, by file."""
    command = ["git", "-C", str(root), "diff", "--unified=0", commit, "--", "choreo", "plugins"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, set[int]] = {}
    file = ""
    for line in shown.splitlines():
        if line.startswith("+++ "):
            file = line[6:] if line.endswith(".py") else ""
        elif file and (place := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)):
            first, count = int(place[1]), int(place[2] or 1)
            found.setdefault(file, set()).update(range(first, first + count))
    return found


def mapped_tests(root: Path, file: str) -> tuple[str, ...]:
    """Files of tests that have to do with a module, those called after it first."""
    parts = Path(file).with_suffix("").parts
    module = ".".join(parts[1:] if parts[0] == "plugins" else parts).removesuffix(".__init__")
    package = module.rpartition(".")[0] if module.count(".") else module
    rated = []
    for path in sorted((root / "tests").glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        words = set(re.split(r"[._]", path.stem))
        exact = bool(re.search(rf"\b(from|import) {re.escape(module)}\b", text))
        near = bool(re.search(rf"\bfrom {re.escape(package)} import\b", text))
        named = len(words & set(re.split(r"[._]", module)))
        if exact or near or named >= 2:
            rated.append((-2 * exact - named - near, path.name))
    return tuple(name for _, name in sorted(rated)[:MOST_TESTS])


def changed(root: Path, commit: str, most: int, only: str = "") -> list[Change]:
    """At most so many changes on the lines that differ from a commit, spread evenly over them; of files with a word."""
    found: list[Change] = []
    for file, lines in sorted(changed_lines(root, commit).items()):
        if only not in file:
            continue
        tests = mapped_tests(root, file)
        text = (root / file).read_text(encoding="utf-8")
        for at, old, new in sorted(set(mutations(text, lines))):
            line = text.count("\n", 0, at) + 1
            name = f"line {line}: {' '.join(old.split())} -> {' '.join(new.split())}"
            if tests:
                found.append((name, file, old, new, tests, at))
    if len(found) <= most:
        return found
    return [found[round(k * (len(found) - 1) / max(most - 1, 1))] for k in range(most)]
