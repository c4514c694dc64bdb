"""Libraries of songs: what is known of them stays on disk, and only what is new is listened to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from song_support import analysis_of
from test_music_audio import write_wav
from test_music_beats import band

from choreo.cli.app import run
from choreo.errors import AudioError, InputError
from choreo.moves import load_moves, move_clip
from choreo.retrieval import song_library, song_search, song_store, songs_by_words, songs_for, songs_like
from choreo.retrieval.models import load_embedder
from choreo.retrieval.song_facts import song_facts
from choreo.retrieval.song_files import song_files
from choreo.retrieval.song_library import SongLibrary, Spaces, open_library

MOVES = load_moves()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "songs"


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are listened to; these are not sound, but say what is heard in them."""
    names: list[str] = []

    def listen(path: Path) -> Any:
        names.append(Path(path).name)
        if b"broken" in Path(path).read_bytes():
            raise AudioError(f"{path}: is no sound.")
        return analysis_of(path)

    monkeypatch.setattr(song_library, "analyze_cached", listen)
    return names


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for number, bpm in enumerate((96, 120, 168)):
        (folder / f"{bpm}.wav").write_text(f"bpm={bpm} seed={number}")
    return folder


def opened(folder: Path, **more: Any) -> SongLibrary:
    return open_library(folder, jobs=1, **more)


def content(songs: SongLibrary) -> Any:
    """All that is known, comparable."""
    return [
        (name, {key: getattr(value, "tolist", lambda value=value: value)() for key, value in vars(facts).items()})
        for name, facts in zip(songs.names, songs.facts, strict=True)
    ]


def test_a_second_search_listens_to_nothing(library: Path, listened: list[str]) -> None:
    spaces = Spaces.of(load_embedder("zeroshot"), [4, 8])
    first = opened(library, spaces=spaces)
    assert sorted(listened) == ["120.wav", "168.wav", "96.wav"]
    listened.clear()
    again = opened(library, spaces=spaces)
    assert listened == []
    assert content(again) == content(first)
    for count in (4, 8):
        assert [rows.tolist() for rows in again.vectors[count]] == [rows.tolist() for rows in first.vectors[count]]
        assert all(len(rows) == 16 for rows in again.vectors[count])


def test_what_is_kept_is_what_was_heard(library: Path, listened: list[str]) -> None:
    opened(library)
    again = opened(library)
    for path, facts in zip(again.paths, again.facts, strict=True):
        heard = song_facts(analysis_of(path))
        for name, value in vars(heard).items():
            assert getattr(getattr(facts, name), "tolist", lambda: None)() == getattr(value, "tolist", lambda: None)()
            if not hasattr(value, "tolist"):
                assert getattr(facts, name) == value


def test_new_changed_and_removed_songs_are_taken_up(library: Path, listened: list[str]) -> None:
    opened(library)
    listened.clear()
    (library / "96.wav").unlink()
    (library / "120.wav").write_text("bpm=121.5 seed=7")
    (library / "deep" / "er").mkdir(parents=True)
    (library / "deep" / "er" / "new.mp3").write_text("bpm=100")
    found = opened(library)
    assert sorted(listened) == ["120.wav", "new.mp3"]
    assert found.names == ("120.wav", "168.wav", "deep/er/new.mp3")
    assert [round(facts.tempo, 1) for facts in found.facts] == [121.5, 168, 100]


def test_a_file_that_cannot_be_heard_is_tried_when_it_changes(library: Path, listened: list[str]) -> None:
    (library / "bad.mp3").write_text("broken")
    said: list[str] = []
    for _ in range(2):
        said.clear()
        assert "bad.mp3" not in opened(library, warn=said.append).names
        assert len(said) == 1
        assert "bad.mp3" in said[0]
    assert listened.count("bad.mp3") == 1
    (library / "bad.mp3").write_text("bpm=100 bars=4")
    said.clear()
    assert "bad.mp3" in opened(library, warn=said.append).names
    assert said == []


def test_vectors_of_another_space_are_made_of_what_was_heard(library: Path, listened: list[str]) -> None:
    opened(library)
    listened.clear()
    spaces = Spaces.of(load_embedder("zeroshot"), [6])
    assert len(opened(library, spaces=spaces).vectors[6]) == 3
    assert len(listened) == 3
    assert Spaces.of(load_embedder("zeroshot"), [6]).kind(6) == spaces.kind(6)


