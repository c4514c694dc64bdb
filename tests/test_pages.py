"""Every page from every template: what a user names stays text, and nothing in it is expanded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import numpy as np
import pytest
from cli_support import write_clicks
from motion_support import dance
from render_support import capsule_body, standing
from show_support import show

from choreo.metrics import evaluate
from choreo.metrics import write_page as write_report
from choreo.metrics.reference import Reference, joint_positions
from choreo.metrics.report import Measure, Report
from choreo.music import analyze, load_audio
from choreo.music import write_page as write_analysis
from choreo.pages import environment, page, script_json
from choreo.planfile.page import write_page as write_plan_page
from choreo.retrieval.search import Hit
from choreo.retrieval.search_page import Asked, write_search_page
from choreo.types import Audio, ChoreographyPlan, MusicAnalysis, PlanStep, Section
from choreo_web import WebExporter

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "choreo.planfile": "choreo/planfile",
    "choreo.music": "choreo/music",
    "choreo.metrics": "choreo/metrics",
    "choreo.retrieval": "choreo/retrieval",
    "choreo.video": "choreo/video",
    "choreo_web": "plugins/choreo_web",
}
HOSTILE = [
    "@@FACTS@@.mp3",
    "@@TITLE@@ and @@ROWS@@, @@DATA@@",
    "{{ 7*7 }}.mp3",
    "{% for k in range(9) %}{{ k }}{% endfor %}{# gone #}",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title></svg></style><!--",
    '" onfocus="alert(1)" x=\'y\' ><img src=x onerror=alert(1)>',
    "&lt;b&gt; & &amp; &copy",
    "\\u003cb\\g<1> é漢",
]
PLAIN = "plain"
Write = Callable[[str, Path], None]


class Reader(HTMLParser):
    """Tags with their attributes, texts as a browser shows them, and the JSON of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.words = ""
        self.inside = ""
        self.feed(text)
        self.close()
        self.end_of_words()

    def end_of_words(self) -> None:
        if self.words:
            self.found.append(json.loads(self.words) if self.inside == "application/json" else self.words)
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.end_of_words()
        self.found.append((tag, attrs))
        self.inside = str(dict(attrs).get("type", ""))

    def handle_endtag(self, tag: str) -> None:
        self.end_of_words()
        self.found.append(("/", tag))
        self.inside = ""

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.words += data


def named(thing: object, evil: str) -> object:
    """The same with `evil` replaced by the plain name, wherever it stands; the report has groups in capitals."""
    if isinstance(thing, str):
        for found in (evil, file_name(evil)):
            thing = thing.replace(found, PLAIN).replace(found.upper(), PLAIN.upper())
        return thing
    if isinstance(thing, dict):
        return {key: named(value, evil) for key, value in thing.items()}
    return type(thing)(named(each, evil) for each in thing) if isinstance(thing, (list, tuple)) else thing


def file_name(text: str) -> str:
    """A name that a file can have."""
    return text.replace("/", "|")


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("clicks") / "clicks.wav", seconds=16)


@pytest.fixture(scope="module")
def sound(clicks: Path) -> Audio:
    return load_audio(clicks)


@pytest.fixture(scope="module")
def analysis(clicks: Path) -> MusicAnalysis:
    return analyze(clicks)


@pytest.fixture(scope="module")
def report(analysis: MusicAnalysis) -> Report:
    motion = dance(14)
    reference = Reference("r", (joint_positions(motion),), (0,), ("a",), 3.0)
    found = evaluate(motion, analysis, reference=reference)
    assert found.plots["runs"]
    return found


def plan_named(name: str) -> ChoreographyPlan:
    """A plan in which everything that has a name is called so."""
    moves = ("", name)
    steps = tuple(
        PlanStep(name, name, name, name, bool(k), 20 * k, tuple(0.5 * (20 * k + n) for n in range(21)), section, 0.9,
                 {name: 1.0}, move=moves[k], reasons=(name, f"but {name}"))
        for k, section in enumerate((name, ""))
    )  # fmt: skip
    made = ChoreographyPlan({"name": name}, 4, 120.0, 0.0, 20.0, 0, steps)
    return replace(made, options={"style": name, "dancers": 3}, warnings=(name,), guarantees={name: 1.0})


