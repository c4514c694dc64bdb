from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dance_support import song, sway_clip

from choreo.errors import InputError, PlanError, PlanningError
from choreo.music import phrases
from choreo.planfile import plan_table, read_plan, step_bars, write_plan
from choreo.planning import Weights, Wishes, plan
from choreo.planning.graph import build_graph, largest_component
from choreo.planning.motifs import motif_of
from choreo.retrieval import retrieve
from choreo.types import ChoreographyPlan, Clip, MusicAnalysis


def make(music: MusicAnalysis, clips: list[Clip], **options: Any) -> ChoreographyPlan:
    parts = phrases(music)
    return plan(music, parts, clips, retrieve(music, parts, clips), **options)


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    names = "abcdefgh"
    moves = [
        sway_clip(n, size=0.2 + 0.05 * k, energy=0.2 + 0.1 * k, styles=("pop",) if k % 2 else ("hiphop",))
        for k, n in enumerate(names)
    ]
    ends = [sway_clip("bow", counts=4, role="ending"), sway_clip("walk", role="entrance")]
    return [*moves, *ends, sway_clip("waltz", metre=3, counts=6, styles=("waltz",))]


def test_steps_cover_the_song_on_its_beats_without_gaps(clips: list[Clip]) -> None:
    music = song(32.3, first=0.7)
    sheet = make(music, clips)
    assert sheet.steps[0].beats[0] <= 0
    assert sheet.steps[-1].beats[-1] >= 32.3 - 0.06
    for a, b in zip(sheet.steps, sheet.steps[1:], strict=False):
        assert a.beats[-1] == pytest.approx(b.beats[0], abs=1e-9)
    danced = {round(t, 6) for step in sheet.steps for t in step.beats}
    assert {round(float(t), 6) for t in music.beats[:60]} <= danced


def test_roles_are_kept(clips: list[Clip]) -> None:
    steps = make(song(40.0), clips).steps
    assert all(step.name != "walk" for step in steps[1:])
    assert all(step.name != "bow" for step in steps[:-1])
    assert all(step.name != "waltz" for step in steps)


def test_entrances_and_endings_fill_no_bar_that_no_wish_gives_them(clips: list[Clip]) -> None:
    # Between the last two of these lie three bars: a move and either the bow, which fits better, or the tick.
    pins = ((4, "a"), (6, "d"), (9, "c"))
    pool = [*clips, sway_clip("tick", counts=4, size=1.5, energy=1.0, styles=("waltz",))]
    steps = make(song(40.0), pool, wishes=Wishes(pins=pins), weights=Weights(role=0.01)).steps
    assert "tick" in {step.name for step in steps}
    assert "walk" not in {step.name for step in steps[1:]}
    assert "bow" not in {step.name for step in steps[:-1]}
    asked = [step.name for step in make(song(40.0), pool, wishes=Wishes(pins=((4, "walk"), (6, "bow")))).steps]
    assert {"walk", "bow"} <= {*asked[1:-1]}


def test_repeated_music_is_danced_with_the_same_motif(clips: list[Clip]) -> None:
    music = song(64.0, form="ABAB")
    parts = phrases(music)
    ties = motif_of(parts)
    returning = [k for k in range(len(parts)) if ties[k] != k]
    assert len(returning) >= len(parts) // 3
    at = {round(step.beats[0], 3): step.name for step in make(music, clips).steps}
    danced = [
        (at.get(round(float(parts[k].beats[0]), 3)), at.get(round(float(parts[ties[k]].beats[0]), 3)))
        for k in returning
    ]
    moves = [(now, then) for now, then in danced if now not in ("bow", None) and then not in ("walk", None)]
    assert np.mean([now == then for now, then in moves]) >= 0.9


def test_no_move_comes_back_soon_where_no_motif_asks_for_it(clips: list[Clip]) -> None:
    made = make(song(48.0, form="ABC"), clips)
    begins = [first for first, _ in step_bars(made)]
    for k, step in enumerate(made.steps):
        for j in range(k + 2, len(made.steps)):  # twice in a row is another cost
            assert begins[j] - begins[k] > 4 or made.steps[j].name != step.name


def test_the_style_asked_for_is_danced(clips: list[Clip]) -> None:
    styled = {step.name for step in make(song(32.0), clips, style="hiphop").steps}
    assert styled <= {"a", "c", "e", "g", "bow", "walk"}


def test_an_unknown_style_suggests_near_ones(clips: list[Clip]) -> None:
    with pytest.raises(InputError, match=r"Did you mean 'hiphop'"):
        make(song(8.0), clips, style="hip-hop")


