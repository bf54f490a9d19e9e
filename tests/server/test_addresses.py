"""Hostile spellings of addresses: each is refused before anything is sent anywhere."""

import asyncio
from ipaddress import ip_address, ip_network

import pytest

from alphacut.server.addresses import is_permitted, is_public, target_of
from alphacut.server.fetch import Policy, fetch_photo
from alphacut.server.problems import ForbiddenAddress
from hostile import SPELLINGS, lines

# Well spelt, and not public: each is refused as a literal, as what a name means, and behind a redirect.
NUMBERS = lines("""
0.0.0.0
0.1.2.3
10.0.0.1
10.255.255.255
100.64.0.1
100.100.100.200
100.127.255.255
127.0.0.1
127.255.255.254
168.63.129.16
169.254.0.1
169.254.169.254
169.254.170.2
172.16.0.1
172.31.255.255
192.0.0.1
192.0.0.192
192.0.2.1
192.88.99.1
192.168.0.1
192.168.255.255
198.18.0.1
198.19.255.255
198.51.100.1
203.0.113.1
224.0.0.1
239.255.255.255
240.0.0.1
255.255.255.255
::
::1
::127.0.0.1
::8.8.8.8
::ffff:0.0.0.0
::ffff:127.0.0.1
::ffff:10.0.0.1
::ffff:169.254.169.254
::ffff:8.8.8.8
::ffff:7f00:1
0:0:0:0:0:ffff:7f00:0001
::ffff:0:127.0.0.1
64:ff9b::127.0.0.1
64:ff9b::a00:1
64:ff9b::169.254.169.254
64:ff9b:1::1
64:ff9b:1::8.8.8.8
100::1
2001::1
2001:0:7f00:1::1
2001:2::1
2001:10::1
2001:20::1
2001:db8::1
2002:7f00:1::
2002:a9fe:a9fe::1
2002:a00:1::1
3fff::1
5f00::1
4000::1
fc00::1
fd00:ec2::254
fd20:ce::254
fe80::1
febf::1
fec0::1
ff02::1
ff0e::1
2606:4700::5efe:7f00:1
2606:4700::200:5efe:a00:1
""")

PUBLIC = lines("""
1.1.1.1
8.8.8.8
100.63.255.255
100.128.0.1
172.15.0.1
172.32.0.1
169.253.0.1
2606:4700:4700::1111
2a00:1450:4001::1
64:ff9b::8.8.8.8
""")


def fetch(url, resolve):
    return asyncio.run(fetch_photo(url, Policy(seconds=5.0), resolve))


async def nobody(host, port):
    raise AssertionError(f"{host} was looked up")


def test_the_table_is_long_enough():
    assert len(SPELLINGS) + len(NUMBERS) >= 150
    assert len(set(SPELLINGS)) == len(SPELLINGS)


@pytest.mark.parametrize("url", SPELLINGS)
def test_an_odd_spelling_is_refused_before_any_look_up(url):
    with pytest.raises(ForbiddenAddress):
        fetch(url, nobody)


@pytest.mark.parametrize(
    "url", ["http://a.example/\r\nHost: b", "http://a.ex\tample/", "http://a.example/\0"]
)
def test_control_characters_are_refused(url):
    with pytest.raises(ForbiddenAddress):
        fetch(url, nobody)


def test_an_endless_address_is_refused():
    with pytest.raises(ForbiddenAddress):
        fetch("http://a.example/" + "a" * 5000, nobody)
    with pytest.raises(ForbiddenAddress):
        fetch(f"http://{'a' * 64}.example/", nobody)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_not_public_is_refused_in_every_place(number):
    address = ip_address(number)
    assert not is_public(address)
    literal = f"[{number}]" if ":" in number else number
    with pytest.raises(ForbiddenAddress) as refused:
        fetch(f"http://{literal}/a.jpg", nobody)
    assert number not in str(refused.value)

    async def means(host, port):
        return ["8.8.8.8", number]  # one bad address among good ones is enough

    with pytest.raises(ForbiddenAddress) as refused:
        fetch("https://photos.example/a.jpg", means)
    assert number not in str(refused.value)


@pytest.mark.parametrize("number", PUBLIC)
def test_a_public_number_is_public(number):
    assert is_public(ip_address(number))


def test_a_scoped_address_is_never_permitted():
    scoped = ip_address("fe80::1%eth0")
    assert not is_permitted(scoped, [ip_network("fe80::/10")])
    assert is_permitted(ip_address("fe80::1"), [ip_network("fe80::/10")])


def test_an_allowed_network_allows_no_other_spelling_of_itself():
    allow = [ip_network("127.0.0.0/8")]
    assert is_permitted(ip_address("127.0.0.1"), allow)
    assert not is_permitted(ip_address("::ffff:127.0.0.1"), allow)
    assert not is_permitted(ip_address("10.0.0.1"), allow)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://Photos.Example", "photos.example", "/"),
        ("https://photos.example:443/a b.jpg?x=1 2#part", "photos.example", "/a%20b.jpg?x=1%202"),
        ("http://photos.example:443/%C3%A9é", "photos.example:443", "/%C3%A9%C3%A9"),
        ("http://MÜNCHEN.example/", "xn--mnchen-3ya.example", "/"),
        ("http://[2606:4700::1111]/", "[2606:4700::1111]", "/"),
        ("http://8.8.8.8/", "8.8.8.8", "/"),
        ("http://my_bucket.photos.example/", "my_bucket.photos.example", "/"),
    ],
)
def test_a_plain_address_is_taken_apart(url, authority, path):
    target = target_of(url, (80, 443))
    assert (target.authority, target.path) == (authority, path)
