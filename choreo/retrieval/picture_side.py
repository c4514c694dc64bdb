"""Stretches of a video, as its pictures alone say what happens in them: the motion side where nobody is seen whole.

`Looks` are measured picture by picture by whatever reads videos; here they are cut at beats and described.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from choreo.errors import InputError, ShapeError
from choreo.motion.dance_beats import RATE, pulse_beats, pulse_tempo
from choreo.motion.skeleton import CANONICAL
from choreo.retrieval.scales import TEMPO, Vectors, encode_counts, encode_octave, encode_seconds
from choreo.types import Clip, Doubles, Floats, Motion

CHANNELS = ("moving", "camera", "across", "spread", "height", "changed", "brightness", "contrast", "saturation",
            "warmth", "green", "cut")  # fmt: skip
"""Numbers of a picture: movement in it and of it in picture widths a second, the share of it that goes to the side, how
far it is spread and how far down it is (0..1), how much grey changes; light and colour; 1 where a shot begins."""
MOVING, CAMERA, CHANGED, CUT = (CHANNELS.index(name) for name in ("moving", "camera", "changed", "cut"))
CLOCK = 1000
"""Frames a second in `Clip.frames` of what is cut here: pictures of a video are not evenly apart."""
STILL = 0.01
"""Added to speeds before their logarithm, picture widths a second."""
CALM, WILD = 0.01, 0.3
"""Movement in the picture, widths a second, that counts as energy 0 and 1; between them on a logarithmic scale."""
COUNTS = 8
METRE = 4


@dataclass(frozen=True, eq=False)
class Looks:
    """What a video's pictures say: ``times : (T,) float64`` seconds, ``values : (T, 12) float32`` of `CHANNELS`."""

    times: Doubles
    values: Floats

    def __post_init__(self) -> None:
        """Check the form."""
        if self.values.shape != (len(self.times), len(CHANNELS)):
            raise ShapeError(f"looks: got {self.values.shape}, want ({len(self.times)}, {len(CHANNELS)})")

    @property
    def cuts(self) -> Doubles:
        """Seconds at which shots begin."""
        return np.asarray(self.times[self.values[:, CUT] > 0])

    def accents(self) -> Doubles:
        """How much changes ``(N,)``, 0..1, by movement and cuts, from the first picture on.

        At `choreo.motion.dance_beats.RATE`, and to be read as `choreo.motion.features.accent_curve`.
        """
        if len(self.times) < 3:
            return np.zeros(0)
        at = np.arange(self.times[0], self.times[-1], 1 / RATE)
        from scipy.ndimage import gaussian_filter1d

        speed = np.log(self.values[:, MOVING] + STILL).astype(np.float64)
        pace = gaussian_filter1d(np.interp(at, self.times, speed), 2.0)
        change = np.abs(np.gradient(pace))
        change = change / max(float(np.quantile(change, 0.95)), 1e-3)
        cut = np.zeros(len(at))
        cut[np.minimum(np.round((self.cuts - self.times[0]) * RATE).astype(int), len(at) - 1)] = 1.0
        bump = gaussian_filter1d(cut, 2.0) * 2.0 * np.sqrt(2 * np.pi)
        return np.clip(np.maximum(change, bump), 0, 1)

    def beats(self) -> Doubles:
        """Seconds of a steady pulse that fits how movement in the pictures changes, and the cuts."""
        curve = self.accents()
        if len(curve) < RATE or float(curve.std()) < 1e-6:
            return np.zeros(0)
        salience = (curve - curve.mean()) / curve.std()
        return self.times[0] + pulse_beats(salience, pulse_tempo(curve))


@dataclass(frozen=True, eq=False)
class PictureClip(Clip):
    """A stretch of a video; nobody dances in its `motion`. ``looks : (2 * counts, 12) float32``, means by half beats.

    The channel of cuts has how many there are, not a mean.
    """

    looks: Floats = field(default_factory=lambda: np.zeros((0, len(CHANNELS)), np.float32))


def picture_clip(looks: Looks, beats: Doubles, *, name: str, source: str, metre: int = METRE) -> PictureClip:
    """The stretch of a video between the first and the last of some beats.

    Parameters
    ----------
    beats
        ``(counts + 1,)`` seconds in the video.
    """
    counts, first = len(beats) - 1, float(beats[0])
    edges = np.interp(np.arange(2 * counts + 1) / 2, np.arange(counts + 1), beats)
    rows = by_steps(looks, edges)
    accents = _accents(looks, beats)
    pace = float(np.log(rows[:, MOVING].mean() + 1e-6))
    energy = np.clip((pace - np.log(CALM)) / (np.log(WILD) - np.log(CALM)), 0, 1)
    local = np.asarray(beats - first, np.float64)
    still = np.zeros((2, len(CANONICAL), 4), np.float32)
    still[..., 0] = 1
    motion = Motion(CANONICAL, 1 / float(local[-1]), np.tile(CANONICAL.offsets[0], (2, 1)), still,
                    np.ones((2, 4), bool))  # fmt: skip
    frames = round(first * CLOCK), round(float(beats[-1]) * CLOCK) + 1
    clip_id = hashlib.sha256(f"{source} {frames} {counts}".encode() + rows.tobytes()).hexdigest()[:16]
    return PictureClip(
        clip_id, name, "pictures", source, "", motion, local, metre, ("any",), float(energy), accents,
        frames=frames, source_hash=hashlib.sha256(source.encode()).hexdigest(), looks=rows,
    )  # fmt: skip


