"""Photos that are named by an address: fetched from the public internet only, and only so much, so long.

A name is resolved once; every address that it has is judged; the connection is made to exactly those. So a
name that means something else a moment later changes nothing. TLS still checks the certificate against the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin

import httpcore

from .. import __version__
from ..codecs.sniff import sniff
from .addresses import Network, Target, is_permitted, networks, target_of
from .problems import BigBody, Busy, FailedDownload, ForbiddenAddress, TooMany
from .settings import Settings

Resolve = Callable[[str, int], Awaitable[Iterable[str]]]
"""Gives all numeric addresses of a host; raises OSError where there are none."""

REDIRECTS = (301, 302, 303, 307, 308)
MOST_ADDRESSES = 4  # of one host that are tried
TRY_AGAIN = "Check the address, or send the photo itself."
_HEADERS = (
    ("User-Agent", f"alphacut/{__version__}"),
    ("Accept", "image/*"),
    ("Accept-Encoding", "identity"),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be fetched.

    Attributes
    ----------
    allow : tuple of network
        Networks that may be asked although they are not public, such as an intranet's.
    ports : tuple of int
    bytes : int
        Of one photo.
    seconds, idle : float
        One fetch takes at most, all redirects included; a server is silent at most.
    redirects : int
    at_once, at_once_each : int
        Fetches at a time: in all, and of one caller.
    tls : SSLContext or None
        What certificates are checked with; None: the usual authorities.
    """

    allow: tuple[Network, ...] = ()
    ports: tuple[int, ...] = (80, 443)
    bytes: int = 64 * 2**20
    seconds: float = 30.0
    idle: float = 10.0
    redirects: int = 5
    at_once: int = 8
    at_once_each: int = 4
    tls: ssl.SSLContext | None = None


def policy_of(settings: Settings) -> Policy:
    """Return what a service's settings let be fetched.

    Raises
    ------
    OptionError
        A network in them is none.
    """
    allow = networks(settings.fetch_allow)
    # Certificates are read from the disk once, and not for each photo.
    tls = httpcore.default_ssl_context()
    return Policy(allow, settings.fetch_ports, settings.body_bytes, tls=tls)


class Fetcher:
    """Fetches photos, a few at a time; used from one event loop.

    Parameters
    ----------
    policy : Policy
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._places = asyncio.Semaphore(policy.at_once)
        self._mine: Counter[str] = Counter()
        # Threads of its own: a name server that does not answer must not hold up anything else.
        self._lookups = ThreadPoolExecutor(2 * policy.at_once, "lookup")

    async def photo(self, caller: str, url: str) -> bytes:
        """Fetch a photo when there is a place.

        Raises
        ------
        Busy, TooMany
            Too much is fetched already, in all or for this caller.
        ForbiddenAddress, FailedDownload, BigBody, NotAnImage
            As :func:`fetch_photo`.
        """
        if self._mine[caller] >= self._policy.at_once_each:
            problem = f"has {self._mine[caller]} photos being fetched already"
            raise TooMany("this caller", problem, "Send fewer at a time.", self._policy.seconds / 2)
        self._mine[caller] += 1
        try:
            return await self._in_turn(url)
        finally:
            self._mine[caller] -= 1
            self._mine += Counter()  # forgets whoever has none

    def close(self) -> None:
        """Let go of the threads."""
        self._lookups.shutdown(wait=False, cancel_futures=True)

    async def _in_turn(self, url: str) -> bytes:
        try:
            await asyncio.wait_for(self._places.acquire(), self._policy.seconds)
        except TimeoutError:
            remedy = "Come again later, or send the photo itself."
            raise Busy(
                "the service", "is fetching too many photos", remedy, self._policy.seconds / 2
            ) from None
        try:
            return await fetch_photo(url, self._policy, self._resolve)
        finally:
            self._places.release()

    async def _resolve(self, host: str, port: int) -> Iterable[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._lookups, addresses_of, host, port)


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """Return all addresses of a host, by the system's resolver; blocks."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(f"{address[0]}" for *_, address in found))


