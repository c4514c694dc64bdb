"""Trained embedders: where they lie, how they are made and found."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from choreo import plugins
from choreo.errors import InputError
from choreo.output import require_writable
from choreo.retrieval.bench import DIRECTIONS, benchmark
from choreo.retrieval.learned import MODEL, LearnedEmbedder
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.words import read_lyrics

VARIABLE = "CHOREO_MODELS"
CHECKPOINT = "training.pt"
TOLD = ("R@1", "R@5", "R@10", "MedR/gallery", "MAP tag", "MAP style", "gallery")


def models_folder() -> Path:
    """Where trained embedders are kept: ``$CHOREO_MODELS``, else the user's data folder."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_dir

    return Path(user_data_dir("choreo")) / "models"


def ready(name: str, *, lyrics: str | Path | None = None) -> Any:
    """The embedder `name`, its model loaded where it needs one, and the words of the song told.

    Raises
    ------
    InputError
        When it is not trained, its model cannot be used, or it does not understand lyrics.
    PluginError
    """
    plugin = plugins.load("embedders", name)
    if lyrics is not None:
        if not hasattr(plugin, "lyrics"):
            raise InputError(f"the embedder {name!r} does not understand lyrics; use --embedder text-bridge.")
        plugin.lyrics = read_lyrics(Path(lyrics))
    if hasattr(plugin, "load"):
        plugin.load(models_folder() / name)
    return plugin


def learners() -> list[str]:
    """Names of the embedders that can be trained."""
    found = []
    for name in plugins.candidates("embedders"):
        plugin = plugins.load("embedders", name)
        if hasattr(plugin, "fit"):
            found.append(name)
    return found


def untrained(name: str, settings: Mapping[str, Any] | None = None, *, lengths: bool = True) -> LearnedEmbedder:
    """An embedder to be trained.

    Raises
    ------
    InputError
        When it needs no training, or has no such setting.
    """
    plugin = plugins.load("embedders", name)
    if not isinstance(plugin, LearnedEmbedder):
        raise InputError(f"{name} needs no training; use it as it is: --embedder {name}.")
    return type(plugin)(lengths=lengths, **(settings or {}))


def fingerprint(pairs: Pairs, embedder: LearnedEmbedder, seed: int) -> str:
    """Hash of everything that decides what is learnt."""
    told = [
        embedder.name, embedder.settings, embedder.lengths, seed, list(pairs.tags), [c.clip_id for c in pairs.clips],
        [[s.analysis.sha256, [p.first_beat for p in s.phrases], list(s.clips)] for s in pairs.songs],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:32]


def train(
    name: str,
    pairs: Pairs,
    *,
    seed: int = 0,
    folds: int = 5,
    lengths: bool = True,
    settings: Mapping[str, Any] | None = None,
    again: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[LearnedEmbedder, bool]:
    """Train an embedder on all pairs and keep it; what it scores on songs held out goes into its model card.

    A training that was killed goes on where it was; one of the same data, settings and seed that is done is not done
    again unless `again`.

    Returns
    -------
    The trained embedder, and whether it was trained now.

    Raises
    ------
    InputError, OutputError, PluginError
    """
    folder = models_folder() / name
    require_writable(folder)
    report = progress or (lambda stage, done: None)
    embedder = untrained(name, settings, lengths=lengths)
    mark = fingerprint(pairs, embedder, seed)
    if not again and (found := _same(name, folder, mark)) is not None:
        return found, False
    measured: dict[str, Any] = {}
    folds = min(folds, len(pairs.songs))
    if folds >= 2:

        def judging(done: int, total: int) -> None:
            report(f"{name}: songs held out", done / total)

        with plugins.blame("embedders", name):
            result = benchmark(
                pairs, lambda: untrained(name, settings, lengths=lengths), folds=folds, seeds=(seed,), told=judging
            )
        measured = {f"{d}, {m}": round(result.mean(d, m), 4) for d in DIRECTIONS for m in TOLD}
        measured["folds by song"] = folds
    checkpoint = folder / CHECKPOINT
    with plugins.blame("embedders", name):
        embedder.fit(pairs, seed=seed, report=lambda done: report(f"{name}: learning", done), checkpoint=checkpoint)
    embedder.card.measured = {**measured, "fingerprint": mark}
    embedder.save(folder)
    checkpoint.unlink(missing_ok=True)
    return embedder, True


def _same(name: str, folder: Path, mark: str) -> LearnedEmbedder | None:
    if not (folder / MODEL).is_file():
        return None
    try:
        found = untrained(name).load(folder)
    except InputError:
        return None
    return found if found.card.measured.get("fingerprint") == mark else None
