"""The networks' files that a page runs by itself: listed, and served under names that say their content."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from ..errors import UnknownModel
from .service import Service

if TYPE_CHECKING:
    from ..infer.web_export import WebFile

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
        self._files: list[WebFile] = []

    def files(self) -> list[WebFile]:
        with self._lock:
            if not self._files:
                from ..infer.web_export import ensure_web  # not at the top: onnx takes a third of a second

                self._files = ensure_web(self._model)
            return self._files
