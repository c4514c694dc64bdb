"""What a phrase and a clip have in common, and what not: the values of both, in words, quality by quality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from choreo.retrieval.fact_words import amount, hits, level, listed, looks, on_counts, where
from choreo.types import Clip, Floats, MusicAnalysis, Phrase

NEAR = 0.2
"""Energies, densities and contrasts, 0 to 1, that are no farther apart agree; octaves of tempo, too."""
EXTREME = 1 / 3
"""Share of a song's beats that are its calmest, and its strongest."""
SHARE = 0.5
"""A clip is of the style heard when one of its own is half as likely as the likeliest."""


@dataclass(frozen=True)
class Fact:
    """One quality of a phrase and a clip: the values of both in words, and whether they agree.

    `otherwise` are the words where they look alike, and what compared them found them apart.
    """

    words: str
    agrees: bool
    otherwise: str = ""


@dataclass(frozen=True, eq=False)
class Match:
    """A phrase of a song and a clip; `quantities` ``(Q,)`` of the clip, as `choreo.motion.quantities` has them."""

    analysis: MusicAnalysis
    phrase: Phrase
    clip: Clip
    quantities: Floats | None = None


def tempo(match: Match) -> Fact:
    """Beats a minute of the phrase, and the range that the clip may be danced at, or the tempo of its recording."""
    found, (low, high) = match.phrase.tempo, match.clip.tempo_range
    if high > 0:
        words = f"{found:.0f} beats/min, danced at {low:.0f} to {high:.0f}"
        for pace, word in ((0.5, "half"), (2.0, "double")):
            if not low <= found <= high and low <= pace * found <= high:
                words += f", at {word} the pace ({pace * found:.0f})"
        return Fact(words, low <= found <= high)
    own = match.clip.tempo
    return Fact(f"{found:.0f} beats/min, recorded at {own:.0f}", abs(float(np.log2(found / own))) <= NEAR)


def energy(match: Match) -> Fact:
    """How strong both are, where in its song the phrase stands, and how large the dance is."""
    music, dance = match.phrase.energy, match.clip.energy
    same = level(music) == level(dance)
    words = f"both {level(music)}" if same else f"{level(music)} music, a {level(dance)} dance"
    part = f"part {match.phrase.section}" if match.phrase.section else "this phrase"
    below = float(np.mean(match.analysis.energy < music)) if len(match.analysis.energy) else 0.5
    if below >= 1 - EXTREME or below <= EXTREME:
        words += f", {part} is {'strong' if below > EXTREME else 'calm'} for its song"
    if look := looks(match.clip, match.quantities):
        words += f", the dance is {', '.join(look)}"
    apart = f"both {level(music)} ({music:.2f}, the dance {dance:.2f}), of different rank in song and database"
    return Fact(words, same or abs(music - dance) <= NEAR, apart if same else "")


def rhythm(match: Match) -> Fact:
    """On which counts of the bar both hit."""
    metre = match.phrase.metre
    start = 2 * (int(match.analysis.track.positions[match.phrase.first_beat]) - 1)
    music, dance = hits(match.phrase.rhythm, metre, start), hits(match.clip.rhythm, match.clip.metre, 0)
    if music == dance:
        alike = f"both {on_counts(music, metre)}"
        return Fact(alike, True, f"{alike}, and other accents apart")
    shared = music & dance if metre == match.clip.metre else set()
    words = f"the music {on_counts(music, metre, 's')}, the dance {on_counts(dance, match.clip.metre, 's')}"
    return Fact(words, bool(shared) or not music or not dance, f"{words}, and other accents apart" if shared else "")


def articulation(match: Match) -> Fact:
    """How many accents both have, and whether on the beats or between them."""
    both = match.phrase.rhythm, match.clip.rhythm
    (many, of_dance), sides = (
        [float(np.mean(r)) for r in both],
        [float(np.mean(r[0::2]) - np.mean(r[1::2])) for r in both],
    )
    apart = abs(many - of_dance) + abs(sides[0] - sides[1]) / 2
    amounts, places = (amount(many), amount(of_dance)), [where(side) for side in sides]
    if amounts[0] == amounts[1] and places[0] == places[1]:
        return Fact(f"both have {amounts[0]} accents {places[0]}", True)
    dance = amounts[1] if places[0] == places[1] else f"{amounts[1]} {places[1]}"
    return Fact(f"the music has {amounts[0]} accents {places[0]}, the dance {dance}", apart <= 2 * NEAR)


def metre(match: Match) -> Fact:
    """Beats in a bar of both."""
    music, dance = match.phrase.metre, match.clip.metre
    same = music == dance
    return Fact(f"both in {music}" if same else f"the music in {music}, the dance in {dance}", same)


def style(match: Match) -> Fact:
    """What the song was heard as, and which styles the clip is of."""
    heard, own = match.analysis.styles, match.clip.styles
    likeliest = max(heard, key=lambda name: (heard[name], name), default=match.analysis.style)
    sure = heard.get(likeliest, match.analysis.style_confidence)
    best = max((heard.get(name, 0.0) for name in own), default=0.0)
    words = f"heard as {likeliest} ({100 * sure:.0f} % sure), a dance of {listed(own) or 'no style'}"
    return Fact(words, likeliest in own or best >= SHARE * sure > 0)


def length(match: Match) -> Fact:
    """Beats and seconds of both."""
    phrase, clip = match.phrase, match.clip
    music = f"{phrase.counts} beats in {phrase.beats[-1] - phrase.beats[0]:.1f} s"
    dance = f"{clip.counts} counts in {clip.beats[-1] - clip.beats[0]:.1f} s"
    return Fact(f"{music}, the dance {dance}", phrase.counts == clip.counts)


def sound(match: Match) -> Fact:
    """How loud the phrase is within its song and how its harmony moves; what the dance looks like."""
    first = match.phrase.first_beat
    here = slice(first, first + match.phrase.counts)
    louder = float(np.mean(match.analysis.loudness[here]) - np.mean(match.analysis.loudness))
    shares = match.analysis.chroma[here] / (match.analysis.chroma[here].sum(axis=1, keepdims=True) + 1e-6)
    moved = float(np.abs(np.diff(shares, axis=0)).sum(axis=1).mean() / 2) if len(shares) > 1 else 0.0
    words = f"{abs(louder):.1f} dB {'louder' if louder >= 0 else 'softer'} than its song"
    words += f", {100 * moved:.0f} % of the harmony new from beat to beat"
    look = looks(match.clip, match.quantities)
    return Fact(f"{words}, the dance is {', '.join(look) if look else level(match.clip.energy)}", True)


def form(match: Match) -> Fact:
    """Where in its song the phrase stands, and what the clip is for."""
    done = match.phrase.first_beat / max(len(match.analysis.beats), 1)
    part = f"part {match.phrase.section}, " if match.phrase.section else ""
    article = "an" if match.clip.role[0] in "aeiou" else "a"
    return Fact(f"{part}{100 * done:.0f} % into the song, danced as {article} {match.clip.role}", True)


QUALITIES: dict[str, Callable[[Match], Fact]] = {
    "tempo": tempo,
    "energy": energy,
    "rhythm": rhythm,
    "articulation": articulation,
    "style": style,
    "sound": sound,
    "form": form,
    "metre": metre,
    "length": length,
}
"""Facts by the names of terms, in the order in which they are told."""
