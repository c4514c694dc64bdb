"""Several dancers: places, spacing, who dances what when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from dance_support import sway_clip
from hypothesis import given, settings
from hypothesis import strategies as st
from render_support import dancing, standing

from choreo.errors import InputError
from choreo.motion.contacts import contact_slide
from choreo.motion.kinematics import forward, mirror
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.moves import load_moves
from choreo.moves.library import move_clip
from choreo.planfile.formations import stage_positions
from choreo.planfile.troupe import FORMATIONS, MOST, Troupe
from choreo.synthesis.canon import FITTED, delayed
from choreo.synthesis.ensemble import Ensemble, cast_plan, multiply, perform_all
from choreo.synthesis.spacing import GAP, NEAREST, spaced_positions
from choreo.synthesis.stitch import perform
from choreo.types import ChoreographyPlan, Clip, Motion, PlanStep

BEAT = 0.5
UPPER = [NAMES.index(name) for name in ("spine3", "left_shoulder", "right_elbow", "head")]


def plan_of(*names: str, beat: float = BEAT, rubato: float = 0.0) -> tuple[ChoreographyPlan, dict[str, Clip]]:
    """Moves one after another from time 0 on; with `rubato` the beats get shorter and longer."""
    moves = load_moves()
    clips = {f"starter/{name}": move_clip(moves[name]) for name in names}
    counts = [moves[name].counts for name in names]
    number = np.arange(sum(counts) + 1)
    times = beat * (number + rubato * np.sin(number / 3))
    first = np.cumsum([0, *counts])
    steps = tuple(
        PlanStep(
            clip_id=f"starter/{name}",
            name=name,
            dataset="starter",
            licence="CC0-1.0",
            mirror=k % 3 == 1,
            first_beat=int(at),
            beats=tuple(times[at : at + count + 1].tolist()),
            section="A",
            warp=1.0,
            costs={},
            move=name,
        )
        for k, (name, at, count) in enumerate(zip(names, first, counts, strict=False))
    )
    plan = ChoreographyPlan({}, 4, 60 / beat, float(times[0]), float(times[-1]), 5, steps)
    return plan, clips


DANCE = ("run-in", "v-step", "jazz-square", "snap-sway", "jazz-square", "v-step", "bow")


@pytest.fixture(scope="module")
def dance() -> tuple[ChoreographyPlan, dict[str, Clip]]:
    return plan_of(*DANCE)


def danced(dance: tuple[ChoreographyPlan, Mapping[str, Clip]], troupe: Troupe) -> Ensemble:
    plan, clips = dance
    return perform_all(cast_plan(plan, troupe), clips)


def segment_distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distances of ``(T, P, 3)`` points from ``(T, S, 3)`` segments, ``(T, P, S)``."""
    way = (end - start)[:, None]
    rest = points[:, :, None] - start[:, None]
    along = np.clip((rest * way).sum(-1) / np.maximum((way**2).sum(-1), 1e-12), 0, 1)
    return np.asarray(np.linalg.norm(rest - along[..., None] * way, axis=-1))


def nearest(motions: tuple[Motion, ...]) -> tuple[float, float]:
    """Least distance of two roots on the floor, and of hands, feet and heads from the bones of another, metres."""
    joints = [forward(m.skeleton, m.translation, m.rotations)[0].astype(np.float64) for m in motions]
    ends = [NAMES.index(name) for name in ("left_hand", "right_hand", "left_foot", "right_foot", "head")]
    parents = CANONICAL.parents[1:]
    roots, bones = np.inf, np.inf
    for a, b in combinations(joints, 2):
        roots = min(roots, float(np.linalg.norm((a - b)[:, 0, ::2], axis=-1).min()))
        for one, other in ((a, b), (b, a)):
            bones = min(bones, float(segment_distance(one[:, ends], other[:, parents], other[:, 1:]).min()))
    return roots, bones


# Places


