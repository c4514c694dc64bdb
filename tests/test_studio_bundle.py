"""The studio's page as files: built from its sources, allowed by its policy, with types that hold."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "choreo" / "viewer" / "src"
PAGE = Path(__file__).parents[1] / "choreo" / "studio" / "page"


def test_the_studio_was_built_from_its_sources() -> None:
    paths = [path.relative_to(SOURCES).as_posix() for path in SOURCES.glob("*.js")] + ["package.json"]
    paths += [path.relative_to(SOURCES).as_posix() for path in (SOURCES / "studio").rglob("*.js")]
    digest = hashlib.sha256(b"".join((SOURCES / path).read_bytes() for path in sorted(paths))).hexdigest()[:16]
    studio = (PAGE / "studio.min.js").read_text(encoding="utf-8")
    assert f"choreo studio, sources {digest};" in studio, "run npm ci && npm run build in choreo/viewer/src"
    assert "@license" in studio


def test_nothing_in_the_page_is_forbidden_by_its_policy() -> None:
    page = (PAGE / "studio.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1
    assert 'src="/studio.js"' in page
    for forbidden in ("<style", " style=", "javascript:", " onclick", " onload", "http://", "https://"):
        assert forbidden not in page
    styles = "".join(path.read_text(encoding="utf-8") for path in PAGE.glob("*.css"))
    assert "url(" not in styles
    assert "@import" not in styles


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_keys_counts_frames_and_the_clock() -> None:
    tests = Path(__file__).parent / "studio_page" / "page.test.mjs"
    done = subprocess.run(["node", "--test", str(tests)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_types_of_the_studio_hold() -> None:
    program = SOURCES / "node_modules" / ".bin" / "tsc"
    if shutil.which("node") is None or not program.exists():
        pytest.skip("npm ci in choreo/viewer/src installs tsc")
    found = subprocess.run([str(program), "-p", str(SOURCES)], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout
