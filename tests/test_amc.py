"""Acclaim's skeletons and motions: by hand with known answers, and of other motions written as such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from acclaim_support import write_acclaim
from motion_support import dance, gap_degrees, gap_mm, on_other_skeleton

from choreo import plugins
from choreo.datasets import read_take
from choreo.datasets.joint_maps import map_of
from choreo.errors import MotionError
from choreo.motion.families import FAMILIES, guess_map
from choreo.motion.kinematics import forward
from choreo.types import Motion, Reading
from choreo_amc import read_amc
from choreo_amc.dataset import skeleton_file
from choreo_amc.reader import metres, skeleton_of
from choreo_amc.skeleton import read_asf

INCH = 0.0254 / 0.45
ASF = """# a leg: thigh down, shin ahead of it
:version 1.10
:name LEG
:units
  mass 1.0
  length 0.45
  angle deg
:documentation
  numbers 1 2 3 and (brackets) mean nothing here
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name thigh
    direction 0 -1 0
    length 8
    axis 0 0 90 XYZ
    dof rx rz
    limits (-160.0 20.0)
           (-70.0, 70.0)
  end
  begin
    id 2
    name shin
    direction 0 0 1
    length 4
    axis 0 0 0 XYZ
    dof rz rx
  end
  begin
    id 3
    name foot
    direction 1 0 0
    length 2
    axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root thigh
    thigh shin
    shin foot
  end
"""
HEAD = ":FULLY-SPECIFIED\n:DEGREES\n"


def leg(folder: Path, frames: str, asf: str = ASF, head: str = HEAD) -> np.ndarray:
    """Where root, thigh, shin and foot begin, in the file's units ``(T, 4, 3)``."""
    (folder / "leg.asf").write_text(asf, encoding="latin-1")
    (folder / "leg_1.amc").write_text(head + frames, encoding="latin-1")
    motion, _ = read_amc(folder / "leg_1.amc", folder / "leg.asf")
    return forward(motion.skeleton, motion.translation, motion.rotations)[0] / INCH


REST = [[1, 9, 2], [1, 9, 2], [1, 1, 2], [1, 1, 6]]
STILL = [[0, 0, 0], [0, 0, 0]]
KNOWN = {
    "rest": ("1 9 2 0 0 0", "0 0", "0 0", REST),
    "the root about fixed axes, x first": ("0 0 0 90 90 0", "0 0", "0 0", [*STILL, [-8, 0, 0], [-8, -4, 0]]),
    "axes turned by 90 about z: x is the world's y": ("0 0 0 0 0 0", "90 0", "0 0", [*STILL, [0, -8, 0], [4, -8, 0]]),
    "and z is the world's": ("0 0 0 0 0 0", "0 90", "0 0", [*STILL, [8, 0, 0], [8, 0, 4]]),
    "z first, then x, then the parent": ("0 0 0 0 0 0", "0 90", "90 -90", [*STILL, [8, 0, 0], [4, 0, 0]]),
}


@pytest.mark.parametrize("case", KNOWN)
def test_poses_worked_out_by_hand(case: str, tmp_path: Path) -> None:
    root, thigh, shin, joints = KNOWN[case]
    found = leg(tmp_path, f"1\nroot {root}\nthigh {thigh}\nshin {shin}\n")
    np.testing.assert_allclose(found[0], np.array(joints), atol=1e-5)


def test_dofs_turn_in_the_order_in_which_the_skeleton_names_them(tmp_path: Path) -> None:
    """The foot begins at the shin's end, its own end is at (2, 0, 0) from there: a bone more shows where it goes."""
    asf = ASF.replace("shin foot\n", "shin foot\n    foot tip\n").replace(
        ":hierarchy", "  begin\n name tip\n direction 0 0 1\n length 1\n axis 0 0 0 XYZ\n end\n:hierarchy"
    )
    frame = "1\nroot 0 0 0 0 0 0\nthigh 0 0\nshin 90 90\n"
    # z first takes the foot from +x to +y, then x takes it to +z; x first would leave it at +y
    np.testing.assert_allclose(leg(tmp_path, frame, asf)[0, 4] - leg(tmp_path, frame, asf)[0, 3], [0, 0, 2], atol=1e-5)
    swapped = asf.replace("dof rz rx", "dof rx rz")
    np.testing.assert_allclose(
        leg(tmp_path, frame, swapped)[0, 4] - leg(tmp_path, frame, swapped)[0, 3], [0, 2, 0], atol=1e-5
    )


