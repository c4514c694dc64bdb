"""Commands that look: ``analyze`` and ``show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli import options
from choreo.cli.progress import warn
from choreo.cli.say import say
from choreo.cli.sections import Command
from choreo.clock import clock

if TYPE_CHECKING:
    from choreo.options import Listening
    from choreo.types import ChoreographyPlan, MusicAnalysis

BARS = " ▁▂▃▄▅▆▇█"
MOOD = 0.1
"""Probability from which a mood is told."""


@click.command(cls=Command)
@click.argument("song", type=click.Path(path_type=Path))
@options.listening
@click.option("--plot", type=click.Path(), metavar="PNG", help="Write a picture of it.")
@click.option("--html", "page", type=click.Path(), metavar="HTML", help="Write a page that plays it.")
@options.as_json
def analyze(song: Path, plot: str | None, page: str | None, as_json: bool, **given: Any) -> None:
    """Show what choreo hears in a song.

    Tempo, metre, sections and energy. When the tempo is half or double of what you feel, give
    'choreo generate' --octave half or double, or the tempo with --bpm. The page of --html is one file with
    the song in it: play it, tap on the ones, and it prints the options that repair the beats.
    """
    from choreo.music import analysis_to_dict, analyze_cached
    from choreo.names import output_file
    from choreo.options import Listening
    from choreo.output import require_output

    picture = None if plot is None else output_file(song, plot, (".png",), ".analysis.png")
    if picture is not None:
        require_output(picture)
    html = options.page_file(song, page, ".analysis.html")
    listening = options.made(Listening, given)
    analysis = analyze_cached(song, listening)
    _draw(analysis, song, picture, html, listening)
    if as_json:
        options.echo_json(analysis_to_dict(analysis))
        return
    _facts(analysis)
    rows = [
        (part.label, clock(part.start), clock(part.end), _energy(analysis, part.start, part.end))
        for part in analysis.sections
    ]
    if rows:
        say()
        options.echo_table(("section", "from", "to", "energy per bar"), rows)
    warn(analysis.warnings)


def _draw(analysis: MusicAnalysis, song: Path, plot: Path | None, page: Path | None, listening: Listening) -> None:
    if plot is None and page is None:
        return
    from choreo.music import draw_analysis, load_audio, write_page
    from choreo.output import atomic

    audio = load_audio(song, max_hours=listening.max_hours)
    if plot is not None:
        with atomic(plot) as partial:
            draw_analysis(analysis, audio).save(partial, format="PNG")
    if page is not None:
        with atomic(page) as partial:
            write_page(analysis, audio, partial, listening)


def _facts(analysis: MusicAnalysis) -> None:
    from choreo.music.bars import time_words
    from choreo.pipeline.result import style_line

    track = analysis.track
    facts = {
        "song": analysis.path,
        "length": clock(analysis.duration),
        "tempo": f"{analysis.tempo:.1f} beats a minute",
        "time": time_words(track),
        "beats": f"{len(analysis.beats)} ({len(analysis.downbeats)} bars), by {track.method}",
        "style": style_line(analysis),
        "sure of": _sure_of(analysis),
    }
    if analysis.stretches:
        named = [(part, next(iter(part.styles), "no style")) for part in analysis.stretches]
        facts["changes"] = ", ".join(f"{name} from {clock(part.start, tenths=False)}" for part, name in named)
    if track.rests:
        spans = [f"{clock(start, tenths=False)} to {clock(end, tenths=False)}" for start, end in track.rests]
        facts["no music"] = ", ".join(spans)
    moods = [f"{name} {share:.2f}" for name, share in analysis.moods.items() if share >= MOOD]
    if moods:
        facts["moods"] = ", ".join(moods)
    for name, value in facts.items():
        say(f"{name:<11} {value}")


def _sure_of(analysis: MusicAnalysis) -> str:
    """How likely each part is right; of the beats alone where the tracker does not tell more."""
    sure = analysis.track.certainty
    if sure is None:
        return f"beats {analysis.track.confidence:.2f}"
    parts = {"beats": sure.beats, "pace": sure.octave, "one": sure.downbeat, "metre": sure.metre}
    parts |= {"style": analysis.style_confidence, "music": sure.music}
    return ", ".join(f"{name} {value:.2f}" for name, value in parts.items())


def _energy(analysis: MusicAnalysis, start: float, end: float) -> str:
    """One block a bar, its height the bar's mean energy."""
    import numpy as np

    inside = (analysis.beats >= start) & (analysis.beats < end)
    ones = np.flatnonzero(analysis.track.positions[inside] == 1)
    bars = [bar for bar in np.split(analysis.energy[inside], ones) if len(bar)]
    return "".join(BARS[min(len(BARS) - 1, 1 + int(float(bar.mean()) * (len(BARS) - 1)))] for bar in bars)


def _show_alternatives(plan: ChoreographyPlan, bar: int, db: str | None, as_json: bool) -> None:
    """Print what is danced at a bar, and what else could be."""
    from dataclasses import asdict

    from choreo.pipeline.workbench import Workbench
    from choreo.planfile.spoken import spoken

    found = Workbench.of(plan, db=db).alternatives(plan, bar)
    if as_json:
        options.echo_json([asdict(each) for each in found])
        return
    for each in found:
        first, last = each.bars
        cost = "danced" if each.danced else f"{each.cost:+.2f}"
        bars = f"bar {first}" if last - first == 1 else f"bars {first}-{last - 1}"
        say(f"{cost:>8}  {spoken(each.name, mirrored=each.mirror)}, {bars}: {each.clip_id}")
        for why in each.reasons:
            say(f"{'':10}{why}")


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--html", "page", type=click.Path(), metavar="HTML", help="Write a page to dance from.")
@click.option(
    "--alternatives",
    "bar",
    type=click.IntRange(0),
    metavar="BAR",
    help="What else could be danced at this bar, the best first, and why.",
)
@click.option("--db", metavar="PLACE", help="Motion database that the plan was made with, for --alternatives.")
@options.as_json
def show(plan: Path, page: str | None, bar: int | None, db: str | None, as_json: bool) -> None:
    """Print a plan as a choreography sheet.

    One line a step: when, which move, how long, mirrored or not, and why: what fits the music, and what speaks against
    it. The page of --html shows every eight with its steps, all that decided for each, and what it cost; it can be
    printed.

    Of --alternatives, a number says how much dearer the dance would be for the planner; 'choreo edit PLAN --replace A:B
    --with CLIP' dances one.
    """
    from choreo.planfile import plan_table, read_plan

    choreography = read_plan(plan)
    if bar is not None:
        if page is not None:
            raise click.UsageError("--alternatives is for the screen: leave --html out.")
        _show_alternatives(choreography, bar, db, as_json)
        return
    html = options.page_file(plan, page, ".plan.html")
    if html is not None:
        from choreo.output import atomic
        from choreo.planfile.page import write_page

        with atomic(html) as partial:
            write_page(choreography, partial)
    if not as_json:
        say(plan_table(choreography))
        return
    import json

    options.echo_json(json.loads(plan.read_text(encoding="utf-8")))
