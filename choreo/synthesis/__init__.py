"""From a plan to one clean motion: realise, align, blend, plant the feet."""

from choreo.synthesis.checks import guarantees
from choreo.synthesis.stitch import perform

__all__ = ["guarantees", "perform"]
