"""What is told of a result: warnings, the files that were written, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from choreo.cli import options
from choreo.cli.progress import warn
from choreo.cli.say import say

if TYPE_CHECKING:
    from choreo.pipeline import Result


def tell(result: Result, given: dict[str, Any]) -> None:
    """Print what was made, and warnings."""
    warn(result.warnings, given["quiet"])
    if not given["as_json"]:
        for path in result.files.values():
            say(str(path))
        return
    options.echo_json(as_dict(result))


def as_dict(result: Result) -> dict[str, Any]:
    """What is told of a result in JSON."""
    made = result.plan
    return {
        "files": {name: str(path) for name, path in result.files.items()},
        "seconds": {stage: round(spent, 3) for stage, spent in result.seconds.items()},
        "tempo": None if made is None else made.tempo,
        "metre": None if made is None else made.metre,
        "start": None if made is None else made.start,
        "end": None if made is None else made.end,
        "steps": None if made is None else [step.name for step in made.steps],
        "guarantees": {} if made is None else dict(made.guarantees),
        "warnings": result.warnings,
    }
