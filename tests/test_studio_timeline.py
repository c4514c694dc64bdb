"""The arithmetic of the studio's timeline, run by node: layout, hit testing, gestures, selection, keys."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "studio_page" / "timeline.test.mjs"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_timeline_lies_hits_and_asks_as_it_should() -> None:
    done = subprocess.run(["node", "--test", str(TESTS)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