def test_songs_under_a_bar_have_no_place_and_do_no_harm(library: Path, listened: list[str]) -> None:
    (library / "short.wav").write_text("bars=1 metre=4 bpm=60")
    spaces = Spaces.of(load_embedder("zeroshot"), [8])
    opened(library, spaces=spaces)
    listened.clear()
    assert [len(rows) for rows in opened(library, spaces=spaces).vectors[8]] == [16, 16, 16, 1]
    assert listened == []


@pytest.mark.parametrize("damage", ["cut", "changed", "no zip", "other arrays"])
def test_damaged_files_are_made_anew(library: Path, listened: list[str], cache: Path, damage: str) -> None:
    import numpy as np

    spaces = Spaces.of(load_embedder("zeroshot"), [8])
    before = opened(library, spaces=spaces)
    for path in cache.rglob("*.npz"):
        data = bytearray(path.read_bytes())
        if damage == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "changed":
            data[len(data) // 3] ^= 0xFF
            path.write_bytes(data)
        elif damage == "no zip":
            path.write_text("nothing")
        else:
            np.savez(path, text=np.zeros(3), counts=np.array([5]), vectors=np.zeros((2, 2), np.float32))
    listened.clear()
    after = opened(library, spaces=spaces)
    assert content(after) == content(before)
    assert [rows.tolist() for rows in after.vectors[8]] == [rows.tolist() for rows in before.vectors[8]]
    listened.clear()
    opened(library, spaces=spaces)
    assert listened == []


def test_what_another_analysis_left_is_not_used(
    library: Path, listened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(library)
    monkeypatch.setattr(song_library, "VERSION", 10_000)
    listened.clear()
    opened(library)
    assert len(listened) == 3


def test_many_files_become_few(
    library: Path, listened: list[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(song_library, "AT_ONCE", 1)
    monkeypatch.setattr(song_store, "SPARE", 2)
    spaces = Spaces.of(load_embedder("zeroshot"), [8])
    for number in range(6):
        (library / f"more{number}.wav").write_text(f"bpm={100 + number}")
    (library / "gone.wav").write_text("bpm=150")
    first = opened(library, spaces=spaces)
    assert len(list(cache.rglob("songs-*.npz"))) == 1
    assert len(list(cache.rglob("vectors-*.npz"))) == 1
    listened.clear()
    assert content(opened(library, spaces=spaces)) == content(first)
    assert listened == []


def test_vectors_that_are_not_used_go_first(
    library: Path, listened: list[str], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = load_embedder("zeroshot")
    opened(library, spaces=Spaces.of(plugin, [4]))
    for path in cache.rglob("vectors-*.npz"):
        os.utime(path, (1, 1))
    [old] = cache.rglob("vectors-*.npz")
    monkeypatch.setattr(song_store, "VECTOR_BYTES", 3 * old.stat().st_size // 2)
    opened(library, spaces=Spaces.of(plugin, [8]))
    assert [path.name.split("-")[3] for path in cache.rglob("vectors-*.npz")] == ["8"]


def test_each_real_folder_and_file_is_read_once(library: Path, tmp_path: Path, listened: list[str]) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "inner").mkdir(parents=True)
    (elsewhere / "inner" / "linked.wav").write_text("bpm=90")
    try:
        (library / "a link").symlink_to(elsewhere, target_is_directory=True)
        (library / "b link").symlink_to(elsewhere / "inner", target_is_directory=True)
        (elsewhere / "back").symlink_to(library, target_is_directory=True)
        (library / "self").symlink_to(library, target_is_directory=True)
        (library / "0 again.wav").symlink_to(library / "96.wav")
        (library / "nowhere.wav").symlink_to(tmp_path / "nothing.wav")
        (library / "circle.wav").symlink_to(library / "circle.wav")
    except OSError:
        pytest.skip("this system has no links")
    os.link(library / "120.wav", library / "z hard.wav")
    names = [song.name for song in song_files(library)]
    assert names == ["120.wav", "168.wav", "96.wav", "a link/inner/linked.wav"]
    assert open_library(library, jobs=1).names == tuple(names)


def test_libraries_without_songs(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no songs"):
        open_library(tmp_path / "empty")
    with pytest.raises(InputError, match="no such folder"):
        open_library(tmp_path / "nowhere")


def test_an_interruption_keeps_what_was_heard(
    library: Path, listened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened(library, progress=stop)
    assert len(listened) == 2
    listened.clear()
    told: list[tuple[int, int]] = []
    assert len(opened(library, progress=lambda *done: told.append(done)).names) == 3
    assert len(listened) == 1
    assert told == [(1, 1)]


SEARCH = """
import sys, time
from pathlib import Path
from song_support import analysis_of
from choreo.retrieval import song_library

song_library.AT_ONCE, heard = 1, []

def listen(path):
    heard.append(path.name)
    time.sleep(float(sys.argv[2]))
    return analysis_of(path)

song_library.analyze_cached = listen
songs = song_library.open_library(Path(sys.argv[1]), jobs=1, progress=lambda done, total: print(done, flush=True))
print(len(heard), *songs.names)
"""


def begin(library: Path, pause: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SEARCH, str(library), str(pause)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )


def test_a_kill_keeps_what_was_heard(library: Path) -> None:
    process = begin(library, 0.5)
    assert process.stdout is not None
    while process.stdout.readline().strip() != "2":
        assert process.poll() is None
    process.kill()
    process.communicate()
    last = begin(library, 0.0).communicate(timeout=60)[0].splitlines()[-1].split()
    assert int(last[0]) <= 2
    assert len(last) == 4


def test_two_at_once_do_no_harm(library: Path) -> None:
    for number in range(12):
        (library / f"more{number}.wav").write_text(f"bpm={100 + number}")
    processes = [begin(library, 0.05) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].splitlines()[-1].split() for process in processes]
    assert all(process.returncode == 0 for process in processes)
    assert said[0][1:] == said[1][1:]
    assert len(said[0]) == 16
    assert begin(library, 0.0).communicate(timeout=60)[0].splitlines()[-1].split() == ["0", *said[0][1:]]


def test_processes_hear_what_one_hears(tmp_path: Path) -> None:
    library = tmp_path / "sound"
    library.mkdir()
    for bpm in (84, 120, 150):
        write_wav(library / f"{bpm}.wav", band(bpm, 4, 8.0)[0].samples, 22050)
    (library / "broken.mp3").write_bytes(b"no sound")
    spaces, said = Spaces.of(load_embedder("zeroshot"), [8]), list[str]()
    several = open_library(library, spaces, jobs=2, warn=said.append)
    assert len(said) == 1
    shutil.rmtree(tmp_path / "cache")
    alone = open_library(library, spaces, jobs=1)
    assert content(several) == content(alone)
    assert [rows.tolist() for rows in several.vectors[8]] == [rows.tolist() for rows in alone.vectors[8]]


def test_all_searches_answer_from_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "sound"
    library.mkdir()
    for bpm, metre in ((90, 3), (98, 4)):
        write_wav(library / f"{bpm}-{metre}.wav", band(bpm, metre, 12.0)[0].samples, 22050)
    clips = [move_clip(MOVES["two-step"])]
    query = shutil.copy(library / "98-4.wav", tmp_path / "query.wav")
    before = (songs_for(clips, library), songs_by_words("waltz", library))
    monkeypatch.setattr(song_library, "_listen", lambda *_: pytest.fail("listened again"))
    assert (songs_for(clips, library), songs_by_words("waltz", library)) == before
    assert [hit.name for hit in songs_like(Path(query), library)] == ["90-3.wav"]


def test_the_command_finds_similar_songs(
    library: Path, listened: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(song_search, "analyze_cached", lambda path: analysis_of(Path(path)))
    asked = ["search", str(library / "96.wav"), "--for", "music", "--library", str(library), "--jobs", "1"]
    assert run([*asked, "--json", "--top", "1"]) == 0
    hit = json.loads(capsys.readouterr().out)[0]
    assert hit["name"] == "120.wav"
    assert "120 beats/min, yours 96" in hit["reasons"]
    assert run(asked) == 0
    printed = capsys.readouterr().out
    assert "168.wav" in printed
    assert "begins" not in printed
    assert run([*asked[:2], "--for", "music"]) == 2
