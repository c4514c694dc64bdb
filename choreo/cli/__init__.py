"""The command line. Importing it costs click and nothing else; every command imports its own work late."""

from __future__ import annotations

from choreo.cli.app import main

__all__ = ["main"]