@pytest.mark.parametrize("formation", FORMATIONS)
@pytest.mark.parametrize("dancers", range(1, MOST + 1))
def test_neighbours_are_one_unit_apart_and_the_middle_is_the_middle(formation: str, dancers: int) -> None:
    unit = stage_positions(formation, dancers)
    assert unit.shape == (dancers, 2)
    np.testing.assert_allclose(unit.min(axis=0), -unit.max(axis=0), atol=1e-9)
    if dancers > 1:
        gaps = [np.linalg.norm(a - b) for a, b in combinations(unit, 2)]
        assert min(gaps) == pytest.approx(1, abs=1e-6)


def test_each_formation_is_what_its_name_says() -> None:
    places = {name: stage_positions(name, 5) for name in FORMATIONS}
    line, wedge, ring, rows, slant = (places[name] for name in ("line", "V", "circle", "grid", "diagonal"))
    assert np.ptp(line[:, 1]) == 0
    assert np.all(np.diff(line[:, 0]) > 0)
    tip = wedge[np.argmax(wedge[:, 1])]
    assert tip[0] == pytest.approx(0)
    np.testing.assert_allclose(sorted(wedge[:, 0]), -np.array(sorted(wedge[:, 0]))[::-1], atol=1e-9)
    centre = ring.mean(axis=0)
    np.testing.assert_allclose(np.linalg.norm(ring - centre, axis=1), 1 / (2 * np.sin(np.pi / 5)))
    assert len(set(np.round(rows[:, 1], 6))) == 2
    assert np.linalg.matrix_rank(slant - slant[0], tol=1e-9) == 1
    assert np.ptp(slant[:, 1]) > 1
    counts = {name: np.unique(np.round(-places[name][:, 1], 6), return_counts=True)[1].tolist() for name in places}
    assert counts["columns"] == [1, 1, 1, 1, 1]
    assert counts["arrow"] == [1, 2, 1, 1]
    assert counts["ladder"] == [2, 1, 2]
    assert counts["triangle"] == [1, 2, 2]
    assert np.ptp(places["columns"][:, 0]) < 1


@pytest.mark.parametrize("formation", ["grid", "circle"])
def test_nobody_stands_right_behind_the_next_row(formation: str) -> None:
    for dancers in range(2, 13):
        for a, b in combinations(stage_positions(formation, dancers), 2):
            if 0 < abs(a[1] - b[1]) < 1.2:
                assert abs(a[0] - b[0]) > 0.1


# Spacing


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FORMATIONS),
    st.integers(1, 12),
    st.sampled_from(["unison", "mirror", "shifted"]),
    st.floats(0, 2.5),
    st.integers(0, 40),
)
def test_nobody_touches_anybody(formation: str, dancers: int, way: str, reach: float, shift: int) -> None:
    motion = dancing(50, fps=15.0, reach=reach)
    unit = stage_positions(formation, dancers)
    cast = [motion] * dancers
    if way == "mirror":
        cast = [mirror(motion) if x > 1e-6 else motion for x in unit[:, 0]]
    if way == "shifted":
        turns = [np.roll(np.arange(50), shift * k) for k in range(dancers)]
        cast = [replace(motion, translation=motion.translation[t], rotations=motion.rotations[t]) for t in turns]
    ground, apart, air = spaced_positions(cast, unit, halves=way == "mirror")
    moved = tuple(
        replace(m, translation=m.translation + np.array([x, 0, z], np.float32))
        for m, (x, z) in zip(cast, ground, strict=True)
    )
    assert apart >= NEAREST
    if dancers > 1:
        assert air >= GAP - 1e-9
        roots, bones = nearest(moved)
        assert roots >= 0.6 - 1e-6
        assert bones >= 0.1 + 0.1  # air and the flesh of a limb


def test_the_spacing_is_no_larger_than_it_must_be() -> None:
    """Two who stretch their arms towards each other: two arms, their flesh and the gap."""
    still = replace(standing(2), rotations=np.tile(np.array([1, 0, 0, 0], np.float32), (2, 24, 1)))
    joints, _ = forward(still.skeleton, still.translation, still.rotations)
    reach = float(joints[0, NAMES.index("left_hand"), 0])
    _, apart, air = spaced_positions([still, still], stage_positions("line", 2))
    assert apart == pytest.approx(2 * (reach + 0.13) + GAP, abs=0.01)
    assert air == pytest.approx(GAP, abs=1e-6)


