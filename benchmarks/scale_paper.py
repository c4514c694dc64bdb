"""A hundred million clips on paper: what they would take, from figures that were measured on fewer.

`lines` is arithmetic only. `benchmarks/scale.py` measures what it needs and puts its lines into ``docs/scale.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

CLIPS = 100_000_000
CLIP_SECONDS = 3.0
"""Motion of a clip: six beats at 120 a minute."""
MACHINES, CORES, MEMORY_GB = 50, 16, 64
"""Machines for ingest, and what each has."""
LARGEST_PLANNER = 4e9
"""Bytes of columns above which a planner no longer fits a usual machine beside its song and film."""
PRICES = (
    "Prices are assumptions: Amazon's public list for us-east-1, on demand, as known in June 2026: S3 Standard 0.023 "
    "dollars a GB and month, 0.005 dollars for 1,000 PUTs; m7g.4xlarge (16 cores, 64 GB) 0.653 "
    "dollars an hour. Look them up before relying on a sum here."
)
GB_MONTH, PUT, MACHINE_HOUR = 0.023, 0.005 / 1000, 0.653
DAY, GB = 86_400, 1e9


@dataclass(frozen=True)
class Measured:
    """What was measured, each by a benchmark.

    Attributes
    ----------
    clip_bytes
        Of a stored clip, with its rotations quantised and all its columns.
    column_bytes
        Of a clip in the memory of a planner.
    ingest_seconds
        Of one core for a minute of motion.
    index_seconds
        To write and index `index_rows` vectors on `index_cores` cores.
    index_rows, index_cores
        See `index_seconds`.
    vector_bytes
        Of a vector and its part of the index, on disk.
    query_ms
        Of a search by one vector with `index_rows` in the index.
    batch_seconds
        To commit a batch of `batch_clips` clips to object storage at the largest size that was measured.
    batch_clips
        See `batch_seconds`.
    """

    clip_bytes: float
    column_bytes: float
    ingest_seconds: float
    index_seconds: float
    index_rows: float
    index_cores: float
    vector_bytes: float
    query_ms: float
    batch_seconds: float
    batch_clips: float


@dataclass(frozen=True)
class Paper:
    """What `clips` clips would take, see `on_paper`; bytes, seconds, hours and dollars."""

    clips: int
    stored: float
    indexed: float
    planner: float
    ingest_core_hours: float
    ingest_hours: float
    commit_hours: float
    index_hours: float
    query_ms: float
    month: float
    once: float


def on_paper(measured: Measured, clips: int = CLIPS, machines: int = MACHINES) -> Paper:
    """Reckon with the number of clips: bytes, ingest and the training of the index in proportion, commits one by one.

    A search reads a share of the partitions, of which there are as many as vectors in each: it grows with the root.
    """
    stored, indexed = clips * measured.clip_bytes, clips * measured.vector_bytes
    core_hours = clips * CLIP_SECONDS / 60 * measured.ingest_seconds / 3600
    hours = core_hours / (machines * CORES)
    commits = clips / measured.batch_clips
    # the index's centres grow with the root of the rows, and each row is compared with all of them
    growth = clips / measured.index_rows
    index_hours = measured.index_seconds * growth**1.5 * measured.index_cores / CORES / 3600
    work_hours = max(hours, commits * measured.batch_seconds / 3600)
    return Paper(
        clips,
        stored,
        indexed,
        clips * measured.column_bytes,
        core_hours,
        hours,
        commits * measured.batch_seconds / 3600,
        index_hours,
        measured.query_ms * growth**0.5,
        (stored + indexed) / GB * GB_MONTH,
        machines * work_hours * MACHINE_HOUR + index_hours * MACHINE_HOUR + 3 * commits * PUT,
    )


def breaking(paper: Paper, measured: Measured) -> list[tuple[float, str, str]]:
    """Where the design breaks: number of clips at which, what happens, what would be done; the first thing first."""
    per_batch = measured.batch_clips
    found = [
        (
            LARGEST_PLANNER / measured.column_bytes,
            f"a planner holds {measured.column_bytes:.0f} bytes a clip, {paper.planner / GB:.1f} GB at {paper.clips:,}",
            "shortlist by the index first, and read the columns of some thousand clips for each song, by id",
        ),
        (
            per_batch / measured.batch_seconds * 7 * DAY,
            f"one committer takes {per_batch / measured.batch_seconds:,.0f} clips a second, "
            f"{paper.commit_hours:,.0f} hours for all, however many machines there are",
            f"batches of 10,000 clips instead of {per_batch:,.0f}, or workers that write fragments of which one commit "
            "makes thousands into rows",
        ),
        (
            per_batch * 100_000,
            f"each commit of {per_batch:,.0f} clips is a fragment until 'db optimize' ran: "
            f"{paper.clips / per_batch:,.0f} of them in a list that every commit writes anew",
            "compact while adding, to fragments of a million clips: a hundred of them",
        ),
        (
            1e9,
            "the index of ids is asked for every batch, and its pages no longer stay in the committer's memory",
            "tables by a prefix of the id, each with a committer of its own",
        ),
    ]
    return sorted(found)


def lines(found: Mapping[str, Any]) -> list[str]:
    """Section of ``docs/scale.md`` on a hundred million clips, in Markdown.

    Parameters
    ----------
    found
        Numbers by name, those of `Measured`.

    Raises
    ------
    ValueError
        When one is missing, or not above zero.
    """
    names = [field.name for field in fields(Measured)]
    lacking = [name for name in names if not float(found.get(name, 0)) > 0]
    if lacking:
        raise ValueError(f"{', '.join(lacking)}: missing, or not above zero; {', '.join(names)} are wanted")
    measured = Measured(**{name: float(found[name]) for name in names})
    paper = on_paper(measured)
    rows = (
        ("clips in object storage", f"{paper.stored / 1e12:.1f} TB", f"{measured.clip_bytes:,.0f} bytes each"),
        ("vectors and their index", f"{paper.indexed / GB:,.0f} GB", f"{measured.vector_bytes:,.0f} bytes each"),
        ("memory of a planner", f"{paper.planner / GB:.1f} GB", f"{measured.column_bytes:.0f} bytes a clip"),
        (
            f"ingest on {MACHINES} machines of {CORES} cores",
            f"{paper.ingest_hours:,.0f} hours",
            f"{paper.ingest_core_hours:,.0f} hours of a core, {measured.ingest_seconds:.1f} s a minute of motion",
        ),
        (
            "commits, one after another",
            f"{paper.commit_hours:,.0f} hours",
            f"{measured.batch_seconds:.2f} s for {measured.batch_clips:,.0f} clips",
        ),
        (
            "index, on one machine",
            f"{paper.index_hours:,.1f} hours",
            f"{measured.index_seconds:,.0f} s for {measured.index_rows:,.0f} vectors on {measured.index_cores:.0f} "
            "cores, growing with rows times their root",
        ),
        (
            "a search by one vector",
            f"{paper.query_ms:,.0f} ms",
            f"{measured.query_ms:.1f} ms among {measured.index_rows:,.0f}, growing with the root; on a local disk",
        ),
        ("storage, a month", f"{paper.month:,.0f} dollars", f"{GB_MONTH} dollars a GB"),
        ("ingest and index, once", f"{paper.once:,.0f} dollars", f"{MACHINE_HOUR} dollars a machine's hour"),
    )
    breaks = [
        f"{number}. **From about {_rounded(at)} clips**: {what}. Then: {instead}."
        for number, (at, what, instead) in enumerate(breaking(paper, measured), 1)
    ]
    return [
        f"## {CLIPS // 1_000_000} million clips, on paper",
        "",
        f"Reckoned from the figures above, not measured. A clip is {CLIP_SECONDS:g} s of motion. {PRICES}",
        "",
        "| | | from |",
        "|---|---|---|",
        *(f"| {what} | {value} | {source} |" for what, value, source in rows),
        "",
        "Where it breaks, the first first:",
        "",
        *breaks,
    ]


def _rounded(clips: float) -> str:
    """Two significant digits."""
    return f"{float(f'{clips:.1e}'):,.0f}"
