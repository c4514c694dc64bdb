"""Exporter plugin ``csv``: joint positions as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from choreo.motion.blocks import blocks
from choreo.motion.kinematics import forward
from choreo.motion.rigs import rig_positions
from choreo.types import Body, Doubles, Floats, Motion, RigMotion


class CsvExporter:
    """One row a frame: seconds, then x, y, z of every joint in metres."""

    name = "csv"
    description = "Joint positions in metres as a table, one row a frame"
    suffix = ".csv"

    units = ("m", "cm")
    ups = ("y", "z")

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the table."""

        def placed(block: slice) -> Floats:
            return forward(motion.skeleton, motion.translation[block], motion.rotations[block])[0]

        _write(path, motion.skeleton.names, len(motion), motion.fps, placed)

    def export_rig(self, rigged: RigMotion, path: Path, *, body: Body | None = None) -> None:
        """Write the table of a rig's joints, in its unit and axes."""
        positions, _ = rig_positions(rigged)
        _write(path, rigged.names, len(rigged), rigged.fps, lambda block: positions[block])


def _write(
    path: Path, names: Sequence[str], frames: int, fps: float, placed: Callable[[slice], Floats | Doubles]
) -> None:
    """Write the table; `placed` gives positions ``(T, J, 3)`` of some frames."""
    head = ",".join(["seconds", *(f"{name}_{axis}" for name in names for axis in "xyz")])
    row = ",".join(["%.6f"] * (1 + 3 * len(names)))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(head + "\n")
        for block in blocks(frames):
            positions = placed(block)
            flat = (positions.reshape(len(positions), -1) + 0.0).tolist()
            lines = [row % (k / fps, *values) for k, values in enumerate(flat, block.start)]
            file.write("\n".join(lines) + "\n")
