"""The plugin class: sound to beats through onset strength, beat states and bar states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from choreo.errors import InputError
from choreo.types import Audio, BeatTrack

if TYPE_CHECKING:
    from choreo.music.spectrum import Spectrum
    from choreo.types import Doubles, Floats, Ints

QUIET_DB = -60.0
LEAST_CONFIDENCE, LEAST_CONTRAST = 0.15, 2.0
"""Below both there is no pulse: white noise of five seconds stays under .13 and 1.9."""


class FluxTracker:
    """Beats from spectral flux and a state space; needs no packages beyond the core and no weights."""

    name = "flux"
    description = "superflux onsets, beat state space, bar model for 3/4 and 4/4 (default)"

    def track(self, audio: Audio, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
        """Find beats and downbeats.

        Parameters
        ----------
        audio
            Mono sound.
        bpm
            Follow this tempo (within 4 %), its octave included.
        metre
            Beats in a bar, 2 to 7; 3 or 4, as heard, when None.

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

        from choreo.music.spectrum import spectrum
        from choreo_beats import bars, tempo

        if bpm is not None and not 30 <= bpm <= 300:
            raise InputError(f"bpm {bpm:g}: want 30 to 300 beats per minute.")
        if metre is not None and metre not in bars.RARITY:
            raise InputError(f"metre {metre}: want one of {', '.join(map(str, sorted(bars.RARITY)))}.")
        nothing = BeatTrack(np.zeros(0), np.zeros(0, np.int64), metre or 4, 0.0, self.name)
        sound = spectrum(audio)
        taus = tempo.intervals(sound.fps, bpm)
        first, last = _sounding(sound)
        if last - first < 2 * taus[0]:
            return nothing
        flux = sound.flux[first:last]
        frames = _decode(flux, sound.fps, taus, bpm)
        if len(frames) > 2 and bpm is None:
            level = tempo.one_level(taus, np.diff(frames))
            frames = frames if len(level) == len(taus) else _decode(flux, sound.fps, level, bpm)
        if len(frames) < 2:
            return nothing
        confidence, contrast = pulse(flux, frames)
        if confidence < LEAST_CONFIDENCE and contrast < LEAST_CONTRAST:
            return nothing
        times = with_first((refine(flux, frames) + first) / sound.fps, first / sound.fps)
        positions, found = bars.bars(times, sound, (metre,) if metre else (4, 3))
        return BeatTrack(times, positions, found, confidence, self.name)


def _decode(flux: Floats, fps: float, taus: Ints, bpm: float | None) -> Ints:
    import numpy as np

    from choreo_beats import beats, tempo

    pull = np.zeros(len(taus)) if bpm else tempo.pull(fps, taus)
    return beats.decode(beats.activation(flux), taus, tempo.log_prior(flux, fps, taus, bpm), pull)


def _sounding(sound: Spectrum) -> tuple[int, int]:
    """First and past-last frame that is not silent."""
    import numpy as np

    loud = np.flatnonzero(sound.loudness > QUIET_DB)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def pulse(flux: Floats, frames: Ints) -> tuple[float, float]:
    """How clear the pulse is.

    Returns
    -------
    confidence
        Autocorrelation of the onsets at one, two or four beats, whichever is highest, 0..1. A
        steady tempo gives it; free playing stays low.
    contrast
        Onset strength near beats over that between beats and their halves.
    """
    import numpy as np

    from choreo_beats.tempo import autocorrelation

    period = float(np.median(np.diff(frames)))
    similar = autocorrelation(flux, round(4 * period) + 6)
    tops = [similar[round(n * period) - n - 1 : round(n * period) + n + 2].max() for n in (1, 2, 4)]
    shares = (0.2, 0.35, 0.65, 0.8)
    between = np.mean([_near(flux, frames + round(share * period)).mean() for share in shares])
    return min(1.0, float(max(tops))), float(_near(flux, frames).mean() / max(float(between), 1e-6))


def _near(flux: Floats, frames: Ints, reach: int = 3) -> Floats:
    """Strongest onset within `reach` frames of each."""
    import numpy as np

    return np.asarray(flux[np.clip(frames[:, None] + np.arange(-reach, reach + 1), 0, len(flux) - 1)].max(axis=1))


def with_first(times: Doubles, start: float, slack: float = 0.03) -> Doubles:
    """Add the beat that falls on the very start of the sound: nothing rises there, so no onset is seen."""
    import numpy as np

    before = times[0] - float(np.median(np.diff(times)[:8]))
    if before < start - slack or times[0] <= start:
        return times
    return np.concatenate([[max(before, start)], times])


def refine(flux: Floats, frames: Ints, before: int = 3, after: int = 5) -> Doubles:
    """Beat times in fractional frames: the top of a parabola through the strongest frame nearby.

    The state space likes to set a beat a little early, so that the onset still counts as on it; hence
    more room after than before. Where no onset supports the beat, it stays.
    """
    import numpy as np

    window = np.clip(frames[:, None] + np.arange(-before, after + 1), 1, len(flux) - 2)
    near = flux[window]
    peak = window[np.arange(len(frames)), near.argmax(axis=1)]
    left, middle, right = (flux[peak + shift].astype(np.float64) for shift in (-1, 0, 1))
    bend = left - 2 * middle + right
    shift = np.where(bend < -1e-6, 0.5 * (left - right) / np.minimum(bend, -1e-6), 0.0)
    support = np.clip(middle, 0, None) / (np.clip(middle, 0, None) + 0.3)
    exact = peak + np.clip(shift, -0.5, 0.5)
    return np.asarray(np.maximum(frames + support * (exact - frames), 0))
