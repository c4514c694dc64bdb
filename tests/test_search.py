from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from motion_support import dance
from starter_support import StarterClips
from test_music_audio import write_wav
from test_music_beats import band

from choreo import plugins
from choreo.cli.app import run
from choreo.errors import InputError
from choreo.motion import rotations as rot
from choreo.motion.tags import clip_words, motion_tags
from choreo.moves import load_moves, move_clip
from choreo.music import analyze, phrases
from choreo.retrieval.search import by_words, dances_for
from choreo.retrieval.song_search import songs_for
from choreo.types import Motion

CLIPS = StarterClips()


def test_every_phrase_gets_its_nearest_clips_and_why() -> None:
    analysis = analyze(band(110, 4, 30.0)[0])
    parts = phrases(analysis)
    found = dances_for(analysis, parts, CLIPS, top=4)
    assert len(found) == len(parts)
    for hits in found:
        assert len(hits) == 4
        distances = [hit.distance for hit in hits]
        assert distances == sorted(distances)
        for hit in hits:
            assert sum(hit.terms.values()) == pytest.approx(hit.distance, abs=1e-4)
            assert hit.terms["metre"] == 0
            assert hit.terms["tempo"] == pytest.approx(0, abs=0.1)


def test_a_waltz_gets_waltzes() -> None:
    analysis = analyze(band(96, 3, 30.0)[0])
    assert analysis.metre == 3
    hits = [hit for part in dances_for(analysis, phrases(analysis), CLIPS, top=3) for hit in part]
    assert hits
    assert all(hit.terms["metre"] == 0 for hit in hits)


def test_songs_of_the_dances_tempo_come_first(tmp_path: Path) -> None:
    for bpm, metre in ((70, 4), (98, 4), (160, 4), (90, 3)):
        write_wav(tmp_path / f"{bpm}-{metre}.wav", band(bpm, metre, 24.0)[0].samples, 22050)
    (tmp_path / "broken.mp3").write_bytes(b"no sound")
    (tmp_path / "notes.txt").write_text("no song")
    said: list[str] = []
    fours = [move_clip(load_moves()["two-step"])]
    assert songs_for(fours, tmp_path, warn=said.append)[0].name == "98-4.wav"
    assert len(said) == 1
    assert "broken.mp3" in said[0]
    waltz = [move_clip(load_moves()["waltz-box"])]
    assert songs_for(waltz, tmp_path)[0].name == "90-3.wav"


def test_libraries_without_songs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no songs"):
        songs_for(CLIPS[:1], tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        songs_for(CLIPS[:1], tmp_path / "nowhere")


def test_words_find_what_they_say() -> None:
    hits = by_words("hip-hop", CLIPS, top=5)
    assert len(hits) == 5
    assert all("hiphop" in hit.styles for hit in hits)
    turning = by_words("turning waltz", CLIPS, top=5)
    assert all(load_moves()[hit.name].metre == 3 for hit in turning)
    assert all(hit.terms.keys() == {"turning", "waltz"} and hit.distance < 0.2 for hit in turning)
    for hit in by_words("slow turn waltz", CLIPS):
        assert sum(hit.terms.values()) == pytest.approx(hit.distance)
    assert by_words("moonwalk", CLIPS, top=1)[0].name == "moonwalk"
    with pytest.raises(InputError, match="no clip answers"):
        by_words("xyzzy", CLIPS)


def test_tags_are_read_off_the_motion() -> None:
    still = dance(4.0)
    assert "spot" in motion_tags(still)
    turning = still.rotations.copy()
    spin = rot.yaw(np.linspace(0, 2 * np.pi, len(still))).astype(np.float32)
    turning[:, 0] = rot.multiply(spin, turning[:, 0])
    path = still.translation.copy()
    path[:, 2] += np.linspace(0, 1.5, len(still), dtype=np.float32)
    found = motion_tags(Motion(still.skeleton, 60.0, path, turning, still.contacts))
    assert {"turn", "travel"} <= set(found)
    assert "low" in motion_tags(
        Motion(still.skeleton, 60.0, still.translation - np.array([0, 0.3, 0], np.float32), still.rotations)
    )
    assert {"jump", "low", "turn", "travel", "kick", "arms-high"} <= {w for clip in CLIPS for w in clip_words(clip)}


def test_the_command(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    location = ["--db", database]
    song = write_wav(tmp_path / "songs.wav", band(104, 4, 20.0)[0].samples, 22050)

    def said(*args: str, code: int = 0) -> str:
        assert run(["search", *args]) == code
        return capsys.readouterr().out

    assert "104 beats/min, danced at " in said(str(song), *location, "--top", "2")
    found = json.loads(said(str(song), *location, "--top", "2", "--style", "disco", "--json"))
    assert found
    assert all(part["clips"] for part in found)
    assert all("disco" in hit["styles"] for part in found for hit in part["clips"])
    assert "waltz" in said("slow waltz", *location)
    plugins.load("exporters", "bvh").export(dance(8.0), tmp_path / "dance.bvh")
    (tmp_path / "library").mkdir()
    write_wav(tmp_path / "library" / "one.wav", band(120, 4, 20.0)[0].samples, 22050)
    assert "one.wav" in said(str(tmp_path / "dance.bvh"), "--for", "music", "--library", str(tmp_path / "library"))
    said(str(tmp_path / "dance.bvh"), "--for", "music", code=2)
    said("xyzzy", *location, code=2)
    said("a/b.wav", *location, code=2)
    said("turn", *location, "--dataset", "nothing", code=2)
