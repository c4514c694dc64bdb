"""What one waits for on the studio's page: in a browser, from what a hand does to the picture that shows it."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright
from studio_support import Page, Studio

Row = tuple[str, str, str]
FLAGS = ("--no-sandbox", "--mute-audio", "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage")
SIZE = (1280, 720)
PATIENCE = 120.0
PLAYING = """() => {
  const { clock, dance } = studio;
  return clock?.playing && dance.drawn.heard > 0.1 && dance.revisionAt(dance.drawn.time) >= 0;
}"""
"""The song sounds, and the dance that was drawn last is there at its time."""
ALL_THERE = "() => studio.dance?.track?.revision.every(each => each >= studio.store.state.revision)"
CHANGED = """async action => {
  const { store, dance, clock } = studio, begun = performance.now();
  const { revision } = await store.act(action);
  while (dance.stale || dance.revisionAt(clock.time()) < revision) await new Promise(requestAnimationFrame);
  return [performance.now() - begun, revision];
}"""
"""Milliseconds from an action to the first picture of its dance at the playhead, and its revision."""
LISTED = """bars => new Promise(done => {
  const list = document.querySelector('#alternatives ol'), begun = performance.now();
  const seen = (_, watcher) => { watcher.disconnect(); done(performance.now() - begun); };
  new MutationObserver(seen).observe(list, { childList: true });
  studio.timeline.select({ row: 'steps', bars, many: false });
})"""
"""Milliseconds from the choice of a step to the list of others."""


def until(tab: Tab, script: str) -> None:
    """Wait until something is so; the page forbids code made of text, which Playwright's own waiting is."""
    end = time.monotonic() + PATIENCE
    while not tab.evaluate(script):
        if time.monotonic() > end:
            raise TimeoutError(script)
        time.sleep(0.01)


def heap(tab: Tab) -> float:
    """What the page's scripts hold after a collection of garbage, MiB."""
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    found = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(found["JSHeapUsedSize"]) / 2**20


def resident(program: str) -> float:
    """Memory of the largest process that draws pages of a browser that this program began, MiB."""
    sizes = [0.0]
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline() and Path(program).name in process.name():
                sizes.append(process.memory_info().rss / 2**20)
        except psutil.Error:
            continue
    return max(sizes)


def measured_on_page(
    song: Path, folder: Path, edits: int, counted: int, action_of: Callable[[Page], dict[str, Any]]
) -> list[Row]:
    """Rows of the table: what, figure, wanted.

    Parameters
    ----------
    song
        One that was heard before.
    edits
        After how many the page's memory is looked at again.
    counted
        How many times each thing is measured.
    action_of
        Something a director could do to the dance that a client is shown.
    """
    program = os.environ.get("CHOREO_CHROMIUM") or shutil.which("chromium") or "chromium-browser"
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(FLAGS))
        tab = browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="dark").new_page()
        begun = time.perf_counter()
        studio = Studio(folder, str(song))
        try:
            tab.goto(studio.address)
            until(tab, "() => document.documentElement.dataset.ready === 'yes'")
            tab.keyboard.press(" ")
            until(tab, PLAYING)
            opened = time.perf_counter() - begun
            tab.keyboard.press(" ")
            until(tab, ALL_THERE)
            with studio.page() as client:
                return [
                    ("start of `choreo studio SONG` to the dance playing in the page", f"{opened:.1f} s", "4 s"),
                    *_edits(tab, client, program, edits, counted, action_of),
                ]
        finally:
            studio.end()
            browser.close()


def _edits(
    tab: Tab, client: Page, program: str, edits: int, counted: int, action_of: Callable[[Page], dict[str, Any]]
) -> list[Row]:
    changed, undone, listed = list[float](), list[float](), list[float]()
    heaps, sizes = [heap(tab)], [resident(program)]
    for number in range(edits):
        action = action_of(client)
        bar = action.get("bar", action.get("bars", [0])[0])
        tab.evaluate("bar => studio.clock.seek(studio.store.state.plan.bars[bar] + 0.1)", bar)
        try:
            took, revision = tab.evaluate(CHANGED, action)
        except Exception as error:  # what cannot be danced is refused in words
            if "Error:" not in str(error):
                raise
            continue
        client.seen(revision)
        del client.frames[:]
        changed.append(took)
        if len(undone) < counted:
            step = tab.evaluate(
                "n => studio.store.state.plan.steps[n % studio.store.state.plan.steps.length]", 7 * number
            )
            tab.evaluate("() => studio.timeline.select(null)")
            listed.append(tab.evaluate(LISTED, [step["bar"], step["bar"] + step["bars"]]))
            took, revision = tab.evaluate(CHANGED, {"do": "undo"})
            client.seen(revision)
            undone.append(took)
        if number in (edits // 2, edits - 1):
            until(tab, ALL_THERE)
            heaps.append(heap(tab))
            sizes.append(resident(program))
    ms = [statistics.median(each) for each in (changed, listed, undone)]
    held = ", ".join(f"{each:.0f}" for each in heaps)
    return [
        (f"from an edit to its dance on the screen, median of {len(changed)}", f"{ms[0]:.0f} ms", "300 ms"),
        (f"from the choice of a step to the list of others, median of {len(listed)}", f"{ms[1]:.0f} ms", "50 ms"),
        (f"from undo to the dance before on the screen, median of {len(undone)}", f"{ms[2]:.0f} ms", "100 ms"),
        (f"scripts of the page hold, MiB: begin, on the way, after {len(changed)} edits", held, "flat"),
        ("process of the page, MiB: the same times", ", ".join(f"{each:.0f}" for each in sizes), "flat"),
    ]


__all__ = ["measured_on_page"]
