"""What a user's program looks like: it must pass ``mypy --strict``, see ``test_typing.py``. It is not run."""

from __future__ import annotations

from pathlib import Path

import choreo
from choreo import (
    Choosing,
    Edit,
    Listening,
    Look,
    MotionDB,
    Result,
    Troupe,
    Wishes,
    analyze,
    edit_plan,
    generate,
    make_plan,
    perform,
    phrases,
    plan,
    read_plan,
    render_plan,
    retrieve,
    write_plan,
)
from choreo.db import default_location, ensure_starter
from choreo.errors import ChoreoError
from choreo.metrics import beat_scores, evaluate, joint_positions, motion_beats, pfc
from choreo.pipeline import perform_plan
from choreo.protocols import Exporter
from choreo.types import Body, ChoreographyPlan, Clip, Motion, MusicAnalysis


def dance(song: Path) -> Path:
    """Everything in one call, with all option objects."""

    def told(stage: str, done: float) -> None:
        print(f"{stage}: {done:.0%}")

    result: Result = generate(
        song,
        output="out",
        formats=("mp4", "bvh", "plan"),
        listening=Listening(start=10.0, duration=20, bpm=128, metre=4, octave="auto"),
        choosing=Choosing(style="disco", seed=7, datasets=("starter",), licence="commercial"),
        wishes=Wishes(variety=0.8, pins=((0, "walk-in"),), bans=("robot",)),
        look=Look(width=640, height=360, camera="director", titles=True),
        troupe=Troupe(3, "V", "mirror"),
        progress=told,
    )
    assert result.plan is not None
    assert result.motion is not None
    assert result.analysis is not None
    tempo: float = result.plan.tempo
    names: list[str] = [step.name for step in result.plan.steps]
    seconds: float = sum(result.seconds.values())
    print(tempo, names, seconds, len(result.motions), result.motion.duration, result.warnings)
    return result.files["mp4"]


def by_hand(song: str) -> tuple[ChoreographyPlan, Motion]:
    """Stage by stage."""
    analysis: MusicAnalysis = analyze(song, Listening(bpm=120))
    parts = phrases(analysis)
    database: MotionDB = ensure_starter(default_location())
    clips: list[Clip] = database.clips()
    made = plan(analysis, parts, clips, retrieve(analysis, parts, clips), seed=7, wishes=Wishes(variety=1.0))
    write_plan(made, "song.plan.json")
    return read_plan("song.plan.json"), perform(made, {clip.clip_id: clip for clip in clips})


def changed(song: str) -> dict[str, float]:
    """Plan, change and measure without a file."""
    _, made, used = make_plan(song, choosing=Choosing(seed=1))
    made, notes = edit_plan(made, Edit(replace=((2, 4),), moves=("moonwalk",)))
    performance = perform_plan(made, used)
    again = render_plan("song.plan.json", formats=("bvh",), troupe=Troupe(2))
    print(notes, again.files, choreo.__version__)
    return {} if performance.plan is None else dict(performance.plan.guarantees)


def measured(motion: Motion, analysis: MusicAnalysis) -> float:
    """Numbers of a dance."""
    positions = joint_positions(motion)
    scores = beat_scores(motion_beats(positions, 60), analysis.beats, start=0, end=motion.duration)
    report = evaluate(motion, analysis)
    print(scores.far.f1, scores.lag, [(each.label, each.value) for each in report.measures])
    return pfc(joint_positions(motion, 30))


class PathExporter:
    """A plugin: it has what its protocol asks for."""

    name = "path"
    description = "The root's path"
    suffix = ".csv"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write `path`."""
        path.write_text("\n".join(f"{x},{y},{z}" for x, y, z in motion.translation.tolist()))


exporter: Exporter = PathExporter()

if __name__ == "__main__":
    try:
        dance(Path("song.mp3"))
    except ChoreoError as error:
        print(error.message)
