"""A coarser mesh of a body, for what is blurred anyway: its shadow and its reflection.

Vertices are clustered in a grid of the rest pose (Rossignac and Borrel, 1993) and each cluster is drawn at one of its
own vertices, so that the coarse mesh needs no skinning, no light and no colours besides those of the fine one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from choreo.types import Body, Ints


def _label(columns: NDArray[np.int64]) -> Ints:
    """Number the rows of ``columns : (N, C)`` so that equal rows, and only those, have equal numbers."""
    label = np.zeros(len(columns), np.int64)
    for column in columns.T:
        values = np.unique(column, return_inverse=True)[1].ravel()
        label = np.unique(label * (values.max(initial=0) + 1) + values, return_inverse=True)[1].ravel()
    return label


def coarser_faces(body: Body, cell: float) -> NDArray[np.int32]:
    """Faces ``(G, 3)`` of a coarser mesh, of the body's own vertices and turned as its own faces are.

    Vertices that share a cube of the rest pose `cell` metres wide, the octant of their normal (or thin parts would be
    squashed flat), their strongest joint and their colour become one, the one nearest to their middle; faces that lose
    a corner are left out. So each vertex stands for none that is farther than ``sqrt(3) * cell`` from it, or follows
    another bone.
    """
    strongest = body.joint_indices[np.arange(len(body.vertices)), body.weights.argmax(axis=1)]
    cube = np.floor(body.vertices.astype(np.float64) / cell).astype(np.int64)
    cluster = _label(np.column_stack([cube, body.normals > 0, strongest, body.colours]).astype(np.int64))
    count = np.bincount(cluster)
    middle = np.stack([np.bincount(cluster, axis) for axis in body.vertices.T], axis=1) / count[:, None]
    off = np.square(body.vertices - middle[cluster]).sum(axis=1)
    order = np.lexsort((off, cluster))
    chosen = order[np.cumsum(count) - count]
    faces = np.asarray(chosen[cluster][body.faces], np.int32)
    a, b, c = faces.T
    return np.ascontiguousarray(faces[(a != b) & (b != c) & (a != c)])
