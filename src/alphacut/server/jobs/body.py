"""The body of a job, written to the job's folder as it comes: a gigabyte costs no more memory than a chunk."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from ...errors import OptionError
from ..bounded import too_big
from ..problems import WrongType
from ..settings import Settings
from ..uploads import MOST_FIELDS
from .clips import check_taken
from .files import check_space, no_space
from .names import base_name

FIELD_BYTES = 2**20
CHECKED_EACH = 16 * 2**20
PART, CLIP = "image", "video"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(slots=True)
class Sent:
    """A file that was sent; it lies where it was written to."""

    name: str
    path: Path
    is_clip: bool = False
    is_zip: bool = False


@dataclass(slots=True)
class Received:
    """What came: fields of the query and the body, and files in their order."""

    fields: dict[str, Any] = field(default_factory=dict)
    files: list[Sent] = field(default_factory=list)


async def receive_job(request: Request, place: Callable[[int], Path], settings: Settings) -> Received:
    """Read a job's body, a multipart one or one that is the file itself.

    Parameters
    ----------
    request : Request
    place : callable
        Returns where the file of a number is written to.
    settings : Settings

    Raises
    ------
    OptionError, WrongType, BigBody, SlowBody, NoSpace
    starlette.requests.ClientDisconnect
        The client went away before it had sent all.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    writer = _Writer(place, settings)
    for name, value in request.query_params.multi_items():
        writer.add_field(name, value)
    try:
        if kind == "multipart/form-data":
            await _receive_parts(request, writer)
        elif kind.startswith("image/") or kind in ("application/zip", "application/octet-stream"):
            await _receive_file(request, writer, PART, "photo")
        elif kind.startswith("video/"):
            await _receive_file(request, writer, CLIP, "clip")
        else:
            remedy = (
                "Send multipart/form-data with parts 'image' or a part 'video', a zip, a photo or a clip."
            )
            raise WrongType("the body", f"is {kind or 'of no type'!r}", remedy)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space() from error
        raise
    finally:
        writer.close()
    return writer.received


class _Writer:
    """Writes one file after the other and holds each to its limits."""

    def __init__(self, place: Callable[[int], Path], settings: Settings) -> None:
        self.received = Received()
        self._place, self._settings = place, settings
        self._stream: BinaryIO | None = None
        self._size = self._checked = 0
        self._head = b""

    def add_field(self, name: str, value: str) -> None:
        """Note a field."""
        fields = self.received.fields
        if name in fields:
            raise OptionError(f"field {name!r}", "is given twice", "Give it once.")
        if len(fields) >= MOST_FIELDS:
            raise OptionError("the body", f"has more than {MOST_FIELDS} fields", "Send a recipe's own.")
        fields[name] = value

    async def begin(self, part: str, name: str) -> None:
        """Begin a file."""
        self.close()
        files, is_clip = self.received.files, part == CLIP
        count = len(files)
        if files and (is_clip or files[0].is_clip):
            raise OptionError("the job", "has something beside a clip", "Send each clip as a job of its own.")
        if is_clip:
            await asyncio.to_thread(check_taken, self._settings)
        if count >= self._settings.job_photos:
            raise OptionError("the job", f"has more than {count} photos", "Send them in several jobs.")
        sent = Sent(base_name(name), self._place(count), is_clip)
        check_space(sent.path.parent)
        self._stream = sent.path.open("xb")
        self._size, self._checked, self._head = 0, 0, b""
        self.received.files.append(sent)

    async def write(self, data: bytes | bytearray) -> None:
        """Write on."""
        if not data or self._stream is None:
            return
        sent, most = self.received.files[-1], self._settings.body_bytes
        if len(self._head) < 4:
            self._head = self._head + bytes(data[:4])
            sent.is_zip = not sent.is_clip and self._head.startswith(_ZIPS)
        self._size += len(data)
        # Zips and clips are held to the whole body's limit.
        if self._size > most and not (sent.is_zip or sent.is_clip):
            raise too_big(most)
        if self._size - self._checked > CHECKED_EACH:
            check_space(sent.path.parent)
            self._checked = self._size
        await asyncio.to_thread(self._stream.write, data)

    def close(self) -> None:
        """End the file that is being written."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


async def _receive_file(request: Request, writer: _Writer, part: str, name: str) -> None:
    await writer.begin(part, name)
    async for chunk in request.stream():
        await writer.write(chunk)


async def _receive_parts(request: Request, writer: _Writer) -> None:
    _, options = parse_options_header(request.headers["content-type"])
    if not options.get(b"boundary"):
        raise _not_multipart("it names no boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(options[b"boundary"], parts.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
            for begin, data in parts.taken():
                if begin is not None:
                    await writer.begin(*begin)
                await writer.write(data)
    except FormParserError as error:
        raise _not_multipart(str(error)) from error
    if not parts.is_whole:
        raise _not_multipart("it ends too early")
    for name, value in parts.fields:
        writer.add_field(name, value)


class _Parts:
    """What the parser of a multipart body calls; keeps files' bytes only until they are taken."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.is_whole = False
        self._files: list[tuple[tuple[str, str] | None, bytearray]] = []
        self._header = [b"", b""]
        self._disposition = b""
        self._field: tuple[str, bytearray] | None = None

    def callbacks(self) -> Any:
        """Return the parser's callbacks."""
        names = "part_begin part_data part_end header_field header_value header_end headers_finished end"
        return {f"on_{name}": getattr(self, f"_{name}") for name in names.split()}

    def taken(self) -> list[tuple[tuple[str, str] | None, bytearray]]:
        """Return what came of files since the last call: the part's and the file's name where one begins, and bytes."""
        files, self._files = self._files, []
        return files

    def _part_begin(self) -> None:
        self._header, self._disposition, self._field = [b"", b""], b"", None

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = [b"", b""]

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise _not_multipart("a part has no name")
        name = options[b"name"].decode("utf-8", "replace")
        if b"filename" not in options:
            if len(self.fields) >= MOST_FIELDS:
                raise OptionError("the body", f"has more than {MOST_FIELDS} fields", "Leave some out.")
            self._field = (name, bytearray())
        elif name not in (PART, CLIP):
            remedy = f"Send photos and zips as parts {PART!r}, a clip as the part {CLIP!r}."
            raise OptionError(f"part {name!r}", "is no photo", remedy)
        else:
            self._files.append(((name, options[b"filename"].decode("utf-8", "replace")), bytearray()))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            if not self._files:
                self._files.append((None, bytearray()))
            self._files[-1][1].extend(data[start:end])  # joined: a body can come in pieces of two bytes
            return
        name, value = self._field
        value += data[start:end]
        if len(value) > FIELD_BYTES:
            raise OptionError(
                f"field {name!r}", "is longer than a MiB", "Is it a file? Send a file name then."
            )

    def _part_end(self) -> None:
        if self._field is not None:
            self.fields.append((self._field[0], self._field[1].decode("utf-8", "replace")))

    def _end(self) -> None:
        self.is_whole = True


def _not_multipart(why: str) -> OptionError:
    return OptionError("the body", f"is no multipart/form-data: {why}", "Let your client build it.")
