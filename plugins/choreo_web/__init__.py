"""Exporter plugin ``web``: the dance as one HTML file that plays from anywhere, with the song in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from choreo.types import Body, Motion, Show


class WebExporter:
    """A page with three.js, the skinned dancer and the song; it loads nothing from elsewhere."""

    name = "web"
    description = "one HTML file that plays the dance in 3D with its song (three.js, works without network)"
    suffix = ".html"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write a page of a motion alone, on `body`, the built-in dancer when None."""
        from choreo.types import Dance, Show
        from choreo.video.bodies import load_body

        self.export_show(Show((Dance("dance", (motion,)),), body or load_body()), path)

    def export_show(self, show: Show, path: Path) -> None:
        """Write a page with song, timeline and all dances of a show.

        Raises
        ------
        AudioError
            When the song cannot be read.
        """
        from choreo_web.page import page_of

        path.write_text(page_of(show), encoding="utf-8", newline="\n")


__all__ = ["WebExporter"]
