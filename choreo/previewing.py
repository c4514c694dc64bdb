"""A quick look at a song's dance, which can be watched while it is being drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from choreo.errors import PlanError
from choreo.look import Look
from choreo.output import atomic, output_base, require_writable
from choreo.pipeline import PLAN, Progress, Result, stages
from choreo.showing import STAGE, VIDEO, check_videos, plan_clips
from choreo.troupe import Troupe

SIZE = (640, 360)
MARK = ".preview"


def preview(
    source: str | Path,
    *,
    output: str | Path | None = None,
    look: Look | None = None,
    troupe: Troupe | None = None,
    db: str | None = None,
    begun: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
    **planning: Any,
) -> Result:
    """Draw a small video of a song's dance, or of a plan's.

    Parameters
    ----------
    source
        Song, or plan (``.json``).
    output
        Folder, or the video's file; ``renders/<song>.preview.mp4`` by default. The plan of a song lies beside it.
    look
        Body, camera, lights and so on; 640x360 by default.
    begun
        Called with the video's path as soon as a player can begin.
    planning
        For a song, options of `choreo.plans.make_plans`.

    Raises
    ------
    ChoreoError
        The family of ``choreo.errors``; nothing half-written is left.
    """
    from choreo import plugins
    from choreo.bodies import fit_motion, load_body
    from choreo.planning import read_plan, write_plan
    from choreo.synthesis.ensemble import cast_plan, perform_all
    from choreo.video import build_scene
    from choreo.video.background import backdrop
    from choreo.video.formats import video_format
    from choreo.video.segments import Film
    from choreo.video.streaming import stream_film
    from choreo.video.timeline import timeline_of

    source, result = Path(source), Result()
    look = look or Look(width=SIZE[0], height=SIZE[1])
    plugins.load("renderers", look.renderer)
    look.check()
    check_videos(look, (VIDEO,))
    base = output_base(source, None if output is None else Path(output))
    named = output is not None and base == Path(output).with_suffix("")
    if not named:
        base = base.with_name(base.name.removesuffix(MARK) + MARK)
    require_writable(base.parent)
    stage = stages(result, progress)
    body = load_body(look.body, **look.body_options)
    if source.suffix.lower() == ".json":
        sheet = cast_plan(read_plan(source), troupe)
        clips, song = plan_clips(sheet, source, db), Path(str(sheet.song.get("path", "")))
        if not song.is_file():
            raise PlanError(f"{source}: its song {str(song)!r} is not there. Put it back, or make the plan anew.")
    else:
        from choreo.plans import make_plans

        result.analysis, sheets, clips = make_plans(source, stage=stage, db=db, **planning)
        sheet, song = cast_plan(sheets[0], troupe), source
        result.warnings += result.analysis.warnings
        result.files[PLAN] = base.with_name(f"{base.name}.plan.json")
        with atomic(result.files[PLAN]) as partial:
            write_plan(sheet, partial)
    with stage("stitching the dance"):
        cast = perform_all(sheet, clips)
        result.plan, result.motions, result.motion = sheet, cast.motions, cast.motions[0]
        result.warnings += [*sheet.warnings, *cast.warnings]
    path = result.files[VIDEO] = base.with_name(f"{base.name}.{VIDEO}")
    with stage("rendering") as tell:
        scene = build_scene(
            [fit_motion(motion, body) for motion in cast.motions], body,
            fps=look.fps, width=look.width, height=look.height, timeline=timeline_of(sheet),
            camera=look.camera, lights=look.lights == STAGE, floor=look.floor,
        )  # fmt: skip
        film = Film(scene, look.renderer, video_format(VIDEO))
        film = replace(film, behind=backdrop(look.background, look.width, look.height))
        watch = None if begun is None else (lambda: begun(path))
        stream_film(film, path, audio=song, audio_start=sheet.start, begun=watch, progress=tell)
    return result


__all__ = ["SIZE", "preview"]
