"""Command ``edit``: change some bars of a plan and keep the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from choreo.cli import options
from choreo.cli.known import KnownName
from choreo.cli.say import say
from choreo.planfile.film_names import LIGHTS, SHOTS

BARS = options.Bars()
BAR_NUMBER = options.BarNumber()
EDITED = ("replace", "lock", "unlock", "swap", "mirror", "hold", "ban", "unban", "require", "asked", "unwish")
"""Options that are fields of `choreo.planning.Edit`."""


@click.command(
    epilog=options.examples(
        "choreo edit song.plan.json --replace 12:16 --with moonwalk",
        "choreo edit song.plan.json --replace 12:16 --lock 0:12 -o song.second.plan.json",
        "choreo edit song.plan.json --swap 8 --mirror 20 --ban robot",
        "choreo edit song.plan.json --hold 30:32",
        "choreo edit song.plan.json --pin '24=spin mirrored' --lock 30:32 --unlock 0:12 --unban robot",
        "choreo edit song.plan.json --formation 8:16=circle --role A=solo",
        "choreo edit song.plan.json --shot 8:12=near --light 8:16=red --light 24:28=auto",
        "choreo edit song.plan.json --turn 12=90 --size 12=1.2 --arms 16=half",
    )
)
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(), help="Plan file or folder to write; PLAN itself by default.")
@click.option("--replace", type=BARS, multiple=True, metavar="A:B", help="Dance these bars anew.")
@click.option(
    "--with",
    "moves",
    type=KnownName("moves"),
    multiple=True,
    metavar="MOVE",
    help="Begin the replaced bars with this move or clip; 'MOVE mirrored' and 'MOVE unmirrored' say its side.",
)
@click.option(
    "--lock",
    type=BARS,
    multiple=True,
    metavar="A:B",
    help="Keep these bars, now and in later edits; alone: dance all others anew.",
)
@click.option("--unlock", type=BARS, multiple=True, metavar="A:B", help="Let these bars change again.")
@click.option("--seed", type=click.IntRange(0), help="Dance what is danced anew otherwise for each number.")
@click.option("--swap", type=click.IntRange(0), multiple=True, metavar="BAR", help="The next best clip at this bar.")
@click.option("--mirror", type=click.IntRange(0), multiple=True, metavar="BAR", help="The other side first, there.")
@click.option("--hold", type=BARS, multiple=True, metavar="A:B", help="Stand dead still in these bars.")
@click.option(
    "--ban",
    type=KnownName("moves"),
    multiple=True,
    metavar="MOVE",
    help="Dance something else wherever this move is, now and in later edits.",
)
@click.option("--unban", type=KnownName("moves"), multiple=True, metavar="MOVE", help="Let this move be danced again.")
@click.option(
    "--pin",
    "asked",
    type=options.Wished(),
    multiple=True,
    metavar="WHERE=WHAT",
    help="Wish for something somewhere, like 24=spin, '24=spin mirrored', 1:02=freeze, chorus=wild.",
)
@click.option(
    "--unpin",
    "unwish",
    type=options.Wished(),
    multiple=True,
    metavar="WHERE=WHAT",
    help="Take back what --pin wished for, as it was written.",
)
@click.option("--require", type=KnownName("moves"), multiple=True, metavar="MOVE", help="This move somewhere.")
@click.option("--turn", type=BAR_NUMBER, multiple=True, metavar="BAR=DEGREES", help="Turn further, to the left.")
@click.option("--aside", type=BAR_NUMBER, multiple=True, metavar="BAR=METRES", help="Travel further, to the left.")
@click.option("--ahead", type=BAR_NUMBER, multiple=True, metavar="BAR=METRES", help="Travel further ahead.")
@click.option("--level", type=BAR_NUMBER, multiple=True, metavar="BAR=METRES", help="Carry the hips lower.")
@click.option("--size", type=BAR_NUMBER, multiple=True, metavar="BAR=FACTOR", help="Larger above 1, smaller below.")
@click.option(
    "--arms",
    type=options.BarPace(),
    multiple=True,
    metavar="BAR=PACE",
    help="Arms at half or double time, or as written.",
)
@click.option(
    "--still", type=options.BarPart(), multiple=True, metavar="BAR=PART", help="Keep arms, 'left arm', head.. still."
)
@click.option("--backwards", type=click.IntRange(0), multiple=True, metavar="BAR", help="Dance the move backwards.")
@click.option("--plain", type=click.IntRange(0), multiple=True, metavar="BAR", help="Dance the move as it is written.")
@click.option(
    "--formation",
    "formations",
    type=options.Placed(),
    multiple=True,
    metavar="WHERE=NAME",
    help="Where a group stands in bars A:B, a section or all.",
)
@click.option(
    "--role",
    "roles",
    type=options.Placed(),
    multiple=True,
    metavar="WHERE=NAME",
    help="Who dances what there: unison, mirror, pairs, solo, backing, levels, canon, answer or poses.",
)
@click.option(
    "--shot",
    "shots",
    type=options.Filmed(SHOTS),
    multiple=True,
    metavar="A:B=NAME",
    help=f"How --camera director films these bars: {', '.join(SHOTS)}, or auto as it likes.",
)
@click.option(
    "--light",
    "lights",
    type=options.Filmed(LIGHTS),
    multiple=True,
    metavar="A:B=NAME",
    help=f"How these bars are lit: {', '.join(LIGHTS)}, or auto as the song goes.",
)
@click.option("--db", metavar="PLACE", help="Motion database that the plan was made with.")
@options.telling
def edit(plan: Path, output: str | None, moves: tuple[str, ...], **given: Any) -> None:
    """Change a choreography and keep the rest.

    Bars are numbered as 'choreo show' does; A:B is from A on, without B. What is not named stays as it is.
    'choreo render PLAN' dances the changed plan.
    """
    from choreo.cli.progress import progress_bar, warn
    from choreo.names import output_file
    from choreo.output import atomic, require_output
    from choreo.pipeline.song_to_plan import edit_plan
    from choreo.planfile import plan_table, plan_to_dict, read_plan, whole_plan, write_plan
    from choreo.planfile.film import with_film
    from choreo.planfile.group import with_changes
    from choreo.planning import Edit
    from choreo.planning.edit import changes_said

    wanted = {name: given[name] for name in EDITED}
    if len(moves) > len(wanted["replace"]):
        raise click.UsageError("each --with goes with a --replace A:B.")
    numbers = ("turn", "aside", "ahead", "level", "size", "arms")
    changes = [(bar, name, value) for name in numbers for bar, value in given[name]]
    changes += [(bar, "held", part) for bar, part in given["still"]]
    changes += [(bar, "retrograde", True) for bar in given["backwards"]]
    wanted["modify"] = (*((bar, "plain", True) for bar in given["plain"]), *changes)
    grouped = (
        *((where, "formation", name) for where, name in given["formations"]),
        *((where, "role", name) for where, name in given["roles"]),
    )
    filmed = given["shots"], given["lights"]
    if not any(wanted.values()) and not grouped and not any(filmed):
        raise click.UsageError("say what is to change, e.g. --replace 12:16 or --swap 8.")
    before = read_plan(plan)
    path = plan if output is None else output_file(plan, output, (".plan.json", ".json"))
    require_output(path)
    choreography, notes = with_changes(before, grouped) if grouped else before, list[str]()
    choreography = with_film(choreography, *filmed)
    if any(wanted.values()):
        with progress_bar(given["quiet"]) as progress:
            choreography, notes = edit_plan(
                choreography, Edit(moves=moves, seed=given["seed"], **wanted), db=given["db"], progress=progress
            )
    with atomic(path) as partial:
        write_plan(choreography, partial)
    warn(notes, given["quiet"])
    if given["as_json"]:
        options.echo_json(plan_to_dict(choreography))
        return
    say(plan_table(choreography))
    say(f"\n{changes_said(whole_plan(before), whole_plan(choreography))}")
    say(f"\n{path}")
