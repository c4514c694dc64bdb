"""The command ``video``: what choreo sees of the people in a video."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli import options
from choreo.cli.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

READER = "video"
"""The dataset plugin that reads videos."""


@click.command(
    epilog=options.examples(
        "choreo video dance.mp4",
        "choreo video dance.mp4 --overlay seen.mp4",
        "choreo video dance.mp4 --person 2 --hands --overlay seen.mp4",
        "choreo video dance.mp4 --model pose_landmarker_heavy.task --overlay seen.mp4",
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--overlay", type=click.Path(path_type=Path), metavar="FILE.mp4", help="Write the video with what is seen drawn in."
)
@options.person
@click.option("--hands", is_flag=True, help="Look for the points of hands, too.")
@click.option(
    "--model", type=click.Path(path_type=Path), metavar="FILE", help="Your own landmark net: a .task or .tflite file."
)
@options.telling
def video(
    file: Path,
    overlay: Path | None,
    person: int | None,
    hands: bool,
    model: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what choreo sees of the people in a video.

    People are found and followed from picture to picture; cuts are found, and each shot's people are counted anew, from
    the one who dances most. 'choreo db add video' makes clips of what is seen, 'choreo convert' a motion file.
    """
    from choreo import plugins
    from choreo.cli.progress import progress_bar
    from choreo.names import output_file
    from choreo.output import atomic, require_apart, require_output

    reader = plugins.ready("datasets", READER)
    target = None if overlay is None else output_file(file, str(overlay), (".mp4",), ".mp4")
    if target is not None:
        require_output(target)
        require_apart(target, file)
    with progress_bar(quiet) as bar, plugins.blame("datasets", READER):
        takes = reader.landmarks(
            file, person=person, model=model, hands=hands, progress=partial(bar, "finding people") if bar else None
        )
        if target is not None:
            with atomic(target) as partial_file:
                reader.overlay(file, takes, partial_file, partial(bar, "drawing") if bar else None)
    if as_json:
        options.echo_json({"takes": [_row(take) for take in takes], "cuts": list(takes[0].cuts),
                           "overlay": None if target is None else str(target)})  # fmt: skip
        return
    _tell(takes)
    if target is not None:
        say(str(target))


def _row(take: Any) -> dict[str, Any]:
    """A take's facts."""
    return {
        "shot": take.shot + 1,
        "person": take.person,
        "begins": round(float(take.times[0]), 3),
        "ends": round(float(take.times[-1]), 3),
        "pictures": len(take.times),
        "found": round(float(take.found.mean()), 3),
        "visible": round(float(take.visibility[take.found].mean()), 3),
    }


def _tell(takes: Sequence[Any]) -> None:
    """Print a table of takes."""
    rows = []
    for take in takes:
        row = _row(take)
        rows.append((
            str(row["shot"]), str(row["person"]), f"{row['begins']:.2f}", f"{row['ends']:.2f}",
            f"{100 * row['found']:.0f} %", f"{100 * row['visible']:.0f} %",
        ))  # fmt: skip
    options.echo_table(("shot", "person", "from (s)", "to (s)", "found", "visible"), rows)


__all__ = ["video"]
