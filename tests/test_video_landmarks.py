"""Landmarks of videos: what is made of the nets' numbers, and what is read of files. No net runs here."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dataset_support import FORMATS
from hypothesis import given
from hypothesis import strategies as st
from motion_support import dance
from pose_support import write_film

from choreo import models
from choreo.datasets.convert import read_takes
from choreo.errors import InputError, MotionError, ShapeError
from choreo.types import Reading
from choreo_video import VideoDataset, detector, landmark_net
from choreo_video.landmark_net import Pose
from choreo_video.landmarks import Landmarks
from choreo_video.nets import LANDMARKS_IN_TASK, own_net
from choreo_video.pictures import pictures
from choreo_video.region import Region, around, whole
from choreo_video.shots import Shots
from choreo_video.takes import takes_of
from choreo_video.tracks import Track, look_of, same_person

REGIONS = st.builds(
    Region, st.floats(-50, 200), st.floats(-50, 200), st.floats(10, 400), st.floats(-3, 3)
)  # fmt: skip


def plain(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    """A picture of one colour of its own, with a light upper left quarter."""
    out = np.full((height, width, 3), (40, 60, 80 + number % 100), np.uint8)
    out[: height // 2, : width // 2] = (250, 200, 150)
    return out


def squares(seed: int, count: int = 12) -> np.ndarray:
    """A picture of coloured squares."""
    return np.kron(np.random.default_rng(seed).integers(0, 256, (count, count, 3)), np.ones((8, 8, 1))).astype(np.uint8)


def test_anchors_stand_in_the_middle_of_cells_of_every_layer() -> None:
    found = detector.anchors()
    assert len(found) == detector.ANCHORS == 28 * 28 * 2 + 14 * 14 * 2 + 7 * 7 * 6
    np.testing.assert_allclose(found[:2], 0.5 / 28)
    np.testing.assert_allclose(found[2], [1.5 / 28, 0.5 / 28])
    np.testing.assert_allclose(found[28 * 28 * 2], 0.5 / 14)
    np.testing.assert_allclose(found[-1], 6.5 / 7)


def test_a_detection_is_where_its_anchor_and_the_offsets_say() -> None:
    centres = detector.anchors()
    boxes, scores = np.zeros((len(centres), 12), np.float32), np.full(len(centres), -9, np.float32)
    boxes[100] = [22.4, 0, 44.8, 22.4, 0, 0, 0, -112, 1, 2, 3, 4]
    scores[100] = 3
    boxes[101], scores[101] = boxes[100], 1  # the same box, less sure: the same person
    boxes[-1, 2:4], scores[-1] = 10, 2
    first, second = detector.decode(boxes, scores, centres, Region(448, 224, 448))
    at = centres[100] * 448 + [224, 0]
    assert first.score == pytest.approx(1 / (1 + np.exp(-3)))
    np.testing.assert_allclose(first.box, [at[0], at[1] - 22.4, at[0] + 89.6, at[1] + 22.4], atol=1e-3)
    np.testing.assert_allclose(first.points[:2], [at, at - [0, 224]], atol=1e-3)
    assert first.region.side == pytest.approx(2 * 1.25 * 224, abs=1e-2)
    assert first.region.angle == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(second.points[0], centres[-1] * 448 + [224, 0], atol=1e-3)


def test_numbers_that_are_none_are_no_detections() -> None:
    centres = detector.anchors()
    boxes = np.full((len(centres), 12), np.nan, np.float32)
    assert detector.decode(boxes, np.full(len(centres), 5, np.float32), centres, Region(0, 0, 10)) == []
    assert detector.decode(boxes * 0 + 1, np.full(len(centres), np.nan, np.float32), centres, Region(0, 0, 10)) == []


@given(REGIONS)
def test_a_square_is_placed_by_the_hips_and_the_point_above_the_head(region: Region) -> None:
    up = region.to_picture(np.array([[0.5, 0.5], [0.5, 0.1]]))
    found = around(up[0], up[1])
    assert (found.x, found.y) == pytest.approx((region.x, region.y), abs=1e-6)
    assert found.side == pytest.approx(region.side, rel=1e-6)  # the circle has 0.8 of the side
    assert np.cos(found.angle - region.angle) == pytest.approx(1)
    corners = region.to_picture(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]))
    np.testing.assert_allclose(np.linalg.norm(np.diff(corners, axis=0), axis=1), region.side)
    turned = region.turned(np.array([[1.0, 0.0, 2.0]]))[0]
    np.testing.assert_allclose(turned[:2] * region.side, corners[1] - corners[0], atol=1e-6)
    assert turned[2] == 2


def test_a_crop_shows_what_is_in_its_square_as_it_is_turned() -> None:
    picture = plain(0)
    seen = whole(picture).crop(picture, 32, 0.0, 1.0)[0]
    assert seen.shape == (32, 32, 3)
    np.testing.assert_allclose(seen[:3], 0)  # above the picture
    np.testing.assert_allclose(seen[8, 4] * 255, [250, 200, 150], atol=0.5)
    np.testing.assert_allclose(seen[8, 28] * 255, [40, 60, 80], atol=0.5)
    signed = Region(32, 24, 48, np.pi / 2).crop(picture, 24, -1.0, 1.0)[0]  # its up is the picture's right
    np.testing.assert_allclose((signed[4, 4] + 1) * 127.5, [40, 60, 80], atol=0.5)
    np.testing.assert_allclose((signed[20, 4] + 1) * 127.5, [250, 200, 150], atol=0.5)


def test_a_crop_of_a_large_square_is_an_average() -> None:
    fine = np.zeros((96, 96, 3), np.uint8)
    fine[::2, ::2] = fine[1::2, 1::2] = 200
    seen = Region(48, 48, 96).crop(fine, 32, 0.0, 255.0)[0]
    assert 60 < seen.min() <= seen.max() < 140


def test_landmarks_are_turned_and_placed_with_their_square() -> None:
    points = np.zeros((39, 5), np.float32)
    points[:, :2] = 128
    points[0] = [192, 128, -64, 0, 20]
    points[34, :2] = [128, 28]
    world = np.zeros((39, 3), np.float32)
    world[0] = [0.4, 0, 0.1]
    pose = landmark_net.decode(points, 0.9, None, world, Region(100, 50, 200, np.pi / 2))
    np.testing.assert_allclose(pose.image[0], [100, 100, -50], atol=1e-9)
    np.testing.assert_allclose(pose.world[0], [0, 0.4, 0.1], atol=1e-6)
    assert (pose.visibility[0], pose.score) == (0.5, 0.9)
    assert pose.presence[0] == pytest.approx(1)
    assert (pose.next.x, pose.next.y) == pytest.approx((100, 50))
    assert pose.next.side == pytest.approx(2 * 1.25 * 100 / 256 * 200)
    assert pose.next.angle == pytest.approx(np.pi / 2)
    assert landmark_net.decode(points * np.nan, 0.9, None, world, Region(0, 0, 9)).score == 0


def test_a_point_goes_where_its_map_is_high_and_stays_where_it_says_nothing() -> None:
    heat = np.full((64, 64, 3), -20, np.float32)
    heat[12, 21, 0] = 5
    heat[12, 21, 1] = -1  # not likely enough
    points = np.array([[20.4 / 64, 10.4 / 64], [20.4 / 64, 10.4 / 64], [1.5, 0.5]])
    found = landmark_net.refined(points, heat)
    np.testing.assert_allclose(found[0], [21 / 64, 12 / 64], atol=1e-6)
    np.testing.assert_array_equal(found[1:], points[1:])


def test_shots_begin_where_the_picture_is_another_one() -> None:
    shots = Shots()
    first, second = squares(1), squares(2)
    shown = [np.roll(first, k, axis=1) for k in range(8)] + [first // 3] * 3 + [second] * 3 + [first]
    assert [k for k, picture in enumerate(shown) if shots.begins(picture)] == [11, 14]


def test_pictures_that_all_differ_are_one_shot() -> None:
    shots = Shots()
    noise = np.random.default_rng(0)
    assert sum(shots.begins(noise.integers(0, 256, (48, 64, 3)).astype(np.uint8)) for _ in range(20)) <= 1


def standing(x: float, y: float = 60.0) -> Pose:
    """A body that stands at a place in a picture."""
    image = np.zeros((33, 3))
    image[:, 0] = x + np.where(np.arange(33) % 2, 4, -4)
    image[:, 1] = y + np.arange(33)
    return Pose(0.99, image, image / 100, np.full(33, 0.9), np.full(33, 0.8), Region(x, y, 80.0))


def track_of(frames: list[int], times: np.ndarray, speed: float = 0.0) -> Track:
    track = Track(0, Region(50, 60, 80), np.ones(125) / 125, 0.0)
    for index in frames:
        track.add(index, float(times[index]), standing(50 + speed * index), track.look)
    return track


def test_takes_end_where_somebody_is_lost_for_longer_and_mark_short_gaps() -> None:
    times = np.arange(120) / 30
    frames = [*range(5, 50), *range(53, 70), *range(100, 112)]  # a gap of a tenth of a second, one of a second
    (take,) = takes_of(track_of(frames, times), times, 2.0, (200, 160))  # the last twelve are too short
    assert (take.times[0], take.times[-1]) == (times[5], times[69])
    assert take.found.sum() == len(frames) - 12
    np.testing.assert_array_equal(np.flatnonzero(~take.found) + 5, [50, 51, 52])
    assert np.isnan(take.image[45]).all()
    assert not take.visibility[45].any()
    np.testing.assert_allclose(take.image[0, 1], [108, 122, 0])  # in pixels of the full picture
    np.testing.assert_allclose(take.world[0, 1], [0.54, 0.61, 0])
    assert take.hands is None


def test_who_moves_more_dances_more() -> None:
    times = np.arange(60) / 30
    frames = list(range(60))
    still, slow, fast = (track_of(frames, times, speed).dancing(times) for speed in (0.0, 0.5, 2.0))
    assert 0 < still < slow < fast
    assert track_of(frames[:30], times, 2.0).dancing(times) < fast


def test_people_are_told_apart_by_place_and_by_clothes() -> None:
    picture = plain(0, 200, 160)
    left, right = standing(30, 30), standing(150, 110)
    look, other = look_of(picture, left.image), look_of(picture, right.image)
    assert look.sum() == other.sum() == 1
    assert 0.5 * np.abs(look - other).sum() > 0.9
    track = Track(0, left.next, look, 0.0)
    assert track.strange(left, look) < 0.01 < track.strange(standing(40, 30), look) < track.strange(left, other)
    assert same_person(left.image, standing(33, 30).image, 80)
    assert not same_person(left.image, right.image, 80)


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ([0, 0.1, 0.15, 0.5, 2.0], [0, 0.1, 0.15, 0.5, 2.0]),
        (np.arange(48) / 240, np.arange(0, 48, 4)[:12] / 240),
        (np.arange(10) / 60, np.arange(10) / 60),
    ],
    ids=["variable", "240", "60"],
)
def test_pictures_come_at_the_files_own_times(times: list[float], kept: list[float], tmp_path: Path) -> None:
    film = write_film(tmp_path / "a: film.mp4", (plain(k) for k in range(len(times))), times)
    found = list(pictures(film))
    np.testing.assert_allclose([picture.time for picture in found][: len(kept)], kept, atol=2e-3)
    assert len(found) - len(kept) in (0, 1)
    assert {picture.size for picture in found} == {(64, 48)}


def test_a_film_that_was_held_upright_is_upright(tmp_path: Path) -> None:
    film = write_film(tmp_path / "phone.mp4", [plain(0)] * 3, [0, 0.1, 0.2])
    content = film.read_bytes()
    straight = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 48 << 16, 0, 1 << 30)  # a quarter clockwise
    at = content.rindex(straight)
    film.write_bytes(content[:at] + turned + content[at + len(straight) :])
    (first, *_) = pictures(film)
    assert first.size == (48, 64)
    assert first.pixels.shape == (64, 48, 3)
    light = first.pixels.astype(int).sum(axis=-1) > 400
    assert light[4:28, 28:44].all()  # what was the upper left is the upper right
    assert not light[:, :20].any()
    assert not light[36:].any()


def test_large_pictures_are_scaled_down_and_say_their_size(tmp_path: Path) -> None:
    film = write_film(tmp_path / "large.mp4", [plain(0, 1920, 1080)], [0])
    (picture,) = pictures(film)
    assert (picture.size, picture.pixels.shape, picture.scale) == ((1920, 1080), (720, 1280, 3), 1.5)


def cut_short(film: Path) -> None:
    film.write_bytes(film.read_bytes()[:200])


def noise(film: Path) -> None:
    film.write_bytes(np.random.default_rng(0).bytes(5000))


@pytest.mark.parametrize(("spoil", "told"), [(cut_short, "cannot be read as a video"), (noise, "cannot be read"),
                                             (Path.unlink, "No such file")])  # fmt: skip
def test_what_is_no_video_is_refused_by_name(spoil: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", [plain(0)] * 3, [0, 0.1, 0.2])
    spoil(film)
    with pytest.raises(MotionError, match=told) as refused:
        list(pictures(film))
    assert str(film) in refused.value.message


def test_a_video_of_hours_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    film = write_film(tmp_path / "long.mp4", [plain(0)] * 2, [0, 7200.0])
    with pytest.raises(MotionError, match=r"lasts 120 minutes or more, and at most 30"):
        next(pictures(film))


def test_a_damaged_video_gives_what_can_be_decoded(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", [squares(k) for k in range(30)], [k / 30 for k in range(30)])
    content = bytearray(film.read_bytes())
    place = content.index(b"mdat") + len(content) // 2
    content[place : place + 40] = bytes(40)
    film.write_bytes(content)
    assert 10 < len(list(pictures(film))) <= 30


def test_landmarks_hold_what_they_promise() -> None:
    times = np.array([0.0, 0.1])
    rows, ones = np.zeros((2, 33, 3), np.float32), np.ones((2, 33), np.float32)
    made = Landmarks(times, rows, rows, ones, ones, np.array([0.9, 0.1], np.float32), (4, 3))
    assert made.found.tolist() == [True, False]
    assert made.duration == pytest.approx(0.1)
    with pytest.raises(ShapeError, match="rising"):
        Landmarks(times[::-1], rows, rows, ones, ones, ones[:, 0], (4, 3))
    with pytest.raises(ShapeError, match="visibility"):
        Landmarks(times, rows, rows, ones[:1], ones, ones[:, 0], (4, 3))


def test_a_net_of_the_users_own_is_taken_out_of_its_archive(tmp_path: Path) -> None:
    content = b"\x1c\0\0\0TFL3" + bytes(100)
    task, bare = tmp_path / "heavy.task", tmp_path / "heavy.tflite"
    bare.write_bytes(content)
    with zipfile.ZipFile(task, "w") as archive:
        archive.writestr(LANDMARKS_IN_TASK, content)
    assert own_net(task) == own_net(bare) == content
    with zipfile.ZipFile(task, "w") as archive:
        archive.writestr("other.tflite", content)
    with pytest.raises(MotionError, match=f"heavy.task: has no {LANDMARKS_IN_TASK}"):
        own_net(task)
    bare.write_bytes(b"nothing of the kind")
    with pytest.raises(MotionError, match="is no TensorFlow Lite net"):
        own_net(bare)
    with pytest.raises(MotionError, match="cannot be read"):
        own_net(tmp_path)


def test_a_net_that_unpacks_to_far_more_than_any_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("choreo_video.nets.TASK_BYTES", 10_000)
    with zipfile.ZipFile(tmp_path / "bomb.task", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LANDMARKS_IN_TASK, b"\x1c\0\0\0TFL3" + bytes(1_000_000))
    with pytest.raises(MotionError, match="is no TensorFlow Lite net"):
        own_net(tmp_path / "bomb.task")


def test_pip_is_asked_for_the_wheel_in_the_table_on_any_machine() -> None:
    words = models._tags(models.MODELS["pose"].archive)
    assert dict(zip(words[::2], words[1::2], strict=True)) == {
        "--implementation": "cp", "--python-version": "311", "--abi": "cp311", "--platform": "manylinux_2_28_x86_64",
    }  # fmt: skip
    assert models._tags(models.MODELS["musicnn"].archive) == []


def test_a_person_is_named_in_videos_only(tmp_path: Path) -> None:
    FORMATS["bvh"](dance(1.0), tmp_path)
    with pytest.raises(InputError, match="reads no videos"):
        read_takes(next(tmp_path.glob("*.bvh")), reading=Reading(person=2))
    with pytest.raises(InputError, match="person: found 0, expected 1 or more"):
        Reading(person=0)
    film = write_film(tmp_path / "film.mp4", [plain(0)] * 2, [0, 0.1])
    with pytest.raises(MotionError, match="leave --map out"):
        list(VideoDataset().takes(film, joints={"pelvis": "hips"}))
    with pytest.raises(MotionError, match="leave --fps-of and --up out"):
        list(VideoDataset().takes(film, reading=Reading(fps=30)))
