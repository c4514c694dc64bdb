"""The session's song for the browser: the file as it is where browsers play it, else once made into AAC."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.planfile.sources import song_of
from choreo.viewer.song import played_as, sound_of

if TYPE_CHECKING:
    from choreo.studio.session import Session


class Sound:
    """Songs that were made into something browsers play, in a folder of this process."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._made: dict[Path, tuple[Path, str]] = {}
        self._making = asyncio.Lock()

    async def of(self, session: Session) -> tuple[Path, str]:
        """The file and its media type.

        Raises
        ------
        AudioError
            When the song is gone or cannot be decoded.
        """
        song = song_of(session.plan)
        async with self._making:
            if song not in self._made:
                self._made[song] = await asyncio.to_thread(self._make, song, session)
            return self._made[song]

    def _make(self, song: Path, session: Session) -> tuple[Path, str]:
        kind, _ = played_as(song)
        if kind:
            return song, kind
        kind, data, _ = sound_of(song, 0.0, session.state()["song"]["seconds"])
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="choreo-studio-"))
        path = self._folder / f"{len(self._made)}.m4a"
        path.write_bytes(data)
        return path, kind

    def close(self) -> None:
        """Remove what was made."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


__all__ = ["Sound"]
