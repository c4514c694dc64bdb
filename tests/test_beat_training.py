"""The composer of the beat net's training music: deterministic, on its own beats, every style playable."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "plugins" / "choreo_beats" / "train"
"""Training is done in the repository: an installed choreo has none of it."""


@pytest.fixture(scope="module")
def composer() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        for name in ("styles", "figures", "compose"):
            sys.modules.pop(name, None)
        yield importlib.import_module("compose")
        for name in ("styles", "figures", "compose"):
            sys.modules.pop(name, None)


def test_patterns_have_the_length_of_their_bars(composer: Any) -> None:
    for name, style in composer.STYLES.items():
        for drum, lines in style.drums.items():
            assert drum in composer.DRUMS, (name, drum)
            for line in lines:
                assert len(line) in (style.metre * style.sub, style.metre * style.sub + 1), (name, drum, line)
                assert set(line) <= set("Xxo?."), (name, drum, line)
        assert set(style.bass) <= set(composer.BASS), name
        assert set(style.comp) <= set(composer.COMP), name


def test_the_same_seed_gives_the_same_piece(composer: Any) -> None:
    one, two = composer.compose(7), composer.compose(7)
    assert np.array_equal(one.beats, two.beats)
    assert [track.notes for track in one.tracks] == [track.notes for track in two.tracks]
    assert composer.compose(8).tracks[0].notes != one.tracks[0].notes


def test_every_style_is_played_on_its_beats(composer: Any) -> None:
    for seed, name in enumerate(composer.STYLES):
        piece = composer.compose(seed, 30.0, style=name)
        assert (np.diff(piece.beats) > 0.15).all(), name
        assert piece.beats[-1] > 30, name
        assert piece.positions.max() == piece.metre
        steps = np.diff(piece.positions) % piece.metre
        assert (steps == 1 % piece.metre).all(), name
        notes = np.concatenate([np.array(track.notes) for track in piece.tracks])
        assert (notes[:, 0] >= 0).all(), name
        assert ((notes[:, 2] >= 0) & (notes[:, 2] < 128)).all(), name
        assert ((notes[:, 3] > 0) & (notes[:, 3] <= 128)).all(), name
        near = np.abs(notes[:, 0] - np.round(notes[:, 0])) < 0.1
        assert near.mean() > 0.1, name  # polka without a bass is mostly off the beat
