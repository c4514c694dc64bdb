"""A recording of somebody who directs: the page, a pointer, and what is done, as a moving picture.

`docs/studio_pictures.py` calls it. Time is told to the page picture by picture, so that the recording is as smooth on a
slow machine as on a fast one.
"""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page

RATE = 8
"""Pictures a second."""
WIDTH, CAPTION = 960, 40
"""Of the recording, and the height of the words under it, pixels."""
MOST = 1_400_000
"""Bytes."""
QUALITIES = (30, 24, 18, 12)
PAPER, INK, MARK = (16, 17, 23), (240, 240, 246), (255, 154, 76)
ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (13, 12))
PATIENCE = 120.0
VIRTUAL = """() => {
  const { clock, dance } = studio;
  let now = clock.time();
  clock.time = () => now;
  clock.seek = to => { clock.base = now = Math.min(Math.max(to, 0), clock.duration); clock.changed(); };
  clock.play = () => { clock.playing = true; clock.changed(); };
  clock.pause = () => { clock.playing = false; clock.changed(); };
  studio.pass = by => {
    if (!clock.playing) return;
    now += by;
    if (clock.loop && now >= clock.loop[1]) now = clock.loop[0];
    clock.base = now;
  };
}"""
"""From here on time passes by `studio.pass` alone."""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
BOX = "([row, n]) => studio.timeline.boxOf(row, n)"
ROW = """([name, bar]) => {
  const { timeline } = studio, row = timeline.rows.find(each => each.name === name), { bars } = timeline.state.plan;
  return [timeline.view.x(bars[bar]), row.y, row.height];
}"""

Point = tuple[float, float]


def until(page: Page, script: str, given: Any = None) -> None:
    """Wait until something is so; the page forbids code made of text, which Playwright's own waiting is."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(script, given):
        if time.monotonic() > end:
            raise TimeoutError(script)
        time.sleep(0.05)


class Recording:
    """Pictures of a page, one after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pictures = list[Image.Image]()
        self.durations = list[int]()
        self.at: Point = (560.0, 300.0)
        self.pressed = False
        self.words = ""
        self.font = ImageFont.load_default(size=20)
        page.evaluate(VIRTUAL)
        page.mouse.move(*self.at)

    def take(self, seconds: float = 1 / RATE) -> None:
        """One picture, which is seen for so long."""
        self.page.evaluate("by => studio.pass(by)", seconds)
        self.page.evaluate(DRAWN)
        with Image.open(BytesIO(self.page.screenshot())) as shot:
            seen = shot.convert("RGB")
        pen = ImageDraw.Draw(seen)
        x, y = self.at
        if self.pressed:
            pen.ellipse((x - 13, y - 13, x + 13, y + 13), outline=MARK, width=3)
        pen.polygon([(x + right, y + down) for right, down in ARROW], fill=INK, outline=PAPER)
        small = seen.resize((WIDTH, round(seen.height * WIDTH / seen.width)), Image.Resampling.LANCZOS)
        made = Image.new("RGB", (WIDTH, small.height + CAPTION), PAPER)
        made.paste(small, (0, 0))
        pen = ImageDraw.Draw(made)
        pen.text((WIDTH / 2, small.height + CAPTION / 2), self.words, fill=INK, font=self.font, anchor="mm")
        self.pictures.append(made)
        self.durations.append(round(1000 * seconds))

    def wait(self, seconds: float) -> None:
        """See what goes on."""
        for _ in range(round(seconds * RATE)):
            self.take()

    def still(self, seconds: float) -> None:
        """See what stands still."""
        self.page.evaluate(DRAWN)
        self.take(seconds)

    def go(self, *way: Point, seconds: float = 0.5) -> None:
        """Go along a way with the pointer."""
        pictures = max(round(seconds * RATE / len(way)), 1)
        for to in way:
            start = self.at
            for k in range(1, pictures + 1):
                part = k / pictures
                self.at = (start[0] + part * (to[0] - start[0]), start[1] + part * (to[1] - start[1]))
                self.page.mouse.move(*self.at)
                self.take()

    def press(self) -> None:
        """Press and hold."""
        self.page.mouse.down()
        self.pressed = True
        self.take()

    def let_go(self) -> None:
        """Let go."""
        self.page.mouse.up()
        self.pressed = False

    def click(self, place: str | Point) -> None:
        """Go there, press and let go."""
        self.go(self.middle(place) if isinstance(place, str) else place)
        self.press()
        self.let_go()

    def middle(self, selector: str) -> Point:
        """Middle of an element."""
        box = self.page.locator(selector).first.bounding_box()
        assert box is not None, selector
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def block(self, row: str, number: int, x: float = 0.5) -> Point:
        """A place in a block of the timeline, in parts of its width; a negative `x` is pixels from its end."""
        box = self.page.evaluate(BOX, [row, number])
        left, top = self._corner()
        across = x * box["width"] if x > 0 else box["width"] + x
        return left + box["x"] + across, top + box["y"] + 0.7 * box["height"]

    def bar(self, row: str, bar: int, height: float = 0.5) -> Point:
        """A place at a bar line; `height` counts from the row's lower edge."""
        x, above, high = self.page.evaluate(ROW, [row, bar])
        left, top = self._corner()
        return left + x, top + above + (1 - height) * high

    def _corner(self) -> Point:
        box = self.page.locator("#timeline").bounding_box()
        assert box is not None
        return box["x"], box["y"]

    def changed(self, before: int) -> None:
        """Wait until the dance has changed and is danced."""
        until(self.page, "n => studio.store.state.revision > n", before)
        until(self.page, "() => studio.dance.whole === studio.store.state.revision")

    @property
    def revision(self) -> int:
        """Of the dance."""
        return int(self.page.evaluate("() => studio.store.state.revision"))

    def write(self, path: Path) -> None:
        """Write a moving picture that is small enough, as good as can be."""
        for quality in QUALITIES:
            self.pictures[0].save(
                path, save_all=True, append_images=self.pictures[1:], duration=self.durations, loop=0, quality=quality,
                method=3,
            )  # fmt: skip
            if path.stat().st_size <= MOST:
                return
        raise ValueError(f"{path}: {path.stat().st_size} bytes are too many")