def test_radians_in_both_files_and_in_one(tmp_path: Path) -> None:
    frame = "1\nroot 1 9 2 0 0.5 0\nthigh 0.25 -0.5\nshin 0.1 1\n"
    degrees = "1\nroot 1 9 2 0 28.6478898 0\nthigh 14.3239449 -28.6478898\nshin 5.72957795 57.2957795\n"
    expected = leg(tmp_path, degrees)
    other = ASF.replace("angle deg", "angle rad").replace("axis 0 0 90", "axis 0 0 1.57079633")
    assert np.abs(expected[0] - np.array(REST)).max() > 1
    np.testing.assert_allclose(leg(tmp_path, frame, head=":FULLY-SPECIFIED\n:RADIANS\n"), expected, atol=1e-5)
    np.testing.assert_allclose(leg(tmp_path, degrees, other), expected, atol=1e-5)
    np.testing.assert_allclose(leg(tmp_path, frame, other, ":FULLY-SPECIFIED\n"), expected, atol=1e-5)


def test_the_roots_place_and_turn_come_before_the_motions(tmp_path: Path) -> None:
    asf = ASF.replace("position 0 0 0", "position 0 0 5").replace("orientation 0 0 0", "orientation 0 90 0")
    found = leg(tmp_path, "1\nroot 1 9 2 0 0 0\nthigh 0 0\nshin 0 0\n", asf)[0]
    np.testing.assert_allclose(found, [[1, 9, 7], [1, 9, 7], [1, 1, 7], [5, 1, 7]], atol=1e-5)


FRAMES = range(1, 9)
ORDERLY = "".join(f"{k}\nroot {k} 9 2 {k} 5 7\nthigh {k} {2 * k}\nshin 3 {-k}\n" for k in FRAMES)
TURNED = "".join(f"{k}\nshin 3 {-k}\nthigh {k} {2 * k}\nroot {k} 9 2 {k} 5 7\n" for k in FRAMES)
LATER = "".join(f"{99 + k}\nroot {k} 9 2 {k} 5 7\nthigh {k} {2 * k}\nshin 3 {-k}\n" for k in FRAMES)
ONE_TURNED = ORDERLY.replace("shin 3 -4\n", "").replace("4\nroot", "4\nshin 3 -4\nroot")
SPACED = ORDERLY.replace("thigh 3 6", "\n  thigh\t3   6  # bent: thigh 9 9").replace("5\nroot", "# five\n 5 \nroot")
LAYOUTS = {
    "carriage returns": (ORDERLY.replace("\n", "\r\n"), ASF.replace("\n", "\r\n")),
    "a frame's bones in an order of its own": (ONE_TURNED, ASF),
    "all bones in another order": (TURNED, ASF),
    "comments, blank lines and spaces": (SPACED, ASF),
    "capitals": (ORDERLY.replace("thigh 6", "THIGH 6"), ASF.replace("name thigh", "name Thigh")),
    "numbers from 100": (LATER, ASF),
    "a bone that does not move": (ORDERLY.replace("shin", "foot\nshin"), ASF),
}


