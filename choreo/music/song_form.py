"""Names that people have for the parts of a song: chorus, verse, intro, outro, bridge, break."""

from __future__ import annotations

import numpy as np

from choreo.types import MusicAnalysis, Section

PARTS = ("intro", "verse", "chorus", "bridge", "break", "outro")
"""Names of parts, in the order in which songs have them."""
ALIKE = 0.9
"""Share of the strongest part's energy from which another is as strong: of these the chorus is what begins last."""
QUIET = 0.8
"""Share of a song's mean energy under which a part within it is a break."""


def parts_by_name(analysis: MusicAnalysis) -> dict[str, tuple[Section, ...]]:
    """The parts of a song by the names that people have for them; those that are not found are left out.

    What comes back is a chorus or verse: of the labels that stand more than once, the one with most energy is the
    chorus (of those about as strong the one that begins last), and of the others the one that lasts longest the verse.
    Without any that comes back, the strongest part is the chorus. The first and the last part are intro and outro when
    they are neither; a part within the song that comes once is the bridge, or a break when it is quiet. These are
    guesses by repetition and loudness alone, as in audio thumbnailing (Bartsch and Wakefield, 2001: the chorus is what
    is repeated most and strongest).
    """
    sections = analysis.sections
    if not sections:
        return {}
    energy = _energies(analysis)
    labels = [section.label for section in sections]
    length = _by_label(labels, [section.end - section.start for section in sections])
    work = _by_label(labels, [e * (s.end - s.start) for e, s in zip(energy, sections, strict=True)])
    mean = {label: work[label] / max(length[label], 1e-9) for label in length}
    again = [label for label in dict.fromkeys(labels) if labels.count(label) > 1]
    known = again or list(dict.fromkeys(labels))
    strong = [label for label in known if mean[label] >= ALIKE * max(mean[each] for each in known)]
    chorus = max(strong, key=labels.index)
    others = [label for label in (again or labels) if label != chorus]
    verse = max(others, key=lambda label: length[label]) if others else None
    if not again and verse in (labels[0], labels[-1]) and len(labels) > 2:
        verse = next((label for label in labels[1:-1] if label != chorus), verse)
    found: dict[str, list[Section]] = {}
    whole = float(np.mean(energy))
    for n, (section, strength) in enumerate(zip(sections, energy, strict=True)):
        if section.label in (chorus, verse):
            name = "chorus" if section.label == chorus else "verse"
        elif n == 0:
            name = "intro"
        elif n == len(sections) - 1:
            name = "outro"
        else:
            name = "break" if strength < QUIET * whole else "bridge"
        found.setdefault(name, []).append(section)
    return {name: tuple(found[name]) for name in PARTS if name in found}


def _energies(analysis: MusicAnalysis) -> list[float]:
    """Mean energy of each section."""
    beats = np.asarray(analysis.beats)
    out = []
    for section in analysis.sections:
        inside = (beats >= section.start) & (beats < section.end)
        out.append(float(analysis.energy[inside].mean()) if inside.any() else 0.0)
    return out


def _by_label(labels: list[str], values: list[float]) -> dict[str, float]:
    """Sums of the values by label."""
    found: dict[str, float] = {}
    for label, value in zip(labels, values, strict=True):
        found[label] = found.get(label, 0.0) + value
    return found


__all__ = ["PARTS", "parts_by_name"]
