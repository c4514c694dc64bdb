from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dance_support import song, sway_clip

from choreo.db.columns import columns_of_lists
from choreo.errors import InputError, PlanError, PlanningError
from choreo.music import phrases
from choreo.planfile.counts import step_bars
from choreo.planning import Edit, Wishes, plan, plans
from choreo.planning.edit import mirrored_steps, wishes_of
from choreo.planning.energy import read_curve, with_energy
from choreo.planning.shortlist import COLUMNS, shortlist
from choreo.retrieval import retrieve
from choreo.types import ChoreographyPlan, Clip

MUSIC = song(64.0, form="ABAB")
PARTS = phrases(MUSIC)


def clips_of(count: int = 10) -> list[Clip]:
    names = "abcdefghijklmnop"[:count]
    moves = [sway_clip(n, size=0.2 + 0.03 * k, energy=0.2 + 0.05 * k, styles=("pop",)) for k, n in enumerate(names)]
    short = [sway_clip(f"short-{k}", size=0.3, energy=0.4, counts=4, styles=("pop",)) for k in range(3)]
    still = sway_clip("stand", size=0.02, energy=0.05, counts=4, role="idle", styles=("groove",))
    return [*moves, *short, still]


CLIPS = clips_of()


def made(wishes: Wishes | None = None, **options: Any) -> ChoreographyPlan:
    return plan(MUSIC, PARTS, CLIPS, retrieve(MUSIC, PARTS, CLIPS), wishes=wishes, **options)


def at_bars(sheet: ChoreographyPlan) -> dict[int, str]:
    return {first: step.name for (first, _), step in zip(step_bars(sheet), sheet.steps, strict=True)}


PLAIN = made()


def test_a_pinned_move_begins_at_its_bar() -> None:
    for bar in (0, 7, 12):
        assert at_bars(made(Wishes(pins=((bar, "f"),))))[bar] == "f"


def test_banned_moves_do_not_appear_and_required_ones_do() -> None:
    danced = {step.name for step in PLAIN.steps}
    banned = sorted(danced - {"stand"})[:2]
    sheet = made(Wishes(bans=tuple(banned)))
    assert not {step.name for step in sheet.steps} & set(banned)
    missing = sorted({clip.name for clip in CLIPS} - danced)
    assert missing, "the plain plan should not dance everything"
    assert missing[0] in {step.name for step in made(Wishes(required=(missing[0],))).steps}


def test_wishes_that_contradict_each_other_are_told() -> None:
    with pytest.raises(PlanningError, match=r"'4=a' and '4=b' cannot be had together"):
        made(Wishes(pins=((4, "a"), (4, "b"))))
    with pytest.raises(PlanningError, match=r"'4=a' and '5=b' cannot be had together: 'a' lasts 2 bars.*'6=b'"):
        made(Wishes(pins=((4, "a"), (5, "b"))))  # a lasts two bars
    with pytest.raises(PlanningError, match=r"'4=a' and 'ban a' cannot be had together"):
        made(Wishes(pins=((4, "a"),), bans=("a",)))
    with pytest.raises(InputError, match=r"called 'aa'"):
        made(Wishes(bans=("aa",)))
    with pytest.raises(InputError, match="bars 0 to"):
        made(Wishes(pins=((400, "a"),)))
    with pytest.raises(InputError, match="variety"):
        Wishes(variety=2)


def test_variety_is_how_many_moves_there_are() -> None:
    few, many = (len({s.name for s in made(Wishes(variety=v)).steps}) for v in (0.0, 1.0))
    assert few < many


def test_alternatives_differ_and_the_first_is_the_plan() -> None:
    found = plans(MUSIC, PARTS, CLIPS, retrieve(MUSIC, PARTS, CLIPS), count=3)
    assert found[0] == PLAIN
    rows = [at_bars(sheet) for sheet in found]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        both = rows[a].keys() & rows[b].keys()
        assert np.mean([rows[a][bar] == rows[b][bar] for bar in both]) < 0.5


