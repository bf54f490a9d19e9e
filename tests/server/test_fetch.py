"""Fetching from real servers on loopback, which a policy must allow by name: pinned, bounded, judged at each hop."""

import asyncio
import contextlib
import socket
import ssl
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
import trustme

from alphacut.errors import NotAnImage, OptionError
from alphacut.server.fetch import Fetcher, Policy, addresses_of, fetch_photo, policy_of
from alphacut.server.problems import BigBody, FailedDownload, ForbiddenAddress, TooMany
from alphacut.server.service import close_service, open_service
from alphacut.server.settings import Settings

PHOTO = b"\xff\xd8\xff" + bytes(20_000)
HERE = (ip_network("127.0.0.1/32"),)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        status, headers, body = self.server.answers.get(
            self.path.partition("?")[0], (404, {}, b"secret words")
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def site(answers, host="127.0.0.1", port=0, tls=None):
    with ThreadingHTTPServer((host, port), Handler) as httpd:
        httpd.answers, httpd.seen, httpd.port = answers, [], httpd.server_port
        httpd.daemon_threads = True
        if tls:
            httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield httpd
        finally:
            httpd.shutdown()
            thread.join()


@contextlib.contextmanager
def talker(talk):
    """A server that says whatever `talk` sends to each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def serve():
            while not stop.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        talk(connection, stop)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            with contextlib.suppress(OSError), socket.create_connection(listener.getsockname(), 1):
                pass
            thread.join(2)


async def here(host, port):
    return ["127.0.0.1"]


def refusal(kind, url, port, resolve=here, **changes):
    with pytest.raises(kind) as refused:
        fetch(url, port, resolve, **changes)
    return str(refused.value)


def fetch(url, port, resolve=here, **changes):
    policy = Policy(**({"allow": HERE, "ports": (port,), "seconds": 5.0, "idle": 2.0} | changes))
    return asyncio.run(fetch_photo(url, policy, resolve))


def test_a_photo_is_fetched_by_its_name_and_nothing_more_is_told():
    with site({"/a.jpg": (200, {"Content-Type": "text/html", "Set-Cookie": "a=b"}, PHOTO)}) as httpd:
        url = f"http://photos.example:{httpd.port}/a.jpg?size=1"
        assert fetch(url, httpd.port) == PHOTO
        assert fetch(url, httpd.port) == PHOTO
    path, headers = httpd.seen[1]
    assert path == "/a.jpg?size=1"
    assert headers.pop("Host") == f"photos.example:{httpd.port}"
    assert headers.pop("User-Agent").startswith("alphacut/")
    assert headers == {"Accept": "image/*", "Accept-Encoding": "identity"}


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with site({"/a.jpg": (200, {}, PHOTO)}) as httpd:
        assert fetch(f"http://photos.example:{httpd.port}/a.jpg", httpd.port) == PHOTO


def test_loopback_is_refused_unless_allowed_and_then_nobody_is_asked():
    with site({"/a.jpg": (200, {}, PHOTO)}) as httpd:
        for host in ("127.0.0.1", "localhost", "photos.example"):
            with pytest.raises(ForbiddenAddress):
                fetch(f"http://{host}:{httpd.port}/a.jpg", httpd.port, allow=())
    assert httpd.seen == []


def test_a_name_that_changes_its_meaning_is_asked_once_and_the_first_meaning_holds():
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]])
    asked = []

    async def changing(host, port):
        asked.append(host)
        return next(answers)

    with site({"/a.jpg": (200, {}, PHOTO)}) as good, site({}, "127.0.0.2", good.port) as secret:
        url = f"http://rebind.example:{good.port}/a.jpg"
        assert fetch(url, good.port, changing) == PHOTO
        assert asked == ["rebind.example"]
        with pytest.raises(ForbiddenAddress):
            fetch(url, good.port, changing)
    assert secret.seen == []


def test_a_name_that_changes_between_two_hops_is_judged_again():
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def changing(host, port):
        return next(answers)

    with site({"/a": (302, {"Location": "/b"}, b"")}) as good, site({}, "127.0.0.2", good.port) as secret:
        refusal(ForbiddenAddress, f"http://rebind.example:{good.port}/a", good.port, changing)
    assert secret.seen == []


def lines(text):
    """Return the lines of a table."""
    return [line for line in text.splitlines() if line]


REDIRECTS = lines("""
http://127.0.0.2:{port}/secret
http://127.1:{port}/secret
http://2130706433:{port}/secret
http://0x7f.1:{port}/secret
http://0.0.0.0:{port}/secret
http://[::1]:{port}/secret
http://[::ffff:127.0.0.1]:{port}/secret
http://[::127.0.0.1]:{port}/secret
http://[64:ff9b::127.0.0.1]:{port}/secret
http://[2002:7f00:1::]:{port}/secret
http://10.0.0.1:{port}/secret
http://169.254.169.254:{port}/latest/meta-data/
http://[fd00:ec2::254]:{port}/latest/meta-data/
http://100.100.100.200:{port}/latest/meta-data/
http://inner.example:{port}/secret
http://user@127.0.0.1:{port}/secret
//127.0.0.2:{port}/secret
http://127.0.0.1:22/
http://127.0.0.1/secret
file:///etc/passwd
ftp://127.0.0.1:{port}/secret
gopher://127.0.0.1:{port}/_x
http://127.0.0.1.:{port}/secret
http://１２７.0.0.1:{port}/secret
http://[
""")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status):
    with site({"/a": (status, {"Location": "/b/../c?x=1"}, b"moved"), "/c": (200, {}, PHOTO)}) as httpd:
        assert fetch(f"http://photos.example:{httpd.port}/a", httpd.port) == PHOTO


@pytest.mark.parametrize("location", REDIRECTS)
def test_a_redirect_to_what_is_not_allowed_is_refused_and_nothing_is_sent(location):
    async def means(host, port):
        return ["127.0.0.1"] if host == "photos.example" else ["127.0.0.2"]

    answers = {}
    with site(answers) as good, site({}, "127.0.0.2", good.port) as secret:
        there = location.format(port=good.port).encode().decode("latin-1")
        answers["/a"] = (302, {"Location": there}, b"")
        with pytest.raises((ForbiddenAddress, FailedDownload)) as refused:
            fetch(f"http://photos.example:{good.port}/a", good.port, means)
        assert location == "http://[" or isinstance(refused.value, ForbiddenAddress)
        assert "127" not in str(refused.value) and "inner" not in str(refused.value)
        assert [path for path, _ in good.seen] == ["/a"]
    assert secret.seen == []


def test_redirects_end():
    with site({"/a": (302, {"Location": "/a"}, b"")}) as httpd:
        with pytest.raises(FailedDownload, match="more than 5"):
            fetch(f"http://photos.example:{httpd.port}/a", httpd.port)
        assert len(httpd.seen) == 6


@pytest.mark.parametrize("status", [204, 206, 304, 401, 403, 404, 500])
def test_what_is_no_photo_is_said_without_its_words(status):
    with site({"/a": (status, {}, b"" if status in (204, 304) else b"secret words")}) as httpd:
        said = refusal(FailedDownload, f"http://photos.example:{httpd.port}/a", httpd.port)
    assert f"answered {status}" in said and "secret" not in said


@pytest.mark.parametrize("body", [b"", b"<html>secret words", b"root:x:0:0", b"PK\3\4"])
def test_the_bytes_say_what_it_is_not_the_header(body):
    with site({"/a.jpg": (200, {"Content-Type": "image/jpeg"}, body)}) as httpd:
        said = refusal(NotAnImage, f"http://photos.example:{httpd.port}/a.jpg", httpd.port)
    assert "secret" not in said and "root" not in said


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "GZIP, identity"])
def test_a_compressed_answer_is_refused(coding):
    with site({"/a": (200, {"Content-Encoding": coding}, PHOTO)}) as httpd:
        assert "compressed" in refusal(FailedDownload, f"http://photos.example:{httpd.port}/a", httpd.port)


def test_too_many_bytes_are_refused_by_their_length():
    with site({"/a": (200, {}, PHOTO)}) as httpd:
        url = f"http://photos.example:{httpd.port}/a"
        assert fetch(url, httpd.port, bytes=len(PHOTO)) == PHOTO
        with pytest.raises(BigBody):
            fetch(url, httpd.port, bytes=len(PHOTO) - 1)


@pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_an_endless_body_is_cut_off(framing):
    def talk(connection, stop):
        block = bytes(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")
        while not stop.is_set():
            connection.sendall(b"10000\r\n" + block + b"\r\n" if framing else block)

    with talker(talk) as port, pytest.raises(BigBody):
        fetch(f"http://photos.example:{port}/a", port, bytes=2**20)


def _silent(connection, stop):
    stop.wait(3)


def _silent_in_the_body(connection, stop):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n\xff\xd8\xff")
    stop.wait(3)


def _dribble(head):
    def talk(connection, stop):
        connection.sendall(head)
        while not stop.wait(0.05):
            connection.sendall(b"a")

    return talk


@pytest.mark.parametrize("talk", [_silent, _silent_in_the_body])
def test_a_silent_server_is_given_up(talk):
    with talker(talk) as port, pytest.raises(FailedDownload, match=r"did not answer for 0\.3 s"):
        fetch(f"http://photos.example:{port}/a", port, idle=0.3)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX-Header: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 100 Continue\r\nX: "]
)
def test_a_server_that_never_ends_is_given_up_though_it_is_never_silent(head):
    with talker(_dribble(head)) as port, pytest.raises(FailedDownload, match=r"took more than 0\.6 s"):
        fetch(f"http://photos.example:{port}/a", port, seconds=0.6)


@pytest.mark.parametrize(
    "words",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"+PONG\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n\xff\xd8\xff",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_whole_http_is_refused_without_its_words(words):
    with talker(lambda connection, stop: connection.sendall(words)) as port:
        said = refusal(FailedDownload, f"http://photos.example:{port}/a", port)
    assert "SSH" not in said and "PONG" not in said


def test_a_closed_port_and_an_unknown_name_fail_in_words():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FailedDownload, match="cannot be reached"):
        fetch(f"http://photos.example:{port}/a", port)

    async def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def nothing(host, port):
        return []

    for resolve in (unknown, nothing):
        with pytest.raises(FailedDownload, match="is not found"):
            fetch(f"http://photos.example:{port}/a", port, resolve)


def test_the_next_address_is_tried_when_the_first_is_closed():
    async def two(host, port):
        return ["127.0.0.2", "127.0.0.1"]

    with site({"/a": (200, {}, PHOTO)}) as httpd:
        allow = (ip_network("127.0.0.0/8"),)
        assert fetch(f"http://photos.example:{httpd.port}/a", httpd.port, two, allow=allow) == PHOTO


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def _tls(authority, *names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_the_certificate_is_checked_against_the_name_though_the_connection_is_pinned(authority):
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    named = _tls(authority, "photos.example")
    told = []
    named.sni_callback = lambda connection, name, context: told.append(name)
    with site({"/a": (200, {}, PHOTO)}, tls=named) as httpd:
        url = f"https://{{}}:{httpd.port}/a"
        assert fetch(url.format("photos.example"), httpd.port, tls=ours) == PHOTO
        assert told == ["photos.example"]
        for host in ("other.example", "127.0.0.1"):
            with pytest.raises(FailedDownload, match="certificate"):
                fetch(url.format(host), httpd.port, tls=ours)
        with pytest.raises(FailedDownload, match="certificate"):
            fetch(url.format("photos.example"), httpd.port)  # nobody's authority
    assert [path for path, _ in httpd.seen] == ["/a"]


def test_an_authority_of_ones_own_is_believed_by_its_file(authority, monkeypatch, tmp_path):
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with site({"/a": (200, {}, PHOTO)}, tls=_tls(authority, "photos.example")) as httpd:
        url = f"https://photos.example:{httpd.port}/a"
        assert "certificate" in refusal(FailedDownload, url, httpd.port)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert fetch(url, httpd.port) == PHOTO


def test_one_caller_cannot_take_every_place():
    async def run(port):
        fetcher = Fetcher(Policy(allow=HERE, ports=(port,), seconds=1.0, at_once=2, at_once_each=1))
        try:
            slow = asyncio.ensure_future(fetcher.photo("a", f"http://127.0.0.1:{port}/slow"))
            await asyncio.sleep(0.1)
            with pytest.raises(TooMany):
                await fetcher.photo("a", f"http://127.0.0.1:{port}/slow")
            with pytest.raises(FailedDownload):
                await fetcher.photo("b", f"http://127.0.0.1:{port}/slow")
            with pytest.raises(FailedDownload):
                await slow
            with pytest.raises(FailedDownload):  # its place is free again
                await fetcher.photo("a", f"http://127.0.0.1:{port}/slow")
        finally:
            fetcher.close()

    with talker(_silent) as port:
        asyncio.run(run(port))


def test_the_system_resolver_gives_numbers():
    assert set(addresses_of("localhost", 80)) <= {"127.0.0.1", "::1"}


def test_a_service_fetches_only_if_its_settings_say_so(home):
    async def run(settings):
        service = open_service(settings)
        try:
            return await service.fetch("a", f"http://127.0.0.1:{httpd.port}/a.jpg")
        finally:
            close_service(service)

    with site({"/a.jpg": (200, {}, PHOTO)}) as httpd:
        on = Settings(fetch=True, fetch_ports=(httpd.port,))
        for settings in (Settings(), on):
            with pytest.raises(ForbiddenAddress):
                asyncio.run(run(settings))
        assert httpd.seen == []
        assert asyncio.run(run(replace(on, fetch_allow=("127.0.0.1",)))) == PHOTO
        with pytest.raises(BigBody):
            asyncio.run(run(replace(on, fetch_allow=("127.0.0.1",), body_bytes=1000)))
    with pytest.raises(OptionError, match="network"):
        policy_of(replace(on, fetch_allow=("10.0.0.1/8",)))
