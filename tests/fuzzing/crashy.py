"""A dataset plugin of another distribution, made on the spot, whose files say what becomes of the process."""

from __future__ import annotations

from pathlib import Path

from dataset_support import write_bvh
from motion_support import dance

WAYS = ("segv", "leave", "hoard")
"""A fault of memory, an end without a word, and an allocation that no machine can serve."""
MODULE = """
import os
import signal
import time

from choreo_bvh import BvhDataset


class Crashy(BvhDataset):
    name = "crashy"
    suffixes = (".bvh", ".bad")

    def takes(self, file, *, root=None, joints=None, **more):
        if file.suffix == ".bad":
            {"segv": segv, "leave": leave, "hoard": hoard, "wait": wait}[file.stem]()
        return super().takes(file, root=root, joints=joints, **more)


def segv():
    os.kill(os.getpid(), signal.SIGSEGV)


def leave():
    os._exit(3)


def hoard():
    bytearray(1 << 46)


def wait():
    time.sleep(3600)
"""


def write_plugin(home: Path) -> Path:
    """A folder for the module path with the plugin ``crashy`` in it."""
    facts = home / "crashy-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: crashy\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[choreo.datasets]\ncrashy = crashy_reader:Crashy\n")
    (home / "crashy_reader.py").write_text(MODULE)
    return home


def write_dances(home: Path) -> Path:
    """Three good dances, and a bad file of each of `WAYS`."""
    for name in ("a", "m", "z"):
        (home / name).mkdir(parents=True)
        write_bvh(dance(4.0, fps=30.0, bpm=120 + ord(name) % 7), home / name)
    for name in WAYS:
        (home / f"{name}.bad").write_text(name)
    return home
