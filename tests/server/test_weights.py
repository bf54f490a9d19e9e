"""The networks' files for pages: listed, whole, in parts, and kept by browsers."""

import asyncio
import hashlib

import httpx
import pytest

from alphacut.options import Options
from alphacut.server.app import create_app
from alphacut.server.settings import Settings


@pytest.fixture
def get(home, tmp_path):
    """A function that asks a service for a path, with headers."""
    app = create_app(Settings(options=Options(model="tiny"), folder=tmp_path / "server"))

    def ask(path, method="GET", **headers):
        async def once():
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(once())

    yield ask
    app.state.service.desk.close()
    app.state.service.cutter.close()


def test_the_list_says_what_a_page_has_to_know(get):
    answer = get("/v1/weights")
    (entry,) = answer.json()["models"]
    assert answer.headers["cache-control"] == "no-cache"
    whole = get(f"/v1/{entry['file']}")
    assert len(whole.content) == entry["bytes"]
    assert hashlib.sha256(whole.content).hexdigest() == entry["sha256"]


def test_a_file_is_kept_for_ever_and_asked_for_once(get):
    (entry,) = get("/v1/weights").json()["models"]
    path = f"/v1/{entry['file']}"
    head = get(path, "HEAD")
    assert head.headers["etag"] == f'"{entry["sha256"]}"'
    assert "immutable" in head.headers["cache-control"]
    assert (head.content, head.headers["content-length"]) == (b"", str(entry["bytes"]))
    assert get(path, **{"If-None-Match": head.headers["etag"]}).status_code == 304


def test_a_cut_download_goes_on(get):
    (entry,) = get("/v1/weights").json()["models"]
    path = f"/v1/{entry['file']}"
    whole = get(path).content
    rest = get(path, Range="bytes=100-", **{"If-Range": f'"{entry["sha256"]}"'})
    assert (rest.status_code, rest.content) == (206, whole[100:])
    assert rest.headers["content-range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"
    assert get(path, Range="bytes=100-", **{"If-Range": '"another"'}).content == whole
    assert get(path, Range=f"bytes={len(whole)}-").status_code == 416


def test_nothing_else_is_served(get):
    for name in ("tiny.onnx", "..%2F..%2Ftiny.toml", "isnet-f16-0000000000000000.onnx"):
        assert get(f"/v1/weights/{name}").status_code in (404, 422)
