"""Metrics of joint arrays: COCO's and Human3.6M's 17, HumanML3D's 22 and SMPL's 24 joints, by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_support import write_clicks
from click.testing import CliRunner
from dataset_support import write_bvh
from metrics_support import on_beat, wandering
from motion_support import stepping_dance

from choreo.cli.app import cli
from choreo.errors import InputError, MotionError, ShapeError
from choreo.metrics import (
    JointArray,
    bar_distances,
    by_name,
    copies,
    evaluate,
    foot_skate_ratio,
    geometric,
    joint_positions,
    kinetic,
    motion_beats,
    pfc,
    read_reference,
    seam_spikiness,
    self_copies,
)
from choreo.metrics.beats import joint_speed
from choreo.metrics.dances import read_dance
from choreo.metrics.reference import Reference
from choreo.motion.joint_arrays import lacking, measured, needs
from choreo.motion.joint_sets import SETS
from choreo.motion.skeleton import NAMES
from choreo.music import analyze_cached
from choreo.types import Doubles, MusicAnalysis, Reading

WHOLE = wandering(8.0, 60, 3)
BARS = np.array([[0.0, 2.0], [2.0, 4.0], [4.0, 6.0]])


def picked(positions: Doubles, name: str) -> Doubles:
    """The array of a joint set: canonical joints where it has them, nonsense where it has others."""
    rng = np.random.default_rng(9)
    out = rng.normal(0, 40, (len(positions), len(SETS[name]), 3))
    for number, joint in enumerate(SETS[name].joints):
        if joint in NAMES:
            out[:, number] = positions[:, NAMES.index(joint)]
    return out


def test_sets_are_put_in_place_by_name() -> None:
    for name in ("coco", "h36m", "humanml3d", "smpl", "smplx"):
        found = by_name(picked(WHOLE, name), name)
        assert found.shape == WHOLE.shape
        for place, joint in enumerate(NAMES):
            if joint in SETS[name].joints:
                assert np.array_equal(found[:, place], WHOLE[:, place])
            elif joint != "pelvis":
                assert np.isnan(found[:, place]).all()
                assert joint in lacking(found)
    assert lacking(by_name(picked(WHOLE, "smpl"), "smpl")) == ()


def test_cocos_pelvis_is_the_middle_of_the_hips() -> None:
    found = by_name(picked(WHOLE, "coco"), "coco")
    middle = (WHOLE[:, NAMES.index("left_hip")] + WHOLE[:, NAMES.index("right_hip")]) / 2
    assert np.allclose(found[:, 0], middle)
    assert "pelvis" not in lacking(found)


def test_names_may_stand_in_any_order_and_be_strange() -> None:
    order = np.random.default_rng(1).permutation(24)
    names = [NAMES[k] for k in order]
    assert np.array_equal(by_name(WHOLE[:, order], names), WHOLE)
    extra = np.concatenate([WHOLE[:, order], WHOLE[:, :1]], axis=1)
    assert np.array_equal(by_name(extra, [*names, "hat"]), WHOLE)


def test_what_does_not_fit_says_so() -> None:
    with pytest.raises(InputError, match=r"no set is called 'coco17'; known are humanml3d, smpl,"):
        by_name(WHOLE[:, :17], "coco17")
    with pytest.raises(ShapeError, match=r"got \(481, 22, 3\), want \(T, 17, 3\) for COCO's 17"):
        by_name(WHOLE[:, :22], "coco")
    with pytest.raises(ShapeError, match="want left_hip and right_hip among them"):
        by_name(WHOLE[:, :2], ["nose", "left_hip"])
    with pytest.raises(ShapeError, match="by_name puts others in place"):
        motion_beats(WHOLE[:, :17], 60)
    for joint in (0, 1, 5):  # a joint away in one frame, or one without which there is no dancer
        broken = WHOLE.copy()
        broken[:] = np.where((np.arange(24) == joint)[:, None], np.nan, WHOLE)
        broken[0] = WHOLE[0]
        with pytest.raises(ShapeError, match="NaN"):
            pfc(broken, 60)
    headless = WHOLE.copy()
    headless[:, 1] = np.nan
    with pytest.raises(ShapeError, match="NaN"):
        motion_beats(headless, 60)


def test_twenty_two_joints_are_the_first_of_the_canonical_ones() -> None:
    short, named = WHOLE[:, :22], by_name(WHOLE[:, :22], "humanml3d")
    assert pfc(short, 60) == pfc(named, 60) == pfc(WHOLE, 60)
    assert foot_skate_ratio(short) == foot_skate_ratio(WHOLE)
    assert np.array_equal(kinetic(short, 60)[:66], kinetic(WHOLE, 60)[:66])
    assert np.isnan(kinetic(short, 60)[66:]).all()
    assert np.isfinite(geometric(short, 60)).all()


@pytest.mark.parametrize("name", ["coco", "h36m"])
def test_without_toes_there_is_no_measure_of_feet(name: str) -> None:
    found = by_name(picked(WHOLE, name), name)
    assert np.isnan([pfc(found, 60), foot_skate_ratio(found), foot_skate_ratio(found, signed=True)]).all()
    assert needs(found, "left_foot", "left_knee") == "the joints left_foot, which these positions do not have"
    assert needs(found, "left_knee") == ""


@pytest.mark.parametrize("name", ["coco", "h36m", "humanml3d"])
def test_what_needs_no_lacking_joint_is_as_with_all(name: str) -> None:
    found = by_name(picked(WHOLE, name), name)
    if name == "coco":
        found[:, 0] = WHOLE[:, 0]
    whole, part = kinetic(WHOLE, 60), kinetic(found, 60)
    there = np.repeat([joint not in lacking(found) for joint in NAMES], 3)
    assert np.array_equal(np.isfinite(part), there)
    assert np.allclose(part[there], whole[there])
    # Relations whose joints are all there hold as often; others are not known.
    whole, part = geometric(WHOLE, 60), geometric(found, 60)
    known = np.isfinite(part)
    assert known.sum() == {"coco": 18, "h36m": 26, "humanml3d": 32}[name]  # counted in their list
    assert not known[14] or name == "humanml3d"  # an ankle in front of hip and toes
    heights = np.isin(np.arange(32), [16, 17, 29, 30])  # above the lowest joint, which may be a toe
    assert np.allclose(part[known & ~heights], whole[known & ~heights])


def test_joints_that_are_not_there_do_not_count() -> None:
    nonsense = picked(WHOLE, "coco")
    found = by_name(nonsense, "coco")
    other = by_name(np.where(np.isin(SETS["coco"].joints, NAMES)[:, None], nonsense, 7.0), "coco")
    body = np.flatnonzero([joint not in lacking(found) for joint in NAMES])
    speed = np.linalg.norm(np.diff(found[:, body], axis=0), axis=-1).mean(axis=-1) * 60
    assert np.array_equal(joint_speed(found, 60), speed)
    for measure in (
        lambda each: motion_beats(each, 60),
        lambda each: bar_distances(each, 60, BARS),
        lambda each: seam_spikiness(each, 60, np.array([2.0, 4.0])).worst,
        lambda each: self_copies(each, 60).rate,
    ):
        assert np.isfinite(measure(found)).all()
        assert np.array_equal(measure(found), measure(other))
    assert bar_distances(found, 60, BARS)[0, 1] > 0.05


def test_a_dance_of_fewer_joints_is_found_in_one_of_all() -> None:
    found = by_name(picked(WHOLE, "h36m"), "h36m")
    assert copies(found[60:300], [WHOLE], 60).rate == pytest.approx(1.0, abs=0.02)
    assert copies(WHOLE[60:300], [found], 60).rate == pytest.approx(1.0, abs=0.02)
    assert copies(found[60:300], [wandering(8.0, 60, 4)], 60).rate == 0


def test_other_rates_keep_the_path() -> None:
    slow = JointArray(WHOLE[::4], "smpl", 15.0)
    assert slow.duration == 8
    found = joint_positions(slow, 60)
    assert found.shape == WHOLE.shape
    assert np.allclose(found[::4], WHOLE[::4])
    thrown = (np.arange(7.0) ** 2)[:, None, None] * np.ones((7, 24, 3))  # a parabola, which Catmull-Rom keeps
    found = joint_positions(JointArray(thrown, "smpl", 10.0), 40.0)
    assert np.allclose(found[4:-4, 0, 0], (np.arange(25) / 4)[4:-4] ** 2)
    assert len(joint_positions(JointArray(thrown[:1], "smpl", 10.0), 60)) == 1


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> MusicAnalysis:
    return analyze_cached(write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=16, bpm=120))


def test_a_report_says_which_joints_a_measure_lacks(heard: MusicAnalysis) -> None:
    dance = on_beat(15, 30)
    whole = evaluate(JointArray(dance, "smpl", 30), heard)
    assert whole["pfc"] is not None
    assert not any("joints that are measured" in warning for warning in whole.warnings)
    for name in ("coco", "h36m"):
        report = evaluate(JointArray(picked(dance, name), name, 30), heard)
        rows = report.to_dict()["measures"]
        for key in ("pfc", "foot_skate", "foot_skate_lodge"):
            assert rows[key]["value"] is None
            assert rows[key]["note"] == (
                "not enough: the joints left_foot, right_foot, which these positions do not have"
            )
        assert rows["contact_slide"]["note"] == "not enough: soles, which joint positions do not have"
        assert rows["beat_f1_70ms"]["value"] == pytest.approx(whole["beat_f1_70ms"], abs=0.01)
        assert any(" of the 24 joints that are measured, without " in warning for warning in report.warnings)


def test_fid_is_of_the_joints_that_both_have(heard: MusicAnalysis) -> None:
    theirs = tuple(by_name(picked(wandering(12, 60, seed), "h36m"), "h36m") for seed in (5, 6, 7, 8))
    reference = Reference("r", theirs, (0, 1, 2, 3), ("a", "b", "c", "d"), 3.0)
    report = evaluate(JointArray(wandering(14, 30, 9), "smpl", 30), heard, reference=reference)
    rows = report.to_dict()["measures"]
    assert rows["fid_k"]["value"] > 0
    assert "45 of 72 features, of joints that both have" in rows["fid_k"]["note"]
    assert "26 of 32 features" in rows["fid_g"]["note"]
    known = evaluate(JointArray(picked(wandering(14, 30, 9), "h36m"), "h36m", 30), heard, reference=reference)
    assert known["fid_k"] == pytest.approx(report["fid_k"])


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a dance in several joint sets at 30 frames a second, Y up unless they say otherwise."""
    folder = tmp_path_factory.mktemp("arrays")
    places = joint_positions(stepping_dance(14.0), 30)
    for name in ("coco", "h36m", "humanml3d", "smpl"):
        np.save(folder / f"{name}.npy", on_face(places, name))
    sideways = 1000 * on_face(places, "coco")[..., [0, 2, 1]] * [1, -1, 1]
    np.save(folder / "coco_z_mm.npy", sideways)
    return folder


