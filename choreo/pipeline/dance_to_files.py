"""A dance made into files: plan, motion files, characters, credits, pictures, videos, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.errors import InputError
from choreo.motion.resample import resample
from choreo.music.song_names import SongNames, song_names
from choreo.output import atomic, write_text
from choreo.pipeline.outputs import PLAN, Outputs, dancer_suffixes
from choreo.pipeline.plan_to_dance import Performance
from choreo.planfile.credits import credits_text
from choreo.planfile.file import write_plan
from choreo.protocols import Workers
from choreo.types import Body, ChoreographyPlan, Clip, Dance, Motion, Scene, Show, Timeline
from choreo.video import build_scene, pictures
from choreo.video.background import backdrop
from choreo.video.bodies import fit_bones
from choreo.video.captions import caption_cards, captions
from choreo.video.film import Film
from choreo.video.finish import shutter_of
from choreo.video.formats import STILLS, video_format
from choreo.video.look import COUNTS, IN_PICTURE, STAGE, TRANSPARENT, Look
from choreo.video.loops import loop_of, loop_scene
from choreo.video.placing import placed_cards, unplaced
from choreo.video.scene import frame_count, part_of_scene
from choreo.video.segments import write_film
from choreo.video.timeline import moved_timeline
from choreo.video.titles import TitleCard, short_credits, title_cards, undrawn

CONTACT_SHEET = "sheet"
SUBTITLES = "srt"
Report = Callable[[float], None]
"""Progress callback of one stage: called with how much is done, 0 to 1."""


def write_motions(
    outputs: Outputs,
    performance: Performance,
    clips: Mapping[str, Clip],
    notes: list[str] | None = None,
    song: Path | None = None,
) -> tuple[dict[str, Path], str]:
    """Write the plan, the motion of each dancer in each format, the character, and the credits.

    Motions have the look's frames a second: frame i shows the second i / fps of the dance. Files appear one by one,
    each of them whole, or together: see `choreo.output.together`. What is to be said of them goes into `notes`. The
    credits call the song as the tags of `song` do, or its file's name where there are none.

    Returns
    -------
    files, credits
        Files by format, those of the second dancer as ``bvh.2`` and so on; and the text of the credits.

    Raises
    ------
    OutputError, PluginError, MotionError
    """
    assert performance.plan is not None
    files: dict[str, Path] = {}
    if outputs.writes_plan:
        files[PLAN] = write_plan_file(performance.plan, outputs.named(".plan.json"))
    resampled = [resample(motion, outputs.look.motion_fps) for motion in performance.motions]
    delivery = outputs.delivery
    motions, said = delivery.shaped(resampled, performance.bars)
    if said and notes is not None:
        notes.append(said)
    cast = outputs.cast(len(motions))
    for name, exporter in outputs.exporters.items():
        for (suffix, motion), body in zip(dancer_suffixes(motions), cast, strict=True):
            path = files[name + suffix] = outputs.named(f"{suffix}{exporter.suffix}")
            with atomic(path) as partial_file, plugins.blame("exporters", name):
                delivery.write(name, exporter, motion, partial_file, body=body)
    if outputs.character_writer is not None and outputs.character is not None:
        writer = outputs.character_writer
        for suffix, motion in dancer_suffixes(motions):
            path = files[f"character{suffix}"] = outputs.named(f"{suffix}.character{writer.suffix}")
            with atomic(path) as partial_file, plugins.blame("characters", writer.name):
                writer.write(motion, outputs.character, partial_file, outputs.character_options)
    called = song_names(song, str(performance.plan.song.get("name", "unknown"))).line
    credits = credits_text(performance.plan, clips, {body.name: body for body in cast}.values(), song=called)
    files["credits"] = outputs.named(".credits.txt")
    write_text(files["credits"], credits)
    return files, credits


def write_plan_file(plan: ChoreographyPlan, path: Path) -> Path:
    """Write a plan whole or not at all; returns `path`."""
    with atomic(path) as partial_file:
        write_plan(plan, partial_file)
    return path


def write_pictures(
    outputs: Outputs,
    performance: Performance,
    *,
    song: Path | None = None,
    start: float = 0.0,
    credits: str = "",
    workers: Workers | None = None,
    report: Report | None = None,
) -> tuple[dict[str, Path], list[str]]:
    """Draw a dance with the look's renderer: subtitles, contact sheet, loops and videos, as asked for.

    Parameters
    ----------
    song, start
        Sound of the video, and its second at the first frame of the whole dance.
    credits
        Who made what, for the end of a film with titles.
    workers
        Processes that draw the videos; this one does when None.
    report
        Progress callback, called with how much of the videos is done, 0 to 1.

    Returns
    -------
    files, warnings
        Files by format; the contact sheet is ``sheet``, ``png`` a folder.

    Raises
    ------
    PluginError, OutputError, AudioError, InputError
    """
    look, timeline = outputs.look, performance.timeline
    cast = outputs.cast(len(performance.whole))
    dancers = [fit_bones(motion, body) for motion, body in zip(performance.whole, cast, strict=True)]
    files: dict[str, Path] = {}
    warnings: list[str] = []
    first, last = frames_shown(performance, look.video_fps)
    start += first / look.video_fps

    def scene_at(*, fps: float | None = None, size: tuple[int, int] | None = None) -> Scene:
        scene = look_scene(dancers, cast, look, timeline, fps=fps, size=size)
        return part_of_scene(scene, *frames_shown(performance, scene.fps))

    if look.captions and look.caption_form != IN_PICTURE:
        files[SUBTITLES] = _write_captions(outputs, timeline, first, last)
    if outputs.renderer is None:
        return files, warnings
    with plugins.blame("renderers", look.renderer):
        if look.sheet is not None:
            wide = look.width if len(dancers) > 1 else min(look.width, look.height)
            files[CONTACT_SHEET] = outputs.named(".sheet.png")
            scene = scene_at(size=pictures.scaled_size(wide, look.height, pictures.CELL_AREA))
            pictures.draw_contact_sheet(scene, outputs.renderer, files[CONTACT_SHEET], *look.sheet, look.finish)
        if outputs.loops:
            loop = loop_of(dancers, timeline, performance.part)
        for name in outputs.loops:
            files[name] = outputs.named(f".{name}")
            size = pictures.scaled_size(look.width, look.height, pictures.LOOP_AREA)
            scene = loop_scene(
                loop, cast, fps=pictures.LOOP_FPS[name], width=size[0], height=size[1], camera=look.camera,
                lights=look.lights == STAGE, floor=look.floor, place=look.place, shutter=shutter_of(look.finish),
            )  # fmt: skip
            pictures.draw_loop(scene, outputs.renderer, files[name], look.finish)
            warnings.append(loop.told(files[name].name))
        for number, name in enumerate(outputs.videos):
            film = look_film(scene_at(), look, name)
            if number == 0:
                cards, said = _cards(
                    look, film.scene, song_names(song, timeline.title if timeline else outputs.base.name), credits
                )
                warnings += said
            film = replace(film, cards=cards)
            files[name] = outputs.named(f".{'frames' if name == STILLS else name}")
            write_film(
                film,
                files[name],
                audio=song,
                audio_start=start,
                resume=look.resume,
                workers=workers,
                progress=None if report is None else partial(_report_share, report, number, len(outputs.videos)),
            )
    return files, warnings


def _cards(look: Look, scene: Scene, song: SongNames, credits: str) -> tuple[tuple[TitleCard, ...], list[str]]:
    """Words over a film, where no dancer is, and what the user should know of them."""
    duration = len(scene) / scene.fps
    cards: tuple[TitleCard, ...] = ()
    if look.titles:
        cards += title_cards(duration, "\n".join(filter(None, (song.title, song.artist))), short_credits(credits))
    if look.captions and look.caption_form == IN_PICTURE and scene.timeline is not None:
        cards += caption_cards(scene.timeline, duration)
    if not cards:
        return (), []
    placed, left_out = placed_cards(cards, scene)
    return placed, [*unplaced(left_out), *undrawn(placed)]


def look_scene(
    dancers: Sequence[Motion],
    bodies: Body | Sequence[Body],
    look: Look,
    timeline: Timeline | None,
    *,
    fps: float | None = None,
    size: tuple[int, int] | None = None,
) -> Scene:
    """The scene of dancers on their bodies' bones, as a look shows it; small pictures have another `fps` and `size`."""
    width, height = size or (look.width, look.height)
    return build_scene(
        dancers, bodies, fps=fps or look.video_fps, width=width, height=height, timeline=timeline,
        camera=look.camera, lights=look.lights == STAGE, flashes=look.flashes == "on", floor=look.floor,
        place=look.place, shutter=shutter_of(look.finish),
    )  # fmt: skip


