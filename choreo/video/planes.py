"""Pictures in the form in which video is stored, YUV 4:2:0 as `choreo.protocols.PlanarRenderer` describes it.

Everything in bt709 and limited range, which is what phones and browsers expect. 4:2:0 pictures have even sides: an odd
width or height gets its last column or row twice.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from choreo.types import Bytes

BT709 = 1
LIMITED = 1
Number = TypeVar("Number", bound=np.generic)


def even(frame: NDArray[Number]) -> NDArray[Number]:
    """Repeat the last row and column where a side is odd."""
    height, width = frame.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return frame
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def split(planes: NDArray[Number]) -> tuple[NDArray[Number], NDArray[Number]]:
    """Views of luma ``(H, W)`` and of blue and red differences ``(2, H / 2, W / 2)``."""
    height, width = len(planes) // 3 * 2, planes.shape[1]
    return planes[:height], planes[height:].reshape(2, height // 2, width // 2)


class Converter:
    """Makes FFmpeg's frames of the form `pixels` from pictures, with one converter for all of them."""

    def __init__(self, pixels: str) -> None:
        import av
        from av.video.reformatter import VideoReformatter

        self._av, self._pixels, self._reformatter = av, pixels, VideoReformatter()

    def frame(self, picture: Bytes) -> Any:
        """An ``av.VideoFrame`` of sRGB, of sRGB and alpha, or of planes, whose memory it then shares."""
        if picture.ndim == 2:
            picture = np.ascontiguousarray(picture)
            # PyAV 18 takes a height of 90 for 88 where it shares memory: there the planes are copied.
            share = len(picture) % 6 == 0
            make = self._av.VideoFrame.from_numpy_buffer if share else self._av.VideoFrame.from_ndarray
            frame = make(picture, format="yuv420p")
            frame.colorspace, frame.color_range = BT709, LIMITED
            return frame
        frame = self._av.VideoFrame.from_ndarray(even(picture), format="rgba" if picture.shape[2] == 4 else "rgb24")
        # FFmpeg's own default matrix is bt601.
        return self._reformatter.reformat(frame, format=self._pixels, dst_colorspace=BT709, dst_color_range=LIMITED)


def planes_of(picture: Bytes) -> Bytes:
    """Planes of a picture ``(h, w, 3) uint8``, as FFmpeg converts it."""
    return np.asarray(Converter("yuv420p").frame(picture).to_ndarray(), np.uint8)


__all__ = ["BT709", "LIMITED", "Converter", "even", "planes_of", "split"]
