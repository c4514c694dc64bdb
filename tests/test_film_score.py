"""Shots and lights of a user's own: kept in a plan, shown as blocks, filmed and lit; the director has the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from render_support import dancing, standing
from show_support import BEAT, START
from test_director import timeline, travelling

from choreo.cli.app import run
from choreo.errors import InputError, PlanError
from choreo.planfile import LIGHTS, SHOTS, part_of_plan, read_plan, with_light, with_shot, write_plan
from choreo.planfile.film import film_of, with_film
from choreo.types import ChoreographyPlan, Motion, PlanStep, Section, Timeline
from choreo.video import film_blocks
from choreo.video.cuts import placed_shots, whole_dance
from choreo.video.director import director_camera
from choreo.video.lights import FADE, PALETTES, cues, stage_lights
from choreo.video.shots import NAMED, SHORTEST, is_clear, plan_shots
from choreo.video.timeline import timeline_of
from choreo.viewer.pack import lights_json

BARS = 24


@pytest.fixture(scope="module")
def plan() -> ChoreographyPlan:
    """Steps of two bars at 120 beats a minute, a section every eight bars; the dance begins within the first bar."""
    steps = tuple(
        PlanStep(
            f"c{k}", "walk", "test", "CC0-1.0", False, 8 * k,
            tuple(START - BEAT + BEAT * count for count in range(8 * k, 8 * k + 9)), "ABA"[k // 4], 1.0, {},
        )
        for k in range(BARS // 2)
    )  # fmt: skip
    return ChoreographyPlan({"name": "s.mp3"}, 4, 120.0, START, START - BEAT + 4 * BARS * BEAT, 0, steps)


def names(blocks: Any) -> list[tuple[int, int, str]]:
    return [(block.bar, block.bar + block.bars, block.name) for block in blocks if block.own]


def test_every_name_can_be_filmed_and_lit() -> None:
    assert set(SHOTS) == set(NAMED)
    line = replace(timeline(), lights=tuple(Section(2.0 * k, 2.0 * k + 2, name) for k, name in enumerate(LIGHTS)))
    seen = {cue.name: cue for cue in cues(line) if cue.own}
    assert list(seen) == list(LIGHTS)
    looks = {(cue.colours, cue.key, cue.level) for cue in seen.values()}
    assert len(looks) == len(LIGHTS)


def test_what_is_said_later_holds_and_what_is_around_it_stays(plan: ChoreographyPlan) -> None:
    made = with_shot(with_shot(plan, (0, 16), "wide"), (4, 8), "near")
    assert names(film_blocks(made)[0]) == [(0, 4, "wide"), (4, 8, "near"), (8, 16, "wide")]
    back = with_shot(made, (2, 10), None)
    assert names(film_blocks(back)[0]) == [(0, 2, "wide"), (10, 16, "wide")]
    assert film_of(back.options).lights == ()
    assert with_shot(back, (0, BARS), None) == plan
    lit = with_film(back, (), (((3, 5), "red"), ((5, 7), "red"), ((20, 24), "auto")))
    assert names(film_blocks(lit)[1]) == [(3, 5, "red"), (5, 7, "red")]


def test_blocks_cover_all_bars_and_those_without_wishes_are_the_director_s(plan: ChoreographyPlan) -> None:
    for each in (plan, with_light(with_shot(plan, (5, 6), "feet"), (9, 12), "gold")):
        for blocks in film_blocks(each):
            assert blocks[0].bar == 0
            assert all(a.bar + a.bars == b.bar and a.bars > 0 for a, b in pairwise(blocks))
            assert blocks[-1].bar + blocks[-1].bars == BARS
    shots, lights = film_blocks(plan)
    assert not any(block.own for block in (*shots, *lights))
    # A section has its light whenever it comes back.
    assert [(block.bar, block.bars, block.name) for block in lights] == [
        (0, 8, "blue"),
        (8, 8, "teal"),
        (16, 8, "blue"),
    ]
    assert {block.bar for block in shots} >= {0, 8, 16}


def test_a_file_keeps_them_and_tells_what_is_wrong_in_it(plan: ChoreographyPlan, tmp_path: Path) -> None:
    made = with_light(with_shot(plan, (4, 8), "near"), (0, 2), "blackout")
    write_plan(made, tmp_path / "p.json")
    kept = read_plan(tmp_path / "p.json")
    assert film_blocks(kept) == film_blocks(made)
    assert film_of(kept.options) == film_of(made.options)
    data = json.loads((tmp_path / "p.json").read_text())
    for film, said in (
        ({"shots": [{"bars": [4, 25], "name": "wide"}]}, "end at bar 25, the dance has 24"),
        ({"shots": [{"bars": [4, 8], "name": "drone"}]}, "'drone', expected one of full"),
        ({"lights": [{"bars": [4, 8], "name": "red"}, {"bars": [7, 9], "name": "red"}]}, "expected to begin at 8"),
        ({"lights": [{"bars": [-1, 8], "name": "red"}]}, "expected to begin at 0"),
        ({"shots": [{"bars": [4, 4], "name": "wide"}]}, "end after that"),
        ({"shots": [{"bars": "4:8", "name": "wide"}]}, "film: "),
        ({"shots": [{"bars": [k, k + 1], "name": "wide"} for k in range(2001)]}, "at most 2000"),
        (3, "film: "),
    ):
        data["options"]["film"] = film
        (tmp_path / "p.json").write_text(json.dumps(data))
        with pytest.raises(PlanError, match="a damaged plan: film") as caught:
            read_plan(tmp_path / "p.json")
        assert said in caught.value.message
    for bars, name, said in (((4, 4), "wide", "bars 0 to 23"), ((20, 25), "wide", "0 to 23"), ((0, 1), "x", "near")):
        with pytest.raises(InputError, match=said):
            with_shot(plan, bars, name)
    with pytest.raises(InputError, match="blackout, or auto"):
        with_light(plan, (0, 1), "near")


def test_the_command_changes_and_shows_them(
    plan: ChoreographyPlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.plan.json"
    write_plan(plan, path)
    assert run(["edit", str(path), "--shot", "4:8=near", "--light", "0:1=Red", "--light", "4:8=auto"]) == 0
    assert "camera: bars 4-7 near; lights: bar 0 red" in capsys.readouterr().out
    assert names(film_blocks(read_plan(path))[0]) == [(4, 8, "near")]
    assert run(["show", str(path), "--html", str(tmp_path / "p.html")]) == 0
    assert "camera: bars 4-7 near\nlights: bar 0 red\n" in capsys.readouterr().out
    assert "camera: bars 4-7 near" in (tmp_path / "p.html").read_text(encoding="utf-8")
    assert run(["edit", str(path), "--shot", "0:24=auto", "--light", "0:24=auto"]) == 0
    assert "are the director's" in capsys.readouterr().out
    assert read_plan(path).options == plan.options
    assert run(["edit", str(path), "--shot", "4:8=drone"]) == 2
    assert "counter-orbit" in capsys.readouterr().err


def spans(line: Timeline, motion: Motion) -> list[tuple[str, float]]:
    found = placed_shots(line, len(motion), motion.fps, whole_dance([motion]))
    return [(shot.name, span.start / motion.fps) for shot, span in found]


def test_own_cuts_hold_where_the_director_would_cut_elsewhere() -> None:
    motion = travelling(960)
    free = spans(timeline(), motion)
    own = (Section(6.0, 12.0, "low"), Section(12.0, 14.0, "orbit"))
    made = spans(replace(timeline(), shots=own), motion)
    assert ("low", 6.0) in made
    assert ("orbit", 12.0) in made
    assert 14.0 in [start for _, start in made]
    assert not any(6.0 < start < 12.0 for _, start in made)
    assert any(6.0 < start < 12.0 for _, start in free)
    # Before the first own shot, and a shot after the last, the director cuts as before.
    assert [shot for shot in made if shot[1] < 3.5] == [shot for shot in free if shot[1] < 3.5]
    assert made[-2:] == free[-2:]


@pytest.mark.parametrize("seed", range(20))
def test_shots_around_own_ones_are_whole_and_differ_from_them(seed: int) -> None:
    draw = np.random.default_rng(seed)
    borders = np.sort(draw.choice(np.arange(0, 34, 2), 4, replace=False)).astype(float)
    own = tuple(Section(float(borders[k]), float(borders[k + 1]), str(draw.choice(SHOTS))) for k in (0, 2))
    shots = plan_shots(replace(timeline(), shots=own), 32.0)
    assert shots[0].start == 0
    assert shots[-1].end == 32
    assert all(a.end == b.start for a, b in pairwise(shots))
    assert [(s.start, s.end, s.own) for s in shots if s.own] == [(s.start, s.end, s.label) for s in own]
    for before, shot, after in zip((None, *shots), shots, (*shots[1:], None), strict=False):
        if shot.own:
            continue
        for a, b in ((before, shot), (shot, after)):
            if a is not None and b is not None and (a.own or b.own):
                assert a.type != b.type
                assert a.type.shows != b.type.shows or is_clear(a.type, b.type)
                assert not (a.near and b.near)
        between = before is not None and after is not None and before.own and after.own
        edge = (before is None or before.own) and (after is None or after.own)
        assert between or edge or shot.end - shot.start >= SHORTEST - 1e-6


@pytest.mark.parametrize("name", ["close", "medium", "feet", "near"])
def test_near_shots_of_a_group_show_the_one_in_front(name: str) -> None:
    back = dancing(120, fps=30.0)
    way = np.array([[1.2, 0.0, 1.5]], np.float32)
    front = replace(back, translation=back.translation + way)
    line = replace(timeline(bars=2), shots=(Section(0.0, 4.0, name),))
    path = director_camera([back, front], width=640, height=360, fps=30.0, timeline=line)
    to_front, to_back = (np.abs(path.target[:, 0] - each.translation[:, 0]).mean() for each in (front, back))
    assert to_front < 0.4 * to_back
    wide = director_camera([back, front], width=640, height=360, fps=30.0, timeline=timeline(bars=2))
    near, far = (np.linalg.norm(each.eye - each.target, axis=1).mean() for each in (path, wide))
    assert near < 0.8 * far


def test_own_lights_go_over_at_their_bars_and_back() -> None:
    line = timeline()
    own = replace(line, lights=(Section(3.0, 7.0, "red"), Section(7.0, 9.0, "blackout")))
    times = np.array([2.9, 3.0 + FADE, 6.9, 7.0 + FADE, 9.0 + FADE, 11.5])
    lit, free = stage_lights(own, times, accents=False), stage_lights(line, times, accents=False)
    assert lit is not None
    assert free is not None
    for at in (0, 4, 5):
        np.testing.assert_allclose(lit.rims[at], free.rims[at], atol=1e-6)
    for at in (1, 2):
        shares = lit.rims[at] / np.array(PALETTES[3][:2])
        assert np.ptp(shares) < 1e-5
        assert lit.key[at] == free.key[at]
    assert lit.level.round(6).tolist() == [1, 1, 1, 0, 1, 1]
    # The page of `--formats web` has the same cues.
    packed = lights_json(own)["cues"]
    assert [row[0] for row in packed][:6] == [0.0, 2.0, 3.0, 4.0, 6.0, 7.0]
    assert packed[5][2] == 0


def test_a_part_is_filmed_and_lit_as_in_the_whole(plan: ChoreographyPlan) -> None:
    from choreo.planfile import whole_plan

    made = with_light(with_shot(plan, (4, 8), "low"), (5, 9), "gold")
    part = part_of_plan(made, bars=(6, 12))
    assert film_blocks(part) == film_blocks(made)
    assert timeline_of(whole_plan(part)).shots == timeline_of(made).shots
    # In seconds of the part they are where they are in the song.
    assert timeline_of(part).lights[0].start + part.start == timeline_of(made).lights[0].start + made.start
    # The first bar begins before the dance: what is shown of it is lit.
    first = timeline_of(with_light(plan, (0, 1), "red")).lights[0]
    assert (first.start, first.end) == (0.0, 1.5)


def test_a_still_dancer_is_filmed_as_asked() -> None:
    line = replace(timeline(bars=8), shots=(Section(4.0, 12.0, "near"),))
    # Nothing moves: the face is what there is to see.
    assert ("close", 4.0) in spans(line, standing(480))
