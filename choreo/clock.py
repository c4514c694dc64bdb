"""How times are written for people, everywhere alike."""

from __future__ import annotations


def clock(seconds: float, *, tenths: bool = True) -> str:
    """Minutes and seconds, rounded before they are split, so that no minute has 60 seconds.

    Examples
    --------
    >>> clock(65.25), clock(59.96), clock(-0.3), clock(90, tenths=False)
    ('1:05.2', '1:00.0', '-0:00.3', '1:30')
    """
    step = 10 if tenths else 1
    whole = round(step * abs(seconds))
    sign = "-" if seconds < 0 and whole else ""
    minutes, rest = divmod(whole, 60 * step)
    return f"{sign}{minutes}:{rest / step:04.1f}" if tenths else f"{sign}{minutes}:{rest:02d}"


__all__ = ["clock"]
