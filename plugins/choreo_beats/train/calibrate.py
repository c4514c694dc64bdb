"""Fit how sure the beats are: ``python plugins/choreo_beats/train/calibrate.py FOLDER``.

Renders pieces into the folder where they are missing, degrades them, tracks them, and writes ``sureness.json`` of
``plugins/choreo_beats``; every fifth is a sound that is no music. Prints how well right and wrong are told apart on
seeds that the fit did not see. Needs the extra ``train``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

HOME = Path(__file__).parents[1]
FIRST, HELD = 1000, 0
"""Seeds from which the fit and the check take theirs."""
RIGHT = 0.75
"""F-measure from which beats are right."""
OCTAVE = 0.15
"""How far the interval may be from the true one at the right pace, in the logarithm."""
RIDGE = 3.0
Row = tuple[dict[str, float], dict[str, bool]]


def rows(folder: Path, first: int, count: int) -> Iterator[Row]:
    """Measurements of each piece, and what of beats, octave and music is right."""
    import pieces
    from sounds import degrade, noise

    for number, piece in enumerate(pieces.read(folder, first, count)):
        rng = np.random.default_rng(int(piece["seed"]) + 7)
        sound, truth = piece["audio"] / 32768.0, piece["beats"]
        if number % 5 == 4:
            sound, truth = noise(len(sound) / 22050, int(piece["seed"]) + 10**6), np.zeros(0)
        if rng.random() < 0.7:
            sound = degrade(sound.astype(np.float32), rng)
        row = measured(np.asarray(sound, np.float32), truth)
        if row is not None:
            yield row


def measured(samples: np.ndarray, truth: np.ndarray) -> Row | None:
    """A sound at 22,050 Hz and its true beats, none where it is no music; None when nothing is tracked in it."""
    from choreo.types import Audio
    from choreo_beats import sureness, tracker

    heard = tracker.listen(Audio(samples, 22050), None)
    if heard is None:
        return None
    found = sureness.of_beats(heard.active, heard.frames, heard.tempos, heard.sound.fps)
    found |= sureness.of_sound(heard.sound)
    if len(truth) < 4:
        return found, {"music": False}
    times = tracker.refine(heard.active, heard.frames) / heard.sound.fps
    apart = abs(float(np.log(np.median(np.diff(times)) / np.median(np.diff(truth)))))
    return found, {"music": True, "beats": f_measure(truth, times) >= RIGHT, "octave": apart < OCTAVE}


def f_measure(truth: np.ndarray, found: np.ndarray) -> float:
    """Of beats within 70 ms, the first five seconds left out."""
    truth, found = truth[truth >= 5], found[found >= 5]
    if not len(truth) or not len(found):
        return 0.0
    near = np.abs(truth[:, None] - found) <= 0.07
    return 2 * float(min(near.any(axis=0).sum(), near.any(axis=1).sum())) / (len(truth) + len(found))


def fit(x: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    """Logistic regression with a ridge, by Newton's method; inputs standardised and bounded."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    design = np.column_stack([np.clip((x - mean) / scale, -3, 3), np.ones(len(x))])
    ridge = np.diag([RIDGE] * x.shape[1] + [1e-6])
    w = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ w, -30, 30)))
        curve = (design * (p * (1 - p))[:, None]).T @ design + ridge
        w -= np.linalg.solve(curve, design.T @ (p - right) + ridge @ w)
    lists = {"mean": mean, "scale": scale, "weights": w[:-1]}
    return {name: np.round(each, 5).tolist() for name, each in lists.items()} | {"constant": round(float(w[-1]), 5)}


def auc(sure: np.ndarray, right: np.ndarray) -> float:
    """How often what is right is surer than what is wrong."""
    good, bad = sure[right][:, None], sure[~right]
    return float((good > bad).mean() + 0.5 * (good == bad).mean()) if good.size and bad.size else float("nan")


def matrix(found: list[Row], of: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of a regression and whether each was right, of the rows that tell."""
    from choreo_beats import sureness

    known = [row for row in found if of in row[1]]
    return (
        np.array([[row[0][name] for name in sureness.INPUTS[of]] for row in known]),
        np.array([row[1][of] for row in known]),
    )


def main() -> None:
    """Fit, check, write."""
    from choreo_beats import sureness

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the rendered pieces")
    parser.add_argument("--pieces", type=int, default=800)
    parser.add_argument("--held", type=int, default=300)
    chosen = parser.parse_args()
    learnt = list(rows(chosen.folder / "train", FIRST, chosen.pieces))
    held = list(rows(chosen.folder / "held", HELD, chosen.held))
    models = {of: fit(*matrix(learnt, of)) for of in sureness.INPUTS}
    for of, model in models.items():
        x, right = matrix(held, of)
        sure = np.array([sureness.probability(model, list(row)) for row in x])
        print(f"{of}: AUC {auc(sure, right):.3f}, {sum(~right)} of {len(right)} wrong, {sum(sure < 0.5)} doubted")
    (HOME / "sureness.json").write_text(json.dumps(models, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
