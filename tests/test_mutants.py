"""The catalogue of faults fits the code, and the script that tries them sees a test fail."""

from __future__ import annotations

import ast
from pathlib import Path

import mutants
import pytest
from mutations import mapped_tests, mutations

ROOT = Path(__file__).parents[1]
FAULTS = mutants.catalogue()


def test_every_fault_can_be_made() -> None:
    assert len(FAULTS) >= 100
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    misfits = []
    for fault in FAULTS:
        try:
            text = (ROOT / fault.file).read_text(encoding="utf-8")
            assert fault.applied(text) != text
            if fault.file.endswith(".py"):
                ast.parse(fault.applied(text))
        except (ValueError, OSError, SyntaxError) as error:
            misfits.append(f"{fault.name}: {error}")
        assert fault.tests
        misfits += [
            f"{fault.name}: {name} is not there" for name in fault.tests if not (ROOT / "tests" / name).is_file()
        ]
    assert misfits == [], "code has moved on: bring tests/mutants/faults.toml along"


def test_a_fault_that_does_not_fit_says_so() -> None:
    fault = mutants.Fault("sign", "a.py", "x + y", "x - y", ("test_a.py",))
    assert fault.applied("z = x + y\n") == "z = x - y\n"
    for text in ("z = y + x\n", "z = x + y\nw = x + y\n"):
        with pytest.raises(ValueError, match="want once"):
            fault.applied(text)


SOURCE = '''\
"""Doc 1."""


def f(a: int, b: int) -> int:
    """Doc 2."""
    print(a)
    if a < b:
        return -a + 3 if True else max(a, b)
    return b
'''


def test_small_changes_are_made_on_the_lines_asked_for() -> None:
    made = {(old.strip(), new.strip()) for _, old, new in mutations(SOURCE, set(range(1, 10)))}
    assert made == {
        ("print(a)", "pass"), ("<", "<="), ("a < b", "not (a < b)"), ("-a", "a"), ("+", "-"), ("3", "(3 + 1)"),
        ("True", "False"), ("True", "not (True)"), ("a, b", "b, a"),
    }  # fmt: skip
    for at, old, new in mutations(SOURCE, set(range(1, 10))):
        assert SOURCE[at : at + len(old)] == old
        ast.parse(SOURCE[:at] + new + SOURCE[at + len(old) :])
    assert {old.strip() for _, old, _ in mutations(SOURCE, {6})} == {"print(a)"}


def test_the_mapped_tests_a_module_are_found() -> None:
    assert "test_planning_terms.py" in mapped_tests(ROOT, "choreo/planning/costs.py")
    assert "test_bvh.py" in mapped_tests(ROOT, "plugins/choreo_bvh/writer.py")


@pytest.mark.slow
def test_a_fault_is_noticed_in_a_copy_and_the_tree_is_left_alone(tmp_path: Path) -> None:
    before = (ROOT / "choreo/clock.py").read_text(encoding="utf-8")
    copy = mutants.Copy(tmp_path, patience=120)
    line = next(line for line in before.splitlines() if line.strip().startswith("return "))
    fault = mutants.Fault("nothing", "choreo/clock.py", line, line.partition("return")[0] + "return ''", ())
    assert copy.fails(None, ["test_clock.py"]) == ""
    assert "test_clock" in copy.fails(fault, ["test_clock.py"])
    assert copy.fails(None, ["test_clock.py"]) == ""
    assert (ROOT / "choreo/clock.py").read_text(encoding="utf-8") == before
