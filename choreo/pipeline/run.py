"""``generate`` reads as the sentence that describes the product.

``Song -> MusicAnalysis -> Phrase[] -> Candidates -> ChoreographyPlan -> Motion -> video and files``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from choreo.errors import InputError, PlanError
from choreo.inputs import is_file
from choreo.options import Choosing, Listening, Rigging
from choreo.output import together
from choreo.pipeline.compile_ahead import compile_ahead, compiled, ends_compiling
from choreo.pipeline.dance_to_files import write_motions, write_pictures, write_shows
from choreo.pipeline.delivery import rigging_of
from choreo.pipeline.outputs import Outputs, resolve_outputs
from choreo.pipeline.plan_to_dance import (
    Performance,
    dance_beside,
    dancer_count,
    is_tall,
    named,
    perform_file,
    perform_plan,
    plan_clips,
    read_cast_plan,
)
from choreo.pipeline.result import Progress, ProgressScope, Result
from choreo.pipeline.song_to_plan import chosen_for, make_plans
from choreo.pipeline.unfolding import seen_until
from choreo.planfile.slices import part_of_plan
from choreo.planfile.sources import song_of
from choreo.planfile.troupe import Troupe
from choreo.planning.wishes import Wishes
from choreo.protocols import Workers
from choreo.synthesis.ensemble import cast_plan
from choreo.types import Clip, Dance, Reading
from choreo.video.compiling import COMPILING
from choreo.video.formats import VIDEO
from choreo.video.look import Look


@ends_compiling()
def generate(
    song: str | Path,
    *,
    output: str | Path | None = None,
    formats: Sequence[str] | None = None,
    listening: Listening | None = None,
    choosing: Choosing | None = None,
    wishes: Wishes | None = None,
    bars: tuple[int, int] | None = None,
    look: Look | None = None,
    character: str | Path | None = None,
    rig: str | Rigging | None = None,
    troupe: Troupe | None = None,
    alternatives: int = 1,
    best_effort: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Turn a song into a danced video and its files.

    Parameters
    ----------
    song
        Any sound or video file.
    output
        Folder, or file whose ending says a format and whose name gives the stem; ``renders/<song>`` by default.
    formats
        What the ending of `output` says, else ``mp4``, ``bvh`` and ``plan`` by default. There are ``mp4``, ``webm``,
        ``mov``, ``png`` (stills), ``gif``, ``webp``, ``plan`` and names of exporter plugins.
        ``web`` is one page with all alternatives.
    listening
        What to listen for in the song, such as a tempo or a metre, and the part in seconds that is danced. A part is a
        slice of the whole song's dance.
    choosing
        What to choose the dance by: style, seed, energy, and from which clips.
    wishes
        Moves to pin, ban or require, and how much variety.
    bars
        The part by bars of the whole dance instead, first and past-last, as `choreo.planfile.step_bars` numbers them.
    look
        Renderer, body, size and frame rate of the video.
    character
        A rigged humanoid of the user's (GLB, VRM): it is written dancing, as ``<stem>.character.glb``.
    rig
        Rig of the motion files, such as ``unreal``, or all that is to be so for the program that reads them.
    troupe
        How many dance, in which formation, together or one after another; files of the second dancer are called
        ``<stem>.2.bvh`` and so on.
    alternatives
        How many dances to make; the files of the second are called ``<stem>-2`` and so on.
    best_effort
        Make a dance that breaks a guarantee (see `choreo.synthesis.guarantees`) all the same, with a warning.
    progress
        Called with the name of each stage and how much of it is done.

    Returns
    -------
    Result
        Plan, motions, analysis and files of the first dance; files of all.

    Raises
    ------
    ChoreoError
        The family of ``choreo.errors``; nothing half-written is left, and all files of an earlier dance are as they
        were: the new ones appear together, when all are ready.

    Examples
    --------
    >>> from choreo import Choosing, Listening, generate
    >>> made = generate("song.wav", listening=Listening(duration=8), choosing=Choosing(seed=7), formats=("bvh",))
    >>> sorted(made.files)
    ['bvh', 'credits']
    >>> made.plan.seed, made.motion.rotations.shape
    (7, (481, 24, 4))
    """
    song, result = Path(song), Result()
    outputs = resolve_outputs(
        song, output, formats, look, character=character, rigging=rigging_of(rig), dancers=dancer_count(None, troupe)
    )
    outputs.require_apart(song)
    result.warnings += outputs.terms
    compile_ahead(outputs)
    scope = ProgressScope(result.seconds, progress)
    with outputs.drawing() as workers:
        result.analysis, plans, clips = make_plans(
            song,
            count=alternatives,
            listening=listening,
            choosing=chosen_for(choosing, troupe),
            wishes=wishes,
            bars=bars,
            progress=scope,
        )
        result.warnings += result.analysis.warnings
        with scope("stitching the dance"):
            until, tall = seen_until(plans[0], outputs.look), is_tall(look)
            casts = [cast_plan(plan, troupe, tall=tall) for plan in plans]
            performances = [
                perform_plan(cast, clips, best_effort=best_effort, name=str(song), until=until) for cast in casts
            ]
        dances = [
            performance.dance(outputs.numbered(number).base.name) for number, performance in enumerate(performances, 1)
        ]
        with together():
            for number, performance in enumerate(performances, 1):
                one = result if number == 1 else Result()
                _write(one, outputs.numbered(number), performance, clips, song, scope, workers)
                if number > 1:
                    result.files |= {f"{name}-{number}": path for name, path in one.files.items()}
                    result.warnings += one.warnings
            _show(result, outputs, dances, song, performances[0].opening + performances[0].begin, scope)
    return result


