"""Open pages of the studio, each with its own queue: a slow one waits for nobody, and nobody waits for it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect

from choreo.foreign.limits import MIB

MOST_TABS = 16
QUEUED_BYTES = 64 * MIB
"""That may wait for a page; a 20-minute dance of three has 20 MiB. A page that is further behind is let go, and asks
anew when it comes back."""
RATE, BURST = 100.0, 400
"""Asks a second that a page may go on with, and so many at once; dragging makes about 60."""
TOO_MANY = 1013
"""Code that closes a websocket: try again later."""


@dataclass(frozen=True)
class Letter:
    """Something for a page; of one `kind` only the newest is worth sending, if a kind is named."""

    data: str | bytes
    kind: str = ""
    revision: int | None = None


class Tab:
    """One open page.

    Parameters
    ----------
    socket
        Accepted already.
    """

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self._queue: deque[Letter] = deque()
        self._bytes = 0
        self._waiting = asyncio.Event()
        self._budget, self._since = float(BURST), time.monotonic()
        self.behind = False
        """Whether more waited than is kept."""

    def post(self, letter: Letter) -> None:
        """Put something into the queue, in the place of what is older of its kind or of an older revision."""
        if self.behind:
            return  # it is let go as soon as what is being sent has gone, or the connection ends
        if letter.kind or letter.revision is not None:
            self._drop(letter)
        self._queue.append(letter)
        self._bytes += len(letter.data)
        if self._bytes > QUEUED_BYTES:
            self.behind = True
            self._queue.clear()
            self._bytes = 0
        self._waiting.set()

    def _drop(self, newer: Letter) -> None:
        def stale(each: Letter) -> bool:
            if each.kind and each.kind == newer.kind:
                return True
            return each.revision is not None and newer.revision is not None and each.revision < newer.revision

        kept = [each for each in self._queue if not stale(each)]
        self._queue = deque(kept)
        self._bytes = sum(len(each.data) for each in kept)

    async def deliver(self) -> None:
        """Send what is in the queue, for as long as the page is there."""
        while True:
            while self._queue and not self.behind:
                letter = self._queue.popleft()
                self._bytes -= len(letter.data)
                try:
                    if isinstance(letter.data, str):
                        await self.socket.send_text(letter.data)
                    else:
                        await self.socket.send_bytes(letter.data)
                except (WebSocketDisconnect, RuntimeError, OSError):
                    return
            if self.behind:
                await self.close(TOO_MANY, "too slow")
                return
            self._waiting.clear()
            if not self._queue:
                await self._waiting.wait()

    def may_ask(self) -> bool:
        """Whether the page may ask one thing more now."""
        now = time.monotonic()
        self._budget = min(BURST, self._budget + RATE * (now - self._since)) - 1
        self._since = now
        return self._budget >= 0

    async def close(self, code: int, reason: str) -> None:
        """Close the connection, if it is still there."""
        try:
            await self.socket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return


__all__ = ["MOST_TABS", "TOO_MANY", "Letter", "Tab"]
