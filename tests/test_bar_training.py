"""The training music of bars and styles: changes of metre, parts of the form, length, sound that is spoilt in time."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "plugins" / "choreo_beats" / "train"
NAMES = ("styles", "styles_dance", "figures", "compose", "synth", "sounds", "pieces")
RATE = 22_050


@pytest.fixture(scope="module")
def train() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        for name in NAMES:
            sys.modules.pop(name, None)
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in NAMES})
        for name in NAMES:
            sys.modules.pop(name, None)


def test_a_changing_piece_counts_each_bar_out_in_its_own_metre(train: Any) -> None:
    piece = train.compose.compose(3, 60.0, "pop", "waltz")
    assert set(piece.metres) == {3, 4}
    following = np.where(piece.positions == piece.metres, 1, piece.positions + 1)
    assert (piece.positions[1:] == following[:-1]).all()
    assert (np.diff(piece.metres)[piece.positions[1:] != 1] == 0).all()


def test_parts_of_the_form_begin_on_ones(train: Any) -> None:
    for seed in range(8):
        piece = train.compose.compose(seed, 40.0)
        begins = [beat for beat, _ in piece.sections if 0 < beat < len(piece.positions)]
        assert begins
        assert (piece.positions[begins] == 1).all(), piece.style


def test_a_piece_that_gets_faster_is_as_long_as_asked(train: Any) -> None:
    for seed in range(300):
        piece = train.compose.compose(seed, 12.0)
        assert piece.beats[-1] >= 12.0, (seed, piece.style)


def test_no_music_is_as_long_as_asked_and_the_same_again(train: Any) -> None:
    for seed in range(6):
        sound = train.sounds.noise(3.0, seed)
        assert sound.shape == (3 * RATE,)
        assert 0.01 < np.abs(sound).max() <= 1
        assert np.array_equal(sound, train.sounds.noise(3.0, seed))


def test_spoilt_sound_keeps_its_length_and_its_time(train: Any) -> None:
    count = 16 * RATE
    clicks = np.zeros(count, np.float32)
    clicks[RATE // 2 :: RATE] = 1
    clicks = np.convolve(clicks, np.sin(np.arange(300) * 0.3) * np.exp(-np.arange(300) / 60))[:count]
    for seed in range(12):
        spoilt = train.sounds.degrade(clicks, np.random.default_rng(seed))
        assert spoilt.shape == (count,), seed
        assert np.isfinite(spoilt).all(), seed
        heard, truth = (np.abs(x[: count // 441 * 441]).reshape(-1, 441).max(1) for x in (spoilt, clicks))
        match = np.correlate(heard - heard.mean(), truth - truth.mean(), "same")
        assert abs(int(np.argmax(match)) - len(truth) // 2) <= 1, seed  # frames of 20 ms


def test_a_codec_gives_back_what_it_was_given_at_the_same_time(train: Any) -> None:
    rng = np.random.default_rng(0)
    sound = train.sounds._low_passed(rng.normal(0, 0.1, 16 * RATE), 1500, 8)
    for seed in range(4):
        back = train.sounds._coded(sound, np.random.default_rng(seed))
        assert back.shape == sound.shape
        middle = slice(4 * RATE, 12 * RATE)
        match = np.fft.irfft(np.fft.rfft(back[middle]) * np.conj(np.fft.rfft(sound[middle])))
        lag = int(np.argmax(match))
        assert min(lag, len(match) - lag) < 10, seed
