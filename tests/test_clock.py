from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from choreo.clock import clock


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00.0"), (9.96, "0:10.0"), (59.97, "1:00.0"), (-1.44, "-0:01.4"), (-0.01, "0:00.0"), (65.25, "1:05.2")],
)
def test_tenths(seconds: float, words: str) -> None:
    assert clock(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (59.6, "1:00"), (3600, "60:00"), (-61, "-1:01")])
def test_whole_seconds(seconds: float, words: str) -> None:
    assert clock(seconds, tenths=False) == words


@given(st.floats(-1e5, 1e5))
def test_no_minute_has_sixty_seconds(seconds: float) -> None:
    found = re.fullmatch(r"-?(\d+):([0-5]\d\.\d)", clock(seconds))
    assert found
    assert abs(abs(seconds) - 60 * int(found[1]) - float(found[2])) < 0.051
