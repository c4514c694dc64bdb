"""Timelines of plans, contact sheets, loops, and how they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks
from PIL import Image
from render_support import capsule_body, dancing, standing
from show_support import plan

from choreo.cli.app import run
from choreo.errors import InputError, OutputError, ShapeError
from choreo.motion.strong_poses import pose_strength
from choreo.options import Choosing
from choreo.pipeline import generate, render_motion
from choreo.types import Bytes, Scene, Show, Timeline
from choreo.video import build_scene, pictures
from choreo.video.look import Look
from choreo.video.scene import some_frames
from choreo.video.timeline import bar_times, moment, timeline_of
from choreo_stick import StickRenderer

TIMELINE = timeline_of(plan())


def scene_of(
    seconds: float = 7.5, timeline: Timeline | None = TIMELINE, fps: float = 20.0, size: tuple[int, int] = (120, 68)
) -> Scene:
    motion = dancing(round(seconds * fps) + 1, fps)
    return build_scene(motion, capsule_body(4, 4), fps=fps, width=size[0], height=size[1], timeline=timeline)


def test_a_plan_becomes_a_timeline() -> None:
    np.testing.assert_allclose(TIMELINE.beats, np.arange(16) * 0.5 - 0.5)
    assert TIMELINE.positions.tolist() == [1, 2, 3, 4] * 4
    assert [(s.start, s.end, s.label) for s in TIMELINE.steps] == [
        (-0.5, 1.5, "walk"), (1.5, 5.5, "turn (mirrored)"), (5.5, 7.5, "bow"),
    ]  # fmt: skip
    assert [(s.start, s.end, s.label) for s in TIMELINE.sections] == [(-0.5, 5.5, "A"), (5.5, 7.5, "B")]
    assert bar_times(TIMELINE, 7.5) == [1.5, 3.5, 5.5]


@pytest.mark.parametrize(
    ("time", "step", "count", "counts", "position", "section"),
    [
        (-0.6, "", 0, 0, 0, ""),
        (0.0, "walk", 2, 4, 2, "A"),
        (1.49, "walk", 4, 4, 4, "A"),
        (1.5, "turn (mirrored)", 1, 8, 1, "A"),
        (4.1, "turn (mirrored)", 6, 8, 2, "A"),
        (7.4, "bow", 4, 4, 4, "B"),
    ],
)
def test_moments(time: float, step: str, count: int, counts: int, position: int, section: str) -> None:
    now = moment(TIMELINE, time)
    assert (now.step, now.count, now.counts, now.position, now.section) == (step, count, counts, position, section)
    if position:
        assert now.since_beat == pytest.approx((time + 0.5) % 0.5, abs=1e-6)


def test_a_scene_of_some_frames_is_those_frames() -> None:
    scene = scene_of()
    chosen = np.array([3, 90, 30])
    whole, some = list(StickRenderer().frames(scene)), some_frames(scene, chosen)
    np.testing.assert_allclose(some.times, [0.15, 4.5, 1.5])
    np.testing.assert_array_equal(some.performers[0][1].translation, scene.performers[0][1].translation[chosen])
    assert whole[3].shape == next(StickRenderer().frames(some)).shape
    with pytest.raises(ShapeError, match="clock"):
        replace(scene, clock=np.zeros(2))


def test_cells_are_the_strongest_poses_of_bars_or_of_even_parts() -> None:
    scene = scene_of()
    strength = pose_strength([scene.performers[0][1]])

    def strongest(edges: list[float]) -> list[int]:
        spans = [range(round(20 * a), round(20 * b)) for a, b in pairwise(edges)]
        return [max(span, key=lambda k: float(strength[k])) for span in spans]

    assert pictures.cell_frames(scene, 4, None).tolist() == strongest([1.5, 3.5, 5.5, 7.5])
    assert pictures.cell_frames(scene, 1, 1).tolist() == strongest([3.5, 5.5]), "fewer cells than bars: whole bars"
    even = pictures.cell_frames(scene, 5, 1)
    assert even.tolist() == strongest([0, 1.5, 3, 4.5, 6, 7.5])
    lines = pictures.frame_captions(some_frames(scene, np.array([10, 30, 80, 149])))
    assert lines == [
        ("bar 0  0:00.5  count 3 of 4", "walk"), ("bar 1  0:01.5  count 1 of 8", "turn (mirrored)"),
        ("bar 2  0:04.0  count 6 of 8", "turn (mirrored)"), ("bar 3  0:07.4  count 4 of 4", "bow"),
    ]  # fmt: skip


def test_sheets_that_cannot_be() -> None:
    with pytest.raises(InputError, match="400"):
        pictures.cell_frames(scene_of(), 30, 30)
    with pytest.raises(InputError, match="4x8"):
        pictures.cell_frames(scene_of(timeline=None), 4, None)


def test_a_sheet_has_its_pictures_in_their_places(tmp_path: Path) -> None:
    scene = scene_of()

    class Numbers:
        name, description = "x", "x"

        def frames(self, scene: Scene) -> Iterator[Bytes]:
            for time in scene.times:
                yield np.full((scene.height, scene.width, 3), round(30 * float(time)), np.uint8)

    pictures.draw_contact_sheet(scene, Numbers(), tmp_path / "s.png", 3, 2)
    sheet = np.asarray(Image.open(tmp_path / "s.png"))
    height, width = sheet.shape[0] // 2, sheet.shape[1] // 3
    shown = [sheet[r * height + 20, c * width + 40, 0] for r in range(2) for c in range(3)]
    want = 30 * scene.times[pictures.cell_frames(scene, 3, 2)]
    np.testing.assert_allclose(shown, want, atol=2)
    assert (np.diff(want) > 0).all()
    words = sheet[70 + pictures.MARGIN : height, :width]
    assert (words > 140).any()


def test_missing_cells_are_dark() -> None:
    sheet = pictures.tiled([np.full((4, 5, 3), 200, np.uint8)] * 3, 2)
    assert sheet.shape == (8, 10, 3)
    assert (sheet[4:, 5:] == pictures.PAPER).all()


def test_long_names_are_cut() -> None:
    frame = np.zeros((40, 80, 3), np.uint8)
    short, long = (pictures.with_caption(frame, ("0:01.0", name)) for name in ("bow", "x" * 300))
    assert short.shape == long.shape
    assert (long[46:, 86:] == pictures.PAPER).all()


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_pictures_that_move_have_all_frames(kind: str, tmp_path: Path) -> None:
    scene = scene_of(2.0, fps=pictures.LOOP_FPS[kind])
    pictures.draw_loop(scene, StickRenderer(), tmp_path / f"a.{kind}")
    with Image.open(tmp_path / f"a.{kind}") as loop:
        assert (loop.n_frames, loop.size, loop.info["loop"]) == (len(scene), (120, 68), 0)
        first = np.asarray(loop.convert("RGB")).astype(int)
        assert loop.info.get("duration", 50) == round(1000 / pictures.LOOP_FPS[kind])
        loop.seek(len(scene) - 1)
        assert (np.abs(np.asarray(loop.convert("RGB")) - first) > 60).any()
    drawn = next(StickRenderer().frames(scene)).astype(int)
    assert np.abs(first - drawn).mean() < 6
    again = tmp_path / f"b.{kind}"
    pictures.draw_loop(scene, StickRenderer(), again)
    assert again.read_bytes() == (tmp_path / f"a.{kind}").read_bytes()


def test_small_colours_survive_the_palette(tmp_path: Path) -> None:
    frame = np.zeros((200, 300, 3), np.uint8)
    frame[..., 2] = np.arange(300)[None] * 255 // 300
    frame[90:96, 100:112] = (250, 240, 30)
    pictures.save_loop([frame] * 2, tmp_path / "a.gif", 12.5)
    with Image.open(tmp_path / "a.gif") as loop:
        assert np.abs(np.asarray(loop.convert("RGB"))[93, 105].astype(int) - (250, 240, 30)).max() < 12


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no\.png"):
        pictures.save_png(np.zeros((2, 2, 3), np.uint8), tmp_path / "nowhere" / "no.png")


@pytest.mark.parametrize(
    ("size", "want"), [((1280, 720), (480, 270)), ((720, 1280), (270, 480)), ((64, 64), (64, 64)), ((3, 1), (4, 2))]
)
def test_small_pictures_keep_their_shape(size: tuple[int, int], want: tuple[int, int]) -> None:
    assert pictures.scaled_size(*size, pictures.LOOP_AREA) == want


def test_everything_at_once_from_a_song(tmp_path: Path, database: str) -> None:
    clicks = write_clicks(tmp_path / "clicks.wav", seconds=7, bpm=120)
    look = Look(renderer="stick", body="stick", width=160, height=90, fps=10, sheet=(3, 2))
    made = generate(
        clicks,
        output=tmp_path / "out",
        look=look,
        formats=("gif", "webp", "web"),
        alternatives=2,
        choosing=Choosing(db=database),
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clicks-2.credits.txt", "clicks-2.gif", "clicks-2.sheet.png", "clicks-2.webp",
        "clicks.credits.txt", "clicks.gif", "clicks.html", "clicks.sheet.png", "clicks.webp",
    ]  # fmt: skip
    assert made.files["sheet"].name == "clicks.sheet.png"
    assert made.files["web"].stat().st_size < 3e6
    text = made.files["web"].read_text(encoding="utf-8")
    assert '"name":"clicks"' in text
    assert '"name":"clicks-2"' in text


def test_a_motion_file_as_page_and_loop(tmp_path: Path) -> None:
    from choreo_bvh import BvhExporter

    BvhExporter().export(standing(30), tmp_path / "still.bvh")
    look = Look(renderer="stick", width=64, height=64, fps=10, sheet=(2, 2))
    made = render_motion(tmp_path / "still.bvh", output=tmp_path / "out", look=look, formats=("webp", "web"))
    assert sorted(made.files) == ["sheet", "web", "webp"]
    assert "<audio" not in made.files["web"].read_text(encoding="utf-8")
    with pytest.raises(InputError, match="bars"):
        render_motion(
            tmp_path / "still.bvh", output=tmp_path / "o", look=replace(look, sheet=(2, None)), formats=("webp",)
        )


@pytest.mark.parametrize("asked", ["4", "0x3", "4x", "x4", "4x99", "axb"])
def test_sheets_that_are_none(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", "a.bvh", "--sheet", asked]) == 2
    assert "4x8" in capsys.readouterr().err


def test_a_show_needs_a_dance() -> None:
    with pytest.raises(ShapeError):
        Show((), capsule_body(4, 4))
