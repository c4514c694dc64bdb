"""An excerpt is a slice: planned, moved, filmed and numbered as that part of the whole dance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo import planning
from choreo.cli.app import run
from choreo.errors import InputError, PlanError
from choreo.motion.repair import sliced
from choreo.options import Choosing, Listening
from choreo.pipeline import edit_plan, make_plan, render_plan
from choreo.pipeline import generate as make_dance
from choreo.pipeline.plan_to_dance import perform_plan
from choreo.pipeline.preview import preview
from choreo.planfile import plan_table, plan_to_dict, read_plan, sliced_plan, step_bars, whole_plan, write_plan
from choreo.planfile.counts import first_counts
from choreo.planfile.slices import bar_seconds, part_of_plan
from choreo.planfile.troupe import Troupe
from choreo.planning import Edit
from choreo.planning.wishes import Wishes
from choreo.synthesis import guarantees, perform
from choreo.synthesis.ensemble import cast_plan
from choreo.synthesis.stitch import part_frames
from choreo.types import ChoreographyPlan, Clip, Motion, MusicAnalysis, PlanStep
from choreo.video.look import Look

Planned = tuple[ChoreographyPlan, Mapping[str, Clip]]
TINY = Look(width=64, height=36, fps=10, body="stick")


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=40, bpm=112)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "slow.wav", seconds=33.3, bpm=87)


@pytest.fixture(scope="module")
def slow_whole(slow: Path, database: str) -> ChoreographyPlan:
    return make_plan(slow, choosing=Choosing(db=database, seed=5))[1]


@pytest.fixture(scope="module")
def whole(clicks: Path, database: str) -> Planned:
    _, plan, clips = make_plan(clicks, choosing=Choosing(db=database, seed=2))
    return plan, clips


@pytest.fixture(scope="module")
def danced(whole: Planned) -> Motion:
    return perform(*whole)


def counted(*counts: int, metre: int = 4, start: float = 0.0) -> ChoreographyPlan:
    """A plan of steps that have so many counts, half a second each."""
    at, steps = 0, []
    for number, count in enumerate(counts):
        beats = tuple(start + 0.5 * (at + k) for k in range(count + 1))
        section = "AB"[number // 3 % 2]
        steps.append(PlanStep(f"id{number}", f"m{number}", "mine", "CC0-1.0", False, at, beats, section, 1.0, {}))
        at += count
    return ChoreographyPlan({"name": "s"}, metre, 120.0, start + 0.2, start + 0.5 * at, 0, tuple(steps))


plans = st.builds(
    lambda counts, metre, start: counted(*counts, metre=metre, start=start),
    st.lists(st.integers(1, 12), min_size=1, max_size=9),
    st.sampled_from([3, 4]),
    st.sampled_from([0.0, 3.7]),
)


@settings(max_examples=80, deadline=None)
@given(plan=plans, ends=st.tuples(st.floats(0, 1), st.floats(0, 1)), again=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_slice_is_a_part_of_its_whole(
    plan: ChoreographyPlan, ends: tuple[float, float], again: tuple[float, float]
) -> None:
    length = plan.end - plan.start
    start, end = (plan.start + length * share for share in sorted(ends))
    if end - start < 0.01:
        return
    part = sliced_plan(plan, start, end)
    overlapping = [step for step in plan.steps if step.beats[-1] > part.start and step.beats[0] < part.end]
    assert list(part.steps) == overlapping
    assert part.start == pytest.approx(start, abs=1e-6)
    assert part.end == pytest.approx(end, abs=1e-6)
    assert whole_plan(part) == plan
    first = plan.steps.index(part.steps[0])
    assert step_bars(part) == step_bars(plan)[first : first + len(part.steps)]
    assert first_counts(part) == first_counts(plan)[first : first + len(part.steps)]
    start, end = (plan.start + length * share for share in sorted(again))
    if end - start > 0.01:
        assert sliced_plan(part, start, end) == sliced_plan(plan, start, end)


@settings(max_examples=60, deadline=None)
@given(plan=plans, numbers=st.tuples(st.integers(0, 30), st.integers(1, 30)))
def test_bars_are_those_of_the_table(plan: ChoreographyPlan, numbers: tuple[int, int]) -> None:
    first, last = numbers[0], sum(numbers)
    borders = [
        (bar + k, step.beats[k * plan.metre])
        for step, (bar, past) in zip(plan.steps, step_bars(plan), strict=True)
        for k in range(past - bar)
    ]
    times = dict(borders) | {step_bars(plan)[-1][1]: plan.steps[-1].beats[-1]}
    if last not in times:
        with pytest.raises(InputError, match="the dance has the bars 0 to"):
            bar_seconds(plan, first, last)
        return
    assert bar_seconds(plan, first, last) == (max(times[first], plan.start), times[last])
    part = part_of_plan(plan, bars=(first, last))
    assert step_bars(part)[0][0] <= first < step_bars(part)[0][1]
    assert step_bars(part)[-1][0] < last <= step_bars(part)[-1][1]


PARTS = [(0.0, 9.0), (12.5, 14.0), (21.37, 6.2), (30.0, 100.0), (3.0, 1.0)]


@pytest.mark.parametrize(("start", "duration"), PARTS)
def test_what_is_planned_for_a_part_is_the_slice(
    start: float, duration: float, clicks: Path, whole: Planned, database: str
) -> None:
    listening = Listening(start=start, duration=duration)
    _, part, clips = make_plan(clicks, listening=listening, choosing=Choosing(db=database, seed=2))
    assert part == sliced_plan(whole[0], start, start + duration)
    assert part.around is not None
    assert {step.clip_id for step in whole[0].steps} == set(clips)


def test_so_it_is_in_another_song(slow: Path, slow_whole: ChoreographyPlan, database: str) -> None:
    choosing = Choosing(db=database, seed=5)
    _, by_seconds, _ = make_plan(slow, listening=Listening(start=10.2, duration=9.9), choosing=choosing)
    assert by_seconds == sliced_plan(slow_whole, 10.2, 20.1)
    _, by_bars, _ = make_plan(slow, choosing=choosing, bars=(3, 6))
    assert by_bars == part_of_plan(slow_whole, bars=(3, 6))


def test_wishes_of_a_part_are_of_the_whole(clicks: Path, database: str) -> None:
    wishes, choosing = Wishes(asked=("10=moonwalk", "0:30=freeze")), Choosing(db=database)
    _, plan, _ = make_plan(clicks, choosing=choosing, wishes=wishes)
    _, part, _ = make_plan(clicks, choosing=choosing, wishes=wishes, bars=(9, 13))
    assert part == part_of_plan(plan, bars=(9, 13))
    names = {bar: step.name for step, (bar, _) in zip(part.steps, step_bars(part), strict=True)}
    assert names[10].startswith("moonwalk")


def test_a_song_is_planned_once(clicks: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, plan_it = list[float](), planning.plans

    def counted(analysis: MusicAnalysis, *given: Any, **more: Any) -> list[ChoreographyPlan]:
        made.append(analysis.duration)
        return plan_it(analysis, *given, **more)

    monkeypatch.setattr("choreo.pipeline.song_to_plan.plans", counted)
    make_plan(clicks, choosing=Choosing(db=database), bars=(4, 8))
    assert made == [pytest.approx(40)]


@pytest.mark.parametrize(("start", "duration"), PARTS)
def test_a_slice_has_the_frames_of_the_whole(start: float, duration: float, whole: Planned, danced: Motion) -> None:
    part = sliced_plan(whole[0], start, start + duration)
    first, last = part_frames(part)
    assert first == round(60 * start)
    assert last == min(round(60 * (start + duration)), len(danced) - 1) + 1
    shown = perform(part, whole[1])
    assert np.array_equal(shown.rotations, danced.rotations[first:last])
    assert np.array_equal(shown.translation, danced.translation[first:last])


def test_a_slice_is_performed_and_measured(whole: Planned, danced: Motion) -> None:
    part = sliced_plan(whole[0], 12.0, 15.0)
    performance = perform_plan(part, whole[1], best_effort=True, until=16.0)
    assert np.array_equal(performance.motions[0].rotations, danced.rotations[720:901])
    assert len(performance.whole[0]) == 961
    assert performance.plan is not None
    assert performance.plan.steps == part.steps
    assert performance.plan.guarantees == guarantees(sliced(danced, 720, 901), part, whole[1])
    assert performance.begin == 12.0


@pytest.mark.parametrize("troupe", [Troupe(dancers=3, unison="canon:1"), Troupe(dancers=2, unison="mirror")])
def test_several_dance_a_slice_as_the_whole(troupe: Troupe, whole: Planned) -> None:
    plan = cast_plan(whole[0], troupe)
    all_of_it = perform_plan(plan, whole[1], measured=False)
    part = perform_plan(sliced_plan(plan, 11.0, 15.0), whole[1], measured=False)
    assert part.ensemble.guarantees == all_of_it.ensemble.guarantees
    for own, theirs in zip(part.motions, all_of_it.motions, strict=True):
        expected = sliced(theirs, 660, 901)
        assert np.array_equal(own.rotations, expected.rotations)
        assert np.array_equal(own.translation, expected.translation)


def test_a_canon_fits_a_short_part_of_a_long_dance(whole: Planned) -> None:
    part = sliced_plan(whole[0], 11.0, 12.0)
    assert cast_plan(part, Troupe(dancers=3, unison="canon:2")).options["unison"] == "canon:2"


def test_edits_of_a_slice_are_those_of_the_whole(whole: Planned, database: str) -> None:
    part = sliced_plan(whole[0], 12.0, 24.0)
    bar = step_bars(part)[1][0]
    for edit in (Edit(swap=(bar,)), Edit(mirror=(bar,)), Edit(replace=((bar, bar + 2),), seed=7)):
        changed, notes = edit_plan(part, edit, db=database)
        expected, same_notes = edit_plan(whole[0], edit, db=database)
        assert changed == sliced_plan(expected, 12.0, 24.0)
        assert notes == same_notes
        assert (changed.start, changed.end) == (12.0, 24.0)
        assert changed.steps != part.steps


def test_a_slice_is_read_as_it_was_written(whole: Planned, tmp_path: Path) -> None:
    part = sliced_plan(whole[0], 12.3456789, 20.0)
    write_plan(part, tmp_path / "part.json")
    back = read_plan(tmp_path / "part.json")
    assert back.around is not None
    assert (back.start, back.around.end) == (12.345679, whole[0].end)
    assert [step.beats for step in whole_plan(back).steps] == [step.beats for step in whole[0].steps]
    assert "around" not in plan_to_dict(whole[0])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda around: around.update(start=13.0), "expected a part of the dance around it"),
        (lambda around: around.update(end=19.0), "expected a part of the dance around it"),
        (lambda around: around.update(end=1e9), "expected at most"),
        (lambda around: around["before"].pop(), "must begin where step"),
        (lambda around: around["after"].pop(0), "must begin where step"),
        (lambda around: around["before"][0].update(metre=99), "its metre"),
        (lambda around: around.update(before=3), "around.before"),
    ],
)
def test_a_damaged_slice(damage: Any, words: str, whole: Planned, tmp_path: Path) -> None:
    path = tmp_path / "part.json"
    write_plan(sliced_plan(whole[0], 12.0, 20.0), path)
    values = json.loads(path.read_text())
    damage(values["around"])
    path.write_text(json.dumps(values))
    with pytest.raises(PlanError, match=words):
        read_plan(path)


def test_the_table_of_a_slice_has_the_rows_of_the_whole(whole: Planned) -> None:
    part = sliced_plan(whole[0], 12.0, 20.0)
    rows = [line for line in plan_table(part).splitlines() if line.lstrip()[:1].isdigit() and " tempo" not in line]
    table = [line.split() for line in plan_table(whole[0]).splitlines()]
    assert "0:12.0 to 0:20.0 of a dance from 0:00.0" in plan_table(part)
    assert all(row.split() in table for row in rows[1:])


def test_pictures_of_a_part_are_those_of_the_whole(clicks: Path, whole: Planned, database: str, tmp_path: Path) -> None:
    path = tmp_path / "clicks.plan.json"
    write_plan(whole[0], path)
    choosing = Choosing(db=database, seed=2)
    given: dict[str, Any] = {"formats": ("png", "bvh", "plan"), "look": TINY}
    stills = render_plan(path, formats=("png",), look=TINY, output=tmp_path / "all", db=database).files["png"]
    pictures = [still.read_bytes() for still in sorted(stills.iterdir())]
    made = make_dance(
        clicks, listening=Listening(start=20.0, duration=1.5), choosing=choosing, output=tmp_path / "made", **given
    )
    drawn = render_plan(path, start=20.0, duration=1.5, output=tmp_path / "drawn", db=database, **given)
    again = render_plan(made.files["plan"], output=tmp_path / "again", db=database, **given)
    for result in (made, drawn, again):
        shown = [still.read_bytes() for still in sorted(result.files["png"].iterdir())]
        assert shown == pictures[200:216]
        assert result.files["bvh"].read_bytes() == made.files["bvh"].read_bytes()
        assert read_plan(result.files["plan"]).steps == read_plan(made.files["plan"]).steps
    elsewhere = render_plan(
        made.files["plan"], start=5.0, duration=0.5, output=tmp_path / "else", db=database, formats=("png",), look=TINY
    )
    assert [still.read_bytes() for still in sorted(elsewhere.files["png"].iterdir())] == pictures[50:56]


def test_previews_of_parts(clicks: Path, whole: Planned, database: str, tmp_path: Path) -> None:
    path, choosing = tmp_path / "clicks.plan.json", Choosing(db=database, seed=2)
    write_plan(whole[0], path)
    look = replace(TINY, body="builtin")
    listening = Listening(start=20.0, duration=1.5)
    ways = [
        preview(clicks, listening=listening, choosing=choosing, look=look, output=tmp_path / "a.mp4"),
        preview(path, start=20.0, duration=1.5, choosing=choosing, look=look, output=tmp_path / "b.mp4"),
        preview(tmp_path / "a.plan.json", choosing=choosing, look=look, output=tmp_path / "c.mp4"),
    ]
    films = [way.files["mp4"].read_bytes() for way in ways]
    assert films[0] == films[1] == films[2]
    expected = perform(*whole)
    for way in ways:
        assert way.motion is not None
        assert np.array_equal(way.motion.rotations, expected.rotations[1200:1291])


def test_the_commands(
    clicks: Path, whole: Planned, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, path = str(tmp_path / "p.plan.json"), tmp_path / "whole.plan.json"
    write_plan(whole[0], path)
    assert run(["plan", str(clicks), "--bars", "9-12", "--seed", "2", "--db", database, "-o", out, "-q"]) == 0
    part = read_plan(out)
    assert [step.beats for step in part.steps] == [
        step.beats
        for step, (bar, past) in zip(whole[0].steps, step_bars(whole[0]), strict=True)
        if bar < 13 and past > 9
    ]
    small = ["--size", "64x36", "--fps", "10", "--db", database, "-q"]
    assert run(["render", str(path), "--bars", "9", "-o", str(tmp_path / "r.bvh"), *small]) == 0
    assert run(["preview", str(path), "--bars", "9", "--body", "stick", "-o", str(tmp_path / "r.mp4"), *small]) == 0
    for command in (["plan", str(clicks)], ["generate", str(clicks)], ["render", str(path)], ["preview", str(path)]):
        capsys.readouterr()
        assert run([*command, "--bars", "9-12", "--start", "3"]) == 2
        assert "leave the one or the others out" in capsys.readouterr().err
    assert run(["render", str(path), "--bars", "9-900", *small]) == 2
    assert "bars 9-900: the dance has the bars 0 to" in capsys.readouterr().err
    for wrong in ("9:12", "12-9", "nine", "-3"):
        assert run(["plan", str(clicks), f"--bars={wrong}"]) == 2
        assert "like 9-16" in capsys.readouterr().err
