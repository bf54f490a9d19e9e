"""A job as it comes in: received into its folder, looked through, and let wait for its turn."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets

from starlette.requests import ClientDisconnect, Request

from ...encode import suffix_of
from ...errors import OptionError
from ..asks import options_of
from ..bounded import too_big
from ..problems import NotYet
from ..service import Gone, Service
from .body import Received, receive_job
from .clips import clip_told
from .files import Item, JobFolder, Told, check_space, no_job
from .names import targets_of
from .runner import JobRunner
from .states import RECEIVING, Row
from .zips import entries_of

_AGAIN = re.compile(r"[!-~]{16,255}")


async def take_in(request: Request, service: Service, runner: JobRunner) -> Row:
    """Receive a job, whole or not at all; a request that repeats another's Idempotency-Key gets that one's job.

    Raises
    ------
    AlphacutError, Refusal
    Gone
        The client went away before it had sent all.
    """
    settings = service.settings
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() else 0
    if size > settings.job_bytes:
        raise too_big(settings.job_bytes)
    check_space(settings.folder, size)
    job, holder, caller = secrets.token_hex(16), holder_of(request, service), request.state.caller.name
    again = _again(request, holder, caller)
    row = await asyncio.to_thread(runner.store.begin, job, holder, caller, again, settings.jobs_each)
    if row.id != job:
        return await _repeated(request, row)
    try:
        await _receive(request, service, runner, job)
    except BaseException as error:
        runner.remove(job)  # here and now: a request that was cancelled gets no second chance to wait
        if isinstance(error, ClientDisconnect):
            raise Gone from None
        raise
    runner.wake()
    row_now = await asyncio.to_thread(runner.store.find, job, holder)
    if row_now is None:
        raise no_job()
    return row_now


def holder_of(request: Request, service: Service) -> str:
    """Return whose key opens a job; where there are no keys, its id alone does."""
    return request.state.caller.name if service.settings.needs_key else ""


async def _receive(request: Request, service: Service, runner: JobRunner, job: str) -> None:
    folder = runner.folder(job)
    folder.make()
    received = await receive_job(request, folder.sent, service.settings)
    told = await asyncio.to_thread(_told, received, folder, service)
    await asyncio.to_thread(folder.tell, told)
    await asyncio.to_thread(runner.store.queue, job, len(told.items), is_clip=told.clip is not None)


async def _repeated(request: Request, row: Row) -> Row:
    async for _ in request.stream():  # a client hears an answer only when it has sent all
        pass
    if row.state == RECEIVING:
        raise NotYet("the job of this Idempotency-Key", "is still being received", "Come again.", 2)
    return row


def _told(received: Received, folder: JobFolder, service: Service) -> Told:
    """Return what a job is, as it was received."""
    if received.files and received.files[0].is_clip:
        return clip_told(received.files[0], received.fields, folder, service)
    options = options_of(received.fields, service)
    photos, left_out = list[tuple[str, int, int | None]](), list[tuple[str, str]]()
    for number, sent in enumerate(received.files):
        if not sent.is_zip:
            photos.append((sent.name, number, None))
            continue
        entries, rest = entries_of(sent.path, sent.name, service.settings)
        photos += [(name, number, place) for name, place in entries]
        left_out += rest
    if not photos:
        raise OptionError(
            "the job",
            "has no photos",
            "Send them as parts 'image', or a zip of them; a clip as the part 'video'.",
        )
    if len(photos) > service.settings.job_photos:
        remedy = f"A job may have {service.settings.job_photos}: send several."
        raise OptionError("the job", f"has {len(photos)} photos", remedy)
    targets = targets_of([name for name, _, _ in photos], suffix_of(options.format))
    items = [
        Item(name, target, number, place)
        for (name, number, place), target in zip(photos, targets, strict=True)
    ]
    return Told(options, items, left_out)


def _again(request: Request, holder: str, caller: str) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _AGAIN.fullmatch(key):
        remedy = "Use 16 to 255 characters that nobody can guess, such as a UUID."
        raise OptionError("header Idempotency-Key", "is too short or too long", remedy)
    return hashlib.sha256("\0".join((holder, caller, key)).encode()).hexdigest()
