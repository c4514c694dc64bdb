"""What a user decided stays decided: locks, bans, drawn energy and sides, in the plan's file and in every edit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from choreo.cli.app import cli
from choreo.errors import InputError, PlanError, PlanningError
from choreo.options import Choosing, Listening
from choreo.pipeline.plan_options import kept_options, options_of_plan
from choreo.pipeline.song_to_plan import make_plan
from choreo.pipeline.workbench import Workbench
from choreo.planfile import read_plan, write_plan
from choreo.planfile.counts import step_bars
from choreo.planfile.directed import Directed, directed_lines, directed_of
from choreo.planning import Edit
from choreo.types import ChoreographyPlan

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)).map(lambda s: (s[0], s[0] + s[1])), max_size=6)


def bars_of(kept: Directed) -> set[int]:
    return {bar for first, last in kept.locks for bar in range(first, last)}


@given(SPANS, SPANS)
def test_locks_are_sets_of_bars(locked: list[tuple[int, int]], unlocked: list[tuple[int, int]]) -> None:
    kept = Directed().with_locks(locked).without(unlocked)
    wanted = {bar for a, b in locked for bar in range(a, b)} - {bar for a, b in unlocked for bar in range(a, b)}
    assert bars_of(kept) == wanted
    assert all(a[1] < b[0] for a, b in zip(kept.locks, kept.locks[1:], strict=False)), "in order and apart"
    assert directed_of(kept.put_into({"style": "any"})) == kept


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> ChoreographyPlan:
    return make_plan(write_clicks(tmp_path_factory.mktemp("directed") / "clicks.wav", seconds=24))[1]


@pytest.fixture(scope="module")
def bench(plan: ChoreographyPlan) -> Workbench:
    return Workbench.of(plan)


def steps_at(plan: ChoreographyPlan) -> dict[tuple[int, int], tuple[str, bool]]:
    spans = zip(step_bars(plan), plan.steps, strict=True)
    return {span: (step.clip_id, step.mirror) for span, step in spans}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"locks": [[4, 2]]}, "locks"),
        ({"locks": [[0, 4], [2, 6]]}, "locks"),
        ({"locks": [[0, 4000]]}, "bar 3999"),
        ({"locks": "all"}, "array"),
        ({"bans": [""]}, "bans"),
        ({"bans": ["x" * 300]}, "300 characters"),
        ({"drawn": [[3, 1.5]]}, "drawn"),
        ({"drawn": [[3, 0.5], [3, 0.6]]}, "drawn"),
        ({"drawn": [[-1, 0.5]]}, "drawn"),
        ({"wishes": [1]}, "str"),
        ({"asked_style": 5}, "asked_style"),
        ({"asked_style": "x" * 300}, "asked_style"),
    ],
)
def test_a_plan_with_damaged_decisions_is_refused(
    plan: ChoreographyPlan, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    path = tmp_path / "damaged.plan.json"
    write_plan(replace(plan, options={**plan.options, **options}), path)
    with pytest.raises(PlanError, match=words):
        read_plan(path)


def test_locked_bars_stay_in_every_later_edit(plan: ChoreographyPlan, bench: Workbench) -> None:
    spans = step_bars(plan)
    first, last = spans[3]
    locked, _ = bench.edit(plan, Edit(lock=((first, last),), swap=(spans[1][0],)))
    later, notes = bench.edit(locked, Edit(replace=((0, spans[-1][1]),), seed=9))
    assert steps_at(later)[first, last] == steps_at(plan)[first, last]
    assert any("locked" in note for note in notes)
    assert steps_at(later) != steps_at(plan)
    for edit in (Edit(swap=(first,)), Edit(mirror=(first,)), Edit(replace=((first, last),))):
        with pytest.raises(PlanningError, match=f"bar {first} is locked"):
            bench.edit(later, edit)
    free, _ = bench.edit(later, Edit(unlock=((first, last),), mirror=(first,)))
    assert steps_at(free)[first, last][1] is not steps_at(plan)[first, last][1]
    assert "locks" not in free.options


def test_banned_moves_are_danced_nowhere_in_later_edits(plan: ChoreographyPlan, bench: Workbench) -> None:
    name = plan.steps[2].move
    banned, _ = bench.edit(plan, Edit(ban=(name,)))
    for seed in (3, 4):
        later, _ = bench.edit(banned, Edit(replace=((0, step_bars(plan)[-1][1]),), seed=seed))
        assert name not in {step.move for step in later.steps}
    assert directed_lines(later.options) == [f"banned: {name}"]
    free, _ = bench.edit(later, Edit(unban=(name,)))
    assert "bans" not in free.options
    with pytest.raises(InputError, match="no such ban"):
        bench.edit(free, Edit(unban=(name,)))


@pytest.mark.parametrize("side", [True, False])
def test_a_clip_is_pinned_with_its_side(plan: ChoreographyPlan, bench: Workbench, side: bool) -> None:
    first = step_bars(plan)[2][0]
    clip = next(clip for clip in bench.clips(plan) if clip.mirrorable and clip.counts == 4 and clip.role == "move")
    word = "mirrored" if side else "unmirrored"
    pinned, _ = bench.edit(plan, Edit(asked=(f"{first}={clip.clip_id} {word}",)))
    later, _ = bench.edit(pinned, Edit(replace=((0, first), (first + 1, step_bars(plan)[-1][1])), seed=5))
    for made in (pinned, later):
        assert steps_at(made)[first, first + 1] == (clip.clip_id, side)
    again, _ = bench.edit(pinned, Edit(asked=(f"{first}={clip.clip_id}",)))
    assert steps_at(again) == steps_at(pinned), "what is danced already changes nothing"


def test_energy_drawn_by_hand_is_kept_and_let_go(plan: ChoreographyPlan, bench: Workbench) -> None:
    drawn, _ = bench.edit(plan, Edit(drawn=tuple((bar, 0.05) for bar in range(2, 6))))

    def between(made: ChoreographyPlan, first: int, last: int) -> list[float]:
        return [s.energy for (a, b), s in zip(step_bars(made), made.steps, strict=True) if first <= a and b <= last]

    # Energy is that of two bars together: of one that is drawn and one that is not, the mean.
    assert min(between(drawn, 2, 6)) == pytest.approx(0.05)
    assert max(between(drawn, 2, 6)) < min(between(plan, 1, 7)) - 0.2
    assert directed_of(drawn.options).drawn == tuple((bar, 0.05) for bar in range(2, 6))
    free, _ = bench.edit(drawn, Edit(undrawn=((0, 99),)))
    assert "drawn" not in free.options
    assert min(between(free, 1, 7)) == pytest.approx(min(between(plan, 1, 7)), abs=1e-6)


def test_an_edit_weighs_steps_as_they_were_chosen(plan: ChoreographyPlan, bench: Workbench) -> None:
    assert plan.options["style"] != "any", "a style was heard"
    assert any(step.costs.get("style", 0) > 0.1 for step in plan.steps[:-2]), "and others are danced beside it"
    later, _ = bench.edit(plan, Edit(swap=(step_bars(plan)[-1][0],)))
    for old, new in zip(plan.steps[:-2], later.steps[:-2], strict=True):
        assert new.costs == pytest.approx(old.costs), old.name


def test_a_style_that_is_asked_for_is_asked_for_in_edits(plan: ChoreographyPlan) -> None:
    assert "asked_style" not in plan.options
    asked = kept_options(Listening(), Choosing(style="disco"))
    for options, style in ((plan.options, None), ({**plan.options, **asked}, "disco")):
        assert options_of_plan(replace(plan, options=options))[1].style == style


def test_one_bench_and_many_give_the_same_plans(plan: ChoreographyPlan, bench: Workbench) -> None:
    edits = [Edit(swap=(3,)), Edit(replace=((4, 6),), seed=2), Edit(drawn=((3, 0.9),)), Edit(mirror=(5,))]
    one = other = plan
    for edit in edits:
        one, _ = bench.edit(one, edit)
        other, _ = Workbench.of(other).edit(other, edit)
        assert one == other


def test_the_command_line_locks_bans_and_lets_go(plan: ChoreographyPlan, tmp_path: Path) -> None:
    path, runner = tmp_path / "song.plan.json", CliRunner()
    write_plan(plan, path)

    def run(*args: str) -> str:
        found = runner.invoke(cli, [*args[:1], str(path), *args[1:]])
        assert found.exit_code == 0, found.output
        return found.output

    said = run("edit", "--lock", "2:4", "--swap", "6", "--ban", plan.steps[-2].move, "--quiet")
    assert "locked: bars 2-3" in said
    assert "locked" in runner.invoke(cli, ["edit", str(path), "--mirror", "3"]).output
    said = run("edit", "--unlock", "2:4", "--unban", plan.steps[-2].move, "--pin", "0=energy 0.2", "--quiet")
    assert "locked" not in said
    assert "wishes: 0=energy 0.2" in said
    assert "wishes" not in run("edit", "--unpin", "0=energy 0.2", "--quiet")
    rows = json.loads(run("show", "--alternatives", "3", "--json"))
    assert rows[0]["danced"]
    assert [row["cost"] for row in rows[1:]] == sorted(row["cost"] for row in rows[1:])
    best = rows[1]
    said = run("edit", "--replace", f"{best['bars'][0]}:{best['until']}", "--with",
               f"{best['clip_id']} {'mirrored' if best['mirror'] else 'unmirrored'}", "--quiet")  # fmt: skip
    made = read_plan(path)
    assert (best["clip_id"], best["mirror"]) in [(step.clip_id, step.mirror) for step in made.steps]
    assert best["clip_id"] in run("show", "--json")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("edit", "--unban", "nothing"), "no such ban; it keeps none"),
        (("edit", "--unpin", "3=spin"), "no such wish; it keeps none"),
        (("edit", "--unlock", "4:2"), "4:2"),
        (("show", "--alternatives", "999"), "the dance has the bars 0 to"),
    ],
)
def test_the_command_line_says_what_cannot_be_let_go_or_danced(
    plan: ChoreographyPlan, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    path = tmp_path / "song.plan.json"
    write_plan(plan, path)
    before = path.read_bytes()
    found = CliRunner().invoke(cli, [words[0], str(path), *words[1:]])
    assert found.exit_code != 0
    assert told in (found.output + str(found.exception))
    assert path.read_bytes() == before