def by_steps(looks: Looks, edges: Doubles) -> Floats:
    """Means of the channels between neighbouring edges ``(len(edges) - 1, 12)``; cuts are counted.

    Where no picture lies between two, the next one counts. A cut belongs to the edge that is nearest to it.
    """
    at = np.searchsorted(looks.times, edges)
    half = np.diff(edges, append=2 * edges[-1] - edges[-2]) / 2
    cut = np.searchsorted(looks.cuts, edges - half)
    rows = np.zeros((len(edges) - 1, len(CHANNELS)), np.float32)
    for n, (first, last) in enumerate(pairwise(at.tolist())):
        near = min(first, len(looks.times) - 1)
        part = looks.values[first:last] if last > first else looks.values[near : near + 1]
        rows[n] = part.mean(axis=0)
    rows[:, CUT] = np.diff(cut)
    return rows


def _accents(looks: Looks, beats: Doubles) -> Floats:
    """The largest accent within an eighth of a beat from each half beat ``(2 * counts,)``, 0..1."""
    curve, counts = looks.accents(), len(beats) - 1
    if not len(curve):
        return np.zeros(2 * counts, np.float32)
    at = np.arange(0, counts, 0.5)[:, None] + np.linspace(-0.125, 0.125, 9)
    seconds = np.interp(at, np.arange(counts + 1), beats) - looks.times[0]
    return np.asarray(np.interp(seconds * RATE, np.arange(len(curve)), curve).max(axis=1), np.float32)


def picture_clips(looks: Looks, beats: Doubles, name: str) -> list[PictureClip]:
    """A video cut at beats: two bars in four each, the next where the last one ends; at least a bar.

    Raises
    ------
    InputError
        When there is no bar.
    """
    counts = min(COUNTS, (len(beats) - 1) // METRE * METRE)
    if counts < METRE:
        raise InputError(
            f"{name}: its pictures move in no pulse for as long as a bar, so no music can be laid under them. Name a "
            "longer video, or one in which something moves."
        )
    return [
        picture_clip(looks, beats[first : first + counts + 1], name=f"{name}-{first}", source=name)
        for first in range(0, len(beats) - counts, counts)
    ]


def is_pictures(clips: Sequence[Clip]) -> bool:
    """Whether clips are those of pictures."""
    return bool(clips) and all(isinstance(clip, PictureClip) for clip in clips)


def picture_vectors(clips: Sequence[Clip]) -> Vectors:
    """Describe stretches of videos.

    Returns
    -------
    Blocks ``(C, width) float32``: `tempo` within the octave, `pictures`, `counts`, `seconds`.

    Raises
    ------
    InputError
        When some are not of videos.
    """
    if not is_pictures(clips):
        raise InputError(
            "the embedder has learnt from the pictures of videos, and is asked for dances. Give it a video, with "
            "'choreo search VIDEO --for music', or train one on dances."
        )
    return {
        "tempo": encode_octave(np.log2(np.array([clip.tempo for clip in clips]) / TEMPO)),
        "pictures": np.stack([_described(clip) for clip in clips if isinstance(clip, PictureClip)]),
        "counts": encode_counts(np.array([clip.counts for clip in clips])),
        "seconds": encode_seconds(np.array([float(clip.beats[-1]) for clip in clips])),
    }


def _described(clip: PictureClip) -> Floats:
    """Levels, spreads and courses of the channels, accents on and off the beat, cuts a second and on the beat."""
    rows = clip.looks.astype(np.float64)
    for channel in (MOVING, CAMERA, CHANGED):
        rows[:, channel] = np.log(rows[:, channel] + STILL)
    cuts, half = rows[:, CUT].copy(), max(1, len(rows) // 2)
    rows = np.delete(rows, CUT, axis=1)
    fast = rows[:, [MOVING, CHANGED]]
    curve = np.interp(np.linspace(0, len(clip.rhythm), 8, endpoint=False), np.arange(len(clip.rhythm)), clip.rhythm)
    values = [
        np.log2(clip.tempo / TEMPO), clip.energy, *curve,
        float(clip.rhythm[0::2].mean()), float(clip.rhythm[1::2].mean()),
        *rows.mean(axis=0), *rows.std(axis=0), *(rows[-half:].mean(axis=0) - rows[:half].mean(axis=0)),
        *(fast[0::2].mean(axis=0) - fast[1::2].mean(axis=0)),
        *np.log(np.abs(np.diff(rows, axis=0)).mean(axis=0) + 1e-3),
        np.log1p(cuts.sum() / max(float(clip.beats[-1]), 0.1)),
        float(cuts[0::2].sum() / max(cuts.sum(), 1)),
    ]  # fmt: skip
    return np.nan_to_num(np.array(values, np.float32))


__all__ = ["CHANNELS", "Looks", "PictureClip", "by_steps", "is_pictures", "picture_clip", "picture_clips",
           "picture_vectors"]  # fmt: skip
