"""Read YAML: values without aliases that multiply, of bounded depth and number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from choreo.errors import InputError
from choreo.foreign.files import read_text
from choreo.foreign.limits import YAML_BYTES, YAML_DEPTH, YAML_NODES


def read_yaml(path: Path, kind: type[InputError] = InputError) -> Any:
    """Content of a YAML file: plain values, no objects.

    An alias stands for a copy of what it names, so it counts as that much: a dozen lines can stand for billions of
    values.

    Raises
    ------
    InputError
        Of `kind`, when it cannot be read, is not YAML, or is nested too deeply or holds too much.
    """
    import yaml

    text = read_text(path, YAML_BYTES, kind)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _count(text, loader, yaml)
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise kind(f"{path}: is not YAML that can be read: {' '.join(str(error).split())[:300]}") from error


def _count(text: str, loader: Any, yaml: Any) -> None:
    """Count values by the parser's events, which come before any value is made."""
    depth, total = 0, 0
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, Loader=loader):
        name = type(event).__name__
        if name == "AliasEvent":
            if event.anchor not in sizes:
                raise ValueError(f"the alias *{event.anchor} stands before or within what it names")
            total += sizes[event.anchor]
        elif name == "ScalarEvent":
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            depth += 1
            total += 1
            opened.append((event.anchor, total))
            if depth > YAML_DEPTH:
                raise ValueError(f"nested more than {YAML_DEPTH} levels deep")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
            anchor, before = opened.pop()
            if anchor:
                sizes[anchor] = total - before + 1
        if total > YAML_NODES:
            raise ValueError(f"more than {YAML_NODES:,} values, aliases counted as what they repeat")


__all__ = ["read_yaml"]
