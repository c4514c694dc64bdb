"""Contracts of the kinds of plugin, for the tests of anyone who writes one.

Each ``check_<kind>`` takes a plugin, uses it the way choreo does and raises AssertionError with a
sentence when it does not keep what its Protocol in ``choreo.protocols`` promises.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from choreo.errors import AudioError, InputError, MotionError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.protocols import (
    BeatTracker,
    BodySource,
    CharacterWriter,
    Dataset,
    Embedder,
    Engine,
    Exporter,
    PlanarRenderer,
    Renderer,
    RigExporter,
    Tagger,
    WordEncoder,
    Workers,
)  # fmt: skip
from choreo.types import Audio, BeatTrack, Body, Clip, Lost, Motion, MusicAnalysis, Phrase, Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from choreo.retrieval.pairs import Pairs

RATE = 22_050
FLOOR = 0.02
"""How far, in metres, a body that stands may be from the floor."""


def _want(holds: bool, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)


def _check_protocol(plugin: Any, protocol: type) -> None:
    _want(isinstance(plugin, protocol), f"{plugin!r} lacks parts of {protocol.__name__}")
    _want(bool(plugin.name) and bool(plugin.description), "name and description must not be empty")
    _want("\n" not in plugin.description, "description must be one line")


def sample_audio(seconds: float = 12.0, *, bpm: float = 120.0, metre: int = 4) -> Audio:
    """Clicks, the first of every bar higher and louder."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    time = np.arange(round(0.05 * RATE)) / RATE
    for number, beat in enumerate(np.arange(0.1, seconds - 0.1, 60 / bpm)):
        first = number % metre == 0
        tick = np.exp(-time / 0.01) * np.sin(2 * np.pi * (1600 if first else 1000) * time)
        begin = round(beat * RATE)
        samples[begin : begin + len(tick)] += np.float32(0.9 if first else 0.5) * tick
    return Audio(samples, RATE, path="clicks.wav", sha256="0" * 64)


def sample_motion(seconds: float = 2.0, *, fps: float = 60.0) -> Motion:
    """A dancer who sways, swings the arms and turns once around, feet level with the floor."""
    time = np.arange(round(seconds * fps) + 1) / fps
    swing = 0.8 * np.sin(2 * np.pi * time)
    rotations = np.zeros((len(time), len(CANONICAL), 4), np.float32)
    rotations[..., 0] = 1
    zero = np.zeros_like(time)
    for name, turn in {
        "pelvis": (zero, 2 * np.pi * time / max(seconds, 1e-6), zero),
        "spine2": (0.1 * swing, zero, 0.2 * swing),
        "left_shoulder": (zero, zero, -1.2 + swing / 2),
        "right_shoulder": (zero, 0.3 * swing, 1.2 + swing / 2),
        "left_elbow": (zero, -0.6 - swing / 2, zero),
    }.items():
        rotations[:, NAMES.index(name)] = rot.from_axis_angle(np.stack(turn, axis=-1)).astype(np.float32)
    translation = np.tile(CANONICAL.offsets[0], (len(time), 1))
    translation[:, 0] += 0.2 * np.sin(np.pi * time).astype(np.float32)
    return Motion(CANONICAL, fps, translation, rotations, np.ones((len(time), 4), bool))


