"""The plugin class: from a sound through beat net, beat states, bar net and bar states to a `BeatTrack`."""

from __future__ import annotations

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
EIGHTH = 0.3
"""Seconds between beats up to which a bar of six or twelve eighths may be counted by eighths, not by threes of them."""
COMPOUND = 0.8
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
            Beats in a bar, 2 to 7; estimated when None.

        Returns
        -------
        BeatTrack
            No beats when the sound is silent or has no pulse; `confidence` runs from 0 to 1.

        Raises
        ------
        InputError
            When `bpm` or `metre` is out of range.
        """
        import numpy as np

        if bpm is not None and not 30 <= bpm <= 300:
            raise InputError(f"bpm {bpm:g}: want 30 to 300 beats per minute.")
        _check_metre(metre)
        times, confidences = hear_beats(audio, bpm)
        if not len(times):
            return BeatTrack(times, np.zeros(0, np.int64), metre or 4, 0.0, self.name)
        return self.bars(audio, times, metre=metre, confidences=confidences)

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
            Beats in a bar, 2 to 7; estimated when None.
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

        from choreo_beats import bar_sureness, barnet, bars
        from choreo_beats.beats import peak_near
        from choreo_beats.hearing import at_frames, hear

        _check_metre(metre)
        sound, activations = hear(audio)
        active, down = at_frames(activations.beats, sound), at_frames(activations.downbeats, sound)
        frames = np.clip(np.round(beats * sound.fps).astype(np.int64), 0, len(sound.mel) - 1)
        sure = peak_near(active, frames) if confidences is None else confidences
        of_beats = barnet.predict(barnet.measure(sound, beats, sure, peak_near(down, frames)))
        eighths = {6: 2, 12: 4}.get(metre or 0) if np.median(np.diff(beats)) > EIGHTH else None
        one = None if downbeat is None else int(np.abs(beats - downbeat).argmin())
        found = bars.find_bars(of_beats, eighths or metre, one)
        of_bar, of_metre = bar_sureness.bar_certainty(of_beats, found, sure)
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

    from choreo.music.spectrum import spectrum
    from choreo_beats import beats, tempo
    from choreo_beats.hearing import at_frames, hear

    nothing = np.zeros(0), np.zeros(0)
    sound = spectrum(audio)
    first, last = _sounding_range(sound)
    taus = tempo.intervals(sound.fps, bpm)
    if last - first < LEAST_SECONDS * sound.fps:
        return nothing
    _, activations = hear(audio)
    active = at_frames(activations.beats, sound)
    frames = _decode(active[first:last], activations, sound.fps, taus, bpm) + first
    if len(frames) < LEAST_BEATS:
        return nothing
    confidences = beats.peak_near(active, frames)
    if float(confidences.mean()) < UNCLEAR:
        return nothing
    return refine(active, frames) / sound.fps, confidences


def _check_metre(metre: int | None) -> None:
    from choreo_beats import bars

    if metre is not None and metre not in bars.RARITY:
        raise InputError(f"metre {metre}: want one of {', '.join(map(str, sorted(bars.RARITY)))}.")


def _decode(active: Doubles, activations: Activations, fps: float, taus: Ints, bpm: float | None) -> Ints:
    """Beat frames; decoded again at one metrical level when the song slid from one to another."""
    import numpy as np

    from choreo_beats import beats, tempo

    prior = tempo.prior_of_bpm(fps, taus, bpm) if bpm else tempo.prior_of_net(activations.tempo, fps, taus)
    pull = np.zeros(len(taus)) if bpm else tempo.PULL * taus * prior
    frames = beats.decode(np.clip(active, *beats.CLIP), taus, prior, pull)
    if len(frames) > 2 and bpm is None:
        level = tempo.one_level(taus, np.diff(frames))
        if len(level) < len(taus):
            allowed = np.isin(taus, level)
            frames = beats.decode(np.clip(active, *beats.CLIP), level, prior[allowed], pull[allowed])
    return frames


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
