"""``generate`` reads as the sentence that describes the product.

``Song -> MusicAnalysis -> Phrase[] -> Candidates -> ChoreographyPlan -> Motion -> video and files``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from choreo import plugins
from choreo.errors import InputError, PlanError, PlanningError
from choreo.look import Look
from choreo.output import atomic, output_base, require_writable, write_text
from choreo.showing import PICTURES, check_videos, dances_beside, film, plan_clips, present, shows
from choreo.showing import VIDEO as VIDEO  # these two are part of this module's own names
from choreo.showing import VIDEOS as VIDEOS
from choreo.troupe import Troupe
from choreo.types import Body, ChoreographyPlan, Clip, Dance, Motion, MusicAnalysis, Show

Progress = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, 0 to 1."""

PLAN = "plan"


@dataclass
class Result:
    """What a run made. `motion` is the first of `motions`, one a dancer; `seconds` tells how long each stage took.

    `files` go by format, those of the second dancer as ``bvh.2`` and so on.
    """

    plan: ChoreographyPlan | None = None
    motion: Motion | None = None
    motions: tuple[Motion, ...] = ()
    analysis: MusicAnalysis | None = None
    files: dict[str, Path] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class _Stages:
    """Times stages and tells the caller which one runs."""

    def __init__(self, result: Result, progress: Progress | None) -> None:
        self.result = result
        self.progress = progress or (lambda stage, done: None)

    @contextmanager
    def __call__(self, name: str) -> Iterator[Callable[[float], None]]:
        begun = time.perf_counter()
        self.progress(name, 0.0)
        yield lambda done: self.progress(name, done)
        self.progress(name, 1.0)
        self.result.seconds[name] = self.result.seconds.get(name, 0.0) + time.perf_counter() - begun


def stages(result: Result, progress: Progress | None) -> _Stages:
    """Times the stages of a run into `result`, and tells the caller which one runs."""
    return _Stages(result, progress)


def _check_plugins(look: Look, formats: Sequence[str]) -> None:
    """Find unknown names now, not after minutes of work."""
    known = [*PICTURES, PLAN, *plugins.available("exporters")]
    for name in formats:
        if name not in known:
            raise InputError(f"unknown format {name!r}.{plugins.suggest(name, known)}")
    if look.sheet is not None or set(PICTURES) & set(formats):
        plugins.load("renderers", look.renderer)
    look.check()
    check_videos(look, formats)


def make_plan(
    song: str | Path, *, result: Result | None = None, progress: Progress | None = None, **planning: Any
) -> tuple[MusicAnalysis, ChoreographyPlan, dict[str, Clip]]:
    """Listen to a song and choreograph it; options are those of `choreo.plans.make_plans`.

    Returns
    -------
    analysis, plan, clips
        `clips` holds what the plan uses by clip id.

    Raises
    ------
    AudioError, PlanningError, DatabaseError, InputError, PluginError
    """
    from choreo.plans import make_plans

    analysis, sheets, clips = make_plans(song, stage=_Stages(result or Result(), progress), **planning)
    return analysis, sheets[0], clips