def check_beats(plugin: BeatTracker) -> None:
    """A ``choreo.beats`` plugin: tracks clicks, keeps to a given tempo and metre, takes silence, is deterministic."""
    _check_protocol(plugin, BeatTracker)
    audio = sample_audio()

    def tracked(sound: Audio, **wishes: Any) -> BeatTrack:
        track = plugin.track(sound, **wishes)
        _want(isinstance(track, BeatTrack), f"track gave {type(track).__name__}, want a BeatTrack")
        inside = bool(np.all((track.beats >= 0) & (track.beats < sound.duration)))
        _want(inside, "beats must lie within the sound, in seconds from its start")
        _want(0 <= track.confidence <= 1, f"confidence {track.confidence} must lie in 0..1")
        return track

    free, again = tracked(audio), tracked(audio)
    same = np.array_equal(free.beats, again.beats) and np.array_equal(free.positions, again.positions)
    _want(same, "the same sound must give the same beats, bit for bit")
    for bpm in (100.0, 120.0):
        track = tracked(sample_audio(bpm=bpm), bpm=bpm)
        tempo = 60 / float(np.median(np.diff(track.beats))) if len(track.beats) > 1 else 0.0
        _want(abs(tempo - bpm) < 0.04 * bpm, f"the user said {bpm:g} beats a minute, the track has {tempo:.1f}")
    for metre in (3, 4):
        found = tracked(sample_audio(metre=metre), metre=metre).metre
        _want(found == metre, f"the user said {metre} beats in a bar, the track has {found}")
    tracked(Audio(np.zeros(4 * RATE, np.float32), RATE))


def check_taggers(plugin: Tagger) -> None:
    """A ``choreo.taggers`` plugin: probabilities of the same tags for every sound, silence too, deterministic."""
    _check_protocol(plugin, Tagger)
    _want(bool(plugin.licence), "licence must not be empty: weights have terms")
    audio = sample_audio()
    first, again = plugin.tags(audio), plugin.tags(audio)
    _want(bool(first), "there must be tags")
    _want(all(isinstance(name, str) and name for name in first), "tags must be words")
    _want(all(0 <= value <= 1 for value in first.values()), "probabilities must lie in 0..1")
    _want(dict(first) == dict(again), "the same sound must give the same probabilities, bit for bit")
    silent = plugin.tags(Audio(np.zeros(RATE, np.float32), RATE))
    _want(set(silent) == set(first), "a sound of a second, and silence, must have the same tags")


def check_words(plugin: WordEncoder, words: Sequence[str] = ("happy", "sad", "jump", "slow")) -> None:
    """A ``choreo.words`` plugin: a unit vector for each word, zeros for what is none, the same in any company.

    Parameters
    ----------
    words
        Of which it must know some.
    """
    _check_protocol(plugin, WordEncoder)
    _want(bool(plugin.licence), "licence must not be empty: vectors have terms")
    _want(0 < plugin.alike <= 1, f"alike {plugin.alike} must be over 0 and at most 1")
    asked = [*words, "zqxjv-no-word"]
    found = plugin.vectors(asked)
    _want(found.ndim == 2 and len(found) == len(asked), f"got shape {found.shape}, want one vector for each word")
    _want(found.dtype == np.float32 and bool(np.isfinite(found).all()), "vectors must be finite float32")
    length = np.linalg.norm(found, axis=1)
    _want(bool(np.all((np.abs(length - 1) < 1e-3) | (length == 0))), "vectors must have length 1, or 0 when not known")
    _want(bool(length[:-1].any()), f"it knows none of {', '.join(words)}")
    _want(not length[-1], "a word that is none must have zeros")
    again = np.concatenate([plugin.vectors([word]) for word in reversed(asked)])[::-1]
    _want(bool(np.array_equal(found, again)), "a word must have the same vector in any company, bit for bit")
    _want(plugin.vectors([]).shape == (0, found.shape[1]), "no words must give no vectors")


