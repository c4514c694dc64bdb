"""Check a parsed file against ``schema.json``: the part of JSON Schema that the file uses, nothing more."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from choreo.plugins import suggest

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_COUNTS = {"number": "a number", "integer": "a whole number", "boolean": "true or false", "string": "text"}


@cache
def schema() -> dict[str, Any]:
    """The notation's JSON schema."""
    loaded: dict[str, Any] = json.loads(files("choreo.moves").joinpath("schema.json").read_text(encoding="utf-8"))
    return loaded


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


def _found(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def problems(value: Any, rule: Mapping[str, Any] | None = None, where: str = "") -> list[str]:
    """List what is wrong with `value`; each line names the key, what was found and what was expected."""
    rule = schema() if rule is None else rule
    if "$ref" in rule:
        rule = schema()["$defs"][rule["$ref"].rsplit("/", 1)[1]]
    here = where or "the file"
    if "anyOf" in rule:
        tries = [problems(value, option, where) for option in rule["anyOf"]]
        return [] if any(not each for each in tries) else [f"{here}: found {_found(value)}, expected {_options(rule)}"]
    kind = rule.get("type")
    if kind and not _is(value, kind):
        want = _COUNTS.get(kind, "a list" if kind == "array" else "keys with values")
        return [f"{here}: found {_found(value)}, expected {want}"]
    if "enum" in rule and value not in rule["enum"]:
        return [f"{here}: found {_found(value)}, expected one of {', '.join(rule['enum'])}"]
    if isinstance(value, dict):
        return _object(value, rule, where)
    if isinstance(value, list):
        return _array(value, rule, where)
    if isinstance(value, str) and "pattern" in rule and not re.search(rule["pattern"], value):
        return [f"{here}: found {_found(value)}, expected lower-case words joined by '-'"]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, rule, here)
    return []


def _options(rule: Mapping[str, Any]) -> str:
    return " or ".join("a name" if option.get("type") == "string" else "3 numbers" for option in rule["anyOf"])


def _number(value: float, rule: Mapping[str, Any], here: str) -> list[str]:
    low, high = rule.get("minimum"), rule.get("maximum")
    above = rule.get("exclusiveMinimum")
    # Written so that NaN fails.
    if (low is None or value >= low) and (high is None or value <= high) and (above is None or value > above):
        return []
    bounds = [f"above {above}"] if above is not None else []
    bounds += [f"at least {low}"] if low is not None else []
    bounds += [f"at most {high}"] if high is not None else []
    return [f"{here}: found {value}, expected a number {' and '.join(bounds)}"]


def _array(value: list[Any], rule: Mapping[str, Any], where: str) -> list[str]:
    low, high = rule.get("minItems", 0), rule.get("maxItems")
    if len(value) < low or (high is not None and len(value) > high):
        want = f"{low}" if low == high else f"at least {low}"
        return [f"{where}: found {len(value)} entries, expected {want}"]
    return [line for i, item in enumerate(value) for line in problems(item, rule.get("items", {}), f"{where}[{i}]")]


def _object(value: Mapping[str, Any], rule: Mapping[str, Any], where: str) -> list[str]:
    known: Mapping[str, Any] = rule.get("properties", {})
    prefix = f"{where}." if where else ""
    lines = [f"{prefix}{key}: missing" for key in rule.get("required", []) if key not in value]
    for key, item in value.items():
        if key in known:
            lines += problems(item, known[key], f"{prefix}{key}")
        elif rule.get("additionalProperties", True) is False:
            lines.append(f"{prefix}{key}: unknown key.{suggest(str(key), list(known))}")
    return lines
