"""Which kinds of video file there are, and how each is encoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from choreo.errors import InputError

STILLS = "png"
"""The format that is a folder of numbered pictures."""
VIDEO = "mp4"
VIDEOS = (VIDEO, "webm", "mov", STILLS)
"""Formats of the whole dance."""
LOOPS = ("gif", "webp")
PICTURES = (*VIDEOS, *LOOPS)
"""Formats that a renderer draws."""


@dataclass(frozen=True)
class VideoFormat:
    """One way to store pictures and sound.

    `pixels` is FFmpeg's name of the stored form, `sound` its encoder; songs in one of the codecs `copies` need not be
    encoded again. With `alpha` the dancer is stored without background and floor.
    """

    name: str
    codec: str
    pixels: str
    sound: str
    copies: tuple[str, ...]
    alpha: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    mux: Mapping[str, str] = field(default_factory=dict)

    @property
    def channels(self) -> int:
        """Components of a picture's pixels: 3, or 4 with alpha."""
        return 4 if self.alpha else 3

    @property
    def planar(self) -> bool:
        """Whether it stores what `choreo.protocols.PlanarRenderer` writes."""
        return self.pixels == "yuv420p"

    def even(self, side: int) -> int:
        """Side of the stored picture: codecs whose colour is stored at half size have even ones."""
        return side if self.codec == STILLS else side + side % 2


@dataclass(frozen=True)
class VideoSpec:
    """Pictures of one video file: how they are stored, frames per second, pixels, and how many there are."""

    kind: VideoFormat
    fps: float
    width: int
    height: int
    count: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of each picture's array: height, width, components."""
        return self.height, self.width, self.kind.channels

    @property
    def planar(self) -> tuple[int, int]:
        """Shape of each picture's array where it is `choreo.protocols.PlanarRenderer`'s planes."""
        return (self.height + self.height % 2) * 3 // 2, self.width + self.width % 2


X264 = "subme=1"
"""Less search between pixels than the preset has: three fifths of its time for the same quality and size, since what
moves here is one dancer before a still floor (``benchmarks/encoding.py``)."""


FORMATS = {
    kind.name: kind
    for kind in (
        # faststart puts the index before the pictures, so that browsers play while they load.
        VideoFormat(
            "mp4", "libx264", "yuv420p", "aac", ("aac",), False,
            {"preset": "veryfast", "crf": "20", "x264-params": X264}, {"movflags": "+faststart"},
        ),
        # Good quality at the fastest setting that is still "good"; b=0 makes crf the only rule. Without bitexact the
        # muxer gives tracks random numbers.
        VideoFormat(
            "webm", "libvpx-vp9", "yuv420p", "libopus", ("opus",), False,
            {"crf": "32", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1", "tile-columns": "2"},
            {"fflags": "+bitexact"},
        ),
        # Profile 4 is 4444, the only one of ProRes with alpha.
        VideoFormat(
            "mov", "prores_ks", "yuva444p10le", "pcm_s16le", ("pcm_s16le", "pcm_s24le"), True,
            {"profile": "4", "alpha_bits": "16", "vendor": "apl0"}, {"movflags": "+faststart"},
        ),
        VideoFormat(STILLS, STILLS, "rgba", "", (), True),
    )
}  # fmt: skip


# VP9 has the alpha of each picture beside it, as a video of its own, which allows no pictures out of order.
TRANSPARENT = {
    "webm": replace(
        FORMATS["webm"], pixels="yuva420p", alpha=True, options={**FORMATS["webm"].options, "auto-alt-ref": "0"}
    )
}
"""Formats that have alpha where it is asked for."""


def video_format(name: str, *, transparent: bool = False) -> VideoFormat:
    """Look a format up.

    Parameters
    ----------
    transparent
        Whether the dancer is to be without background, also in a format that can have one.

    Raises
    ------
    InputError
        When there is none of this name, or it cannot be transparent.
    """
    if name not in FORMATS:
        raise InputError(f"unknown video format {name!r}. There are {', '.join(FORMATS)}.")
    kind = TRANSPARENT.get(name, FORMATS[name]) if transparent else FORMATS[name]
    if transparent and not kind.alpha:
        able = [each for each in FORMATS if each in TRANSPARENT or FORMATS[each].alpha]
        raise InputError(f"--background transparent: {name} has no alpha; {', '.join(able)} have.")
    return kind


__all__ = [
    "FORMATS",
    "LOOPS",
    "PICTURES",
    "STILLS",
    "TRANSPARENT",
    "VIDEO",
    "VIDEOS",
    "VideoFormat",
    "VideoSpec",
    "video_format",
]
