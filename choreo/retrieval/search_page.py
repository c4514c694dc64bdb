"""A search as one HTML file: the question, the first answers as small moving figures, and why; without network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from choreo.clock import clock
from choreo.db.stored import fetch_motions
from choreo.pages import page, script_json
from choreo.retrieval.fact_words import level
from choreo.retrieval.figures import figure_of, skeleton_facts
from choreo.retrieval.search import Hit
from choreo.retrieval.told import for_and_against
from choreo.types import Clip, MusicAnalysis, Phrase

FIRST = 5
"""Answers to each question that are shown."""
MOST = 600
"""Figures of a page: some 4 MB. What comes after these has words alone."""


@dataclass(frozen=True)
class Asked:
    """A part of a search: what is looked for, its values in words, and what was found.

    `clips` are those that dance in the question itself. `tempo` is that at which the answers dance, beats a minute; 0
    for their own.
    """

    title: str
    facts: str
    hits: Sequence[Hit]
    clips: Sequence[Clip] = ()
    tempo: float = 0.0


@dataclass(frozen=True)
class Card:
    """An answer: `figure` is its number in the page, -1 for none; `rate` how many times as fast it is danced."""

    name: str
    figure: int
    rate: str
    about: str
    fits: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """An `Asked` as the page shows it."""

    title: str
    facts: str
    asking: list[Card]
    cards: list[Card]


def asked_of_song(phrases: Sequence[Phrase], found: Sequence[Sequence[Hit]]) -> list[Asked]:
    """A part for each phrase of a song, with when it is and its values."""
    return [
        Asked(
            f"{clock(float(part.beats[0]))} to {clock(float(part.beats[-1]))}"
            + f", part {part.section}" * bool(part.section),
            f"{part.tempo:.0f} beats/min, {part.counts} beats of {part.metre} in a bar, {level(part.energy)}",
            hits,
            tempo=part.tempo,
        )
        for part, hits in zip(phrases, found, strict=True)
    ]


def song_facts(analysis: MusicAnalysis) -> str:
    """What was heard of a song, in one line."""
    heard = f"{analysis.tempo:.0f} beats/min, {analysis.track.time_signature}, {clock(analysis.duration)} long"
    return heard if analysis.style == "unknown" else f"{heard}, heard as {analysis.style}"


def write_search_page(
    path: str | Path,
    title: str,
    about: str,
    asked: Sequence[Asked],
    clips: Sequence[Clip] = (),
    *,
    what: str = "dances",
) -> None:
    """Write the page; the same search gives the same bytes.

    Parameters
    ----------
    title, about
        The question, and its values in words.
    clips
        Clips that were found, in any order, for the figures; answers that are none of them are rows without one.
    what
        What is looked for, ``dances`` or ``songs``.
    """
    by_id = {clip.clip_id: clip for part in asked for clip in part.clips} | {clip.clip_id: clip for clip in clips}
    wanted = [clip.clip_id for part in asked for clip in part.clips]
    wanted += [hit.clip_id for part in asked for hit in part.hits[:FIRST]]
    numbers = {key: n for n, key in enumerate([key for key in dict.fromkeys(wanted) if key in by_id][:MOST])}
    fetch_motions(by_id[key] for key in numbers)
    figures = [figure_of(by_id[key]) for key in numbers]
    text = page(
        "choreo.retrieval",
        "search_page.html",
        title=title,
        about=about,
        what=what,
        blocks=[_block(part, numbers, by_id) for part in asked],
        left_out=len(by_id) > MOST,
        most=MOST,
        facts=script_json({**skeleton_facts(), "figures": figures}),
    )
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def _block(part: Asked, numbers: dict[str, int], by_id: dict[str, Clip]) -> Block:
    asking = [Card(clip.name, numbers.get(clip.clip_id, -1), "1", _length(clip)) for clip in part.clips]
    return Block(part.title, part.facts, asking, [_card(hit, part, numbers, by_id) for hit in part.hits[:FIRST]])


def _card(hit: Hit, part: Asked, numbers: dict[str, int], by_id: dict[str, Clip]) -> Card:
    clip = by_id.get(hit.clip_id)
    rate = part.tempo / clip.tempo if clip is not None and part.tempo else 1.0
    place = "" if hit.offset is None else f"begin at {clock(hit.offset)}"
    facts = (place, ", ".join(hit.styles), "" if clip is None else _length(clip), hit.licence)
    about = ", ".join(filter(None, facts))
    fits, against = for_and_against(hit.reasons)
    return Card(hit.name, numbers.get(hit.clip_id, -1), f"{rate:.3f}", about, tuple(fits), tuple(against))


def _length(clip: Clip) -> str:
    return f"{clip.counts} counts"


__all__ = ["Asked", "asked_of_song", "song_facts", "write_search_page"]
