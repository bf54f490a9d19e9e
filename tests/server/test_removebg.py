"""remove.bg's contract, row by row: every parameter, header and code, against a server that runs.

The subject is an opaque white rectangle in a transparent picture; the network answers with the mean of the
channels, so what is asserted of sizes and boxes was worked out by hand.
"""

import base64
import io
import json
import time
import zipfile

import numpy as np
import pytest
import requests
from PIL import Image, ImageDraw, ImageFilter

from alphacut.options import Options
from alphacut.server.keys import Keys, Terms
from alphacut.server.problems import BigBody, Busy, NoKey, Refusal, SlowBody, WrongType
from alphacut.server.removebg import MOST_BYTES, refused, wants_json
from alphacut.server.removebg_answer import megapixels, shrunk
from alphacut.server.removebg_fields import CODES, PARAMETERS, PICTURES, SIZES
from loopback import FETCHING, running, running_at, serving

CONTRACT = {
    "invalid_bg_color",
    "invalid_bg_image_url",
    "invalid_channels",
    "invalid_crop_margin",
    "invalid_dimensions",
    "invalid_file_type",
    "invalid_format",
    "invalid_image_url",
    "invalid_position",
    "invalid_roi",
    "invalid_scale",
    "invalid_semitransparency",
    "invalid_size",
    "failed_bg_download",
    "failed_image_download",
    "failed_to_read_image",
    "file_too_large",
    "missing_source",
    "multiple_sources",
    "multiple_bg_sources",
    "resolution_too_high",
    "roi_exceeds_bounds",
    "roi_region_empty",
    "unknown_foreground",
    "insufficient_credits",
    "auth_failed",
    "rate_limit_exceeded",
}


def png(image):
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


