"""Parts of films that are drawn in processes which may be on other machines."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from video_support import film_of
from worker_support import Elsewhere, InThisProcess

from choreo import plugins
from choreo.errors import OutputError, PluginError
from choreo.video import lettering
from choreo.video import workers as crew
from choreo.video.film import Film
from choreo.video.segments import write_film
from choreo.video.titles import Lettered, TitleCard, layer, title_cards
from choreo_local import LocalWorkers


def whole(place: Path) -> dict[str, bytes]:
    """Content of a file or folder by name."""
    return {file.name: file.read_bytes() for file in sorted(place.iterdir() if place.is_dir() else [place])}


def titled(kind: str) -> Film:
    film = film_of(230, kind, renderer="stick" if kind in ("mp4", "webm") else "raster")
    return Film(film.scene, film.renderer, film.kind, cards=title_cards(23.0, "Ein Tänzchen", "words"))


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov", "png"])
def test_a_film_has_the_same_bytes_whoever_draws_it(tmp_path: Path, kind: str) -> None:
    film, made = titled(kind), []
    for name, workers in (("none", None), ("pool", LocalWorkers(2)), ("sent", Elsewhere(2))):
        (tmp_path / name).mkdir()
        write_film(film, tmp_path / name / "film", workers=workers)
        assert [each.name for each in (tmp_path / name).iterdir()] == ["film"], "no parts are left"
        made.append(whole(tmp_path / name / "film"))
    assert made[0] == made[1] == made[2]


def test_letters_are_those_of_the_machine_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    card = TitleCard("Tänze für alle", 0.0, 4.0, 0.1, dim=0.3)
    before = layer(card, 90, 60)
    sent = Lettered.of(card, 90, 60)
    monkeypatch.setattr(lettering, "font_at", lambda name, size: pytest.fail("a font was looked for"))
    np.testing.assert_array_equal(sent.layer(), before)


def test_finished_parts_are_not_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(230, renderer="stick")
    write_film(film, tmp_path / "one.mp4")
    with pytest.raises(
        PluginError, match=r"a process that was drawing was lost with its node.*--engine local.*1 of 3 parts.*--resume"
    ):
        write_film(film, tmp_path / "two.mp4", workers=InThisProcess(1))
    asked: list[tuple[int, int]] = []
    draw = crew.draw_part

    def counted(span: tuple[int, int], errand: crew.Errand) -> crew.Drawn | None:
        asked.append(span)
        return draw(span, errand)

    monkeypatch.setattr(crew, "draw_part", counted)
    write_film(film, tmp_path / "two.mp4", resume=True, workers=InThisProcess())
    assert asked == [(100, 200), (200, 230)]
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_a_machine_with_other_versions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(20, renderer="stick")
    errand = crew.Errand(film, Path("v.mp4"), None, {**film.tools(), "PyAV": "1.2.3"}, {})
    with pytest.raises(PluginError, match=r"a machine of the engine, has PyAV .*, and this one 1\.2\.3.*same versions"):
        crew.draw_part((0, 20), errand)


def test_a_machine_without_the_renderers_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(kind: str, name: str) -> None:
        raise PluginError("no OpenGL here")

    film = film_of(20, renderer="stick")
    monkeypatch.setattr(plugins, "ready", missing)
    crew._require_renderer.cache_clear()
    with pytest.raises(PluginError, match=r"a machine of the engine: no OpenGL here"):
        crew.draw_part((0, 20), crew.Errand(film, Path("v.mp4"), None, film.tools(), {}))


def test_a_part_that_is_too_large_to_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(20, renderer="stick")
    monkeypatch.setattr(crew, "LARGEST", 100)
    with pytest.raises(OutputError, match=r"v\.mp4: frames 0 to 19 take .*--engine local"):
        crew.draw_part((0, 20), crew.Errand(film, Path("v.mp4"), None, film.tools(), {}))


def test_variables_of_drawing_go_along_and_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    film, seen = film_of(20, renderer="stick"), []
    monkeypatch.setenv("CHOREO_BLENDER_SAMPLES", "7")
    tools, key = film.tools(), film.key()
    monkeypatch.setenv("CHOREO_BLENDER_SAMPLES", "9")
    assert film.key() != key, "parts with other samples are not joined"

    def looks(*given: object) -> Path:
        seen.append(os.environ["CHOREO_BLENDER_SAMPLES"])
        return Path()

    monkeypatch.setattr(crew, "_draw", looks)
    with pytest.raises(OSError):
        crew.draw_part((0, 20), crew.Errand(film, Path("v"), None, tools, {"CHOREO_BLENDER_SAMPLES": "7"}))
    assert (seen, os.environ["CHOREO_BLENDER_SAMPLES"]) == (["7"], "9")


def test_large_stills_come_in_shorter_parts() -> None:
    assert film_of(20, "mp4", width=2000, height=1000).step == film_of(20, "png").step == 100
    assert film_of(20, "png", width=2000, height=1000).step == (512 << 20) // (2000 * 1000 * 4)
