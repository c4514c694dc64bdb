"""Base class of learned embedders: their features and training set, their model files, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from choreo.errors import InputError, PluginError
from choreo.inputs import file_size
from choreo.motion.skeleton import NAMES
from choreo.output import atomic, write_text
from choreo.retrieval.motion_side import motion_sequences, motion_vectors
from choreo.retrieval.music_side import music_sequences, music_vectors
from choreo.retrieval.pairs import MOTION, PICTURES, Pairs
from choreo.retrieval.picture_side import picture_vectors
from choreo.retrieval.scales import LENGTHS, VERSION, Scaler, Vectors
from choreo.retrieval.tempo_copies import with_tempo_copies
from choreo.types import Bools, Clip, Doubles, Floats, Ints, MusicAnalysis, Phrase

MODEL, CARD = "model.safetensors", "README.md"
LARGEST = 512 << 20
HEADER = 16 << 20
"""Bytes of a model file's header, at most."""
Report = Callable[[float], None]
"""Progress callback, called with the share of the training that is done, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Features:
    """Features of one side, music or motion, as a method gets them.

    Attributes
    ----------
    x
        ``(N, D) float32``, one scaled vector for each phrase or clip.
    steps
        ``(N, L, S) float32``, the same beat by beat or half count by half count; empty unless ``uses_sequences``.
    mask
        ``(N, L) bool``, the steps that exist; shorter sequences are padded.
    """

    x: Floats
    steps: Floats
    mask: Bools


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Paired features that a method learns from: N stretches of music, C clips.

    Attributes
    ----------
    music, motion
        Features of the stretches of music and of the clips.
    clip
        ``(N,)``, the row of `motion` that is paired with each row of `music`; several rows may share a clip.
    tag, style
        ``(C,)``, class of each clip by movement tag and by dance style.
    song
        ``(N,)``, the song of each row of `music`.
    weight
        ``(N,)``, sums to 1; one over the root of the number of pairs of the song, so that long songs do not dominate.
    pairs
        The clips and songs themselves, for methods that do not learn from features.
    checkpoint
        File in which a long training keeps its state.
    """

    music: Features
    motion: Features
    clip: Ints
    tag: Ints
    style: Ints
    song: Ints
    weight: Doubles
    pairs: Pairs | None
    seed: int
    report: Report
    checkpoint: Path | None


@dataclass(eq=False)
class ModelCard:
    """What a model was trained on and what it scored; written into the model file and the README beside it."""

    source: str = ""
    licence: str = ""
    pairs: int = 0
    clips: int = 0
    songs: int = 0
    seed: int = 0
    measured: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def no_steps() -> tuple[Floats, Bools]:
    """Empty steps and mask, for methods that read no sequences."""
    return np.zeros((0, 0, 0), np.float32), np.zeros((0, 0), bool)