def subject(size=(200, 100), box=(40, 20, 120, 60)):
    """Return a PNG: white in the box, transparent elsewhere."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), box)
    return png(image)


def halves():
    """Return a PNG of 400×100: a quarter red, half green, a quarter blue."""
    image = Image.new("RGB", (400, 100), "#00ff00")
    image.paste("#ff0000", (0, 0, 100, 100))
    image.paste("#0000ff", (300, 0, 400, 100))
    return png(image)


PHOTO = subject()
BACKDROP = halves()
TEXT = base64.b64encode(PHOTO).decode()


class Place:
    """Where a contract is served."""

    def __init__(self, url):
        self.url = url

    def post(self, fields=None, files=None, photo=PHOTO, **how):
        files = dict(files or {})
        if photo is not None:
            files["image_file"] = ("photo.png", photo)
        return requests.post(f"{self.url}/v1.0/removebg", data=fields, files=files or None, timeout=60, **how)

    def picture(self, fields=None, **more):
        reply = self.post(fields, **more)
        assert reply.status_code == 200, reply.text
        return Image.open(io.BytesIO(reply.content))


@pytest.fixture(scope="module")
def here(server_home):
    with running_at() as url:
        yield Place(url)


@pytest.fixture(scope="module")
def fetching_one(server_home):
    with running_at(**FETCHING) as url:
        yield Place(url)


SIZE = (200, 100)
TAKEN = [
    # parameters, width and height, left, top, width and height of the foreground
    ({}, (200, 100), (40, 20, 80, 40)),
    ({"crop": "false"}, (200, 100), (40, 20, 80, 40)),
    ({"crop": "true"}, (80, 40), (0, 0, 80, 40)),
    ({"crop": "true", "crop_margin": "10px"}, (100, 60), (10, 10, 80, 40)),
    ({"crop": "true", "crop_margin": "10"}, (100, 60), (10, 10, 80, 40)),
    ({"crop": "true", "crop_margin": "25%"}, (120, 60), (20, 10, 80, 40)),
    ({"crop": "true", "crop_margin": "10% 5px"}, (90, 48), (5, 4, 80, 40)),
    ({"crop": "true", "crop_margin": "1px 2px 3px 4px"}, (86, 44), (4, 1, 80, 40)),
    ({"crop": "true", "crop_margin": "0% 50% 500px 0"}, (120, 540), (0, 0, 80, 40)),
    ({"crop_margin": "10px"}, (200, 100), (40, 20, 80, 40)),
    ({"crop": "true", "position": "original"}, (80, 40), (0, 0, 80, 40)),
    ({"crop": "true", "crop_margin": "10px", "position": "0%"}, (100, 60), (0, 0, 80, 40)),
    ({"crop": "true", "crop_margin": "10px", "position": "100% 25%"}, (100, 60), (20, 5, 80, 40)),
    ({"crop": "true", "crop_margin": "0 0 20px 10px", "position": "center"}, (90, 60), (5, 10, 80, 40)),
    ({"crop": "true", "scale": "50%"}, (160, 80), (40, 20, 80, 40)),
    ({"crop": "true", "scale": "50%", "position": "0% 100%"}, (160, 80), (0, 40, 80, 40)),
    ({"crop": "true", "scale": "50%", "crop_margin": "30px 0 0 0"}, (160, 80), (40, 35, 80, 40)),
    ({"position": "center"}, (200, 100), (60, 30, 80, 40)),
    ({"position": "25%"}, (200, 100), (30, 15, 80, 40)),
    ({"position": "0% 100%"}, (200, 100), (0, 60, 80, 40)),
    ({"position": "original"}, (200, 100), (40, 20, 80, 40)),
    ({"scale": "original"}, (200, 100), (40, 20, 80, 40)),
    ({"scale": "40%"}, (200, 100), (60, 30, 80, 40)),
    ({"scale": "40%", "position": "0% 50%"}, (200, 100), (0, 30, 80, 40)),
    ({"scale": "40%", "position": "original"}, (200, 100), (40, 20, 80, 40)),
    ({"scale": "100%"}, (200, 100), (0, 0, 200, 100)),
    ({"scale": "20%"}, (200, 100), (80, 40, 40, 20)),
    ({"roi": "60 0 200 100"}, (200, 100), (60, 20, 60, 40)),
    ({"roi": "60px 10px 100px 50px"}, (200, 100), (60, 20, 40, 30)),
    ({"roi": "0% 0% 50% 100%"}, (200, 100), (40, 20, 60, 40)),
    ({"roi": "0% 0% 50% 100%", "crop": "true"}, (60, 40), (0, 0, 60, 40)),
    ({"roi": "0% 0% 100% 100%"}, (200, 100), (40, 20, 80, 40)),
    ({"type": "person", "type_level": "2"}, SIZE, (40, 20, 80, 40)),
    ({"channels": "rgba"}, SIZE, (40, 20, 80, 40)),
    ({"channels": "alpha"}, SIZE, (40, 20, 80, 40)),
    ({"channels": "alpha", "crop": "true"}, (80, 40), (0, 0, 80, 40)),
    ({"semitransparency": "true"}, SIZE, (40, 20, 80, 40)),
    ({"semitransparency": "false"}, SIZE, (40, 20, 80, 40)),
    ({"bg_color": "white"}, SIZE, (40, 20, 80, 40)),
    ({"shadow_type": "none", "shadow_opacity": "50"}, SIZE, (40, 20, 80, 40)),
    ({"shadow_type": "auto", "shadow_opacity": "auto"}, SIZE, (40, 20, 80, 40)),
    ({"shadow_type": "drop"}, SIZE, (40, 20, 80, 40)),
    ({"shadow_type": "3D"}, SIZE, (40, 20, 80, 40)),
    ({"shadow_type": "car", "shadow_opacity": "100"}, SIZE, (40, 20, 80, 40)),
    ({"add_shadow": "true"}, SIZE, (40, 20, 80, 40)),
    ({"crop": "", "roi": "", "bg_color": "", "image_url": "", "unheard_of": "x"}, SIZE, (40, 20, 80, 40)),
]

REFUSED = [
    ({"size": "huge"}, "invalid_size"),
    ({"type": "ghost"}, "invalid_type"),
    ({"type_level": "3"}, "invalid_type_level"),
    ({"format": "gif"}, "invalid_format"),
    ({"channels": "cmyk"}, "invalid_channels"),
    ({"roi": "1 2 3"}, "invalid_roi"),
    ({"roi": "a b c d"}, "invalid_roi"),
    ({"roi": "0 0 201 100"}, "roi_exceeds_bounds"),
    ({"roi": "0% 0% 100% 101%"}, "roi_exceeds_bounds"),
    ({"roi": "-1 0 100 100"}, "roi_exceeds_bounds"),
    ({"roi": "50 10 50 90"}, "roi_region_empty"),
    ({"roi": "90 10 50 90"}, "roi_region_empty"),
    ({"roi": "150 70 200 100"}, "unknown_foreground"),
    ({"crop": "perhaps"}, "invalid_crop"),
    ({"crop_margin": "1 2 3"}, "invalid_crop_margin"),
    ({"crop_margin": "51%"}, "invalid_crop_margin"),
    ({"crop_margin": "501px"}, "invalid_crop_margin"),
    ({"crop_margin": "-1px"}, "invalid_crop_margin"),
    ({"crop_margin": "1em"}, "invalid_crop_margin"),
    ({"scale": "9%"}, "invalid_scale"),
    ({"scale": "101%"}, "invalid_scale"),
    ({"scale": "50"}, "invalid_scale"),
    ({"scale": "10% 20%"}, "invalid_scale"),
    ({"position": "left"}, "invalid_position"),
    ({"position": "101%"}, "invalid_position"),
    ({"position": "10px"}, "invalid_position"),
    ({"position": "1% 2% 3%"}, "invalid_position"),
    ({"shadow_type": "long"}, "invalid_shadow_type"),
    ({"shadow_opacity": "101"}, "invalid_shadow_opacity"),
    ({"add_shadow": "some"}, "invalid_add_shadow"),
    ({"semitransparency": "half"}, "invalid_semitransparency"),
    ({"bg_color": "#12345"}, "invalid_bg_color"),
    ({"bg_color": "no-colour"}, "invalid_bg_color"),
    ({"roi": "1 " * 1_000_000}, "invalid_roi"),
    ({"image_file_b64": TEXT}, "multiple_sources"),
    ({"image_url": "http://example.com/a.jpg"}, "multiple_sources"),
    ({"bg_image_url": "http://example.com/a.jpg"}, "invalid_bg_image_url"),
    ({"bg_color": "red", "bg_image_url": "http://example.com/a.jpg"}, "multiple_bg_sources"),
]


@pytest.mark.parametrize(("fields", "size", "box"), TAKEN, ids=lambda row: str(row))
def test_a_picture_has_the_size_and_the_foreground_that_its_headers_say(here, fields, size, box):
    reply = here.post(fields)
    assert reply.status_code == 200, reply.text
    said = [int(reply.headers[f"X-{name}"]) for name in ("Width", "Height")]
    assert tuple(said) == size == Image.open(io.BytesIO(reply.content)).size
    names = ("Left", "Top", "Width", "Height")
    found = np.array([int(reply.headers[f"X-Foreground-{name}"]) for name in names])
    # Where the subject is enlarged or reduced, the faint rim of the resized edge counts.
    reach = 2 if "scale" in fields and "40%" not in fields["scale"] and "crop" not in fields else 0
    assert np.abs(found - box).max() <= reach


@pytest.mark.parametrize(("fields", "code"), REFUSED, ids=lambda row: str(row)[:60])
def test_a_wrong_value_is_refused_by_its_code(here, fields, code):
    check_refusal(here.post(fields), code)


def check_refusal(reply, code, status=400):
    assert reply.status_code == status, reply.text
    (error,) = reply.json()["errors"]
    assert error["code"] == code
    assert set(error) == {"title", "code", "detail"} and all(error.values())
    assert reply.headers["content-type"] == "application/json"


def over_pixels():
    return png(Image.new("1", (8000, 6251)))


def too_long():
    return png(Image.new("1", (20_001, 1)))


SOURCES = [
    # photo, fields, files, code
    (None, {}, {}, "missing_source"),
    (b"", {"image_url": " "}, {}, "missing_source"),
    (None, {"image_file_b64": TEXT, "image_url": "http://example.com/a.jpg"}, {}, "multiple_sources"),
    (None, {"image_file_b64": "no base64!"}, {}, "failed_to_read_image"),
    (None, {"image_file_b64": base64.b64encode(b"hello").decode()}, {}, "invalid_file_type"),
    (None, {"image_file": "a path"}, {}, "invalid_file_type"),
    (None, {"image_url": "http://example.com/a.jpg"}, {}, "invalid_image_url"),
    (b"hello", {}, {}, "invalid_file_type"),
    (PHOTO[:60], {}, {}, "failed_to_read_image"),
    (PHOTO + bytes(MOST_BYTES), {}, {}, "file_too_large"),
    (over_pixels, {}, {}, "resolution_too_high"),
    (too_long, {}, {}, "invalid_dimensions"),
    (lambda: png(Image.new("RGB", (64, 64))), {}, {}, "unknown_foreground"),
    (PHOTO, {"bg_color": "red"}, {"bg_image_file": BACKDROP}, "multiple_bg_sources"),
    (PHOTO, {}, {"bg_image_file": b"hello"}, "invalid_file_type"),
    (PHOTO, {}, {"bg_image_file": BACKDROP[:60]}, "failed_to_read_image"),
]


def short(value):
    """Return an id that is the same in every process: a function's own words hold its address."""
    return getattr(value, "__name__", str(value)[:40])


