"""A file at an address: streamed, and resumed where a connection broke (RFC 9110, section 14)."""

from __future__ import annotations

import time

import requests
from requests import exceptions

from ...errors import WeightsUnavailable
from ..card import Source
from .sink import Sink

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.5
# What of the last piece had come when a connection breaks is lost: small pieces lose little.
PIECE = 1 << 16

_BROKEN = (exceptions.ConnectionError, exceptions.Timeout, exceptions.ChunkedEncodingError)
_HOPELESS = (exceptions.ConnectTimeout, exceptions.SSLError)


class _TryAgain(Exception):
    """Something that a later request may not meet."""


def fetch(source: Source, sink: Sink) -> None:
    """Write the file at ``source.url`` into the sink, after the bytes that are there from an earlier run.

    Raises
    ------
    WeightsUnavailable
        The server refuses, or the connection broke more often than it is retried.
    """
    resumed = sink.done > 0
    with requests.Session() as session:
        _download(session, source, sink)
        # The file may have changed on the server since the earlier run.
        if resumed and sink.problem():
            sink.restart()
            _download(session, source, sink)


def _download(session: requests.Session, source: Source, sink: Sink) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return _request(session, source, sink)
        except _TryAgain as error:
            reason = str(error)
        if attempt + 1 < ATTEMPTS:
            time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
    raise WeightsUnavailable(source.label, f"{reason} (tried {ATTEMPTS} times)")


def _request(session: requests.Session, source: Source, sink: Sink) -> None:
    # A length or an offset means nothing once a proxy has compressed the body.
    headers = {"Accept-Encoding": "identity"}
    if sink.done:
        headers["Range"] = f"bytes={sink.done}-"
    limits = (CONNECT_SECONDS, READ_SECONDS)
    try:
        with session.get(source.url, headers=headers, stream=True, timeout=limits) as reply:
            if _place(reply, source, sink):
                for chunk in reply.iter_content(PIECE):
                    sink.write(chunk)
    except requests.RequestException as error:
        if isinstance(error, _BROKEN) and not isinstance(error, _HOPELESS):
            raise _TryAgain(_cause(error)) from error
        raise WeightsUnavailable(source.label, _cause(error)) from error
    if sink.total is not None and sink.done < sink.total:
        raise _TryAgain(f"the connection ended after {sink.done:,} of {sink.total:,} bytes")


def _place(reply: requests.Response, source: Source, sink: Sink) -> bool:
    """Bring the sink to where the body starts; return whether there is a body to read."""
    status = reply.status_code
    first, _, length = reply.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    if status == 206 and first.startswith(f"{sink.done}-"):
        sink.report(_number(length))
        return True
    if status == 416 and length == str(sink.done):
        return False
    if status in (206, 416):
        sink.restart()
        raise _TryAgain("the server cannot go on where it stopped")
    if status == 429 or status >= 500:
        raise _TryAgain(f"the server answers {status} {reply.reason}")
    if status != 200:
        raise WeightsUnavailable(source.label, f"the server answers {status} {reply.reason}")
    if sink.done:
        sink.restart()
    sink.report(_number(reply.headers.get("Content-Length", "")))
    return True


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _cause(error: BaseException) -> str:
    # requests wraps the cause several layers deep; the innermost says it in plain words.
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"
