"""Our own routes, over a real connection: every way to say the same gives the same bytes."""

import base64
import io
import json
import subprocess
import sys
import zipfile

import httpx
import numpy as np
import pytest
from PIL import Image
from skimage import data

from alphacut.options import Options

LOOK = {
    "background": "linear(white, #cccccc 60%, 90)",
    "shadow": "drop",
    "shadow_opacity": 0.4,
    "crop": True,
    "margin": "5%",
    "quality": 80,
    "format": "jpeg",
}
FLAGS = [part for name, value in LOOK.items() for part in (f"--{name}".replace("_", "-"), f"{value}")]
FLAGS = [part for part in FLAGS if part != "True"]
TOML = "".join(f"{name} = {json.dumps(value)}\n" for name, value in LOOK.items())
TEXT = {name: f"{value}".lower() if name != "background" else value for name, value in LOOK.items()}


def encoded(pixels, kind="PNG"):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def in64(data):
    return base64.b64encode(data).decode()


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.fixture(scope="module")
def photo():
    return encoded(np.ascontiguousarray(data.astronaut()[:180, 150:350]), "JPEG")


@pytest.fixture(scope="module")
def beach():
    rows = np.linspace(0, 255, 90).astype(np.uint8)
    return encoded(np.stack(np.broadcast_arrays(rows[:, None], np.uint8(40), rows[None, ::-1]), -1))


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


def by_command(folder, photo, *flags):
    (folder / "in.jpg").write_bytes(photo)
    command = [sys.executable, "-m", "alphacut", "cut", "in.jpg", "-o", "-", "--model", "tiny", *flags]
    return subprocess.run(command, capture_output=True, check=True, cwd=folder).stdout


WAYS = {
    "multipart": lambda photo: {"files": {"image": photo}, "data": TEXT},
    "form": lambda photo: {"data": TEXT | {"image": in64(photo)}},
    "json": lambda photo: {"json": LOOK | {"image": in64(photo)}},
    "json of texts": lambda photo: {"json": TEXT | {"image": in64(photo)}},
    "data url": lambda photo: {"json": LOOK | {"image": f"data:image/jpeg;base64,{in64(photo)}"}},
    "raw and query": lambda photo: {"content": photo, "params": TEXT},
    "raw with type": lambda photo: {
        "content": photo,
        "params": TEXT,
        "headers": {"content-type": "image/jpeg"},
    },
    "multipart and query": lambda photo: {"files": {"image": photo}, "params": TEXT},
    "recipe as a part": lambda photo: {"files": {"image": photo, "recipe": ("look.toml", TOML.encode())}},
    "recipe as a field": lambda photo: {"files": {"image": photo}, "data": {"recipe": TOML}},
    "recipe in JSON": lambda photo: {"json": {"image": in64(photo), "recipe": LOOK}},
    "recipe as text in JSON": lambda photo: {"json": {"image": in64(photo), "recipe": json.dumps(LOOK)}},
    "fields over a recipe": lambda photo: {
        "files": {"image": photo},
        "data": {"recipe": TOML.replace("0.4", "0.9"), "shadow-opacity": "0.4"},
    },
}


@pytest.fixture(scope="module")
def by_flags(server, tmp_path_factory, photo):
    return by_command(tmp_path_factory.mktemp("command"), photo, *FLAGS)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_bytes_of_the_command_line(client, photo, by_flags, way):
    answer = client.post("/v1/cutouts", **WAYS[way](photo))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content == by_flags


def test_a_background_comes_as_a_part_or_inline(client, photo, beach, server, tmp_path):
    (tmp_path / "beach.png").write_bytes(beach)
    expected = by_command(tmp_path, photo, "--background", "picture(beach.png, contain, #123)")
    used = {"background": "picture(beach.png, contain, #123)"}
    parts = {"image": photo, "background": ("other.png", beach)}
    recipe = 'background = "picture(/home/me/beach.png, contain, #123)"'
    for request in (
        {"files": parts, "data": used},
        {"files": parts, "data": {"recipe": recipe}},
        {"files": parts, "params": {"background": "picture(background, contain, #123)"}},
    ):
        answer = client.post("/v1/cutouts", **request)
        assert answer.content == expected, answer.text
    plain = by_command(tmp_path, photo, "--background", "beach.png")
    assert plain != expected
    url = f"data:image/png;base64,{in64(beach)}"
    for request in (
        {"files": parts},
        {"files": parts, "data": {"recipe": 'background = "white"'}},
        {"json": {"image": in64(photo), "background": url}},
    ):
        answer = client.post("/v1/cutouts", **request)
        assert answer.content == plain, answer.text
    wrong = client.post("/v1/cutouts", files=parts, data={"background": "white"})
    assert wrong.status_code == 422 and "as a part and" in wrong.json()["error"]["problem"]


