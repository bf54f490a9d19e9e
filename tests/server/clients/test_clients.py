"""Clients off the shelf, unchanged but for the address: from PyPI, from npm, and curl.

The npm packages are installed by ``npm ci`` in this folder; without Node or without them these tests are skipped.
"""

import base64
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
from PIL import Image

from loopback import FETCHING, running_at, serving

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"
CLOUD = "https://api.remove.bg"

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (PACKAGES / "remove.bg").is_dir(),
    reason="Node and its packages are missing: npm ci --prefix tests/server/clients",
)
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")


@pytest.fixture(scope="module")
def address(server_home):
    with running_at() as url:
        yield url


@pytest.fixture
def photo(tmp_path):
    """A white rectangle of 80×40 in a transparent picture of 200×100."""
    image = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (40, 20, 120, 60))
    image.save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def check_cutout(data, size=(200, 100)):
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", size)
    assert picture.getpixel((0, 0))[3] == 0 or size != (200, 100)
    assert picture.getpixel((size[0] * 2 // 5, size[1] * 2 // 5)) == (255, 255, 255, 255)


@pytest.fixture
def from_pypi(address, monkeypatch, tmp_path):
    """The package `removebg`: its address is a constant of its module, as a user would set it."""
    module = pytest.importorskip("removebg.removebg", reason="pip install removebg")
    assert f"{CLOUD}/v1.0/removebg" == module.API_ENDPOINT
    monkeypatch.setattr(module, "API_ENDPOINT", f"{address}/v1.0/removebg")
    monkeypatch.chdir(tmp_path)
    return module.RemoveBg("any key", str(tmp_path / "errors.log"))


def test_the_client_from_pypi_sends_a_file(from_pypi, photo):
    from_pypi.remove_background_from_img_file(str(photo))
    check_cutout(Path(f"{photo}_no_bg.png").read_bytes())


def test_the_client_from_pypi_sends_base64(from_pypi, photo, tmp_path):
    text = base64.b64encode(photo.read_bytes())
    from_pypi.remove_background_from_base64_img(text, size="hd", new_file_name="b.png", bg_color="81d4fa")
    assert Image.open(tmp_path / "b.png").getpixel((2, 2)) == pytest.approx((129, 212, 250), abs=2)


def test_the_client_from_pypi_sees_an_error(from_pypi):
    with pytest.raises(requests.HTTPError, match="400"):
        from_pypi.remove_background_from_img_url("https://example.com/a.jpg")


@pytest.fixture
def from_npm(address, tmp_path):
    """The package `remove.bg`: its address is a constant that only its file has, so that is what is changed."""
    shutil.copytree(PACKAGES / "remove.bg", tmp_path / "remove.bg")
    main = tmp_path / "remove.bg" / "dist" / "index.js"
    text = main.read_text()
    assert text.count(CLOUD) == 1
    main.write_text(text.replace(CLOUD, address))

    def call(name, **options):
        words = [
            "node",
            HERE / "removebg.cjs",
            main.parent.parent,
            name,
            json.dumps(options | {"apiKey": "any"}),
        ]
        environment = os.environ | {"NODE_PATH": str(PACKAGES), "NODE_NO_WARNINGS": "1"}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    return call


@needs_node
def test_the_client_from_npm_sends_a_file(from_npm, photo, tmp_path):
    target = tmp_path / "out.png"
    said = from_npm("removeBackgroundFromImageFile", path=str(photo), size="auto", outputFile=str(target))
    check_cutout(target.read_bytes())
    result = said["result"]
    assert base64.b64decode(result["base64img"]) == target.read_bytes()
    assert (result["resultWidth"], result["resultHeight"]) == ("200", "100")
    assert (result["detectedType"], result["creditsCharged"]) == ("other", "0")
    assert int(result["rateLimit"]) >= int(result["rateLimitRemaining"]) > 0


@needs_node
def test_the_client_from_npm_sends_base64_and_all_it_knows(from_npm, photo):
    said = from_npm(
        "removeBackgroundFromImageBase64",
        base64img=base64.b64encode(photo.read_bytes()).decode(),
        size="full",
        type="product",
        scale="50%",
        position="center",
        crop=True,
        crop_margin="10%",
        roi="0% 0% 100% 100%",
        channels="rgba",
        add_shadow=False,
    )
    assert said["result"]["detectedType"] == "product"
    check_cutout(base64.b64decode(said["result"]["base64img"]), (160, 80))


@needs_node
def test_the_client_from_npm_is_told_why(from_npm, photo):
    (error,) = from_npm("removeBackgroundFromImageFile", path=str(photo), roi="0 0 9999 9999")["errors"]
    assert error["code"] == "roi_exceeds_bounds" and error["title"]
    (error,) = from_npm("removeBackgroundFromImageUrl", url="https://example.com/a.jpg")["errors"]
    assert error["code"] == "invalid_image_url"


def shell(line, folder):
    subprocess.run(line, shell=True, cwd=folder, check=True, timeout=60)


REMOVEBG_LINES = [
    "curl -H 'X-API-Key: any' -F 'image_file=@photo.png' -F 'size=auto' -f {url}/v1.0/removebg -o out.png",
    "curl -H 'Authorization: Bearer any' -F 'image_file=@photo.png' -f {url}/v1.0/removebg -o out.png",
    'curl -F "image_file_b64=<photo.txt" -f {url}/v1.0/removebg -o out.png',
    "curl --data-urlencode image_file_b64@photo.txt -d size=auto -f {url}/v1.0/removebg -o out.png",
    "curl -H 'Content-Type: application/json' -d @photo.json -f {url}/v1.0/removebg -o out.png",
]


@needs_curl
@pytest.mark.parametrize("line", REMOVEBG_LINES)
def test_curl_speaks_with_removebg(address, photo, line):
    text = base64.b64encode(photo.read_bytes()).decode()
    photo.with_suffix(".txt").write_text(text)
    photo.with_suffix(".json").write_text(json.dumps({"image_file_b64": text, "size": "auto"}))
    shell(line.format(url=address), photo.parent)
    check_cutout((photo.parent / "out.png").read_bytes())


# The lines of rembg's README, with their addresses and paths changed.
REMBG_LINES = [
    'curl -s "http://localhost:7000/api/remove?url=http://input.png" -o output.png',
    'curl -s -F file=@/path/to/input.jpg "http://localhost:7000/api/remove" -o output.png',
]


@needs_curl
@pytest.mark.parametrize("line", REMBG_LINES)
def test_the_curl_lines_of_rembgs_readme(server_home, photo, fileserver, line):
    with running_at(**FETCHING) as url:
        line = line.replace("http://localhost:7000", url)
        line = line.replace("http://input.png", f"{fileserver}/photo.png").replace(
            "/path/to/input.jpg", str(photo)
        )
        shell(line, photo.parent)
    check_cutout((photo.parent / "output.png").read_bytes())


@pytest.fixture
def fileserver(tmp_path):
    with serving(tmp_path) as url:
        yield url
