"""Zero-shot embedder: music and motion described by the same readable quantities, without training.

What is known without data of one's own is in the styles (`choreo_zeroshot.styles`), the tempos of dances
(`choreo_zeroshot.tempos`), and in the weights, which are reasoned and not fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from choreo.types import Clip, Floats, MusicAnalysis, Phrase
from choreo_zeroshot.styles import STYLES, clip_styles, song_styles, style_misfits

HALF_BEATS = 16
"""Rhythm is compared over eight counts; shorter phrases and clips are repeated to that length."""
LAYOUT = {
    "tempo": 0, "low": 1, "high": 2, "energy": 3, "density": 4, "contrast": 5, "metre": 6,
    "counts": 7, "shortest": 8, "longest": 9,
}  # fmt: skip
BY_RANK = 2 / 3
"""How much a phrase's rank in energy within its song counts beside its energy: so calm and wild dances have a place."""
USUAL = 0.3, 0.85
"""Energies of phrases from the calmest to the wildest that are usual: there a song wants its extremes."""
ALIKE = 0.08
"""Ranks of energy that are no farther apart fit equally well."""
ENOUGH = 12
"""Clips of a song's metre and tempo that are enough to be ranked among themselves."""
OTHER_PACE = 0.25
"""Octaves that music counted at half or double the pace is off: trackers and dancers may count so."""
COUNTS_SCALE = 0.25
"""Octaves of counts by which a length is as good as another: dances are made in twos and fours, so six is not eight."""
SECONDS_SCALE = 0.1
"""Octaves of seconds: 7 %; changes of tempo of 2 to 5 % are just noticed (Drake and Botte, 1993; Quené, 2007)."""
RHYTHM = slice(len(LAYOUT), len(LAYOUT) + HALF_BEATS)
STYLE = slice(RHYTHM.stop, RHYTHM.stop + len(STYLES))
DIMENSIONS = STYLE.stop


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
        tempo, low, high = music[:, at["tempo"], None], motion[:, at["low"]], motion[:, at["high"]]
        outside = _at_best_pace(lambda k: np.maximum(np.maximum(low - tempo - k, tempo + k - high), 0))
        articulation = sum(np.abs(music[:, at[name], None] - motion[:, at[name]]) for name in ("density", "contrast"))
        return {
            "tempo": w.tempo * outside,
            "energy": w.energy * self._energy_misfit(music, motion),
            "rhythm": w.rhythm * (1 - music[:, RHYTHM] @ motion[:, RHYTHM].T) / 2,
            "articulation": w.articulation * np.asarray(articulation, np.float32),
            "metre": w.metre * (music[:, at["metre"], None] != motion[:, at["metre"]]).astype(np.float32),
            "length": w.length * self._length_misfit(music, motion),
            "style": w.style * style_misfits(music[:, STYLE], motion[:, STYLE]),
        }

    @staticmethod
    def _length_misfit(music: Floats, motion: Floats) -> Floats:
        """``(P, C)`` 0..1: how far counts and seconds are apart; what is far apart is no worse when it is farther."""
        at = LAYOUT
        more = music[:, at["counts"], None] - motion[:, at["counts"]]
        counts = _at_best_pace(lambda k: np.abs(more + k))
        seconds = music[:, at["shortest"], None]
        apart = np.maximum(np.maximum(motion[:, at["shortest"]] - seconds, seconds - motion[:, at["longest"]]), 0)
        return np.asarray(1 - (np.exp(-counts / COUNTS_SCALE) + np.exp(-apart / SECONDS_SCALE)) / 2, np.float32)

    @staticmethod
    def _energy_misfit(music: Floats, motion: Floats) -> Floats:
        """``(P, C)``: how far a clip's rank in energy is from where the phrase's energy and rank want it.

        Ranks are among the clips of the song's metre and tempo. Ranks within `ALIKE` fit equally.
        """
        at = LAYOUT
        energy, clips = music[:, at["energy"]], motion[:, at["energy"]]
        if not len(energy):
            return np.zeros((0, len(clips)), np.float32)
        level = np.clip((energy - USUAL[0]) / (USUAL[1] - USUAL[0]), 0, 1)
        rank = level
        if len(energy) > 1 and np.ptp(energy) > 1e-6:
            rank = _rank(energy)
            edge = min(rank.min(), 1 - rank.max())
            rank = (rank - edge) / (1 - 2 * edge)
        tempo, metre = np.median(music[:, at["tempo"]]), np.median(music[:, at["metre"]])
        fits = (motion[:, at["low"]] <= tempo) & (tempo <= motion[:, at["high"]]) & (motion[:, at["metre"]] == metre)
        others = clips[fits] if fits.sum() >= ENOUGH else clips
        apart = np.abs(((1 - BY_RANK) * level + BY_RANK * rank)[:, None] - _rank(clips, others))
        return np.asarray(np.maximum(apart - ALIKE, 0), np.float32)


def _at_best_pace(apart: Callable[[int], Floats]) -> Floats:
    """Least of the distances in octaves that `apart` gives, with the music at its own pace, half and double.

    Examples
    --------
    >>> _at_best_pace(lambda k: np.abs(np.array([0, 1, 0.125, 2], np.float32) - k)).tolist()
    [0.0, 0.25, 0.125, 1.25]
    """
    return np.min([apart(k) + np.float32(OTHER_PACE if k else 0) for k in (0, -1, 1)], axis=0).astype(np.float32)


def _rank(values: Floats, others: Floats | None = None) -> Floats:
    """Share of the values, or of `others`, that are smaller, ties by half, 0..1."""
    order = np.sort(values if others is None else others)
    low, high = np.searchsorted(order, values, "left"), np.searchsorted(order, values, "right")
    return np.asarray((low + high) / (2 * len(order)), np.float32)
