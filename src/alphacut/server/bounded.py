"""No body is longer or slower than allowed, and what is held in memory is counted, whatever route reads it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import BigBody, Busy, SlowBody, TooMany
from .settings import MIB, Settings

PIECE = 256 * 1024
"""Bytes of an answer that are given to the connection at a time: the rest waits until they are read."""


class Held:
    """Bytes of bodies and answers in memory, in all and of each caller."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by: Counter[str] = Counter()

    @property
    def bytes(self) -> int:
        """Of all callers."""
        return self._by.total()

    def take(self, caller: str, count: int) -> None:
        """Count bytes that shall come.

        Raises
        ------
        Busy, TooMany
            There would be too many, in all or of this caller.
        """
        remedy = "Come again in a moment, or send fewer at a time."
        if self.bytes and self.bytes + count > self._most:
            raise Busy("the service", "holds as many bytes of bodies as it may", remedy, 2)
        if self._by[caller] and self._by[caller] + count > self._most / 2:
            raise TooMany("this caller", "has too many bytes of bodies on the way", remedy, 2)
        self._by[caller] += count

    def add(self, caller: str, count: int) -> None:
        """Count bytes that are there already, or are gone if negative."""
        self._by[caller] += count
        if not self._by[caller]:
            del self._by[caller]


class Bounded:
    """ASGI middleware: bodies and answers within the settings' limits."""

    def __init__(self, app: ASGIApp, settings: Settings, held: Held) -> None:
        self._app = app
        self._settings = settings
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body counted and timed, its answer in pieces."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self._settings, self._held, scope)

        async def answer(message: Message) -> None:
            data = message.get("body", b"")
            if len(data) <= PIECE:
                await send(message)
                return
            with_more = dict(message, more_body=True)
            body.held += len(data)
            self._held.add(body.caller, len(data))
            for at in range(0, len(data) - PIECE, PIECE):
                await send(with_more | {"body": data[at : at + PIECE]})
            last = (len(data) - 1) // PIECE * PIECE
            await send(message | {"body": data[last:]})  # type: ignore[operator]

        async def bounded() -> Message:
            return await receive() if body.whole else await body.read(receive)

        try:
            await self._app(scope, bounded, answer)
        finally:
            self._held.add(body.caller, -body.held)


@dataclass(slots=True)
class _Body:
    settings: Settings
    all: Held
    scope: Scope
    caller: str = field(init=False)
    until: float = field(init=False)
    is_job: bool = field(init=False)  # written to the disk as it comes, and not held
    begun: bool = False
    whole: bool = False
    count: int = 0
    held: int = 0

    def __post_init__(self) -> None:
        self.caller = (self.scope.get("client") or ("",))[0]
        self.is_job = self.scope["method"] == "POST" and self.scope["path"].endswith("/v1/jobs")
        self.until = asyncio.get_running_loop().time() + self.seconds

    @property
    def seconds(self) -> float:
        return self.settings.job_seconds if self.is_job else self.settings.body_seconds

    async def read(self, receive: Receive) -> Message:
        if not self.begun:
            self.begun = True
            said = Headers(scope=self.scope).get("content-length", "0")
            self._hold(int(said) if said.isdecimal() else 0)
        try:
            async with asyncio.timeout_at(self.until), asyncio.timeout(self.settings.body_seconds):
                message = await receive()
        except TimeoutError:
            problem = f"took more than {self.seconds:g} s, or stood still"
            raise SlowBody("the body", problem, "Send it faster, or send less.") from None
        self.count += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        self._hold(self.count - self.held)
        return message

    def _hold(self, count: int) -> None:
        if self.is_job:
            if self.count > self.settings.job_bytes:
                raise too_big(self.settings.job_bytes)
            return
        if self.held + count > self.settings.body_bytes:
            raise too_big(self.settings.body_bytes)
        if count > 0:
            self.all.take(self.caller, count)
            self.held += count


def too_big(most: int) -> BigBody:
    """Return the refusal of a body of more than so many bytes."""
    remedy = "Send a smaller photo, or fewer at a time."
    return BigBody("the body", f"is larger than {most / MIB:.4g} MiB", remedy)
