"""Who may speak with the studio, over a real socket: the page that the token let in, and nobody else."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn")
from studio_support import Page, Studio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from choreo.cli.app import run
from choreo.foreign.limits import MIB
from choreo.studio.guard import HEADERS, Guard
from choreo.studio.tabs import BURST, MOST_TABS, QUEUED_BYTES, Letter, Tab
from choreo.studio.uploads import bound_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def studio(folder: Path) -> Iterator[Studio]:
    """With nothing open."""
    one = Studio(folder)
    yield one
    assert one.end() == 0, one.lines
    assert "ended" in one.lines[-1]


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_cannot_use(studio: Studio) -> None:
    with studio.client(cookie=False) as client:
        answer = client.get(studio.address)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        given = answer.headers["set-cookie"].lower()
        assert "httponly" in given
        assert "samesite=strict" in given
        assert studio.address.split("token=")[1].lower() not in given
    with studio.client(cookie=False) as client:
        for wrong in ("/?token=", "/?token=x", studio.address + "x", studio.address + "&token=x", "/?token=%ff"):
            assert client.get(wrong).status_code == 403, wrong
        for path in ("/", "/body", "/sound", "/studio.js", "/exports/1/a", "/no"):
            assert client.get(path).status_code == 403, path
        assert client.post("/open?name=a.mp3", content=b"x").status_code == 403
    with studio.client() as client:
        assert client.get("/body").status_code == 200
        assert client.get("/no").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://{host}"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_pages_of_other_sites_are_refused_even_with_the_cookie(studio: Studio, headers: dict[str, str]) -> None:
    headers = {name: value.format(host=studio.host) for name, value in headers.items()}
    with studio.client(headers) as client:
        assert client.get("/body").status_code == 403
        assert client.post("/open?name=a.mp3", content=b"x").status_code == 403
    with pytest.raises(InvalidStatus):
        connect(
            f"ws://{studio.host}/ws",
            additional_headers={"origin": studio.origin, "cookie": studio.cookie, **headers},
            proxy=None,
        )


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "a@127.0.0.1:{port}",
        "127.0.0.1:{port}.evil.example",
        "192.168.0.9:{port}",
    ],
)
def test_names_that_only_lead_here_are_refused(studio: Studio, host: str) -> None:
    named = host.format(port=studio.host.split(":")[1])
    with studio.client({"host": named, "origin": f"http://{named}"}) as client:
        assert client.get("/body").status_code == 421
        assert client.get(studio.address.split(studio.host)[1]).status_code == 421


def test_localhost_is_a_name_of_this_machine(studio: Studio) -> None:
    named = studio.host.replace("127.0.0.1", "localhost")
    with studio.client({"host": named, "origin": f"http://{named}"}) as client:
        assert client.get("/body").status_code == 200


def test_a_websocket_needs_both_the_cookie_and_the_page(studio: Studio) -> None:
    for headers in (
        {"cookie": studio.cookie},
        {"origin": studio.origin},
        {"origin": studio.origin, "cookie": studio.cookie[:-1]},
    ):
        with pytest.raises(InvalidStatus):
            connect(f"ws://{studio.host}/ws", additional_headers=headers, proxy=None)


def test_every_answer_forbids_what_the_page_does_not_need(studio: Studio) -> None:
    with studio.client() as client, studio.client(cookie=False) as stranger:
        for answer in (client.get("/"), client.get("/body"), client.get("/no"), client.put("/body"), stranger.get("/")):
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, answer.url
            assert "server" not in answer.headers
    assert "'unsafe" not in HEADERS["content-security-policy"]


def test_other_hosts_are_good_names_only_where_others_were_let_in() -> None:
    def named(guard: Guard, host: str) -> bool:
        return guard._named([host])

    here, there = (Guard(lambda *_: None, 80, "t", host) for host in ("127.0.0.1", "0.0.0.0"))  # type: ignore[arg-type]  # not asked
    assert [named(here, host) for host in ("127.0.0.1", "[::1]:80", "10.0.0.2")] == [True, True, False]
    assert [named(there, host) for host in ("10.0.0.2:80", "[fe80::1]:80", "evil.example:80")] == [True, True, False]


def test_other_machines_are_let_in_only_by_who_knows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["studio", "--no-open", "--host", "0.0.0.0"]) == 2
    assert "--i-know" in capsys.readouterr().err


def test_a_port_in_use_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["studio", "--no-open", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said


def test_a_song_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["studio", "--no-open", "no.mp3"]) == 2
    assert "no.mp3" in capsys.readouterr().err


def test_what_is_dropped_is_bounded_before_it_is_read(studio: Studio, folder: Path) -> None:
    with socket.create_connection(studio.host.split(":")) as raw:  # type: ignore[arg-type]  # a pair of two
        long = bound_of("a.plan.json", clip=False) + 1
        lines = (
            "POST /open?name=a.plan.json HTTP/1.1",
            f"Host: {studio.host}",
            f"Origin: {studio.origin}",
            f"Cookie: {studio.cookie}",
            f"Content-Length: {long}",
        )
        head = "\r\n".join((*lines, "", ""))
        raw.sendall(head.encode())
        raw.settimeout(20)
        assert b" 400 " in raw.recv(4096).split(b"\r\n")[0]
    assert not list((folder / "renders").glob("a*"))


def test_what_is_dropped_without_a_length_is_bounded_as_it_comes(studio: Studio, folder: Path) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(33):
            yield bytes(MIB)

    with studio.client() as client, suppress(httpx.WriteError):  # hung up on, while it still sends
        assert client.post("/open?name=b.plan.json", content=endless()).status_code == 400
    assert not list((folder / "renders").glob("*b*"))


@pytest.mark.parametrize("name", ["../../evil.mp3", "..\\evil.mp3", "/etc/evil.mp3", "evil.mp3\0.x", "."])
def test_names_of_what_is_dropped_are_no_paths(studio: Studio, folder: Path, name: str) -> None:
    with studio.client() as client:
        answer = client.post("/open", params={"name": name}, content=b"no song")
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert "Traceback" not in answer.text
    assert {each.parent for each in folder.parent.rglob("*evil*")} <= {folder / "renders"}


def test_motion_is_dropped_only_where_a_dance_is_open(studio: Studio) -> None:
    with studio.client() as client:
        assert "nothing is open" in client.post("/upload?name=a.bvh", content=b"x").json()["error"]


def test_asks_that_cannot_be_read_are_answered_and_then_hung_up_on(studio: Studio) -> None:
    with studio.page() as page:
        for text in ("{", "[]", "null", '{"ask": "fly", "id": 3}', '{"ask": "at", "time": NaN}', "[" * 20_000):
            page.socket.send(text)
        page.until(lambda: [each for each in page.pushes if "error" in each])
        assert "nothing is open" in page.ask("at", time=1.0)["error"]
        assert page.ask("state") == {"id": page._number, "ok": None}
        with pytest.raises(ConnectionClosed):
            _say_forty(page)


def _say_forty(page: Page) -> None:
    for _ in range(40):
        page.socket.send("{")
        page.hear(10)


def test_an_ask_is_bounded(studio: Studio) -> None:
    with studio.page() as page:
        page.socket.send(json.dumps({"id": 1, "ask": "library", "query": "x" * 300_000}))
        with pytest.raises(ConnectionClosed):
            page.until(lambda: False, 20)
    with studio.page() as page:
        page.socket.send(b"bytes")
        with pytest.raises(ConnectionClosed):
            page.until(lambda: False, 20)


def _ask_often(page: Page) -> None:
    for _ in range(BURST * 3):
        page.send("state")
    page.until(lambda: False, 20)


def test_too_many_asks_are_hung_up_on(studio: Studio) -> None:
    with studio.page() as page, pytest.raises(ConnectionClosed):
        _ask_often(page)


def test_too_many_pages_are_refused(studio: Studio) -> None:
    pages = [studio.page() for _ in range(MOST_TABS)]
    for page in pages:
        page.state_told()
    with studio.page() as page, pytest.raises(ConnectionClosed):
        page.until(lambda: page.pushes, 20)
    for page in pages:
        page.socket.close()


class Stuck:
    """A socket of a page that takes nothing."""

    closed = 0

    async def send_text(self, _: str) -> None:
        import asyncio

        await asyncio.sleep(3600)

    async def close(self, code: int, reason: str) -> None:
        self.closed = code


def test_only_the_newest_of_a_kind_waits_for_a_page() -> None:
    tab: Any = Tab(Stuck())  # type: ignore[arg-type]  # it does what is asked of a socket
    for number in range(5):
        tab.post(Letter(f"state {number}", "state"))
        tab.post(Letter(b"frames", revision=number))
        tab.post(Letter(b"more frames", revision=number))
    tab.post(Letter("answer"))
    assert [each.data for each in tab._queue] == ["state 4", b"frames", b"more frames", "answer"]
    assert tab._bytes == sum(len(each.data) for each in tab._queue)


def test_a_page_that_is_far_behind_is_let_go() -> None:
    tab: Any = Tab(Stuck())  # type: ignore[arg-type]  # it does what is asked of a socket
    half = bytes(QUEUED_BYTES // 2)
    tab.post(Letter(half))
    tab.post(Letter(half))
    assert not tab.behind
    tab.post(Letter("x"))
    assert tab.behind


def test_asks_are_counted_by_time() -> None:
    tab: Any = Tab(Stuck())  # type: ignore[arg-type]  # it does what is asked of a socket
    tab._since = time.monotonic()
    assert all(tab.may_ask() for _ in range(BURST))
    assert not all(tab.may_ask() for _ in range(BURST))
    tab._since -= 10
    assert tab.may_ask()
