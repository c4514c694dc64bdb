"""What one waits for in the studio, and whether what it shows is what the plan is: over its own wire, and on its page.

    python benchmarks/studio.py [SONG] [--edits 100] [--write]

A studio is started as a user does, on a song that was heard before, and spoken with as its page does: these times end
when the bytes of the frames are here. Then it is started again, and a headless Chromium (``CHOREO_CHROMIUM``, or the
system's) shows the page: those end with a picture. ``--write`` makes ``docs/benchmarks/studio.md``.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from studio_page import Row, measured_on_page
from studio_support import Page, Studio, unpacked

from choreo.errors import ChoreoError
from choreo.pipeline.plan_to_dance import perform_plan, plan_clips
from choreo.planfile import read_plan
from choreo.studio.wire import window_frame
from choreo.video.bodies import load_body
from choreo.video.timeline import timeline_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks" / "studio.md"
SHARED = Path(os.environ.get("CHOREO_SHARED", ROOT.parent / "shared" / "data"))
MEASURED = 20
"""Edits whose median is told."""
SEEN = 40
"""Edits on the page, at most, after which its memory is looked at."""
QUIET = 0.35
"""Load of other programs, as a share of the processors, above which times are of no worth."""
HEAD = """\
# Directing, measured

<!-- Made by `python benchmarks/studio.py --write`; change that script, not this page. -->

"""
WIRE = "From what the page asks to the bytes that answer it. The same edits are made in every run."
DRAWN = """\
From what a hand does to the picture that shows it, in a headless Chromium of 1280x720. Nothing but the processor draws
here: a graphics card takes the milliseconds of a picture away."""


def random_action(page: Page, draw: random.Random) -> dict[str, Any]:
    """Something a director could do."""
    steps = page.state()["plan"]["steps"]
    step = draw.choice(steps[1:-1] or steps)
    kind = draw.choice(("swap", "swap", "mirror", "hold", "lock"))
    if kind == "swap":
        found = page.ask("alternatives", bar=step["bar"]).get("ok") or []
        others = [row for row in found if not row.get("current")]
        if others:
            row = draw.choice(others)
            return {"do": "swap", "bar": step["bar"], "clip": row["clip"], "mirror": bool(row.get("mirror"))}
        kind = "mirror"
    if kind == "mirror":
        return {"do": "mirror", "bar": step["bar"]}
    return {"do": kind, "bars": [step["bar"], step["bar"] + step["bars"]], "on": True}


class Directed:
    """A page of a studio, and what came of what was asked."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self.studio, self.page = studio, page
        self.random = random.Random(1)

    def whole(self) -> None:
        """Wait until all frames of the newest revision are here."""
        page = self.page
        page.until(lambda: page.frames and self._newest(page.frames[-1][0]) and page.frames[-1][0]["last"])

    def _newest(self, head: dict[str, Any]) -> bool:
        return bool(head["revision"] == self.page.state()["revision"])

    def timed(self, do: Callable[[], dict[str, Any]]) -> tuple[float, float]:
        """Milliseconds until a change is answered, and until frames of it are here."""
        del self.page.frames[:]
        begun = time.perf_counter()
        answer = do()
        answered = time.perf_counter() - begun
        revision = answer["ok"]["revision"]
        self.page.until(lambda: any(head["revision"] == revision for head, _ in self.page.frames))
        return answered * 1000, (time.perf_counter() - begun) * 1000

    def edit(self) -> tuple[float, float] | None:
        """Do something where the playhead is; None where it cannot be done."""
        action = random_action(self.page, self.random)
        bar = action.get("bar", action.get("bars", [0])[0])
        self.page.ask("at", time=self.page.state()["plan"]["bars"][bar] + 0.05)
        answers: list[dict[str, Any]] = []

        def do() -> dict[str, Any]:
            answers.append(self.page.act(**action))
            if "error" in answers[0]:
                raise ChoreoError(answers[0]["error"])
            return answers[0]

        try:
            return self.timed(do)
        except ChoreoError:
            return None


def quiet(seconds: float = 3.0) -> float:
    """Load of other programs now, as a share of the processors."""
    return float(psutil.cpu_percent(seconds)) / 100


def saved(page: Page, folder: Path, name: str) -> Path:
    """Save the plan under a name; its file, of a studio that runs in a folder."""
    answer = page.ask("save", path=name)
    if "error" in answer:
        raise SystemExit(answer["error"])
    return folder / str(answer["ok"]["path"])


def same_frames(plan: Path, sent: list[tuple[dict[str, Any], list[tuple[np.ndarray, np.ndarray]]]]) -> tuple[int, int]:
    """Frames that were sent, and those of them that have the bits of the saved plan when it is performed anew."""
    made = read_plan(plan)
    motions = perform_plan(made, plan_clips(made, plan, None), measured=False).motions
    body, timeline = load_body(), timeline_of(made)
    head, whole = unpacked(window_frame(motions, body, timeline, 0, made.start))
    count = same = 0
    for part, dancers in sent:
        first = round((part["start"] - head["start"]) * head["fps"])
        for (translation, turned), (all_translation, all_turned) in zip(dancers, whole, strict=True):
            span = slice(first, first + len(translation))
            equal = (translation == all_translation[span]).all(axis=1)
            equal &= (turned[:, :24] == all_turned[span][:, :24]).all(axis=(1, 2))
            count, same = count + len(equal), same + int(equal.sum())
    return count, same


