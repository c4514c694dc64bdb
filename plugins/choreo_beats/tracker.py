"""The plugin class: sound to beats through a small net, beat states and bar states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from choreo.errors import InputError
from choreo.types import Audio, BeatTrack

if TYPE_CHECKING:
    from choreo.music.spectrum import Spectrum
    from choreo.types import Doubles, Ints
    from choreo_beats.net import Activations

QUIET_DB = -60.0
LEAST_BEATS = 4
LEAST_SECONDS = 2.0
"""Less than these is no pulse."""
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
            Beats in a bar, 2 to 7; as heard when None.

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
        from choreo_beats import barnet, bars, beats, features, net, tempo

        if bpm is not None and not 30 <= bpm <= 300:
            raise InputError(f"bpm {bpm:g}: want 30 to 300 beats per minute.")
        if metre is not None and metre not in bars.RARITY:
            raise InputError(f"metre {metre}: want one of {', '.join(map(str, sorted(bars.RARITY)))}.")
        nothing = BeatTrack(np.zeros(0), np.zeros(0, np.int64), metre or 4, 0.0, self.name)
        sound = spectrum(audio)
        first, last = _sounding(sound)
        taus = tempo.intervals(sound.fps, bpm)
        if last - first < LEAST_SECONDS * sound.fps:
            return nothing
        heard = net.listen(features.inputs(sound))
        active = beats.upsampled(heard.beats, features.STRIDE, len(sound.mel))
        down = beats.upsampled(heard.downbeats, features.STRIDE, len(sound.mel))
        frames = _decode(active[first:last], heard, sound.fps, taus, bpm) + first
        if len(frames) < LEAST_BEATS:
            return nothing
        clear = beats.at(active, frames)
        if float(clear.mean()) < UNCLEAR:
            return nothing
        times = refine(active, frames) / sound.fps
        begins, metres = barnet.hear(barnet.measure(sound, times, clear, beats.at(down, frames)))
        positions, found = bars.bars(begins, metres, metre)
        return BeatTrack(times, positions, found, float(clear.mean()), self.name, confidences=clear)


def _decode(active: Doubles, heard: Activations, fps: float, taus: Ints, bpm: float | None) -> Ints:
    import numpy as np

    from choreo_beats import beats, tempo

    prior = tempo.told(fps, taus, bpm) if bpm else tempo.heard(heard.tempo, fps, taus)
    pull = np.zeros(len(taus)) if bpm else tempo.PULL * taus * prior
    frames = beats.decode(np.clip(active, *beats.CLIP), taus, prior, pull)
    if len(frames) > 2 and bpm is None:
        level = tempo.one_level(taus, np.diff(frames))
        if len(level) < len(taus):
            kept = np.isin(taus, level)
            frames = beats.decode(np.clip(active, *beats.CLIP), level, prior[kept], pull[kept])
    return frames


def _sounding(sound: Spectrum) -> tuple[int, int]:
    """First and past-last frame that is not silent."""
    import numpy as np

    loud = np.flatnonzero(sound.loudness > QUIET_DB)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def refine(active: Doubles, frames: Ints, reach: int = 3) -> Doubles:
    """Beat times in fractional frames: the centre of the activation near each; where there is none, the beat stays."""
    import numpy as np

    window = np.clip(frames[:, None] + np.arange(-reach, reach + 1), 0, len(active) - 1)
    weight = active[window] ** 2 + 1e-4
    return np.asarray((weight * window).sum(axis=1) / weight.sum(axis=1))