def edited(sheet: ChoreographyPlan, edit: Edit) -> tuple[ChoreographyPlan, list[str]]:
    wishes, notes = wishes_of(sheet, edit, CLIPS)
    assert wishes is not None
    return made(wishes), notes


def test_replacing_bars_leaves_the_others_as_they_are() -> None:
    first, last = step_bars(PLAIN)[4][0], step_bars(PLAIN)[6][1]
    again, notes = edited(PLAIN, Edit(replace=((first, last),)))
    assert notes == []
    before = {bar: step for (bar, _), step in zip(step_bars(PLAIN), PLAIN.steps, strict=True)}
    after = {bar: step for (bar, _), step in zip(step_bars(again), again.steps, strict=True)}
    for bar, step in before.items():
        if not first <= bar < last:
            assert (after[bar].clip_id, after[bar].mirror, after[bar].beats) == (step.clip_id, step.mirror, step.beats)
        elif bar in after:
            assert after[bar].clip_id != step.clip_id
    assert again.steps[0].beats == PLAIN.steps[0].beats
    assert again.steps[-1].beats == PLAIN.steps[-1].beats


def test_replacing_with_a_move_and_cutting_through_steps() -> None:
    bars = step_bars(PLAIN)
    first = bars[3][0]
    wanted = "e" if PLAIN.steps[3].name != "e" else "d"
    again, _ = edited(PLAIN, Edit(replace=((first, first + 2),), moves=(wanted,)))
    assert at_bars(again)[first] == wanted
    long = next(n for n, (a, b) in enumerate(bars) if b - a == 2)
    _, notes = edited(PLAIN, Edit(replace=((bars[long][0] + 1, bars[long][1]),)))
    assert f"{bars[long][0]}:{bars[long][1]} are danced anew" in notes[0]


def test_locked_bars_stay_and_all_others_are_planned_anew() -> None:
    bars = step_bars(PLAIN)
    locked = (0, bars[5][0])
    wishes, _ = wishes_of(PLAIN, Edit(lock=(locked,)), CLIPS)
    assert wishes is not None
    assert wishes.range == (locked[1], bars[-1][1])
    again = made(wishes)
    for (bar, _), step in zip(bars, PLAIN.steps, strict=True):
        if bar < locked[1]:
            assert at_bars(again)[bar] == step.name
    with pytest.raises(PlanningError, match="locked"):
        wishes_of(PLAIN, Edit(lock=(locked,), swap=(0,)), CLIPS)


def test_swapping_takes_another_clip_and_banning_takes_all_of_them() -> None:
    bar = step_bars(PLAIN)[2][0]
    again, _ = edited(PLAIN, Edit(swap=(bar,)))
    assert at_bars(again)[bar] != at_bars(PLAIN)[bar]
    name = PLAIN.steps[2].name
    without, _ = edited(PLAIN, Edit(ban=(name,)))
    assert name not in {step.name for step in without.steps}


def test_holding_stands_still() -> None:
    bars = step_bars(PLAIN)
    first, last = bars[4][0], bars[5][1]
    again, _ = edited(PLAIN, Edit(hold=((first, last),)))
    held = {name for bar, name in at_bars(again).items() if first <= bar < last}
    assert held == {"stand"}


def test_mirroring_touches_nothing_else() -> None:
    by_id = {clip.clip_id: clip for clip in CLIPS}
    bar = step_bars(PLAIN)[3][0]
    again = mirrored_steps(PLAIN, (bar,), by_id)
    assert [a.mirror != b.mirror for a, b in zip(again.steps, PLAIN.steps, strict=True)].count(True) == 1
    assert mirrored_steps(again, (bar,), by_id) == PLAIN
    stiff = {clip_id: replace(clip, mirrorable=False) for clip_id, clip in by_id.items()}
    with pytest.raises(InputError, match="cannot be mirrored"):
        mirrored_steps(PLAIN, (bar,), stiff)
    with pytest.raises(InputError, match="bar 900"):
        mirrored_steps(PLAIN, (900,), by_id)


