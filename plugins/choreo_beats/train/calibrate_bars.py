"""How sure the bars are: logistic regressions on composed music that the bar net was not trained on, as it is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pieces
from sounds import degrade

from choreo.types import Audio
from choreo_beats import barnet, bars
from choreo_beats.bar_sureness import clues
from choreo_beats.beats import peak_near
from choreo_beats.hearing import at_frames, hear
from choreo_beats.tracker import hear_beats

RIGHT = 0.75
"""F of the downbeats from which the bars count as right."""
NEAR = 0.07
"""Seconds within which a downbeat is hit."""
SPOILT = 0.7
"""Share of the pieces that are heard as from old records, phones and small files."""
RIDGE = 5.0


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


def heard_piece(piece: dict[str, np.ndarray]) -> tuple[np.ndarray, barnet.BeatRows] | None:
    """Beats ``(B,)`` seconds that are heard in a piece, and what is measured at them; None when none are."""
    rng = np.random.default_rng(int(piece["seed"]) + 77)
    samples = piece["audio"].astype(np.float32) / 32_768
    audio = Audio(degrade(samples, rng) if rng.random() < SPOILT else samples, 22_050)
    times, confidences = hear_beats(audio)
    if not len(times):
        return None
    sound, activations = hear(audio)
    frames = np.clip(np.round(times * sound.fps).astype(np.int64), 0, len(sound.mel) - 1)
    return times, barnet.measure(sound, times, confidences, peak_near(at_frames(activations.downbeats, sound), frames))


def judged(
    piece: dict[str, np.ndarray], times: np.ndarray, rows: barnet.BeatRows, weights: dict[str, np.ndarray]
) -> tuple[np.ndarray, bool, bool]:
    """Clues of a piece, whether its downbeats are right, and its metre."""
    heard = barnet.predict(rows, weights)
    found = bars.find_bars(heard)
    mine, true = times[found.positions == 1], piece["beats"][piece["positions"] == 1]
    far = np.abs(mine[:, None] - true)
    hits = min((far.min(axis=1) < NEAR).sum(), (far.min(axis=0) < NEAR).sum()) if far.size else 0
    metre = int(piece["metre"])
    right = found.metre == metre or {found.metre, metre} == {2, 4}
    return clues(heard, found, times), bool(2 * hits >= RIGHT * (len(mine) + len(true))), right


def calibrate(source: Path, first: int, count: int, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays that `choreo_beats.bar_sureness` reads beside the net's weights, from pieces ``first .. first + count``."""
    rows = []
    for piece in pieces.read(source, first, count):
        if len(piece["beats"]) and (heard := heard_piece(piece)) is not None:
            rows.append(judged(piece, *heard, weights))
    return fitted(rows)


def fitted(rows: list[tuple[np.ndarray, bool, bool]]) -> dict[str, np.ndarray]:
    """The regressions through what `judged` gives."""
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
