"""People in videos of whom it is known where their joints are; the nets run here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from pose_support import FPS, JOINTS, SIZE, danced, fetched_nets, write_film

from choreo.cli.app import cli
from choreo.errors import MotionError
from choreo.models import ModelError, model_files
from choreo_video import Landmarks, landmarks_of
from choreo_video.landmarks import NAMES
from choreo_video.pictures import pictures

ROWS = [NAMES.index(name) for name in JOINTS]
SECONDS = 2.0


@pytest.fixture(scope="module", autouse=True)
def _nets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        fetched_nets(tmp_path_factory.mktemp("models"), patch)
        yield


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dance of two seconds at times that are not equally far apart, in a file that says nothing of them."""
    shown = danced(SECONDS).pictures
    times = np.arange(len(shown)) / FPS + 0.008 * (np.arange(len(shown)) % 3)
    return write_film(tmp_path_factory.mktemp("film") / "dance.mp4", shown, list(times))


@pytest.fixture(scope="module")
def found(film: Path) -> Landmarks:
    (take,) = landmarks_of(film, hands=True)
    return take


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> list[Landmarks]:
    """Takes of a film of two shots: the dancer, small, beside a still one; then the dancer, upside down."""
    shown = danced(SECONDS).pictures
    first = [np.concatenate([shown[0], np.pad(each[::2, ::2], ((160, 0), (72, 72), (0, 0)))], 1) for each in shown[:45]]
    second = [np.pad(255 - each[::-1, ::-1] // 2, ((0, 0), (144, 144), (0, 0))) for each in shown[:40]]
    place = tmp_path_factory.mktemp("company") / "two.mp4"
    return landmarks_of(write_film(place, first + second, list(np.arange(85) / FPS)))


def errors(take: Landmarks, joints: np.ndarray) -> np.ndarray:
    """Distances ``(T, 12)`` of the landmarks from the joints, in pixels."""
    return np.asarray(np.linalg.norm(take.image[:, ROWS, :2] - joints, axis=-1))


def test_landmarks_lie_on_the_dancers_joints(found: Landmarks) -> None:
    truth = danced(SECONDS)
    assert len(found.times) == len(truth.joints)
    assert (found.person, found.shot, found.cuts, found.size) == (1, 0, (), SIZE)
    assert found.found.all()
    off = errors(found, truth.joints) / truth.height
    assert np.median(off) < 0.03
    assert np.percentile(off, 95) < 0.08
    swapped = errors(found, truth.joints.reshape(-1, 6, 2, 2)[:, :, ::-1].reshape(-1, 12, 2)) / truth.height
    assert np.median(swapped) > 2 * np.median(off)  # left is left


def test_landmarks_in_space_are_the_dancers_size_and_upright(found: Landmarks) -> None:
    hips, shoulders = found.world[:, [23, 24]].mean(axis=1), found.world[:, [11, 12]].mean(axis=1)
    np.testing.assert_allclose(hips, 0, atol=0.05)
    assert (shoulders[:, 1] < -0.3).all()  # y is down
    assert 1.1 < np.median(np.ptp(found.world[..., 1], axis=1)) < 2.0
    assert (found.world[:, 11, 0] > found.world[:, 12, 0]).all()  # who faces the camera has the left at its right


def test_times_are_those_of_the_pictures(found: Landmarks, film: Path) -> None:
    np.testing.assert_array_equal(found.times, [picture.time for picture in pictures(film)])
    assert len({round(step, 3) for step in np.diff(found.times)}) > 1


def test_hands_are_where_the_wrists_are(found: Landmarks) -> None:
    assert found.hands is not None
    seen = np.asarray(np.isfinite(found.hands).all(axis=(2, 3)))
    assert seen.mean() > 0.3
    for side, wrist in enumerate(("left_wrist", "right_wrist")):
        off = found.hands[:, side, 0, :2] - found.image[:, NAMES.index(wrist), :2]
        assert np.median(np.linalg.norm(off[seen[:, side]], axis=-1)) < 0.06 * danced(SECONDS).height


def test_people_are_counted_from_the_one_who_dances_and_shots_are_cut(company: list[Landmarks]) -> None:
    assert [(take.shot, take.person) for take in company] == [(0, 1), (0, 2), (1, 1)]
    assert {take.cuts for take in company} == {(1.5,)}
    dancing, still, turned = company
    truth = danced(SECONDS).joints
    small = truth[:45] / 2 + [SIZE[0] + 72, 160]
    assert np.median(errors(dancing, small[-len(dancing.times) :])) < 0.03 * danced(SECONDS).height
    assert np.ptp(still.image[..., 0]) < SIZE[0]
    assert np.median(errors(still, truth[:1])) < 0.03 * danced(SECONDS).height
    over = [SIZE[0], SIZE[1]] - truth[:40] + [144, 0]
    assert np.median(errors(turned, over[-len(turned.times) :])) < 0.04 * danced(SECONDS).height
    assert turned.times[0] >= 1.5


def test_nobody_and_one_picture_are_refused_with_the_reason(tmp_path: Path) -> None:
    empty = write_film(tmp_path / "empty.mp4", [np.full((90, 120, 3), 90, np.uint8)] * 5, list(np.arange(5) / 10))
    with pytest.raises(MotionError, match=r"empty.mp4: no person is found in its 5 pictures"):
        landmarks_of(empty)
    one = write_film(tmp_path / "one.mp4", danced(SECONDS).pictures[:1], [0.0])
    with pytest.raises(MotionError, match="has one picture"):
        landmarks_of(one)
    brief = write_film(tmp_path / "brief.mp4", danced(SECONDS).pictures[:9], list(np.arange(9) / FPS))
    with pytest.raises(MotionError, match="never long enough"):
        landmarks_of(brief)
    with pytest.raises(MotionError, match="person: found 0"):
        landmarks_of(brief, person=0)


def test_nets_are_checked_before_each_load(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched_nets(tmp_path, monkeypatch)
    place = model_files("pose")["landmarks"]
    content = bytearray(place.read_bytes())
    content[5000] ^= 1
    place.write_bytes(content)
    with pytest.raises(ModelError, match="choreo models get pose"):
        landmarks_of(film)


def test_a_net_of_the_users_own_sees_the_same_and_one_of_another_kind_is_refused(film: Path, found: Landmarks) -> None:
    (again,) = landmarks_of(film, model=model_files("pose")["landmarks"], person=1)
    np.testing.assert_array_equal(again.image, found.image)
    np.testing.assert_array_equal(again.world, found.world)
    with pytest.raises(MotionError, match="is no landmark net of BlazePose"):
        landmarks_of(film, model=model_files("pose")["hands"])


def run(*words: object) -> Any:
    return CliRunner().invoke(cli, [str(word) for word in words])


def test_the_command_tells_what_is_seen_and_draws_it(film: Path, tmp_path: Path, found: Landmarks) -> None:
    target = tmp_path / "seen.mp4"
    done = run("video", film, "--overlay", target, "--json", "-q")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)["takes"]
    assert (row["shot"], row["person"], row["found"], row["pictures"]) == (1, 1, 1.0, len(found.times))
    before, after = list(pictures(film)), list(pictures(target))
    assert abs(len(after) - len(before)) <= 2
    shown = after[20]
    source = min(before, key=lambda each: abs(each.time - shown.time))
    changed = np.abs(shown.pixels.astype(int) - source.pixels).sum(axis=-1) > 60
    lines = found.image[20, [25, 26], :2].astype(int)  # knees, in the middle of lines
    assert all(changed[y - 3 : y + 4, x - 3 : x + 4].any() for x, y in lines)
    assert changed.mean() < 0.1
    assert "person 2: at most 1" in run("video", film, "--person", 2).output
    assert run("video", film, "--overlay", film).exit_code == 3
