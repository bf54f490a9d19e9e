"""Weights come into the home whole and right, or not at all; and the user is told."""

import dataclasses
import hashlib
import json
import logging
import os
import random
import subprocess
import sys
import threading
from importlib import resources

import pytest

from alphacut.errors import (
    LicenceNotAccepted,
    OutputError,
    WeightsCorrupt,
    WeightsUnavailable,
)
from alphacut.infer import weights
from alphacut.infer.card import Source
from alphacut.infer.card_file import dump_card
from alphacut.infer.catalog import find_card
from alphacut.infer.sources import url
from fileserver import serving

BODY = random.Random(1).randbytes(1_024_000)
SHA = "sha256:" + hashlib.sha256(BODY).hexdigest()
WRONG = BODY[:-1] + b"!"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("ALPHACUT_OFFLINE", "ALPHACUT_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(url, "FIRST_PAUSE_SECONDS", 0.01)
    return tmp_path / "home"


@pytest.fixture
def server():
    with serving() as running:
        running.files["/t.onnx"] = BODY
        yield running


def card_of(*sources, **changes):
    return dataclasses.replace(find_card("u2netp"), name="t", file="t.onnx", sources=sources, **changes)


@pytest.fixture
def card(server):
    return card_of(Source("url", SHA, bytes=len(BODY), url=f"{server.address}/t.onnx"))


def left_in(home):
    """Return what is in the folder besides locks, which are empty and stay."""
    return {path.name for path in (home / "models").iterdir() if path.suffix != ".lock"}


def test_fetched_once_then_found_without_the_network(card, server, home):
    path = weights.ensure(card)
    assert path.read_bytes() == BODY
    assert left_in(home) == {"t.onnx", "t.onnx.stamp.json"}
    assert weights.ensure(card) == path == weights.cached(card)
    assert len(server.requests) == 1


def test_a_wrong_checksum_leaves_nothing_that_could_be_used(card, server, home):
    server.files["/t.onnx"] = WRONG
    # A process that was killed left this.
    (home / "models/t.onnx.0123abcd.part.xyz.tmp").mkdir(parents=True)
    with pytest.raises(WeightsUnavailable, match="not the file that was expected"):
        weights.ensure(card)
    assert left_in(home) == set()
    assert weights.cached(card) is None


def test_a_run_that_was_cut_off_is_resumed_by_the_next(card, server, home):
    server.cuts = [500_000]
    with pytest.raises(KeyboardInterrupt):
        weights.ensure(card, progress=stop_after(300_000))
    assert weights.cached(card) is None
    server.cuts = []
    # Of another source, in another run: of no use once the file is here.
    (home / "models/t.onnx.0123abcd.part").write_bytes(b"x")
    (home / "models/t.onnx.0123abcd.part.xyz.tmp").mkdir()
    assert weights.ensure(card).read_bytes() == BODY
    start = int(server.requests[-1][1].strip("bytes=-"))
    assert 300_000 <= start < 500_000
    assert left_in(home) == {"t.onnx", "t.onnx.stamp.json"}


def stop_after(count):
    def progress(done, total, label):
        if done >= count:
            raise KeyboardInterrupt

    return progress


def test_the_next_source_is_tried_and_its_own_hash_counts(server):
    server.files["/other.onnx"] = WRONG
    other = Source("url", "md5:" + hashlib.md5(WRONG).hexdigest(), url=f"{server.address}/other.onnx")
    # The first address gives the second's file: right bytes, but not what this source promises.
    first = Source("url", SHA, url=f"{server.address}/other.onnx?first")
    server.files["/other.onnx?first"] = WRONG
    assert weights.ensure(card_of(first, other)).read_bytes() == WRONG
    assert [path for path, _ in server.requests] == ["/other.onnx?first", "/other.onnx"]


def test_when_all_fail_each_reason_and_the_way_by_hand_are_said(server, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    server.files["/wrong.onnx"] = WRONG
    card = card_of(
        Source("npm", SHA, package="p", version="1", index="i", key="k"),
        Source("wheel", SHA, package="no-such-data", version="2", member="m", python="3.9"),
        Source("url", SHA, url=f"{server.address}/gone.onnx"),
        Source("url", SHA, url=f"{server.address}/wrong.onnx"),
    )
    with pytest.raises(WeightsUnavailable) as caught:
        weights.ensure(card)
    lines = str(caught.value).splitlines()
    assert lines[1] == "  - npm p 1: npm is not installed"
    assert lines[2].startswith("  - wheel no-such-data 2: ")
    assert "404" in lines[3]
    assert "not the file" in lines[4]
    assert f"get it from {server.address}/gone.onnx" in lines[4]
    assert "alphacut models import FILE --name t" in lines[4]
    assert "ALPHACUT_MIRROR" in lines[4]


def test_a_mirror_goes_first_and_may_hold_any_of_the_cards_files(server, monkeypatch):
    monkeypatch.setenv("ALPHACUT_MIRROR", f"{server.address}/weights/")
    server.files["/weights/t.onnx"] = BODY
    card = card_of(
        Source("url", "md5:" + "0" * 32, url=f"{server.address}/a"), Source("url", SHA, url="http://b")
    )
    assert weights.ensure(card).read_bytes() == BODY
    assert [path for path, _ in server.requests] == ["/weights/t.onnx"]


def test_a_mirror_with_other_bytes_is_passed_over(card, server, monkeypatch):
    monkeypatch.setenv("ALPHACUT_MIRROR", f"{server.address}/weights")
    server.files["/weights/t.onnx"] = WRONG
    assert weights.ensure(card).read_bytes() == BODY


def test_offline_asks_nobody_and_says_so(card, server, monkeypatch):
    monkeypatch.setenv("ALPHACUT_OFFLINE", "1")
    monkeypatch.setenv("ALPHACUT_MIRROR", server.address)
    with pytest.raises(WeightsUnavailable, match="ALPHACUT_OFFLINE") as caught:
        weights.ensure(card)
    assert "models import FILE --name t" in caught.value.remedy
    assert server.requests == []
    monkeypatch.setenv("ALPHACUT_OFFLINE", "0")
    path = weights.ensure(card)
    monkeypatch.setenv("ALPHACUT_OFFLINE", "1")
    assert weights.ensure(card) == path


def test_a_damaged_file_is_fetched_again_and_this_is_said(card, server, caplog):
    path = weights.ensure(card)
    path.write_bytes(WRONG)
    os.utime(path, ns=(1, 1))
    assert weights.cached(card) is None
    with caplog.at_level(logging.WARNING, logger="alphacut"):
        assert weights.ensure(card).read_bytes() == BODY
    assert "damaged" in caplog.text
    assert len(server.requests) == 2


def test_a_damaged_file_offline_is_an_error_and_stays(card, monkeypatch):
    path = weights.ensure(card)
    path.write_bytes(WRONG)
    os.utime(path, ns=(1, 1))
    monkeypatch.setenv("ALPHACUT_OFFLINE", "1")
    with pytest.raises(WeightsCorrupt, match=r"damaged.*models import"):
        weights.ensure(card)
    assert path.read_bytes() == WRONG


@pytest.mark.parametrize("stamp", [None, "", "[]", "{}", '{"size": 1, "mtime_ns": 2, "hashes": 3}'])
def test_a_good_file_without_a_good_stamp_is_read_and_kept(card, server, stamp):
    path = weights.ensure(card)
    stamp_path = path.with_name("t.onnx.stamp.json")
    good = stamp_path.read_text()
    stamp_path.unlink() if stamp is None else stamp_path.write_text(stamp)
    assert weights.ensure(card) == path
    assert json.loads(stamp_path.read_text()) == json.loads(good)
    assert len(server.requests) == 1


def test_a_stamp_for_another_hash_does_not_vouch_for_a_new_card(card):
    weights.ensure(card)
    newer = card_of(Source("url", "sha256:" + "1" * 64, url="http://x"))
    assert weights.cached(newer) is None


CHILD = "from alphacut.infer import catalog, weights; print(weights.ensure(catalog.find_card('t')))"


def test_two_processes_at_once_fetch_once(card, server, home):
    (home / "models").mkdir(parents=True)
    (home / "models/t.toml").write_text(dump_card(card))
    second = threading.Event()

    def hold_the_first_until_a_second_comes_or_does_not():
        if len(server.requests) > 1:
            second.set()
        second.wait(1.5)

    server.before = hold_the_first_until_a_second_comes_or_does_not
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    children = [subprocess.Popen([sys.executable, "-c", CHILD], **pipes) for _ in range(2)]
    answers = [child.communicate() for child in children]
    assert [child.returncode for child in children] == [0, 0], answers
    assert {out.decode().strip() for out, _ in answers} == {str(home / "models/t.onnx")}
    assert len(server.requests) == 1


def test_a_licence_against_commercial_use_has_to_be_accepted_each_time(server):
    card = card_of(
        Source("url", SHA, url=f"{server.address}/t.onnx"), commercial=False, licence="CC-BY-NC-4.0"
    )
    with pytest.raises(LicenceNotAccepted, match=r"CC-BY-NC-4\.0.*--accept-licence"):
        weights.ensure(card)
    assert server.requests == []
    weights.ensure(card, accept_licence=True)
    with pytest.raises(LicenceNotAccepted):
        weights.ensure(card)


def test_a_home_that_cannot_be_written_is_said(card, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path / "file/home"))
    with pytest.raises(OutputError, match="ALPHACUT_HOME"):
        weights.ensure(card)


def test_weights_that_nobody_hashed_are_not_fetched_but_said_how_to_bring(monkeypatch, server):
    page = Source("bring", url=f"{server.address}/t.onnx", member="model.safetensors")
    own = card_of(page)
    how = "models import model.safetensors --name t"
    for mirror in ("", server.address):
        monkeypatch.setenv("ALPHACUT_MIRROR", mirror)
        with pytest.raises(WeightsUnavailable, match="nobody published a checksum") as caught:
            weights.ensure(own)
        assert f"ownload model.safetensors from {page.url}" in caught.value.remedy
        assert how in caught.value.remedy
    assert server.requests == []


def test_when_every_source_failed_it_says_both_ways_to_bring_the_weights(server):
    sources = (
        Source("url", SHA, url=f"{server.address}/gone.onnx"),
        Source("bring", url="https://example.org/net", member="model.safetensors"),
    )
    with pytest.raises(WeightsUnavailable, match="no source gave its weights") as caught:
        weights.ensure(card_of(*sources))
    assert "models import FILE --name t" in caught.value.remedy
    assert "model.safetensors from https://example.org/net" in caught.value.remedy


def test_a_file_without_a_card_that_knows_it_is_not_used_or_deleted(home):
    own = card_of(Source("bring", url="https://example.org/net", member="model.safetensors"))
    (home / "models").mkdir(parents=True)
    (home / "models/t.onnx").write_bytes(BODY)
    assert weights.cached(own) is None
    with pytest.raises(WeightsCorrupt, match="Bring the file again"):
        weights.ensure(own)
    assert (home / "models/t.onnx").read_bytes() == BODY


def test_a_file_that_comes_with_the_package_needs_no_network(monkeypatch):
    monkeypatch.setenv("ALPHACUT_OFFLINE", "1")
    data = resources.files("alphacut.infer").joinpath("ranges/isnet.json").read_bytes()
    source = Source("package", "sha256:" + hashlib.sha256(data).hexdigest(), member="ranges/isnet.json")
    assert weights.ensure(card_of(source)).read_bytes() == data