def record(page: Page, path: Path) -> None:
    """Play, choose another step, drag, draw energy, compare takes, film, export; of a page where all is danced."""
    seen = Recording(page)
    seen.words = "A song, and a dance that was made for it"
    seen.still(1.0)
    seen.click("#play")
    seen.wait(2.0)

    seen.words = "Click a step: the ten that fit best in its place"
    seen.click(seen.block("steps", 2))
    until(page, "() => document.querySelectorAll('#alternatives .row').length > 4")
    seen.click("#play")
    time.sleep(1.5)  # the small figures come one by one
    seen.still(1.2)
    seen.words = "Point at one to see it danced"
    other = "#alternatives li:nth-child(4) .row"
    seen.go(seen.middle(other))
    until(page, "() => studio.dance.tried?.kind === 'try'")
    seen.wait(2.0)
    seen.words = "Press to take it"
    before = seen.revision
    seen.press()
    seen.let_go()
    seen.changed(before)
    seen.still(1.0)

    seen.words = "Drag the end of a step: longer by a bar"
    before, (x, y) = seen.revision, seen.block("steps", 1, -4)
    seen.go((x, y))
    seen.press()
    seen.go(
        (
            seen.bar(
                "steps",
                page.evaluate("() => { const s = studio.store.state.plan.steps[1]; return s.bar + s.bars + 1; }"),
            )[0],
            y,
        )
    )
    seen.let_go()
    seen.changed(before)
    seen.still(1.2)

    seen.words = "Draw the energy: the planner hears it instead of the song's"
    seen.click("#strip-tools button[value=energy]")
    before = seen.revision
    way = [(2, 0.15), (4, 0.3), (6, 0.7), (8, 0.95)]
    start, *rest = (seen.bar("energy", bar, height) for bar, height in way)
    seen.go((start[0] + 3, start[1]))
    seen.press()
    seen.go(*rest, seconds=1.2)
    seen.let_go()
    seen.changed(before)
    seen.still(1.0)
    seen.click("#strip-tools button[value=select]")

    seen.words = "Another take of some bars, beside the first"
    seen.go(seen.bar("ruler", 3))
    seen.press()
    seen.go(seen.bar("ruler", 5))
    seen.let_go()
    page.keyboard.press("r")
    until(page, "() => studio.dance.tried?.kind === 'beside'")
    seen.wait(2.5)
    seen.words = "Keep one"
    before = seen.revision
    seen.click("#keep-b")
    seen.changed(before)
    page.evaluate("() => studio.clock.pause()")
    seen.still(0.8)

    seen.words = "Director: as it is filmed and lit"
    seen.click("#director")
    until(page, "() => studio.film.shows")
    page.evaluate("() => { studio.timeline.select(null); studio.clock.seek(studio.store.state.plan.bars[4] - 0.5); }")
    page.evaluate("() => studio.clock.play()")
    seen.wait(3.0)
    page.evaluate("() => studio.clock.pause()")

    seen.words = "Export: a video, a character, motion for every program"
    page.evaluate("() => studio.timeline.select({ row: 'range', bars: [2, 4], many: true })")
    seen.click("#ask-export")
    seen.still(0.8)
    page.locator("#export-size").select_option("small")
    page.locator("#export-part").check()
    page.locator("#export-formats input[value=glb]").check()
    seen.click("#export-begin")
    page.mouse.wheel(0, 600)
    for _ in range(200):
        seen.still(0.4)
        if page.evaluate("() => studio.store.state.exports[0]?.state !== 'running'"):
            break
        time.sleep(1.5)
    seen.still(2.5)
    seen.write(path)


__all__ = ["record"]
