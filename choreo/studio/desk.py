"""The dance that all open pages direct: asks are answered, changes told to all, frames made before they are asked."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from choreo.errors import ChoreoError, InputError
from choreo.studio import wire
from choreo.studio.actions import decode
from choreo.studio.exports import Exports
from choreo.studio.filmed import film_frame
from choreo.studio.tabs import Letter, Tab
from choreo.video.bodies import load_body
from choreo.video.timeline import timeline_of

if TYPE_CHECKING:
    from choreo.pipeline.result import Progress
    from choreo.studio.session import Session
    from choreo.studio.session import Window as Frames

T = TypeVar("T")
AROUND = 4
"""Bars from the playhead's on whose frames are sent first after a change."""
FILLED = 16
"""Bars of a frame of what is sent behind them."""
ASKING = 3
"""Threads that answer; one more fills in the whole dance."""


FRAMES = object()
"""In the place of an answer that was sent as bytes."""


class Closing(Exception):
    """What is being made is of no use any more: the studio ends, or the dance is another."""


class Desk:
    """A session, the pages that show it, and what is made for them.

    Parameters
    ----------
    opens
        Makes a session of a song or plan.
    folder
        Where dropped songs and plans, and exported files, go.
    """

    def __init__(self, opens: Callable[[Path, Progress], Session], folder: Path) -> None:
        self.folder = folder
        self.uploads = Path(tempfile.mkdtemp(prefix="choreo-clips-"))
        self.session: Session | None = None
        self.tabs: set[Tab] = set()
        self.exports = Exports(self._told_exports)
        self.listening: dict[str, Any] | None = None
        self._opens = opens
        self._failed = ""
        self._time = 0.0
        self._edits = asyncio.Lock()
        self._fills = set[asyncio.Task[None]]()
        self._doing = set[asyncio.Task[Any]]()
        self._askers = ThreadPoolExecutor(ASKING, "studio-ask")
        self._filler = ThreadPoolExecutor(1, "studio-fill")
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._body = asyncio.ensure_future(self.run(load_body))

    async def run(self, do: Callable[..., T], *given: Any) -> T:
        """Do something in a thread, so that the loop goes on answering."""
        return await self._loop.run_in_executor(self._askers, do, *given)

    async def open(self, path: Path) -> None:
        """Open a song or plan in the place of what is open; pages hear how far it is.

        Raises
        ------
        ChoreoError
            When it cannot be used; what was open stays.
        """
        if self.listening is not None:
            raise InputError(f"{self.listening['name']} is being opened; wait until it is there.")
        self._failed, self.listening = "", {"name": path.name, "stage": "reading", "share": 0.0}
        self._tell_listening()
        try:
            session = await self.run(self._opens, path, self._progress)
        except ChoreoError as error:
            self._failed = error.message
            raise
        except Exception as error:
            self._failed = "" if self._closing else wire.mistake(error)
            raise
        finally:
            self.listening = None
            if self._failed:
                self.tell({"push": "failed", "error": self._failed})
        before, self.session, self._time = self.session, session, 0.0
        if before is not None:
            session.revision += before.revision + 1  # pages take a higher revision for what is newer
            before.close()
        await self.tell_state()
        self.fill()

    def _progress(self, stage: str, done: float) -> None:
        """Hear, in a thread, how far a song is."""
        if self._closing:
            raise Closing
        self._loop.call_soon_threadsafe(self._heard, stage, done)

    def _heard(self, stage: str, done: float) -> None:
        if self.listening is not None:
            self.listening |= {"stage": stage, "share": round(done, 3)}
            self._tell_listening()

    def _tell_listening(self) -> None:
        self.tell({"push": "listening", **(self.listening or {})}, "listening")

    def tell(self, push: dict[str, Any], kind: str = "", tab: Tab | None = None) -> None:
        """Tell a page, or all."""
        letter = Letter(wire.json_text(push), kind)
        for each in self.tabs if tab is None else (tab,):
            each.post(letter)

    async def tell_state(self, tab: Tab | None = None) -> None:
        """Tell a page, or all, how things are."""
        self.tell({"push": "state", "state": await self.state()}, "state", tab)

    async def state(self) -> dict[str, Any] | None:
        """What pages show; None while nothing is open."""
        if self.session is None:
            return None
        return {**await self.run(self.session.state), "exports": self.exports.rows()}

    def _told_exports(self) -> None:
        self.tell({"push": "export", "exports": self.exports.rows()}, "export")

    async def welcome(self, tab: Tab) -> None:
        """Show a new page what there is."""
        self.tabs.add(tab)
        await self.tell_state(tab)
        if self.listening is not None:
            self._tell_listening()
        elif self.session is None and self._failed:
            self.tell({"push": "failed", "error": self._failed}, tab=tab)
        elif self.session is not None:
            self.fill(tab)

    def leave(self, tab: Tab) -> None:
        """A page is gone."""
        self.tabs.discard(tab)

    async def answer(self, ask: wire.AnyAsk, tab: Tab) -> None:
        """Answer one ask of a page; an error is an answer, too."""
        try:
            answer = await self._answer(ask, tab)
        except ChoreoError as error:
            tab.post(Letter(wire.json_text({"id": ask.id, "error": error.message})))
            return
        if answer is not FRAMES:
            tab.post(Letter(wire.json_text({"id": ask.id, "ok": answer})))

    async def _answer(self, ask: wire.AnyAsk, tab: Tab) -> Any:
        """What to say; `FRAMES` where those are the answer."""
        if isinstance(ask, wire.State):
            return await self.state()
        session = self.session
        if session is None:
            raise InputError("nothing is open yet: drop a song or a plan first.")
        match ask:
            case wire.Act() | wire.Undo() | wire.Redo():
                return await self._to_its_end(self._change(session, ask))
            case wire.At():
                self._time = ask.time
                return {}
            case wire.Alternatives():
                return await self.run(session.alternatives, ask.bar, ask.count)
            case wire.Library():
                return await self.run(session.library, ask.query, ask.style, ask.level, ask.limit)
            case wire.Figure():
                return await self.run(session.figure, ask.clip, ask.mirror)
            case wire.Waveform():
                return await self.run(session.waveform, ask.points)
            case wire.Save():
                return await self._to_its_end(self._save(session, ask.path))
            case wire.Export():
                return await self.exports.begin(session, self.folder, ask.formats, ask.options)
            case wire.Cancel():
                return await self.exports.cancel(ask.export)
            case wire.Window():
                frames = await self.run(session.window, ask.first, ask.last)
                tab.post(Letter(await self.frame(frames, (ask.first, ask.last), "window", ask.id)))
            case wire.Try():
                action = decode(bytes(ask.action))
                frames = await self.run(session.window_with, action, ask.first, ask.last)
                tab.post(Letter(await self.frame(frames, (ask.first, ask.last), "try", ask.id)))
            case wire.Film():
                tab.post(Letter(await self.film(session, ask.id)))
        return FRAMES

    async def _to_its_end(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do something that other pages see, though the page that asked for it may go meanwhile."""
        task = asyncio.ensure_future(doing)
        self._doing.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._doing.discard(task)
        if not task.cancelled():
            task.exception()  # the page that asked was told, if it is there

    async def _save(self, session: Session, name: str | None) -> dict[str, Any]:
        saved = await self.run(session.save, None if name is None else self.named(name))
        await self.tell_state()
        return {"path": str(saved)}

    async def _change(self, session: Session, ask: wire.Act | wire.Undo | wire.Redo) -> dict[str, Any]:
        async with self._edits:
            if isinstance(ask, wire.Act):
                change = await self.run(session.apply, decode(bytes(ask.action)))
            else:
                change = await self.run(session.undo if isinstance(ask, wire.Undo) else session.redo)
            self.fill()
            await self.tell_state()
        return {"revision": session.revision, "notes": change.notes, "said": change.said}

    def named(self, name: str) -> Path:
        """The plan of a name in the studio's folder: pages name files, never folders."""
        from choreo.studio.uploads import plain_name

        stem = plain_name(name, "dance").removesuffix(".json").removesuffix(".plan")
        return self.folder / f"{stem}.plan.json"

    async def frame(
        self, frames: Frames, bars: tuple[int, int], kind: str, number: int | None, last: bool = True
    ) -> bytes:
        """Frames of some bars as bytes."""
        body = await asyncio.shield(self._body)
        plan = frames.plan
        facts = {"id": number, "revision": frames.revision, "kind": kind, "bars": bars, "last": last}
        facts["exact"] = frames.exact
        make = partial(wire.window_frame, frames.motions, body, timeline_of(plan), frames.first_frame, plan.start)
        return await self.run(partial(make, **facts))

    async def film(self, session: Session, number: int | None) -> bytes:
        """Camera and lights of the whole dance as bytes.

        Raises
        ------
        InputError
            When the dance is changed before they are there: they are asked for again after the change.
        """
        body = await asyncio.shield(self._body)
        plan, revision = session.plan, session.revision
        try:
            motions = await self.run(session.whole, partial(self._needed, session, revision))
        except Closing:
            motions = ()
        if not motions or session.revision != revision:
            raise InputError("the dance was changed meanwhile.")
        return await self.run(film_frame, motions, body, timeline_of(plan), plan.start, number, revision)

    async def body(self) -> bytes:
        """The dancer's body as bytes."""
        return await self.run(wire.body_frame, await asyncio.shield(self._body))

    def fill(self, tab: Tab | None = None) -> None:
        """Begin to send the dance as it is now, from the playhead on: to a page that is new, or to all after a change.

        After a change what was being sent is of no use any more.
        """
        if tab is None:
            for task in self._fills:
                task.cancel()
        task = asyncio.ensure_future(self._filled(frozenset(self.tabs if tab is None else (tab,))))
        self._fills.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        """A dance was sent, or no more of it comes: pages are told why."""
        self._fills.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.tell({"push": "trouble", "error": wire.mistake(error)})

    async def _filled(self, tabs: frozenset[Tab]) -> None:
        session = self.session
        assert session is not None
        try:
            state = await self.run(session.state)
            borders = state["plan"]["bars"]
            here = min(max(bisect_right(borders, self._time) - 1, 0), len(borders) - 2)
            await self._send(session, tabs, here, min(here + AROUND, len(borders) - 1), last=False)
            await self._loop.run_in_executor(
                self._filler, session.whole, partial(self._needed, session, state["revision"])
            )
            spans = [(at, min(at + FILLED, len(borders) - 1)) for at in range(0, len(borders) - 1, FILLED)]
            turn = next((number for number, (first, past) in enumerate(spans) if first <= here < past), 0)
            order = spans[turn:] + spans[:turn]
            for first, past in order:
                await self._send(session, tabs, first, past, last=(first, past) == order[-1])
        except ChoreoError as error:
            self.tell({"push": "trouble", "error": error.message})
        except Closing:
            return

    def _needed(self, session: Session, revision: int, *_: Any) -> None:
        """Stop, in a thread, making what has become of no use."""
        if self._closing or session is not self.session or session.revision != revision:
            raise Closing

    async def _send(self, session: Session, tabs: frozenset[Tab], first: int, past: int, *, last: bool) -> None:
        frames = await self.run(session.window, first, past)
        letter = Letter(await self.frame(frames, (first, past), "window", None, last), revision=frames.revision)
        for tab in tabs & self.tabs:
            tab.post(letter)

    async def close(self) -> None:
        """End all that runs."""
        self._closing = True
        for task in self._fills:
            task.cancel()
        self._body.cancel()
        await self.exports.close()
        for pool in (self._askers, self._filler):
            pool.shutdown(wait=False, cancel_futures=True)
        if self.session is None or not self.session.unsaved:  # else the journal names what lies there
            shutil.rmtree(self.uploads, ignore_errors=True)
        if self.session is not None:
            self.session.close()


__all__ = ["Closing", "Desk"]
