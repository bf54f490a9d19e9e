"""A client never names a file of the server, in whatever way it writes the name, and does not learn what is there."""

import base64
import io
import json

import httpx
import numpy as np
import pytest
from PIL import Image

from alphacut.options import Options


def picture(value):
    stream = io.BytesIO()
    Image.fromarray(np.full((24, 32, 3), value, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def secret(server_home):
    """A picture of the server's, and a file without a suffix."""
    path = server_home / "secret.png"
    path.write_bytes(picture(77))
    (server_home / "secret").write_bytes(picture(77))
    return path


HOSTILE = (
    *("{path}", " {path} ", "\t{path}\n", "'{path}'", '"{path}"', "{plain}", "{folder}/./secret.png"),
    *("{folder}/../{name}/secret.png", "secret.png", "./secret.png", "../secret.png", "..\\secret.png"),
    *("~/secret.png", "~root/secret", "$HOME/secret.png", "%USERPROFILE%\\secret.png", "C:\\secret.png"),
    *(
        "\\\\host\\share\\secret.png",
        "//host/share/secret.png",
        "\\\\?\\C:\\secret.png",
        "/proc/self/environ",
    ),
    *("file://{path}", "FILE:{path}", "file:///etc/passwd", "http://127.0.0.1/secret.png", "/dev/stdin"),
    *(
        "https://example.com/a.png",
        "ftp://example.com/a.png",
        "http://[::1]/a.png",
        "/dev/zero",
        "/etc/passwd",
    ),
    *("gopher://x/1.png", "data:image/png,{path}", "s3://bucket/a.png", "{path}\x00.png", "{path}#.png"),
    *("%2Fetc%2Fpasswd.png", "/etc/passwd\u2024png", "{path}?x=1.png", "{path};a=1.png", "/", ".", "a/b"),
)
FORMS = ("{}", "picture({})", "PICTURE( {} )", "Picture({}, contain)", "picture({}, tile, top left, #fff)")


@pytest.mark.parametrize("option", ["background", "match"])
def test_no_file_of_the_server_is_read(server, server_home, secret, option):
    place = {"path": secret, "plain": secret.with_suffix(""), "folder": server_home, "name": server_home.name}
    photo = base64.b64encode(picture(200)).decode()
    forms = FORMS if option == "background" else FORMS[:1]
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for text in (form.format(word.format(**place)) for word in HOSTILE for form in forms):
            body = {"image": photo, option: text}
            answer = client.post("/v1/cutouts", json=body)
            assert answer.status_code == 422, (text, answer.status_code)
            assert "77" not in answer.json()["error"]["problem"], text


@pytest.mark.parametrize("option", ["background", "match"])
def test_however_it_comes_and_whether_or_not_it_is_there(server, secret, option):
    with httpx.Client(base_url=server.url, timeout=60) as client:
        told = set()
        for path in (f"{secret}", f"{secret.with_name('missing.png')}"):
            recipe, photo = f'{option} = "{path}"', picture(200)
            for request in (
                {"files": {"image": photo}, "data": {option: path}},
                {"data": {"image": base64.b64encode(photo).decode(), option: path}},
                {"content": photo, "params": {option: path}},
                {"content": photo, "params": {option.upper().lower(): f" {path}"}},
                {"files": {"image": photo}, "data": {"recipe": recipe}},
                {"files": {"image": photo, "recipe": ("a.toml", f"[look]\n{recipe}".encode())}},
                {"json": {"image": base64.b64encode(photo).decode(), "recipe": {"look": {option: path}}}},
            ):
                answer = client.post("/v1/cutouts", **request)
                assert answer.status_code == 422, request
                told.add(json.dumps(answer.json()))
        assert len(told) == 1, "an answer tells what is on the disk"


def test_an_upload_opens_only_itself(server, secret):
    """A part with the name of a server's file stands for itself, and only in the option that it came for."""
    photo, own = picture(200), picture(10)
    with httpx.Client(base_url=server.url, timeout=60) as client:
        parts = {"image": (f"{secret}", photo), "background": (f"{secret}", own)}
        answer = client.post("/v1/cutouts", files=parts, data={"background": f"{secret}"})
        assert answer.status_code == 200, answer.text
        plain = client.post("/v1/cutouts", files={"image": photo, "background": own})
        assert answer.content == plain.content
        other = client.post(
            "/v1/cutouts", files=parts, data={"match": f"{secret}", "background": f"{secret}"}
        )
        other_name = client.post("/v1/cutouts", files=parts, data={"match": "picture.png"})
        assert (other_name.status_code, other.status_code) == (422, 422)


@pytest.mark.parametrize("name", ["model", "preset", "recipe", "device"])
def test_no_other_option_takes_a_path(server, secret, name):
    for path in (f"{secret}", "../secret", "tiny.onnx", "../models/tiny", "/etc/passwd"):
        answer = httpx.post(f"{server.url}/v1/cutouts", content=picture(9), params={name: path}, timeout=60)
        assert answer.status_code == 422, (path, answer.text)


def test_the_service_s_own_background_is_its_own(serve, secret):
    place = serve(options=Options(model="tiny", background=f"{secret}"))
    used = httpx.post(f"{place}/v1/cutouts", content=picture(0), timeout=60)
    assert Image.open(io.BytesIO(used.content)).mode == "RGB"
    named = httpx.post(
        f"{place}/v1/cutouts", content=picture(0), params={"background": f"{secret}"}, timeout=60
    )
    assert named.status_code == 422
