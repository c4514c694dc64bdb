"""Dances by several planners, and measures of each; for `choreography.py`."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.db import MotionDB, fetch_motions
from choreo.errors import ChoreoError
from choreo.metrics import evaluate, joint_positions, pfc
from choreo.music import analyze_cached, phrases
from choreo.options import Listening
from choreo.planning.beam import SearchResult
from choreo.planning.choreograph import plan, plan_of, prepare
from choreo.planning.motifs import motif_of
from choreo.planning.problem import extend, initial_hypothesis, step_costs
from choreo.planning.tempo import dance_octave
from choreo.planning.wishes import Wishes
from choreo.retrieval import retrieve
from choreo.synthesis import guarantees
from choreo.synthesis import realise as realising
from choreo.synthesis.stitch import perform
from choreo.types import ChoreographyPlan, Clip, MusicAnalysis, PlanStep

OWN = realising.RECORDED_SLOWDOWN


def songs_of(data: Path, count: int | None) -> list[Path]:
    """Every song, or the first `count` of each folder."""
    danced = sorted((data / "choreonet" / "music").glob("*.ogg"))
    others = sorted((data / "songs").glob("*.mp3"))
    return [*danced[:count], *others[:count]]


@cache
def danced_pairs(data: Path) -> Any:
    """Clips of ChoreoNet and the music that they were danced to."""
    return plugins.load("datasets", "choreonet").pairs(data / "choreonet")


@cache
def clips_of(db_path: str) -> list[Clip]:
    """All clips of a database, with their motions."""
    clips = MotionDB.open(db_path).clips()
    fetch_motions(clips)
    return clips


def own_take(data: Path, song: Path) -> str:
    """Name of the take that most clips of a song's own dance were cut from."""
    pairs = danced_pairs(data)
    mine = [one for one in pairs.songs if one.name == song.stem]
    if not mine:
        return ""
    most: str = Counter(pairs.clips[k].name.split("-")[0] for k in mine[0].clips).most_common(1)[0][0]
    return most


def randomly(state: Any, rng: np.random.Generator) -> SearchResult:
    """At each step a random clip of the metre and style that is allowed at its bar."""
    problem, path, bar = state.problem, [], 0
    fits = np.array([state.style is None or state.style in c.styles for c in state.clips])[state.graph.clip]
    roles = np.array([clip.role for clip in state.clips])[state.graph.clip]
    while bar < problem.last:
        may = np.flatnonzero(np.isfinite(problem.unary_cost[bar]) & (roles == "move") & fits)
        may = may if len(may) else np.flatnonzero(np.isfinite(problem.unary_cost[bar]))
        node = int(rng.choice(may))
        path.append((bar, node))
        bar += int(problem.node_bars[node])
    return SearchResult(path, 0.0, 0.0)


def greedily(state: Any, _: np.random.Generator) -> SearchResult:
    """At each step the clip of least cost, with all terms but without looking ahead."""
    problem, bar = state.problem, 0
    hypothesis = initial_hypothesis(problem)
    while bar < problem.last:
        costs = step_costs(problem, hypothesis, bar) / problem.node_bars
        node = int(np.argmin(costs))
        hypothesis = extend(problem, hypothesis, bar, node)
        bar += int(problem.node_bars[node])
    return SearchResult(list(hypothesis.path), 0.0, 0.0)


PLANNERS: dict[str, Callable[..., SearchResult] | None] = {"choreo": None, "greedy": greedily, "random": randomly}


def analysis_of(song: Path, clips: Sequence[Clip]) -> MusicAnalysis:
    """Analysis of a song at the octave of its tempo at which choreo dances it with these clips."""
    analysis = analyze_cached(song)
    octave = dance_octave(analysis.tempo, analysis.metre, clips)
    return analysis if octave == "auto" else analyze_cached(song, Listening(octave=octave))


