"""The main job on a test song, step by step, by the functions that do it for ``generate``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from choreo.doctor.finding import FAIL, NOTE, OK, Finding, guarded
from choreo.doctor.trial_song import BPM, ENCODERS, SECONDS, encode_song, write_song

SONG = "song.mp3"
"""The test song in the commonest form; songs of other kinds are tried by decoding them."""
TEST_SIZE = (160, 90)
FPS = 30
AGAIN = "pip install --force-reinstall av"


def attempt(database: str | None) -> Iterator[Finding]:
    """Decode, listen, choreograph, draw and encode; what comes after a failed step is not tried."""
    steps: tuple[tuple[str, Callable[[Path], Finding]], ...] = (
        ("database", lambda folder: _database(database)),
        ("decoding", _decode),
        ("listening", _listen),
        ("choreography", partial(_choreograph, database=database)),
        ("video", partial(_film, database=database)),
    )
    with tempfile.TemporaryDirectory(prefix="choreo-doctor-") as name:
        folder = Path(name)
        for label, step in steps:
            finding = guarded(label, lambda step=step: step(folder))  # type: ignore[misc]
            yield finding
            if finding.status == FAIL:
                return
        yield guarded("other videos", lambda: _other_videos(folder), broken=NOTE)


def _database(location: str | None) -> Finding:
    from choreo.db import MotionDB, default_location, ensure_starter

    place = default_location(location)
    ensure_starter(place)
    database = MotionDB.open(place)  # itself, not its snapshot
    if not len(database):
        return Finding("database", FAIL, f"{database.location}: no clips in it", "Reinstall choreo.")
    return Finding("database", OK, f"{len(database)} clips in {database.location}")


def _decode(folder: Path) -> Finding:
    """Write the test song in each form and read it again; wav and mp3 are needed."""
    from choreo.music import load_audio

    write_song(folder / "song.wav")
    read, troubles = [], []
    for ending in ("wav", *ENCODERS):
        path = folder / f"song.{ending}"

        def check(path: Path = path) -> Finding:
            if path.suffix != ".wav":
                encode_song(path)
            audio = load_audio(path)
            loudest = float(abs(audio.samples).max())
            good = abs(audio.duration - SECONDS) < 0.2 and loudest > 0.2
            told = f"a test song of {SECONDS:g} s came out {audio.duration:.2f} s long, as loud as {loudest:.2f}"
            return Finding(path.suffix[1:], OK if good else FAIL, told)

        tried = guarded(ending, check)
        if tried.status == OK:
            read.append(ending)
        else:
            troubles.append(f"{ending}: {tried.detail}")
    if not {"wav", "mp3"} <= set(read):
        return Finding("decoding", FAIL, "; ".join(troubles), AGAIN)
    told = f"wrote a test song as {', '.join(read)}, and read it again"
    return Finding("decoding", NOTE if troubles else OK, "; ".join([told, *troubles]))


def _listen(folder: Path) -> Finding:
    from choreo.music import analyze
    from choreo.options import Listening

    heard = analyze(folder / SONG, Listening(cache=False))
    if not abs(heard.tempo - BPM) < 3:
        return Finding("listening", FAIL, f"heard {heard.tempo:.1f} beats a minute in a test song of {BPM:g}")
    return Finding("listening", OK, f"heard {heard.tempo:.1f} beats a minute in a test song")


def _choreograph(folder: Path, database: str | None) -> Finding:
    from choreo.options import Choosing, Listening
    from choreo.pipeline.song_to_plan import make_plan

    _, plan, _ = make_plan(folder / SONG, listening=Listening(cache=False), choosing=Choosing(db=database))
    return Finding("choreography", OK, f"planned {len(plan.steps)} steps for it")


def _film(folder: Path, database: str | None) -> Finding:
    """Run ``generate`` itself and look into its video."""
    from choreo.options import Choosing, Listening
    from choreo.pipeline.run import generate
    from choreo.video import probe
    from choreo.video.look import Look

    made = generate(
        folder / SONG, output=folder / "made", listening=Listening(cache=False), choosing=Choosing(db=database),
        look=Look(width=TEST_SIZE[0], height=TEST_SIZE[1], fps=FPS),
    )  # fmt: skip
    film = made.files["mp4"]
    facts = probe(film)
    picture, sound = facts["video"], facts["audio"]
    whole = picture and sound and abs(picture["frames"] - SECONDS * FPS) <= FPS
    if not whole:
        return Finding("video", FAIL, f"a test video came out as {facts}", AGAIN)
    contrast = picture_contrast(film)
    if contrast < 2:
        return Finding("video", FAIL, f"a test video came out empty: its brightness varies by {contrast:.1f} of 255")
    told = f"{picture['codec']} + {sound['codec']}, a test video was made by 'generate' and read back"
    return Finding("video", OK, f"{told}; also {', '.join(sorted(set(made.files) - {'mp4'}))}")


def picture_contrast(film: Path) -> float:
    """Standard deviation of brightness, 0 to 255, in the first picture of a video."""
    import av

    with av.open(str(film)) as container:
        frame = next(iter(container.decode(video=0)))
        return float(frame.to_ndarray(format="gray").std())


def _other_videos(folder: Path) -> Finding:
    """Write and read back a few pictures in every other video format."""
    import numpy as np

    from choreo.video import probe, write_video
    from choreo.video.formats import FORMATS, STILLS, VIDEO

    width, height = TEST_SIZE
    written = []
    for name in sorted(set(FORMATS) - {VIDEO, STILLS}):
        kind = FORMATS[name]
        frames = (np.full((height, width, kind.channels), 20 * k, np.uint8) for k in range(6))
        film = folder / f"film.{name}"
        write_video(film, frames, fps=FPS, width=width, height=height, n_frames=6, audio=folder / "song.wav", kind=kind)
        facts = probe(film)
        if not (facts["audio"] and facts["video"] and facts["video"]["frames"] == 6):
            return Finding("other videos", NOTE, f"a test video came out as {facts}", AGAIN)
        written.append(f"{name} ({facts['video']['codec']} + {facts['audio']['codec']})")
    return Finding("other videos", OK, ", ".join(written))


__all__ = ["attempt", "picture_contrast"]
