"""Singing, what is no music, and what old records, phones and small files do to a sound."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
from synth import RATE

Random = np.random.Generator
VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (300, 870, 2240),
    (530, 1840, 2480),
    (570, 840, 2410),
    (440, 1020, 2240),
)
"""First three formants in Hz of some vowels (Peterson and Barney, JASA 1952)."""
PARTIALS = 24


def _tone(frequency: np.ndarray, vowel: np.ndarray, breath: float, rng: Random) -> np.ndarray:
    """A voiced sound of the given frequency at each sample, ``(N,)``, through formants ``(3,)`` Hz."""
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    middle = float(np.median(frequency))
    out = np.zeros(len(frequency))
    for n in range(1, PARTIALS + 1):
        hertz = n * middle
        if hertz > 5500:
            break
        level = sum(w / (1 + ((hertz - f) / (60 + 0.06 * f)) ** 2) for w, f in zip((1, 0.5, 0.25), vowel, strict=True))
        out += (level + 0.02) / n**0.4 * np.sin(n * phase)
    return np.asarray(out + breath * rng.normal(size=len(out)))


def sing(
    notes: list[tuple[float, float, float, float]], at: Callable[[np.ndarray], np.ndarray], seconds: float, rng: Random
) -> np.ndarray:
    """A tune on vowels with vibrato and glides, ``(N,) float32``; `at` gives the second of a beat."""
    out = np.zeros(int(seconds * RATE), np.float32)
    down = 12 * int(rng.integers(0, 2))
    before = None
    for start, length, pitch, level in notes:
        first, last = (float(x) for x in at(np.array([start, start + length * 1.05])))
        begin, count = int(first * RATE), int(min(last - first, 3.0) * RATE)
        if begin < 0 or count < 400 or begin + count > len(out):
            continue
        time = np.arange(count) / RATE
        hertz = 440 * 2 ** ((pitch - down - 69) / 12)
        glide = (before or hertz) * np.exp(-time / 0.04) + hertz * (1 - np.exp(-time / 0.04))
        glide = glide * (1 + 0.012 * np.minimum(time / 0.3, 1) * np.sin(2 * np.pi * 5.6 * time))
        wave = _tone(glide, np.array(VOWELS[int(rng.integers(len(VOWELS)))]), 0.01, rng)
        wave *= np.minimum(time / 0.03, 1) * np.minimum((time[-1] - time) / 0.05, 1) * (level / 127)
        if rng.random() < 0.5:  # a consonant
            size = min(1200, count)
            wave[:size] += 0.6 * rng.normal(size=size) * np.exp(-np.arange(size) / 350)
        out[begin : begin + count] += wave.astype(np.float32) * 0.6
        before = hertz
    return out


def _speech(count: int, rng: Random) -> np.ndarray:
    """Syllables of no metre with pauses between sentences: vowels, hisses, a falling voice."""
    out = np.zeros(count)
    at, pitch = 0, float(rng.uniform(85, 240))
    while at < count - RATE:
        for _ in range(int(rng.integers(4, 18))):
            length = int(rng.uniform(0.07, 0.3) * RATE)
            if at + length >= count:
                break
            time = np.linspace(0, 1, length)
            tone = pitch * rng.uniform(0.85, 1.25) * (1 - rng.uniform(-0.1, 0.2) * time)
            wave = (
                _tone(tone, np.array(VOWELS[int(rng.integers(len(VOWELS)))]), 0.02, rng) * np.sin(np.pi * time) ** 0.5
            )
            hiss = int(rng.uniform(0, 0.12) * RATE)
            out[at : at + length] += wave * rng.uniform(0.4, 1)
            if hiss > 10 and rng.random() < 0.6:
                out[at : at + hiss] += rng.uniform(0.05, 0.5) * np.diff(rng.normal(size=hiss + 1))
            at += int(length * rng.uniform(0.8, 1.3))
        at += int(rng.uniform(0.15, 1.2) * RATE)
    return out


def _coloured(count: int, slope: float, rng: Random) -> np.ndarray:
    """Noise whose power falls with frequency by `slope`: 0 white, 1 pink, 2 brown."""
    wave = np.fft.rfft(rng.normal(size=count))
    wave /= np.maximum(np.arange(len(wave)), 1) ** (slope / 2)
    out = np.fft.irfft(wave, count)
    return np.asarray(out / np.abs(out).max())


def _grains(count: int, rate: float, fall: float, low: float, rng: Random) -> np.ndarray:
    """Many short bursts at random times: clapping hands, rain, crackle."""
    out = np.zeros(count + 4000)
    for at in rng.integers(0, count, int(rate * count / RATE)):
        size = int(5 * fall * RATE)
        burst = rng.normal(size=size) * np.exp(-np.arange(size) / (fall * RATE))
        out[at : at + size] += burst * rng.uniform(0.1, 1)
    wave = np.fft.rfft(out[:count])
    wave *= np.fft.rfftfreq(count, 1 / RATE) > low
    return np.asarray(np.fft.irfft(wave, count))


def crowd(count: int, rng: Random) -> np.ndarray:
    """Many voices at once, swelling, ``(N,)``."""
    wave = sum(_speech(min(count, 12 * RATE), rng) for _ in range(3))
    wave = np.resize(wave + np.roll(wave, 40_000) + np.roll(wave[::-1], 9000), count)
    return np.asarray(wave * (1 + 0.5 * np.sin(np.linspace(0, rng.uniform(3, 20), count))))


def noise(seconds: float, seed: int) -> np.ndarray:
    """Sound without any pulse, ``(N,) float32``: speech, crowds, applause, rain, noise, drones, birds, random clicks."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    time = np.arange(count) / RATE
    kind = rng.integers(9)
    if kind in (0, 1, 2):
        wave = _speech(count, rng)
        if rng.random() < 0.4:
            wave = wave + 0.1 * _coloured(count, 1.0, rng)
    elif kind == 3:
        wave = crowd(count, rng)
    elif kind == 4:
        wave = _grains(count, rng.uniform(40, 900), rng.uniform(0.001, 0.01), rng.uniform(100, 1500), rng)
    elif kind == 5:
        wave = _coloured(count, rng.uniform(0, 2), rng) * (1 + rng.uniform(0, 0.8) * np.sin(time * rng.uniform(0.2, 2)))
    elif kind == 6:
        wave = sum(np.sin(2 * np.pi * f * time + rng.uniform(0, 6)) for f in rng.uniform(60, 2000, 5))
        wave = wave * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.05, 0.3) * time))
    elif kind == 7:
        wave = 1e-3 * rng.normal(size=count)
        for at in np.sort(rng.uniform(0, seconds - 0.5, int(seconds * rng.uniform(0.3, 3)))):  # birds
            size = int(rng.uniform(0.05, 0.3) * RATE)
            sweep = np.linspace(rng.uniform(2000, 5000), rng.uniform(2000, 5000), size)
            wave[int(at * RATE) : int(at * RATE) + size] += np.sin(2 * np.pi * np.cumsum(sweep) / RATE) * np.hanning(
                size
            )
    else:
        wave = 1e-3 * rng.normal(size=count)
        for at in np.sort(rng.uniform(0, seconds - 0.2, int(seconds * rng.uniform(0.5, 3)))):
            hit = int(at * RATE)
            wave[hit : hit + 2000] += rng.normal(size=2000) * np.exp(-np.arange(2000) / 300)
    return np.asarray(0.8 * wave / max(float(np.abs(wave).max()), 1e-6) * 10 ** rng.uniform(-1.5, 0), np.float32)


