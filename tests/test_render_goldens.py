"""One moment by every renderer, against pictures made by ``tests/goldens/make_pictures.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent / "goldens"))

from make_pictures import HEIGHT, HERE, NAMES, WIDTH, drawn

NEEDS = {"pyrender": "gl", "blender": "blender"}
MEAN, MOST = 1.0, 0.01
"""Mean difference of levels, and share of pixels that may differ by more than 24: drivers round edges differently."""


def differences(picture: np.ndarray, golden: np.ndarray) -> tuple[float, float]:
    apart = np.abs(picture.astype(int) - golden).max(axis=-1)
    return float(apart.mean()), float((apart > 24).mean())


def golden(name: str) -> np.ndarray:
    with Image.open(HERE / f"picture-{name}.png") as image:
        return np.asarray(image.convert("RGB"), np.int64)


def test_there_is_one_for_each() -> None:
    assert {path.stem for path in HERE.glob("picture-*.png")} == {f"picture-{name}" for name in NAMES}
    assert all(golden(name).shape == (HEIGHT, WIDTH, 3) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_as_it_was(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if name in NEEDS:
        request.getfixturevalue(NEEDS[name])
    picture, want = drawn(name), golden(name)
    mean, most = differences(picture, want)
    if mean >= MEAN or most >= MOST:
        sheet = np.concatenate([want, picture, np.minimum(4 * np.abs(picture - want), 255)], axis=1)
        Image.fromarray(sheet.astype(np.uint8)).save(tmp_path / f"{name}.png")
        pytest.fail(f"{name}: mean {mean:.2f}, {most:.1%} of pixels; see {tmp_path / name}.png: was, is, difference")


def test_the_tolerance_finds_a_dancer_two_pixels_aside() -> None:
    for name in ("raster", "stick"):
        mean, most = differences(drawn(name, aside=0.05), golden(name))
        assert mean >= MEAN or most >= MOST