def check_datasets(plugin: Dataset, path: Path | None = None, *, limit: int = 8) -> None:
    """A ``choreo.datasets`` plugin: canonical clips cut on beats, with a licence, the same every time.

    Parameters
    ----------
    path
        Data to read, None for a plugin that brings its own.
    limit
        How many clips are looked at.
    """
    _check_protocol(plugin, Dataset)
    _want(bool(plugin.licence) and bool(plugin.expected), "licence and expected must not be empty")
    clips = list(islice(plugin.clips(path), limit))
    again = list(islice(plugin.clips(path), limit))
    _want(len(clips) > 0, f"no clips in {path}")
    _want(len({clip.name for clip in clips}) == len(clips), "names of clips must differ")
    for clip, other in zip(clips, again, strict=True):
        where = f"clip {clip.name!r}: "
        _want(clip.motion.skeleton.names == NAMES, where + "must be on the canonical skeleton; retarget in the plugin")
        _want(bool(clip.dataset) and bool(clip.licence), where + "needs dataset and licence")
        _want(clip.beats[0] == 0, where + "its first beat must be at 0")
        gap = abs(float(clip.beats[-1]) - clip.motion.duration)
        _want(gap <= 1 / clip.motion.fps, where + f"its last beat is {gap:.3f} s from the motion's end")
        _want(bool(np.all(np.diff(clip.beats) > 0)), where + "beats must increase")
        _want(clip.metre >= 2, where + f"metre {clip.metre} must be at least 2")
        _want(0 <= clip.energy <= 1, where + f"energy {clip.energy} must lie in 0..1")
        _want(bool(np.all((clip.rhythm >= 0) & (clip.rhythm <= 1))), where + "rhythm must lie in 0..1")
        positions, _ = forward(clip.motion.skeleton, clip.motion.translation, clip.motion.rotations)
        lowest = float(positions[..., 1].min())
        _want(lowest > -0.1, where + f"a joint is {-lowest:.2f} m below the floor; y = 0 is the floor, +Y up")
        low_head = float(np.median(positions[:, NAMES.index("head"), 1] - positions[:, NAMES.index("left_foot"), 1]))
        _want(low_head > 0, where + "stands on its head; +Y is up")
        bits = np.array_equal(clip.motion.rotations, other.motion.rotations)
        bits = bits and np.array_equal(clip.motion.translation, other.motion.translation)
        _want(bits and clip.name == other.name, where + "reading twice must give the same bits in the same order")


def sample_pairs() -> Pairs:
    """Four short songs of clicks in two metres, each phrase danced with one of six starter moves."""
    from choreo.music import analyze, phrases
    from choreo.plugins import load
    from choreo.retrieval.pairs import PairedSong, Pairs

    clips = tuple(islice(load("datasets", "starter").clips(None), 0, 60, 10))
    songs = []
    for number, bpm in enumerate((100.0, 112.0, 124.0, 136.0)):
        analysis = analyze(sample_audio(24.0, bpm=bpm, metre=4 - number % 2))
        parts = phrases(analysis)
        danced = tuple((number + k) % len(clips) for k in range(len(parts)))
        songs.append(PairedSong(f"clicks-{bpm:g}", analysis, parts, danced))
    return Pairs(clips, tuple(clip.name for clip in clips), tuple(songs), "sample", "CC0-1.0")


def check_embedders(plugin: Embedder, clips: Sequence[Clip] | None = None) -> None:
    """A ``choreo.embedders`` plugin: finite vectors of one space, named terms, no matter in which order.

    One that learns (has `fit`) refuses to embed before it, and is after `save` and `load` what it was.

    Parameters
    ----------
    clips
        Clips to embed, the first starter moves by default.
    """
    from choreo.music import analyze, phrases
    from choreo.plugins import load

    _check_protocol(plugin, Embedder)
    clips = list(islice(load("datasets", "starter").clips(None), 6)) if clips is None else list(clips)
    analysis = analyze(sample_audio(16))
    parts = phrases(analysis)
    if hasattr(plugin, "fit"):
        _check_learning(plugin, analysis, parts)
    music, motion = plugin.embed_music(analysis, parts), plugin.embed_motion(clips)
    _want(music.shape[0] == len(parts), f"embed_music gave {music.shape} for {len(parts)} phrases")
    _want(motion.shape[0] == len(clips), f"embed_motion gave {motion.shape} for {len(clips)} clips")
    finite = bool(np.isfinite(music).all() and np.isfinite(motion).all())
    _want(finite, "embeddings must be finite")
    terms = plugin.compare(music, motion)
    _want(len(terms) > 0, "compare must give at least one term")
    for name, term in terms.items():
        want = (len(parts), len(clips))
        _want(term.shape == want, f"term {name!r} has shape {term.shape}, want {want}")
        _want(bool(np.isfinite(term).all() and (term >= -1e-6).all()), f"term {name!r} must be finite and >= 0")
    backwards = plugin.compare(music, plugin.embed_motion(clips[::-1]))
    for name, term in terms.items():
        close = np.allclose(term, backwards[name][:, ::-1], atol=1e-4)
        _want(close, f"term {name!r} depends on the order of the clips")
    _want(np.array_equal(music, plugin.embed_music(analysis, parts)), "the same song must give the same vectors")


