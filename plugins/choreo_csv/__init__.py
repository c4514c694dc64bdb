"""Exporter plugin ``csv``: joint positions as a table."""

from __future__ import annotations

from pathlib import Path

from choreo.motion.blocks import blocks
from choreo.motion.kinematics import forward
from choreo.types import Body, Motion


class CsvExporter:
    """One row a frame: seconds, then x, y, z of every joint in metres."""

    name = "csv"
    description = "Joint positions in metres as a table, one row a frame"
    suffix = ".csv"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the table."""
        head = ",".join(["seconds", *(f"{name}_{axis}" for name in motion.skeleton.names for axis in "xyz")])
        row = ",".join(["%.6f"] * (1 + 3 * len(motion.skeleton)))
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write(head + "\n")
            for block in blocks(len(motion)):
                positions, _ = forward(motion.skeleton, motion.translation[block], motion.rotations[block])
                flat = (positions.reshape(len(positions), -1) + 0.0).tolist()
                lines = [row % (k / motion.fps, *values) for k, values in enumerate(flat, block.start)]
                file.write("\n".join(lines) + "\n")
