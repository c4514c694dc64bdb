"""A dance made visible: video, loops, contact sheets, and pages that play it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from choreo import plugins
from choreo.errors import InputError, PlanError
from choreo.hookspecs import PartRenderer, Renderer, ShowExporter
from choreo.output import atomic
from choreo.types import Body, ChoreographyPlan, Clip, Dance, Motion, Scene, Show, Timeline

if TYPE_CHECKING:
    from choreo.pipeline import Look

VIDEO = "mp4"
VIDEOS = (VIDEO, "webm", "mov", "png")
"""Formats of the whole dance; the last is a folder of stills."""
LOOPS = ("gif", "webp")
PICTURES = (*VIDEOS, *LOOPS)
"""Formats that a renderer draws."""
SHEET = "sheet"
CAPTIONS = "srt"
STAGE = "stage"


def shows(formats: Sequence[str]) -> list[str]:
    """Formats whose plugin shows dances beside each other with their song."""
    known = plugins.available("exporters")
    return [name for name in formats if name in known and isinstance(plugins.load("exporters", name), ShowExporter)]


def present(show: Show, base: Path, names: Sequence[str]) -> dict[str, Path]:
    """Write a show in each of the formats `names`; files by format."""
    files = {}
    for name in names:
        exporter = plugins.load("exporters", name)
        files[name] = base.with_name(base.name + exporter.suffix)
        with atomic(files[name]) as place, plugins.blame("exporters", name):
            exporter.export_show(show, place)
    return files


def plan_clips(sheet: ChoreographyPlan, path: Path, db: str | None) -> Mapping[str, Clip]:
    """Fetch what a plan read from `path` dances from the motion database, by clip id.

    Raises
    ------
    PlanError
        When a clip is gone.
    """
    from choreo.db import default_location, ensure_starter

    clips: Mapping[str, Clip] = ensure_starter(default_location(db)).get([step.clip_id for step in sheet.steps])
    gone = sorted({step.name for step in sheet.steps if step.clip_id not in clips})
    if gone:
        raise PlanError(
            f"{path}: clips of this plan are not in the motion database: {', '.join(gone)}. "
            "Use the database it was made with (--db), or make the plan anew."
        )
    return clips


def dances_beside(paths: Sequence[str | Path], formats: Sequence[str], start: float, db: str | None) -> list[Dance]:
    """Read plans and motion files that are shown beside another dance.

    Parameters
    ----------
    start
        Second of the song at which that dance begins; theirs has to be the same. Motion files have none.

    Raises
    ------
    InputError
        When no format shows several dances, or a plan begins elsewhere in the song.
    PlanError, MotionError
        When a file cannot be used.
    """
    if paths and not shows(formats):
        raise InputError("--beside: only --formats web shows several dances.")
    return [_dance_of(Path(path), start, db) for path in paths]


def _dance_of(path: Path, start: float, db: str | None) -> Dance:
    from choreo.conversion import read_take
    from choreo.planning import read_plan
    from choreo.synthesis.ensemble import perform_all
    from choreo.video.timeline import timeline_of

    if path.suffix.lower() != ".json":
        return Dance(path.stem, (read_take(path).motion,))
    sheet = read_plan(path)
    if abs(sheet.start - start) > 1e-3:
        raise InputError(f"{path}: begins at {sheet.start:g} s of its song, the other dance at {start:g} s.")
    cast = perform_all(sheet, plan_clips(sheet, path, db))
    return Dance(path.stem.removesuffix(".plan"), cast.motions, timeline_of(sheet))


def film(
    motions: Sequence[Motion],
    body: Body,
    base: Path,
    look: Look,
    formats: Sequence[str],
    *,
    song: Path | None = None,
    start: float = 0.0,
    timeline: Timeline | None = None,
    credits: str = "",
    tell: Callable[[float], None] | None = None,
) -> tuple[dict[str, Path], list[str]]:
    """Draw a dance with the look's renderer.

    Parameters
    ----------
    formats
        Those of `PICTURES` are written, and the look's contact sheet.
    song, start
        Sound of the video, and its second at the first frame.
    timeline
        What is danced when: for the camera, the lights, captions, and renderers that show it.
    credits
        Who made what, for the end of a film with titles.
    tell
        Hears how much of the video is done, 0 to 1.

    Returns
    -------
    files, warnings
        Files by format; the contact sheet is ``sheet``, ``png`` a folder.

    Raises
    ------
    PluginError, OutputError, AudioError, InputError
    """
    from choreo.bodies import fit_motion
    from choreo.video import build_scene, pictures
    from choreo.video.background import OnBackground, backdrop
    from choreo.video.formats import STILLS, video_format
    from choreo.video.segments import Film, write_film
    from choreo.video.titles import cards, short_credits, song_title

    renderer = plugins.load("renderers", look.renderer)
    dancers = [fit_motion(motion, body) for motion in motions]
    files: dict[str, Path] = {}
    warnings = []

    if isinstance(renderer, PartRenderer) and look.background != STAGE:
        drawer: Renderer = OnBackground(renderer, look.background)
    else:
        drawer = renderer

    def scene_of(fps: float, size: tuple[int, int]) -> Scene:
        return build_scene(
            dancers, body, fps=fps, width=size[0], height=size[1], timeline=timeline,
            camera=look.camera, lights=look.lights == STAGE, floor=look.floor,
        )  # fmt: skip

    if look.captions:
        files[CAPTIONS] = _captions(dancers, base, look, timeline)
    with plugins.blame("renderers", look.renderer):
        if look.sheet is not None:
            wide = look.width if len(dancers) > 1 else min(look.width, look.height)
            scene = scene_of(look.fps, pictures.scaled(wide, look.height, pictures.CELL_AREA))
            files[SHEET] = base.with_name(f"{base.name}.sheet.png")
            pictures.draw_sheet(scene, drawer, files[SHEET], *look.sheet)
        for name in LOOPS:
            if name in formats:
                scene = scene_of(pictures.LOOP_FPS[name], pictures.scaled(look.width, look.height, pictures.LOOP_AREA))
                files[name] = base.with_name(f"{base.name}.{name}")
                warnings += pictures.draw_loop(scene, drawer, files[name])
        chosen = [name for name in VIDEOS if name in formats]
        for number, name in enumerate(chosen):
            scene = scene_of(look.fps, (look.width, look.height))
            behind = backdrop(look.background, look.width, look.height)
            movie = Film(scene, look.renderer, video_format(name), behind=behind)
            if look.titles:
                title = song_title(song, timeline.title if timeline else base.name)
                movie = replace(movie, cards=cards(len(scene) / scene.fps, title, short_credits(credits)))
            files[name] = base.with_name(f"{base.name}.{'frames' if name == STILLS else name}")
            write_film(
                movie,
                files[name],
                audio=song,
                audio_start=start,
                resume=look.resume,
                jobs=look.jobs,
                progress=None if tell is None else partial(_share, tell, number, len(chosen)),
            )
    return files, warnings


def _share(tell: Callable[[float], None], number: int, count: int, done: float) -> None:
    """Tell how much of several videos is done."""
    tell((number + done) / count)


def _captions(motions: Sequence[Motion], base: Path, look: Look, timeline: Timeline | None) -> Path:
    """Write subtitles for a video of these dancers."""
    from choreo.output import write_text
    from choreo.video.captions import captions
    from choreo.video.stage import frame_count

    if timeline is None:
        raise InputError("--captions: a motion file has no counts; captions go with a plan.")
    path = base.with_name(f"{base.name}.srt")
    write_text(path, captions(timeline, frame_count(motions, look.fps) / look.fps))
    return path


def check_videos(look: Look, formats: Sequence[str]) -> None:
    """Find out before the work whether the look's renderer can draw what the formats and the background ask for.

    Raises
    ------
    InputError, PluginError
    """
    from choreo.video.background import backdrop
    from choreo.video.formats import FORMATS
    from choreo.video.segments import require_alpha

    other = look.background != STAGE
    for name in VIDEOS:
        if name in formats:
            require_alpha(look.renderer, FORMATS[name], other)
    if other and (look.sheet is not None or set(LOOPS) & set(formats)):
        require_alpha(look.renderer, FORMATS[VIDEO], other)
    if other:
        backdrop(look.background, 2, 2)


__all__ = ["PICTURES", "VIDEO", "VIDEOS", "check_videos", "dances_beside", "film", "plan_clips", "present", "shows"]
