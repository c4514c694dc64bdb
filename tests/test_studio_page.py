"""The studio's page in a real browser: sound and dance in time, takes and tries, files, tabs, and names of controls."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks
from studio_support import Studio
from web_support import chromium

SECONDS = 20.0
FLAGS = ("--no-sandbox", "--mute-audio", "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage")
IN_TIME = 0.020
"""Seconds that the ear and the eye may be apart."""
OFF = 0.060
"""Seconds that clicks may be off the song's beats before they go with it at once."""
UNNAMED = """() => {
  const kinds = "button, input, select, a[href], canvas, progress, dialog, section, [role=group], [role=toolbar]";
  const named = each => each.getAttribute("aria-label") || each.textContent.trim()
    || document.getElementById(each.getAttribute("aria-labelledby"))?.textContent
    || [...each.labels ?? []].some(label => label.textContent.trim());
  return [...document.querySelectorAll(kinds)].filter(each => each.checkVisibility() && !named(each))
    .map(each => each.outerHTML.slice(0, 120));
}"""
"""What can be seen and has no name for who hears the page."""
DANCED = "() => studio.dance.track?.revision.every(each => each >= studio.store.state.revision)"


playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")

from studio_page_support import Director  # noqa: E402  # it needs playwright

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with a song of 20 s."""
    folder = tmp_path_factory.mktemp("studio")
    write_clicks(folder / "clicks.wav", seconds=SECONDS)
    opened = Studio(folder, "clicks.wav")
    yield opened
    opened.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield launched
        launched.close()


def visit(browser: Any, address: str, **how: Any) -> Director:
    """A page that stands there, small, with what went wrong in it."""
    how = {"viewport": {"width": 800, "height": 600}, "color_scheme": "dark", **how}
    page = browser.new_context(**how).new_page()
    director = Director(page)
    page.on("pageerror", lambda error: director.troubles.append(str(error)))
    page.on("console", lambda said: director.troubles.append(said.text) if said.type == "error" else None)
    page.goto(address)
    return director


@pytest.fixture(scope="module")
def shown(studio: Studio, browser: Any) -> Iterator[Director]:
    director = visit(browser, studio.address)
    director.until("() => document.documentElement.dataset.ready === 'yes'", seconds=120)
    director.until(DANCED, seconds=60)
    yield director
    assert director.troubles == []


@pytest.fixture
def director(shown: Director) -> Director:
    """At the beginning, at full speed, still, quiet, nothing selected, the plan as it was first."""
    shown.rewind()
    shown.run(
        """() => { const { clock, dance, metronome, timeline } = studio; dance.preview(null); clock.pause();
        clock.setLoop(null); clock.setRate(1); clock.seek(0); metronome.set('off'); metronome.scheduled = [];
        timeline.select(null); document.querySelector('dialog[open]')?.close(); document.activeElement.blur(); }"""
    )
    return shown


def apart(director: Director, moments: int = 6) -> list[float]:
    """How far the dance that was drawn is from what was heard then, seconds, at some moments; the first is left out."""
    director.until("() => !studio.clock.waiting && studio.clock.sound.currentTime > studio.clock.base - 0.5")
    found = []
    for _ in range(moments):
        before = director.run("() => studio.dance.drawn.time")
        director.until("before => studio.dance.drawn.time !== before", before)
        found.append(director.run("() => studio.dance.drawn.time - studio.dance.drawn.heard"))
    return found[1:]


def test_sound_and_dance_are_in_time(director: Director) -> None:
    director.press(" ")
    director.until("() => studio.clock.playing && studio.clock.time() > 0.3")
    assert max(map(abs, apart(director))) < IN_TIME
    director.run("() => studio.clock.seek(8)")
    director.until("() => studio.clock.time() > 8.2")
    assert max(map(abs, apart(director))) < IN_TIME
    director.press(" ")
    assert not director.run("() => studio.clock.playing")
    assert director.run("() => studio.clock.sound.paused")


def test_the_pose_is_that_of_the_time(director: Director) -> None:
    places = []
    for at in (2.0, 3.0, 2.0):
        director.run("at => studio.clock.seek(at)", at)
        director.until("at => studio.dance.drawn.time === at", at)
        places.append(director.run("() => studio.joint('left_wrist')"))
    assert places[0] == places[2]
    assert places[0] != places[1]


def test_slower_keeps_the_pitch_and_the_time(director: Director) -> None:
    director.press("2")
    assert director.run("() => [studio.clock.sound.playbackRate, studio.clock.sound.preservesPitch]") == [0.5, True]
    director.press(" ")
    director.until("() => studio.clock.time() > 0.2")
    assert max(map(abs, apart(director))) < IN_TIME
    director.press("4")
    assert director.run("() => document.getElementById('rate').value") == "1"


def test_a_part_goes_round(director: Director) -> None:
    director.run(
        "() => { const { plan } = studio.store.state, s = plan.steps[1]; studio.clock.seek((s.start + s.end) / 2); }"
    )
    director.run("() => studio.timeline.step(1)")
    wanted = director.run("() => studio.timeline.range()")
    director.press("l")
    assert director.run("() => studio.clock.loop") == pytest.approx(wanted)
    director.run("end => studio.clock.seek(end - 0.3)", wanted[1])
    director.press(" ")
    director.until("([a, b]) => studio.clock.time() > b - 0.25", wanted)
    director.until("([a, b]) => studio.clock.time() < b - 0.3", wanted)
    assert director.run("() => studio.clock.time()") >= wanted[0] - 0.01
    director.press("l")
    assert director.run("() => studio.clock.loop") is None


@pytest.mark.parametrize(("key", "aloud"), [("n", "click"), ("c", "count")])
def test_beats_are_told_ahead_and_in_time(director: Director, key: str, aloud: str) -> None:
    director.press(key, " ")
    assert director.run("() => studio.metronome.aloud") == aloud
    director.until("() => studio.metronome.scheduled.length >= 5", seconds=20)
    rows = director.run("() => studio.metronome.scheduled.map(({ node, ...row }) => row)")
    beats, positions = director.plan["beats"], director.plan["positions"]
    assert [beats[row["beat"]] for row in rows] == [row["time"] for row in rows]
    assert all((row["count"] - positions[row["beat"]]) % 4 == 0 and 1 <= row["count"] <= 8 for row in rows)
    assert all(row["when"] >= row["told"] for row in rows), "the sound card is told before it is time"
    # By the sound card's clock, as it was to the song's when it was told: on a busy machine their paces differ.
    off = [row["when"] - (row["origin"] + row["time"]) for row in rows if row["when"] > row["told"]]
    assert max(map(abs, off)) < OFF
    director.press(" ")
    director.until("() => studio.metronome.scheduled.every(({ when }) => when <= studio.metronome.context.currentTime)")


def other(director: Director) -> tuple[dict[str, Any], dict[str, Any]]:
    """A step, and an action that changes it."""
    step = director.plan["steps"][1]
    return step, {"do": "mirror", "bar": step["bar"]}


def test_what_is_tried_is_danced_and_not_kept(director: Director) -> None:
    step, action = other(director)
    revision = director.state["revision"]
    director.run("() => studio.clock.seek(0.5)")
    bars = [step["bar"], step["bar"] + step["bars"]]
    assert director.run("([action, [a, b]]) => studio.dance.tryOut(action, a, b)", [action, bars])
    assert director.run("() => [studio.clock.playing, studio.stage.shown, studio.dance.tried.kind]") == [
        True,
        [1],
        "try",
    ]
    assert director.run("() => studio.clock.loop") == pytest.approx([step["start"], step["end"]], abs=0.1)
    assert not director.page.locator("#trying").is_hidden()
    director.page.locator("#stop-trying").click()
    assert director.run("() => [studio.clock.playing, studio.clock.loop, studio.clock.time()]") == [False, None, 0.5]
    assert director.state["revision"] == revision
    assert director.run("() => studio.stage.shown") == [0]


def test_of_two_tries_the_newer_is_danced(director: Director) -> None:
    step, action = other(director)
    given = [action, [step["bar"], step["bar"] + step["bars"]]]
    tried = director.run(
        "([action, [a, b]]) => Promise.all([studio.dance.tryOut(action, a, b), studio.dance.tryOut(action, a, b)])",
        given,
    )
    assert tried == [False, True]
    director.run(
        "([action, [a, b]]) => { const p = studio.dance.tryOut(action, a, b); studio.dance.preview(null); return p; }",
        given,
    )
    assert director.run("() => studio.dance.tried") is None


def test_two_takes_are_danced_side_by_side(director: Director) -> None:
    step = director.plan["steps"][1]
    bars = [step["bar"], step["bar"] + step["bars"]]
    director.run("bars => studio.store.act({ do: 'take_b', bars })", bars)
    director.until("() => studio.dance.tried?.kind === 'beside'")
    director.until("() => studio.dance.drawn.time >= studio.clock.loop[0]")
    assert director.run("() => studio.stage.shown") == [0, 1]
    titles = director.page.locator("#names b").all_inner_texts()
    assert [title[0] for title in titles] == ["A", "B"]
    pressed = "() => [...document.querySelectorAll('#take-bar [aria-pressed=true]')].map(each => each.textContent)"
    director.until(f"() => ({pressed})().join() === 'Side by side'")
    director.press("b")
    director.until(f"() => studio.dance.tried?.kind === 'try' && ({pressed})().join() === 'Watch B'")
    assert director.page.locator("#trying").is_hidden()
    director.page.locator("#keep-b").click()
    director.until("() => !studio.store.state.take && !studio.dance.tried")
    assert director.page.locator("#take-bar").is_hidden()


def test_the_dance_is_seen_as_it_is_filmed_until_somebody_looks_himself(director: Director) -> None:
    bars = director.plan["bars"]
    director.press("d")
    director.until("() => studio.film.shows && studio.stage.film.revision === studio.store.state.revision", seconds=30)
    wanted = [{"do": "shot", "bars": [2, 4], "shot": "low"}, {"do": "light", "bars": [2, 4], "light": "blackout"}]
    director.changed(lambda: director.run("actions => studio.store.act({ do: 'many', actions })", wanted))
    director.until("() => studio.stage.film.revision === studio.store.state.revision", seconds=30)
    director.run("time => studio.clock.seek(time)", bars[3])
    director.until("time => studio.dance.drawn.time === time && !studio.dance.stale", bars[3])
    assert director.run("time => studio.film.shotAt(time)", bars[3]) == "low"
    assert "camera: low" in director.page.locator("#names").inner_text()
    # A low camera stands lower than what it looks at; and where all is dark nothing lights the dancer.
    seen = director.run(
        """() => { const { lens, film, sky, key } = studio.stage, { fps, start } = film;
        const at = 3 * Math.round((studio.clock.time() - start) * fps);
        return [lens.position.y, film.target[at + 1], sky.intensity, key.intensity]; }"""
    )
    assert seen[0] < seen[1]
    assert seen[2:] == [0, 0]
    director.press("]")
    assert not director.run("() => studio.film.shows")
    assert director.page.locator("#director").get_attribute("aria-pressed") == "false"
    director.until("() => !studio.dance.stale")
    assert director.run("() => studio.stage.sky.intensity") > 1


def test_a_step_begins_earlier_and_later_by_keys_and_ends_where_it_did(director: Director) -> None:
    step = next(each for each in director.plan["steps"] if each["bar"] > 0 and each["bars"] > 1)
    end = step["bar"] + step["bars"]
    director.run("bars => studio.timeline.select({ row: 'steps', bars, many: false })", [step["bar"], end])
    starts = {each["bar"] for each in director.changed(lambda: director.press("Shift+Alt+ArrowLeft"))["steps"]}
    assert {step["bar"] - 1, end} <= starts
    director.press("Control+z")
    director.until("() => studio.store.state.history.redo === 1")
    director.run("bars => studio.timeline.select({ row: 'steps', bars, many: false })", [step["bar"], end])
    starts = {each["bar"] for each in director.changed(lambda: director.press("Shift+Alt+ArrowRight"))["steps"]}
    assert {step["bar"] + 1, end} <= starts


def test_an_edit_is_danced_at_its_revision(director: Director) -> None:
    step, action = other(director)
    director.run("step => studio.clock.seek((step.start + step.end) / 2)", step)
    before = director.run("() => new Promise(done => requestAnimationFrame(() => done(studio.joint('left_wrist'))))")
    director.changed(lambda: director.run("action => studio.store.act(action)", action))
    director.until(DANCED, seconds=60)
    director.until("() => !studio.dance.stale")
    assert director.run("() => studio.joint('left_wrist')") != before
    assert director.page.locator("#late").is_hidden()
    director.press("Control+z")
    director.until("() => studio.store.state.history.redo === 1")
    assert director.page.locator("#undo").is_disabled()
    assert director.page.locator("#redo").is_enabled()
    director.press("Control+Shift+Z")
    director.until("() => studio.store.state.history.redo === 0")


def test_versions_are_kept_and_opened_and_the_plan_saved(director: Director) -> None:
    first = director.plan["steps"]
    director.page.locator("#ask-versions").click()
    director.page.locator("#version-name").fill("as planned")
    director.press("Enter")
    director.until("() => studio.store.state.versions.includes('as planned')")
    _, action = other(director)
    director.changed(lambda: director.run("action => studio.store.act(action)", action))
    director.page.locator("#version-list button").last.click()
    director.until("first => JSON.stringify(studio.store.state.plan.steps) === JSON.stringify(first)", first)
    director.press("Escape")
    director.press("Control+s")
    director.until("() => studio.store.state.saved")
    assert director.page.locator("#saved").inner_text() == "saved"


def test_exports_go_on_are_cancelled_and_taken(director: Director, studio: Studio) -> None:
    director.press("Shift+E")
    page = director.page
    for box in page.locator("#export-formats input").all():
        box.set_checked(box.get_attribute("value") == "bvh")
    page.locator("#export-begin").click()
    director.until("() => studio.store.state.exports[0]?.state === 'done'", seconds=90)
    with page.expect_download() as taken:
        page.locator("#export-list a").first.click()
    assert Path(taken.value.path()).read_bytes().startswith(b"HIERARCHY")
    page.locator("#export-formats input[value=bvh]").uncheck()
    assert page.locator("#export-begin").is_disabled()
    page.locator("#export-formats input[value=mp4]").check()
    page.locator("#export-begin").click()
    page.locator("#export-list button").first.click()
    director.until("() => studio.store.state.exports[0].state === 'cancelled'", seconds=30)
    assert page.locator("#export-list progress").count() == 0


def test_another_page_shows_the_same(director: Director, studio: Studio, browser: Any) -> None:
    second = visit(browser, studio.address, viewport={"width": 1024, "height": 768}, color_scheme="light")
    second.until("() => document.documentElement.dataset.ready === 'yes'", seconds=60)
    _, action = other(director)
    director.changed(lambda: director.run("action => studio.store.act(action)", action))
    second.until("n => studio.store.state.revision === n", director.state["revision"])
    assert second.plan["steps"] == director.plan["steps"]
    assert second.run("() => document.documentElement.dataset.theme") == "light"
    second.press("Shift+D")
    second.press("Shift+D")
    assert second.run("() => document.documentElement.dataset.theme") == "dark"
    assert second.troubles == []
    second.page.context.close()


def test_a_lost_connection_is_said_and_found_again(director: Director) -> None:
    seen, answer = director.run(
        """() => new Promise(done => {
          const { store } = studio, lost = document.getElementById('lost');
          store.hear('connection', on => on
            || store.ask('state').catch(error => done([lost.checkVisibility(), error.message])));
          store.socket.close();
        })"""
    )
    assert seen
    assert "does not answer" in answer
    director.until("() => studio.store.connected")
    director.until(DANCED, seconds=60)
    assert director.page.locator("#lost").is_hidden()


def test_every_control_has_a_name(director: Director) -> None:
    for sheet in ("", "ask-help", "ask-versions", "ask-export"):
        if sheet:
            director.run("id => document.getElementById(id).click()", sheet)
        unnamed = director.run(UNNAMED)
        assert [each for each in unnamed if 'class="figure"' not in each] == []
        director.run("() => document.querySelector('dialog[open]')?.close()")
    assert director.page.locator("#status").get_attribute("aria-live") == "polite"


def test_the_sheet_of_keys_has_each_once(director: Director) -> None:
    director.press("?")
    assert director.page.locator("#help").is_visible()
    keys = director.page.locator("#keys kbd").all_inner_texts()
    assert len(keys) == len(set(keys)) > 40
    director.press(" ")
    assert not director.run("() => studio.clock.playing")
    director.press("Escape")
    assert director.page.locator("#help").is_hidden()


def test_keys_that_press_a_button_stay_with_it(director: Director) -> None:
    page = director.page
    page.locator("#follow").focus()
    director.press("Tab", "Shift+Tab", " ")
    assert page.locator("#follow").get_attribute("aria-pressed") == "false"
    assert not director.run("() => studio.clock.playing")
    page.locator("#follow").click()
    director.press(" ")
    assert page.locator("#follow").get_attribute("aria-pressed") == "true"
    assert director.run("() => studio.clock.playing")


def test_a_page_with_nothing_open_asks_for_a_song(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF nothing")
    write_clicks(tmp_path / "short.wav", seconds=8)
    empty = Studio(tmp_path)
    try:
        director = visit(browser, empty.address)
        director.until("() => document.documentElement.dataset.ready === 'open'")
        page = director.page
        assert page.locator("#open-button").is_visible()
        assert page.locator("#save").is_hidden()
        page.locator("#open-file").set_input_files(tmp_path / "broken.wav")
        director.until("() => document.getElementById('open-error').textContent.includes('broken')")
        page.locator("#open-file").set_input_files(tmp_path / "short.wav")
        director.until("() => document.documentElement.dataset.ready === 'yes'", seconds=120)
        director.until(DANCED, seconds=60)
        assert page.locator("#title").inner_text() == "short"
        os.kill(empty.process.pid, signal.SIGKILL)
        director.until("() => !document.getElementById('lost').hidden")
        page.context.close()
    finally:
        empty.end()
