"""Zero-shot embedder: music and motion described by the same readable quantities, without training.

What is known without data of one's own is in the styles (`choreo_zeroshot.styles`), the tempos of dances
(`choreo_zeroshot.tempos`), and in the weights, which are reasoned and not fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from choreo.types import Clip, Floats, MusicAnalysis, Phrase
from choreo_zeroshot.layout import DIMENSIONS, HALF_BEATS, LAYOUT, RHYTHM, STYLE
from choreo_zeroshot.misfits import best_pace, energy_misfit, length_misfit
from choreo_zeroshot.styles import clip_styles, song_styles, style_misfits


@dataclass(frozen=True)
class TermWeights:
    """Weights of the terms of the distance.

    `tempo` per octave outside the clip's range, at the music's own, half or double pace, `energy` per unit of the 0..1
    scale, `rhythm` for uncorrelated accents, `articulation` per unit of density or contrast, `metre` for another metre,
    `length` for another length altogether, half of it by counts and half by seconds, `style` for another style
    altogether.

    Where the style is sure, half of `style`, which a clip of a neighbouring style costs, is more than the most that
    length costs, and than what energy, rhythm and articulation cost together: to a tango a tango is danced, and of its
    figures one that lasts as long.
    """

    tempo: float = 4.0
    energy: float = 4.0
    rhythm: float = 0.6
    articulation: float = 0.5
    metre: float = 4.0
    length: float = 4.0
    style: float = 12.0


def _accents(rhythm: Floats) -> Floats:
    """Accents of eight counts with zero mean and unit norm, so that dot products are correlations; zero when flat."""
    curve = np.resize(rhythm, HALF_BEATS).astype(np.float64)
    curve -= curve.mean()
    norm = np.linalg.norm(curve)
    return np.asarray(curve / norm if norm > 1e-6 else curve * 0, np.float32)


def _articulation(rhythm: Floats) -> tuple[float, float]:
    """Density (mean accent) and contrast (on-beat against off-beat accents), both 0..1."""
    on, off = float(np.mean(rhythm[0::2])), float(np.mean(rhythm[1::2]))
    return float(np.mean(rhythm)), float(np.clip(0.5 + (on - off) / 2, 0, 1))


class ZeroShotEmbedder:
    """Tempo, energy, rhythm, articulation, metre, length and style of music and motion, compared as they are.

    After the rhythm signatures of ChoreoMaster (Chen et al., SIGGRAPH 2021) and the matching
    quantities of example-based choreography (Fan et al., TVCG 2012), without the learning.
    """

    name = "zeroshot"
    description = "readable quantities on both sides (tempo, energy, rhythm, style and others); no training"

    def __init__(self, weights: TermWeights | None = None) -> None:
        self.weights = weights or TermWeights()

    def embed_music(self, analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> Floats:
        """``(P, DIMENSIONS) float32``: `LAYOUT`, accents at half-beats, and how likely each style is of the song."""
        rows = np.zeros((len(phrases), DIMENSIONS), np.float32)
        for row, phrase in zip(rows, phrases, strict=True):
            tempo = np.log2(phrase.tempo)
            seconds = np.log2(phrase.beats[-1] - phrase.beats[0])
            lengths = (np.log2(phrase.counts), seconds, seconds)
            facts = (phrase.energy, *_articulation(phrase.rhythm), phrase.metre)
            row[: RHYTHM.start] = (tempo, tempo, tempo, *facts, *lengths)
            row[RHYTHM] = _accents(phrase.rhythm)
        if len(phrases):
            rows[:, STYLE] = song_styles(analysis)
        return rows

    def embed_motion(self, clips: Sequence[Clip]) -> Floats:
        """``(C, DIMENSIONS) float32``: as of music, and how much each clip is of each style.

        A clip without a tempo range may be danced at 0.8 to 1.1 times its own, but lasts as long as it was recorded; an
        authored one lasts as long as its tempo range lets it.
        """
        rows = np.zeros((len(clips), DIMENSIONS), np.float32)
        for row, clip in zip(rows, clips, strict=True):
            given = clip.tempo_range[1] > 0
            low, high = clip.tempo_range if given else (0.8 * clip.tempo, 1.1 * clip.tempo)
            limits = (np.log2(clip.tempo), np.log2(low), np.log2(high))
            slowest, fastest = (low, high) if given else (clip.tempo, clip.tempo)
            beats = 60 * clip.counts
            lengths = (np.log2(clip.counts), np.log2(beats / fastest), np.log2(beats / slowest))
            facts = (clip.energy, *_articulation(clip.rhythm), clip.metre)
            row[: RHYTHM.start] = (*limits, *facts, *lengths)
            row[RHYTHM] = _accents(clip.rhythm)
        rows[:, STYLE] = clip_styles(clips)
        return rows

    def compare(self, music: Floats, motion: Floats) -> Mapping[str, Floats]:
        """Named terms ``(P, C)``, each 0 where the two sides agree.

        Energies are compared by rank on the clips' own scale: a song's quietest phrase wants the
        quietest third of its dances even when the song is loud throughout.
        """
        w, at = self.weights, LAYOUT
        octaves, outside = best_pace(music, motion)
        articulation = sum(np.abs(music[:, at[name], None] - motion[:, at[name]]) for name in ("density", "contrast"))
        return {
            "tempo": w.tempo * outside,
            "energy": w.energy * energy_misfit(music, motion),
            "rhythm": w.rhythm * (1 - music[:, RHYTHM] @ motion[:, RHYTHM].T) / 2,
            "articulation": w.articulation * np.asarray(articulation, np.float32),
            "metre": w.metre * (music[:, at["metre"], None] != motion[:, at["metre"]]).astype(np.float32),
            "length": w.length * length_misfit(music, motion, octaves),
            "style": w.style * style_misfits(music[:, STYLE], motion[:, STYLE]),
        }
