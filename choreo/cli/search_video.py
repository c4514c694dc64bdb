"""The direction of command ``search`` that looks for a video's music."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from choreo.cli import options
from choreo.cli.progress import progress_bar
from choreo.cli.say import say
from choreo.clock import clock
from choreo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from choreo.retrieval.search import Hit
    from choreo.retrieval.video_search import SeenVideo
    from choreo.video.laid_sound import LaidSong


def is_video(path: Path) -> bool:
    """Whether a file is a video by its ending, and has moving pictures."""
    from choreo import plugins
    from choreo.retrieval.video_search import READER
    from choreo.video.media_facts import moving_pictures

    return path.suffix.lower() in plugins.load("datasets", READER).suffixes and moving_pictures(path)


def search_video(path: Path, library: Path, top: int, embedder: str, given: dict[str, Any]) -> None:
    """Print the songs of a library that fit a video, and write the page and the video with one of them."""
    from choreo.output import atomic
    from choreo.retrieval.video_search import seen_video, songs_for_video
    from choreo.video.laid_sound import LaidSong, write_with_song
    from choreo.video.music_page import write_music_page

    target = _target(path, given["target"])
    if given["pick"] and target is None:
        raise InputError("--pick says which song --write lays under the video; add --write.")
    with progress_bar(given["quiet"]) as bar:
        seen = seen_video(
            path, embedder=embedder, reading=given["reading"], progress=partial(bar, "looking") if bar else None
        )
        if seen.note and not given["quiet"]:
            say(f"Warning: the pictures alone answer: {seen.note}", err=True)
        found = songs_for_video(
            seen,
            library,
            embedder=embedder,
            top=top,
            jobs=given["jobs"],
            warn=None if given["quiet"] else lambda line: say(f"Warning: {line}", err=True),
            progress=(lambda done, total: bar("listening", done / total)) if bar else None,
        )
    laid = [LaidSong(Path(hit.clip_id), hit.offset or 0.0, seen.start, hit.warp or 1.0) for hit in found]
    pick = given["pick"] or 1
    if target is not None and pick > len(found):
        raise InputError(f"--pick {pick}: only {len(found)} songs were found; --top says how many are looked for.")
    if given["page"] is not None:
        with atomic(given["page"]) as partial_file:
            write_music_page(partial_file, path, _about(seen), found, laid)
    if target is not None:
        with atomic(target) as partial_file:
            write_with_song(path, partial_file, laid[pick - 1], target.suffix.lower())
    _print(seen, found, laid, given["as_json"])


def _target(path: Path, stated: str | None) -> Path | None:
    """The video that is written, checked before anything is looked at."""
    from choreo.names import output_file
    from choreo.output import require_apart, require_output
    from choreo.video.laid_sound import CODECS

    if stated is None:
        return None
    own = path.suffix.lower() if path.suffix.lower() in CODECS else ".mkv"
    target = output_file(path, stated, tuple(CODECS), f".music{own}")
    require_output(target)
    require_apart(target, path)
    return target


def _about(seen: SeenVideo) -> str:
    """What was seen, in words."""
    from choreo.retrieval.pairs import MOTION

    what = "the dance" if seen.view == MOTION else "its pictures"
    return f"By {what}: the first count at {clock(seen.start)}, {seen.tempo:.0f} counts a minute."


def _print(seen: SeenVideo, found: Sequence[Hit], laid: Sequence[LaidSong], as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        songs = [{**asdict(hit), "rate": each.rate} for hit, each in zip(found, laid, strict=True)]
        video = {"view": seen.view, "start": seen.start, "tempo": seen.tempo, "note": seen.note}
        options.echo_json({"video": video, "songs": songs})
        return
    say(_about(seen))
    rows = [
        (hit.name, clock(hit.offset or 0.0), f"{hit.distance:.2f}", ", ".join(hit.styles), "; ".join(hit.reasons))
        for hit in found
    ]
    options.echo_table(("song", "begins", "distance", "styles", "why"), rows)


__all__ = ["is_video", "search_video"]