def _check_learning(plugin: Any, analysis: MusicAnalysis, parts: Sequence[Phrase]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            type(plugin)().load(Path(folder))
        except InputError as error:
            _want("train" in error.message, "load from an empty folder must say how to train")
        else:
            _want(False, "load from an empty folder must be an InputError")
        plugin.fit(sample_pairs(), seed=3)
        before = plugin.embed_music(analysis, parts)
        plugin.save(Path(folder))
        after = type(plugin)().load(Path(folder)).embed_music(analysis, parts)
        _want(np.allclose(before, after, atol=1e-5), "a model that was saved and loaded gives other vectors")


def check_bodies(plugin: BodySource, **options: Any) -> Body:
    """A ``choreo.bodies`` plugin: stands on the floor in a T-pose, faces +Z, outside outwards.

    Parameters
    ----------
    options
        What `load` needs, such as a path.

    Returns
    -------
    Body
        The body, for further checks.
    """
    _check_protocol(plugin, BodySource)
    body = plugin.load(**options)
    more = sum(0 if rig is None else rig.joints.size for rig in (body.fingers, body.face))
    on_them = body.skeleton.names[: len(NAMES)] == NAMES and len(body.skeleton) == len(NAMES) + more
    _want(on_them, "a body must be on the canonical joints, with those of its fingers and face behind them")
    low, high = float(body.vertices[:, 1].min()), float(body.vertices[:, 1].max())
    _want(abs(low) < FLOOR, f"the lowest vertex is at y = {low:.3f} m; a body stands on y = 0")
    _want(0.3 < high < 5, f"the body is {high:.2f} m high; units are metres, +Y is up")
    rest = rest_positions(body.skeleton)
    at = {name: rest[k] for k, name in enumerate(NAMES)}
    _want(bool(at["left_wrist"][0] > at["left_shoulder"][0] + 0.1), "the left arm must point to +X")
    _want(bool(at["right_wrist"][0] < at["right_shoulder"][0] - 0.1), "the right arm must point to -X")
    _want(bool(at["left_foot"][2] > at["left_ankle"][2]), "the toes must point to +Z")
    inside = bool((rest.min(axis=0) > body.vertices.min(axis=0) - 0.1).all())
    inside = inside and bool((rest.max(axis=0) < body.vertices.max(axis=0) + 0.1).all())
    _want(inside, "the joints must lie in the mesh")
    _want(bool((body.weights >= 0).all()), "weights must not be negative")
    _want(bool(np.abs(body.weights.sum(axis=1) - 1).max() < 1e-3), "the weights of a vertex must sum to 1")
    _want(bool(np.abs(np.linalg.norm(body.normals, axis=1) - 1).max() < 1e-2), "normals must have length 1")
    a, b, c = (body.vertices[body.faces[:, k]].astype(np.float64) for k in range(3))
    _want(float(np.einsum("fc,fc->", a, np.cross(b, c))) > 0, "faces must be counter-clockwise seen from outside")
    again = plugin.load(**options)
    _want(np.array_equal(body.vertices, again.vertices), "loading twice must give the same body")
    try:
        plugin.load(**options, no_such_option_exists=1)
    except InputError:
        return body
    raise AssertionError("an unknown option must be an InputError")


def check_renderers(plugin: Renderer) -> None:
    """A ``choreo.renderers`` plugin: as many frames as the scene has, of its size, all dancers in them, who move."""
    from choreo.motion.resample import resample
    from choreo.video import build_scene
    from choreo.video.bodies import load_body

    _check_protocol(plugin, Renderer)
    scene: Scene = build_scene(resample(sample_motion(0.5), 12.0), load_body(), fps=12.0, width=160, height=90)
    frames = [frame.copy() for frame in plugin.frames(scene)]
    _want(len(frames) == len(scene), f"{len(frames)} frames for a scene of {len(scene)}")
    for frame in frames:
        form = frame.shape == (90, 160, 3) and frame.dtype == np.uint8
        _want(form, f"a frame is {frame.shape} {frame.dtype}, want (90, 160, 3) uint8")
    _want(float(np.ptp(frames[0])) > 20, "the picture is of one colour")
    _want(bool((frames[0] != frames[-1]).any()), "nothing moves although the dancer does")
    stream = plugin.frames(scene)
    first = next(iter(stream)).copy()
    close = getattr(stream, "close", None)
    _want(close is not None, "frames must be a generator, so that it can be closed early")
    stream.close()  # type: ignore[attr-defined]
    _want(np.array_equal(first, frames[0]), "the same scene must give the same frames")
    _check_all_dancers_are_drawn(plugin)
    if isinstance(plugin, PlanarRenderer):
        _check_planes(plugin)


def _check_planes(plugin: PlanarRenderer) -> None:
    """Frames as planes are the pictures of `part`: converted, with even sides, from any frame on."""
    from choreo.motion.resample import resample
    from choreo.video import build_scene
    from choreo.video.bodies import load_body
    from choreo.video.planes import planes_of, split

    for width, height in ((160, 90), (75, 61)):
        scene = build_scene(resample(sample_motion(0.5), 12.0), load_body(), fps=12.0, width=width, height=height)
        pictures = [planes_of(frame) for frame in plugin.part(scene, 2, 5)]
        planes = [frame.copy() for frame in plugin.planes(scene, 2, 5)]
        _want(len(planes) == 3, f"planes gave {len(planes)} frames, want 3")
        for plane, picture in zip(planes, pictures, strict=True):
            form = plane.shape == picture.shape and plane.dtype == np.uint8
            _want(form, f"planes of {width}x{height} are {plane.shape} {plane.dtype}, want {picture.shape} uint8")
            (luma, chroma), (want_luma, want_chroma) = split(plane.astype(np.int64)), split(picture.astype(np.int64))
            worst, mean = int(np.abs(luma - want_luma).max()), float(np.abs(chroma - want_chroma).mean())
            _want(worst <= 2, f"luma of the planes is {worst} levels from that of the picture")
            # At edges it differs by more: FFmpeg mixes the rows around two into their colour.
            _want(mean < 1, f"colour of the planes is {mean:.1f} levels from that of the picture")


def _check_all_dancers_are_drawn(plugin: Renderer) -> None:
    """Two dancers beside each other: without one of them the picture changes where that one was."""
    from choreo.video import build_scene, project
    from choreo.video.bodies import load_body

    one = sample_motion(0.0)
    shift = np.array([1.1, 0, 0], np.float32)
    cast = [replace(one, translation=one.translation + side * shift) for side in (-1, 1)]
    scene = build_scene(cast, load_body(), fps=12.0, width=160, height=90)

    def picture(shown: Scene) -> NDArray[np.int64]:
        stream = plugin.frames(shown)
        drawn = np.asarray(next(iter(stream)), np.int64)
        stream.close()  # type: ignore[attr-defined]
        return drawn

    both = picture(scene)
    for number, (body, motion) in enumerate(scene.performers):
        alone = picture(replace(scene, performers=scene.performers[:number] + scene.performers[number + 1 :]))
        joints, _ = forward(body.skeleton, motion.translation[0], motion.rotations[0])
        across = project(joints, scene.camera, 0, 160, 90)[:, 0]
        change = np.abs(both - alone).max(axis=(0, 2))
        low, high = max(int(across.min()), 0), min(int(across.max()) + 1, 160)
        _want(int(change[low:high].max()) > 20, f"dancer {number + 1} of two is not drawn")


def check_exporters(plugin: Exporter) -> None:
    """A ``choreo.exporters`` plugin: writes the file that is named, the same bytes every time, and nothing else."""
    from choreo.video.bodies import load_body

    _check_protocol(plugin, Exporter)
    _want(plugin.suffix.startswith(".") and len(plugin.suffix) > 1, f"suffix {plugin.suffix!r} must be like '.bvh'")
    motion, body = sample_motion(), load_body()
    before = motion.rotations.copy()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}{plugin.suffix}" for name in ("a", "b", "c")]
        plugin.export(motion, paths[0], body=body)
        plugin.export(motion, paths[1], body=body)
        plugin.export(motion, paths[2])
        written = sorted(path.name for path in Path(folder).iterdir())
        _want(written == [path.name for path in paths], f"wrote {written}, was told {[p.name for p in paths]}")
        _want(paths[0].stat().st_size > 0, "the file is empty")
        _want(paths[0].read_bytes() == paths[1].read_bytes(), "the same motion must give the same bytes")
    _want(np.array_equal(before, motion.rotations), "the motion must not be changed")
    if isinstance(plugin, RigExporter):
        _check_rigs(plugin, body)


