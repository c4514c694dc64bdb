"""From a composed piece to sound: General MIDI through fluidsynth, our own synthesiser, effects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from compose import Track, TrainingPiece
from sounds import sing
from synth import RATE, Voice, drum_kit

Random = np.random.Generator
SOUNDFONTS = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3"))
"""Debian's fluid-soundfont-gm and musescore-general-soundfont, both MIT."""
KITS = (0, 0, 8, 16, 24, 25, 32, 40)


class Orchestra:
    """fluidsynth with the sound fonts loaded once."""

    def __init__(self) -> None:
        import fluidsynth

        self.synth = fluidsynth.Synth(samplerate=float(RATE), gain=0.35)
        self.fonts = [self.synth.sfload(str(path)) for path in SOUNDFONTS if path.exists()]
        if not self.fonts:
            raise SystemExit("no sound font: apt-get install fluid-soundfont-gm musescore-general-soundfont")

    def play(
        self, tracks: list[Track], piece: TrainingPiece, seconds: float, rng: Random, gains: list[float]
    ) -> np.ndarray:
        """Mono sound ``(N,) float32``."""
        self.synth.system_reset()
        font = int(rng.choice(self.fonts))
        events: list[tuple[int, int, int, int, int]] = []
        channel = 0
        for track, gain in zip(tracks, gains, strict=True):
            if track.program < 0:
                used = 9
                self.synth.program_select(9, font, 128, int(rng.choice(KITS)))
            else:
                used, channel = channel, channel + 1 + (channel == 8)
                self.synth.program_select(used, font, 0, track.program)
            self.synth.cc(used, 7, int(np.clip(90 * gain, 10, 127)))
            self.synth.cc(used, 91, int(rng.integers(0, 70)))
            notes = np.array(track.notes)
            start = piece.seconds(notes[:, 0])
            stop = np.maximum(piece.seconds(notes[:, 0] + notes[:, 1]), start + 0.03)
            for a, b, pitch, level in zip(start, stop, notes[:, 2], notes[:, 3], strict=True):
                if 0 <= a < seconds and 0 <= pitch <= 127:
                    events.append((int(a * RATE), 1, used, int(pitch), int(np.clip(level, 1, 127))))
                    events.append((int(b * RATE), 0, used, int(pitch), 0))
        events.sort()
        out, now = [], 0
        for at, on, used, pitch, level in events:
            if at - now >= 32:
                out.append(self._get(at - now))
                now = at
            if on:
                self.synth.noteon(used, pitch, level)
            else:
                self.synth.noteoff(used, pitch)
        total = int(seconds * RATE)
        if total > now:
            out.append(self._get(total - now))
        return np.concatenate(out)[:total]

    def _get(self, count: int) -> np.ndarray:
        return np.asarray(self.synth.get_samples(count).reshape(-1, 2).mean(axis=1) / 32768, np.float32)


def synthesise(
    track: Track, piece: TrainingPiece, seconds: float, rng: Random, gain: float, *, chip: bool
) -> np.ndarray:
    """A track through our own synthesiser, ``(N,) float32``."""
    total = int(seconds * RATE)
    out = np.zeros(total + RATE * 3, np.float32)
    kit = drum_kit(rng, chip=chip) if track.program < 0 else {}
    voice = Voice(rng, chip=chip)
    known: dict[tuple[int, int, int], np.ndarray] = {}
    for start, length, pitch, level in track.notes:
        first, last = piece.seconds(np.array([start, start + length]))
        at = int(first * RATE)
        if not 0 <= at < total:
            continue
        if kit:
            wave = kit.get(int(pitch), kit[42]) * (level / 127) ** 1.5
        else:
            key = (int(pitch), int((last - first) * 50), int(level / 12))
            if key not in known:
                known[key] = voice.play(pitch, min(float(last - first), 2.5), level) * 0.3
            wave = known[key]
        out[at : at + len(wave)] += wave * gain
    return out[:total]


def _own(sounds: str, rng: Random) -> bool:
    """Draw whether a track goes through our own synthesiser and not through General MIDI."""
    share = {
        "chip": 0.85,
        "synth": 0.6,
        "mixed": 0.25,
        "metal": 0.03,
        "band": 0.03,
        "rock": 0.03,
        "country": 0.02,
        "classical": 0.02,
        "solo": 0.0,
    }[sounds]
    return bool(rng.random() < share)