def test_nothing_to_dance_anew() -> None:
    assert wishes_of(PLAIN, Edit(mirror=(0,)), CLIPS)[0] is None
    with pytest.raises(InputError, match="second must be larger"):
        wishes_of(PLAIN, Edit(replace=((4, 4),)), CLIPS)


def test_a_curve_of_energy_is_followed() -> None:
    times, energies = read_curve("0:10=0.2, 1:00=1")
    np.testing.assert_allclose(times, [10, 60])
    np.testing.assert_allclose(energies, [0.2, 1])
    music = song(64.0, form="ABCD")
    wanted = with_energy(phrases(music), "0=0.1,32=0.1,33=0.9")
    energy = {clip.name: clip.energy for clip in CLIPS}
    sheet = plan(music, wanted, CLIPS, retrieve(music, wanted, CLIPS))
    halves = [[energy[s.name] for s in sheet.steps if (s.beats[0] > 32) == late] for late in (False, True)]
    assert np.mean(halves[1]) > np.mean(halves[0]) + 0.1


@pytest.mark.parametrize("text", ["", "loud", "0:10=2", "0.5,0.7", "1:xx=0.2", "0:10=0.1,0:10=0.2"])
def test_curves_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InputError, match=r"0:00=0\.2"):
        read_curve(text)


def rows_of(count: int) -> dict[str, list[object]]:
    rng = np.random.default_rng(0)
    return {
        "clip_id": [f"{k:05d}" for k in range(count)],
        "dataset": ["big"] * count,
        "licence": ["CC0-1.0"] * count,
        "role": ["move"] * (count - 10) + ["entrance"] * 5 + ["ending"] * 5,
        "metre": rng.choice([3, 4], count).tolist(),
        "counts": [12] * count,
        "tempo": rng.uniform(60, 200, count).tolist(),
        "tempo_low": [0.0] * count,
        "tempo_high": [0.0] * count,
        "energy": rng.random(count).tolist(),
        "styles": [("pop",) if k % 2 else ("tango",) for k in range(count)],
        "source_hash": [f"take{k // 10}" for k in range(count)],
        "first_frame": [k % 10 * 100 for k in range(count)],
    }


def test_a_shortlist_holds_what_suits_the_song_and_keeps_takes_together() -> None:
    rows, held = rows_of(5000), columns_of_lists(rows_of(5000))
    assert set(rows) == set(COLUMNS)
    allowed = np.ones(5000, bool)
    allowed[:1000] = False
    found = [int(each) for each in shortlist(held, allowed, PARTS, 4, "pop", 0, most=400)]
    assert len(found) <= 400
    assert len(found) > 300
    assert min(found) >= 1000
    assert {rows["metre"][k] for k in found} == {4}
    assert {rows["role"][k] for k in found} >= {"move", "ending"}
    moves = [k for k in found if rows["role"][k] == "move"]
    mine, others = (
        [k for k in range(1000, 4990) if rows["metre"][k] == 4 and (k in set(moves)) == inside]
        for inside in (True, False)
    )
    far = np.abs(np.log2(np.array(rows["tempo"], float) / MUSIC.tempo))
    assert far[mine].mean() < far[others].mean()
    takes = {rows["source_hash"][k] for k in moves}
    whole = [k for k in range(1000, 4990) if rows["source_hash"][k] in takes and rows["metre"][k] == 4]
    assert len(moves) == len(whole)
    assert found == [int(each) for each in shortlist(held, allowed, PARTS, 4, "pop", 0, most=400)]


def test_editing_a_plan_of_a_song_that_is_gone(tmp_path: Path) -> None:
    from choreo.pipeline.song_to_plan import edit_plan

    gone = replace(PLAIN, song={**PLAIN.song, "path": str(tmp_path / "gone.wav")})
    with pytest.raises(PlanError, match=r"gone\.wav"):
        edit_plan(gone, Edit(swap=(0,)))
