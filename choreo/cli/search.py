"""Command ``search``: dances for a song, songs for a dance, dances by words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli import options
from choreo.cli.known import KnownName
from choreo.cli.say import say
from choreo.cli.sections import Command
from choreo.clock import clock

if TYPE_CHECKING:
    from choreo.db import MotionDB
    from choreo.retrieval.search import ClipFilter, Hit
    from choreo.retrieval.search_page import Asked


@click.command(
    cls=Command,
    epilog=options.examples(
        "choreo search song.mp3",
        "choreo search dance.bvh --for music --library songs/",
        'choreo search "slow turning waltz"',
        'choreo search song.mp3 "with big arms"',
        'choreo search "sad and slow" --for music --library songs/',
        "choreo search song.mp3 --html found.html",
        "choreo search dance.mp4 --for music --library songs/ --html found.html --write best.mp4",
    ),
)
@click.argument("query")
@click.argument("words", default="")
@click.option("--for", "direction", type=click.Choice(["dance", "music"]), default="dance", help="What is looked for.")
@click.option("--library", type=click.Path(path_type=Path), help="Folder of songs, with --for music.")
@click.option("--top", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many answers.")
@click.option("--style", type=KnownName("styles"), help="Only clips of this style.")
@click.option("--dataset", type=KnownName("datasets"), help="Only clips of this dataset.")
@click.option("--meter", "--metre", "metre", type=click.IntRange(2, 12), help="Only clips with these beats in a bar.")
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes that listen; one a processor by default.")
@options.reading
@options.licence
@options.searching
@click.option("--write", "target", type=click.Path(), metavar="VIDEO", help="Write the video with the song found.")
@click.option("--pick", type=click.IntRange(1, 1000), metavar="N", help="Which song is written; the first by default.")
@click.option("--db", "location", metavar="PLACE", help="Motion database; 'choreo db path' shows the default.")
@click.option("--html", "page", type=click.Path(), metavar="HTML", help="Write a page with moving pictures of answers.")
@options.telling
def search(
    query: str,
    words: str,
    direction: str,
    library: Path | None,
    top: int,
    embedder: str,
    location: str | None,
    **given: Any,
) -> None:
    """Find dances for a song, songs for a dance, or either by words.

    QUERY is a song (its phrases get the clips that fit best, and why; WORDS say what they should be like), a motion
    file or a video with --for music (the songs of --library are ranked for the dance in it, or for its pictures), or
    words for what a dance or, with --for music, a song should be: moods, movements, names of dances in eight languages,
    "not" before what it should not be. The page of --html is one file, with the question, the first five answers to
    each part of it as moving figures, and why; that of a video plays it with each song that was found.
    """
    from choreo.errors import InputError
    from choreo.foreign.limits import QUERY_CHARACTERS
    from choreo.inputs import is_file

    path = Path(query)
    if len(query) + len(words) > QUERY_CHARACTERS:
        raise InputError(
            f"found {len(query) + len(words):,} characters to search for, expected at most {QUERY_CHARACTERS:,}."
        )
    given["page"] = options.page_file(path if is_file(path) else Path("search"), given["page"], ".search.html")
    if direction != "music" and (given["target"] or given["pick"]):
        raise InputError("--write and --pick are for the music of a video: add --for music.")
    if direction == "music":
        from choreo.cli.search_music import search_music

        search_music(query, words, library, top, embedder, given)
        return
    from choreo.cli.database import open_database
    from choreo.retrieval.search import ClipFilter, by_words

    wanted = ClipFilter(given["dataset"], given["style"], given["metre"], given["licence"])
    database = open_database(location)
    if is_file(path):
        _dances(path, words, database, wanted, top, embedder, given)
        return
    if path.suffix and "/" in query:
        raise InputError(f"{query}: no such file.")
    clips = wanted.clips(database)
    hits = by_words(f"{query} {words}", clips, top=top)
    if given["page"] is not None:
        from choreo.retrieval.search_page import Asked

        _page(
            given["page"], f"{query} {words}".strip(), f"{len(clips):,} clips searched", [Asked("", "", hits)], database
        )
    _print(hits, given["as_json"])


def _dances(
    path: Path,
    words: str,
    database: MotionDB,
    wanted: ClipFilter,
    top: int,
    embedder: str,
    given: dict[str, Any],
) -> None:
    from dataclasses import asdict

    from choreo.cli.progress import progress_bar
    from choreo.music import analyze_cached, phrases
    from choreo.retrieval.search import dances_in

    analysis = analyze_cached(path)
    parts = phrases(analysis)
    with progress_bar(given["quiet"]) as bar:
        found = dances_in(
            database,
            analysis,
            parts,
            top=top,
            embedder=embedder,
            lyrics=given["lyrics"],
            lyrics_weight=given["lyrics_weight"],
            wanted=wanted,
            words=words,
            tell=None if given["quiet"] else lambda line: say(line, err=True),
            warn=None if given["quiet"] else lambda line: say(f"Warning: {line}", err=True),
            progress=(lambda done, total: bar("embedding clips", done / total)) if bar else None,
        )
    if given["page"] is not None:
        from choreo.retrieval.search_page import asked_of_song, song_facts

        title = f"{path.name}, {words}" if words else path.name
        _page(given["page"], title, song_facts(analysis), asked_of_song(phrases=parts, found=found), database)
    if given["as_json"]:
        options.echo_json(
            [
                {"start": float(part.beats[0]), "section": part.section, "clips": [asdict(hit) for hit in hits]}
                for part, hits in zip(parts, found, strict=True)
            ]
        )
        return
    rows: list[tuple[str, ...]] = []
    for part, hits in zip(parts, found, strict=True):
        for number, hit in enumerate(hits):
            head = (clock(float(part.beats[0])), part.section) if number == 0 else ("", "")
            rows += _lines((*head, hit.name, f"{hit.distance:.2f}"), hit)
    options.echo_table(("time", "part", "clip", "distance", "why"), rows)


def _page(path: Path, title: str, about: str, asked: list[Asked], database: MotionDB) -> None:
    """Write the page of a search for dance."""
    from choreo.output import atomic
    from choreo.retrieval.search_page import FIRST, write_search_page

    shown = sorted({hit.clip_id for part in asked for hit in part.hits[:FIRST]})
    with atomic(path) as partial:
        write_search_page(partial, title, about, asked, database.clips(ids=shown))


def _print(hits: list[Hit], as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        options.echo_json([asdict(hit) for hit in hits])
        return
    rows = [row for hit in hits for row in _lines((hit.name, f"{hit.distance:.2f}", ", ".join(hit.styles)), hit)]
    options.echo_table(("clip", "distance", "styles", "why"), rows)


def _lines(cells: tuple[str, ...], hit: Hit) -> list[tuple[str, ...]]:
    """Rows of an answer: a reason on each, the first beside its other cells."""
    rest = ("",) * len(cells)
    return [(*(rest if n else cells), why) for n, why in enumerate(hit.reasons or ("",))]
