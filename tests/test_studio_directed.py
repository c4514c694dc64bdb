"""A song is opened by the command, directed as its page does, and saved: what was shown is what the plan dances."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("uvicorn")
from cli_support import write_clicks
from studio_support import Studio, unpacked

from choreo.pipeline import perform_plan
from choreo.pipeline.plan_to_dance import plan_clips
from choreo.planfile import read_plan
from choreo.studio.wire import window_frame
from choreo.video.bodies import load_body
from choreo.video.timeline import timeline_of


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("directed")
    write_clicks(folder / "clicks.wav", seconds=16)
    one = Studio(folder, "clicks.wav", "--seed", "3")
    yield one
    assert one.end() == 0, one.lines


def test_a_saved_plan_dances_what_was_shown(studio: Studio) -> None:
    with studio.page() as page:
        page.until(lambda: page.frames and page.frames[-1][0]["last"])
        assert {"listening", "state"} <= {each["push"] for each in page.pushes}
        step = page.state()["plan"]["steps"][1]
        revision = page.act(do="mirror", bar=step["bar"])["ok"]["revision"]
        page.until(lambda: page.frames[-1][0]["last"] and page.frames[-1][0]["revision"] == revision)
        shown = [each for each in page.frames if each[0]["revision"] == revision]
        assert page.ask("save", path="../mine")["ok"]["path"].endswith("mine.plan.json")
    root = Path(studio.folder)
    path = root / "renders" / "mine.plan.json"
    plan = read_plan(path)
    assert plan.steps[1].mirror != step["mirror"]
    motions = perform_plan(plan, plan_clips(plan, path, None), measured=False).motions
    head, ((_, turned),) = unpacked(window_frame(motions, load_body(), timeline_of(plan), 0, plan.start))
    for part, ((_, rotations),) in shown:
        first = round((part["start"] - head["start"]) * head["fps"])
        np.testing.assert_array_equal(rotations[:, :24], turned[first : first + len(rotations), :24])


def test_a_change_that_is_taken_back_leaves_the_same_bytes(studio: Studio) -> None:
    with studio.page() as page:
        bar = page.state()["plan"]["steps"][1]["bar"]
        first = Path(studio.folder, page.ask("save", path="first")["ok"]["path"]).read_bytes()
        assert page.act(do="mirror", bar=bar)["ok"]
        assert Path(studio.folder, page.ask("save", path="changed")["ok"]["path"]).read_bytes() != first
        assert page.ask("undo")["ok"]
        assert Path(studio.folder, page.ask("save", path="again")["ok"]["path"]).read_bytes() == first


def test_an_action_out_of_its_bounds_is_refused_in_words(studio: Studio) -> None:
    with studio.page() as page:
        revision = page.state()["revision"]
        for action in (
            {"do": "mirror", "bar": -1},
            {"do": "fly"},
            {"do": "mirror", "bar": 10_000},
            {},
            {"do": "mirror"},
        ):
            assert page.ask("act", action=action)["error"], action
        assert page.ask("state")["ok"]["revision"] == revision


@pytest.mark.slow
def test_a_studio_that_is_killed_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    write_clicks(tmp_path / "clicks.wav", seconds=8)
    studio = Studio(tmp_path, "clicks.wav")
    with studio.page() as page:
        step = page.state()["plan"]["steps"][1]
        assert page.act(do="mirror", bar=step["bar"])["ok"]
        studio.end(signal.SIGKILL)
    studio = Studio(tmp_path, "clicks.wav")
    with studio.page() as page:
        state = page.state()
        assert state["plan"]["steps"][1]["mirror"] != step["mirror"]
        assert (state["history"]["undo"], state["saved"]) == (1, False)
        assert page.ask("undo")["ok"]
        page.seen(state["revision"] + 1)
        assert page.state()["plan"]["steps"][1] == step
    assert studio.end() == 0, studio.lines
    assert not list(tmp_path.rglob("*.lock"))