@ends_compiling()
def render_plan(
    path: str | Path,
    *,
    song: str | Path | None = None,
    output: str | Path | None = None,
    formats: Sequence[str] | None = None,
    look: Look | None = None,
    rig: str | Rigging | None = None,
    troupe: Troupe | None = None,
    beside: Sequence[str | Path] = (),
    db: str | None = None,
    start: float | None = None,
    duration: float | None = None,
    bars: tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Result:
    """Dance a plan file again: the same motion, bit for bit, in any look; `troupe` takes the place of the plan's own.

    Parameters
    ----------
    beside
        Other plans and motion files, for formats that show several dances.
    rig
        As for `generate`.
    start, duration
        Part of the dance to show and write, in seconds of the song: moved, filmed, lit and counted as in the whole.
        Of a slice it may be any other part of its whole dance.
    bars
        The part by bars of the whole dance instead, first and past-last.

    Raises
    ------
    PlanError
        When the plan cannot be read or a clip of it is gone from the database.
    InputError
        When the dance has no such part.

    Examples
    --------
    >>> from choreo import Listening, generate, render_plan
    >>> first = generate("song.wav", listening=Listening(duration=8), formats=("plan",))
    >>> again = render_plan(first.files["plan"], formats=("bvh",))
    >>> bool((again.motion.rotations == first.motion.rotations).all())
    True
    """
    path, result = Path(path), Result()
    asked = read_cast_plan(path, troupe, tall=is_tall(look))
    with named(path):
        plan = part_of_plan(asked, start, duration, bars)
    outputs = resolve_outputs(
        path,
        output,
        formats,
        look,
        usual=(VIDEO,),
        rigging=rigging_of(rig),
        several=beside,
        dancers=dancer_count(plan, None),
    )
    clips = plan_clips(plan, path, db)
    sound = Path(song) if song else song_of(plan)
    outputs.require_apart(sound)
    result.warnings += outputs.terms
    if outputs.needs_song and not is_file(sound):
        raise PlanError(f"{path}: its song {str(sound)!r} is not there. Name it with --song.")
    compile_ahead(outputs)
    scope = ProgressScope(result.seconds, progress)
    with scope("stitching the dance"):
        performance = perform_plan(plan, clips, name=str(sound), until=seen_until(plan, outputs.look))
        part = None if plan is asked else (plan.start - asked.start, plan.end - asked.start)
        others = [dance_beside(Path(each), asked.start, db, part) for each in beside]
    dances = [performance.dance(outputs.base.name), *others]
    with together(), outputs.drawing() as workers:
        _write(result, outputs, performance, clips, sound, scope, workers)
        _show(result, outputs, dances, sound, performance.opening + performance.begin, scope)
    return result


def render_motion(
    path: str | Path,
    *,
    song: str | Path | None = None,
    output: str | Path | None = None,
    formats: Sequence[str] | None = None,
    look: Look | None = None,
    troupe: Troupe | None = None,
    reading: Reading = Reading(),
    beside: Sequence[str | Path] = (),
    db: str | None = None,
    start: float | None = None,
    duration: float | None = None,
    progress: Progress | None = None,
) -> Result:
    """Render a motion file on a body, or on several as `troupe` says, with a song's sound when one is named.

    Parameters
    ----------
    reading
        Rate and axis of the file, overruling what it says and what would be assumed.
    beside
        Other motion files and plans, for formats that show several dances.
    start, duration
        Part of the motion to show, seconds; the song begins with the whole motion.

    Raises
    ------
    MotionError
        When the file cannot be read or has no humanoid.
    InputError
        When the motion has no such part.
    """
    path, result = Path(path), Result()
    outputs = resolve_outputs(
        path, output, formats, look, usual=(VIDEO,), several=beside, pictures_only=True,
        dancers=dancer_count(None, troupe),
    )  # fmt: skip
    outputs.require_apart(path, None if song is None else Path(song))
    result.warnings += outputs.terms
    performance = perform_file(path, troupe, reading).cut(start, duration, str(path))
    others = [dance_beside(Path(each), 0.0, db, performance.part) for each in beside]
    result.motions = performance.motions
    result.warnings += performance.warnings
    sound = None if song is None else Path(song)
    if sound is not None and not is_file(sound):
        raise InputError(f"{sound}: no such file")
    scope = ProgressScope(result.seconds, progress)
    dances = [performance.dance(outputs.base.name), *others]
    with together(), outputs.drawing() as workers:
        _draw(result, outputs, performance, sound, 0.0, scope, workers)
        _show(result, outputs, dances, sound, performance.begin, scope)
    return result


def _write(
    result: Result,
    outputs: Outputs,
    performance: Performance,
    clips: Mapping[str, Clip],
    song: Path,
    scope: ProgressScope,
    workers: Workers | None,
) -> None:
    """Write what was asked for of one dance of a plan."""
    assert performance.plan is not None
    result.plan, result.motions = performance.plan, performance.motions
    result.warnings += performance.warnings
    with scope("writing files"):
        files, credits = write_motions(outputs, performance, clips, result.warnings, song)
    result.files |= files
    _draw(result, outputs, performance, song, performance.opening, scope, workers, credits)


def _draw(
    result: Result,
    outputs: Outputs,
    performance: Performance,
    song: Path | None,
    start: float,
    scope: ProgressScope,
    workers: Workers | None,
    credits: str = "",
) -> None:
    """Draw the pictures and videos that are asked for, if any."""
    if not outputs.draws:
        return
    textured, told = outputs.body.surface is not None, partial(scope.progress, COMPILING)
    with scope("rendering") as report, compiled(outputs.look.renderer, told, textured):
        files, warnings = write_pictures(
            outputs, performance, song=song, start=start, credits=credits, workers=workers, report=report
        )
    result.files |= files
    result.warnings += warnings


def _show(
    result: Result, outputs: Outputs, dances: Sequence[Dance], song: Path | None, start: float, scope: ProgressScope
) -> None:
    """Write the formats that show all dances at once, if any."""
    if outputs.shows:
        if outputs.bodies:
            names = ", ".join(outputs.shows)
            result.warnings.append(f"{names}: all dancers look alike there; outfits of single dancers are in videos")
        with scope("writing files"):
            result.files |= write_shows(outputs, dances, song, start)


__all__ = ["generate", "render_motion", "render_plan"]
