"""From a plan to one clean motion: realise, align, blend, plant the feet."""

from choreo.synthesis.checks import broken_guarantees, guarantees
from choreo.synthesis.stitch import perform

__all__ = ["broken_guarantees", "guarantees", "perform"]
