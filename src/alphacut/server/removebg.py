"""remove.bg's contract, version 1.0: a client of it changes one address."""

from __future__ import annotations

import base64
import binascii
import io
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..cutout import Cutout
from ..decode import size_of
from ..errors import AlphacutError, BrokenImage, InputError, ModelError, NotAnImage, TooLarge
from .callers import identify
from .problems import Refusal, Trouble, trouble_of
from .removebg_answer import MEDIA, Answer, answer, headers, option_words
from .removebg_fields import CODES, Fault, Wanted, read_wanted, schema, text_of
from .service import Service
from .uploads import File, Upload, check_length, read_upload

Fetch = Callable[[str, str], Awaitable[bytes]]
"""Given a caller and an address, gives the file that is there, or raises a Refusal."""

MOST_BYTES = 22 * 2**20
MOST_PIXELS = 50_000_000
UNMETERED = 1_000_000
"""Credits that an account shows where nothing is counted: clients stop at none."""

RATE = 500
"""Megapixel-images a minute that the headers show where a caller has no limit of its own."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as the contract tells it back.

    Attributes
    ----------
    name : str
    left : int or None
        Photos that it may still send; None: nothing is counted.
    rate : callable
        Gives the megapixels a minute that it may send, how many are left now and when (Unix seconds) all are back;
        None where there is no limit.
    """

    name: str
    left: int | None = None
    rate: Callable[[], tuple[int, int, int] | None] = lambda: None


_INPUTS: tuple[tuple[type[AlphacutError], int, str], ...] = (
    (NotAnImage, 400, "invalid_file_type"),
    (TooLarge, 400, "resolution_too_high"),
    (BrokenImage, 400, "failed_to_read_image"),
    (InputError, 400, "failed_to_read_image"),
    (ModelError, 503, "service_unavailable"),
    (AlphacutError, 400, "invalid_request"),
)
"""The first that fits holds."""

_REFUSALS = {
    401: (403, "auth_failed"),
    402: (402, "insufficient_credits"),
    403: (403, "auth_failed"),
    408: (408, "timeout"),
    413: (400, "file_too_large"),
    415: (400, "invalid_file_type"),
    429: (429, "rate_limit_exceeded"),
    503: (429, "rate_limit_exceeded"),  # the contract's clients wait on 429, and give up on 503
}


def removebg_routes(service: Service, fetch: Fetch | None = None) -> APIRouter:
    """Return the routes of ``/v1.0``; without `fetch`, photos cannot be named by an address."""
    routes = APIRouter(prefix="/v1.0", tags=["remove.bg"])
    media = ("multipart/form-data", "application/x-www-form-urlencoded", "application/json")
    body = {"requestBody": {"content": {kind: {"schema": schema()} for kind in media}, "required": True}}

    @routes.post("/removebg", openapi_extra=body, summary="Remove a background, as remove.bg does")
    async def removebg(request: Request) -> Response:
        try:
            return await _removed(request, service, fetch)
        except (Fault, AlphacutError, Refusal) as error:
            return refused(error)

    @routes.get("/account", summary="What a remove.bg client may still do")
    async def account(request: Request) -> Response:
        try:
            asker = await who_asks(request, service)
        except Refusal as error:
            return refused(error)
        left = UNMETERED if asker.left is None else asker.left
        credit = {"total": left, "subscription": 0, "payg": 0, "enterprise": left}
        attributes = {"credits": credit, "api": {"free_calls": 0, "sizes": "all"}}
        return JSONResponse({"data": {"attributes": attributes}}, headers=rate_headers(asker))

    return routes


async def who_asks(request: Request, service: Service) -> Asker:
    """Return who asks.

    Raises
    ------
    Refusal
        A key is needed, or the caller is over its rate.
    """
    caller = await identify(request, service)

    def rate() -> tuple[int, int, int] | None:
        known = caller.rate()
        return (known.limit, known.remaining, known.reset) if known else None

    return Asker(caller.name, caller.key.left if caller.key else None, rate)


async def _removed(request: Request, service: Service, fetch: Fetch | None) -> Response:
    asker = await who_asks(request, service)
    check_length(request, service.settings)
    upload = await read_upload(request, "image_file")
    wanted = read_wanted(upload.fields)
    source, picture = _source_of(upload), _background_of(upload, wanted)
    photo = await _bytes_of(source, asker.name, fetch)
    backdrop = None if picture is None else await _bytes_of(picture, asker.name, fetch)
    _check_photo(photo, service)
    options = service.options(option_words(wanted))

    def deliver(cutout: Cutout) -> Answer:
        return answer(cutout, wanted, backdrop)

    reply = await service.cut(request, asker.name, photo, options, deliver)
    kind = "other" if wanted.type == "auto" else wanted.type
    said = {**headers(reply, None if wanted.type_level == "none" else kind), **rate_headers(asker)}
    said["X-Credits-Charged"] = "0" if asker.left is None else "1"
    return _shown(request, reply, said)


def refused(error: Fault | AlphacutError | Refusal) -> Response:
    """Return an error as the contract words it."""
    trouble = _trouble(error)
    words = {"title": CODES.get(trouble.code, "Invalid request"), "code": trouble.code}
    detail = " ".join(filter(None, (f"{trouble.subject}: {trouble.problem}.", trouble.remedy)))
    words["detail"] = error.detail if isinstance(error, Fault) else detail
    return JSONResponse({"errors": [words]}, trouble.status, trouble.headers | rate_headers())


