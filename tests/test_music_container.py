"""Sound and video files: tags may be anything, names are names of files, and lists of files are not followed."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from test_music_audio import tone, write_wav

from choreo.cli.app import run
from choreo.errors import InputError
from choreo.music import load_audio
from choreo.music.container import open_media, readable
from choreo.music.song_names import song_names
from choreo.video import write_video
from choreo.video.media_facts import probe
from choreo.video.soundtrack import decode_stereo
from choreo.viewer.song import sound_of


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
    title = song_names(tagged, "song.wav").title
    assert title == "Caf\N{REPLACEMENT CHARACTER}"
    json.dumps(title, ensure_ascii=False).encode()  # no lone surrogate, which no file could hold


def test_a_newer_pyav_is_opened_without_the_option_it_lacks(monkeypatch: pytest.MonkeyPatch, tagged: Path) -> None:
    import av

    asked: list[dict[str, str]] = []
    monkeypatch.setattr(av, "open", lambda path, *, options, **more: asked.append(more))
    for version in ("14.0.0", "18.1.0", "19.0.2"):
        monkeypatch.setattr(av, "__version__", version)
        open_media(tagged)
    assert asked == [{"metadata_errors": "replace"}, {"metadata_errors": "replace"}, {}]


LISTS = {
    "ffconcat": "ffconcat version 1.0\nfile song.wav\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1.0,\nsong.wav\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period/></MPD>',
}


@pytest.mark.parametrize("ending", ["mp3", "wav", "m3u8", "txt", "mp4"])
@pytest.mark.parametrize("kind", LISTS)
def test_lists_of_files_are_refused_and_never_followed(
    kind: str, ending: str, tagged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a list names lies beside it, so that following it would work."""
    path = tagged.with_name(f"list.{ending}")
    path.write_text(LISTS[kind])
    for use in (load_audio, probe, lambda p: list(decode_stereo(p, 0.0, 0.5)), lambda p: sound_of(p, 0.0, 1.0)):
        with pytest.raises(InputError, match=rf"list\.{ending}"):
            use(path)
    assert run(["analyze", str(path), "--no-cache"]) == 2
    assert f"list.{ending}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Artist: Title.wav", "http:song.wav", "concat:a|b.wav", "pipe:0.wav", "-i.wav"])
def test_names_are_names_of_files(name: str, tagged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tagged.rename(tagged.with_name(name))
    monkeypatch.chdir(tagged.parent)
    assert load_audio(name).duration == pytest.approx(1.0, abs=0.01)
    assert probe(Path(name))["audio"] is not None


def test_videos_may_have_names_with_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_video("a: b.mp4", [np.zeros((36, 64, 3), np.uint8)] * 5, fps=10, width=64, height=36, n_frames=5)
    assert probe(Path("a: b.mp4"))["video"]["frames"] == 5


def test_text_is_readable_whatever_its_bytes_were() -> None:
    assert readable("Ännchen") == "Ännchen"
    assert readable(b"Caf\xe9".decode("utf-8", "surrogateescape")) == "Caf\N{REPLACEMENT CHARACTER}"