@pytest.fixture
def writers(analysis: MusicAnalysis, sound: Audio, report: Report, clicks: Path) -> dict[str, Write]:
    """Writers of all pages, of a thing in which everything that has a name is called so."""

    def plan(name: str, path: Path) -> None:
        write_plan_page(plan_named(name), path)

    def heard(name: str, path: Path) -> None:
        changed = replace(analysis, path=f"songs/{file_name(name)}", sections=(Section(0.0, 12.0, name),))
        write_analysis(replace(changed, style=name, warnings=(name,)), sound, path)

    def measured(name: str, path: Path) -> None:
        facts = {**report.facts, "song": file_name(name), "reference": file_name(name), "compat": name}
        measures = (Measure("a", name, name, 1.0, name, good=name, note=name), Measure("b", name, name, None))
        changed = replace(report, facts=facts, warnings=(name,), measures=measures)
        write_report(changed, path, title=name, sources=(name,))

    def web(name: str, path: Path) -> None:
        one = show(standing(2), body=capsule_body(4, 4), title=name)
        timeline = one.dances[0].timeline
        assert timeline is not None
        steps, sections = ([replace(s, label=name) for s in spans] for spans in (timeline.steps, timeline.sections))
        timeline = replace(timeline, steps=tuple(steps), sections=tuple(sections))
        WebExporter().export_show(replace(one, dances=(replace(one.dances[0], name=name, timeline=timeline),)), path)

    def web_of_a_song(name: str, path: Path) -> None:
        song = path.with_name(f"{file_name(name)}.wav")
        song.write_bytes(clicks.read_bytes())
        one = show(standing(2), body=capsule_body(4, 4), song=str(song))
        dances = tuple(replace(each, name=name, timeline=None) for each in one.dances)
        WebExporter().export_show(replace(one, dances=dances), path)

    def search(name: str, path: Path) -> None:
        hit = Hit(name, name, 0.1, {name: 0.1}, (name,), name, name, (name, f"but {name}"))
        write_search_page(path, name, name, [Asked(name, name, [hit])])

    return {
        "plan": plan, "analysis": heard, "report": measured, "web": web, "song": web_of_a_song, "search": search
    }  # fmt: skip


@pytest.mark.parametrize("evil", HOSTILE)
@pytest.mark.parametrize("kind", ["plan", "analysis", "report", "web", "song", "search"])
def test_names_are_text_on_every_page(kind: str, evil: str, writers: dict[str, Write], tmp_path: Path) -> None:
    texts = []
    for name in (PLAIN, evil):
        writers[kind](name, tmp_path / "page.html")
        texts.append((tmp_path / "page.html").read_text(encoding="utf-8"))
    plain, found = (Reader(text).found for text in texts)
    assert named(found, evil) == plain
    assert json.dumps(plain).count(PLAIN) > 3  # the name does stand there


def test_all_templates_escape() -> None:
    known = set()
    for package, folder in PACKAGES.items():
        made = environment(package)
        assert made.autoescape is True
        assert made.undefined is jinja2.StrictUndefined
        for name in made.list_templates(extensions=["html"]):
            known.add(ROOT / folder / name)
            assert made.get_template(name).environment.autoescape is True
            source = made.loader.get_source(made, name)[0]  # type: ignore[union-attr]
            tokens = [value for _, kind, value in made.lex(source) if kind == "name"]
            assert not {"safe", "autoescape"}.intersection(tokens), name
    still = ROOT / "choreo/studio/page"  # the studio's page is filled in by its script
    written = {
        path
        for top in ("choreo", "plugins")
        for path in (ROOT / top).rglob("*.html")
        if "src" not in path.parts and path.parent != still
    }
    assert known == written


def test_a_template_is_not_filled_in_by_half() -> None:
    with pytest.raises(jinja2.UndefinedError, match="name"):
        page("choreo.music", "analysis_page.html")


@pytest.mark.parametrize("text", HOSTILE)
def test_json_cannot_end_its_script(text: str) -> None:
    made = script_json({"name": text, "list": [1, 0.5]})
    assert "<" not in made
    assert json.loads(made) == {"name": text, "list": [1, 0.5]}


def test_json_has_no_numbers_that_are_none() -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_json(float(np.nan))
