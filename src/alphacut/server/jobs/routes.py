"""Many photos at once, or a clip, under ``/v1/jobs``: sent in one go, done in the background, fetched as one file."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from ...errors import OptionError
from ...video.settings import VideoOptions
from ..callers import identify
from ..problems import NotAllowed, NotYet
from ..schemas import FILE, TEXT, job_answers
from ..service import Service
from .clips import MEDIA
from .events import Telling, told_events
from .files import no_job
from .intake import holder_of, take_in
from .runner import JobRunner
from .show import described, frames_of, listed, step_words
from .states import DONE, ENDED, FAILED, Row, Step
from .store import JobStore

_ID = re.compile(r"[0-9a-f]{32}")


def jobs_routes(service: Service) -> APIRouter:
    """Return the routes of ``/v1/jobs``, which bring a runner up with the app and down with it."""
    jobs = _Jobs(service)

    async def known(request: Request) -> None:
        await identify(request, service)

    routes = APIRouter(
        prefix="/v1/jobs", tags=["jobs"], lifespan=jobs.lifespan, dependencies=[Depends(known)]
    )
    told = job_answers()
    routes.add_api_route(
        "", jobs.begin, methods=["POST"], status_code=202, openapi_extra=_body(), responses=told
    )
    routes.add_api_route("", jobs.list_all, methods=["GET"], responses=told)
    routes.add_api_route("/{job}", jobs.show, methods=["GET"], responses=told)
    routes.add_api_route("/{job}", jobs.cancel, methods=["DELETE"], status_code=204, responses=told)
    streamed = job_answers({200: ("text/event-stream",)}) | {204: {"description": "It has ended."}}
    routes.add_api_route(
        "/{job}/events", jobs.events, methods=["GET"], responses=streamed, response_class=StreamingResponse
    )
    media = ("application/zip", *MEDIA.values())
    files = job_answers({200: media, 206: media})
    routes.add_api_route(
        "/{job}/result", jobs.result, methods=["GET"], responses=files, response_class=FileResponse
    )
    return routes


class _Jobs:
    """The routes of an app, around the runner that it has from its start to its end."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._runner: JobRunner

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[None]:
        """Hold the folder and run the jobs in it."""
        store = await asyncio.to_thread(JobStore, self._service.settings.folder)
        try:
            self._runner = JobRunner(self._service, store)
            self._runner.start()
            yield
            await self._runner.stop()
        finally:
            store.close()

    async def begin(self, request: Request) -> Response:
        """Take several photos, or zips of them, or one clip, and do them in the background."""
        row = await take_in(request, self._service, self._runner)
        words = await asyncio.to_thread(described, self._runner, row, _base(request))
        return JSONResponse(words, 202, {"Location": words["links"]["self"]})

    def list_all(self, request: Request) -> Response:
        """List the jobs of this key, the latest first."""
        if not self._service.settings.needs_key:
            remedy = "Keep each job's id: without keys it is what opens the job."
            raise NotAllowed("the list of jobs", "is for services with keys", remedy)
        store, base = self._runner.store, _base(request)
        rows = store.of(holder_of(request, self._service))
        return JSONResponse({"jobs": [listed(store, row, base) for row in rows]})

    def show(self, request: Request, job: str) -> Response:
        """Tell how far a job is, and what became of each photo."""
        return JSONResponse(described(self._runner, self._found(request, job), _base(request)))

    async def events(self, request: Request, job: str) -> Response:
        """Tell what happens to a job while it happens, as server-sent events."""
        store, folder, after = self._runner.store, self._runner.folder(job), _last_event(request)
        row = await asyncio.to_thread(self._found, request, job)
        if row.state in ENDED and not await asyncio.to_thread(store.steps, job, after):
            return Response(status_code=204)  # which tells a browser to come no more
        told = await asyncio.to_thread(folder.told)
        names = [item.name for item in told.items]

        def say(step: Step) -> dict[str, Any]:
            return step_words(folder, step, names)

        def frames() -> dict[str, Any]:
            return frames_of(folder, told.clip) if told.clip else {}

        heartbeat, state = self._service.settings.heartbeat, self._service.state
        stream = told_events(store, job, after, Telling(say, frames, heartbeat, lambda: state.closing))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    def result(self, request: Request, job: str) -> Response:
        """Give the results of a job that is done: a zip, or what a clip became."""
        row = self._found(request, job)
        if row.state == FAILED:
            raise NotYet("the job", f"has no result: {row.problem}", "Look at what is said of each photo.")
        if row.state != DONE:
            raise NotYet("the job", f"is not done yet ({row.state})", "Listen to its events.", 5)
        folder = self._runner.folder(job)
        told = folder.told()
        path = folder.result(told)
        if not path.exists():
            raise no_job()
        headers = {"Cache-Control": "private, no-store"}
        name, media = f"cutouts-{job[:8]}.zip", "application/zip"
        if told.clip:
            name, media = Path(told.items[0].target).name, MEDIA[path.suffix.removeprefix(".")]
        return FileResponse(path, media_type=media, filename=name, headers=headers)

    async def cancel(self, request: Request, job: str) -> Response:
        """Stop a job and remove everything of it."""
        await asyncio.to_thread(self._found, request, job)
        await asyncio.to_thread(self._runner.remove, job)
        self._runner.cancel(job)
        return Response(status_code=204)

    def _found(self, request: Request, job: str) -> Row:
        known = _ID.fullmatch(job) is not None
        row = self._runner.store.find(job, holder_of(request, self._service)) if known else None
        if row is None:
            raise no_job()
        return row


def _last_event(request: Request) -> int:
    said = request.headers.get("last-event-id", "").strip() or "0"
    if not re.fullmatch(r"[0-9]{1,15}", said):
        raise OptionError("header Last-Event-ID", "is no event's id", "Send the last one you got, or none.")
    return int(said)


def _body() -> dict[str, Any]:
    """Return how a job is sent, as OpenAPI."""
    of_clip = {spec.name: spec.metadata["help"] for spec in dataclasses.fields(VideoOptions)}
    form = {
        "type": "object",
        "description": "Photos and zips of them as `image`, or one clip as `video`; options beside them.",
        "properties": {"image": {"type": "array", "items": FILE}, "video": FILE}
        | {name: TEXT | {"description": f"Of a clip: {text}."} for name, text in of_clip.items()},
        "additionalProperties": TEXT,
    }
    kinds = {"multipart/form-data": form, "application/zip": FILE, "video/*": FILE}
    content = {kind: {"schema": schema} for kind, schema in kinds.items()}
    return {"requestBody": {"required": True, "content": content}}


def _base(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}/v1/jobs"
