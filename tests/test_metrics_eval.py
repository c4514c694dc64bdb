from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks
from click.testing import CliRunner
from motion_support import dance
from sound_support import write_pcm

from choreo.cli.app import cli, run
from choreo.errors import ChoreoError, InputError
from choreo.metrics import evaluate, motion_beats, read_reference
from choreo.metrics.group_measures import group_measures
from choreo.metrics.reference import Reference, joint_positions
from choreo.metrics.report import Measure, shown
from choreo.motion.joint_arrays import JointArray
from choreo.motion.repair import sliced
from choreo.motion.resample import resample
from choreo.motion.skeleton import CANONICAL
from choreo.music import analyze_cached
from choreo.planfile import write_plan
from choreo.types import ChoreographyPlan, Motion, MusicAnalysis, PlanStep
from choreo_bvh import BvhExporter


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=16, bpm=120)


@pytest.fixture(scope="module")
def heard(song: Path) -> MusicAnalysis:
    return analyze_cached(song)


@pytest.fixture(scope="module")
def danced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dance") / "dance.bvh"
    BvhExporter().export(dance(14), path)
    return path


def told(*arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["eval", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def plan_of(beats: np.ndarray) -> ChoreographyPlan:
    marks = beats[::4]
    steps = tuple(
        PlanStep("c", "step", "d", "CC0", False, 4 * k, tuple(np.linspace(a, b, 5).tolist()), "A", 1.0, {})
        for k, (a, b) in enumerate(zip(marks[:-1].tolist(), marks[1:].tolist(), strict=True))
    )
    return ChoreographyPlan({"name": "s"}, 4, 120.0, float(marks[0]), float(marks[-1]), 0, steps)


def test_a_dance_is_measured_and_said_in_json(danced: Path, song: Path) -> None:
    found = told(danced, song)
    measures = found["measures"]
    assert found["schema"] == 1
    assert measures["beat_f1_70ms"]["chance"] == pytest.approx(0.28, abs=0.05)
    assert abs(measures["beat_lag"]["value"]) < 250
    assert measures["contact_slide"]["value"] < 1.5
    assert measures["foot_skate"]["value"] == 0
    assert measures["fid_k"]["value"] is None
    assert "--reference" in measures["fid_k"]["note"]
    assert measures["seam_spikiness"]["note"].startswith("not enough")
    assert measures["self_copy_rate"]["value"] > 50


def test_the_table_has_chance_and_real_dance_beside_each(danced: Path, song: Path) -> None:
    done = CliRunner().invoke(cli, ["eval", str(danced), str(song)])
    assert done.exit_code == 0
    assert re.search(r"measure +value +chance +real dance", done.stdout)
    assert re.search(r"BAS, Bailando +0\.\d+ +0\.\d+ +0\.237", done.stdout)
    assert "no dance to this song can exceed" in done.stdout


def test_a_page_needs_nothing_else(danced: Path, song: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    told(danced, song, "--html", page, "--reference", danced)
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") >= 8
    assert "http" not in text
    assert "<script" not in text
    assert not re.search(r"\{[{%#]", text)
    assert "nan" not in re.sub(r"<title>.*?</title>", "", text).lower()
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_plan_tells_the_seams_and_the_beginning(
    danced: Path, song: Path, heard: MusicAnalysis, tmp_path: Path
) -> None:
    plan = plan_of(heard.beats)
    write_plan(plan, tmp_path / "a.plan.json")
    found = told(danced, song, "--plan", tmp_path / "a.plan.json")
    assert found["start"] == pytest.approx(plan.start, abs=1e-3)
    assert found["measures"]["seam_spikiness"]["value"] == pytest.approx(1, abs=0.5)
    assert found["measures"]["seam_spikiness"]["note"] == f"{len(plan.steps) - 1} seams"


def test_the_dance_moved_in_time_lags_as_much(heard: MusicAnalysis) -> None:
    motion = dance(14)
    on_time = float(heard.beats[3] - motion_beats(joint_positions(motion), 60)[3])
    aligned = evaluate(motion, heard, start=on_time)
    assert aligned["beat_f1_70ms"] == pytest.approx(1, abs=0.05)
    assert aligned["beat_lag"] == pytest.approx(0, abs=10)
    assert (aligned["beat_z"] or 0) > 3
    plain, late = (evaluate(motion, heard, start=start)["beat_lag"] for start in (0.1, 0.13))
    assert plain is not None
    assert late is not None
    assert late - plain == pytest.approx(30, abs=4)


def test_frame_rates_make_little_difference(heard: MusicAnalysis) -> None:
    reports = [evaluate(resample(dance(14), fps), heard) for fps in (30.0, 60.0, 90.0)]
    for key, slack in (("beat_f1_70ms", 0.12), ("beat_lag", 8), ("foot_skate", 0.1), ("energy_correlation", 0.1)):
        values = [report[key] for report in reports]
        known = [value for value in values if value is not None]
        assert len(known) == 3, key
        assert np.ptp(known) <= slack, key


@pytest.mark.parametrize("compat", ["bailando", "aist", "edge", "lodge"])
def test_every_protocol_measures(compat: str, heard: MusicAnalysis) -> None:
    sequences = [joint_positions(dance(24, bpm=bpm)) for bpm in (90, 100, 120, 130)]
    reference = Reference("r", tuple(sequences), (0, 1, 2, 3), ("a", "b", "c", "d"), 5.0)
    report = evaluate(dance(14), heard, reference=reference, compat=compat)
    assert report["fid_k"] is None  # published: one row a dance
    windows = evaluate(dance(14), heard, reference=reference, compat=compat, window=4.0)
    assert windows["fid_k"] is not None
    assert windows["fid_k"] >= 0
    assert windows["bas_bailando"] is not None


def test_the_dance_itself_as_reference_is_a_copy_and_near(heard: MusicAnalysis) -> None:
    own = joint_positions(dance(30))
    reference = Reference("r", (own[:900], own[900:]), (0, 1), ("a", "b"), 3.0)
    report = evaluate(dance(30), heard, reference=reference)
    assert report["copy_rate"] == pytest.approx(100, abs=2)
    assert report["fid_k"] == pytest.approx(0, abs=1.0)
    fid = next(m for m in report.measures if m.key == "fid_k")
    assert fid.low is not None


def test_one_frame_is_not_enough(heard: MusicAnalysis) -> None:
    one = dance(0.0)
    assert len(one) == 1
    report = evaluate(one, heard)
    for key in ("beat_f1_70ms", "bas_aist", "pfc", "foot_skate", "energy_correlation", "repetition_shared"):
        assert report[key] is None, key
    assert all(m.value is not None or m.note.startswith("not enough") for m in report.measures)
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_dancer_who_stands_still(heard: MusicAnalysis, tmp_path: Path) -> None:
    from choreo.metrics import write_page

    still = np.zeros((600, 24, 4), np.float32)
    still[..., 0] = 1
    report = evaluate(Motion(CANONICAL, 60.0, np.tile(CANONICAL.offsets[0], (600, 1)), still), heard)
    assert report["beat_f1_70ms"] == 0
    assert report["bas_aist"] is None
    assert report["pfc"] == 0
    assert report["foot_skate"] == 0
    write_page(report, tmp_path / "a.html")


def test_a_silent_song(danced: Path, tmp_path: Path) -> None:
    silence = write_pcm(tmp_path / "silence.wav", np.zeros(22_050 * 12), 22_050)
    done = CliRunner().invoke(cli, ["eval", str(danced), str(silence), "--json"])
    found = json.loads(done.stdout)
    assert found["warnings"]
    assert found["measures"]["energy_correlation"]["value"] is None


def test_no_beats_at_all(heard: MusicAnalysis) -> None:
    from dataclasses import replace

    track = replace(heard.track, beats=np.zeros(0), positions=np.zeros(0, np.int64), confidences=None)
    empty = np.zeros(0, np.float32)
    wide = np.zeros((0, 3), np.float32)
    quiet = replace(heard, track=track, energy=empty, loudness=empty, onsets=wide, chroma=np.zeros((0, 12), np.float32),
                    timbre=wide)  # fmt: skip
    report = evaluate(dance(4), quiet)
    assert report["beat_f1_70ms"] is None
    assert report["energy_correlation"] is None
    note = next(m.note for m in report.measures if m.key == "beat_f1_70ms")
    assert note == "not enough: 0 music beats while the dance lasts"


def test_a_dance_much_shorter_or_longer_than_the_song_is_said(heard: MusicAnalysis) -> None:
    assert any("only what is danced" in w for w in evaluate(dance(4), heard).warnings)
    assert any("after the song" in w for w in evaluate(dance(30), heard).warnings)


def test_a_reference_with_too_little(danced: Path, song: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.bvh"
    BvhExporter().export(dance(2), short)
    found = told(danced, song, "--reference", short)
    assert found["measures"]["fid_k"]["value"] is None
    assert "1 of the reference" in found["measures"]["fid_k"]["note"]


def test_a_reference_folder_of_motion_and_other_files(tmp_path: Path) -> None:
    for k in range(2):
        BvhExporter().export(dance(3, bpm=100 + 20 * k), tmp_path / f"{k}.bvh")
    (tmp_path / "notes.txt").write_text("no motion")
    (tmp_path / "broken.bvh").write_text("HIERARCHY")
    found = read_reference(str(tmp_path))
    assert found.names == ("0", "1")
    assert found.groups == (0, 1)
    assert found.seconds == pytest.approx(6, abs=0.1)
    assert "1 files of the reference could not be read" in found.warnings[0]


def test_a_motion_database_as_reference(database: str) -> None:
    found = read_reference(database)
    assert len(found.positions) > 100
    assert 1 <= found.window <= 5
    assert len(set(found.groups)) > 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.bvh", "SONG"], "nothing.bvh"),
        (["DANCE", "nothing.wav"], "nothing.wav"),
        (["DANCE", "SONG", "--reference", "nowhere"], "nowhere"),
        (["DANCE", "SONG", "--plan", "SONG"], "not a plan"),
        (["DANCE", "SONG", "--compat", "other"], "other"),
        (["DANCE", "SONG", "--window", "0.1"], "0.1"),
        (["SONG", "SONG"], "no reader knows"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_says_so(
    arguments: list[str], words: str, danced: Path, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"DANCE": str(danced), "SONG": str(song)}
    assert run(["eval", *(known.get(each, each) for each in arguments)]) == 2
    assert words in capsys.readouterr().err


def test_an_empty_reference_is_an_error(tmp_path: Path, heard: MusicAnalysis) -> None:
    with pytest.raises(ChoreoError, match="no motion file"):
        read_reference(str(tmp_path))
    with pytest.raises(InputError, match="compat"):
        evaluate(dance(2), heard, compat="nobody")
    with pytest.raises(InputError, match="window"):
        evaluate(dance(2), heard, window=0.0)


def test_numbers_are_shown_with_unit_and_interval() -> None:
    assert shown(Measure("a", "g", "l", 12.345, "ms")) == "12.3 ms"
    assert shown(Measure("a", "g", "l", 1.0, low=0.5, high=1400.2)) == "1 (0.5 to 1400)"
    assert shown(Measure("a", "g", "l", None)) == "-"


def test_held_feet_are_told_of(shared: Path, song: Path) -> None:
    found = told(shared / "bvh" / "bandai_namco" / "dataset-1_dance-short_normal_001.bvh", song)
    assert any("held while it is read" in words for words in found["warnings"])


def test_real_ballroom_dance_has_plausible_numbers(shared: Path) -> None:
    from choreo.datasets.convert import read_take

    motion = read_take(shared / "choreonet" / "c3d" / "ll_qq_02_2.c3d").motion
    report = evaluate(motion, analyze_cached(shared / "choreonet" / "music" / "C_1.ogg"))
    rate, pfc, skate = (report[key] for key in ("motion_beats_per_second", "pfc", "foot_skate"))
    assert rate is not None
    assert 1.0 < rate < 4.5
    assert pfc is not None
    assert 0 < pfc < 10
    assert skate is not None
    assert skate < 40
    assert report["self_copy_rate"] is not None


@pytest.mark.slow
def test_real_dances_are_nearer_to_real_dances_than_a_still_one_is(shared: Path, heard: MusicAnalysis) -> None:
    folder = shared / "choreonet" / "c3d"
    parts = [read_reference(str(folder / f"{name}.c3d")).positions[0] for name in ("ll_qq_4_1", "ll_lb_07_1", "22")]
    reference = Reference("real", tuple(parts), (0, 1, 2), ("a", "b", "c"), 4.0)
    from choreo.datasets.convert import read_take

    real = evaluate(read_take(folder / "ll_qq_02_2.c3d").motion, heard, reference=reference)
    other = evaluate(dance(20), heard, reference=reference)
    for key in ("fid_k", "fid_g"):
        near, far = real[key], other[key]
        assert near is not None
        assert far is not None
        assert near < far
    assert real["copy_rate"] is not None
    assert real["copy_rate"] < 20


def test_the_guide_names_everything_and_the_command_every_protocol() -> None:
    import choreo.metrics
    from choreo.cli.evaluate import COMPAT

    text = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text(encoding="utf-8")
    for name in choreo.metrics.__all__:
        assert re.search(rf"`[^`\n]*\b{name}\b|\b{name}\(", text), name
        assert getattr(choreo.metrics, name) is not None
    assert set(COMPAT) == set(choreo.metrics.PROTOCOLS)
    assert set(dir(choreo.metrics)) >= set(choreo.metrics.__all__)


def test_a_group_is_measured_when_its_others_are_named(tmp_path: Path, song: Path) -> None:
    lead = dance(6)
    aside = replace(lead, translation=lead.translation + np.array([2, 0, 0], np.float32))
    for name, motion in (("lead", lead), ("inside", lead), ("aside", sliced(aside, 0, len(aside) - 30))):
        BvhExporter().export(motion, tmp_path / f"{name}.bvh")
    alone = told(tmp_path / "lead.bvh", song)["measures"]
    assert "group_motion_correlation" not in alone
    apart = told(tmp_path / "lead.bvh", song, "--with", tmp_path / "aside.bvh")["measures"]
    assert apart["trajectory_intersections"]["value"] == 0
    assert apart["group_motion_correlation"]["value"] > 0
    within = told(tmp_path / "lead.bvh", song, "--with", tmp_path / "inside.bvh", "--with", tmp_path / "aside.bvh")
    assert within["measures"]["trajectory_intersections"]["value"] == 2
    assert within["measures"]["beat_f1_70ms"] == alone["beat_f1_70ms"]


def test_positions_without_bodies_do_not_meet() -> None:
    still = JointArray(np.random.default_rng(0).normal(size=(90, 24, 3)), CANONICAL.names, 30.0)
    (correlation, met), plots = group_measures([still, still])
    assert correlation.value is not None
    assert met.value is None
    assert "not joint positions" in met.note
    assert plots == {}
