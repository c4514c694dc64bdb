"""Trained embedders: their folder, and how they are trained and loaded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.engines import LOCAL, open_engine
from choreo.errors import ChoreoError, InputError
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.music.phrasing import phrases
from choreo.output import require_writable
from choreo.retrieval.bench import DIRECTIONS, benchmark
from choreo.retrieval.folds import Trials, benchmark_all
from choreo.retrieval.learned import MODEL, LearnedEmbedder, method_of
from choreo.retrieval.lyrics import read_lyrics
from choreo.retrieval.pairs import PICTURES, Pairs
from choreo.retrieval.picture_side import CHANNELS, Looks, picture_clip
from choreo.types import BeatTrack, Clip, Motion, MusicAnalysis, Section

VARIABLE = "CHOREO_MODELS"
CHECKPOINT = "training.pt"
CARD_METRICS = ("R@1", "R@5", "R@10", "MedR/gallery", "MAP tag", "MAP style", "gallery")
"""Ranking metrics on held-out songs that go into the model card."""


def models_folder() -> Path:
    """Folder of trained embedders: ``$CHOREO_MODELS``, else the user's data folder."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_dir

    return Path(user_data_dir("choreo")) / "models"


def model_folder(name: str, view: str = "") -> Path:
    """Where an embedder's model is kept; one that learnt from pictures of videos has its own, ``vmnet-pictures``."""
    return models_folder() / (f"{name}-{PICTURES}" if view == PICTURES else name)


def located(name: str) -> tuple[str, Path]:
    """The embedder plugin and the folder of the model that a name means.

    Parameters
    ----------
    name
        Of a plugin, of a folder in `models_folder`, or a model file or its folder by path.

    Raises
    ------
    InputError
        When it is neither.
    """
    known = plugins.candidates("embedders")
    if name in known:
        return name, model_folder(name)
    learnt = name.removesuffix(f"-{PICTURES}")
    if learnt != name and learnt in known:
        return learnt, model_folder(learnt, PICTURES)
    path = Path(name)
    folder = path.parent if path.name == MODEL else path
    if not (folder / MODEL).is_file():
        raise InputError(
            f"no embedder is called {name!r}, nor is there a model of 'choreo train'."
            f"{plugins.suggest(name, list(known))}"
        )
    method = method_of(folder / MODEL)
    if method not in known:
        raise InputError(f"{folder / MODEL}: is a model of {method[:80]!r}, for which there is no plugin here.")
    return method, folder


def load_embedder(name: str, *, lyrics: str | Path | None = None) -> Any:
    """Make the embedder `name`, with its model loaded if it is learned, and the song's lyrics if it reads them itself.

    Parameters
    ----------
    name
        As `located` takes it.

    Raises
    ------
    InputError
        When it is not trained, its model cannot be used, or the lyrics cannot be read.
    PluginError
    """
    name, folder = located(name)
    plugin = plugins.ready("embedders", name)
    if lyrics is not None and hasattr(plugin, "lyrics"):
        plugin.lyrics = read_lyrics(Path(lyrics))
    if hasattr(plugin, "load"):
        try:
            plugin.load(folder)
            _use_once(plugin)
        except ChoreoError:
            raise
        except Exception as error:
            raise InputError(
                f"{folder / MODEL}: its parts do not fit together ({type(error).__name__}: {error}). Train it anew."
            ) from error
    return plugin


def _use_once(plugin: Any) -> None:
    """Embed a bar of silence and one of standing: a damaged model fails here, and not in the middle of the work."""
    beats = np.arange(9, dtype=np.float64) / 2
    still = np.zeros((121, len(NAMES), 4), np.float32)
    still[..., 0] = 1
    motion = Motion(CANONICAL, 30.0, np.tile(CANONICAL.offsets[0], (121, 1)), still, np.ones((121, 4), bool))
    clip = Clip("none", "none", "", "", "", motion, beats, 4, ("any",), 0.0, np.zeros(2 * 8, np.float32))
    track = BeatTrack(beats, np.arange(9) % 4 + 1, 4, 1.0, "none")
    silence, level = np.zeros((18, 3), np.float32), np.zeros(9, np.float32)
    song = MusicAnalysis(
        "", "", 4.5, track, level, level, silence, np.zeros((9, 12), np.float32), np.zeros((9, 13), np.float32),
        (Section(0.0, 4.5, "A"),),
    )  # fmt: skip
    if getattr(plugin, "view", "") == PICTURES:
        seen = Looks(beats, np.zeros((len(beats), len(CHANNELS)), np.float32))
        clip = picture_clip(seen, beats, name="none", source="")
    plugin.compare(plugin.embed_music(song, phrases(song)), plugin.embed_motion([clip]))


