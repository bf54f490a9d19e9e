"""Clips that are traps: refused when they are sent, and no file or address that they name is ever opened."""

import socket
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import pytest

av = pytest.importorskip("av", reason="PyAV is not installed (extra video)")

import drawn_clips as drawn  # noqa: E402
import glowing  # noqa: E402
from jobclient import homed, left, process  # noqa: E402

PARTS = """#EXTM3U
#EXT-X-TARGETDURATION:10
#EXT-X-MAP:URI="{0}"
#EXTINF:10,
{0}
#EXT-X-ENDLIST
"""
NESTED = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=1
{0}
"""
CONCAT = "ffconcat version 1.0\nfile '{0}'\n"
DASH = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{0}</BaseURL></Representation>
</AdaptationSet></Period></MPD>
"""
SESSION = """v=0
o=- 0 0 IN IP4 127.0.0.1
s={0}
c=IN IP4 127.0.0.1
t=0 0
m=video 40000 RTP/AVP 96
a=rtpmap:96 H264/90000
"""
LISTS = {"parts": PARTS, "nested": NESTED, "concat": CONCAT, "dash": DASH, "session": SESSION}
MEMORY = 200 * 2**20
"""Bytes: far below a frame of any of the huge ones, far above what answering takes."""


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(side):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")


def huge():
    """Yield small files whose frames are huge."""
    yield "large.png", png(16_000)
    yield "larger.png", png(100_000)
    for side in (16_000, 100_000):
        yield f"{side}.y4m", b"YUV4MPEG2 W%d H%d F25:1\nFRAME\n" % (side, side) + bytes(1000)
    picture = struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x08\xff" + bytes(255) + b"\0"
    yield "a.gif", b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0xF7, 0, 0) + bytes(768) + b"," + picture


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with homed(tmp_path_factory.mktemp("traps")) as folder:
        yield folder


@pytest.fixture(scope="module")
def server(home):
    with process(home / "folder") as server:
        yield server
    assert "Traceback" not in "".join(server.log)


@pytest.fixture
def door():
    """A port of this machine; whoever knocks waits in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.5)
        yield door


def refused(server, name, data):
    """Send a clip that must be refused at once; return the answer."""
    before = left(server.folder)
    answer = server.client.post("/v1/jobs", files=[("video", (name, data))])
    assert answer.status_code in (413, 422), (name, answer.text)
    assert str(server.folder) not in answer.text
    assert left(server.folder) == before
    return answer


@pytest.mark.parametrize("name", LISTS)
def test_a_list_leads_to_no_file_and_to_no_address(server, home, door, name):
    # A film that could be read well, if the list were followed.
    secret = drawn.write_clip(home / "secret.ts", drawn.Drawing(codec=("libx264", "yuv420p", {})))
    places = [
        str(secret),
        f"file://{secret}",
        "file:///etc/passwd",
        f"http://127.0.0.1:{door.getsockname()[1]}/a.ts",
    ]
    for place in places:
        answer = refused(server, f"{name}.m3u8", LISTS[name].format(place).encode())
        assert answer.status_code == 422 and "secret" not in answer.text and "root" not in answer.text
    with pytest.raises(TimeoutError):
        door.accept()


def test_frames_too_large_for_any_memory_are_refused_from_their_heads(server):
    before = peak(server)
    for name, data in huge():
        refused(server, name, data)
    assert peak(server) - before < MEMORY


def peak(server):
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("nobody here tells how much memory a process took")
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_an_hour_is_too_long_however_few_its_frames(server, home):
    times = [Fraction(minute * 60) for minute in range(61)]
    path = drawn.write_clip(home / "hour.mp4", drawn.Drawing(times=times, rate=Fraction(1, 60)), glowing.glow)
    answer = refused(server, "hour.mp4", path.read_bytes())
    assert answer.status_code == 413 and "1200" in answer.text