def test_seeds_repeat_and_differ(clips: list[Clip]) -> None:
    sheets = [make(song(48.0), clips, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert sheets[0] == sheets[1]
    assert len({tuple((s.name, s.mirror) for s in sheet.steps) for sheet in sheets}) > 1


def test_energy_is_followed(clips: list[Clip]) -> None:
    quiet, loud = (make(song(32.0, energy=e), clips, style="pop").steps for e in (0.1, 0.9))
    energies = {clip.name: clip.energy for clip in clips}
    assert np.mean([energies[s.name] for s in loud]) > np.mean([energies[s.name] for s in quiet]) + 0.1


@pytest.mark.parametrize("seconds", [1.0, 3.0, 9.7])
def test_short_songs_and_one_clip(seconds: float) -> None:
    sheet = make(song(seconds), [sway_clip("only")])
    assert {step.name for step in sheet.steps} == {"only"}
    assert sheet.steps[-1].beats[-1] >= seconds - 0.06


def test_no_clip_in_the_metre(clips: list[Clip]) -> None:
    with pytest.raises(PlanningError, match=r"3 beats a bar.*\[4\]"):
        make(song(16.0, metre=3), [clip for clip in clips if clip.metre == 4])


def test_the_graph_has_a_node_for_each_side_and_cyclic_clips_go_on_best_as_themselves(clips: list[Clip]) -> None:
    graph = build_graph(clips[:3], Weights())
    assert graph.clip.tolist() == [0, 0, 1, 1, 2, 2]
    assert graph.mirrored.tolist() == [False, True] * 3
    assert graph.transition_cost.argmin(axis=1).tolist() == list(range(6))
    assert graph.smooth().diagonal().all()
    network = graph.to_networkx(clips)
    assert network.nodes[1].items() >= {"clip": "test-a", "name": "a", "mirror": True, "core": True}.items()


def test_a_clip_that_goes_on_in_its_recording_costs_nothing() -> None:
    cuts = {
        "first": ("take", (0, 241)),
        "next": ("take", (240, 481)),
        "later": ("take", (480, 721)),
        "other": ("", (240, 481)),
    }
    clips = [replace(sway_clip(n, size=0.2 + 0.1 * len(n)), source_hash=h, frames=f) for n, (h, f) in cuts.items()]
    graph = build_graph(clips, Weights())
    pairs = {(int(graph.clip[a]), int(graph.clip[b])) for a, b in np.argwhere(graph.continues)}
    assert pairs == {(0, 1), (1, 2)}
    assert graph.continues.sum() == 4  # both as danced, or both mirrored
    assert (graph.transition_cost[graph.continues] == 0).all()
    assert (graph.mirrored[:, None] == graph.mirrored)[graph.continues].all()


def test_plans_round_trip_with_the_same_bytes(clips: list[Clip], tmp_path: Path) -> None:
    sheet = make(song(20.0), clips)
    write_plan(sheet, tmp_path / "a.json")
    again = read_plan(tmp_path / "a.json")
    write_plan(again, tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert [s.clip_id for s in again.steps] == [s.clip_id for s in sheet.steps]
    table = plan_table(again)
    assert all(step.name in table for step in sheet.steps)


SPOILS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "newer": (lambda d: d.update(schema=99), "schema 99"),
    "no steps": (lambda d: d.update(steps=[]), "at least one step"),
    "gap": (lambda d: d["steps"].pop(1), "must begin where"),
    "backwards": (lambda d: d["steps"][0].update(beats=[2.0, 1.0]), "rising"),
    "missing": (lambda d: d.pop("seed"), "missing required field 'seed'"),
    "type": (lambda d: d.update(start="soon"), r"\$\.start"),
    "list": (lambda d: d.update(song=[1]), "damaged"),
}


@pytest.mark.parametrize("kind", SPOILS)
def test_damaged_plans_say_what_is_wrong(kind: str, clips: list[Clip], tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(make(song(20.0), clips), path)
    data = json.loads(path.read_text())
    spoil, message = SPOILS[kind]
    spoil(data)
    path.write_text(json.dumps(data))
    with pytest.raises(PlanError, match=message):
        read_plan(path)


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", '{"schema": "1"}'])
def test_other_files_are_no_plans(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(PlanError, match=r"x\.json.*not a plan"):
        read_plan(tmp_path / "x.json")


def test_the_largest_component_is_that_of_scipy() -> None:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    rng = np.random.default_rng(4)
    for size in [1, 2, 3, *range(4, 40)]:
        for density in (0.0, 0.5 / size, 1.5 / size, 4 / size, 1.0):
            edges = rng.random((size, size)) < density
            _, label = connected_components(csr_matrix(edges), connection="strong")
            assert (largest_component(edges) == (label == np.bincount(label).argmax())).all()