def _check_rigs(plugin: RigExporter, body: Body) -> None:
    """An exporter that writes rigs: with a root on the floor or without one, the same bytes every time."""
    from choreo.motion.rigs import put_on_rig
    from choreo.video.bodies import fit_motion

    units, ups = getattr(plugin, "units", ("m", "cm")), getattr(plugin, "ups", ("y", "z"))
    _want(set(units) <= {"m", "cm"} and len(units) > 0, f"units must be of m and cm, got {units}")
    _want(set(ups) <= {"y", "z"} and len(ups) > 0, f"ups must be of y and z, got {ups}")
    motion = fit_motion(sample_motion(), body)
    with tempfile.TemporaryDirectory() as folder:
        for rig in ("unreal", "mixamo"):
            rigged = put_on_rig(motion, rig, unit=units[-1], up=ups[-1])
            paths = [Path(folder) / f"{rig}-{name}{plugin.suffix}" for name in ("a", "b")]
            for path in paths:
                plugin.export_rig(rigged, path, body=body)
            _want(paths[0].stat().st_size > 0, "the file is empty")
            _want(paths[0].read_bytes() == paths[1].read_bytes(), "the same rig must give the same bytes")


def check_characters(plugin: CharacterWriter, character: Path) -> None:
    """A ``choreo.characters`` plugin: the character dances, the same bytes every time, and stays as it is.

    Parameters
    ----------
    character
        A file that can dance.
    """
    _check_protocol(plugin, CharacterWriter)
    for suffix in (*plugin.suffixes, plugin.suffix):
        _want(suffix.startswith(".") and suffix == suffix.lower(), f"suffix {suffix!r} must be like '.glb', in small")
    _want(character.suffix.lower() in plugin.suffixes, f"{character} does not end in one of {plugin.suffixes}")
    plugin.check(character)
    motion, before = sample_motion(), character.read_bytes()
    rotations = motion.rotations.copy()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}{plugin.suffix}" for name in ("a", "b")]
        for path in paths:
            facts = plugin.write(motion, character, path)
            _want(all(np.isfinite(value) for value in facts.values()), f"numbers must be finite, got {facts}")
        written = sorted(path.name for path in Path(folder).iterdir())
        _want(written == [path.name for path in paths], f"wrote {written}, was told {[p.name for p in paths]}")
        _want(paths[0].stat().st_size > 0, "the file is empty")
        _want(paths[0].read_bytes() == paths[1].read_bytes(), "the same motion must give the same bytes")
        still = Path(folder) / f"still{plugin.suffix}"
        plugin.write(sample_motion(1.0), character, still)
        _want(still.read_bytes() != paths[0].read_bytes(), "another motion gives the same file")
        wrong = Path(folder) / f"wrong{plugin.suffixes[0]}"
        wrong.write_bytes(b"no character")
        try:
            plugin.check(wrong)
        except MotionError as error:
            _want(str(wrong) in error.message, f"the error must name the file, it says {error.message!r}")
        else:
            _want(False, "a file that is no character must be a MotionError")
    _want(np.array_equal(rotations, motion.rotations), "the motion must not be changed")
    _want(character.read_bytes() == before, "the character's own file must not be changed")