def planned(analysis: MusicAnalysis, clips: Sequence[Clip], planner: str, style: str | None = None) -> ChoreographyPlan:
    """A plan by one of `PLANNERS`."""
    parts = phrases(analysis)
    found = retrieve(analysis, parts, clips)
    how = PLANNERS[planner]
    if how is None:
        return plan(analysis, parts, clips, found, style=style)
    state = prepare(analysis, parts, clips, found, style=style)
    return plan_of(state, how(state, np.random.default_rng(0)), [], Wishes(), 0)


def danced(data: Path, song: Path) -> tuple[ChoreographyPlan, dict[str, Clip]] | None:
    """The recorded dance of a song as a plan, with its clips."""
    pairs = danced_pairs(data)
    mine = next((one for one in pairs.songs if one.name == song.stem), None)
    if mine is None:
        return None
    steps: list[PlanStep] = []
    for phrase, k in zip(mine.phrases, mine.clips, strict=True):
        clip = pairs.clips[k]
        edges = np.interp(np.linspace(0, 1, clip.counts + 1), np.linspace(0, 1, phrase.counts + 1), phrase.beats)
        if steps and abs(edges[0] - steps[-1].beats[-1]) > 1e-6:
            edges[0] = steps[-1].beats[-1]
        warp = float((clip.beats[-1] - clip.beats[0]) / (edges[-1] - edges[0]))
        steps.append(
            PlanStep(
                clip.clip_id, clip.name, clip.dataset, clip.licence, False, phrase.first_beat, tuple(edges.tolist()),
                phrase.section, warp, {},
            )
        )  # fmt: skip
    choreography = ChoreographyPlan(
        {"name": song.name}, mine.analysis.metre, mine.analysis.tempo, steps[0].beats[0], steps[-1].beats[-1], 0,
        tuple(steps),
    )  # fmt: skip
    return choreography, {clip.clip_id: clip for clip in pairs.clips}


def motif_share(choreography: ChoreographyPlan, analysis: MusicAnalysis, clips: dict[str, Clip]) -> float:
    """Percent of the bars of returning sections that are danced as the first time, endings and entrances left out."""
    parts = phrases(analysis)
    motifs = motif_of(parts)
    at = {round(step.beats[0], 3): step for step in choreography.steps}
    same = []
    for k, tied in enumerate(motifs.tolist()):
        if tied == k:
            continue
        for n in range(0, parts[k].counts, analysis.metre):
            now, then = (at.get(round(float(parts[j].beats[n]), 3)) for j in (k, tied))
            if now is None and then is None:
                continue
            roles = [clips[step.clip_id].role for step in (now, then) if step is not None]
            if "move" in roles and not set(roles) & {"entrance", "ending", "pose"}:
                pair = [None if s is None else clips[s.clip_id].family for s in (now, then)]
                same.append(pair[0] == pair[1])
    return 100 * float(np.mean(same)) if same else float("nan")


def soon_repeated(choreography: ChoreographyPlan, analysis: MusicAnalysis, clips: dict[str, Clip]) -> float:
    """Percent of steps that repeat a family within 8 bars where the form does not ask for it."""
    parts = phrases(analysis)
    motifs = motif_of(parts)
    tied = [(p.beats[0] - 1e-3, p.beats[-1] - 1e-3) for k, p in enumerate(parts) if motifs[k] != k]
    seen: dict[str, int] = {}
    bar, count, again, last = 0, 0, 0, ""
    for one in choreography.steps:
        clip = clips[one.clip_id]
        asked = any(a <= one.beats[0] < b for a, b in tied)
        if clip.role == "move" and not asked:
            count += 1
            again += clip.family != last and bar - seen.get(clip.family, -99) <= 8
        seen[clip.family], last = bar, clip.family
        bar += one.bars(choreography.metre)
    return 100 * again / max(count, 1)


