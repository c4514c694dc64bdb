"""Metrics of dance: arrays in, numbers out.

Positions are ``(T, 24, 3)`` metres of the canonical joints (`choreo.metrics.reference.joint_positions` makes them of a
`Motion`), times are seconds on one clock. Where there is too little data, functions return NaN; an array of another
form, or with NaN in it, is a `ShapeError`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
