"""How likely the music is of each dance style, from rhythm, harmony's pace, tempo and colour.

A small net gets what `choreo.music.style_features` measures; it was trained on music that the project composes, renders
and spoils itself (``plugins/choreo_beats/train``), and calibrated on held-out pieces of it. What ballroom dancers dance
to, pop arrangements with the dance's own rhythm, a linear model knows from recordings (``train/ballroom.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np

from choreo.music.spectrum import Spectrum
from choreo.music.style_features import BeatPatterns, beat_patterns, profile
from choreo.music.style_words import rhythm_words
from choreo.types import BeatTrack, Doubles, Floats

LEAST_BEATS = 16
"""Beats below which no style is guessed."""
NAMED = 0.5
"""Probability from which the likeliest style is named; below it the style is unknown."""
OTHER = "other"
"""Label of music of none of the styles: odd metres, ambient, mixtures."""
FAR = 3.0
"""Standard deviations beyond which an input counts no more: real music differs from all that was composed."""
SELDOM = {
    "march": 0.15, "polka": 0.15, "cinematic": 0.4, "afro": 0.4, "cumbia": 0.5, "merengue": 0.5, "folk": 0.5,
    "latin": 0.6, "bachata": 0.6, "reggaeton": 0.6,
}  # fmt: skip
"""How much rarer these are among people's songs than among the composed ones; the others 1."""
WAYS = ("cha-cha", "rumba", "tango", "waltz", "none")
"""Dances that the linear model tells apart, and music of none of them."""
FAR_RECORDED = 4.0
"""As `FAR`, of the linear model."""
BELIEF = 6.0
"""What is added to a dance's log-probability for each unit of the linear model by which it is above none of them."""
UNLIKE = 1.9
"""Mean square deviation of the inputs from the recordings' above which the linear model says nothing: a drum machine
alone has 2.2 and more, of the songs that it learnt from the strangest dance has 1.7."""
FAINT = 1e-6
"""Probability that is left to a style which the net excludes."""
LEAST = 0.005
"""Probability below which a style is left out of the list."""


def hear_styles(track: BeatTrack, sound: Spectrum, octave: str = "auto") -> tuple[dict[str, float], str]:
    """Probability of each style, and what was heard of the rhythm, in words.

    Music that is counted at another `octave` of its tempo is still what it was: both paces are tried, and the one at
    which a style is likelier is believed.

    Returns
    -------
    styles, words
        Nothing for music of under 16 beats.
    """
    found: list[tuple[dict[str, float], str]] = []
    for each in [track] if octave == "auto" else [track, _before(track, octave)]:
        if len(each.beats) < LEAST_BEATS:
            continue
        patterns = beat_patterns(sound, each.beats)
        styles = guess_styles(each, patterns)
        words = rhythm_words(patterns, each.positions, each.metre, each.time_signature) if styles else ""
        found.append((styles, words))
    return max(found, key=lambda pair: max(pair[0].values(), default=0.0), default=({}, ""))


def _before(track: BeatTrack, octave: str) -> BeatTrack:
    """The track at the pace at which it was counted before it was halved or doubled, in bars of as many beats."""
    if octave == "half":
        beats = np.interp(np.arange(2 * len(track.beats) - 1) / 2, np.arange(len(track.beats)), track.beats)
        positions = (2 * np.repeat(track.positions - 1, 2)[:-1] + np.arange(len(beats)) % 2) % track.metre + 1
    else:
        beats = track.beats[int(np.flatnonzero(track.positions % 2 == 1)[0]) :: 2]
        positions = np.arange(len(beats)) % track.metre + 1
    return BeatTrack(beats, positions.astype(np.int64), track.metre, track.confidence, track.method)


def guess_styles(track: BeatTrack, patterns: BeatPatterns) -> dict[str, float]:
    """Probability of each style, the likeliest first; what is missing to 1 is music of none of them.

    Nothing for music of under 16 beats.
    """
    if len(track.beats) < LEAST_BEATS or track.confidence <= 0:
        return {}
    x = profile(patterns, track.positions, track.metre, compound=track.subdivision == 3)
    return weighted_styles(x, recorded(x))


def weighted_styles(x: Floats, margins: Doubles) -> dict[str, float]:
    """Probability of each style, the likeliest first, from the net's inputs ``(199,)`` and what `recorded` says."""
    shares = dict(zip(labels(), _net(x).tolist(), strict=True))
    logs = {name: float(np.log(share * SELDOM.get(name, 1.0) + FAINT)) for name, share in shares.items()}
    for name, margin in zip(WAYS, margins.tolist(), strict=False):
        logs[name] += BELIEF * margin
    top = max(logs.values())
    weighted = {name: float(np.exp(log - top)) for name, log in logs.items()}
    total = sum(weighted.values())
    order = sorted(weighted, key=lambda name: (-weighted[name], name))
    return {name: weighted[name] / total for name in order if name != OTHER and weighted[name] >= LEAST * total}


def recorded(x: Floats, model: Mapping[str, Floats | Doubles] | None = None) -> Doubles:
    """How far each dance of `WAYS`, ``(4,)``, is above none of them by the linear model of recordings.

    Zeros for what is unlike all of these.
    """
    w: Mapping[str, Floats | Doubles] = _linear() if model is None else model
    z = np.clip((x - w["mean"]) / w["scale"], -FAR_RECORDED, FAR_RECORDED)
    if float(np.mean(z**2)) > UNLIKE:
        return np.zeros(len(WAYS) - 1)
    scores = np.append(z, 1.0) @ np.asarray(w["weights"], np.float64)
    return np.asarray(scores[:-1] - scores[-1], np.float64)


def name_of(styles: Mapping[str, float]) -> tuple[str, float]:
    """The likeliest style and its probability; "unknown" when it is under `NAMED`."""
    if not styles:
        return "unknown", 0.0
    best = max(styles, key=lambda name: styles[name])
    return (best if styles[best] >= NAMED else "unknown"), float(styles[best])


def _stored(name: str) -> dict[str, Floats]:
    with files("choreo.music").joinpath(name).open("rb") as stream, np.load(stream) as data:
        return {name: data[name] for name in data.files}


@cache
def _weights() -> dict[str, Floats]:
    return _stored("style.npz")


@cache
def _linear() -> dict[str, Floats]:
    return _stored("ballroom.npz")


def labels() -> tuple[str, ...]:
    """Styles that the net tells apart."""
    return tuple(str(name) for name in _weights()["labels"])


def _net(x: Floats) -> Doubles:
    """Probability of each of `labels`: the mean logits of nets of one hidden layer, divided by a temperature."""
    w = _weights()
    z = np.clip((x - w["mean"]) / w["scale"], -FAR, FAR)
    hidden = np.maximum(np.einsum("i,kij->kj", z, w["w1"]) + w["b1"], 0)
    logits = (np.einsum("kj,kjl->kl", hidden, w["w2"]) + w["b2"]).mean(axis=0).astype(np.float64) / float(
        w["temperature"]
    )
    e = np.exp(logits - logits.max())
    return np.asarray(e / e.sum())
