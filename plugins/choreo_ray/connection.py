"""The address of a Ray cluster -> a connection to it, whose nodes have the same choreo as this process."""

from __future__ import annotations

import logging
import os
import platform
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from choreo.errors import PluginError
from choreo.plugins import require_extra
from choreo.version import __version__

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_NUM_REDIS_GET_RETRIES": "2",
    "RAY_py_gcs_connect_timeout_s": "5",
}
"""Variables that Ray reads when it is imported: nothing is sent, nothing printed, and it gives up in half a minute."""
LONGEST_CALL = 10.0
"""Seconds in which a head takes a connection."""
LONGEST_LOOK = 120.0
"""Seconds in which a node tells its versions; it starts a process for that."""
START = (
    "Start one with 'ray start --head', join machines with 'ray start --address=HEAD:6379', and name it: ray:HEAD:6379."
)
JOIN = "choreo runs on a machine of the cluster: join this one with 'ray start --address={}'."


def require_ray() -> None:
    """Import Ray, so that it keeps quiet.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    PluginError
        When it does not load.
    """
    os.environ |= {**SETTINGS, **os.environ}  # what the user has set stays
    require_extra("the engine ray", "ray", "ray")


class _SearchPath(list[str]):
    """Folders of modules for Ray's processes; Ray would add the current one, whose modules are a user's, not ours."""

    def extend(self, folders: Iterable[str]) -> None:
        super().extend(folder for folder in folders if folder in sys.path)


@contextmanager
def connection(address: str) -> Iterator[None]:
    """Be a driver of the cluster for a block; one that the calling program has made already is used and left open.

    Raises
    ------
    PluginError
        When there is no cluster, or it does not take this process.
    """
    import ray

    if ray.is_initialized():
        yield
        return
    place = _head(address)
    term = signal.getsignal(signal.SIGTERM)
    try:
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        ray.init(
            address=place,
            log_to_driver=False,
            configure_logging=False,
            job_config=ray.job_config.JobConfig(_py_driver_sys_path=_SearchPath()),
        )
    except Exception as error:  # noqa: BLE001 -- Ray has no one kind
        ray.shutdown()
        raise _refusal(place, error) from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, term)
    try:
        with _hushed():
            yield
    finally:
        ray.shutdown()


def _head(address: str) -> str:
    """Host and port of the head, which takes connections."""
    asked = address or os.environ.get("RAY_ADDRESS", "")
    if "://" in asked:
        raise PluginError(f"Ray addresses of the form {asked.partition('://')[0]}:// cannot be used: write HOST:PORT. "
                          + JOIN.format("HOST:PORT"))  # fmt: skip
    if asked in ("", "auto", "local"):
        asked = _own() if asked != "local" else ""
    if not asked:
        raise PluginError(f"no Ray cluster runs on this machine, and RAY_ADDRESS names none. {START}")
    host, _, port = asked.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise PluginError(f"{asked!r} is no address of a Ray cluster: want HOST:PORT, as in 10.0.0.1:6379.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), LONGEST_CALL).close()
    except OSError as error:
        why = error.strerror or str(error)
        raise PluginError(
            f"no Ray cluster answers at {asked} ({why}). See 'ray status' on its head. {START}"
        ) from error
    return asked


def _own() -> str:
    """Address of the cluster that was last started on this machine; empty when there is none."""
    from ray._private import services

    return str(services.find_bootstrap_address(None) or "")


def _refusal(place: str, error: BaseException) -> PluginError:
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and len(chain) < 20:
        chain.append(cause)
    told_by = "AuthenticationError"  # by its class, or in the text of the errors that Ray makes of it
    if any(told_by in f"{type(each).__name__}: {each}" for each in chain):
        return PluginError(
            f"the Ray cluster at {place} wants a token, or another one than this process has. Set "
            "RAY_AUTH_MODE=token and RAY_AUTH_TOKEN, or RAY_AUTH_TOKEN_PATH to the file that has it, as on its nodes."
        )
    told = " ".join(str(error).split())[:400]
    if "ersion mismatch" in told:
        return PluginError(f"the Ray cluster at {place} has other versions than this process: {told}")
    if isinstance(error, ConnectionError | TimeoutError):
        return PluginError(f"the Ray cluster at {place} does not answer as one. See 'ray status' on its head. {START}")
    return PluginError(f"the Ray cluster at {place} cannot be used: {type(error).__name__}: {_without_token(told)} "
                       + JOIN.format(place))  # fmt: skip


def _without_token(text: str) -> str:
    token = os.environ.get("RAY_AUTH_TOKEN")
    return text.replace(token, "...") if token else text


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep off standard output what Ray says of lost nodes and processes: `Lost` and errors tell of them."""
    from ray._private import worker

    said = getattr(worker, "print_to_stdstream", None)
    worker.print_to_stdstream = lambda *_, **__: None
    try:
        yield
    finally:
        worker.print_to_stdstream = said


def versions() -> tuple[str, str]:
    """Of choreo, and of Python without its patch level."""
    return __version__, ".".join(platform.python_version_tuple()[:2])


def require_same() -> None:
    """Ask each node that works for its versions, before any work.

    Raises
    ------
    PluginError
        When a node has no choreo, or another version of it or of Python.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    def told() -> Any:  # goes to nodes as it is, since they may have no choreo
        import platform

        try:
            from choreo.version import __version__
        except ImportError:
            return None, ""
        return __version__, ".".join(platform.python_version_tuple()[:2])

    asked = {}
    for node in ray.nodes():
        if node["Alive"] and node["Resources"].get("CPU"):
            there = NodeAffinitySchedulingStrategy(node_id=node["NodeID"], soft=False)
            ask = ray.remote(num_cpus=0, max_retries=1, scheduling_strategy=there)(told)
            asked[ask.remote()] = node["NodeManagerAddress"]
    done, _ = ray.wait(list(asked), num_returns=len(asked), timeout=LONGEST_LOOK) if asked else ([], [])
    for answer in done:
        try:
            theirs = ray.get(answer)
        except ray.exceptions.RayError:
            continue  # the node is gone
        if theirs != versions():
            raise PluginError(difference(asked[answer], *theirs))


def difference(node: str, choreo: str | None, python: str) -> str:
    """Sentence about a node whose versions are not those of this process."""
    ours, here = versions()
    there = f"choreo {choreo} on Python {python}" if choreo else "no choreo for the Python that Ray runs on"
    return f"node {node} of the Ray cluster has {there}, this process choreo {ours} on Python {here}. Install the same."


__all__ = ["connection", "difference", "require_ray", "require_same", "versions"]