def unit(rows: Floats) -> Floats:
    """Scale rows to unit length; rows of zeros stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 1e-9, norms, 1), np.float32)


class LearnedEmbedder:
    """Base of embedders with ``fit``, ``save`` and ``load``.

    A method gives `learn`, `project_music` and `project_motion` and keeps its parameters in `arrays`. The distance is
    one minus the cosine unless it overrides `compare`.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    paper: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]] = {}
    copied: ClassVar[Mapping[str, Any]] = {"copies": 0, "octaves": 0.05}
    """Settings of every method that learns from features: copies of the pairs at other tempi, and how far they go."""
    uses_sequences: ClassVar[bool] = False
    """Whether the method reads sequences (``Features.steps``), not only one vector for each phrase or clip."""
    uses_features: ClassVar[bool] = True
    """Whether it learns from `Features`; a method that does not has its own ``embed_music`` and ``embed_motion``."""

    def __init__(self, *, lengths: bool = True, **settings: Any) -> None:
        known = {**self.defaults, **(self.copied if self.uses_features else {})}
        unknown = sorted(set(settings) - set(known))
        if unknown:
            raise InputError(f"{self.name}: has no setting {unknown[0]!r}; it has {', '.join(known) or 'none'}.")
        self.settings: dict[str, Any] = {**known, **settings}
        self.lengths = lengths
        self.view = MOTION
        self.arrays: dict[str, Floats] = {}
        self.card = ModelCard()

    # to be given by each method

    def learn(self, data: TrainingSet) -> None:
        """Learn, and put the parameters into `arrays`."""
        raise NotImplementedError

    def project_music(self, features: Features) -> Floats:
        """Music in the shared space ``(N, E)``."""
        raise NotImplementedError

    def project_motion(self, features: Features) -> Floats:
        """Dance in the shared space ``(N, E)``."""
        raise NotImplementedError

    # shared by all methods

    @classmethod
    def sees_pictures(cls) -> bool:
        """Whether it can learn from pictures of videos, which are vectors and no sequences."""
        return cls.uses_features and not cls.uses_sequences

    @property
    def by_cosine(self) -> bool:
        """Whether the distance is one minus the cosine, so that an index can look for the nearest."""
        return type(self).compare is LearnedEmbedder.compare

    def fit(self, pairs: Pairs, *, seed: int = 0, report: Report | None = None, checkpoint: Path | None = None) -> Self:
        """Learn from pairs of music and dance.

        Parameters
        ----------
        report
            Progress callback, called with the share done, 0 to 1.
        checkpoint
            File in which a long training keeps its state, to go on after it was killed.

        Raises
        ------
        InputError
            When the pairs cannot be learnt from.
        """
        self.view = pairs.view
        if self.view == PICTURES and not self.sees_pictures():
            raise InputError(
                f"{self.name} reads the movement of a body, which pictures of videos do not tell. Take vmnet, or any "
                "method that learns from one vector for each clip."
            )
        card = ModelCard(
            pairs.source, pairs.licence, len(pairs), len(pairs.clips), len(pairs.songs), seed, {}, self._warnings(pairs)
        )
        if self.uses_features and self.settings["copies"]:
            pairs = with_tempo_copies(pairs, self.settings["copies"], self.settings["octaves"])
        music, motion = self._used_blocks(pairs.music), self._used_blocks(pairs.motion)
        scalers = Scaler.fit(music), Scaler.fit({name: block[pairs.clip] for name, block in motion.items()})
        for side, scaler in zip(("music", "motion"), scalers, strict=True):
            self.arrays[f"{side}.mean"], self.arrays[f"{side}.scale"] = scaler.mean, scaler.scale
        self.card = card
        counts = np.bincount(pairs.song)
        # between weighing every pair alike (long songs dominate) and every song alike (pairs of short songs dominate)
        weight = 1 / np.sqrt(counts[pairs.song])
        data = TrainingSet(
            Features(scalers[0](music), *self._music_steps([(s.analysis, s.phrases) for s in pairs.songs])),
            Features(scalers[1](motion), *self._motion_steps(pairs.clips)),
            pairs.clip,
            pairs.tag,
            pairs.style,
            pairs.song,
            weight / weight.sum(),
            pairs,
            seed,
            report or (lambda _: None),
            checkpoint,
        )
        self.learn(data)
        return self

    def _warnings(self, pairs: Pairs) -> tuple[str, ...]:
        found = []
        wide = max(
            sum(block.shape[1] for block in self._used_blocks(side).values()) for side in (pairs.music, pairs.motion)
        )
        if len(pairs) < wide:
            found.append(f"fewer pairs ({len(pairs)}) than numbers that describe one ({wide}): strongly regularised")
        for side, blocks in (("music", pairs.music), ("dance", pairs.motion)):
            flat = [
                name for name, block in self._used_blocks(blocks).items() if float(np.ptp(block, axis=0).max()) < 1e-6
            ]
            found += [f"{name} of the {side} never changes and is not used" for name in flat]
        return tuple(found)

    def _used_blocks(self, blocks: Vectors) -> Vectors:
        return blocks if self.lengths else {name: block for name, block in blocks.items() if name not in LENGTHS}

    def _music_steps(self, songs: Sequence[tuple[MusicAnalysis, Sequence[Phrase]]]) -> tuple[Floats, Bools]:
        if not self.uses_sequences:
            return no_steps()
        parts = [music_sequences(analysis, phrases) for analysis, phrases in songs]
        return np.concatenate([steps for steps, _ in parts]), np.concatenate([mask for _, mask in parts])

    def _motion_steps(self, clips: Sequence[Clip]) -> tuple[Floats, Bools]:
        return motion_sequences(clips) if self.uses_sequences else no_steps()

    def _scaled(self, side: str, blocks: Vectors) -> Floats:
        if f"{side}.mean" not in self.arrays:
            raise PluginError(
                f"{self.name} has learnt nothing yet. Run 'choreo train {self.name} --help'; --embedder zeroshot needs "
                "no training."
            )
        return Scaler(self.arrays[f"{side}.mean"], self.arrays[f"{side}.scale"])(self._used_blocks(blocks))

    def describe_music(self, analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> Features:
        """Compute the features of phrases."""
        x = self._scaled("music", music_vectors(analysis, phrases))
        return Features(x, *self._music_steps([(analysis, phrases)]))

    def embed_music(self, analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> Floats:
        """``(P, E) float32`` of unit length."""
        return unit(self.project_music(self.describe_music(analysis, phrases)))

    def embed_motion(self, clips: Sequence[Clip]) -> Floats:
        """``(C, E) float32`` of unit length."""
        x = self._scaled("motion", picture_vectors(clips) if self.view == PICTURES else motion_vectors(clips))
        return unit(self.project_motion(Features(x, *self._motion_steps(clips))))

    def compare(self, music: Floats, motion: Floats) -> Mapping[str, Floats]:
        """One minus the cosine, 0 to 2."""
        return {self.name: np.asarray(1 - music @ motion.T, np.float32).clip(0, 2)}

    # files

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors`` and the model card, whole or not at all.

        Raises
        ------
        OutputError
        """
        from safetensors.numpy import save

        facts = {
            "name": self.name,
            "features": VERSION,
            "skeleton": list(NAMES),
            "settings": self.settings,
            "lengths": self.lengths,
            "card": {**vars(self.card), "measured": dict(self.card.measured), "warnings": list(self.card.warnings)},
        }
        if self.view != MOTION:
            facts["view"] = self.view
        arrays = {name: np.ascontiguousarray(array) for name, array in sorted(self.arrays.items())}
        folder.mkdir(parents=True, exist_ok=True)
        with atomic(folder / MODEL) as partial:
            partial.write_bytes(save(arrays, {"choreo": json.dumps(facts, sort_keys=True)}))
        write_text(folder / CARD, self._card_text())

    def _card_text(self) -> str:
        card = self.card
        rows = "\n".join(f"| {name} | {value} |" for name, value in card.measured.items())
        return (
            f"# {self.name}\n\n{self.description}. After {self.paper}.\n\n"
            f"- learnt from: {card.source}, {card.pairs} pairs of {card.songs} songs and {card.clips} clips\n"
            f"- licence of what it was learnt from: {card.licence or 'unknown'}; the model may be used where it may\n"
            f"- settings: {json.dumps(self.settings, sort_keys=True)}\n"
            f"- lengths of phrases and clips: {'told' if self.lengths else 'not told'}\n"
            + ("- clips are known by the pictures of videos alone\n" if self.view == PICTURES else "")
            + f"- seed: {card.seed}\n- skeleton: choreo's {len(NAMES)} joints; features version {VERSION}\n"
            + "".join(f"- warning: {line}\n" for line in card.warnings)
            + (f"\n| measured | |\n|---|---|\n{rows}\n" if rows else "")
        )

    def load(self, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            When it is not there, is broken, or is of another method, feature version or skeleton.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        path = folder / MODEL
        try:
            if file_size(path) > LARGEST:
                raise InputError(f"{path}: is larger than any model of choreo ({LARGEST >> 20} MiB).")
            data = path.read_bytes()
            size = int.from_bytes(data[:8], "little")
            header = json.loads(data[8 : 8 + size])
            facts = json.loads(header["__metadata__"]["choreo"])
            arrays = load(data)
            found = (facts["name"], facts["features"], tuple(facts["skeleton"]))
            self.settings, self.lengths = dict(facts["settings"]), bool(facts["lengths"])
            self.view = PICTURES if facts.get("view") == PICTURES else MOTION
            self.card = ModelCard(**{**facts["card"], "warnings": tuple(facts["card"]["warnings"])})
        except FileNotFoundError as error:
            raise InputError(
                f"{path}: {self.name} is not trained. Run 'choreo train {self.name}' on a dataset with music, or use "
                "--embedder zeroshot, which needs no training."
            ) from error
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: is not a model of choreo ({type(error).__name__}). Train it anew.") from error
        self._check_header(path, *found)
        self.arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
        return self

    def _check_header(self, path: Path, name: str, features: int, skeleton: tuple[str, ...]) -> None:
        if name != self.name:
            raise InputError(f"{path}: is a model of {name!r}, expected one of {self.name!r}.")
        if features != VERSION:
            raise InputError(
                f"{path}: was trained on features of version {features}, this choreo measures version {VERSION}. "
                f"Run 'choreo train {self.name}' again."
            )
        if skeleton != NAMES:
            raise InputError(
                f"{path}: was trained on a skeleton of {len(skeleton)} joints, this choreo dances on {len(NAMES)}. "
                f"Run 'choreo train {self.name}' again."
            )


def method_of(path: Path) -> str:
    """Name of the embedder that a model file is of.

    Raises
    ------
    InputError
        When it cannot be read or is no model.
    """
    try:
        with path.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            if size > HEADER:
                raise ValueError
            return str(json.loads(json.loads(stream.read(size))["__metadata__"]["choreo"])["name"])
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: is not a model of choreo. 'choreo train' makes one.") from error


__all__ = ["Features", "LearnedEmbedder", "ModelCard", "Report", "TrainingSet", "method_of", "no_steps", "unit"]
