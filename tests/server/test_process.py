"""`alphacut serve` as whoever runs it sees it: it ends gently, replaces its processes, and loses no request."""

import io
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from PIL import Image

from served import Served

PNG = {"Content-Type": "image/png"}


def post(served, data, **more):
    return httpx.post(f"{served.url}/v1/cutouts", content=data, headers=PNG, timeout=120, **more)


def large_photo():
    stream = io.BytesIO()
    Image.effect_noise((3600, 2700), 90).convert("RGB").save(stream, "jpeg")
    return stream.getvalue()


def test_a_signal_finishes_what_was_begun_and_refuses_the_rest(server_home, photo):
    large = large_photo()
    with Served(server_home, "--workers=1") as served:
        assert post(served, photo).status_code == 200
        answers = []
        begun = threading.Thread(target=lambda: answers.append(post(served, large)))
        begun.start()
        while "alphacut_in_work 1.0" not in httpx.get(f"{served.url}/metrics").text:
            pass
        served.stop(signal.SIGTERM)
        while httpx.get(f"{served.url}/ready").status_code == 200:
            pass
        refused = post(served, photo)
        assert (refused.status_code, refused.headers["connection"]) == (503, "close")
        assert "shutting down" in refused.json()["error"]["problem"]
        assert httpx.get(f"{served.url}/health").status_code == 200
        begun.join(120)
        assert [answer.status_code for answer in answers] == [200]
        assert Image.open(io.BytesIO(answers[0].content)).size == (3600, 2700)
        assert served.process.wait(60) == 0
    assert "alphacut has stopped" in served.log


def test_a_shutdown_does_not_wait_for_ever(server_home):
    with Served(server_home, "--grace-seconds=0.2", "--workers=1") as served:
        assert served.server.is_running()
        errors = []

        def send():
            try:
                errors.append(post(served, large_photo()).status_code)
            except httpx.HTTPError as error:
                errors.append(type(error).__name__)

        client = threading.Thread(target=send)
        client.start()
        while "alphacut_in_work 1.0" not in httpx.get(f"{served.url}/metrics").text:
            pass
        served.stop(signal.SIGINT)
        assert served.process.wait(30) == 0
        client.join(30)
    assert errors and errors != [200]


def test_processes_are_replaced_and_no_request_is_lost(server_home, photo):
    with Served(server_home, "--processes=2", "--recycle-after=5", "--workers=2") as served:
        with ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(lambda _: post(served, photo).status_code, range(14)))
        assert codes == [200] * 14
        served.said('"event": "replaced"')
        # The numbers are those of all processes, the replaced ones too.
        page = httpx.get(f"{served.url}/metrics", timeout=60).text
        assert 'alphacut_requests_total{method="POST",route="/v1/cutouts",status="200"} 14.0' in page
        children = served.server.children(recursive=True)
    assert served.code == 0
    assert served.log.count('"event": "replaced"') >= 1
    assert '"code": 1' not in served.log
    assert psutil.wait_procs(children, timeout=30)[1] == []


def test_a_process_that_is_killed_is_replaced_and_none_outlives_the_supervisor(server_home, photo):
    with Served(server_home, "--recycle-after=1000") as served:
        assert post(served, photo).status_code == 200
        max(served.server.children(), key=lambda child: child.memory_info().rss).kill()
        served.said('"event": "replaced"')
        assert post(served, photo).status_code == 200
        children = served.server.children(recursive=True)
        served.stop(signal.SIGKILL)
        assert psutil.wait_procs(children, timeout=30)[1] == []


@pytest.mark.parametrize("limits", [{"recycle_memory": 1}, {"recycle_after": 1}])
def test_a_worn_process_ends_when_it_has_finished(serve, photo, limits):
    server = serve(workers=1, **limits)
    with httpx.Client(base_url=server.url, timeout=60) as client, server.occupied():
        assert client.get("/health").status_code == 200  # which does not count
        assert server.thread.is_alive()
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(post, server, photo)
            assert server.until(lambda: server.service.state.retiring)
            with pytest.raises(httpx.NetworkError):
                httpx.get(f"{server}/health")
            # Whoever is connected already is told that this answer is the last.
            assert client.get("/health").headers["connection"] == "close"
            server.release()
            assert answer.result().status_code == 200
    assert server.until(lambda: not server.thread.is_alive())


def test_an_answer_s_body_does_not_wait_until_its_head_is_acknowledged(server):
    with httpx.Client(base_url=server.url) as client:
        assert client.get("/health").status_code == 200
        (connection,) = server.server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_flags_environment_and_warnings(server_home):
    words = {"ALPHACUT_BODY_BYTES": "1000", "ALPHACUT_CORS": "https://a.example, https://b.example"}
    with Served(server_home, "--host=0.0.0.0", "--no-keys", env=words) as served:
        assert post(served, b"x" * 2000).status_code == 413
        answer = httpx.get(f"{served.url}/health", headers={"Origin": "https://b.example"})
        assert answer.headers["access-control-allow-origin"] == "https://b.example"
    assert "everybody who reaches this machine" in served.log
    assert "no key is asked for" in served.log