def look_film(scene: Scene, look: Look, name: str) -> Film:
    """A film of a scene in a video format, with the look's renderer and background."""
    behind = backdrop(look.background, look.width, look.height)
    kind = video_format(name, transparent=look.background == TRANSPARENT)
    return Film(scene, look.renderer, kind, behind=behind, finish=look.finish)


def _report_share(report: Report, number: int, count: int, done: float) -> None:
    """Report how much of several videos is done when one of them is `done`."""
    report((number + done) / count)


def frames_shown(performance: Performance, fps: float) -> tuple[int, int]:
    """First and past-last frame of the part that is shown, in a video of the whole dance."""
    return frames_between(performance.part, frame_count(performance.whole, fps), fps)


def frames_between(part: tuple[float, float] | None, count: int, fps: float) -> tuple[int, int]:
    """First and past-last of `count` frames of a video that show the seconds of a part; all when None."""
    if part is None:
        return 0, count
    begin, end = part
    first = min(round(begin * fps), count - 1)
    return first, min(first + int(np.floor((end - begin) * fps + 1e-6)) + 1, count)


def _write_captions(outputs: Outputs, timeline: Timeline | None, first: int, last: int) -> Path:
    """Write subtitles for the frames `first` to `last` (not with it) of the whole dance's video."""
    if timeline is None:
        raise InputError("--captions: a motion file has no counts; captions go with a plan.")
    path, rate = outputs.named(".srt"), outputs.look.video_fps
    write_text(
        path,
        captions(
            moved_timeline(timeline, -first / rate), (last - first) / rate, counts=outputs.look.caption_form == COUNTS
        ),
    )
    return path


def write_shows(outputs: Outputs, dances: Sequence[Dance], song: Path | None, start: float) -> dict[str, Path]:
    """Write the formats that show all dances at once with their song; files by format.

    Raises
    ------
    OutputError, PluginError, AudioError
    """
    lit = outputs.look.lights == STAGE
    show = Show(tuple(dances), outputs.body, "" if song is None else str(song), start, lit)
    files: dict[str, Path] = {}
    for name, exporter in outputs.shows.items():
        files[name] = outputs.named(exporter.suffix)
        with atomic(files[name]) as partial_file, plugins.blame("exporters", name):
            exporter.export_show(show, partial_file)
    return files


__all__ = [
    "frames_between",
    "frames_shown",
    "look_film",
    "look_scene",
    "write_motions",
    "write_pictures",
    "write_plan_file",
    "write_shows",
]