def on_face(places: Doubles, name: str) -> Doubles:
    """The array of a joint set, with nose, eyes, ears and crown where they are on a head."""
    face = {"nose": (0, 0.05, 0.12), "left_eye": (0.03, 0.08, 0.1), "right_eye": (-0.03, 0.08, 0.1),
            "left_ear": (0.08, 0.06, 0), "right_ear": (-0.08, 0.06, 0), "head_top": (0, 0.2, 0)}  # fmt: skip
    head = places[:, NAMES.index("head")]
    return np.stack([places[:, NAMES.index(j)] if j in NAMES else head + face[j] for j in SETS[name].joints], axis=1)


def test_files_of_positions_are_measured_as_they_are(arrays: Path) -> None:
    for name, count in (("coco", 13), ("h36m", 15), ("humanml3d", 22), ("smpl", 24)):
        danced = read_dance(arrays / f"{name}.npy", reading=Reading(fps=30.0))
        assert isinstance(danced.motion, JointArray)
        given = by_name(np.load(arrays / f"{name}.npy"), name)
        assert np.allclose(joint_positions(danced.motion, 30), given, equal_nan=True)
        assert 24 - len(lacking(given)) == count
        assert (danced.begin, "assumed y up" in danced.flags) == (0, True)
    turned = read_dance(arrays / "coco_z_mm.npy", reading=Reading(fps=30.0))
    assert "assumed z up" in turned.flags
    given = by_name(np.load(arrays / "coco.npy"), "coco")
    assert np.allclose(joint_positions(turned.motion, 30), given, equal_nan=True, atol=1e-6)


