"""Music for a video: its dance, or what its pictures say by themselves, laid onto the songs of a library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.datasets.convert import read_take
from choreo.datasets.cut import cut_take
from choreo.errors import InputError, MissingExtraError, MotionError
from choreo.models import ModelError
from choreo.retrieval.dance_course import Course, course_of
from choreo.retrieval.fact_words import level
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.models import load_embedder
from choreo.retrieval.pairs import MOTION, PICTURES
from choreo.retrieval.picture_side import picture_clips
from choreo.retrieval.placement import Placement
from choreo.retrieval.search import Hit
from choreo.retrieval.song_facts import SongFacts
from choreo.retrieval.song_search import songs_for
from choreo.types import Clip, Doubles, Reading

READER = "video"
"""The dataset plugin that reads videos."""
ON_BEAT = 0.1
"""Seconds from a beat of the music within which a cut is on it."""


@dataclass(frozen=True, eq=False)
class SeenVideo:
    """A video as a search sees it.

    Attributes
    ----------
    clips
        Of the dance of the person in it, or of its pictures.
    view
        Which of these: ``motion`` or ``pictures``.
    start, tempo
        Second of the video on which the first count falls, and counts a minute from there on.
    cuts
        Seconds at which shots begin; known where pictures were looked at.
    note
        Why there is no dance, where one was looked for.
    """

    clips: tuple[Clip, ...]
    view: str
    start: float
    tempo: float
    cuts: Doubles
    note: str = ""


def seen_video(path: Path, *, embedder: str = "zeroshot", reading: Reading = Reading(),
               progress: Callable[[float], None] | None = None) -> SeenVideo:  # fmt: skip
    """Look at a video for a search with an embedder.

    The person who dances most, or `Reading.person`, is lifted to motion. An embedder that has learnt from pictures gets
    these, cut at the person's beats where there is one; any gets them where nobody can be lifted.

    Raises
    ------
    MotionError
        When it cannot be decoded.
    InputError
        When neither a bar of dance nor a pulse of pictures is found, or the person that was named is not there.
    """
    reader = plugins.load("datasets", READER)
    plugin = load_embedder(embedder)
    wants = getattr(plugin, "view", MOTION)
    clips, note = _danced(path, reading)
    if clips and wants == MOTION:
        course = course_of(clips)
        return SeenVideo(tuple(clips), MOTION, float(course.times[0]), course.tempo, np.zeros(0))
    if not clips and wants == MOTION and isinstance(plugin, LearnedEmbedder):
        raise InputError(
            f"{path}: {note} {plugin.name} has learnt from dances and needs one. Take --embedder zeroshot, or one that "
            "has learnt from videos ('choreo train vmnet video FOLDER')."
        )
    with plugins.blame("datasets", READER):
        looks = reader.looks(path, progress)
    beats = _beats(clips) if clips else looks.beats()
    seen = picture_clips(looks, beats, path.name)
    course = course_of(seen)
    return SeenVideo(tuple(seen), PICTURES, float(course.times[0]), course.tempo, looks.cuts, note)


def _danced(path: Path, reading: Reading) -> tuple[list[Clip], str]:
    """Clips of the dance in a video; none, and why, where there is no dance or nothing to find it with."""
    try:
        clips = list(cut_take(read_take(path, reader=READER, reading=reading), "query"))
        return clips, "" if clips else "whoever is seen in it dances no whole bar."
    except (MotionError, MissingExtraError, ModelError) as error:
        if reading.person is not None and isinstance(error, MotionError):
            raise
        return [], error.message.removeprefix(f"{path}: ")


def _beats(clips: Sequence[Clip]) -> Doubles:
    """Seconds of the video of the beats of a dance."""
    return course_of(clips).times


def songs_for_video(seen: SeenVideo, library: Path, *, embedder: str = "zeroshot", **told: Any) -> list[Hit]:
    """Rank the songs of a library for a video, nearest first; see `choreo.retrieval.song_search.songs_for`.

    `Hit.offset` is the second of the song that falls on `SeenVideo.start`, and music is to be played `Hit.warp` times
    as slowly for its beats to stay with those of the video.

    Raises
    ------
    InputError
        As `songs_for`.
    """
    more = partial(_reasons, seen, course_of(seen.clips))
    return songs_for(seen.clips, library, embedder=embedder, more=more, **told)


def _reasons(seen: SeenVideo, course: Course, facts: SongFacts, placed: Placement) -> list[str]:
    """Energy of both, whether it goes up and down together, and how many cuts fall on beats."""
    first = int(np.abs(facts.edges - placed.begin).argmin())
    under = facts.energies[first : first + course.counts]
    what = "the dance" if seen.view == MOTION else "movement in the pictures"
    mine = float(np.nanmean(course.energies))
    reasons = [f"the music is {level(float(np.mean(under)))} ({np.mean(under):.2f}), {what} {level(mine)} ({mine:.2f})"]
    # beats of the music as the video has them
    beats = seen.start + (facts.edges - placed.begin) * placed.tempo / seen.tempo
    cuts = seen.cuts[(seen.cuts > beats[0]) & (seen.cuts < beats[-1])]
    if len(cuts):
        on = sum(float(np.abs(beats - cut).min()) <= ON_BEAT for cut in cuts)
        reasons.append(f"{on} of {len(cuts)} cuts on beats")
    return reasons


__all__ = ["SeenVideo", "seen_video", "songs_for_video"]
