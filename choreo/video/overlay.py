"""Words laid over the frames of a film, whatever form these have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np

from choreo.types import Bytes, Floats, Scene
from choreo.video.planes import even, split
from choreo.video.titles import Lettered, TitleCard, layer

SEEN = 1 / 512
"""Opacity from which words are laid over what is behind them."""


def lay_over(frame: Bytes, words: Floats, strength: float) -> Bytes:
    """Put a layer over a picture ``(h, w, 3)`` or, with straight alpha, ``(h, w, 4) uint8``; a new picture."""
    over = np.asarray(words[..., 1:] * np.float32(strength))
    ink = 255 * words[..., :1]
    if frame.shape[2] == 3:
        return np.asarray(np.rint(frame + (ink - frame) * over), np.uint8)
    below = frame[..., 3:] / np.float32(255) * (1 - over)
    alpha = over + below
    colour = (ink * over + frame[..., :3] * below) / np.maximum(alpha, 1e-6)
    return np.asarray(np.rint(np.concatenate([colour, 255 * alpha], axis=-1)), np.uint8)


def lay_over_planes(luma: Bytes, chroma: Bytes, words: Floats, strength: float) -> None:
    """Put a layer over luma ``(h, w)`` and differences ``(2, h / 2, w / 2)`` in place, as `lay_over` does over sRGB.

    Both mix encoded colours, of which luma and differences are sums, and words are grey: black is 16 and white 235.
    """
    over = words[..., 1] * np.float32(strength)
    luma[:] = np.rint(luma + (16 + 219 * words[..., 0] - luma) * over)
    coarse = over.reshape(len(over) // 2, 2, -1, 2).mean(axis=(1, 3))
    chroma[:] = np.rint(chroma + (128 - chroma.astype(np.float32)) * coarse)


def with_titles(
    frames: Iterator[Bytes], cards: Sequence[TitleCard], first: int, scene: Scene, lettered: Sequence[Lettered] = ()
) -> Iterator[Bytes]:
    """Lay cards over frames of a scene, of which the first has the number `first`; pictures or planes.

    `lettered` are the cards with their letters drawn for this scene's size, where they are.
    """
    ready = {each.card: each for each in lettered}
    drawn: dict[TitleCard, tuple[Floats, slice]] = {}
    with closing(frames):  # type: ignore[type-var]  # renderers give generators
        for number, frame in enumerate(frames, first):
            time = number / scene.fps
            for card in cards:
                strength = card.strength(time)
                if strength > 0:
                    if card not in drawn:
                        drawn = {old: layers for old, layers in drawn.items() if old.end >= time}
                        drawn[card] = _prepared(card, ready.get(card), scene)
                    frame = _with_words(frame, *drawn[card], strength)
            yield frame


def _prepared(card: TitleCard, lettered: Lettered | None, scene: Scene) -> tuple[Floats, slice]:
    """A card's layer with even sides, and the rows that it covers, in pairs."""
    words = even(layer(card, scene.width, scene.height) if lettered is None else lettered.layer())
    rows = np.flatnonzero(words[..., 1].max(axis=1) > SEEN)
    return words, slice(rows[0] // 2 * 2, rows[-1] // 2 * 2 + 2) if len(rows) else slice(0)


def _with_words(frame: Bytes, words: Floats, rows: slice, strength: float) -> Bytes:
    frame = frame.copy()
    if frame.ndim == 2:
        luma, chroma = split(frame)
        half = slice((rows.start or 0) // 2, rows.stop // 2)
        lay_over_planes(luma[rows], chroma[:, half], words[rows], strength)
    else:
        part = frame[rows]
        part[:] = lay_over(part, words[rows][: len(part), : part.shape[1]], strength)
    return frame


__all__ = ["lay_over", "lay_over_planes", "with_titles"]