def test_the_set_may_be_told(arrays: Path) -> None:
    told = read_dance(arrays / "h36m.npy", joints="h36m", reading=Reading(fps=30.0, up="y"))
    assert told.flags == ()
    with pytest.raises(InputError, match="no set is called 'coco17'"):
        read_dance(arrays / "h36m.npy", joints="coco17")
    obeyed = read_dance(arrays / "coco.npy", joints="h36m", reading=Reading(fps=30.0, up="y"))
    assert "neck" not in lacking(joint_positions(obeyed.motion, 30))
    with pytest.raises(MotionError, match="the file has"):
        read_dance(arrays / "h36m.npy", joints="smpl")


def test_a_joint_away_for_long_is_left_out_and_a_short_gap_is_bridged(arrays: Path) -> None:
    positions = np.load(arrays / "smpl.npy")
    names = list(NAMES)
    gaps = positions.copy()
    gaps[100:105, names.index("left_wrist")] = np.nan
    gaps[:200, names.index("right_foot")] = np.nan
    gaps[:10] = np.nan
    found, begin, up = measured(gaps, names, 30.0)
    assert begin == pytest.approx(10 / 30)
    assert up == "y"
    assert "right_foot" not in found.joints
    placed = by_name(found.positions, found.joints)
    assert lacking(placed) == ("right_foot",)
    assert np.abs(placed - positions[10:])[:, : names.index("right_foot")].max() < 0.05
    gaps[:, names.index("left_hip")] = np.nan
    with pytest.raises(MotionError):
        measured(gaps, names, 30.0)


