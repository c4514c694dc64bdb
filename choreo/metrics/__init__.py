"""Metrics of dance: arrays in, numbers out.

Positions are ``(T, 24, 3)`` metres of the canonical joints (`choreo.metrics.reference.joint_positions` makes them of a
`Motion` or a `JointArray`), their first 22, or what `by_name` makes of COCO's or Human3.6M's 17; times are seconds on
one clock. Where there is too little data, or no such joint, functions return NaN; an array of another form, or with
single NaN in it, is a `ShapeError`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
