"""A real HTTP server on loopback that misbehaves on request."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """Serves `files` by path; each request is noted as (path, Range header or "")."""

    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ranges: bool = True
    lengths: bool = True
    cuts: list[int] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    address: str = ""


@contextlib.contextmanager
def serving() -> Iterator[FileServer]:
    """Run one until the block ends.

    `statuses` are answered first, one a request. `cuts` says, one number a request, after how many bytes of
    the body the connection is dropped.
    """
    server = FileServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            server.requests.append((self.path, wanted))
            server.before()
            body = server.files.get(self.path)
            if server.statuses or body is None:
                self._answer(server.statuses.pop(0) if server.statuses else 404, b"")
            elif wanted and server.ranges:
                self._part(body, int(wanted.removeprefix("bytes=").removesuffix("-")))
            else:
                self._answer(200, body)

        def _part(self, body: bytes, start: int) -> None:
            if start >= len(body):
                self._answer(416, b"", f"bytes */{len(body)}")
            else:
                self._answer(206, body[start:], f"bytes {start}-{len(body) - 1}/{len(body)}")

        def _answer(self, status: int, body: bytes, content_range: str = "") -> None:
            self.send_response(status)
            if server.lengths or status != 200:
                self.send_header("Content-Length", str(len(body)))
            if content_range:
                self.send_header("Content-Range", content_range)
            cut = server.cuts.pop(0) if server.cuts and body else None
            self.close_connection = cut is not None or not server.lengths
            self.end_headers()
            self.wfile.write(body[:cut])

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        server.address = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            httpd.shutdown()
            thread.join()
