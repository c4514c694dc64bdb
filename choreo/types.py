"""The types that the stages hand to each other; numpy only.

=================  ==============================================================================
quantity           form
=================  ==============================================================================
root translation   ``(T, 3) float32``, metres, world position of the root joint, right-handed,
                   **+Y up, rest pose faces +Z**, the dancer's left is +X, the floor is ``y = 0``
joint rotations    ``(T, J, 4) float32``, local, unit quaternions **wxyz**, sign-continuous in time
skeleton           ``parents (J,) int``, root -1, ``parents[j] < j``; ``offsets (J, 3)`` metres;
                   canonical joints = SMPL's 24, snake_case; ``offsets[0]`` is the root's rest
                   position above the floor and is not added by forward kinematics
contacts           ``(T, 4) bool``: left heel, left ball, right heel, right ball
hands              ``(T, 2, 5, 2) float32``: left and right; thumb, index, middle, ring, pinky; how far
                   each is bent at its knuckle and at its outer joints, radians, 0 flat and straight
time               ``fps`` float stored with the motion; music times float64 **seconds**; frames
                   from absolute time, ``round(t * fps)``, so nothing drifts
angles             radians inside; degrees only in files that want them
arrays             time first, joints second, components last, any leading batch axes
energy             0 (still) to 1 (as strong as it gets), for music and motion alike
counts             one count is one beat; a clip of ``n`` counts has ``n + 1`` beat times
=================  ==============================================================================

Constructors check the form once, at the border; inside, functions take bare arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from choreo.errors import InputError, ShapeError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


def _need(condition: bool, message: str) -> None:
    if not condition:
        raise ShapeError(message)


@dataclass(frozen=True, eq=False)
class Audio:
    """Decoded sound. ``samples : (N,) float32`` mono in -1..1, at ``sample_rate`` Hz."""

    samples: Floats
    sample_rate: int
    path: str = ""
    sha256: str = ""

    @property
    def count(self) -> int:
        """Number of samples."""
        return len(self.samples)

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.count / self.sample_rate

    def blocks(self, size: int = 1 << 20) -> Iterator[Floats]:
        """Yield the samples in order, at most `size` at a time; what reads long sound goes through these."""
        for first in range(0, len(self.samples), size):
            yield self.samples[first : first + size]


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A joint tree. ``parents : (J,) int``, ``offsets : (J, 3) float32`` metres from the parent."""

    names: tuple[str, ...]
    parents: Ints
    offsets: Floats

    def __post_init__(self) -> None:
        """Check shapes and the order of the tree."""
        joints = len(self.names)
        _need(self.parents.shape == (joints,), f"parents: got {self.parents.shape}, want ({joints},)")
        _need(self.offsets.shape == (joints, 3), f"offsets: got {self.offsets.shape}, want ({joints}, 3)")
        _need(bool(self.parents[0] == -1), "the first joint must be the root (parent -1)")
        ordered = bool(np.all(self.parents[1:] < np.arange(1, joints)) and np.all(self.parents[1:] >= 0))
        _need(ordered, "every joint must come after its parent")

    def __len__(self) -> int:
        """Count joints."""
        return len(self.names)

    def index(self, name: str) -> int:
        """Index of a joint by name."""
        return self.names.index(name)


