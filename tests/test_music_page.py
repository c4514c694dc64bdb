"""The picture and the page of an analysis."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from cli_support import write_clicks

from choreo.cli.app import run
from choreo.music import analyze, draw_analysis, load_audio, write_page
from choreo.music.analysis_page import given_options
from choreo.music.plot import DOWN, peaks
from choreo.options import Listening
from choreo.types import Audio, Certainty, MusicAnalysis, Section


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("page") / "clicks.wav", seconds=12)


@pytest.fixture(scope="module")
def heard(clicks: Path) -> MusicAnalysis:
    halves = (Section(0.0, 6.0, "A"), Section(6.0, 12.0, "B"))
    return replace(analyze(clicks), sections=halves)


def test_peaks_find_every_stretch() -> None:
    samples = np.zeros(1000, np.float32)
    samples[[5, 995]] = 0.5, -0.25
    np.testing.assert_allclose(peaks(Audio(samples, 100), 4), [1, 0, 0, 0.5])
    assert peaks(Audio(np.zeros(0, np.float32), 100), 3).tolist() == [0, 0, 0]


def test_the_picture_has_a_mark_at_every_downbeat(heard: MusicAnalysis, clicks: Path) -> None:
    image = draw_analysis(heard, load_audio(clicks))
    assert image.size == (1600, 760)
    pixels = np.asarray(image)
    red = (pixels == np.array(DOWN)).all(axis=2)
    marks = np.flatnonzero(red[370])
    assert len(marks) == len(heard.downbeats)
    wide = 1600 - 90 - 30
    np.testing.assert_allclose(marks, 90 + wide * heard.downbeats / heard.duration, atol=1.5)


def test_the_picture_of_little(clicks: Path) -> None:
    heard = analyze(load_audio(clicks), Listening(duration=1.5))
    assert draw_analysis(heard, load_audio(clicks)).size == (1600, 760)


def page_of(heard: MusicAnalysis, clicks: Path, path: Path) -> str:
    write_page(heard, load_audio(clicks), path)
    return path.read_text(encoding="utf-8")


def test_the_page_holds_facts_and_sound(heard: MusicAnalysis, clicks: Path, tmp_path: Path) -> None:
    text = page_of(heard, clicks, tmp_path / "p.html")
    assert not re.search(r"\{[{%#]", text)
    facts = json.loads(re.findall(r'id="facts">(.*?)</script>', text, re.S)[0])
    assert len(facts["beats"]) == len(heard.beats)
    assert [part["label"] for part in facts["sections"]] == ["A", "B"]
    sound = base64.b64decode(re.findall(r"base64,([A-Za-z0-9+/=]+)", text)[0])
    with av.open(BytesIO(sound)) as file:
        assert file.duration / av.time_base == pytest.approx(12, abs=0.15)


def test_the_page_needs_nothing_from_elsewhere(heard: MusicAnalysis, clicks: Path, tmp_path: Path) -> None:
    text = page_of(heard, clicks, tmp_path / "p.html")
    assert not re.findall(r"(?:https?:)?//[a-z]|<link|@import|src=\"(?!data:)", re.sub(r"base64,[^\"]+", "", text))


def test_names_do_not_become_markup(heard: MusicAnalysis, clicks: Path, tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script>.wav"
    named = replace(heard, path=evil, sections=(Section(0, 12, evil),), warnings=(evil,))
    text = page_of(named, clicks, tmp_path / "p.html")
    assert "<script>alert" not in text
    assert text.count("</script>") == 2


def test_options_that_the_page_goes_on_from() -> None:
    said = Listening(octave="half", offset=-0.05, beats="my beats.txt", metre=3, start=2, cache=False)
    assert given_options(said) == {
        "--beats": "'my beats.txt'", "--meter": "3", "--octave": "half", "--offset": "-0.05",
    }  # fmt: skip
    assert given_options(Listening(bpm=92.5, downbeat=0, tracker="librosa")) == {
        "--tracker": "librosa", "--bpm": "92.5", "--downbeat": "0",
    }  # fmt: skip
    assert given_options(Listening()) == {}


def test_doubt_about_the_one_is_a_choice(heard: MusicAnalysis, clicks: Path, tmp_path: Path) -> None:
    unsure = replace(heard.track, certainty=Certainty(downbeat=0.434), rival=1.2345)
    text = page_of(replace(heard, track=unsure), clicks, tmp_path / "p.html")
    assert re.search(r"class=warning>choreo is 43 % sure", text)
    assert 'data-time="1.23"' in text
    sure = replace(heard.track, certainty=Certainty(downbeat=0.97), rival=None)
    text = page_of(replace(heard, track=sure), clicks, tmp_path / "p.html")
    assert re.search(r"<p >choreo is 97 % sure", text)
    assert "data-time=" not in text


def test_the_command_writes_both(clicks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    png, page = tmp_path / "new" / "a.png", tmp_path / "a.html"
    assert run(["analyze", str(clicks), "--plot", str(png), "--html", str(page)]) == 0
    assert png.stat().st_size > 10_000
    assert page.stat().st_size > 30_000
    assert '"given":{}' in page.read_text(encoding="utf-8")
    assert run(["analyze", str(clicks), "--octave", "double", "--html", str(page)]) == 0
    assert '"given":{"--octave":"double"}' in page.read_text(encoding="utf-8")
    (tmp_path / "file").touch()
    assert run(["analyze", str(clicks), "--plot", str(tmp_path / "file" / "a.png")]) == 3
