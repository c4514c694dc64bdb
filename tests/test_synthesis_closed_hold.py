"""A couple in closed hold: hands meet what they hold, the partner is before the leader, feet stay where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks

from choreo.errors import InputError
from choreo.metrics.group import segment_distances
from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide, contacts_of, sole_points
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.moves import Move, compile_move, load_moves
from choreo.options import Choosing
from choreo.pipeline import make_plan
from choreo.pipeline.plan_options import options_of_plan
from choreo.pipeline.song_to_plan import chosen_for
from choreo.planfile.troupe import Troupe
from choreo.planning.clip_pool import ClipPool
from choreo.synthesis.closed_hold import Hold, couple, hold_of
from choreo.synthesis.ensemble import cast_plan, multiply, perform_all
from choreo.types import Doubles, Motion

HELD = sorted(name for name, move in load_moves().items() if "closed-hold" in move.labels and not move.base)
BONES = {"thigh": ("hip", "knee"), "shin": ("knee", "ankle"), "foot": ("ankle", "foot")}
INSIDE = 0.08
"""Metres between the middles of two bones of legs that are one in the other."""


def posed(motion: Motion) -> Doubles:
    return np.asarray(forward(CANONICAL, motion.translation, motion.rotations)[0], np.float64)


def legs(positions: Doubles) -> list[tuple[Doubles, Doubles]]:
    return [
        (positions[:, CANONICAL.index(f"{side}_{a}")], positions[:, CANONICAL.index(f"{side}_{b}")])
        for side in ("left", "right")
        for a, b in BONES.values()
    ]


def apart(one: tuple[Doubles, Doubles], other: tuple[Doubles, Doubles]) -> Doubles:
    """Metres ``(T,)`` between two bones."""
    (a, b), (c, d) = one, other
    return segment_distances(a, b - a, c, d - c)


def test_there_are_figures_for_the_waltz_and_for_the_tango() -> None:
    styles = [load_moves()[name].styles for name in HELD]
    assert sum("waltz" in each for each in styles) >= 12
    assert sum("tango" in each for each in styles) >= 12


@pytest.fixture(scope="module", params=HELD)
def move(request: pytest.FixtureRequest) -> Move:
    return load_moves()[request.param]


@pytest.fixture(scope="module")
def pair(move: Move) -> tuple[Motion, Motion, Motion]:
    lead = compile_move(move)
    return (lead, *couple(lead))


def test_hands_meet_what_they_hold(pair: tuple[Motion, Motion, Motion]) -> None:
    _, lead, partner = pair
    assert np.quantile(hold_of(lead, partner).gaps, 0.9, axis=0).max() <= 0.03


def test_the_leader_dances_as_before_but_for_his_arms(pair: tuple[Motion, Motion, Motion]) -> None:
    alone, lead, _ = pair
    arms = [CANONICAL.index(f"{side}_{j}") for side in ("left", "right") for j in ("shoulder", "elbow", "wrist")]
    others = [joint for joint in range(len(CANONICAL)) if joint not in arms]
    np.testing.assert_array_equal(lead.translation, alone.translation)
    turned = np.abs((lead.rotations[:, others] * alone.rotations[:, others]).sum(axis=-1))
    np.testing.assert_allclose(turned, 1, atol=1e-5)


def test_the_partner_stands_before_him_and_looks_at_him(pair: tuple[Motion, Motion, Motion]) -> None:
    _, lead, partner = pair
    chest = CANONICAL.index("spine3")
    way = posed(partner)[:, chest] - posed(lead)[:, chest]
    distance = np.hypot(way[:, 0], way[:, 2])
    assert distance.min() >= 0.3
    assert distance.max() <= 0.65
    _, turned = forward(CANONICAL, lead.translation, lead.rotations, [0])
    _, other = forward(CANONICAL, partner.translation, partner.rotations, [0])
    facing = rot.rotate(turned[:, 0], np.array([0, 0, 1], np.float32))
    faced = rot.rotate(other[:, 0], np.array([0, 0, 1], np.float32))
    assert np.median((facing * faced).sum(axis=-1)) < -0.8
    assert np.median((facing * way).sum(axis=-1)) > 0.3


def test_the_partners_feet_stand(pair: tuple[Motion, Motion, Motion]) -> None:
    partner = pair[2]
    assert contacts_of(partner).any()
    assert contact_slide(partner).mean() < 0.015
    assert sole_points(partner)[..., 1].min() > -0.01


def test_legs_are_seldom_one_in_the_other(pair: tuple[Motion, Motion, Motion]) -> None:
    _, lead, partner = pair
    his, own = legs(posed(lead)), legs(posed(partner))
    nearest = np.min([apart(a, b) for a in his for b in own], axis=0)
    assert (nearest < INSIDE).mean() <= 0.3


def test_a_pair_is_the_same_each_time(pair: tuple[Motion, Motion, Motion]) -> None:
    again = couple(pair[0])[1]
    assert again.rotations.tobytes() == pair[2].rotations.tobytes()


def test_gaps_are_from_palm_to_place() -> None:
    palms = np.zeros((2, 4, 3), np.float32)
    places = palms.copy()
    places[1, 2] = [0.03, 0.04, 0]
    wanted = np.array([[0, 0, 0, 0], [0, 0, 0.05, 0]])
    np.testing.assert_allclose(np.float64(Hold(palms, places).gaps), wanted, atol=1e-7)


def test_in_a_turn_the_couple_turns_as_one() -> None:
    lead, partner = couple(compile_move(load_moves()["waltz-natural-turn"]))
    his = np.unwrap(rot.heading(lead.rotations[:, 0]).astype(np.float64))
    own = np.unwrap(rot.heading(partner.rotations[:, 0]))
    assert his[-1] - his[0] == pytest.approx(own[-1] - own[0], abs=0.5)
    assert abs(his[-1] - his[0]) > 6


def test_a_couple_dances_figures_that_are_made_for_it(database: str, tmp_path: Path) -> None:
    song = write_clicks(tmp_path / "clicks.wav")
    held, alone = Troupe(2, unison="hold"), Choosing(db=database, seed=1)
    assert chosen_for(alone, None) == chosen_for(alone, Troupe(2)) == alone
    choosing = chosen_for(alone, held)
    assert choosing is not None
    assert choosing.only == ("closed-hold",)
    assert chosen_for(Choosing(only=("waltz-box",)), held) == Choosing(only=("waltz-box",))
    _, plan, clips = make_plan(song, choosing=choosing)
    assert all("closed-hold" in clip.labels for clip in clips.values())
    assert plan.options["only"] == ["closed-hold"]
    assert options_of_plan(plan, database)[1].only == ("closed-hold",)
    ensemble = perform_all(cast_plan(plan, held), clips)
    assert len(ensemble.motions) == 2
    assert ensemble.guarantees["hold_gap_p95"] <= 0.03
    assert ensemble.warnings == ()
    lead, partner = (motion.translation[0, [0, 2]] for motion in ensemble.motions)
    np.testing.assert_allclose(lead + partner, 2 * (ensemble.dance.translation[0, [0, 2]]), atol=1e-5)


def test_hands_that_do_not_meet_are_told() -> None:
    wild = compile_move(load_moves()["rock-scream-lean"])
    (told,) = multiply(wild, Troupe(2, unison="hold")).warnings
    assert "hands do not always meet" in told


def test_only_moves_and_labels_that_are_there(database: str) -> None:
    pool = ClipPool.open(database, (), "any", only=("Tango-Walk", "closed-hold"))
    both = int(pool.allowed.sum())
    walk = int(ClipPool.open(database, (), "any", only=("Tango-Walk",)).allowed.sum())
    assert 0 < walk < both < len(pool.allowed)
    with pytest.raises(InputError, match="no move or label is called 'closed-hand'"):
        ClipPool.open(database, (), "any", only=("closed-hand",))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"dancers": 3}, "found 3 dancers, expected 2"),
        ({"dancers": 1}, "found 1 dancers, expected 2"),
        ({"dancers": 2, "formation": "line"}, "stand before each other"),
    ],
)
def test_a_closed_hold_is_of_two(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Troupe(unison="hold", **asked)
    assert not Troupe(2, unison="hold").changes
    assert Troupe(2, unison="hold").settled.held