def edited_alike(folder: Path, studio: Studio, page: Page, first: Path) -> bool:
    """Whether a ban on the page and on the command line give the same steps."""
    made = read_plan(first)
    move = made.steps[len(made.steps) // 2].name
    page.act(do="ban", move=move, on=True)
    by_page = read_plan(saved(page, folder, "banned"))
    page.ask("undo")
    by_line = folder / "line.plan.json"
    subprocess.run(
        [sys.executable, "-m", "choreo", "edit", str(first), "--ban", move, "-o", str(by_line), "-q", "--json"],
        check=True, stdout=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    return by_page.steps == read_plan(by_line).steps


def measured(song: Path, folder: Path, edits: int) -> list[Row]:
    """Rows of the table: what, figure, wanted."""
    subprocess.run(
        [sys.executable, "-m", "choreo", "plan", str(song), "-q", "-o", "heard.plan.json"], check=True, cwd=folder
    )
    begun = time.perf_counter()
    studio = Studio(folder, str(song))
    try:
        with studio.page() as page:
            page.until(lambda: page.frames)
            opened = time.perf_counter() - begun
            directed = Directed(studio, page)
            directed.whole()
            first = saved(page, folder, "first")
            times = [found for _ in range(4 * MEASURED) if (found := directed.edit())][:MEASURED]
            directed.whole()
            asked, undone = [], []
            steps = page.state()["plan"]["steps"]
            for step in directed.random.choices(steps, k=MEASURED):
                begun = time.perf_counter()
                page.ask("alternatives", bar=step["bar"])
                asked.append((time.perf_counter() - begun) * 1000)
            for _ in range(len(times)):
                undone.append(directed.timed(lambda: page.ask("undo")))
            while page.state()["history"]["undo"]:
                page.ask("undo")
                page.seen(page.ask("state")["ok"]["revision"])
            server = psutil.Process(studio.process.pid)
            done, resident = 0, [server.memory_info().rss / 2**20]
            for _ in range(edits):
                done += directed.edit() is not None
                if done % 25 == 0:
                    resident.append(server.memory_info().rss / 2**20)
            directed.whole()
            changed = saved(page, folder, "changed")
            last = page.state()["revision"]
            count, same = same_frames(changed, [each for each in page.frames if each[0]["revision"] == last])
            for _ in range(done):
                page.ask("undo")
            again = saved(page, folder, "again").read_bytes() == first.read_bytes()
            resident.append(server.memory_info().rss / 2**20)
            alike = edited_alike(folder, studio, page, first)
    finally:
        studio.end()
    ms = [statistics.median(column) for column in (*zip(*times, strict=True), asked, [both[1] for both in undone])]
    return [
        ("start of `choreo studio SONG` to the first frames, of a song heard before", f"{opened:.1f} s", "4 s"),
        (f"an edit is answered, median of {len(times)}", f"{ms[0]:.0f} ms", ""),
        (f"frames of an edit around the playhead are here, median of {len(times)}", f"{ms[1]:.0f} ms", "250 ms"),
        (f"alternatives of a bar, median of {len(asked)}", f"{ms[2]:.0f} ms", "50 ms"),
        (f"frames after undo are here, median of {len(undone)}", f"{ms[3]:.0f} ms", "100 ms"),
        (f"{done} random edits and as many undos give the first plan's bytes", "yes" if again else "NO", "yes"),
        ("frames sent that are those of the saved plan, to the bit", f"{same} of {count}", "all"),
        ("`choreo edit` with the same ban gives the same steps", "yes" if alike else "NO", "yes"),
        ("memory of the server, MiB: begin, on the way, end", ", ".join(f"{each:.0f}" for each in resident), "flat"),
    ]


def seen(song: Path, folder: Path, edits: int) -> list[Row]:
    """Rows of what is measured on the page."""
    made = random.Random(2)

    def action_of(client: Page) -> dict[str, Any]:
        return random_action(client, made)

    return measured_on_page(song, folder, edits, MEASURED, action_of)


def table(rows: list[Row]) -> str:
    """Rows in Markdown."""
    return "\n".join(("| what | measured | wanted |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)))


def main() -> None:
    """Print the table, and write it where it is asked for and the machine was quiet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("song", nargs="?", type=Path, default=SHARED / "songs" / "C_1.mp3")
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    asked = parser.parse_args()
    load = quiet()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        wire = measured(asked.song.resolve(), Path(folder), asked.edits)
    with tempfile.TemporaryDirectory() as folder:
        page = seen(asked.song.resolve(), Path(folder), min(asked.edits, SEEN))
    load = max(load, quiet())
    noisy = load > QUIET
    said = f"Other programs took up to {load:.0%} of the processors meanwhile" + (
        ": **times here are those of a busy machine**." if noisy else "."
    )
    took = f"All of it took {(time.perf_counter() - begun) / 60:.1f} minutes."
    song = f"`{asked.song.name}`, {soundfile.info(asked.song).duration:.0f} s, {os.cpu_count()} processors."
    about = f"{song} {said} {took}"
    parts = ("## Over the wire", WIRE, table(wire), "## On the page", DRAWN, table(page))
    text = HEAD + "\n\n".join((about, *parts)) + "\n"
    print(text)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
