"""Every gesture of the studio in a real browser: what it does to the plan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks
from dataset_support import write_bvh
from render_support import dancing
from studio_support import Studio
from web_support import chromium

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

from studio_page_support import Director  # noqa: E402  # it needs playwright

pytestmark = pytest.mark.slow
SIZE = {"width": 1280, "height": 720}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Director]:
    """The studio with a song of 14 s, in a browser. The dance is not drawn: what gestures do is seen in the plan."""
    folder = tmp_path_factory.mktemp("studio")
    write_clicks(folder / "clicks.wav", seconds=14)
    studio = Studio(folder, "clicks.wav")
    try:
        with playwright.sync_playwright() as started:
            browser = started.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
            page.goto(studio.address)
            director = Director(page)
            director.until("() => document.documentElement.dataset.ready === 'yes' && studio.store.state", seconds=90)
            director.run("() => { studio.stage.draw = () => {}; }")
            yield director
            browser.close()
    finally:
        studio.end()


@pytest.fixture
def director(opened: Director) -> Director:
    """The plan as it was first, all of it seen, nothing selected, pointed at or played."""
    opened.page.mouse.move(0, 0)
    opened.run("() => { studio.dance.preview(); studio.clock.pause(); studio.clock.setLoop(null); }")
    opened.rewind()
    opened.run("() => { studio.timeline.setMode('select'); studio.timeline.select(null); studio.timeline.whole(); }")
    opened.tab("step")
    opened.run("() => document.activeElement.blur()")
    return opened


def step_at(plan: dict[str, Any], bar: float) -> dict[str, Any]:
    return next(step for step in plan["steps"] if step["bar"] <= bar < step["bar"] + step["bars"])


def danced(step: dict[str, Any]) -> tuple[str, bool]:
    return step["clip"], step["mirror"]


def test_a_click_lists_ten_steps_and_one_of_them_is_danced_instead(director: Director) -> None:
    old = director.plan["steps"][1]
    director.click(director.at("steps", 1))
    rows = director.page.locator("#alternatives button.row")
    director.until("() => document.querySelectorAll('#alternatives button.row').length === 10")
    other = rows.and_(director.page.locator("[aria-pressed=false]")).nth(2)
    wanted = other.get_attribute("data-clip"), other.get_attribute("data-mirror") == "true"
    assert other.locator(".why").inner_text().strip()
    before = director.state["revision"]
    other.hover()
    director.until("() => studio.dance.tried")
    assert director.state["revision"] == before, "pointing at one changes nothing"
    new = step_at(director.changed(other.click), old["bar"])
    assert danced(new) == wanted != danced(old)
    assert not director.run("() => studio.dance.tried")


def test_the_end_of_a_step_is_dragged(director: Director) -> None:
    step = director.plan["steps"][1]
    end = step["bar"] + step["bars"] + 1
    plan = director.changed(lambda: director.drag(director.at("steps", 1, -3), director.bar(end, "steps")))
    longer = step_at(plan, step["bar"])
    assert longer["bar"] == step["bar"]
    assert end in {each["bar"] for each in plan["steps"]}, "the next step begins where it was dragged to"
    assert sum(each["bars"] for each in plan["steps"]) == len(plan["bars"]) - 1


def test_a_step_is_dragged_to_other_bars(director: Director) -> None:
    step = director.plan["steps"][1]
    way = director.at("steps", 1, 0.3), director.at("steps", 1, 0.3)
    bar = director.bar(step["bar"] + 2)[0] - director.bar(step["bar"])[0]
    plan = director.changed(lambda: director.drag(way[0], (way[1][0] + bar, way[1][1])))
    moved = step_at(plan, step["bar"] + 2)
    assert (moved["bar"], danced(moved)) == (step["bar"] + 2, danced(step))


def test_escape_gives_up_a_drag(director: Director) -> None:
    revision, mouse = director.state["revision"], director.page.mouse
    mouse.move(*director.at("steps", 1))
    mouse.down()
    mouse.move(*director.at("steps", 3), steps=3)
    assert director.run("() => studio.timeline.gesture.kind") == "move"
    director.press("Escape")
    mouse.up()
    assert director.state["revision"] == revision


def test_a_move_is_searched_and_dragged_from_the_library(director: Director) -> None:
    director.tab("moves")
    director.page.locator("#search").fill("spin")
    director.until("() => [...document.querySelectorAll('#library li')].some(e => /spin|turn/i.test(e.textContent))")
    row = director.page.locator("#library li.row").first
    clip, box = row.get_attribute("data-clip"), row.bounding_box()
    assert box
    grip = box["x"] + 90, box["y"] + box["height"] / 2
    plan = director.changed(lambda: director.drag(grip, director.bar(4.4, "wave"), director.bar(4.4, "steps")))
    placed = step_at(plan, 4)
    assert (placed["bar"], placed["clip"]) == (4, clip)


def test_marks_are_set_and_taken_back_by_keys(director: Director) -> None:
    step = director.plan["steps"][1]
    director.click(director.at("steps", 1))
    bar = step["bar"]
    assert step_at(director.changed(lambda: director.press("m")), bar)["mirror"] is not step["mirror"]
    for key, mark in (("u", "locked"), ("p", "pinned")):
        press = partial(director.press, key)
        assert step_at(director.changed(press), bar)[mark], mark
        assert not step_at(director.changed(press), bar)[mark], mark
    assert step_at(director.changed(lambda: director.press("h")), bar)["holds"]


def test_a_locked_step_stays_when_its_bars_are_planned_anew(director: Director) -> None:
    step = director.plan["steps"][1]
    director.click(director.at("steps", 1))
    director.changed(lambda: director.press("u"))
    director.run(
        "() => studio.timeline.select({ row: 'range', bars: [0, studio.store.state.plan.bars.length - 1], many: true })"
    )
    plan = director.changed(lambda: director.press("Shift+W"))
    assert danced(step_at(plan, step["bar"])) == danced(step)


def test_a_banned_move_is_danced_nowhere_until_it_is_taken_back(director: Director) -> None:
    step = director.plan["steps"][1]
    director.click(director.at("steps", 1))
    plan = director.changed(lambda: director.press("x"))
    assert plan["bans"]
    assert step["name"] not in {each["name"] for each in plan["steps"]}
    director.tab("music")
    back = director.page.get_by_role("button", name="Take back: never")
    assert not director.changed(back.click)["bans"]


def test_something_else_is_danced_when_a_step_is_deleted(director: Director) -> None:
    step = director.plan["steps"][1]
    director.click(director.at("steps", 1))
    assert danced(step_at(director.changed(lambda: director.press("Delete")), step["bar"])) != danced(step)


def test_energy_is_drawn_by_hand(director: Director) -> None:
    director.press("e")
    way = director.bar(2.5, "energy", 0.9), director.bar(6.5, "energy", 0.1)
    plan = director.changed(lambda: director.drag(*way))
    drawn = {int(bar): value for bar, value in plan["drawn"].items()}
    assert sorted(drawn) == [2, 3, 4, 5, 6]
    assert [drawn[bar] for bar in sorted(drawn)] == sorted(drawn.values())
    assert drawn[2] == pytest.approx(0.1, abs=0.06)
    assert drawn[6] == pytest.approx(0.9, abs=0.06)
    director.tab("music")
    assert not director.changed(director.page.get_by_role("button", name="As the song has it").click)["drawn"]


def test_wilder_here_raises_the_energy_of_what_is_selected(director: Director) -> None:
    director.drag(director.bar(2.5), director.bar(3.5))
    heard = director.plan["energy"]
    drawn = director.changed(lambda: director.press("w"))["drawn"]
    assert {int(bar) for bar in drawn} == {2, 3}
    for bar, value in drawn.items():
        assert value == pytest.approx(min(heard[int(bar)] + 0.2, 1.0), abs=0.011)


def test_style_and_facing_of_a_range(director: Director) -> None:
    director.drag(director.bar(2.5), director.bar(5.5))
    style = next(
        each
        for each in ("ballet", "latin", "jazz", *director.state["choices"]["styles"])
        if each in director.state["choices"]["styles"] and each != director.plan["style"]
    )
    plan = director.changed(lambda: director.choose("#step-style", style))
    assert all(step["style"] == style for step in plan["steps"] if step["bar"] >= 2 and step["bar"] + step["bars"] <= 6)
    wishes = set(plan["wishes"])
    assert set(director.changed(lambda: director.choose("#step-facing", "90"))["wishes"]) - wishes


def test_another_take_waits_until_it_is_chosen(director: Director) -> None:
    director.drag(director.bar(2.5), director.bar(5.5))
    before = director.plan["steps"]
    director.changed(lambda: director.press("r"))
    take = director.state["take"]
    assert take["bars"] == [2, 6]
    assert director.plan["steps"] == before
    director.press("b")
    director.until("() => studio.dance.tried")
    plan = director.changed(director.page.locator("#keep-b").click)
    assert director.state["take"] is None
    assert [danced(step) for step in plan["steps"] if 2 <= step["bar"] < 6] == [
        danced(step) for step in take["steps"] if 2 <= step["bar"] < 6
    ]


def test_shots_and_lights_are_chosen_and_moved(director: Director) -> None:
    choices = director.state["choices"]
    director.drag(director.bar(2.5), director.bar(4.5))
    director.tab("film")
    shot = next(each for each in choices["shots"] if each != step_of(director.plan["shots"], 2)["shot"])
    plan = director.changed(lambda: director.choose("#film-shot", shot))
    mine = next(each for each in plan["shots"] if each["own"])
    assert (mine["bar"], mine["bars"], mine["shot"]) == (2, 3, shot)
    number = plan["shots"].index(mine)
    way = director.at("shots", number, 0.4)
    bar = director.bar(3)[0] - director.bar(2)[0]
    moved = director.changed(lambda: director.drag(way, (way[0] + bar, way[1])))["shots"]
    assert [(each["bar"], each["bars"]) for each in moved if each["own"]] == [(3, 3)]
    director.drag(director.bar(2.5), director.bar(4.5))
    director.tab("film")
    lights = director.changed(lambda: director.choose("#film-light", choices["lights"][-1]))["lights"]
    assert [(each["bar"], each["bars"], each["light"]) for each in lights if each["own"]] == [
        (2, 3, choices["lights"][-1])
    ]


def step_of(blocks: list[dict[str, Any]], bar: float) -> dict[str, Any]:
    return next(each for each in blocks if each["bar"] <= bar < each["bar"] + each["bars"])


def test_the_one_is_dragged_and_tapped_and_the_tempo_halved(director: Director) -> None:
    old = director.plan
    beat = old["beats"][1] - old["beats"][0]
    director.page.locator("#strip button", has_text="Move the one").click()
    plan = director.changed(lambda: director.drag(director.bar(2), director.bar(2.25)))
    assert min(abs(bar - (old["bars"][2] + beat)) for bar in plan["bars"]) < 0.05
    director.run("time => studio.clock.seek(time)", old["bars"][2] + 2 * beat)
    plan = director.changed(lambda: director.press("t"))
    assert min(abs(bar - (old["bars"][2] + 2 * beat)) for bar in plan["bars"]) < 0.05
    director.tab("music")
    halved = director.changed(director.page.get_by_role("button", name="Half tempo").click)
    assert director.state["song"]["octave"] == "half"
    assert halved["beats"][1] - halved["beats"][0] == pytest.approx(2 * beat, rel=0.05)


def test_all_of_it_by_keys_alone(director: Director) -> None:
    first = director.plan
    director.page.locator("#timeline").focus()
    director.press("Home", "ArrowRight", "Shift+ArrowRight")
    steps = first["steps"]
    assert director.run("() => studio.timeline.selection.bars") == [steps[1]["bar"], steps[2]["bar"] + steps[2]["bars"]]
    director.press("Home", "ArrowRight")
    longer = director.changed(lambda: director.press("Alt+ArrowUp"))
    assert steps[1]["bar"] + steps[1]["bars"] + 1 in {each["bar"] for each in longer["steps"]}
    director.press("Enter")
    director.until("() => document.activeElement.closest('#alternatives')")
    swapped = director.changed(lambda: director.press("ArrowDown", "Enter"))
    assert danced(step_at(swapped, steps[1]["bar"])) != danced(step_at(longer, steps[1]["bar"]))
    director.press("Escape")
    assert director.run("() => document.activeElement.id") == "timeline"
    director.press("Control+z", "Control+z")
    director.until("() => !studio.store.state.history.undo")
    assert director.plan["steps"] == steps
    director.press("Control+Shift+z", "Control+Shift+z")
    director.until("() => !studio.store.state.history.redo")
    assert director.plan["steps"] == swapped["steps"]


def test_a_screen_reader_has_a_button_for_each_step(director: Director) -> None:
    steps = director.plan["steps"]
    buttons = director.page.locator("#steps button")
    assert buttons.count() == len(steps)
    assert steps[2]["label"] in buttons.nth(2).inner_text()
    buttons.nth(2).press("Enter")
    director.until("() => document.activeElement.closest('#alternatives')")
    assert director.run("() => studio.timeline.selection.bars")[0] == steps[2]["bar"]


def test_own_files_are_dropped_and_placed(director: Director, tmp_path: Path) -> None:
    source = write_bvh(dancing(240, reach=0.3), tmp_path)
    director.tab("moves")
    director.page.locator("#search").fill("spin")
    director.page.locator("#library input[type=file]").set_input_files(source)
    director.until(
        "() => [...document.querySelectorAll('#library li')].some(e => /your own/.test(e.textContent))", seconds=60
    )
    own = director.page.locator("#library li.row", has_text="your own").first
    clip = own.get_attribute("data-clip")
    director.run("() => studio.timeline.select({ row: 'range', bars: [2, 3], many: true })")
    plan = director.changed(own.get_by_role("button").click)
    assert step_at(plan, 2)["clip"] == clip


def test_dancers_their_formation_and_roles(director: Director) -> None:
    director.tab("dancers")
    plan = director.changed(lambda: director.choose("#dancers-count", "3"))
    assert (plan["dancers"]["count"], len(plan["dancers"]["parts"]) > 0) == (3, True)
    director.drag(director.bar(2.5), director.bar(5.5))
    director.tab("dancers")
    director.changed(lambda: director.choose("#part-formation", "line"))
    plan = director.changed(lambda: director.choose("#part-role", "mirror"))
    inside = [part for part in plan["dancers"]["parts"] if part["bars"][0] < 6 and part["bars"][1] > 2]
    assert {(part["formation"], part["roles"]) for part in inside} == {("line", "mirror")}
