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


MODULES = ("styles", "styles_dance", "figures", "compose", "pieces", "sounds", "synth")


@pytest.fixture(scope="module")
def composer() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        for name in MODULES:
            sys.modules.pop(name, None)
        yield importlib.import_module("compose")
        for name in MODULES:
            sys.modules.pop(name, None)


def test_patterns_have_the_length_of_their_bars(composer: Any) -> None:
    for name, style in composer.STYLES.items():
        for drum, lines in style.drums.items():
            assert drum in composer.DRUMS, (name, drum)
            for line in lines:
                steps = style.metre * style.sub
                assert len(line) in (steps, steps + 1, 2 * steps), (name, drum, line)
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
        assert (piece.positions <= piece.metres).all(), name
        ends = piece.positions[:-1] == piece.metres[:-1]
        assert (piece.positions[1:] == np.where(ends, 1, piece.positions[:-1] + 1)).all(), name
        notes = np.concatenate([np.array(track.notes) for track in piece.tracks])
        assert (notes[:, 0] >= 0).all(), name
        assert ((notes[:, 2] >= 0) & (notes[:, 2] < 128)).all(), name
        assert ((notes[:, 3] > 0) & (notes[:, 3] <= 128)).all(), name
        halves = 2 * notes[:, 0]
        near = np.abs(halves - np.round(halves)) < 0.2
        assert near.mean() > 0.25, name  # beats or the middles between: reggae without drums is mostly off the beat


def test_a_piece_may_go_into_another_metre_and_back(composer: Any) -> None:
    piece = composer.compose(3, 60.0, "rock", "rockwaltz")
    assert piece.metre == 4
    runs = piece.metres[np.flatnonzero(np.diff(piece.metres, prepend=0))]
    assert runs.tolist() == [4, 3, 4]
    starts = [beat for beat, _ in piece.sections]
    assert starts == sorted(starts)
    assert {letter for _, letter in piece.sections} & set("DEF")


def test_the_halves_of_twin_bars_are_alike_and_chords_still_tell(composer: Any) -> None:
    hits = [(0.0, 0.4, 0), (1.5, 0.4, 7), (2.0, 1.0, 5), (3.5, 0.2, 3)]
    assert composer._twinned(hits, 4) == [(0.0, 0.4, 0), (1.5, 0.4, 7), (2.0, 0.4, 0), (3.5, 0.4, 7)]


def test_pieces_are_drawn_of_every_kind_and_label(composer: Any) -> None:
    pieces = importlib.import_module("pieces")
    drawn = [pieces.draw(seed) for seed in range(3000)]
    assert 0.02 < sum(each is None for each in drawn) / 3000 < 0.06
    labels = {composer.STYLES[each[0]].label for each in drawn if each}
    assert labels == {style.label for style in composer.STYLES.values()} - {""}
    changing = [each for each in drawn if each and each[1]]
    assert changing
    assert all({composer.STYLES[a].metre, composer.STYLES[b].metre} == {3, 4} for a, b in changing)