def learners() -> list[str]:
    """Names of the embedders that can be trained."""
    found = []
    for name in plugins.candidates("embedders"):
        plugin = plugins.load("embedders", name)
        if hasattr(plugin, "fit"):
            found.append(name)
    return found


def able(names: Sequence[str], pairs: Pairs) -> list[str]:
    """Those of some embedders that can learn from pairs: not all know what to do with pictures of videos."""
    return [each for each in names if pairs.view != PICTURES or untrained(each).sees_pictures()]


def untrained(name: str, settings: Mapping[str, Any] | None = None, *, lengths: bool = True) -> LearnedEmbedder:
    """Make an embedder to be trained.

    Raises
    ------
    InputError
        When it needs no training, or has no such setting.
    """
    plugin = plugins.ready("embedders", name)
    if not isinstance(plugin, LearnedEmbedder):
        raise InputError(f"{name} needs no training; use it as it is: --embedder {name}.")
    return type(plugin)(lengths=lengths, **(settings or {}))


def fingerprint(pairs: Pairs, embedder: LearnedEmbedder, seed: int) -> str:
    """Hash of everything that the trained parameters depend on."""
    inputs = [
        embedder.name, embedder.settings, embedder.lengths, seed, list(pairs.tags), [c.clip_id for c in pairs.clips],
        [[s.analysis.sha256, [p.first_beat for p in s.phrases], list(s.clips)] for s in pairs.songs],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()[:32]


def train(
    name: str,
    pairs: Pairs,
    *,
    seed: int = 0,
    folds: int = 5,
    lengths: bool = True,
    settings: Mapping[str, Any] | None = None,
    again: bool = False,
    engine: str = LOCAL,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[LearnedEmbedder, bool]:
    """Train an embedder on all pairs and save it; its metrics on held-out songs go into the model card.

    A killed training is resumed from its checkpoint. When the saved model has the same data, settings and seed it is
    returned as it is, unless `again`. The songs held out are judged where `engine` says (see
    `choreo.engines.open_engine`), locally in this process.

    Returns
    -------
    The trained embedder, and whether it was trained by this call.

    Raises
    ------
    InputError, OutputError, PluginError
    """
    folder = model_folder(name, pairs.view)
    require_writable(folder)
    report = progress or (lambda stage, done: None)
    embedder = untrained(name, settings, lengths=lengths)
    wanted = fingerprint(pairs, embedder, seed)
    if not again and (found := _saved(name, folder, wanted)) is not None:
        return found, False
    measured: dict[str, Any] = {}
    folds = min(folds, len(pairs.songs))
    if folds >= 2:

        def count_fold(done: int, total: int) -> None:
            report(f"{name}: songs held out", done / total)

        if engine == LOCAL:
            with plugins.blame("embedders", name):
                result = benchmark(
                    pairs,
                    lambda: untrained(name, settings, lengths=lengths),
                    folds=folds,
                    seeds=(seed,),
                    progress=count_fold,
                )
        else:
            with open_engine(engine) as workers:
                trials = Trials(pairs, folds, lengths, settings or {})
                (result,) = benchmark_all(trials, [name], (seed,), workers, count_fold)
        measured = {f"{d}, {m}": round(result.mean(d, m), 4) for d in DIRECTIONS for m in CARD_METRICS}
        measured["folds by song"] = folds
    checkpoint = folder / CHECKPOINT
    with plugins.blame("embedders", name):
        embedder.fit(pairs, seed=seed, report=lambda done: report(f"{name}: learning", done), checkpoint=checkpoint)
    embedder.card.measured = {**measured, "fingerprint": wanted}
    embedder.save(folder)
    checkpoint.unlink(missing_ok=True)
    return embedder, True


def _saved(name: str, folder: Path, wanted: str) -> LearnedEmbedder | None:
    """Saved model, if it can be read and is of the wanted fingerprint."""
    if not (folder / MODEL).is_file():
        return None
    try:
        found = untrained(name).load(folder)
    except InputError:
        return None
    return found if found.card.measured.get("fingerprint") == wanted else None