def longest_copy(choreography: ChoreographyPlan, clips: dict[str, Clip]) -> float:
    """Seconds of the longest stretch that follows one recording without a cut."""
    longest = run = 0.0
    before: Clip | None = None
    for one in choreography.steps:
        clip = clips[one.clip_id]
        on = (
            before is not None
            and clip.source_hash
            and clip.source_hash == before.source_hash
            and abs(clip.frames[0] - (before.frames[1] - 1)) <= 1
        )
        seconds = one.beats[-1] - one.beats[0]
        run = run + seconds if on else seconds
        longest, before = max(longest, run), clip
    return longest


def pfc_of_clips(choreography: ChoreographyPlan, clips: dict[str, Clip]) -> float:
    """Mean PFC of the clips of a dance by themselves, each as long as it is danced."""
    own = [pfc(joint_positions(clips[one.clip_id].motion, 30.0), 30.0) for one in choreography.steps]
    return float(np.average(own, weights=[one.beats[-1] - one.beats[0] for one in choreography.steps]))


def measured(
    choreography: ChoreographyPlan, analysis: MusicAnalysis, clips: dict[str, Clip]
) -> dict[str, float | None]:
    """All measures of one dance by name."""
    motion = perform(choreography, clips)
    values = guarantees(motion, choreography, clips)
    report = evaluate(motion, analysis, plan=choreography)
    keys = {m.key for m in report.measures}
    names = ("beat_f1_70ms", "beat_z", "beat_shift_z", "beat_lag", "energy_correlation", "pfc", "foot_skate_lodge")
    return {
        **{name: report[name] for name in names if name in keys},
        "slide": 100 * values["contact_slide_p95"],
        "seam_acceleration": values["seam_acceleration"],
        "motif": motif_share(choreography, analysis, clips),
        "again": soon_repeated(choreography, analysis, clips),
        "copy": longest_copy(choreography, clips),
        "pfc_clips": pfc_of_clips(choreography, clips),
    }


def one_song(job: tuple[str, str, str, str, str]) -> tuple[str, str, str, dict[str, Any]]:
    """Song, database, planner, and measures of the dance; when choreo refuses, the message as ``refused``."""
    data, song, db_path, database, planner = job
    try:
        if planner == "danced":
            found = danced(Path(data), Path(song))
            if found is None:
                return song, database, planner, {}
            realising.RECORDED_SLOWDOWN = 0.0  # as it was danced
            numbers = measured(found[0], analysis_of(Path(song), clips_of(db_path)), found[1])
            realising.RECORDED_SLOWDOWN = OWN
            return song, database, planner, numbers
        clips = clips_of(db_path)
        if database != "starter":
            own = own_take(Path(data), Path(song))
            clips = [c for c in clips if c.dataset == "choreonet" and not (own and c.name.split("-")[0] == own)]
        else:
            clips = [c for c in clips if c.dataset == "starter"]
        analysis = analysis_of(Path(song), clips)
        choreography = planned(analysis, clips, planner)
        by_id = {clip.clip_id: clip for clip in clips}
        return song, database, planner, measured(choreography, analysis, by_id)
    except ChoreoError as error:
        return song, database, planner, {"refused": error.message}


def runs(data: Path, db_path: str, count: int | None, planners: Sequence[str], databases: Sequence[str]) -> list[Any]:
    """Every song with every database and planner."""
    jobs = [
        (str(data), str(song), db_path, database, planner)
        for song in songs_of(data, count)
        for database in databases
        for planner in (*planners, *(["danced"] if database == "choreonet" else []))
    ]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(one_song, jobs))


def summary(found: Sequence[Any]) -> dict[tuple[str, str], dict[str, list[float]]]:
    """Values by database and planner."""
    out: dict[tuple[str, str], dict[str, list[float]]] = {}
    for _, database, planner, values in found:
        row = out.setdefault((database, planner), {})
        for name, value in values.items():
            if name != "refused" and value is not None and np.isfinite(value):
                row.setdefault(name, []).append(value)
    return out
