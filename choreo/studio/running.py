"""Bind, serve, and end in order."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from choreo.errors import InputError
from choreo.output import require_writable
from choreo.studio.guard import Guard, new_token
from choreo.studio.server import application
from choreo.studio.wire import MESSAGE_BYTES

if TYPE_CHECKING:
    from choreo.pipeline.result import Progress
    from choreo.studio.session import Session

ENDING = 3
"""Seconds that open connections have when the studio ends."""
WORDS = {
    errno.EADDRINUSE: "another program listens there. Choose another --port; 0 takes any that is free",
    errno.EACCES: "the system does not allow it. Choose a --port above 1023",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    InputError
        When the port is taken, or the host is none of this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        made = socket.socket(family, kind)
    except OSError as error:
        raise InputError(f"{host}: no host of this machine ({error.strerror or error}).") from error
    try:
        if os.name == "posix":  # or a studio that is begun again waits until the system forgets the last one
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen()
    except OSError as error:
        made.close()
        reason = WORDS.get(error.errno or 0, error.strerror or str(error))
        raise InputError(f"{host}:{port}: cannot listen there: {reason}.") from error
    return made


def serve(
    opens: Callable[[Path, Progress], Session],
    *,
    folder: Path,
    first: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None],
) -> None:
    """Serve until a signal ends it; which is then raised again, as `KeyboardInterrupt` on Ctrl-C.

    Parameters
    ----------
    opens
        Makes a session of a song or plan.
    folder
        Where dropped songs and plans, and exported files, go.
    first
        What is opened at the beginning.
    ready
        Called with the address that lets in, once it answers.

    Raises
    ------
    InputError
        When nothing can listen there.
    OutputError
        When the folder cannot be written.
    """
    require_writable(folder)
    with bound_socket(host, port) as listening:
        port = listening.getsockname()[1]
        token = new_token()
        config = uvicorn.Config(
            Guard(application(opens, folder, first), port, token, host),
            ws="websockets-sansio",
            ws_max_size=MESSAGE_BYTES,
            ws_per_message_deflate=False,
            http="h11",
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=ENDING,
            lifespan="on",
        )
        name = f"[{host}]" if ":" in host else host
        server = _Told(config, lambda: ready(f"http://{name}:{port}/?token={token}"))
        server.run(sockets=[listening])


class _Told(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()


__all__ = ["bound_socket", "serve"]
