"""Vectors of English words by GloVe (Pennington, Socher and Manning, EMNLP 2014), by ``choreo models get glove``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from choreo.errors import InputError

if TYPE_CHECKING:
    from choreo.types import Doubles, Floats

COMMON = 50_000
"""Words, the most frequent ones, of which what all have in common is computed."""


class GloveEncoder:
    """GloVe's vectors of 400,000 words of Wikipedia and newswire, 50 numbers each.

    What all have in common, the mean and the first principal component, says how frequent a word is rather than what it
    means, and is taken out (Mu and Viswanath, "All-but-the-Top", ICLR 2018).
    """

    name = "glove"
    description = "400,000 English words by GloVe (PDDL), vectors by 'choreo models get glove'"
    licence = "PDDL-1.0"
    alike = 0.7

    def ready(self) -> None:
        """Check that the vectors are there.

        Raises
        ------
        ModelError
            When they are not, or are not those that were published.
        """
        from choreo.models import model_files

        model_files("glove")

    def vectors(self, words: Sequence[str]) -> Floats:
        """``(W, 50) float32`` of unit length, zeros for words that GloVe does not have; case does not matter.

        Raises
        ------
        ModelError
            When the vectors are not there, or are not those that were published.
        InputError
            When the files do not fit together.
        """
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow.parquet import read_table

        from choreo.models import model_files

        files = model_files("glove")
        known = read_table(files["words"], columns=["index"])["index"].combine_chunks()
        table = np.load(files["vectors"], mmap_mode="r", allow_pickle=False)
        if table.ndim != 2 or len(table) != len(known) or table.dtype != np.float32:
            raise InputError(f"{files['vectors']}: is no table of one vector a word. Run: choreo models get glove")
        at = pc.index_in(pa.array([word.casefold() for word in words], pa.string()), value_set=known)
        rows = np.array([-1 if row is None else row for row in at.to_pylist()], np.int64)
        mean, first = _common(np.asarray(table[:COMMON], np.float64))
        found = np.asarray(table[np.maximum(rows, 0)], np.float64) - mean
        found -= (found * first).sum(axis=1, keepdims=True) * first  # row by row, so that company does not matter
        length = np.linalg.norm(found, axis=1, keepdims=True)
        good = (rows >= 0)[:, None] & (length > 0)
        return np.asarray(np.divide(found, length, out=np.zeros_like(found), where=good), np.float32)


def _common(table: Doubles) -> tuple[Doubles, Doubles]:
    """Mean of vectors, and their first principal component, ``(D,)`` each."""
    import numpy as np

    mean = table.mean(axis=0)
    spread = (table - mean).T @ (table - mean)
    return mean, np.linalg.eigh(spread)[1][:, -1]


__all__ = ["GloveEncoder"]