@pytest.mark.parametrize(("photo", "fields", "files", "code"), SOURCES, ids=short)
def test_a_picture_that_cannot_be_used_is_refused_by_its_code(here, photo, fields, files, code):
    photo = photo() if callable(photo) else photo
    check_refusal(here.post(fields, files, photo), code)


FETCHED = [
    ({"image_url": "ftp://127.0.0.1/a.png"}, "invalid_image_url"),
    ({"image_url": "no address"}, "invalid_image_url"),
    ({"image_url": "http://[::1"}, "invalid_image_url"),
    ({"image_url": "{url}/nothing"}, "failed_image_download"),
    ({"image_url": "http://127.0.0.1:1/"}, "failed_image_download"),
    ({"image_file_b64": TEXT, "bg_image_url": "file:///etc/hosts"}, "invalid_bg_image_url"),
    ({"image_file_b64": TEXT, "bg_image_url": "{url}/nothing"}, "failed_bg_download"),
]


@pytest.mark.parametrize(("fields", "code"), FETCHED, ids=lambda row: str(row)[:60])
def test_an_address_that_leads_nowhere_is_refused_by_its_code(fetching_one, fields, code):
    fields = {name: text.replace("{url}", fetching_one.url) for name, text in fields.items()}
    check_refusal(fetching_one.post(fields, photo=None), code)


