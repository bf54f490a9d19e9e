"""A reverse proxy that shows a service under a path of another site, as nginx does with ``location /path/``."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

HOP = ("connection", "keep-alive", "transfer-encoding", "host")


@contextmanager
def behind(prefix, url):
    """Yield the address of a proxy that takes `prefix` off; everything else of it is 404."""

    class Handler(BaseHTTPRequestHandler):
        def forward(self):
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            headers = {key: value for key, value in self.headers.items() if key.lower() not in HOP}
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            address = url + self.path.removeprefix(prefix)
            with httpx.stream(self.command, address, headers=headers, content=body) as answer:
                data = b"".join(answer.iter_raw())
                self.send_response(answer.status_code)
                for key, value in answer.headers.items():
                    if key not in HOP:
                        self.send_header(key, value)
                self.end_headers()
                self.wfile.write(data)

        do_GET = do_POST = forward  # noqa: N815

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
