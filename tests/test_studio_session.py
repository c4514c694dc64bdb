"""A dance that is directed without any page: what is done to it, what is seen of it, and what is saved."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from cli_support import write_clicks
from dataset_support import write_bvh
from motion_support import dance

from choreo.errors import InputError, OutputError, PlanError, PlanningError
from choreo.options import Choosing, Listening
from choreo.pipeline import edit_plan, perform_plan
from choreo.pipeline.plan_to_dance import plan_clips
from choreo.planfile import read_plan, whole_plan, write_plan
from choreo.planfile.film import film_of, with_film
from choreo.planning import Edit
from choreo.studio.actions import decode
from choreo.studio.carried import filmed_as
from choreo.studio.journal import Journal, digest
from choreo.studio.session import Change, Session
from choreo.types import ChoreographyPlan


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("session") / "clicks.wav", seconds=20)


@pytest.fixture(scope="module")
def opened(song: Path) -> Session:
    return Session.open(song, folder=song.parent)


@pytest.fixture
def session(opened: Session) -> Session:
    """The dance as it was first."""
    while opened.state()["history"]["undo"]:
        opened.undo()
    return opened


@pytest.mark.slow
def test_the_library_is_looked_through_by_words_style_and_level(session: Session) -> None:
    everything = session.library(limit=500)
    assert len({row["move"] for row in everything}) == len(everything) > 50
    spins = session.library("spin", style="ballet")
    assert spins
    assert any("spin" in row["label"] or "turn" in row["label"] for row in spins[:3])
    assert spins[0]["why"]
    style = everything[0]["style"]
    assert {row["style"] for row in session.library(style=style)} == {style}
    assert {row["level"] for row in session.library(level=0, limit=9)} == {0}
    with pytest.raises(InputError, match="xyzzy"):
        session.library("xyzzy")


def test_a_figure_moves_and_its_mirror_moves_to_the_other_side(session: Session) -> None:
    clip = session.state()["plan"]["steps"][1]["clip"]
    one, other = session.figure(clip), session.figure(clip, mirror=True)
    frames = np.array(one["frames"])
    assert frames.shape[1] == 2 * (len(one["bones"]) + 1)
    assert 2 <= len(frames) <= 40
    assert np.ptp(frames, axis=0).max() > 0.05
    assert -0.2 < frames[:, 1::2].min() < 0.3
    assert 1.0 < frames[:, 1::2].max() < 2.6
    assert abs(frames[:, ::2].mean() + np.array(other["frames"])[:, ::2].mean()) < 0.02
    with pytest.raises(InputError, match="no clip"):
        session.figure("nothing")


def test_the_waveform_has_the_clicks(session: Session) -> None:
    points = np.array(session.waveform(200))
    assert points.shape == (200, 2)
    assert (points[:, 0] <= points[:, 1]).all()
    loud = points[:, 1] > 0.3
    assert 30 < loud.sum() < 90
    assert len(session.waveform(3)) == 3


def bytes_of(plan: ChoreographyPlan, folder: Path) -> bytes:
    write_plan(plan, folder / "bytes.plan.json")
    return (folder / "bytes.plan.json").read_bytes()


def random_action(session: Session, dice: random.Random) -> dict[str, Any]:
    steps = session.state()["plan"]["steps"]
    step = dice.choice(steps)
    bars = [step["bar"], step["bar"] + step["bars"]]
    return dice.choice(
        [
            {"do": "swap", "bar": step["bar"]},
            {"do": "stretch", "bar": step["bar"], "bars": dice.randint(1, 4)},
            {"do": "move", "bar": step["bar"], "to": dice.choice(steps)["bar"]},
            {"do": "pin", "bar": step["bar"]},
            {"do": "hold", "bars": bars, "on": dice.random() < 0.7},
            {"do": "energy", "bars": [bars[0], bars[0] + 1], "values": [round(dice.random(), 2)]},
            {"do": "retake", "bars": bars, "seed": dice.randint(1, 9)},
            {"do": "replace", "bars": bars},
            {"do": "mirror", "bar": step["bar"]},
            {"do": "lock", "bars": bars, "on": dice.random() < 0.3},
            {"do": "shot", "bars": bars, "shot": "near"},
            {"do": "light", "bars": bars, "light": "blue"},
        ]
    )


def act(session: Session, **action: Any) -> Change:
    return session.apply(decode(msgspec.json.encode(action)))


def test_a_hundred_changes_taken_back_give_the_first_plan_to_the_byte(session: Session, tmp_path: Path) -> None:
    first, dice, done = bytes_of(session.plan, tmp_path), random.Random(3), 0
    seen = [first]
    while done < 100:
        try:
            act(session, **random_action(session, dice))
        except (InputError, PlanningError):  # locked, or nothing else fits
            continue
        done += 1
        seen.append(bytes_of(session.plan, tmp_path))
    assert len(set(seen)) > 40
    for expected in reversed(seen[:-1]):
        session.undo()
        assert bytes_of(session.plan, tmp_path) == expected
    with pytest.raises(InputError, match="nothing"):
        session.undo()
    session.redo()
    assert bytes_of(session.plan, tmp_path) == seen[1]


def test_what_is_done_is_what_the_command_line_does(session: Session) -> None:
    first = session.plan
    act(session, do="replace", bars=[2, 4])
    assert session.plan == edit_plan(first, Edit(replace=((2, 4),)))[0]
    second = session.plan
    act(session, do="swap", bar=5)
    assert session.plan == edit_plan(second, Edit(swap=(5,)))[0]


def test_a_studio_that_was_killed_goes_on_where_it_was(song: Path, tmp_path: Path) -> None:
    one = Session.open(song, folder=tmp_path)
    act(one, do="replace", bars=[2, 4])
    act(one, do="version", name="first")
    act(one, do="mirror", bar=5)
    act(one, do="shot", bars=[0, 2], shot="near")
    one.undo()
    wanted, path = bytes_of(one.plan, tmp_path), next(tmp_path.glob(".*.studio.jsonl"))
    with path.open("ab") as file:
        file.write(b'{"plan":{"ste')  # cut off
    two = Session.open(song, folder=tmp_path)
    assert bytes_of(two.plan, tmp_path) == wanted
    state = two.state()
    assert (state["history"]["undo"], state["history"]["redo"], state["versions"]) == (2, 1, ["first"])
    assert not state["saved"]
    assert "here again" in state["notes"][0]
    two.save()
    act(two, do="mirror", bar=1)
    three = Session.open(two.path)
    assert three.plan == two.plan
    three.undo()
    assert three.plan == one.plan
    plan = read_plan(two.path)
    write_plan(replace(plan, seed=plan.seed + 1), two.path)  # another program
    four = Session.open(two.path)
    assert four.state()["history"]["undo"] == 0
    assert path.with_name(f"{path.name}.old").is_file()


def test_a_part_of_a_song_is_seen_whole_and_saved_as_the_part(song: Path, tmp_path: Path) -> None:
    session = Session.open(song, folder=tmp_path, listening=Listening(start=6, duration=8))
    act(session, do="mirror", bar=5)
    path = session.save()
    plan = read_plan(path)
    assert (plan.start, plan.end) == (6.0, 14.0)
    assert digest(whole_plan(plan)) == digest(session.plan)
    assert session.plan.end - session.plan.start > 19
    session.close()
    again = Session.open(path)
    assert digest(again.plan) == digest(session.plan)
    again.undo()
    again.save()
    assert read_plan(path).around is not None
    again.close()


def test_a_plan_is_open_in_one_studio_at_a_time(song: Path, tmp_path: Path) -> None:
    holds = "import sys, time; from pathlib import Path; from choreo.studio.claim import Claim; "
    holds += "claim = Claim(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    words = [sys.executable, "-P", "-c", holds, str(tmp_path / "clicks.plan.json")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=r"clicks\.plan\.json: is open in another studio"):
            Session.open(song, folder=tmp_path)
        beside = Session.open(song, folder=tmp_path / "beside")
        with pytest.raises(InputError, match="is open in another studio"):
            beside.save(tmp_path / "clicks.plan.json")
        assert not (tmp_path / "clicks.plan.json").exists()
        other.kill()
    taken = Session.open(song, folder=tmp_path)
    with pytest.raises(InputError, match="nothing"):
        taken.undo()
    taken.close()
    beside.close()
    assert not list(tmp_path.rglob("*.lock"))


def test_a_song_is_opened_with_its_plan_unless_another_dance_is_asked_for(song: Path, tmp_path: Path) -> None:
    first = Session.open(song, folder=tmp_path)
    act(first, do="mirror", bar=1)
    kept = first.save()
    first.close()
    again = Session.open(song, folder=tmp_path, choosing=Choosing(), listening=Listening())
    assert again.path == kept
    assert again.plan == first.plan
    again.close()
    other = Session.open(song, folder=tmp_path, choosing=Choosing(seed=5))
    assert other.path == tmp_path / "clicks-2.plan.json"
    other.close()
    (kept).write_text("{}")
    assert Session.open(song, folder=tmp_path).path == tmp_path / "clicks-2.plan.json"
    assert kept.read_text() == "{}"


def test_a_plan_whose_clips_are_gone_is_refused_with_their_names(session: Session, tmp_path: Path) -> None:
    plan, path = session.plan, tmp_path / "gone.plan.json"
    gone = replace(plan.steps[1], clip_id="starter-gone-000000000000", name="gone")
    write_plan(replace(plan, steps=(plan.steps[0], gone, *plan.steps[2:])), path)
    with pytest.raises(PlanError, match="not in the motion database: gone"):
        Session.open(path)


@pytest.mark.parametrize("line", [b"", b"{}\n", b"[1]\n", b'{"form":1,"begin":{"steps":[]}}\n', b"\xff\x00\n"])
def test_a_damaged_journal_is_set_aside(session: Session, tmp_path: Path, line: bytes) -> None:
    (tmp_path / ".a.studio.jsonl").write_bytes(line)
    assert Journal(tmp_path / "a.plan.json").restored(session.plan) is None
    assert (tmp_path / ".a.studio.jsonl.old").read_bytes() == line


def test_a_full_disk_is_told_and_nothing_is_lost(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    first = session.plan
    monkeypatch.setattr(os, "fsync", full)
    change = act(session, do="mirror", bar=1)
    assert "No space left" in change.notes[0]
    monkeypatch.undo()
    (tmp_path / "kept.plan.json").write_text("as it was")
    monkeypatch.setattr("choreo.studio.session.write_plan", full)
    with pytest.raises(OutputError, match="No space left"):
        session.save(tmp_path / "kept.plan.json")
    assert (tmp_path / "kept.plan.json").read_text() == "as it was"
    assert session.plan.steps[0] is not None
    session.undo()
    monkeypatch.undo()
    act(session, do="mirror", bar=2)
    again = Journal(session.path).restored(first)
    assert again is not None
    assert again.history.plan == session.plan  # what could not be written went before what could
    session.undo()


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"do": "fly"}, "cannot be read"),
        ({"do": "mirror", "bar": -1}, "cannot be read"),
        ({"do": "mirror", "bar": 9999}, "the dance has the bars 0 to"),
        ({"do": "replace", "bars": [4, 4]}, "second must be larger"),
        ({"do": "shot", "bars": [0, 2], "shot": "upside"}, "expected one of"),
        ({"do": "role", "bars": [0, 2], "name": "solo"}, "danc"),
    ],
)
def test_what_cannot_be_done_is_told_in_plain_words(session: Session, action: dict[str, Any], words: str) -> None:
    before = session.plan
    with pytest.raises(InputError, match=words):
        act(session, **action)
    assert session.plan is before


def step_of(state: dict[str, Any], bar: int) -> dict[str, Any]:
    return dict(next(step for step in state["plan"]["steps"] if step["bar"] <= bar < step["bar"] + step["bars"]))


def danced(session: Session) -> list[tuple[int, str, bool]]:
    return [(step["bar"], step["clip"], step["mirror"]) for step in session.state()["plan"]["steps"]]


def test_a_clip_of_the_library_is_placed_and_the_rest_planned_to_reach_it(session: Session) -> None:
    clips = {row["clip"] for row in session.library(limit=500)} - {clip for _, clip, _ in danced(session)}
    clip = min(clips)
    act(session, do="place", bar=3, clip=clip)
    step = step_of(session.state(), 3)
    assert (step["bar"], step["clip"]) == (3, clip)
    assert sum(each["bars"] for each in session.state()["plan"]["steps"]) == len(session.state()["plan"]["bars"]) - 1


def test_a_step_is_moved_and_swapped_with_its_side(session: Session) -> None:
    step = session.state()["plan"]["steps"][1]
    act(session, do="move", bar=step["bar"], to=step["bar"] + 2)
    moved = step_of(session.state(), step["bar"] + 2)
    assert (moved["bar"], moved["clip"], moved["mirror"]) == (step["bar"] + 2, step["clip"], step["mirror"])
    other = next(row["clip"] for row in session.library(limit=500) if row["clip"] != step["clip"])
    act(session, do="swap", bar=step["bar"], clip=other, mirror=False)
    assert step_of(session.state(), step["bar"])["clip"] == other


@pytest.mark.parametrize("bars", [1, 3, 4])
def test_a_step_lasts_as_long_as_it_is_dragged(session: Session, bars: int) -> None:
    step = next(each for each in session.state()["plan"]["steps"][1:] if each["bars"] == 2)
    change = act(session, do="stretch", bar=step["bar"], bars=bars)
    starts = {each["bar"] for each in session.state()["plan"]["steps"]}
    assert {step["bar"], step["bar"] + bars} <= starts
    inside = [each for each in session.state()["plan"]["steps"] if step["bar"] <= each["bar"] < step["bar"] + bars]
    if bars > 2:
        assert inside[0]["name"].split("-")[0] == step["name"].split("-")[0]
    else:
        assert inside[0]["label"] == step["label"] or "no form" in change.notes[-1]


def test_what_is_pinned_and_locked_stays_when_all_is_danced_anew(session: Session) -> None:
    steps = session.state()["plan"]["steps"]
    pinned, locked = steps[1], steps[3]
    act(session, do="pin", bar=pinned["bar"])
    act(session, do="lock", bars=[locked["bar"], locked["bar"] + locked["bars"]])
    assert step_of(session.state(), pinned["bar"])["pinned"]
    assert step_of(session.state(), locked["bar"])["locked"]
    act(session, do="energy", bars=[0, 8], values=[0.9] * 8)
    for step in (pinned, locked):
        now = step_of(session.state(), step["bar"])
        assert (now["bar"], now["clip"], now["mirror"]) == (step["bar"], step["clip"], step["mirror"])
    act(session, do="unpin", bar=pinned["bar"])
    assert not step_of(session.state(), pinned["bar"])["pinned"]


def test_energy_style_facing_and_wishes_are_kept_and_taken_back(session: Session) -> None:
    act(session, do="energy", bars=[2, 4], values=[0.1, 0.9])
    assert session.state()["plan"]["drawn"] == {"2": 0.1, "3": 0.9}
    act(session, do="energy_off")
    assert not session.state()["plan"]["drawn"]
    style = "ballet"
    assert not act(session, do="style", bars=[2, 6], style=style).notes
    inside = [step for step in session.state()["plan"]["steps"] if 2 <= step["bar"] < 6]
    assert {step["style"] for step in inside} == {style}
    act(session, do="facing", bars=[2, 6], degrees=45)
    assert session.state()["plan"]["wishes"] == [f"2-6=style {style}", "2-6=facing 45"]
    act(session, do="style", bars=[2, 6], style=None)
    act(session, do="unwish", text="2-6=facing 45")
    assert session.state()["plan"]["wishes"] == []
    slow = act(session, do="style", bars=[2, 6], style="salsa")
    assert any("danced in 0 of the bars" in note for note in slow.notes), "no move of it fits 120 beats a minute"


def test_a_second_take_waits_until_one_is_chosen(session: Session) -> None:
    first = session.plan
    act(session, do="take_b", bars=[2, 6], seed=5)
    take = session.state()["take"]
    assert (take["bars"], take["seed"], session.plan == first) == ([2, 6], 5, True)
    act(session, do="choose", take="b")
    now = session.state()
    assert now["take"] is None
    inside = [(step["clip"], step["mirror"]) for step in now["plan"]["steps"] if 2 <= step["bar"] < 6]
    assert inside == [(step["clip"], step["mirror"]) for step in take["steps"] if 2 <= step["bar"] < 6]
    assert session.plan.seed == first.seed
    with pytest.raises(InputError, match="one take only"):
        act(session, do="choose", take="a")


def test_several_actions_are_one_change(session: Session) -> None:
    act(session, do="many", actions=[{"do": "mirror", "bar": 0}, {"do": "shot", "bars": [0, 2], "shot": "near"}])
    assert session.state()["history"]["undo"] == 1


def test_half_the_tempo_keeps_what_was_directed_at_its_times(session: Session) -> None:
    first = session.state()
    act(session, do="many", actions=[
        {"do": "wish", "text": "4-8=style ballet"}, {"do": "lock", "bars": [2, 4]},
        {"do": "shot", "bars": [2, 6], "shot": "near"}, {"do": "light", "bars": [4, 8], "light": "blue"},
        {"do": "dancers", "count": 2, "formation": "line"},
        {"do": "role", "bars": [4, 8], "name": "solo"},
    ])  # fmt: skip
    act(session, do="octave", octave="half")
    half = session.state()
    times = half["plan"]["bars"]
    for row, what, name, bars in (("shots", "shot", "near", (2, 6)), ("lights", "light", "blue", (4, 8))):
        (own,) = [each for each in half["plan"][row] if each["own"]]
        begin, end = (first["plan"]["bars"][bar] for bar in bars)
        assert (times[own["bar"]], times[own["bar"] + own["bars"]]) == pytest.approx((begin, end), abs=1.1)
        assert own[what] == name
    solo = [part["bars"] for part in half["plan"]["dancers"]["parts"] if part["roles"] == "solo"]
    assert [times[bar] for bar in solo[0]] == pytest.approx([first["plan"]["bars"][bar] for bar in (4, 8)], abs=1.1)
    assert half["plan"]["dancers"]["formation"] == "line"
    assert half["song"]["octave"] == "half"
    assert half["song"]["tempo"] == pytest.approx(first["song"]["tempo"] / 2, rel=0.02)
    assert half["plan"]["wishes"] == ["2-4=style ballet"]
    session.undo()
    session.undo()
    assert {**session.state(), "revision": 0, "history": 0} == {**first, "revision": 0, "history": 0, "saved": False}


def test_own_shots_that_find_no_bar_are_told(session: Session) -> None:
    plan = with_film(session.plan, (((0, 1), "near"), ((1, 2), "low"), ((2, 4), "wide")), ())
    old, new = [0.0, 2.2, 4.0, 6.0, 8.0], [0.0, 4.0, 8.0]
    made, notes = filmed_as(session.plan, plan, old, new)
    assert [(span.bars, span.name) for span in film_of(made.options).shots] == [((0, 1), "near"), ((1, 2), "wide")]
    assert notes == ["shot low of bar 1: left out, no bar is left for it"]


def test_ten_alternatives_can_be_danced_and_say_why(session: Session) -> None:
    step = session.state()["plan"]["steps"][2]
    rows = session.alternatives(step["bar"], 10)
    assert [row["current"] for row in rows] == [True, *[False] * 9]
    assert (rows[0]["clip"], rows[0]["mirror"]) == (step["clip"], step["mirror"])
    assert all(row["why"] for row in rows[1:])
    for row in rows[1:4]:
        act(session, do="swap", bar=step["bar"], clip=row["clip"], mirror=row["mirror"])
        now = step_of(session.state(), step["bar"])
        assert (now["clip"], now["mirror"], now["bars"]) == (row["clip"], row["mirror"], row["bars"])
        session.undo()
    with pytest.raises(InputError, match="bars 0 to"):
        session.alternatives(9999)


@pytest.mark.slow
def test_own_files_are_danced_at_once_and_in_the_database_when_saved(
    song: Path, own_database: str, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    file = write_bvh(dance(8.0), tmp_path / "mine")
    session = Session.open(song, folder=tmp_path, db=own_database)
    rows = session.add_clips([file])
    assert rows
    assert {row["own"] for row in rows} == {True}
    assert session.library(limit=500)[0]["own"]
    clip = next(row["clip"] for row in session.library("dance") if row["own"])
    assert session.figure(clip)["frames"]
    act(session, do="place", bar=4, clip=clip)
    assert step_of(session.state(), 4)["recording"]
    window = session.window(4, 6)
    assert len(window.motions[0]) > 60
    with pytest.raises(InputError, match="save the plan"):
        _ = session.db
    path = session.save()
    assert session.db == own_database
    plan = read_plan(path)
    assert perform_plan(plan, plan_clips(plan, path, own_database), measured=False).motions
    with pytest.raises(InputError, match="no reader knows"):
        session.add_clips([song])


def test_windows_are_the_saved_plan_as_it_is_rendered(session: Session, tmp_path: Path) -> None:
    act(session, do="swap", bar=3)
    act(session, do="stretch", bar=5, bars=1)
    act(session, do="hold", bars=[7, 8])
    tried = session.window_with(decode(b'{"do": "mirror", "bar": 1}'), 0, 2)
    session.whole()
    last = len(session.state()["plan"]["bars"]) - 1
    windows = [session.window(first, min(first + 3, last)) for first in range(0, last, 3)]
    path = tmp_path / "shown.plan.json"
    write_plan(session.plan, path)
    plan = read_plan(path)
    (whole,) = perform_plan(plan, plan_clips(plan, path, None), measured=False).motions
    for window in windows:
        (motion,) = window.motions
        span = slice(window.first_frame, window.first_frame + len(motion))
        assert window.exact
        assert window.revision == session.revision
        np.testing.assert_array_equal(motion.translation, whole.translation[span])
        np.testing.assert_array_equal(motion.rotations, whole.rotations[span])
    assert sum(len(window.motions[0]) for window in windows) >= len(whole)
    first = windows[0].motions[0].rotations
    frames = min(len(tried.motions[0]), len(first))
    assert (tried.motions[0].rotations[:frames] != first[:frames]).any()


def test_groups_get_formations_and_roles_by_bars(session: Session) -> None:
    with pytest.raises(InputError, match="let more dance"):
        act(session, do="formation", bars=[0, 4], name="line")
    act(session, do="dancers", count=3, formation="V", unison="mirror")
    act(session, do="role", bars=[2, 6], name="solo")
    dancers = session.state()["plan"]["dancers"]
    assert dancers["count"] == 3
    roles = {bar: part["roles"] for part in dancers["parts"] for bar in range(*part["bars"])}
    assert {roles[bar] for bar in range(2, 6)} == {"solo"}
    assert (roles[0], roles[7]) == ("mirror", "mirror")
    assert {part["formation"] for part in dancers["parts"]} == {"V"}
