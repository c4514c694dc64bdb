"""Every block of code in the pages runs as it is printed; files that are shown can be read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from docs_support import ROOT, blocks_of, fill_folder

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
READERS: dict[str, Callable[[str], object]] = {"toml": tomllib.loads, "yaml": yaml.safe_load}


def pages_with(language: str) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in PAGES if blocks_of(page, language)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, database: str) -> Path:
    """What the pages talk about; each page gets a copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHOREO_MOTION_DB", database)
        made = tmp_path_factory.mktemp("docs")
        patch.chdir(made)
        fill_folder(made)
        return made


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_runs(page: str, folder: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = shutil.copytree(folder, tmp_path / "here")
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    monkeypatch.chdir(here)
    names: dict[str, object] = {"__name__": "__page__"}
    for number, text in enumerate(blocks_of(ROOT / page, "python"), 1):
        if "\ndef test_" in text:
            run_test(text, here)
        else:
            exec(compile(text, f"{page}, block {number}", "exec", dont_inherit=True), names)


def run_test(text: str, folder: Path) -> None:
    """Run a block that is a test file by pytest, beside the plugin package that it tests."""
    (folder / "test_block.py").write_text(text, encoding="utf-8")
    paths = [str(folder / "choreo-tsv"), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_block.py"],
        cwd=folder, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.parametrize("language", READERS)
def test_files_that_are_shown_can_be_read(language: str) -> None:
    for page in PAGES:
        for text in blocks_of(page, language):
            assert READERS[language](text), page


def test_there_are_blocks_to_run() -> None:
    assert {"README.md", "docs/python.md", "docs/metrics.md", "docs/plugins.md"} <= set(pages_with("python"))
    assert pages_with("toml")
    assert pages_with("yaml")


def test_no_block_is_in_a_language_that_is_not_run() -> None:
    from docs_support import BLOCK

    known = {"", "python", "bash", "sh", *READERS}
    found = {(page.name, name) for page in PAGES for name, _ in BLOCK.findall(page.read_text(encoding="utf-8"))}
    assert not {(page, name) for page, name in found if name not in known}
