"""The style guess: what it looks at, what it says of a rhythm, and that it says when it does not know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from choreo.music import style
from choreo.music.spectrum import spectrum
from choreo.music.style_features import PHASES, BeatPatterns, beat_patterns, profile
from choreo.music.style_words import (
    HALF,
    HIGH,
    KICK,
    LATE,
    LOW,
    MIDDLE,
    ON,
    QUARTER,
    SNARE,
    TWO_THIRDS,
    bar_grid,
    rhythm_words,
)
from choreo.types import Audio, BeatTrack, Doubles, Floats

RATE = 22_050
BEATS, INTERVAL = 32, 0.5


def track(metre: int = 4, count: int = BEATS, confidence: float = 0.8) -> BeatTrack:
    beats = 0.2 + INTERVAL * np.arange(count, dtype=float)
    return BeatTrack(beats, np.arange(count) % metre + 1, metre, confidence, "x")


def patterns(bar: Doubles, *, bars: int = 8, interval: float = INTERVAL) -> BeatPatterns:
    """What is heard of a bar ``(metre, 6, 5)`` that is played again and again over one chord."""
    onsets = np.tile(bar, (bars, 1, 1)).astype(np.float32)
    chord = np.zeros((len(onsets), 2, 12), np.float32)
    chord[:, :, [0, 4, 7]] = 1
    shape = np.zeros(10, np.float32)
    return BeatPatterns(onsets, chord, chord, shape, shape, onsets.mean(axis=(0, 1)), interval)


def bar_of(metre: int, *hits: tuple[int, int, int, float]) -> Doubles:
    """A bar of soft noise with hits: beat from 0, phase, band, strength."""
    bar = np.full((metre, len(PHASES), 5), 0.1)
    for beat, phase, band, strength in hits:
        bar[beat, phase, band] = strength
    return bar


def words(bar: Doubles, **more: str) -> str:
    heard = patterns(bar)
    metre = len(bar)
    return rhythm_words(heard, np.arange(len(heard.onsets)) % metre + 1, metre, **more)


FLOOR = bar_of(4, *((beat, ON, KICK, 1.0) for beat in range(4)))
BACKBEAT = bar_of(
    4, (0, ON, KICK, 1.0), (2, ON, KICK, 1.0),
    *((beat, ON, band, 1.0) for beat in (1, 3) for band in (MIDDLE, SNARE, HIGH)),
)  # fmt: skip
RIDE = bar_of(
    4, *((beat, phase, band, 1.0) for beat in range(4) for phase in (ON, TWO_THIRDS) for band in (SNARE, HIGH))
)
ONE_DROP = bar_of(
    4, (2, ON, KICK, 1.0), (2, ON, LOW, 1.0), *((beat, HALF, MIDDLE, 1.0) for beat in range(4))
)  # fmt: skip
WALTZ = bar_of(
    3, (0, ON, KICK, 1.0), (0, ON, LOW, 1.0), *((beat, ON, MIDDLE, 1.0) for beat in (1, 2))
)  # fmt: skip
HATS = bar_of(4, *((beat, phase, HIGH, 1.0) for beat in range(4) for phase in (ON, QUARTER, HALF, LATE)))
DEMBOW = bar_of(
    4, *((beat, ON, KICK, 1.0) for beat in range(4)),
    *((beat, phase, SNARE, 1.0) for beat, phase in ((0, LATE), (1, HALF), (2, LATE), (3, HALF))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("bar", "said", "unsaid"),
    [
        (FLOOR, "four on the floor", "backbeat"),
        (BACKBEAT, "backbeat", "four on the floor"),
        (RIDE, "swung", "sixteenths"),
        (ONE_DROP, "one drop", "four on the floor"),
        (WALTZ, "bass on the one, chords on two and three", "backbeat"),
        (HATS, "sixteenths", "swung"),
        (DEMBOW, "dembow", "backbeat"),
    ],
)
def test_rhythms_are_told_by_their_names(bar: Doubles, said: str, unsaid: str) -> None:
    told = words(bar)
    assert said in told
    assert unsaid not in told
    assert told.endswith("at 120")


def test_a_rhythm_without_a_name_is_told_by_its_tempo_alone() -> None:
    assert words(bar_of(4)) == "at 120"
    assert words(bar_of(3)) == "at 120"


def test_at_most_two_words_and_the_time_signature_unless_it_is_four_four() -> None:
    both = FLOOR + bar_of(4, *((beat, HALF, HIGH, 1.0) for beat in range(4)), (3, HALF, MIDDLE, 0.5))
    both[1::2, ON, MIDDLE:] += 0.6
    assert words(both) == "four on the floor, backbeat, at 120"  # and open off-beats, which are left out
    assert words(WALTZ, time_signature="3/4").endswith(", in 3/4, at 120")
    assert "4/4" not in words(FLOOR, time_signature="4/4")


def test_words_do_not_depend_on_where_the_song_begins_in_the_bar_or_how_loud_it_is() -> None:
    heard = patterns(BACKBEAT)
    positions = np.arange(BEATS) % 4 + 1
    later = replace(heard, onsets=heard.onsets[1:], chroma=heard.chroma[1:], bass=heard.bass[1:])
    louder = replace(heard, onsets=3 * heard.onsets)
    assert (
        rhythm_words(later, positions[1:], 4) == rhythm_words(heard, positions, 4) == rhythm_words(louder, positions, 4)
    )
    np.testing.assert_allclose(bar_grid(heard, positions, 4).mean(axis=(0, 1)), 1, rtol=1e-4)


def groove(top: float = RATE / 2) -> Audio:
    """Kick on one and three, noise on two and four, hats on off-beats and a chord, with nothing above `top` Hz."""
    rng = np.random.default_rng(0)
    seconds = 0.2 + INTERVAL * BEATS
    time = np.arange(round(seconds * RATE)) / RATE
    sound = 0.05 * np.sin(2 * np.pi * np.outer([220.0, 277.2, 329.6], time)).sum(axis=0)
    short = np.arange(round(0.1 * RATE)) / RATE
    for beat in range(BEATS):
        kick = 0.8 * np.exp(-short / 0.04) * np.sin(2 * np.pi * 60 * short)
        hit = kick if beat % 2 == 0 else 0.3 * np.exp(-short / 0.03) * rng.normal(size=len(short))
        hat = 0.2 * np.exp(-short / 0.01) * rng.normal(size=len(short))
        for when, each in ((0.2 + INTERVAL * beat, hit), (0.2 + INTERVAL * (beat + 0.5), hat)):
            begin = round(when * RATE)
            there = sound[begin : begin + len(short)]
            there += each[: len(there)]
    bins = np.fft.rfft(sound)
    bins[np.fft.rfftfreq(len(sound), 1 / RATE) > top] = 0
    return Audio(np.fft.irfft(bins, len(sound)).astype(np.float32), RATE)


def profile_of(sound: Audio) -> Floats:
    heard = track()
    return profile(beat_patterns(spectrum(sound), heard.beats), heard.positions, 4)


def test_the_profile_sees_where_in_the_beat_and_how_high_something_is_struck() -> None:
    heard = track()
    measured = beat_patterns(spectrum(groove()), heard.beats)
    assert measured.onsets.shape == (BEATS, len(PHASES), 5)
    grid = bar_grid(measured, heard.positions, 4)
    assert grid[::2, ON, KICK].min() > 2 * grid[1::2, ON, KICK].max()
    assert grid[1::2, ON, SNARE].min() > 2 * grid[::2, ON, SNARE].max()
    assert grid[:, HALF, HIGH].min() > 2 * grid[:, LATE, HIGH].max()
    assert measured.interval == pytest.approx(INTERVAL)
    assert "backbeat" in rhythm_words(measured, heard.positions, 4)
    assert profile_of(groove()).shape == style._weights()["mean"].shape


def test_what_an_old_record_lacks_above_its_top_changes_nothing() -> None:
    whole = profile_of(groove())
    np.testing.assert_allclose(profile_of(groove(top=4000.0)), whole, rtol=1e-2, atol=1e-2)
    assert np.abs(profile_of(groove(top=1500.0)) - whole).max() > 0.5


def test_two_beats_in_a_bar_fill_a_bar_of_four_twice() -> None:
    bar = bar_of(2, (0, ON, KICK, 1.0), (1, ON, SNARE, 1.0))
    heard = patterns(bar, bars=16)
    cells = len(PHASES) * 5
    grid = profile(heard, np.arange(BEATS) % 2 + 1, 2)[: 4 * cells].reshape(4, len(PHASES), 5)
    np.testing.assert_allclose(grid[:2], grid[2:])
    assert grid[0, ON, KICK] > 5 * grid[1, ON, KICK]
    of_four = profile(heard, np.arange(BEATS) % 4 + 1, 4)[: 4 * cells].reshape(4, len(PHASES), 5)
    np.testing.assert_allclose(grid, of_four, rtol=1e-5)


def test_of_three_in_a_bar_the_fourth_place_is_empty() -> None:
    grid = profile(patterns(WALTZ), np.arange(24) % 3 + 1, 3)[: 4 * len(PHASES) * 5].reshape(4, len(PHASES), 5)
    assert grid[0, ON, KICK] > 5 * grid[1, ON, KICK] > 0
    assert (grid[3] == 0).all()


def test_under_sixteen_beats_and_where_no_beat_was_heard_nothing_is_guessed() -> None:
    heard = patterns(FLOOR)

    def first(count: int) -> BeatPatterns:
        return replace(heard, onsets=heard.onsets[:count], chroma=heard.chroma[:count], bass=heard.bass[:count])

    assert style.guess_styles(track(count=style.LEAST_BEATS - 1), first(style.LEAST_BEATS - 1)) == {}
    assert style.guess_styles(track(confidence=0.0), heard) == {}
    assert style.guess_styles(track(count=style.LEAST_BEATS), first(style.LEAST_BEATS)) != {}


def test_styles_are_a_distribution_the_likeliest_first() -> None:
    found = style.guess_styles(track(), patterns(FLOOR))
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert 0 < sum(found.values()) <= 1 + 1e-9
    assert set(found) <= set(style.labels()) - {style.OTHER}
    assert min(found.values()) >= style.LEAST


def test_what_is_rarer_among_songs_than_among_the_composed_ones_counts_for_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rare, common = next(name for name in style.labels() if name in style.SELDOM), "house"
    even = {rare: 0.4, common: 0.4, style.OTHER: 0.2}
    monkeypatch.setattr(style, "_net", lambda x: np.array([even.get(name, 0.0) for name in style.labels()]))
    monkeypatch.setattr(style, "recorded", lambda x: np.zeros(4))
    found = style.guess_styles(track(), patterns(FLOOR))
    assert list(found) == [common, rare]
    assert found[rare] / found[common] == pytest.approx(style.SELDOM[rare], rel=1e-3)
    assert sum(found.values()) == pytest.approx(
        1 - 0.2 / (0.6 + 0.4 * style.SELDOM[rare]), rel=1e-3
    )  # the rest is none of them


def test_what_recordings_say_moves_the_dances_they_are_of_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    even = {"cha-cha": 0.1, "tango": 0.1, "house": 0.5, style.OTHER: 0.3}
    monkeypatch.setattr(style, "_net", lambda x: np.array([even.get(name, 0.0) for name in style.labels()]))
    said = style.weighted_styles(np.zeros(199, np.float32), np.array([0.3, 0.0, 0.0, -1.0]))
    unsaid = style.weighted_styles(np.zeros(199, np.float32), np.zeros(4))
    assert next(iter(unsaid)) == "house"
    assert next(iter(said)) == "cha-cha"
    assert said["cha-cha"] / said["house"] == pytest.approx(np.exp(0.3 * style.BELIEF) * 0.2, rel=1e-3)
    assert said["tango"] / said["house"] == pytest.approx(unsaid["tango"] / unsaid["house"], rel=1e-3)


def test_the_model_of_recordings_measures_dances_against_none_of_them() -> None:
    weights = np.zeros((200, len(style.WAYS)))
    weights[3, 1], weights[-1, -1] = 0.5, -0.25  # rumba by one input; none of them always a little
    model = {"mean": np.zeros(199), "scale": np.full(199, 2.0), "weights": weights}
    x = np.zeros(199, np.float32)
    x[3] = 100.0  # far beyond what it has seen: counts as `FAR_RECORDED` deviations
    assert style.recorded(x, model) == pytest.approx([0.25, 0.25 + 0.5 * style.FAR_RECORDED, 0.25, 0.25])


def test_unknown_is_an_answer() -> None:
    assert style.name_of({}) == ("unknown", 0.0)
    assert style.name_of({"disco": 0.2, "house": style.NAMED}) == ("house", style.NAMED)
    assert style.name_of({"disco": 0.2, "house": style.NAMED - 0.01}) == ("unknown", style.NAMED - 0.01)


def test_five_in_a_bar_is_no_style_that_it_is_sure_of() -> None:
    bar = bar_of(5, *((beat, ON, MIDDLE, 1.0) for beat in range(5)))
    assert style.name_of(style.guess_styles(track(5, 40), patterns(bar)))[0] == "unknown"


def test_a_pace_that_was_halved_or_doubled_is_undone() -> None:
    heard = track(count=32)
    slow = BeatTrack(heard.beats[::2], np.arange(16) % 4 + 1, 4, 0.8, "x")
    undone = style._before(slow, "half")
    np.testing.assert_allclose(undone.beats, heard.beats[:31])
    assert undone.positions.tolist() == heard.positions[:31].tolist()
    middles = np.interp(np.arange(63) / 2, np.arange(32), heard.beats)
    fast = BeatTrack(middles, np.arange(63) % 4 + 1, 4, 0.8, "x")
    np.testing.assert_allclose(style._before(fast, "double").beats, heard.beats)


def test_counted_at_another_pace_music_keeps_the_style_that_it_is_likelier_of() -> None:
    sound = spectrum(groove())
    heard = track()
    alone, words = style.hear_styles(heard, sound)
    assert alone
    assert words.endswith("at 120")
    slow = BeatTrack(heard.beats[::2], np.arange(16) % 4 + 1, 4, 0.8, "x")
    again, _ = style.hear_styles(slow, sound, "half")
    as_halved, _ = style.hear_styles(slow, sound)
    likelier = max(max(alone.values()), max(as_halved.values()))
    assert max(again.values()) == pytest.approx(likelier, abs=0.1)


def test_what_is_unlike_all_recordings_is_left_to_the_net() -> None:
    weights = np.ones((200, len(style.WAYS)))
    weights[-1, 0] = 5.0
    model = {"mean": np.zeros(199), "scale": np.ones(199), "weights": weights}
    near, far = (np.full(199, k * np.sqrt(style.UNLIKE), np.float32) for k in (0.99, 1.01))
    assert style.recorded(near, model)[0] == pytest.approx(4.0)
    assert not style.recorded(far, model).any()