REFUSALS = [
    (NoKey("a key", "is missing"), 403, "auth_failed"),
    (type("NoCredit", (Refusal,), {"status": 402})("this key", "has none left"), 402, "insufficient_credits"),
    (BigBody("the body", "is too large"), 400, "file_too_large"),
    (WrongType("the body", "is text"), 400, "invalid_file_type"),
    (SlowBody("the body", "is slow"), 408, "timeout"),
    (Busy("the service", "is busy", wait=7), 429, "rate_limit_exceeded"),
]


@pytest.mark.parametrize(("error", "status", "code"), REFUSALS, ids=lambda row: str(row)[:30])
def test_what_the_service_refuses_is_worded_as_the_contract_does(error, status, code):
    reply = refused(error)
    assert reply.status_code == status
    assert json.loads(reply.body)["errors"][0]["code"] == code
    assert reply.headers.get("Retry-After") == ("7" if code == "rate_limit_exceeded" else None)


@pytest.mark.parametrize("full", [{"queue_each": 0}, {"queue": 0}])
def test_who_sends_too_much_is_told_when_to_come_again(server_home, tmp_path, full):
    with running(tmp_path / "server", **full) as place, place.occupied():
        reply = Place(place.url).post()
    check_refusal(reply, "rate_limit_exceeded", 429)
    assert int(reply.headers["Retry-After"]) >= 1