@dataclass(frozen=True, eq=False)
class Motion:
    """A moving skeleton.

    ``translation : (T, 3) float32``; ``rotations : (T, J, 4) float32`` local unit quaternions wxyz;
    ``contacts : (T, 4) bool`` or None when not yet known; ``hands : (T, 2, 5, 2) float32``, or None when
    nothing is known of the fingers, which are then relaxed.
    """

    skeleton: Skeleton
    fps: float
    translation: Floats
    rotations: Floats
    contacts: Bools | None = None
    hands: Floats | None = None

    def __post_init__(self) -> None:
        """Check shapes, finiteness and unit length."""
        frames, joints = len(self.translation), len(self.skeleton)
        _need(self.fps > 0, f"fps: got {self.fps}, want a positive number")
        _need(self.translation.shape == (frames, 3), f"translation: got {self.translation.shape}, want (T, 3)")
        want = (frames, joints, 4)
        _need(self.rotations.shape == want, f"rotations: got {self.rotations.shape}, want {want}")
        _need(frames > 0, "a motion needs at least one frame")
        if self.contacts is not None:
            _need(self.contacts.shape == (frames, 4), f"contacts: got {self.contacts.shape}, want ({frames}, 4)")
        if self.hands is not None:
            _need(self.hands.shape == (frames, 2, 5, 2), f"hands: got {self.hands.shape}, want ({frames}, 2, 5, 2)")
            _need(bool(np.isfinite(self.hands).all()), "hands must not hold NaN or infinity")
        finite = bool(np.isfinite(self.translation).all() and np.isfinite(self.rotations).all())
        _need(finite, "a motion must not hold NaN or infinity")
        # np.linalg.norm would hold two more arrays of all rotations: 166 MB for an hour.
        norms = np.sqrt(np.einsum("...k,...k->...", self.rotations, self.rotations))
        _need(bool(np.all(np.abs(norms - 1) < 1e-3)), "rotations must be unit quaternions")

    def __len__(self) -> int:
        """Count frames."""
        return len(self.translation)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame."""
        return (len(self) - 1) / self.fps


@dataclass(frozen=True)
class Section:
    """A part of the song: seconds, and a label that repeats when the music does (A B A C)."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Stretch:
    """A part of a song, in seconds, that is music of its own: how likely each style is, and in words what was heard."""

    start: float
    end: float
    styles: Mapping[str, float]
    style_reason: str = ""


@dataclass(frozen=True)
class Certainty:
    """How likely each part of what a tracker heard is right: probabilities 0..1, calibrated by the tracker.

    `music`: the sound is music with a pulse, not speech or noise; `beats`: its beats are right, `octave`: counted at
    the pace at which people do; `downbeat`: the beats that begin the bars are; `metre`: so many beats are in a bar.
    """

    music: float = 1.0
    beats: float = 1.0
    octave: float = 1.0
    downbeat: float = 1.0
    metre: float = 1.0

    def __post_init__(self) -> None:
        """Check the range."""
        values = (self.music, self.beats, self.octave, self.downbeat, self.metre)
        _need(all(0 <= value <= 1 for value in values), "certainties must lie in 0..1")


@dataclass(frozen=True, eq=False)
class BeatTrack:
    """What a beat plugin gives. ``beats : (B,) float64`` seconds, ``positions : (B,) int`` 1 = downbeat.

    ``confidences : (B,) float64`` 0..1, how sure each beat is, or None when the plugin cannot tell.
    ``metres : (B,) int``, beats in the bar that each beat lies in, where that changes in the song; None when all bars
    have `metre` beats. `metre` is that of most of the song. `subdivision` is 3 in compound time: a bar of six eighths
    has two beats of three. `rival` is the second of a downbeat in the second-likeliest place of the bar lines.
    `rests` are the seconds, from and to, in which no music plays: silence, speech or noise; their beats are a guess.
    """

    beats: Doubles
    positions: Ints
    metre: int
    confidence: float
    method: str
    warnings: tuple[str, ...] = ()
    confidences: Doubles | None = None
    certainty: Certainty | None = None
    rival: float | None = None
    subdivision: int = 2
    metres: Ints | None = None
    rests: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        """Check order and the range of the positions."""
        _need(self.subdivision in (2, 3), "subdivision must be 2 or 3")
        rising = [time for rest in self.rests for time in rest]
        _need(all(a < b for a, b in pairwise(rising)), "rests must be rising seconds, from and to")
        if self.metres is not None:
            _need(self.metres.shape == self.beats.shape, "metres and beats must have one length")
        if self.confidences is not None:
            _need(self.confidences.shape == self.beats.shape, "confidences and beats must have one length")
        _need(self.beats.shape == self.positions.shape, "beats and positions must have one length")
        _need(bool(np.all(np.diff(self.beats) > 0)), "beat times must increase")
        inside = bool(np.all((self.positions >= 1) & (self.positions <= self.bar_metres)))
        _need(inside, f"positions must lie in 1..{self.metre}" if self.metres is None else "positions must lie in bars")

    @property
    def bar_metres(self) -> Ints:
        """Beats in the bar of each beat, ``(B,)``."""
        return np.full(len(self.beats), self.metre, np.int64) if self.metres is None else self.metres

    @property
    def time_signature(self) -> str:
        """Of most of the song: beats in a bar over 4, in compound time eighths in a bar over 8.

        Examples
        --------
        >>> BeatTrack(np.zeros(0), np.zeros(0, np.int64), 2, 1.0, "tcn", subdivision=3).time_signature
        '6/8'
        """
        return f"{3 * self.metre}/8" if self.subdivision == 3 else f"{self.metre}/4"


