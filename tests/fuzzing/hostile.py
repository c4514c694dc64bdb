"""A reader that does what none may do, to see that it is noticed: each case in its own way."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from choreo.errors import InputError, PluginError
from fuzzing.readers import Reader

WAYS = ("fine", "raises", "crashes", "refuses", "ends", "spins", "hoards", "mumbles", "blames", "ignores")


SEED = b"a seed, read well\n"


def make(folder: Path) -> list[Path]:
    """One seed."""
    (folder / "seed.txt").write_bytes(SEED)
    return [folder / "seed.txt"]


def read(path: Path) -> bool:
    """Do what the present case is to do, which the file `at` of the trial tells."""
    now = json.loads((path.parents[1] / "at").read_text() or "{}")
    way = WAYS[now["case"]] if now.get("reader") == "hostile" and path.read_bytes() != SEED else "fine"
    if way == "raises":
        raise ZeroDivisionError
    if way == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    if way == "ends":
        os._exit(70)
    while way == "spins":
        pass
    if way == "hoards":
        bytearray(3 << 30)
    if way == "blames":
        raise PluginError(f"{path}: a plugin failed")
    if way == "refuses":
        raise InputError(f"{path}: is not for us")
    if way == "mumbles":
        raise InputError("something is wrong")
    return way != "ignores"


HOSTILE = Reader(make, read)
