"""Limits hold before any work is done, and one slow or hostile client starves nobody."""

import asyncio
import io
import socket
import struct
import threading
import time
import zlib
from contextlib import ExitStack, suppress

import httpx
import pytest
from PIL import Image

CUTOUTS = "/v1/cutouts"
PNG = {"Content-Type": "image/png"}


def post(server, data, **more):
    return httpx.post(f"{server}{CUTOUTS}", content=data, headers=PNG, timeout=60, **more)


def words(answer):
    error = answer.json()["error"]
    assert set(error) == {"code", "subject", "problem", "remedy"}
    return error["code"]


def raw(server, head, body=b""):
    connection = socket.create_connection((server.host, server.port), timeout=30)
    with suppress(ConnectionError):  # the server may have refused it already: then its answer is there
        connection.sendall(head.replace(b"\n", b"\r\n") + body)
    return connection


def rest(connection):
    """Return all that still comes until the server closes the connection."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def empty_png(width, height):
    """A PNG whose header promises pixels that are not there."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


def test_a_body_that_says_it_is_too_large_is_refused_unread(serve):
    server = serve(body_bytes=10_000)
    head = f"POST {CUTOUTS} HTTP/1.1\nHost: x\nContent-Type: image/png\nContent-Length: 99999999\n\n"
    with raw(server, head.encode()) as connection:
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_body_that_says_nothing_is_counted(serve, photo):
    server = serve(body_bytes=10_000)
    assert len(photo) < 10_000
    assert post(server, iter([photo])).status_code == 200
    refused = post(server, (b"x" * 4000 for _ in range(5)))
    assert (refused.status_code, words(refused)) == (413, "BigBody")


@pytest.mark.parametrize(
    ("changes", "width", "height"), [({"max_side": 100}, 101, 5), ({"max_pixels": 5000}, 100, 51)]
)
def test_a_photo_that_is_too_large_is_refused_by_its_header(serve, changes, width, height):
    server = serve(**changes)
    answer = post(server, empty_png(width, height))
    assert (answer.status_code, words(answer)) == (413, "TooLarge")
    assert post(server, empty_png(100, 5)).status_code == 422  # within the limits; only then is it decoded


def test_what_is_no_photo(server):
    answer = post(server, b"no picture at all")
    assert (answer.status_code, words(answer)) == (415, "NotAnImage")
    answer = httpx.post(f"{server}{CUTOUTS}", content=b"x", headers={"Content-Type": "video/mp4"})
    assert (answer.status_code, words(answer)) == (415, "WrongType")
    assert post(server, empty_png(50, 50)).status_code == 422


def test_what_a_request_may_not_choose(server, photo):
    for query in ("device=cpu", "engine=onnx", "precision=f32", "accept_licence=true", "model=isnet"):
        answer = post(server, photo, params=query)
        assert (answer.status_code, words(answer)) == (422, "OptionError"), query
    answer = post(server, photo, params="model=tiny1")
    assert (answer.status_code, words(answer)) == (422, "UnknownModel")
    assert post(server, photo, params="model=tiny&device=auto").status_code == 200
    assert post(server, photo, params="background=/etc/hostname.png").status_code == 422


def test_models_may_be_listed(serve, photo):
    server = serve(models=("u2net",))
    assert post(server, photo, params="model=tiny").status_code == 200  # the service's own
    refused = post(server, photo, params="model=u2netp")
    assert refused.status_code == 422 and "u2net" in refused.json()["error"]["remedy"]


def test_a_full_queue_says_when_to_come_again(serve, photo):
    server = serve(workers=1, queue=0)
    with server.occupied():
        answer = post(server, photo)
        assert (answer.status_code, words(answer)) == (503, "Busy")
        assert int(answer.headers["retry-after"]) >= 1
    assert server.until(lambda: server.service.desk.working == 0)
    assert post(server, photo).status_code == 200


def test_one_caller_may_not_fill_the_queue(serve, photo):
    server = serve(workers=1, queue_each=1)
    with server.occupied():
        waiting = threading.Thread(target=post, args=(server, photo))
        waiting.start()
        assert server.until(lambda: server.service.desk.waiting == 1)
        answer = post(server, photo)
        assert (answer.status_code, words(answer)) == (429, "TooMany")
        assert int(answer.headers["retry-after"]) >= 1
    waiting.join(30)


def test_impatience(serve, photo):
    server = serve(workers=1, patience=0.1)
    with server.occupied():
        assert post(server, photo).status_code == 503


def test_a_flood_does_not_delay_another_caller(serve, photo):
    server = serve(workers=1)
    order, tasks = [], []

    def answered(name):
        return lambda unwanted: order.append(name)

    with server.occupied():
        for caller, count in (("flood", 20), ("other", 1)):
            tasks += [
                asyncio.run_coroutine_threadsafe(
                    server.service.desk.run(caller, 100, answered(caller)), server.loop
                )
                for _ in range(count)
            ]
        assert server.until(lambda: server.service.desk.waiting == 21)
    for task in tasks:
        task.result(30)
    assert order.index("other") <= 1


def test_a_client_that_leaves_the_queue_frees_its_place(serve, photo):
    server = serve(workers=1)
    head = f"POST {CUTOUTS} HTTP/1.1\nHost: x\nContent-Type: image/png\nContent-Length: {len(photo)}\n\n"
    with server.occupied():
        connection = raw(server, head.encode(), photo)
        assert server.until(lambda: server.service.desk.waiting == 1)
        connection.close()
        assert server.until(lambda: server.service.desk.waiting == 0)
    assert server.until(lambda: server.service.state.open == 0 and server.service.held.bytes == 0)


