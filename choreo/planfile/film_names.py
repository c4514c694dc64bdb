"""Names of shots and lights that a user may ask for. Nothing heavy is imported, so the command line can offer them."""

from __future__ import annotations

SHOTS = ("full", "wide", "low", "orbit", "counter-orbit", "push-in", "near", "close", "medium", "feet")
"""Shots to choose from: `choreo.video.shots` says what each shows. ``near`` shows what moves: head, hands or feet."""
LIGHTS = ("blue", "teal", "violet", "red", "magenta", "green", "gold", "white", "dim", "blackout")
"""Lights to choose from: `choreo.video.lights` says what each is."""
AUTO = "auto"
"""What gives bars back to the director."""

__all__ = ["AUTO", "LIGHTS", "SHOTS"]
