"""How a dance develops, where on the stage it goes, and how both are written into a plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planner_clips import clip

from choreo.errors import InputError, PlanError
from choreo.motion.placement import displaced
from choreo.moves import load_moves, modified, move_clip
from choreo.moves.ends import end_of
from choreo.moves.modify import lowest_level, room_of
from choreo.planfile import plan_table, read_plan, write_plan
from choreo.planfile.manners import BOUNDS, as_danced, manner_words
from choreo.planning.development import STILL, moments_of
from choreo.planning.edit import modified_steps
from choreo.planning.floor_pattern import EDGE, Footing, floor_pattern, section_place
from choreo.planning.staging import SIZES, UPRIGHT, UPRIGHT_LEVEL, stage
from choreo.types import ChoreographyPlan, Clip, Modifiers, PlanStep

STILL_PLACE = np.zeros(3)


def steps(form: str, energies: dict[str, float]) -> list[PlanStep]:
    """Two steps of eight counts for each letter of a form, with the energy of that letter."""
    out = []
    for k, label in enumerate(letter for letter in form for _ in range(2)):
        beats = tuple(0.5 * (8 * k + n) for n in range(9))
        name = f"{label}{k % 2}"
        out.append(
            PlanStep(
                f"id-{name}", name, "starter", "CC0-1.0", False, 8 * k, beats, label, 1.0, {}, name, energies[label]
            )
        )
    return out


def scales(form: str, energies: dict[str, float]) -> list[float]:
    """Mean scale of each section."""
    found = [moment.scale for moment in moments_of(steps(form, energies))]
    return [(a + b) / 2 for a, b in zip(found[::2], found[1::2], strict=True)]


def test_the_scale_follows_the_energy() -> None:
    found = scales("ABCD", {"A": 0.2, "B": 0.5, "C": 0.9, "D": 0.4})
    assert np.argsort(found).tolist() == [0, 3, 1, 2]


def test_a_chorus_is_larger_each_time_and_more_so_than_a_verse() -> None:
    found = scales("VCVCVC", {"V": 0.4, "C": 0.6})
    verse, chorus = found[::2], found[1::2]
    assert chorus[0] < chorus[1] < chorus[2] == pytest.approx(max(found))
    assert verse[0] < verse[1] < verse[2]
    assert chorus[1] - chorus[0] > verse[1] - verse[0]


def test_the_climax_is_where_the_songs_is() -> None:
    found = scales("ABCA", {"A": 0.5, "B": 0.55, "C": 0.6})
    assert int(np.argmax(found)) == 2
    moments = moments_of(steps("AB", {"A": STILL / 2, "B": 0.8}))
    assert [moment.still for moment in moments] == [True, True, False, False]
    assert [moment.last for moment in moments] == [False, False, False, True]
    assert [moment.first for moment in moments] == [True, False, True, False]


def footings(count: int, **facts: Any) -> list[Footing]:
    made = {"displacement": STILL_PLACE, "turn": np.pi, "way": 1.0, "counts": 8, "scale": 0.7}
    return [Footing(**{**made, **facts}) for _ in range(count)]


def danced(pattern: list[Footing]) -> tuple[np.ndarray, np.ndarray]:
    """Places and facings at which the steps end."""
    ground, facing, places, facings = np.zeros(2), np.array(0.0), [], []
    for step, (turn, left, ahead) in zip(pattern, floor_pattern(pattern), strict=True):
        ground, facing = displaced(ground, facing, step.displacement + np.array([left, ahead, turn]))
        places.append(ground)
        facings.append(float(facing))
    return np.array(places), np.array(facings)


def test_a_dance_uses_the_stage_and_does_not_leave_it() -> None:
    places, facings = danced(footings(16))
    assert np.linalg.norm(places, axis=1).max() < EDGE
    assert np.ptp(places, axis=0).min() > 0.6
    assert np.ptp(facings) > np.radians(90)
    assert np.mean(np.abs(facings) > np.radians(100)) < 0.2


def test_it_comes_back_to_the_audience_where_it_matters() -> None:
    pattern = footings(12)
    pattern[4], pattern[8] = replace(pattern[4], fronts=True), replace(pattern[8], fronts=True)
    pattern[11] = replace(pattern[11], ends=True)
    _, facings = danced(pattern)
    assert np.abs(facings[[3, 7, 11]]).max() < np.radians(20)


def test_what_walks_off_is_turned_back() -> None:
    places, _ = danced(footings(12, displacement=np.array([0.0, 1.0, 0.0])))
    assert np.linalg.norm(places, axis=1).max() < EDGE + 0.5
    away, _ = danced(footings(4, displacement=np.array([0.0, 1.0, 0.0]), turn=0.0, way=0.0))
    assert away[-1].tolist() == [0.0, 4.0]


def test_feet_that_stay_put_neither_turn_nor_travel() -> None:
    assert floor_pattern(footings(6, turn=0.0, way=0.0)) == [(0.0, 0.0, 0.0)] * 6
    assert floor_pattern([]) == []


@given(st.floats(0, 1), st.floats(0, 1))
def test_places_of_sections_are_on_the_stage(luck: float, scale: float) -> None:
    assert np.linalg.norm(section_place(luck, scale)) <= EDGE


MOVES = [move for move in load_moves().values() if (move.metre, move.counts, move.role) == (4, 8, "move")]
ROOMY = [
    move.name
    for move in MOVES
    if room_of(move).turn >= 90
    and room_of(move).way >= 0.4
    and lowest_level(move) > 0.1
    and not UPRIGHT & {*move.styles}
][:6]
"""Moves of eight counts that can be taken farther."""
CLIPS = {move.name: move_clip(move) for move in MOVES if move.name in ROOMY}


def staged(form: str, energies: dict[str, float], names: list[str], **options: Any) -> list[PlanStep]:
    plain = steps(form, energies)
    chosen = [CLIPS[names[k % len(names)]] for k in range(len(plain))]
    plain = [
        replace(step, clip_id=each.clip_id, name=each.name, move=each.move, mirror=k % 3 == 2)
        for k, (step, each) in enumerate(zip(plain, chosen, strict=True))
    ]
    return stage(plain, chosen, [STILL_PLACE] * len(plain), seed=1, song="s", **options)


def test_what_a_plan_says_of_a_step_its_move_does() -> None:
    for step in staged("VCVCC", {"V": 0.4, "C": 0.8}, ROOMY):
        how, move = step.modifiers, load_moves()[step.move]
        body = modified(move, replace(how, turn=0.0, aside=0.0, ahead=0.0))
        turned = end_of(modified(move, how))[2] - end_of(body)[2]
        assert np.degrees(turned) == pytest.approx(how.turn, abs=0.1)


def test_a_louder_section_is_danced_larger_lower_and_farther() -> None:
    found = staged("VC", {"V": 0.3, "C": 0.9}, ROOMY)
    quiet, loud = found[:2], found[2:]
    for measure in (lambda m: m.size, lambda m: m.level, lambda m: float(np.hypot(m.aside, m.ahead))):
        assert sum(measure(step.modifiers) for step in loud) > sum(measure(step.modifiers) for step in quiet)
    assert max(step.modifiers.size for step in loud) <= SIZES[1]


def test_breaks_are_still_and_upright_styles_stay_up() -> None:
    for step in staged("BC", {"B": 0.05, "C": 0.9}, ROOMY)[:2]:
        how = step.modifiers
        assert (how.turn, how.aside, how.ahead, how.level) == (0, 0, 0, 0)
        assert how.size < 1
    plain = steps("AC", {"A": 0.3, "C": 0.9})
    plain = [replace(step, move=ROOMY[0]) for step in plain]
    tango = replace(CLIPS[ROOMY[0]], styles=("tango",))
    made = stage(plain, [tango] * 4, [STILL_PLACE] * 4, seed=0)
    assert max(step.modifiers.size for step in made) > 1
    assert all(step.modifiers.level <= UPRIGHT_LEVEL for step in made)


def test_a_verse_varies_what_comes_back_and_a_chorus_keeps_it() -> None:
    found = staged("VCVCVC", {"V": 0.4, "C": 0.8}, ROOMY[:4])
    changes = [(step.modifiers.arms, step.modifiers.held, step.modifiers.retrograde) for step in found]
    written = (1.0, "", False)
    assert all(changes[k] == written for k in (0, 1, 2, 3, 6, 7, 10, 11))
    verse = [changes[k] for k in (4, 8)]
    assert written not in verse
    assert verse[0] != verse[1]


def test_steps_that_are_kept_keep_their_manner_and_recordings_have_none() -> None:
    kept = {3: Modifiers(turn=30.0, size=1.1)}
    assert staged("VC", {"V": 0.4, "C": 0.8}, ROOMY, kept=kept)[3].modifiers == kept[3]
    recording = clip("r")
    plain = [replace(step, clip_id="r") for step in steps("V", {"V": 0.9})]
    made = stage(plain, [recording] * 2, [STILL_PLACE] * 2, seed=0)
    assert [step.modifiers for step in made] == [Modifiers()] * 2


def a_plan(*manners: Modifiers, mirror: bool = False) -> ChoreographyPlan:
    """A plan of one move again and again."""
    made = []
    each = CLIPS[ROOMY[0]]
    for k, how in enumerate(manners):
        beats = tuple(0.5 * (8 * k + n) for n in range(9))
        made.append(
            PlanStep(
                each.clip_id, each.name, "starter", "CC0-1.0", mirror, 8 * k, beats, "A", 1.0, {}, each.move, 0.5, how
            )
        )
    return ChoreographyPlan({"name": "song.wav"}, 4, 120.0, 0.0, 4.0 * len(made), 0, tuple(made))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    st.builds(
        Modifiers,
        turn=st.floats(-360, 360), aside=st.floats(-4, 4), ahead=st.floats(-4, 4), level=st.floats(-0.1, 0.4),
        size=st.floats(0.5, 1.5), arms=st.sampled_from([0.5, 1.0, 2.0]), held=st.sampled_from(["", "head", "left arm"]),
        retrograde=st.booleans(),
    )
)  # fmt: skip
def test_a_plan_with_manners_is_read_as_it_was_written(how: Modifiers) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.plan.json"
        write_plan(a_plan(how), path)
        (step,) = read_plan(path).steps
    for name in BOUNDS:
        assert getattr(step.modifiers, name) == pytest.approx(getattr(how, name), abs=1e-6)
    assert (step.modifiers.arms, step.modifiers.held) == (how.arms, how.held)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"turn": 400}, r"step 0: modifiers: turn: found 400, expected -360 to 360 degrees"),
        ({"size": 3}, r"step 0: modifiers: size: found 3, expected 0\.5 to 1\.5"),
        ({"arms": 3}, r"arms: found 3, expected 0\.5 \(half\), 1 or 2"),
        ({"held": "nose"}, r"held: found 'nose', expected one of arms, left arm"),
        ({"level": "low"}, r"modifiers\.level"),
    ],
)
def test_a_manner_out_of_bounds_is_an_error(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.plan.json"
    write_plan(a_plan(Modifiers()), path)
    data = json.loads(path.read_text())
    data["steps"][0]["modifiers"] |= change
    path.write_text(json.dumps(data))
    with pytest.raises(PlanError, match=words):
        read_plan(path)


def test_plans_of_earlier_versions_have_no_manners(tmp_path: Path) -> None:
    path = tmp_path / "a.plan.json"
    write_plan(a_plan(Modifiers(turn=90)), path)
    data = json.loads(path.read_text())
    del data["steps"][0]["modifiers"]
    path.write_text(json.dumps(data))
    assert read_plan(path).steps[0].modifiers == Modifiers()


def test_the_table_says_how_a_step_is_danced() -> None:
    how = Modifiers(turn=90, level=0.08, size=1.2, held="left arm")
    assert "size 1.20, 8 cm lower, turns 90 left, left arm still" in plan_table(a_plan(how))
    assert "turns 90 right, right arm still" in plan_table(a_plan(how, mirror=True))
    assert as_danced(as_danced(how, True), True) == how
    assert manner_words(a_plan(Modifiers()).steps[0]) == ""


def test_edits_are_of_what_is_danced_and_tell_what_cannot_be() -> None:
    clips: dict[str, Clip] = {each.clip_id: each for each in CLIPS.values()}
    plan = a_plan(Modifiers(), Modifiers(size=1.1), mirror=True)
    made, notes = modified_steps(plan, ((0, "turn", 90.0), (2, "plain", True)), clips)
    assert [step.modifiers for step in made.steps] == [Modifiers(turn=-90.0), Modifiers()]
    assert notes == []
    _, notes = modified_steps(plan, ((0, "turn", 360.0),), clips)
    assert notes[0].startswith(f"bar 0: {ROOMY[0]!r} cannot do all of that; danced: turns ")
    with pytest.raises(InputError, match=r"bar 0: size: found 9, expected"):
        modified_steps(plan, ((0, "size", 9.0),), clips)
    with pytest.raises(InputError, match="is a recording"):
        modified_steps(plan, ((0, "size", 1.1),), {plan.steps[0].clip_id: clip("r")})
    with pytest.raises(InputError, match="bar 9"):
        modified_steps(plan, ((9, "size", 1.1),), clips)