def test_each_request_matches_its_own_listing(client, photo):
    for size in ((150, 120), (90, 140), (150, 120)):
        listing = np.zeros((*size[::-1], 3), np.uint8)
        listing[30:70, 20:60] = 255
        parts = {"image": photo, "match": ("listing.png", encoded(listing))}
        answer = client.post("/v1/cutouts", files=parts)
        assert answer.status_code == 200, answer.text
        assert opened(answer.content).size == size
        assert (answer.headers["x-width"], answer.headers["x-height"]) == (f"{size[0]}", f"{size[1]}")


def test_parts_that_cannot_be_used(client, photo, beach):
    cases = [
        ({"files": {"photo": photo}}, 422, "part 'photo'"),
        ({"files": [("image", photo), ("image", photo)]}, 422, "part 'image'"),
        ({"data": {"background": "white"}}, 422, "part 'image'"),
        ({"content": b""}, 422, "part 'image'"),
        ({"json": {"image": "???"}}, 422, "field 'image'"),
        ({"json": {"image": 5}}, 422, "field 'image'"),
        ({"json": {"image": "data:image/png,abc"}}, 422, "field 'image'"),
        ({"json": [1]}, 422, "the body"),
        ({"files": {"image": photo, "background": photo[:100]}}, 422, "file 'background'"),
        ({"files": {"image": b"no photo at all"}}, 415, "photo"),
        ({"files": {"image": photo}, "data": {"recipe": "[look"}}, 422, "recipe recipe"),
        ({"files": {"image": photo, "recipe": b"\xff\xfe"}}, 422, "part 'recipe'"),
        (
            {"files": {"image": photo}, "data": {"recipe": "[wrong]\na = 1"}},
            422,
            "recipe recipe: table 'wrong'",
        ),
        ({"files": {"image": photo}, "data": {"backgruond": "white"}}, 422, "option 'backgruond'"),
        ({"files": {"image": photo}, "data": {"shadow-length": "1", "shadow_length": "1"}}, 422, "option"),
        ({"json": {"image": in64(photo), "background": "\ud800"}}, 422, "option 'background'"),
        ({"content": photo, "params": {"canvas": "9000x9000"}}, 422, "option 'canvas'"),
        ({"content": photo, "params": {"device": "gpu"}}, 422, "device"),
    ]
    for request, status, subject in cases:
        body = {"content": json.dumps(request.get("json")), "headers": {"content-type": "application/json"}}
        answer = client.post("/v1/cutouts", **(body if "json" in request else request))
        assert answer.status_code == status, (request, answer.text)
        assert subject in answer.json()["error"]["subject"], answer.text


