"""Who asks: a key, or where there are none, an address."""

from __future__ import annotations

import time
from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

from .accounts import Caller, take
from .addresses import Network
from .keys import Key
from .problems import NoKey, TooMany
from .rates import Bucket
from .service import Service

MEGAPIXELS = 500.0  # a minute, for a key that says nothing else: what remove.bg allows
KEY = "key "  # begins the name of a caller that has one
FAILURES = 20.0  # wrong keys of one address a minute
_HOW = "Send it as the header X-API-Key, or as Authorization: Bearer KEY."


async def identify(request: Request, service: Service) -> Caller:
    """Find out who asks, and count the request, once however often it is asked.

    Parameters
    ----------
    request : Request
        Is given the caller as ``state.caller``, which :meth:`Service.cut` charges.
    service : Service

    Raises
    ------
    NoKey
        A key is needed, and there is none, or one that is unknown or revoked.
    TooMany
        The caller is over its rate, or its address sent too many wrong keys.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    settings, meters = service.settings, service.meters
    address = client_address(request, service.proxies)
    key = await _key(request, service, neighbourhood(address)) if service.keys else None
    name = f"{KEY}{key.id}" if key else neighbourhood(address)
    rate = key.terms.rate if key and key.terms.rate else settings.rate
    bucket = meters.bucket("requests", name, rate) if rate else None
    await take(bucket, "requests", 1.0, service.keys, key)
    megapixels = _megapixels(name, key, service)
    await take(megapixels, "megapixels", 0.0, service.keys, key)
    caller = request.state.caller = Caller(name, address, key, megapixels)
    return caller


async def recalled(name: str, service: Service) -> Caller:
    """Return a caller that left a job here, by its name, with its key as that is now.

    Raises
    ------
    NoKey
        The key was revoked meanwhile.
    """
    if service.keys is None or not name.startswith(KEY):
        return Caller(name, "")
    key = await service.keys.known(int(name.removeprefix(KEY)))
    if key is None:
        raise NoKey("the key of this job", "was revoked", _HOW)
    return Caller(name, "", key, _megapixels(name, key, service))


def _megapixels(name: str, key: Key | None, service: Service) -> Bucket | None:
    usual = service.settings.megapixels or (MEGAPIXELS if key else None)
    limit = (key.terms.megapixels if key else None) or usual
    return service.meters.bucket("megapixels", name, limit) if limit else None


async def _key(request: Request, service: Service, address: str) -> Key:
    given = key_of(request)
    if not given:
        raise NoKey("this request", "has no key", _HOW)
    wrong = service.meters.bucket("wrong keys", address, FAILURES)
    # Asked first: after too many wrong ones not even a right one is looked up, so guessing learns nothing.
    wait = wrong.wait(1.0, time.time())
    if wait:
        raise TooMany("this address", "sent too many wrong keys", "Come again later.", wait)
    key = await service.keys.find(given) if service.keys else None
    if key is None:
        wrong.take(1.0, time.time())
        raise NoKey("the key", "is unknown or revoked", _HOW)
    return key


def key_of(request: Request) -> str:
    """Return the key that a request brings, or nothing."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    given = request.headers.get("x-api-key", "") or (bearer if scheme.lower() == "bearer" else "")
    return given.strip()


def client_address(request: Request, proxies: Iterable[Network]) -> str:
    """Return the client's address.

    Parameters
    ----------
    request : Request
    proxies : iterable of network
        Whose word about the client is taken. What anyone else says is not: ``X-Forwarded-For`` is read from its
        end, as far as it was written by these.
    """
    trusted = tuple(proxies)
    address = request.client.host if request.client else "local"
    said = [part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
    while said and _is_of(address, trusted):
        try:
            address = f"{ip_address(said.pop())}"
        except ValueError:
            break
    return address


def neighbourhood(address: str) -> str:
    """Return what stands for one customer: an IPv4 address, or the /64 that everyone with IPv6 has to choose from."""
    try:
        number = ip_address(address)
    except ValueError:
        return address
    if not isinstance(number, IPv6Address):
        return address
    mapped = number.ipv4_mapped
    return f"{mapped}" if mapped else f"{IPv6Network((int(number) >> 64 << 64, 64))}"


def _is_of(address: str, trusted: Iterable[Network]) -> bool:
    try:
        number = ip_address(address)
    except ValueError:
        return False
    return any(number in network for network in trusted)
