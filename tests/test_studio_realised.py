"""Windows of a directed dance: to the bit what the whole is, and made of little that is new."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks

from choreo.errors import ChoreoError
from choreo.pipeline.plan_to_dance import perform_plan
from choreo.planfile.counts import step_bars
from choreo.studio import realised
from choreo.studio.actions import decode
from choreo.studio.session import Session, Window
from choreo.synthesis import stitch
from choreo.types import Motion


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("realised")
    return Session.open(write_clicks(folder / "clicks.wav", seconds=24), folder=folder)


@pytest.fixture
def session(opened: Session) -> Session:
    """The dance as it was first."""
    while opened.state()["history"]["undo"]:
        opened.undo()
    return opened


def act(session: Session, **action: Any) -> None:
    session.apply(decode(json.dumps(action)))


def rendered(session: Session) -> tuple[Motion, ...]:
    return perform_plan(session.plan, session._bench.known(session.plan), measured=False).motions


def assert_same(window: Window, motions: tuple[Motion, ...]) -> None:
    assert len(window.motions) == len(motions)
    for seen, whole in zip(window.motions, motions, strict=True):
        there = slice(window.first_frame, window.first_frame + len(seen))
        np.testing.assert_array_equal(seen.translation, whole.translation[there])
        np.testing.assert_array_equal(seen.rotations, whole.rotations[there])
        assert seen.contacts is not None
        assert whole.contacts is not None
        np.testing.assert_array_equal(seen.contacts, whole.contacts[there])


def test_windows_after_any_edit_have_the_bits_of_the_rendered_dance(session: Session) -> None:
    draw, bars = random.Random(5), len(session.state()["plan"]["bars"]) - 1
    for _ in range(5):
        bar = draw.randrange(bars - 1)
        action: dict[str, Any] = draw.choice([
            {"do": "swap", "bar": bar}, {"do": "mirror", "bar": bar}, {"do": "hold", "bars": [bar, bar + 1]},
            {"do": "retake", "bars": [bar, min(bar + 3, bars)]},
        ])  # fmt: skip
        try:
            act(session, **action)
        except ChoreoError:
            continue
        whole = rendered(session)
        window = session.window(max(bar - 1, 0), min(bar + 3, bars))
        assert window.exact
        assert_same(window, whole)
    np.testing.assert_array_equal(session.whole()[0].rotations, whole[0].rotations)


def test_a_change_leaves_what_was_danced_well_before_it(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.whole()
    made = list[int]()
    perform = stitch.perform_steps

    def counted(*args: Any, **kwargs: Any) -> Any:
        for step in perform(*args, **kwargs):
            made.append(step.number)
            yield step

    monkeypatch.setattr(realised, "perform_steps", counted)
    last = len(session.plan.steps) - 1
    act(session, do="mirror", bar=step_bars(session.plan)[last - 1][0])
    session.whole()
    assert made
    assert min(made) >= last - 1 - realised.POSED - 1
    made.clear()
    session.undo()
    session.whole()
    assert not made, "what was taken back is still there"


def test_a_window_far_behind_a_change_begins_where_the_dance_was(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = session.whole()[0]
    monkeypatch.setattr(realised, "NEAR", 1)
    act(session, do="mirror", bar=step_bars(session.plan)[1][0])
    bars = len(session.state()["plan"]["bars"]) - 1
    window = session.window(bars - 2, bars)
    assert not window.exact
    there = before.translation[window.first_frame, [0, 2]]
    assert np.linalg.norm(window.motions[0].translation[0, [0, 2]] - there) < 0.6
    session.whole()
    window = session.window(bars - 2, bars)
    assert window.exact
    assert_same(window, rendered(session))


def test_a_group_is_seen_as_it_is_rendered(session: Session) -> None:
    act(session, do="dancers", count=2, formation="line", unison="mirror")
    assert_same(session.window(2, 4), rendered(session))


def test_a_whole_that_is_overtaken_by_a_change_gives_nothing(session: Session) -> None:
    act(session, do="retake", bars=[0, 4], seed=77)

    def overtaken(stage: str, done: float) -> None:
        if session.state()["history"]["undo"] == 1:
            act(session, do="mirror", bar=1)

    assert session.whole(overtaken) == ()


def test_little_is_kept_of_what_was_danced_long_ago(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realised, "MOST_FRAMES", 600)
    act(session, do="retake", bars=[0, 3], seed=78)
    assert_same(session.window(0, 4), rendered(session))
    assert session._realised._frames <= 600 + max(len(step.motion) for step in session._realised._steps.values())
    assert session._realised._frames == sum(len(step.motion) for step in session._realised._steps.values())


def test_a_session_is_where_a_song_is_to_be_saved(session: Session) -> None:
    assert session.path == Path(session.path.parent) / "clicks.plan.json"
