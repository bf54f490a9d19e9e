"""The editor's page at ``/``: the files that its build left in ``static/``, with the headers that it asks for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from .service import Service

PAGE = Path(__file__).with_name("static")
"""Made by ``make editor``; not in the repository."""
MEDIA = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
"""Kinds that a machine's own table may have wrong, and then the browser runs nothing."""
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Made with the page; the smaller first."""
FOREVER = "public, max-age=31536000, immutable"
MISSING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>alphacut</title>
<h1>The editor is not built</h1>
<p>The service runs, and programs can use it. For the editor on this page, install Node 20.19 or newer, say
<code>make editor</code> in alphacut's folder, and start the service again.</p>
</html>
"""
_PART = re.compile(r"([\w*-]+)\s*(?:;\s*q=([\d.]+))?")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page."""

    path: Path
    tag: str
    cache: str
    packed: Mapping[str, Path]


def editor_routes(service: Service) -> APIRouter:
    """Return the route of the page and those of its files; none at all where the settings want no editor."""
    routes = APIRouter(include_in_schema=False)
    if not service.settings.editor:
        return routes
    methods = ["GET", "HEAD"]
    if not (PAGE / "index.html").is_file():
        routes.add_api_route("/", _missing, methods=methods)
        return routes
    dress = json.loads((PAGE / "headers.json").read_text())
    files, assets = _top(PAGE), _assets(PAGE / "assets")

    async def page(request: Request) -> Response:
        return _answer(request, files["index.html"], dress)

    async def file(request: Request) -> Response:
        return _answer(request, files[request.scope["route"].path[1:]], dress)

    async def asset(request: Request, name: str) -> Response:
        if name not in assets:
            raise HTTPException(404)
        return _answer(request, assets[name], dress)

    routes.add_api_route("/", page, methods=methods, response_model=None)
    routes.add_api_route("/assets/{name}", asset, methods=methods, response_model=None)
    for name in files:
        routes.add_api_route(f"/{name}", file, methods=methods, response_model=None)
    return routes


def accepted(header: str) -> set[str]:
    """Return the encodings that a client takes, from its ``Accept-Encoding``."""
    parts = (_PART.fullmatch(part.strip()) for part in header.lower().split(","))
    return {part[1] for part in parts if part and (part[2] is None or float(part[2]) > 0)}


def _answer(request: Request, asset: Asset, dress: Mapping[str, str]) -> Response:
    wanted = accepted(request.headers.get("accept-encoding", ""))
    coding = next((name for name in asset.packed if name in wanted), None)
    tag = f'"{asset.tag}-{coding}"' if coding else f'"{asset.tag}"'
    headers = {**dress, "ETag": tag, "Cache-Control": asset.cache, "Vary": "Accept-Encoding"}
    known = request.headers.get("if-none-match", "")
    if tag in re.findall(r'"[^"]*"', known):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    media = MEDIA.get(asset.path.suffix) or guess_type(asset.path.name)[0]
    return FileResponse(asset.packed[coding] if coding else asset.path, headers=headers, media_type=media)


async def _missing() -> HTMLResponse:
    return HTMLResponse(MISSING, 404, {"Content-Security-Policy": "default-src 'none'"})


def _top(folder: Path) -> dict[str, Asset]:
    # The tag is of the content: a build may give each of its files the same date.
    return {
        path.name: Asset(path, hashlib.sha256(path.read_bytes()).hexdigest()[:16], "no-cache", _packed(path))
        for path in _plain(folder)
        if path.name != "headers.json"
    }


def _assets(folder: Path) -> dict[str, Asset]:
    # Their names hold a hash of their content.
    return {path.name: Asset(path, path.name, FOREVER, _packed(path)) for path in _plain(folder)}


def _plain(folder: Path) -> list[Path]:
    packed = tuple(ENCODINGS.values())
    return [path for path in sorted(folder.glob("*")) if path.is_file() and path.suffix not in packed]


def _packed(path: Path) -> dict[str, Path]:
    ways = {name: path.with_name(path.name + suffix) for name, suffix in ENCODINGS.items()}
    return {name: packed for name, packed in ways.items() if packed.is_file()}
