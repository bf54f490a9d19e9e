"""The page at `/`: its headers, how it is kept and packed, behind a path, and without it."""

import gzip
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from alphacut.server import editor
from alphacut.server.settings import Settings
from reverse_proxy import behind

SOURCE = Path(__file__).parents[2] / "editor"
SCRIPT = "console.log(1)\n" * 100
built = pytest.mark.skipif(
    not (editor.PAGE / "index.html").is_file(), reason="the editor is not built: make editor"
)


class Links(HTMLParser):
    """The addresses that a page loads at once."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "script" or (tag == "link" and named.get("rel") in ("stylesheet", "modulepreload")):
            self.found.append(named.get("src") or named["href"])


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A small page as the build leaves it, with the project's own headers."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<script type="module" src="./assets/a-1a2b.js"></script>')
    (folder / "note.txt").write_text("hello")
    shutil.copy(SOURCE / "headers.json", folder)
    script = folder / "assets" / "a-1a2b.js"
    script.write_text(SCRIPT)
    script.with_name("a-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / "assets" / "run-3c4d.wasm").write_bytes(b"\0asm")
    monkeypatch.setattr(editor, "PAGE", folder)
    return folder


def policy(answer):
    """Return the directives of an answer's Content-Security-Policy."""
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: set(values) for name, *values in parts}


@pytest.mark.parametrize("path", ["/", "/index.html", "/assets/a-1a2b.js", "/assets/run-3c4d.wasm"])
def test_every_file_has_the_headers_of_safety(page, serve, path):
    answer = httpx.get(f"{serve()}{path}")
    assert answer.status_code == 200
    rules = policy(answer)
    assert rules["default-src"] == {"'none'"}
    assert rules["script-src"] == {"'self'", "'wasm-unsafe-eval'"}
    assert rules["connect-src"] == rules["style-src"] == {"'self'"}
    # Nothing inline, nothing evaluated, and nowhere else to go.
    allowed = set().union(*rules.values())
    assert allowed <= {"'none'", "'self'", "'wasm-unsafe-eval'", "blob:", "data:"}
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == {"'none'"}
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in answer.headers["permissions-policy"]


def test_kinds(page, serve):
    server = serve()
    kinds = {
        "/": "text/html",
        "/assets/a-1a2b.js": "text/javascript",
        "/assets/run-3c4d.wasm": "application/wasm",
    }
    for path, kind in kinds.items():
        assert httpx.get(f"{server}{path}").headers["content-type"].split(";")[0] == kind


def test_a_file_with_its_hash_in_its_name_is_kept_and_the_page_is_asked_for_anew(page, serve):
    server = serve()
    asset = httpx.get(f"{server}/assets/a-1a2b.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    first = httpx.get(f"{server}/")
    assert first.headers["cache-control"] == "no-cache"
    again = httpx.get(f"{server}/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_a_new_build_of_the_same_size_and_date_is_noticed(page, serve):
    old = httpx.get(f"{serve()}/").headers["etag"]
    stat = (page / "index.html").stat()
    (page / "index.html").write_text('<script type="module" src="./assets/b-9z8y.js"></script>')
    os.utime(page / "index.html", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    answer = httpx.get(f"{serve()}/", headers={"If-None-Match": old})
    assert answer.status_code == 200
    assert "b-9z8y" in answer.text


@pytest.mark.parametrize(
    ("header", "coding"),
    [("br, gzip", "gzip"), ("gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("br", None), ("identity", None)],
)
def test_packed_files_are_sent_to_whom_they_suit(page, serve, header, coding):
    answer = httpx.get(f"{serve()}/assets/a-1a2b.js", headers={"Accept-Encoding": header})
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == SCRIPT
    assert answer.headers["content-type"].startswith("text/javascript")
    packed = page / "assets" / "a-1a2b.js.gz"
    assert int(answer.headers["content-length"]) == (packed.stat().st_size if coding else len(SCRIPT))


def test_packed_and_plain_files_are_not_taken_for_each_other(page, serve):
    url = f"{serve()}/assets/a-1a2b.js"
    tags = {httpx.get(url, headers={"Accept-Encoding": way}).headers["etag"] for way in ("gzip", "identity")}
    assert len(tags) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/a-1a2b.js.gz",
        "/headers.json",
        "/assets/..%2Findex.html",
        "/..%2f..%2fapp.py",
        "/x",
    ],
)
def test_nothing_else_of_the_machine_is_served(page, serve, path):
    assert httpx.get(f"{serve()}{path}").status_code == 404


def test_other_files_of_the_build_are_served_and_the_head_alone_too(page, serve):
    server = serve()
    assert httpx.get(f"{server}/note.txt").text == "hello"
    answer = httpx.head(f"{server}/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == (page / "index.html").stat().st_size


def test_behind_a_path_of_another_site(page, serve, photo):
    with behind("/tools/cut", serve(prefix="/tools/cut").url) as url:
        index = httpx.get(f"{url}/")
        assert index.status_code == 200
        for link in Links(index.text).found:
            assert httpx.get(urljoin(f"{url}/", link)).text == SCRIPT
        answer = httpx.post(
            f"{url}/v1/cutouts", content=photo, headers={"Content-Type": "image/png"}, timeout=60
        )
        assert answer.status_code == 200


def test_without_a_build_the_page_says_so_and_the_service_works(tmp_path, monkeypatch, serve, photo):
    monkeypatch.setattr(editor, "PAGE", tmp_path / "nothing")
    server = serve()
    answer = httpx.get(f"{server}/")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "make editor" in answer.text
    made = httpx.post(
        f"{server}/v1/cutouts", content=photo, headers={"Content-Type": "image/png"}, timeout=60
    )
    assert made.status_code == 200


def test_no_editor(page, serve):
    server = serve(editor=False)
    assert httpx.get(f"{server}/").status_code == 404
    assert httpx.get(f"{server}/assets/a-1a2b.js").status_code == 404
    assert httpx.get(f"{server}/health").status_code == 200
    assert Settings().editor


@built
def test_the_first_page_is_small(serve):
    url, packed = f"{serve()}/", {"Accept-Encoding": "br"}
    index = httpx.get(url)
    addresses = [url, *(urljoin(url, link) for link in Links(index.text).found)]
    assert len(addresses) > 1
    sizes = []
    for address in addresses:
        answer = httpx.get(address, headers=packed)
        assert answer.headers["content-encoding"] == "br", address
        sizes.append(int(answer.headers["content-length"]))
    assert sum(sizes) <= 200_000, dict(zip(addresses, sizes, strict=True))


@built
def test_the_page_names_nothing_outside():
    text = (editor.PAGE / "index.html").read_text()
    assert not re.search(r"""(?:src|href)=["']?(?:https?:|//|/)""", text)
    assert "<script>" not in text and "<style" not in text and " style=" not in text
