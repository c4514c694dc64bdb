"""Which animation of a glTF file is read, and what is between its keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gltf_support import Rig

from choreo.cli.app import run
from choreo.errors import MotionError
from choreo.types import Doubles
from choreo_gltf.sampling import between_keys, read_animation


def many(path: Path) -> Path:
    """A humanoid with a long camera move, a short dance, a long dance and one of another name."""
    made = Rig()
    camera = made.node("Camera")
    joints = made.skeleton(made.node("Armature"))
    half = np.array([[0, 0, 0, 1], [0.6, 0, 0, 0.8]])
    made.animation("Fly", camera, "translation", np.array([0.0, 9.0]), np.array([[0, 0, 0], [1, 1, 1]]))
    for name, seconds in (("Walk", 2.0), ("Samba", 3.0), ("walk", 2.5)):
        made.animation(name, joints["LeftArm"], "rotation", np.array([0.0, seconds]), half)
    return made.save(path)


@pytest.mark.parametrize(("wanted", "seconds"), [(None, 3.0), ("Walk", 2.0), ("walk", 2.5), ("SAMBA", 3.0), ("1", 2.0)])
def test_any_animation_can_be_chosen(wanted: str | None, seconds: float, tmp_path: Path) -> None:
    motion, _, _ = read_animation(many(tmp_path / "a.glb"), wanted)
    assert motion.duration == pytest.approx(seconds)


def test_animations_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = many(tmp_path / "a.glb")
    with pytest.raises(MotionError, match=r"a\.glb: has no animation 'Waltz'\..*1 'Walk', 2\.0 s; 2 'Samba', 3\.0 s"):
        read_animation(path, "Waltz")
    assert run(["convert", str(path), "--list-animations"]) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == ["1  Walk  2.0 s", "2  Samba  3.0 s"]
    assert run(["convert", str(path), str(tmp_path / "o.bvh"), "--animation", "Walk"]) == 0
    assert run(["convert", str(tmp_path / "o.bvh"), str(tmp_path / "p.bvh"), "--animation", "Walk"]) == 2
    assert "one motion of a file" in capsys.readouterr().err


TIMES = np.array([0.0, 1.0, 3.0])


def test_stepped_keys_stay_until_the_next() -> None:
    rows = np.array([[1.0], [2.0], [3.0]])
    clock = np.array([0.0, 0.99, 1.0, 2.9, 3.0, 4.0])
    assert between_keys(TIMES, rows, clock, "STEP")[:, 0].tolist() == [1, 1, 2, 2, 3, 3]
    assert between_keys(TIMES.astype(np.float32).astype(float), rows, clock, "STEP")[2, 0] == 2


def test_cubic_keys_follow_a_cubic() -> None:
    """A Hermite spline through a cubic, with its slopes as tangents, is that cubic."""

    def curve(t: Doubles) -> Doubles:
        return np.asarray(2 * t**3 - 5 * t**2 + t - 4)

    slopes = 6 * TIMES**2 - 10 * TIMES + 1
    rows = np.stack([slopes, curve(TIMES), slopes], axis=1).reshape(-1, 1)
    clock = np.linspace(0, 3, 31)
    np.testing.assert_allclose(between_keys(TIMES, rows, clock, "CUBICSPLINE")[:, 0], curve(clock), atol=1e-9)


def test_linear_turns_go_the_short_way() -> None:
    rows = np.array([[1.0, 0, 0, 0], [-np.cos(0.2), 0, -np.sin(0.2), 0]])
    found = between_keys(TIMES[:2], rows, np.array([0.5]), "LINEAR", turning=True)
    np.testing.assert_allclose(np.abs(found[0]), [np.cos(0.1), 0, np.sin(0.1), 0], atol=1e-9)


def test_other_interpolations_are_refused() -> None:
    with pytest.raises(ValueError, match="'BEZIER'"):
        between_keys(TIMES, np.zeros((3, 1)), TIMES, "BEZIER")
