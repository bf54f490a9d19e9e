"""A request's body, whatever its kind, as fields and files in memory; no byte of it touches a disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from ..errors import OptionError
from .bounded import too_big
from .problems import WrongType
from .settings import Settings

MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class File:
    """One file of a request."""

    name: str
    data: bytes
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a request brought: fields of its query and its body, and files by the field's name, in their order."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, tuple[File, ...]] = field(default_factory=dict)


async def read_upload(request: Request, raw: str = "image") -> Upload:
    """Read a multipart, urlencoded, JSON or raw body.

    Parameters
    ----------
    request : Request
    raw : str
        The file's name in `Upload.files` where the body is the file itself.

    Raises
    ------
    OptionError
        A field is given twice, or the body is not what its type says.
    WrongType, BigBody, SlowBody
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    fields, files = dict[str, Any](), dict[str, tuple[File, ...]]()
    for name, value in request.query_params.multi_items():
        _add(fields, name, value)
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        for name, part in await _form(request, kind):
            if isinstance(part, File):
                files[name] = (*files.get(name, ()), part)
            else:
                _add(fields, name, part)
    elif kind == "application/json":
        for name, value in _json(await request.body()).items():
            _add(fields, name, value)
    elif kind.startswith("image/") or kind in ("", "application/octet-stream", "application/zip"):
        data = await request.body()
        if data:
            files[raw] = (File("", data, kind),)
    else:
        remedy = "Send multipart/form-data, JSON, or the photo itself."
        raise WrongType("the body", f"is {kind!r}", remedy)
    return Upload(fields, files)


class _InMemory(MultiPartParser):
    spool_max_size = 2**62  # the middleware bounds the body; a photo is never spooled to a disk

    def close(self) -> None:
        """Let go of every file, those of parts that never ended too, which the base class forgets."""
        for file in self._files_to_close_on_error:
            file.close()


async def _form(request: Request, kind: str) -> list[tuple[str, str | File]]:
    parts = {"max_files": MOST_FIELDS, "max_fields": MOST_FIELDS, "max_part_size": 2**26}
    parser = _InMemory(request.headers, request.stream(), **parts)
    try:
        if kind != "multipart/form-data":
            return [(name, f"{text}") for name, text in (await request.form()).multi_items()]
        form = await parser.parse()
        return [(name, await _part(name, part)) for name, part in form.multi_items()]
    except MultiPartException as error:
        raise OptionError(
            "the body", f"is no {kind}: {error.message}", "Let your client build it."
        ) from error
    finally:
        parser.close()


async def _part(name: str, part: str | UploadFile) -> str | File:
    if isinstance(part, str):
        return part
    return File(part.filename or name, await part.read(), part.content_type or "")


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OptionError("the body", f"is no JSON ({error})", "Send one object.") from error
    if not isinstance(value, dict):
        raise OptionError("the body", "is no JSON object", 'Send {"name": value}.')
    return value


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    if name in fields:
        raise OptionError(f"field {name!r}", "is given twice", "Give it once.")
    fields[name] = value


def check_length(request: Request, settings: Settings) -> None:
    """Refuse a body that says it is too large, before a byte of it is read."""
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > settings.body_bytes:
        raise too_big(settings.body_bytes)


async def gone(request: Request) -> None:
    """Return when the client has gone away; the body must have been read."""
    try:
        while (await request.receive())["type"] != "http.disconnect":
            pass
    except ClientDisconnect:
        return
