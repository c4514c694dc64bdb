"""Learned embedders on held-out songs, and on two-view problems with a known answer.

    python benchmarks/retrieval.py [--data DIR] [--seeds N] [--figures FILE] [--write]

Reads ``choreonet/`` of the folder of real data (``--data`` or CHOREO_SHARED). ``--figures`` keeps what is measured
and takes from there what is in it. ``--write`` puts the tables into ``docs/benchmarks/retrieval.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from two_views import class_map, digits, known_problem

from choreo import plugins
from choreo.retrieval.baselines import BASELINES
from choreo.retrieval.bench import AMBIGUOUS, DIRECTIONS, MISLED, BenchmarkResult, benchmark
from choreo.retrieval.models import learners, untrained
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.report import compare_all, dance_table, song_table, table

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "retrieval.md"
HEAD = """\
# Which dance belongs to which music

<!-- Made by `python benchmarks/retrieval.py --write`; change that script, not this page. -->
"""
GOALS = (("MAP style", 0.90, "at least"), ("R@5", 0.35, "at least"), ("MedR/gallery", 0.06, "at most"))
CONTENT_GOALS = (
    ("R@5 without lengths", "R@5", False, 0.30),
    ("R@5 with lengths, above tempo and lengths", "R@5", True, 0.10),
    (f"{AMBIGUOUS}, without lengths", AMBIGUOUS, False, 0.60),
    (f"{MISLED}, without lengths", MISLED, False, None),
)
"""What is learnt beyond tempo and lengths: name, metric, whether lengths are told, and what is wanted at least."""
TOLD_APART = ("tempo lookup", "rating", "contrastive")
"""Rows of the tables by dance and by song."""
COPIED = (("cca", 0), ("cca", 2), ("rating", 0), ("rating", 2))
COPIED_METRICS = ("R@5", "MAP style", AMBIGUOUS, MISLED)
"""Methods and copies of the songs at other tempi that they are tried with, and what is shown of them."""
PUBLISHED = ("cca", "cluster-cca", "sdcca")
"""Methods whose order on labelled views is known from the papers."""
TWO_VIEW = ("cca", "kcca", "dcca", "mean-cca", "cluster-cca", "cluster-kcca", "sdcca")


def choreonet(data: Path) -> Pairs:
    """ChoreoNet's movement units, paired with the music that they were danced to."""
    found: Pairs = plugins.load("datasets", "choreonet").pairs(data / "choreonet")
    return found


def compared(pairs: Pairs, seeds: int, *, lengths: bool) -> list[dict[str, Any]]:
    """Every embedder, five folds by song."""
    names = [name for name in plugins.available("embedders") if lengths or name in learners()]
    return [vars(one) for one in compare_all(pairs, names, lengths=lengths, seeds=range(seeds))]


def two_views() -> dict[str, dict[str, Any]]:
    """Mean average precision by class of the linear, deep and supervised methods."""
    out: dict[str, dict[str, Any]] = {}
    for name in TWO_VIEW:
        found = {}
        for problem, views in (("known", known_problem()), ("digits", digits())):
            found[problem] = [float(np.mean(list(class_map(untrained(name), views, seed=s).values()))) for s in (0, 1)]
        out[name] = found
    return out


def ablation(pairs: Pairs, seeds: int) -> dict[str, list[float]]:
    """MAP by movement tag of the joint embedding with and without its cosine term, both directions."""
    found = {}
    variants: dict[str, dict[str, float]] = {"joint": {}, "joint without the cosine term": {"cosine_weight": 0.0}}
    for name, settings in variants.items():
        result = benchmark(pairs, partial(untrained, "joint", settings), seeds=range(seeds))
        found[name] = [result.mean(direction, "MAP tag") for direction in DIRECTIONS]
    return found


