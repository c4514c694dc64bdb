from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from test_director import timeline

from choreo.types import Section, Timeline
from choreo.video.captions import LEAST_SECONDS, caption_cards, captions, step_cues
from choreo.video.overlay import lay_over
from choreo.video.titles import TitleCard, layer, short_credits, title_cards, wrapped

CUE = re.compile(r"(\d+)\n(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})\n(\d+)  (.+)\n")


def cues(text: str) -> list[tuple[int, float, float, int, str]]:
    found = []
    for parts in CUE.findall(text):
        times = [int(part) for part in parts[1:9]]
        start, end = (3600 * h + 60 * m + s + ms / 1000 for h, m, s, ms in (times[:4], times[4:]))
        found.append((int(parts[0]), start, end, int(parts[9]), parts[10]))
    return found


def test_counts_run_from_one_to_eight_on_the_beats() -> None:
    line = timeline()
    found = cues(captions(line, 32.0, counts=True))
    assert [number for number, *_ in found] == list(range(1, 65))
    assert [count for *_, count, _ in found] == [k % 8 + 1 for k in range(64)]
    np.testing.assert_allclose([start for _, start, *_ in found], line.beats, atol=6e-4)
    assert [name for *_, name in found] == [f"step {k // 4}" for k in range(64)]
    assert found[-1][2] == 32.0


def test_waltzes_count_to_six() -> None:
    beats = np.arange(12, dtype=float) * 0.5
    line = Timeline("w", 3, 120.0, beats, np.arange(12) % 3 + 1, (Section(0, 6, "turn"),), (Section(0, 6, "A"),))
    assert [count for *_, count, _ in cues(captions(line, 6.0, counts=True))] == [1, 2, 3, 4, 5, 6] * 2


def test_cues_stay_inside_the_video() -> None:
    found = cues(captions(timeline(), 3.2, counts=True))
    assert len(found) == 7
    assert found[-1][1:3] == (3.0, 3.2)


def test_hours_and_beats_before_the_first_frame() -> None:
    beats = np.array([-0.4, 3599.9, 3661.5])
    line = Timeline("t", 4, 60.0, beats, np.array([1, 2, 3]), (Section(-0.4, 3662, "é"),), ())
    found = cues(captions(line, 3700.0, counts=True))
    assert found[0][1] == 0.0
    assert found[2][1:3] == (3661.5, 3662.0)


def test_a_cue_a_step_lasts_as_long_as_the_step() -> None:
    line = timeline()
    found = step_cues(line, 31.5)
    assert [(cue.start, cue.end, cue.words) for cue in found] == [
        (step.start, min(step.end, 31.5), step.label) for step in line.steps
    ]
    text = captions(line, 31.5)
    assert text.startswith("1\n00:00:00,000 --> 00:00:02,000\nstep 0\n\n2\n")
    assert text.count("-->") == len(line.steps)


def test_short_steps_are_read_at_leisure_and_steps_that_go_on_are_one_cue() -> None:
    spans = (("a", 0, 2), ("a", 2, 4), ("b", 4, 4.4), ("c", 4.4, 6), ("d", 6, 6.2), ("e", 6.2, 6.6), ("f", 6.6, 9))
    line = replace(timeline(), steps=tuple(Section(start, end, name) for name, start, end in spans))
    assert [(cue.words, cue.start, round(cue.end, 3)) for cue in step_cues(line, 9.0)] == [
        ("a", 0, 4), ("b", 4, 5.0), ("c", 5.0, 6), ("d", 6, 7.0), ("f", 7.0, 9),
    ]  # fmt: skip
    assert all(cue.end - cue.start >= LEAST_SECONDS for cue in step_cues(line, 9.0))


def test_words_in_the_picture_are_those_of_the_cues() -> None:
    cards = caption_cards(timeline(), 32.0)
    assert [(card.text, card.start, card.end) for card in cards] == [
        (cue.words, cue.start, cue.end) for cue in step_cues(timeline(), 32.0)
    ]


def test_titles_are_first_and_credits_last() -> None:
    title, words = title_cards(100.0, "Été", "made of")
    assert (title.start, title.strength(0.0), title.strength(2.0), title.strength(50.0)) == (0, 0, 1, 0)
    assert words.end == 100.0
    assert words.strength(97.0) == 1
    assert title_cards(100.0) == ()
    short = title_cards(3.0, "a", "b")
    assert short[0].end <= short[1].start


@pytest.mark.parametrize(("width", "height"), [(640, 360), (1080, 1920), (64, 64)])
@pytest.mark.parametrize("text", ["Größe", "a very long title " * 12, "x" * 300, "été 日本"])
def test_words_fit_the_picture(width: int, height: int, text: str) -> None:
    words = layer(TitleCard(text, 0, 4, 0.075), width, height)
    assert words.shape == (height, width, 2)
    ink = words[..., 0] * words[..., 1] > 0.5
    assert ink.any()
    assert not ink[:, [0, -1]].any()


def test_words_are_laid_over_pictures_with_and_without_alpha() -> None:
    words = np.zeros((4, 4, 2), np.float32)
    words[1, 1] = 1
    frame = np.full((4, 4, 3), 100, np.uint8)
    over = lay_over(frame, words, 1.0)
    assert over[1, 1].tolist() == [255, 255, 255]
    assert over[0, 0].tolist() == [100, 100, 100]
    assert lay_over(frame, words, 0.5)[1, 1, 0] in (177, 178)
    clear = lay_over(np.zeros((4, 4, 4), np.uint8), words, 0.5)
    assert clear[1, 1].tolist() == [255, 255, 255, 128]
    assert clear[0, 0].tolist() == [0, 0, 0, 0]


def test_lines_break_between_words() -> None:
    assert wrapped("aa bb cc", len, 5) == ["aa bb", "cc"]
    assert wrapped("abcdefg", len, 3) == ["abc", "def", "g"]


def test_credits_leave_out_the_clips() -> None:
    text = "Song: x\n\nMovement:\n  starter - licence: CC0\n    clips: a, b\n"
    assert short_credits(text) == "Song: x\n\nMovement:\nstarter - licence: CC0"


def test_words_leave_the_middle_of_wide_pictures_to_the_dancer() -> None:
    for card in title_cards(
        60.0, "A song of many words\nand its singer", "Song: x\nMovement:\nstarter - licence: CC0-1.0"
    ):
        words = layer(card, 640, 360)
        ink = words[..., 0] * words[..., 1] > 0.5
        assert ink.any()
        assert not ink[:, 256:].any()
