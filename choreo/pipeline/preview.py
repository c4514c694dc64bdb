"""A quick look at a song's dance, which can be watched while it is being drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from choreo.errors import PlanError
from choreo.inputs import is_file
from choreo.names import Target
from choreo.options import Choosing, Listening
from choreo.output import together
from choreo.pipeline.compile_ahead import compile_ahead, compiled, ends_compiling
from choreo.pipeline.dance_to_files import frames_between, frames_shown, look_film, look_scene, write_plan_file
from choreo.pipeline.outputs import PLAN, Outputs, resolve_outputs
from choreo.pipeline.plan_to_dance import (
    Performance,
    dancer_count,
    is_tall,
    named,
    perform_plan,
    plan_clips,
    read_cast_plan,
    unfold_plan,
)
from choreo.pipeline.result import Progress, ProgressScope, Result
from choreo.pipeline.song_to_plan import chosen_for, make_plan
from choreo.pipeline.unfolding import can_unfold, unfolding_scenes
from choreo.planfile.slices import part_of_plan, part_seconds, whole_plan
from choreo.planfile.sources import song_of
from choreo.planfile.troupe import Troupe
from choreo.planning.wishes import Wishes
from choreo.synthesis.ensemble import cast_plan, multiply
from choreo.synthesis.stitch import part_frames
from choreo.types import Body, ChoreographyPlan, Clip, Scene
from choreo.video.bodies import fit_bones
from choreo.video.compiling import COMPILING
from choreo.video.film import Film
from choreo.video.formats import VIDEO
from choreo.video.look import PREVIEW_SIZE, Look
from choreo.video.scene import frames_within, part_of_scene
from choreo.video.streaming import stream_film
from choreo.video.timeline import timeline_of

ENDING = ".preview"


@ends_compiling()
def preview(
    source: str | Path,
    *,
    output: str | Path | None = None,
    listening: Listening | None = None,
    choosing: Choosing | None = None,
    wishes: Wishes | None = None,
    look: Look | None = None,
    troupe: Troupe | None = None,
    start: float | None = None,
    duration: float | None = None,
    bars: tuple[int, int] | None = None,
    begun: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
) -> Result:
    """Draw a small video of a song's dance, or of a plan's.

    Parameters
    ----------
    source
        Song, or plan (``.json``).
    output
        Folder, or the video's file; ``renders/<song>.preview.mp4`` by default. The plan of a song lies beside it.
    listening, choosing, wishes
        For a song, as `choreo.generate` has them; of a plan only the database of `choosing` counts.
    look
        Body, camera, lights and so on; 640x360 by default.
    start, duration
        Part of the dance, in seconds of the song; None leaves a song what `listening` says, and a plan what it is.
    bars
        The part by bars of the whole dance, of a song or of a plan, first and past-last.
    begun
        Called with the video's path as soon as a player can begin.

    Raises
    ------
    ChoreoError
        The family of ``choreo.errors``; nothing half-written is left.
    """
    source, result = Path(source), Result()
    look = look or Look(width=PREVIEW_SIZE[0], height=PREVIEW_SIZE[1])
    of_plan = source.suffix.lower() == ".json"
    count = dancer_count(read_cast_plan(source, troupe) if of_plan else None, troupe)
    outputs = _preview_names(resolve_outputs(source, output, (VIDEO,), look, dancers=count))
    outputs.require_apart(None if of_plan else source)
    result.warnings += outputs.terms
    compile_ahead(outputs)
    scope = ProgressScope(result.seconds, progress)
    if of_plan:
        with named(source):
            plan = part_of_plan(read_cast_plan(source, troupe, tall=is_tall(look)), start, duration, bars)
        clips, song = plan_clips(plan, source, choosing.db if choosing else None), song_of(plan)
        outputs.require_apart(song)
        if not is_file(song):
            raise PlanError(f"{source}: its song {str(song)!r} is not there. Put it back, or make the plan anew.")
    else:
        if (start, duration) != (None, None):
            listening = replace(listening or Listening(), start=start or 0.0, duration=duration)
        result.analysis, plan, clips = make_plan(
            source, listening=listening, choosing=chosen_for(choosing, troupe), wishes=wishes, bars=bars, progress=scope
        )
        plan, song = cast_plan(plan, troupe, tall=is_tall(look)), source
        result.warnings += result.analysis.warnings
    result.plan, path = plan, outputs.named(f".{VIDEO}")
    cast = outputs.cast(dancer_count(plan, None))
    performance, scenes, (first, last) = _filmed(plan, clips, cast, look, scope)
    begin = whole_plan(plan).start + first / look.video_fps
    textured, told = outputs.body.surface is not None, partial(scope.progress, COMPILING)
    with scope("rendering") as report, compiled(look.renderer, told, textured):
        watch = None if begun is None else (lambda: begun(path))
        with together():
            if not of_plan:
                result.files[PLAN] = write_plan_file(plan, outputs.named(".plan.json"))
            stream_film(
                _films(scenes, look), last - first, path, audio=song, audio_start=begin, begun=watch, progress=report
            )
        result.files[VIDEO] = path
    danced = performance()
    result.motions = danced.motions
    result.warnings += danced.warnings
    return result


def _filmed(
    plan: ChoreographyPlan, clips: Mapping[str, Clip], cast: Sequence[Body], look: Look, scope: ProgressScope
) -> tuple[Callable[[], Performance], Iterator[Scene], tuple[int, int]]:
    """What gives the dance when it is filmed, the scenes of the film, and which frames of the whole video these have.

    Where that is the same, the dance is stitched as its scenes are asked for; else all of it before the first.
    """
    if can_unfold(look, cast[0], len(cast)):
        growing, part, last = unfold_plan(plan, clips), part_seconds(plan), part_frames(plan)[1]
        count = frames_within((growing.frames - 1) / growing.fps, look.video_fps)
        shown = frames_between(part, count, look.video_fps)
        scenes = unfolding_scenes(growing, cast[0], look, timeline_of(whole_plan(plan)), count, shown)
        return (lambda: Performance(multiply(growing.part(0, last), Troupe()), plan, part)), scenes, shown
    with scope("stitching the dance"):
        performance = perform_plan(plan, clips, measured=False)
    dancers = [fit_bones(motion, body) for motion, body in zip(performance.whole, cast, strict=True)]
    scene, shown = look_scene(dancers, cast, look, performance.timeline), frames_shown(performance, look.video_fps)
    return (lambda: performance), iter([part_of_scene(scene, *shown)]), shown


def _films(scenes: Iterable[Scene], look: Look) -> Iterator[Film]:
    """The scenes as parts of one film."""
    film: Film | None = None
    for scene in scenes:
        film = look_film(scene, look, VIDEO) if film is None else replace(film, scene=scene)
        yield film


def _preview_names(outputs: Outputs) -> Outputs:
    """Files are called ``<song>.preview``, unless their name was given."""
    if outputs.target.ending:
        return outputs
    return replace(outputs, target=Target(outputs.base.with_name(outputs.base.name.removesuffix(ENDING) + ENDING)))


__all__ = ["preview"]
