"""Who may speak with the studio: the page of this very server in the browser that was let in, and nothing else.

Other programs of the user, pages of other sites in the user's browser, and names that lead to this machine (DNS
rebinding) can all reach a port of it. So each request and each websocket is held to four things: the name it asks for
(``Host``), the page it comes from (``Origin``, ``Sec-Fetch-Site``), and a cookie that only the address with the token
gives, which scripts cannot read and other sites cannot send. What is answered tells the browser to load and run nothing
from elsewhere.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}
"""On every answer, errors too."""
REFUSED = 1008
"""Code that closes a websocket of somebody who may not speak: policy."""
METHODS = ("GET", "HEAD", "POST")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FROM_HERE = ("same-origin", "none")
"""What browsers say of a request (``Sec-Fetch-Site``) that this page makes, or that the user types."""


class Guard:
    """An application that lets requests through to another, or refuses them.

    Parameters
    ----------
    app
        What is guarded.
    port
        On which it listens.
    token
        What the opened address has; whoever knows it is let in.
    host
        To which it is bound. Elsewhere than on loopback any address of digits is a good name for it, and `host` itself:
        a name of another site that leads here is none.
    """

    def __init__(self, app: ASGIApp, port: int, token: str, host: str = "127.0.0.1") -> None:
        self.app, self.port, self.host = app, port, host.lower()
        self._token, self._pass = token, secrets.token_urlsafe(32)
        self.cookie = f"choreo-studio-{port}"
        """Name of the cookie: those of a machine are shared by all its ports."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through with the headers of `HEADERS` on the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if scope["type"] == "websocket":
            if refusal is None:
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": REFUSED, "reason": "refused"})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    found[name] = value
            await send(message)

        await (self.app if refusal is None else refusal)(scope, receive, with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """What is wrong with who asks; None where nothing is. A right token is answered with the cookie."""
        websocket = scope["type"] == "websocket"
        if not self._named(headers.getlist("host")):
            return PlainTextResponse("This is not the address of the studio.\n", 421)
        method = "GET" if websocket else scope["method"]
        if method not in METHODS:
            return PlainTextResponse("want GET or POST\n", 405, {"allow": ", ".join(METHODS)})
        if not self._from_here(headers, needed=websocket or method == "POST"):
            return PlainTextResponse("Only the studio's own page may ask.\n", 403)
        if self._known(headers.getlist("cookie")):
            return None
        tokens = QueryParams(scope["query_string"]).getlist("token") if scope["path"] == "/" and not websocket else []
        if len(tokens) == 1 and _same(tokens[0], self._token):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self.cookie, self._pass, httponly=True, samesite="strict", path="/")
            return answer
        return PlainTextResponse("Open the address that choreo printed: it has a token that lets you in.\n", 403)

    def _named(self, hosts: list[str]) -> bool:
        """Whether the name that is asked for is one of this server's."""
        if len(hosts) != 1:
            return False
        name, port = _parted(hosts[0])
        if port != self.port:
            return False
        return name in LOOPBACK or (self.host not in LOOPBACK and (name == self.host or _is_address(name)))

    def _from_here(self, headers: Headers, *, needed: bool) -> bool:
        """Whether the page that asks is this server's own; `needed` says that browsers name it."""
        if headers.get("sec-fetch-site", "none") not in FROM_HERE:
            return False
        origins = headers.getlist("origin")
        if not origins:
            return not needed
        return origins == [f"http://{headers['host']}"]

    def _known(self, cookies: Iterable[str]) -> bool:
        """Whether the cookie is there that the token gave."""
        for line in cookies:
            found: SimpleCookie = SimpleCookie()
            try:
                found.load(line)
            except CookieError:
                continue
            if self.cookie in found and _same(found[self.cookie].value, self._pass):
                return True
        return False


def _parted(host: str) -> tuple[str, int]:
    """Name and port of a ``Host``; port -1 where it has none that can be read."""
    try:
        parts = urlsplit(f"//{host}")
        whole = parts.netloc == host and "@" not in host
        return (parts.hostname or "", (parts.port or 80) if whole else -1)
    except ValueError:
        return "", -1


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what is bound to a host.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "192.168.1.4")]
    [True, True, True, False, False]
    """
    return host in LOOPBACK


def new_token() -> str:
    """A token that nobody guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def _same(found: str, wanted: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(found.encode("utf-8", "surrogatepass"), wanted.encode())


__all__ = ["HEADERS", "POLICY", "REFUSED", "Guard", "is_loopback", "new_token"]
