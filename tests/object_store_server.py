"""S3 on loopback for tests: moto behind a gate. Prints its port, and ends when its standard input does.

``python tests/object_store_server.py [blind]``: `blind` does not see conditions of writes, as stores that ignore them.

moto checks a condition and writes in two steps; the gate lets one write through at a time, so that they are one, as S3
promises. Of the key `READER` it lets nothing but reading through. Each request's method, path and answer are a line on
standard error.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

READER = "AKIAREADERREADER0001"
STRANGER = "AKIASTRANGER00000001"
"""A key that is not known here."""
LOOKING = ("GET", "HEAD")
REFUSAL = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<Error><Code>%s</Code><Message>no</Message>'
    b"<AWSAccessKeyId>%s</AWSAccessKeyId></Error>"
)


def main(blind: bool) -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto: Any = DomainDispatcherApplication(create_backend_app)
    writing = threading.Lock()

    def gate(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, key = environ["REQUEST_METHOD"], environ.get("HTTP_AUTHORIZATION", "")

        def answer(status: str, *rest: Any) -> Any:
            os.write(2, f"{method} {environ['PATH_INFO']} {status}\n".encode())  # whole, whatever other threads write
            return start(status, *rest)

        if STRANGER in key or (READER in key and method not in LOOKING):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            answer("403 Forbidden", [("Content-Type", "application/xml")])
            code = b"InvalidAccessKeyId" if STRANGER in key else b"AccessDenied"
            return [REFUSAL % (code, (STRANGER if STRANGER in key else READER).encode())]
        if blind:
            environ.pop("HTTP_IF_NONE_MATCH", None)
            environ.pop("HTTP_IF_MATCH", None)
        if method in LOOKING:
            found: Iterable[bytes] = moto(environ, answer)
            return found
        with writing:
            return list(moto(environ, answer))

    server = make_server("127.0.0.1", 0, gate, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main("blind" in sys.argv[1:])
