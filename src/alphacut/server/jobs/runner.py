"""Does the photos and clips of jobs, behind those that somebody waits for, and clears away what has had its time."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from threading import Event
from typing import Any

from ...errors import AlphacutError, InputError
from ...options import Options
from ..accounts import accounted
from ..callers import recalled
from ..problems import Busy, NoCredit, NoKey, NotThere, Refusal, TooMany
from ..service import Service
from .clip_work import Watch, cut_clip
from .files import JobFolder
from .states import DONE, ENDED, FAILED, RECEIVING, Claim
from .store import JobStore

logger = logging.getLogger("alphacut.server")

TICK = 0.5
"""Seconds after which another process's doings are noticed."""


class JobRunner:
    """Works through the jobs of a folder, beside other processes that may do the same.

    Parameters
    ----------
    service : Service
    store : JobStore

    Attributes
    ----------
    is_stopping : bool
        Whether nothing more is begun.
    """

    def __init__(self, service: Service, store: JobStore) -> None:
        self.store = store
        self._service = service
        # One: what a clip sets for the whole process, OpenCV's threads, no other clip may set otherwise meanwhile.
        self._clips = ThreadPoolExecutor(1, "clip")
        self._flying: dict[asyncio.Task[None], Claim | str] = {}
        self._wake = asyncio.Event()
        self.is_stopping = False
        self._begun = self._tidied = 0.0  # of the loop's clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._tidy()
        self._begun = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Begin nothing more, and return when what is in work is done."""
        self.is_stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        while self._flying:
            await asyncio.wait(self._flying)
        await asyncio.to_thread(self._clips.shutdown)

    def wake(self) -> None:
        """Look for work now: there is a new job."""
        self._wake.set()

    @property
    def job_hours(self) -> float:
        """How long a finished job is kept."""
        return self._service.settings.job_hours

    def folder(self, job: str) -> JobFolder:
        """Return a job's files."""
        return JobFolder(self.store.root / job)

    def cancel(self, job: str) -> None:
        """Free the places of a job that was removed; used from the event loop."""
        for task, claim in self._flying.items():
            if isinstance(claim, Claim) and claim.job == job:
                task.cancel()

    def remove(self, job: str) -> None:
        """Remove a job and everything of it; used from any thread."""
        self.folder(job).remove()
        self.store.remove(job)

    async def _run(self) -> None:
        while not self.is_stopping:
            self._wake.clear()
            try:
                await self._round()
            except (Refusal, AlphacutError, OSError, sqlite3.Error) as error:
                # A full disk or a busy list goes by; the jobs must not stand still for it ever after.
                logger.error("jobs: %s; trying again", type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK)

    async def _round(self) -> None:
        now, settings = asyncio.get_running_loop().time(), self._service.settings
        if now - self._tidied > min(30, settings.job_hours * 900):
            self._tidied = now
            await asyncio.to_thread(self._tidy)
        while self._has_place() and not self.is_stopping:
            claim = await asyncio.to_thread(self.store.claim, not self._flying)
            if claim is None:
                break
            self._begun = asyncio.get_running_loop().time()
            self._fly(self._photo(claim), claim)
        if self._has_place_for_clip() and not self.is_stopping:
            claim = await asyncio.to_thread(self.store.claim_clip, settings.clips)
            if claim is not None:
                self._fly(self._photo(claim), claim)
        job = await asyncio.to_thread(self.store.claim_packing)
        if job is not None:
            self._fly(asyncio.to_thread(self._pack, job), job)

    def _has_place(self) -> bool:
        """Tell whether a photo may be begun: one place stays free for people, and they go first if they wait."""
        photos = [claim for claim in self._claims() if not claim.is_clip]
        if len(photos) >= max(1, self._service.settings.workers - 1) or any(p.is_suspect for p in photos):
            return False
        waited = asyncio.get_running_loop().time() - self._begun
        return not self._service.desk.waiting or waited > self._service.settings.patience

    def _has_place_for_clip(self) -> bool:
        """Tell whether a clip may be begun: one at a time, and not while a photo must be alone."""
        return not any(claim.is_clip or claim.is_suspect for claim in self._claims())

    def _claims(self) -> list[Claim]:
        return [claim for claim in self._flying.values() if isinstance(claim, Claim)]

    def _fly(self, work: Coroutine[Any, Any, None], claim: Claim | str) -> None:
        def landed(task: asyncio.Task[None]) -> None:
            del self._flying[task]
            self._wake.set()
            if not task.cancelled() and (error := task.exception()):
                logger.error("jobs: %s; the next process takes it up", type(error).__name__)

        task = asyncio.create_task(work)
        self._flying[task] = claim
        task.add_done_callback(landed)

    async def _photo(self, claim: Claim) -> None:
        folder, begun = self.folder(claim.job), Event()
        try:
            words = await (
                self._clip(claim, folder) if claim.is_clip else self._at_desk(claim, folder, begun)
            )
        except (NoCredit, NoKey) as error:
            words = _failure(
                AlphacutError("photo", f"was not begun: {error.subject} {error.problem}", error.remedy)
            )
        except (Busy, TooMany) as error:
            if not begun.is_set():
                await asyncio.to_thread(self.store.give_back, claim)
                await asyncio.sleep(TICK)
                return
            words = _failure(AlphacutError("photo", error.problem, "Send a smaller one."))
        except (NotThere, FileNotFoundError):
            return  # cancelled meanwhile
        except AlphacutError as error:
            words = _failure(error)
        except MemoryError:
            words = _failure(InputError("photo", "needs more memory than there is", "Send a smaller one."))
        except Exception as error:  # noqa: BLE001  the edge of a photo: the others must be done
            # Without the error's own words, which may hold a name.
            trace = "".join(traceback.format_tb(error.__traceback__))
            logger.error("a job's photo failed with an unforeseen %s:\n%s", type(error).__name__, trace)
            problem = f"failed in a way that was not foreseen ({type(error).__name__})"
            words = _failure(AlphacutError("photo", problem, "Please report it."))
        await asyncio.to_thread(self._settle, claim, folder, words)

    async def _charged(
        self, claim: Claim, pixels: int, do: Callable[[Callable[[], None]], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Do a photo or a clip at the expense of who sent it; `do` is given what to call when it begins."""
        service = self._service
        caller = await recalled(claim.caller, service)
        async with accounted(caller, service.keys, "/v1/jobs", pixels) as account:
            words = await do(account.begin)
            account.model = words["report"]["model"]
            return words

    async def _at_desk(self, claim: Claim, folder: JobFolder, begun: Event) -> dict[str, Any]:
        work, pixels = await asyncio.to_thread(self._prepared, claim, folder, begun)

        def in_turn(begin: Callable[[], None]) -> Awaitable[dict[str, Any]]:
            def timed(unwanted: Event) -> dict[str, Any]:
                begin()
                return work(unwanted)

            return self._service.desk.run(f"jobs:{claim.caller}", pixels, timed)

        return await self._charged(claim, pixels, in_turn)

    async def _clip(self, claim: Claim, folder: JobFolder) -> dict[str, Any]:
        told = await asyncio.to_thread(folder.told)
        if told.clip is None:
            raise InputError("the clip", "was sent to another version of the service", "Send it again.")
        unwanted = Event()
        forgive = partial(self.store.forgive, claim)
        watch = Watch(folder, self._service, unwanted, lambda: self.is_stopping, forgive)

        def in_own_thread(begin: Callable[[], None]) -> Awaitable[dict[str, Any]]:
            begin()
            return asyncio.wrap_future(self._clips.submit(cut_clip, told, watch))

        try:
            return await self._charged(claim, told.clip.pixels, in_own_thread)
        finally:
            unwanted.set()

    def _prepared(
        self, claim: Claim, folder: JobFolder, begun: Event
    ) -> tuple[Callable[[Event], dict[str, Any]], int]:
        """Return the work on a photo and its pixels."""
        told = folder.told()
        photo = folder.photo(told.items[claim.number], self._service.settings.body_bytes)
        pixels = self._service.check_size(photo)

        def work(unwanted: Event) -> dict[str, Any]:
            begun.set()
            return self._cut(photo, told.options, folder, claim.number, unwanted)

        return work, pixels

    def _cut(
        self, photo: bytes, options: Options, folder: JobFolder, number: int, unwanted: Event
    ) -> dict[str, Any]:
        cutout = self._service.cutter.cut(photo, options, "photo", unwanted.is_set)
        layers = cutout.layers()
        picture = cutout.picture(layers)
        data = cutout.encode(None, picture, layers)
        folder.deliver(number, data)
        report = replace(cutout.report, notes=(*cutout.report.notes, *picture.notes))
        return {"report": asdict(report), "bytes": len(data)}

    def _settle(self, claim: Claim, folder: JobFolder, words: dict[str, Any]) -> None:
        """Write down what became of a photo; nobody keeps an account of a job that was cancelled."""
        if not folder.path.exists():
            return
        try:
            folder.say(claim.number, words)
        except AlphacutError as error:
            logger.error("jobs: %s; a photo's report is lost", error.code)
        self.store.settle(claim, FAILED if "error" in words else DONE)

    def _pack(self, job: str) -> None:
        folder = self.folder(job)
        try:
            what = "its clip could not" if folder.told().clip else "none of its photos could"
            state, problem = (DONE, None) if folder.pack() else (FAILED, f"{what} be cut out")
        except NotThere:
            return
        except AlphacutError as error:
            state, problem = FAILED, error.problem
        self.store.end(job, state, problem)
        folder.thin()

    def _tidy(self) -> None:
        """Take up what dead processes left, and remove what has expired or belongs to no job."""
        for job in self.store.recover():
            self.remove(job)
        for job in self.store.ended_before(time.time() - self._service.settings.job_hours * 3600):
            self.remove(job)
        # The folders first, then the list: a job stands in the list before it has a folder.
        folders = {path.name for path in self.store.root.iterdir() if path.is_dir()}
        jobs = self.store.all()
        for name in folders - jobs.keys():
            shutil.rmtree(self.store.root / name, ignore_errors=True)
        for job, state in jobs.items():
            if state in ENDED:
                self.folder(job).thin()
            if state != RECEIVING and not self.folder(job).path.exists():
                self.store.remove(job)


def _failure(error: AlphacutError) -> dict[str, Any]:
    return {"error": {"code": error.code, "problem": error.problem, "remedy": error.remedy}}