def _low_passed(sound: np.ndarray, hertz: float, order: int, low: float = 0.0) -> np.ndarray:
    bins = np.fft.rfftfreq(len(sound), 1 / RATE)
    gain = 1 / np.sqrt(1 + (bins / hertz) ** (2 * order))
    if low:
        gain *= 1 / np.sqrt(1 + (low / np.maximum(bins, 1)) ** 6)
    return np.fft.irfft(np.fft.rfft(sound) * gain, len(sound))


def _coded(sound: np.ndarray, rng: Random) -> np.ndarray:
    """Through MP3, AAC or Opus at a low bit rate and back; a delay of the codec is taken out."""
    import av

    name, form, rates = [
        ("libmp3lame", "mp3", (24, 32, 48, 64)),
        ("aac", "adts", (24, 32, 48)),
        ("libopus", "ogg", (12, 16, 24, 32)),
    ][int(rng.integers(3))]
    rate = 24_000 if name == "libopus" else RATE
    stream = BytesIO()
    with av.open(stream, "w", format=form) as out:
        track = out.add_stream(name, rate=rate, layout="mono")
        track.bit_rate = 1000 * int(rng.choice(rates))
        source = np.clip(sound, -1, 1)
        if rate != RATE:
            source = np.interp(np.arange(0, len(sound) * rate / RATE) * RATE / rate, np.arange(len(sound)), source)
        frame = av.AudioFrame.from_ndarray(source[None].astype(np.float32), format="flt", layout="mono")
        frame.sample_rate = rate
        convert = av.AudioResampler(
            format=track.format.name, layout="mono", rate=rate, frame_size=track.frame_size or None
        )
        for part in [*convert.resample(frame), *convert.resample(None)]:
            for packet in track.encode(part):
                out.mux(packet)
        for packet in track.encode(None):
            out.mux(packet)
    stream.seek(0)
    with av.open(stream) as source_file:
        back = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        parts = [x.to_ndarray()[0] for frame in source_file.decode(audio=0) for x in back.resample(frame)]
        parts += [x.to_ndarray()[0] for x in back.resample(None)]
    found = np.concatenate(parts)
    size = 1 << 17
    first = len(sound) // 3
    a, b = sound[first : first + size], found[first : first + size]
    if len(a) < size or len(b) < size:
        return np.resize(found, len(sound))
    match = np.fft.irfft(np.fft.rfft(b, 2 * size) * np.conj(np.fft.rfft(a, 2 * size)))
    lag = int(np.argmax(match[:4000]))
    found = found[lag:]
    return np.asarray(np.pad(found, (0, max(0, len(sound) - len(found))))[: len(sound)])


