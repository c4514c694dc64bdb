"""The studio's web server on this machine: page, sound, body, files that are dropped and made, and the websocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from choreo.errors import ChoreoError, InputError, OutputError
from choreo.studio import wire
from choreo.studio.desk import Desk
from choreo.studio.sound import Sound
from choreo.studio.tabs import MOST_TABS, TOO_MANY, Letter, Tab
from choreo.studio.uploads import PLAN, bound_of, plain_name, receive, stated_length

if TYPE_CHECKING:
    from choreo.pipeline.result import Progress
    from choreo.studio.session import Session

PAGES = {
    "/": ("studio.html", "text/html; charset=utf-8"),
    "/studio.js": ("studio.min.js", "text/javascript; charset=utf-8"),
    "/studio.css": ("studio.css", "text/css; charset=utf-8"),
    "/directing.css": ("directing.css", "text/css; charset=utf-8"),
}
AT_ONCE = 8
"""Asks of one page that are answered at the same time; it is not heard until one of them is."""
UNREADABLE = 20
"""Asks that cannot be read, after which a page is no page of ours."""
INVALID, POLICY = 1007, 1008
"""Codes that close a websocket."""


def application(
    opens: Callable[[Path, Progress], Session], folder: Path, first: Path | None = None
) -> Starlette:  # fmt: skip
    """The application behind the `choreo.studio.guard.Guard`.

    Parameters
    ----------
    opens
        Makes a session of a song or plan.
    folder
        Where dropped songs and plans, and exported files, go.
    first
        What is opened at the beginning; the page asks for something when None.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.desk = desk = Desk(opens, folder)
        app.state.sound, app.state.receiving = Sound(), asyncio.Lock()
        opening = None if first is None else asyncio.ensure_future(_open_first(desk, first))
        try:
            yield
        finally:
            if opening is not None:
                opening.cancel()
            await desk.close()
            app.state.sound.close()

    return Starlette(
        routes=[
            *(Route(path, _page) for path in PAGES),
            Route("/sound", _sound),
            Route("/body", _body),
            Route("/exports/{number:int}/{name}", _export),
            Route("/open", _open, methods=["POST"]),
            Route("/upload", _upload, methods=["POST"]),
            WebSocketRoute("/ws", _socket),
        ],
        exception_handlers={ChoreoError: _refused, Exception: _mistaken},
        lifespan=lifespan,
    )


async def _open_first(desk: Desk, path: Path) -> None:
    with suppress(Exception):  # pages are told
        await desk.open(path)


async def _refused(request: Request, error: Exception) -> Response:
    """An error of choreo's as an answer."""
    assert isinstance(error, ChoreoError)
    code = 507 if isinstance(error, OutputError) else 400
    return JSONResponse({"error": error.message}, code, {"connection": "close"})


async def _mistaken(request: Request, error: Exception) -> Response:
    """A mistake of choreo's own as an answer."""
    return JSONResponse({"error": wire.mistake(error)}, 500, {"connection": "close"})


async def _page(request: Request) -> Response:
    name, kind = PAGES[request.url.path]
    try:
        return Response(files("choreo.studio").joinpath("page", name).read_bytes(), media_type=kind)
    except OSError:
        return PlainTextResponse(f"{name} is missing from this installation of choreo.\n", 500)


async def _body(request: Request) -> Response:
    return Response(await request.app.state.desk.body(), media_type="application/octet-stream")


async def _sound(request: Request) -> Response:
    desk: Desk = request.app.state.desk
    if desk.session is None:
        return PlainTextResponse("nothing is open yet\n", 404)
    path, kind = await request.app.state.sound.of(desk.session)
    return FileResponse(path, media_type=kind)


async def _export(request: Request) -> Response:
    desk: Desk = request.app.state.desk
    name = request.path_params["name"]
    path = desk.exports.file(request.path_params["number"], name)
    if path is None or not path.is_file():
        return PlainTextResponse("there is no such file, or it was moved away\n", 404)
    return FileResponse(path, media_type="application/octet-stream", filename=name)


async def _received(request: Request, folder: Path, *, clip: bool) -> Path:
    """A dropped file, written to a folder."""
    name = request.query_params.get("name", "")
    bound = bound_of(name, clip=clip)
    stated_length(request.headers.get("content-length"), bound, name)
    async with request.app.state.receiving:
        return await receive(request.stream(), folder, plain_name(name, "song"), bound)


async def _open(request: Request) -> Response:
    """Take a song or plan and open it; how far it is comes by the websocket."""
    desk: Desk = request.app.state.desk
    path = await _received(request, desk.folder, clip=False)
    try:
        await desk.open(path)
    except ChoreoError:
        path.unlink(missing_ok=True)  # nobody asked for a file that is neither a song nor a plan
        raise
    return JSONResponse({"name": path.name, "plan": path.suffix.lower() == PLAN})


async def _upload(request: Request) -> Response:
    """Take a motion file of the user's into the session."""
    desk: Desk = request.app.state.desk
    if desk.session is None:
        raise InputError("nothing is open yet: drop a song or a plan first.")
    bound_of(request.query_params.get("name", ""), clip=True)
    path = await _received(request, desk.uploads, clip=True)
    try:
        added = await desk.run(desk.session.add_clips, [path])
    except ChoreoError:
        path.unlink(missing_ok=True)
        raise
    await desk.tell_state()
    desk.fill()
    return JSONResponse({"name": path.name, "clips": added})


async def _socket(socket: WebSocket) -> None:
    """Speak with one page for as long as it is there."""
    desk: Desk = socket.app.state.desk
    await socket.accept()
    if len(desk.tabs) >= MOST_TABS:
        await socket.close(TOO_MANY, "too many pages")
        return
    tab = Tab(socket)
    delivering = asyncio.ensure_future(tab.deliver())
    answering = set[asyncio.Task[None]]()
    try:
        await desk.welcome(tab)
        await _hear(desk, tab, answering)
    except (WebSocketDisconnect, ClientDisconnect):
        pass
    finally:
        desk.leave(tab)
        delivering.cancel()
        for task in answering:
            task.cancel()


async def _hear(desk: Desk, tab: Tab, answering: set[asyncio.Task[None]]) -> None:
    """Take the asks of a page, `AT_ONCE` at a time, in their order where they change the dance."""
    unreadable = 0
    while True:
        message = await tab.socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            await tab.close(INVALID, "want text")
            return
        if not tab.may_ask():
            await tab.close(POLICY, "too many asks")
            return
        try:
            ask = wire.decode_ask(text)
        except InputError as error:
            unreadable += 1
            if unreadable > UNREADABLE:
                await tab.close(POLICY, "asks that cannot be read")
                return
            tab.post(Letter(wire.json_text({"id": wire.id_of(text), "error": error.message})))
            continue
        if len(answering) >= AT_ONCE:
            await asyncio.wait(answering, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.ensure_future(desk.answer(ask, tab))
        answering.add(task)
        task.add_done_callback(partial(_answered, ask.id, tab, answering))


def _answered(number: int | None, tab: Tab, answering: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
    """Take an answer off the list; a mistake of choreo's own is an answer, too, or the page would wait for ever."""
    answering.discard(task)
    error = None if task.cancelled() else task.exception()
    if error is not None:
        tab.post(Letter(wire.json_text({"id": number, "error": wire.mistake(error)})))


__all__ = ["application"]
