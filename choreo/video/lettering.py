"""Letters of any script from the fonts that a machine has: which font draws which letter, and lines of them.

Pillow's own font has the letters of English and is there everywhere. What it does not have comes from the fonts of the
system, letter by letter, and what none of them has is left out. A letter here is what a reader takes for one: a sign
with its marks, an emoji with what changes it.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

FONTS = (
    "NotoSans-Regular.ttf", "DejaVuSans.ttf", "arial.ttf", "Arial.ttf", "segoeui.ttf", "LiberationSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "msyh.ttc", "YuGothR.ttc", "malgun.ttf", "msgothic.ttc",
    "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "wqy-zenhei.ttc", "NanumGothic.ttf",
    "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf", "Nirmala.ttf", "tahoma.ttf", "Arial Unicode.ttf", "NotoEmoji-Regular.ttf",
    "seguisym.ttf", "seguiemj.ttf", "Symbola.ttf",
)  # fmt: skip
"""Fonts of usual systems, tried in order before all others."""
FOLDERS = {
    "win32": ("%WINDIR%/Fonts", "%LOCALAPPDATA%/Microsoft/Windows/Fonts"),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
}
"""Where systems keep their fonts."""
SUFFIXES = (".ttf", ".otf", ".ttc")
NO_LETTERS = ("lastresort", "adobeblank")
"""Fonts that have a sign for everything, which is no letter."""
MOST_FONTS = 2000
PROBE = 16
"""Size in pixels at which fonts are asked for letters."""
JOINER, SELECTORS = "\u200d", "\ufe0e\ufe0f"
JOINERS = "\u200c\u200d"
RIGHT_TO_LEFT = ("R", "AL")


def clusters(text: str) -> list[str]:
    """Split a text into letters, each with its marks, variation selectors and what is joined to it."""
    found: list[str] = []
    for sign in unicodedata.normalize("NFC", text):
        flags = bool(found) and _is_flag(sign) and len(found[-1]) == 1 and _is_flag(found[-1])
        if found and (_is_mark(sign) or found[-1].endswith(JOINER) or flags):
            found[-1] += sign
        else:
            found.append(sign)
    return found


def _is_mark(sign: str) -> bool:
    skin = "\U0001f3fb" <= sign <= "\U0001f3ff"
    return skin or sign in JOINERS or unicodedata.category(sign).startswith("M")


def _is_shown(sign: str) -> bool:
    """Whether a sign is neither for controlling a machine nor for turning the direction of writing."""
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn") or sign.isspace()


def _is_flag(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def is_rtl(letter: str) -> bool:
    """Whether a letter is written from right to left."""
    return unicodedata.bidirectional(letter[0]) in RIGHT_TO_LEFT


def font_folders() -> list[Path]:
    """Folders in which the system keeps fonts."""
    folders = [*FOLDERS.get(sys.platform, FOLDERS["linux"])]
    if sys.platform not in ("win32", "darwin"):
        folders += [f"{each}/fonts" for each in os.environ.get("XDG_DATA_DIRS", "").split(":") if each]
    return list(dict.fromkeys(Path(os.path.expandvars(each)).expanduser() for each in folders))


@cache
def system_fonts() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files of the `FONTS` that the system has, in their order, and of all its others."""
    files: dict[str, str] = {}
    for folder in font_folders():
        with suppress(OSError):
            for path in sorted(folder.rglob("*")):
                if path.suffix.lower() in SUFFIXES and not any(each in path.name.lower() for each in NO_LETTERS):
                    files.setdefault(path.name.lower(), str(path))
    usual = tuple(files[name.lower()] for name in FONTS if name.lower() in files)
    return usual, tuple(path for path in files.values() if path not in usual)[:MOST_FONTS]


@cache
def font_at(name: str, size: int) -> Any:
    """A font by its file, Pillow's own for no name; None where there is none that can be drawn at that size."""
    from PIL import ImageFont

    if not name:
        return ImageFont.load_default(size)
    with suppress(OSError, ValueError):
        return ImageFont.truetype(name, size)
    return None


@cache
def shapes_right_to_left() -> bool:
    """Whether Pillow can order and join letters that are written from right to left here."""
    from PIL import features

    return bool(features.check("raqm"))


@cache
def has(name: str, letter: str) -> bool:
    """Whether a font has a letter: it does not draw the sign for a missing one."""
    font = font_at(name, PROBE)
    if font is None or (is_rtl(letter) and not shapes_right_to_left()):
        return False
    signs = [sign for sign in letter if sign not in JOINERS + SELECTORS]
    if not signs:
        return False
    nothing = _drawn(font, "\uffff")
    return all(sign.isspace() or _drawn(font, sign) != nothing for sign in signs)


