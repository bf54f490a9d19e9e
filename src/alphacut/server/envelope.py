"""What every request and every answer has, whatever the route: an id, headers of safety, a line in the log, a count."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .log import hidden
from .service import Service

logger = logging.getLogger("alphacut.server")

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
OPERATION = ("/health", "/ready", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Envelope:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and dress and note its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state, start, status = self._service.state, time.perf_counter(), 500
        said: dict[str, Any] = scope.setdefault("state", {})
        said["request_id"] = request_id(scope)
        operation = scope["path"].removeprefix(scope.get("root_path", "")) in OPERATION

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                dress(headers, said["request_id"])
                if state.closing or state.retiring:
                    headers["Connection"] = "close"
            await send(message)

        state.served += not operation
        state.open += not operation
        try:
            if state.closing and not operation:
                await _closing(scope, receive, dressed)
            else:
                await self._app(scope, receive, dressed)
        finally:
            state.open -= not operation
            self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's pattern and not its path, which may hold what a client named.
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._service.meter.answered(route, method, status, seconds)
        said, address = scope["state"], (scope.get("client") or ("local",))[0]
        caller = said.get("caller") or hidden(address, self._service.settings.salt)
        fields = {"id": said["request_id"], "method": method, "route": route, "status": status}
        fields |= {"ms": round(seconds * 1000, 1), "caller": caller}
        logger.info("request", extra={"fields": fields})


def request_id(scope: Scope) -> str:
    """Return the request's own id if it has a plain one, else a fresh one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _ID.fullmatch(given) else secrets.token_hex(8)


def dress(headers: MutableHeaders, name: str) -> None:
    """Give an answer its id and the headers of safety."""
    headers["X-Request-Id"] = name
    for key, value in SAFE.items():
        headers.setdefault(key, value)


async def _closing(scope: Scope, receive: Receive, send: Send) -> None:
    words = {"code": "Busy", "subject": "the service", "problem": "is shutting down"}
    body = {"error": words | {"remedy": "Come again in a moment."}}
    await JSONResponse(body, 503, {"Retry-After": "5"})(scope, receive, send)