@pytest.mark.parametrize(
    ("accept", "more", "kind"),
    [
        ("*/*", {}, "image/png"),
        ("", {}, "image/png"),
        ("image/webp", {}, "image/webp"),
        ("image/*;q=0.2, image/tiff;q=0.9", {}, "image/tiff"),
        ("image/webp;q=0, image/*", {"background": "white"}, "image/png"),
        ("image/jpeg, image/webp;q=0.5", {}, "image/webp"),
        ("image/jpg, image/webp;q=0.5", {"background": "white"}, "image/jpeg"),
        ("application/zip", {}, "application/zip"),
        ("text/html", {"format": "webp"}, "image/webp"),
        ("image/png", {"format": "webp"}, "image/webp"),
    ],
)
def test_accept_chooses_where_no_format_is_given(client, photo, accept, more, kind):
    answer = client.post("/v1/cutouts", content=photo, params=more, headers={"accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == kind
    if kind == "application/zip":
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert names == ["color.jpg", "alpha.png"]
    else:
        assert f"image/{opened(answer.content).format.lower()}" == kind
    assert answer.headers["x-width"] == "200"


def test_json_holds_the_same_picture_and_the_whole_report(client, photo):
    plain = client.post("/v1/cutouts", content=photo, params={"format": "webp"})
    answer = client.post(
        "/v1/cutouts", content=photo, params={"format": "webp"}, headers={"accept": "application/json"}
    )
    found = answer.json()
    assert base64.b64decode(found["result"]) == plain.content
    assert (found["media_type"], found["width"], found["height"]) == ("image/webp", 200, 180)
    assert found["model"] == answer.headers["x-alphacut-model"] == "tiny"
    assert found["engine"] == plain.headers["x-alphacut-engine"]
    assert [warning["code"] for warning in found["warnings"]] == plain.headers["x-warnings"].split(", ")
    assert f"{found['uncertainty']}" == plain.headers["x-uncertainty"]
    assert f"{found['needs_look']}".lower() == plain.headers["x-needs-look"]
    steps = [step.partition(";dur=")[0] for step in plain.headers["server-timing"].split(", ")]
    assert {"decode", "infer", "refine", "encode"} <= set(steps) and all(" " not in step for step in steps)


def test_nothing_acceptable_or_jpeg_without_a_background(client, photo):
    none = client.post("/v1/cutouts", content=photo, headers={"accept": "text/html, image/gif"})
    assert none.status_code == 406 and "image/png" in none.json()["error"]["remedy"]
    clear = client.post("/v1/cutouts", content=photo, headers={"accept": "image/jpeg"})
    assert clear.status_code == 422 and "transparency" in clear.json()["error"]["problem"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shoe.jpg", 'attachment; filename="shoe-cutout.png"'),
        ("../../etc/passwd", 'attachment; filename="passwd-cutout.png"'),
        ("C:\\x\\a;b.jpg", 'attachment; filename="a_b-cutout.png"'),
        (".jpg", 'attachment; filename="jpg-cutout.png"'),
        (
            "写真.jpg",
            "attachment; filename=\"photo-cutout.png\"; filename*=UTF-8''%E5%86%99%E7%9C%9F-cutout.png",
        ),
        ("x" * 300 + ".jpg", f'attachment; filename="{"x" * 80}-cutout.png"'),
    ],
)
def test_the_answer_has_a_safe_name(client, photo, name, expected):
    answer = client.post("/v1/cutouts", files={"image": (name, photo)})
    assert answer.headers["content-disposition"] == expected


def test_a_matte_alone(client, photo, tmp_path, server):
    eight = client.post("/v1/mattes", content=photo)
    assert eight.content == by_command(tmp_path, photo, "--matte", "--no-decontaminate")
    deep = client.post("/v1/mattes?depth=16", content=photo, headers={"accept": "application/json"}).json()
    assert opened(base64.b64decode(deep["result"])).mode == "I;16"
    assert opened(eight.content).mode == "L"
    assert 0 <= float(eight.headers["x-uncertainty"]) == deep["uncertainty"] <= 1
    for name, value in {"background": "white", "shadow": "drop", "format": "webp", "canvas": "99"}.items():
        wrong = client.post("/v1/mattes", content=photo, params={name: value})
        assert wrong.status_code == 422
        assert name in wrong.json()["error"]["subject"] and "cutouts" in wrong.json()["error"]["remedy"]
    assert client.post("/v1/mattes", content=photo, headers={"accept": "image/webp"}).status_code == 406


def test_a_matte_is_not_framed_by_the_service_s_own_look(serve, photo):
    place = serve(options=Options(model="tiny", background="white", crop=True, canvas="50x50", format="jpeg"))
    assert opened(httpx.post(f"{place}/v1/mattes", content=photo, timeout=60).content).size == (200, 180)
    whole = opened(httpx.post(f"{place}/v1/cutouts", content=photo, timeout=60).content)
    assert (whole.size, whole.format) == ((50, 50), "JPEG")


def test_inspect_says_what_the_command_says(client, photo, tmp_path, server):
    (tmp_path / "in.jpg").write_bytes(photo)
    command = [sys.executable, "-m", "alphacut", "inspect", "in.jpg", "--model", "tiny", "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=tmp_path).stdout)
    found = client.post("/v1/inspect", content=photo, params={"background": "white"}).json()
    assert {name: found[name] for name in ("uncertainty", "needs_look", "warnings")} == {
        name: told[name] for name in ("uncertainty", "needs_look", "warnings")
    }
    assert found["model"] == "tiny" and "infer" in found["milliseconds"]


def test_the_lists(client):
    models = client.get("/v1/models").json()
    rows = {row["name"]: row for row in models["models"]}
    assert models["default"] == "tiny" and models["together"]["auto"] == ["isnet", "u2net"]
    assert rows["tiny"]["here"] is True and rows["isnet"]["here"] is False
    assert rows["isnet"]["licence"] == "Apache-2.0" and rows["isnet"]["commercial"] is True
    amazon = client.get("/v1/presets").json()["presets"][0]
    assert (amazon["name"], amazon["width"], amazon["height"], amazon["scale"]) == ("amazon", 2000, 2000, 0.9)
    assert amazon["source"].startswith("https://") and amazon["checked"]
    assert {"of": "longest_side", "at_least": 500, "at_most": 10000}.items() <= amazon["rules"][1].items()
    command = [sys.executable, "-m", "alphacut", "recipe", "schema"]
    schema = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert client.get("/v1/recipes/schema").json() == schema