def generate(
    song: str | Path,
    *,
    output: str | Path | None = None,
    formats: Sequence[str] = (VIDEO, "bvh", PLAN),
    look: Look | None = None,
    character: str | Path | None = None,
    troupe: Troupe | None = None,
    alternatives: int = 1,
    best_effort: bool = False,
    progress: Progress | None = None,
    **planning: Any,
) -> Result:
    """Turn a song into a danced video and its files.

    Parameters
    ----------
    song
        Any sound or video file.
    output
        Folder, or file whose name gives the stem; ``renders/<song>`` by default.
    formats
        ``mp4``, ``webm``, ``mov``, ``png`` (stills), ``gif``, ``webp``, ``plan`` and names of exporter plugins.
        ``web`` is one page with all alternatives.
    look
        Renderer, body, size and frame rate of the video.
    character
        A rigged humanoid of the user's (GLB, VRM): it is written dancing, as ``<stem>.character.glb``.
    troupe
        How many dance, in which formation, together or one after another; files of the second dancer are called
        ``<stem>.2.bvh`` and so on.
    alternatives
        How many dances to make; the files of the second are called ``<stem>-2`` and so on.
    best_effort
        Make a dance that breaks a guarantee (see `choreo.synthesis.guarantees`) all the same, with a warning.
    planning
        Options of `choreo.plans.make_plans`: `style`, `seed`, `energy`, `wishes`, `start`, `duration`, `offset`, `bpm`,
        `metre`, `tracker`, `beats`, `octave`, `cache` (remember what was heard), `embedder`, `lyrics`, `db`,
        `datasets`, `licence` (``any``, ``commercial``, ``free``).

    Raises
    ------
    ChoreoError
        The family of ``choreo.errors``; nothing half-written is left.
    """
    result, look, song = Result(), look or Look(), Path(song)
    _check_plugins(look, formats)
    base = output_base(song, None if output is None else Path(output))
    body = _body(look)
    require_writable(base.parent)
    if character is not None:
        from choreo_gltf.character import read_character

        read_character(Path(character))  # one that cannot dance is said before minutes are spent
    from choreo.plans import make_plans
    from choreo.synthesis.ensemble import cast_plan

    stage = _Stages(result, progress)
    result.analysis, sheets, clips = make_plans(song, count=alternatives, stage=stage, **planning)
    result.warnings += result.analysis.warnings
    dances = []
    for number, sheet in enumerate((cast_plan(sheet, troupe) for sheet in sheets), 1):
        one = result if number == 1 else Result(analysis=result.analysis, seconds=result.seconds)
        stem = base if number == 1 else base.with_name(f"{base.name}-{number}")
        _dance(one, sheet, clips, stem, formats, look, body, song, progress, character, best_effort)
        if number > 1:
            result.files |= {f"{name}-{number}": path for name, path in one.files.items()}
            result.warnings += one.warnings
        dances.append(_show_of(one, stem))
    result.files |= _presented(dances, base, formats, look, body, song, sheets[0].start, stage)
    return result


