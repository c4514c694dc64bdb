"""Take the pictures of the studio's page: ``python docs/studio_pictures.py SONG`` writes them to ``docs/pictures``.

Two stills, and a recording of a whole session (`docs/studio_recording.py`); ``--only stills`` or ``--only recording``.
``choreo studio SONG`` runs, and a headless Chromium (``CHOREO_CHROMIUM``, or the system's) shows it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from studio_recording import record

TARGET = Path(__file__).parent / "pictures"
WIDE, TABLET = (1280, 720), (1024, 768)
QUALITY = 70
PATIENCE = 300.0
SEEN = "() => studio.dance.track?.revision.every(each => each >= studio.store.state.revision)"
CHORUS = """() => {
  const { plan } = studio.store.state, loud = plan.energy.indexOf(Math.max(...plan.energy));
  const step = plan.steps.find(each => each.bar <= loud && loud < each.bar + each.bars);
  studio.timeline.select({ row: 'steps', bars: [step.bar, step.bar + step.bars], many: false });
  studio.clock.seek(step.start + 0.6 * (step.end - step.start));
  return [step.bar, step.bar + step.bars];
}"""
"""Go to the loudest step, and give its bars."""


def until(page: Page, script: str) -> None:
    """Wait until something is so; the page forbids code made of text, which Playwright's own waiting is."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(script):
        if time.monotonic() > end:
            raise TimeoutError(script)
        time.sleep(0.1)


def keep(page: Page, name: str) -> None:
    """Keep what is seen as a small picture."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    TARGET.mkdir(exist_ok=True)
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(TARGET / f"{name}.webp", quality=QUALITY, method=6)


def visit(browser: Any, address: str, size: tuple[int, int], scheme: str, motion: str = "reduce") -> Page:
    """The page, with the whole dance in it."""
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion=motion)
    page: Page = context.new_page()
    page.goto(address)
    until(page, "() => document.documentElement.dataset.ready === 'yes'")
    until(page, SEEN)
    return page


def recording(browser: Any, address: str) -> None:
    """The recording."""
    page = visit(browser, address, WIDE, "dark", "no-preference")
    record(page, TARGET / "studio-session.webp")
    page.context.close()


def stills(browser: Any, address: str) -> None:
    """The pictures that do not move."""
    page = visit(browser, address, WIDE, "dark")
    page.evaluate(CHORUS)
    until(page, "() => document.querySelectorAll('#alternatives .row').length > 4")
    time.sleep(2)  # the small figures come one by one
    keep(page, "studio-dark")
    page.context.close()
    page = visit(browser, address, TABLET, "light")
    bars = page.evaluate(CHORUS)
    page.evaluate("bars => studio.store.act({ do: 'take_b', bars })", bars)
    until(page, "() => studio.dance.tried?.kind === 'beside' && studio.dance.drawn.time > studio.clock.loop[0] + 0.5")
    page.evaluate("() => studio.clock.pause()")
    keep(page, "studio-takes")
    page.context.close()


def main() -> None:
    """Run the studio, take the pictures, end it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("song", type=Path)
    parser.add_argument("--only", choices=("stills", "recording"))
    asked = parser.parse_args()
    program = os.environ.get("CHOREO_CHROMIUM") or shutil.which("chromium") or "chromium-browser"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        command = [sys.executable, "-m", "choreo", "studio", "--no-open", str(asked.song.resolve())]
        studio = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        try:
            assert studio.stdout is not None
            address = next(line for line in studio.stdout if "http" in line).split(" at ")[1].strip()
            browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
            if asked.only != "recording":
                stills(browser, address)
            if asked.only != "stills":
                recording(browser, address)
            browser.close()
        finally:
            studio.send_signal(signal.SIGINT)
            studio.wait(30)


if __name__ == "__main__":
    main()