@dataclass(frozen=True, eq=False)
class MusicAnalysis:
    """Everything that the later stages know of a song. Times in seconds from the start of the file.

    ``track.beats : (B,)``; ``energy : (B,) float32`` 0..1 per beat, from loudness and onset density,
    relative to this song; ``loudness : (B,) float32`` dB per beat; ``onsets : (2B, 3) float32`` onset
    strength (low, mid, high) per half-beat, each band scaled so that its 95th percentile is 1;
    ``chroma : (B, 12) float32``; ``timbre : (B, M) float32`` MFCC-like per beat.
    `style` is the dance style that the music seems made for, "unknown" when unsure; `styles` how likely each is, the
    likeliest first; `style_reason` says in a sentence what was heard of it; `moods`: those that a tagger names, 0..1.
    `stretches` are the parts of a song that changes style, without gaps; none of a song that is one music all through.
    """

    path: str
    sha256: str
    duration: float
    track: BeatTrack
    energy: Floats
    loudness: Floats
    onsets: Floats
    chroma: Floats
    timbre: Floats
    sections: tuple[Section, ...]
    style: str = "unknown"
    style_confidence: float = 0.0
    warnings: tuple[str, ...] = ()
    styles: Mapping[str, float] = field(default_factory=dict)
    style_reason: str = ""
    moods: Mapping[str, float] = field(default_factory=dict)
    stretches: tuple[Stretch, ...] = ()

    @property
    def beats(self) -> Doubles:
        """``(B,)`` seconds."""
        return self.track.beats

    @property
    def metre(self) -> int:
        """Beats in a bar."""
        return self.track.metre

    @cached_property
    def confidences(self) -> Doubles:
        """How sure each beat is, ``(B,)`` 0..1; the whole track's confidence where the tracker cannot tell."""
        each = self.track.confidences
        return np.full(len(self.beats), self.track.confidence) if each is None else each

    @cached_property
    def tempo(self) -> float:
        """Beats per minute: the median over the song; 0 when there are no two beats."""
        return float(60 / np.median(np.diff(self.beats))) if len(self.beats) > 1 else 0.0

    @cached_property
    def downbeats(self) -> Doubles:
        """Times of the first beats of bars, ``(D,)`` seconds."""
        return np.asarray(self.beats[self.track.positions == 1])


@dataclass(frozen=True, eq=False)
class Phrase:
    """Two bars of music, the unit that is matched with movement (an "eight" in 4/4).

    ``beats : (n + 1,) float64`` seconds, the last one the start of what follows;
    ``rhythm : (2n,) float32`` onset strength per half-beat, 0..1.
    ``repeats`` is the index of the earliest phrase that has the same music (its own when new).
    """

    index: int
    first_beat: int
    beats: Doubles
    metre: int
    section: str
    energy: float
    rhythm: Floats
    repeats: int

    @property
    def counts(self) -> int:
        """Beats in the phrase."""
        return len(self.beats) - 1

    @property
    def tempo(self) -> float:
        """Mean beats per minute."""
        return 60 * self.counts / float(self.beats[-1] - self.beats[0])


@dataclass(frozen=True)
class Cut:
    """A stretch of a take that is one movement: seconds, how many counts it lasts, and its label."""

    start: float
    end: float
    counts: int
    label: str = ""


AXES_UP = ("x", "y", "z", "-x", "-y", "-z")
"""Axes that may point up in a recording."""
LEAST_RATE, MOST_RATE = 1.0, 1000.0
"""Frames a second of recordings that are read."""


