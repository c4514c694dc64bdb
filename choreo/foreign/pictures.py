"""Open pictures: their size is read from the header, before a pixel is unpacked."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.errors import InputError
from choreo.foreign.files import size_of
from choreo.foreign.limits import PICTURE_BYTES, PICTURE_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
"""Kinds that are read. Pillow knows more, some of which run other programs."""


def open_picture(path: Path, kind: type[InputError] = InputError) -> Image:
    """A picture in RGB, upright and in memory.

    Raises
    ------
    InputError
        Of `kind`, when it is no picture, is broken or cut, or has more than `PICTURE_PIXELS`.
    """
    from PIL import Image, ImageOps

    size_of(path, PICTURE_BYTES, kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, which are checked here, and of odd tags
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                if width * height > PICTURE_PIXELS:
                    raise kind(f"{path}: {width} x {height} pixels, expected at most {PICTURE_PIXELS:,} in all.")
                return ImageOps.exif_transpose(picture).convert("RGB")
    except InputError:
        raise
    except MemoryError as error:
        raise kind(f"{path}: there is not enough memory for this picture.") from error
    except Exception as error:  # decoders raise whatever a broken file leads them to
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise kind(f"{path}: no picture that can be read ({words}). Give a PNG or JPEG.") from error


__all__ = ["FORMATS", "open_picture"]
