"""The command ``eval``: measure a dance against its song."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli import options
from choreo.cli.progress import warn
from choreo.cli.sections import Command

if TYPE_CHECKING:
    from choreo.metrics.dances import Danced
    from choreo.types import Reading

COMPAT = ("choreo", "bailando", "aist", "edge", "lodge")
SLIDE_WARNING = 0.01
"""Slide of standing feet in the file, m/s, from which a warning says that reading has locked them."""


@click.command(
    cls=Command,
    name="eval",
    epilog=options.examples(
        "choreo eval renders/song.bvh song.mp3 --plan renders/song.plan.json",
        "choreo eval dance.bvh song.wav --reference my_mocap/ --html measured.html",
        "choreo eval dance.bvh song.wav --compat bailando --json",
        "choreo eval renders/song.bvh song.mp3 --with renders/song.2.bvh --with renders/song.3.bvh",
        "choreo eval keypoints.npy song.wav --joints coco --fps-of 60",
    ),
)
@click.argument("dance", type=click.Path(path_type=Path))
@click.argument("song", type=click.Path(path_type=Path))
@click.option("--reference", metavar="PLACE", help="Real dances: a motion database, a folder of motion files, a file.")
@click.option(
    "--with",
    "others",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DANCE",
    help="Another dancer of the group; can be repeated. Adds GMC and TIF.",
)
@click.option("--plan", type=click.Path(path_type=Path), metavar="JSON", help="The dance's plan: begin and seams.")
@click.option("--compat", type=click.Choice(COMPAT), default="choreo", show_default=True, help="Measure as published.")
@click.option("--window", type=click.FloatRange(0.5), help="Seconds that motions are cut into for FID and diversity.")
@click.option("--joints", metavar="SET", help="Joints of an array of positions: coco, h36m, humanml3d, smpl, ...")
@options.reading
@click.option("--html", "page", type=click.Path(), metavar="HTML", help="Write a page with plots.")
@options.listening
@options.telling
def evaluate(
    dance: Path,
    song: Path,
    reference: str | None,
    others: tuple[Path, ...],
    plan: Path | None,
    compat: str,
    window: float | None,
    joints: str | None,
    reading: Reading,
    page: str | None,
    start: float,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Measure a dance against its song and real dances.

    DANCE is a motion file of any format that choreo reads; its first frame is where SONG begins, or at --start, or
    where the plan says. Beside each number stands what chance and what real dance reach. Joint positions (17, 22, 24
    or other joints) are measured as they are.
    """
    from choreo.metrics import evaluate as measure
    from choreo.metrics import read_reference
    from choreo.metrics.dances import read_dance
    from choreo.music import analyze_cached
    from choreo.options import Listening
    from choreo.planfile import read_plan

    html = options.page_file(dance, page, ".eval.html")
    choreography = None if plan is None else read_plan(plan)
    start = choreography.start if choreography is not None and not start else start
    danced, *group = (read_dance(each, joints=joints, reading=reading) for each in (dance, *others))
    analysis = analyze_cached(song, options.made(Listening, {**given, "start": start}))
    real_dances = None if reference is None else read_reference(reference)
    report = measure(
        danced.motion,
        analysis,
        start=start + danced.begin,
        plan=choreography,
        reference=real_dances,
        compat=compat,
        window=window,
        others=[each.motion for each in group],
    )
    result = {"dance": str(dance), **report.to_dict()}
    result["warnings"] = [*_reading_warnings(danced), *report.warnings]
    if html is not None:
        from choreo.metrics import write_page
        from choreo.output import atomic

        with atomic(html) as partial:
            write_page(report, partial, title=dance.name, sources=() if real_dances is None else real_dances.names)
    if as_json:
        options.echo_json(result)
    else:
        options.echo_table(("measure", "value", "chance", "real dance", "good, and notes"), report.rows())
    warn(result["warnings"], quiet)


def _reading_warnings(danced: Danced) -> list[str]:
    """Warnings of what reading the file has changed, since the measures only see the motion after it."""
    warnings = [f"{flag}: nothing in the file says" for flag in danced.flags if flag.startswith("assumed")]
    slid = danced.facts.get("slide_before", 0.0)
    if slid > SLIDE_WARNING and danced.facts.get("slide_after", 0.0) < slid:
        warnings.append(
            f"standing feet slide {100 * slid:.1f} cm/s in the file; they are held while it is read, so the numbers of "
            "the feet are better than the file is"
        )
    if danced.facts.get("cut_frames", 0) > 0:
        warnings.append(
            f"the file has faults: only its longest sound stretch is measured, from {danced.begin:.1f} s on"
        )
    return warnings