def test_the_command_says_what_it_assumes_and_lacks(arrays: Path, tmp_path: Path) -> None:
    song = write_clicks(tmp_path / "clicks.wav", seconds=16, bpm=120)
    words = ["eval", str(arrays / "coco.npy"), str(song), "--joints", "coco", "--fps-of", "30", "--json"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert "left_foot, right_foot" in found["measures"]["foot_skate"]["note"]
    assert found["measures"]["motion_beats_per_second"]["value"] > 0
    assert "assumed y up: nothing in the file says" in found["warnings"]
    assert not any("fps" in each for each in found["warnings"])
    done = CliRunner().invoke(
        cli, ["eval", str(write_bvh(stepping_dance(4.0), tmp_path)), str(song), "--joints", "coco"]
    )
    assert done.exit_code != 0
    assert "--joints is for arrays of positions" in done.output


def test_references_of_positions(arrays: Path, heard: MusicAnalysis) -> None:
    reference = read_reference(str(arrays), reading=Reading(fps=30.0))
    assert reference.names == ("coco", "coco_z_mm", "h36m", "humanml3d", "smpl")
    assert [24 - len(lacking(each)) for each in reference.positions] == [13, 13, 15, 22, 24]
    assert "of the reference, assumed y up in 4 files" in reference.warnings
    assert not any("fps" in each for each in reference.warnings)
    assert "of the reference, assumed 20 fps in 1 files" in read_reference(str(arrays)).warnings
    report = evaluate(read_dance(arrays / "smpl.npy", reading=Reading(fps=30.0)).motion, heard, reference=reference)
    assert "39 of 72 features" in report.to_dict()["measures"]["fid_k"]["note"]
