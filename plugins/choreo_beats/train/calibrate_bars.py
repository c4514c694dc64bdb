"""How sure the bars are: logistic regressions on composed music that the bar net was not trained on."""

from __future__ import annotations

import barrows
import numpy as np

from choreo_beats import barnet, bars
from choreo_beats.bar_sureness import clues

RIGHT = 0.75
"""Share of the downbeats that must be right, both ways, for the bars to count as right."""
RIDGE = 1.0


def logistic(x: np.ndarray, y: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Weights and bias of a ridge logistic regression, by Newton's method."""
    x = np.column_stack([x, np.ones(len(x))])
    penalty = ridge * np.diag([*np.ones(x.shape[1] - 1), 0.01])
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (p - y) + penalty @ w
        w -= np.linalg.solve(x.T @ (x * (p * (1 - p) + 1e-6)[:, None]) + penalty, gradient)
    return np.asarray(w)


def judged(piece: dict[str, np.ndarray], weights: dict[str, np.ndarray]) -> tuple[np.ndarray, bool, bool]:
    """Clues of a piece, whether its downbeats are right, and its metre."""
    rows = barnet.BeatRows(**{key: piece[key] for key in barrows.KEYS})
    heard = barnet.predict(rows, weights)
    found = bars.find_bars(heard)
    mine, true = found.positions == 1, piece["positions"] == 1
    f = 2 * (mine & true).sum() / max(mine.sum() + true.sum(), 1)
    metre = int(piece["metre"])
    return clues(heard, found, piece["beat"]), bool(f >= RIGHT), found.metre == metre or {found.metre, metre} == {2, 4}


def calibrate(pieces: list[dict[str, np.ndarray]], weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays that `choreo_beats.bar_sureness` reads beside the net's weights."""
    rows = [judged(piece, weights) for piece in pieces]
    x = np.stack([row[0] for row in rows])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    z = (x - mean) / scale
    fits = {
        f"sure.{name}": logistic(z, np.array([row[k] for row in rows], float))
        for k, name in ((1, "downbeat"), (2, "metre"))
    }
    return {
        name: np.asarray(value, np.float32) for name, value in {"sure.mean": mean, "sure.scale": scale, **fits}.items()
    }
