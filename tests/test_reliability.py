"""The script that measures the page on reliability forgets no case, and says what happened."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("processes are measured by calls of POSIX", allow_module_level=True)

import reliability
from reliability_files import CACHED, CASES, COMMANDS
from reliability_kills import _spread
from reliability_tables import Ran, Section, first_line, measured


def test_every_case_has_a_command() -> None:
    there = {path.name for path in CASES.iterdir()} - {"README.md"}
    assert there == {*COMMANDS, CACHED}
    assert all(name in words for name, words in COMMANDS.items())


def test_the_page_has_all_sections() -> None:
    page = reliability.PAGE.read_text(encoding="utf-8")
    assert page.startswith("# When things go wrong\n")
    assert page.count("\n## ") == len(reliability.SECTIONS)
    assert "else (" not in page  # nothing was anything but a result or refused


def test_outcomes_are_told_apart(tmp_path: Path) -> None:
    told = ((0, ""), (2, "Error: x"), (70, "Error: unexpected"), (-11, ""), (1, "Traceback (most recent"))
    outcomes = [Ran(code, said, 0.0, 0).outcome for code, said in told]
    assert outcomes == ["result", "refused", "else (code 70)", "else (code -11)", "else (code 1)"]
    ran = measured(["analyze", "gone.wav"], tmp_path)
    assert ran.outcome == "refused"
    assert first_line(ran.said) == "gone.wav: no such file."
    assert ran.memory > 1 << 20


def test_what_files_say_is_no_markup() -> None:
    text = Section("A", "b", ["one", "two"], [["`x|`", "<b>|\x1b[31m"]], ["*c*"]).text()
    assert "| `x|` | &lt;b>\\|\\x1b[31m |" in text
    assert "- \\*c\\*" in text


def test_places_are_spread_from_the_first_line_to_the_last() -> None:
    assert _spread(10, 4) == [1, 4, 7, 10]
    assert _spread(3, 10) == [1, 2, 3]


def test_sections_that_are_not_measured_now_stay() -> None:
    one, two, new = Section("A", "a", ["x"], []), Section("B", "b", ["x"], [["1"]]), Section("A", "new", ["x"], [])
    page = reliability.page_of([one, two])
    assert reliability.page_of([new], page) == reliability.page_of([new, two])
    assert reliability.page_of([], page) == page
