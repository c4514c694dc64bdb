"""Dataset plugin ``choreonet``: ballroom dances as movement units, with whole choreographies and their music."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from choreo.errors import MotionError
from choreo.music.phrasing import stretch
from choreo.types import Clip, Cut, MusicAnalysis, Phrase, Take
from choreo_c3d.dataset import C3dDataset

if TYPE_CHECKING:
    from choreo.retrieval.pairs import Pairs, Progress

UNIT_FPS = 80.0
MUSIC_FPS = 25.0
STYLES = {"C": "cha-cha", "R": "rumba", "T": "tango", "W": "waltz"}
TABLE = "movement_interval.csv"


@dataclass(frozen=True)
class Choreography:
    """A real choreography: the movement units in order and the beats each lasts, to the music of a file."""

    name: str
    style: str
    units: tuple[str, ...]
    beats: tuple[int, ...]
    music: Path
    seconds: float


@lru_cache(maxsize=8)
def units(table: Path) -> dict[str, tuple[Cut, ...]]:
    """Movement units by the stem of their take, in seconds.

    Raises
    ------
    MotionError
        When the table cannot be read or lacks its columns.
    """
    found: dict[str, list[Cut]] = {}
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            for row in csv.DictReader(stream):
                try:
                    start, end, beats = (float(row[key]) for key in ("start_frame", "end_frame", "beats"))
                except ValueError:
                    continue  # some units have no frames or no beats
                if end > start and beats >= 1 and beats == int(beats):
                    cut = Cut(start / UNIT_FPS, end / UNIT_FPS, int(beats), row["movement_tag"].strip())
                    found.setdefault(row["c3d_file"].strip(), []).append(cut)
    except OSError as error:
        raise MotionError(f"{table}: cannot be read ({error.strerror or error}).") from error
    except (KeyError, TypeError, csv.Error, UnicodeDecodeError) as error:
        raise MotionError(
            f"{table}: expected the columns c3d_file, movement_tag, start_frame, end_frame, beats ({error})."
        ) from error
    return {name: tuple(cuts) for name, cuts in found.items()}


def home_of(path: Path) -> Path:
    """The dataset's folder, from itself or something in it."""
    for folder in (path, *path.parents):
        if (folder / TABLE).is_file():
            return folder
    raise MotionError(f"{path}: no {TABLE} there or above. choreonet expects {ChoreoNetDataset.expected}.")


class ChoreoNetDataset(C3dDataset):
    """ChoreoNet (Ye et al., ACM MM 2020): each clip is one labelled movement unit."""

    name = "choreonet"
    description = "ChoreoNet's ballroom motion capture, cut into its labelled movement units"
    licence = "unknown"
    citation = "Ye et al., ChoreoNet: Towards Music to Dance Synthesis with Choreographic Action Unit, ACM MM 2020"
    expected = "the dataset's folder with c3d/, movement_interval.csv, choreography/ and music/"
    skips = "units without frames or beats, units whose take is not there, and stretches with lost markers"

    def pairs(self, path: Path, *, progress: Progress | None = None) -> Pairs:
        """Dances and their music: each movement unit with the beats it is danced to.

        Raises
        ------
        MotionError, AudioError, InputError
            When files cannot be used or there are too few pairs.
        """
        from choreo.datasets.cut import cut_take
        from choreo.music import analyze_cached
        from choreo.retrieval.pairs import PairedSong, Pairs

        home = home_of(path)
        takes = (take for file in self.files(home) for take in self.takes(file, root=home) if take.cuts)
        clips: dict[str, Clip] = {}
        for take in takes:
            for clip in cut_take(take, self.name):
                clips.setdefault(clip.labels[-1], clip)
        tags = tuple(clips)
        songs = []
        dances = list(choreographies(home))
        for number, dance in enumerate(dances):
            analysis = analyze_cached(dance.music)
            danced = [(unit, part) for unit, part in danced_to(analysis, dance) if unit in clips]
            if danced:
                numbers = tuple(tags.index(unit) for unit, _ in danced)
                songs.append(PairedSong(dance.name, analysis, tuple(part for _, part in danced), numbers))
            if progress:
                progress(number + 1, len(dances))
        return Pairs(tuple(clips.values()), tags, tuple(songs), "ChoreoNet", self.licence)

    def beside(self, file: Path) -> Sequence[Path]:
        """The table of the movement units."""
        return [folder / TABLE for folder in file.parents]

    def described(self, take: Take, file: Path) -> Take:
        """Add the units, the style and the citation."""
        cuts = units(home_of(file) / TABLE).get(file.stem, ())
        styles = tuple(dict.fromkeys(STYLES[cut.label[:1]] for cut in cuts if cut.label[:1] in STYLES))
        waltz = bool(cuts) and all(cut.label.startswith("W") for cut in cuts)
        return replace(take, cuts=cuts, styles=styles or ("ballroom",), metre=3 if waltz else 4, citation=self.citation)


def choreographies(path: Path) -> Iterator[Choreography]:
    """Yield the choreographies below a dataset's folder, those whose music is there.

    Raises
    ------
    MotionError
        When a file of them cannot be read.
    """
    home = home_of(path)
    for file in sorted((home / "choreography").glob("*.json")):
        try:
            dances = json.loads(file.read_text(encoding="utf-8"))
            for dance in dances:
                name = dance["name"].removeprefix("DANCE_")
                music = home / "music" / f"{name}.ogg"
                if music.is_file():
                    yield Choreography(
                        name,
                        STYLES.get(dance["dance_type"], "ballroom"),
                        tuple(map(str, dance["movements"])),
                        tuple(int(beats) for beats in dance["durations"]),
                        music,
                        (dance["end_pos"] - dance["start_pos"]) / MUSIC_FPS,
                    )
        except OSError as error:
            raise MotionError(f"{file}: cannot be read ({error.strerror or error}).") from error
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise MotionError(f"{file}: is not a choreography file of ChoreoNet ({error}).") from error


def danced_to(analysis: MusicAnalysis, dance: Choreography) -> list[tuple[str, Phrase]]:
    """Movement units of a dance and the stretches of its music, whole tracked beats each.

    The table's beats fill the range; where the tracker counts others (half, double, or another tempo altogether) the
    units keep their shares of it.
    """
    edges = np.round(np.cumsum([0, *dance.beats]) * len(analysis.beats) / sum(dance.beats)).astype(int)
    spans = zip(dance.units, edges[:-1], edges[1:], strict=True)
    return [(unit, stretch(analysis, int(a), int(b - a))) for unit, a, b in spans if b > a]
