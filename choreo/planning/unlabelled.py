"""Recordings of no known style: they count for the style of the labelled clips that they are nearest to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np

from choreo.motion.boundary import boundaries_of, boundary_part
from choreo.motion.skeleton import MIRROR
from choreo.planning.style_tables import NEIGHBOURS, NEUTRAL, SAYS_NOTHING, VAGUE
from choreo.types import Bools, Clip, Doubles, Floats

MARGIN = 0.95
"""Share of the distance to the next style, neighbours left out, below which the nearest one is a take's style."""
DOUBT = 0.7
"""Misfit that a style has at least that is only the nearest, where there are labelled recordings of it to be danced."""


def is_unlabelled(clip: Clip) -> bool:
    """Whether nothing is said of a clip's style."""
    return SAYS_NOTHING.issuperset(clip.styles)


def placed_clips(clips: Sequence[Clip], asked: str | None = None) -> list[Clip]:
    """The same clips, those without a style with that of the labelled ones that their take is nearest to.

    A take is as far from a style as the median of its clips is from the nearest clip of that style, by `described`.
    Its style is the nearest one, if any other that is no neighbour of it is clearly farther (`MARGIN`); else it is
    neutral, as is every take where no clip has a style. A label that names many styles leaves only these.

    Parameters
    ----------
    asked
        The style that a user wishes for: clips that are labelled so keep that label.

    Returns
    -------
    list of Clip
        Copies with other `styles` for clips without one, ``("any",)`` for neutral ones; the others are the same
        objects. No motion is read that is not there.
    """
    unlabelled = np.array([is_unlabelled(clip) and asked not in clip.styles for clip in clips], bool)
    if not unlabelled.any():
        return list(clips)
    known = np.array([clip.role == "move" and not is_unlabelled(clip) for clip in clips], bool)
    takes: dict[str, list[int]] = {}
    for k in np.flatnonzero(unlabelled).tolist():
        takes.setdefault(clips[k].source_hash or clips[k].clip_id, []).append(k)
    styles = [frozenset(clip.styles) - SAYS_NOTHING for clip, fits in zip(clips, known, strict=True) if fits]
    of = {name: np.array([name in each for each in styles]) for name in sorted(frozenset().union(*styles))}
    rows = described(clips)
    out = list(clips)
    for mine in takes.values():
        far = _distances(rows[mine], rows[known])
        found = {name: float(np.median(far[:, of[name]].min(axis=1))) for name in of}
        label = next((name for name in clips[mine[0]].styles if name in VAGUE), "")
        style = nearest_style({name: found[name] for name in found if name in VAGUE.get(label, found)} or found)
        for k in mine:
            out[k] = copy(clips[k])
            object.__setattr__(out[k], "styles", (style,))
    return out


def doubtful(clips: Sequence[Clip], placed: Sequence[Clip]) -> Bools:
    """``(C,)`` placed clips whose style labelled recordings have, too: what is told goes before what is guessed.

    Parameters
    ----------
    clips, placed
        ``C`` clips, and what `placed_clips` makes of them.
    """
    told = {name for clip in clips if clip.source_hash and not is_unlabelled(clip) for name in clip.styles}
    return np.array([new is not old and new.styles[0] in told for old, new in zip(clips, placed, strict=True)], bool)


def nearest_style(far: Mapping[str, float]) -> str:
    """The style of least distance; `NEUTRAL` where there is none, or one that is no neighbour of it is hardly farther.

    Examples
    --------
    >>> nearest_style({"salsa": 1.0, "cha-cha": 1.01, "ballet": 2.0})
    'salsa'
    >>> nearest_style({"salsa": 1.0, "ballet": 1.01})
    'any'
    """
    order = sorted(far, key=lambda name: (far[name], name))
    if not order:
        return NEUTRAL
    best = order[0]
    strangers = [far[name] for name in order[1:] if name not in NEIGHBOURS.get(best, ())
                 and best not in NEIGHBOURS.get(name, ())]  # fmt: skip
    return best if all(far[best] < MARGIN * each for each in strangers) else NEUTRAL


def described(clips: Sequence[Clip]) -> Floats:
    """Clips in the space in which styles are told apart, ``(C, D)``: rhythm, posture and speed, each of unit variance.

    Rhythm is what the readable embedder hears in a clip: tempo, energy, and its accents by half count over eight.
    Posture and speed are of the joints at both ends of a clip, without the side on which it is danced.
    """
    accents = np.stack([np.resize(clip.rhythm, 16) for clip in clips]).astype(np.float64)
    heard = np.column_stack([
        np.log2([clip.tempo for clip in clips]), [clip.energy for clip in clips], [clip.metre for clip in clips],
        accents.mean(axis=1), accents[:, ::2].mean(axis=1) - accents[:, 1::2].mean(axis=1), accents,
    ])  # fmt: skip
    heard = (heard - heard.mean(axis=0)) / np.maximum(heard.std(axis=0), 1e-6)
    boundaries = boundaries_of(clips)
    pose = boundary_part(boundaries, "pose")
    pose = pose - pose[:, :, :1] * np.array([1, 0, 1], np.float32)
    pose = (pose + pose[:, :, MIRROR] * np.array([-1, 1, 1], np.float32)).mean(axis=1)
    speed = np.linalg.norm(boundary_part(boundaries, "velocity"), axis=-1)
    speed = (speed + speed[:, :, MIRROR]).mean(axis=1)
    return np.concatenate([_scaled(part.reshape(len(clips), -1)) for part in (heard, pose, speed)], axis=1)


def _scaled(rows: Floats | Doubles) -> Floats:
    """Rows about their mean, their squares together one on average."""
    rows = rows - rows.mean(axis=0)
    return np.asarray(rows / max(float(np.sqrt((rows**2).sum(axis=1).mean())), 1e-9), np.float32)


def _distances(rows: Floats, others: Floats) -> Floats:
    """``(N, M)`` from each row to each of the others."""
    squared = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * rows @ others.T
    return np.asarray(np.sqrt(np.maximum(squared, 0)))
