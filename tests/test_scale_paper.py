"""The arithmetic of a hundred million clips."""

from __future__ import annotations

import re
from typing import Any

import pytest
from scale_paper import Measured, breaking, lines, on_paper

FOUND = {
    "clip_bytes": 40_000, "column_bytes": 100, "ingest_seconds": 6, "index_seconds": 60, "index_rows": 1_000_000,
    "index_cores": 2, "vector_bytes": 300, "query_ms": 5, "batch_seconds": 0.5, "batch_clips": 100,
}  # fmt: skip


def measured(**other: float) -> Measured:
    return Measured(**{**FOUND, **other})


def test_sums() -> None:
    paper = on_paper(measured(), 100_000_000, 50)
    assert paper.stored == 4e12
    assert paper.indexed == 3e10
    assert paper.planner == 1e10
    # 5 million minutes of motion, 6 s each, on 800 cores
    assert paper.ingest_core_hours == pytest.approx(8333.33, rel=1e-5)
    assert paper.ingest_hours == pytest.approx(10.4167, rel=1e-4)
    # a million commits of half a second
    assert paper.commit_hours == pytest.approx(138.89, rel=1e-4)
    # 100 times the rows, 1000 times the work, an eighth of the time on 16 cores
    assert paper.index_hours == pytest.approx(60 * 1000 / 8 / 3600)
    assert paper.query_ms == 50
    assert paper.month == pytest.approx(4030 * 0.023)
    # the machines wait for the committer; each commit is three PUTs
    assert paper.once == pytest.approx(50 * 138.889 * 0.653 + 2.0833 * 0.653 + 15, rel=1e-4)


def test_what_breaks_first_follows_from_what_was_measured() -> None:
    at, what, _ = breaking(on_paper(measured()), measured())[0]
    assert at == 10_000_000
    assert "a fragment until 'db optimize' ran: 1,000,000 of them" in what
    wide = measured(column_bytes=700)
    at, what, _ = breaking(on_paper(wide), wide)[0]
    assert at == pytest.approx(4e9 / 700)
    assert "a planner holds 700 bytes a clip, 70.0 GB" in what
    slow = measured(batch_seconds=100)
    at, what, _ = breaking(on_paper(slow), slow)[0]
    assert at == 604_800  # one a second, for a week
    assert "1 clips a second" in what


def test_the_section_says_all_of_it() -> None:
    text = "\n".join(lines(FOUND))
    for value in ("4.0 TB", "30 GB", "10.0 GB", "10 hours", "139 hours", "2.1 hours", "50 ms", "93 dollars"):
        assert f"| {value} |" in text
    assert "June 2026" in text
    assert len(re.findall(r"^\d\. \*\*From about", text, re.MULTILINE)) == 4
    assert max(map(len, lines(FOUND))) < 500


@pytest.mark.parametrize("wrong", [{"query_ms": 0}, {"clip_bytes": -1}, {"batch_clips": float("nan")}])
def test_what_was_not_measured_is_named(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"^{name}: missing, or not above zero"):
        lines({**FOUND, **wrong})
    with pytest.raises(ValueError, match=f"^{name}: missing"):
        lines({key: value for key, value in FOUND.items() if key != name})
