"""The gate of the benchmarks: short pieces keep what the documentation promises."""

from __future__ import annotations

import os
from pathlib import Path

import gate
import pytest


def test_promises_are_those_of_the_page() -> None:
    found = {each.measure: each for each in gate.promises()}
    assert list(found) == list(gate.MEASURES)
    f1, lag, slide = found.values()
    assert f1.relation == ">="
    assert lag.relation == "within"
    assert slide.relation == "<="
    assert f1.holds(1.0)
    assert not f1.holds(f1.bound - 0.01)
    assert lag.holds(-lag.bound)
    assert not lag.holds(-lag.bound - 1)
    assert not slide.holds(slide.bound + 0.1)


def test_a_page_without_promises(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("| a | b |\n|---|---|\n| 1 | 2 |\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no row of what is wanted"):
        gate.promises(tmp_path / "page.md")


@pytest.mark.slow
def test_short_pieces_keep_the_promises(database: str, tmp_path: Path) -> None:
    rows = []
    for bpm in gate.DRUMS:
        song = gate.write_drums(tmp_path / f"{bpm:g}.wav", bpm)
        assert gate.heard(song, bpm) == 1.0
        rows.append(gate.measured(song, db=database))
    shared = Path(os.environ.get("CHOREO_SHARED", Path(__file__).parents[2] / "shared" / "data"))
    rows += [gate.measured(path, db=database) for name in gate.SONGS if (path := shared / "songs" / name).is_file()]
    values = gate.means(rows)
    broken = [each for each in gate.promises() if not each.holds(values[each.measure])]
    assert broken == [], values