def degrade(sound: np.ndarray, rng: Random) -> np.ndarray:
    """As from an old record, a phone, a small file, a hall: bands, codec, room, noise, crowd, level, ``(N,) float32``."""
    out = np.asarray(sound, np.float64)
    if rng.random() < 0.2:
        count = int(rng.uniform(0.2, 1.2) * RATE)
        tail = rng.normal(size=count) * np.exp(-np.arange(count) / RATE / rng.uniform(0.08, 0.4))
        size = 1 << int(np.ceil(np.log2(len(out) + count)))
        wet = np.fft.irfft(np.fft.rfft(out, size) * np.fft.rfft(tail, size), size)[: len(out)]
        out = out + wet * rng.uniform(0.1, 0.7) * np.abs(out).max() / max(np.abs(wet).max(), 1e-9)
    if rng.random() < 0.3:
        bins = np.fft.rfftfreq(len(out), 1 / RATE)
        curve = np.interp(np.log2(np.maximum(bins, 30) / 700), np.linspace(-4.5, 4, 6), rng.normal(0, 4, 6))
        out = np.fft.irfft(np.fft.rfft(out) * 10 ** (curve / 20), len(out))
    if rng.random() < 0.2:
        drive = rng.uniform(1, 6)
        out = np.tanh(drive * out / max(np.abs(out).max(), 1e-9))
    if rng.random() < 0.25:
        out = out + _coloured(len(out), rng.uniform(0, 1.5), rng) * 10 ** rng.uniform(-3, -1) * np.abs(out).max()
    if rng.random() < 0.06:
        people = crowd(len(out), rng)
        out = out + people / np.abs(people).max() * rng.uniform(0.05, 0.3) * np.abs(out).max()
    kind = rng.random()
    if kind < 0.5:
        out = _low_passed(out, np.exp(rng.uniform(np.log(3500), np.log(10_500))), int(rng.choice([4, 8, 30])))
    elif kind < 0.58:
        out = _low_passed(out, 3400, 12, low=300)
        peak = max(np.abs(out).max(), 1e-9)
        out = np.sign(out) * np.round(127 * np.log1p(255 * np.abs(out) / peak) / np.log(256)) / 127
        out = np.sign(out) * np.expm1(np.abs(out) * np.log(256)) / 255
    out = out / max(np.abs(out).max(), 1e-9) * 10 ** rng.uniform(-1.2, 0)
    if rng.random() < 0.3:
        out = _coded(out, rng)
    return np.asarray(out, np.float32)
