"""Three hundred hostile requests: each is answered with a 4xx in its time, and the server is well afterwards."""

import time

import httpx
import pytest

from hostile import PATHS, ROUTES, SPELLINGS, bodies, bombs, truncated, wrong_kinds
from loopback import running

IN_TIME = 20.0
"""Seconds: far above what an answer takes on a busy machine, far below what an unbounded one would."""


@pytest.fixture(scope="module")
def victim(server_home):
    """A server that would fetch, if it were allowed to."""
    changes = {"fetch": True, "body_bytes": 4 * 2**20, "body_seconds": 5.0, "connections_each": 512}
    with running(server_home / "victim", **changes) as place:
        yield place


@pytest.fixture(scope="module")
def client(victim):
    with httpx.Client(base_url=victim.url, timeout=IN_TIME) as client:
        yield client


def photos():
    yield from truncated()
    yield from bombs()
    yield from wrong_kinds()


def requests_of(client, photo):
    """Yield every hostile request as a name and a function that sends it."""

    def post(path, **said):
        return lambda: client.post(path, **said)

    for name, data in photos():
        yield name, post("/v1/cutouts", files={"image": ("a.png", data)})
    for name, kind, body in bodies():
        yield name, post("/v1/cutouts", content=body, headers={"Content-Type": kind})
        yield f"{name}, to remove.bg", post("/v1.0/removebg", content=body, headers={"Content-Type": kind})
    for path in PATHS:
        for option in ("background", "match"):
            yield f"{option} {path}", post("/v1/cutouts", files={"image": photo}, data={option: path})
    for path in ROUTES:
        yield f"GET {path}", lambda path=path: client.get(path)
    for url in SPELLINGS:
        yield f"fetch {url[:60]}", post("/v1.0/removebg", data={"image_url": url})
        yield f"rembg {url[:60]}", lambda url=url: client.get("/api/remove", params={"url": url})
    for name, value in (("X-Long", "y" * 100_000), ("Cookie", "a=b; " * 20_000), ("Content-Length", "-1")):
        yield f"header {name}", post("/v1/cutouts", content=b"x", headers={name: value})
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"):
        yield method, lambda method=method: client.request(method, "/v1/cutouts")


def test_every_answer_is_a_refusal_in_time_and_the_server_lives(victim, client, photo):
    wrong, count = [], 0
    for name, send in requests_of(client, photo):
        start, count = time.monotonic(), count + 1
        try:
            status = send().status_code
        except (httpx.RemoteProtocolError, httpx.LocalProtocolError, httpx.WriteError, httpx.ReadError):
            status = 400  # cut off, or nothing that could even be sent
        if not 400 <= status < 500 or time.monotonic() - start > IN_TIME:
            wrong.append((name, status, round(time.monotonic() - start, 1)))
    assert wrong == []
    assert count >= 300
    assert client.get("/health").status_code == 200
    assert client.post("/v1/cutouts", files={"image": photo}).status_code == 200
    assert victim.service.desk.waiting == victim.service.desk.working == 0
