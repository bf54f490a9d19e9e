"""What all routes share: the loaded networks, the desk, the settings; one of it an app."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any, TypeVar

from starlette.requests import Request

from ..api import Cutter
from ..compose.present import canvas_pixels
from ..cutout import Cutout
from ..decode import size_of
from ..errors import Cancelled, ModelError, OptionError, TooLarge
from ..options import Options
from ..recipe import named_files
from .accounts import Books, accounted
from .addresses import Network, networks
from .bounded import Held
from .desk import Desk
from .fetch import Fetcher, policy_of
from .keys import Keys
from .metrics import Meter, resident
from .offer import check_offered
from .problems import ForbiddenAddress
from .rates import Meters
from .settings import Settings
from .uploads import gone

Made = TypeVar("Made")

logger = logging.getLogger("alphacut.server")


class Gone(Exception):
    """The client went away; there is nobody to answer."""


@dataclass(slots=True)
class State:
    """How the service is, at this moment."""

    loaded: bool = False
    problem: str = "the network is being loaded"
    closing: bool = False  # new requests are refused
    retiring: bool = False  # another process takes them
    open: int = 0  # requests begun and not answered
    served: int = 0  # requests begun


@dataclass(frozen=True, slots=True)
class Service:
    """What routes are built upon.

    Attributes
    ----------
    settings, cutter, desk, held, state, meter
    keys : Books or None
        None: no key is needed, and no ledger is kept.
    meters : Meters
        What each caller has left of its rates.
    proxies : tuple of network
        Whose word about the client's address is taken.
    fetcher : Fetcher or None
        None: nothing is fetched.
    """

    settings: Settings
    cutter: Cutter
    desk: Desk
    held: Held
    state: State = field(default_factory=State)
    meter: Meter = field(default_factory=Meter)
    keys: Books | None = None
    meters: Meters = field(default_factory=Meters)
    proxies: tuple[Network, ...] = ()
    fetcher: Fetcher | None = None

    def options(
        self, fields: Mapping[str, Any], files: Collection[str] = (), usual: Options | None = None
    ) -> Options:
        """Return a request's options: its fields over the service's own.

        Parameters
        ----------
        fields : mapping
        files : collection of str
            Names of the files that came with the request: the only ones that its options may name.
        usual : Options, optional
            What the fields go over instead of the settings' own.

        Raises
        ------
        OptionError
            An unknown name, a value out of its limits, the path of a file (a client has no files here), or what
            only whoever runs the service decides.
        """
        options = Options.from_mapping(fields, usual or self.settings.options)
        given = {name.replace("-", "_") for name in fields}
        for name, path in named_files(options).items():
            if name in given and path not in files:
                raise OptionError(
                    f"option {name!r}", "names a file", f"Upload it as the part {name!r} instead."
                )
        check_offered(options, self.settings)
        return replace(options, max_pixels=min(options.max_pixels, self.settings.max_pixels))

    async def fetch(self, caller: str, url: str) -> bytes:
        """Fetch a photo that a request names by its address.

        Raises
        ------
        ForbiddenAddress
            Nothing is fetched here, or not from there.
        FailedDownload, BigBody, Busy, TooMany, NotAnImage
        """
        if self.fetcher is None:
            raise ForbiddenAddress(
                "the address", "is not fetched: that is off here", "Send the photo itself."
            )
        return await self.fetcher.photo(caller, url)

    async def cut(
        self,
        request: Request,
        caller: str,
        photo: bytes,
        options: Options,
        deliver: Callable[[Cutout], Made],
        files: Mapping[str, bytes] | None = None,
    ) -> Made:
        """Cut out one photo and make of it what is sent, in a worker, when its turn comes.

        Parameters
        ----------
        request, caller, photo, options, deliver
        files : mapping of str to bytes, optional
            Pictures that the options name.

        Raises
        ------
        AlphacutError, Busy, TooMany
        Gone
            The client went away meanwhile.
        """
        # Only by their headers: what is too large is refused before it takes a place.
        pixels = self.check_size(photo)
        others = sum(self.check_size(data, f"file {name!r}") for name, data in (files or {}).items())
        room = pixels + others + canvas_pixels(options)
        route = f"{getattr(request.scope.get('route'), 'path', '')}"
        asker = getattr(request.state, "caller", None)
        async with accounted(asker, self.keys, route, pixels) as account:

            def work(unwanted: Event) -> Made:
                account.begin()
                cutout = self.cutter.cut(photo, options, "photo", unwanted.is_set, files)
                account.model = cutout.report.model
                if unwanted.is_set():
                    raise Cancelled("the photo", "was stopped: nobody waits for it")
                made = deliver(cutout)
                self.meter.cut(pixels, cutout.report.milliseconds)
                return made

            task = asyncio.ensure_future(self.desk.run(caller, room, work))
            leaving = asyncio.ensure_future(gone(request))
            try:
                await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not task.done():
                    account.status = 499
                    raise Gone
                return task.result()
            except ModelError as error:
                logger.error("network", extra={"fields": {"code": error.code, "words": str(error)}})
                raise
            finally:  # also where this request itself is cancelled, by a shutdown
                leaving.cancel()
                task.cancel()

    def check_size(self, photo: bytes, name: str = "photo") -> int:
        """Return how many pixels a picture's header says it has.

        Raises
        ------
        InputError
            No photo, or one over the settings' limits.
        """
        width, height = size_of(io.BytesIO(photo), name)
        limits = self.settings
        if max(width, height) > limits.max_side:
            remedy = f"The longest side may be {limits.max_side}."
            raise TooLarge(name, f"is {width}×{height} pixels", remedy)
        if width * height > limits.max_pixels:
            remedy = f"It may have {limits.max_pixels} pixels."
            raise TooLarge(name, f"is {width}×{height} = {width * height} pixels", remedy)
        return width * height

    def show(self) -> None:
        """Bring the gauges up to date."""
        networks, desk = self.cutter.shelf.loaded, self.desk
        self.meter.show(
            {
                "queue_length": desk.waiting,
                "in_work": desk.working,
                "pixels_in_work": desk.pixels,
                "held_bytes": self.held.bytes,
                "resident_bytes": resident(),
                "networks_loaded": len(networks),
                "network_bytes": sum(networks.values()),
            }
        )


def open_service(settings: Settings) -> Service:
    """Return a service's shared parts, each as the settings ask for it."""
    keys = Keys(settings.folder) if settings.needs_key else None
    if keys and not any(key.revoked is None for key in keys.list()):
        logger.warning("every request needs a key, and there is none yet: alphacut keys new NAME")
    return Service(
        settings,
        Cutter(settings.options, memory=settings.memory),
        Desk(settings),
        Held(settings.held_bytes),
        keys=Books(keys) if keys else None,
        proxies=networks(settings.proxies),
        fetcher=Fetcher(policy_of(settings)) if settings.fetch else None,
    )


def close_service(service: Service) -> None:
    """Let go of what a service holds; nothing may be in work any more."""
    service.desk.close()
    service.cutter.close()
    if service.fetcher:
        service.fetcher.close()
    if service.keys:
        service.keys.close()
