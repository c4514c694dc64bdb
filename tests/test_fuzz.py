"""Each reader gets damaged files in processes of their own: a result or a clear refusal, and nothing else.

``python benchmarks/fuzz.py`` tries more of them.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from fuzzing.hostile import WAYS
from fuzzing.mutate import FORMS, mutated
from fuzzing.readers import READERS
from fuzzing.trial import Tried, try_readers

COUNT = 60

if sys.platform == "win32":
    pytest.skip("processes are limited by calls of POSIX", allow_module_level=True)


@pytest.fixture(scope="module")
def tried(request: pytest.FixtureRequest) -> dict[str, Tried]:
    """All readers whose tests are run, two processes at a time."""
    mine = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    wanted = {case.params.get("reader") for case in mine if case is not None}
    return try_readers([name for name in READERS if name in wanted], COUNT)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # of the clock; what the cases may take is counted in the processes
@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_give_a_result_or_a_clear_refusal(reader: str, tried: dict[str, Tried]) -> None:
    found = tried[reader]
    again = f"python benchmarks/fuzz.py --reader {reader} --case"
    assert not found.findings, "\n".join(f"{again} {case}: {what}" for case, what in found.findings)
    assert found.tried == COUNT
    assert found.result > 0  # so the damage is not too coarse
    assert found.result < COUNT  # nor too fine


READER_OF = {
    "bytes": "wav", "text": "beats", "json": "plan", "yaml": "moves", "toml": "joint-map", "glb": "character",
    "tensors": "index", "npz": "analysis", "npy": "finedance", "ogg": "ogg", "png": "picture", "pickle": "aistpp",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_same_number_gives_the_same_damage(form: str, tmp_path: Path) -> None:
    reader = READERS[READER_OF[form]]
    data = next(path.read_bytes() for path in reader.make(tmp_path) if reader.form(path) == form)
    once, twice = ([mutated(data, form, random.Random(case)) for case in range(20)] for _ in range(2))
    assert once == twice
    assert sum(each != data for each in once) > 12


def test_what_is_no_refusal_is_found_and_the_other_cases_go_on() -> None:
    found = try_readers(["hostile"], len(WAYS), jobs=1, seconds=1)["hostile"]
    said = dict(found.findings)
    wanted = {
        "raises": "ZeroDivisionError", "crashes": "SIGSEGV", "ends": "ended with 70", "spins": "s of work",
        "hoards": "MemoryError", "mumbles": "not named", "blames": "a plugin is blamed",
    }  # fmt: skip
    assert sorted(WAYS[case] for case in said) == sorted(wanted)
    assert all(wanted[WAYS[case]] in what for case, what in said.items())
    assert (found.tried, found.result, found.refused, found.left_out) == (len(WAYS), 1, 1, 1)