def test_the_skinned_bodies_do_not_touch_either() -> None:
    from choreo.motion.kinematics import rest_positions, skin_matrices
    from choreo.video.bodies import load_body

    body = load_body(fingers=False)
    cast = multiply(dancing(30, fps=10.0, reach=0.6), Troupe(2, "line", "mirror")).motions
    sides = []
    for motion in cast:
        posed = forward(motion.skeleton, motion.translation, motion.rotations)
        matrices = skin_matrices(rest_positions(body.skeleton), *posed)[:, body.joint_indices]
        blend = np.einsum("vk,tvkab->tvab", body.weights, matrices)
        sides.append(np.einsum("tvab,vb->tva", blend[..., :3], body.vertices)[..., 0] + blend[..., 0, 3])
    assert float((sides[1].min(axis=1) - sides[0].max(axis=1)).min()) > 0.05


# Who dances what when


def test_one_dancer_is_the_plain_dance(dance: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    alone = danced(dance, Troupe(1))
    plain = perform(*dance)
    assert np.array_equal(alone.motions[0].translation, plain.translation)
    assert np.array_equal(alone.motions[0].rotations, plain.rotations)
    assert alone.guarantees == {}
    assert cast_plan(dance[0], Troupe(1)).options == {}


def test_unison_is_the_same_motion_elsewhere(dance: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    together = danced(dance, Troupe(3, "V", "unison"))
    plain = perform(*dance)
    for motion in together.motions:
        assert np.array_equal(motion.rotations, plain.rotations)
        away = motion.translation - plain.translation
        assert float(np.ptp(away, axis=0).max()) < 1e-5
        assert float(np.abs(away[:, 1]).max()) == 0
    front, left, right = (motion.translation[0] for motion in together.motions)
    assert left[0] < front[0] < right[0]
    assert front[2] > left[2] == right[2]


def test_mirror_is_mirrored(dance: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    cast = danced(dance, Troupe(4, "line", "mirror"))
    own = cast.motions[0]
    assert np.array_equal(own.rotations, cast.dance.rotations)  # the first is never one of the mirrored
    for k in (2, 3):
        back = mirror(cast.motions[k])
        assert np.array_equal(back.rotations, own.rotations)
        assert float(np.ptp(back.translation - own.translation, axis=0).max()) < 1e-5
    assert np.array_equal(own.rotations, cast.motions[1].rotations)
    a, b = cast.motions[0], mirror(cast.motions[3])
    np.testing.assert_allclose(a.translation, b.translation, atol=1e-5)


@pytest.mark.parametrize(("bars", "rubato"), [(1, 0.0), (2, 0.0), (1, 0.25)])
def test_a_canon_lies_on_beats_exactly_so_many_bars_later(bars: int, rubato: float) -> None:
    plan, clips = plan_of(*DANCE, rubato=rubato)
    beats = np.array([*(t for step in plan.steps for t in step.beats[:-1]), plan.steps[-1].beats[-1]])
    later, own = delayed(plan, clips, 4 * bars, fps=60.0)
    whole = [step for step in later.steps if not step.clip_id.startswith(FITTED)]
    assert [step.name for step in whole] == list(DANCE[: len(whole)])
    assert len(whole) >= 5
    for step, first in zip(whole, plan.steps, strict=False):
        at = int(np.searchsorted(beats, first.beats[0] - 1e-9))
        np.testing.assert_allclose(step.beats, beats[at + 4 * bars : at + 4 * bars + step.counts + 1])
    assert later.steps[-1].beats == plan.steps[-1].beats
    ends = [step.beats[-1] for step in later.steps[:-1]]
    assert ends == [step.beats[0] for step in later.steps[1:]]
    assert set(own) >= {step.clip_id for step in later.steps}


def test_a_canon_is_the_dance_shifted_in_time_and_ends_together(
    dance: tuple[ChoreographyPlan, dict[str, Clip]],
) -> None:
    cast = danced(dance, Troupe(3, "line", "canon:2"))
    first = cast.motions[0].rotations
    finale = round(dance[0].steps[-1].beats[0] * 60)
    for k in (1, 2):
        late = round(k * 8 * BEAT * 60)
        mine = cast.motions[k].rotations
        # Whole steps, after the seam with the waiting, before what is cut short and what leads to it.
        # What is near a seam is smoothed by what was danced before, which is not the same.
        shown = np.arange(late + round(4 * BEAT * 60), finale - round(16 * BEAT * 60))
        seams = np.array([60 * step.beats[0] for step in dance[0].steps]) + late
        away = shown[:, None] - seams
        shown = shown[((away < -0.4 * 60) | (away > 0.75 * 60)).all(axis=1)]
        assert len(shown) > 100
        np.testing.assert_allclose(mine[shown][:, UPPER], first[shown - late][:, UPPER], atol=2e-3)
        np.testing.assert_allclose(mine[finale + 60 :, UPPER], first[finale + 60 :, UPPER], atol=0.03)
        waiting = cast.motions[k].translation[: late - 30]
        assert float(np.ptp(waiting, axis=0).max()) < 0.5
        assert float(np.abs(np.diff(mine[:late], axis=0)).max()) > 1e-3  # alive
        assert float(np.quantile(contact_slide(cast.motions[k]), 0.95)) < 0.02


def test_a_canon_of_recorded_clips() -> None:
    """Clips that are warped, not compiled: the same swing of the arms, a bar later at the song's own pace."""
    plan, _ = plan_of(*["v-step"] * 4)
    clip = sway_clip("sway", bpm=110)
    steps = tuple(replace(step, clip_id=clip.clip_id, dataset="test", move="", mirror=False) for step in plan.steps)
    cast = danced((replace(plan, steps=steps), {clip.clip_id: clip}), Troupe(2, "line", "canon:1"))
    elbow = NAMES.index("left_shoulder")
    first, second = (motion.rotations[:, elbow] for motion in cast.motions)
    np.testing.assert_allclose(second[240:600], first[120:480], atol=2e-3)
    assert float(np.abs(second[:120] - first[:120]).max()) > 0.01


@pytest.mark.parametrize("unison", ["unison", "mirror", "canon:1"])
def test_the_finished_dances_keep_apart_and_repeat_bit_for_bit(
    dance: tuple[ChoreographyPlan, dict[str, Clip]], unison: str
) -> None:
    cast = danced(dance, Troupe(3, "V", unison))
    again = danced(dance, Troupe(3, "V", unison))
    assert len({len(motion) for motion in cast.motions}) == 1
    for one, other in zip(cast.motions, again.motions, strict=True):
        assert np.array_equal(one.translation, other.translation)
        assert np.array_equal(one.rotations, other.rotations)
    roots, bones = nearest(cast.motions)
    assert roots >= 0.6
    assert bones >= 0.2
    assert cast.guarantees["dancers_air"] >= GAP - 1e-9


# What cannot be


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"dancers": 0}, "whole number from 1"),
        ({"dancers": MOST + 1}, "found 25"),
        ({"dancers": 2.5}, "whole number"),
        ({"dancers": True}, "whole number"),
        ({"dancers": 3, "formation": "star"}, "one of auto, line, V"),
        ({"dancers": 3, "unison": "canon"}, "canon:BARS"),
        ({"dancers": 3, "unison": "canon:0"}, "canon:BARS"),
        ({"dancers": 3, "unison": "canon:65"}, "1 to 64"),
    ],
)
def test_wishes_that_cannot_be(wish: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Troupe.of(wish)


def test_names_are_known_in_any_case_and_come_back_from_a_plan() -> None:
    troupe = Troupe(3, "v", "canon:2")
    assert troupe.formation == "V"
    assert not troupe.changes
    assert Troupe.of({"style": "pop", **troupe.options()}) == troupe
    assert Troupe.of({"style": "pop"}) == Troupe()


def test_a_canon_longer_than_the_song(dance: tuple[ChoreographyPlan, dict[str, Clip]]) -> None:
    with pytest.raises(InputError, match=r"canon:4.*12 bars late.*bars after.*fewer dancers"):
        cast_plan(dance[0], Troupe(4, "line", "canon:4"))
    assert len(danced(dance, Troupe(3, "line", "canon:5")).motions) == 3


def test_a_canon_without_a_plan() -> None:
    with pytest.raises(InputError, match="bars of a plan"):
        multiply(standing(4), Troupe(2, "line", "canon:1"))
