"""Everyday phrases in search: how many of the first five clips answer them.

    python benchmarks/words.py [--db PLACE] [--unseen] [--show]

The phrases and what answers each are in ``phrases.yaml``, written before the lexicon was. Every second phrase was kept
unseen until it was done; by default the others are told, with ``--unseen`` all are, apart.
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
from choreo.retrieval.search import by_words
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


def main() -> None:
    """Ask for every phrase and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--db")
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
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
