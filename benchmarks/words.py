"""Everyday phrases in search: how many of the first five clips answer them.

    python benchmarks/words.py [--db PLACE] [--unseen] [--show]
    python benchmarks/words.py --vectors

The phrases and what answers each are in ``phrases.yaml``, written before the lexicon was. Every second phrase was kept
unseen until it was done; by default the others are told, with ``--unseen`` all are, apart. ``--vectors``: words of the
lexicon are taken out of it one by one, with all of their stem, and looked up again by each word encoder that is ready.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from choreo.db import default_location, ensure_starter
from choreo.errors import InputError
from choreo.motion.quantities import QUANTITIES
from choreo.moves.library import starter_descriptions
from choreo.retrieval.clip_quantities import clip_quantities
from choreo.retrieval.lexicon import lexicon, stem
from choreo.retrieval.search import by_words
from choreo.retrieval.word_vectors import english_words, nearest_concept, word_encoders
from choreo.types import Clip

FIRST = 5
PHRASES = Path(__file__).with_name("phrases.yaml")


def answers(clip: Clip, alternative: Mapping[str, Any], ranks: Mapping[str, float]) -> bool:
    """Whether a clip meets one of the alternatives of a phrase."""
    if "styles" in alternative and not set(alternative["styles"]) & set(clip.styles):
        return False
    if "moves" in alternative and not re.search(alternative["moves"], f"{clip.move} {clip.name}"):
        return False
    if "text" in alternative and alternative["text"] not in starter_descriptions().get(clip.move, "").lower():
        return False
    bounds = {
        **alternative.get("measures", {}),
        **({"energy": alternative["energy"]} if "energy" in alternative else {}),
    }
    return all(
        low <= (clip.energy if name == "energy" else ranks[name]) <= high for name, (low, high) in bounds.items()
    )


def looked_up_again() -> None:
    """Count how many words of the lexicon are taken as one of their own concepts, once they are not in it."""
    known = english_words()
    spaced, _ = lexicon()
    stems = [stem(word) for word in known]
    own = {word: {concept.name for concept in spaced[(key,)]} for word, key in zip(known, stems, strict=True)}
    for encoder in word_encoders():
        vectors = encoder.vectors(known)
        taken, right, chance = 0, 0, 0.0
        for n, word in enumerate(known):
            rest = [k for k, other in enumerate(stems) if other != stems[n]]
            found = nearest_concept(vectors[n], vectors[rest], tuple(known[k] for k in rest))
            if found is None or found.similarity < encoder.alike:
                continue
            taken += 1
            right += found.concepts[0].name in own[word]
            chance += float(np.mean([bool(own[word] & own[known[k]]) for k in rest]))
        share, drawn = right / max(taken, 1), chance / max(taken, 1)
        print(f"{encoder.name}: {taken} of {len(known)} words taken as others,")
        print(f"  {share:.2f} of these as their own concept (by chance {drawn:.2f})")


def main() -> None:
    """Ask for every phrase and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db")
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--vectors", action="store_true")
    given = parser.parse_args()
    if given.vectors:
        looked_up_again()
        return
    clips = ensure_starter(default_location(given.db)).clips()
    values = clip_quantities(clips)
    shares = (values[:, None] > values[None]).mean(axis=1)
    ranks = {clip.clip_id: dict(zip(QUANTITIES, row, strict=True)) for clip, row in zip(clips, shares, strict=True)}
    by_id = {clip.clip_id: clip for clip in clips}
    phrases = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    for name, chosen in (("seen", phrases[0::2]), ("unseen", phrases[1::2] if given.unseen else [])):
        scores, refused = [], []
        for each in chosen:
            try:
                hits = by_words(each["phrase"], clips, top=FIRST)
            except InputError:
                refused.append(each["phrase"])
                scores.append(0.0)
                continue
            good = [any(answers(by_id[hit.clip_id], one, ranks[hit.clip_id]) for one in each["any"]) for hit in hits]
            scores.append(sum(good) / FIRST)
            if given.show:
                told = ", ".join(("" if ok else "NOT ") + hit.name for ok, hit in zip(good, hits, strict=True))
                print(f"  {scores[-1]:.1f} {each['phrase']}: {told}")
        if scores:
            told = f"precision at {FIRST} {np.mean(scores):.2f}, refused {refused or 'none'}"
            print(f"{name}: {len(scores)} phrases, {told}")


if __name__ == "__main__":
    main()
