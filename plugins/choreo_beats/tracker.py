"""The plugin class: from a sound through beat net, beat states, bar net and bar states to a `BeatTrack`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from choreo.errors import InputError
from choreo.types import Audio, BeatTrack, Certainty

if TYPE_CHECKING:
    from choreo.music.spectrum import Spectrum
    from choreo.types import Doubles, Ints
    from choreo_beats.net import Activations

QUIET_DB = -60.0
LEAST_BEATS = 4
LEAST_SECONDS = 2.0
"""A sound with less than these has no pulse."""
EIGHTH = 1 / 3
"""Seconds between beats up to which they are the eighths of 6/8, 9/8 and 12/8; longer ones are threes of eighths."""
BY_THREES = {6: 2, 9: 3, 12: 4}
"""Beats in a bar of so many eighths in compound time."""
METRES = range(2, 13)
"""That the user may ask for."""
COMPOUND = 0.7
"""Probability from which beats are said to divide in three all through; below it a rhythm swings."""
UNCLEAR = 0.12
"""Mean activation at the beats below which there is no pulse."""


class TcnTracker:
    """Beats from a temporal convolution net that ships with choreo, and two state spaces."""

    name = "tcn"
    description = "small net trained on choreo's own rendered music, beat and bar state spaces (default)"

    def track(self, audio: Audio, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
        """Find beats and downbeats.

        Parameters
        ----------
        audio
            Mono sound.
        bpm
            Follow this tempo (within 4 %), its octave included.
        metre
            Beats in a bar, 2 to 12; estimated when None. 6, 9 and 12 are eighths: bars of two, three and four beats of
            three, unless the beats are so fast that they are the eighths.

        Returns
        -------
        BeatTrack
            No beats when the sound is silent or has no pulse; `confidence` runs from 0 to 1.

        Raises
        ------
        InputError
            When `bpm` or `metre` is out of range.
        """
        from dataclasses import replace

        import numpy as np

        from choreo_beats import beats, rests, sureness

        if bpm is not None and not 30 <= bpm <= 300:
            raise InputError(f"bpm {bpm:g}: want 30 to 300 beats per minute.")
        _check_metre(metre)
        nothing = BeatTrack(np.zeros(0), np.zeros(0, np.int64), metre or 4, 0.0, self.name)
        heard = listen(audio, bpm)
        if heard is None:
            return nothing
        sure = sureness.certainty(heard.sound, heard.active, heard.tempos, heard.frames)
        confidences = beats.peak_near(heard.active, heard.frames)
        if float(confidences.mean()) < UNCLEAR:
            return replace(nothing, certainty=sure)
        times = refine(heard.active, heard.frames) / heard.sound.fps
        track = self.bars(audio, times, metre=metre, confidences=confidences)
        of_bars = track.certainty or Certainty()
        if bpm is not None:  # the user's word
            sure = replace(sure, octave=1.0)
        return replace(
            track,
            certainty=replace(sure, downbeat=of_bars.downbeat, metre=of_bars.metre),
            rests=rests.rests(heard.sound, heard.active, heard.frames),
        )

    def bars(
        self,
        audio: Audio,
        beats: Doubles,
        *,
        metre: int | None = None,
        downbeat: float | None = None,
        confidences: Doubles | None = None,
    ) -> BeatTrack:
        """Find the bars of known beats.

        Parameters
        ----------
        audio
            Mono sound.
        beats : (B,)
            Rising seconds, B >= 2.
        metre
            Beats in a bar, 2 to 12; estimated when None. 6, 9 and 12 are eighths: bars of two, three and four beats of
            three, unless the beats are so fast that they are the eighths.
        downbeat
            The beat nearest to this second begins a bar.
        confidences : (B,)
            How sure each beat is; the net's activation there when None.

        Raises
        ------
        InputError
            When `metre` is out of range.
        """
        import numpy as np

        from choreo.music.tempo_changes import tempo_changes
        from choreo_beats import bar_sureness, barnet, bars
        from choreo_beats.beats import peak_near
        from choreo_beats.hearing import at_frames, hear

        _check_metre(metre)
        sound, activations = hear(audio)
        active, down = at_frames(activations.beats, sound), at_frames(activations.downbeats, sound)
        frames = np.clip(np.round(beats * sound.fps).astype(np.int64), 0, len(sound.mel) - 1)
        sure = peak_near(active, frames) if confidences is None else confidences
        of_beats = barnet.predict(barnet.measure(sound, beats, sure, peak_near(down, frames)))
        eighths = BY_THREES.get(metre or 0) if np.median(np.diff(beats)) > EIGHTH else None
        one = None if downbeat is None else int(np.abs(beats - downbeat).argmin())
        found = bars.find_bars(of_beats, eighths or metre, one, tempo_changes(beats))
        of_bar, of_metre = bar_sureness.bar_certainty(of_beats, found, beats)
        compound = eighths is not None or (metre is None and found.metre in (2, 3, 4) and of_beats.compound > COMPOUND)
        return BeatTrack(
            beats,
            found.positions,
            found.metre,
            float(sure.mean()),
            self.name,
            confidences=sure,
            certainty=Certainty(
                downbeat=1.0 if downbeat is not None else of_bar, metre=1.0 if metre is not None else of_metre
            ),
            rival=None if downbeat is not None else bar_sureness.rival(beats, found),
            subdivision=3 if compound else 2,
            metres=found.metres,
        )


def hear_beats(audio: Audio, bpm: float | None = None) -> tuple[Doubles, Doubles]:
    """Times of the beats ``(B,)`` seconds and how sure each is; none when the sound is silent or has no pulse."""
    import numpy as np

    from choreo_beats.beats import peak_near

    heard = listen(audio, bpm)
    sure = np.zeros(0) if heard is None else peak_near(heard.active, heard.frames)
    if heard is None or float(sure.mean()) < UNCLEAR:
        return np.zeros(0), np.zeros(0)
    return refine(heard.active, heard.frames) / heard.sound.fps, sure


@dataclass(frozen=True, eq=False)
class Heard:
    """Beats before they have bars.

    ``active : (T,)`` probability of a beat at each frame of `sound`; ``tempos : (W, 48)``; ``frames : (B,)`` the beats.
    """

    sound: Spectrum
    active: Doubles
    tempos: Doubles
    frames: Ints


def listen(audio: Audio, bpm: float | None) -> Heard | None:
    """Beats of a sound, at the user's tempo when there is one; None of silence and of a moment's sound."""
    from choreo.music.spectrum import spectrum
    from choreo_beats.hearing import at_frames, hear

    sound = spectrum(audio)
    first, last = _sounding_range(sound)
    if last - first < LEAST_SECONDS * sound.fps:
        return None
    _, activations = hear(audio)
    active = at_frames(activations.beats, sound)
    part = active[first:last]
    if bpm is None:
        frames = _decode(part, activations, sound.fps, first, None)
    else:
        frames = _followed(part, activations, sound.fps, first, bpm)
    return Heard(sound, active, activations.tempos, frames) if len(frames) >= LEAST_BEATS else None


def _check_metre(metre: int | None) -> None:
    if metre is not None and metre not in METRES:
        raise InputError(f"metre {metre}: want {METRES[0]} to {METRES[-1]} beats in a bar.")


def _decode(active: Doubles, activations: Activations, fps: float, first: int, bpm: float | None) -> Ints:
    """Beat frames from `first` on; decoded again at one metrical level when the song slid from one to another."""
    import numpy as np

    from choreo_beats import beats, levels, tempo

    taus, clipped = tempo.intervals(fps, bpm), np.clip(active, *beats.CLIP)
    if bpm is not None:
        prior = tempo.prior_of_bpm(fps, taus, bpm)
        return beats.decode(clipped, taus, prior, np.zeros((1, len(taus)))) + first
    prior = tempo.over_time(tempo.prior_of_net(activations.tempos, fps, taus), first, first + len(active))
    pull = tempo.PULL * taus * prior
    frames = beats.decode(clipped, taus, prior[0], pull)
    wanted = levels.common_level(frames, active) if len(frames) > 2 else None
    if wanted is not None:
        allowed = levels.allowed(frames, wanted, taus, len(pull), len(active))
        used = allowed.any(axis=0)
        pull = np.where(allowed, pull, beats.FORBIDDEN)
        frames = beats.decode(clipped, taus[used], prior[0, used], pull[:, used])
    return frames + first


def _followed(active: Doubles, activations: Activations, fps: float, first: int, bpm: float) -> Ints:
    """Beat frames at the user's tempo.

    Where the song is heard at it, or at its half or double, these are the beats that are heard, or the stronger half of
    them, or these and the middles between them: deciding anew could take the off-beat.
    """
    import numpy as np

    from choreo_beats import beats, tempo

    heard = _decode(active, activations, fps, first, None)
    if len(heard) > LEAST_BEATS:
        ratio = 60 * fps / np.diff(heard) / bpm
        for level in (1.0, 2.0, 0.5):
            if abs(np.median(ratio) / level - 1) < tempo.AS_STATED and np.mean(np.abs(ratio / level - 1) < 0.1) > 0.9:
                return beats.at_level(heard, active, first, level)
    return _decode(active, activations, fps, first, bpm)


def _sounding_range(sound: Spectrum) -> tuple[int, int]:
    """First and past-last frame that is not silent."""
    import numpy as np

    loud = np.flatnonzero(sound.loudness > QUIET_DB)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def refine(active: Doubles, frames: Ints, reach: int = 3) -> Doubles:
    """Beat times in fractional frames ``(B,)``: the centroid of the squared activation within `reach` frames of each.

    Where there is no activation the window is symmetric and the beat stays where it is.
    """
    import numpy as np

    window = np.clip(frames[:, None] + np.arange(-reach, reach + 1), 0, len(active) - 1)
    weight = active[window] ** 2 + 1e-4
    return np.asarray((weight * window).sum(axis=1) / weight.sum(axis=1))
