"""What whoever runs the service sees: alive, ready, numbers, headers; and what everybody may read."""

import json
import logging
import re

import httpx
import pytest

import tiny
from alphacut.options import Options
from alphacut.server.log import JsonLines, hidden

PNG = {"Content-Type": "image/png"}


def post(server, data, **more):
    headers = PNG | more.pop("headers", {})
    return httpx.post(f"{server}/v1/cutouts", content=data, headers=headers, timeout=60, **more)


def test_alive_and_ready(server):
    assert httpx.get(f"{server}/health").json() == {"status": "alive"}
    assert server.until(lambda: httpx.get(f"{server}/ready").status_code == 200)
    assert httpx.get(f"{server}/ready").json() == {"status": "ready", "models": ["tiny"]}


def test_not_ready_without_the_weights_and_says_why(serve):
    server = serve(options=Options(model="u2netp"))
    assert server.until(lambda: "ALPHACUT_OFFLINE" in httpx.get(f"{server}/ready").text)
    answer = httpx.get(f"{server}/ready")
    assert answer.status_code == 503 and "retry-after" in answer.headers
    assert httpx.get(f"{server}/health").status_code == 200


def test_every_answer_has_the_headers_of_safety(server, photo):
    answers = [
        httpx.get(f"{server}/health"),
        httpx.get(f"{server}/nothing-here"),
        post(server, photo),
        post(server, b"no photo"),
        httpx.put(f"{server}/v1/cutouts"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 200, 415, 405]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["server"] == "alphacut"
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
        assert "access-control-allow-origin" not in answer.headers
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("order-4711.a_b", True),
        ("short", False),
        ("a" * 65, False),
        ("spaces are out", False),
        ("né-12345678", False),
    ],
)
def test_a_request_id_is_kept_if_it_is_well_formed(server, given, kept):
    answer = httpx.get(f"{server}/health", headers={"X-Request-Id": given.encode()})
    assert (answer.headers["x-request-id"] == given) == kept


def test_a_fault_of_ours_is_a_500_that_shows_nothing(serve):
    server = serve()

    @server.app.get("/fault")
    def fault():
        raise RuntimeError("a secret")

    answer = httpx.get(f"{server}/fault", headers={"X-Request-Id": "12345678"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "Fault")
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == "12345678"
    assert httpx.get(f"{server}/health").status_code == 200


def numbers(server):
    page = httpx.get(f"{server}/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line.rsplit(" ", 1) for line in page.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_metrics(serve, photo):
    server = serve()
    for data in (photo, photo, b"no photo"):
        post(server, data)
    httpx.get(f"{server}/no/such/path/of/mine.jpg")
    found = numbers(server)
    line = 'alphacut_requests_total{{method="POST",route="/v1/cutouts",status="{}"}}'
    assert (found[line.format(200)], found[line.format(415)]) == (2, 1)
    assert found['alphacut_request_seconds_count{route="/v1/cutouts"}'] == 3
    assert found['alphacut_step_seconds_count{step="infer"}'] == 2
    assert found["alphacut_pixels_total"] == 2 * 40 * 60
    assert (found["alphacut_queue_length"], found["alphacut_in_work"], found["alphacut_held_bytes"]) == (
        0,
        0,
        0,
    )
    assert found["alphacut_networks_loaded"] == 1
    assert found["alphacut_network_bytes"] == (tiny.models_dir() / "tiny.onnx").stat().st_size
    assert 50e6 < found["alphacut_resident_bytes"] < 8e9
    assert not any("mine" in name for name in found)


def test_two_services_in_one_process_count_apart(serve, photo):
    one, two = serve(), serve()
    post(one, photo)
    assert numbers(one)["alphacut_pixels_total"] == 2400
    assert numbers(two)["alphacut_pixels_total"] == 0


def test_what_waits_is_seen(serve, photo):
    server = serve(workers=1)
    with server.occupied():
        assert numbers(server)["alphacut_in_work"] == 1


def test_pages_of_other_origins_may_use_it_only_if_named(serve):
    server = serve(cors=("https://shop.example",))
    for origin, allowed in (("https://shop.example", True), ("https://evil.example", False)):
        answer = httpx.get(f"{server}/health", headers={"Origin": origin})
        assert (answer.headers.get("access-control-allow-origin") == origin) == allowed
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    assert httpx.options(f"{server}/v1/cutouts", headers=asked).status_code == 200


def test_behind_a_proxy_under_a_prefix(serve):
    server = serve(prefix="/cutouts")
    assert httpx.get(f"{server}/health").status_code == 200
    assert '"/cutouts/openapi.json"' in httpx.get(f"{server}/docs").text.replace("'", '"')


def test_forwarded_addresses_are_believed_of_named_proxies_only(serve, caplog):
    callers = {}
    for proxies in ((), ("127.0.0.1",)):
        server = serve(proxies=proxies, salt=b"s")
        with caplog.at_level(logging.INFO, "alphacut.server"):
            caplog.clear()
            httpx.get(f"{server}/privacy", headers={"X-Forwarded-For": "203.0.113.9"})
            # The line is written when the answer is gone.
            assert server.until(lambda: any(record.message == "request" for record in caplog.records))
        (record,) = [record for record in caplog.records if record.message == "request"]
        callers[proxies] = json.loads(JsonLines().format(record))["caller"]
    assert callers == {(): hidden("127.0.0.1", b"s"), ("127.0.0.1",): hidden("203.0.113.9", b"s")}


def test_the_privacy_page_says_what_is_so(serve):
    off, on = (httpx.get(f"{serve(fetch=fetch)}/privacy") for fetch in (False, True))
    assert off.headers["content-type"].startswith("text/html")
    assert "opens no connection" in off.text and "opens no connection" not in on.text
    assert "not written to a disk" in off.text