@dataclass(frozen=True)
class Reading:
    """What the user says of recordings; it overrules what their files say and what their reader would assume.

    ``fps``: frames a second; ``up``: the axis of the file's coordinates that points up, one of `AXES_UP`;
    ``animation``: name or number, from 0, of the one that is read of a file with several; ``person``: who of the people
    in a video, 1 being the one who dances most. None where nothing is said.
    """

    fps: float | None = None
    up: str | None = None
    animation: str | None = None
    person: int | None = None

    def __post_init__(self) -> None:
        """Check both.

        Raises
        ------
        InputError
            When there is no such rate, axis or person.
        """
        if self.fps is not None and not LEAST_RATE <= self.fps <= MOST_RATE:
            raise InputError(f"fps: found {self.fps:g}, expected {LEAST_RATE:g} to {MOST_RATE:g} frames a second.")
        if self.up is not None and self.up not in AXES_UP:
            raise InputError(f"up: found {self.up!r}, expected one of {', '.join(AXES_UP)}.")
        if self.person is not None and self.person < 1:
            raise InputError(f"person: found {self.person}, expected 1 or more; 1 is who dances most.")


@dataclass(frozen=True)
class CharacterOptions:
    """What the user says of a rigged character's file.

    ``joints``: names of its joints by canonical name, told apart by choreo when None; ``humanoid``: number of the one
    that dances, from 0, where the file has several; ``keep_animations``: whether the file's own stay in it.
    """

    joints: Mapping[str, str] | None = None
    humanoid: int | None = None
    keep_animations: bool = True


@dataclass(frozen=True)
class Lost:
    """Instead of the result of an item whose process did not come back; `why` ends a sentence about that process."""

    why: str


@dataclass(frozen=True, eq=False)
class Take:
    """A recording as a dataset plugin reads it, on the canonical skeleton, standing on the floor.

    ``beats : (B,) float64`` seconds from the first frame, or None when the music is not known: then beats are
    estimated from the motion's accents. `downbeat` is the index of a beat that begins a bar. With `cuts`, clips are
    these and no others.
    ``first_frame`` is where the take begins in its file, whose frames are ``source_fps`` a second (the motion's own
    when 0); `facts` holds numbers of the reading, such as foot slide; `flags` say what was mended, and what the reader
    assumed because neither the file nor the user says it: ``"assumed 30 fps"``, ``"assumed z up"``.
    """

    name: str
    motion: Motion
    source: str
    licence: str
    styles: tuple[str, ...] = ("any",)
    labels: tuple[str, ...] = ()
    citation: str = ""
    metre: int = 4
    tempo: float | None = None
    beats: Doubles | None = None
    downbeat: int = 0
    cuts: tuple[Cut, ...] = ()
    first_frame: int = 0
    source_fps: float = 0.0
    flags: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)

    def source_frame(self, seconds: float) -> int:
        """Frame of the file that a time from the take's first frame falls on."""
        return self.first_frame + round(seconds * (self.source_fps or self.motion.fps))


