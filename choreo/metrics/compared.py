"""Measures of a dance against its music's structure, against what it may copy, and against real dances."""

from __future__ import annotations

import numpy as np

from choreo.metrics import distance, structure, verbatim
from choreo.metrics.dance import EvaluatedDance
from choreo.metrics.measured import MeasuresAndPlots
from choreo.metrics.reference import FPS, joint_positions
from choreo.metrics.report import Measure, measure
from choreo.metrics.rows import feature_rows
from choreo.types import Doubles, Ints


def _bars(dance: EvaluatedDance) -> tuple[Ints, Ints, Doubles]:
    """First beat's index and beats ``(N,)``, begin and end in seconds of the song ``(N, 2)``, of bars danced whole."""
    from choreo.music.bars import whole_bars
    from choreo.music.energy import beat_edges

    analysis = dance.analysis
    if len(analysis.beats) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2))
    starts, metres = whole_bars(analysis.track)
    edges = beat_edges(analysis.beats)
    spans = np.stack([edges[starts], edges[starts + metres]], axis=1)
    danced = (spans[:, 0] >= dance.start - 0.1) & (spans[:, 1] <= dance.end + 0.1)
    return starts[danced], metres[danced], spans[danced]


def form_of(dance: EvaluatedDance) -> MeasuresAndPlots:
    """Energy and repetition by bar, against those of the music."""
    from choreo.music.energy import BeatFeatures
    from choreo.music.similarity import bar_similarity

    analysis = dance.analysis
    starts, metres, spans = _bars(dance)
    sound = BeatFeatures(analysis.loudness, analysis.onsets, analysis.energy, analysis.chroma, analysis.timbre)
    music = bar_similarity(sound, starts, metres)
    motion = structure.bar_distances(dance.positions, FPS, spans - dance.start)
    repeats = structure.repetition(motion, music)
    music_energy = np.array([analysis.energy[a : a + n].mean() for a, n in zip(starts, metres, strict=True)])
    motion_energy = structure.bar_energy(dance.positions, FPS, spans - dance.start)
    few = (
        f"{len(starts)} whole bars are danced, want {structure.LEAST_BARS}"
        if len(starts) < structure.LEAST_BARS
        else ""
    )
    even = few or "music or dance is of one energy throughout"
    plots = {"heard": music, "seen": motion, "loud": music_energy, "strong": motion_energy, "bars": spans}
    return [
        measure("energy_correlation", "form", "energy of dance and music, by bar",
                structure.energy_correlation(motion_energy, music_energy), even, chance=0.0, good="0.6 and more"),
        measure("repetition_shared", "form", "same music danced more alike", repeats.shared,
                few or "no two bars have the same music, or all have", chance=0.5, good="towards 1",
                note=f"{repeats.pairs} pairs of bars with the same music"),
        measure("repetition_correlation", "form", "self-similarity, dance and music", repeats.correlation,
                few or "all bars are alike", chance=0.0),
        measure("repetition_z", "form", "its z above bars moved round", repeats.z, few or "nothing varies", chance=0.0),
    ], plots  # fmt: skip


def copies_of(dance: EvaluatedDance) -> MeasuresAndPlots:
    """Stretches copied from the reference and repeated within the dance."""
    own = verbatim.self_copies(dance.positions, FPS)
    lacking, theirs = "no --reference to copy from", None
    if dance.reference is not None:
        theirs = verbatim.copies(dance.positions, dance.reference.positions, FPS)
    nan = float("nan")
    groups = {dance.reference.groups[run.source] for run in theirs.runs} if theirs and dance.reference else set()
    plots = {"own_runs": own.runs, "runs": theirs.runs if theirs else ()}
    return [
        measure("copy_rate", "copies", "danced as in the reference", 100 * theirs.rate if theirs else nan, lacking,
                unit="%", note=f"runs of {verbatim.LEAST_SECONDS:g} s and more"),
        measure("copy_longest", "copies", "longest verbatim run", theirs.longest if theirs else nan, lacking, unit="s"),
        measure("copy_sources", "copies", "motions copied from", theirs.sources if theirs else nan, lacking,
                note=f"of {len(groups)} recordings"),
        measure("self_copy_rate", "copies", "repeats its own earlier dance", 100 * own.rate, unit="%"),
        measure("self_copy_longest", "copies", "longest such run", own.longest, unit="s"),
    ], plots  # fmt: skip


def distances_of(dance: EvaluatedDance, window: float | None) -> MeasuresAndPlots:
    """FID and diversity, against those of the reference."""
    reference, protocol = dance.reference, dance.protocol
    kinds = (("k", "kinetic"), ("g", "geometric"))
    if reference is None:
        return [_without_value(part, "no --reference of real dances") for kind in kinds for part in _parts(*kind)], {}
    cut = window if window or protocol.published else reference.window
    theirs = [each[:: round(FPS / protocol.fps)] for each in reference.positions]
    *ours, _ = feature_rows([joint_positions(dance.motion, protocol.fps)], protocol, cut)
    *real, of = feature_rows(theirs, protocol, cut)
    groups = np.array(reference.groups, np.int64)[of]
    size = f"windows of {cut:.1f} s" if cut else "whole motions"
    found = []
    for rows, others, kind in zip(ours, real, kinds, strict=True):
        fid, halves, diverse = _parts(*kind)
        if min(len(rows), len(others)) < distance.LEAST:
            few = f"{len(rows)} {size} of the dance and {len(others)} of the reference, want 2 of each"
            few += "" if cut else "; --window cuts them"
            found += [_without_value(part, few) for part in (fid, halves, diverse)]
            continue
        known = np.asarray(np.isfinite(rows).all(axis=0) & np.isfinite(others).all(axis=0))
        some = "" if known.all() else f"; {known.sum()} of {len(known)} features, of joints that both have"
        rows, others = rows[:, known], others[:, known]
        result = distance.distances(rows, others, groups=groups, published=protocol.published, seed=dance.seed)
        alike = f"reference against itself at this size: {result.matched.low:.1f} to {result.matched.high:.1f}"
        counts = f"{result.rows} {size} of the dance, {result.reference_rows} of the reference{some}"
        found += [
            measure(*fid, result.fid.value, "", real=result.matched.value, low=result.fid.low, high=result.fid.high,
                    good=alike if np.isfinite(result.matched.low) else "", note=counts),
            measure(*halves, result.halves.value, "too few recordings", low=result.halves.low, high=result.halves.high),
            measure(*diverse, result.diversity, "", real=result.reference_diversity, good="near real dance's"),
        ]  # fmt: skip
    return found, {}


def _parts(letter: str, kind: str) -> tuple[tuple[str, str, str], ...]:
    """Key, group and label of FID, of its baseline and of diversity."""
    return (
        (f"fid_{letter}", "reference", f"FID, {kind}"),
        (f"fid_{letter}_halves", "reference", f"FID of the reference's halves, {kind}"),
        (f"div_{letter}", "reference", f"diversity, {kind}"),
    )


def _without_value(part: tuple[str, str, str], why: str) -> Measure:
    return measure(*part, float("nan"), why)