def check_engines(plugin: Engine, address: str = "", *, longest: float = 5.0) -> None:
    """A ``choreo.engines`` plugin: each item's result comes once, and an item that goes wrong takes no other along.

    Parameters
    ----------
    address
        Where its workers are; empty for an engine that needs none.
    longest
        Seconds that an item may take here; one takes longer.
    """
    _check_protocol(plugin, Engine)
    with plugin.connect(address, 2) as workers:
        slots = workers.slots()
        _want(slots in (1, 2), f"slots() is {slots}, want at least 1 and no more than the jobs that were asked for, 2")
        _want(workers.remote in (False, True), "remote must say whether workers may be on other machines")
        _want(not list(workers.each(_work, [])), "no items must give nothing")
        found = list(workers.each(_work, [*range(9), _ARRAY], shared=0.5))
        wanted = {(item, item + 0.5) for item in range(9)}
        _want(
            {pair for pair in found if pair[0] != _ARRAY} == wanted and len(found) == 10, f"want each once, got {found}"
        )
        arrays = [each for _, each in found if isinstance(each, np.ndarray)]
        _want(bool(arrays and arrays[0].flags.writeable), "arrays of results must be the caller's, to write to")
        _check_bounds(workers)
        for kind, message in ((AudioError, "no sound"), (ValueError, "no number")):
            try:
                list(workers.each(_work, [1, kind(message), 2], shared=1))
            except (AudioError, ValueError) as error:
                told = f"{type(error).__name__}: {error}"
                _want(type(error) is kind and str(error) == message, f"want {kind.__name__}: {message}, got {told}")
            else:
                _want(False, f"a {kind.__name__} that the work raises must be raised")
        ended = dict(workers.each(_work, [1, _ENDS, 2, 3], shared=1))
        _want(isinstance(ended.pop(_ENDS, None), Lost), f"an item that {_ENDS} must be Lost")
        _want(ended == {1: 2, 2: 3, 3: 4}, f"an item that is Lost must take no other along, got {ended}")
        ended = dict(workers.each(_work, [_STAYS], longest=longest))
        _want(isinstance(ended.get(_STAYS), Lost), f"an item that {_STAYS} must be Lost")


