"""Somebody who directs: a studio in a real browser, pointed at and typed at, and the plan that comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

Point = tuple[float, float]


class Director:
    """A page of the studio and whoever sits before it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        """What went wrong in the page, where somebody listens to it."""

    def run(self, script: str, given: Any = None) -> Any:
        """What a script of the page gives."""
        return self.page.evaluate(script, given)

    def until(self, script: str, given: Any = None, seconds: float = 8.0) -> Any:
        """Ask again and again until something is true; the page forbids code that is made of text."""
        end = time.monotonic() + seconds
        while not (found := self.run(script, given)):
            assert time.monotonic() < end, f"never true: {script}; {self.said()}"
            time.sleep(0.03)
        return found

    def said(self) -> str:
        """What a screen reader was told last."""
        return str(self.run("() => document.getElementById('status').textContent"))

    @property
    def state(self) -> dict[str, Any]:
        """The state of the session, as the page knows it."""
        return dict(self.run("() => studio.store.state"))

    @property
    def plan(self) -> dict[str, Any]:
        """Its plan."""
        return dict(self.state["plan"])

    def changed(self, do: Callable[[], Any], times: int = 1) -> dict[str, Any]:
        """Do something that changes the dance, and wait for the plan that comes of it."""
        before = self.state["history"]["undo"]
        do()
        self.until("n => studio.store.state.history.undo >= n", before + times)
        return self.plan

    def rewind(self) -> None:
        """Undo all there is."""
        self.run("async () => { while (studio.store.state.history.undo) await studio.store.ask('undo'); }")

    def at(self, row: str, number: int, x: float = 0.5, y: float = 0.5) -> Point:
        """A place in a block of the timeline, in parts of its size; a negative `x` is pixels from its end."""
        box = self.run("([row, n]) => studio.timeline.boxOf(row, n)", [row, number])
        left, top = self._corner()
        across = x * box["width"] if x > 0 else box["width"] + x
        return left + box["x"] + across, top + box["y"] + y * box["height"]

    def bar(self, bar: float, row: str = "ruler", y: float = 0.5) -> Point:
        """The place of a bar on a row."""
        x, above, height = self.run(
            """([bar, name]) => { const { timeline } = studio, { bars } = timeline.state.plan, k = Math.floor(bar);
            const row = timeline.rows.find(each => each.name === name), next = bars[k + 1] ?? bars[k];
            return [timeline.view.x(bars[k] + (bar - k) * (next - bars[k])), row.y, row.height]; }""",
            [bar, row],
        )
        left, top = self._corner()
        return left + x, top + above + y * height

    def _corner(self) -> Point:
        canvas = self.page.locator("#timeline").bounding_box()
        assert canvas
        return canvas["x"], canvas["y"]

    def click(self, place: Point) -> None:
        """Press and let go."""
        self.page.mouse.click(*place)

    def drag(self, *way: Point) -> None:
        """Press, go along a way, let go."""
        mouse = self.page.mouse
        mouse.move(*way[0])
        mouse.down()
        for place in way[1:]:
            mouse.move(*place, steps=4)
        mouse.up()

    def press(self, *keys: str) -> None:
        """Type."""
        for key in keys:
            self.page.keyboard.press(key)

    def choose(self, select: str, value: str) -> None:
        """Choose in a list."""
        self.page.locator(select).select_option(value)

    def tab(self, name: str) -> None:
        """Open a tab of the panel."""
        self.page.locator(f"#tab-{name}").click()


__all__ = ["Director", "Point"]
