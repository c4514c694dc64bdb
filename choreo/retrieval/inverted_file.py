"""Rows of a matrix partitioned by the centroid nearest to them, so that a search compares few partitions, not all rows.

An inverted file (Sivic and Zisserman, Video Google: a text retrieval approach to object matching in videos, 2003;
Jegou, Douze and Schmid, Product quantization for nearest neighbor search, 2011, section IV). The rows lie in the order
of their partitions, so that nothing is held beside them but the centroids and where each partition begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from choreo.types import Bools, Floats, Ints

PARTITIONS = 4
"""Partitions, for each root of the number of rows."""
TRAINING, ROUNDS = 32, 4
"""Rows drawn for each partition, from which its centroid is found, and rounds of Lloyd's algorithm.
`benchmarks/index.py` measures recall and time with them."""
MOST = 1 / 4
"""Share of the rows from which on comparing all is as fast, because that reads them in order."""
SCARCE = 4
"""How many times fewer rows may be listed near a query than elsewhere; beyond that, all listed rows are compared."""


@dataclass(frozen=True, eq=False)
class InvertedFile:
    """Partitions of rows: those of partition ``p`` are ``starts[p]`` to ``starts[p + 1]``, or these of `rows`.

    Attributes
    ----------
    centroids
        ``(P, D) float32``, the mean of the rows of each partition.
    starts
        ``(P + 1,) int64``, from 0 to N.
    sizes
        ``(P,) int64``, rows in each partition; more than are listed where `among` left some out.
    rows
        ``(N,) int64``, the rows that `among` left, in their order.
    """

    centroids: Floats
    starts: Ints
    sizes: Ints
    rows: Ints | None = None

    @classmethod
    def build(cls, vectors: Floats, seed: int) -> tuple[InvertedFile, Ints]:
        """Partition ``vectors (N, D)``, N at least 1, by k-means on rows drawn with `seed`.

        Returns
        -------
        lists
            The partitions of ``vectors[order]``.
        order
            ``(N,) int64``.
        """
        from scipy.cluster.vq import vq

        count, rng = round(PARTITIONS * len(vectors) ** 0.5), np.random.default_rng(seed)
        drawn = distinct(vectors[rng.choice(len(vectors), min(len(vectors), TRAINING * count), replace=False)])
        count = min(count, len(drawn))
        centroids = drawn[rng.choice(len(drawn), count, replace=False)]
        for _ in range(ROUNDS):
            of = vq(drawn, centroids, check_finite=False)[0]
            order = np.argsort(of, kind="stable")
            filled, first, members = np.unique(of[order], return_index=True, return_counts=True)
            centroids[filled] = np.add.reduceat(drawn[order], first) / members[:, None].astype(np.float32)
        of = vq(vectors, centroids, check_finite=False)[0]
        order = np.argsort(of, kind="stable")
        return cls.of(centroids, np.searchsorted(of[order], np.arange(count + 1)).astype(np.int64)), order

    @classmethod
    def of(cls, centroids: Floats, starts: Ints) -> InvertedFile:
        """List all rows."""
        return cls(centroids, starts, np.diff(starts))

    def among(self, allowed: Bools) -> InvertedFile:
        """List only the rows where ``allowed (N,)`` is true."""
        before = np.concatenate([[0], np.cumsum(allowed)])
        return replace(self, starts=before[self.starts], rows=np.flatnonzero(allowed))

    def near(self, queries: Floats, rows: int) -> Iterator[Ints]:
        """For each of ``queries (Q, D)`` the rows of the partitions nearest to it, as many as have `rows` together.

        A query is measured by itself, so that what is beside it does not matter. Where fewer rows are listed near it
        than elsewhere, those that are lie far from it, where partitions tell less: more are read, in proportion.
        """
        listed, halves = np.diff(self.starts), np.einsum("pd,pd->p", self.centroids, self.centroids) / 2
        for query in queries:
            rank = np.argsort(halves - self.centroids @ query, kind="stable")
            found, passed = np.cumsum(listed[rank]), np.cumsum(self.sizes[rank])
            enough = min(int(np.searchsorted(found, rows)), len(rank) - 1)
            scarcity = passed[enough] / passed[-1] * found[-1] / max(1, found[enough])
            wanted = rows * max(1.0, scarcity)
            few = scarcity <= SCARCE and wanted < MOST * found[-1]
            read = rank[: np.searchsorted(found, wanted) + 1] if few else rank
            counts = listed[read]
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            near = np.repeat(self.starts[read], counts) + within
            yield near if self.rows is None else self.rows[near]

    def fault(self, count: int, dims: int) -> str:
        """Say what is wrong with it as the inverted file of `count` vectors of `dims` numbers; empty if nothing is."""
        if [(each.dtype.str, each.ndim) for each in (self.centroids, self.starts)] != [("<f4", 2), ("<i8", 1)]:
            return "its arrays are of another kind"
        if self.centroids.shape != (len(self.starts) - 1, dims) or not np.isfinite(self.centroids).all():
            return f"it wants finite centroids of {dims} numbers, one for each partition"
        if (
            not len(self.centroids)
            or (self.starts[0], self.starts[-1]) != (0, count)
            or (np.diff(self.starts) < 0).any()
        ):
            return "its partitions are not those of the vectors"
        return ""


def distinct(vectors: Floats) -> Floats:
    """Each different row of ``vectors (N, D)`` once, so that one that many clips share counts as one."""
    rows = np.ascontiguousarray(vectors).view(f"V{vectors.itemsize * vectors.shape[1]}").ravel()
    return vectors[np.sort(np.unique(rows, return_index=True)[1])]


__all__ = ["MOST", "InvertedFile", "distinct"]