_ENDS, _STAYS, _ARRAY = "ends its process", "takes too long", "array"


def _work(item: Any, shared: Any) -> Any:
    """What items of `check_engines` say."""
    if isinstance(item, Exception):
        raise item
    if item == _ENDS:
        os._exit(3)
    if item == _STAYS:
        time.sleep(600)
    return np.arange(3) if item == _ARRAY else item + shared


def _check_bounds(workers: Workers) -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while taken < 30:
            taken += 1
            yield taken
        raise KeyError("of the items")

    given: list[int] = []
    most = 2 * workers.slots()
    try:
        for item, _ in workers.each(_work, items(), shared=0):
            _want(taken - len(given) <= most, f"{taken} items taken, {len(given)} given: want {most} begun at most")
            given.append(item)
    except KeyError:
        _want(sorted(given) == list(range(1, 31)), f"what the items raise must come after all results, got {given}")
    else:
        _want(False, "what the items raise must be raised")
    some = workers.each(_work, iter(range(99)), shared=0)
    next(some)
    if isinstance(some, Generator):
        some.close()


__all__ = [
    "check_beats",
    "check_bodies",
    "check_characters",
    "check_datasets",
    "check_embedders",
    "check_engines",
    "check_exporters",
    "check_renderers",
    "check_taggers",
    "check_words",
    "sample_audio",
    "sample_motion",
    "sample_pairs",
]
