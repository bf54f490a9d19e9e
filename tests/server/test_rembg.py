"""The habit of ``rembg s``, against a server that runs."""

import io

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alphacut.errors import OptionError
from alphacut.options import Options
from alphacut.server.rembg import MODELS, PARAMETERS, read_options
from loopback import FETCHING, running_at, serving


def ramp():
    """Return a grey ramp of 64×64 as a PNG: its alpha is the grey itself."""
    image = Image.fromarray(np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1)))
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


@pytest.fixture(scope="module")
def address(server_home):
    with running_at() as url:
        yield f"{url}/api/remove"


def sent(address, query=None, **form):
    return requests.post(address, params=query, data=form, files={"file": ("a.png", ramp())}, timeout=60)


def picture(reply):
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(reply.content))


def test_a_file_becomes_a_transparent_png(address):
    found = np.asarray(picture(sent(address, a="true")))
    assert found.shape == (64, 64, 4)
    assert np.all(np.diff(found[32, 8:56, 3].astype(int)) >= 0)
    assert found[32, 60, 3] > 200 and found[32, 3, 3] < 50


def test_query_and_form_mean_the_same(address):
    fields = {"model": "tiny", "om": "true", "a": "false"}
    assert sent(address, fields).content == sent(address, **fields).content


def test_om_is_the_mask_alone(address):
    mask = picture(sent(address, om="true"))
    assert mask.mode == "L"
    assert np.array_equal(np.asarray(mask), np.asarray(picture(sent(address)))[..., 3])


def test_bgc_stands_behind(address):
    opaque = picture(sent(address, {"bgc": "10,200,30,255"}))
    assert opaque.mode == "RGB" and opaque.getpixel((0, 32)) == (10, 200, 30)
    clear = picture(sent(address, {"bgc": "10,200,30,128"}))
    assert clear.mode == "RGBA" and clear.getpixel((0, 32)) == (10, 200, 30, 128)


def test_every_parameter_at_once_as_rembgs_own_page_sends_them(address):
    fields = {"model": "tiny", "a": "true", "af": "240", "ab": "10", "ae": "10", "om": "false", "ppm": "true"}
    assert picture(sent(address, {"bgc": "", "extras": ""}, **fields)).mode == "RGBA"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"model": "nothing"}, "isnet-general-use"),
        ({"model": "sam"}, "u2net"),
        ({"a": "perhaps"}, "true or false"),
        ({"af": "many"}, "whole number"),
        ({"bgc": "10,20"}, "red,green,blue,alpha"),
        ({"bgc": "1,2,3,256"}, "red,green,blue,alpha"),
        ({"bgc": f"{'9' * 5000},2,3"}, "letters"),
        ({"extras": "{"}, "JSON object"),
        ({"extras": '{"sam_prompt": []}'}, "sam_prompt"),
    ],
)
def test_what_cannot_be_is_said(address, fields, word):
    reply = sent(address, **fields)
    assert reply.status_code == 422
    assert word in str(reply.json()["error"].values())


def test_a_request_without_a_photo_is_refused(address):
    assert requests.post(address, timeout=60).status_code == 422
    assert requests.get(address, timeout=60).status_code == 422


def test_nothing_is_fetched_where_that_is_off(address):
    reply = requests.get(address, params={"url": "http://127.0.0.1:1/"}, timeout=60)
    assert reply.status_code == 422
    assert "fetches nothing" in reply.json()["error"]["problem"]


def test_an_address_is_fetched_where_the_service_does(server_home, address, tmp_path):
    (tmp_path / "a.png").write_bytes(ramp())
    with serving(tmp_path) as files, running_at(**FETCHING) as url:
        fields = {"url": f"{files}/a.png", "om": "true"}
        reply = requests.get(f"{url}/api/remove", params=fields, timeout=60)
    assert reply.content == sent(address, om="true").content


@pytest.mark.parametrize(
    "name", [*MODELS, "u2net", "u2netp", "silueta", "isnet-anime", "birefnet-portrait", "birefnet-dis"]
)
def test_rembgs_names_of_networks_are_known(name):
    assert read_options({"model": name})["model"] == MODELS.get(name, name)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*PARAMETERS]), st.one_of(st.text(), st.text("0123456789,"), st.integers(), st.none()))
def test_any_value_is_read_or_refused(name, value):
    try:
        assert Options.from_mapping(read_options({name: value}))
    except OptionError as error:
        assert error.remedy
