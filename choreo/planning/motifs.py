"""Motifs: where the form of the song asks for the same dance again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.types import Ints, Phrase

RECALLED = 4
"""One of so many phrases is danced as the first time where a section comes back that is not the chorus."""


def runs_of(phrases: Sequence[Phrase]) -> list[list[int]]:
    """Indices of phrases, section by section."""
    runs: list[list[int]] = []
    for k, phrase in enumerate(phrases):
        if runs and phrases[runs[-1][-1]].section == phrase.section:
            runs[-1].append(k)
        else:
            runs.append([k])
    return runs


def chorus_of(phrases: Sequence[Phrase]) -> str | None:
    """Label of the section that comes back with the most energy; None when none comes back.

    Energy is a mean over all phrases of the label, so that a loud verse does not make a chorus.
    """
    labels = [phrases[run[0]].section for run in runs_of(phrases)]
    back = sorted({label for label in labels if labels.count(label) > 1})
    energy = {label: float(np.mean([p.energy for p in phrases if p.section == label])) for label in back}
    return max(back, key=lambda label: energy[label]) if back else None


def motif_of(phrases: Sequence[Phrase]) -> Ints:
    """For each phrase, the phrase whose dance it should repeat; its own index when it is new, ``(P,)``.

    A chorus (`chorus_of`) that comes back is danced as when it came first, phrase by phrase, where the music is alike
    and as long. Other sections that come back (A B **A**) recall the beginning of their dance and go on otherwise.
    Phrases that resemble each other within one section stay free: a dancer varies there.
    """
    motifs = np.arange(len(phrases))
    first: dict[str, list[int]] = {}
    chorus = chorus_of(phrases)
    for run in runs_of(phrases):
        label = phrases[run[0]].section
        earlier = first.setdefault(label, run)
        recalled = len(run) if label == chorus else max(1, len(run) // RECALLED)
        for number, k in enumerate(run[:recalled]):
            alike = earlier is not run and number < len(earlier) and phrases[k].repeats != k
            if alike and phrases[k].counts == phrases[earlier[number]].counts:
                motifs[k] = earlier[number]
    return motifs