def render_plan(
    path: str | Path,
    *,
    song: str | Path | None = None,
    output: str | Path | None = None,
    formats: Sequence[str] = (VIDEO,),
    look: Look | None = None,
    troupe: Troupe | None = None,
    beside: Sequence[str | Path] = (),
    db: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Dance a plan file again: the same motion, bit for bit, in any look; `troupe` takes the place of the plan's own.

    `beside` names other plans and motion files, for formats that show several dances.

    Raises
    ------
    PlanError
        When the plan cannot be read or a clip of it is gone from the database.
    """
    from choreo.planning import read_plan
    from choreo.synthesis.ensemble import cast_plan

    result, look, path = Result(), look or Look(), Path(path)
    _check_plugins(look, formats)
    try:
        sheet = cast_plan(read_plan(path), troupe)
    except PlanError:
        raise
    except InputError as error:
        raise PlanError(f"{path}: {error.message}") from error
    base = output_base(path, None if output is None else Path(output))
    require_writable(base.parent)
    clips = plan_clips(sheet, path, db)
    others = dances_beside(beside, formats, sheet.start, db)
    heard = Path(song) if song else Path(str(sheet.song.get("path", "")))
    if (set(VIDEOS[:-1]) & set(formats) or shows(formats)) and not heard.is_file():
        raise PlanError(f"{path}: its song {str(heard)!r} is not there. Name it with --song.")
    body = _body(look)
    _dance(result, sheet, clips, base, formats, look, body, heard, progress)
    dances = [_show_of(result, base), *others]
    result.files |= _presented(dances, base, formats, look, body, heard, sheet.start, _Stages(result, progress))
    return result


def render_motion(
    path: str | Path,
    *,
    song: str | Path | None = None,
    output: str | Path | None = None,
    formats: Sequence[str] = (VIDEO,),
    look: Look | None = None,
    troupe: Troupe | None = None,
    beside: Sequence[str | Path] = (),
    db: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Render a motion file on a body, or on several as `troupe` says, with a song's sound when one is named.

    `beside` names other motion files and plans, for formats that show several dances.

    Raises
    ------
    MotionError
        When the file cannot be read or has no humanoid.
    """
    from choreo.conversion import read_take
    from choreo.synthesis.ensemble import multiply

    result, look, path = Result(), look or Look(), Path(path)
    _check_plugins(look, formats)
    if other := set(formats) - {*PICTURES, *shows(formats)}:
        raise InputError(f"--formats: {sorted(other)[0]!r} goes with a plan; 'choreo convert' converts motion files.")
    base = output_base(path, None if output is None else Path(output))
    require_writable(base.parent)
    others = dances_beside(beside, formats, 0.0, db)
    cast = multiply(read_take(path).motion, troupe or Troupe())
    result.motions, result.motion = cast.motions, cast.motions[0]
    result.warnings += cast.warnings
    heard = None if song is None else Path(song)
    if heard is not None and not heard.is_file():
        raise InputError(f"{heard}: no such file")
    body = _body(look)
    _film(result, formats, base, look, body, heard, 0.0, progress)
    dances = [_show_of(result, base), *others]
    result.files |= _presented(dances, base, formats, look, body, heard, 0.0, _Stages(result, progress))
    return result


def _body(look: Look) -> Body:
    from choreo.bodies import load_body

    return load_body(look.body, **look.body_options)


def _dance(
    result: Result,
    sheet: ChoreographyPlan,
    clips: Mapping[str, Clip],
    base: Path,
    formats: Sequence[str],
    look: Look,
    body: Body,
    song: Path,
    progress: Progress | None,
    character: str | Path | None = None,
    best_effort: bool = False,
) -> None:
    """Perform the plan and write what was asked for; files appear one by one, each of them whole."""
    from choreo.credits import credits_text
    from choreo.planning import write_plan
    from choreo.synthesis import broken_guarantees, guarantees
    from choreo.synthesis.ensemble import perform_all

    stage = _Stages(result, progress)
    with stage("stitching the dance"):
        cast = perform_all(sheet, clips)
        result.motions, result.motion = cast.motions, cast.motions[0]
        kept = {**guarantees(cast.dance, sheet), **cast.guarantees}
        broken = broken_guarantees(kept, sheet)
        if broken and not best_effort:
            raise PlanningError(f"{song}: {broken[0]}. --best-effort makes the dance all the same.")
        result.plan = sheet = replace(sheet, guarantees=kept, warnings=(*sheet.warnings, *broken))
        result.warnings += [*result.plan.warnings, *cast.warnings]
    with stage("writing files"):
        if PLAN in formats:
            result.files[PLAN] = base.with_name(f"{base.name}.plan.json")
            with atomic(result.files[PLAN]) as partial:
                write_plan(sheet, partial)
        for name in formats:
            if name not in (*PICTURES, PLAN, *shows(formats)):
                _export(result, name, base, body)
        if character is not None:
            from choreo_gltf.character import dance_on

            for mark, motion in _marked(result.motions):
                place = base.with_name(f"{base.name}{mark}.character.glb")
                with atomic(place) as partial:
                    dance_on(motion, Path(character), partial)
                result.files[f"character{mark}"] = place
        result.files["credits"] = base.with_name(f"{base.name}.credits.txt")
        credits = credits_text(sheet, clips, [body])
        write_text(result.files["credits"], credits)
    _film(result, formats, base, look, body, song, sheet.start, progress, credits)


def _export(result: Result, name: str, base: Path, body: Body) -> None:
    exporter = plugins.load("exporters", name)
    for mark, motion in _marked(result.motions):
        path = base.with_name(f"{base.name}{mark}{exporter.suffix}")
        with atomic(path) as partial, plugins.blame("exporters", name):
            exporter.export(motion, partial, body=body)
        result.files[name + mark] = path


def _marked(motions: Sequence[Motion]) -> Iterator[tuple[str, Motion]]:
    """What is put into the names of a dancer's files: nothing for the first, then ``.2``."""
    for number, motion in enumerate(motions, 1):
        yield ("" if number == 1 else f".{number}"), motion


def _film(
    result: Result,
    formats: Sequence[str],
    base: Path,
    look: Look,
    body: Body,
    song: Path | None,
    start: float,
    progress: Progress | None,
    credits: str = "",
) -> None:
    """Draw what is to be drawn, if anything."""
    if look.sheet is None and not look.captions and not set(PICTURES) & set(formats):
        return
    with _Stages(result, progress)("rendering") as tell:
        timeline = _show_of(result, base).timeline
        made = film(
            result.motions, body, base, look, formats,
            song=song, start=start, timeline=timeline, credits=credits, tell=tell,
        )  # fmt: skip
    result.files |= made[0]
    result.warnings += made[1]


def _show_of(result: Result, base: Path) -> Dance:
    """What was danced, under the name of its files."""
    from choreo.video.timeline import timeline_of

    return Dance(base.name, result.motions, None if result.plan is None else timeline_of(result.plan))


def _presented(
    dances: Sequence[Dance],
    base: Path,
    formats: Sequence[str],
    look: Look,
    body: Body,
    song: Path | None,
    start: float,
    stage: _Stages,
) -> dict[str, Path]:
    """Write the formats that show all dances at once; files by format."""
    names = shows(formats)
    if not names:
        return {}
    with stage("writing files"):
        lit = look.lights == "stage"
        return present(Show(tuple(dances), body, "" if song is None else str(song), start, lit), base, names)


__all__ = ["Look", "Progress", "Result", "generate", "make_plan", "render_motion", "render_plan"]
