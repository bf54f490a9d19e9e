"""The habit of ``rembg s``: one address, ``/api/remove``, that answers with a PNG."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ..cutout import Cutout
from ..errors import OptionError
from ..infer.catalog import known_names
from ..options import unknown_name
from .callers import identify
from .service import Service
from .uploads import Upload, check_length, read_upload

Fetch = Callable[[str, str], Awaitable[bytes]]
"""Given a caller and an address, gives the file that is there, or raises a Refusal."""

MODELS = {
    "isnet-general-use": "isnet",
    "u2net_human_seg": "u2net-human",
    "birefnet-general": "birefnet",
    "birefnet-general-lite": "birefnet-lite",
    "bria-rmbg": "rmbg-2.0",
}
"""rembg's names of networks that have another one here."""

PARAMETERS = {
    "model": "network, by rembg's name or by ours; the service's own without it",
    "a": "true draws edges as soft as the colours allow",
    "af": "taken and not needed: a threshold of rembg's way to soft edges",
    "ab": "taken and not needed, as af",
    "ae": "taken and not needed, as af",
    "om": "true answers with the mask alone",
    "ppm": "taken and not needed: doubt inside the subject is always settled",
    "bgc": "background colour: red,green,blue,alpha, each 0 to 255",
    "extras": "a JSON object; none of what rembg takes there is known here",
}

LONGEST = 1000
"""Letters of a value; none needs as many."""


def rembg_routes(service: Service, fetch: Fetch | None = None) -> APIRouter:
    """Return the routes of ``/api``; without `fetch`, photos cannot be named by an address."""
    routes = APIRouter(prefix="/api", tags=["rembg"])
    query = [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in PARAMETERS.items()
    ]
    url = {"name": "url", "in": "query", "required": True, "schema": {"type": "string"}}
    file = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
    body = {"requestBody": {"content": {"multipart/form-data": {"schema": file}}, "required": True}}

    @routes.get(
        "/remove", openapi_extra={"parameters": [url, *query]}, summary="Fetch, and remove the background"
    )
    async def remove_url(request: Request) -> Response:
        caller = (await identify(request, service)).name
        fields = dict(request.query_params)
        address = fields.pop("url", "")
        options = read_options(fields)
        if not address:
            raise OptionError("parameter 'url'", "is missing", "Name the photo's address, or POST the file.")
        if fetch is None:
            remedy = "POST the photo as 'file', or let the service fetch."
            raise OptionError("parameter 'url'", "is not taken: this server fetches nothing", remedy)
        return await _removed(request, service, caller, await fetch(caller, address), options)

    @routes.post("/remove", openapi_extra={"parameters": query} | body, summary="Remove the background")
    async def remove_file(request: Request) -> Response:
        caller = (await identify(request, service)).name
        check_length(request, service.settings)
        upload = await read_upload(request, "file")
        return await _removed(request, service, caller, _file_of(upload), read_options(upload.fields))

    return routes


async def _removed(
    request: Request, service: Service, caller: str, photo: bytes, words: Mapping[str, Any]
) -> Response:
    def deliver(cutout: Cutout) -> bytes:
        return cutout.encode("png")

    return Response(
        await service.cut(request, caller, photo, service.options(words), deliver), media_type="image/png"
    )


def read_options(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that rembg's parameters mean; blank ones, and names it does not have, are passed over.

    Raises
    ------
    OptionError
        A value that a parameter cannot have, or a network that is not here.
    """
    given = {name: str(fields[name]).strip() for name in PARAMETERS if str(fields.get(name, "")).strip()}
    for name, text in given.items():
        if len(text) > LONGEST:
            raise _wrong(name, text, f"at most {LONGEST} letters")
    for name in ("af", "ab", "ae"):
        if name in given and not given[name].isdecimal():
            raise _wrong(name, given[name], "a whole number")
    _switch(given, "ppm")
    _check_extras(given.get("extras", "{}"))
    words: dict[str, Any] = {"matte": _switch(given, "om")}
    if "model" in given:
        words["model"] = _model(given["model"])
    if _switch(given, "a"):
        words["edges"] = "soft"
    if "bgc" in given:
        words["background"] = _colour(given["bgc"])
    return words


def _switch(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").lower()
    if text not in ("true", "1", "yes", "on", "false", "0", "no", "off"):
        raise _wrong(name, text, "true or false")
    return text in ("true", "1", "yes", "on")


def _model(name: str) -> str:
    ours = MODELS.get(name, name)
    if ours not in ("auto", *known_names()):
        known = sorted({name for name, ours in MODELS.items() if ours in known_names()} | {*known_names()})
        raise unknown_name("model", name, known)
    return ours


def _colour(text: str) -> str:
    parts = [part.strip() for part in text.strip("()[]").split(",")]
    if len(parts) not in (3, 4) or not all(part.isdecimal() and int(part) <= 255 for part in parts):
        raise _wrong("bgc", text, "red,green,blue,alpha, each 0 to 255")
    return "#" + "".join(f"{int(part):02x}" for part in parts)


def _check_extras(text: str) -> None:
    """Refuse prompts and paths: a picture made without them would not be what was asked for."""
    try:
        extras = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong("extras", text, "a JSON object") from None
    if not isinstance(extras, dict):
        raise _wrong("extras", text, "a JSON object")
    if extras:
        raise OptionError(
            "parameter 'extras'", f"has {', '.join(extras)[:80]!r}, which is not known here", "Leave it out."
        )


def _wrong(name: str, value: str, wanted: str) -> OptionError:
    return OptionError(f"parameter {name!r}", f"cannot be {value[:80]!r}", f"Expected {wanted}.")


def _file_of(upload: Upload) -> bytes:
    files = upload.files.get("file", ())
    if len(files) != 1:
        raise OptionError("part 'file'", f"is given {len(files)} times", "Send one photo as the part 'file'.")
    return files[0].data
