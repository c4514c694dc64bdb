"""Command ``doctor``."""

from __future__ import annotations

from dataclasses import asdict

import click

from choreo.cli import options
from choreo.cli.say import say

MARKS = {"ok": ("ok  ", "green"), "note": ("note", "yellow"), "fail": ("FAIL", "red")}


@click.command()
@options.as_json
@click.option("--db", "location", metavar="PLACE", help="Motion database to look at.")
def doctor(as_json: bool, location: str | None) -> None:
    """Check what works on this machine.

    Really decodes, encodes, draws a frame with every renderer and opens the motion database, and says
    what to install for what does not work. Exit code 1 only when no video can be made at all.
    """
    from choreo.doctor import examine

    findings = []
    for finding in examine(location):
        findings.append(finding)
        if as_json:
            continue
        word, colour = MARKS[finding.status]
        say(f"  {finding.name:<20} {finding.detail}", lead=click.style(word, fg=colour))
        if finding.advice:
            say(f"{'':27}-> {finding.advice}")
    able = all(finding.status != "fail" for finding in findings)
    if as_json:
        options.echo_json({"able": able, "findings": [asdict(finding) for finding in findings]})
    else:
        say("choreo can make videos here." if able else "choreo cannot make videos here; see FAIL above.")
    if not able:
        raise click.exceptions.Exit(1)
