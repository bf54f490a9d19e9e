"""The networks' files that a page runs by itself: listed, and served under names that say their content."""

from __future__ import annotations

import asyncio
import threading
from types import ModuleType
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from ..errors import UnknownModel, WeightsUnavailable
from .service import Service

FOR_EVER = "public, max-age=31536000, immutable"


def weights_routes(service: Service) -> APIRouter:
    """Return the routes of ``/v1/weights``: files of the page, which the OpenAPI document does not describe."""
    routes = APIRouter(prefix="/v1")
    shelf = _Shelf(service.settings.options.model)

    @routes.get("/weights", include_in_schema=False)
    async def listed(request: Request) -> Response:
        entries = [file.entry() for file in await asyncio.to_thread(shelf.files)]
        return JSONResponse({"models": entries}, headers={"Cache-Control": "no-cache"})

    @routes.api_route("/weights/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def served(request: Request, name: str) -> Response:
        files = {file.name: file for file in await asyncio.to_thread(shelf.files)}
        if name not in files:
            raise UnknownModel(
                f"weights {name!r}", "are not served here", "GET /v1/weights lists those that are."
            )
        file = files[name]
        headers = {"ETag": f'"{file.sha256}"', "Cache-Control": FOR_EVER}
        asked = request.headers.get("if-none-match", "")
        if asked == "*" or headers["ETag"] in {tag.strip().removeprefix("W/") for tag in asked.split(",")}:
            return Response(status_code=304, headers=headers)
        return FileResponse(file.path, media_type="application/octet-stream", headers=headers)

    return routes


class _Shelf:
    """The files of one model, made when they are first asked for; safe to use from several threads."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._files: list[Any] = []

    def files(self) -> list[Any]:
        with self._lock:
            if not self._files:
                self._files = _exporter().ensure_web(self._model)
            return self._files


def _exporter() -> ModuleType:
    # Not at the top: the rest of the service works without the onnx package.
    try:
        from ..infer import web_export
    except ImportError as error:
        problem = f"cannot be made for browsers without {error.name}"
        raise WeightsUnavailable("weights", problem, "Install it: pip install 'alphacut[server]'") from error
    return web_export
