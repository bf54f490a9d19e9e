"""The app, built from settings: middleware, routes, errors; nothing is global."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from .. import __version__
from ..errors import AlphacutError
from .bounded import Bounded
from .editor import editor_routes
from .envelope import Envelope, dress
from .jobs.routes import jobs_routes
from .lists import list_routes
from .native import native_routes
from .operation import operation_routes
from .page import page_routes
from .problems import Refusal, Trouble, trouble_of
from .rembg import rembg_routes
from .removebg import removebg_routes
from .schemas import HEADERS, App
from .service import Gone, Service, close_service, open_service
from .settings import Settings
from .weights import weights_routes

logger = logging.getLogger("alphacut.server")

TRY_AGAIN = 15.0
"""Seconds until a network that could not be loaded at the start is tried again."""
TICK = 2.0
"""Seconds between two looks at the gauges, which other processes may be asked for."""


def create_app(settings: Settings) -> App:
    """Return the service as an ASGI app."""
    service = open_service(settings)

    @asynccontextmanager
    async def lifespan(_: App) -> AsyncIterator[None]:
        beside = [asyncio.create_task(work(service)) for work in (_load, _tick)]
        yield
        with suppress(TimeoutError):
            await asyncio.wait_for(service.desk.drain(), settings.grace_seconds)
        for task in beside:
            task.cancel()
        close_service(service)

    app = App(
        title="alphacut",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # those pages load their scripts from elsewhere; ours is in page.py
        redoc_url=None,
    )
    app.state.service = service
    for routes in (native_routes, jobs_routes, list_routes, page_routes, operation_routes):
        app.include_router(routes(service))
    fetch = service.fetch if settings.fetch else None
    for others in (removebg_routes, rembg_routes):
        app.include_router(others(service, fetch))
    app.include_router(weights_routes(service))
    app.include_router(editor_routes(service))
    app.add_middleware(Bounded, settings=settings, held=service.held)
    if settings.cors:
        exposed = ["X-Request-Id", "Retry-After", *HEADERS]
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=exposed,
        )
    app.add_middleware(Envelope, service=service)
    answers = {AlphacutError: _refuse, Refusal: _refuse, Gone: _nobody, ClientDisconnect: _nobody}
    for kind, answer in (answers | {Exception: _broken}).items():
        app.add_exception_handler(kind, answer)
    return app


async def _load(service: Service) -> None:
    state, loop = service.state, asyncio.get_running_loop()
    pool = ThreadPoolExecutor(1, "load")  # not the loop's own, for whose threads a shutdown waits
    while not state.loaded:
        try:
            await loop.run_in_executor(pool, service.cutter.load, service.settings.options)
        except AlphacutError as error:
            state.problem = str(error)
            logger.error("not ready", extra={"fields": {"code": error.code, "words": str(error)}})
            await asyncio.sleep(TRY_AGAIN)
        else:
            state.loaded = True
            logger.info("ready", extra={"fields": {"models": list(service.cutter.shelf.loaded)}})
    pool.shutdown(wait=False)


async def _tick(service: Service) -> None:
    while True:
        service.show()
        await asyncio.sleep(TICK)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, (AlphacutError, Refusal))
    trouble = trouble_of(error)
    # In ASCII, whatever the client sent that is now quoted: half a surrogate pair has no UTF-8.
    return Response(
        json.dumps(worded(trouble)), trouble.status, trouble.headers, media_type="application/json"
    )


async def _nobody(request: Request, error: Exception) -> Response:
    return Response(status_code=499)


async def _broken(request: Request, error: Exception) -> Response:
    trouble = Trouble(
        500, "Fault", "the service", "failed; this is a fault of the program", "Please report it."
    )
    answer = Response(json.dumps(worded(trouble)), 500, media_type="application/json")
    dress(answer.headers, request.scope["state"]["request_id"])  # it goes past the envelope
    return answer


def worded(trouble: Trouble) -> dict[str, dict[str, str]]:
    """Return the body of an error of our own routes: the same words as ``alphacut cut --json``."""
    words = {"code": trouble.code, "subject": trouble.subject, "problem": trouble.problem}
    return {"error": words | {"remedy": trouble.remedy}}