@dataclass(frozen=True, eq=False)
class Clip:
    """A piece of dance cut on beats, as the database holds it.

    ``beats : (counts + 1,) float64`` seconds from the start of the motion, the first 0, the last the
    motion's end; ``rhythm : (2 * counts,) float32`` movement accents per half-beat, 0..1.
    ``move`` names the authored move when the clip can be compiled anew at any tempo; ``role`` is one
    of ``move``, ``entrance``, ``ending``, ``pose``, ``idle``. ``frames`` are first and past-last frame in the source
    file of hash `source_hash`; `flags` say what was mended or is doubtful.
    """

    clip_id: str
    name: str
    dataset: str
    source: str
    licence: str
    motion: Motion
    beats: Doubles
    metre: int
    styles: tuple[str, ...]
    energy: float
    rhythm: Floats
    role: str = "move"
    labels: tuple[str, ...] = ()
    citation: str = ""
    move: str = ""
    tempo_range: tuple[float, float] = (0.0, 0.0)
    mirrorable: bool = True
    frames: tuple[int, int] = (0, 0)
    source_hash: str = ""
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that beats and rhythm belong together."""
        _need(len(self.beats) >= 2, "a clip needs at least one count")
        _need(self.rhythm.shape == (2 * self.counts,), f"rhythm: got {self.rhythm.shape}, want ({2 * self.counts},)")

    @property
    def family(self) -> str:
        """The base move of which the clip is a variation, its own id when it is none; a family looks like one move."""
        return next((label[5:] for label in self.labels if label.startswith("base:")), self.clip_id)

    @property
    def counts(self) -> int:
        """Beats in the clip."""
        return len(self.beats) - 1

    @property
    def tempo(self) -> float:
        """Beats per minute that the stored motion is danced at."""
        return 60 * self.counts / float(self.beats[-1] - self.beats[0])


@dataclass(frozen=True, eq=False)
class Call:
    """Words of a song that call for a movement.

    Attributes
    ----------
    start
        Seconds at which they are sung.
    words
        As they are sung.
    costs
        ``(C,)`` what it costs a bar to dance each clip there; 0 when it is that movement.
    answers
        ``(C,)`` which clips clearly are that movement.
    """

    start: float
    words: str
    costs: Floats
    answers: Bools


@dataclass(frozen=True, eq=False)
class Candidates:
    """How well clips fit phrases. ``distances : (P, C) float32``, small is good; terms sum to it.

    ``learned`` names a term whose numbers have no scale of their own: the planner brings it to that of the others.
    ``calls`` are the movements that the lyrics call for, bar by bar what the term ``lyrics`` is phrase by phrase.
    """

    clip_ids: tuple[str, ...]
    distances: Floats
    terms: Mapping[str, Floats]
    learned: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Modifiers:
    """How an authored move is danced in a step; the defaults are as it is written.

    Attributes
    ----------
    turn
        Degrees by which the dancer's facing turns further over the step, to the left positive.
    aside, ahead
        Metres travelled further over the step, to the dancer's left and forward.
    level
        Metres by which the pelvis is carried lower; negative is higher.
    size
        Of reaches, steps and turns of the trunk.
    arms
        Tempo of the arms: 0.5 is half time, 2 double.
    held
        Part that is held still: ``arms``, ``left arm``, ``right arm``, ``head`` or ``torso``; none when empty.
    retrograde
        Whether the move is danced backwards, end first.
    """

    turn: float = 0.0
    aside: float = 0.0
    ahead: float = 0.0
    level: float = 0.0
    size: float = 1.0
    arms: float = 1.0
    held: str = ""
    retrograde: bool = False


@dataclass(frozen=True)
class PlanStep:
    """One clip of a choreography. ``beats`` are absolute seconds, ``counts + 1`` of them; `energy` the music's.

    Where the music cuts a bar short, a step has fewer counts than its clip, whose rest is not danced. `metre` is how
    many beats its bars have where that is not the plan's metre; 0 where it is. `reasons` say in words why it is danced
    there; what speaks against begins with "but". `calls` are words of the lyrics that are sung in its bars and that it
    is the movement of. `holds` are counts of the step, first and past-last, in which the dancer stands dead still, in
    the pose that the dance has come to by then. Plans of earlier versions have none of these.
    """

    clip_id: str
    name: str
    dataset: str
    licence: str
    mirror: bool
    first_beat: int
    beats: tuple[float, ...]
    section: str
    warp: float
    costs: Mapping[str, float]
    move: str = ""
    energy: float = 0.5
    modifiers: Modifiers = Modifiers()
    metre: int = 0
    reasons: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    holds: tuple[tuple[int, int], ...] = ()

    @property
    def held(self) -> bool:
        """Whether the dancer stands still through all of it."""
        return self.holds[:1] == ((0, self.counts),)

    @property
    def counts(self) -> int:
        """Beats of the step."""
        return len(self.beats) - 1

    def bars(self, metre: int) -> int:
        """Bars of the step in a plan of a metre; the last one may be cut short, where the music's is."""
        return -(-self.counts // (self.metre or metre))


@dataclass(frozen=True)
class Around:
    """What of a whole dance lies around a slice of it: it begins and ends at `start` and `end`, seconds of the song.

    `before` are the steps before those of the slice, `after` those behind. A slice is danced as it is in the whole,
    and its bars have the numbers that they have there.
    """

    start: float
    end: float
    before: tuple[PlanStep, ...] = ()
    after: tuple[PlanStep, ...] = ()


@dataclass(frozen=True)
class ChoreographyPlan:
    """A choreography: which clip on which beats, and why; a slice of a longer one knows what is `around` it."""

    song: Mapping[str, Any]
    metre: int
    tempo: float
    start: float
    end: float
    seed: int
    steps: tuple[PlanStep, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    guarantees: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    around: Around | None = None


@dataclass(frozen=True, eq=False)
class FingerRig:
    """Joints of a body's fingers, two each, after the canonical ones of its skeleton.

    ``joints : (2, 5, 2) int`` left and right; thumb, index, middle, ring, pinky; knuckle and outer joint.
    ``axes : (2, 5, 2, 3) float32`` about which each bends, in the T-pose; ``rest : (5, 2) float32`` radians, how far
    each is bent there.
    """

    joints: Ints
    axes: Floats
    rest: Floats

    def __post_init__(self) -> None:
        """Check shapes."""
        _need(self.joints.shape == (2, 5, 2), f"joints: got {self.joints.shape}, want (2, 5, 2)")
        _need(self.axes.shape == (2, 5, 2, 3), f"axes: got {self.axes.shape}, want (2, 5, 2, 3)")
        _need(self.rest.shape == (5, 2), f"rest: got {self.rest.shape}, want (5, 2)")


@dataclass(frozen=True, eq=False)
class FaceRig:
    """Joints of a body's face, which hang on its head, after those of its fingers.

    ``joints : (7,) int``: left and right eye, left and right upper lid, left and right corner of the mouth, brows.
    ``axes : (7, 3) float32`` about which lids, corners and brows turn, in the T-pose; ``reach : (7,) float32`` radians
    by which each is turned when the lid is shut, the smile wide, the brows up. Eyes turn freely.
    """

    joints: Ints
    axes: Floats
    reach: Floats

    def __post_init__(self) -> None:
        """Check shapes."""
        _need(self.joints.shape == (7,), f"joints: got {self.joints.shape}, want (7,)")
        _need(self.axes.shape == (7, 3), f"axes: got {self.axes.shape}, want (7, 3)")
        _need(self.reach.shape == (7,), f"reach: got {self.reach.shape}, want (7,)")


@dataclass(frozen=True)
class Material:
    """How a part of a body looks, in the words of glTF 2.0.

    ``colour``: red, green, blue, alpha, linear light, times the texture; ``texture``: number in `Surface.textures`, -1
    for none; ``alpha``: ``opaque``, ``mask`` (drawn where alpha reaches ``cutoff``) or ``blend``; ``shading``: ``lit``,
    ``toon`` (two flat tones, as VRM's MToon) or ``unlit``; ``shade``: linear colour times the texture of the dark tone
    of ``toon``; ``emission``: linear light of its own; ``double_sided``: whether its back is seen.
    """

    name: str
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    texture: int = -1
    alpha: str = "opaque"
    cutoff: float = 0.5
    shading: str = "lit"
    shade: tuple[float, float, float] = (0.5, 0.5, 0.5)
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)
    double_sided: bool = False


@dataclass(frozen=True, eq=False)
class Surface:
    """Textures of a body.

    ``uv : (V, 2) float32``, 0,0 the upper left corner of a texture, which repeats beyond 0..1; ``material_of :
    (F,) int32`` numbers in ``materials``; ``textures``: each ``(h, w, 4) uint8``, sRGB with straight alpha.
    """

    uv: Floats
    material_of: NDArray[np.int32]
    materials: tuple[Material, ...]
    textures: tuple[Bytes, ...] = ()

    def __post_init__(self) -> None:
        """Check shapes and numbers."""
        _need(self.uv.ndim == 2 and self.uv.shape[1] == 2, f"uv: got {self.uv.shape}, want (V, 2)")
        _need(self.material_of.ndim == 1, f"material_of: got {self.material_of.shape}, want (F,)")
        within = self.material_of.size == 0 or int(self.material_of.min()) >= 0
        _need(within and int(self.material_of.max(initial=-1)) < len(self.materials), "material_of: no such material")
        for each in self.textures:
            _need(each.ndim == 3 and each.shape[2] == 4, f"texture: got {each.shape}, want (h, w, 4)")
        for material in self.materials:
            _need(-1 <= material.texture < len(self.textures), f"material {material.name!r}: no such texture")


@dataclass(frozen=True, eq=False)
class Body:
    """A skinned body on the canonical joints, in its T-pose, standing on ``y = 0``.

    ``vertices : (V, 3) float32``; ``normals : (V, 3) float32``; ``faces : (F, 3) int32``
    counter-clockwise from outside; ``joint_indices : (V, 4) uint8``; ``weights : (V, 4) float32``
    summing to 1; ``colours : (V, 3) uint8`` sRGB. ``skeleton.offsets`` are the body's own. A body with `fingers` has
    their joints behind the canonical ones, one with a `face` also its joints behind these. A body with a `surface` has
    textures; ``colours`` are then what a renderer that knows none draws.
    """

    name: str
    skeleton: Skeleton
    vertices: Floats
    normals: Floats
    faces: NDArray[np.int32]
    joint_indices: Bytes
    weights: Floats
    colours: Bytes
    licence: str = ""
    fingers: FingerRig | None = None
    surface: Surface | None = None
    face: FaceRig | None = None

    def __post_init__(self) -> None:
        """Check shapes and index ranges."""
        count = len(self.vertices)
        _need(self.vertices.shape == (count, 3), f"vertices: got {self.vertices.shape}, want (V, 3)")
        _need(self.normals.shape == (count, 3), f"normals: got {self.normals.shape}, want ({count}, 3)")
        _need(self.faces.ndim == 2 and self.faces.shape[1] == 3, f"faces: got {self.faces.shape}, want (F, 3)")
        _need(self.joint_indices.shape == (count, 4), f"joint_indices: got {self.joint_indices.shape}")
        _need(self.weights.shape == (count, 4), f"weights: got {self.weights.shape}, want ({count}, 4)")
        _need(self.colours.shape == (count, 3), f"colours: got {self.colours.shape}, want ({count}, 3)")
        in_range = self.faces.size == 0 or (int(self.faces.min()) >= 0 and int(self.faces.max()) < count)
        _need(in_range, "faces must index the vertices")
        _need(int(self.joint_indices.max(initial=0)) < len(self.skeleton), "joint_indices must index the skeleton")
        if self.surface is not None:
            _need(len(self.surface.uv) == count, f"uv: got {self.surface.uv.shape}, want ({count}, 2)")
            _need(len(self.surface.material_of) == len(self.faces), "material_of must have a number for each face")


@dataclass(frozen=True, eq=False)
class RigMotion:
    """A motion on a rig as a program wants it: its names, its bones' axes, its root, its units.

    Parameters
    ----------
    names, parents
        Of J joints, parents before children, -1 for the root.
    canonical
        ``(J,) int``: the canonical joint that each is, -1 for one of the rig's own (a root bone on the floor).
    rest_translations, rest_rotations
        ``(J, 3)`` and ``(J, 4)`` wxyz, local to the parent: a T-pose whose joints are where the canonical ones are.
    translations, rotations
        ``(T, J, 3)`` and ``(T, J, 4)`` wxyz, local to the parent, sign-continuous in time.
    fps
        Frames a second.
    unit
        Metres of one unit of length: 0.01 for centimetres.
    up
        ``y`` or ``z``: the axis that points up; with ``y`` the dancer faces +Z, with ``z`` -Y.
    """

    names: tuple[str, ...]
    parents: Ints
    canonical: Ints
    rest_translations: Doubles
    rest_rotations: Doubles
    translations: Doubles
    rotations: Doubles
    fps: float
    unit: float = 1.0
    up: str = "y"

    def __len__(self) -> int:
        """Count frames."""
        return len(self.rotations)


@dataclass(frozen=True, eq=False)
class CameraPath:
    """Where the camera is, frame by frame. ``eye, target : (T, 3) float32`` metres; ``fov_y`` radians."""

    eye: Floats
    target: Floats
    fov_y: float


@dataclass(frozen=True, eq=False)
class Timeline:
    """What happens when in a dance. Times in seconds from its first frame; spans may begin before or end after it.

    ``beats : (B,) float64``; ``positions : (B,) int`` 1 = downbeat; `steps` are the clips with their names as labels,
    without gaps; `sections` the parts of the song. `energies` of the music, 0..1, one a step, or none when not known;
    `metres`, beats in the bars of each step, none when all have `metre`. `shots` and `lights` are those that a user
    wants, with their names as labels (`choreo.planfile.SHOTS`, `choreo.planfile.LIGHTS`); there may be gaps.
    """

    title: str
    metre: int
    tempo: float
    beats: Doubles
    positions: Ints
    steps: tuple[Section, ...]
    sections: tuple[Section, ...]
    energies: tuple[float, ...] = ()
    metres: tuple[int, ...] = ()
    shots: tuple[Section, ...] = ()
    lights: tuple[Section, ...] = ()


@dataclass(frozen=True, eq=False)
class StageLights:
    """What the lights do frame by frame: linear light, in which a renderer's own lights are about 1 strong.

    ``key : (T,) float32`` factor on the light from the front; ``rims : (T, 2, 3) float32`` colours of the two lights
    from behind, from the picture's left and right; ``glow : (T, 3) float32`` colour of what is behind the dancers;
    ``level : (T,) float32`` factor on all light, 0 where it is dark.
    """

    key: Floats
    rims: Floats
    glow: Floats
    level: Floats


@dataclass(frozen=True, eq=False)
class Scene:
    """What a renderer draws: one pose per video frame, all motions and the camera of one length.

    `timeline` is there when a plan was danced; ``clock : (T,) float64`` when the frames are not one after the other:
    the second of the dance that each of them shows. `lights` is None where they do not change; `floor` one of
    `choreo.video.look.FLOORS`, `place` one of `choreo.video.look.SETS`. `shutter` is the share of a frame's time for
    which a renderer that can blurs what moves.
    """

    performers: tuple[tuple[Body, Motion], ...]
    camera: CameraPath
    fps: float
    width: int
    height: int
    timeline: Timeline | None = None
    clock: Doubles | None = None
    lights: StageLights | None = None
    floor: str = "lines"
    place: str = "stage"
    shutter: float = 0.0

    def __post_init__(self) -> None:
        """Check that everything lasts equally long."""
        _need(len(self.performers) > 0, "a scene needs at least one performer")
        lengths = {len(motion) for _, motion in self.performers} | {len(self.camera.eye)}
        lengths |= set() if self.clock is None else {len(self.clock)}
        lengths |= set() if self.lights is None else {len(self.lights.key)}
        _need(len(lengths) == 1, f"motions, camera, clock and lights must have one length, got {sorted(lengths)}")
        _need(self.width > 0 and self.height > 0, f"size: got {self.width}x{self.height}")

    def __len__(self) -> int:
        """Count frames."""
        return len(self.camera.eye)

    @cached_property
    def times(self) -> Doubles:
        """Second of the dance that each frame shows, ``(T,)``."""
        return np.arange(len(self)) / self.fps if self.clock is None else self.clock


@dataclass(frozen=True, eq=False)
class Dance:
    """One dance with a name: who moves how, all from the same moment on, and what happens when."""

    name: str
    motions: tuple[Motion, ...]
    timeline: Timeline | None = None


@dataclass(frozen=True, eq=False)
class Show:
    """Dances to one song, to be watched beside each other. `start` is the song's second at their first frame.

    With `lights` the stage's lights follow sections and energy.
    """

    dances: tuple[Dance, ...]
    body: Body
    song: str = ""
    start: float = 0.0
    lights: bool = False

    def __post_init__(self) -> None:
        """Check that there is something to watch."""
        _need(len(self.dances) > 0, "a show needs at least one dance")
        _need(all(dance.motions for dance in self.dances), "a dance needs at least one motion")