@pytest.mark.parametrize("block", [1, 4 << 20])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_read_alike(layout: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = leg(tmp_path, ORDERLY)
    monkeypatch.setattr("choreo_amc.frames.BLOCK", block)
    np.testing.assert_array_equal(leg(tmp_path, *LAYOUTS[layout]), expected)


TORN = {
    "a bone is missing": (ORDERLY.replace("thigh 6 12\n", ""), "frame 6: no numbers for thigh"),
    "cut off": (ORDERLY[: ORDERLY.index("shin 3 -8")], "frame 8: no numbers for shin"),
    "of no bone": (ORDERLY.replace("thigh 6", "thumb 6"), "frame 6: found 'thumb', which is no bone of"),
    "of another skeleton": (ORDERLY.replace("thigh 1 2\n", "thigh 1 2 3\n"), "'thigh' has 3 numbers, expected the 2"),
    "one more here, one less there": (ORDERLY.replace("12\nshin 3 -6", "12 3\nshin -6"), "'thigh' has 3 numbers"),
    "twice": (ORDERLY.replace("shin 3 -6", "thigh 3 -6"), "the bone 'thigh' is there twice"),
    "no number": (ORDERLY.replace("shin 3 -6", "shin 3 x"), "frame 6: found 'shin 3 x', expected numbers"),
    "not finite": (ORDERLY.replace("shin 3 -6", "shin 3 nan"), "finite numbers"),
    "frames left out": (ORDERLY.replace("6\nroot", "60\nroot"), "frame 60 comes after frame 5"),
    "no frames": ("", "not an AMC file"),
    "words before": ("walk\n" + ORDERLY, "found 'WALK' before the first frame"),
}  # fmt: skip


@pytest.mark.parametrize("case", TORN)
def test_torn_motions_are_refused_in_words(case: str, tmp_path: Path) -> None:
    frames, words = TORN[case]
    with pytest.raises(MotionError, match=r"leg_1\.amc") as refused:
        leg(tmp_path, frames)
    assert words in refused.value.message


BROKEN = {
    "empty": ("", "not an ASF file"),
    "no number": (ASF.replace("length 8", "length long"), "line 20: found 'length long', expected length and a number"),
    "axes": (ASF.replace("0 90 XYZ", "0 90 XYY"), "an order of the axes"),
    "no bone": (ASF.replace("root thigh", "root thumb"), "not 'thumb'"),
    "two parents": (ASF.replace("shin foot", "shin foot\n    thigh foot"), "not 'foot'"),
    "a ring": (ASF.replace("root thigh", "foot thigh"), "is not below the root"),
    "apart": (ASF.replace("    shin foot\n", ""), "'foot' is not below the root"),
    "dofs": (ASF.replace("dof rz rx", "dof rz rq"), "some of tx ty tz rx ry rz l"),
    "one name": (ASF.replace("name shin", "name Thigh"), "each name once"),
    "no end": (ASF[: ASF.index("  end")], "expected"),
    "units": (ASF.replace("length 0.45", "length 0"), "a positive number"),
    "infinite": (ASF.replace("length 8", "length 1e300"), "length and a number"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_skeletons_are_refused_in_words(case: str, tmp_path: Path) -> None:
    asf, words = BROKEN[case]
    with pytest.raises(MotionError, match=r"leg\.asf") as refused:
        leg(tmp_path, ORDERLY, asf)
    assert words in refused.value.message


@pytest.mark.parametrize(("unit", "length"), [(0.45 / 0.0254, 0.45), (100.0, 1.0), (1 / 0.0254, 1.0), (1.0, 1.0),
                                              (1000.0, 1.0), (1 / 0.0254, 2.54)])  # fmt: skip
def test_metres_of_every_unit(unit: float, length: float, tmp_path: Path) -> None:
    """CMU's, centimetres, inches, metres, millimetres, and as the definition has it: inches, to be made centimetres."""
    motion = on_other_skeleton(dance(0.1), FAMILIES["acclaim"])
    write_acclaim(motion, tmp_path / "a.asf", tmp_path / "a.amc", unit=unit, length=length)
    assert metres(read_asf(tmp_path / "a.asf")) * unit == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(("order", "turned", "radians"), [("XYZ", True, False), ("XYZ", False, False),
                                                          ("ZYX", True, True), ("YXZ", True, False)])  # fmt: skip
def test_a_dance_written_as_acclaims_comes_back(order: str, turned: bool, radians: bool, tmp_path: Path) -> None:
    motion = on_other_skeleton(dance(1.0), FAMILIES["acclaim"])
    write_acclaim(motion, tmp_path / "a.asf", tmp_path / "a.amc", order=order, turned=turned, radians=radians)
    back, _ = read_amc(tmp_path / "a.amc", tmp_path / "a.asf")
    assert apart_mm(motion, back) < 0.01


def apart_mm(motion: Motion, back: Motion) -> float:
    """Largest distance of a joint from the one of its name, millimetres."""
    names = ["root", *motion.skeleton.names[1:]]
    joints = [back.skeleton.index(name) for name in names]
    first, second = (forward(m.skeleton, m.translation, m.rotations)[0] for m in (motion, back))
    return float(1000 * np.linalg.norm(first - second[:, joints], axis=-1).max())


@pytest.mark.shared
@pytest.mark.parametrize("take", ["60_01", "61_07", "131_03"])
def test_real_takes_written_as_acclaims_come_back(take: str, shared: Path, tmp_path: Path) -> None:
    from choreo.motion.repair import sliced
    from choreo_bvh import read_bvh

    motion = sliced(read_bvh(shared / "cmu" / f"{take}.bvh"), 0, 240)
    write_acclaim(motion, tmp_path / "a.asf", tmp_path / "a.amc", decimals=".6g")
    back, told = read_amc(tmp_path / "a.amc", tmp_path / "a.asf")
    assert apart_mm(motion, back) < 1
    assert not told
    assert back.fps == 120


def test_joints_of_acclaims_names_are_where_people_bend(tmp_path: Path) -> None:
    """A bone begins at its parent's end: so hips are where thighs begin, wrists where hands do."""
    motion = on_other_skeleton(dance(0.2), FAMILIES["acclaim"])
    write_acclaim(motion, tmp_path / "a.asf", tmp_path / "a.amc")
    skeleton = skeleton_of(read_asf(tmp_path / "a.asf"))
    family, joints = guess_map(skeleton.names, skeleton.parents.tolist())
    assert (family, joints["left_hip"], joints["right_wrist"], joints["neck"]) == (
        "acclaim",
        "lfemur",
        "rhand",
        "upperneck",
    )


def test_maps_of_joints_are_made_of_either_file(tmp_path: Path) -> None:
    write_acclaim(on_other_skeleton(dance(0.1), FAMILIES["acclaim"]), tmp_path / "05.asf", tmp_path / "05_02.amc")
    assert map_of(tmp_path / "05_02.amc") == map_of(tmp_path / "05.asf")
    assert 'left_elbow = "lradius"' in map_of(tmp_path / "05.asf")


def test_a_take_is_the_dance_that_was_written(tmp_path: Path) -> None:
    motion = dance(4.0, fps=120)
    write_acclaim(on_other_skeleton(motion, FAMILIES["acclaim"]), tmp_path / "05.asf", tmp_path / "05_02.amc")
    take = read_take(tmp_path / "05_02.amc")
    bvh = tmp_path / "a.bvh"
    plugins.load("exporters", "bvh").export(on_other_skeleton(motion, FAMILIES["lafan1"]), bvh)
    assert gap_mm(take.motion, read_take(bvh).motion) < 15
    assert gap_degrees(take.motion, read_take(bvh).motion) < 3
    assert take.source_fps == 120
    assert "assumed 120 fps" in take.flags


def test_a_rate_that_is_told_overrules(tmp_path: Path) -> None:
    motion = on_other_skeleton(dance(2.0), FAMILIES["acclaim"])
    write_acclaim(motion, tmp_path / "a.asf", tmp_path / "a.amc")
    take = read_take(tmp_path / "a.amc", reading=Reading(fps=60))
    assert take.motion.duration == pytest.approx(2.0, abs=0.1)
    assert not [flag for flag in take.flags if flag.startswith("assumed")]
    write_acclaim(motion, tmp_path / "a.asf", tmp_path / "a.amc", rate=True)
    assert read_take(tmp_path / "a.amc", reading=Reading(fps=30)).motion.duration == pytest.approx(4.0, abs=0.1)


def test_a_rate_in_the_file_is_taken(tmp_path: Path) -> None:
    motion = on_other_skeleton(dance(2.0), FAMILIES["acclaim"])
    write_acclaim(motion, tmp_path / "a.asf", tmp_path / "a.amc", rate=True)
    take = read_take(tmp_path / "a.amc")
    assert take.motion.duration == pytest.approx(2.0, abs=0.1)
    assert not [flag for flag in take.flags if flag.startswith("assumed")]
    text = (tmp_path / "a.amc").read_text()
    (tmp_path / "a.amc").write_text(text.replace("SECOND 60", "SECOND 0"))
    with pytest.raises(MotionError, match="expected 1 to 1000"):
        read_take(tmp_path / "a.amc")


@pytest.mark.parametrize(("files", "motion", "skeleton"), [
    (["05.asf", "06.asf"], "05_02.amc", "05.asf"), (["05.asf", "05_02.asf"], "05_02.amc", "05_02.asf"),
    (["x.ASF"], "05_02.amc", "x.ASF"), (["0.asf", "05.asf"], "05_02.amc", "05.asf"), (["HDM_bd.asf", "HDM_bk.asf"],
    "HDM_bd_cartwheel_120.amc", "HDM_bd.asf"),
])  # fmt: skip
def test_which_skeleton_is_a_takes(files: list[str], motion: str, skeleton: str, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).touch()
    assert skeleton_file(tmp_path / motion).name == skeleton


def test_no_skeleton_and_a_choice_of_others_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match=r"no \.asf file beside it"):
        skeleton_file(tmp_path / "05_02.amc")
    for name in ("0.asf", "06.asf"):
        (tmp_path / name).touch()
    with pytest.raises(MotionError, match=r"2 \.asf files beside it"):
        skeleton_file(tmp_path / "05_02.amc")
    with pytest.raises(MotionError, match="is a skeleton"):
        list(plugins.load("datasets", "amc").takes(tmp_path / "06.asf"))
