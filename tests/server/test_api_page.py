"""docs/api.md and /docs say what the service does: the page's lines run, and nothing is loaded from elsewhere."""

import html.parser
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from skimage import data

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
LINES = [
    block
    for found in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for block in re.split(r"\n(?=curl)", found)
]
BASE = "http://127.0.0.1:7000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that the page speaks of."""
    folder = tmp_path_factory.mktemp("page")
    photo = Image.fromarray(np.ascontiguousarray(data.astronaut()[:160, 150:330]))
    photo.save(folder / "photo.jpg", quality=95)
    photo.transpose(Image.Transpose.ROTATE_90).save(folder / "beach.jpg")
    listing = Image.new("RGB", (120, 90))
    listing.paste("white", (30, 20, 80, 80))
    listing.save(folder / "listing.jpg")
    (folder / "look.toml").write_text('[look]\nbackground = "linear(white, #ccc)"\n')
    return folder


def script(lines, url):
    assert BASE in lines or "curl" not in lines
    return lines.replace(BASE, url).replace("curl ", "curl --silent --show-error --fail-with-body ")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_the_page_s_lines_run(server, folder):
    assert len(LINES) > 12
    (echo,) = [line for line in LINES if line.startswith("echo")]
    for lines in [echo, *(line for line in LINES if line is not echo)]:
        done = subprocess.run(
            ["bash", "-e", "-c", script(lines, server.url)], cwd=folder, capture_output=True, check=False
        )
        assert done.returncode == 0, (lines, done.stdout, done.stderr)
        target = re.search(r" -o (\S+)", lines)
        if target:
            sent = (folder / target[1]).read_bytes()
            check_kind(target[1], sent)
            (folder / target[1]).unlink()
        elif "curl" in lines:
            assert json.loads(done.stdout)


def check_kind(name, sent):
    if name.endswith(".zip"):
        assert zipfile.ZipFile(io.BytesIO(sent)).namelist() == ["color.jpg", "alpha.png"]
    else:
        suffix = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[Image.open(io.BytesIO(sent)).format]
        assert name.endswith(suffix)


def test_every_route_and_header_stands_on_the_page(server):
    document = httpx.get(f"{server.url}/openapi.json").json()
    for path, verbs in document["paths"].items():
        for verb in verbs:
            if path.startswith(("/v1/cutouts", "/v1/mattes", "/v1/inspect", "/v1/models", "/v1/presets")):
                assert f"`{verb.upper()} {path}`" in PAGE
    headers = document["paths"]["/v1/cutouts"]["post"]["responses"]["200"]["headers"]
    for header in headers:
        assert f"`{header}`" in PAGE


class Links(html.parser.HTMLParser):
    """Collects what a page loads or points to, and its tags."""

    def __init__(self):
        super().__init__()
        self.tags, self.targets, self.ids = set(), [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        self.targets += [given[name] for name in ("href", "src") if name in given]
        self.ids |= {given["id"]} if "id" in given else set()
        assert "style" not in given and not any(name.startswith("on") for name in given)


def test_the_docs_load_nothing_and_name_every_option(server):
    answer = httpx.get(f"{server.url}/docs")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    found = Links()
    found.feed(answer.text)
    assert not found.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert all(target.startswith("#") or target == "/openapi.json" for target in found.targets)
    assert {target[1:] for target in found.targets if target.startswith("#")} <= found.ids
    assert "url(" not in answer.text and "@import" not in answer.text
    schema = httpx.get(f"{server.url}/v1/recipes/schema").json()
    names = set(schema["properties"]) - {"$schema", "input", "look", "frame", "output"}
    assert len(names) > 40
    assert all(f"<code>{name}</code>" in answer.text for name in names)


def test_the_openapi_describes_every_kind_of_body(server):
    document = httpx.get(f"{server.url}/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path in ("/v1/cutouts", "/v1/mattes", "/v1/inspect"):
        operation = document["paths"][path]["post"]
        content = operation["requestBody"]["content"]
        assert {
            "multipart/form-data",
            "application/json",
            "application/x-www-form-urlencoded",
            "image/*",
        } <= set(content)
        for part in [*content.values(), *operation["responses"]["422"]["content"].values()]:
            name = part["schema"].get("$ref", "").rpartition("/")[2]
            assert not name or name in schemas
    assert set(schemas["MatteOptions"]["properties"]) < set(schemas["LookOptions"]["properties"])
    assert "background" not in schemas["MatteForm"]["properties"]
    assert set(document["paths"]["/v1/cutouts"]["post"]["responses"]["200"]["content"]) == {
        *("image/png", "image/webp", "image/avif", "image/tiff", "image/jpeg"),
        *("application/zip", "application/json"),
    }