def rate_headers(asker: Asker | None = None) -> dict[str, str]:
    """Return what the contract's headers say of a caller's rate; without a limit, that all of it is left."""
    known = asker.rate() if asker else None
    limit, left, reset = known or (RATE, RATE, int(time.time()) + 60)
    names = ("Limit", "Remaining", "Reset")
    return {
        f"X-RateLimit-{name}": f"{value}" for name, value in zip(names, (limit, left, reset), strict=True)
    }


def wants_json(accept: str) -> bool:
    """Return whether JSON is asked for, and not only taken beside anything else as by many a client's default."""
    weights: dict[str, float] = {}
    for item in accept.lower().split(","):
        kind, *settings = (part.strip() for part in item.split(";"))
        said = [part[2:].strip() for part in settings if part.startswith("q=")]
        try:
            weights[kind] = float(said[0]) if said else 1.0
        except ValueError:
            weights[kind] = 0.0
    others = [weight for kind, weight in weights.items() if kind == "*/*" or kind.startswith("image/")]
    return weights.get("application/json", 0.0) > max(others, default=0.0)


def _trouble(error: Fault | AlphacutError | Refusal) -> Trouble:
    if isinstance(error, Fault):
        return Trouble(400, error.code, "", error.detail)
    trouble = trouble_of(error)
    if isinstance(error, Refusal):
        status, code = _REFUSALS.get(error.status, (400, "invalid_request"))
    else:
        status, code = next((status, code) for kind, status, code in _INPUTS if isinstance(error, kind))
    return Trouble(status, code, trouble.subject, trouble.problem, trouble.remedy, trouble.headers)


Picture = tuple[str, bytes | str]
"""A parameter's name, and the file's bytes or its address."""


def _source_of(upload: Upload) -> Picture:
    """Return the one photo of a request."""
    found = _files(upload, "image_file")
    for name in ("image_file_b64", "image_url"):
        if text := text_of(upload.fields, name):
            found.append((name, text))
    if upload.fields.get("image_file"):
        raise Fault("invalid_file_type", "image_file is text: send it as a file of a multipart form.")
    if len(found) > 1:
        raise Fault("multiple_sources", f"{' and '.join(name for name, _ in found)} are given: send one.")
    if not found:
        raise Fault("missing_source", "Send the photo as image_file, image_file_b64 or image_url.")
    return found[0]


def _background_of(upload: Upload, wanted: Wanted) -> Picture | None:
    """Return the picture that is asked for as the background."""
    found = _files(upload, "bg_image_file")
    if text := text_of(upload.fields, "bg_image_url"):
        found.append(("bg_image_url", text))
    if len(found) + (wanted.bg_color is not None) > 1:
        raise Fault("multiple_bg_sources", "Send one of bg_color, bg_image_url and bg_image_file.")
    return found[0] if found else None


def _files(upload: Upload, name: str) -> list[Picture]:
    """Return the files of a name; a form that was left blank sends an empty one."""
    files: Sequence[File] = upload.files.get(name, ())
    return [(name, file.data) for file in files if file.data]


async def _bytes_of(picture: Picture, caller: str, fetch: Fetch | None) -> bytes:
    name, value = picture
    if name == "image_file_b64":
        data = _decoded(f"{value!s}")
    else:
        data = value if isinstance(value, bytes) else await _fetched(name, value, caller, fetch)
    if len(data) > MOST_BYTES:
        raise Fault("file_too_large", f"{name} is larger than {MOST_BYTES // 2**20} MB.")
    return data


def _decoded(text: str) -> bytes:
    words = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(words.encode("ascii").translate(None, b" \t\r\n"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Fault("failed_to_read_image", f"image_file_b64 is no base64: {error.args[0]}.") from None


async def _fetched(name: str, url: str, caller: str, fetch: Fetch | None) -> bytes:
    if fetch is None:
        raise Fault(f"invalid_{name}", f"{name}: this server fetches nothing. Send the picture itself.")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Fault(f"invalid_{name}", f"{name} is no http or https address.")
    try:
        return await fetch(caller, url)
    except Refusal as error:
        if error.status not in (403, 422):
            raise
        code = "failed_image_download" if name == "image_url" else "failed_bg_download"
        raise Fault(code, f"{name} {error.problem}.") from error


def _check_photo(photo: bytes, service: Service) -> None:
    """Refuse what is too large by its header, before it waits for a worker."""
    width, height = size_of(io.BytesIO(photo), "the image")
    most = min(MOST_PIXELS, service.settings.max_pixels)
    if max(width, height) > service.settings.max_side:
        limit = service.settings.max_side
        raise Fault(
            "invalid_dimensions", f"The image is {width}×{height} pixels; a side has at most {limit}."
        )
    if width * height > most:
        raise Fault("resolution_too_high", f"The image is {width}×{height} pixels; at most {most} are taken.")


def _shown(request: Request, reply: Answer, said: dict[str, str]) -> Response:
    if not wants_json(request.headers.get("accept", "")):
        return Response(reply.data, media_type=MEDIA[reply.format], headers=said)
    left, top, right, bottom = reply.foreground
    data: dict[str, Any] = {
        "result_b64": base64.b64encode(reply.data).decode(),
        "foreground_top": top,
        "foreground_left": left,
        "foreground_width": right - left,
        "foreground_height": bottom - top,
    }
    return JSONResponse({"data": data}, headers=said)
