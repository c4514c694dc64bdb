r"""Foreign text for a terminal: characters that steer it are shown, never sent.

A song's name may hold escape sequences that move the cursor, rename the window or turn the line round. They are
written as Python would write them, ``\x1b``. Letters, accents, emoji and their joiners stay.
"""

from __future__ import annotations

import re

_STEERING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # direction, invisible
    "\ud800-\udfff"  # bytes of file names that are not UTF-8
    "\U000e0000-\U000e007f"
)
_ALL = re.compile(f"[{_STEERING}]")
_ONE_LINE = re.compile(f"[{_STEERING}\t\n]")


def shown(text: str, *, lines: bool = False) -> str:
    r"""Text with control characters written out; newlines and tabs, too, unless `lines` keeps them.

    Examples
    --------
    >>> shown("a\x1b[31mred\n")
    'a\\x1b[31mred\\n'
    >>> shown("two\nlines", lines=True)
    'two\nlines'
    """
    return (_ALL if lines else _ONE_LINE).sub(_written, text)


def without_steering(text: str) -> str:
    """Text for pictures, where nothing is written out: what steers is left out, blanks for lines and tabs."""
    return _ALL.sub("", text.replace("\t", " ").replace("\n", " ").replace("\r", " "))


def shown_json(text: str) -> str:
    r"""JSON whose strings have no control characters left: those that JSON allows become ``\u009b`` and the like."""
    return _ALL.sub(_escaped, text)


def _written(found: re.Match[str]) -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return (
        found.group().encode("unicode_escape").decode("ascii") if code < 0xD800 or code > 0xDFFF else f"\\u{code:04x}"
    )


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


__all__ = ["shown", "shown_json", "without_steering"]
