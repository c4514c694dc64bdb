"""An engine of another distribution whose processes do not have the files of this machine."""

from __future__ import annotations

from pathlib import Path

MODULE = """
import os
import pickle
import tempfile
from contextlib import contextmanager


class ElsewhereWorkers:
    remote = True

    def slots(self):
        return 1

    def each(self, work, items, *, shared=None, longest=float("inf")):
        held = [(item, pickle.dumps((item, shared))) for item in items]
        here = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                for item, packed in reversed(held):
                    yield item, pickle.loads(pickle.dumps(work(*pickle.loads(packed))))
            finally:
                os.chdir(here)


class ElsewhereEngine:
    name = "elsewhere"
    description = "this process, in another folder, by pickled items alone, the last first"

    @contextmanager
    def connect(self, address, jobs):
        yield ElsewhereWorkers()
"""


def write_engine(home: Path) -> Path:
    """A folder for the module path with the plugin ``elsewhere`` in it."""
    facts = home / "elsewhere-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[choreo.engines]\nelsewhere = elsewhere_engine:ElsewhereEngine\n")
    (home / "elsewhere_engine.py").write_text(MODULE)
    return home


__all__ = ["write_engine"]
