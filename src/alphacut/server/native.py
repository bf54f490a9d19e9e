"""Our own routes that take a photo, under ``/v1``: the cutout, the matte alone, what may be wrong with it."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ..compose.present import with_preset
from ..cutout import Cutout
from ..errors import OptionError
from ..options import Options
from ..types import Report
from .accept import accepts, choose, prefers
from .answers import JSON, MEDIA, Made, as_file, as_json, made_by, report_of, said
from .asks import FINDING, MATTE, Ask, ask_of
from .callers import identify
from .schemas import answers, takes
from .service import Service
from .uploads import check_length, read_upload


def native_routes(service: Service) -> APIRouter:
    """Return the routes of ``/v1`` that take a photo."""
    routes = APIRouter(prefix="/v1", tags=["photos"])

    async def asked(request: Request) -> tuple[str, Ask]:
        caller = (await identify(request, service)).name  # before the body is read
        check_length(request, service.settings)
        upload = await read_upload(request)
        # In a thread: many megabytes of base64 would hold up everybody else's requests.
        return caller, await run_in_threadpool(ask_of, upload, service)

    @routes.post("/cutouts", responses=answers("Cutout", *MEDIA.values()), openapi_extra=takes("Look"))
    async def cutouts(request: Request) -> Response:
        """Cut the subject out of one photo and present it as the options say."""
        caller, ask = await asked(request)
        kind, wants_json = format_for(ask.options, request.headers.get("accept", ""))
        made = await service.cut(request, caller, ask.photo, ask.options, made_by(kind), ask.files)
        return as_json(made) if wants_json else as_file(made, ask.name)

    @routes.post("/mattes", responses=answers("Cutout", "image/png"), openapi_extra=takes("Matte"))
    async def mattes(request: Request) -> Response:
        """Estimate only the matte: a grey PNG of 8 or 16 bits, for clients that compose at home."""
        caller, ask = await asked(request)
        options = only_matte(ask)
        media = choose(request.headers.get("accept", ""), (MEDIA["png"], JSON))
        made: Made = await service.cut(request, caller, ask.photo, options, made_by("png"))
        return as_json(made) if media == JSON else as_file(made, ask.name)

    @routes.post("/inspect", responses=answers("Findings"), openapi_extra=takes("Look"))
    async def inspect(request: Request) -> Response:
        """Say how likely the cutout is wrong, and why; how it would be presented does not matter."""
        caller, ask = await asked(request)
        choose(request.headers.get("accept", ""), (JSON,))

        def report(cutout: Cutout) -> Report:
            return cutout.report

        found = await service.cut(request, caller, ask.photo, finding(ask.options), report)
        return said(report_of(found), found)

    return routes


def format_for(options: Options, accept: str) -> tuple[str, bool]:
    """Return the file format that is sent, and whether as JSON.

    The option `format` decides it, and ``Accept`` only whether it comes as JSON; without the option ``Accept``
    chooses, and JPEG only where the picture has no transparency or nothing else will do.

    Raises
    ------
    Unsendable
        No format is given, and the client accepts none.
    """
    options = with_preset(options)
    if options.format is not None:
        # A format that was asked for is sent, whatever else the header says.
        return options.format, prefers(accept, JSON, MEDIA[options.format])
    kinds = {media: kind for kind, media in MEDIA.items()}
    clear = [media for media, kind in kinds.items() if kind != "jpeg"]
    # Where nothing else will do, JPEG is tried, and its encoder says what it lacks.
    jpeg = options.is_opaque or not accepts(accept, (*clear, JSON))
    media = choose(accept, (*(kinds if jpeg else clear), JSON))
    return kinds.get(media, "png"), media == JSON


def finding(options: Options) -> Options:
    """Return only what decides the matte; colours are not looked at, and cost time."""
    return Options(decontaminate=False, **{name: getattr(options, name) for name in FINDING})


def only_matte(ask: Ask) -> Options:
    """Return the options of a matte.

    Raises
    ------
    OptionError
        One was given that only says how a cutout is presented.
    """
    for name in sorted(ask.given - MATTE):
        remedy = "Leave it out, or send the photo to /v1/cutouts."
        raise OptionError(f"option {name!r}", "presents a cutout, and only the matte is sent", remedy)
    return replace(finding(ask.options), matte=True, depth=ask.options.depth, small=ask.options.small)
