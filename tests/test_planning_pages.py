"""The page of a plan, and the lines of its table."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from choreo.cli.app import run
from choreo.planfile import plan_table, read_plan, write_plan
from choreo.planfile.counts import first_counts
from choreo.planfile.page import write_page
from choreo.planfile.rows import rows_of
from choreo.types import ChoreographyPlan, PlanStep

NASTY = "<script>alert('x')</script> & \"@@ROWS@@\""
VOID = {"meta", "link", "br", "img"}
OPTIONAL = {"td", "th", "tr", "dt", "dd", "thead", "tbody"}


def sheet(*shape: tuple[int, str], metre: int = 4, names: str = "wave", **changes: Any) -> ChoreographyPlan:
    """A plan of steps ``(counts, section)`` half a second a count, every other one mirrored."""
    steps, at = [], 0
    for k, (counts, section) in enumerate(shape):
        beats = tuple(0.5 * (at + n) for n in range(counts + 1))
        costs = {"transition": 0.25 * k, "energy": 1.0, "motif": -2.0 * (k % 2)}
        name = f"{names}-{k}"
        steps.append(PlanStep(f"id-{name}", name, "mine", "CC0-1.0", k % 2 == 1, at, beats, section, 0.9, costs))
        at += counts
    made = ChoreographyPlan({"name": "song.wav"}, metre, 120.0, 0.0, 0.5 * at, 0, tuple(steps))
    return replace(made, **changes)


def page_of(plan: ChoreographyPlan, folder: Path) -> str:
    write_page(plan, folder / "page.html")
    return (folder / "page.html").read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Elements of a page; complains when tags do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID | OPTIONAL:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in OPTIONAL:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_rows_are_eights_of_their_section() -> None:
    rows = rows_of(sheet((4, ""), (8, "A"), (4, "A"), (4, "A"), (8, "B"), (20, "B")))
    shapes = [[(p.step, p.column, p.counts, p.from_before, p.goes_on) for p in row.pieces] for row in rows]
    assert shapes == [
        [(0, 0, 4, False, False)],
        [(1, 0, 8, False, False)],
        [(2, 0, 4, False, False), (3, 4, 4, False, False)],
        [(4, 0, 8, False, False)],
        [(5, 0, 8, False, True)],
        [(5, 0, 8, True, True)],
        [(5, 0, 4, True, False)],
    ]
    assert [row.bar for row in rows] == [0, 1, 3, 5, 7, 9, 11]
    assert [row.section for row in rows] == ["", "A", "A", "B", "B", "B", "B"]
    assert rows[2].beats == tuple(0.5 * k for k in range(12, 21))


@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["", "A", "B"])), min_size=1, max_size=20), st.integers(1, 7)
)
def test_rows_hold_every_count_once(shape: list[tuple[int, str]], metre: int) -> None:
    plan = sheet(*shape, metre=metre)
    rows = rows_of(plan)
    danced = [beat for row in rows for beat in row.beats[:-1]]
    assert danced == [beat for step in plan.steps for beat in step.beats[:-1]]
    for row in rows:
        at = row.pieces[0].column
        for piece in row.pieces:
            assert piece.column == at
            assert plan.steps[piece.step].section == row.section
            at += piece.counts
        assert at <= 2 * metre
    firsts = {p.step: p.column for row in reversed(rows) for p in reversed(row.pieces)}
    assert [firsts[k] for k in range(len(plan.steps))] == first_counts(plan)


def test_the_page_has_every_step_with_all_its_costs(tmp_path: Path) -> None:
    plan = sheet((8, "A"), (8, "A"), (4, "B"), (16, "B"))
    text = page_of(plan, tmp_path)
    reader = Reader(text)
    assert not reader.open
    blocks = [attrs for tag, attrs in reader.found if tag == "article"]
    assert [each["id"] for each in blocks if "id" in each] == ["step-0", "step-1", "step-2", "step-3"]
    assert ["mirrored" in str(each["class"]) for each in blocks] == [False, True, False, True, True]
    assert all(each["tabindex"] == "0" for each in blocks)
    cards = re.findall(r'<div class="card">.*?</div>', text)
    assert len(cards) == 5
    assert re.findall(r"<td>([a-z]+)<td>.*?<td>(-?[\d.]+)", cards[3]) == [
        ("energy", "1.00"),
        ("transition", "0.75"),
        ("motif", "-2.00"),
        ("together", "-0.25"),
    ]
    assert "class=reward" in cards[3]
    assert "mine, CC0-1.0" in cards[3]
    targets = {str(attrs["href"])[1:] for tag, attrs in reader.found if tag == "a"}
    assert targets == {str(each["id"]) for each in blocks if "id" in each}


def test_bars_of_costs_are_on_one_scale(tmp_path: Path) -> None:
    plan = sheet((8, "A"), (8, "A"), (8, "A"), (8, "A"), (8, "A"), (8, "A"), (8, "A"), (8, "A"), (8, "A"))
    text = page_of(plan, tmp_path)
    widths = re.findall(r'<td>transition<td><i style="width:([\d.]+)%">', text)
    assert [float(each) for each in widths] == pytest.approx([100 * k / 8 for k in range(9)], abs=0.06)


def test_nothing_of_a_plan_is_read_as_html(tmp_path: Path) -> None:
    plan = sheet((8, NASTY), (8, "A"), names=NASTY, song={"name": NASTY}, warnings=(NASTY,))
    plan = replace(plan, guarantees={NASTY: 1.0}, options={"style": NASTY})
    plan = replace(plan, steps=tuple(replace(s, dataset=NASTY, licence=NASTY, costs={NASTY: 1.0}) for s in plan.steps))
    reader = Reader(page_of(plan, tmp_path))
    assert not reader.open
    assert "script" not in {tag for tag, _ in reader.found}
    assert "".join(reader.words).count(NASTY) > 15
    for _, attrs in reader.found:
        assert not [name for name in attrs if name.startswith("on")]


def test_the_page_needs_no_network_and_is_the_same_each_time(tmp_path: Path) -> None:
    plan = sheet((8, "A"), (8, "B"))
    text = page_of(plan, tmp_path)
    assert not re.findall(r"https?:|@import|url\(|<script", text)
    assert not re.search(r"\{[{%#]", text)
    assert page_of(plan, tmp_path) == text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_guarantees_and_warnings_are_on_top(tmp_path: Path) -> None:
    kept = {"contact_slide_p95": 0.0123, "worst_seam_bar": 7.0, "new_one": 0.5}
    text = page_of(sheet((8, "A"), guarantees=kept, warnings=("bar 3: too fast",)), tmp_path)
    top = re.sub("<[^>]*>", "", text[: text.index("<main>")].partition("<body>")[2])
    assert "standing feet slide1.23 cm/s" in top
    assert "worst seam at bar7 " in top
    assert "new_one0.50" in top
    assert "bar 3: too fast" in top
    assert "Nothing is measured yet" in page_of(sheet((8, "A")), tmp_path)


def test_several_dancers_are_told_of(tmp_path: Path) -> None:
    cast = {"dancers": 4, "formation": "line", "unison": "mirror"}
    plan = sheet((8, "A"), options=cast)
    assert plan_table(plan).splitlines()[1] == "4 dancers, line, mirror"
    text = page_of(plan, tmp_path)
    assert "4 dancers, line, mirror" in text
    circles = re.findall(r"<circle( class=other)? cx=\"(-?[\d.]+)\"", text)
    assert [bool(other) for other, _ in circles] == [float(x) > 0 for _, x in circles]
    assert sorted(float(x) for _, x in circles) == [-1.5, -0.5, 0.5, 1.5]
    assert "<circle" not in page_of(sheet((8, "A")), tmp_path)
    canon = replace(plan, options=cast | {"unison": "canon:1"})
    assert "canon, 1 bar from one to the next" in plan_table(canon)
    assert plan_table(sheet((8, "A"))).splitlines()[1] == ""


def test_the_table_stays_in_columns_with_long_names() -> None:
    lines = plan_table(sheet((8, "A"), (8, "A"), names="a-move-with-quite-a-long-name")).splitlines()
    tempo = lines[2].index("tempo") + len("tempo")
    assert [line[tempo - 3 : tempo] for line in lines[3:]] == ["120", "120"]


def test_reasons_of_steps_are_told_in_table_and_page(tmp_path: Path) -> None:
    why = (
        "128 beats/min, danced at 110 to 140",
        "both strong",
        "both in 4",
        "but the music hits on 2, the dance hits on 1",
    )
    plan = sheet((8, "A"), (8, "A"))
    plan = replace(plan, steps=(replace(plan.steps[0], reasons=why), plan.steps[1]))
    lines = plan_table(plan).splitlines()
    assert lines[3].endswith(f"  {why[0]}; {why[3]}")
    assert lines[4].endswith("  energy 1.00, transition 0.25"), "a plan of an earlier version has costs alone"
    cards = re.findall(r'<div class="card">.*?</div>', page_of(plan, tmp_path))
    assert re.findall(r"<li>([^<]*)", cards[0]) == list(why[:3])
    assert re.findall(r"<li class=against>([^<]*)", cards[0]) == ["the music hits on 2, the dance hits on 1"]
    assert "<li" not in cards[1]
    write_plan(plan, tmp_path / "a.plan.json")
    assert read_plan(tmp_path / "a.plan.json").steps[0].reasons == why


def test_plans_without_reasons_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.plan.json"
    write_plan(sheet((8, "A")), path)
    old = json.loads(path.read_text(encoding="utf-8"))
    for step in old["steps"]:
        del step["reasons"]
    path.write_text(json.dumps(old), encoding="utf-8")
    assert read_plan(path) == sheet((8, "A"))


def test_show_writes_the_page_beside_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = sheet((8, "A"))
    write_plan(plan, tmp_path / "a.plan.json")
    assert run(["show", str(tmp_path / "a.plan.json"), "--html", str(tmp_path / "new" / "a.html")]) == 0
    assert capsys.readouterr().out.rstrip("\n") == plan_table(plan)
    assert (tmp_path / "new" / "a.html").read_text(encoding="utf-8") == page_of(plan, tmp_path)


def test_plans_that_cannot_be_shown_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.plan.json"
    write_plan(sheet((8, "A"), options={"dancers": 900}), path)
    assert run(["show", str(path)]) == 2
    assert "a.plan.json: a damaged plan: dancers: found 900" in capsys.readouterr().err
    write_plan(sheet((8, "A")), path)
    path.write_text(path.read_text().replace('"warp": 0.9', '"warp": NaN'))
    assert run(["show", str(path), "--html", str(tmp_path / "a.html")]) == 2
    assert "JSON is malformed" in capsys.readouterr().err
    assert not (tmp_path / "a.html").exists()


def test_a_real_plan(shared: Path, database: str, tmp_path: Path) -> None:
    song = shared / "songs" / "W_1.mp3"
    args = [str(song), "--db", database, "--duration", "20", "--dancers", "3", "-q"]
    assert run(["plan", *args, "-o", str(tmp_path / "w.plan.json")]) == 0
    plan = read_plan(tmp_path / "w.plan.json")
    reader = Reader(page_of(plan, tmp_path))
    assert not reader.open
    styles = {str(attrs["style"]) for _, attrs in reader.found if (attrs.get("class") or "").startswith("eight")}
    assert styles == {"--n:6"}
    assert len([1 for tag, attrs in reader.found if tag == "article" and "id" in attrs]) == len(plan.steps)
