"""Tags may be anything: they keep no file from being heard, with any version of PyAV."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from test_music_audio import tone, write_wav

from choreo.music import load_audio
from choreo.music.container import open_media, readable
from choreo.video.media_facts import probe
from choreo.video.soundtrack import decode_stereo
from choreo.video.titles import song_title
from choreo_web.song import sound_of


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """A sound whose title is in Latin-1, as old programs write it."""
    path = write_wav(tmp_path / "song.wav", tone(1.0))
    name = "Café".encode("latin-1") + b"\0\0"
    info = b"INFOINAM" + struct.pack("<I", len(name)) + name
    data = path.read_bytes() + b"LIST" + struct.pack("<I", len(info)) + info
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return path


def test_tags_that_are_not_unicode_keep_nothing_from_being_read(tagged: Path) -> None:
    assert load_audio(tagged).duration == pytest.approx(1.0, abs=0.01)
    assert sum(block.shape[1] for block in decode_stereo(tagged, 0.0, 0.5)) == 24_000
    assert probe(tagged)["audio"] is not None
    assert sound_of(tagged, 0.0, 1.0)
    title = song_title(tagged, "song.wav")
    assert title == "Caf\N{REPLACEMENT CHARACTER}"
    json.dumps(title, ensure_ascii=False).encode()  # no lone surrogate, which no file could hold


def test_a_newer_pyav_is_opened_without_the_option_it_lacks(monkeypatch: pytest.MonkeyPatch, tagged: Path) -> None:
    import av

    asked: list[dict[str, str]] = []
    monkeypatch.setattr(av, "open", lambda path, **options: asked.append(options))
    for version in ("14.0.0", "18.1.0", "19.0.2"):
        monkeypatch.setattr(av, "__version__", version)
        open_media(tagged)
    assert asked == [{"metadata_errors": "replace"}, {"metadata_errors": "replace"}, {}]


def test_text_is_readable_whatever_its_bytes_were() -> None:
    assert readable("Ännchen") == "Ännchen"
    assert readable(b"Caf\xe9".decode("utf-8", "surrogateescape")) == "Caf\N{REPLACEMENT CHARACTER}"
