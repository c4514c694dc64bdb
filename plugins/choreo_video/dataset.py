"""The plugin class: videos of dancers as a dataset of motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.datasets import Files, naming, source_name
from choreo.errors import MotionError
from choreo.types import Motion, Reading, Take
from choreo_video.pictures import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from choreo.retrieval.pairs import Pairs, Progress
    from choreo.retrieval.picture_side import Looks
    from choreo_video.landmarks import Landmarks

CONSENT = "A video of a person is theirs, too: have the consent of whoever dances in it, and the rights to the video."


class VideoDataset(Files):
    """Videos: people are found, followed and lifted to motion."""

    name = "video"
    description = "Videos of people dancing, by BlazePose (extra video); nets by 'choreo models get pose'"
    licence = "unknown"
    citation = ""
    expected = "a folder with videos of people dancing, or one video"
    skips = "stretches in which nobody is seen well, takes of less than a second"
    suffixes = ENDINGS
    notice = CONSENT
    people = True
    longest = 5400.0
    """Seconds that one file may take: half an hour of video at a slow machine's pace."""

    def ready(self) -> None:
        """Check that LiteRT and the nets are there.

        Raises
        ------
        MissingExtraError, ModelError
            With the command that brings them.
        """
        from choreo.models import model_files
        from choreo_video.nets import MODEL, require_litert

        require_litert()
        model_files(MODEL)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the dances of everybody in the video, or of the one whom `Reading.person` says.

        Raises
        ------
        MotionError
            When it is no video, nobody is found, or nobody is seen well enough to be lifted.
        """
        from choreo_video.lifting import lift, lifted_takes

        if joints:
            raise MotionError(f"{file}: a video has no joints to be named; leave --map out.")
        if reading.fps is not None or reading.up is not None:
            raise MotionError(f"{file}: a video says its own times and what is up; leave --fps-of and --up out.")
        self.ready()
        failed: MotionError | None = None
        found = False
        for landmarks in self.landmarks(file, person=reading.person):
            base = Take(
                name=file.stem if landmarks.person == 1 else f"{file.stem} person {landmarks.person}",
                motion=_still(),
                source=source_name(file, root),
                licence=self.licence,
                facts={"person": float(landmarks.person), "seen": float(landmarks.found.mean())},
            )
            try:
                with naming(file):
                    for take in lifted_takes(base, lift(landmarks)):
                        found = True
                        yield take
            except MotionError as error:
                failed = failed or error
        if failed is not None and not found:
            raise failed

    def landmarks(
        self,
        file: Path,
        *,
        person: int | None = None,
        model: Path | None = None,
        hands: bool = False,
        progress: Callable[[float], None] | None = None,
    ) -> list[Landmarks]:
        """Landmarks of the people in a video; see `choreo_video.landmarks_of`."""
        from choreo_video.landmarks import landmarks_of

        return landmarks_of(file, person=person, model=model, hands=hands, progress=progress)

    def looks(self, file: Path, progress: Callable[[float], None] | None = None) -> Looks:
        """What the pictures of a video say by themselves; see `choreo_video.looks.looks_of`."""
        from choreo_video.looks import looks_of

        return looks_of(file, progress)

    def pairs(self, path: Path, *, progress: Progress | None = None) -> Pairs:
        """Music videos: each phrase of a video's sound with its pictures; see `choreo_video.music_videos`."""
        from choreo_video.music_videos import paired_videos

        return paired_videos(self.files(path), path, progress)

    def overlay(
        self,
        file: Path,
        takes: Sequence[Landmarks],
        target: Path,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        """Write a video with the landmarks drawn over it; see `choreo_video.overlay.draw_overlay`."""
        from choreo_video.overlay import draw_overlay

        draw_overlay(file, takes, target, progress)


def _still() -> Motion:
    """One frame of the canonical skeleton at rest, where a motion has to stand before there is one."""
    import numpy as np

    from choreo.motion.skeleton import CANONICAL

    turns = np.zeros((1, len(CANONICAL), 4), np.float32)
    turns[..., 0] = 1
    return Motion(CANONICAL, 60.0, np.zeros((1, 3), np.float32), turns)


__all__ = ["CONSENT", "VideoDataset"]
