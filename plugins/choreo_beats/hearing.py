"""What the beat net hears in a sound, once for as long as the sound lives."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from choreo.music.spectrum import Spectrum, spectrum
from choreo.types import Audio, Doubles
from choreo_beats import beats, features, net

_HEARD: WeakKeyDictionary[Audio, net.Activations] = WeakKeyDictionary()


def hear(audio: Audio) -> tuple[Spectrum, net.Activations]:
    """Spectrum and the beat net's activations of a sound; bars that are decided anew need not hear it again."""
    sound = spectrum(audio)
    if audio not in _HEARD:
        _HEARD[audio] = net.predict(features.inputs(sound))
    return sound, _HEARD[audio]


def at_frames(active: Doubles, sound: Spectrum) -> Doubles:
    """Activations at all frames of the spectrum, ``(T,)``."""
    return beats.upsample(active, features.STRIDE, len(sound.mel))
