"""A few vectors in the form of GloVe's package."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from choreo import models

SADNESS, JOY, LEAPS, NONE, COMMON = 0, 1, 2, 3, 4
WORDS = {
    "sad": SADNESS, "gloomy": SADNESS, "mournful": SADNESS, "slow": NONE, "happy": JOY, "joyful": JOY,
    "jump": LEAPS, "leap": LEAPS, "the": NONE, "desolate": SADNESS, "teapot": NONE,
}  # fmt: skip
"""Words and the direction of each; "desolate" is no word of the lexicon, but one of sadness here."""


def publish_vectors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a package with vectors of `WORDS` into the table of models, and fetch it."""
    rng = np.random.default_rng(0)
    table = rng.normal(0, 0.02, (len(WORDS), 8)).astype(np.float32)
    for row, (word, direction) in enumerate(WORDS.items()):
        table[row, direction] += 0.0 if word == "teapot" else 1.0
        table[row, COMMON] += 5 - row  # what all have in common, which says nothing
    array, words = io.BytesIO(), io.BytesIO()
    np.save(array, table)
    pq.write_table(pa.table({"index": list(WORDS)}), words)
    parts = {"vectors": array.getvalue(), "words": words.getvalue(), "licence": b"public domain"}
    wheel = folder / "vectors-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for key, content in parts.items():
            archive.writestr(f"vectors/{key}", content)
    members = {
        key: models.Member(f"vectors/{key}", len(content), hashlib.sha256(content).hexdigest())
        for key, content in parts.items()
    }
    model = replace(
        models.MODELS["glove"], package="vectors", version="1.0", archive=wheel.name, members=members,
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
    )  # fmt: skip
    monkeypatch.setattr(models, "MODELS", {"glove": model})
    monkeypatch.setenv("CHOREO_MODELS", str(folder / "kept"))
    models.get_model("glove", wheel)