def test_a_client_that_leaves_frees_the_worker(serve):
    server = serve(workers=1)
    noise = Image.effect_noise((4000, 3000), 90).convert("RGB")
    stream = io.BytesIO()
    noise.save(stream, "jpeg")
    photo = stream.getvalue()
    head = f"POST {CUTOUTS} HTTP/1.1\nHost: x\nContent-Type: image/jpeg\nContent-Length: {len(photo)}\n\n"
    connection = raw(server, head.encode(), photo)
    assert server.until(lambda: server.service.desk.working == 1)
    connection.close()
    assert server.until(lambda: server.service.desk.working == 0, 60)
    # It was stopped on the way, and no picture was made.
    assert "alphacut_pixels_total 0.0" in httpx.get(f"{server}/metrics").text


def test_a_slow_body_is_refused(serve):
    server = serve(body_seconds=0.3)
    head = f"POST {CUTOUTS} HTTP/1.1\nHost: x\nContent-Type: image/png\nContent-Length: 500\n\n"
    with raw(server, head.encode(), b"only this") as connection:
        assert connection.recv(12) == b"HTTP/1.1 408"


def test_a_slow_head_is_refused(serve, photo):
    server = serve(head_seconds=0.5)
    unfinished = raw(server, b"GET /health HTTP/1.1\nHost: x\nX-")
    with raw(server, b"") as silent, unfinished as connection:
        for _ in range(20):
            try:
                connection.sendall(b"a")
            except OSError:
                break
            time.sleep(0.1)
        assert b"408" in rest(connection)
        assert b"408" in rest(silent)
    assert httpx.get(f"{server}/health").status_code == 200


def test_a_body_behind_its_own_answer_does_not_hold_the_connection(serve):
    server = serve(head_seconds=0.5, body_bytes=100)
    head = f"POST {CUTOUTS} HTTP/1.1\nHost: x\nContent-Type: image/png\nContent-Length: 999999\n\n"
    with raw(server, head.encode()) as connection:
        for _ in range(100):
            try:
                connection.sendall(b"x" * 50)
            except OSError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("the server went on reading")


@pytest.mark.parametrize("limit", ["connections", "connections_each"])
def test_connections_are_bounded_in_all_and_of_each_address(serve, limit):
    server = serve(**{limit: 3})
    open_ = server.server.server_state.connections
    with ExitStack() as stack:
        held = [stack.enter_context(raw(server, b"GET")) for _ in range(3)]
        assert server.until(lambda: len(open_) == 3)
        with raw(server, b"") as connection:
            assert rest(connection).startswith(b"HTTP/1.1 503")
        held[0].close()
        assert server.until(lambda: len(open_) == 2)
        assert httpx.get(f"{server}/health").status_code == 200


def test_a_client_that_does_not_read_is_left(serve):
    server = serve(stall_seconds=0.5, workers=1)
    noise = Image.effect_noise((1500, 1500), 90).convert("RGB")
    stream = io.BytesIO()
    noise.save(stream, "jpeg", quality=60)
    photo = stream.getvalue()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((server.host, server.port))
    head = f"POST {CUTOUTS} HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(photo)}\r\n\r\n"
    connection.sendall(head.encode() + photo)
    assert server.until(lambda: server.service.held.bytes > len(photo), 60)  # the answer is there
    assert server.until(lambda: server.service.desk.working == 0)
    assert server.until(lambda: not server.server.server_state.connections)
    assert server.until(lambda: server.service.held.bytes == 0 and server.service.state.open == 0)
    connection.close()


def test_bytes_in_memory_are_bounded(serve, photo):
    server = serve(held_bytes=100_000, body_bytes=90_000)
    half = f"POST {CUTOUTS} HTTP/1.1\nHost: x\nContent-Type: image/png\nContent-Length: 49000\n\n"
    with raw(server, half.encode()):
        assert server.until(lambda: server.service.held.bytes == 49_000)
        answer = post(server, b"x" * 40_000)
        assert (answer.status_code, words(answer)) == (429, "TooMany")
    assert server.until(lambda: server.service.held.bytes == 0)
    assert post(server, photo).status_code == 200


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
        b"GET / HTTP/99\n\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\n\n",
        b"GET / HTTP/1.1\nHost: x\nX: " + b"a" * 70_000,  # and no end
        b"POST /v1/cutouts HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\nZZ\n",
        b"POST /v1/cutouts HTTP/1.1\nHost: x\nContent-Length: -5\n\n",
        b"POST /v1/cutouts HTTP/1.1\nHost: x\nContent-Length: 5\nContent-Length: 6\n\n",
    ],
)
def test_nonsense_is_answered_with_400_and_the_server_lives(server, nonsense):
    with raw(server, nonsense) as connection:
        assert connection.recv(10) in (b"HTTP/1.1 4",)
    assert httpx.get(f"{server}/health").status_code == 200


def test_after_all_this_nothing_is_left(server):
    assert server.until(lambda: server.service.state.open == 0 and server.service.held.bytes == 0)
    assert (server.service.desk.waiting, server.service.desk.working) == (0, 0)
