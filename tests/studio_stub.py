"""A studio whose session keeps a plan and a list of changes, and plans nothing: ``python tests/studio_stub.py PLAN``.

What it is asked to do it can be slow or wrong at, so that what the server does about that is seen.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from choreo.errors import InputError
from choreo.motion.repair import sliced
from choreo.pipeline.plan_to_dance import perform_plan, plan_clips
from choreo.planfile.file import read_plan
from choreo.types import ChoreographyPlan, Motion


@dataclass
class Window:
    revision: int
    plan: ChoreographyPlan
    first_frame: int
    fps: float
    motions: tuple[Motion, ...]
    exact: bool = True


@dataclass
class Change:
    notes: list[str]
    said: str


class StubSession:
    db = None
    unsaved = False

    def __init__(self, path: Path) -> None:
        self.path, self.plan = path, read_plan(path)
        self.written = self.plan
        self.motions = perform_plan(self.plan, plan_clips(self.plan, path, None), measured=False).motions
        self.revision, self.done, self.undone = 0, list[Any](), list[Any]()
        self.asked = list[str]()
        self.lock = threading.Lock()

    @property
    def bars(self) -> list[float]:
        times = [step.beats[0] for step in self.plan.steps]
        return [*times, self.plan.steps[-1].beats[-1]]

    def state(self) -> dict[str, Any]:
        with self.lock:
            return {
                "revision": self.revision,
                "song": {"name": "stub", "seconds": 12.0},
                "plan": {"bars": self.bars},
                "done": list(self.done),
                "asked": list(self.asked),
            }

    def apply(self, action: Any) -> Change:
        if action["do"] == "refuse":
            raise InputError("that cannot be danced.")
        if action["do"] == "break":
            raise ZeroDivisionError("oh")
        with self.lock:
            self.done.append(action)
            self.undone.clear()
            self.revision += 1
        return Change([], action["do"])

    def undo(self) -> Change:
        with self.lock:
            self.undone.append(self.done.pop())
            self.revision += 1
        return Change([], "undone")

    def redo(self) -> Change:
        with self.lock:
            self.done.append(self.undone.pop())
            self.revision += 1
        return Change([], "redone")

    def window(self, first: int, last: int) -> Window:
        if not 0 <= first < last < len(self.bars):
            raise InputError(f"bars {first}:{last}: there are none.")
        with self.lock:
            self.asked.append(f"window {first}:{last} of {self.revision}")
        fps = self.motions[0].fps
        begin, end = (max(round((self.bars[bar] - self.plan.start) * fps), 0) for bar in (first, last))
        return Window(self.revision, self.plan, begin, fps, tuple(sliced(each, begin, end) for each in self.motions))

    def window_with(self, action: Any, first: int, last: int) -> Window:
        if action["do"] == "slow":
            time.sleep(1.5)
        return self.window(first, last)

    def whole(self, progress: Any) -> None:
        with self.lock:
            self.asked.append(f"whole of {self.revision}")

    def close(self) -> None:
        pass

    def save(self, path: Path | None) -> Path:
        return path or self.path

    def add_clips(self, paths: list[Path]) -> list[dict[str, Any]]:
        return [{"name": path.name, "bytes": path.stat().st_size} for path in paths]


def main(plan: str) -> None:
    """Serve until a signal ends it."""
    actions = ModuleType("choreo.studio.actions")
    vars(actions)["decode"] = msgspec.json.decode
    sys.modules["choreo.studio.actions"] = actions
    from choreo.cli.studio import _ready
    from choreo.studio.running import serve

    def opens(path: Path, progress: Any) -> Any:
        progress("listening", 0.5)
        if path.name.startswith("slow"):
            for _ in range(100):
                time.sleep(0.1)
                progress("listening", 0.6)
        return StubSession(path)

    try:
        serve(
            opens,
            folder=Path("renders"),
            first=Path(plan),
            ready=lambda address: _ready(address, opened=False, apart=False),
        )
    except KeyboardInterrupt:
        print("ended", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
