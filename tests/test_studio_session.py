"""A dance that is directed without any page: what is done to it, what is seen of it, and what is saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks

from choreo.errors import InputError
from choreo.studio.session import Session


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("session") / "clicks.wav", seconds=20)


@pytest.fixture(scope="module")
def opened(song: Path) -> Session:
    return Session.open(song, folder=song.parent)


@pytest.fixture
def session(opened: Session) -> Session:
    """The dance as it was first."""
    while opened.state()["history"]["undo"]:
        opened.undo()
    return opened


def test_the_library_is_looked_through_by_words_style_and_level(session: Session) -> None:
    everything = session.library(limit=500)
    assert len({row["move"] for row in everything}) == len(everything) > 50
    spins = session.library("spin")
    assert spins
    assert any("spin" in row["label"] or "turn" in row["label"] for row in spins[:3])
    assert spins[0]["why"]
    style = everything[0]["style"]
    assert {row["style"] for row in session.library(style=style)} == {style}
    assert {row["level"] for row in session.library(level=0, limit=9)} == {0}
    with pytest.raises(InputError, match="xyzzy"):
        session.library("xyzzy")


def test_a_figure_moves_and_its_mirror_moves_to_the_other_side(session: Session) -> None:
    clip = session.state()["plan"]["steps"][1]["clip"]
    one, other = session.figure(clip), session.figure(clip, mirror=True)
    frames = np.array(one["frames"])
    assert frames.shape[1] == 2 * (len(one["bones"]) + 1)
    assert 2 <= len(frames) <= 40
    assert np.ptp(frames, axis=0).max() > 0.05
    assert -0.2 < frames[:, 1::2].min() < 0.3
    assert 1.0 < frames[:, 1::2].max() < 2.6
    assert abs(frames[:, ::2].mean() + np.array(other["frames"])[:, ::2].mean()) < 0.02
    with pytest.raises(InputError, match="no clip"):
        session.figure("nothing")


def test_the_waveform_has_the_clicks(session: Session) -> None:
    points = np.array(session.waveform(200))
    assert points.shape == (200, 2)
    assert (points[:, 0] <= points[:, 1]).all()
    loud = points[:, 1] > 0.3
    assert 30 < loud.sum() < 90
    assert len(session.waveform(3)) == 3
