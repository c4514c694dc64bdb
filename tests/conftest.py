from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; tests skip without it, and fail with CHOREO_REQUIRE_SHARED=1."""
    root = Path(os.environ.get("CHOREO_SHARED", Path(__file__).parents[2] / "shared" / "data"))
    if root.is_dir():
        return root
    message = f"real data not found at {root} (set CHOREO_SHARED)"
    if os.environ.get("CHOREO_REQUIRE_SHARED") == "1":
        pytest.fail(message)
    pytest.skip(message)
