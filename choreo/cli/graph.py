"""Commands of the motion graph: stats, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli import options
from choreo.cli.progress import warn
from choreo.cli.say import say

if TYPE_CHECKING:
    from choreo.planning.graph import MotionGraph
    from choreo.types import Clip

KINDS = ("graphml", "png", "svg")
LISTED = 12
choosing: Callable[[Callable[..., Any]], Callable[..., Any]] = options.stacked(
    click.option("--db", metavar="PLACE", help="Motion database; 'choreo db path' shows the default."),
    click.option("--dataset", help="Only clips of this dataset."),
    click.option("--style", help="Only clips of this style."),
    click.option(
        "--meter", "--metre", "metre", type=click.IntRange(2, 12), default=4, show_default=True, help="Beats in a bar."
    ),
    click.option(
        "--most", type=click.IntRange(1, 1000), default=300, show_default=True, help="Look at this many clips at most."
    ),
)


@click.group(
    epilog=options.examples("choreo graph stats", "choreo graph stats --style hiphop", "choreo graph export moves.svg")
)
def graph() -> None:
    """Look at which clips of the database can follow which.

    Clips and their mirrors are dots, transitions that a dance may take are lines between them.
    """


@graph.command("stats")
@choosing
@options.as_json
def stats(as_json: bool, **given: Any) -> None:
    """Count transitions, and tell what is hard to reach.

    Misfit is how far joints are apart at a seam, speeds included, in metres. The core is the largest part of the graph
    in which every clip can be reached from every other: from there a dance can always go on.
    """
    from choreo.planning.graph_stats import graph_stats

    clips, found, note = _graph(given)
    facts = graph_stats(found, clips)
    if as_json:
        options.echo_json(facts | ({"note": note} if note else {}))
        return
    parts = {
        "clips": str(facts["clips"]),
        "nodes": f"{facts['nodes']}, mirrors included",
        "edges": f"{facts['edges']} transitions, {facts['natural']} of them go on in a recording",
        "core": f"{100 * facts['core_share']:.0f} % of nodes; {facts['components']} strongly connected parts",
        "misfit": _misfit(facts["seams"]),
        "of all": f"{_misfit(facts['all_pairs'])}: any pair of clips",
        "dead ends": _listed(facts["dead_ends"]),
        "unreached": _listed(facts["unreached"]),
    }
    for name, value in parts.items():
        say(f"{name:<11} {value}")
    if facts["hardest"]:
        say()
        rows = [(each["name"], f"{each['misfit']:.3f}", str(each["ways_in"])) for each in facts["hardest"]]
        options.echo_table(("hardest to reach", "misfit", "ways in"), rows)
    warn([note] if note else [])


@graph.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@choosing
def export(file: Path, **given: Any) -> None:
    """Write the motion graph to FILE: .graphml for other programs, .png or .svg as a picture."""
    from choreo.errors import InputError
    from choreo.names import require_name
    from choreo.output import atomic, require_output

    require_name(file)
    kind = file.suffix.lower().lstrip(".")
    if kind not in KINDS:
        raise InputError(f"{file}: found {file.suffix or 'no suffix'!r}, expected .graphml, .png or .svg.")
    require_output(file)
    clips, found, note = _graph(given)
    with atomic(file) as partial:
        if kind == "graphml":
            from choreo.planning.graph_stats import write_graphml

            write_graphml(found, clips, partial)
        else:
            from choreo.planning.graph_picture import draw_graph

            draw_graph(found, clips, partial, kind)
    say(str(file))
    warn([note] if note else [])


def _graph(given: dict[str, Any]) -> tuple[list[Clip], MotionGraph, str]:
    """Clips as asked for, their graph, and what was left out."""
    from choreo.cli.database import open_database
    from choreo.planning.costs import Weights
    from choreo.planning.graph import build_graph
    from choreo.planning.graph_stats import some_clips

    db = open_database(given.pop("db"))
    clips, total = some_clips(db, **given)
    note = f"{len(clips)} of {total} clips are looked at; --most takes more" if total > len(clips) else ""
    return clips, build_graph(clips, Weights()), note


def _misfit(shares: dict[str, float]) -> str:
    return f"{shares['median']:.3f} m, 5th to 95th percentile {shares['p5']:.3f} to {shares['p95']:.3f} m"


def _listed(names: list[str]) -> str:
    more = f", and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{len(names)}: {', '.join(names[:LISTED])}{more}" if names else "none"
