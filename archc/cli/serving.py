"""The explorer over HTTP, for a browser on this machine only."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from archc.cli.live import Live

HOST = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """Serves one spec's page on a port of the loopback interface; 0 takes a free one."""

    daemon_threads = True

    def __init__(self, live: Live, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.live = live
        self.hosts = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The page, or its state where that is another than the page has."""
        address = urlsplit(self.path)
        if self.headers.get("Host") not in self.server.hosts:  # a name that was made to lead here: DNS rebinding
            self._send(HTTPStatus.FORBIDDEN, "text/plain", b"archc view answers to 127.0.0.1 and localhost only\n")
        elif address.path == "/":
            self._send(HTTPStatus.OK, "text/html", self._page())
        elif address.path == "/state":
            self._send_state(parse_qs(address.query).get("since", [""])[0])
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"there is only the page\n")

    def _page(self) -> bytes:
        from archc.backends.explorer.page import page

        return page(self.server.live.state()).encode("utf-8")

    def _send_state(self, since: str) -> None:
        state = self.server.live.state()
        if state["version"] == since:
            self._send(HTTPStatus.NO_CONTENT, "application/json", b"")
        else:
            self._send(HTTPStatus.OK, "application/json", json.dumps(state).encode("utf-8"))

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the terminal is the user's."""