def _drawn(font: Any, sign: str) -> tuple[bytes, float]:
    return bytes(font.getmask(sign)), float(font.getlength(sign))


@dataclass(frozen=True)
class Lettering:
    """A text with a font for each of its letters; `left_out` are those that no font has."""

    text: str
    fonts: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Lettering:
        """Choose fonts for a text: one for all of it where there is one, else the one with most of it, and others.

        What no font has is written without its marks (o for ö), else left out.
        """
        text = "".join(sign for sign in text if sign == "\n" or sign in JOINERS or _is_shown(sign))
        letters = [each for each in dict.fromkeys(clusters(text)) if not each.isspace()]
        chosen = dict(_fonts_of(letters))
        missing = [each for each in letters if each not in chosen]
        plain = {each: _plainer(each) for each in missing}
        kept = "".join(plain.get(each, each) for each in clusters(text))
        chosen |= {sign: _fonts_of([sign])[0][1] for word in plain.values() for sign in word if sign not in chosen}
        lines = [" ".join(line.replace("()", "").split()) for line in kept.split("\n")]
        left_out = tuple(each for each in missing if not plain[each])
        return cls("\n".join(line for line in lines if line), tuple(chosen.items()), left_out)

    def runs(self, line: str) -> list[tuple[str, str, str]]:
        """``(words, font, direction)`` in the order in which they stand, from the left.

        Letters without a direction, such as digits and blanks, go with both neighbours where these agree, else with
        the line, whose direction is that of its first letter that has one.
        """
        letters, font = clusters(line), dict(self.fonts)
        way = [_direction(each) for each in letters]
        main = next((each for each in way if each), "ltr")
        for start, stop in _gaps(way):
            before, after = way[start - 1] if start else main, way[stop] if stop < len(way) else main
            way[start:stop] = [before if before == after else main] * (stop - start)
        names = _with_neighbours([font.get(each) for each in letters])
        spans = []
        for direction, part in groupby(range(len(letters)), key=lambda k: way[k]):
            inner = [
                ("".join(letters[k] for k in run), name, direction)
                for name, run in groupby(part, key=lambda k: names[k])
            ]
            spans.append(inner if direction == "ltr" else inner[::-1])
        return [run for span in (spans if main == "ltr" else spans[::-1]) for run in span]

    def width(self, line: str, size: int) -> float:
        """Pixels that a line takes from left to right."""
        return sum(font_at(name, size).getlength(words, **_way(way)) for words, name, way in self.runs(line))

    def draw(self, canvas: Any, x: float, y: float, line: str, size: int) -> None:
        """Draw a line in white on a Pillow canvas, from `x` on, its middle at the height `y`; all on one base line."""
        for number, (words, name, way) in enumerate(self.runs(line)):
            font = font_at(name, size)
            if number == 0:
                up, down = font.getmetrics()
                y += (up - down) / 2
            canvas.text((x, y), words, fill=255, font=font, anchor="ls", **_way(way))
            x += font.getlength(words, **_way(way))


def _fonts_of(letters: Sequence[str]) -> list[tuple[str, str]]:
    """``(letter, font)`` of the letters that some font has: Pillow's own where it has all, else the fewest fonts."""
    if all(has("", each) for each in letters):
        return [(each, "") for each in letters]
    usual, others = system_fonts()
    left, found = list(letters), list[tuple[str, str]]()
    for names in (("", *usual), others):
        while left:
            counts = [sum(has(name, each) for each in left) for name in names]
            if not any(counts):
                break
            name = names[counts.index(max(counts))]
            found += [(each, name) for each in left if has(name, each)]
            left = [each for each in left if not has(name, each)]
    return found


def _plainer(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter).replace("ß", "ss")
    return "".join(part for part in parts if part.isascii() and part.isprintable())


def _direction(letter: str) -> str:
    if is_rtl(letter):
        return "rtl"
    return "ltr" if unicodedata.bidirectional(letter[0]) == "L" else ""


def _gaps(way: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Stretches without a direction, first and past-last."""
    for direction, part in groupby(range(len(way)), key=lambda k: way[k]):
        numbers = list(part)
        if not direction:
            yield numbers[0], numbers[-1] + 1


def _with_neighbours(names: Sequence[str | None]) -> list[str]:
    """Fonts with those of blanks filled in: that of the letter before, else of the first after."""
    before = next((name for name in names if name is not None), "")
    filled = []
    for name in names:
        before = before if name is None else name
        filled.append(before)
    return filled


def _way(direction: str) -> dict[str, str]:
    """Direction as Pillow wants it; its own font, which has no letters from right to left, cannot be told one."""
    return {"direction": direction} if direction == "rtl" else {}


__all__ = ["FONTS", "Lettering", "clusters"]