def test_a_key_is_asked_for_and_its_quota_ends(server_home, tmp_path):
    keys = Keys(tmp_path / "server")
    key = {"X-API-Key": keys.new("shop", Terms(quota=1))}
    keys.close()
    with running(tmp_path / "server", keys=True) as place:

        def post(headers):
            files = {"image_file": PHOTO}
            return requests.post(f"{place.url}/v1.0/removebg", files=files, headers=headers, timeout=30)

        check_refusal(post({}), "auth_failed", 403)
        check_refusal(post({"Authorization": "Bearer ac_wrong"}), "auth_failed", 403)
        taken = post(key)
        assert (taken.status_code, taken.headers["X-Credits-Charged"]) == (200, "1")
        assert taken.headers["X-RateLimit-Limit"] == "500"
        account = requests.get(f"{place.url}/v1.0/account", headers=key, timeout=30).json()
        assert account["data"]["attributes"]["credits"]["total"] == 0
        check_refusal(post(key), "insufficient_credits", 402)


def test_a_body_over_the_services_own_limit_is_too_large(server_home):
    with running_at(body_bytes=1000) as url:
        check_refusal(Place(url).post(photo=PHOTO + bytes(2000)), "file_too_large")


def test_the_rows_cover_every_parameter_and_every_code():
    fields = [fields for fields, *_ in TAKEN + REFUSED] + [row[1] for row in SOURCES] + [FETCHED[5][0]]
    named = {name for row in fields for name in row} | {name for row in SOURCES for name in row[2]}
    assert {*PARAMETERS, *PICTURES} <= named | {"size", "format"}  # these two have tests of their own
    rows = (REFUSED, SOURCES, FETCHED, REFUSALS)
    assert {row[-1] for table in rows for row in table} >= CONTRACT
    assert set(CODES) == CONTRACT


@pytest.mark.parametrize(
    ("size", "photo", "expected"),
    [
        # 1000·800 = 0.8 MP: √(0.25 / 0.8) = 0.559
        ("preview", (1000, 800), (559, 447)),
        ("small", (1000, 800), (559, 447)),
        ("regular", (1000, 800), (559, 447)),
        ("", (1000, 800), (559, 447)),
        ("medium", (1000, 800), (1000, 800)),
        ("medium", (2000, 1500), (1414, 1060)),
        ("hd", (2500, 2000), (2236, 1788)),
        ("auto", (2500, 2000), (2500, 2000)),
        ("preview", (200, 100), (200, 100)),
    ],
)
def test_the_answer_is_as_large_as_asked_for(here, size, photo, expected):
    picture = here.picture({"size": size}, photo=subject(photo, (100, 50, 200, 150)))
    assert picture.size == expected


def test_a_png_has_at_most_ten_megapixels(server_home):
    photo = subject((4000, 3000), (400, 300, 2400, 2100))
    with running_at(options=Options(model="tiny", source_alpha="keep")) as url:
        assert Place(url).picture({"size": "full"}, photo=photo).size == (3651, 2738)


def test_a_canvas_far_larger_than_the_answer_is_never_made(here):
    # The subject's 400×200 are a tenth of 4000×2000: 8 MP, of which √(0.25 / 8) leave 707×353.
    reply = here.post({"crop": "true", "scale": "10%"}, photo=subject((1000, 500), (100, 100, 500, 300)))
    assert Image.open(io.BytesIO(reply.content)).size == (707, 353)
    box = [int(reply.headers[f"X-Foreground-{name}"]) for name in ("Left", "Top", "Width", "Height")]
    assert np.abs(np.array(box) - (318, 159, 71, 35)).max() <= 2


def test_megapixels_of_each_size():
    assert {size: shrunk((10_000, 10_000), megapixels(size, "webp"))[0] for size in SIZES} == {
        **dict.fromkeys(("preview", "small", "regular"), 500),
        "medium": 1224,
        "hd": 2000,
        **dict.fromkeys(("full", "4k", "auto"), 5000),
        "50MP": 7071,
    }
    assert {megapixels(size, "png") for size in ("full", "4k", "auto", "50MP")} == {10}


@pytest.mark.parametrize(
    ("fields", "kind", "mode"),
    [
        ({}, "PNG", "RGBA"),
        ({"format": "auto", "bg_color": "white"}, "JPEG", "RGB"),
        ({"format": "auto", "bg_color": "fff8"}, "PNG", "RGBA"),
        (
            {"format": "auto", "roi": "60 30 100 50", "crop": "true"},
            "JPEG",
            "RGB",
        ),  # opaque to its last pixel
        ({"format": "png", "bg_color": "white"}, "PNG", "RGB"),
        ({"format": "jpg"}, "JPEG", "RGB"),
        ({"format": "webp"}, "WEBP", "RGBA"),
        ({"channels": "alpha"}, "PNG", "L"),
        ({"channels": "alpha", "format": "jpg"}, "JPEG", "L"),
    ],
)
def test_the_format_is_the_one_asked_for(here, fields, kind, mode):
    picture = here.picture(fields)
    assert (picture.format, picture.mode) == (kind, mode)


