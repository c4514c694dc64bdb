"""Follow-through, smoothing and breath, as filters in the frequency domain.

Follow-through is what a limb does that is attached by a spring: it lags, overshoots and swings in. A second-order
spring has the frequency response ``w0^2 / (w0^2 - w^2 + 2 i z w0 w)``. Multiplying spectra gives its steady state
exactly, without a loop over frames. A discrete spectrum takes its signal for periodic, which is just right for a cyclic
move: its end runs into its own beginning. Other moves are padded to a period.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from choreo.types import Doubles

_PAD_SECONDS = 1.0
"""Long enough for a spring of 1 Hz and more to swing in."""


def _apply(signal: Doubles, fps: float, cyclic: bool, kind: str, *values: float) -> Doubles:
    """Filter ``signal (T, ...)`` by one of `_RESPONSES`."""
    shape = signal.shape
    flat = signal.reshape(len(signal), -1)
    pad = 0 if cyclic else max(int(_PAD_SECONDS * fps), 2)
    if cyclic:
        period = flat[:-1]  # the last frame is the first one again
    else:
        # Hold both ends, then glide from the last value back to the first, so that the period closes.
        glide = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, pad))[:, None]
        period = np.concatenate([np.repeat(flat[:1], pad, 0), flat, np.repeat(flat[-1:], pad, 0)])
        period = np.concatenate([period, flat[-1:] + (flat[:1] - flat[-1:]) * glide])
    omega = np.asarray(2 * np.pi * np.fft.rfftfreq(len(period), 1 / fps), dtype=np.float64)
    response = _RESPONSES[kind](omega, *values)
    out = np.fft.irfft(np.fft.rfft(period, axis=0) * response[:, None], len(period), axis=0)
    out = np.concatenate([out, out[:1]]) if cyclic else out[pad : pad + len(flat)]
    return np.asarray(out.reshape(shape))


def _spring(omega: Doubles, hertz: float, damping: float, advance: float) -> NDArray[np.complex128]:
    """Frequency response at `omega` (rad/s), moved forward by `advance` seconds (a linear phase)."""
    own = 2 * np.pi * hertz
    return np.asarray(own**2 / (own**2 - omega**2 + 2j * damping * own * omega) * np.exp(1j * omega * advance))


def _trail(omega: Doubles, hertz: float, damping: float) -> NDArray[np.complex128]:
    own = 2 * np.pi * hertz
    return np.asarray((1j * omega + 2 * damping * own) / (own**2 - omega**2 + 2j * damping * own * omega))


def _gauss(omega: Doubles, seconds: float) -> NDArray[np.complex128]:
    return np.asarray(np.exp(-0.5 * (omega * seconds) ** 2), dtype=np.complex128)


_RESPONSES: Mapping[str, Callable[..., NDArray[np.complex128]]] = {"spring": _spring, "trail": _trail, "gauss": _gauss}


def follow(
    signal: Doubles,
    fps: float,
    hertz: float,
    damping: float,
    *,
    cyclic: bool,
    lead: float = 0.6,
    firm: Doubles | None = None,
) -> Doubles:
    """Let a spring of natural frequency `hertz` and damping ratio `damping` follow ``signal (T, ...)``.

    `lead` takes that share of the spring's delay back, so that what is notated on a beat arrives near it and the
    overshoot follows. Where ``firm (T,)`` is 1 the signal is taken as it is: a spring would blur a hit
    (`choreo.moves.tracks.firmness`).
    """
    # Delay of slow changes: the response's group delay at 0, 2 * damping / w0.
    delay = damping / (np.pi * hertz)
    out = _apply(signal, fps, cyclic, "spring", hertz, damping, lead * delay)
    if firm is not None:
        out += (signal - out) * firm.reshape(-1, *(1,) * (signal.ndim - 1))
    return out


def trail(velocity: Doubles, fps: float, hertz: float, damping: float, *, cyclic: bool) -> Doubles:
    """How far what hangs on a spring is behind what turns or moves with ``velocity (T, ...)``: its place less its own.

    With the spring's response S that is ``-(1 - S) / iw`` of the velocity, which needs no integral that would drift.
    """
    return -_apply(velocity, fps, cyclic, "trail", hertz, damping)


def soften(signal: Doubles, fps: float, seconds: float, *, cyclic: bool) -> Doubles:
    """Gaussian smoothing of ``signal (T, ...)`` without delay; `seconds` is the standard deviation."""
    return _apply(signal, fps, cyclic, "gauss", seconds)


def later(signal: Doubles, seconds: float, fps: float, *, cyclic: bool) -> Doubles:
    """What ``signal (T, ...)`` is `seconds` later, or earlier where that is negative, to the nearest frame."""
    count = len(signal)
    where = np.arange(count) + round(seconds * fps)
    return np.asarray(signal[where % (count - 1) if cyclic else np.clip(where, 0, count - 1)])


def breath(frames: int, channels: int, fps: float, seed: int) -> Doubles:
    """Small slow wandering ``(frames, channels)`` of unit size that closes on itself; one seed, one curve."""
    random = np.random.default_rng(seed)
    duration = (frames - 1) / fps
    # Whole cycles over the duration, so that the end runs into the beginning.
    turns = 2 * np.pi * np.linspace(0.0, 1.0, frames)[:, None]
    out = np.zeros((frames, channels))
    for hertz, size in ((0.25, 0.6), (0.6, 0.35), (1.1, 0.15)):
        cycles = max(round(hertz * duration), 1)
        out += size * np.sin(turns * cycles + random.uniform(0, 2 * np.pi, channels))
    return out