def render(piece: TrainingPiece, seconds: float, seed: int, orchestra: Orchestra) -> np.ndarray:
    """The piece as mono sound ``(N,) float32`` at 22,050 Hz, mixed, equalised, reverberated and distorted at random."""
    rng = np.random.default_rng(seed + 10**9)
    chip = piece.sounds == "chip" and rng.random() < 0.7
    gm, own = [], []
    mix = np.zeros(int(seconds * RATE), np.float32)
    for track in piece.tracks:
        if track.name == "lead" and piece.sounds not in ("classical", "solo", "chip") and rng.random() < 0.4:
            sung = sing(track.notes, piece.seconds, seconds, rng)
            mix += 0.3 * track.gain * sung
            continue
        (own if _own(piece.sounds, rng) else gm).append(track)
    if gm:
        mix += orchestra.play(gm, piece, seconds, rng, [t.gain for t in gm])
    for track in own:
        part = synthesise(track, piece, seconds, rng, 0.25 * track.gain, chip=chip)
        if track.program >= 0 and piece.sounds == "synth" and rng.random() < 0.4:
            part = _ducked(part, piece, rng)
        mix += part
    return _with_effects(mix, rng, loud=piece.sounds in ("metal", "synth", "rock"))


def _ducked(part: np.ndarray, piece: TrainingPiece, rng: Random) -> np.ndarray:
    """Side-chain: quieter at each kick drum."""
    kicks = [n[0] for t in piece.tracks if t.program < 0 for n in t.notes if n[2] == 36]
    if not kicks:
        return part
    gain = np.ones(len(part), np.float32)
    dip = 1 - float(rng.uniform(0.4, 0.9)) * np.exp(-np.arange(int(0.3 * RATE)) / (0.09 * RATE))
    for at in (piece.seconds(np.array(kicks)) * RATE).astype(int):
        stop = min(len(gain), at + len(dip))
        if 0 <= at < stop:
            gain[at:stop] = np.minimum(gain[at:stop], dip[: stop - at])
    return part * gain


def _with_effects(mix: np.ndarray, rng: Random, *, loud: bool) -> np.ndarray:
    mix = mix / max(float(np.abs(mix).max()), 1e-6)
    bins = np.fft.rfftfreq(len(mix), 1 / RATE)
    octave = np.log2(np.maximum(bins, 20) / 700)
    curve = np.zeros(len(bins))
    if rng.random() < 0.6:
        curve += np.interp(octave, np.linspace(-5, 4, 6), rng.normal(0, 4, 6))
    if rng.random() < 0.12:
        curve -= 24 * np.maximum(0, np.log2(np.maximum(bins, 1) / rng.uniform(1500, 6000)))
    if rng.random() < 0.12:
        curve -= 18 * np.maximum(0, np.log2(rng.uniform(80, 300) / np.maximum(bins, 1)))
    spectrum = np.fft.rfft(mix) * 10 ** (curve / 20)
    if rng.random() < 0.35:
        count = int(rng.uniform(0.2, 1.6) * RATE)
        tail = rng.normal(size=count) * np.exp(-np.arange(count) / RATE / rng.uniform(0.08, 0.5))
        wet = np.fft.irfft(spectrum * np.fft.rfft(tail, len(mix)), len(mix))
        dry = np.fft.irfft(spectrum, len(mix))
        mix = dry + wet * rng.uniform(0.05, 0.5) * np.abs(dry).max() / max(np.abs(wet).max(), 1e-9)
    else:
        mix = np.fft.irfft(spectrum, len(mix))
    mix = mix / max(float(np.quantile(np.abs(mix), 0.999)), 1e-6)
    if loud or rng.random() < 0.35:
        drive = rng.uniform(1.5, 6) if loud else rng.uniform(1, 3)
        mix = np.tanh(drive * mix)
    if rng.random() < 0.25:
        mix = mix + rng.normal(size=len(mix)) * 10 ** rng.uniform(-4, -1.7)
    return np.asarray(0.9 * mix / max(float(np.abs(mix).max()), 1e-6), np.float32)
