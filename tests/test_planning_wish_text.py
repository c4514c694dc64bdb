"""Wishes in words: read, found in the song, granted, or explained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dance_support import song, sway_clip

from choreo.errors import InputError, PlanError, PlanningError
from choreo.music import phrases
from choreo.music.song_form import parts_by_name
from choreo.planfile import read_plan, write_plan
from choreo.planfile.counts import step_bars
from choreo.planning import Edit, Wishes, plan
from choreo.planning.choreograph import bars_to_dance
from choreo.planning.edit import changes_said, wishes_of
from choreo.planning.wish_meaning import meaning
from choreo.planning.wish_ranges import ranges_of, spans_of, time_of
from choreo.planning.wish_resolve import resolved, touched, unmet, with_levels, within
from choreo.planning.wish_text import Where, named_in, read_where, read_wish
from choreo.retrieval import retrieve
from choreo.types import ChoreographyPlan, Clip, Section

MUSIC = song(64.0, form="ABAB")  # 32 bars of two seconds, A and B of eight
PARTS = phrases(MUSIC)


def clips_of() -> list[Clip]:
    moves = [
        sway_clip(name, size=0.2 + 0.03 * k, energy=0.2 + 0.06 * k, styles=("pop",))
        for k, name in enumerate(("acorn", "birch", "cedar", "damson", "elder", "fir", "gorse", "hazel"))
    ]
    discos = [sway_clip(f"disco-{k}", size=0.3, energy=0.2 + 0.1 * k, styles=("disco",)) for k in range(6)]
    short = [sway_clip(f"short-{k}", size=0.3, energy=0.4, counts=4, styles=("pop",)) for k in range(6)]
    still = sway_clip("stand", size=0.02, energy=0.05, counts=4, role="idle", styles=("groove",))
    close = sway_clip("curtain", size=0.2, energy=0.3, counts=4, role="ending", styles=("pop",))
    return [*moves, *discos, *short, still, close]


CLIPS = clips_of()
BARS = bars_to_dance(MUSIC, PARTS, CLIPS, 0.0, MUSIC.duration)


def made(*asked: str, **options: Any) -> ChoreographyPlan:
    wishes, levels = resolved(Wishes(asked=asked), BARS, CLIPS, MUSIC)
    parts = with_levels(PARTS, levels)
    return plan(MUSIC, parts, CLIPS, retrieve(MUSIC, parts, CLIPS), wishes=wishes, **options)


PLAIN = made()


def at_bars(found: ChoreographyPlan) -> dict[int, str]:
    return {first: step.name for (first, _), step in zip(step_bars(found), found.steps, strict=True)}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("24", Where("bar", 24)),
        ("bars 16-20", Where("bar", 16, 20)),
        ("16 to 20", Where("bar", 16, 20)),
        ("12.5", Where("bar", 12.5)),
        ("12-12.5", Where("bar", 12, 12.5)),
        ("1:02", Where("time", 62)),
        ("1:00:02.5", Where("time", 3602.5)),
        ("62s - 1:10", Where("time", 62, 70)),
        ("Chorus", Where("part", name="chorus")),
        ("chorus 2", Where("part", name="chorus", number=2)),
        ("verse last", Where("part", name="verse", number=-1)),
        ("every 8", Where("every", 8)),
        ("end", Where("part", name="end")),
    ],
)
def test_places_are_read(text: str, where: Where) -> None:
    assert read_where(text) == where


@pytest.mark.parametrize(
    "text", ["", "=", "24=", "=spin", "24", "2x=spin", "-3=spin", "1:2:3:4=spin", "chorus two=spin", "2.7=hold"]
)
def test_what_is_no_wish_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(InputError, match="16-20=calm"):
        read_wish(text)


@pytest.mark.parametrize("text", ["20-16=calm", "20-20=calm", "1:10-1:02=calm", "every 0=spin", "x" * 300 + "=calm"])
def test_ranges_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"larger|expected"):
        read_wish(text)


def test_parts_have_the_names_that_people_use() -> None:
    sections = tuple(
        Section(8.0 * k, 8.0 * (k + 1), label) for k, label in enumerate(["I", "V", "C", "V", "C", "X", "C", "O"])
    )
    energy = np.array(
        [{"I": 0.2, "V": 0.4, "C": 0.9, "X": 0.6, "O": 0.3}[sections[int(t // 8)].label] for t in MUSIC.beats]
    )
    heard = replace(MUSIC, sections=sections, energy=energy.astype(np.float32))
    assert {name: [part.label for part in found] for name, found in parts_by_name(heard).items()} == {
        "intro": ["I"], "verse": ["V", "V"], "chorus": ["C", "C", "C"], "bridge": ["X"], "outro": ["O"],
    }  # fmt: skip
    assert parts_by_name(replace(heard, sections=())) == {}


def test_places_are_found_in_the_song() -> None:
    def bars(text: str) -> list[tuple[int, int]]:
        where = read_where(text)
        assert where is not None
        return ranges_of(where, BARS, MUSIC)

    assert len(BARS) == 32
    assert bars("A") == [(0, 8), (16, 24)]
    assert bars("B 2") == bars("b last") == [(24, 32)]
    assert bars("12") == [(12, 13)]
    assert bars("12-14") == [(12, 14)]
    assert bars("every 16") == [(0, 1), (16, 17)]
    assert bars("end") == [(31, 32)]
    inside = (BARS[5].beats[0] + BARS[5].beats[-1]) / 2
    assert bars(f"{inside:.2f}s") == [(5, 6)]
    assert bars(f"{BARS[5].beats[0]:.2f}s-{BARS[7].beats[-1]:.2f}s") == [(5, 8)]
    for wrong, told in (
        ("40", "bars 0 to 31"),
        ("9:00", "goes from"),
        ("bridge", "none is heard"),
        ("B 7", "has 2"),
        ("Q", "It has"),
    ):
        with pytest.raises(InputError, match=told):
            bars(wrong)


def test_what_is_asked_for_is_understood() -> None:
    assert meaning("Freeze", CLIPS).still
    assert (meaning("hold 2", CLIPS).still, meaning("freeze for 3 counts", CLIPS).counts) == (True, 3)
    assert meaning("stand", CLIPS).idle
    assert not meaning("stand", CLIPS).still
    assert meaning("the same", CLIPS).same
    assert meaning("wild", CLIPS).energy == 0.95
    assert meaning("energy 0.4", CLIPS).energy == meaning("energy 40 %", CLIPS).energy == 0.4
    assert meaning("disco", CLIPS).style == meaning("style disco", CLIPS).style == "disco"
    named = meaning("birch", CLIPS)
    assert (named.by_name, {i for i in named.moves}) == (True, {c.clip_id for c in CLIPS if c.name == "birch"})
    words = meaning("standing", CLIPS)
    assert not words.by_name
    assert {c.clip_id for c in CLIPS if c.name == "stand"} <= words.moves
    for wrong in ("style polonaise", "energy 400 %", "xyzzy", "hold 0", "freeze 99999"):
        with pytest.raises(InputError):
            meaning(wrong, CLIPS)
    assert named_in(["24=birch", "B=wild"]) == ["birch", "wild"]


def test_moves_begin_where_they_are_wished_for() -> None:
    found = at_bars(made("6=birch", "B=cedar", "every 16=hazel"))
    assert [found[bar] for bar in (6, 8, 24, 0, 16)] == ["birch", "cedar", "cedar", "hazel", "hazel"]


def test_an_ending_ends() -> None:
    assert made("end=curtain").steps[-1].name == "curtain"
    assert made("end=elder").steps[-1].name == "elder"


def test_a_freeze_stands_still_and_no_longer() -> None:
    found = made("13=freeze")
    steps = {bar: name for (first, past), step in zip(step_bars(found), found.steps, strict=True)
             for bar, name in [(bar, step.name) for bar in range(first, past)]}  # fmt: skip
    assert [steps[bar] for bar in (12, 13, 14)].count("stand") == 1
    assert steps[13] == "stand"


def held_counts(found: ChoreographyPlan) -> dict[int, tuple[int, ...]]:
    """Counts that are held of each bar that has some."""
    out = dict[int, tuple[int, ...]]()
    for (first, _), step in zip(step_bars(found), found.steps, strict=True):
        for begin, end in step.holds:
            for count in range(begin, end):
                bar = first + count // 4
                out[bar] = (*out.get(bar, ()), count % 4)
    return out


def test_half_bars_and_counts_are_held_where_they_are_wished_for() -> None:
    assert held_counts(PLAIN) == {}
    assert held_counts(made("13=freeze")) == {13: (0, 1, 2, 3)}
    assert held_counts(made("12.5=hold")) == {12: (2, 3)}
    assert held_counts(made("12-12.5=hold", "20.5-22=pause")) == {12: (0, 1), 20: (2, 3), 21: (0, 1, 2, 3)}
    assert held_counts(made("9=hold 2")) == {9: (0, 1)}
    assert held_counts(made("9.5=hold 4")) == {9: (2, 3), 10: (0, 1)}
    beat = BARS[5].beats[3]
    assert held_counts(made(f"{beat - 0.1:.2f}s=hold 2")) == {5: (3,), 6: (0,)}
    assert held_counts(made("every 16=hold 1")) == {0: (0,), 16: (0,)}
    assert held_counts(made("31.5=hold 8")) == {31: (2, 3)}
    assert held_counts(made("13=stand")) == {}
    assert at_bars(made("13=stand"))[13] == "stand"


def test_half_bars_are_for_holds_and_of_the_dance() -> None:
    with pytest.raises(InputError, match="half bars can be held"):
        made("12.5=birch")
    with pytest.raises(InputError, match="bars 0 to 31"):
        made("32.5=hold")


def test_half_a_bar_of_three_is_its_last_count() -> None:
    three = [replace(bar, beats=bar.beats[:4]) for bar in BARS[:4]]
    where = read_where("2.5")
    assert where is not None
    assert spans_of(where, 0, three, MUSIC) == [(2 + 2 / 3, 3.0)]
    assert time_of(three, 2 + 2 / 3) == three[2].beats[2]


def test_holds_stay_in_steps_that_an_edit_leaves() -> None:
    held = made("12.5=hold")
    again = edited(held, Edit(swap=(2,)))
    assert held_counts(again) == {12: (2, 3)}
    assert changes_said(held, replace(held, steps=PLAIN.steps)).startswith("1 step")
    assert held_counts(edited(PLAIN, Edit(hold=((8, 10),)))) == {8: (0, 1, 2, 3), 9: (0, 1, 2, 3)}


def test_levels_of_energy_change_what_is_danced() -> None:
    calm, wild = made("B=calm"), made("B=wild")

    def danced(found: ChoreographyPlan) -> float:
        energy = {clip.clip_id: clip.energy for clip in CLIPS}
        return float(np.mean([energy[s.clip_id] for s in found.steps if s.section == "B"]))

    assert danced(calm) < danced(wild) - 0.1
    assert {step.energy for step in wild.steps if step.section == "B"} == {0.95}


def test_a_style_holds_for_its_bars_only() -> None:
    found = made("16-24=disco", style="pop")
    styles = {
        first: step.name.startswith("disco") for (first, _), step in zip(step_bars(found), found.steps, strict=True)
    }
    assert all(styles[bar] for bar in styles if 16 <= bar < 24)
    assert not any(styles[bar] for bar in styles if not 14 <= bar < 24)


def test_the_same_again_is_the_same() -> None:
    found = at_bars(made("A=same", seed=3))
    first = {bar: name for bar, name in found.items() if bar < 8}
    assert {bar - 16: name for bar, name in found.items() if 16 <= bar < 24} == first
    with pytest.raises(InputError, match="comes once only"):
        made("A 1=same")


@pytest.mark.parametrize("seed", range(4))
def test_the_same_again_leaves_room_for_the_end(seed: int) -> None:
    found = made("B=same", "end=curtain", seed=seed)
    assert found.steps[-1].name == "curtain"
    danced = at_bars(found)
    first = {bar: name for bar, name in danced.items() if 8 <= bar < 14}
    again = {bar - 16: name for bar, name in danced.items() if 24 <= bar < 30}
    assert len(first.items() & again.items()) >= len(first) - 1


def test_bars_in_which_another_wish_holds_are_told_where_parts_were_to_be_the_same() -> None:
    for asked, told in ((("A=same",), 0), (("A=same", "18=hazel"), 1)):
        wishes, _ = resolved(Wishes(asked=asked), BARS, CLIPS, MUSIC)
        said = unmet(made(*asked), wishes, CLIPS)
        assert len(said) == told
        spans = [
            [int(bar) for bar in span.split("-")] for line in said for span in line.rpartition("bars ")[2].split(", ")
        ]
        assert all(line.startswith("wish 'same': other wishes hold in the bars ") for line in said)
        assert all(first < 20 and last > 18 for first, last in spans), "only what the move of bar 18 to 20 covers"


def test_words_hold_for_a_range_and_what_is_not_had_is_told() -> None:
    wishes, _ = resolved(Wishes(asked=("B=short",)), BARS, CLIPS, MUSIC)
    assert {chosen.how for chosen in wishes.chosen} == {"rather"}
    found = made("B=short")
    assert sum(step.name.startswith("short") for step in found.steps if step.section == "B") >= 8
    assert unmet(found, wishes, CLIPS) == []
    said = unmet(made(), wishes, CLIPS)
    assert len(said) == 2
    assert "'B=short': danced in " in said[0]


def test_wishes_that_clash_are_named_with_the_nearest_that_can_be_had() -> None:
    with pytest.raises(
        PlanningError, match=r"'4=acorn' and '5=birch' cannot be had together: 'acorn' lasts 2 bars.*'6=birch'"
    ):
        made("4=acorn", "5=birch", "20=hazel")
    with pytest.raises(PlanningError, match=r"'4=acorn' and '4=birch' cannot be had together"):
        made("4=acorn", "4=birch")
    wishes, _ = resolved(Wishes(asked=("4=acorn",), bans=("acorn",)), BARS, CLIPS, MUSIC)
    with pytest.raises(PlanningError, match=r"'4=acorn' and 'ban acorn' cannot be had together"):
        plan(MUSIC, PARTS, CLIPS, retrieve(MUSIC, PARTS, CLIPS), wishes=wishes)
    with pytest.raises(PlanningError, match=r"'4=acorn' and '5=still' cannot be had together"):
        made("4=acorn", "5=freeze")


def test_wishes_of_a_plan_hold_for_the_bars_that_are_danced_anew() -> None:
    wishes, _ = resolved(Wishes(asked=("6=birch", "B=cedar", "13=freeze")), BARS, CLIPS, MUSIC)
    kept = within(wishes, (4, 16), [(8, 10)])
    assert [chosen.text for chosen in kept.chosen] == ["6=birch"]
    assert kept.still == kept.frozen == ((13, 14),)


def as_before(plain: ChoreographyPlan, again: ChoreographyPlan) -> int:
    """Steps that are the same, with their sides, at the same bars."""
    both = [{(a, s.clip_id, s.mirror) for (a, _), s in zip(step_bars(x), x.steps, strict=True)} for x in (plain, again)]
    return len(both[0] & both[1])


def edited(plain: ChoreographyPlan, edit: Edit) -> ChoreographyPlan:
    new, _ = resolved(Wishes(asked=edit.asked), BARS, CLIPS, MUSIC)
    wishes, _ = wishes_of(plain, edit, CLIPS, touched(new, CLIPS, 4))
    assert wishes is not None
    wishes = replace(wishes, chosen=new.chosen, still=(*wishes.still, *new.still))
    seed = plain.seed if edit.seed is None else edit.seed
    return plan(MUSIC, PARTS, CLIPS, retrieve(MUSIC, PARTS, CLIPS), wishes=wishes, seed=seed)


def test_a_wish_for_a_plan_changes_only_what_it_touches() -> None:
    bar = step_bars(PLAIN)[5][0]
    again = edited(PLAIN, Edit(asked=(f"{bar}=hazel",)))
    assert at_bars(again)[bar] == "hazel"
    assert as_before(PLAIN, again) >= len(PLAIN.steps) - 3


def test_a_required_move_leaves_the_others_and_their_sides() -> None:
    missing = sorted({clip.name for clip in CLIPS if clip.role == "move"} - {step.name for step in PLAIN.steps})
    assert missing, "the plain plan should not dance everything"
    again = edited(PLAIN, Edit(require=(missing[0],)))
    assert missing[0] in {step.name for step in again.steps}
    assert as_before(PLAIN, again) >= len(PLAIN.steps) - 3


def test_another_seed_dances_what_is_not_locked_otherwise() -> None:
    locked = step_bars(PLAIN)[7][1]
    again = edited(PLAIN, Edit(lock=((0, locked),), seed=11))
    assert [(s.clip_id, s.mirror, s.beats) for s in again.steps[:8]] == [
        (s.clip_id, s.mirror, s.beats) for s in PLAIN.steps[:8]
    ]
    assert as_before(PLAIN, again) < len(PLAIN.steps)
    assert edited(PLAIN, Edit(lock=((0, locked),), seed=11)) == again


@pytest.mark.parametrize("damaged", [3, "24=hazel", [24], {"24": "hazel"}])
def test_a_plan_whose_wishes_are_no_texts_is_refused(damaged: Any, tmp_path: Path) -> None:
    write_plan(PLAIN, tmp_path / "a.plan.json")
    data = json.loads((tmp_path / "a.plan.json").read_text(encoding="utf-8"))
    data["options"]["wishes"] = ["24=hazel"]
    (tmp_path / "a.plan.json").write_text(json.dumps(data), encoding="utf-8")
    assert read_plan(tmp_path / "a.plan.json").options["wishes"] == ["24=hazel"]
    data["options"]["wishes"] = damaged
    (tmp_path / "a.plan.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(PlanError, match="wishes"):
        read_plan(tmp_path / "a.plan.json")


def test_what_an_edit_changed_is_said() -> None:
    assert changes_said(PLAIN, PLAIN) == "nothing changed"
    first, last = step_bars(PLAIN)[3]
    other = replace(
        PLAIN, steps=(*PLAIN.steps[:3], replace(PLAIN.steps[3], mirror=not PLAIN.steps[3].mirror), *PLAIN.steps[4:])
    )
    said = f"bars {first}-{last}" if last - first > 1 else f"bar {first}"
    assert changes_said(PLAIN, other) == f"1 step of {len(PLAIN.steps)} changed: {said}"
