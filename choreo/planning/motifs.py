"""Motifs: where the form of the song asks for the same dance again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.types import Ints, Phrase


def motif_of(phrases: Sequence[Phrase]) -> Ints:
    """For each phrase, the phrase whose dance it should repeat; its own index when it is new, ``(P,)``.

    A section that comes back (A B **A**) is danced as when it came first, phrase by phrase, where the music is alike
    and as long. Phrases that resemble each other within one section stay free: a dancer varies there.
    """
    motifs = np.arange(len(phrases))
    runs: list[list[int]] = []
    for k, phrase in enumerate(phrases):
        if runs and phrases[runs[-1][-1]].section == phrase.section:
            runs[-1].append(k)
        else:
            runs.append([k])
    first: dict[str, list[int]] = {}
    for run in runs:
        earlier = first.setdefault(phrases[run[0]].section, run)
        for number, k in enumerate(run):
            alike = earlier is not run and number < len(earlier) and phrases[k].repeats != k
            if alike and phrases[k].counts == phrases[earlier[number]].counts:
                motifs[k] = earlier[number]
    return motifs
