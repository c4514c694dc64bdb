from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from motion_support import dance

from choreo.cli.app import run
from choreo.motion import rotations as rot
from choreo.motion.skeleton import NAMES
from choreo.moves import compile_move, limits, load_moves
from choreo.moves.check import Checked, check_move, is_lively, still_joints
from choreo.moves.quality import MEASURED, accents_met, measure
from choreo.types import Motion

MOVES = load_moves()


@cache
def checked(name: str) -> Checked:
    """One move of choreo's own as `check_pack` checks it, when it is asked for."""
    return check_move(MOVES[name])


def test_the_vocabulary_is_large_and_of_many_styles() -> None:
    assert len(MOVES) >= 220
    assert sum(move.metre == 3 for move in MOVES.values()) >= 30
    groups = (
        {"hiphop"}, {"house"}, {"locking", "funk"}, {"popping", "robot"}, {"waacking", "disco"}, {"pop"},
        {"rock", "metal"}, {"latin"}, {"swing", "charleston"}, {"tango"}, {"waltz"},
        {"jazz", "ballet", "contemporary"}, {"folk"},
    )  # fmt: skip
    for group in groups:
        assert sum(bool(group & set(move.styles)) for move in MOVES.values()) >= 20, group
    for style in ("cha-cha", "salsa", "rumba", "samba", "merengue", "breaking", "afro", "dancehall"):
        assert sum(style in move.styles for move in MOVES.values()) >= 7, style
    for tempo in (60, 78, 150, 175):
        there = [m for m in MOVES.values() if m.role == "move" and m.tempo_range[0] <= tempo <= m.tempo_range[1]]
        assert len(there) >= 15, tempo
    assert np.mean([move.energy >= 0.75 for move in MOVES.values()]) >= 0.1
    roles = [move.role for move in MOVES.values()]
    assert min(roles.count("entrance"), roles.count("ending")) >= 8
    assert all(move.source for move in MOVES.values())


@pytest.mark.parametrize("name", sorted(MOVES))
def test_no_move_has_a_fault(name: str) -> None:
    assert checked(name).faults == ()


def test_most_accents_are_seen() -> None:
    assert np.mean([checked(name).accents for name in MOVES]) >= limits.ACCENTS


def test_what_is_wrong_is_found() -> None:
    good = dance(4.0)
    assert measure(good).slide < 0.01

    sliding = good.translation.copy()
    sliding[:, 0] += np.linspace(0, 1, len(good), dtype=np.float32)
    assert measure(Motion(good.skeleton, 60.0, sliding, good.rotations, good.contacts)).slide > 0.1

    sunk = good.translation - np.array([0, 0.05, 0], np.float32)
    assert measure(Motion(good.skeleton, 60.0, sunk, good.rotations, good.contacts)).sunk == pytest.approx(
        0.05, abs=0.01
    )

    snapping = good.rotations.copy()
    turn = rot.from_axis_angle(np.array([0, 0, 2.6])).astype(np.float32)
    elbow = NAMES.index("left_elbow")
    snapping[100:, elbow] = rot.multiply(turn, snapping[100:, elbow])
    assert measure(Motion(good.skeleton, 60.0, good.translation, snapping, good.contacts)).jerk > limits.JERK


def test_a_puppet_turns_less() -> None:
    motion = compile_move(MOVES["two-step"])
    rest = np.broadcast_to(motion.rotations[:1], motion.rotations.shape)
    part = np.array(0.2, np.float32)
    puppet = Motion(motion.skeleton, 60.0, motion.translation, rot.slerp(rest, motion.rotations, part), motion.contacts)
    alive, dead = measure(motion).ranges, measure(puppet).ranges
    arms = [MEASURED.index(name) for name in ("left_shoulder", "left_elbow", "spine3")]
    assert (dead[arms] < 0.4 * alive[arms]).all()


def stiffened(motion: Motion, share: float = 0.25) -> Motion:
    mean = np.stack([rot.mean(motion.rotations[:, joint]) for joint in range(len(NAMES))])
    rest = np.broadcast_to(mean, motion.rotations.shape).astype(np.float32)
    turned = rot.slerp(rest, motion.rotations, np.array(share, np.float32))
    return Motion(motion.skeleton, motion.fps, motion.translation, turned, motion.contacts)


def test_strong_moves_are_as_supple_as_real_dance_and_puppets_are_not() -> None:
    lively = [move for move in MOVES.values() if is_lively(move)]
    assert len(lively) >= 40
    assert [move.name for move in lively if "stiff" in " ".join(checked(move.name).notes)] == []
    puppets = [measure(stiffened(compile_move(move))) for move in lively]
    assert np.mean([len(still_joints(quality)) > limits.STIFF for quality in puppets]) >= 0.95


def test_a_stiff_move_is_noted() -> None:
    move = replace(MOVES["rock-bounce"], energy=0.9, loose=0.0)
    assert any(note.startswith("stiff: ") for note in check_move(move).notes)


def test_accents_are_met_or_not() -> None:
    events = np.array([0.5, 1.0, 1.98])
    assert accents_met(events, np.array([0.5, 1.04, 1.5]), 2.0) == pytest.approx(2 / 3)
    assert accents_met(events, np.array([0.0]), 2.0) == 1  # the end is the beginning
    assert accents_met(np.zeros(0), np.array([1.0]), 2.0) == 0
    assert accents_met(events, np.zeros(0), 2.0) == 1


def test_an_unreachable_elbow_is_a_fault() -> None:
    move = MOVES["step-touch"]
    bent = replace(move, torso=tuple(key | {"twist": 170} for key in move.torso))
    assert any("spine" in fault for fault in check_move(bent).faults)


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*args: str, code: int = 0) -> str:
        assert run(["moves", *args]) == code
        return capsys.readouterr().out

    path = said("new", "side-step", "--dir", str(tmp_path / "mine")).strip()
    assert Path(path).is_file()
    assert run(["moves", "new", "side-step", "--dir", str(tmp_path / "mine")]) == 3
    assert run(["moves", "new", "Side Step"]) == 2
    capsys.readouterr()
    assert "1 moves, 0 with faults" in said("check", path)
    assert json.loads(said("list", str(tmp_path / "mine"), "--json"))[0]["name"] == "side-step"
    assert "waltz-box" in said("list", "--style", "waltz")
    out = said("preview", path, "-o", str(tmp_path / "out"))
    assert Path(out.strip()).read_bytes()[:4] == b"RIFF"
    assert Path(said("preview", path, "-o", str(tmp_path / "out"), "--sheet").strip()).read_bytes()[1:4] == b"PNG"
    assert run(["moves", "preview", path, "--move", "other"]) == 2
    text = Path(path).read_text().replace("to: [0.42, 0.0]", "to: [0.42, 0.0], how: fly")
    (tmp_path / "mine" / "wrong.yaml").write_text(text.replace("side-step", "wrong"))
    assert run(["moves", "check", str(tmp_path / "mine")]) == 2
    assert "fly" in capsys.readouterr().err


def test_own_moves_are_added_and_danced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "db")
    assert run(["moves", "new", "side-step", "--dir", str(tmp_path / "mine")]) == 0
    assert run(["db", "add", "moves", str(tmp_path / "mine"), "--db", place]) == 0
    assert "1 clips are new" in capsys.readouterr().out
    assert run(["db", "add", "moves", "--db", place]) == 2
