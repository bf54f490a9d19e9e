"""Zips that nobody makes of photos: each is refused in words, leaves nothing, and the server goes on."""

import io
import random
import struct
import zipfile

import pytest

from alphacut.errors import AlphacutError
from alphacut.server.jobs.zips import entries_of, read_entry
from alphacut.server.settings import Settings
from jobclient import homed, left, photo, process, zipped

PHOTO = photo()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    limits = {"job_bytes": 80 * 2**20, "body_bytes": 30 * 2**20, "job_photos": 20, "jobs_each": 500}
    with (
        homed(tmp_path_factory.mktemp("zips")) as folder,
        process(folder / "folder", **limits) as server,
    ):
        yield server
    assert "Traceback" not in "".join(server.log)


def _entry(name="a.png", **changes):
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    for field, value in changes.items():
        setattr(info, field, value)
    return info


def _link():
    return zipped([(_entry(external_attr=0o120777 << 16, create_system=3), b"/etc/passwd")])


def _pipe():
    return zipped([(_entry(external_attr=0o010644 << 16, create_system=3), b"")])


def _twice():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.png", PHOTO)
        archive.writestr("a.png", PHOTO)
    return stream.getvalue()


def _patched(data, old, new, count=-1):
    assert old in data
    return data.replace(old, new, count)


def _central(data, offset, value):
    """Put bytes into the first entry of the table of contents."""
    start = data.index(b"PK\x01\x02") + offset
    return data[:start] + value + data[start + len(value) :]


def _end(data, offset, value):
    start = data.rindex(b"PK\x05\x06") + offset
    return data[:start] + value + data[start + len(value) :]


def _shared_bytes():
    """Many entries of the table, one and the same data: what unpacks to petabytes elsewhere."""
    data = zipped([("a.bin", random.Random(1).randbytes(2**20))], zipfile.ZIP_STORED)
    start, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry = data[start:end]
    table = b"".join(entry.replace(b"a.bin", b"%05d" % n) for n in range(10))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 10, 10, len(table), start, 0)
    return data[:start] + table + tail


HOSTILE = {
    "a bomb in one entry": lambda: zipped([("a.png", bytes(60 * 2**20))]),
    "a bomb of many entries": lambda: zipped([(f"{n}.bmp", bytes(15 * 2**20)) for n in range(10)]),
    "entries that share their bytes": _shared_bytes,
    "a leading slash": lambda: zipped([("/etc/a.png", PHOTO)]),
    "a drive": lambda: zipped([("C:\\a.png", PHOTO)]),
    "a drive's stream": lambda: zipped([("a.png:x", PHOTO)]),
    "a network place": lambda: zipped([("\\\\host\\share\\a.png", PHOTO)]),
    "a way out": lambda: zipped([("../a.png", PHOTO)]),
    "a way out in the middle": lambda: zipped([("b/../../a.png", PHOTO)]),
    "a way out with backslashes": lambda: zipped([("b\\..\\..\\a.png", PHOTO)]),
    "a zero in a name": lambda: _patched(zipped([("aXb.png", PHOTO)]), b"aXb.png", b"a\0b.png"),
    "an empty name": lambda: _patched(zipped([("/", b"")]), b"/", b" "),
    "a name twice": _twice,
    "a huge name": lambda: zipped([("a" * 60_000 + ".png", PHOTO)]),
    "a deep tree": lambda: zipped([("a/" * 100 + "a.png", PHOTO)]),
    "a symbolic link": _link,
    "a pipe": _pipe,
    "a password": lambda: _central(zipped([("a.png", PHOTO)]), 8, b"\x01\x00"),
    "a compression of its own": lambda: _central(zipped([("a.png", PHOTO)]), 10, b"\x63\x00"),
    "bzip2": lambda: zipped([("a.png", PHOTO)], zipfile.ZIP_BZIP2),
    "lzma": lambda: zipped([("a.png", PHOTO)], zipfile.ZIP_LZMA),
    "too many photos": lambda: zipped([(f"{n}.png", b"") for n in range(21)]),
    "too many folders": lambda: zipped([(f"{n}/", b"") for n in range(201)] + [("a.png", PHOTO)]),
    "a table that is said to be larger than the file": lambda: _end(
        zipped([("a.png", PHOTO)]), 12, b"\xff\xff\xff\x7f"
    ),
    "a table that is 5 MiB": lambda: zipped([(f"{n:0>60000}", b"") for n in range(100)]),
    "no end": lambda: zipped([("a.png", PHOTO)])[:-10],
    "only a beginning": lambda: b"PK\x03\x04",
    "nothing in it": lambda: zipped([]),
    "nothing but what is hidden": lambda: zipped([("__MACOSX/a.png", PHOTO), (".a.png", PHOTO)]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_is_refused_whole(server, kind):
    answer = server.client.post("/v1/jobs", files=[("image", ("a.zip", HOSTILE[kind]()))])
    assert answer.status_code in (413, 422), answer.text
    error = answer.json()["error"]
    assert error["problem"]
    assert error["remedy"]
    assert left(server.folder) == []


LYING = {
    "no beginning": lambda: b"PK\x03\x04" + zipped([("a.png", PHOTO)])[100:],
    "a size that is too small": lambda: _central(zipped([("a.png", PHOTO)]), 24, b"\x09\x00\x00\x00"),
    "a size that is too large": lambda: _central(zipped([("a.png", PHOTO)]), 24, b"\x00\x00\x00\x01"),
    "a checksum of another": lambda: _central(zipped([("a.png", PHOTO)]), 16, b"abcd"),
    "another name in front": lambda: _patched(zipped([("a.png", PHOTO)]), b"a.png", b"b.png", 1),
    "bytes that unpack to nothing": lambda: _patched(
        zipped([("a.png", PHOTO)]), zipped([("a.png", PHOTO)])[40:60], b"x" * 20
    ),
    "a zip in it": lambda: zipped([("a.zip", zipped([("b.png", PHOTO)]))]),
    "a photo that is larger than one may be": lambda: zipped(
        [("a.png", random.Random(2).randbytes(31 * 2**20))], zipfile.ZIP_STORED
    ),
}


def test_an_entry_that_lies_fails_alone(server):
    good = ("image", ("good.png", PHOTO))
    for make in LYING.values():
        answer = server.client.post("/v1/jobs", files=[("image", ("a.zip", make())), good])
        assert answer.status_code == 202, answer.text
        told = server.ended(answer.headers["location"])
        assert [item["state"] for item in told["photos"]] == ["failed", "done"], told
        assert told["photos"][0]["error"]["problem"]
        assert list(server.result(answer.headers["location"])) == ["good.png"]
        server.client.delete(answer.headers["location"])


def test_a_zip_with_any_byte_changed_is_read_or_refused(tmp_path):
    limits, chance = Settings(folder=tmp_path), random.Random(3)
    whole = zipped([("a.png", PHOTO), ("b/c.png", PHOTO), ("d.txt", b"text")])
    path, outcomes = tmp_path / "a.zip", set()
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            photos, _ = entries_of(path, "a.zip", limits)
            for _, place in photos:
                assert len(read_entry(path, place, 10_000)) <= 10_000
            outcomes.add("read")
        except AlphacutError as error:
            outcomes.add(type(error).__name__)
    assert {"read", "BrokenImage", "InputError"} <= outcomes
