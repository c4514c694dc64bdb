"""An OpenGL context that dies in the middle of a video."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from render_support import capsule_body, dancing

from choreo.errors import PluginError
from choreo.types import Bytes, Scene
from choreo.video import build_scene
from choreo.video.film import Film
from choreo.video.formats import FORMATS
from choreo.video.segments import write_film
from choreo_pyrender import PyrenderRenderer, stream


def scene(seconds: int) -> Scene:
    """A picture a second, so that a part of a film has ten."""
    return build_scene(dancing(seconds, 1.0, reach=0.3), capsule_body(6, 6), fps=1, width=64, height=36)


class Dying:
    """A driver whose context is gone after so many pictures, and stays so: deleting fails too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        import pyrender
        from OpenGL.error import GLError

        from choreo_pyrender.theatre import Theatre

        self.left, real = after, Theatre.draw

        def draw(theatre: Theatre, frame: int) -> None:
            self.left -= 1
            if self.left < 0:
                raise GLError(err=1286, description=b"invalid framebuffer operation")
            real(theatre, frame)

        def delete(_: object) -> None:
            if self.left < 0:
                raise GLError(err=1282, description=b"invalid operation")

        monkeypatch.setattr(Theatre, "draw", draw)
        monkeypatch.setattr(pyrender.OffscreenRenderer, "delete", delete)


def test_the_frame_is_named_and_raster_advised(gl: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    Dying(monkeypatch, 4)
    frames = PyrenderRenderer().frames(scene(7))
    next(frames), next(frames)
    with pytest.raises(PluginError, match=r"failed at frame 4 of 7 .*1286.*'raster' needs no"):
        next(frames)


@pytest.mark.slow
def test_the_finished_part_is_kept_and_gone_on_from(
    gl: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    film, target = Film(scene(15), "pyrender", FORMATS["mp4"]), tmp_path / "film.mp4"
    with monkeypatch.context() as patch:
        Dying(patch, 12)
        with pytest.raises(PluginError, match=r"frame 12 of 15.*1 of 2 parts are finished and kept; --resume"):
            write_film(film, target)
    assert not target.exists()
    (folder,) = tmp_path.iterdir()
    assert [part.name for part in folder.iterdir()] == ["0000000.mp4"]
    drawn: list[int] = []
    real = stream.stream

    def counted(scene: Scene, first: int, *rest: int, **options: bool) -> Iterator[Bytes]:
        drawn.append(first)
        return real(scene, first, *rest, **options)

    monkeypatch.setattr(stream, "stream", counted)
    write_film(film, target, resume=True)
    assert drawn == [10]
    assert target.stat().st_size > 0
    assert list(tmp_path.iterdir()) == [target]
