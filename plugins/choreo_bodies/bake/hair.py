"""Hair as a sheet over the skull: from the crown to the hairline or beyond, thick, combed, its edge turned in."""

from __future__ import annotations

import numpy as np
from mesh import ease, grid, like, unit, wear

ROWS, COLUMNS = 15, 78
STYLES = ("short", "bob", "bun")
CENTRE = 0.042
"""Metres over the eyes of the point that the sheet goes around."""
LINE = ((0, 0.056), (20, 0.058), (38, 0.056), (50, 0.046), (60, 0.03), (70, 0.006), (80, -0.012), (87, -0.012),
        (95, 0.022), (110, 0.026), (124, 0.0), (140, -0.04), (180, -0.055))  # fmt: skip
"""Degrees from the front, and metres over the eyes at which the hair begins there."""


def hair(skin, eyes, style):
    """The hair of a head.

    Parameters
    ----------
    skin
        The body's skin.
    eyes
        ``(2, 3)``: centres of the eyes.
    style
        One of `STYLES`.
    """
    level = eyes[:, 1].mean()
    centre = np.array([0.0, level + CENTRE, eyes[:, 2].mean() - 0.1])
    turn = np.arange(COLUMNS) * 2 * np.pi / COLUMNS
    away = np.degrees(np.abs((turn + np.pi) % (2 * np.pi) - np.pi))
    line = np.interp(away, *zip(*LINE, strict=True)) + level
    line = _smooth(line, 2) + 0.0016 * np.sin(19 * turn + 2 * np.sin(4 * turn))
    ends = line.copy()
    if style == "bob":
        hang = ease(away, 50, 70)
        ends = line + hang * (level - 0.098 + 0.012 * ease(away, 100, 180) - line)
    share = np.linspace(0, 1, ROWS)[:, None]
    last = np.arctan2(ends - centre[1], 0.093)
    tilt = np.pi / 2 + (last - np.pi / 2) * share
    ways = np.stack([np.cos(tilt) * np.sin(turn), np.sin(tilt), np.cos(tilt) * np.cos(turn)], axis=-1)
    far = _skull(skin, centre, level, ways)
    flat = far * np.cos(tilt)
    if style == "bob":  # hangs down from where the head is widest
        wide = np.maximum.accumulate(flat, axis=0)
        loose = np.clip(wide - flat, 0, None) * ease(-(far * np.sin(tilt)), -0.02, 0.03)
        far = far + loose / np.maximum(np.cos(tilt), 0.3)
    thick = _thick(style, share, away, turn)
    lock = _locks(style, turn, share)
    lock = lock * ease(share, 0.03, 0.25)
    shade = 1 - 0.3 * np.clip(-lock, 0, 1) - 0.1 * ease(share, 0.75, 1.0)
    far = far + thick + 0.0018 * lock
    points = centre + far[..., None] * ways
    inner = points[-1] - ways[-1] * (thick[-1] + 0.006)[:, None] + [0, 0.004, 0]
    v = np.concatenate([points.reshape(-1, 3), inner])
    part = wear(like(skin, v, grid(ROWS + 1, COLUMNS)), "hair")
    part["s"] = np.concatenate([shade.ravel(), np.full(COLUMNS, 0.5)])
    parts = [part]
    if style == "bun":
        parts.append(_bun(skin, centre + np.array([0.0, 0.05, -0.1])))
    return parts


def under(points, eyes, deep=0.022):
    """Whether points of the skin lie under the hair of all styles."""
    level = eyes[:, 1].mean()
    away = np.degrees(np.arctan2(np.abs(points[:, 0]), points[:, 2] - (eyes[:, 2].mean() - 0.1)))
    return points[:, 1] > np.interp(away, *zip(*LINE, strict=True)) + level + deep


def _smooth(values, rounds):
    for _ in range(rounds):
        values = (np.roll(values, 1) + 2 * values + np.roll(values, -1)) / 4
    return values


def _skull(skin, centre, level, ways):
    """How far the head reaches in each direction, ears not counted."""
    from scipy.spatial import cKDTree

    v = skin["v"]
    head = v[(v[:, 1] > level - 0.13) & (np.linalg.norm(v - centre, axis=1) < 0.22)]
    ears = (np.abs(head[:, 0]) > 0.071) & (head[:, 1] < level + 0.03) & (head[:, 2] < centre[2] + 0.06)
    head = head[~ears] - centre
    length = np.linalg.norm(head, axis=1)
    distance, index = cKDTree(head / length[:, None]).query(ways.reshape(-1, 3), k=8)
    share = 1 / (distance + 0.02)
    far = ((share * length[index]).sum(axis=1) / share.sum(axis=1)).reshape(ways.shape[:2])
    for _ in range(5):
        far = (np.roll(far, 1, 1) + 2 * far + np.roll(far, -1, 1)) / 4
        far[1:-1] = (far[:-2] + 2 * far[1:-1] + far[2:]) / 4
        far[0] = far[1].mean()
    return far


def _thick(style, share, away, turn):
    """Metres of hair over the skull ``(ROWS, COLUMNS)``."""
    top, edge = {"short": (0.022, 0.003), "bob": (0.016, 0.013), "bun": (0.008, 0.003)}[style]
    thick = edge + (top - edge) * (1 - ease(share, 0.25, 0.98)) * np.ones_like(away)
    front = ease(-away, -62, -15)
    if style == "short":  # brushed up from the forehead, to the dancer's left
        quiff = front * ease(share, 0.3, 0.75) * (1 - 0.85 * ease(share, 0.78, 1.0))
        thick = thick + 0.016 * quiff * (1 + 0.35 * np.sin(turn))
    if style == "bob":
        thick = thick + 0.006 * ease(share, 0.7, 0.92) * (1 - front) - 0.011 * ease(share, 0.93, 1.0) * (1 - front)
    return thick


def _locks(style, turn, share):
    """Ridges of hair, -1 to 1, that fan out from the crown; with some of them wider than others."""
    sweep = {"short": 0.9, "bob": 0.15, "bun": 0.0}[style] * share
    along = np.sin(13 * (turn + sweep) + 1.3 * np.sin(3 * turn)) + 0.8 * np.sin(23 * (turn - 0.6 * sweep) + 0.7)
    return along / 1.8


def _bun(skin, centre, size=0.041):
    """A knot of hair behind the crown."""
    rows, columns = 10, 20
    tilt = np.linspace(np.pi / 2, -np.pi / 2, rows)[:, None]
    turn = np.arange(columns) * 2 * np.pi / columns
    ways = np.stack([np.cos(tilt) * np.sin(turn), np.sin(tilt) * np.ones(columns), np.cos(tilt) * np.cos(turn)], -1)
    lock = np.sin(5 * turn + 4.5 * tilt)
    axis = unit(np.array([0.0, 0.55, -1.0]))
    side = np.array([1.0, 0, 0])
    frame = np.stack([side, axis, np.cross(side, axis)])
    v = centre + (size * (1 + 0.05 * lock))[..., None] * (ways * [1, 0.86, 1]) @ frame
    part = wear(like(skin, v.reshape(-1, 3), grid(rows, columns)), "hair")
    part["s"] = (1 - 0.35 * np.clip(-lock, 0, 1)).ravel()
    return part