async def fetch_photo(url: str, policy: Policy, resolve: Resolve) -> bytes:
    """Fetch one photo.

    Parameters
    ----------
    url : str
    policy : Policy
    resolve : callable
        Gives the addresses of a host; asked once for each hop.

    Raises
    ------
    ForbiddenAddress
        It, or what it leads on to, is not allowed; nothing was sent there.
    FailedDownload
        It cannot be had, or not in time.
    BigBody
        It is larger than the policy allows.
    NotAnImage
        It is no photo, told from its bytes.
    """
    try:
        async with asyncio.timeout(policy.seconds):
            data = await _follow(url, policy, resolve)
    except TimeoutError:
        raise _failed(f"took more than {policy.seconds:g} s") from None
    sniff(data, "the photo at the address")
    return data


async def _follow(url: str, policy: Policy, resolve: Resolve) -> bytes:
    for _ in range(policy.redirects + 1):
        target = target_of(url, policy.ports)
        addresses = await _judged(target, policy, resolve)
        answer = await _ask(target, addresses, policy)
        if isinstance(answer, bytes):
            return answer
        try:
            url = urljoin(url, answer)
        except ValueError:
            raise _failed("leads on to what is no address") from None
    raise _failed(f"leads on more than {policy.redirects} times")


async def _judged(target: Target, policy: Policy, resolve: Resolve) -> tuple[str, ...]:
    if target.literal is not None:
        found = [target.literal]
    else:
        try:
            found = [ip_address(text) for text in await resolve(target.host, target.port)]
        except (OSError, UnicodeError):
            raise _failed("has a host that is not found") from None
    if not all(is_permitted(address, policy.allow) for address in found):
        # Which address it was is nobody's business outside.
        raise ForbiddenAddress(
            "the address", "leads to a network that is not public", "Send the photo itself."
        )
    if not found:
        raise _failed("has a host that is not found")
    return tuple(map(str, found[:MOST_ADDRESSES]))


async def _ask(target: Target, addresses: tuple[str, ...], policy: Policy) -> bytes | str:
    """Return the body, or where a redirect leads."""
    limits = dict.fromkeys(("connect", "read", "write", "pool"), policy.idle)
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    tls = policy.tls
    if tls is None and target.scheme == "https":
        tls = await asyncio.to_thread(httpcore.default_ssl_context)
    try:
        async with (
            httpcore.AsyncConnectionPool(tls, network_backend=_Pinned(addresses)) as pool,
            pool.stream(
                "GET", url, headers=[*_HEADERS, ("Host", target.authority)], extensions={"timeout": limits}
            ) as response,
        ):
            return await _read(response, policy.bytes)
    except httpcore.TimeoutException:
        raise _failed(f"did not answer for {policy.idle:g} s") from None
    except (httpcore.NetworkError, ssl.SSLError) as error:
        reason = "certificate" if "CERTIFICATE" in f"{error}".upper() else "connection"
        raise _failed(f"cannot be reached (its {reason} failed)") from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
        raise _failed("answered with what is not whole or no HTTP") from None


async def _read(response: httpcore.Response, most: int) -> bytes | str:
    headers = {name.lower(): value.decode(errors="replace").strip() for name, value in response.headers}
    if response.status in REDIRECTS and b"location" in headers:
        return headers[b"location"]
    if response.status != 200:
        raise _failed(f"answered {response.status}")
    if headers.get(b"content-encoding", "identity").lower() not in ("", "identity"):
        raise _failed("answered compressed, though that was not asked for")
    length = headers.get(b"content-length", "")
    data = bytearray()
    # Said length first: what is too large anyway is not read at all.
    if not (length.isdecimal() and int(length) > most):
        async for chunk in response.aiter_stream():
            data += chunk
            if len(data) > most:
                break
        else:
            return bytes(data)
    raise BigBody("the photo at the address", f"is larger than {most / 2**20:.4g} MiB", "Use a smaller one.")


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to these addresses, whatever the host's name means by now."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._addresses = addresses
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first that answers."""
        for address in self._addresses[:-1]:
            try:
                return await self._plain.connect_tcp(address, port, timeout, None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._plain.connect_tcp(self._addresses[-1], port, timeout, None, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait between attempts."""
        await self._plain.sleep(seconds)


def _failed(problem: str) -> FailedDownload:
    return FailedDownload("the address", problem, TRY_AGAIN)