def tempo_copies(pairs: Pairs, seeds: int) -> dict[str, list[float]]:
    """Metrics of `COPIED` without and with copies of the songs at other tempi, lengths not told, both directions."""
    found = {}
    for name, copies in COPIED:
        make = partial(untrained, name, {"copies": copies}, lengths=False)
        result = benchmark(pairs, make, seeds=range(seeds))
        found[f"{name}, {copies} copies"] = [result.mean(d, metric) for metric in COPIED_METRICS for d in DIRECTIONS]
    return found


def costs(pairs: Pairs) -> dict[str, Any]:
    """Seconds to learn from everything, one after the other, and to embed three minutes of analysed music."""
    learnt, embedding = {}, {}
    song = max(pairs.songs, key=lambda one: one.analysis.duration)
    from choreo.music import phrases
    from choreo.retrieval.music_side import music_vectors

    parts = phrases(song.analysis)
    for each in pairs.songs:
        music_vectors(each.analysis, each.phrases)
    for name in learners():
        embedder = untrained(name)
        begun = time.perf_counter()
        embedder.fit(pairs, seed=0)
        learnt[name] = time.perf_counter() - begun
        begun = time.perf_counter()
        embedder.embed_music(song.analysis, parts)
        embedding[name] = (time.perf_counter() - begun) * 180 / song.analysis.duration
    return {"learnt": learnt, "embedding": embedding}


def against_goals(results: Sequence[BenchmarkResult]) -> str:
    """The goals, and the metrics of the best method beside those of `zeroshot` and of chance."""
    best = max(_learnt(results), key=_merit)
    base = next(one for one in results if one.name == "zeroshot")
    lines = [
        f"| best: {best.name} | wanted | " + " | ".join(DIRECTIONS) + " | zeroshot, both | chance, both |",
        "|---|---|---|---|---|---|",
    ]
    for name, goal, kind in GOALS:
        mine = [f"{best.mean(d, name):.3f} ± {best.spread(d, name):.3f}" for d in DIRECTIONS]
        plain = ", ".join(f"{base.mean(d, name):.3f}" for d in DIRECTIONS)
        luck = ", ".join(f"{base.mean(d, f'chance {name}'):.3f}" for d in DIRECTIONS)
        lines.append(f"| {name} | {kind} {goal:.2f} | {mine[0]} | {mine[1]} | {plain} | {luck} |")
    return "\n".join(lines) + "\n"


def _learnt(results: Sequence[BenchmarkResult]) -> list[BenchmarkResult]:
    return [one for one in results if one.name != "zeroshot" and one.name not in BASELINES]


def against_tempo(told: Sequence[BenchmarkResult], untold: Sequence[BenchmarkResult]) -> str:
    """What the method that is best at it knows beyond the baselines, and what naming the dance alone would give."""
    lines = [
        "| measure | wanted | " + " | ".join(f"{d}: best method" for d in DIRECTIONS) + " | *tempo lookup* "
        "| *tempo and lengths* | *dance told* | *dance and lengths told* |",
        "|---" * 8 + "|",
    ]
    for title, metric, lengths, goal in CONTENT_GOALS:
        results = told if lengths else untold
        base = {one.name: one for one in results if one.name in BASELINES}
        cells = []
        for d in DIRECTIONS:
            best = max(_learnt(results), key=lambda one, d=d: one.mean(d, metric))  # type: ignore[misc]
            found = best.mean(d, metric)
            above = f" ({found - base['tempo and lengths'].mean(d, metric):+.3f})" if lengths else ""
            cells.append(f"{best.name} {found:.3f}{above}")
        wanted = "" if goal is None else f"at least {goal:.2f}"
        rows = [
            ", ".join(f"{base[name].mean(d, metric):.3f}" for d in DIRECTIONS) if name in base else ""
            for name in ("tempo lookup", "tempo and lengths", "dance told", "dance and lengths told")
        ]
        lines.append(f"| {title} | {wanted} | " + " | ".join([*cells, *rows]) + " |")
    return "\n".join(lines) + "\n"


def _merit(result: BenchmarkResult) -> float:
    return min(min(result.mean(d, "MAP style") / 0.90, result.mean(d, "R@5") / 0.35) for d in DIRECTIONS)


