from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from choreo.errors import MotionError
from choreo.moves import Move, library, load_moves
from choreo.moves.library import starter_folder
from choreo.moves.notation import parse
from choreo.moves.schema import problems, schema
from choreo.moves.variations import family, read


def raw(**changes: object) -> dict[str, object]:
    base = {
        "name": "two-taps",
        "styles": ["pop"],
        "metre": 4,
        "counts": 4,
        "tempo": {"range": [80, 120], "ideal": 100},
        "energy": 0.4,
    }
    return {**base, **changes}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metre": "four"}, ["metre", "'four'", "a whole number"]),
        ({"counts": 5}, ["counts", "5", "multiple of the metre 4"]),
        ({"energy": 1.5}, ["energy", "1.5", "at most 1"]),
        ({"energy": float("nan")}, ["energy", "nan"]),
        ({"role": "mover"}, ["role", "'mover'", "entrance"]),
        ({"feets": []}, ["feets", "unknown key", "'feet'"]),
        ({"tempo": {"range": [80, 120], "ideal": 140}}, ["tempo.ideal", "140", "80..120"]),
        ({"feet": [{"at": 1, "foot": "lef"}]}, ["feet[0].foot", "'lef'", "left"]),
        ({"feet": [{"at": 9, "foot": "left"}]}, ["feet[0].at", "9", "at most 4"]),
        ({"feet": [{"at": 1, "foot": "left", "to": [0, 0], "by": [0, 0]}]}, ["feet[0]", "one of them"]),
        ({"feet": [{"foot": "left"}]}, ["feet[0].at", "missing"]),
        ({"arms": {"left": [{"at": 0, "to": [1, 2]}]}}, ["arms.left[0].to", "3 numbers"]),
        ({"torso": [{"at": 0, "lean": 300}]}, ["torso[0].lean", "300"]),
        ({"repeat": {"counts": 3}}, ["repeat.counts", "3", "divisor"]),
        ({"name": "Two Taps"}, ["name", "lower-case"]),
        ({"styles": []}, ["styles", "at least 1"]),
        ({"mirror": 1}, ["mirror", "true or false"]),
    ],
)
def test_errors_name_file_key_and_expectation(changes: dict[str, object], words: list[str]) -> None:
    with pytest.raises(MotionError) as caught:
        parse(raw(**changes), "my/taps.yaml")
    for word in ["my/taps.yaml", *words]:
        assert word in caught.value.message


def test_missing_keys_are_all_reported() -> None:
    with pytest.raises(MotionError, match="name: missing") as caught:
        parse({"metre": 4}, "x.yaml")
    assert "energy: missing" in caught.value.message


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_a_file_that_is_no_mapping(value: object) -> None:
    with pytest.raises(MotionError, match="keys with values"):
        parse(value, "x.yaml")


def test_our_validator_agrees_with_jsonschema() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    paths = sorted(starter_folder().glob("*.yaml"))
    assert len(paths) >= 24
    for path in paths:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert list(validator.iter_errors(data)) == [], path.name
        assert problems(data) == [], path.name
    for bad in (raw(metre="x"), raw(extra=1), raw(feet=[{"at": -1, "foot": "left"}]), raw(repeat={"counts": 0})):
        assert not validator.is_valid(bad)
        assert problems(bad)


def test_mirrored_repeat_swaps_sides_and_signs() -> None:
    move = parse(
        raw(
            counts=4,
            repeat={"counts": 2, "mirrored": True},
            feet=[{"at": 1, "foot": "left", "to": [0.3, 0.1]}, {"at": 2, "foot": "both", "to": [0.12, 0.0]}],
            torso=[{"at": 1, "side": 8, "lean": 5, "shrug_left": 7}],
            head=[{"at": 1, "yaw": 20}],
            arms={"left": [{"at": 1, "to": "up"}], "right": [{"at": 1, "to": "hip"}]},
        )
    )
    assert [(k["at"], k["foot"], k["to"]) for k in move.feet] == [
        (1, "left", [0.3, 0.1]),
        (2, "both", [0.12, 0.0]),
        (3.0, "right", [-0.3, 0.1]),
        (4.0, "both", [0.12, 0.0]),
    ]
    assert move.torso[1] == {"at": 3.0, "side": -8, "lean": 5, "shrug_right": 7}
    assert move.head[1]["yaw"] == -20
    assert [k["to"] for k in move.left_arm] == ["up", "hip"]
    assert [k["to"] for k in move.right_arm] == ["hip", "up"]


def test_variations_override_and_inherit() -> None:
    made = family(raw(groove={"depth": 0.05, "nod": 2}, variations=[{"name": "low", "groove": {"depth": 0.09}}]))
    assert [m.name for m in made] == ["two-taps", "two-taps-low"]
    assert made[1].base == "two-taps"
    assert made[1].groove == {"depth": 0.09, "nod": 2}
    with pytest.raises(MotionError, match="variation soft"):
        family(raw(variations=[{"name": "soft", "energy": 7}]), "taps.yaml")


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="no such folder"):
        load_moves(tmp_path / "none")
    with pytest.raises(MotionError, match=r"no \.yaml files"):
        load_moves(tmp_path)
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(raw()))
    assert list(load_moves(tmp_path)) == ["two-taps"]
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(raw()))
    with pytest.raises(MotionError, match="a second time"):
        load_moves(tmp_path)
    (tmp_path / "b.yaml").write_text("name: [")
    with pytest.raises(MotionError, match="is not YAML"):
        load_moves(tmp_path)
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MotionError, match=r"b\.yaml"):
        load_moves(tmp_path)


def test_the_vocabulary() -> None:
    moves = load_moves()
    bases = [path.stem for path in starter_folder().glob("*.yaml")]
    assert len(bases) >= 30
    assert set(bases) <= set(moves)
    styles = {style for move in moves.values() for style in move.styles}
    assert {"hiphop", "pop", "disco", "house", "latin", "waltz", "groove"} <= styles
    assert sum(move.metre == 3 for move in moves.values()) >= 5
    assert {"move", "idle", "entrance", "ending"} <= {move.role for move in moves.values()}
    for metre in (3, 4):
        roles = {move.role for move in moves.values() if move.metre == metre}
        assert {"move", "idle", "entrance", "ending"} <= roles
    energies = [move.energy for move in moves.values()]
    assert min(energies) <= 0.2
    assert max(energies) >= 0.9
    for move in moves.values():
        assert move.source, move.name


def test_a_starter_move_is_that_of_the_vocabulary_and_no_other_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    known = load_moves()
    assert {name: vars(library.starter_move(name)) for name in known} == {name: vars(known[name]) for name in known}
    assert library.starter_move("") is library.starter_move("moonwalk-") is library.starter_move("none") is None
    files: list[str] = []

    def reading(path: Path) -> list[Move]:
        files.append(path.name)
        return read(path)

    monkeypatch.setattr(library, "read", reading)
    library._starter_family.cache_clear()
    for name in ("two-step", "moonwalk"):
        assert library.starter_move(name) is not None
    assert sorted(files) == ["moonwalk.yaml", "two-step.yaml"]
