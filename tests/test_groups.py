"""Groups: scores of formations and roles, ways between places, who dances what, and measures of groups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_support import dancing, standing
from test_dancers import nearest, plan_of

from choreo.errors import InputError, PlanError, ShapeError
from choreo.metrics import group_motion_correlation, trajectory_intersections
from choreo.metrics.group import aligned, segment_distances
from choreo.motion.contacts import contact_slide
from choreo.motion.kinematics import mirror
from choreo.motion.skeleton import NAMES
from choreo.moves.library import starter_move
from choreo.planfile import plan_to_dict, read_plan, write_plan
from choreo.planfile.counts import bar_beats, step_bars
from choreo.planfile.formations import front_place, stage_positions
from choreo.planfile.group import ROLES, Group, Part, group_of, with_changes
from choreo.planfile.places import shortest_ways, taken_places
from choreo.planfile.troupe import FORMATIONS, Troupe
from choreo.planning.end_poses import end_poses
from choreo.planning.groups import WIDE, WIDE_TALL, fitting_formations, parts_of, plan_group
from choreo.synthesis.company import ways_of
from choreo.synthesis.ensemble import Ensemble, cast_plan, perform_all
from choreo.synthesis.roles import MOST_ROWS, ROW_COUNTS, Version, scores_of
from choreo.synthesis.spacing import GAP
from choreo.synthesis.travel import Way, eased_path, travelled
from choreo.types import CameraPath, ChoreographyPlan, Clip, Doubles
from choreo.video.camera import FOV_Y, GROUP_FOV_Y, TALL_FOV_Y, follow_camera, framed_points, project
from choreo.video.director import director_camera

LONG = ("run-in", *("v-step", "jazz-square", "snap-sway") * 4, "bow")


@pytest.fixture(scope="module")
def song() -> tuple[ChoreographyPlan, dict[str, Clip]]:
    """A dance with sections A, B, A, B; B is the louder."""
    plan, clips = plan_of(*LONG)
    labels = [("A", "B")[4 * k // len(plan.steps) % 2] for k in range(len(plan.steps))]
    steps = tuple(
        replace(step, section=label, energy=0.8 if label == "B" else 0.3)
        for step, label in zip(plan.steps, labels, strict=True)
    )
    return replace(plan, steps=steps), clips


def scored(plan: ChoreographyPlan, dancers: int, *parts: tuple[str, str], differences: float = 0.0) -> ChoreographyPlan:
    """The plan with parts of equal length, each a formation and a role."""
    bars = step_bars(plan)[-1][1]
    cuts = [round(k * bars / len(parts)) for k in range(len(parts) + 1)]
    score = Group(tuple(Part(span, *part) for span, part in zip(pairwise(cuts), parts, strict=True)), differences)
    return replace(plan, options={**Troupe(dancers).options(), "group": score.options()})


@pytest.fixture(scope="module")
def moving(song: tuple[ChoreographyPlan, dict[str, Clip]]) -> tuple[ChoreographyPlan, Ensemble]:
    """Four who change places and roles."""
    plan = scored(song[0], 4, ("line", "mirror"), ("grid", "canon"), ("V", "answer"), ("diagonal", "unison"))
    return plan, perform_all(plan, song[1])


# The score


@pytest.mark.parametrize("dancers", [2, 3, 5, 9, 24])
@pytest.mark.parametrize("tall", [False, True])
def test_a_planned_score_changes_formation_and_dances_the_chorus_together(
    song: tuple[ChoreographyPlan, dict[str, Clip]], dancers: int, tall: bool
) -> None:
    plan = song[0]
    score = plan_group(plan, Troupe(dancers), tall=tall)
    assert score == plan_group(plan, Troupe(dancers), tall=tall)
    spans = [part.bars for part in score.parts]
    assert spans[0][0] == 0
    assert spans[-1][1] == step_bars(plan)[-1][1]
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert all(a.formation != b.formation for a, b in pairwise(score.parts))
    assert all(part.role == "unison" for part in score.parts[:-1] if part.section == "B")
    assert score.parts[-1].role == "poses"  # it ends with a bow
    assert any(part.role != "unison" for part in score.parts)
    cast = cast_plan(plan, Troupe(dancers), tall=tall)
    assert group_of(cast.options, spans[-1][1]) == score


def test_another_seed_gives_another_score(song: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    found = {plan_group(replace(song[0], seed=seed), Troupe(5)) for seed in range(6)}
    assert len(found) > 3


def test_what_is_asked_for_stays(song: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    circle = plan_group(song[0], Troupe(5, "circle"))
    assert {part.formation for part in circle.parts} == {"circle"}
    mirrored = plan_group(song[0], Troupe(5, unison="mirror"))
    assert {part.role for part in mirrored.parts} == {"mirror"}
    for fixed in (Troupe(5, "V", "unison"), Troupe(5, unison="canon:1"), Troupe(1)):
        assert "group" not in cast_plan(song[0], fixed).options


@pytest.mark.parametrize("dancers", range(2, 11))
def test_tall_pictures_have_narrow_formations(dancers: int) -> None:
    for tall, wide in ((False, WIDE), (True, WIDE_TALL)):
        usable = fitting_formations(dancers, tall=tall)
        assert len(usable) >= 2
        across = [float(np.ptp(stage_positions(name, dancers)[:, 0])) for name in usable]
        assert max(across) <= wide


def test_sections_make_parts_of_moderate_length(song: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    one = replace(song[0], steps=tuple(replace(step, section="A") for step in song[0].steps))
    spans = [bars for bars, _ in parts_of(one)]
    assert len(spans) >= 2
    assert all(2 <= last - first <= 13 for first, last in spans)


def test_a_score_comes_back_from_a_file(song: tuple[ChoreographyPlan, dict[str, Clip]], tmp_path: Path) -> None:
    plan = cast_plan(song[0], Troupe(5))
    write_plan(plan, tmp_path / "a.plan.json")
    again = read_plan(tmp_path / "a.plan.json")
    assert group_of(again.options) == group_of(plan.options)
    assert cast_plan(again, None).options == again.options


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parts": []}, "0 parts"),
        ({"parts": 3}, "group"),
        ({"differences": 2}, "differences: found 2, expected 0 to 1"),
        ({"differences": "much"}, "group"),
        ({0: {"formation": "star"}}, "part 0: formation 'star', expected one of line"),
        ({0: {"role": "boss"}}, "part 0: role 'boss', expected one of unison"),
        ({0: {"counts": 64}}, "part 0: counts 64, expected 4 to 8"),
        ({0: {"bars": [0, 0]}}, "part 0: bars 0 to 0"),
        ({1: {"bars": [1, 9]}}, "part 1: bars 1 to 9, expected to begin at"),
        ({-1: {"places": [0, 0, 1]}}, r"places \[0, 0, 1\], expected each of 0 to 2 once"),
        ({-1: {"bars": None}}, "group"),
    ],
)
def test_scores_that_cannot_be(
    song: tuple[ChoreographyPlan, dict[str, Clip]], tmp_path: Path, change: dict[object, object], words: str
) -> None:
    data = plan_to_dict(cast_plan(song[0], Troupe(3)))
    score = data["options"]["group"]
    for key, value in change.items():
        if isinstance(key, int):
            score["parts"][key] |= value
        else:
            score[key] = value
    (tmp_path / "bad.plan.json").write_text(json.dumps(data))
    with pytest.raises(PlanError, match=words):
        read_plan(tmp_path / "bad.plan.json")


def test_a_score_that_ends_elsewhere(song: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    with pytest.raises(InputError, match="the dance at bar 99"):
        group_of(cast_plan(song[0], Troupe(3)).options, 99)


def test_scores_are_edited_by_bars_and_by_section(song: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    plan = scored(song[0], 3, ("line", "unison"), ("V", "unison"))
    edge = group_of(plan.options).parts[0].bars[1]  # type: ignore[union-attr]
    changed = with_changes(plan, (("2:4", "formation", "CIRCLE"), ("all", "role", "mirror")))
    parts = group_of(changed.options, step_bars(plan)[-1][1]).parts  # type: ignore[union-attr]
    assert [part.bars[:2] for part in parts][:3] == [(0, 2), (2, 4), (4, edge)]
    assert [part.formation for part in parts] == ["line", "circle", "line", "V"]
    assert {part.role for part in parts} == {"mirror"}
    planned = with_changes(cast_plan(song[0], Troupe(3)), (("B", "role", "solo"),))
    assert {part.role for part in group_of(planned.options).parts if part.section == "B"} == {"solo"}  # type: ignore[union-attr]
    for wish, words in (
        (("Z", "role", "solo"), "'Z': expected bars like 8:16"),
        (("0:999", "role", "solo"), "expected bars"),
        (("all", "role", "boss"), "role 'boss': expected one of"),
    ):
        with pytest.raises(InputError, match=words):
            with_changes(planned, (wish,))
    with pytest.raises(InputError, match="one formation"):
        with_changes(song[0], (("all", "role", "solo"),))


# Ways


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(0, 10_000))
def test_shortest_ways_are_the_shortest_and_do_not_meet(dancers: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    before, after = chance.normal(size=(2, dancers, 2))
    chosen = shortest_ways(before, after)
    assert sorted(chosen.tolist()) == list(range(dancers))

    def squares(order: Sequence[int]) -> float:
        return float(((before - after[list(order)]) ** 2).sum())

    assert squares(chosen.tolist()) <= min(squares(order) for order in permutations(range(dancers))) + 1e-6
    share = np.linspace(0, 1, 101)[:, None, None]
    ways = (1 - share) * before + share * after[chosen]
    for i, j in combinations(range(dancers), 2):
        nearer = min(np.linalg.norm(before[i] - before[j]), np.linalg.norm(after[chosen[i]] - after[chosen[j]]))
        assert float(np.linalg.norm(ways[:, i] - ways[:, j], axis=-1).min()) >= 0.7 * nearer - 1e-3


@pytest.mark.parametrize("way", [(1.5, 0.0), (-1.5, 0.0), (0.0, 1.2), (0.8, -1.6)])
@pytest.mark.parametrize("still", [True, False])
def test_who_goes_somewhere_arrives_in_steps_that_do_not_slide(
    song: tuple[ChoreographyPlan, dict[str, Clip]], way: tuple[float, float], still: bool
) -> None:
    from choreo.synthesis.stitch import perform

    motion = replace(standing(400), contacts=np.ones((400, 4), bool)) if still else perform(*song)
    beats = Way(tuple(range(60, 301, 30)))
    path = eased_path([beats], np.array([[0.0, 0.0], way]), len(motion))
    moved = travelled(motion, path, [beats])
    assert len(moved) == len(motion)
    np.testing.assert_allclose(moved.translation[:30], motion.translation[:30], atol=1e-6)
    away = moved.translation[330:] - motion.translation[330:]
    np.testing.assert_allclose(away[:, [0, 2]], np.broadcast_to(way, (len(away), 2)), atol=1e-4)
    feet = [NAMES.index(f"{side}_foot") for side in ("left", "right")]
    own, other = contact_slide(motion), contact_slide(moved)
    assert float(np.quantile(other, 0.95)) < max(0.01, 1.5 * float(np.quantile(own, 0.95)))
    from choreo.motion.kinematics import forward

    there = forward(moved.skeleton, moved.translation, moved.rotations)[0][:, feet]
    here = forward(motion.skeleton, motion.translation, motion.rotations)[0][:, feet]
    # Feet arrive with the root, and no leg is stretched after it on the way.
    np.testing.assert_allclose((there - here)[340:, :, [0, 2]].mean(axis=(0, 1)), way, atol=0.02)
    behind = there[60:300, :, [0, 2]] - moved.translation[60:300, None, [0, 2]]
    usual = here[60:300, :, [0, 2]] - motion.translation[60:300, None, [0, 2]]
    assert float(np.linalg.norm(behind - usual, axis=-1).max()) < 0.6


def test_nobody_collides_and_everybody_arrives(moving: tuple[ChoreographyPlan, Ensemble]) -> None:
    plan, cast = moving
    roots, bones = nearest(cast.motions)
    assert roots > 0.5
    assert bones > 0.1
    assert cast.air >= GAP / 2
    assert trajectory_intersections(cast.motions) == 0
    parts = group_of(plan.options).parts  # type: ignore[union-attr]
    ways = ways_of(plan, parts, 60.0)
    assert all(way.end == round(bar[0][0] * 60) for way, bar in zip(ways, _bars(plan, parts), strict=True))
    borders = [0, *(way.end for way in ways), len(cast.dance)]
    for unit, (first, last), part in zip(taken_places(parts, 4), pairwise(borders), parts, strict=True):
        quiet = slice(first, max(first + 1, last - 300))
        middle = np.stack([motion.translation[quiet, [0, 2]].mean(axis=0) for motion in cast.motions])
        # The place that a dancer dances around: order and directions as in the formation.
        for i, j in combinations(range(4), 2):
            way, wanted = middle[j] - middle[i], unit[j] - unit[i]
            assert float(way @ wanted) > 0.8 * float(np.linalg.norm(way) * np.linalg.norm(wanted)), part


def _bars(plan: ChoreographyPlan, parts: tuple[Part, ...]) -> list[list[tuple[float, ...]]]:
    return [bar_beats(plan)[part.bars[0] :] for part in parts[1:]]


def test_the_same_score_gives_the_same_bits_and_differences_are_small(
    song: tuple[ChoreographyPlan, dict[str, Clip]],
) -> None:
    alike = perform_all(scored(song[0], 3, ("V", "unison")), song[1])
    people = [perform_all(scored(song[0], 3, ("V", "unison"), differences=1.0), song[1]) for _ in range(2)]
    for one, other in zip(people[0].motions, people[1].motions, strict=True):
        assert np.array_equal(one.rotations, other.rotations)
        assert np.array_equal(one.translation, other.translation)
    assert np.array_equal(alike.motions[1].rotations, alike.motions[0].rotations)
    lead, second, third = (motion.rotations for motion in people[0].motions)
    assert np.array_equal(lead, people[0].dance.rotations)
    assert not np.array_equal(second, third)
    legs = [NAMES.index(f"{side}_{part}") for side in ("left", "right") for part in ("hip", "knee", "ankle")]
    for own in (second, third):
        # Somebody's legs are the lead's, at most 40 ms earlier or later.
        late = [
            float(np.abs(np.roll(own, shift, axis=0)[10:-10, legs] - lead[10:-10, legs]).max())
            for shift in range(-2, 3)
        ]  # fmt: skip
        assert min(late) < 1e-6


# Roles


def versions(role: str, unit: Doubles, plan: ChoreographyPlan) -> list[list[Version]]:
    part = Part((0, step_bars(plan)[-1][1]), "V", role)
    return [[version for _, version in score] for score in scores_of(plan, [part], [unit], 60.0)]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_what_its_name_says(song: tuple[ChoreographyPlan, dict[str, Clip]], role: str) -> None:
    unit = stage_positions("V", 5)
    found = versions(role, unit, song[0])
    front, left = front_place(unit), unit[:, 0] > 1e-6
    dance = Version()
    assert found[front][0] == dance
    if role == "unison":
        assert all(each == [dance] for each in found)
    elif role in ("mirror", "pairs"):
        assert [each[0].mirrored for each in found] == left.tolist()
        turned = [each[0].turn for each in found]
        assert all((turn * x < 0) if role == "pairs" and abs(x) > 0.1 else turn == 0 for turn, x in
                   zip(turned, unit[:, 0], strict=True))  # fmt: skip
    elif role in ("solo", "backing"):
        kind = "idle" if role == "solo" else "small"
        assert all(each[0].kind == kind for k, each in enumerate(found) if k != front)
    elif role == "levels":
        assert {each[0].kind for each in found} == {"dance", "low"}
    elif role == "canon":
        late = [each[-1].late for each in found]
        assert late[front] == 0
        rows = {round(float(z), 3): when for z, when in zip(unit[:, 1], late, strict=True)}
        assert sorted(rows, reverse=True) == sorted(rows, key=lambda z: rows[z])
        assert max(late) <= MOST_ROWS * ROW_COUNTS
    elif role == "poses":
        mine, others = found[front][0], [each[0] for k, each in enumerate(found) if k != front]
        assert mine.ending == ""
        assert all(each.ending not in ("", "bow") for each in others)
        endings = {round(float(z), 3): each[0].ending for z, each in zip(unit[:, 1], found, strict=True)}
        assert len(set(endings.values())) == len(endings) == 3
        assert all(each[0].ending == endings[round(float(z), 3)] for z, each in zip(unit[:, 1], found, strict=True))
        assert [each.ending_mirrored for each in others] == [bool(left[k]) for k in range(5) if k != front]
    elif role == "answer":
        assert {tuple(version.kind for version in each) for each in found} == {("dance", "idle"), ("idle", "dance")}


def test_rows_come_to_poses_of_their_own_and_dance_alike_until_then(
    song: tuple[ChoreographyPlan, dict[str, Clip]],
) -> None:
    plan, clips = scored(song[0], 3, ("V", "poses")), song[1]
    cast = perform_all(plan, clips)
    lead, right, left = (motion.rotations for motion in cast.motions)
    begin = round(plan.steps[-1].beats[0] * 60)
    for other in (right, left):
        assert np.array_equal(other[:begin], lead[:begin])
        arms = [NAMES.index(f"{side}_shoulder") for side in ("left", "right")]
        assert float(np.abs(np.sum(other[-1, arms] * lead[-1, arms], axis=-1)).min()) < np.cos(np.radians(10))
    assert np.array_equal(lead, cast.dance.rotations)
    assert cast.air >= GAP - 1e-3
    # Nobody snaps into the other ending: it goes on from the dance, as the plan's own does.
    speed = [np.abs(np.diff(each[begin - 30 : begin + 30], axis=0)).max() for each in (lead, right, left)]
    assert max(speed[1:]) < 2 * speed[0] + 0.05


@pytest.mark.parametrize("change", ["held", "cut", "other"])
def test_a_dance_that_ends_in_no_pose_has_one_end_for_all(
    song: tuple[ChoreographyPlan, dict[str, Clip]], change: str
) -> None:
    last = song[0].steps[-1]
    ends = {
        "held": replace(last, holds=((6, 8),)),
        "cut": replace(last, beats=last.beats[:7]),
        "other": replace(last, move="v-step", name="v-step", clip_id="starter/v-step"),
    }
    plan = replace(song[0], steps=(*song[0].steps[:-1], ends[change]))
    assert end_poses(plan, stage_positions("V", 5)) == [("", False)] * 5
    assert plan_group(plan, Troupe(5)).parts[-1].role == "unison"


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.sampled_from(sorted(FORMATIONS)), st.integers(0, 99))
def test_end_poses_are_moves_as_long_as_the_plan_s_and_neighbouring_rows_differ(
    song: tuple[ChoreographyPlan, dict[str, Clip]], dancers: int, formation: str, seed: int
) -> None:
    plan, unit = replace(song[0], seed=seed), stage_positions(formation, dancers)
    found = end_poses(plan, unit)
    assert found == end_poses(plan, unit)
    assert found[front_place(unit)] == ("", False)
    for name, mirrored in found:
        move = starter_move(name or "bow")
        assert move is not None
        assert (move.role, move.counts, move.metre) == ("ending", 8, 4)
        assert move.mirror or not mirrored
    away = np.round(np.linalg.norm(unit - unit[front_place(unit)], axis=1), 2)
    order = [found[k][0] for k in np.unique(away, return_index=True)[1]]
    assert all(one != other for one, other in pairwise(order))


def test_mirrored_dancers_dance_mirrored_and_waiting_ones_wait(moving: tuple[ChoreographyPlan, Ensemble]) -> None:
    plan, cast = moving
    parts = group_of(plan.options).parts  # type: ignore[union-attr]
    end = ways_of(plan, parts, 60.0)[0].begin
    unit = taken_places(parts, 4)[0]
    right, left = int(np.argmin(unit[:, 0])), int(np.argmax(unit[:, 0]))
    assert np.array_equal(mirror(cast.motions[left]).rotations[:end], cast.motions[right].rotations[:end])
    before, after = ways_of(plan, parts, 60.0)[1:]
    first, last = before.end, after.begin
    half = bar_beats(plan)[sum(parts[2].bars) // 2][0] * 60
    elbows = [NAMES.index(f"{side}_{part}") for side in ("left", "right") for part in ("shoulder", "elbow")]
    moved = [
        [float(np.abs(np.diff(each.rotations[a:b, elbows], axis=0)).sum(axis=(1, 2)).mean()) for each in cast.motions]
        for a, b in ((first + 60, round(half)), (round(half) + 60, last))
    ]  # fmt: skip
    sides = taken_places(parts, 4)[2][:, 0] > 0
    for number, dances in enumerate((~sides, sides)):
        active, waiting = np.array(moved[number])[dances], np.array(moved[number])[~dances]
        assert active.min() > 1.3 * waiting.max()


def test_a_soloist_is_the_one_in_front(song: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    for name in FORMATIONS:
        for dancers in (2, 3, 5, 9):
            unit = stage_positions(name, dancers)
            assert unit[front_place(unit), 1] == pytest.approx(unit[:, 1].max())


# Cameras


def test_the_camera_of_a_group_is_nearer_than_the_middle_of_roots_lets_it(
    moving: tuple[ChoreographyPlan, Ensemble],
) -> None:
    from choreo.video.scene import poses_at

    times = np.arange(0, int(moving[1].dance.duration * 10)) / 10
    posed = [poses_at(motion, times, 10.0) for motion in moving[1].motions]
    for width, height in ((640, 360), (360, 640)):
        path = follow_camera(posed, width=width, height=height, fps=10.0)
        assert path.fov_y == (GROUP_FOV_Y if width > height else TALL_FOV_Y)
        points = framed_points(posed)
        edges = []
        for frame in range(len(times)):
            pixels = project(points[frame], path, frame, width, height)
            assert pixels[:, 0].min() > 0
            assert pixels[:, 0].max() < width
            assert pixels[:, 1].min() > 0
            assert pixels[:, 1].max() < height
            edges.append(pixels[:, 0].min() - (width - pixels[:, 0].max()))
        # As much room at the left as at the right, on the whole.
        assert abs(float(np.median(edges))) < 0.05 * width


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280)])
def test_the_director_sees_the_rear_of_a_deep_group(width: int, height: int) -> None:
    """Through a longer lens, from as far above as a group is deep, with everybody in the picture."""
    unit = stage_positions("columns", 5)
    cast = [
        replace(standing(30), translation=standing(30).translation + np.array([1.6 * x, 0, 1.6 * z], np.float32))
        for x, z in unit
    ]
    path = director_camera(cast, width=width, height=height, fps=30.0)
    alone = director_camera(cast[:1], width=width, height=height, fps=30.0)
    assert path.fov_y < alone.fov_y == FOV_Y

    def down(camera: CameraPath) -> float:
        back = (camera.eye - camera.target)[0].astype(float)
        return float(np.arctan2(back[1], np.hypot(back[0], back[2])))

    deep = 1.6 * float(np.ptp(unit[:, 1]))
    assert down(path) - down(alone) > 0.05 * deep
    points = framed_points(cast)[0]
    pixels = project(points.astype(np.float32), path, 0, width, height)
    assert pixels[:, :2].min() > 0
    assert (pixels[:, :2].max(axis=0) < (width, height)).all()


# Measures


def test_warping_finds_a_delay_and_ends_at_the_ends() -> None:
    chance = np.random.default_rng(3)
    first = np.cumsum(chance.normal(size=(60, 2)), axis=0)
    second = np.concatenate([np.repeat(first[:1], 7, axis=0), first])
    one, other = aligned(first, second)
    assert (one[0], other[0], one[-1], other[-1]) == (0, 0, 59, 66)
    assert set(np.diff(one).tolist()) <= {0, 1}
    assert set(np.diff(other).tolist()) <= {0, 1}
    np.testing.assert_allclose(first[one], second[other])


def test_warping_is_the_cheapest_of_all_ways() -> None:
    chance = np.random.default_rng(5)
    first, second = chance.normal(size=(6, 1)), chance.normal(size=(7, 1))
    cost = (first - second.T) ** 2
    least = np.full(cost.shape, np.inf)
    for i in range(6):
        for j in range(7):
            before = [least[a, b] for a, b in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if a >= 0 and b >= 0]
            least[i, j] = cost[i, j] + (min(before) if before else 0)
    one, other = aligned(first, second)
    assert float(cost[one, other].sum()) == pytest.approx(least[-1, -1])


def test_correlation_by_hand_and_of_groups_that_go_together() -> None:
    """One joint at constant speed: log(1 + 1.5 v^2) squared, and nothing of what stands."""
    still = np.tile(np.array([0.0, 1.0, 0.0]), (40, 24, 1))
    going = still.copy()
    going[:, 20, 0] += 0.1 * np.arange(40)
    value = group_motion_correlation([going, going], 30.0)
    assert value == pytest.approx(np.log1p(1.5 * 3.0**2) ** 2, rel=1e-6)
    assert group_motion_correlation([going, still], 30.0) == 0
    assert np.isnan(group_motion_correlation([going], 30.0))
    with pytest.raises(ShapeError, match="one length"):
        group_motion_correlation([going, going[:-1]], 30.0)


def test_bodies_that_cut_each_other_are_counted_in_both_orders() -> None:
    alone = standing(10)
    away = replace(alone, translation=alone.translation + np.array([3, 0, 0], np.float32))
    way = np.linspace(0, 3, 10, dtype=np.float32)[:, None] * np.array([1, 0, 0], np.float32)
    leaving = replace(alone, translation=alone.translation + way)
    assert trajectory_intersections([alone, away]) == 0
    assert trajectory_intersections([alone, alone]) == 2
    assert 0 < trajectory_intersections([alone, leaving]) < 2
    assert trajectory_intersections([alone, alone, alone]) == 6
    assert trajectory_intersections([alone]) == 0
    with pytest.raises(ShapeError, match="one length"):
        trajectory_intersections([alone, dancing(12)])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_distances_of_segments_are_those_of_their_points(seed: int) -> None:
    p, u, q, v = np.random.default_rng(seed).normal(size=(4, 3))
    share = np.linspace(0, 1, 121)
    one, other = p + share[:, None] * u, q + share[:, None] * v
    sampled = float(np.linalg.norm(one[:, None] - other[None], axis=-1).min())
    found = float(segment_distances(p, u, q, v))
    assert found <= sampled + 1e-9
    assert found >= sampled - 0.05
