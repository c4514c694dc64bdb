"""The page of a search: what is in it, and what its figures draw."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starter_support import StarterClips
from test_music_beats import band
from test_planning_pages import Reader
from web_support import Browser

from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.music import analyze, phrases
from choreo.retrieval.figures import FPS, LEFT, LOW, SPAN, drawn, figure_of, skeleton_facts
from choreo.retrieval.search import Hit, dances_for
from choreo.retrieval.search_page import FIRST, Asked, asked_of_song, song_facts, write_search_page

SHOWN = frozenset(("two-step", "waltz-box", "star-jump", "disco-point", "grapevine"))
CLIPS = StarterClips(lambda number, name: name in SHOWN)
NASTY = "<script>alert('x')</script> & \"{{ 1 }}\""


def page_of(folder: Path, asked: list[Asked], **more: Any) -> str:
    write_search_page(folder / "page.html", "a song", "120 beats/min", asked, CLIPS, **more)
    return (folder / "page.html").read_text(encoding="utf-8")


def facts_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', text, re.S)
    assert found
    return dict(json.loads(found[1]))


def test_a_song_has_its_phrases_with_times_values_and_figures(tmp_path: Path) -> None:
    song = analyze(band(110, 4, 20.0)[0])
    parts = phrases(song)
    found = dances_for(song, parts, CLIPS, top=3)
    text = page_of(tmp_path, asked_of_song(parts, found))
    reader = Reader(text.replace('<script type="application/json"', "<script"))
    words = " ".join(reader.words)
    figures = [attrs for tag, attrs in reader.found if tag == "canvas"]
    assert len(figures) == 3 * len(parts)
    shown = facts_of(text)["figures"]
    assert {int(str(each["data-figure"])) for each in figures} == set(range(len(shown)))
    for part, hits in zip(parts, found, strict=True):
        assert f"{part.tempo:.0f} beats/min, {part.counts} beats of 4 in a bar" in words
        for hit in hits:
            assert all(why.removeprefix("but ") in words for why in hit.reasons)
    by_name = {clip.name: clip for clip in CLIPS}
    first, tempo = found[0][0], parts[0].tempo
    assert float(str(figures[0]["data-rate"])) == pytest.approx(tempo / by_name[first.name].tempo, abs=1e-3)
    assert f"{song.tempo:.0f} beats/min" in song_facts(song)


def test_the_page_needs_no_network_and_is_the_same_each_time(tmp_path: Path) -> None:
    asked = [Asked("", "", [Hit("two-step", CLIPS[0].clip_id, 0.1, {}, reasons=("both in 4", "but calm"))])]
    text = page_of(tmp_path, asked)
    assert page_of(tmp_path, asked) == text
    assert not re.findall(r"https?:|@import|url\(|src=", text)
    assert "<li>both in 4</li>" in text
    assert '<li class="against"><span>calm</span></li>' in text


def test_nothing_that_is_found_is_read_as_html(tmp_path: Path) -> None:
    hit = Hit(NASTY, NASTY, 0.1, {}, (NASTY,), NASTY, NASTY, (NASTY, f"but {NASTY}"), 61.0)
    for what in ("dances", "songs"):
        reader = Reader(page_of(tmp_path, [Asked(NASTY, NASTY, [hit])], what=what))
        assert not reader.open
        assert [tag for tag, _ in reader.found].count("script") == 2
        assert "".join(reader.words).count(NASTY) == 7
        assert "begin at 1:01.0" in "".join(reader.words)


def test_a_dance_that_asks_is_shown_and_songs_are_rows_without_figures(tmp_path: Path) -> None:
    hits = [Hit(f"{k}.mp3", f"/songs/{k}.mp3", 0.1 * k, {}, ("waltz",), reasons=("both in 3",)) for k in range(8)]
    text = page_of(tmp_path, [Asked("", "", hits, tuple(CLIPS[:2]))], what="songs")
    assert text.count("<canvas") == 2
    assert len(facts_of(text)["figures"]) == 2
    assert [f"{k}.mp3" in text for k in range(8)] == [k < FIRST for k in range(8)]


def test_a_figure_has_the_joints_where_they_are() -> None:
    clip = CLIPS[2]
    pose, way = drawn(clip)
    facts, figure = skeleton_facts(), figure_of(clip)
    assert np.frombuffer(base64.b64decode(str(figure["pose"])), np.uint8).reshape(pose.shape).tolist() == pose.tolist()
    assert len(way) == len(pose) == int(clip.motion.duration * FPS)
    joints, _ = forward(clip.motion.skeleton, clip.motion.translation, clip.motion.rotations)
    for frame in (0, len(pose) // 2, len(pose) - 1):
        at = joints[round(frame / FPS * clip.motion.fps)]
        assert pose[frame, :, 1] * SPAN / 255 + LOW == pytest.approx(at[:, 1], abs=0.012)
    assert np.allclose(pose[:, 0, 0] * SPAN / 255 + LEFT, 0, atol=0.006), "the hips stay in the middle"
    left, right = (NAMES.index(f"{side}_shoulder") for side in ("left", "right"))
    assert pose[0, left, 0] > pose[0, right, 0], "seen from the front, the left is on the picture's right"
    assert facts["sides"][left] == 1  # type: ignore[index]


def test_the_way_over_the_floor_goes_with_the_figure() -> None:
    clip = next(clip for clip in CLIPS if np.ptp(clip.motion.translation[:, 0]) > 0.3)
    _, way = drawn(clip)
    steps = (np.diff(way.astype(int)) + 128) % 256 - 128
    travelled = np.concatenate([[0], np.cumsum(steps)]) / 20
    times = np.arange(len(way)) / FPS
    path = clip.motion.translation
    across = path[:, 0] * np.cos(0.35) + path[:, 2] * np.sin(0.35)
    true = np.interp(times, np.arange(len(path)) / clip.motion.fps, across)
    assert travelled == pytest.approx(true - true[0], abs=0.06)


@pytest.mark.slow
def test_figures_move_in_a_browser(tmp_path: Path) -> None:
    hits = [Hit(clip.name, clip.clip_id, 0.1, {}, clip.styles, reasons=("both in 4",)) for clip in CLIPS]
    page_of(tmp_path, [Asked("", "", hits)])
    drawing = """[...document.querySelectorAll("canvas")].map((each) => {
        const data = each.getContext("2d").getImageData(0, 0, each.width, each.height).data;
        let sum = 0; for (let k = 3; k < data.length; k += 4) sum = (sum * 31 + data[k]) % 1000003; return sum; })"""
    (tmp_path / "browser").mkdir()
    with Browser(tmp_path / "browser") as browser:
        browser.open(tmp_path / "page.html")
        browser.wait(f"({drawing}).slice(0, 2).every((sum) => sum > 0)")
        before = browser.evaluate(drawing)
        browser.wait(f"({drawing})[0] !== {before[0]} && ({drawing})[1] !== {before[1]}")
        assert browser.troubles == []
        assert all(url.startswith(("file:", "about:", "data:")) for url in browser.requests)
