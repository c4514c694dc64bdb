"""Beat tracker ``librosa``: dynamic programming (Ellis 2007) as librosa implements it, for comparison."""

from __future__ import annotations

from choreo.errors import InputError
from choreo.plugins import require_extra
from choreo.types import Audio, BeatTrack

__all__ = ["LibrosaTracker"]

HOP = 512
"""Samples between frames, of beats and of the low band alike."""


class LibrosaTracker:
    """Beats from ``librosa.beat.beat_track``; each `metre`-th is a downbeat, where low bands have most energy."""

    name = "librosa"
    description = "librosa's beat_track, bars by low-band energy (needs the extra 'librosa')"

    def ready(self) -> None:
        """Find out whether librosa is installed.

        Raises
        ------
        PluginError
        """
        require_extra("the librosa beat tracker", "librosa", "librosa.beat", "librosa.onset")

    def track(self, audio: Audio, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
        """Find beats.

        Parameters
        ----------
        audio
            Mono sound.
        bpm
            Follow this tempo, 30 to 300.
        metre
            Beats in a bar, at least 2; 4 when None, as librosa does not estimate it.

        Returns
        -------
        BeatTrack
            No beats when librosa finds fewer than two.

        Raises
        ------
        PluginError
            When librosa is not installed.
        InputError
            When `bpm` or `metre` is out of range.
        """
        self.ready()
        import librosa
        import numpy as np
        from librosa.beat import beat_track
        from librosa.onset import onset_strength

        if bpm is not None and not 30 <= bpm <= 300:
            raise InputError(f"bpm {bpm:g}: want 30 to 300 beats per minute.")
        beats_in_bar = 4 if metre is None else metre
        if beats_in_bar < 2:
            raise InputError(f"metre {metre}: want at least 2 beats in a bar.")
        onsets = onset_strength(y=audio.samples, sr=audio.sample_rate, hop_length=HOP)
        _, frames = beat_track(onset_envelope=onsets, sr=audio.sample_rate, hop_length=HOP, bpm=bpm, trim=False)
        frames = np.asarray(frames, np.int64)
        if len(frames) < 2:
            return BeatTrack(np.zeros(0), np.zeros(0, np.int64), beats_in_bar, 0.0, self.name)
        low = np.abs(librosa.stft(audio.samples, n_fft=2048, hop_length=HOP)[1:15]).sum(axis=0)
        near = np.clip(frames[:, None] + np.arange(0, 4), 0, len(low) - 1)
        strength = low[near].max(axis=1)
        phase = max(range(min(beats_in_bar, len(frames))), key=lambda p: float(strength[p::beats_in_bar].mean()))
        positions = (np.arange(len(frames)) - phase) % beats_in_bar + 1
        contrast = float(onsets[frames].mean() / max(float(onsets.mean()), 1e-9))
        confidence = float(np.clip((contrast - 1) / 4, 0, 1))
        times = frames.astype(np.float64) * HOP / audio.sample_rate
        return BeatTrack(times, positions, beats_in_bar, confidence, self.name)