def order(found: dict[str, dict[str, Any]]) -> str:
    """Table of the two-view problems."""
    lines = ["| method | known answer | digits' halves |", "|---|---|---|"]
    for name, values in found.items():
        lines.append(f"| {name} | " + " | ".join(f"{np.mean(values[p]):.3f}" for p in ("known", "digits")) + " |")
    for problem in ("known", "digits"):
        first, second, third = (float(np.mean(found[name][problem])) for name in PUBLISHED)
        lines.append(f"| *order on {problem}* | {'appears' if first < second <= third else 'does NOT appear'} | |")
    return "\n".join(lines) + "\n"


def page(found: dict[str, Any], pairs: Pairs) -> str:
    """The page."""
    with_lengths, without = (
        [BenchmarkResult(**one) for one in found[key]] for key in ("lengths told", "lengths not told")
    )
    facts, cost = found["facts"], found["costs"]
    total = sum(cost["learnt"].values())
    shown = [one for name in TOLD_APART for one in without if one.name == name]
    weak = [
        one.name for one in with_lengths if one.name in cost["learnt"] and min(one.mean(d, "z") for d in DIRECTIONS) < 3
    ]
    return "\n".join(
        [
            HEAD,
            f"ChoreoNet: {facts['pairs']} pairs of music and movement unit, {facts['songs']} songs, "
            f"{facts['clips']} units, of {facts['styles']}. Units are snapped to the tracked beats. Split **by song**: "
            f"5 folds, {facts['seeds']} seeds; mean ± standard deviation over all of them. The gallery is every unit, "
            "also those that only songs of the other folds are danced with. Right is any unit with the same movement "
            "tag; for MAP style, any of the same dance.",
            "",
            "Reproduce with `python benchmarks/retrieval.py`, or any part of it with `choreo bench retrieval choreonet "
            "PATH`.",
            "",
            "## Against the goals",
            "",
            against_goals(with_lengths),
            "## What is learnt beyond tempo and lengths",
            "",
            "Rows in italics learn nothing. *tempo lookup* names the dance of the song whose tempo within the octave "
            "is nearest; *lengths* takes the units that last as long; *tempo and lengths* takes these of that dance; "
            "*dance told* knows the dance, which nobody does, and nothing else: what a perfect ear for dances would "
            "give. A song's tempo is **ambiguous** when it lies in the range of two dances of the training "
            "songs (widened by 2 %), and **misleading** when the song of the nearest tempo has another dance.",
            "",
            against_tempo(with_lengths, without),
            "So R@5 without lengths is mostly a matter of which dance it is: a unit's place in a routine is the "
            "choreographer's choice. What is above *dance told* comes from units that are danced often, from what "
            "music says of the unit itself, and from what its features still betray of its length.",
            "",
            "### By dance and by song",
            "",
            "Music to dance, without lengths, each song when it was held out; mean over seeds. Waltz is best looked at "
            "apart: with so few units and stretches its numbers mean little.",
            "",
            dance_table(pairs, shown),
            song_table(pairs, shown),
            "## All embedders",
            "",
            "How long a unit lasts, in counts and seconds, is told on both sides: a choreographer who asks for a dance "
            "for these 8 counts says so, and so does choreo's planner. That is worth much: the goals for R@5 and MedR "
            "are met with it only. The tables under the next heading are without it.",
            "",
            table(with_lengths),
            "Above chance with z > 3 in both directions: "
            + ("all that learn." if not weak else f"all that learn but {', '.join(weak)}."),
            "",
            "## Without being told lengths",
            "",
            table(without),
            "## The order of the methods",
            "",
            "Mean average precision by class on rows held out, both directions, five folds, two seeds. The papers have "
            "CCA < cluster CCA <= supervised deep CCA. The first problem has a known answer "
            "(`benchmarks/two_views.py`): pairs agree most in what has nothing to do with the class, one bit of the "
            "class can only be seen by a net. The second: left and right halves of scikit-learn's digits.",
            "",
            order(found["two views"]),
            "On ChoreoNet the same order appears in MAP style, which is what these methods are taught; by movement tag "
            "the methods that learn from pairs are better, for a style does not say which unit.",
            "",
            "## What the joint embedding owes to its cosine term",
            "",
            "| MAP tag | " + " | ".join(DIRECTIONS) + " |",
            "|---|---|---|",
            *(f"| {n} | {a:.3f} | {b:.3f} |" for n, (a, b) in found["ablation"].items()),
            "",
            "## What copies of the songs at other tempi do",
            "",
            "`choreo train METHOD DATASET PATH --set copies=2` lets a method learn every song 3.5 % faster and slower "
            "too, with the same dances. Lengths not told; music to dance, dance to music.",
            "",
            "| method | " + " | ".join(COPIED_METRICS) + " |",
            "|---" * (1 + len(COPIED_METRICS)) + "|",
            *(
                f"| {n} | " + " | ".join(f"{v[2 * k]:.3f}, {v[2 * k + 1]:.3f}" for k in range(len(v) // 2)) + " |"
                for n, v in found["tempo copies"].items()
            ),
            "",
            "## Cost",
            "",
            f"Two processor cores, no GPU. All methods one after the other learn from all pairs in {total:.0f} s "
            "(wanted: under 900 s).",
            "",
            "| method | learns, s | embeds 3 min of analysed music, ms (wanted: 300) |",
            "|---|---|---|",
            *(f"| {n} | {s:.1f} | {1000 * cost['embedding'][n]:.0f} |" for n, s in cost["learnt"].items()),
            "",
            "## How far to trust this",
            "",
            "- The settings of the methods (widths, temperatures, the weight of the style) were looked at on the folds "
            "of seed 0 while the methods were written. Seeds 1 and 2 split the songs anew, but the songs are the same. "
            "Songs outside this set are the real test.",
            "- Tempo within the octave is the strongest single feature: in ballroom a dance has its tempo. On a set "
            "with less strict tempos expect less.",
            "- `analysis.styles`, how likely the music is of each dance, is no input of any method that learns here: "
            "the model that hears it learnt from these same songs. `zeroshot` takes it, so its rows are too good: "
            "`benchmarks/unheard.py` gives it ears that have not heard the songs, and "
            "[its table](../retrieval.md#without-training) is the one to trust.",
            "- A model that learnt here has seen three ballroom dances. It says little about clips of other styles, "
            "and ChoreoNet states no licence, so no trained weights come with choreo: `zeroshot`, which needs none, "
            "stays the default; `choreo train` makes the others from data you have.",
            "",
        ]
    )


def main() -> None:
    """Measure and print, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("CHOREO_SHARED"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--figures", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.data is None:
        parser.error("name the folder of real data with --data or CHOREO_SHARED")
    found: dict[str, Any] = {}
    if given.figures and given.figures.exists():
        found = json.loads(given.figures.read_text())
    pairs = choreonet(given.data)
    styles = sorted({clip.styles[0] for clip in pairs.clips})
    parts: dict[str, Callable[[], Any]] = {
        "facts": lambda: {
            "pairs": len(pairs),
            "songs": len(pairs.songs),
            "clips": len(pairs.clips),
            "styles": ", ".join(styles),
            "seeds": given.seeds,
        },
        "costs": lambda: costs(pairs),
        "two views": two_views,
        "ablation": lambda: ablation(pairs, given.seeds),
        "tempo copies": lambda: tempo_copies(pairs, given.seeds),
        "lengths told": lambda: compared(pairs, given.seeds, lengths=True),
        "lengths not told": lambda: compared(pairs, given.seeds, lengths=False),
    }
    for name, measure in parts.items():
        if name not in found:
            found[name] = measure()
        if given.figures:
            given.figures.write_text(json.dumps(found))
    text = page(found, pairs)
    if given.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
