"""Which addresses the service may fetch a photo from: the public internet, and what is allowed by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

import idna

from ..errors import OptionError
from .problems import ForbiddenAddress

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST = 4096
PORTS = {"http": 80, "https": 443}
_NETLOC = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s\[\]@:/\\%]+))(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(
    r"[0-9]+|0x[0-9a-f]*"
)  # a host whose last label is one is an IPv4 address in some spelling
_OTHER_DOTS = "\u3002\uff0e\uff61"
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_REFUSED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        # Python's own is_global knows these in some versions only, or calls them global.
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's host agent: a public number that never leaves the machine's host
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),  # Teredo, documentation, 6to4
    )
)


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart, each part in its one plain spelling."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> Address | None:
        """The host, where it is a number."""
        return _number(self.host)

    @property
    def authority(self) -> str:
        """What the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, ports: Iterable[int]) -> Target:
    """Take an address apart.

    Parameters
    ----------
    url : str
    ports : iterable of int
        The only ones that may be asked.

    Raises
    ------
    ForbiddenAddress
        It is none of http or https, has another port, a user's name, or a host in any but its plain spelling.
    """
    if len(url) > LONGEST or not url.isprintable():
        raise _forbidden(f"is longer than {LONGEST} characters, or has characters that none may have")
    try:
        parts = urlsplit(url)
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    except ValueError:
        raise _forbidden("is no address") from None
    if parts.scheme not in PORTS:
        raise _forbidden("is neither http nor https")
    if "@" in parts.netloc:
        raise _forbidden("has a user's name in it")
    match = _NETLOC.fullmatch(parts.netloc)
    if match is None:
        raise _forbidden("has no host, or one that is misspelt")
    port = int(match["port"] or PORTS[parts.scheme])
    if port not in ports:
        raise _forbidden("has a port that is not allowed here")
    host = _six(match["six"]) if match["six"] else _name(match["name"])
    return Target(parts.scheme, host, port, f"{path}?{query}" if parts.query else path)


def networks(names: Iterable[str]) -> tuple[Network, ...]:
    """Return networks or single addresses that a setting names.

    Raises
    ------
    OptionError
        One is neither.
    """
    found: list[Network] = []
    for name in names:
        try:
            found.append(ip_network(name.strip()))
        except ValueError as error:
            raise OptionError(f"network {name!r}", f"is none ({error})", "Write 10.0.0.0/8 or ::1.") from None
    return tuple(found)


def is_permitted(address: Address, allow: Iterable[Network] = ()) -> bool:
    """Say whether an address may be connected to: it is public, or of a network that is allowed by name."""
    if getattr(address, "scope_id", None) is not None:
        return False
    return any(address in network for network in allow) or is_public(address)


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public internet.

    NAT64 is judged by the IPv4 address inside; the other ways to write IPv4 as IPv6 (mapped, compatible, 6to4,
    Teredo, ISATAP) are never public: no photo is served at them, and each leads around the other rules.

    Notes
    -----
    IANA's registries of special-purpose addresses, IPv4 and IPv6; RFC 6052 for NAT64, RFC 5214 for ISATAP.
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _UNICAST or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            return False
    return address.is_global and not any(address in network for network in _REFUSED)


def _number(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _six(text: str) -> str:
    try:
        return f"{IPv6Address(text)}"
    except ValueError:
        raise _forbidden("has a host that is no IPv6 address") from None


def _name(text: str) -> str:
    name = _ascii(text).lower()
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # Others read 127.1, 0x7f.1, 0177.0.0.1 and 2130706433 as 127.0.0.1; only the plain spelling is one.
        if name != text or not isinstance(_number(name), IPv4Address):
            raise _forbidden("has a number as its host that is no plain IPv4 address")
    elif len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise _forbidden("has a host that is no plain name")
    return name


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    if any(dot in text for dot in _OTHER_DOTS):
        raise _forbidden("has a host that is no plain name")
    try:
        return idna.encode(text.lower()).decode()
    except idna.IDNAError:
        raise _forbidden("has a host that is no plain name") from None


def _forbidden(problem: str) -> ForbiddenAddress:
    return ForbiddenAddress(
        "the address", problem, "Give a plain public one, such as https://host/photo.jpg."
    )
