"""What words of a tagger say of dance styles and moods."""

from __future__ import annotations

from collections.abc import Mapping

STYLES: Mapping[str, Mapping[str, float]] = {
    "rock": {"rock": 1.0},
    "classic rock": {"rock": 1.0},
    "alternative rock": {"rock": 1.0},
    "indie rock": {"rock": 0.7, "pop": 0.3},
    "hard rock": {"rock": 0.6, "metal": 0.4},
    "progressive rock": {"rock": 1.0},
    "punk": {"rock": 1.0},
    "alternative": {"rock": 0.6, "pop": 0.4},
    "indie": {"pop": 0.5, "rock": 0.5},
    "indie pop": {"pop": 1.0},
    "metal": {"metal": 1.0},
    "heavy metal": {"metal": 1.0},
    "pop": {"pop": 1.0},
    "catchy": {"pop": 1.0},
    "80s": {"pop": 0.6, "disco": 0.4},
    "electronic": {"house": 0.5, "electronic": 0.5},
    "electronica": {"house": 0.4, "electronic": 0.6},
    "electro": {"house": 0.6, "electronic": 0.4},
    "house": {"house": 1.0},
    "techno": {"house": 1.0},
    "dance": {"house": 0.4, "disco": 0.3, "pop": 0.3},
    "party": {"disco": 0.4, "pop": 0.3, "house": 0.3},
    "hip-hop": {"hiphop": 1.0},
    "hip hop": {"hiphop": 1.0},
    "rnb": {"rnb": 1.0},
    "soul": {"rnb": 0.6, "funk": 0.4},
    "funk": {"funk": 0.7, "disco": 0.3},
    "70s": {"disco": 0.4, "rock": 0.4, "funk": 0.2},
    "disco": {"disco": 1.0},
    "jazz": {"swing": 1.0},
    "oldies": {"swing": 0.3, "rock": 0.4, "rnb": 0.3},
    "60s": {"rock": 0.6, "pop": 0.4},
    "blues": {"blues": 1.0},
    "country": {"country": 1.0},
    "folk": {"folk": 0.5, "country": 0.3, "ballad": 0.2},
    "acoustic": {"ballad": 0.6, "folk": 0.4},
    "easy listening": {"ballad": 0.5, "rumba": 0.2, "swing": 0.3},
    "mellow": {"ballad": 1.0},
    "sad": {"ballad": 1.0},
    "reggae": {"reggae": 1.0},
    "latin": {"latin": 1.0},
    "classical": {"classical": 1.0},
    "ambient": {"cinematic": 1.0},
    "instrumental": {"classical": 0.4, "cinematic": 0.4, "swing": 0.2},
}
"""Styles that each tag speaks for, small letters; what is not here says nothing of style."""
MOODS = ("happy", "sad", "party", "sexy", "beautiful", "mellow", "chill", "chillout", "catchy", "easy listening")
"""Tags that name moods."""
FLOOR = 0.02
"""Least probability, on either side, of a style that tags can name: neither side rules one out alone."""


def styles_of(tags: Mapping[str, float]) -> dict[str, float]:
    """Probability of each style by the tags, the likeliest first."""
    found: dict[str, float] = {}
    for tag, share in tags.items():
        for style, part in STYLES.get(tag.lower(), {}).items():
            found[style] = found.get(style, 0.0) + part * share
    total = sum(found.values())
    if total <= 0:
        return {}
    order = sorted(found, key=lambda name: (-found[name], name))
    return {name: found[name] / total for name in order}


def moods_of(tags: Mapping[str, float]) -> dict[str, float]:
    """Probability of each mood that the tags name, the likeliest first."""
    found = {name.lower(): float(share) for name, share in tags.items() if name.lower() in MOODS}
    return {name: found[name] for name in sorted(found, key=lambda name: (-found[name], name))}


def combined(styles: Mapping[str, float], tagged: Mapping[str, float]) -> dict[str, float]:
    """Probability of each style by rhythm and tags together, the likeliest first.

    Bayes' rule, both taken as independent: what the rhythm says times how much likelier the tags make a style than
    they would if they told nothing. They tell nothing of a style that no tag names, such as the waltz, nor of music of
    no style, which is what is missing to 1 in `styles`.
    """
    if not tagged or not styles:
        return dict(styles or tagged)
    blank = 1 / len(tagged)
    scores = {name: share for name, share in styles.items() if name not in tagged}
    for name, share in tagged.items():
        scores[name] = (styles.get(name, 0.0) + FLOOR) * (share + FLOOR) / (blank + FLOOR)
    total = sum(scores.values()) + max(0.0, 1 - sum(styles.values()))
    order = sorted(scores, key=lambda name: (-scores[name], name))
    return {name: scores[name] / total for name in order}
