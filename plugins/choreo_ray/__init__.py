"""Ray as an engine: work on a cluster that the user has started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from choreo.protocols import Workers


class RayEngine:
    """Processes of a Ray cluster."""

    name = "ray"
    description = "a Ray cluster, by the address of its head (needs the extra 'ray')"

    def ready(self) -> None:
        """Find out whether Ray is installed.

        Raises
        ------
        PluginError
        """
        from choreo_ray.connection import require_ray

        require_ray()

    @contextmanager
    def connect(self, address: str, jobs: int) -> Iterator[Workers]:
        """Reach the cluster whose head is at `address`; by default that of ``RAY_ADDRESS``, or of this machine.

        Raises
        ------
        PluginError
            When there is none, or it does not take this process, or nodes have another choreo or Python.
        """
        from choreo_ray.connection import connection, require_same
        from choreo_ray.workers import RayWorkers

        with connection(address):
            require_same()
            yield RayWorkers(jobs)


__all__ = ["RayEngine"]