def test_a_jpeg_without_a_background_is_white_there(here):
    pixels = np.asarray(here.picture({"format": "jpg"}))
    assert pixels[90, 190].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("81d4fa", (129, 212, 250, 255)),
        ("#81d4fa", (129, 212, 250, 255)),
        ("fff", (255, 255, 255, 255)),
        ("F008", (255, 0, 0, 136)),
        ("81d4fa77", (129, 212, 250, 119)),
        ("green", (0, 128, 0, 255)),
    ],
)
def test_a_colour_stands_behind_the_subject(here, colour, expected):
    picture = here.picture({"bg_color": colour, "format": "png"}).convert("RGBA")
    assert picture.getpixel((5, 5)) == expected
    assert picture.getpixel((80, 40)) == (255, 255, 255, 255)


def check_backdrop(picture):
    """200×100 of a picture of 400×100 is its middle: green, with neither red nor blue."""
    pixels = np.asarray(picture.convert("RGB"))
    assert pixels[5, 5].tolist() == pixels[95, 195].tolist() == [0, 255, 0]
    assert pixels[40, 80].tolist() == [255, 255, 255]


def test_a_picture_stands_behind_the_subject_centred_and_covering(here):
    check_backdrop(here.picture({"format": "png"}, files={"bg_image_file": BACKDROP}))
    fields = {"format": "png", "crop": "true", "crop_margin": "30px"}
    cropped = here.picture(fields, files={"bg_image_file": BACKDROP})
    assert cropped.size == (140, 100)
    assert cropped.getpixel((2, 2)) == cropped.getpixel((137, 97)) == (0, 255, 0)


def test_photo_and_background_are_fetched_where_the_service_does(fetching_one, fileserver):
    fields = {
        "image_url": f"{fileserver}/photo.png",
        "bg_image_url": f"{fileserver}/back.png",
        "format": "png",
    }
    check_backdrop(fetching_one.picture(fields, photo=None))


@pytest.fixture
def fileserver(tmp_path):
    (tmp_path / "photo.png").write_bytes(PHOTO)
    (tmp_path / "back.png").write_bytes(BACKDROP)
    with serving(tmp_path) as url:
        yield url


def disc():
    """Return a JPEG of a white disc with a soft edge on black, whose true colour is white everywhere."""
    image = Image.new("L", (64, 64))
    ImageDraw.Draw(image).ellipse((16, 16, 48, 48), fill=255)
    file = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(3)).convert("RGB").save(file, "jpeg", quality=95)
    return file.getvalue()


def test_the_zip_holds_corrected_colours_and_the_alpha(here):
    fields = {"format": "zip", "semitransparency": "true"}
    reply = here.post(fields, photo=disc())
    assert reply.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(reply.content)) as bundle:
        assert bundle.namelist() == ["color.jpg", "alpha.png"]
        colour, alpha = (Image.open(io.BytesIO(bundle.read(name))) for name in bundle.namelist())
    assert (colour.mode, alpha.mode, colour.size) == ("RGB", "L", alpha.size)
    colour, alpha = np.asarray(colour, float), np.asarray(alpha, float)
    soft = (alpha > 90) & (alpha < 200)
    photo = np.asarray(Image.open(io.BytesIO(disc())), float)
    assert soft.sum() > 50
    assert colour[soft].mean() > 235 and photo[soft].mean() < 170
    same = here.picture({"format": "png", "semitransparency": "true"}, photo=disc())
    assert np.array_equal(np.asarray(same)[..., 3], alpha)


def test_channels_alpha_is_the_alpha_of_the_picture(here):
    alpha = here.picture({"channels": "alpha"}, photo=disc())
    assert np.array_equal(np.asarray(alpha), np.asarray(here.picture(photo=disc()))[..., 3])


def shade_of(here, **fields):
    """Return how much shadow is under the subject: the alpha where there was none."""
    alpha = np.asarray(here.picture(fields))[..., 3].astype(float)
    alpha[20:60, 40:120] = 0
    return alpha.sum()


def test_shadows_are_drawn_and_as_dark_as_asked_for(here):
    assert shade_of(here) == shade_of(here, shadow_type="none") == 0
    for kind in ("drop", "3D", "car", "auto"):
        assert shade_of(here, shadow_type=kind) > 1000
    assert shade_of(here, add_shadow="true") == shade_of(here, shadow_type="auto")
    light, dark = (shade_of(here, shadow_type="drop", shadow_opacity=f"{value}") for value in (20, 80))
    assert dark == pytest.approx(4 * light, rel=0.05)


def test_a_shadow_leaves_mask_and_foreground_alone(here):
    plain, shaded = here.post(), here.post({"shadow_type": "drop"})
    names = [f"X-Foreground-{name}" for name in ("Left", "Top", "Width", "Height")]
    assert [plain.headers[name] for name in names] == [shaded.headers[name] for name in names]
    mask = {"channels": "alpha"}
    assert here.post(mask).content == here.post(mask | {"shadow_type": "drop"}).content


def test_json_holds_the_picture_and_where_its_subject_is(here):
    reply = here.post({"crop": "true", "crop_margin": "7px"}, headers={"Accept": "application/json"})
    data = reply.json()["data"]
    assert (
        base64.b64decode(data.pop("result_b64")) == here.post({"crop": "true", "crop_margin": "7px"}).content
    )
    assert data == {
        "foreground_top": 7,
        "foreground_left": 7,
        "foreground_width": 80,
        "foreground_height": 40,
    }


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", True),
        ("image/*;q=0.5, application/json", True),
        ("", False),
        ("*/*", False),
        ("image/png", False),
        ("application/json, text/plain, */*", False),  # what axios sends when it is told nothing
        ("application/json;q=0", False),
        ("application/json;q=nonsense", False),
    ],
)
def test_json_is_for_those_who_ask_for_it(accept, expected):
    assert wants_json(accept) is expected


def test_the_headers_of_an_answer(here):
    reply = here.post({"type": "product"})
    assert reply.headers["X-Type"] == "product"
    assert reply.headers["X-Credits-Charged"] == "0"
    assert here.post().headers["X-Type"] == "other"
    assert "X-Type" not in here.post({"type_level": "none"}).headers
    limit, left = (int(reply.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining"))
    assert 0 < left <= limit
    assert 0 < int(reply.headers["X-RateLimit-Reset"]) - time.time() <= 60


def test_every_way_to_send_gives_the_same_picture(here):
    fields = {"image_file_b64": TEXT, "crop": "true", "crop_margin": "5%"}
    url = f"{here.url}/v1.0/removebg"
    by_file = here.post({"crop": "true", "crop_margin": "5%"}).content
    assert requests.post(url, data=fields, timeout=60).content == by_file
    assert requests.post(url, json=fields | {"crop": True, "scale": None}, timeout=60).content == by_file
    lines = base64.encodebytes(PHOTO).decode()
    prefixed = fields | {"image_file_b64": f"data:image/png;base64,{lines}"}
    assert requests.post(url, data=prefixed, timeout=60).content == by_file


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"size": ["hd"]}', "application/json"),
        (b"hello", "multipart/form-data; boundary=x"),
        (b"hello", "text/html"),
        (b"image_url=a&image_url=b", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_request_is_refused_as_the_contract_does(here, body, kind):
    reply = requests.post(f"{here.url}/v1.0/removebg", data=body, headers={"Content-Type": kind}, timeout=60)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["code"]


def test_the_account_has_every_field_and_adds_up(here):
    reply = requests.get(f"{here.url}/v1.0/account", headers={"X-API-Key": "any"}, timeout=60)
    account = reply.json()["data"]["attributes"]
    credit = account["credits"]
    assert set(credit) == {"total", "subscription", "payg", "enterprise"}
    assert credit["total"] == credit["subscription"] + credit["payg"] + credit["enterprise"] > 0
    assert account["api"]["sizes"] == "all" and account["api"]["free_calls"] >= 0
